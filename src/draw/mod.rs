//! Pictures: canvas, style, axes, and one file per picture.

mod canvas;
mod column_map;
mod film;
mod heatmap;
mod history;
mod legend;
mod lineplot;
mod look;
mod overlay;
mod palette;
mod picture;
mod rank;
mod shade;
mod terrain;
mod text;
mod ticks;
mod trace;

pub use column_map::ColumnMap;
pub use film::{Film, FilmFrame, MAX_FRAMES};
pub use heatmap::Heatmap;
pub use history::Curves;
pub use legend::share;
pub use lineplot::LinePlot;
pub use look::Look;
pub use palette::{PALETTES, Palette, Rgb, colour};
pub use rank::{Ranks, measure};
pub use shade::Shade;
pub use ticks::{Tick, TickScale, figure, pretty, ticks, typeset};
pub use trace::{FilmInfo, FilmOptions, Trace};
