//! Follows a cycle as the knob moves, to where it loses its stability.

use super::cycle::{Cycle, NoCycle, Slice};
use nalgebra::Complex;
use serde::Serialize;

/// How a cycle loses its stability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// A multiplier goes through −1: beyond it the cycle of twice the period is met.
    Doubling,
    /// A multiplier goes through +1: the cycle meets another and ends, or hands its stability on.
    PlusOne,
    /// A pair of complex multipliers leaves the unit circle: orbits circle around it (Neimark and Sacker).
    Pair,
}

impl ChangeKind {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Doubling => "period doubling",
            Self::PlusOne => "multiplier +1",
            Self::Pair => "complex pair",
        }
    }
}

/// Where a cycle loses its stability.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Value of the knob.
    pub at: f64,
    /// At most so far off.
    pub error: f64,
    pub kind: ChangeKind,
    /// Of the cycle that loses it.
    pub period: usize,
    /// The one that leaves the unit circle, there.
    pub multiplier: Complex<f64>,
    /// The parameters and all else that is carried, at each point of the cycle.
    pub points: Vec<Vec<f64>>,
    /// The points of other cycles that change at the same place, as those of symmetric wells do.
    pub elsewhere: Vec<Vec<f64>>,
}

/// A cycle on its way.
pub(super) struct Follow<'a> {
    pub slice: &'a Slice<'a>,
    /// The size of what is carried.
    pub scale: f64,
}

/// Values of the knob: where to begin, the next one on the axis, and how far to go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub from: f64,
    pub next: f64,
    pub to: f64,
}

/// A value of the knob with the cycle there.
type There = (f64, Cycle);

impl Follow<'_> {
    /// Where the cycle loses its stability on the way, or nothing where it keeps it.
    ///
    /// # Errors
    /// Why it is not known what becomes of the cycle.
    pub fn along(&self, Way { from, next, to }: Way, cycle: &Cycle) -> Result<Option<Change>, String> {
        /// Of the distance to the next value: the first part of the way, and the largest.
        const FIRST: f64 = 0.25;
        const LARGEST: f64 = 2.0;
        const LEAST: f64 = 1e-13;
        const FASTER: f64 = 1.6;
        let mut here: There = (from, cycle.clone());
        let mut before: Option<There> = None;
        let cell = next - from;
        let mut step = cell * FIRST;
        while here.0 != to {
            let ahead = here.0 + step;
            let next = if (ahead - from).abs() >= (to - from).abs() { to } else { ahead };
            let why = match self.solve(next, before.as_ref(), &here) {
                Ok(found) if found.is_stable() => {
                    before = Some(std::mem::replace(&mut here, (next, found)));
                    step = (step * FASTER).clamp(-LARGEST * cell.abs(), LARGEST * cell.abs());
                    continue;
                }
                Ok(found) => {
                    let crossing = self.crossing(here.clone(), (next, found));
                    if crossing.error <= REFINED * next.abs() {
                        return Ok(Some(crossing));
                    }
                    // An unstable cycle beside it, which is another one.
                    NoCycle::NotFound
                }
                Err(why) => why,
            };
            step /= 2.0;
            if step.abs() <= LEAST * from.abs().max(to.abs()) {
                return self.end(&here, step, why).map(Some);
            }
        }
        Ok(None)
    }

    /// The same cycle at another value, from where it has been going.
    fn solve(&self, value: f64, before: Option<&There>, (at, cycle): &There) -> Result<Cycle, NoCycle> {
        /// Of what is carried, in one part of the way: farther away is another cycle.
        const FAR: f64 = 0.05;
        let mut guess = cycle.points[0].clone();
        if let Some((earlier, was)) = before {
            let share = (value - at) / (at - earlier);
            guess.iter_mut().zip(&was.points[0]).for_each(|(guess, was)| *guess += (*guess - was) * share);
        }
        let found = self.slice.solve(value, cycle.period(), &guess, self.scale)?;
        let moved = super::cycle::gap(&found.points[0], &cycle.points[0]).amax();
        if moved <= FAR * self.scale { Ok(found) } else { Err(NoCycle::NotFound) }
    }

    /// Between a value where the cycle is stable and one where it is not: halved down to rounding.
    fn crossing(&self, mut stable: There, mut unstable: There) -> Change {
        const HALVINGS: usize = 80;
        let apart = (unstable.0 - stable.0).abs();
        let steepness = (unstable.1.leading().norm() - stable.1.leading().norm()).abs() / apart;
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(stable.0, unstable.0);
            if middle == stable.0 || middle == unstable.0 {
                break;
            }
            let Some(found) = self.between(middle, &stable.1, &unstable.1) else { break };
            let side = if found.is_stable() { &mut stable } else { &mut unstable };
            *side = (middle, found);
        }
        let kind = kind(unstable.1.leading());
        let outside = (unstable.1.leading().norm() - 1.0).abs() / steepness;
        let error = ((unstable.0 - stable.0) / 2.0).abs().max(ROUNDING * stable.0.abs()).max(outside);
        change(f64::midpoint(stable.0, unstable.0), error, kind, unstable.1)
    }

    /// The cycle at a value between two, from between their points or from either.
    fn between(&self, value: f64, a: &Cycle, b: &Cycle) -> Option<Cycle> {
        let (a_point, b_point) = (&a.points[0], &b.points[0]);
        let middle: Vec<f64> = a_point.iter().zip(b_point).map(|(a, b)| f64::midpoint(*a, *b)).collect();
        let mut guesses = [&middle, a_point, b_point].into_iter();
        guesses.find_map(|guess| self.slice.solve(value, a.period(), guess, self.scale).ok())
    }

    /// Where the cycle ceases to be.
    fn end(&self, (at, cycle): &There, step: f64, why: NoCycle) -> Result<Change, String> {
        /// So near to +1 a multiplier comes within a step that is as small as rounding.
        const AT_ONE: f64 = 0.02;
        let period = cycle.period();
        if let NoCycle::Shorter(half) = why
            && 2 * half == period
            && let Ok(whole) = self.slice.solve(*at, half, &cycle.points[0], self.scale)
        {
            // Seen from beyond a doubling: two points of this cycle become one, which is stable a little farther.
            let farther = at + (FORKED * at.abs()).copysign(step);
            let stable = self.slice.solve(farther, half, &whole.points[0], self.scale).ok().filter(Cycle::is_stable);
            return Ok(match stable.filter(|_| !whole.is_stable()) {
                Some(stable) => self.crossing((farther, stable), (*at, whole)),
                None => change(*at, FORKED * at.abs(), ChangeKind::Doubling, whole),
            });
        }
        let leading = cycle.leading();
        if (leading - 1.0).norm() <= AT_ONE {
            let off = if matches!(why, NoCycle::Shorter(_)) { FORKED } else { FOLDED };
            return Ok(change(*at, off * at.abs(), ChangeKind::PlusOne, cycle.clone()));
        }
        Err(format!(
            "at {at} the cycle of period {period} is lost, with a multiplier of {}; what becomes of it is unknown, because {}",
            shown(leading),
            why.why()
        ))
    }
}

/// Relative to the values: how far they are halved, how near a change must be known, how far a fork is from where two points become one, and how far a cycle's end
/// from where it was last solved for.
const ROUNDING: f64 = 1e-14;
const REFINED: f64 = 1e-7;
const FORKED: f64 = 1e-6;
const FOLDED: f64 = 1e-8;

fn change(at: f64, error: f64, kind: ChangeKind, cycle: Cycle) -> Change {
    Change {
        at,
        error,
        kind,
        period: cycle.period(),
        multiplier: cycle.leading(),
        points: cycle.points,
        elsewhere: Vec::new(),
    }
}

fn kind(multiplier: Complex<f64>) -> ChangeKind {
    const REAL: f64 = 1e-6;
    match multiplier {
        complex if complex.im.abs() > REAL => ChangeKind::Pair,
        real if real.re < 0.0 => ChangeKind::Doubling,
        _ => ChangeKind::PlusOne,
    }
}

fn shown(multiplier: Complex<f64>) -> String {
    if multiplier.im == 0.0 { format!("{:.6}", multiplier.re) } else { format!("{multiplier:.6}") }
}
