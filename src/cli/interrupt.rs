//! Ctrl-C and its kin.

use crate::cli::code::INTERRUPTED;
use std::io::{self, Write};
use std::process::exit;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Engines stop as soon as they look, and drop the tile they are at.
pub static CANCEL: AtomicBool = AtomicBool::new(false);
/// No new tile is begun.
static STOPPING: AtomicBool = AtomicBool::new(false);
/// What is said if the process has to end while its threads are still at work.
static LAST_WORDS: Mutex<String> = Mutex::new(String::new());

/// Tiles in flight may take so long after the first signal.
const GRACE: Duration = Duration::from_secs(1);
/// And then threads so long to come to an end.
const LAST_WAIT: Duration = Duration::from_millis(700);

/// First Ctrl-C (or SIGTERM): stop at the next good moment. Second: stop now.
pub fn stop_on_interrupt() {
    on_signal(|| CANCEL.store(true, Ordering::Relaxed));
}

/// First Ctrl-C (or SIGTERM): begin no new tile; drop those that are not finished within a second; be gone within two.
/// Second: stop now.
pub fn stop_after_tiles() {
    on_signal(|| {
        thread::spawn(|| {
            thread::sleep(GRACE);
            CANCEL.store(true, Ordering::Relaxed);
            thread::sleep(LAST_WAIT);
            // A dispatch that hangs, a step through millions of rows. Tiles have their names only when they are whole, so
            // that any moment is a good one.
            let words = LAST_WORDS.lock().map_or(String::new(), |words| words.clone());
            let _ = writeln!(io::stderr(), "error: {words}interrupted");
            exit(i32::from(INTERRUPTED));
        });
    });
}

fn on_signal(first: impl Fn() + Send + 'static) {
    let handler = move || {
        if STOPPING.swap(true, Ordering::Relaxed) {
            exit(i32::from(INTERRUPTED));
        }
        first();
    };
    // Without a handler Ctrl-C still ends the process, only less politely.
    let _ = ctrlc::set_handler(handler);
}

/// Whether a signal came.
pub fn stopping() -> bool {
    STOPPING.load(Ordering::Relaxed)
}

/// Sets what is said before `interrupted`.
pub fn set_last_words(words: String) {
    if let Ok(mut last) = LAST_WORDS.lock() {
        *last = words;
    }
}
