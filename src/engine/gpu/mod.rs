//! The GPU engine: graph → WGSL, one invocation per descent. The only place that names wgpu.

mod adapter;
mod context;
mod device;
pub mod dispatch;
mod engine;
mod fault;
mod formula;
mod inputs;
mod kernel;
pub mod limits;
pub mod network;
mod probe;
mod roof;
mod step;
mod wgsl;

pub use adapter::{AdapterSummary, Choice, choose, list};
pub use context::GpuOptions;
pub use engine::GpuEngine;
#[doc(hidden)]
pub use fault::{Fault, Faults};
pub use kernel::Uniforms;
pub use wgsl::{shader, unsupported_in_f64};
