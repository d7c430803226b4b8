//! Small networks, many trainings at a time: a lane each, so that every sum is that of one training alone, and no vector is left
//! half empty by narrow layers.

mod group;
mod lane;
mod pass;
mod product;

pub use group::{run, takes};
