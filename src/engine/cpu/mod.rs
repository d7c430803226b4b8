//! The CPU engine: the reference. Graph → tape, blocks of lanes, threads over chunks of a tile.

mod block;
mod chunk;
mod emitter;
mod engine;
mod flow;
mod formula;
mod instruction;
mod interpreter;
mod judge;
mod native;
mod network;
mod roof;
mod tape;
mod thresholds;

pub use engine::CpuEngine;
pub use network::arithmetic as network_arithmetic;
