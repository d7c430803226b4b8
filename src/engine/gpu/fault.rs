//! Failures on demand: what tests make of a device, so that what follows is seen and not hoped for.

use std::sync::Arc;

/// What goes wrong with one submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The device is destroyed first.
    Lost,
    /// The driver reports that memory is out.
    OutOfMemory,
    /// A call that wgpu's validation refuses comes first.
    Invalid,
    /// The wait for it ends before it does.
    Hung,
    /// It never reaches the device, which reports success.
    Dropped,
    /// Its copies are made, its dispatch is not, and success is reported.
    Skipped,
}

/// Asked once before each submission.
pub type Faults = Arc<dyn Fn() -> Option<Fault> + Send + Sync>;
