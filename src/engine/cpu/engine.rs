//! The engine: threads, and what runs on them.

use super::formula::{self, Formula};
use super::native::Isa;
use super::network;
use crate::engine::measured::Measured;
use crate::engine::rest::Rest;
use crate::engine::{DeviceName, Engine, EngineError, EngineInfo, Sink, Tiles, Watch};
use crate::sweep::{FormulaSweep, NetworkSweep, Sweep, Tile, TileOutcomes};
use std::ops::ControlFlow;

/// Runs descents on the processor's cores.
pub struct CpuEngine {
    pool: rayon::ThreadPool,
    tile_cells: usize,
    /// The instructions that machine code is made of; `None` for the interpreter alone.
    native: Option<Isa>,
}

/// A tile is small enough to stay in the outer cache and to keep memory flat, large enough to feed all cores.
const TILE_CELLS: usize = 1 << 18;

impl CpuEngine {
    /// An engine on `threads` threads; `None` takes all cores.
    ///
    /// # Errors
    /// [`EngineError::NoThreads`]
    pub fn new(threads: Option<usize>) -> Result<Self, EngineError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).build();
        let pool = pool.map_err(|error| EngineError::NoThreads(error.to_string()))?;
        Ok(Self { pool, tile_cells: TILE_CELLS, native: Isa::detect() })
    }

    /// The same engine with another tile size (cells). Outcomes do not depend on it.
    #[must_use]
    pub fn with_tile_cells(mut self, tile_cells: usize) -> Self {
        self.tile_cells = tile_cells;
        self
    }

    /// The same engine without machine code made at run time. Outcomes do not depend on it.
    #[must_use]
    pub fn interpreted(mut self) -> Self {
        self.native = None;
        self
    }

    /// The same engine with machine code of the shortest vectors also where there are longer ones. Outcomes do not depend on it.
    #[must_use]
    pub fn with_short_vectors(mut self) -> Self {
        self.native = self.native.map(Isa::shortest);
        self
    }

    /// The same engine with machine code of these instructions.
    #[cfg(test)]
    #[must_use]
    pub(super) fn with_instructions(mut self, isa: Isa) -> Self {
        self.native = Some(isa);
        self
    }

    /// Whether programs may become machine code here; else the interpreter, which skips no cycles, does all.
    pub fn writes_machine_code(&self) -> bool {
        self.native.is_some()
    }

    /// The threads.
    pub(super) fn pool(&self) -> &rayon::ThreadPool {
        &self.pool
    }

    fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Whether there is room for the sweep.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`], naming the flag and the way out.
    pub fn check(&self, sweep: &Sweep) -> Result<(), EngineError> {
        match sweep {
            Sweep::Formula(_) => Ok(()),
            Sweep::Network(spec) => network::check_memory(spec, self.threads()),
        }
    }

    /// Runs some cells of a sweep, by their (x, y); the outcomes come as one row in the order given.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub fn run_cells(
        &self,
        spec: &FormulaSweep,
        cells: &[(u32, u32)],
        watch: &Watch<'_>,
    ) -> Result<TileOutcomes, EngineError> {
        let row = Tile { x0: 0, y0: 0, nx: cells.len(), ny: 1 };
        let mut listed = None;
        let (rest, measured) = (Rest::of_formula(Some(spec)), Measured::of_formula(Some(spec)));
        let mut keep = |mut outcomes| {
            let place = |cell: usize| (cells[cell].0 as usize, cells[cell].1 as usize);
            rest.tell(&mut outcomes, place);
            measured.tell(&mut outcomes, place);
            listed = Some(outcomes);
            ControlFlow::Continue(())
        };
        let formula = Formula { spec, listed: Some(cells), native: self.native };
        formula.run(&self.pool, &mut std::iter::once(row), watch, &mut keep)?;
        listed.ok_or(EngineError::Interrupted)
    }

    /// The weights of one cell at the end of its training, layer after layer; where the precision has low parts, with
    /// them.
    ///
    /// # Errors
    /// A network that is too large.
    pub fn weights(&self, spec: &NetworkSweep, cell: (usize, usize)) -> Result<Vec<f64>, EngineError> {
        network::check_memory(spec, self.threads())?;
        network::weights(spec, cell)
    }

    /// The weights with which each training of a sweep ends, for tests: cells in the order of the outcomes.
    ///
    /// # Errors
    /// A network that is too large.
    #[doc(hidden)]
    pub fn network_weights(&self, spec: &NetworkSweep) -> Result<Vec<Vec<f64>>, EngineError> {
        (0..spec.cells()).map(|cell| self.weights(spec, (cell % spec.nx(), cell / spec.nx()))).collect()
    }
}

impl Engine for CpuEngine {
    fn info(&self) -> EngineInfo {
        let device = DeviceName::Processor { threads: self.threads(), architecture: std::env::consts::ARCH };
        EngineInfo { engine: "cpu", device, driver: String::new(), probe: None, native_functions: false }
    }

    fn tile_cells(&self, sweep: &Sweep) -> usize {
        let suitable = match sweep {
            Sweep::Formula(spec) => formula::tile_cells(spec, self.threads()),
            Sweep::Network(spec) => network::tile_cells(spec, self.threads()),
        };
        self.tile_cells.min(suitable)
    }

    fn run(
        &self,
        sweep: &Sweep,
        tiles: &mut Tiles<'_>,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError> {
        match sweep {
            Sweep::Formula(spec) => {
                Formula { spec, listed: None, native: self.native }.run(&self.pool, tiles, watch, sink)
            }
            Sweep::Network(spec) => network::run(&self.pool, spec, tiles, watch, sink),
        }
    }
}
