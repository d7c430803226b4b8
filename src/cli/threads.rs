//! The threads of the process.

use crate::engine::EngineError;
use std::error::Error;

/// Starts the process's own pool, which outputs share: so many threads, by default one per core. Left to itself it would
/// start at its first use, and panic where the system gives no thread. One that is running already stays as it is.
///
/// # Errors
/// [`EngineError::NoThreads`]
pub fn start(threads: Option<usize>) -> Result<(), EngineError> {
    // Whoever calls from a pool of threads has them already.
    if rayon::current_thread_index().is_some() {
        return Ok(());
    }
    let Err(error) = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).build_global() else {
        return Ok(());
    };
    // Without a cause, the pool is there already.
    error.source().map_or(Ok(()), |cause| Err(EngineError::NoThreads(cause.to_string())))
}
