//! Outcomes → bytes. Each output is one file here; none decides an outcome.

mod alphas;
mod canvas;
mod csv;
mod heatmap;
mod kept;
mod landscape;
mod lineplot;
mod manifest;
mod npy;
mod palette;
mod partial;
mod picture;
mod summary;
mod terrain;
mod ticks;
mod trace;

pub use self::csv::CsvOutput;
pub use alphas::{Comparison, Critical, Pick, Recommendation};
pub use heatmap::Heatmap;
pub use kept::Kept;
pub use landscape::{Landscape, Lowest, MOST_POINTS};
pub use lineplot::LinePlot;
pub use manifest::{Manifest, RunInfo};
pub use npy::NpyOutput;
pub use palette::colour;
pub use partial::Partial;
pub use picture::share;
pub use summary::{Best, Summary, Tally};
pub use ticks::{Tick, TickScale, figure, ticks};
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
