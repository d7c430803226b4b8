//! What is descended and how: objectives, rules, and the table of built-in ones.

mod aggregates;
pub mod catalog;
mod csv;
mod data;
mod datasets;
mod error;
mod expression;
mod gradient;
mod hash;
mod model;
mod names;
mod network;
mod objective;
pub mod random;
mod rule;
pub mod samples;
mod schedule;
mod standardize;
mod stop;
mod wanted;

pub use aggregates::Rows;
pub use csv::{DataError, DataNote, DataProblem, MAX_BYTES, MAX_COLUMNS, MAX_ROW, MAX_VALUES, Place, Reading, Wanted};
pub use data::{Data, parse_columns, parse_csv, read_columns, read_csv, write_csv};
pub use datasets::{DATA, DataRow, data_row, draw};
pub use error::ProblemError;
pub use expression::Expression;
pub use gradient::{Gradient, check_room};
pub use model::Model;
pub(crate) use names::is_reserved;
pub use network::{
    Activation, Layer, MAX_LAYERS, MAX_WIDTH, NETWORKS, Network, NetworkLoss, NetworkRow, NetworkStop, STOP_NAMES,
    Scaling, network_row,
};
pub use objective::{Formula, MAX_PARAMETERS, Objective, Scope};
pub use rule::{GIVEN, Rule, RuleStep};
pub use schedule::{SCHEDULES, Schedule, ScheduleRow};
pub use standardize::{ColumnMoments, Moments, Standardize};
pub use stop::{Known, Stop};
pub use wanted::wanted;
