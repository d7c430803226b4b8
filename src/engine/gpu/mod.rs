//! The GPU engine: graph → WGSL, one invocation per descent. The only place that names wgpu.

mod adapter;
mod ahead;
mod compiler;
mod context;
mod device;
pub mod dispatch;
mod engine;
mod fault;
mod formula;
mod found;
mod function_errors;
mod functions;
mod inputs;
mod kernel;
pub mod limits;
pub mod network;
mod patience;
mod pipeline_cache;
mod portable;
mod probe;
mod roof;
mod slots;
mod step;
mod values;
mod wgsl;
pub mod workgroup;

pub use adapter::{AdapterSummary, Choice, choose, list};
pub use context::GpuOptions;
pub use engine::GpuEngine;
#[doc(hidden)]
pub use fault::{Fault, Faults};
pub use function_errors::FunctionError;
pub use kernel::Uniforms;
pub use portable::Portable;
#[doc(hidden)]
pub use values::{Formula, ValueBits, formula_of_two};
pub use wgsl::{shader, unsupported_in_f64};
