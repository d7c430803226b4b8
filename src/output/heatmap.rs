//! `heatmap.png`: one pixel, or one block of pixels, per cell.

use super::Output;
use super::canvas::Canvas;
use super::palette::{Rgb, colour, shade};
use super::picture::{Frame, Side, draw_frame, draw_legend, draw_limits, draw_texts};
use super::summary::Summary;
use crate::sweep::{OUTCOMES, Outcome, Spec, TileOutcomes};
use crate::theory::Theory;
use std::io;

/// The frame is made this large, or a little less so that every cell has the same number of pixels.
const TARGET: (usize, usize) = (1100, 680);

/// What fell into one bin of the map: a cell, or several where there are more cells than pixels.
#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    counts: [u32; 5],
    shades: [f32; 5],
}

/// Gathers the map as tiles come.
pub struct Heatmap {
    spec: Spec,
    bins_x: usize,
    bins_y: usize,
    bins: Vec<Bin>,
}

impl Heatmap {
    /// An empty map.
    pub fn new(spec: &Spec) -> Self {
        let (bins_x, bins_y) = (spec.nx().min(TARGET.0), spec.ny().min(TARGET.1));
        Self { spec: spec.clone(), bins_x, bins_y, bins: vec![Bin::default(); bins_x * bins_y] }
    }

    /// The picture.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn png(&self, summary: &Summary, theory: &Theory, footer: &str) -> io::Result<Vec<u8>> {
        let block = |bins: usize, target: usize| (target / bins).max(1);
        let (wide, high) = (block(self.bins_x, TARGET.0), block(self.bins_y, TARGET.1));
        let frame = Frame { width: (self.bins_x * wide) as i32, height: (self.bins_y * high) as i32 };
        let x = Side::of_axis(&self.spec.x);
        let y = self.spec.y.as_ref().map_or_else(|| Side::range("", 0.0, 1.0, false), Side::of_axis);
        let (width, height) = frame.canvas();
        Canvas::png(width, height, |canvas| {
            canvas.blit(
                frame.pixel(0.0, 1.0),
                (frame.width as u32, frame.height as u32),
                self.pixels(summary, wide, high),
            )?;
            draw_frame(canvas, frame, &x, &y)?;
            draw_texts(canvas, frame, &self.spec, footer)?;
            draw_legend(canvas, frame, summary)?;
            let on_x = (self.spec.x.name == "alpha").then_some(&x);
            let on_y = self.spec.y.as_ref().is_some_and(|y| y.name == "alpha").then_some(&y);
            draw_limits(canvas, frame, theory.limits(), on_x, on_y)
        })
    }

    /// The map's pixels, top row first, each bin a block of `wide` × `high`.
    fn pixels(&self, summary: &Summary, wide: usize, high: usize) -> Vec<u8> {
        let mut pixels = Vec::with_capacity(self.bins.len() * wide * high * 3);
        for row in (0..self.bins_y).rev() {
            let bins = &self.bins[row * self.bins_x..(row + 1) * self.bins_x];
            let line: Vec<u8> = bins.iter().flat_map(|bin| bin.colour(summary).repeat(wide)).collect();
            (0..high).for_each(|_| pixels.extend_from_slice(&line));
        }
        pixels
    }
}

impl Bin {
    /// The colour of the outcome of most cells; on a tie of the one that is rarer in the whole map, so that thin
    /// structures survive.
    fn colour(&self, summary: &Summary) -> Rgb {
        let rank = |outcome: &Outcome| (self.counts[*outcome as usize], std::cmp::Reverse(summary.cells_of(*outcome)));
        let winner = OUTCOMES.into_iter().max_by_key(rank).unwrap_or(Outcome::Level);
        let count = self.counts[winner as usize].max(1);
        colour(winner, self.shades[winner as usize] / count as f32)
    }
}

impl Output for Heatmap {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        let (nx, ny) = (self.spec.nx(), self.spec.ny());
        let steps = self.spec.limits.steps;
        for cell in 0..tile.tile.cells() {
            let x = (tile.tile.x0 + cell % tile.tile.nx) * self.bins_x / nx;
            let y = (tile.tile.y0 + cell / tile.tile.nx) * self.bins_y / ny;
            let bin = &mut self.bins[y * self.bins_x + x];
            let outcome = tile.outcome[cell] as usize;
            bin.counts[outcome] += 1;
            bin.shades[outcome] += shade(tile, cell, steps);
        }
        Ok(())
    }
}
