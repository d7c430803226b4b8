//! Runs what is missing of a sweep, keeps it, and hands all of it on in order.

use crate::cli::exit::is_broken_pipe;
use crate::cli::failure_notices::FailureNotices;
use crate::cli::interrupt::Interruption;
use crate::cli::progress;
use crate::cli::say::Voice;
use crate::engine::{self, Engine, EngineError, MachineError, Watch};
use crate::store::{Shelf, Store};
use crate::sweep::{Sweep, Tile, TileOutcomes, cut_range};
use anyhow::Context;
use indicatif::ProgressBar;
use std::io;
use std::ops::{ControlFlow, Range};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

/// What was computed now, not found on the disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fresh {
    pub cells: u64,
    pub steps: u64,
}

/// A sweep, or a part of it, and what computes it.
pub struct Drive<'a> {
    pub spec: &'a Sweep,
    pub engine: &'a dyn Engine,
    /// What fails on the way.
    pub news: FailureNotices,
    pub range: Range<usize>,
    pub voice: Voice,
    pub interruption: &'a Interruption,
    /// Typed after `alphasweep resume` to go on.
    pub resume: String,
}

/// A tile on its way, and whether it was computed now.
type Sent = (TileOutcomes, bool);

impl Drive<'_> {
    /// Runs the engine on a thread of its own, so that computing and writing overlap. Tiles come to `take` in order.
    ///
    /// # Errors
    /// As the engine; a full disk. What is kept is named.
    pub fn run(
        &self,
        mut store: Store,
        take: &mut dyn FnMut(&TileOutcomes) -> io::Result<()>,
    ) -> anyhow::Result<(Store, Fresh)> {
        let bar = progress::sweep(self.range.len() as u64 * (u64::from(self.spec.limits.steps) + 1), self.voice);
        let (send, receive) = sync_channel::<Sent>(1);
        let shelf = store.shelf().clone();
        let before = self.on_shelf(&shelf).context("reading the tiles")?;
        let mut fresh = Fresh::default();
        let mut written = Ok(());
        let computed = thread::scope(|scope| {
            let bar = &bar;
            let compute = move || Computing { drive: self, shelf, bar, send }.run();
            let computing = thread::Builder::new().spawn_scoped(scope, compute).map_err(no_thread)?;
            written = receive.iter().try_for_each(|(tile, new)| {
                if new {
                    fresh.cells += tile.tile.cells() as u64;
                    fresh.steps += tile.steps.iter().map(|steps| u64::from(*steps)).sum::<u64>();
                }
                if !new {
                    store.found(tile.tile.cells());
                }
                let (kept, taken) = if new && store.keeps() {
                    while_saving(&mut store, &tile, || take(&tile))
                } else {
                    (Ok(()), take(&tile))
                };
                // Tiles that are still to be read are there too.
                self.interruption.set_last_words(format!("{}: ", self.kept(&store, store.kept_cells().max(before))));
                kept.context("keeping a tile")?;
                taken.context("writing the results")
            });
            // Closes the channel, so that an engine that is still computing stops.
            drop(receive);
            computing
                .join()
                .unwrap_or_else(|_| Err(MachineError::Device("the engine's thread panicked".to_owned()).into()))
        });
        bar.finish_and_clear();
        self.news.tell(&bar);
        let Err(error) = written.and(computed.map_err(anyhow::Error::from)) else { return Ok((store, fresh)) };
        Err(self.failed(store, before, error))
    }

    /// Cells of the tiles that are there.
    fn on_shelf(&self, shelf: &Shelf) -> io::Result<usize> {
        Ok(shelf.tiles(&self.range)?.iter().map(ExactSizeIterator::len).sum())
    }

    /// What is kept, and how to go on.
    fn kept(&self, store: &Store, kept: usize) -> String {
        let of = self.range.len();
        if !store.shelf().folder().exists() {
            return format!("{} was taken away while it ran, and nothing is kept", store.shelf().folder().display());
        }
        if kept == 0 {
            let why = if store.keeps() { "no tile is finished" } else { "tiles are, from --keep-after on" };
            return format!("nothing is kept yet ({why})");
        }
        let folder = store.shelf().folder().display();
        format!("{kept} of {of} cells are kept in {folder}; `alphasweep resume {}` goes on from there", self.resume)
    }

    /// What is to be said of an error, and what it leaves on the disk. `before`: cells that were kept when this process began.
    pub fn failed(&self, mut store: Store, before: usize, error: anyhow::Error) -> anyhow::Error {
        let kept = self.on_shelf(store.shelf()).unwrap_or(0);
        let told = self.kept(&store, kept);
        // Whoever reads has seen enough and began with nothing, or there is nothing to keep.
        if (is_broken_pipe(&error) && before == 0) || kept == 0 {
            let _ = store.remove();
        } else {
            let _ = store.sync();
        }
        error.context(told)
    }
}

/// Keeps a tile while something else is done with it.
fn while_saving(
    store: &mut Store,
    tile: &TileOutcomes,
    task: impl FnOnce() -> io::Result<()>,
) -> (io::Result<()>, io::Result<()>) {
    let mut kept = None;
    let done = thread::scope(|scope| {
        let saving = thread::Builder::new().spawn_scoped(scope, || kept = Some(store.save(tile)));
        let done = task();
        if let Ok(saving) = saving {
            saving.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
        done
    });
    // Where there is no thread to be had one thing is done after the other.
    (kept.unwrap_or_else(|| store.save(tile)), done)
}

fn no_thread(error: io::Error) -> EngineError {
    EngineError::NoThreads(error.to_string())
}

/// The thread of the engine.
struct Computing<'a> {
    drive: &'a Drive<'a>,
    shelf: Shelf,
    bar: &'a ProgressBar,
    send: SyncSender<Sent>,
}

impl Computing<'_> {
    fn run(&self) -> Result<(), EngineError> {
        let range = &self.drive.range;
        let found = self.shelf.tiles(range).map_err(|error| MachineError::Device(error.to_string()))?;
        let mut at = range.start;
        for cells in found {
            self.compute(at..cells.start)?;
            self.reuse(&cells)?;
            at = cells.end;
        }
        self.compute(at..range.end)
    }

    /// A tile that is on the disk; where it cannot be used, its cells again.
    fn reuse(&self, cells: &Range<usize>) -> Result<(), EngineError> {
        if self.drive.interruption.stopping() {
            return Err(EngineError::Interrupted);
        }
        match self.shelf.load(cells) {
            Ok(tile) => {
                self.bar.inc(cells.len() as u64 * (u64::from(self.drive.spec.limits.steps) + 1));
                self.send.send((tile, false)).map_err(|_| EngineError::Stopped)
            }
            Err(error) => {
                let path = self.shelf.path(cells);
                let text = format!("{} {error}; its cells are computed again", path.display());
                self.drive.voice.note_past(self.bar, &text);
                // What cannot be removed is replaced or ignored.
                let _ = Store::discard(&self.shelf, cells);
                self.compute(cells.clone())
            }
        }
    }

    /// Runs cells that are missing.
    fn compute(&self, cells: Range<usize>) -> Result<(), EngineError> {
        let Drive { spec, engine, interruption, .. } = self.drive;
        let tiles: Vec<Tile> = cut_range(spec.nx(), cells, engine.tile_cells(spec)).collect();
        let progress = |done| {
            self.bar.inc(done);
            self.drive.news.tell(self.bar);
        };
        let watch = Watch::new(&progress, interruption.cancel());
        let mut sink = |tile| match self.send.send((tile, true)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        };
        let mut rest = tiles.as_slice();
        while let Some(first) = rest.first() {
            // Engines make room for the first tile, so that none may be larger.
            let group = rest.iter().take_while(|tile| tile.nx <= first.nx && tile.ny <= first.ny).count();
            engine::run_tiles(
                *engine,
                spec,
                &mut rest[..group].iter().copied().take_while(|_| !interruption.stopping()),
                &watch,
                &mut sink,
            )?;
            if self.drive.interruption.stopping() {
                return Err(EngineError::Interrupted);
            }
            rest = &rest[group..];
        }
        Ok(())
    }
}
