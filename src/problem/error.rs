//! Objectives and rules that cannot be used.

use crate::expr::ExprError;

/// An objective or rule that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemError {
    #[error("{0}")]
    Formula(#[from] ExprError),
    #[error("{0}")]
    Name(String),
}
