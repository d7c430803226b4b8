//! All that is found of a boundary.

use super::boxes::{BoxDimension, Labels};
use super::controls;
use super::entropy::BasinEntropy;
use super::points::LabelOf;
use super::uncertainty::Uncertainty;
use serde::Serialize;

/// What a boundary is made of, as `dimension.json` has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Boundary {
    /// What tells cells apart.
    pub labels: LabelOf,
    /// Points of the grid, and axes that they lie along.
    pub grid: [usize; 2],
    pub axes: usize,
    /// Cells with another label next to them.
    pub boundary_cells: usize,
    pub boxes: BoxDimension,
    /// Boundaries of known dimension through the same counts.
    pub smooth: Control,
    pub rough: Control,
    pub entropy: BasinEntropy,
    /// The same of the smooth boundary.
    pub smooth_entropy: BasinEntropy,
    /// By pairs of descents; absent where they could not be run.
    pub uncertainty: Option<Uncertainty>,
    /// Absent likewise.
    pub last_place: Option<LastPlace>,
    /// Why something is absent.
    pub unknown: Vec<String>,
}

/// A boundary of which the dimension is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Control {
    pub what: &'static str,
    pub known: f64,
    pub boxes: BoxDimension,
}

/// Cells of the boundary that have another label where x is one unit in the last place more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LastPlace {
    pub cells: u64,
    pub flipped: u64,
}

impl Boundary {
    /// What a grid of labels alone tells.
    pub fn of(labels: LabelOf, grid: &Labels) -> Self {
        let size = (grid.nx, grid.ny);
        let (smooth, rough) = (controls::smooth(size), controls::rough(size));
        let known = controls::known(grid.is_line());
        let control = |what, known, labels: &Labels| Control { what, known, boxes: labels.box_dimension() };
        let what =
            if grid.is_line() { ["two points", "Cantor's middle thirds"] } else { ["an ellipse", "von Koch's curve"] };
        Self {
            labels,
            grid: [grid.nx, grid.ny],
            axes: if grid.is_line() { 1 } else { 2 },
            boundary_cells: grid.on_boundary().len(),
            boxes: grid.box_dimension(),
            entropy: BasinEntropy::of(grid),
            smooth_entropy: BasinEntropy::of(&smooth),
            smooth: control(what[0], known.0, &smooth),
            rough: control(what[1], known.1, &rough),
            uncertainty: None,
            last_place: None,
            unknown: Vec::new(),
        }
    }

    /// The dimension that the pairs of descents tell: axes less the exponent.
    pub fn by_pairs(&self) -> Option<f64> {
        Some(self.axes as f64 - self.uncertainty.as_ref()?.fitted?.slope)
    }
}
