//! Which rows of the data a step takes.

use crate::expr::number;
use crate::problem::random::{batch_row, shuffled_row};
use std::fmt;
use std::str::FromStr;

/// `--batch`, with or without `--shuffle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Batch {
    /// All rows.
    #[default]
    Full,
    /// One row, in order: step k takes row k modulo the number of rows.
    Each,
    /// This number of rows, drawn with replacement for each step from the seed.
    Random(u32),
    /// This number of rows: every pass takes all of them, in an order of its own that is drawn from the seed. What its last step
    /// has room for beyond them is filled from the beginning of that order.
    Shuffled(u32),
}

impl Batch {
    /// Whether steps take the rows of data of this many; a formula without data has none.
    pub(super) fn fits(self, rows: Option<usize>) -> Result<(), String> {
        match (self.size(), rows) {
            (None, _) => Ok(()),
            (Some(0), _) => Err(FORMS.to_owned()),
            (_, None) => Err("there is no data to take rows from; give --data FILE.csv".to_owned()),
            (Some(size), Some(rows)) if size as usize > rows => {
                Err(format!("the data has {rows} rows; take fewer, or full"))
            }
            _ => Ok(()),
        }
    }

    /// Rows per step; none where it takes all.
    pub fn size(self) -> Option<u32> {
        match self {
            Self::Full => None,
            Self::Each => Some(1),
            Self::Random(size) | Self::Shuffled(size) => Some(size),
        }
    }

    /// Whether the rows depend on a seed.
    pub fn is_drawn(self) -> bool {
        matches!(self, Self::Random(_) | Self::Shuffled(_))
    }

    /// Steps of so many rows as these, in a new order every pass; none where all rows are taken.
    pub fn shuffled(self) -> Option<Self> {
        self.size().map(Self::Shuffled)
    }

    /// Steps of one pass over so many rows.
    pub(super) fn pass(self, rows: usize) -> u64 {
        self.size().map_or(1, |size| (rows as u64).div_ceil(u64::from(size.max(1))))
    }
}

const FORMS: &str = "expected full, each, or a number of rows from 1";

impl FromStr for Batch {
    type Err = String;

    /// `full`, `each` or a number, which may be a formula without names.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "full" => Ok(Self::Full),
            "each" => Ok(Self::Each),
            text => {
                let size =
                    number(text).filter(|size| size.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(size));
                size.map(|size| Self::Random(size as u32)).ok_or_else(|| FORMS.to_owned())
            }
        }
    }
}

impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Each => f.write_str("each"),
            Self::Random(size) => size.fmt(f),
            Self::Shuffled(size) => write!(f, "{size}, shuffled"),
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
    /// Whether a pass takes every row, rather than drawing anew for each step.
    pub shuffled: bool,
}

impl BatchPlan {
    /// The plan for data of `rows` rows; none for full batches.
    pub(super) fn new(batch: Batch, rows: Option<u32>, seed: Option<usize>) -> Option<Self> {
        let (rows, size) = rows.zip(batch.size())?;
        let seed = seed.filter(|_| batch.is_drawn());
        Some(Self { size, rows, period: rows.div_ceil(size), seed, shuffled: matches!(batch, Batch::Shuffled(_)) })
    }

    /// The row in place `slot` of a step; `seed` is looked at where there is a knob of it.
    pub fn row(self, seed: u32, step: u32, slot: u32) -> u32 {
        match self.seed {
            None => step % self.rows,
            Some(_) if self.shuffled => shuffled_row(seed, step, (slot, self.size), self.rows),
            Some(_) => batch_row(seed, step, slot, self.rows),
        }
    }
}
