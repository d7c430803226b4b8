//! A sweep of a network that can be run.

use crate::problem::samples::SampleSets;
use crate::problem::{Network, NetworkStop};
use crate::sweep::batch::Batch;
use crate::sweep::common::{Source, SweepAxis, SweepCommon};
use crate::sweep::divergence::parameter_limit;
use crate::sweep::update::Update;
use std::ops::Deref;

/// A sweep of a network that can be run.
#[derive(Debug, Clone)]
pub struct NetworkSweep {
    pub common: SweepCommon,
    pub network: Network,
    pub samples: SampleSets,
    pub update: Update,
    /// For each hyperparameter of the rule, its knob; `alpha`'s, the first, is that of no layer where all have their own.
    pub hyperparameters: Vec<Option<usize>>,
    /// For each layer, the knob of its learning rate.
    pub alphas: Vec<usize>,
    /// Knob of the deviation of the weights at the start.
    pub init_std: usize,
    /// Knob of what is added to each of them, where something is.
    pub init_offset: Option<usize>,
    /// Knob of the rows per step, where they are drawn.
    pub batch_rows: Option<usize>,
    /// Knob of the seed.
    pub seed: usize,
    /// Replaces the tolerance on the gradient.
    pub stop: Option<NetworkStop>,
    /// Whether the published measure of trainability is a column.
    pub measure: bool,
}

impl Deref for NetworkSweep {
    type Target = SweepCommon;

    fn deref(&self) -> &SweepCommon {
        &self.common
    }
}

impl NetworkSweep {
    /// Most numbers that one training carries from step to step, its weights among them.
    pub fn carried(&self) -> usize {
        self.network.parameters() * self.update.next.len()
    }

    /// The values of all knobs in a cell, rounded to the working precision.
    pub fn values_at(&self, x: usize, y: usize) -> Vec<f64> {
        self.knobs.iter().map(|knob| self.knob_value(knob, x, y)).collect()
    }

    /// The weights at the start of a training whose knobs have these values, in f64.
    pub fn start_of(&self, cell: &[f64]) -> Vec<f64> {
        let offset = self.init_offset.map_or(0.0, |knob| cell[knob]);
        self.network.start_off(cell[self.seed] as u32, cell[self.init_std], offset)
    }

    /// What is the same for trainings that begin alike.
    pub fn start_key(&self, cell: &[f64]) -> [u64; 3] {
        let offset = self.init_offset.map_or(0.0, |knob| cell[knob]);
        [cell[self.seed], cell[self.init_std], offset].map(f64::to_bits)
    }

    /// Most rows that a step takes in any cell.
    pub fn largest_batch(&self) -> usize {
        self.batches().max().unwrap_or(1)
    }

    /// Fewest steps of a full pass over the data in any cell.
    pub fn shortest_period(&self) -> u64 {
        if self.batch == Batch::Full { 1 } else { (self.samples.train.rows().div_ceil(self.largest_batch())) as u64 }
    }

    fn batches(&self) -> impl Iterator<Item = usize> {
        let fixed = self.batch.size().map_or(self.samples.train.rows(), |rows| rows as usize);
        let along = |axis: &SweepAxis| axis.axis.values().map(|rows| rows as usize).collect();
        let knob = self.batch_rows.map(|knob| self.knobs[knob].source);
        let values: Vec<usize> = match (knob, &self.y) {
            (Some(Source::X(_)), _) => along(&self.x),
            (Some(Source::Y(_)), Some(y)) => along(y),
            (Some(Source::Fixed(rows)), _) => vec![rows as usize],
            _ => vec![fixed],
        };
        values.into_iter()
    }

    /// Whether the stop rule reads the gradient over all rows.
    pub fn reads_gradient(&self) -> bool {
        self.stop.as_ref().map_or(self.limits.gtol.number() > 0.0, |stop| stop.reads[3])
    }

    /// Largest |weight| of a training that goes on.
    pub fn parameter_limit(&self) -> f64 {
        parameter_limit(self.batch != Batch::Full, self.precision)
    }
}
