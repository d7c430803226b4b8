//! What sweeps are run on: an open adapter, what is known of its arithmetic, and how work is cut.

use super::adapter::SOFTWARE;
use super::device::Device;
use super::dispatch::Pace;
use super::functions;
use super::workgroup::Workgroups;
use crate::engine::{EngineError, Probe};
use crate::sweep::Precision;

/// How work is cut, for tests; outcomes do not depend on it.
#[derive(Debug, Clone, Copy, Default)]
pub struct GpuOptions {
    /// Cells per tile.
    pub tile_cells: Option<usize>,
    /// Steps per dispatch, instead of measuring.
    pub chunk_steps: Option<u32>,
    /// Invocations per workgroup, of formulas.
    pub workgroups: Workgroups,
    /// Dispatches an eighth as long as usual.
    pub careful: bool,
    /// The driver's own elementary functions instead of the CPU engine's.
    pub native_functions: bool,
    /// Changes the shader before it is compiled: for checks that must fail.
    pub edit_shader: Option<fn(String) -> String>,
}

impl GpuOptions {
    /// A shader as it is compiled.
    pub fn edited(self, shader: String) -> String {
        let shader = if self.native_functions { functions::native(&shader) } else { shader };
        match self.edit_shader {
            Some(edit) => edit(shader),
            None => shader,
        }
    }
}

/// An open adapter, ready for sweeps.
pub struct Context {
    pub device: Device,
    pub probe: Probe,
    pub options: GpuOptions,
}

impl Context {
    /// Whether the adapter is a driver that computes on the processor.
    pub fn is_software(&self) -> bool {
        self.device.summary.kind == SOFTWARE
    }

    /// The largest buffer that a shader sees (bytes).
    pub fn max_binding(&self) -> u64 {
        self.device.handle.limits().max_storage_buffer_binding_size
    }

    /// A shader as it is compiled.
    pub fn edited(&self, shader: String) -> String {
        self.options.edited(shader)
    }

    /// Dispatches as they are made.
    pub fn paced(&self, pace: Pace) -> Pace {
        if self.options.careful { pace.careful() } else { pace }
    }

    /// Whether this adapter computes in a precision; `without_f64` names the first function that shaders lack there.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`], naming the flag and the way out.
    pub fn check_precision(
        &self,
        precision: Precision,
        without_f64: impl FnOnce() -> Option<&'static str>,
    ) -> Result<(), EngineError> {
        let name = &self.device.summary.name;
        let refuse = |why: String| Err(EngineError::Unsupported(why));
        match precision {
            Precision::F32 => Ok(()),
            Precision::Compensated if self.probe.compensation => Ok(()),
            Precision::Compensated => refuse(format!(
                "--precision compensated: the shader compiler of {name} cancels the compensation; \
                 use --precision f32, or --engine cpu"
            )),
            Precision::F64 if !self.device.has_f64() => refuse(format!(
                "--precision f64: {name} has no f64 in shaders; use --engine cpu, or --precision compensated"
            )),
            Precision::F64 => match without_f64() {
                None => Ok(()),
                Some(function) => refuse(format!(
                    "--precision f64: shaders have no f64 `{function}`, which this sweep needs; \
                     use --engine cpu, or --precision compensated"
                )),
            },
        }
    }
}
