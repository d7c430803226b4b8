//! Tiles one ahead: a thread keeps the device busy while another makes outcomes of what has come back, and hands them on.

use crate::engine::{EngineError, Tiles, Watch};
use crate::sweep::Tile;
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Tiles under way at a time: one on the device, and one that follows it at once.
const UNDER_WAY: usize = 2;

/// Where a device's thread puts what has come back.
pub type Give<'a, T> = dyn FnMut(T) -> Result<(), EngineError> + 'a;

/// `compute` works off the tiles on a thread of its own, one after the other, and gives something for each; `take` gets it
/// here, in the same order, while the next ones are computed.
///
/// # Errors
/// The first of `take`, which stops the other side, or that of `compute` behind what it had given.
pub fn ahead<T: Send>(
    tiles: &mut Tiles<'_>,
    watch: &Watch<'_>,
    compute: impl FnOnce(&mut Tiles<'_>, &Watch<'_>, &mut Give<'_, T>) -> Result<(), EngineError> + Send,
    mut take: impl FnMut(T) -> Result<ControlFlow<()>, EngineError>,
) -> Result<(), EngineError> {
    let forsaken = AtomicBool::new(false);
    let watch = &watch.or(&forsaken);
    thread::scope(|scope| {
        let (ask, asked) = sync_channel(UNDER_WAY);
        let (give, given) = sync_channel(1);
        let device = scope.spawn(move || {
            let mut give = |value| give.send(value).map_err(|_| EngineError::Interrupted);
            compute(&mut asked.into_iter(), watch, &mut give)
        });
        let taken = feed(tiles, ask, &given, &mut take);
        if taken.is_err() {
            forsaken.store(true, Ordering::Relaxed);
        }
        drop(given);
        let computed = device.join().unwrap_or_else(|panic| resume_unwind(panic));
        taken.and(computed)
    })
}

/// Asks for tiles and takes what comes of them, until there are no more or the other side has ended.
fn feed<T>(
    tiles: &mut Tiles<'_>,
    ask: SyncSender<Tile>,
    given: &Receiver<T>,
    take: &mut impl FnMut(T) -> Result<ControlFlow<()>, EngineError>,
) -> Result<(), EngineError> {
    let mut ask = Some(ask);
    let mut next = || {
        // Who hears that there are no more tiles gives what it still has.
        ask = ask.take().filter(|ask| tiles.next().is_some_and(|tile| ask.send(tile).is_ok()));
    };
    (0..UNDER_WAY).for_each(|_| next());
    for value in given {
        next();
        if take(value)?.is_break() {
            return Err(EngineError::Stopped);
        }
    }
    Ok(())
}
