//! Rows with their targets, and what is done to all of them.

use super::error::{SamplesError, SamplesProblem};
use super::limits::MAX_CLASSES;
use crate::problem::hash::Fingerprint;
use crate::problem::random::{Stream, key, threefry2x32};
use crate::problem::standardize::{Moments, moments};

/// Rows that a network learns from.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// Numbers per row.
    pub inputs: usize,
    /// Row after row, `rows × inputs`. Kept in f32 whatever the working precision, so that all precisions see the same
    /// data.
    pub features: Vec<f32>,
    pub targets: Targets,
}

/// What a network should answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// Class of each row, below `classes`.
    Labels { labels: Vec<u32>, classes: usize },
    /// `rows × outputs` numbers.
    Values { values: Vec<f32>, outputs: usize },
}

/// Rows to learn from, and rows that were never seen.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleSets {
    /// The folder or file as it was named, or the name of the built-in set.
    pub source: String,
    pub train: Samples,
    pub test: Option<Samples>,
    /// Whether the rows depend on the seed.
    pub seeded: bool,
}

impl Samples {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        match &self.targets {
            Targets::Labels { labels, .. } => labels.len(),
            Targets::Values { values, outputs } => values.len() / outputs,
        }
    }

    /// Numbers that a network answers with: one per class, or one per value.
    pub fn outputs(&self) -> usize {
        match self.targets {
            Targets::Labels { classes, .. } => classes,
            Targets::Values { outputs, .. } => outputs,
        }
    }

    /// The inputs of a row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, at: usize) -> &[f32] {
        &self.features[at * self.inputs..][..self.inputs]
    }

    fn add_to(&self, hash: &mut Fingerprint) {
        hash.count(self.rows());
        hash.count(self.inputs);
        hash.words(self.features.iter().map(|value| value.to_bits()));
        hash.count(self.outputs());
        match &self.targets {
            Targets::Labels { labels, .. } => {
                hash.bytes(b"labels");
                hash.words(labels.iter().copied());
            }
            Targets::Values { values, .. } => {
                hash.bytes(b"values");
                hash.words(values.iter().map(|value| value.to_bits()));
            }
        }
    }
}

impl SampleSets {
    /// Whether the targets are −1 and 1, both of them, and no others.
    pub fn has_signs(&self) -> bool {
        let values = |samples: &Samples| match &samples.targets {
            Targets::Values { values, outputs: 1 } => values.clone(),
            _ => Vec::new(),
        };
        let all: Vec<f32> = values(&self.train).into_iter().chain(self.test.iter().flat_map(values)).collect();
        all.iter().all(|value| value.abs() == 1.0) && [-1.0, 1.0].iter().all(|sign| all.contains(sign))
    }

    /// The same rows with the classes that their one number stands for: whole numbers from 0, or −1 and 1, which are
    /// the classes 0 and 1. Labels stay as they are.
    ///
    /// # Errors
    /// A target that is no whole number from 0 to [`MAX_CLASSES`] − 1, or several numbers per row; only one class.
    pub fn into_labels(mut self) -> Result<Self, SamplesError> {
        let signs = self.has_signs();
        let class = |value: &f32| if signs { Ok(u32::from(*value > 0.0)) } else { class(*value) };
        let labels = |samples: &Samples| match &samples.targets {
            Targets::Labels { labels, .. } => Ok(labels.clone()),
            Targets::Values { values, outputs: 1 } => values.iter().map(class).collect(),
            Targets::Values { outputs, .. } => Err(SamplesProblem::SeveralTargets(*outputs)),
        };
        if matches!(self.train.targets, Targets::Labels { .. }) {
            return Ok(self);
        }
        let complain = |problem| SamplesError::new(&self.source, problem);
        let train = labels(&self.train).map_err(complain)?;
        let test = self.test.as_ref().map(labels).transpose().map_err(complain)?;
        let classes = train.iter().chain(test.iter().flatten()).max().map_or(0, |largest| *largest as usize + 1);
        if classes < 2 {
            return Err(complain(SamplesProblem::OneClass));
        }
        self.train.targets = Targets::Labels { labels: train, classes };
        if let (Some(samples), Some(labels)) = (&mut self.test, test) {
            samples.targets = Targets::Labels { labels, classes };
        }
        Ok(self)
    }

    /// Subtracts from each input its mean over the training rows and divides by its standard deviation there (that of
    /// the population). Test rows are moved by the training rows' numbers. An input that is the same in all training
    /// rows says nothing: it becomes 0 everywhere.
    pub fn standardize(&mut self) {
        let moments = moments(&self.train.features, self.train.inputs);
        for samples in [Some(&mut self.train), self.test.as_mut()].into_iter().flatten() {
            standardize(&mut samples.features, &moments);
        }
    }

    /// The same with targets that are values, and the moments that each of them had. `None`, and nothing done, where they are
    /// classes.
    pub fn standardize_targets(&mut self) -> Option<Vec<Moments>> {
        let Targets::Values { values, outputs } = &mut self.train.targets else { return None };
        let moments = moments(values, *outputs);
        standardize(values, &moments);
        if let Some(Targets::Values { values, .. }) = self.test.as_mut().map(|test| &mut test.targets) {
            standardize(values, &moments);
        }
        Some(moments)
    }

    /// 16 hexadecimal digits that change with any bit of an input or target, with their order, and with which rows are
    /// for learning: XXH3 (64 bits) over rows, inputs, features, outputs, kind and values of the targets, of the
    /// training rows and then of the test rows.
    pub fn hash(&self) -> String {
        let mut hash = Fingerprint::new();
        self.train.add_to(&mut hash);
        if let Some(test) = &self.test {
            test.add_to(&mut hash);
        }
        hash.finish()
    }
}

/// The class that a number stands for.
fn class(value: f32) -> Result<u32, SamplesProblem> {
    if value.fract() == 0.0 && (0.0..MAX_CLASSES as f32).contains(&value) {
        Ok(value as u32)
    } else {
        Err(SamplesProblem::NoClass(value.to_string()))
    }
}

/// Brings numbers, row after row, to what they are beside these moments.
fn standardize(table: &mut [f32], moments: &[Moments]) {
    for row in table.chunks_exact_mut(moments.len()) {
        for (value, moments) in row.iter_mut().zip(moments) {
            // A test row far outside what was trained on stays a finite number.
            let moved = moments.standardized(f64::from(*value));
            *value = moved.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
        }
    }
}

/// The numbers below `rows` in an order drawn for `seed` and `which`.
pub(super) fn shuffled(rows: usize, seed: u32, which: u32) -> Vec<usize> {
    let key = key(seed, Stream::Order, which);
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by_cached_key(|at| (threefry2x32(key, [*at as u32, 0]), *at));
    order
}
