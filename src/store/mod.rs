//! What lies on the disk while a sweep runs, and what tells one sweep from another.

mod described;
mod fingerprint;
mod partial;
mod tiles;

pub use described::{Document, described, placeless};
pub use fingerprint::{Digest, Results, fingerprint};
pub use partial::Partial;
pub use tiles::{
    Maker, Origin, Plan, Shelf, Store, StoreError, TileError, folders, most_bytes, read_limited, read_plan, read_tile,
    spec_difference, write_tile,
};
