//! The GPU engine: graph → WGSL, one invocation per descent. The only place that names wgpu.

mod adapter;
mod device;
pub mod dispatch;
mod fault;
mod kernel;
pub mod network;
mod probe;
mod roof;
mod step;
mod wgsl;

pub use adapter::{AdapterSummary, Choice, choose};
#[doc(hidden)]
pub use fault::{Fault, Faults};
pub use kernel::Uniforms;
pub use probe::Probe;
pub use wgsl::shader;

use super::{Engine, EngineError, EngineInfo, Sink, Tiles, Watch};
use crate::sweep::{Job, MAX_TILE_CELLS, Precision, Spec};
use device::Device;
use dispatch::Pace;
use kernel::{Kernel, Slots};
use std::ops::ControlFlow;

/// Runs descents on a GPU, or on a software driver that is asked for.
pub struct GpuEngine {
    device: Device,
    probe: Probe,
    options: GpuOptions,
}

/// How work is cut, for tests; outcomes do not depend on it.
#[derive(Debug, Clone, Copy, Default)]
pub struct GpuOptions {
    /// Cells per tile.
    pub tile_cells: Option<usize>,
    /// Steps per dispatch, instead of measuring.
    pub chunk_steps: Option<u32>,
    /// Dispatches an eighth as long as usual.
    pub careful: bool,
    /// Changes the shader before it is compiled: for checks that must fail.
    pub edit_shader: Option<fn(String) -> String>,
}

/// Large enough to fill a GPU many times over, small enough to keep memory flat.
const TILE_CELLS: usize = 1 << 20;
/// On a software driver a tile should stay in the processor's cache: lavapipe makes 2.5 times the steps of 2²⁰ cells.
const SOFTWARE_TILE_CELLS: usize = 1 << 16;

/// Every adapter of this machine, in the driver's order.
pub fn list() -> Vec<AdapterSummary> {
    adapter::adapters().iter().map(adapter::summary).collect()
}

impl GpuEngine {
    /// Opens an adapter and probes its arithmetic.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] if there is no such adapter, one of the machine's errors if it does not work.
    pub fn open(choice: Choice<'_>) -> Result<Self, EngineError> {
        let adapters = adapter::adapters();
        let summaries: Vec<AdapterSummary> = adapters.iter().map(adapter::summary).collect();
        Self::on(&adapters[choose(&summaries, choice)?])
    }

    /// Opens the very adapter that was open before, and no other that may be like it.
    ///
    /// # Errors
    /// [`EngineError::Lost`] if it is no longer there, one of the machine's errors if it does not work.
    pub fn reopen(summary: &AdapterSummary) -> Result<Self, EngineError> {
        let adapters = adapter::adapters();
        let same = adapters.iter().find(|adapter| adapter::summary(adapter) == *summary);
        Self::on(same.ok_or_else(|| EngineError::Lost(format!("{} is no longer there", summary.name)))?)
    }

    fn on(adapter: &wgpu::Adapter) -> Result<Self, EngineError> {
        let device = Device::open(adapter)?;
        let probe = probe::probe(&device)?;
        Ok(Self { device, probe, options: GpuOptions::default() })
    }

    /// The same engine, with dispatches an eighth as long: after a failure that shorter ones may avoid.
    #[must_use]
    pub fn careful(mut self) -> Self {
        self.options.careful = true;
        self
    }

    /// The same engine, failing on demand, for tests: asked before every submission what goes wrong with it.
    #[doc(hidden)]
    #[must_use]
    pub fn with_faults(mut self, faults: Faults) -> Self {
        self.device.suffer(faults);
        self
    }

    /// The same engine, cutting work in another way.
    #[must_use]
    pub fn with_options(mut self, options: GpuOptions) -> Self {
        self.options = options;
        self
    }

    /// The adapter in use.
    pub fn adapter(&self) -> &AdapterSummary {
        &self.device.summary
    }

    /// What the arithmetic probe found.
    pub fn probe(&self) -> Probe {
        self.probe
    }

    /// Whether this adapter can compute the sweep as asked.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`], naming the flag and the way out.
    pub fn check<'a>(&self, job: impl Into<Job<'a>>) -> Result<(), EngineError> {
        match job.into() {
            Job::Formula(spec) => self.check_formula(spec),
            Job::Network(spec) => self.check_network(spec),
        }
    }

    fn check_formula(&self, spec: &Spec) -> Result<(), EngineError> {
        let refuse = |why: String| Err(EngineError::Unsupported(why));
        let rows = spec.program.rows_per_step();
        if rows > u64::from(dispatch::MAX_CHUNK) {
            return refuse(format!(
                "--data: a step goes through {rows} rows, and a shader here makes at most {} in one dispatch; \
                 use --engine cpu, or fewer rows",
                dispatch::MAX_CHUNK
            ));
        }
        self.check_precision(spec.program.precision, || wgsl::unsupported_in_f64(&spec.program))
    }

    /// Whether this adapter computes in a precision; `without_f64` names the first function that shaders lack there.
    fn check_precision(
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

impl Engine for GpuEngine {
    fn info(&self) -> EngineInfo {
        let AdapterSummary { name, kind, backend, driver, .. } = &self.device.summary;
        let device = format!("{name} ({kind}, {backend})");
        EngineInfo { engine: "gpu", device, driver: driver.clone(), probe: Some(self.probe) }
    }

    fn tile_cells(&self, job: Job<'_>) -> usize {
        let spec = match job {
            Job::Formula(spec) => spec,
            Job::Network(spec) => return self.network_tile_cells(spec),
        };
        let room = Slots::new(&spec.program).max_cells(self.device.handle.limits().max_storage_buffer_binding_size);
        let software = self.device.summary.kind == adapter::SOFTWARE;
        let usual = if software { SOFTWARE_TILE_CELLS } else { TILE_CELLS };
        self.options.tile_cells.unwrap_or(usual).min(room).min(MAX_TILE_CELLS)
    }

    fn run(
        &self,
        job: Job<'_>,
        tiles: &mut Tiles<'_>,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError> {
        let spec = match job {
            Job::Formula(spec) => spec,
            Job::Network(spec) => return self.run_network(spec, tiles, watch, sink),
        };
        self.check(spec)?;
        let mut source = shader(spec);
        if let Some(edit) = self.options.edit_shader {
            source = edit(source);
        }
        let mut tiles = tiles.peekable();
        // Mostly tiles do not grow: the first is the largest.
        let Some(first) = tiles.peek().copied() else { return Ok(()) };
        let mut kernel = Kernel::new(&self.device, spec, &source, first)?;
        let mut pace = Pace::new(self.options.chunk_steps, spec.program.rows_per_step(), first.cells());
        if self.options.careful {
            pace = pace.careful();
        }
        for tile in tiles {
            if !kernel.fits(tile) {
                kernel = Kernel::new(&self.device, spec, &source, tile)?;
            }
            if let ControlFlow::Break(()) = sink(kernel.run_tile(tile, &mut pace, watch)?) {
                return Err(EngineError::Stopped);
            }
        }
        Ok(())
    }
}
