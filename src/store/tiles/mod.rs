//! Finished tiles on the disk: what makes a sweep survive its process, and what parts of a sweep are put together from.

mod format;
mod plan;
mod store;

pub use format::{TileError, TileKey, most_bytes, read as read_tile, write as write_tile};
pub use plan::{ComputedBy, SweepPlan, spec_difference};
pub use store::{Shelf, Store, StoreError, folders, read_limited, read_plan, workers};
