//! Drawn numerals: ten classes of 8×8 pixels that need no download.
//!
//! Each is a pen's stroke along a few corners, moved, stretched, slanted and shaken, with a pen of its own, noise, and
//! pixels that are missing.

use super::sets::{SampleSets, Samples, Targets, shuffled};
use crate::problem::random::{Stream, normal, uniform};

pub(super) const NAME: &str = "digits";

/// Pixels per side.
const SIDE: usize = 8;
const TRAIN_ROWS: usize = 1500;
const TEST_ROWS: usize = 500;

/// Corners of the pen's way, x to the right from 0 to 4 and y down from 0 to 6, in pixels.
const STROKES: [&[[f64; 2]]; 10] = [
    &[[2., 0.], [0.6, 0.8], [0., 3.], [0.6, 5.2], [2., 6.], [3.4, 5.2], [4., 3.], [3.4, 0.8], [2., 0.]],
    &[[0.6, 1.6], [2.2, 0.], [2.2, 6.]],
    &[[0.1, 1.3], [0.9, 0.2], [2.4, 0.], [3.6, 0.8], [3.5, 2.1], [2.2, 3.8], [0., 6.], [4., 6.]],
    &[[0.2, 0.3], [2., 0.], [3.6, 0.8], [3.3, 2.2], [1.6, 2.9], [3.5, 3.6], [3.9, 4.9], [2.2, 6.], [0.1, 5.6]],
    &[[3., 6.], [3., 0.], [0., 4.], [4., 4.]],
    &[[3.8, 0.], [0.5, 0.], [0.3, 2.7], [2.2, 2.4], [3.9, 3.5], [3.6, 5.2], [2., 6.], [0.1, 5.5]],
    &[[3.2, 0.], [1.4, 1.], [0.2, 3.4], [0.5, 5.2], [2., 6.], [3.6, 5.2], [3.6, 3.8], [2.1, 3.], [0.4, 4.]],
    &[[0., 0.], [4., 0.], [1.6, 6.]],
    &[
        [2., 2.8],
        [0.5, 1.8],
        [0.7, 0.5],
        [2., 0.],
        [3.3, 0.5],
        [3.5, 1.8],
        [2., 2.8],
        [0.2, 4.],
        [0.4, 5.4],
        [2., 6.],
        [3.6, 5.4],
        [3.8, 4.],
        [2., 2.8],
    ],
    &[[0.8, 6.], [2.6, 5.], [3.8, 2.6], [3.5, 0.8], [2., 0.], [0.4, 0.8], [0.4, 2.2], [1.9, 3.], [3.6, 2.]],
];

impl SampleSets {
    /// The built-in numerals: 1500 training and 500 test rows of 8×8 pixels from 0 to 1, row after row, in ten classes
    /// of equal size and in a drawn order. Every seed draws others.
    pub fn digits(seed: u32) -> Self {
        let part = |first: usize, rows: usize| {
            let order = shuffled(rows, seed, first as u32);
            let features = order.iter().flat_map(|row| drawn(seed, first + row)).collect();
            let labels = order.iter().map(|row| class(first + row) as u32).collect();
            Samples { inputs: SIDE * SIDE, features, targets: Targets::Labels { labels, classes: STROKES.len() } }
        };
        let (train, test) = (part(0, TRAIN_ROWS), part(TRAIN_ROWS, TEST_ROWS));
        Self { source: NAME.to_owned(), train, test: Some(test), seeded: true }
    }
}

/// The numeral in a row, before rows change places.
fn class(row: usize) -> usize {
    row % STROKES.len()
}

/// Random numbers of a row, one after the other.
struct Draws {
    seed: u32,
    row: u32,
    next: u32,
}

impl Draws {
    fn index(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    fn between(&mut self, lo: f64, hi: f64) -> f64 {
        let index = self.index();
        lo + (hi - lo) * uniform(self.seed, Stream::Numeral, self.row, index)
    }

    fn normal(&mut self, deviation: f64) -> f64 {
        let index = self.index();
        deviation * normal(self.seed, Stream::Numeral, self.row, index)
    }
}

/// The pixels of a row.
fn drawn(seed: u32, row: usize) -> Vec<f32> {
    let mut draws = Draws { seed, row: row as u32, next: 0 };
    let way = shaken(STROKES[class(row)], &mut draws);
    let (half_width, edge) = (draws.between(0.1, 0.35), draws.between(0.6, 1.0));
    let (ink, noise) = (draws.between(0.55, 1.0), draws.between(0.02, 0.1));
    let mut pixel = |at: usize| {
        let place = [(at % SIDE) as f64, (at / SIDE) as f64];
        let shade = ink * (1.0 - (distance(place, &way) - half_width) / edge).clamp(0.0, 1.0);
        let shade = if draws.between(0.0, 1.0) < 0.03 { 0.0 } else { shade };
        (shade + draws.normal(noise)).clamp(0.0, 1.0) as f32
    };
    (0..SIDE * SIDE).map(&mut pixel).collect()
}

/// The corners as one hand draws them, in pixels.
fn shaken(corners: &[[f64; 2]], draws: &mut Draws) -> Vec<[f64; 2]> {
    let middle = (SIDE - 1) as f64 / 2.0;
    let [across, down] = [(); 2].map(|()| middle + draws.between(-0.9, 0.9));
    let [width, height] = [(0.8, 1.15), (0.85, 1.1)].map(|(lo, hi)| draws.between(lo, hi));
    let slant = draws.between(-0.2, 0.2);
    let mut shake = |[x, y]: &[f64; 2]| {
        let (x, y) = (width * (x - 2.0) + draws.normal(0.15), height * (y - 3.0) + draws.normal(0.15));
        [across + x - slant * y, down + y]
    };
    corners.iter().map(&mut shake).collect()
}

/// From a point to the nearest of the lines between corners.
fn distance(point: [f64; 2], corners: &[[f64; 2]]) -> f64 {
    let to_line = |line: &[[f64; 2]]| {
        let along = [line[1][0] - line[0][0], line[1][1] - line[0][1]];
        let from = [point[0] - line[0][0], point[1] - line[0][1]];
        let length = (along[0] * along[0] + along[1] * along[1]).max(f64::MIN_POSITIVE);
        let share = ((from[0] * along[0] + from[1] * along[1]) / length).clamp(0.0, 1.0);
        let [x, y] = [from[0] - share * along[0], from[1] - share * along[1]];
        (x * x + y * y).sqrt()
    };
    corners.windows(2).map(to_line).fold(f64::INFINITY, f64::min)
}
