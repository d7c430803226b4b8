//! What every sweep has, whatever is descended on: axes, knobs, limits, columns. Outputs see only this.

use super::axis::Axis;
use super::divergence::Bar;
use super::error::RequestError;
use super::note::Note;
use super::precision::Precision;
use super::tiles::Tile;
use crate::problem::Rule;
use std::ops::Range;

/// When a descent ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    pub steps: u32,
    pub gtol: f64,
    pub diverge: f64,
}

/// One axis of the map.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepAxis {
    /// Position in [`SweepCommon::knobs`].
    pub knob: usize,
    pub name: String,
    pub axis: Axis,
}

/// Where a knob's value comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source {
    Fixed(f64),
    /// A line of values along x: position in [`SweepCommon::x_lines`].
    X(usize),
    /// Likewise along y.
    Y(usize),
}

/// Values along an axis: those of the axis itself, or others that follow from them, such as starts drawn from a seed.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    Axis,
    Values(Vec<f64>),
}

/// A named number of a descent.
#[derive(Debug, Clone, PartialEq)]
pub struct Knob {
    pub name: String,
    pub source: Source,
}

/// What is descended on, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    /// Name in the catalog.
    pub name: Option<&'static str>,
    pub text: String,
    /// Whether the text is a formula, which pictures typeset.
    pub is_formula: bool,
}

/// A column of results between the final loss and the steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Final {
    /// As in files, such as `beta_final`.
    pub name: String,
    /// Whether f32 cannot hold it.
    pub wide: bool,
}

/// What is written down of every descent on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// At every step that is a multiple of this.
    pub every: u32,
    /// What is written down.
    pub columns: Vec<String>,
}

/// The cells of a sweep, and what is known of each before and after.
#[derive(Debug, Clone)]
pub struct SweepCommon {
    pub title: Title,
    pub rule: Rule,
    pub x: SweepAxis,
    /// Absent in a 1-D sweep.
    pub y: Option<SweepAxis>,
    /// In the order in which a step reads them.
    pub knobs: Vec<Knob>,
    /// What varies along x; the first line is the axis.
    pub x_lines: Vec<Line>,
    /// What varies along y; empty in a 1-D sweep.
    pub y_lines: Vec<Line>,
    pub limits: Limits,
    pub precision: Precision,
    /// One entry per list of [`super::TileOutcomes::finals`].
    pub finals: Vec<Final>,
    pub history: Option<History>,
    /// What was assumed and a user may want to know.
    pub notes: Vec<Note>,
}

/// How many numbers a cell's results are, besides losses, steps and outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub finals: usize,
    pub histories: usize,
    /// Per history.
    pub records: usize,
}

impl SweepCommon {
    /// How many numbers a cell's results are.
    pub fn shape(&self) -> Shape {
        let histories = self.history.as_ref().map_or(0, |history| history.columns.len());
        Shape { finals: self.finals.len(), histories, records: self.records() }
    }

    /// Cells in a row.
    pub fn nx(&self) -> usize {
        self.x.axis.len()
    }

    /// Rows; 1 in a 1-D sweep.
    pub fn ny(&self) -> usize {
        self.y.as_ref().map_or(1, |y| y.axis.len())
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.nx() * self.ny()
    }

    /// Steps of which a history tells.
    pub fn records(&self) -> usize {
        self.history.as_ref().map_or(0, |history| self.limits.steps as usize / history.every as usize + 1)
    }

    /// x values of a tile, rounded to the working precision.
    pub fn x_values(&self, tile: Tile) -> Vec<f64> {
        self.values(&self.x.axis, &Line::Axis, tile.x0..tile.x0 + tile.nx)
    }

    /// y values of a tile, rounded to the working precision; one 0 in a 1-D sweep.
    pub fn y_values(&self, tile: Tile) -> Vec<f64> {
        match &self.y {
            Some(y) => self.values(&y.axis, &Line::Axis, tile.y0..tile.y0 + tile.ny),
            None => vec![0.0],
        }
    }

    /// Every line along x over a tile, one after the other, rounded to the working precision.
    pub fn x_line_values(&self, tile: Tile) -> Vec<Vec<f64>> {
        self.x_lines.iter().map(|line| self.values(&self.x.axis, line, tile.x0..tile.x0 + tile.nx)).collect()
    }

    /// Every line along y, likewise.
    pub fn y_line_values(&self, tile: Tile) -> Vec<Vec<f64>> {
        let Some(y) = &self.y else { return Vec::new() };
        self.y_lines.iter().map(|line| self.values(&y.axis, line, tile.y0..tile.y0 + tile.ny)).collect()
    }

    fn values(&self, axis: &Axis, line: &Line, range: Range<usize>) -> Vec<f64> {
        let value = |at| match line {
            Line::Axis => axis.value(at),
            Line::Values(values) => values[at],
        };
        range.map(|at| self.precision.round(value(at))).collect()
    }

    /// The value of a knob in a cell, rounded to the working precision.
    pub fn knob_value(&self, knob: &Knob, x: usize, y: usize) -> f64 {
        let cell = Tile { x0: x, y0: y, nx: 1, ny: 1 };
        match knob.source {
            Source::Fixed(value) => self.precision.round(value),
            Source::X(line) => self.x_line_values(cell)[line][0],
            Source::Y(line) => self.y_line_values(cell)[line][0],
        }
    }

    /// The divergence bar.
    pub fn bar(&self) -> Bar<f64> {
        Bar::new(self.limits.diverge, self.precision)
    }

    /// The gradient tolerance in the working precision. One that is too small for it becomes the smallest normal
    /// number, not 0, which would mean "never".
    pub fn gtol(&self) -> f64 {
        let precision = self.precision;
        let smallest = if precision.is_wide() { f64::MIN_POSITIVE } else { f64::from(f32::MIN_POSITIVE) };
        if self.limits.gtol > 0.0 { precision.round(self.limits.gtol.max(smallest)) } else { 0.0 }
    }

    /// Refuses grids that are too large.
    pub(super) fn check_size(&self) -> Result<(), RequestError> {
        const MAX_CELLS: usize = 1_000_000_000;
        let cells = self.nx().checked_mul(self.ny());
        if cells.is_some_and(|cells| cells <= MAX_CELLS) {
            return Ok(());
        }
        let shown = format!("{} × {}", self.nx(), self.ny());
        Err(RequestError::new("--vary", shown, format!("more than {MAX_CELLS:e} cells; use fewer values")))
    }
}
