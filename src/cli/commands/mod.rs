//! One file per command.

pub mod bench;
pub mod devices;
pub mod landscape;
pub mod list;
pub mod merge;
pub mod rerun;
pub mod resume;
pub mod sweep;
pub mod trace;
pub mod verify;
