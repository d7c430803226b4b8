//! The loss on a grid of the parameters themselves: the values, the lowest of them, and their CSV.

use crate::csv_text::ShortText;
use crate::engine::Output;
use crate::sweep::{FormulaSweep, SweepAxis, TileOutcomes};
use serde::Serialize;
use std::io::{self, Write};

/// Most points of a grid: all their losses are kept.
pub const MOST_POINTS: usize = 1 << 26;

/// Gathers the losses of a sweep of zero steps over starts.
#[derive(Debug, Clone)]
pub struct Landscape {
    pub(crate) spec: FormulaSweep,
    /// y-major; not-a-number where the loss is not finite.
    losses: Vec<f64>,
}

/// The lowest point of a grid.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lowest {
    /// Of all parameters, in their order.
    pub parameters: Vec<f64>,
    pub loss: f64,
    /// Points that have this loss; the first of them is told.
    pub points: usize,
}

impl Landscape {
    /// A grid without losses yet.
    pub fn new(spec: &FormulaSweep) -> Self {
        Self { spec: spec.clone(), losses: Vec::with_capacity(spec.cells().min(MOST_POINTS)) }
    }

    /// The losses, y-major; not-a-number where the loss is not finite.
    pub fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// Points with a finite loss.
    pub fn finite(&self) -> usize {
        self.losses.iter().filter(|loss| loss.is_finite()).count()
    }

    /// Index of the lowest loss; the first on a tie.
    pub fn lowest_at(&self) -> Option<usize> {
        let finite = self.losses.iter().enumerate().filter(|(_, loss)| loss.is_finite());
        finite.min_by(|(_, a), (_, b)| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal)).map(|(at, _)| at)
    }

    /// The lowest point; none where no loss is finite.
    pub fn lowest(&self) -> Option<Lowest> {
        let at = self.lowest_at()?;
        let loss = self.losses[at];
        let (x, y) = (at % self.spec.nx(), at / self.spec.nx());
        let starts = &self.spec.knobs[self.spec.knobs.len() - self.spec.objective.parameters().len()..];
        let parameters = starts.iter().map(|knob| self.spec.knob_value(knob, x, y)).collect();
        Some(Lowest { parameters, loss, points: self.losses.iter().filter(|other| **other == loss).count() })
    }

    /// Name of the parameter along an axis.
    pub fn parameter<'a>(&'a self, axis: &'a SweepAxis) -> &'a str {
        self.spec.parameter_along(axis).unwrap_or(&axis.name)
    }

    /// `x0,x1,loss`: one row per point, in the shortest numbers that read back to the same bits; nothing where the loss
    /// is not finite.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn write_csv(&self, out: &mut impl Write) -> io::Result<()> {
        let axes: Vec<&SweepAxis> = std::iter::once(&self.spec.x).chain(&self.spec.y).collect();
        for axis in &axes {
            write!(out, "{},", self.parameter(axis))?;
        }
        writeln!(out, "loss")?;
        let wide = self.spec.program.precision.is_wide();
        let values = |axis: &SweepAxis| -> Vec<String> {
            (0..axis.axis.len())
                .map(|at| shortest(self.spec.program.precision.round(axis.axis.value(at)), wide))
                .collect()
        };
        let x = values(&self.spec.x);
        let y = self.spec.y.as_ref().map(values);
        for (cell, loss) in self.losses.iter().enumerate() {
            write!(out, "{},", x[cell % x.len()])?;
            if let Some(y) = &y {
                write!(out, "{},", y[cell / x.len()])?;
            }
            writeln!(out, "{}", shortest(*loss, wide))?;
        }
        out.flush()
    }
}

/// The number as `losses.csv` has it.
fn shortest(value: f64, wide: bool) -> String {
    String::from_utf8_lossy(ShortText::number(value, wide).as_bytes()).into_owned()
}

impl Output for Landscape {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.losses.extend_from_slice(&tile.loss_start);
        Ok(())
    }
}
