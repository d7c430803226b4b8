//! What stands beneath the paths: the fit, and numbers that are followed besides.

use super::fit::Fit;
use super::followed::Trace;
use super::layout::{Draft, Layout};
use super::track::Shows;
use super::window::{Range, spread};
use crate::draw::frame::on_one_line;
use crate::draw::side::Side;
use crate::draw::typeset::typeset;
use crate::sweep::Outcome;

impl Layout {
    /// Adds the panel of the fit, as wide as the picture, and those of the shown formulas.
    pub(super) fn lay_out_beneath(&mut self, trace: &Trace) {
        if let Some(fit) = Fit::new(trace, &self.shown, self.panels.len()) {
            let place = self.beneath(1)[0];
            let panel = fit.panel(trace, place, self.label_room());
            self.panels.push(panel);
            self.fit = Some(fit);
        }
        let drafts: Vec<Draft> = (0..trace.descents.shown.len()).map(|at| self.shown_number(trace, at)).collect();
        let places = self.beneath(drafts.len());
        drafts.into_iter().zip(places).for_each(|(draft, place)| self.add(draft, place));
    }

    fn shown_number(&self, trace: &Trace, at: usize) -> Draft {
        let shown = &trace.descents.shown[at];
        let (lo, hi) = trace.shown_range(&self.shown, at);
        Draft {
            title: on_one_line(&format!("{} = {}", shown.name, typeset(shown.expression.text()))),
            x: self.steps_side(trace),
            // As losses are: what falls by powers of ten is a line.
            y: Side::range(&shown.name, lo, hi, lo > 0.0 && hi > 100.0 * lo),
            shows: Shows::Shown(at),
            of: self.all(),
        }
    }
}

impl Trace {
    /// Where a shown number goes in those descents that do not diverge; in all, where all do.
    fn shown_range(&self, descents: &[usize], at: usize) -> Range {
        let steady: Vec<usize> =
            descents.iter().copied().filter(|descent| self.traced[*descent].outcome != Outcome::Diverged).collect();
        let of = if steady.is_empty() { descents } else { &steady };
        let values = of.iter().flat_map(|descent| &self.traced[*descent].shown[at]).copied();
        let (lo, hi) = spread(values.filter(|value| value.is_finite()));
        let room = lo.abs().max(1.0) / 2.0;
        match hi - lo > 1e-12 * lo.abs().max(hi.abs()) {
            true => (lo, hi),
            false if lo.is_finite() => (lo - room, lo + room),
            false => (0.0, 1.0),
        }
    }
}
