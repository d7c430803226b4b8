//! What stands beneath the paths: the fit, and numbers that are followed besides.

use super::fit::Fit;
use super::followed::Trace;
use super::layout::{Layout, Shows, Track};
use super::view::{Range, spread};
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
        let places = self.beneath(trace.descents.shown.len());
        for (at, (shown, place)) in trace.descents.shown.iter().zip(places).enumerate() {
            let (lo, hi) = trace.shown_range(&self.shown, at);
            // As losses are: what falls by powers of ten is a line.
            let y = Side::range(&shown.name, lo, hi, lo > 0.0 && hi > 100.0 * lo);
            let title = on_one_line(&format!("{} = {}", shown.name, typeset(shown.expression.text())));
            let panel = self.panels.len();
            self.add_panel(place, title, self.steps_axis(trace), y);
            self.tracks.extend((0..self.shown.len()).map(|nth| Track { panel, nth, shows: Shows::Shown(at) }));
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
