//! A validated request. The rest of the program sees only this.

use super::axis::Axis;
use super::batch::Batch;
use super::program::Program;
use super::tiles::Tile;
use crate::problem::{Data, Gradient, Objective, Rule, Stop};
use std::fmt;
use std::ops::Range;

/// A request that cannot be: which flag, which value, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecError {
    flag: String,
    value: String,
    message: String,
}

impl SpecError {
    /// An error about the value of a flag.
    pub fn new(flag: &str, value: impl ToString, message: impl Into<String>) -> Self {
        Self { flag: flag.to_owned(), value: value.to_string(), message: message.into() }
    }
}

impl std::error::Error for SpecError {}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 60;
        let value: String = self.value.chars().take(SHOWN).collect();
        let cut = if self.value.chars().count() > SHOWN { "…" } else { "" };
        let gap = if value.is_empty() { "" } else { " " };
        write!(f, "{}{gap}{value}{cut}: {}", self.flag, self.message)
    }
}

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
    /// Position in [`Program::knobs`].
    pub knob: usize,
    pub name: String,
    pub axis: Axis,
}

/// Where a knob's value comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source {
    Fixed(f64),
    /// A line of values along x: position in [`Spec::x_lines`].
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

/// The data of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct DataTables {
    /// One table, or one for each value of a seed that is an axis; all with the same names and sizes.
    pub tables: Vec<Data>,
}

/// A named number of a descent.
#[derive(Debug, Clone, PartialEq)]
pub struct Knob {
    pub name: String,
    pub source: Source,
}

/// A sweep that can be run.
#[derive(Debug, Clone)]
pub struct Spec {
    pub objective: Objective,
    pub rule: Rule,
    pub program: Program,
    pub x: SweepAxis,
    /// Absent in a 1-D sweep.
    pub y: Option<SweepAxis>,
    /// In the order of [`Program::knobs`].
    pub knobs: Vec<Knob>,
    /// What varies along x; the first line is the axis.
    pub x_lines: Vec<Line>,
    /// What varies along y; empty in a 1-D sweep.
    pub y_lines: Vec<Line>,
    pub gradient: Gradient,
    /// Replaces the tolerance on the gradient.
    pub stop: Option<Stop>,
    pub batch: Batch,
    pub data: Option<DataTables>,
    pub limits: Limits,
    /// What was assumed and a user may want to know.
    pub notes: Vec<String>,
}

impl Spec {
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
        range.map(|at| self.program.precision.round(value(at))).collect()
    }

    /// The value of a knob in a cell, rounded to the working precision.
    pub fn knob_value(&self, knob: &Knob, x: usize, y: usize) -> f64 {
        let cell = Tile { x0: x, y0: y, nx: 1, ny: 1 };
        match knob.source {
            Source::Fixed(value) => self.program.precision.round(value),
            Source::X(line) => self.x_line_values(cell)[line][0],
            Source::Y(line) => self.y_line_values(cell)[line][0],
        }
    }

    /// The data, where every cell has the same.
    pub fn only_table(&self) -> Option<&Data> {
        self.data.as_ref().and_then(|data| if let [only] = data.tables.as_slice() { Some(only) } else { None })
    }

    /// The fixed values of the constants, in the order of [`Objective::constants`]; `None` where one is an axis.
    pub fn constants(&self) -> Option<Vec<f64>> {
        let value = |(name, _): &(String, f64)| {
            let knob = self.knobs.iter().find(|knob| knob.name == *name)?;
            if let Source::Fixed(value) = knob.source { Some(value) } else { None }
        };
        self.objective.constants().iter().map(value).collect()
    }

    /// The gradient tolerance in the working precision. One that is too small for it becomes the smallest normal
    /// number, not 0, which would mean "never".
    ///
    /// A stop rule of the user's own has slopes of 0 and 1, and ½ between them.
    pub fn gtol(&self) -> f64 {
        if self.program.own_stop {
            return 0.5;
        }
        let precision = self.program.precision;
        let smallest = if precision.is_wide() { f64::MIN_POSITIVE } else { f64::from(f32::MIN_POSITIVE) };
        if self.limits.gtol > 0.0 { precision.round(self.limits.gtol.max(smallest)) } else { 0.0 }
    }

    /// How the divergence bar D·(1+|loss₀|) is computed without ever leaving the finite numbers: (factor, reach).
    /// Where 1+|loss₀| ≤ reach the bar is factor·(1+|loss₀|), elsewhere it is `largest`, the largest finite number of
    /// the working precision.
    pub fn bar(&self, largest: f64) -> (f64, f64) {
        let diverge = self.limits.diverge;
        if diverge >= largest {
            return (1.0, -1.0);
        }
        // A hair less than largest/D, so that rounding the two cannot overflow the product.
        (diverge, (largest / diverge * (1.0 - 1e-6)).min(largest))
    }

    /// Refuses data that the working precision cannot hold.
    pub(super) fn check_data(&self) -> Result<(), SpecError> {
        let precision = self.program.precision;
        for data in self.data.iter().flat_map(|data| &data.tables) {
            for column in &self.program.columns {
                let values = &data.columns[column.data];
                let Some(row) = values.iter().position(|value| !precision.holds(*value)) else { continue };
                let (name, value) = (&data.names[column.data], values[row]);
                let message = format!(
                    "{}: row {}, column `{name}`: {value:e} does not fit f32 (1.2e-38 to 3.4e38); use --precision f64",
                    data.source,
                    row + 1
                );
                return Err(SpecError::new("--precision", precision, message));
            }
        }
        Ok(())
    }

    /// Refuses grids that are too large.
    pub(super) fn check_size(&self) -> Result<(), SpecError> {
        const MAX_CELLS: usize = 1_000_000_000;
        let cells = self.nx().checked_mul(self.ny());
        if cells.is_some_and(|cells| cells <= MAX_CELLS) {
            return Ok(());
        }
        let shown = format!("{} × {}", self.nx(), self.ny());
        Err(SpecError::new("--vary", shown, format!("more than {MAX_CELLS:e} cells; use fewer values")))
    }
}
