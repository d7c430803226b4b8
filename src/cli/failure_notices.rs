//! Failures of the machine, told on stderr when they happen: the rest of a long sweep may take much longer.

use crate::cli::choose::Chosen;
use crate::cli::say::Voice;
use crate::engine::{Failure, Record, Remedy};
use indicatif::ProgressBar;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What has failed, and how much of it was told.
pub struct FailureNotices {
    record: Option<Arc<Mutex<Record>>>,
    voice: Voice,
    told: AtomicUsize,
}

impl FailureNotices {
    /// What fails on a chosen engine.
    pub fn new(voice: Voice, chosen: &Chosen) -> Self {
        Self { record: chosen.record.clone(), voice, told: AtomicUsize::new(0) }
    }

    /// Tells what was not told, past the bar.
    pub fn tell(&self, bar: &ProgressBar) {
        let Some(record) = &self.record else { return };
        let record = record.lock().unwrap_or_else(PoisonError::into_inner);
        let told = self.told.swap(record.failures.len(), Ordering::Relaxed);
        for failure in &record.failures[told..] {
            self.voice.note_past(bar, &text(failure));
        }
    }
}

fn text(failure: &Failure) -> String {
    let tile = failure.tile;
    let then = match failure.then {
        Remedy::Again => "it is tried again, in smaller parts",
        Remedy::StandIn => "it goes to the CPU (--fallback cpu)",
        Remedy::Ended => "the sweep ends here",
    };
    format!("{}, at the tile of {} × {} cells from ({}, {}); {then}", failure.error, tile.nx, tile.ny, tile.x0, tile.y0)
}
