//! What an engine says of itself.

use super::probe::Probe;
use serde::{Serialize, Serializer};
use std::fmt;

/// What ran a sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EngineInfo {
    /// `cpu` or `gpu`.
    pub engine: &'static str,
    pub device: DeviceName,
    /// Driver name and version; empty on the CPU.
    pub driver: String,
    /// What the arithmetic probe found; absent on the CPU.
    pub probe: Option<Probe>,
    /// Whether elementary functions are the driver's own, not those of the CPU engine.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub native_functions: bool,
}

/// What computes, in parts. In files it is the text that people see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceName {
    /// Threads of the processor, and its architecture.
    Processor { threads: usize, architecture: &'static str },
    /// The adapter's own name, whether it is discrete, integrated, virtual, software or other, and what drives it.
    Adapter { name: String, kind: &'static str, backend: String },
}

impl DeviceName {
    /// The adapter's own name; none of the processor.
    pub fn adapter(&self) -> Option<&str> {
        match self {
            Self::Processor { .. } => None,
            Self::Adapter { name, .. } => Some(name),
        }
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Processor { threads, architecture } => {
                write!(f, "{threads} thread{} ({architecture})", if *threads == 1 { "" } else { "s" })
            }
            Self::Adapter { name, kind, backend } => write!(f, "{name} ({kind}, {backend})"),
        }
    }
}

impl Serialize for DeviceName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
