//! Networks on the CPU: one training per cell, each on one thread, many at a time.

mod activations;
mod course;
mod heads;
mod micro_kernel;
mod narrow;
mod pass;
mod product;
mod run;
mod shared;
mod side_by_side;
mod sparse;
mod training;
mod update;
mod vector;
mod wide;

pub use run::{arithmetic, check_memory, run, tile_cells, weights};
