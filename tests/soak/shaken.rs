//! Descents in f64 whose every step is as far off as rounding in f32 makes it.
//!
//! A descent that creeps along a ridge, or beside a direction in which its steps are too long, shows by them what rounding does:
//! what is off by a rounding is off by everything some dozens of steps later. So they tell whether f32 may end otherwise.

use crate::case::Case;
use crate::common::trend;
use alphasweep::sweep::{Batch, Follower, FormulaSweep, Outcome};
use rayon::prelude::*;

/// Descents for each cell.
const TRIED: u32 = 16;
/// Steps of them in all.
const MOST_STEPS: u64 = 4_000_000;
/// What rounding in f64 leaves of the loss at the start.
const OF_THE_LOSS: f64 = 1e-20;
/// Roundings in a step.
const ROUNDINGS: f64 = 2.0;

/// Those of some cells whose shaken descents all end as f64 says, and those that are too many to be looked at.
pub fn unshaken(case: &Case, wide: &FormulaSweep, in_f64: &[Outcome], cells: Vec<usize>) -> Vec<usize> {
    let each = u64::from(TRIED) * (u64::from(wide.limits.steps) + 1) * wide.program.rows_per_step().max(1);
    let most = if wide.batch == Batch::Full { (MOST_STEPS / each).max(8) as usize } else { 0 };
    let (seen, unseen) = cells.split_at(cells.len().min(most));
    let same = |cell: &&usize| {
        (1..=TRIED).all(|seed| word(case, wide, **cell, seed).is_none_or(|word| word == in_f64[**cell]))
    };
    let stays: Vec<usize> = seen.par_iter().filter(same).copied().collect();
    stays.into_iter().chain(unseen.iter().copied()).collect()
}

/// What a shaken descent comes to; nothing where its end cannot be told here.
fn word(case: &Case, wide: &FormulaSweep, cell: usize, seed: u32) -> Option<Outcome> {
    let mut follower = Follower::<f64>::new(wide, cell % wide.nx(), cell / wide.nx());
    let stop: Option<f64> = match &case.request.stop {
        Some(stop) => Some(stop.text().strip_prefix("loss < ")?.parse().ok()?),
        None => None,
    };
    let (mut losses, mut places, mut held) = (Vec::new(), Vec::new(), 0);
    let steps = wide.limits.steps;
    for step in 0..=steps {
        let loss = follower.loss();
        losses.push(loss);
        places.push(follower.parameters());
        // NaN is not below the bar.
        let within = loss.abs() <= case.request.common.diverge * (1.0 + losses[0].abs());
        if !within || !places[step as usize].iter().all(|value| value.abs() <= f64::from(f32::MAX)) {
            return Some(Outcome::Diverged);
        }
        let holds = match stop {
            Some(stop) => loss < stop,
            None => follower.gradient().iter().zip(&wide.tolerances).all(|(slope, most)| slope.abs() < *most),
        };
        held = if holds { held + 1 } else { 0 };
        if held == 33 || (holds && (step == steps || stop.is_some())) {
            return Some(Outcome::Converged);
        }
        follower.advance();
        follower.shake(ROUNDINGS * f64::from(f32::EPSILON) / 2.0, seed);
    }
    Some(trend::word(&losses, &places, false, OF_THE_LOSS))
}
