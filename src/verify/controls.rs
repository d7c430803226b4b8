//! Gradients against differences, and things that are wrong on purpose: a check that cannot fail proves nothing.

use super::check::{Map, Measured, along, asked, rule};
use super::parity::{Differences, SHORT_RUNS, ShortRun, elementary};
use crate::engine::cpu::CpuEngine;
use crate::engine::gpu::{Choice, GpuEngine, GpuOptions};
use crate::engine::{Engine, EngineError};
use crate::problem::Gradient;
use crate::sweep::{Axis, Precision};

/// Objectives whose gradients are compared with differences.
const SLOPES: &[&str] = &["lecture", "rosenbrock", "beale", "himmelblau", "rastrigin", "mccormick", "cross-entropy"];
/// The central differences, and how far they may be from a slope, relative to 1 + |slope|.
const CENTRAL: (Gradient, f64) = (Gradient::Central(1e-5), 1e-6);

/// Slopes of an objective at 41 starts, with that gradient: one step with α = 1 goes down by them.
fn slopes(engine: &dyn Engine, objective: &str, gradient: Gradient) -> Result<Vec<f64>, EngineError> {
    let starts = along(Axis::lin(-1.9, 2.1, 41));
    let request = asked(objective).vary_start(starts).set("alpha", 1.0).gradient(gradient);
    let request = request.diverge(f64::INFINITY).steps(1).gtol(0.0).precision(Precision::F64);
    let before = Map::of(engine, &request.clone().steps(0))?;
    let after = Map::of(engine, &request)?;
    let pairs = before.cells.parameters.iter().flatten().zip(after.cells.parameters.iter().flatten());
    Ok(pairs.map(|(before, after)| before - after).collect())
}

/// How many slopes there are, how many differ from central differences, and by how much at most.
fn against_differences(
    engine: &dyn Engine,
    objective: &str,
    gradient: Gradient,
) -> Result<(u32, u32, f64), EngineError> {
    let (slopes, differences) = (slopes(engine, objective, gradient)?, slopes(engine, objective, CENTRAL.0)?);
    let apart = slopes.iter().zip(&differences).map(|(a, b)| (a - b).abs() / (1.0 + b.abs()));
    Ok(apart.fold((0, 0, 0.0), |(all, wrong, most), far| {
        (all + 1, wrong + u32::from(far.is_nan() || far > CENTRAL.1), f64::max(most, far))
    }))
}

/// Derived gradients against central differences.
///
/// # Errors
/// As [`Engine::run`].
pub fn gradients(cpu: &CpuEngine) -> Result<Measured, EngineError> {
    let (mut all, mut wrong, mut largest, mut first) = (0, 0, 0.0_f64, None);
    for objective in SLOPES {
        let (slopes, differ, most) = against_differences(cpu, objective, Gradient::Auto)?;
        (all, wrong, largest) = (all + slopes, wrong + differ, largest.max(most));
        if differ > 0 {
            first.get_or_insert_with(|| format!("{objective}: {differ} of {slopes} slopes"));
        }
    }
    let figures = vec![
        ("objectives", SLOPES.len() as f64),
        ("slopes", f64::from(all)),
        ("wrong", f64::from(wrong)),
        ("farthest apart", largest),
        ("allowed", CENTRAL.1),
    ];
    Ok(Measured::new(figures, first))
}

/// What was broken and how many cells gave it away; holds if any did.
pub(super) fn caught(cells: u32, caught: u32) -> Measured {
    let missed =
        (caught == 0).then(|| "the fault went unnoticed, so that checks of this kind prove nothing".to_owned());
    Measured::new(vec![("tried", f64::from(cells)), ("gave it away", f64::from(caught))], missed)
}

/// A gradient that is wrong by the factor `factor` must differ from central differences.
///
/// # Errors
/// As [`Engine::run`].
pub fn wrong_gradient(cpu: &CpuEngine, factor: f64) -> Result<Measured, EngineError> {
    let gradient = format!("beta = {factor}*(beta/2-1)").parse();
    let gradient = gradient.unwrap_or_else(|error| unreachable!("a slope of the lecture: {error}"));
    let (slopes, wrong, _) = against_differences(cpu, "lecture", gradient)?;
    Ok(caught(slopes, wrong))
}

/// The run on which faults are looked for.
const CONTROL: ShortRun = SHORT_RUNS[0];

/// A rule whose learning rate is wrong by the factor `factor` must show in a short run.
///
/// # Errors
/// As [`Engine::run`].
pub fn perturbed_rule(cpu: &CpuEngine, factor: f64) -> Result<Measured, EngineError> {
    let request = CONTROL.request();
    let mut found = Differences::default();
    let wrong = Map::of(cpu, &request.clone().rule(rule(&format!("delta = -{factor}*alpha*g"))))?;
    found.add(&Map::of(cpu, &request)?, &wrong, SEEN);
    Ok(caught(found.cells, found.differ))
}

/// What counts as given away: as wide as short runs of plain arithmetic on any adapter.
const SEEN: f64 = 1e-3;

/// α a hundredth too large, wherever a descent loads its knobs (α is the first).
fn hasty(source: String) -> String {
    let before = "let knobs = load_knobs(cell);";
    source.replace(before, "var knobs = load_knobs(cell);\n    knobs.k0 *= real(1.01);")
}

/// A kernel whose learning rate is a hundredth too large must show in a short run. `edit` breaks it; by default so.
///
/// # Errors
/// As [`Engine::run`].
pub fn perturbed_kernel(
    cpu: &CpuEngine,
    choice: Choice<'_>,
    edit: Option<fn(String) -> String>,
) -> Result<Measured, EngineError> {
    let options = GpuOptions { edit_shader: Some(edit.unwrap_or(hasty)), ..GpuOptions::default() };
    let broken = GpuEngine::open(choice)?.with_options(options);
    let request = CONTROL.request().precision(Precision::F32);
    let mut found = Differences::default();
    found.add(&Map::of(cpu, &request)?, &Map::of(&broken, &request)?, SEEN);
    Ok(caught(found.cells, found.differ))
}

/// An exponential with another ln 2 must not pass for ours.
///
/// # Errors
/// As [`Engine::run`].
pub fn wrong_function(choice: Choice<'_>) -> Result<Measured, EngineError> {
    // The first piece of ln 2, and one that is 1e-4 of it off.
    let edit: fn(String) -> String = |shader| shader.replace("0x3f317200u", "0x3f317700u");
    let options = GpuOptions { edit_shader: Some(edit), ..GpuOptions::default() };
    let measured = elementary(&GpuEngine::open(choice)?.with_options(options))?;
    Ok(caught(1, u32::from(!measured.holds)))
}
