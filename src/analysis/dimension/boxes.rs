//! Box counts of the boundary between labels: how many boxes of a side have more than one label.

use super::fit::{LogFit, fit};
use serde::Serialize;

/// Labels at the points of a grid, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    pub nx: usize,
    /// 1 for a line.
    pub ny: usize,
    pub of: Vec<u16>,
}

/// The boxes of a side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BoxCount {
    /// In steps of the grid.
    pub side: usize,
    /// Those that hold more than one label.
    pub boxes: u64,
    pub of: u64,
}

/// A dimension by box counts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BoxDimension {
    pub counts: Vec<BoxCount>,
    /// Between one side and the next.
    pub local: Vec<f64>,
    /// Over the sides in between: none where the boundary is in too few boxes.
    pub fitted: Option<LogFit>,
}

impl Labels {
    /// Labels by place.
    pub fn new((nx, ny): (usize, usize), of: impl Fn(usize, usize) -> u16) -> Self {
        let of = (0..ny).flat_map(|y| (0..nx).map(move |x| (x, y))).map(|(x, y)| of(x, y)).collect();
        Self { nx, ny, of }
    }

    pub fn is_line(&self) -> bool {
        self.ny == 1
    }

    pub fn at(&self, x: usize, y: usize) -> u16 {
        self.of[y * self.nx + x]
    }

    /// Points with another label next to them, to the left, the right, above or below.
    pub fn on_boundary(&self) -> Vec<usize> {
        let differs = |x: usize, y: usize| {
            let here = self.at(x, y);
            let left = x > 0 && self.at(x - 1, y) != here;
            let right = x + 1 < self.nx && self.at(x + 1, y) != here;
            let below = y > 0 && self.at(x, y - 1) != here;
            let above = y + 1 < self.ny && self.at(x, y + 1) != here;
            left || right || below || above
        };
        (0..self.of.len()).filter(|cell| differs(cell % self.nx, cell / self.nx)).collect()
    }

    /// Counts for sides of 1, 2, 4, … steps. Points are the corners of boxes, and neighbours share a side: so nothing of a boundary
    /// lies between boxes.
    pub fn box_counts(&self) -> Vec<BoxCount> {
        let (mut wide, mut high) = (self.nx - 1, (self.ny - 1).max(1));
        let corner = |x: usize, y: usize| {
            let far = if self.is_line() { y } else { y + 1 };
            let first = self.at(x, y);
            [self.at(x + 1, y), self.at(x, far), self.at(x + 1, far)].iter().any(|label| *label != first)
        };
        let mut mixed: Vec<bool> =
            (0..high).flat_map(|y| (0..wide).map(move |x| (x, y))).map(|(x, y)| corner(x, y)).collect();
        let (mut counts, mut side) = (Vec::new(), 1);
        loop {
            let boxes = mixed.iter().filter(|mixed| **mixed).count() as u64;
            counts.push(BoxCount { side, boxes, of: mixed.len() as u64 });
            let (half, lower) = (wide / 2, if self.is_line() { 1 } else { high / 2 });
            if half < 2 || lower < 1 || (!self.is_line() && lower < 2) {
                return counts;
            }
            // Boxes that are cut off at the far sides are left out.
            let rows: &[usize] = if self.is_line() { &[0] } else { &[0, 1] };
            let of_four = |x: usize, y: usize| {
                rows.iter().any(|row| [0, 1].iter().any(|column| mixed[(y * rows.len() + row) * wide + 2 * x + column]))
            };
            mixed = (0..lower).flat_map(|y| (0..half).map(move |x| (x, y))).map(|(x, y)| of_four(x, y)).collect();
            (wide, high, side) = (half, lower, side * 2);
        }
    }

    /// The box-counting dimension of the boundary.
    pub fn box_dimension(&self) -> BoxDimension {
        let counts = self.box_counts();
        let known = |count: &&BoxCount| count.boxes > 0;
        let points: Vec<(f64, f64)> =
            counts.iter().filter(known).map(|count| ((count.side as f64).ln(), (count.boxes as f64).ln())).collect();
        let local = points.windows(2).map(|pair| (pair[0].1 - pair[1].1) / (pair[1].0 - pair[0].0)).collect();
        let says =
            |count: &&BoxCount| count.boxes > 0 && count.of >= if self.is_line() { FEWEST } else { FEWEST * FEWEST };
        let middle: Vec<(f64, f64)> =
            counts.iter().filter(says).map(|count| (-(count.side as f64).ln(), (count.boxes as f64).ln())).collect();
        BoxDimension { counts, local, fitted: fit(&middle) }
    }
}

/// With fewer boxes along a side they are too coarse.
const FEWEST: u64 = 16;
