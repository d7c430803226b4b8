//! alphasweep
pub mod engine;
pub mod expr;
pub mod problem;
pub mod sweep;
pub mod verify;
