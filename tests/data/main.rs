//! Data: how they are read and drawn, scaled and cut into batches, and what is learned from them.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/formula.rs"]
mod formula;

mod batches;
mod csv_as_it_is;
mod csv_text;
mod data;
mod data_gradients;
mod data_stories;
mod data_sweeps;
mod parquet_data;
mod pasted;
mod samples;
mod samples_idx;
mod shuffle;
mod standardize;
