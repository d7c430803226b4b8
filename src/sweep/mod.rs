//! A validated request: which descents to run, what one step computes, and what a descent can come to.

mod asked;
mod axis;
mod batch;
mod descents;
mod follow;
mod knobs;
mod outcome;
mod path;
mod precision;
mod program;
mod request;
mod resolution;
mod schedule;
mod shard;
mod spec;
mod tiles;

pub use asked::{Asked, Given, MAX_DOCUMENT_BYTES};
pub use axis::{Axis, Scale};
pub use batch::{Batch, BatchPlan};
pub use descents::{Descent, Descents};
pub use follow::Follower;
pub use outcome::{LEVEL, NEVER_WRITTEN, OUTCOMES, Outcome, TileOutcomes, unfinished};
pub use path::Path;
pub use precision::Precision;
pub use program::{Carried, Column, InitialValue, Input, Parameter, Parts, Program, Root, SEED, TABLE};
pub use request::Request;
pub use schedule::{RowLoop, Stage};
pub use shard::Shard;
pub use spec::{DataTables, Knob, Limits, Line, Source, Spec, SpecError, SweepAxis};
pub use tiles::{MAX_TILE_CELLS, Tile, cut, cut_range};
