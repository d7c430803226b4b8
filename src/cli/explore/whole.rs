//! Whole sweeps of the page, which may take long: they run beside, tell how far they are, and can be stopped.

use super::asked::Asked;
use super::workshop::{Made, Size, Workshop, work};
use crate::engine::Watch;
use serde::Serialize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A sweep on its way.
#[derive(Debug, Default)]
pub struct Whole {
    /// Cell-steps that are done, and all there are.
    done: AtomicU64,
    total: AtomicU64,
    cancel: AtomicBool,
    result: Mutex<Option<Result<Made, String>>>,
}

/// How far it is.
#[derive(Debug, Serialize)]
pub struct Progress {
    /// From 0 to 1.
    share: f64,
    ended: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    map: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Whole {
    /// Runs it to its end.
    pub fn run(&self, workshop: &Workshop, asked: &Asked) {
        let progress = |done| {
            self.done.fetch_add(done, Ordering::Relaxed);
        };
        self.total.store(work(&asked.arguments), Ordering::Relaxed);
        let made = workshop.map(&asked.arguments, Size::Full, &Watch::new(&progress, &self.cancel));
        let result = made.map_err(|error| format!("{error:#}"));
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    }

    /// Stops it at the next good moment.
    pub fn stop(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    pub fn progress(&self) -> Progress {
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed).max(1));
        let result = self.result.lock().unwrap_or_else(PoisonError::into_inner);
        let (map, error) = match &*result {
            None => (None, None),
            Some(Ok(made)) => (Some(made.map), None),
            Some(Err(error)) => (None, Some(error.clone())),
        };
        Progress { share: (done as f64 / total as f64).min(1.0), ended: result.is_some(), map, error }
    }
}
