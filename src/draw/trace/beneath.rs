//! What stands beneath the paths: the fit, and numbers that are followed besides.

use super::fit::Fit;
use super::followed::Trace;
use super::layout::{Draft, Layout};
use super::track::Shows;
use super::window::{Range, spread};
use crate::draw::frame::on_one_line;
use crate::draw::side::Side;
use crate::draw::typeset::typeset;
use crate::engine::Traced;
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
        let mut drafts: Vec<Draft> = (0..trace.descents.shown.len()).map(|at| self.shown_number(trace, at)).collect();
        drafts.extend(trace.descents.sharpness.then(|| self.sharpness(trace)));
        drafts.extend(trace.descents.flow.then(|| self.flow_distance(trace)));
        let places = self.beneath(drafts.len());
        drafts.into_iter().zip(places).for_each(|(draft, place)| self.add(draft, place));
    }

    fn shown_number(&self, trace: &Trace, at: usize) -> Draft {
        let shown = &trace.descents.shown[at];
        let (lo, hi) = trace.range_of(&self.shown, |traced| &traced.shown[at]);
        Draft {
            title: on_one_line(&format!("{} = {}", shown.name, typeset(shown.expression.text()))),
            x: self.steps_side(trace),
            // As losses are: what falls by powers of ten is a line.
            y: Side::range(&shown.name, lo, hi, lo > 0.0 && hi > 100.0 * lo),
            shows: Shows::Shown(at),
            of: self.all(),
        }
    }

    /// From 0 up, with the edges of stability that are near.
    fn sharpness(&self, trace: &Trace) -> Draft {
        /// A farther edge would leave no room for the curves.
        const NEAR: f64 = 2.0;
        let (lo, hi) = trace.range_of(&self.shown, |traced| &traced.sharpness);
        let edges = self.shown.iter().filter_map(|at| trace.edge(*at).ok()).filter(|edge| *edge <= NEAR * hi);
        let top = edges.fold(hi, f64::max);
        Draft {
            title: "sharpness (dotted: edge of stability)".to_owned(),
            x: self.steps_side(trace),
            y: Side::range("sharpness", lo.min(0.0), top, false),
            shows: Shows::Sharpness,
            of: self.all(),
        }
    }

    fn flow_distance(&self, trace: &Trace) -> Draft {
        let none = Vec::new();
        let (lo, hi) = trace.range_of(&self.shown, |traced| traced.flow.as_ref().map_or(&none, |flow| &flow.distances));
        // At the start it is 0, and what is next to nothing tells nothing.
        let lo = lo.max(hi * 1e-4);
        Draft {
            title: "distance to the gradient flow at t = α·k".to_owned(),
            x: self.steps_side(trace),
            y: Side::range("distance", lo, hi, lo > 0.0 && hi > 100.0 * lo),
            shows: Shows::FlowDistance,
            of: self.all(),
        }
    }
}

impl Trace {
    /// Where a shown number goes in those descents that do not diverge; in all, where all do.
    fn range_of<'a>(&'a self, descents: &[usize], list: impl Fn(&'a Traced) -> &'a Vec<f64>) -> Range {
        let steady: Vec<usize> =
            descents.iter().copied().filter(|descent| self.traced[*descent].outcome != Outcome::Diverged).collect();
        let of = if steady.is_empty() { descents } else { &steady };
        let values = of.iter().flat_map(|descent| list(&self.traced[*descent])).copied();
        let (lo, hi) = spread(values.filter(|value| value.is_finite()));
        let room = lo.abs().max(1.0) / 2.0;
        match hi - lo > 1e-12 * lo.abs().max(hi.abs()) {
            true => (lo, hi),
            false if lo.is_finite() => (lo - room, lo + room),
            false => (0.0, 1.0),
        }
    }
}
