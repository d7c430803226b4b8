//! Work on another thread, while the one that Python called from listens for signals and tells of progress.

use crate::failure::exception;
use alphasweep::cli::Interruption;
use alphasweep::cli::embedded::{Failure, Watched};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Signals are looked for so often, and progress is told.
const LOOK: Duration = Duration::from_millis(50);
/// What was stopped is left to itself after so long: Ctrl-C is answered within half a second.
const LAST_WAIT: Duration = Duration::from_millis(350);

/// How far the work is.
#[derive(Default)]
struct Done {
    done: AtomicU64,
    of: AtomicU64,
}

impl Done {
    fn tell(&self, done: u64, of: u64) {
        self.done.fetch_max(done, Ordering::Relaxed);
        self.of.store(of, Ordering::Relaxed);
    }
}

/// Runs work that owns all it needs, and gives what it gives. Stopped work that does not end is left behind.
///
/// # Errors
/// Those of the work; what a handler of signals or the teller of progress raises.
pub fn on_another_thread<T: Send + 'static>(
    py: Python<'_>,
    progress: Option<Py<PyAny>>,
    work: impl FnOnce(&Watched<'_>) -> Result<T, Failure> + Send + 'static,
) -> PyResult<T> {
    let (interruption, done) = (Interruption::new(), Arc::new(Done::default()));
    let (send, receive) = sync_channel(1);
    let (stop, told) = (interruption.clone(), Arc::clone(&done));
    thread::Builder::new().spawn(move || watched(&interruption, &done, send, work)).map_err(|_| no_thread())?;
    Waiting { progress, interruption: &stop, done: &told }.wait(py, receive, LAST_WAIT)
}

/// Runs work that reads what Python holds: it is waited for to the end.
///
/// # Errors
/// As [`on_another_thread`].
pub fn on_a_scoped_thread<T: Send>(
    py: Python<'_>,
    progress: Option<Py<PyAny>>,
    work: impl FnOnce(&Watched<'_>) -> Result<T, Failure> + Send,
) -> PyResult<T> {
    let (interruption, done) = (Interruption::new(), Done::default());
    let (send, receive) = sync_channel(1);
    thread::scope(|scope| {
        let run = || watched(&interruption, &done, send, work);
        thread::Builder::new().spawn_scoped(scope, run).map_err(|_| no_thread())?;
        Waiting { progress, interruption: &interruption, done: &done }.wait(py, receive, Duration::MAX)
    })
}

fn watched<T>(
    interruption: &Interruption,
    done: &Done,
    send: SyncSender<Result<T, Failure>>,
    work: impl FnOnce(&Watched<'_>) -> Result<T, Failure>,
) {
    let result = work(&Watched { interruption, progress: &|now, of| done.tell(now, of) });
    // Whoever does not wait any more needs no answer.
    let _ = send.send(result);
}

fn no_thread() -> PyErr {
    PyRuntimeError::new_err("the system starts no more threads; raise its limits (ulimit -u)")
}

/// The thread that Python called from.
struct Waiting<'a> {
    progress: Option<Py<PyAny>>,
    interruption: &'a Interruption,
    done: &'a Done,
}

impl Waiting<'_> {
    fn wait<T: Send>(&self, py: Python<'_>, receive: Receiver<Result<T, Failure>>, last_wait: Duration) -> PyResult<T> {
        // What is used without the interpreter must be fit for any thread; it is this one alone that waits.
        let receive = Mutex::new(receive);
        let next = |wait: Duration| {
            py.detach(|| receive.lock().map_or(Err(RecvTimeoutError::Disconnected), |end| end.recv_timeout(wait)))
        };
        loop {
            match next(LOOK) {
                Ok(result) => {
                    let value = result.map_err(exception)?;
                    self.tell(py)?;
                    return Ok(value);
                }
                Err(RecvTimeoutError::Disconnected) => return Err(fault()),
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(error) = py.check_signals().and_then(|()| self.tell(py)) {
                        self.interruption.stop();
                        let _ = next(last_wait);
                        return Err(error);
                    }
                }
            }
        }
    }

    fn tell(&self, py: Python<'_>) -> PyResult<()> {
        let Some(progress) = &self.progress else { return Ok(()) };
        let (done, of) = (self.done.done.load(Ordering::Relaxed), self.done.of.load(Ordering::Relaxed));
        if of == 0 { Ok(()) } else { progress.call1(py, (done, of)).map(drop) }
    }
}

fn fault() -> PyErr {
    PyRuntimeError::new_err("alphasweep has a fault: its thread panicked, and said why on stderr; please report it")
}
