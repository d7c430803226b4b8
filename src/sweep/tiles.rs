//! Cutting the grid into rectangles: the unit of dispatch, progress and streaming.

use serde::Serialize;

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
}

/// No tile has more cells than this, whatever the engine could take.
pub const MAX_TILE_CELLS: usize = 4 << 20;

/// Tiles of at most `max_cells` cells that cover an `nx` × `ny` grid. Their cells, one tile after the other, are
/// in y-major order: a tile is a band of whole rows, or a part of one row where a row is too long.
pub fn cut(nx: usize, ny: usize, max_cells: usize) -> impl Iterator<Item = Tile> {
    let max_cells = max_cells.clamp(1, MAX_TILE_CELLS);
    let width = nx.min(max_cells);
    let height = if width == nx { (max_cells / nx.max(1)).clamp(1, ny.max(1)) } else { 1 };
    let bands = (0..ny).step_by(height);
    bands.flat_map(move |y0| {
        let parts = (0..nx).step_by(width.max(1));
        parts.map(move |x0| Tile { x0, y0, nx: width.min(nx - x0), ny: height.min(ny - y0) })
    })
}
