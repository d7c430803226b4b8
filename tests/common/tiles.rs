//! A map in tiles, as outputs get it.

use alphasweep::sweep::{Tile, TileOutcomes};

/// The cells `tile` of a map, as an engine would hand them over.
pub fn part(all: &TileOutcomes, tile: Tile) -> TileOutcomes {
    let from = tile.y0 * all.tile.nx + tile.x0;
    let cells = from..from + tile.cells();
    TileOutcomes {
        tile,
        loss_start: all.loss_start[cells.clone()].to_vec(),
        loss_final: all.loss_final[cells.clone()].to_vec(),
        parameters: all.parameters.iter().map(|values| values[cells.clone()].to_vec()).collect(),
        measures: Vec::new(),
        derived: Vec::new(),
        history: Vec::new(),
        steps: all.steps[cells.clone()].to_vec(),
        outcome: all.outcome[cells].to_vec(),
    }
}
