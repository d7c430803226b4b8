//! The loss that the panels show, as a curve or a map.

use super::followed::Trace;
use super::window::Range;
use crate::draw::contours::Contours;
use crate::sweep::Losses;
use rayon::prelude::*;

/// The width and height of a map are a multiple of this.
pub const COARSE: usize = 4;

impl Trace {
    /// The loss of a descent's problem along its only parameter.
    pub fn curve(&self, descent: usize, (lo, hi): Range, points: usize) -> Vec<(f64, f64)> {
        let losses = Losses::of(self.descents.spec(descent), self.descents.list[descent].cell);
        // Not lo + (hi − lo)·share: for a range of half of all numbers that is beyond the largest.
        let share = |point: usize| point as f64 / (points - 1) as f64;
        let at = |point: usize| lo * (1.0 - share(point)) + hi * share(point);
        let places: Vec<Vec<f64>> = (0..points).map(|point| vec![at(point)]).collect();
        places.iter().map(|place| place[0]).zip(losses.at(&places)).collect()
    }

    /// Width of the blocks of pixels that have one value of the map each: with many rows of data there are fewer values.
    pub fn map_block(&self, pixels: usize) -> usize {
        const MOST_ROWS: usize = 4 << 20;
        let rows = self.descents.specs[0].objective.rows().unwrap_or(1) as usize;
        if pixels / 4 * rows > MOST_ROWS { COARSE } else { COARSE / 2 }
    }

    /// Whether a map of the loss takes seconds at most; over very many rows of data it is left out.
    pub fn has_map(&self) -> bool {
        const MOST_ROWS: u32 = 8192;
        self.descents.specs[0].objective.rows().unwrap_or(1) <= MOST_ROWS
    }

    /// A map of the loss over both parameters, `block` pixels for each of `columns` × `rows` values.
    pub fn map(
        &self,
        descent: usize,
        [x, y]: [Range; 2],
        (columns, rows): (usize, usize),
        (block, scale): (usize, u32),
    ) -> Contours {
        let losses = Losses::of(self.descents.spec(descent), self.descents.list[descent].cell);
        let at = |range: Range, place: usize, of: usize| {
            let share = (place as f64 + 0.5) / of as f64;
            range.0 * (1.0 - share) + range.1 * share
        };
        let row = |row: usize| {
            let place = |column: usize| vec![at(x, column, columns), at(y, row, rows)];
            losses.at(&(0..columns).map(place).collect::<Vec<_>>())
        };
        let values: Vec<Vec<f64>> = (0..rows).into_par_iter().map(row).collect();
        Contours::of(&values.concat(), (columns, rows), (columns * block, rows * block), scale)
    }
}
