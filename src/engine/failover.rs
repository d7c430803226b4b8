//! What is done when a machine fails in mid-run: the tile again, with more care; then on another engine; then no more.

use super::error::EngineError;
use super::info::EngineInfo;
use super::interface::{Engine, Sink, Tiles};
use super::watch::Watch;
use crate::sweep::{Sweep, SweepCommon, Tile, TileOutcomes, cut};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Makes a failed engine anew, so that it takes less on at a time.
pub type Reopen = dyn Fn() -> Result<Box<dyn Engine + Send>, EngineError> + Send + Sync;

/// Tries of one tile before another engine takes it: the first, and one with more care.
const TRIES: usize = 2;
/// Pieces in which a careful engine gets a tile: each needs a quarter of the memory, and of the time of each dispatch.
const PIECES: usize = 4;
/// Tiles in a row that fail for good before the machine is left alone: a device that hangs costs minutes each time. A single bad tile, or a driver that restarts, must not send the rest of a long sweep to a slower engine.
const PATIENCE: usize = 3;

/// An engine that may fail, with what is done about it. Outcomes are those of whichever engine ran the tile.
pub struct Failover {
    engine: Box<dyn Engine>,
    reopen: Box<Reopen>,
    stand_in: Option<Box<dyn Engine>>,
    state: Mutex<State>,
    record: Arc<Mutex<Record>>,
}

/// What is left from one run for the next.
#[derive(Default)]
struct State {
    /// In the engine's place since it failed.
    careful: Option<Box<dyn Engine + Send>>,
    /// Tiles in a row that failed for good.
    given_up: usize,
}

/// What failed, and who did the work instead.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Record {
    pub failures: Vec<Failure>,
    /// Absent where every tile came from the engine that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stand_in: Option<StandIn>,
}

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    pub tile: Tile,
    pub error: String,
    pub then: Remedy,
}

/// What followed a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// The same tile on the same machine, opened anew, in smaller parts.
    Again,
    /// The same tile on the other engine.
    StandIn,
    /// There was none, and the run ended.
    Ended,
}

/// The engine that took over, and what it did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StandIn {
    #[serde(flatten)]
    pub engine: EngineInfo,
    pub tiles: Vec<Tile>,
    pub cells: usize,
}

impl Failover {
    /// `engine`, which `reopen` can make anew; `stand_in` takes the tiles that fail for good.
    pub fn new(engine: Box<dyn Engine>, reopen: Box<Reopen>, stand_in: Option<Box<dyn Engine>>) -> Self {
        Self { engine, reopen, stand_in, state: Mutex::default(), record: Arc::default() }
    }

    /// What has failed so far; grows while the engine runs.
    pub fn record(&self) -> Arc<Mutex<Record>> {
        Arc::clone(&self.record)
    }
}

impl Engine for Failover {
    fn info(&self) -> EngineInfo {
        self.engine.info()
    }

    fn tile_cells(&self, sweep: &Sweep) -> usize {
        self.engine.tile_cells(sweep)
    }

    fn run(
        &self,
        sweep: &Sweep,
        tiles: &mut Tiles<'_>,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError> {
        let ledger = Ledger { watch, unpaid: AtomicU64::new(0), ahead: AtomicU64::new(0) };
        let mut state = locked(&self.state);
        let mut queue = Queue { tiles, waiting: VecDeque::new(), taken: 0, parts: VecDeque::new(), done: None };
        let mut run = Run { failover: self, sweep, ledger: &ledger, tries: 0, state: &mut state };
        while queue.front().is_some() {
            run.go_on(&mut queue, sink)?;
        }
        Ok(())
    }
}

/// A lock that a panic elsewhere does not close: what it guards is whole after every line.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One run with its troubles.
struct Run<'a> {
    failover: &'a Failover,
    sweep: &'a Sweep,
    ledger: &'a Ledger<'a>,
    /// Failed tries of the tile in front.
    tries: usize,
    state: &'a mut State,
}

impl Run<'_> {
    /// Runs tiles until there are no more, or until something fails; then decides what follows.
    fn go_on(&mut self, queue: &mut Queue<'_, '_>, sink: &mut Sink<'_>) -> Result<(), EngineError> {
        if self.state.given_up >= PATIENCE && self.failover.stand_in.is_some() {
            return self.stand_in(queue, usize::MAX, sink);
        }
        let mut delivered = false;
        let result = self.attempt(queue, &mut |tile| {
            delivered = true;
            sink(tile)
        });
        if delivered {
            self.tries = 0;
            self.state.given_up = 0;
        }
        let Err(error) = result else { return Ok(()) };
        self.ledger.forget_what_failed();
        let Some(tile) = queue.rewind().filter(|_| error.is_of_the_machine()) else { return Err(error) };
        self.tries += 1;
        let then = match (self.tries < TRIES, &self.failover.stand_in) {
            (true, _) => Remedy::Again,
            (false, Some(_)) => Remedy::StandIn,
            (false, None) => Remedy::Ended,
        };
        locked(&self.failover.record).failures.push(Failure { tile, error: error.cause(), then });
        // What failed may hold memory that the next try needs.
        self.state.careful = None;
        match then {
            Remedy::Again => Ok(()),
            Remedy::Ended => Err(error),
            Remedy::StandIn => {
                self.tries = 0;
                self.state.given_up += 1;
                self.stand_in(queue, 1, sink)
            }
        }
    }

    /// The engine that was asked for, as it is, until the first failure; then its careful successors.
    fn attempt(&mut self, queue: &mut Queue<'_, '_>, sink: &mut Sink<'_>) -> Result<(), EngineError> {
        let untroubled = self.tries == 0 && locked(&self.failover.record).failures.is_empty();
        if untroubled {
            return self.run_on(self.failover.engine.as_ref(), queue, usize::MAX, 1, sink);
        }
        if self.state.careful.is_none() {
            self.state.careful = Some((self.failover.reopen)()?);
        }
        let Some(engine) = &self.state.careful else { return Ok(()) };
        self.run_on(engine.as_ref(), queue, usize::MAX, PIECES, sink)
    }

    fn stand_in(&self, queue: &mut Queue<'_, '_>, most: usize, sink: &mut Sink<'_>) -> Result<(), EngineError> {
        let Some(engine) = &self.failover.stand_in else { return Ok(()) };
        self.run_on(engine.as_ref(), queue, most, 1, &mut |outcomes| {
            let tile = outcomes.tile;
            let mut record = locked(&self.failover.record);
            let first = || StandIn { engine: engine.info(), tiles: Vec::new(), cells: 0 };
            let stand_in = record.stand_in.get_or_insert_with(first);
            stand_in.tiles.push(tile);
            stand_in.cells += tile.cells();
            drop(record);
            sink(outcomes)
        })
    }

    /// Runs at most `most` tiles of the queue on an engine, each in `pieces` pieces.
    fn run_on(
        &self,
        engine: &dyn Engine,
        queue: &mut Queue<'_, '_>,
        most: usize,
        pieces: usize,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError> {
        let queue = RefCell::new(queue);
        let mut begun = 0;
        let mut parts = std::iter::from_fn(|| queue.borrow_mut().next_part(pieces, most, &mut begun));
        let progress = |done| self.ledger.pay(done);
        let watch = self.ledger.watch.telling(&progress);
        engine.run(self.sweep, &mut parts, &watch, &mut |part| {
            let whole = queue.borrow_mut().deliver(part, self.sweep);
            let Some(whole) = whole else { return ControlFlow::Continue(()) };
            self.ledger.settle(whole.tile.cells() as u64 * (self.sweep.limits.steps as u64 + 1));
            sink(whole)
        })
    }
}

/// Tiles on their way: what an engine has taken and not delivered can be taken again.
struct Queue<'a, 'b> {
    tiles: &'a mut Tiles<'b>,
    /// Not delivered; the first `taken` of them are with the engine.
    waiting: VecDeque<Tile>,
    taken: usize,
    /// Pieces of the tile that was taken last which the engine has not taken.
    parts: VecDeque<Tile>,
    /// What there is of the first tile.
    done: Option<TileOutcomes>,
}

impl Queue<'_, '_> {
    /// The next tile to be delivered.
    fn front(&mut self) -> Option<Tile> {
        if self.waiting.is_empty() {
            self.waiting.extend(self.tiles.next());
        }
        self.waiting.front().copied()
    }

    fn next_part(&mut self, pieces: usize, most: usize, begun: &mut usize) -> Option<Tile> {
        if self.parts.is_empty() && *begun < most {
            if self.taken == self.waiting.len() {
                self.waiting.extend(self.tiles.next());
            }
            let tile = *self.waiting.get(self.taken)?;
            self.taken += 1;
            *begun += 1;
            let inside = cut(tile.nx, tile.ny, tile.cells().div_ceil(pieces));
            self.parts.extend(inside.map(|part| Tile { x0: tile.x0 + part.x0, y0: tile.y0 + part.y0, ..part }));
        }
        self.parts.pop_front()
    }

    /// Takes a piece in; the whole tile once it is complete.
    fn deliver(&mut self, part: TileOutcomes, grid: &SweepCommon) -> Option<TileOutcomes> {
        let tile = *self.waiting.front()?;
        let whole = match self.done.take() {
            // No copy where tiles come whole.
            None if part.tile == tile => part,
            done => {
                let empty = || TileOutcomes::with_room(tile, grid.shape());
                let mut whole = done.unwrap_or_else(empty);
                whole.append(part);
                whole
            }
        };
        if whole.outcome.len() < tile.cells() {
            self.done = Some(whole);
            return None;
        }
        self.waiting.pop_front();
        self.taken -= 1;
        Some(whole)
    }

    /// Takes back what was not delivered; the tile that failed.
    fn rewind(&mut self) -> Option<Tile> {
        self.taken = 0;
        self.parts.clear();
        self.done = None;
        self.front()
    }
}

/// Progress that adds up although some work is done twice.
struct Ledger<'a> {
    watch: &'a Watch<'a>,
    /// Reported for tiles that are not whole yet.
    ahead: AtomicU64,
    /// Reported for work that was lost: as much of what comes is not new.
    unpaid: AtomicU64,
}

impl Ledger<'_> {
    fn pay(&self, done: u64) {
        self.ahead.fetch_add(done, Ordering::Relaxed);
        let mut old = 0;
        let known = self.unpaid.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |unpaid| {
            old = unpaid.min(done);
            (unpaid > 0).then_some(unpaid - old)
        });
        let new = if known.is_ok() { done - old } else { done };
        if new > 0 {
            (self.watch.progress)(new);
        }
    }

    /// A tile is whole; some of the next may be done already.
    fn settle(&self, whole: u64) {
        let left = |ahead: u64| Some(ahead.saturating_sub(whole));
        let _ = self.ahead.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
    }

    fn forget_what_failed(&self) {
        self.unpaid.fetch_add(self.ahead.swap(0, Ordering::Relaxed), Ordering::Relaxed);
    }
}
