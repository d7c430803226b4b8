//! `heatmap.png`: one pixel, or one block of pixels, per cell.

use super::bins::{Bins, OutcomeBins};
use super::canvas::{Format, Pixels};
use super::frame::{Frame, draw_frame, draw_texts};
use super::legend::Legend;
use super::overlay::Overlay;
use super::shades::Spreads;
use super::side::Side;
use super::style::Style;
use crate::analysis::Summary;
use crate::analysis::theory::Known;
use crate::engine::Output;
use crate::sweep::{SweepCommon, TileOutcomes};
use std::io;

/// Gathers the map as tiles come.
pub struct Heatmap {
    grid: SweepCommon,
    style: Style,
    bins: OutcomeBins,
    spreads: Spreads,
}

impl Heatmap {
    /// An empty map.
    pub fn new(grid: &SweepCommon, style: Style) -> Self {
        let bins = OutcomeBins::new(Bins::new((grid.nx(), grid.ny()), style.size, style.scale));
        Self { grid: grid.clone(), style, bins, spreads: Spreads::new(grid) }
    }

    /// The picture.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn png(&self, summary: &Summary, known: &Known, footer: &str) -> io::Result<Vec<u8>> {
        self.picture(Format::Png, summary, known, footer)
    }

    /// The picture as SVG: the cells are an image in it, all else lines and text.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn svg(&self, summary: &Summary, known: &Known, footer: &str) -> io::Result<Vec<u8>> {
        self.picture(Format::Svg, summary, known, footer)
    }

    fn picture(&self, format: Format, summary: &Summary, known: &Known, footer: &str) -> io::Result<Vec<u8>> {
        let bins = &self.bins.bins;
        let frame = Frame::of(bins.pixel_size());
        let (x, y) = Side::both(&self.grid);
        frame.draw(format, self.style, |canvas| {
            canvas.blocks(frame.pixel(0.0, 1.0), bins.block, self.pixels())?;
            let overlay = Overlay { canvas, frame, grid: &self.grid, x: &x, y: Some(&y) };
            let mut legend = Legend::new(canvas, frame);
            legend.ramps(summary, &self.spreads)?;
            if self.style.theory {
                // The thin line last: where both agree, it runs along the middle of the dashes.
                overlay.theory(known, &mut legend)?;
                overlay.measured(summary, &mut legend)?;
            }
            draw_frame(canvas, frame, &x, &y)?;
            if self.style.theory {
                // Marks stand on the frame.
                overlay.picks(summary, &mut legend)?;
            }
            draw_texts(canvas, frame, &self.grid, footer)
        })
    }

    /// The map, one pixel per bin.
    fn pixels(&self) -> Pixels {
        let shaders = self.spreads.shaders(self.style.shade);
        let winners = self.bins.winners();
        self.bins.bins.pixels(|bin| {
            let (outcome, key) = winners[bin];
            self.style.palette.colour(outcome, shaders[outcome as usize].of(key))
        })
    }
}

impl Output for Heatmap {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.bins.add(tile, |cell| self.spreads.add(tile, cell));
        Ok(())
    }
}
