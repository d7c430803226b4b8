//! The engine: an adapter that is open, and what runs on it.

use super::adapter::{AdapterSummary, Choice, adapters, choose, summary};
use super::context::{Context, GpuOptions};
use super::device::Device;
use super::fault::Faults;
use super::{formula, network, probe};
use crate::engine::{Engine, EngineError, EngineInfo, MachineError, Probe, Sink, Tiles, Watch};
use crate::sweep::{NetworkSweep, Sweep};

/// Runs descents on a GPU, or on a software driver that is asked for.
pub struct GpuEngine(Context);

impl GpuEngine {
    /// Opens an adapter and probes its arithmetic.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] if there is no such adapter, one of the machine's errors if it does not work.
    pub fn open(choice: Choice<'_>) -> Result<Self, EngineError> {
        let adapter = chosen(choice)?;
        Self::on(&adapter, &adapter.limits())
    }

    /// The same, with no more of the adapter than a weaker one would have, for tests.
    ///
    /// # Errors
    /// As [`GpuEngine::open`].
    #[doc(hidden)]
    pub fn open_within(choice: Choice<'_>, limits: &wgpu::Limits) -> Result<Self, EngineError> {
        Self::on(&chosen(choice)?, limits)
    }

    /// Opens the very adapter that was open before, and no other that may be like it.
    ///
    /// # Errors
    /// [`MachineError::Lost`] if it is no longer there, one of the machine's errors if it does not work.
    pub fn reopen(wanted: &AdapterSummary) -> Result<Self, EngineError> {
        let adapters = adapters();
        let same = adapters.iter().find(|adapter| summary(adapter) == *wanted);
        let adapter = same.ok_or_else(|| MachineError::Lost(format!("{} is no longer there", wanted.name)))?;
        Self::on(adapter, &adapter.limits())
    }

    fn on(adapter: &wgpu::Adapter, limits: &wgpu::Limits) -> Result<Self, EngineError> {
        let device = Device::open(adapter, limits)?;
        let probe = probe::probe(&device)?;
        Ok(Self(Context { device, probe, options: GpuOptions::default() }))
    }

    /// The same engine, with dispatches an eighth as long: after a failure that shorter ones may avoid.
    #[must_use]
    pub fn careful(mut self) -> Self {
        self.0.options.careful = true;
        self
    }

    /// The same engine, with the driver's own elementary functions, if `native`.
    #[must_use]
    pub fn with_native_functions(mut self, native: bool) -> Self {
        self.0.options.native_functions = native;
        self
    }

    /// The same engine, failing on demand, for tests: asked before every submission what goes wrong with it.
    #[doc(hidden)]
    #[must_use]
    pub fn with_faults(mut self, faults: Faults) -> Self {
        self.0.device.suffer(faults);
        self
    }

    /// The same engine, cutting work in another way.
    #[must_use]
    pub fn with_options(mut self, options: GpuOptions) -> Self {
        self.0.options = options;
        self
    }

    /// The adapter in use.
    pub fn adapter(&self) -> &AdapterSummary {
        &self.0.device.summary
    }

    /// What the arithmetic probe found.
    pub fn probe(&self) -> Probe {
        self.0.probe
    }

    /// How it works.
    pub(super) fn options(&self) -> GpuOptions {
        self.0.options
    }

    /// The open device.
    pub(super) fn device(&self) -> &Device {
        &self.0.device
    }

    /// Whether this adapter can compute the sweep as asked.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`], naming the flag and the way out.
    pub fn check(&self, sweep: &Sweep) -> Result<(), EngineError> {
        match sweep {
            Sweep::Formula(spec) => formula::check(&self.0, spec),
            Sweep::Network(spec) => network::check(&self.0, spec),
        }
    }

    /// The weights with which each training of a sweep ends, for tests: cells in the order of the outcomes.
    ///
    /// # Errors
    /// As a run; [`EngineError::Unsupported`] where the trainings do not fit in one tile.
    #[doc(hidden)]
    pub fn network_weights(&self, spec: &NetworkSweep) -> Result<Vec<Vec<f64>>, EngineError> {
        network::weights(&self.0, spec)
    }
}

fn chosen(choice: Choice<'_>) -> Result<wgpu::Adapter, EngineError> {
    let mut adapters = adapters();
    let summaries: Vec<AdapterSummary> = adapters.iter().map(summary).collect();
    Ok(adapters.swap_remove(choose(&summaries, choice)?))
}

impl Engine for GpuEngine {
    fn info(&self) -> EngineInfo {
        let summary = self.adapter();
        let (device, driver) = (summary.device_name(), summary.driver.clone());
        let native_functions = self.0.options.native_functions;
        EngineInfo { engine: "gpu", device, driver, probe: Some(self.0.probe), native_functions }
    }

    fn tile_cells(&self, sweep: &Sweep) -> usize {
        match sweep {
            Sweep::Formula(spec) => formula::tile_cells(&self.0, spec),
            Sweep::Network(spec) => network::tile_cells(&self.0, spec),
        }
    }

    fn run(
        &self,
        sweep: &Sweep,
        tiles: &mut Tiles<'_>,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError> {
        match sweep {
            Sweep::Formula(spec) => formula::run(&self.0, spec, tiles, watch, sink),
            Sweep::Network(spec) => network::run(&self.0, spec, tiles, watch, sink),
        }
    }
}
