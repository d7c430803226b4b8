//! What a descent visits in the end, as one number moves: cycles, chaos, and where cycles lose their stability.
//!
//! Periods are not told by eye. An orbit that nearly repeats is a guess, from which Newton's method solves Fᵖ(z) = z for
//! everything that a step carries; the eigenvalues of the product of J along the cycle, its multipliers, say whether it is
//! stable. A stable cycle is followed from value to value until a multiplier leaves the unit circle, and there the interval is
//! halved down to rounding.

mod cycle;
mod follow;
mod orbit;

pub use cycle::{Cycle, MOST_PERIOD, NoCycle, Slice};
pub use follow::{Change, ChangeKind};
pub use orbit::{Asked, ComesTo, Lyapunov, Orbit};

use super::theory::Known;
use crate::engine::EngineError;
use crate::sweep::{FormulaSweep, StepMap};
use cycle::gap;
use follow::{Follow, Way};
use orbit::Runner;
use rayon::prelude::*;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

/// Orbits at every value of a knob, from one start or from several, and what was found out about them.
#[derive(Debug)]
pub struct Bifurcation {
    /// x is the knob; y, where there is one, the starts.
    pub spec: FormulaSweep,
    pub asked: Asked,
    /// Cell by cell, all values of the first start first.
    pub orbits: Vec<Orbit>,
    /// Where cycles lose their stability, along the axis.
    pub changes: Vec<Change>,
    /// What could not be found out, and why.
    pub unknown: Vec<String>,
    pub known: Known,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum NoBifurcation {
    /// The step cannot be derived.
    #[error("the derivative of a step is too long a formula; a bifurcation needs it")]
    NotDerived,
    #[error(transparent)]
    Stopped(#[from] EngineError),
}

impl Bifurcation {
    /// Of a sweep in f64 whose steps are all the same map: full batches, no schedule, no noise.
    ///
    /// # Errors
    /// A step that cannot be derived; an interruption.
    pub fn new(spec: FormulaSweep, asked: Asked, cancel: &AtomicBool) -> Result<Self, NoBifurcation> {
        let stopped = || if cancel.load(Ordering::Relaxed) { Err(EngineError::Interrupted) } else { Ok(()) };
        let (orbits, changes, unknown) = {
            let map = StepMap::whole(&spec).ok_or(NoBifurcation::NotDerived)?;
            let runner = Runner { spec: &spec, map: &map, asked };
            let cells: Vec<(usize, usize)> = (0..spec.ny()).flat_map(|y| (0..spec.nx()).map(move |x| (x, y))).collect();
            let chunks = cells.par_chunks(orbit::TOGETHER).map(|cells| stopped().map(|()| runner.run(cells)));
            let orbits: Vec<Orbit> = chunks.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
            stopped()?;
            let (changes, unknown) = changes(&spec, &map, asked, &orbits);
            (orbits, changes, unknown)
        };
        let rest = orbits.iter().find(|orbit| orbit.period() == Some(1));
        let known = Known::of(&spec, rest.map(|orbit| orbit.last(&spec)).as_deref());
        Ok(Self { spec, asked, orbits, changes, unknown, known })
    }

    /// The value of the knob in a cell.
    pub fn value(&self, orbit: &Orbit) -> f64 {
        self.spec.x.axis.value(orbit.cell.0)
    }

    /// The orbits of one start, along the axis.
    pub fn of_start(&self, start: usize) -> &[Orbit] {
        &self.orbits[start * self.spec.nx()..(start + 1) * self.spec.nx()]
    }

    /// At most so many changes along the axis: doublings first, those of the shortest cycles first.
    pub fn of_shortest(&self, most: usize) -> Vec<&Change> {
        let mut kept: Vec<&Change> = self.changes.iter().collect();
        kept.sort_by_key(|change| (change.kind != ChangeKind::Doubling, change.period));
        kept.truncate(most);
        kept.sort_by(|a, b| a.at.total_cmp(&b.at));
        kept
    }

    /// The period doublings among the changes.
    pub fn doublings(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.kind == ChangeKind::Doubling)
    }
}

/// Follows every cycle along the axis, both ways, to the next value where one was found, and tells where it is lost.
fn changes(spec: &FormulaSweep, map: &StepMap<'_>, asked: Asked, orbits: &[Orbit]) -> (Vec<Change>, Vec<String>) {
    let ways: Vec<(&Orbit, &Cycle, Way)> = orbits.iter().flat_map(|orbit| ways(spec, orbits, orbit)).collect();
    let follow = |(orbit, cycle, way): &(&Orbit, &Cycle, Way)| {
        let slice = Slice::of(spec, map, asked.last(), orbit.cell);
        Follow { slice: &slice, scale: orbit.scale }.along(*way, cycle)
    };
    let found: Vec<Result<Option<Change>, String>> = ways.par_iter().map(follow).collect();
    let (mut changes, mut unknown) = (Vec::new(), Vec::new());
    for found in found {
        match found {
            Ok(change) => changes.extend(change),
            Err(why) => unknown.push(why),
        }
    }
    unknown.extend(not_isolated(spec, orbits));
    let mut seen = HashSet::new();
    unknown.retain(|why| seen.insert(why.clone()));
    (merged(changes), unknown)
}

/// Up and down the axis from an orbit on a cycle.
fn ways<'a>(spec: &FormulaSweep, orbits: &'a [Orbit], orbit: &'a Orbit) -> Vec<(&'a Orbit, &'a Cycle, Way)> {
    let ComesTo::Cycle(cycle) = &orbit.comes_to else { return Vec::new() };
    let (x, y) = orbit.cell;
    let line = &orbits[y * spec.nx()..(y + 1) * spec.nx()];
    let is_on_one = |x: &usize| matches!(line[*x].comes_to, ComesTo::Cycle(_));
    let value = |x: usize| spec.x.axis.value(x);
    let up = (x + 1 < line.len()).then(|| (x + 1, (x + 1..line.len()).find(is_on_one).unwrap_or(line.len() - 1)));
    let down = (x > 0).then(|| (x - 1, (0..x).rev().find(is_on_one).unwrap_or(0)));
    let ends = [up, down].into_iter().flatten();
    ends.map(|(next, to)| (orbit, cycle, Way { from: value(x), next: value(next), to: value(to) })).collect()
}

/// Where the period changes of cycles that cannot be followed.
fn not_isolated(spec: &FormulaSweep, orbits: &[Orbit]) -> Vec<String> {
    // Next to a change an orbit may settle too slowly to be told.
    let settled: Vec<&Orbit> = orbits.iter().filter(|orbit| orbit.period().is_some()).collect();
    let told = settled.windows(2).filter(|pair| pair[0].cell.1 == pair[1].cell.1).filter_map(|pair| {
        let why = pair.iter().find_map(|orbit| match &orbit.comes_to {
            // Next to a fork two points are told as one; the cycles at its sides are followed to it.
            ComesTo::Repeats { why, .. } if !matches!(why, NoCycle::Shorter(_)) => Some(*why),
            _ => None,
        })?;
        let (before, after) = (pair[0].period()?, pair[1].period()?);
        let value = |orbit: &Orbit| spec.x.axis.value(orbit.cell.0);
        (before != after).then(|| {
            format!(
                "between {} = {} and {} period {before} becomes {after}; where exactly is unknown, because {}",
                spec.x.name,
                value(pair[0]),
                value(pair[1]),
                why.why()
            )
        })
    });
    told.collect()
}

/// Each change once: both sides of a doubling find it, and so do descents from several starts.
fn merged(mut changes: Vec<Change>) -> Vec<Change> {
    const SAME: f64 = 2e-6;
    const APART: f64 = 1e-3;
    changes.sort_by(|a, b| a.at.total_cmp(&b.at).then(a.error.total_cmp(&b.error)));
    let mut kept: Vec<Change> = Vec::new();
    for change in changes {
        let same = |other: &&mut Change| {
            let near = SAME * change.at.abs().max(other.at.abs()) + change.error.max(other.error);
            let near = (other.at - change.at).abs() <= near;
            near && (other.kind, other.period) == (change.kind, change.period)
        };
        let Some(other) = kept.iter_mut().rev().take(8).find(same) else {
            kept.push(change);
            continue;
        };
        let (mut best, beside) =
            if change.error < other.error { (change, other.clone()) } else { (other.clone(), change) };
        let is_new = |point: &Vec<f64>, known: &[Vec<f64>]| known.iter().all(|known| gap(known, point).amax() > APART);
        for point in beside.points.into_iter().chain(beside.elsewhere) {
            if is_new(&point, &best.points) && is_new(&point, &best.elsewhere) {
                best.elsewhere.push(point);
            }
        }
        *other = best;
    }
    kept
}
