//! Whole sweeps through an engine.

use super::error::EngineError;
use super::interface::{Engine, Sink, Tiles};
use super::measured::Measured;
use super::rest::Rest;
use super::watch::Watch;
use crate::sweep::{Sweep, Tile, TileOutcomes, cut};
use std::io;
use std::ops::ControlFlow;

/// Runs a whole sweep, tile by tile.
///
/// # Errors
/// As [`Engine::run`].
pub fn run(engine: &dyn Engine, sweep: &Sweep, watch: &Watch<'_>, sink: &mut Sink<'_>) -> Result<(), EngineError> {
    let mut tiles = cut(sweep.nx(), sweep.ny(), engine.tile_cells(sweep));
    run_tiles(engine, sweep, &mut tiles, watch, sink)
}

/// Runs some tiles of a sweep; what the engine found of each is completed by the columns that follow from it.
///
/// # Errors
/// As [`Engine::run`].
pub fn run_tiles(
    engine: &dyn Engine,
    sweep: &Sweep,
    tiles: &mut Tiles<'_>,
    watch: &Watch<'_>,
    sink: &mut Sink<'_>,
) -> Result<(), EngineError> {
    let (rest, measured) = (Rest::of(sweep), Measured::of(sweep));
    engine.run(sweep, tiles, watch, &mut |mut tile| {
        let Tile { x0, y0, nx, .. } = tile.tile;
        let place = |cell: usize| (x0 + cell % nx, y0 + cell / nx);
        rest.tell(&mut tile, place);
        measured.tell(&mut tile, place);
        sweep.derive(&mut tile);
        sink(tile)
    })
}

/// Runs a whole sweep into what may be unable to take a tile, such as a file.
///
/// # Errors
/// As [`Engine::run`]; and within, what `take` gave, which ended the run.
pub fn run_into(
    engine: &dyn Engine,
    sweep: &Sweep,
    watch: &Watch<'_>,
    take: &mut dyn FnMut(&TileOutcomes) -> io::Result<()>,
) -> Result<io::Result<()>, EngineError> {
    let mut taken = Ok(());
    let ran = run(engine, sweep, watch, &mut |tile| {
        taken = take(&tile);
        if taken.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    if taken.is_err() { Ok(taken) } else { ran.map(Ok) }
}

/// Runs a whole sweep and keeps all of it in memory, as one tile: for small sweeps, tests and callers from code.
///
/// # Errors
/// As [`Engine::run`].
pub fn collect(engine: &dyn Engine, sweep: &Sweep) -> Result<TileOutcomes, EngineError> {
    collect_watched(engine, sweep, &Watch::silent())
}

/// As [`collect`], watched.
///
/// # Errors
/// As [`Engine::run`].
pub fn collect_watched(engine: &dyn Engine, sweep: &Sweep, watch: &Watch<'_>) -> Result<TileOutcomes, EngineError> {
    let whole = Tile { x0: 0, y0: 0, nx: sweep.nx(), ny: sweep.ny() };
    let mut all = TileOutcomes::with_room(whole, sweep.shape());
    run(engine, sweep, watch, &mut |tile| {
        all.append(tile);
        ControlFlow::Continue(())
    })?;
    Ok(all)
}
