//! How small a slope must be for a descent to have arrived.
//!
//! An absolute tolerance knows nothing of the problem: 1e-5 calls 1e-7·x² solved before its first step, and a loss in squared
//! prices never. The slopes at the starts are the unit that a problem brings along.

use crate::expr;
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// What every |slope| must be below.
#[derive(Debug, Clone, PartialEq)]
pub enum Tolerance {
    /// This share of the usual slope at the starts of the grid, parameter by parameter.
    Relative(f64),
    /// This; 0 = never.
    Absolute(f64),
    /// One for each parameter: what another sweep was held to, to the bit.
    Each(Vec<f64>),
}

impl Tolerance {
    /// Unless asked for, of a formula: what rounding leaves room for.
    pub fn usual(wide: bool) -> Self {
        Self::Relative(if wide { 1e-8 } else { 1e-6 })
    }

    /// Its numbers, at least one.
    pub fn numbers(&self) -> &[f64] {
        match self {
            Self::Relative(number) | Self::Absolute(number) => std::slice::from_ref(number),
            Self::Each(numbers) => numbers,
        }
    }

    /// Its number; of several the least.
    pub fn number(&self) -> f64 {
        self.numbers().iter().copied().fold(f64::INFINITY, f64::min)
    }
}

impl From<f64> for Tolerance {
    fn from(slope: f64) -> Self {
        Self::Absolute(slope)
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relative(share) => write!(f, "rel:{share:e}"),
            Self::Absolute(slope) => write!(f, "{slope}"),
            Self::Each(slopes) => {
                let texts: Vec<String> = slopes.iter().map(f64::to_string).collect();
                f.write_str(&texts.join(","))
            }
        }
    }
}

impl FromStr for Tolerance {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected a share of the slopes at the starts (rel:1e-8), a slope (1e-5) or one for each parameter (1e-5,1e-6), or 0 for never";
        let number = |text: &str| expr::number(text).ok_or(EXPECTED);
        if let Some(share) = text.trim().strip_prefix("rel:") {
            return number(share).map(Self::Relative);
        }
        // A formula may have commas of its own: `min(1e-5, 1e-6)` is one number.
        match (expr::number(text), text.contains(',')) {
            (None, true) => text.split(',').map(number).collect::<Result<_, _>>().map(Self::Each),
            _ => number(text).map(Self::Absolute),
        }
    }
}

/// As it is written, or a plain number.
impl Serialize for Tolerance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Relative(_) | Self::Each(_) => serializer.collect_str(self),
            Self::Absolute(slope) => serializer.serialize_f64(*slope),
        }
    }
}
