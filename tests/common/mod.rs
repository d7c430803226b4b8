//! The vocabulary of the integration tests: engines, maps of cells with their evidence, lists of mismatches, and
//! random axes from a fixed seed.
#![allow(dead_code, unused_imports, reason = "each test file takes what it needs")]

pub mod adapter;
pub mod laws;
pub mod pixels;
pub mod plain_network;
pub mod softmax;
pub mod trend;

use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::gpu::GpuEngine;
use alphasweep::engine::{Engine, collect};
use alphasweep::problem::catalog::ObjectiveRow;
use alphasweep::sweep::{Axis, FormulaSweep, Outcome, Precision, Recipe, Request, Sweep, TileOutcomes};
use std::cell::RefCell;
use std::fmt::Display;
use std::io::Write;
use std::str::FromStr;
use std::sync::Arc;

pub use adapter::{gpu, gpu_with, gpu_within, on_lavapipe};

pub const EVERY_PRECISION: [Precision; 3] = [Precision::F32, Precision::Compensated, Precision::F64];

/// The CPU engine, on all cores.
pub fn cpu() -> CpuEngine {
    CpuEngine::new(None).expect("the CPU engine starts")
}

thread_local! {
    /// What this test has said last.
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Says, once, what a test leaves out and why. Past the test harness, which would keep it to itself.
pub fn skipped(what: &str, why: &str) {
    let thread = std::thread::current();
    let line = format!("SKIPPED {} ({}): {why}\n", thread.name().unwrap_or("test"), what.trim());
    if SAID.replace(line.clone()) != line {
        std::io::stderr().write_all(line.as_bytes()).expect("stderr");
    }
}

/// Whether the adapter is Mesa's CPU driver, whose + − × ÷ sqrt are those of the CPU.
pub fn is_lavapipe(engine: &GpuEngine) -> bool {
    engine.adapter().name.to_lowercase().contains("llvmpipe")
}

/// A sweep with its answer.
pub struct Map {
    /// Engine and precision, for messages.
    pub label: String,
    pub spec: Arc<FormulaSweep>,
    pub cells: TileOutcomes,
}

impl Map {
    pub fn of(engine: &dyn Engine, request: &Request) -> Self {
        let spec = Arc::new(resolved(request));
        let label = format!("{} {}", engine.info().engine, spec.program.precision);
        let cells = collect(engine, &Sweep::from(&spec))
            .unwrap_or_else(|error| panic!("{label} runs {}: {error}", request.formula.text()));
        assert_eq!(cells.outcome.len(), spec.cells(), "{label}: one outcome per cell");
        Self { label, spec, cells }
    }

    pub fn len(&self) -> usize {
        self.spec.cells()
    }

    /// The x value of a cell, as the precision holds it.
    pub fn x(&self, cell: usize) -> f64 {
        self.spec.program.precision.round(self.spec.x.axis.value(cell % self.spec.nx()))
    }

    /// The y value of a cell, likewise; 0 in a 1-D sweep.
    pub fn y(&self, cell: usize) -> f64 {
        let value = self.spec.y.as_ref().map_or(0.0, |y| y.axis.value(cell / self.spec.nx()));
        self.spec.program.precision.round(value)
    }

    pub fn outcome(&self, cell: usize) -> Outcome {
        self.cells.outcome[cell]
    }

    pub fn steps(&self, cell: usize) -> u32 {
        self.cells.steps[cell]
    }

    pub fn loss(&self, cell: usize) -> f64 {
        self.cells.loss_final[cell]
    }

    /// The first parameter's last finite value.
    pub fn p(&self, cell: usize) -> f64 {
        self.cells.parameters[0][cell]
    }

    /// Everything known of a cell, for messages.
    pub fn evidence(&self, cell: usize) -> String {
        let parameters: Vec<f64> = self.cells.parameters.iter().map(|values| values[cell]).collect();
        let y = self.spec.y.as_ref().map_or(String::new(), |y| format!(", {} = {:e}", y.name, self.y(cell)));
        format!(
            "{} cell {cell} ({} = {:e}{y}): {} at step {}, loss {:e} -> {:e}, parameters {parameters:?}",
            self.label,
            self.spec.x.name,
            self.x(cell),
            self.outcome(cell),
            self.steps(cell),
            self.cells.loss_start[cell],
            self.loss(cell),
        )
    }

    /// The bits of everything that is reported of a cell. A loss that is no number counts as one value.
    pub fn bits(&self, cell: usize) -> Vec<u64> {
        let number = |value: f64| if value.is_nan() { u64::MAX } else { value.to_bits() };
        let losses = [self.cells.loss_start[cell], self.cells.loss_final[cell]].map(number);
        let parameters = self.cells.parameters.iter().chain(&self.cells.measures).map(|values| number(values[cell]));
        let verdict = [u64::from(self.steps(cell)), self.outcome(cell) as u64];
        losses.into_iter().chain(parameters).chain(verdict).collect()
    }

    /// Compares every reported number with another answer to the same question, bit for bit.
    pub fn bit_differences(&self, other: &Self) -> Mismatches {
        assert_eq!(self.len(), other.len(), "two answers to one question have as many cells");
        let mut wrong = Mismatches::default();
        for cell in (0..self.len()).filter(|cell| self.bits(*cell) != other.bits(*cell)) {
            wrong.note(|| format!("{}\n      {}", self.evidence(cell), other.evidence(cell)));
        }
        wrong
    }
}

/// The validated request.
pub fn resolved(request: &Request) -> FormulaSweep {
    request.resolve().unwrap_or_else(|error| panic!("{} is a good request: {error}", request.formula.text()))
}

/// Runs a request in every precision on the CPU, and on the GPU where there is one that can.
pub fn everywhere(request: &Request) -> Vec<Map> {
    on_every_engine(&EVERY_PRECISION.map(|precision| request.clone().precision(precision)))
}

/// Runs requests on the CPU, and on the GPU where there is one that can.
pub fn on_every_engine(requests: &[Request]) -> Vec<Map> {
    let (cpu, gpu) = (cpu(), gpu());
    let mut maps: Vec<Map> = requests.iter().map(|request| Map::of(&cpu, request)).collect();
    for (gpu, request) in requests.iter().filter_map(|request| gpu.as_ref().map(|gpu| (gpu, request))) {
        match gpu.check(&resolved(request).into()) {
            Ok(()) => maps.push(Map::of(gpu, request)),
            Err(why) => skipped("one precision of the GPU half", &why.to_string()),
        }
    }
    maps
}

/// A catalog row's own sweep on a coarser grid of `n` × `n`.
pub fn coarse(row: &ObjectiveRow, n: usize) -> Request {
    let recipe = Recipe::of(Some(row));
    let thinned = |axis: &Axis| axis.with_len(n).expect("a catalog axis can be shorter");
    asked(row.name).vary("alpha", thinned(&recipe.alpha)).vary_start(thinned(&recipe.start))
}

/// What went wrong: all counted, the first ten told.
#[derive(Default)]
pub struct Mismatches {
    shown: Vec<String>,
    pub count: usize,
}

impl Mismatches {
    pub fn note(&mut self, evidence: impl FnOnce() -> String) {
        if self.shown.len() < 10 {
            self.shown.push(evidence());
        }
        self.count += 1;
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Fails unless nothing was noted.
    pub fn none(&self, story: &str) {
        let more = self.count - self.shown.len();
        assert!(self.count == 0, "{story}: {} wrong\n  {}\n  and {more} more", self.count, self.shown.join("\n  "));
    }
}

/// |value − reference| ≤ absolute + relative·|reference|
#[derive(Debug, Clone, Copy)]
pub struct Tolerance {
    pub absolute: f64,
    pub relative: f64,
}

impl Tolerance {
    pub fn holds(self, value: f64, reference: f64) -> bool {
        value == reference || (value - reference).abs() <= self.absolute + self.relative * reference.abs()
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn uniform(&mut self, lo: f64, hi: f64) -> f64 {
        lo + (hi - lo) * ((self.next() >> 11) as f64 / (1_u64 << 53) as f64)
    }

    /// Uniform in the logarithm.
    pub fn log_uniform(&mut self, lo: f64, hi: f64) -> f64 {
        self.uniform(lo.ln(), hi.ln()).exp()
    }

    /// Uniform in the logarithm of the magnitude, of either sign.
    pub fn either_sign(&mut self, lo: f64, hi: f64) -> f64 {
        let size = self.log_uniform(lo, hi);
        if self.next().is_multiple_of(2) { size } else { -size }
    }

    /// An axis of `n` values.
    pub fn axis(&mut self, n: usize, draw: impl Fn(&mut Self) -> f64) -> Axis {
        list((0..n).map(|_| draw(self)))
    }
}

/// An axis of these values, to the bit.
pub fn list(values: impl IntoIterator<Item = f64>) -> Axis {
    Axis::list(values).expect("finite values")
}

/// What a text says.
pub fn read<T: FromStr<Err: Display>>(text: &str) -> T {
    text.parse().unwrap_or_else(|error| panic!("`{text}`: {error}"))
}

/// The default sweep of an objective.
pub fn asked(objective: &str) -> Request {
    read(objective)
}

/// The values that are typed so.
pub fn along(axis: &str) -> Axis {
    read(axis)
}
