//! What a kernel found of a cell that has no steps left.

use super::slots::Slots;
use crate::expr::Real;
use crate::sweep::{FormulaSweep, InitialValue, Outcome, Tile, Trend, Window, moves};

/// The numbers of a tile as the host reads them, slot by slot.
pub struct Found<'a, T> {
    pub spec: &'a FormulaSweep,
    pub slots: Slots,
    pub tile: Tile,
    pub reals: &'a [T],
}

impl<T: Real> Found<'_, T> {
    fn number(&self, slot: usize, cell: usize) -> f64 {
        self.reals[slot * self.tile.cells() + cell].to_f64()
    }

    /// The word of a cell that has no steps left.
    pub fn outcome(&self, cell: usize) -> Outcome {
        let window = |first: usize| {
            let number = |at: usize| self.number(first + at, cell);
            let plain = Window { low: number(0), high: number(1), ..Window::of(number(0)) };
            if self.slots.window == 2 {
                return plain;
            }
            Window { origin: number(2), sum: number(3), squares: number(4), ..plain }
        };
        let first = self.slots.windows();
        let trend = Trend {
            windows: self.spec.windows(),
            first: window(first),
            second: window(first + self.slots.window),
            loss_start: self.number(0, cell),
            loss_final: self.number(1, cell),
            grain: self.spec.precision.grain(),
        };
        trend.outcome(|| self.spec.limits.steps > 0 && self.moves(cell))
    }

    /// Whether a parameter moves in the last judged step.
    fn moves(&self, cell: usize) -> bool {
        let (mut now, mut before) = (Slots::LOSSES.., self.slots.before()..);
        let part = |slots: &mut std::ops::RangeFrom<usize>| slots.next().map_or(0.0, |slot| self.number(slot, cell));
        self.spec.program.parameters.iter().fold(false, |some, parameter| {
            let value = |slots: &mut std::ops::RangeFrom<usize>| {
                let hi = part(slots);
                if parameter.lo.is_some() { hi + part(slots) } else { hi }
            };
            let (now, then) = (value(&mut now), value(&mut before));
            some || (moves(0.0, then, now) && moves(self.start(cell, parameter.hi), then, now))
        })
    }

    /// Where a parameter began.
    fn start(&self, cell: usize, hi: usize) -> f64 {
        let (x, y) = (self.tile.x0 + cell % self.tile.nx, self.tile.y0 + cell / self.tile.nx);
        match self.spec.program.carried[hi].initial {
            InitialValue::Zero => 0.0,
            InitialValue::Knob(knob) => self.spec.knob_value(&self.spec.knobs[knob], x, y),
        }
    }
}
