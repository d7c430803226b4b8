//! How pictures and pages are to look: what a reader may choose, for all of them at once.

use super::palette::{DEFAULT, Palette};
use super::shades::Shade;

/// What a reader may choose.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub palette: &'static Palette,
    /// What the shades of outcomes are proportional to.
    pub shade: Shade,
    /// Whether theory and the measured boundary are drawn.
    pub theory: bool,
    /// The frame of a map is made this large, or a little less so that every cell has the same number of pixels.
    pub size: (usize, usize),
    /// Pixels of the file for each pixel of the picture, across and down: 2 for screens that have so many.
    pub scale: u32,
}

impl Default for Style {
    fn default() -> Self {
        Self { palette: DEFAULT, shade: Shade::Rank, theory: true, size: (1100, 680), scale: 1 }
    }
}

impl Style {
    /// In a palette by its name, and else as it is by default; so also where there is no such palette.
    pub fn in_palette(name: &str) -> Self {
        Self { palette: Palette::named(name).unwrap_or(DEFAULT), ..Self::default() }
    }
}
