//! What is descended and how: objectives, rules, and the table of built-in ones.

pub mod catalog;
mod data;
mod datasets;
mod gradient;
mod hash;
mod network;
mod objective;
pub mod random;
mod rule;
pub mod samples;
mod stop;

pub use data::{
    Data, DataError, DataProblem, MAX_BYTES, MAX_COLUMNS, MAX_ROW, MAX_VALUES, Place, parse_csv, read_csv, write_csv,
};
pub use datasets::{DATA, DataRow, data_row, draw};
pub use gradient::Gradient;
pub use network::{
    Activation, Layer, MAX_LAYERS, MAX_WIDTH, NETWORKS, Network, NetworkLoss, NetworkRow, NetworkStop, STOP_NAMES,
    Scaling, network_row,
};
pub(crate) use objective::is_reserved;
pub use objective::{MAX_PARAMETERS, Objective, Rows, Scope};
pub use rule::{Rule, RuleStep};
pub use stop::Stop;

use crate::expr::ExprError;

/// An objective or rule that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemError {
    #[error("{0}")]
    Formula(#[from] ExprError),
    #[error("{0}")]
    Name(String),
}
