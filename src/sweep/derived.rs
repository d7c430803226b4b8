//! Columns that follow from others: one row each. CSV, NPY, maps, pages, fingerprints and merged sweeps have them by that.

use super::columns::{Column, LAST, Place};
use super::common::{DerivedRow, SweepCommon};
use super::outcome::TileOutcomes;

/// The derived columns of every sweep, in the order of files.
const DERIVED: &[&DerivedRow] = &[];

impl SweepCommon {
    /// The same sweep with all derived columns.
    pub(super) fn with_all_derived(self) -> Self {
        DERIVED.iter().fold(self, |grid, row| grid.with_derived(row))
    }

    /// The same sweep with one more derived column.
    #[must_use]
    pub fn with_derived(mut self, row: &'static DerivedRow) -> Self {
        let DerivedRow { name, kind, value, style, .. } = *row;
        let place = Place::Derived(self.derived.len());
        let column = Column { name: name.to_owned(), kind, value, style, place };
        self.columns.insert(self.columns.len() - LAST, column);
        self.derived.push(row);
        self
    }

    /// Computes the derived columns of a tile.
    pub fn derive(&self, tile: &mut TileOutcomes) {
        tile.derived = self.derived.iter().map(|row| (row.compute)(self, tile)).collect();
    }
}
