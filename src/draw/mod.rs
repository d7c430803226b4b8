//! Pictures: style, canvas, axes, and one file per picture.

mod axes;
mod bins;
mod canvas;
mod column_map;
mod contours;
mod curve;
mod film;
mod frame;
mod gif;
mod heatmap;
mod history;
mod landscape;
mod legend;
mod overlay;
mod palette;
mod shades;
mod side;
mod style;
mod ticks;
mod trace;
mod typeset;

pub use canvas::{TextBox, Written, written_by};
pub use column_map::ColumnMap;
pub use curve::LinePlot;
pub use film::{Film, FilmFrame, MAX_FRAMES};
pub use frame::how;
pub use heatmap::Heatmap;
pub use history::Curves;
pub use legend::share;
pub use palette::{PALETTES, Palette, Rgb, Screen};
pub use shades::{Shade, Shader};
pub use style::Style;
pub use ticks::{Tick, TickScale, Ticks, ticks};
pub use trace::{FilmInfo, FilmOptions, Prediction, Trace};
pub use typeset::{figure, figures, pretty, typeset, with_minus};
