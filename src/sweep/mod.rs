//! A validated request: which descents to run, what one step computes, and what a descent can come to.

mod axis;
mod outcome;
mod precision;
mod program;
mod request;
mod spec;
mod tiles;

pub use axis::{Axis, Scale};
pub use outcome::{NEVER_WRITTEN, OUTCOMES, Outcome, TileOutcomes, unfinished};
pub use precision::Precision;
pub use program::{Carried, InitialValue, Input, Parameter, Program, Root};
pub use request::Request;
pub use spec::{Knob, Limits, Source, Spec, SpecError, SweepAxis};
pub use tiles::{MAX_TILE_CELLS, Tile, cut};
