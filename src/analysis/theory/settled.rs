//! What a descent carries where it rests: the minimum, and a state of the rule that no longer changes.

use crate::sweep::{StepAt, StepMap};
use nalgebra::{DMatrix, DVector};

/// Why there is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoLimit {
    /// A step near the point is not in proportion to the slope, or the rule's state does not settle.
    Adapts,
    /// Even the smallest steps lead away.
    NeverStable,
    /// No step does.
    AlwaysStable,
    /// Parameters, or layers, have learning rates of their own.
    SeveralRates,
    /// Too much is carried, or the step cannot be derived.
    Unknown,
}

impl NoLimit {
    /// In words.
    pub fn why(self) -> &'static str {
        match self {
            Self::Adapts => "the rule adapts its step: no fixed limit",
            Self::NeverStable => "none at any α: even the smallest steps lead away from the minimum",
            Self::AlwaysStable => "no α is too large near the minimum",
            Self::SeveralRates => "not one learning rate: each has a limit of its own",
            Self::Unknown => "what a step carries is too much for its eigenvalues, or cannot be derived",
        }
    }
}

/// A point of rest, and the curvatures of the loss (of the gradient that is used) there.
#[derive(Debug, Clone, Copy)]
pub struct Rest<'a> {
    pub point: &'a [f64],
    pub k: &'a DMatrix<f64>,
    /// The largest curvature, above 0.
    pub sharpness: f64,
}

/// Everything that is carried at rest, and the number of the step, at which schedules are frozen.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    pub carried: Vec<f64>,
    pub step: f64,
}

/// Most numbers of which a point of rest is solved for.
const MOST_SOLVED: usize = 64;

/// Steps over all rows, at a frozen step number.
#[derive(Clone, Copy)]
pub struct Setting<'a, 'b> {
    pub map: &'a StepMap<'b>,
    pub step: f64,
}

impl Setting<'_, '_> {
    /// The rule's state where the parameters are held at a point, from 0 until it no longer changes; `None` where it goes on
    /// changing, or is not finite.
    pub fn settled(self, knobs: &[f64], rest: Rest<'_>) -> Option<Settled> {
        const ROUNDS: usize = 20_000;
        /// Rounds in which it is tried to go all the way at once.
        const LEAPS: usize = 20;
        const STILL: f64 = 1e-12;
        let mut carried = vec![0.0; self.map.carried()];
        self.hold(&mut carried, rest.point);
        for round in 0..ROUNDS {
            let mut next = self.map.next(self.at(knobs, &carried));
            self.hold(&mut next, rest.point);
            if !next.iter().all(|value| value.is_finite()) {
                return None;
            }
            let moved: Vec<f64> = next.iter().zip(&carried).map(|(next, before)| next - before).collect();
            if moved.iter().zip(&carried).all(|(moved, before)| moved.abs() <= STILL * (1.0 + before.abs())) {
                return self.shifted(knobs, Settled { carried: next, step: self.step });
            }
            carried = if round < LEAPS { self.leap(knobs, &carried, &moved).unwrap_or(next) } else { next };
        }
        None
    }

    /// To where a state that moves in proportion to its distance goes in the end: an average of a thousand steps takes ten
    /// thousand to be there. `None` where that is no number.
    fn leap(self, knobs: &[f64], carried: &[f64], moved: &[f64]) -> Option<Vec<f64>> {
        let mut states = vec![1.0; carried.len()];
        self.hold(&mut states, &vec![0.0; self.map.program().parameters.len()]);
        let kept = self.map.along(self.at(knobs, carried), std::slice::from_ref(&states)).swap_remove(0);
        let there = (0..carried.len()).map(|at| match 1.0 - kept[at] {
            _ if states[at] == 0.0 => carried[at],
            share if share.abs() > 1e-9 => carried[at] + moved[at] / share,
            _ => carried[at] + moved[at],
        });
        let there: Vec<f64> = there.collect();
        there.iter().all(|value| value.is_finite()).then_some(there)
    }

    fn at<'c>(self, knobs: &'c [f64], carried: &'c [f64]) -> StepAt<'c> {
        StepAt { knobs, carried, step: self.step, row: 0 }
    }

    fn hold(self, carried: &mut [f64], point: &[f64]) {
        for (parameter, value) in self.map.program().parameters.iter().zip(point) {
            carried[parameter.hi] = *value;
        }
    }

    /// A rule that pulls the parameters elsewhere, as weight decay does, rests beside the minimum: by Newton's method on the
    /// step map. Stays where it is if that leads nowhere.
    fn shifted(self, knobs: &[f64], settled: Settled) -> Option<Settled> {
        const ROUNDS: usize = 20;
        const SINGULAR: f64 = 1e-9;
        let size = self.map.carried();
        let moved = |carried: &[f64]| {
            let next = self.map.next(self.at(knobs, carried));
            DVector::from_iterator(size, next.iter().zip(carried).map(|(next, before)| next - before))
        };
        let mut here = settled.carried.clone();
        let mut error = moved(&here);
        for _ in 0..ROUNDS {
            if error.amax() < 1e-12 || size > MOST_SOLVED {
                break;
            }
            let slope = self.map.derivative(self.at(knobs, &here)) - DMatrix::identity(size, size);
            if !slope.iter().all(|value| value.is_finite()) {
                return Some(settled);
            }
            let smallest = SINGULAR * slope.amax();
            let step = slope.svd(true, true).solve(&error, smallest).ok()?;
            let next: Vec<f64> = here.iter().zip(&step).map(|(here, step)| here - step).collect();
            let there = moved(&next);
            if there.amax().is_nan() || there.amax() >= error.amax() {
                break;
            }
            (here, error) = (next, there);
        }
        Some(if error.amax() < 1e-6 { Settled { carried: here, ..settled } } else { settled })
    }

    /// Whether two steps from beside the point go where the derivative says. They do not where a rule divides by its history
    /// of slopes, or takes their sign: then its steps do not shrink with the slope.
    pub fn is_in_proportion(self, knobs: &[f64], settled: &Settled, rest: Rest<'_>) -> bool {
        const SMALL: f64 = 1e-6;
        const NEARLY: f64 = 0.05;
        let direction = steepest(rest.k);
        let size = SMALL * (1.0 + rest.point.iter().fold(0.0_f64, |most, value| most.max(value.abs())));
        let mut deviation = vec![0.0; settled.carried.len()];
        for (parameter, part) in self.map.program().parameters.iter().zip(&direction) {
            deviation[parameter.hi] = size * part;
        }
        let mut carried: Vec<f64> = settled.carried.iter().zip(&deviation).map(|(rest, off)| rest + off).collect();
        for _ in 0..2 {
            let told =
                self.map.along(self.at(knobs, &settled.carried), std::slice::from_ref(&deviation)).swap_remove(0);
            let next = self.map.next(self.at(knobs, &carried));
            let (mut apart, mut most) = (0.0_f64, 0.0_f64);
            for at in self.map.program().parameters.iter().map(|parameter| parameter.hi) {
                let (found, told) = (next[at] - carried[at], told[at] - deviation[at]);
                apart = apart.max((found - told).abs());
                most = most.max(found.abs()).max(told.abs());
                if (found - told).is_nan() {
                    return false;
                }
            }
            if apart > NEARLY * most {
                return false;
            }
            (carried, deviation) = (next, told);
        }
        true
    }
}

/// The direction of the largest curvature.
fn steepest(k: &DMatrix<f64>) -> Vec<f64> {
    let eigen = ((k + k.transpose()) * 0.5).symmetric_eigen();
    let sharpest = eigen.eigenvalues.iter().enumerate().max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs()));
    sharpest.map_or_else(Vec::new, |(at, _)| eigen.eigenvectors.column(at).iter().copied().collect())
}
