//! Which rows of the data a step takes.

use std::fmt;
use std::str::FromStr;

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
    /// Whether steps take the rows of data of this many; a formula without data has none.
    pub(super) fn fits(self, rows: Option<usize>) -> Result<(), String> {
        match (self, rows) {
            (Self::Full, _) => Ok(()),
            (Self::Random(0), _) => Err(FORMS.to_owned()),
            (_, None) => Err("there is no data to take rows from; give --data FILE.csv".to_owned()),
            (Self::Random(size), Some(rows)) if size as usize > rows => {
                Err(format!("the data has {rows} rows; take fewer, or full"))
            }
            _ => Ok(()),
        }
    }
}

impl Batch {
    /// Steps of one pass over so many rows.
    pub(super) fn pass(self, rows: usize) -> u64 {
        match self {
            Self::Full => 1,
            Self::Each => rows as u64,
            Self::Random(size) => (rows as u64).div_ceil(u64::from(size.max(1))),
        }
    }
}

const FORMS: &str = "expected full, each, or a number of rows from 1";

impl FromStr for Batch {
    type Err = String;

    /// `full`, `each` or a number.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "full" => Ok(Self::Full),
            "each" => Ok(Self::Each),
            number => number.parse().ok().filter(|size| *size > 0).map(Self::Random).ok_or_else(|| FORMS.to_owned()),
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
