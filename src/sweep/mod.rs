//! A validated request: which descents to run, what one step computes, and what a descent can come to.

mod axis;
mod batch;
mod descents;
mod follow;
mod grid;
mod job;
mod knobs;
mod measure;
mod names;
mod network;
mod outcome;
mod path;
mod precision;
mod program;
mod request;
mod schedule;
mod spec;
mod tiles;
mod update;

pub use axis::{Axis, Scale};
pub use batch::{Batch, BatchPlan};
pub use descents::{Descent, Descents};
pub use follow::Follower;
pub use grid::{Final, Grid, History, Knob, Limits, Line, Source, SweepAxis, Title};
pub use job::Job;
pub use measure::Measure;
pub use network::{NetworkRequest, NetworkSpec};
pub use outcome::{LEVEL, NEVER_WRITTEN, OUTCOMES, Outcome, TileOutcomes, unfinished};
pub use path::Path;
pub use precision::Precision;
pub use program::{Carried, Column, InitialValue, Input, Parameter, Parts, Program, Root, SEED, TABLE};
pub use request::Request;
pub use schedule::{RowLoop, Stage};
pub use spec::{DataTables, Spec, SpecError};
pub use tiles::{MAX_TILE_CELLS, Tile, cut};
pub use update::{Update, UpdateInput};
