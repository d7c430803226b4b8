//! How a run is stopped from outside: by Ctrl-C and its kin where the process is ours, by a call where it is not.

use crate::cli::exit::INTERRUPTED;
use crate::cli::hangup::ignored_as_before;
use crate::cli::memory;
use crate::cli::say;
use crate::store::abandon_files;
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Tiles in flight may take so long after the first signal.
const GRACE: Duration = Duration::from_secs(1);
/// And then threads so long to come to an end.
const LAST_WAIT: Duration = Duration::from_millis(700);

/// Stops what runs. Clones stop the same run.
#[derive(Debug, Clone, Default)]
pub struct Interruption {
    state: Arc<State>,
    signals: bool,
}

#[derive(Debug, Default)]
struct State {
    /// Engines stop as soon as they look, and drop the tile they are at.
    cancel: AtomicBool,
    /// No new tile is begun.
    stopping: AtomicBool,
    /// What is said if the process has to end while its threads are still at work.
    last_words: Mutex<String>,
}

/// What the first signal does; the second ends the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// Stop at the next good moment, and be gone within two seconds.
    None,
    /// Begin no new tile; drop those that are not finished within a second; be gone within two.
    Tiles,
}

impl Interruption {
    /// Only [`Interruption::stop`] stops it.
    pub fn new() -> Self {
        Self::default()
    }

    /// SIGINT, SIGTERM and SIGHUP stop it, too, from the moment when a command can be stopped without loss; until then
    /// they do what they always do. This installs handlers of signals, which is for the owner of the process to allow.
    ///
    /// A file above the system's limit is an error of the write from here on, as a full disk is, and no signal that ends
    /// the process.
    pub fn by_signals() -> Self {
        ignore_file_limit();
        Self { signals: true, ..Self::default() }
    }

    /// Ends the run at the next good moment, for good: a further run needs another `Interruption`.
    pub fn stop(&self) {
        self.state.stopping.store(true, Ordering::Relaxed);
        self.state.cancel.store(true, Ordering::Relaxed);
    }

    /// From here on the run can be stopped without loss.
    pub(super) fn ready(&self, patience: Patience) {
        if self.signals {
            let state = Arc::clone(&self.state);
            // Without a handler Ctrl-C still ends the process, only less politely.
            let _ = ignored_as_before(|| ctrlc::set_handler(move || on_signal(&state, patience)));
        }
    }

    /// For engines to look at.
    pub(super) fn cancel(&self) -> &AtomicBool {
        &self.state.cancel
    }

    /// Whether no new tile is to be begun.
    pub(super) fn stopping(&self) -> bool {
        self.state.stopping.load(Ordering::Relaxed)
    }

    /// Sets what is said before `interrupted`.
    pub(super) fn set_last_words(&self, words: String) {
        if self.signals {
            memory::set_last_words(&words);
        }
        if let Ok(mut last) = self.state.last_words.lock() {
            *last = words;
        }
    }
}

fn ignore_file_limit() {
    #[cfg(unix)]
    // SAFETY: no handler runs; the signal is ignored.
    #[allow(unsafe_code, reason = "no safe call ignores a signal")]
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

fn on_signal(state: &Arc<State>, patience: Patience) {
    if state.stopping.swap(true, Ordering::Relaxed) {
        end();
    }
    if patience == Patience::None {
        state.cancel.store(true, Ordering::Relaxed);
    }
    let waiting = Arc::clone(state);
    // Without a thread nobody can wait: what is under way is dropped at once.
    if thread::Builder::new().spawn(move || end_soon(&waiting)).is_err() {
        state.cancel.store(true, Ordering::Relaxed);
    }
}

fn end_soon(state: &State) {
    thread::sleep(GRACE);
    state.cancel.store(true, Ordering::Relaxed);
    thread::sleep(LAST_WAIT);
    // A dispatch that hangs, a step through millions of rows, a picture of them. Files have their names only when they are
    // whole, so that any moment is a good one.
    let words = state.last_words.lock().map_or(String::new(), |words| words.clone());
    say::error(&format!("error: {words}interrupted"));
    end();
}

/// Ends the process, whatever its threads are at.
fn end() -> ! {
    abandon_files();
    exit(i32::from(INTERRUPTED));
}
