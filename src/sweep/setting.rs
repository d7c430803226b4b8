//! The value of a knob that is no axis.

use crate::expr;
use std::fmt;

/// What a knob is set to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Setting {
    Number(f64),
    /// Drawn from the seed, uniformly between two numbers.
    Uniform {
        lo: f64,
        hi: f64,
    },
    /// Drawn from the seed, from a normal distribution.
    Normal {
        mean: f64,
        std: f64,
    },
}

impl Setting {
    /// Reads a number, `uniform:LO:HI` or `normal:MEAN:STD`; nothing else, and nothing that is not finite.
    pub fn parse(text: &str) -> Option<Self> {
        let finite = |text: &str| expr::number(text).filter(|value| value.is_finite());
        match text.trim().split(':').collect::<Vec<_>>()[..] {
            [number] => finite(number).map(Self::Number),
            ["uniform", lo, hi] => Some(Self::Uniform { lo: finite(lo)?, hi: finite(hi)? }),
            ["normal", mean, std] => Some(Self::Normal { mean: finite(mean)?, std: finite(std)? }),
            _ => None,
        }
    }

    /// The number, where it is one and finite.
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Number(value) => Some(value).filter(|value| value.is_finite()),
            Self::Uniform { .. } | Self::Normal { .. } => None,
        }
    }

    /// Whether it is drawn.
    pub fn is_drawn(self) -> bool {
        !matches!(self, Self::Number(_))
    }
}

impl From<f64> for Setting {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(value) => value.fmt(f),
            Self::Uniform { lo, hi } => write!(f, "uniform:{lo}:{hi}"),
            Self::Normal { mean, std } => write!(f, "normal:{mean}:{std}"),
        }
    }
}
