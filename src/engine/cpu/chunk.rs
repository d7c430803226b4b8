//! What a block of lanes is given and what it hands back.

use crate::engine::EngineError;
use crate::engine::error::all_written;
use crate::expr::Real;
use crate::sweep::{FormulaSweep, NEVER_WRITTEN, Outcome, Source, Tile, TileOutcomes};

/// The cells of a run, by number.
pub struct Cells {
    x: Vec<Vec<f64>>,
    y: Vec<Vec<f64>>,
    which: Which,
}

/// Which cells of the values along x and y there are.
enum Which {
    /// All, y-major, with this many in a row.
    All(usize),
    /// These (x, y).
    Listed(Vec<(u32, u32)>),
}

impl Cells {
    /// The cells of a tile.
    pub fn new(spec: &FormulaSweep, tile: Tile) -> Self {
        Self { x: spec.x_line_values(tile), y: spec.y_line_values(tile), which: Which::All(tile.nx) }
    }

    /// Some cells of the whole sweep, by their (x, y).
    pub fn listed(spec: &FormulaSweep, cells: &[(u32, u32)]) -> Self {
        let whole = Tile { x0: 0, y0: 0, nx: spec.nx(), ny: spec.ny() };
        Self { which: Which::Listed(cells.to_vec()), ..Self::new(spec, whole) }
    }

    /// Some of the cells, as a list of their own.
    pub fn only(&self, cells: &[usize]) -> Self {
        let places = cells.iter().map(|cell| {
            let (x, y) = self.place(*cell);
            (x as u32, y as u32)
        });
        Self { x: self.x.clone(), y: self.y.clone(), which: Which::Listed(places.collect()) }
    }

    /// Where a cell is: its x and y.
    pub fn place(&self, cell: usize) -> (usize, usize) {
        match &self.which {
            Which::All(width) => (cell % width, cell / width),
            Which::Listed(cells) => (cells[cell].0 as usize, cells[cell].1 as usize),
        }
    }

    /// The values of a knob in cells that follow each other from `first` on: row by row of the map, where it has rows.
    pub fn fill<T: Real>(&self, source: Source, first: usize, mut values: &mut [T]) {
        let mut cell = first;
        while !values.is_empty() {
            let (x, y) = self.place(cell);
            let in_row = match &self.which {
                Which::All(width) => (width - x).min(values.len()),
                Which::Listed(_) => 1,
            };
            let (now, later) = values.split_at_mut(in_row);
            match source {
                Source::X(line) => now.iter_mut().zip(&self.x[line][x..]).for_each(|(to, x)| *to = T::from_f64(*x)),
                Source::Y(_) | Source::Fixed(_) => now.fill(T::from_f64(self.value_at(source, (x, y)))),
            }
            (cell, values) = (cell + in_row, later);
        }
    }

    /// The value of a knob at (x, y).
    pub fn value_at(&self, source: Source, (x, y): (usize, usize)) -> f64 {
        match source {
            Source::Fixed(value) => value,
            Source::X(line) => self.x[line][x],
            Source::Y(line) => self.y[line][y],
        }
    }

    /// The value of a knob in a cell, where it varies.
    pub fn value(&self, source: Source, cell: usize) -> Option<f64> {
        let varies = !matches!(source, Source::Fixed(_));
        varies.then(|| self.value_at(source, self.place(cell)))
    }
}

/// The data in the working precision: by table, then column, then row.
pub struct DataView<T> {
    tables: Vec<Vec<Vec<T>>>,
}

impl<T: Real> DataView<T> {
    pub fn new(spec: &FormulaSweep) -> Self {
        let tables = spec.data.iter().flat_map(|data| &data.tables);
        let column = |values: &Vec<f64>| values.iter().map(|value| T::from_f64(*value)).collect();
        Self { tables: tables.map(|data| data.columns.iter().map(column).collect()).collect() }
    }

    pub fn value(&self, table: usize, column: usize, row: usize) -> T {
        self.tables[table][column][row]
    }
}

/// Outcomes of a range of a tile's cells, as they are found.
#[derive(Default)]
pub struct Chunk {
    pub loss_start: Vec<f64>,
    pub loss_final: Vec<f64>,
    /// What [`Program::handed_over`](crate::sweep::Program::handed_over) lists: one list each.
    pub handed: Vec<Vec<f64>>,
    pub steps: Vec<u32>,
    pub codes: Vec<u8>,
}

impl Chunk {
    pub fn new(cells: usize, handed: usize) -> Self {
        Self {
            loss_start: vec![f64::NAN; cells],
            loss_final: vec![f64::NAN; cells],
            handed: vec![vec![0.0; cells]; handed],
            steps: vec![0; cells],
            codes: vec![NEVER_WRITTEN; cells],
        }
    }

    /// Takes over the outcomes of some cells, in the order of `cells`.
    pub fn replace(&mut self, cells: &[usize], other: &Self) {
        for (from, to) in cells.iter().enumerate() {
            self.loss_start[*to] = other.loss_start[from];
            self.loss_final[*to] = other.loss_final[from];
            for (mine, others) in self.handed.iter_mut().zip(&other.handed) {
                mine[*to] = others[from];
            }
            self.steps[*to] = other.steps[from];
            self.codes[*to] = other.codes[from];
        }
    }

    /// Appends the cells to their tile.
    pub fn finish(self, tile: &mut TileOutcomes) -> Result<(), EngineError> {
        all_written(self.codes.iter().copied())?;
        tile.loss_start.extend(self.loss_start);
        tile.loss_final.extend(self.loss_final);
        for (to, from) in tile.parameters.iter_mut().chain(&mut tile.measures).zip(self.handed) {
            to.extend(from);
        }
        tile.steps.extend(self.steps);
        tile.outcome.extend(self.codes.into_iter().filter_map(Outcome::from_code));
        Ok(())
    }
}
