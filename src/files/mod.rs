//! The files of a sweep, one file here per format. None decides an outcome.

mod csv;
mod history;
mod manifest;
mod npy;
mod page;

pub use self::csv::CsvOutput;
pub use history::HistoryCsv;
pub use manifest::{Manifest, RunInfo};
pub use npy::NpyOutput;
pub use page::{MAX_PAGE_CELLS, Page, PageTexts};
