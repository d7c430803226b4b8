//! Small networks, many trainings at a time: a lane each, so that every sum is that of one training alone, and no vector is left
//! half empty by narrow layers.

mod group;
mod pass;

pub use group::{run, takes};
