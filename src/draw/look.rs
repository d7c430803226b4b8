//! How a picture is to look: what a reader may choose.

use super::canvas::{Canvas, Format};
use super::palette::{DEFAULT, Palette};
use super::picture::Frame;
use super::shade::Shade;
use std::io;

/// What a reader may choose.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub palette: &'static Palette,
    pub shade: Shade,
    /// Whether theory and the measured boundary are drawn.
    pub theory: bool,
    /// The frame is made this large, or a little less so that every cell has the same number of pixels.
    pub target: (usize, usize),
}

impl Default for Look {
    fn default() -> Self {
        Self { palette: DEFAULT, shade: Shade::Rank, theory: true, target: (1100, 680) }
    }
}

impl Look {
    /// Draws a picture around a frame.
    pub(super) fn draw(
        &self,
        format: Format,
        frame: Frame,
        draw: impl FnOnce(&Canvas<'_>) -> io::Result<()>,
    ) -> io::Result<Vec<u8>> {
        Canvas::picture(format, self.palette, frame.canvas(), draw)
    }
}
