//! Objectives and rules that cannot be used.

use crate::expr::ExprError;

/// An objective or rule that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemError {
    #[error("{0}")]
    Formula(#[from] ExprError),
    #[error("{0}")]
    Name(String),
    /// What is no gradient; the parameter is one that a slope could be given for.
    #[error("expected auto, central:H, or a slope for each parameter, such as \"{parameter} = ...\"")]
    NoSlope { parameter: String },
}
