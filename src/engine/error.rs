//! Why a run ended before its time: a kind, what was said of it, and, printed last, what helps.

use crate::sweep::NEVER_WRITTEN;

/// Why a run ended before its time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The request cannot be served here; the text names the flag and the way out.
    #[error("{0}")]
    Unsupported(String),
    /// The machine failed: another try, or another engine, may do better.
    #[error("{0}; {WAY_OUT}")]
    Machine(MachineError),
    /// The machine starts no thread more.
    #[error(
        "the system starts no more threads ({0}); use a smaller --threads, or raise its limits (ulimit -u, ulimit -v)"
    )]
    NoThreads(String),
    /// A descent that is followed step by step does not end where the engine says.
    #[error(
        "descent {0} followed step by step does not end where the engine says; `alphasweep verify` tells which is wrong"
    )]
    PathDiffers(usize),
    /// [`Watch::cancel`](super::Watch::cancel) was set.
    #[error("interrupted")]
    Interrupted,
    /// The sink asked to stop.
    #[error("stopped by its reader")]
    Stopped,
}

/// What helps where a GPU does not.
const WAY_OUT: &str = "sweep --fallback cpu goes on without it, --engine cpu starts without it";

/// How a machine failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MachineError {
    /// The driver, or the compiler of shaders, gave up.
    #[error("the GPU failed: {0}")]
    Device(String),
    /// The device is gone: reset, unplugged, its driver restarted.
    #[error("the GPU was lost: {0}")]
    Lost(String),
    /// The device has no memory left.
    #[error("the GPU is out of memory: {0}")]
    OutOfMemory(String),
    /// wgpu refused what it was asked to do.
    #[error("the GPU refused a call: {0}")]
    Invalid(String),
    /// A submission does not end.
    #[error("the GPU hangs: a submission has not ended after {seconds} s")]
    Hung { seconds: u64 },
    /// A submission was reported as done, and nothing of it was.
    #[error("the GPU reported success for work that it did not do")]
    Dropped,
    /// A dispatch claimed success and left cells untouched.
    #[error("the device left {cells} of {of} cells unfinished and reported success")]
    NeverWritten { cells: usize, of: usize },
}

impl From<MachineError> for EngineError {
    fn from(error: MachineError) -> Self {
        Self::Machine(error)
    }
}

impl EngineError {
    /// What happened, without what helps.
    pub fn cause(&self) -> String {
        match self {
            Self::Machine(error) => error.to_string(),
            other => other.to_string(),
        }
    }

    /// Whether the machine failed, so that another try, or another engine, may do better.
    pub fn is_of_the_machine(&self) -> bool {
        matches!(self, Self::Machine(_))
    }
}

/// Checks that no cell still has the code it was given before the run.
pub(super) fn all_written(codes: impl ExactSizeIterator<Item = u8>) -> Result<(), EngineError> {
    let of = codes.len();
    match codes.filter(|code| *code == NEVER_WRITTEN).count() {
        0 => Ok(()),
        cells => Err(MachineError::NeverWritten { cells, of }.into()),
    }
}
