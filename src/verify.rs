//! Comparing two answers to the same sweep.
//!
//! Two engines may round differently, and a descent that starts within rounding of a boundary may then end
//! differently. So outcomes are compared under the *boundary rule*: a cell may differ only where the map itself
//! changes, that is where a neighbour of the cell has another outcome.

use crate::sweep::Outcome;

/// How two maps of outcomes differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// Indices (y-major) of all cells that differ.
    pub cells: Vec<usize>,
    /// Those of them that lie on no boundary of the reference map: disagreements that rounding cannot explain.
    pub off_boundary: Vec<usize>,
}

/// Compares the outcomes of `other` with those of `reference`; both are y-major with `nx` cells in a row.
///
/// # Panics
/// If the maps differ in size.
pub fn compare(nx: usize, reference: &[Outcome], other: &[Outcome]) -> Difference {
    assert_eq!(reference.len(), other.len(), "two maps of one sweep have the same size");
    let cells: Vec<usize> = (0..reference.len()).filter(|at| reference[*at] != other[*at]).collect();
    let off_boundary = cells.iter().copied().filter(|at| !on_boundary(nx, reference, *at)).collect();
    Difference { cells, off_boundary }
}

/// Whether one of the up to eight neighbours of a cell has another outcome than the cell.
pub fn on_boundary(nx: usize, map: &[Outcome], at: usize) -> bool {
    let (x, y) = (at % nx, at / nx);
    let ny = map.len() / nx;
    let columns = x.saturating_sub(1)..=(x + 1).min(nx - 1);
    columns.into_iter().any(|column| {
        let rows = y.saturating_sub(1)..=(y + 1).min(ny - 1);
        rows.into_iter().any(|row| map[row * nx + column] != map[at])
    })
}
