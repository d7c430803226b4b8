//! Samples that cannot be had.

use super::{IdxProblem, MAX_CLASSES, MAX_FEATURES, MAX_INPUTS};
use crate::problem::DataProblem;

/// Samples that cannot be had: one line with the file or name, what is wrong and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{data}: {problem}")]
pub struct SamplesError {
    /// The file, folder or built-in set as it was named.
    pub data: String,
    pub problem: SamplesProblem,
}

impl SamplesError {
    pub(super) fn new(data: impl ToString, problem: impl Into<SamplesProblem>) -> Self {
        Self { data: data.to_string(), problem: problem.into() }
    }
}

/// The largest class that a number can stand for.
const LARGEST: usize = MAX_CLASSES - 1;

/// What is wrong with samples.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SamplesProblem {
    #[error("{0}")]
    Table(#[from] DataProblem),
    #[error("{0}")]
    Idx(#[from] IdxProblem),
    #[error("there is no such file or folder; built in are `digits` and `gaussian:N:D`")]
    Missing,
    #[error("a table needs --target COLUMN, the column to learn; its columns are {0}")]
    NoTarget(String),
    #[error("has no column `{target}`; {hint}")]
    NoColumn { target: String, hint: String },
    #[error("has no column besides the target `{0}`; add columns to learn it from")]
    NoInputs(String),
    #[error("--target {0} names a column of a CSV file, and this is none; leave it out")]
    TargetUnused(String),
    #[error("expected gaussian:N:D, N rows of D inputs, such as gaussian:272:16")]
    NotGaussian,
    #[error(
        "{rows} rows of {inputs} inputs; draw at least one of each, at most {MAX_INPUTS} inputs and \
         {MAX_FEATURES} numbers"
    )]
    Size { rows: usize, inputs: usize },
    #[error(
        "the target {0} is no class: classes are whole numbers from 0 to {LARGEST}; a loss of values, mse, takes any"
    )]
    NoClass(String),
    #[error("all targets are 0: there is only one class, and nothing to learn; add rows of others")]
    OneClass,
    #[error("the target is {0} numbers per row, and a class is one")]
    SeveralTargets(usize),
}
