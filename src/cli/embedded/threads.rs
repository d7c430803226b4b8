//! Threads for one call. The process's own pool would stay, and a fork of the process would have the pool without its threads.

use crate::engine::EngineError;

/// Runs a task on a pool of its own, which everything in it shares; it is gone when the task is.
///
/// # Errors
/// [`EngineError::NoThreads`], and those of the task.
pub fn on_own_threads<T: Send>(
    threads: Option<usize>,
    task: impl FnOnce() -> anyhow::Result<T> + Send,
) -> anyhow::Result<T> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).build();
    pool.map_err(|error| EngineError::NoThreads(error.to_string()))?.install(task)
}
