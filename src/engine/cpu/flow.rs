//! Tiles through the threads: the next one begins before the last thread is done with the one before, so that nobody waits
//! at the end of a tile.

use crate::engine::{EngineError, Sink, Tiles, Watch};
use crate::sweep::{Tile, TileOutcomes};
use rayon::ThreadPool;
use std::collections::VecDeque;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};

/// Tiles under way at a time: one that comes to its end, one that fills the gaps.
const UNDER_WAY: usize = 2;

/// What becomes of a tile.
pub trait Work: Sync {
    /// What all parts of a tile share.
    type Plan: Send + Sync;
    /// What a part comes to.
    type Part: Send;

    fn plan(&self, tile: Tile) -> Self::Plan;
    /// The tile's cells, in ranges that are worked off each by one thread.
    fn ranges(&self, tile: Tile) -> Vec<Range<usize>>;
    fn part(&self, plan: &Self::Plan, cells: Range<usize>, watch: &Watch<'_>) -> Result<Self::Part, EngineError>;
    /// The parts, in the order of the ranges.
    fn join(&self, tile: Tile, parts: Vec<Self::Part>) -> Result<TileOutcomes, EngineError>;
}

/// A tile whose parts come in, each with its place.
struct UnderWay<P> {
    tile: Tile,
    parts: usize,
    ready: Receiver<(usize, Result<P, EngineError>)>,
}

impl<P> UnderWay<P> {
    /// Waits for all parts.
    fn collect(self) -> Result<(Tile, Vec<P>), EngineError> {
        let mut parts: Vec<Option<P>> = (0..self.parts).map(|_| None).collect();
        for (at, part) in self.ready {
            parts[at] = Some(part?);
        }
        let parts: Option<Vec<P>> = parts.into_iter().collect();
        // A part is missing only where its thread panicked; that goes on from there.
        Ok((self.tile, parts.ok_or(EngineError::Interrupted)?))
    }
}

/// Works off the tiles, and hands them on in order.
///
/// # Errors
/// The first of the parts; [`EngineError::Stopped`] where `sink` wants no more.
pub fn flow<W: Work>(
    pool: &ThreadPool,
    work: &W,
    tiles: &mut Tiles<'_>,
    watch: &Watch<'_>,
    sink: &mut Sink<'_>,
) -> Result<(), EngineError> {
    let forsaken = AtomicBool::new(false);
    let watch = &watch.or(&forsaken);
    pool.in_place_scope_fifo(|scope| {
        let begin = |tile: Tile| {
            let (plan, ranges, (send, ready)) = (Arc::new(work.plan(tile)), work.ranges(tile), channel());
            let parts = ranges.len();
            for (at, cells) in ranges.into_iter().enumerate() {
                let (plan, send) = (Arc::clone(&plan), send.clone());
                scope.spawn_fifo(move |_| {
                    let part =
                        if watch.cancelled() { Err(EngineError::Interrupted) } else { work.part(&plan, cells, watch) };
                    // Nobody listens where another part failed.
                    let _ = send.send((at, part));
                });
            }
            UnderWay { tile, parts, ready }
        };
        let mut under_way = VecDeque::new();
        let ended = loop {
            under_way.extend(tiles.take(UNDER_WAY - under_way.len()).map(begin));
            let Some(first) = under_way.pop_front() else { break Ok(()) };
            let outcomes = first.collect().and_then(|(tile, parts)| work.join(tile, parts));
            match outcomes.map(&mut *sink) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => break Err(EngineError::Stopped),
                Err(error) => break Err(error),
            }
        };
        // The scope waits for what is still under way.
        forsaken.store(true, Ordering::Relaxed);
        ended
    })
}
