//! CSV files as people have them: encodings, separators, decimal commas, comments, headers of any script.
//!
//! Bytes become text ([`decode`]), all of which is looked at to find out how it is written ([`dialect`]); then it is brought
//! into the form that the reader of records expects ([`tidy`], [`records`]). Columns are chosen ([`choose`]) before any value
//! is read ([`read`]).

mod bytes;
mod choose;
mod classes;
mod decode;
mod dialect;
mod error;
mod limits;
mod note;
mod parquet;
mod read;
mod records;
mod scan;
mod sign;
mod table;
mod tidy;
mod values;

pub(super) use bytes::read_limited;
pub use choose::Wanted;
pub(super) use choose::{Named, all, all_for_formulas, by_names, numbers};
pub(super) use classes::classes;
pub use error::{DataError, DataProblem, Place};
pub(super) use error::{listed, shown};
pub(super) use limits::{Limits, MAX_HEADER};
pub use limits::{MAX_BYTES, MAX_COLUMNS, MAX_ROW, MAX_VALUES};
pub use note::DataNote;
pub use table::Reading;
pub(super) use table::{Chosen, Table};
