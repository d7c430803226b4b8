//! `heatmap.png`: one pixel, or one block of pixels, per cell.

use super::canvas::{Format, Pixels};
use super::legend::Legend;
use super::look::Look;
use super::overlay::Overlay;
use super::palette::Rgb;
use super::picture::{Frame, Side, draw_frame, draw_texts};
use super::shade::{Shader, Spreads};
use crate::analysis::Summary;
use crate::analysis::theory::Known;
use crate::engine::Output;
use crate::sweep::{OUTCOMES, Outcome, SweepCommon, TileOutcomes};
use rayon::prelude::*;
use std::io;

/// What fell into one bin of the map: a cell, or several where there are more cells than pixels.
#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    counts: [u32; 5],
    /// Sums of what shades are made of.
    keys: [f32; 5],
}

/// Gathers the map as tiles come.
pub struct Heatmap {
    grid: SweepCommon,
    look: Look,
    bins_x: usize,
    bins_y: usize,
    bins: Vec<Bin>,
    /// The bin of every column of cells.
    columns: Vec<u32>,
    spreads: Spreads,
}

impl Heatmap {
    /// An empty map.
    pub fn new(grid: &SweepCommon) -> Self {
        Self::with_look(grid, Look::default())
    }

    /// An empty map that is to look so.
    pub fn with_look(grid: &SweepCommon, look: Look) -> Self {
        let (bins_x, bins_y) = (grid.nx().min(look.target.0), grid.ny().min(look.target.1));
        let columns = (0..grid.nx()).map(|x| (x * bins_x / grid.nx()) as u32).collect();
        let (bins, spreads) = (vec![Bin::default(); bins_x * bins_y], Spreads::new(grid));
        Self { grid: grid.clone(), look, bins_x, bins_y, bins, columns, spreads }
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
        let block = |bins: usize, target: usize| (target / bins).max(1);
        let (wide, high) = (block(self.bins_x, self.look.target.0), block(self.bins_y, self.look.target.1));
        let frame = Frame { width: (self.bins_x * wide) as i32, height: (self.bins_y * high) as i32 };
        let x = Side::of_axis(&self.grid.x);
        let y = self.grid.y.as_ref().map_or_else(|| Side::range("", 0.0, 1.0, false), Side::of_axis);
        self.look.draw(format, frame, |canvas| {
            canvas.blocks(frame.pixel(0.0, 1.0), (wide as u32, high as u32), self.pixels(summary))?;
            let overlay = Overlay { canvas, frame, grid: &self.grid, x: &x, y: Some(&y) };
            let mut legend = Legend::new(canvas, frame);
            legend.ramps(summary, &self.spreads)?;
            if self.look.theory {
                // The thin line last: where both agree, it runs along the middle of the dashes.
                overlay.theory(known, &mut legend)?;
                overlay.measured(summary, &mut legend)?;
            }
            draw_frame(canvas, frame, &x, &y)?;
            draw_texts(canvas, frame, &self.grid, footer)
        })
    }

    /// The map, top row first, one pixel per bin.
    fn pixels(&self, summary: &Summary) -> Pixels {
        let shaders = OUTCOMES.map(|outcome| self.spreads.shader(outcome, self.look.shade));
        let cells = OUTCOMES.map(|outcome| summary.cells_of(outcome));
        let mut bytes = vec![0; self.bins.len() * 3];
        let lines = bytes.par_chunks_exact_mut(self.bins_x * 3);
        lines.zip(self.bins.par_chunks_exact(self.bins_x).rev()).for_each(|(line, bins)| {
            for (pixel, bin) in line.chunks_exact_mut(3).zip(bins) {
                pixel.copy_from_slice(&self.colour(bin, &shaders, &cells));
            }
        });
        Pixels { width: self.bins_x as u32, height: self.bins_y as u32, bytes }
    }

    /// The colour of the outcome of most cells; on a tie of the one that is rarer in the whole map, so that thin
    /// structures survive.
    fn colour(&self, bin: &Bin, shaders: &[Shader; 5], cells: &[u64; 5]) -> Rgb {
        let rank = |outcome: &Outcome| (bin.counts[*outcome as usize], std::cmp::Reverse(cells[*outcome as usize]));
        let winner = OUTCOMES.into_iter().max_by_key(rank).unwrap_or(Outcome::Level);
        let count = bin.counts[winner as usize].max(1);
        let key = bin.keys[winner as usize] / count as f32;
        self.look.palette.colour(winner, shaders[winner as usize].of(key))
    }
}

impl Output for Heatmap {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        for row in 0..tile.tile.ny {
            let y = (tile.tile.y0 + row) * self.bins_y / self.grid.ny();
            let bins = &mut self.bins[y * self.bins_x..(y + 1) * self.bins_x];
            let cells = row * tile.tile.nx..(row + 1) * tile.tile.nx;
            for (cell, column) in cells.zip(&self.columns[tile.tile.x0..]) {
                let bin = &mut bins[*column as usize];
                let outcome = tile.outcome[cell] as usize;
                bin.counts[outcome] += 1;
                bin.keys[outcome] += self.spreads.add(tile, cell);
            }
        }
        Ok(())
    }
}
