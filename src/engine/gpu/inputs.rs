//! Where things are in the input buffer of a formula's kernel.

use super::dispatch::cells_per_binding;
use crate::sweep::{FormulaSweep, Tile};

/// Values before the tolerances in the input buffer: factor and reach of the divergence bar.
pub const THRESHOLDS: usize = 2;

/// Where things are in the input buffer: thresholds, tolerances of the stop test, knobs, constants of the formulas, data (table by table, row by row),
/// then the tile's values along x, line by line, then those along y.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputLayout {
    /// Columns of the data that are uploaded.
    pub columns: Vec<usize>,
    pub rows: usize,
    pub first_knob: usize,
    pub first_constant: usize,
    pub first_datum: usize,
    pub first_x: usize,
    pub x_lines: usize,
    pub y_lines: usize,
}

impl InputLayout {
    /// The layout of a sweep's inputs.
    pub fn new(spec: &FormulaSweep) -> Self {
        let mut columns: Vec<usize> = spec.program.columns.iter().map(|column| column.data).collect();
        columns.sort_unstable();
        columns.dedup();
        let tables = spec.data.as_ref().map_or(0, |data| data.tables.len());
        let rows = spec.data.as_ref().map_or(0, |data| data.tables[0].rows());
        let first_knob = THRESHOLDS + spec.tolerances.len();
        let first_constant = first_knob + spec.knobs.len();
        let first_datum = first_constant + spec.program.constants.len();
        let first_x = first_datum + tables * rows * columns.len();
        let (x_lines, y_lines) = (spec.x_lines.len(), spec.y_lines.len());
        Self { columns, rows, first_knob, first_constant, first_datum, first_x, x_lines, y_lines }
    }

    /// Values in all, for a tile.
    pub fn len(&self, tile: Tile) -> usize {
        self.first_x + self.x_lines * tile.nx + self.y_lines * tile.ny
    }

    /// Most cells of a tile whose axis values fit in one binding beside the rest. Their lines are no longer than the tile.
    pub fn max_cells(&self, max_binding: u64, bytes: usize) -> usize {
        let left = max_binding.saturating_sub((self.first_x * bytes) as u64);
        cells_per_binding(left, (self.x_lines + self.y_lines).max(1), bytes)
    }

    /// A column of data in the row `row` of the table `table`, which are WGSL expressions.
    pub fn datum(&self, table: Option<&str>, row: &str, column: usize) -> String {
        let at = self.columns.binary_search(&column).expect("a column that is read is uploaded");
        let (first, width) = (self.first_datum + at, self.columns.len());
        let row = table.map_or(row.to_owned(), |table| format!("({table} * {}u + {row})", self.rows));
        format!("inputs[{first}u + {row} * {width}u]")
    }
}
