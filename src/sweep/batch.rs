//! Which rows of the data a step takes.

use std::fmt;

/// `--batch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Batch {
    /// All rows.
    #[default]
    Full,
    /// One row, in order: step k takes row k modulo the number of rows.
    Each,
    /// This number of rows, drawn with replacement for each step from the seed.
    Random(u32),
}

impl Batch {
    /// `full`, `each` or a number.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "full" => Some(Self::Full),
            "each" => Some(Self::Each),
            number => number.parse().ok().filter(|size| *size > 0).map(Self::Random),
        }
    }
}

impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Each => f.write_str("each"),
            Self::Random(size) => size.fmt(f),
        }
    }
}

/// How the rows of a step are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchPlan {
    /// Rows per step.
    pub size: u32,
    /// Rows of the data.
    pub rows: u32,
    /// Steps of a full pass over the data, after which the descent is judged.
    pub period: u32,
    /// Knob of the seed; none where rows come in order.
    pub seed: Option<usize>,
}

impl BatchPlan {
    /// The plan for data of `rows` rows; none for full batches.
    pub(super) fn new(batch: Batch, rows: Option<u32>, seed: Option<usize>) -> Option<Self> {
        let rows = rows?;
        match batch {
            Batch::Full => None,
            Batch::Each => Some(Self { size: 1, rows, period: rows, seed: None }),
            Batch::Random(size) => Some(Self { size, rows, period: rows.div_ceil(size), seed }),
        }
    }
}
