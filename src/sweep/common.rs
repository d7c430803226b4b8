//! What every sweep has, whatever is descended on: axes, knobs, limits, columns. Outputs see only this.

use super::axis::Axis;
use super::batch::Batch;
use super::columns::{Column, ColumnKind, ColumnStyle, Place, ValueType};
use super::divergence::Bar;
use super::error::RequestError;
use super::knob_ref::{SEED, of_one_parameter};
use super::note::Note;
use super::outcome::{Shape, TileOutcomes};
use super::precision::Precision;
use super::tiles::Tile;
use super::tolerance::Tolerance;
use crate::problem::{Rule, Schedule};
use std::ops::Range;

/// When a descent ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    pub steps: u32,
    pub gtol: Tolerance,
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
    /// Places on the axis, from 0.
    Index,
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

/// What is written down of every descent on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// At every step that is a multiple of this.
    pub every: u32,
    /// What is written down; one value per recorded step.
    pub columns: Vec<Column>,
}

/// A column that is computed on the host from a tile of outcomes: once, after the engine and after a tile was read from
/// the disk. Tiles on the disk do not hold it.
#[derive(Debug)]
pub struct DerivedRow {
    pub name: &'static str,
    pub kind: ColumnKind,
    pub value: ValueType,
    pub style: ColumnStyle,
    /// One value per cell of the tile.
    pub compute: fn(&SweepCommon, &TileOutcomes) -> Vec<f64>,
}

/// The cells of a sweep, and what is known of each before and after.
#[derive(Debug, Clone)]
pub struct SweepCommon {
    pub title: Title,
    pub rule: Rule,
    /// What alpha is multiplied by; none where it stays as it is.
    pub schedule: Option<Schedule>,
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
    /// Which rows of the data a step takes.
    pub batch: Batch,
    /// Steps are drawn: they take some of the rows, or have noise.
    pub batched: bool,
    pub precision: Precision,
    /// All columns of results, in the order of files.
    pub columns: Vec<Column>,
    /// What fills [`super::TileOutcomes::derived`], in this order.
    pub derived: Vec<&'static DerivedRow>,
    pub history: Option<History>,
    /// What was assumed and a user may want to know.
    pub notes: Vec<Note>,
}

impl SweepCommon {
    /// The values of α along its axis, in the working precision; none where α is no axis.
    pub fn alphas(&self) -> Option<Vec<f64>> {
        let axis = std::iter::once(&self.x).chain(&self.y).find(|axis| axis.name == "alpha")?;
        Some(axis.axis.values().map(|alpha| self.precision.round(alpha)).collect())
    }

    /// The axis besides that of α, where α has one; else the first.
    pub fn beside_alpha(&self) -> Option<&SweepAxis> {
        if self.x.name == "alpha" { self.y.as_ref() } else { Some(&self.x) }
    }

    /// Whether no value of the axis of α is larger.
    pub fn is_largest_alpha(&self, alpha: f64) -> bool {
        self.alphas().is_some_and(|alphas| alphas.iter().all(|other| *other <= alpha))
    }

    /// How many numbers an engine finds of a cell.
    pub fn shape(&self) -> Shape {
        let histories = self.history.as_ref().map_or(0, |history| history.columns.len());
        let count = |is: fn(&Place) -> bool| self.columns.iter().filter(|column| is(&column.place)).count();
        Shape {
            parameters: count(|place| matches!(place, Place::Parameter(_))),
            measures: count(|place| matches!(place, Place::Measure(_))),
            histories,
            records: self.records(),
        }
    }

    /// The column of a kind, where the sweep has it; the first of several.
    pub fn column(&self, kind: ColumnKind) -> Option<&Column> {
        self.columns.iter().find(|column| column.kind == kind)
    }

    /// The rule as people name it: by its name or text, and its schedule.
    pub fn rule_shown(&self) -> String {
        let rule = self.rule.name().unwrap_or_else(|| self.rule.text());
        self.schedule
            .as_ref()
            .map_or_else(|| rule.to_owned(), |schedule| format!("{rule}, schedule {}", schedule.text()))
    }

    /// Which rows a step takes, for people; none where it takes all. The number is left out where it is a knob.
    pub fn batch_shown(&self) -> Option<String> {
        let is_knob = self.knobs.iter().any(|knob| knob.name == "batch");
        let rows = |size: u32, how: &str| match size {
            _ if is_knob => format!("{how} rows per step"),
            1 => format!("1 {how} row per step"),
            size => format!("{size} {how} rows per step"),
        };
        match self.batch {
            Batch::Full => None,
            Batch::Each => Some("1 row per step in order".to_owned()),
            Batch::Random(size) => Some(rows(size, "drawn")),
            Batch::Shuffled(size) => Some(rows(size, "shuffled")),
        }
    }

    /// Whether no step has a larger learning rate than the last, of which theory is.
    pub fn last_step_is_largest(&self) -> bool {
        /// More steps than this are looked at here and there.
        const MOST: u32 = 1000;
        let Some(schedule) = &self.schedule else { return true };
        let steps = self.limits.steps.max(1);
        let factor = |step: u32| schedule.factor(step, steps);
        let largest = (0..MOST.min(steps))
            .map(|at| factor(1 + (u64::from(at) * u64::from(steps) / u64::from(MOST.min(steps))) as u32));
        largest.fold(f64::NEG_INFINITY, f64::max) <= factor(steps) * (1.0 + 1e-9)
    }

    /// Whether every step of every parameter is made with the same hyperparameters.
    pub fn is_steady(&self) -> bool {
        self.schedule.is_none() && self.knobs.iter().all(|knob| of_one_parameter(&knob.name).is_none())
    }

    /// The columns that an engine measures, in the order of [`TileOutcomes::measures`].
    pub fn measures(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| matches!(column.place, Place::Measure(_)))
    }

    /// Whether descents begin elsewhere along an axis and are otherwise the same: a parameter's start, or a seed.
    pub fn is_of_starts(&self, axis: &SweepAxis) -> bool {
        // The starts are the last knobs, one for each parameter.
        let starts = self.shape().parameters;
        axis.name == SEED || axis.knob + starts >= self.knobs.len()
    }

    /// The columns of numbers, of which maps are drawn.
    pub fn numbers(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.is_number())
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
        let rounded = |value: f64| self.precision.round(value);
        match line {
            Line::Axis => axis.values_in(range).map(rounded).collect(),
            Line::Values(values) => values[range].iter().copied().map(rounded).collect(),
            Line::Index => range.map(|at| rounded(at as f64)).collect(),
        }
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
