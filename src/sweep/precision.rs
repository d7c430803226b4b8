//! How the parameters of a descent are kept.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The working precision of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Plain `f32`: the fastest. A step below half an ulp of the parameter is lost.
    F32,
    /// `f32` arithmetic, with each parameter kept as an unevaluated sum hi+lo (Kahan 1965): the part of an
    /// increment that hi cannot hold is carried to the next step.
    #[default]
    Compensated,
    /// `f64` throughout.
    F64,
}

impl Precision {
    /// `value` as an input of this precision holds it.
    pub fn round(self, value: f64) -> f64 {
        match self {
            Self::F32 | Self::Compensated => f64::from(value as f32),
            Self::F64 => value,
        }
    }

    /// Whether inputs and losses are `f64` rather than `f32`.
    pub fn is_wide(self) -> bool {
        self == Self::F64
    }

    /// The largest finite number.
    pub fn largest(self) -> f64 {
        if self.is_wide() { f64::MAX } else { f64::from(f32::MAX) }
    }

    /// The smallest number above 0 that has full accuracy.
    pub fn smallest_normal(self) -> f64 {
        if self.is_wide() { f64::MIN_POSITIVE } else { f64::from(f32::MIN_POSITIVE) }
    }

    /// What rounding leaves of a loss at the end of a descent, as a share of that at the start: near a minimum the loss goes with
    /// the square of the distance, and that has the grain of the parameters.
    pub fn grain(self) -> f64 {
        if self.is_wide() { 1e-20 } else { 1e-12 }
    }

    /// The format that inputs are rounded to.
    pub(super) fn of_inputs(self) -> &'static str {
        if self.is_wide() { "f64" } else { "f32" }
    }

    /// What helps where values are too close, besides a wider range.
    pub(super) fn way_out(self) -> &'static str {
        if self.is_wide() { "" } else { ", or --precision f64" }
    }

    /// Whether a non-zero `value` keeps its full accuracy: neither infinite nor subnormal.
    pub fn holds(self, value: f64) -> bool {
        value == 0.0
            || match self {
                Self::F32 | Self::Compensated => (value as f32).is_normal(),
                Self::F64 => value.is_normal(),
            }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::Compensated => "compensated",
            Self::F64 => "f64",
        })
    }
}
