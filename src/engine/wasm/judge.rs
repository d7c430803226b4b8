//! Judging a step: who has come to an end, and what is kept of it.

use super::layout::{Layout, PARTS};
use super::packed::Packed;
use super::steps::Begun;
use super::writer::{Local, STEP};
use crate::sweep::Stage;
use wasm_encoder::{BlockType, ValType};

impl Begun<'_> {
    /// Judges the step if it is the last of a pass over the data; where it is not, descents whose parameters are beyond their
    /// limits end.
    pub fn judged_when_due(&mut self, judge: &[Stage], window: &[Local]) {
        let period = self.spec.program.period();
        if period == 1 {
            return self.judged(judge, window, Some(2));
        }
        self.writer.out().local_get(STEP).i32_const(period.cast_signed()).i32_rem_u().i32_eqz().if_(BlockType::Empty);
        self.judged(judge, window, Some(3));
        self.writer.out().else_();
        let layout = self.writer.layout;
        let bad = self.writer.vectors();
        for part in 0..PARTS {
            let alive = self.alive + part as Local;
            self.writer.out().local_get(alive);
            self.parameters_within(part);
            self.writer.out().v128_andnot().local_tee(bad + part as Local);
            if part > 0 {
                self.writer.out().v128_or();
            }
        }
        self.writer.out().v128_any_true().if_(BlockType::Empty);
        for part in 0..PARTS {
            let [alive, bad] = [self.alive, bad].map(|first| first + part as Local);
            self.note_step(layout.steps, part, bad);
            let packed = self.writer.packed;
            self.writer.store_where(layout.code, part, bad, |writer| {
                writer.out().v128_const(packed.count(Layout::DIVERGED));
            });
            self.writer.out().local_get(alive).local_get(bad).v128_andnot().local_set(alive);
        }
        self.any_alive();
        self.writer.out().i32_eqz().br_if(3).end().end();
    }

    /// Judges the step: who has come to an end is told, and no longer goes on. `out` is how many blocks around this one are left
    /// where nobody goes on; none for the last step.
    pub fn judged(&mut self, judge: &[Stage], window: &[Local], out: Option<u32>) {
        self.writer.stages(judge);
        (0..PARTS).for_each(|part| self.note_window(part, window));
        let masks = [0; 2].map(|_| self.writer.vectors());
        (0..PARTS).for_each(|part| self.tests(part, masks));
        if self.spec.program.period() > 1 {
            (0..PARTS).for_each(|part| self.note_judged(part));
        }
        if out.is_some() {
            self.events(masks);
            self.writer.out().if_(BlockType::Empty);
        }
        (0..PARTS).for_each(|part| self.ends(part, masks, out.is_none()));
        if let Some(out) = out {
            // Out of the loop where nobody goes on.
            self.any_alive();
            self.writer.out().i32_eqz().br_if(out).end();
        }
    }

    /// Adds the loss of a part to the window at hand.
    fn note_window(&mut self, part: usize, window: &[Local]) {
        let (packed, loss) = (self.writer.packed, self.spec.program.loss);
        let at = |which: usize| window.get(which).map(|first| first + part as Local);
        for (kept, beyond) in [at(0), at(1)].into_iter().flatten().zip([Packed::lower, Packed::higher]) {
            self.writer.out().local_get(kept);
            self.writer.push(loss, part);
            beyond(packed, &mut self.writer.out());
            self.writer.out().local_set(kept);
        }
        let [Some(origin), Some(sum), Some(squares)] = [2, 3, 4].map(at) else { return };
        self.writer.push(loss, part);
        self.writer.out().local_get(origin);
        packed.sub(&mut self.writer.out());
        let apart = self.writer.code.kept();
        for (kept, squared) in [(sum, false), (squares, true)] {
            self.writer.out().local_get(kept);
            self.writer.code.push_value(apart);
            if squared {
                self.writer.code.push_value(apart);
                packed.mul(&mut self.writer.out());
            }
            packed.add(&mut self.writer.out());
            self.writer.out().local_set(kept);
        }
    }

    /// With batches the step before the end was not judged: loss and parameters are kept of every one that was.
    fn note_judged(&mut self, part: usize) {
        let layout = self.writer.layout;
        let usable = self.writer.locals(1, ValType::V128);
        let (alive, loss) = (self.alive + part as Local, self.spec.program.loss);
        self.push_usable(part);
        self.writer.out().local_get(alive).v128_and().local_set(usable);
        self.writer.store_where(layout.judged_loss, part, usable, |writer| writer.push(loss, part));
        self.note_carried(&layout.judged_at, part, usable);
    }

    /// Pushes where the loss of a part is finite and every parameter within its limit.
    fn push_usable(&mut self, part: usize) {
        let (packed, loss) = (self.writer.packed, self.spec.program.loss);
        let largest = packed.constant(self.spec.program.precision.largest());
        self.writer.push(loss, part);
        packed.abs(&mut self.writer.out());
        self.writer.out().v128_const(largest);
        packed.le(&mut self.writer.out());
        self.parameters_within(part);
        self.writer.out().v128_and();
    }

    /// Masks of a part: where loss and parameters are within their bounds, and where the stop test holds besides.
    fn tests(&mut self, part: usize, [within, holds]: [Local; 2]) {
        let program = &self.spec.program;
        let (packed, layout) = (self.writer.packed, self.writer.layout);
        let writer = &mut self.writer;
        writer.push(program.loss, part);
        packed.abs(&mut writer.out());
        writer.load(layout.bar, part);
        packed.le(&mut writer.out());
        self.parameters_within(part);
        let writer = &mut self.writer;
        writer.out().v128_and().local_tee(within + part as Local);
        for (tested, tolerance) in program.stop.tested().iter().zip(&layout.tolerances) {
            writer.push(*tested, part);
            packed.abs(&mut writer.out());
            writer.load(*tolerance, part);
            packed.lt(&mut writer.out());
            writer.out().v128_and();
        }
        writer.out().local_set(holds + part as Local);
    }

    /// Pushes where every parameter of a part is within its limit.
    fn parameters_within(&mut self, part: usize) {
        let program = &self.spec.program;
        let limit = self.writer.packed.constant(program.parameter_limit());
        for (at, parameter) in program.parameters.iter().enumerate() {
            let packed = self.writer.packed;
            self.push_carried(parameter.hi, part);
            packed.abs(&mut self.writer.out());
            self.writer.out().v128_const(limit);
            packed.le(&mut self.writer.out());
            if at > 0 {
                self.writer.out().v128_and();
            }
        }
    }

    /// Pushes whether something happens to any descent that goes on: it ends, or its stop test begins, goes on or ceases to
    /// hold.
    fn events(&mut self, [within, holds]: [Local; 2]) {
        for part in 0..PARTS as Local {
            let (alive, held) = (self.alive + part, self.held + part);
            let mut out = self.writer.out();
            out.local_get(within + part).v128_not().local_get(holds + part).v128_or();
            out.local_get(held).v128_or().local_get(alive).v128_and();
            if part > 0 {
                out.v128_or();
            }
        }
        self.writer.out().v128_any_true();
    }

    /// Writes down which descents of a part end here, and where the stop test begins to hold.
    fn ends(&mut self, part: usize, [within, holds]: [Local; 2], is_last: bool) {
        let layout = self.writer.layout;
        let [bad, hold, begins, arrives] = [0; 4].map(|_| self.writer.locals(1, ValType::V128));
        let [alive, held, within, holds] = [self.alive, self.held, within, holds].map(|first| first + part as Local);
        let packed = self.writer.packed;
        let mut out = self.writer.out();
        out.local_get(alive).local_get(within).v128_andnot().local_set(bad);
        out.local_get(alive).local_get(holds).v128_and().local_tee(hold);
        out.local_get(held).v128_andnot().local_set(begins);
        self.note_begins(part, begins);
        // Counts down where it goes on holding.
        let confirmation = packed.count(self.spec.confirmation());
        self.writer.store(layout.left, part, |writer| {
            writer.out().v128_const(confirmation);
            writer.load(layout.left, part);
            writer.out().v128_const(packed.count(1));
            packed.minus(&mut writer.out());
            writer.out().local_get(begins).v128_bitselect();
        });
        self.writer.out().local_get(hold);
        if !is_last {
            self.writer.load(layout.left, part);
            self.writer.out().v128_const(packed.count(0));
            packed.same(&mut self.writer.out());
            self.writer.out().v128_and();
        }
        self.writer.out().local_set(arrives);
        self.writer.store_where(layout.code, part, arrives, |writer| {
            writer.out().v128_const(packed.count(Layout::ARRIVED));
        });
        self.note_divergence(part, bad);
        let mut out = self.writer.out();
        out.local_get(hold).local_set(held);
        out.local_get(alive).local_get(bad).local_get(arrives).v128_or().v128_andnot().local_set(alive);
    }

    /// Where the stop test begins to hold.
    fn note_begins(&mut self, part: usize, begins: Local) {
        let layout = self.writer.layout;
        self.note_step(layout.held_since, part, begins);
        let loss = self.spec.program.loss;
        self.writer.store_where(layout.held_loss, part, begins, |writer| writer.push(loss, part));
        self.note_carried(&layout.held_at, part, begins);
    }

    fn note_divergence(&mut self, part: usize, bad: Local) {
        let layout = self.writer.layout;
        let (packed, loss) = (self.writer.packed, self.spec.program.loss);
        self.note_step(layout.steps, part, bad);
        self.writer.store_where(layout.last_loss, part, bad, |writer| writer.push(loss, part));
        self.note_carried(&layout.last_at, part, bad);
        let usable = self.writer.locals(1, ValType::V128);
        self.push_usable(part);
        self.writer.out().local_set(usable);
        self.writer.store_where(layout.code, part, bad, |writer| {
            let codes = [Layout::DIVERGED, Layout::OVERFLOWED].map(|code| packed.count(code));
            writer.out().v128_const(codes[0]).v128_const(codes[1]).local_get(usable).v128_bitselect();
        });
    }

    /// The number of the step, in the lanes of a mask.
    fn note_step(&mut self, slot: usize, part: usize, mask: Local) {
        let packed = self.writer.packed;
        self.writer.store_where(slot, part, mask, |writer| {
            writer.out().local_get(STEP);
            packed.spread_count(&mut writer.out());
        });
    }

    /// What is carried of parameters, likewise.
    fn note_carried(&mut self, slots: &[usize], part: usize, mask: Local) {
        for (slot, carried) in slots.iter().zip(self.spec.program.reported()) {
            let node = self.carried_local(carried, part);
            self.writer.store_where(*slot, part, mask, |writer| writer.get(node));
        }
    }
}
