//! Samples that cannot be had.

use super::limits::{MAX_CLASSES, MAX_FEATURES, MAX_INPUTS};
use crate::problem::csv::DataProblem;

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
        "the target {0} is no class: classes are whole numbers from 0 to {LARGEST}, or -1 and 1; a loss of values, mse, takes any"
    )]
    NoClass(String),
    #[error("all targets are 0: there is only one class, and nothing to learn; add rows of others")]
    OneClass,
    #[error("the target is {0} numbers per row, and a class is one")]
    SeveralTargets(usize),
}

/// What is wrong with a file of images or labels.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdxProblem {
    #[error("the file `{0}` is not there, plain or with .gz; the folder must hold the four files of MNIST")]
    Missing(String),
    #[error("cannot be read: {0}")]
    Unreadable(String),
    #[error("the gzip file is damaged or cut off ({0}); fetch it again")]
    Gzip(String),
    #[error("is no IDX file: it begins with the bytes {0}, and those of {1} with {2}")]
    Foreign(String, &'static str, String),
    #[error("holds {found} where {expected} belong; the files are exchanged")]
    Exchanged { expected: &'static str, found: &'static str },
    #[error("holds {0} of type 0x{1:02x}; only unsigned bytes (0x08) are read")]
    Type(&'static str, u8),
    #[error("holds numbers in {found} dimension(s), and {what} have {expected}")]
    Dimensions { what: &'static str, expected: u8, found: u8 },
    #[error("is cut off: {expected} bytes belong there and {found} are; fetch it again")]
    CutOff { expected: u64, found: u64 },
    #[error("goes on after its last value: {expected} bytes belong there and at least {found} are; fetch it again")]
    TooLong { expected: u64, found: u64 },
    #[error("announces {0}, and none of the sizes may be 0")]
    NoSize(String),
    #[error("announces {0}: at most {MAX_INPUTS} pixels per image and {MAX_FEATURES} in all are read")]
    TooLarge(String),
    #[error("has {labels} labels for the {images} images of `{file}`; take both from one data set")]
    Counts { labels: usize, images: usize, file: String },
    #[error("has images of {0} pixels where the training images have {1}; take both from one data set")]
    Pixels(String, String),
    #[error("label {label} of row {row} is out of range: above 9, labels must follow on each other, and {gap} is none")]
    Gap { label: u8, row: usize, gap: u8 },
    #[error("label {label} of row {row} is none of the training rows' classes, 0 to {largest}")]
    UnknownClass { label: u8, row: usize, largest: usize },
}
