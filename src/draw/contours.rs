//! A map of losses with contour lines that each enclose half the area of the next, so that a valley is seen however steep
//! its walls are.

use super::bins::Bins;
use super::canvas::Pixels;
use super::palette::{Palette, Rgb};
use super::shades::Ranked;
use crate::sweep::Tile;

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
    pub fn of(losses: &[f64], (nx, ny): (usize, usize), size: (usize, usize)) -> Self {
        let bins = Bins::new((nx, ny), size);
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

    /// Pixels, top row first, with contour lines where the height passes a seventh.
    pub fn pixels(&self, palette: &Palette) -> Pixels {
        let heights: Vec<Option<f64>> =
            self.losses.iter().map(|loss| loss.is_finite().then(|| self.height(*loss))).collect();
        let (width, height) = self.bins.pixel_size();
        let (wide, high) = self.bins.block;
        let at = |x: usize, y: usize| heights[(self.bins.high - 1 - y / high) * self.bins.wide + x / wide];
        let level = |height: Option<f64>| height.map(|height| (height * f64::from(HALVINGS)) as i32);
        let colour = |x: usize, y: usize| -> Rgb {
            let here = at(x, y);
            let differs = |other: Option<f64>| other.is_some() && level(other) != level(here);
            let (right, below) = (at((x + 1).min(width - 1), y), at(x, (y + 1).min(height - 1)));
            let is_contour = here.is_some() && (differs(right) || differs(below));
            let colour = here.map_or(palette.none, |height| palette.height(height));
            if is_contour { palette.contour(colour) } else { colour }
        };
        let bytes = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| colour(x, y)).collect();
        Pixels { width: width as u32, height: height as u32, bytes }
    }

    /// The same as a ground to draw on.
    pub fn ground(&self, palette: &Palette) -> Pixels {
        let pixels = self.pixels(palette);
        let (colours, _) = pixels.bytes.as_chunks::<3>();
        Pixels { bytes: colours.iter().flat_map(|colour| palette.grounded(*colour)).collect(), ..pixels }
    }
}
