//! Noise: inputs and targets from the normal distribution, which only a network that is large enough can learn.

use super::error::{SamplesError, SamplesProblem};
use super::limits::{MAX_FEATURES, MAX_INPUTS};
use super::sets::{SampleSets, Samples, Targets};
use crate::problem::random::{Stream, normal};

pub(super) const PREFIX: &str = "gaussian:";

/// Rows and inputs of `gaussian:N:D`.
pub(super) fn parse(text: &str) -> Result<(usize, usize), SamplesProblem> {
    let sizes = text.strip_prefix(PREFIX).and_then(|sizes| sizes.split_once(':'));
    let parsed = sizes.and_then(|(rows, inputs)| Some((rows.parse().ok()?, inputs.parse().ok()?)));
    parsed.ok_or(SamplesProblem::NotGaussian)
}

impl SampleSets {
    /// `rows` rows of `inputs` inputs and one target, all from N(0, 1); no test rows. A row keeps its numbers when more
    /// rows or inputs are drawn.
    ///
    /// # Errors
    /// No rows, no inputs, more than [`MAX_INPUTS`] inputs or [`MAX_FEATURES`] numbers.
    pub fn gaussian(rows: usize, inputs: usize, seed: u32) -> Result<Self, SamplesError> {
        let source = format!("{PREFIX}{rows}:{inputs}");
        let fits = rows.checked_mul(inputs).is_some_and(|numbers| (1..=MAX_FEATURES).contains(&numbers));
        if !fits || inputs > MAX_INPUTS {
            return Err(SamplesError::new(source, SamplesProblem::Size { rows, inputs }));
        }
        let mut features = Vec::with_capacity(rows * inputs);
        for row in 0..rows as u32 {
            features.extend((0..inputs as u32).map(|input| normal(seed, Stream::Feature, input, row) as f32));
        }
        let values = (0..rows as u32).map(|row| normal(seed, Stream::Target, 0, row) as f32).collect();
        let train = Samples { inputs, features, targets: Targets::Values { values, outputs: 1 } };
        Ok(Self { source, train, test: None, seeded: true })
    }
}
