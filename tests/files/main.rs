//! Files of results: their columns and formats, parts of a sweep, repair.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/sweep_files.rs"]
mod sweep_files;
#[path = "../common/tiles.rs"]
mod tiles;

mod columns;
mod csv;
mod parquet;
mod repair;
mod shards;
