//! Cutting the grid into rectangles: the unit of dispatch, progress and streaming.

use serde::Serialize;
use std::ops::Range;

/// A rectangle of cells: columns `x0..x0+nx` of rows `y0..y0+ny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tile {
    pub x0: usize,
    pub y0: usize,
    pub nx: usize,
    pub ny: usize,
}

impl Tile {
    /// Number of cells; at least 1.
    pub fn cells(self) -> usize {
        self.nx * self.ny
    }

    /// The cells by number, counted y-major over the whole grid, whose rows have `nx`.
    pub fn range(self, nx: usize) -> Range<usize> {
        let from = self.y0 * nx + self.x0;
        from..from + self.cells()
    }

    /// The tile of these cells; none where they are no rectangle of cells that follow each other.
    pub fn of_range(nx: usize, range: Range<usize>) -> Option<Self> {
        let (cells, x0, y0) = (range.len(), range.start.checked_rem(nx)?, range.start / nx);
        let part_of_row = cells > 0 && cells <= nx - x0;
        let whole_rows = cells > 0 && x0 == 0 && cells.is_multiple_of(nx);
        match (part_of_row, whole_rows) {
            (true, _) => Some(Self { x0, y0, nx: cells, ny: 1 }),
            (_, true) => Some(Self { x0, y0, nx, ny: cells / nx }),
            _ => None,
        }
    }
}

/// No tile has more cells than this, whatever the engine could take.
pub const MAX_TILE_CELLS: usize = 4 << 20;

/// Tiles of at most `max_cells` cells that cover an `nx` × `ny` grid. Their cells, one tile after the other, are
/// in y-major order: a tile is a band of whole rows, or a part of one row where a row is too long.
pub fn cut(nx: usize, ny: usize, max_cells: usize) -> impl Iterator<Item = Tile> {
    cut_range(nx, 0..nx * ny, max_cells)
}

/// As [`cut`], of some cells only: they are counted y-major over the whole grid, whose rows have `nx`. Rows that begin or
/// end within the range are tiles of their own.
pub fn cut_range(nx: usize, range: Range<usize>, max_cells: usize) -> impl Iterator<Item = Tile> {
    let max_cells = max_cells.clamp(1, MAX_TILE_CELLS);
    let width = nx.min(max_cells);
    let mut at = range.start;
    std::iter::from_fn(move || {
        let left = range.end.saturating_sub(at);
        if left == 0 {
            return None;
        }
        let (x0, y0) = (at % nx, at / nx);
        let tile = if x0 == 0 && width == nx && left >= nx {
            Tile { x0, y0, nx, ny: (max_cells / nx).min(left / nx) }
        } else {
            Tile { x0, y0, nx: width.min(nx - x0).min(left), ny: 1 }
        };
        at += tile.cells();
        Some(tile)
    })
}
