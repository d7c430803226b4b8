//! Outcomes → bytes. Each output is one file here; none decides an outcome.

mod canvas;
mod csv;
mod heatmap;
mod kept;
mod lineplot;
mod manifest;
mod npy;
mod palette;
mod partial;
mod picture;
mod summary;
mod ticks;

pub use self::csv::CsvOutput;
pub use heatmap::Heatmap;
pub use kept::Kept;
pub use lineplot::LinePlot;
pub use manifest::{Manifest, RunInfo};
pub use npy::NpyOutput;
pub use palette::colour;
pub use partial::Partial;
pub use picture::share;
pub use summary::{Best, Critical, Fastest, Summary, Tally};
pub use ticks::{Tick, TickScale, figure, ticks};

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
