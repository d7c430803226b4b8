//! `sweep --check`: a share of the cells again, on the CPU in f64.

use crate::analysis::Kept;
use crate::cli::exit::CheckFailed;
use crate::cli::flags::SweepArguments;
use crate::cli::say::fact;
use crate::engine::Watch;
use crate::engine::cpu::CpuEngine;
use crate::sweep::{FormulaSweep, Outcome, Precision, Request, RequestError, SweepCommon};
use crate::verify::{Example, Recheck, recheck};
use std::sync::atomic::AtomicBool;

/// The map is kept in memory.
const MAX_CELLS: usize = 16 << 20;

/// Refuses grids that are too large for `--check`.
///
/// # Errors
/// The flag and the way out.
pub fn allowed(arguments: &SweepArguments, spec: &SweepCommon) -> Result<(), RequestError> {
    let Some(fraction) = arguments.check.filter(|_| spec.cells() > MAX_CELLS) else { return Ok(()) };
    let message = format!(
        "keeps the map in memory, at most {MAX_CELLS} cells, and here are {}; use axes of fewer values, or leave it out",
        spec.cells()
    );
    Err(RequestError::new("--check", fraction, message))
}

/// Runs the share that was asked for again.
///
/// # Errors
/// As the engine.
pub fn run(
    arguments: &SweepArguments,
    request: &Request,
    spec: &FormulaSweep,
    kept: &Kept,
    cancel: &AtomicBool,
) -> anyhow::Result<Option<Recheck>> {
    let Some(fraction) = arguments.check else { return Ok(None) };
    let cpu = CpuEngine::new(arguments.cpu.count())?;
    let watch = Watch::new(&|_| (), cancel);
    Ok(Some(recheck(&cpu, (request, spec), (&kept.outcomes, &kept.losses), fraction, &watch)?))
}

/// The lines of the summary.
pub fn told(check: &Recheck) -> String {
    let of_boundary = format!("{} of them on boundaries of the map", check.boundary_cells);
    let outcomes = match (check.outcomes_differ, check.off_boundary) {
        (0, _) => "all outcomes are the same".to_owned(),
        (differ, 0) => format!("{differ} outcomes differ, all where rounding decides"),
        (differ, off) => format!("{differ} outcomes differ, {off} of them off any boundary"),
    };
    let outcomes = match check.losses_off {
        0 => outcomes,
        off => format!("{outcomes}, but {off} arrive at another loss"),
    };
    let losses = match (check.median_loss_difference, check.largest_loss_difference) {
        (Some(median), Some(largest)) => {
            let text = format!("final losses differ by {median:.1e} of their size (median), {largest:.1e} (largest)");
            fact("", &text)
        }
        _ => String::new(),
    };
    let cells = check.cells;
    fact("check", &format!("{cells} cells again on the CPU in f64, {of_boundary}: {outcomes}")) + &losses
}

/// Whether a check holds.
///
/// # Errors
/// It does not.
pub fn verdict(check: &Recheck, spec: &SweepCommon) -> Result<(), CheckFailed> {
    let Some(example) = &check.example else { return Ok(()) };
    let Example { x, y, outcome, in_f64, loss, loss_in_f64 } = example;
    let y = spec.y.as_ref().zip(*y).map_or(String::new(), |(axis, y)| format!(", {} = {}", axis.name, number(spec, y)));
    let (differ, how) = if outcome == in_f64 {
        (check.losses_off, format!("loss {loss:.3e} here, {loss_in_f64:.3e} in f64"))
    } else {
        (check.off_boundary, format!("{outcome} here, {in_f64} in f64"))
    };
    Err(CheckFailed(format!(
        "--check: {differ} of {} cells end otherwise in f64 and lie on no boundary, such as {} = {}{y}: {how}; {}",
        check.cells,
        spec.x.name,
        number(spec, *x),
        way_out(spec.precision, *outcome, *in_f64)
    )))
}

/// What to do about it.
fn way_out(precision: Precision, outcome: Outcome, in_f64: Outcome) -> &'static str {
    match (precision, in_f64) {
        (Precision::F64, _) => "use --engine cpu",
        (_, Outcome::Converged) if outcome != Outcome::Converged => {
            "f32 may be unable to bring a steep slope below --gtol: use --precision f64, or a larger --gtol"
        }
        (Precision::F32, _) => "use --precision compensated or f64",
        (Precision::Compensated, _) => "use --precision f64",
    }
}

/// A value of an axis in the shortest text that reads back to it.
fn number(spec: &SweepCommon, value: f64) -> String {
    let plain = value == 0.0 || (1e-4..1e7).contains(&value.abs());
    match (spec.precision.is_wide(), plain) {
        (true, true) => value.to_string(),
        (true, false) => format!("{value:e}"),
        (false, true) => (value as f32).to_string(),
        (false, false) => format!("{:e}", value as f32),
    }
}
