//! `heatmap.png`: one pixel, or one block of pixels, per cell.

use super::bins::{Bins, OutcomeBins};
use super::canvas::{Canvas, Format, Pixels};
use super::frame::{Frame, draw_frame, draw_texts};
use super::legend::Legend;
use super::overlay::Overlay;
use super::shades::Spreads;
use super::side::Side;
use super::style::Style;
use crate::analysis::Summary;
use crate::analysis::theory::Known;
use crate::engine::Output;
use crate::sweep::{OUTCOMES, SweepCommon, TileOutcomes};
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
            self.lone(canvas)?;
            let overlay = Overlay { canvas, frame, grid: &self.grid, x: &x, y: Some(&y) };
            let mut legend = Legend::new(canvas, frame);
            let best = known.rest_points.iter().map(|point| point.loss).fold(self.spreads.lowest, f64::min);
            legend.ramps(summary, &self.spreads, best)?;
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

    /// The cells of outcomes that have very few, where they would not be seen: squares around them.
    fn lone(&self, canvas: &Canvas) -> io::Result<()> {
        /// Most cells of such an outcome.
        const FEW: u64 = 8;
        /// Pixels of a square, and of what parts it from the map.
        const SIDE: f64 = 7.0;
        const RIM: f64 = 1.0;
        let bins = &self.bins.bins;
        let frame = Frame::of(bins.pixel_size());
        if bins.block.0.min(bins.block.1) >= SIDE as usize * bins.scale() {
            return Ok(());
        }
        let totals = self.bins.totals();
        let few = OUTCOMES.into_iter().filter(|outcome| (1..=FEW).contains(&totals[*outcome as usize]));
        for (outcome, (across, up)) in few.flat_map(|outcome| self.bins.places(outcome).map(move |at| (outcome, at))) {
            let (x, y) = frame.point(across, up);
            let square = |half: f64| [x - half, y - half, 2.0 * half, 2.0 * half];
            canvas.bar(square(SIDE / 2.0 + RIM), canvas.palette.paper)?;
            canvas.bar(square(SIDE / 2.0), canvas.palette.colour(outcome, 0.0))?;
        }
        Ok(())
    }

    /// The map, one pixel per bin.
    fn pixels(&self) -> Pixels {
        let winners = self.bins.winners();
        let shaders = self.spreads.shaders(self.style.shade, &winners);
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
