//! Networks on the GPU: one workgroup per training.

mod constants;
mod kernel;
mod layout;
mod plan;
mod products;
mod rule;
mod run;
mod shader;

pub use layout::{Training, Uniforms};
pub use plan::{Block, Cost, KernelPlan, LayerPlan, Needs, Room};
pub(super) use run::{check, run, tile_cells, weights};
pub use run::{plan, shader};
