//! How a run is watched and stopped from outside.

use std::sync::atomic::{AtomicBool, Ordering};

/// How a run is watched and stopped from outside.
pub struct Watch<'a> {
    /// Called with cell-steps newly done; they add up to cells·(steps+1).
    pub progress: &'a (dyn Fn(u64) + Sync),
    /// Once true, the engine stops at the next good moment.
    pub cancel: &'a AtomicBool,
    /// Likewise, for a part of the work that nobody waits for any more.
    forsaken: &'a AtomicBool,
}

static NEVER: AtomicBool = AtomicBool::new(false);

impl<'a> Watch<'a> {
    /// `progress` is told of the work that was done, `cancel` asked whether to stop.
    pub fn new(progress: &'a (dyn Fn(u64) + Sync), cancel: &'a AtomicBool) -> Self {
        Self { progress, cancel, forsaken: &NEVER }
    }

    /// Nobody watches, nobody stops.
    pub fn silent() -> Watch<'static> {
        Watch::new(&|_| (), &NEVER)
    }

    /// The same watch, which this stops too.
    pub(crate) fn or(&'a self, forsaken: &'a AtomicBool) -> Self {
        Self { forsaken, ..*self }
    }

    /// The same watch, which tells somebody else.
    pub(crate) fn telling<'b>(&'b self, progress: &'b (dyn Fn(u64) + Sync)) -> Watch<'b> {
        Watch { progress, cancel: self.cancel, forsaken: self.forsaken }
    }

    /// Whether the run should stop.
    pub fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed) || self.forsaken.load(Ordering::Relaxed)
    }
}
