//! A map of losses with contour lines that each enclose half the area of the next, so that a valley is seen however steep
//! its walls are.

use super::bins::Bins;
use super::canvas::Pixels;
use super::palette::{Palette, mix};
use super::shades::Ranked;
use crate::sweep::Tile;
use rayon::prelude::*;

/// The innermost contour line encloses 2⁻⁷ of the map.
pub const HALVINGS: i32 = 7;

/// Losses by bin, and how they rank.
pub struct Contours {
    pub bins: Bins,
    /// Lowest row first; not-a-number where no loss is finite.
    losses: Vec<f64>,
    pub ranked: Ranked<f64>,
}

impl Contours {
    /// Of `nx` × `ny` losses, lowest row first, on a picture of at most `size` pixels: the lowest loss of every bin, so that
    /// a narrow valley does not fall between pixels.
    pub fn of(losses: &[f64], (nx, ny): (usize, usize), size: (usize, usize), scale: u32) -> Self {
        let bins = Bins::new((nx, ny), size, scale);
        let mut lowest = vec![f64::NAN; bins.count()];
        bins.each(Tile { x0: 0, y0: 0, nx, ny }, |bin, cell| lowest[bin] = lowest[bin].min(losses[cell]));
        let ranked = Ranked::of(lowest.iter().copied().filter(|loss| loss.is_finite()).collect());
        Self { bins, losses: lowest, ranked }
    }

    /// Whether there are bins without a finite loss.
    pub fn has_gaps(&self) -> bool {
        self.ranked.len() < self.losses.len()
    }

    /// Height of a loss from 0 (the lowest) to 1, by the share of the map that lies below it: halving the share goes
    /// down by a seventh.
    fn height(&self, loss: f64) -> f64 {
        let below = self.ranked.below(loss) as f64 / self.ranked.len().max(1) as f64;
        (1.0 + below.max(f64::MIN_POSITIVE).log2() / f64::from(HALVINGS)).max(0.0)
    }

    /// Pixels of the file, top row first, with smooth contour lines where the height passes a seventh.
    pub fn pixels(&self, palette: &Palette) -> Pixels {
        let heights: Vec<Option<f64>> =
            self.losses.iter().map(|loss| loss.is_finite().then(|| self.height(*loss))).collect();
        let (width, height) = self.bins.file_size();
        let (wide, high) = self.bins.block;
        let at = |x: usize, y: usize| heights[(self.bins.high - 1 - y / high) * self.bins.wide + x / wide];
        let field = Field { heights: &heights, bins: &self.bins };
        let mut bytes = vec![0; width * height * 3];
        bytes.par_chunks_exact_mut(width * 3).enumerate().for_each(|(y, line)| {
            let rows = field.around(y, width);
            for (x, pixel) in line.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let Some(here) = at(x, y) else {
                    *pixel = palette.none;
                    continue;
                };
                let colour = palette.height(here);
                let part = field.line(&rows, x);
                *pixel = if part > 0.0 { mix([colour, palette.contour(colour)], part) } else { colour };
            }
        });
        Pixels { width: width as u32, height: height as u32, bytes }
    }

    /// The same as a ground to draw on.
    pub fn ground(&self, palette: &Palette) -> Pixels {
        let pixels = self.pixels(palette);
        let (colours, _) = pixels.bytes.as_chunks::<3>();
        Pixels { bytes: colours.iter().flat_map(|colour| palette.grounded(*colour)).collect(), ..pixels }
    }
}

/// Heights between the middles of bins, and where contour lines run in them.
struct Field<'a> {
    heights: &'a [Option<f64>],
    bins: &'a Bins,
}

impl Field<'_> {
    /// The height at a place in pixels of the file, times the number of contour lines: straight between the bins around
    /// it, as far as they have one.
    fn at(&self, x: f64, (y0, y1, down): (usize, usize, f64)) -> Option<f64> {
        let Bins { wide, high, block, .. } = *self.bins;
        let (x0, x1, across) = between(x, block.0, wide);
        let bin = |x: usize, y: usize| self.heights[(high - 1 - y) * wide + x];
        let row = |y: usize| Some(bin(x0, y)? * (1.0 - across) + bin(x1, y)? * across);
        Some((row(y0)? * (1.0 - down) + row(y1)? * down) * f64::from(HALVINGS))
    }

    /// The heights at a row of pixels, and at those above and below it; from one pixel before the first to one after the last.
    fn around(&self, y: usize, width: usize) -> [Vec<Option<f64>>; 3] {
        [-1.0, 0.0, 1.0].map(|by| {
            let place = between(y as f64 + 0.5 + by, self.bins.block.1, self.bins.high);
            (0..width + 2).map(|x| self.at(x as f64 - 0.5, place)).collect()
        })
    }

    /// How much of a pixel a contour line covers, from the line's distance: what parts the height from the line's, by how
    /// much it rises in a pixel.
    fn line(&self, [above, own, below]: &[Vec<Option<f64>>; 3], x: usize) -> f64 {
        /// Half of a line's width in pixels.
        const HALF: f64 = 0.6;
        let half = HALF * self.bins.scale() as f64;
        let Some(here) = own[x + 1] else { return 0.0 };
        let level = here.round();
        if level < 1.0 || level >= f64::from(HALVINGS) {
            return 0.0;
        }
        let rise = |from: Option<f64>, to: Option<f64>| match (from, to) {
            (Some(from), Some(to)) => (to - from) / 2.0,
            _ => 0.0,
        };
        let (across, down) = (rise(own[x], own[x + 2]), rise(above[x + 1], below[x + 1]));
        let slope = across.hypot(down);
        if slope == 0.0 { 0.0 } else { (half + 0.5 - (here - level).abs() / slope).clamp(0.0, 1.0) }
    }
}

/// The bins before and behind a place along a side, and how far it is from the one to the other.
fn between(at: f64, block: usize, count: usize) -> (usize, usize, f64) {
    let place = (at / block as f64 - 0.5).clamp(0.0, (count - 1) as f64);
    let first = place as usize;
    (first, (first + 1).min(count - 1), place - first as f64)
}
