//! Running sweeps. Both engines give the same answer to the same [`Sweep`](crate::sweep::Sweep); neither knows the other.

mod classes;
pub mod cpu;
mod error;
mod failover;
pub mod gpu;
mod info;
mod interface;
mod measured;
mod probe;
#[cfg(test)]
mod random_programs;
mod refine;
mod repair;
mod rest;
mod run;
mod trace;
pub mod wasm;
mod watch;

pub use error::{EngineError, MachineError};
pub use failover::{Failover, Failure, Record, Remedy, Reopen, StandIn};
pub use info::{DeviceName, EngineInfo};
pub use interface::{Engine, Output, Sink, Tiles};
pub use probe::Probe;
pub use refine::{Cell, Refined, Seen, run_listed};
pub use repair::{Doubtful, Repair, Repaired};
pub use run::{collect, collect_watched, run, run_into, run_tiles};
pub use trace::{Traced, trace};
pub use watch::Watch;
