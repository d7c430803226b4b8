//! Where descents are on the panels, step by step.

use super::followed::Trace;
use super::layout::Layout;
use super::marks::Mark;
use super::panel::Panel;
use super::track::{Leaving, Shows, Track};
use crate::analysis::theory::{RestClass, RestPoint};
use crate::draw::canvas::Point;
use crate::engine::Traced;
use crate::sweep::{GradientFlow, Path};

impl Layout {
    pub fn panel(&self, track: &Track) -> &Panel {
        &self.panels[track.panel]
    }

    pub fn path<'a>(&self, trace: &'a Trace, track: &Track) -> &'a Path {
        &trace.traced[self.shown[track.nth]].path
    }

    /// What a descent has along the panel and up it, at a step.
    pub fn values(&self, trace: &Trace, track: &Track, step: usize) -> (f64, f64) {
        let path = self.path(trace, track);
        let (loss, parameter) = (path.losses[step], |at: usize| path.parameters[at][step]);
        match track.shows {
            Shows::LossOverParameter => (parameter(0), loss),
            Shows::LossOverSteps => (step as f64, loss - self.below),
            Shows::Plane => (parameter(0), parameter(1)),
            Shows::ParameterOverSteps(at) => (step as f64, parameter(at)),
            Shows::Shown(at) => (step as f64, self.traced(trace, track).shown[at][step]),
            Shows::Sharpness => (step as f64, self.traced(trace, track).sharpness[step]),
            Shows::FlowDistance => (step as f64, self.flow(trace, track).map_or(f64::NAN, |flow| flow.distances[step])),
        }
    }

    fn traced<'a>(&self, trace: &'a Trace, track: &Track) -> &'a Traced {
        &trace.traced[self.shown[track.nth]]
    }

    fn flow<'a>(&self, trace: &'a Trace, track: &Track) -> Option<&'a GradientFlow> {
        self.traced(trace, track).flow.as_ref()
    }

    /// What is dotted beside a descent at a step: the gradient flow, and beside its sharpness the edge of stability.
    pub fn dotted(&self, trace: &Trace, track: &Track, step: usize) -> Option<Point> {
        let parameter = |at: usize| Some(self.flow(trace, track)?.parameters[at][step]);
        let (x, y) = match track.shows {
            Shows::Sharpness => (step as f64, trace.edge_at(self.shown[track.nth], step)),
            Shows::LossOverSteps => (step as f64, self.flow(trace, track)?.losses[step] - self.below),
            Shows::Plane => (parameter(0)?, parameter(1)?),
            Shows::ParameterOverSteps(at) => (step as f64, parameter(at)?),
            Shows::LossOverParameter | Shows::Shown(_) | Shows::FlowDistance => return None,
        };
        self.panel(track).place(x, y)
    }

    /// Where it is then, on the panel or outside of it.
    pub fn place(&self, trace: &Trace, track: &Track, step: usize) -> Option<Point> {
        let (x, y) = self.values(trace, track, step);
        self.panel(track).place(x, y)
    }

    /// The same, if it is on the panel.
    pub fn inside(&self, trace: &Trace, track: &Track, step: usize) -> Option<Point> {
        self.panel(track).inside(self.place(trace, track, step)?)
    }

    /// Finds out how every descent leaves its panels, or else where it ends on them.
    pub fn settle(&mut self, trace: &Trace) {
        for at in 0..self.tracks.len() {
            let track = self.tracks[at];
            let leaving = self.leaving(trace, &track);
            let last =
                || (0..=self.path(trace, &track).steps()).rev().find_map(|step| self.inside(trace, &track, step));
            let end = if leaving.is_some() { None } else { last() };
            self.tracks[at] = Track { leaving, end, ..track };
        }
    }

    fn leaving(&self, trace: &Trace, track: &Track) -> Option<Leaving> {
        let steps = self.path(trace, track).steps();
        if self.inside(trace, track, steps).is_some() {
            return None;
        }
        let cross = |step: usize| {
            let (from, to) = (self.place(trace, track, step - 1)?, self.place(trace, track, step)?);
            let [enter, edge] = self.panel(track).clip(from, to)?;
            let was_inside = self.panel(track).inside(from).is_some();
            Some((was_inside, Leaving { step, from: if was_inside { from } else { enter }, edge }))
        };
        let last = |inside: bool| (1..=steps).rev().filter_map(cross).find(|(was, _)| *was || !inside);
        last(true).or_else(|| last(false)).map(|(_, leaving)| leaving)
    }

    /// Minima and saddles on a panel of the loss itself.
    pub fn rests(&self, trace: &Trace, track: &Track) -> Vec<(Mark, Point)> {
        let mark = |class: RestClass| match class {
            RestClass::Minimum | RestClass::Valley => Some(Mark::Minimum),
            RestClass::Saddle => Some(Mark::Saddle),
            RestClass::Maximum | RestClass::Plateau => None,
        };
        let place = |rest: &RestPoint| {
            let y = match track.shows {
                Shows::LossOverParameter => rest.loss,
                Shows::Plane => rest.point[1],
                _ => return None,
            };
            let at = self.panel(track).place(rest.point[0], y)?;
            Some((mark(rest.class)?, self.panel(track).inside(at)?))
        };
        trace.rests().iter().filter_map(place).collect()
    }

    /// The height of the only minimum on a panel of a parameter over steps.
    pub fn dashed(&self, trace: &Trace, track: &Track) -> Option<i32> {
        let Shows::ParameterOverSteps(parameter) = track.shows else { return None };
        let at = self.panel(track).place(0.0, trace.only_minimum()?[parameter])?;
        self.panel(track).inside(at).map(|at| at.1.round() as i32)
    }
}
