//! An engine against the CPU engine, whose arithmetic is that of the operating system's own floating point.
//!
//! Short runs agree by value: to the bit where both compute + − × ÷ and roots alike, else within a tolerance. Full runs
//! agree by outcome, except on boundaries of the map.

use super::boundary::{compare, unexplained};
use super::check::{Figures, Map, Measured, along, asked, is_exact, rule};
use crate::engine::cpu::CpuEngine;
use crate::engine::gpu::{FunctionError, GpuEngine};
use crate::engine::{Engine, EngineError, EngineInfo};
use crate::expr::Node;
use crate::problem::catalog;
use crate::sweep::{Axis, Batch, FormulaSweep, Precision, Recipe, Request};

/// Cells per side of the maps here.
const SIDE: usize = 48;
/// Steps of a short run: few enough that errors have not grown.
const STEPS: u64 = 10;

/// A sweep of a few steps.
#[derive(Debug, Clone, Copy)]
pub struct ShortRun {
    pub objective: &'static str,
    pub rule: &'static str,
    /// Largest learning rate: well below the critical one.
    pub alpha: f64,
    pub batch: Batch,
}

const fn short(objective: &'static str, rule: &'static str, alpha: f64) -> ShortRun {
    ShortRun { objective, rule, alpha, batch: Batch::Full }
}

/// Objectives, rules and batches that are tried.
pub const SHORT_RUNS: &[ShortRun] = &[
    short("rosenbrock", "gd", 4e-4),
    short("booth", "momentum", 0.02),
    short("himmelblau", "nesterov", 2e-3),
    short("lecture", "adam", 0.1),
    short("double-well", "rmsprop", 0.1),
    short("rastrigin", "gd", 1e-3),
    short("cross-entropy", "gd", 0.5),
    short("hours", "gd", 0.05),
    ShortRun { objective: "line", rule: "gd", alpha: 0.05, batch: Batch::Each },
    ShortRun { objective: "line", rule: "momentum", alpha: 0.05, batch: Batch::Random(10) },
    ShortRun { objective: "line", rule: "gd", alpha: 0.05, batch: Batch::Shuffled(7) },
];

impl ShortRun {
    /// What is tried, in words.
    pub fn name(&self) -> String {
        let batch = match self.batch {
            Batch::Full => String::new(),
            Batch::Each => ", row by row".to_owned(),
            Batch::Random(size) => format!(", {size} random rows"),
            Batch::Shuffled(size) => format!(", {size} shuffled rows"),
        };
        format!("{}, {}{batch}", self.objective, self.rule)
    }

    pub(super) fn request(&self) -> Request {
        let (_, start) = coarse_axes(self.objective);
        let request = asked(self.objective).vary("alpha", along(Axis::log(1e-5, self.alpha, SIDE))).vary_start(start);
        request.rule(rule(self.rule)).batch(self.batch).steps(STEPS).gtol(0.0)
    }
}

/// Objectives whose maps are compared as a whole.
pub const FULL_RUNS: &[&str] = &["lecture", "double-well", "xy", "rosenbrock", "himmelblau", "rastrigin"];

/// A catalog row's own sweep on a coarser grid.
fn coarse(name: &str) -> Request {
    let (alpha, start) = coarse_axes(name);
    asked(name).vary("alpha", alpha).vary_start(start)
}

/// A catalog row's own learning rates and starts, but fewer.
fn coarse_axes(name: &str) -> (Axis, Axis) {
    let recipe = Recipe::of(catalog::objective(name));
    (along(recipe.alpha.with_len(SIDE)), along(recipe.start.with_len(SIDE)))
}

/// Whether a step uses + − × ÷, roots and comparisons alone.
fn is_arithmetic(spec: &FormulaSweep) -> bool {
    let exact = |node: &Node| match node {
        Node::Unary(op, _) => op.row().exact,
        Node::Binary(op, ..) => op.row().exact,
        _ => true,
    };
    spec.program.graph.nodes().iter().zip(spec.program.needed()).all(|(node, needed)| !needed || exact(node))
}

/// How far two engines may be apart after a short run, relative to 1 + |value|.
///
/// 0 is equality of bits, which an adapter owes that rounds every operation by itself: elementary functions are made of
/// such operations. One that flushes numbers below the normal ones differs by those. Contraction and inexact quotients cost
/// a few ulp per step. The slopes of rules such as adam, which divide by their own size, magnify them, and so do those of
/// sines, by up to 63.
fn tolerance(spec: &FormulaSweep, info: &EngineInfo) -> f64 {
    const BELOW_NORMAL: f64 = 1e-30;
    let keeps = info.probe.is_none_or(|probe| probe.subnormals);
    match (is_exact(info), is_arithmetic(spec), spec.program.precision.is_wide()) {
        (true, ..) if keeps => 0.0,
        (true, ..) => BELOW_NORMAL,
        (false, true, false) => 1e-3,
        (false, true, true) => 1e-9,
        (false, false, _) => 2e-2,
    }
}

/// How two maps of a sweep differ by value.
#[derive(Debug, Default)]
pub(super) struct Differences {
    pub cells: u32,
    pub differ: u32,
    /// Of the values, relative to 1 + |value|.
    pub largest: f64,
    pub first: Option<String>,
}

impl Differences {
    /// Adds a sweep: cells count as different beyond a tolerance relative to 1 + |value|. A loss is judged by where it
    /// began, since it is a difference of such numbers.
    pub fn add(&mut self, here: &Map, there: &Map, tolerance: f64) {
        for cell in 0..here.spec.cells() {
            let far = distance(here, there, cell);
            self.cells += 1;
            self.largest = self.largest.max(far);
            if far > tolerance || here.cells.steps[cell] != there.cells.steps[cell] {
                self.differ += 1;
                self.first.get_or_insert_with(|| format!("{}: {far:.1e} apart", here.place(cell)));
            }
        }
    }
}

/// The largest difference of a cell's loss and parameters, relative to 1 + |value|.
fn distance(here: &Map, there: &Map, cell: usize) -> f64 {
    let (a, b) = (&here.cells, &there.cells);
    let losses = (a.loss_final[cell], b.loss_final[cell], a.loss_start[cell].abs());
    let parameters = a.parameters.iter().zip(&b.parameters).map(|(a, b)| (a[cell], b[cell], a[cell].abs()));
    let each = parameters.chain([losses]).map(|(a, b, size)| match (a - b).abs() / (1.0 + size) {
        _ if a == b || (a.is_nan() && b.is_nan()) => 0.0,
        far if far.is_nan() => f64::INFINITY,
        far => far,
    });
    each.fold(0.0, f64::max)
}

/// Compares an engine with the CPU on a short run, by value, in every precision that the engine has.
///
/// # Errors
/// As [`Engine::run`].
pub fn short_run(run: &ShortRun, cpu: &CpuEngine, engine: &dyn Engine) -> Result<Measured, EngineError> {
    let info = engine.info();
    let (mut found, mut precisions, mut widest, mut refused) = (Differences::default(), 0, 0.0_f64, None);
    for precision in [Precision::F32, Precision::Compensated, Precision::F64] {
        let request = run.request().precision(precision);
        let there = match Map::of(engine, &request) {
            Err(EngineError::Unsupported(why)) => {
                refused = Some(EngineError::Unsupported(why));
                continue;
            }
            other => other?,
        };
        precisions += 1;
        let tolerance = tolerance(&there.spec, &info);
        widest = widest.max(tolerance);
        found.add(&Map::of(cpu, &request)?, &there, tolerance);
    }
    match refused {
        Some(why) if precisions == 0 => Err(why),
        _ => Ok(found.measured(precisions, widest)),
    }
}

impl Differences {
    fn measured(self, precisions: u32, tolerance: f64) -> Measured {
        let figures = vec![
            ("precisions", f64::from(precisions)),
            ("cells", f64::from(self.cells)),
            ("differ", f64::from(self.differ)),
            ("farthest apart", self.largest),
            ("allowed", tolerance),
        ];
        Measured::new(figures, self.first)
    }
}

/// Compares an engine with the CPU on a full run, by outcome.
///
/// # Errors
/// As [`Engine::run`].
pub fn full_run(objective: &str, cpu: &CpuEngine, engine: &dyn Engine) -> Result<Measured, EngineError> {
    let request = coarse(objective);
    let there = Map::of(engine, &request)?;
    let here = Map::of(cpu, &request)?;
    let (nx, cells) = (here.spec.nx(), here.spec.cells());
    let found = compare(nx, &here.cells.outcome, &there.cells.outcome);
    let wrong = unexplained(cpu, &request, &here.spec, &found.off_boundary)?;
    let first = wrong.first().map(|cell| {
        let (here_is, there_is) = (here.cells.outcome[*cell], there.cells.outcome[*cell]);
        format!("{}: {there_is}, and {here_is} on the CPU", here.place(*cell))
    });
    let (differ, off) = (found.cells.len(), found.off_boundary.len());
    let figures = [
        ("cells", cells),
        ("differ", differ),
        ("on boundaries", differ - off),
        ("decided by rounding", off - wrong.len()),
        ("unexplained", wrong.len()),
    ];
    let figures = figures.map(|(name, count)| (name, count as f64)).to_vec();
    Ok(Measured::new(figures, first))
}

/// The elementary functions: the CPU's bits where the adapter rounds each operation by itself; else as near to the truth as
/// inexact quotients, which are all that WGSL permits it inside of them, leave them.
///
/// # Errors
/// As [`Engine::run`].
pub fn elementary(engine: &GpuEngine) -> Result<Measured, EngineError> {
    const ULPS: f64 = 16.0;
    let errors = engine.function_errors()?;
    let probe = engine.probe();
    let same = probe.rounds_each() && probe.subnormals;
    let is_wrong = |error: &&FunctionError| if same { error.differ > 0 } else { error.ours > ULPS };
    let wrong = errors.iter().find(is_wrong).map(|error| {
        let FunctionError { name, ours, differ, values, .. } = error;
        format!("{name}: {differ} of {values} values have other bits than on the CPU, {ours:.1} ulp from the truth")
    });
    let sum = |count: fn(&FunctionError) -> usize| errors.iter().map(count).sum::<usize>() as f64;
    let farthest = errors.iter().fold(0.0_f64, |most, error| most.max(error.ours));
    let figures = vec![
        ("functions", errors.len() as f64),
        ("values", sum(|error| error.values)),
        ("other bits", sum(|error| error.differ)),
        ("farthest from the truth (ulp)", farthest),
    ];
    Ok(Measured::new(figures, wrong))
}

/// The adapter's arithmetic: whether compensation, where the probe reports it, does what it must in a real sweep. The rest
/// of the probe is reported and fails nothing: it costs accuracy that the other checks measure.
///
/// # Errors
/// As [`Engine::run`].
pub fn arithmetic(engine: &GpuEngine) -> Result<Measured, EngineError> {
    let probe = engine.probe();
    if !probe.compensation {
        let note = format!("{probe}; --precision compensated is refused here");
        return Ok(Measured { holds: true, figures: Figures::default(), note });
    }
    // Each step is far below half an ulp of 3 in f32, and together they are not.
    let request = asked("bowl").vary("alpha", Axis::one(1e-10)).vary_start(Axis::one(-3.0));
    let request = request.set("x1_start", 4.0).gtol(0.0);
    let moved = Map::of(engine, &request.steps(100))?.cells.parameters[0][0] + 3.0;
    let error = (moved / 6e-8 - 1.0).abs();
    let lost = (error > 1e-4).then(|| format!("they move by {moved:e}: what a step loses is not carried on"));
    let figures = vec![("100 steps of 6e-10 from -3, relative error", error)];
    let measured = Measured::new(figures, lost);
    Ok(if measured.holds { Measured { note: probe.to_string(), ..measured } } else { measured })
}
