//! Descents in f64 whose every step is as far off as rounding in f32 makes it.
//!
//! A descent that creeps along a ridge, or beside a direction in which its steps are too long, shows by them what rounding does:
//! what is off by a rounding is off by everything some dozens of steps later. So they tell whether f32 may end otherwise.
//!
//! So are the constants that f32 has to round: in a cycle their errors add up.
//!
//! Where losses burst now and then, less often than once in a window, the trend is luck: the same descent is another one some
//! steps earlier. So shaken descents are asked there too.

use crate::case::Case;
use crate::common::{Random, trend};
use alphasweep::sweep::{Batch, Follower, FormulaSweep, Outcome, Source};
use rayon::prelude::*;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

/// Descents for each cell.
const TRIED: u32 = 16;
/// Steps of them in all, and cells for which there is time at any rate.
const MOST_STEPS: u64 = 4_000_000;
const FEW: u64 = 8;
/// What rounding in f64 leaves of the loss at the start.
const OF_THE_LOSS: f64 = 1e-20;
/// Roundings in a step.
const ROUNDINGS: f64 = 2.0;
/// Ends within the last window at which a descent is asked for its trend.
const ENDS: usize = 8;

/// Those of some cells whose shaken descents all end as f64 says, and those that there is no time to look at: mostly the first
/// shaken descent of a cell says otherwise.
pub fn unshaken(case: &Case, wide: &FormulaSweep, in_f64: &[Outcome], cells: Vec<usize>) -> Vec<usize> {
    if wide.batch != Batch::Full {
        return cells;
    }
    let tried: Vec<FormulaSweep> = (1..=TRIED).map(|seed| rounded_otherwise(wide, seed)).collect();
    let each = (u64::from(wide.limits.steps) + 1) * wide.program.rows_per_step().max(1);
    let most = MOST_STEPS.max(FEW * u64::from(TRIED) * each);
    let made = AtomicU64::new(0);
    let same = |cell: &usize| {
        tried.iter().zip(1..).all(|(wide, seed)| {
            made.fetch_add(each, Ordering::Relaxed) >= most
                || words(case, wide, *cell, seed).into_iter().all(|word| word == in_f64[*cell])
        })
    };
    cells.into_par_iter().filter(same).collect()
}

/// The sweep with what f32 has to round moved by up to a rounding, but for values along axes.
fn rounded_otherwise(wide: &FormulaSweep, seed: u32) -> FormulaSweep {
    let random = RefCell::new(Random(u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    let moved = |value: f64| {
        let part = random.borrow_mut().uniform(-1.0, 1.0) * f64::from(f32::EPSILON) / 2.0;
        if f64::from(value as f32) == value { value } else { value * (1.0 + part) }
    };
    let mut other = wide.clone();
    other.program.graph = wide.program.graph.with_constants(moved);
    for knob in &mut other.common.knobs {
        if let Source::Fixed(value) = &mut knob.source {
            *value = moved(*value);
        }
    }
    other
}

/// What a shaken descent comes to, at its end and, without one, at some steps before; nothing where that cannot be told here.
fn words(case: &Case, wide: &FormulaSweep, cell: usize, seed: u32) -> Vec<Outcome> {
    let mut follower = Follower::<f64>::new(wide, cell % wide.nx(), cell / wide.nx());
    let stop = case.request.stop.as_ref().map(|stop| stop.text().strip_prefix("loss < ").map(str::parse));
    let stop: Option<f64> = match stop {
        Some(Some(Ok(least))) => Some(least),
        Some(_) => return Vec::new(),
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
            return vec![Outcome::Diverged];
        }
        let holds = match stop {
            Some(stop) => loss < stop,
            None => follower.gradient().iter().zip(&wide.tolerances).all(|(slope, most)| slope.abs() < *most),
        };
        held = if holds { held + 1 } else { 0 };
        if held == 33 || (holds && (step == steps || stop.is_some())) {
            return vec![Outcome::Converged];
        }
        follower.advance();
        follower.shake(ROUNDINGS * f64::from(f32::EPSILON) / 2.0, seed);
    }
    let last = steps as usize;
    let ends = (0..ENDS).map(|back| last - back * (last / 8) / ENDS);
    ends.map(|end| trend::word(&losses[..=end], &places[..=end], false, OF_THE_LOSS)).collect()
}
