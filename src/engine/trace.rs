//! Following a few descents step by step. The engine decides what they come to; the path only shows how.

use super::cpu::CpuEngine;
use super::error::EngineError;
use super::run::collect_watched;
use super::watch::Watch;
use crate::sweep::{Descents, FormulaSweep, GradientFlow, Outcome, Path, Sharpness, Shown, Sweep, TileOutcomes};
use rayon::prelude::*;

/// One descent with every point of its path.
#[derive(Debug, Clone, PartialEq)]
pub struct Traced {
    pub path: Path,
    pub outcome: Outcome,
    /// The step at which the outcome was decided: the last of the path.
    pub steps: u32,
    /// As in [`TileOutcomes`].
    pub loss_start: f64,
    pub loss_final: f64,
    pub parameters: Vec<f64>,
    /// What is shown besides, in the order of [`Descents::shown`]: one value per point of the path.
    pub shown: Vec<Vec<f64>>,
    /// The largest curvature at each point of the path, in f64; empty where it is not asked for.
    pub sharpness: Vec<f64>,
    /// The gradient flow beside the path, where it is asked for.
    pub flow: Option<GradientFlow>,
    /// What the model predicts at `parameters`, one value per question of [`Descents::fit`].
    pub predictions: Vec<f64>,
}

/// Runs the descents on the CPU and follows each to where it ended.
///
/// # Errors
/// As [`Engine::run`](super::Engine::run); [`EngineError::PathDiffers`] where the path does not end, bit for bit, where the engine does.
pub fn trace(engine: &CpuEngine, descents: &Descents, watch: &Watch<'_>) -> Result<Vec<Traced>, EngineError> {
    let outcomes = descents.specs.iter().map(|spec| collect_watched(engine, &Sweep::from(spec), watch));
    let outcomes = outcomes.collect::<Result<Vec<TileOutcomes>, _>>()?;
    let followed = (0..descents.list.len()).into_par_iter().map(|number| {
        if watch.cancelled() {
            return Err(EngineError::Interrupted);
        }
        let of_spec = &outcomes[descents.list[number].spec];
        let traced = follow(descents, of_spec, number);
        if traced.agrees() { Ok(traced) } else { Err(EngineError::PathDiffers(number + 1)) }
    });
    followed.collect()
}

fn follow(descents: &Descents, outcomes: &TileOutcomes, number: usize) -> Traced {
    let descent = &descents.list[number];
    let cell = descent.cell.1 * outcomes.tile.nx + descent.cell.0;
    let steps = outcomes.steps[cell];
    let spec = descents.spec(number);
    let path = Path::follow(spec, descent.cell, steps);
    let parameters: Vec<f64> = outcomes.parameters.iter().map(|values| values[cell]).collect();
    let along = |shown: &Shown| shown.along(spec, descent.cell, &path.parameters);
    let asked = descents.fit.iter().flat_map(|fit| &fit.asked);
    let predictor = descents.predictor(number);
    let predict = |row: &Vec<f64>| predictor.as_ref().map_or(f64::NAN, |model| model.predict(&parameters, row));
    Traced {
        shown: descents.shown.iter().map(along).collect(),
        predictions: asked.map(predict).collect(),
        sharpness: if descents.sharpness { sharpness(spec, descent.cell, &path) } else { Vec::new() },
        flow: if descents.flow { GradientFlow::beside(spec, descent.cell, &path.parameters) } else { None },
        outcome: outcomes.outcome[cell],
        steps,
        loss_start: outcomes.loss_start[cell],
        loss_final: outcomes.loss_final[cell],
        path,
        parameters,
    }
}

fn sharpness(spec: &FormulaSweep, cell: (usize, usize), path: &Path) -> Vec<f64> {
    let Some(sharpness) = Sharpness::new(spec, cell) else { return vec![f64::NAN; path.losses.len()] };
    (0..path.losses.len()).into_par_iter().map(|step| sharpness.at(&path.point(step))).collect()
}

impl Traced {
    /// Whether the path says the same, to the last bit, as the engine: where there is a loss, also the losses.
    fn agrees(&self) -> bool {
        let same = |a: &f64, b: &f64| a.to_bits() == b.to_bits();
        let point = self.path.point(self.path.shown);
        let there = point.iter().zip(&self.parameters).all(|(a, b)| same(a, b));
        let losses =
            same(&self.path.losses[self.path.shown], &self.loss_final) && same(&self.path.losses[0], &self.loss_start);
        there && (losses || self.loss_start.is_nan())
    }
}
