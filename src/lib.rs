//! alphasweep
pub mod engine;
pub mod expr;
pub mod output;
pub mod problem;
pub mod sweep;
pub mod theory;
pub mod verify;
