//! Lanes.

/// Trainings side by side: as many as numbers in a vector of f32.
pub const LANES: usize = 16;

/// A number of each of them.
pub type Lane<T> = [T; LANES];
