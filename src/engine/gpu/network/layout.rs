//! Where things are in the buffers that host and shader share.

use super::constants::constants;
use super::plan::{KernelPlan, SUMS};
use crate::problem::samples::{Samples, Targets};
use crate::sweep::NetworkSweep;
use bytemuck::{Pod, Zeroable};

/// What a dispatch is told. Twin of `Uniforms` in `shaders/network.wgsl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct Uniforms {
    pub trainings: u32,
    pub groups_x: u32,
    pub budget: u32,
    pub zero: u32,
}

/// Where a training is. Twin of `Training` in `shaders/network.wgsl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct Training {
    pub code: u32,
    pub step: u32,
    pub phase: u32,
    pub position: u32,
    pub verdict: u32,
    pub open: u32,
    pub known: u32,
    pub infinite: u32,
    pub seed: u32,
    pub batch: u32,
    pub period: u32,
    pub correct: u32,
    pub tested: u32,
    pub seen: u32,
}

/// Two counters before the trainings.
pub const COUNTERS: usize = 8;

/// Numbers of a training that the host reads, in the slots of `shaders/network.wgsl`.
pub mod slot {
    use crate::sweep::TrainabilityScore;

    pub const LOSS_START: usize = 0;
    pub const LOSS_FINAL: usize = 1;
    pub const LOSS_BEST: usize = 2;
    /// Least and largest loss, first loss, sum and squares of what the others differ from it, of two windows.
    pub const FIRST_WINDOW: usize = 3;
    pub const SECOND_WINDOW: usize = 8;
    /// Slots of a training without a measure.
    pub const COUNT: usize = 13;
    pub const SUM: usize = 13;
    pub const SUM_LOW: usize = 14;
    pub const INVERSE: usize = 15;
    pub const INVERSE_LOW: usize = 16;
    pub const LAST: usize = 17;
    /// Slots of a training with one.
    pub const COUNT_WITH_MEASURE: usize = LAST + TrainabilityScore::LAST;
}

/// Positions of numbers in the buffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// In the input buffer: gtol, factor and reach of the bar, what a mean of losses is made with; then these.
    pub update_constants: usize,
    pub stop_constants: usize,
    pub first_knob: usize,
    /// Numbers of each training there: learning rates by layer, hyperparameters.
    pub knobs: usize,
    /// Slots of results of each training, at the beginning of the state buffer.
    pub slots: usize,
    /// Columns and records of its history, which follows.
    pub columns: usize,
    pub records: usize,
    /// Numbers of each training after those.
    pub stride: usize,
    /// Bytes of a number.
    pub bytes: usize,
}

/// Numbers before the constants in the input buffer.
pub const THRESHOLDS: usize = 4;

impl Layout {
    /// The layout of a sweep.
    pub fn new(spec: &NetworkSweep, plan: &KernelPlan) -> Self {
        let update = constants(&spec.update.graph, &spec.update.next).len();
        let stop = spec.stop.as_ref().map_or(0, |stop| constants(&stop.graph, &[stop.root]).len());
        Self {
            update_constants: THRESHOLDS,
            stop_constants: THRESHOLDS + update,
            first_knob: THRESHOLDS + update + stop,
            knobs: spec.alphas.len() + spec.hyperparameters.len(),
            slots: if spec.measure { slot::COUNT_WITH_MEASURE } else { slot::COUNT },
            columns: spec.history.as_ref().map_or(0, |history| history.columns.len()),
            records: spec.records(),
            stride: plan.stride(),
            bytes: if spec.precision.is_wide() { 8 } else { 4 },
        }
    }

    /// Numbers of a training that the host reads.
    pub fn read(&self) -> usize {
        self.slots + self.columns * self.records
    }

    /// Bytes of a training in the state buffer.
    pub fn training_bytes(&self) -> usize {
        (self.read() + self.stride) * self.bytes
    }

    /// First number of the trainings' own parts in the state buffer.
    pub fn first(&self, trainings: usize) -> usize {
        self.read() * trainings
    }

    /// First of the partial sums of a training, from its first number.
    pub fn sums(plan: &KernelPlan) -> usize {
        plan.stride() - SUMS * plan.rows
    }
}

/// What rows have as targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    pub train: usize,
    pub test: usize,
    /// Numbers per target: 1 for a class.
    pub targets: usize,
    pub labels: bool,
}

impl Rows {
    /// Those of a sweep.
    pub fn new(spec: &NetworkSweep) -> Self {
        let train = &spec.samples.train;
        let labels = matches!(train.targets, Targets::Labels { .. });
        Self {
            train: train.rows(),
            test: spec.samples.test.as_ref().map_or(0, Samples::rows),
            targets: if labels { 1 } else { train.outputs() },
            labels,
        }
    }
}

/// The rows as the shader reads them: features of all rows, those to test on last, then targets in the same order.
pub fn samples(spec: &NetworkSweep) -> Vec<f32> {
    let sets = || [Some(&spec.samples.train), spec.samples.test.as_ref()].into_iter().flatten();
    let mut values: Vec<f32> = sets().flat_map(|set| set.features.iter().copied()).collect();
    for set in sets() {
        match &set.targets {
            // Classes are whole numbers below 1000, which f32 holds.
            Targets::Labels { labels, .. } => values.extend(labels.iter().map(|label| *label as f32)),
            Targets::Values { values: targets, .. } => values.extend_from_slice(targets),
        }
    }
    values
}
