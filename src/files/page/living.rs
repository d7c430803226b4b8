//! What the script of a page reads of the programs by which it makes descents of its own.

use super::kernels::{Kernels, Shader};
use super::pack::pack;
use crate::engine::gpu::Portable;
use crate::engine::wasm::{Layout, RestKernel};
use crate::sweep::{Bar, Precision};
use serde::Serialize;
use std::io;

/// The program of descents, packed, and what its memory holds.
#[derive(Debug, Serialize)]
pub struct KernelDocument {
    wasm: String,
    /// The same where every descent may have knobs of its own, whichever are axes; absent where that is the same program.
    #[serde(skip_serializing_if = "Option::is_none")]
    free: Option<String>,
    layout: Layout,
    #[serde(skip_serializing_if = "Option::is_none")]
    rest: Option<RestKernelDocument>,
    /// The same descents for a graphics processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    gpu: Option<ShaderDocument>,
}

/// Likewise that which tells where none would stay; whether its answer is the same everywhere, and where parameters are carried.
#[derive(Debug, Serialize)]
struct RestKernelDocument {
    wasm: String,
    layout: Layout,
    constant: bool,
    parameters: Vec<usize>,
}

/// A shader, packed, what its buffers hold, and what is otherwise than on the CPU: precision, limits, and the least share of the
/// slopes at the starts that a stop test may ask for.
#[derive(Debug, Serialize)]
struct ShaderDocument {
    wgsl: String,
    #[serde(flatten)]
    portable: Portable,
    precision: Precision,
    factor: f64,
    reach: f64,
    largest: f64,
    grain: f64,
    least_share: f64,
}

impl KernelDocument {
    pub fn new(Kernels { kernel, free, rest, shader }: Kernels) -> io::Result<Self> {
        let packed = |bytes: &[u8]| pack(bytes, 1);
        Ok(Self {
            wasm: packed(&kernel.bytes)?,
            free: free.map(|bytes| packed(&bytes)).transpose()?,
            layout: kernel.layout,
            rest: rest.map(RestKernelDocument::new).transpose()?,
            gpu: shader.map(ShaderDocument::new).transpose()?,
        })
    }
}

impl RestKernelDocument {
    fn new(RestKernel { kernel, constant, parameters }: RestKernel) -> io::Result<Self> {
        Ok(Self { wasm: pack(&kernel.bytes, 1)?, layout: kernel.layout, constant, parameters })
    }
}

impl ShaderDocument {
    fn new(Shader { portable, precision, bar, least_share }: Shader) -> io::Result<Self> {
        let (wgsl, Bar { factor, reach, largest }) = (pack(portable.wgsl.as_bytes(), 1)?, bar);
        Ok(Self { wgsl, portable, precision, factor, reach, largest, grain: precision.grain(), least_share })
    }
}
