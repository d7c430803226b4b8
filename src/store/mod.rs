//! What lies on the disk while a sweep runs, and what tells one sweep from another.

mod atomic_file;
mod described;
mod fingerprint;
mod keyframes;
mod recorded_flags;
mod tiles;
mod work_folder;

pub use atomic_file::{AtomicFile, Bounds, WholeFile, abandon_files};
pub use described::{Document, described, placeless};
pub use fingerprint::{Digest, Results, fingerprint};
pub use keyframes::Keyframes;
pub use recorded_flags::{FlagValue, MAX_DOCUMENT_BYTES, RecordedFlags};
pub use tiles::{
    ComputedBy, Shelf, Store, StoreError, SweepPlan, TileError, TileKey, folders, most_bytes, read_limited, read_plan,
    read_tile, spec_difference, write_tile,
};
pub use work_folder::{Company, FolderError, WorkFolder};
