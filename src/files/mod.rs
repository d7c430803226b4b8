//! The files of a sweep: one file here and one row of [`OUTPUTS`] per format. None decides an outcome.

mod column_map;
mod csv;
mod deferred;
mod fact;
mod film;
mod flags;
mod history;
mod history_picture;
mod landscape;
mod manifest;
mod npy;
mod output;
mod page;
mod parquet;
mod picture;
mod registry;
mod run_info;
mod style;
mod trace;

pub use self::csv::{CSV, CsvOutput};
pub use self::parquet::ParquetOutput;
pub use column_map::MAP;
pub use deferred::{Claims, DeferredFile, name_all};
pub use fact::Fact;
pub use flags::{Flag, FlagKind, OutputFlags, OutputValue, Scope};
pub use history::HistoryCsv;
pub use landscape::{LandscapeDocument, write_landscape_csv};
pub use manifest::{Manifest, NAME as MANIFEST};
pub use npy::NpyOutput;
pub use output::{FileOutput, Finished, OutputContext, OutputError, OutputRow, RunSweeps};
pub use page::{MAX_PAGE_CELLS, Page, PageTexts};
pub use registry::{Failed, OUTPUTS, Outputs, check, flags, notes, own_run, path_flags, refuse_for_networks};
pub use run_info::{MergedPart, RunInfo};
pub use style::style;
pub use trace::{trace_json, write_trace_csv};
