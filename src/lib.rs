//! alphasweep

pub mod expr;
pub mod problem;
pub mod sweep;
pub mod engine;
