//! Maps in bins of whole pixels: a bin is a cell, or several where there are more cells than pixels.

use super::canvas::Pixels;
use super::palette::Rgb;
use crate::sweep::{OUTCOMES, Outcome, Tile, TileOutcomes};
use rayon::prelude::*;
use std::cmp::Reverse;

/// How the cells of a map fall into bins, and how large a bin is drawn.
#[derive(Debug, Clone)]
pub struct Bins {
    /// Rows and columns of cells.
    rows: usize,
    columns: usize,
    /// Bins in a row, and rows of them.
    pub wide: usize,
    pub high: usize,
    /// Pixels of a bin in the file, across and up.
    pub block: (usize, usize),
    scale: usize,
}

impl Bins {
    /// For `nx` × `ny` cells on a picture of at most `size` pixels, each `scale` by `scale` pixels of the file.
    pub fn new((nx, ny): (usize, usize), size: (usize, usize), scale: u32) -> Self {
        let scale = scale as usize;
        let ((wide, across), (high, up)) = (split(nx, size.0, scale), split(ny, size.1, scale));
        Self { rows: ny, columns: nx, wide, high, block: (across, up), scale }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.wide * self.high
    }

    /// Width and height in pixels of the picture; at every scale the same.
    pub fn pixel_size(&self) -> (usize, usize) {
        (self.wide * self.block.0 / self.scale, self.high * self.block.1 / self.scale)
    }

    /// Width and height in pixels of the file.
    pub fn file_size(&self) -> (usize, usize) {
        (self.wide * self.block.0, self.high * self.block.1)
    }

    /// Pixels of the file for each of the picture.
    pub fn scale(&self) -> usize {
        self.scale
    }

    /// Calls `take` with bin and number of every cell of a tile, in their order.
    pub fn each(&self, tile: Tile, mut take: impl FnMut(usize, usize)) {
        // Per tile, because a row may have a thousand million cells.
        let columns: Vec<u32> = (tile.x0..tile.x0 + tile.nx).map(|x| (x * self.wide / self.columns) as u32).collect();
        for row in 0..tile.ny {
            let first = (tile.y0 + row) * self.high / self.rows * self.wide;
            let cells = row * tile.nx..(row + 1) * tile.nx;
            for (cell, column) in cells.zip(&columns) {
                take(first + *column as usize, cell);
            }
        }
    }

    /// One pixel per bin, top row first.
    pub fn pixels(&self, colour: impl Fn(usize) -> Rgb + Sync) -> Pixels {
        let mut bytes = vec![0; self.count() * 3];
        bytes.par_chunks_exact_mut(self.wide * 3).enumerate().for_each(|(row, line)| {
            let first = (self.high - 1 - row) * self.wide;
            for (at, pixel) in line.chunks_exact_mut(3).enumerate() {
                pixel.copy_from_slice(&colour(first + at));
            }
        });
        Pixels { width: self.wide as u32, height: self.high as u32, bytes }
    }
}

/// Bins along a side, and how many pixels of the file each has: one where there are cells for all of them.
fn split(cells: usize, size: usize, scale: usize) -> (usize, usize) {
    if cells >= size * scale {
        return (size * scale, 1);
    }
    let bins = cells.min(size);
    (bins, (size / bins).max(1) * scale)
}

/// Outcomes by bin, with the means of what their shades go by.
///
/// Nearly all bins have cells of one outcome or two, and a picture has millions of bins: so bins that are side by side share a
/// part for each outcome that occurs in one of them. Room for all outcomes in each bin took five times the memory.
#[derive(Debug, Clone)]
pub struct OutcomeBins {
    pub bins: Bins,
    /// Where the sums of an outcome are, one more than that; none is 0.
    parts: Vec<[u32; OUTCOMES.len()]>,
    sums: Vec<[Sum; PART]>,
}

/// Bins of a part.
const PART: usize = 16;

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    count: u32,
    key: f32,
}

impl OutcomeBins {
    /// Without a cell yet.
    pub fn new(bins: Bins) -> Self {
        Self { parts: vec![Default::default(); bins.count().div_ceil(PART)], sums: Vec::new(), bins }
    }

    /// Takes the cells of a tile; `key` is what a cell's shade goes by.
    pub fn add(&mut self, tile: &TileOutcomes, mut key: impl FnMut(usize) -> f32) {
        self.bins.each(tile.tile, |bin, cell| {
            let part = &mut self.parts[bin / PART][tile.outcome[cell] as usize];
            if *part == 0 {
                self.sums.push(Default::default());
                *part = self.sums.len() as u32;
            }
            let sum = &mut self.sums[*part as usize - 1][bin % PART];
            sum.count += 1;
            sum.key += key(cell);
        });
    }

    fn sum(&self, bin: usize, outcome: Outcome) -> Sum {
        let part = self.parts[bin / PART][outcome as usize];
        if part == 0 { Sum::default() } else { self.sums[part as usize - 1][bin % PART] }
    }

    /// Cells of each outcome.
    pub fn totals(&self) -> [u64; OUTCOMES.len()] {
        let cells = |part: u32| self.sums[part as usize - 1].iter().map(|sum| u64::from(sum.count)).sum::<u64>();
        let parts = |outcome: usize| self.parts.iter().map(move |part| part[outcome]).filter(|part| *part > 0);
        std::array::from_fn(|outcome| parts(outcome).map(cells).sum())
    }

    /// The middles of the bins that have a cell of an outcome: shares of the whole, across and up.
    pub fn places(&self, outcome: Outcome) -> impl Iterator<Item = (f64, f64)> {
        let share = |at: usize, all: usize| (at as f64 + 0.5) / all as f64;
        let at = move |bin: usize| {
            (share(bin % self.bins.wide, self.bins.wide), share(bin / self.bins.wide, self.bins.high))
        };
        (0..self.bins.count()).filter(move |bin| self.sum(*bin, outcome).count > 0).map(at)
    }

    /// Per bin, lowest row first, the outcome of most cells with the mean of their keys. On a tie the outcome that is
    /// rarer in the whole map, so that thin structures survive.
    pub fn winners(&self) -> Vec<(Outcome, f32)> {
        let totals = self.totals();
        let winner = |bin: usize| {
            let rank = |outcome: &Outcome| (self.sum(bin, *outcome).count, Reverse(totals[*outcome as usize]));
            let winner = OUTCOMES.into_iter().max_by_key(rank).unwrap_or(Outcome::Level);
            let sum = self.sum(bin, winner);
            (winner, sum.key / sum.count.max(1) as f32)
        };
        (0..self.bins.count()).into_par_iter().map(winner).collect()
    }
}
