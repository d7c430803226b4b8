//! Outcomes → bytes. Each output is one file here; none decides an outcome.

mod alphas;
mod canvas;
mod column_map;
mod csv;
mod described;
mod film;
mod fingerprint;
mod heatmap;
mod history;
mod kept;
mod landscape;
mod legend;
mod lineplot;
mod look;
mod manifest;
mod npy;
mod overlay;
mod page;
mod palette;
mod partial;
mod picture;
mod rank;
mod shade;
mod summary;
mod terrain;
mod text;
mod ticks;
mod tiles;
mod trace;

pub use self::csv::{CsvOutput, plain_text};
pub use alphas::{Comparison, Critical, Pick, Recommendation};
pub use column_map::ColumnMap;
pub use described::{described, placeless};
pub use film::{Film, FilmFrame, MAX_FRAMES};
pub use fingerprint::{Digest, Results, fingerprint};
pub use heatmap::Heatmap;
pub use history::{Curves, HistoryCsv};
pub use kept::Kept;
pub use landscape::{Landscape, Lowest, MOST_POINTS};
pub use legend::share;
pub use lineplot::LinePlot;
pub use look::Look;
pub use manifest::{Manifest, RunInfo};
pub use npy::NpyOutput;
pub use page::{MAX_PAGE_CELLS, Page, PageTexts};
pub use palette::{PALETTES, Palette, Rgb, colour};
pub use partial::Partial;
pub use shade::Shade;
pub use summary::{Best, Summary, Tally};
pub use ticks::{Tick, TickScale, figure, ticks, typeset};
pub use tiles::{
    Maker, Origin, Plan, Shelf, Store, StoreError, TileError, folders, most_bytes, read_limited, read_plan, read_tile,
    spec_difference, write_tile,
};
pub use trace::{FilmInfo, FilmOptions, Trace};

use crate::sweep::TileOutcomes;
use std::io;

/// Something that is written while a sweep runs: it sees every tile once, in order.
pub trait Output {
    /// Takes the next tile.
    ///
    /// # Errors
    /// Whatever writing gives.
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()>;
}
