//! `sweep --check`: a share of the cells again, on the CPU in f64.

use crate::analysis::Kept;
use crate::cli::exit::CheckFailed;
use crate::cli::flags::SweepArguments;
use crate::cli::say::fact;
use crate::draw::figure;
use crate::engine::Watch;
use crate::engine::cpu::CpuEngine;
use crate::sweep::{ColumnKind, FormulaSweep, Outcome, Precision, Request, RequestError, SweepCommon};
use crate::verify::{Answer, End, Example, OtherNumbers, Recheck, recheck};
use std::sync::atomic::AtomicBool;

/// The map is kept in memory.
const MAX_CELLS: usize = 16 << 20;
/// Numbers of all cells together: half a GiB.
const MAX_VALUES: usize = 64 << 20;

/// Refuses grids that are too large for `--check`.
///
/// # Errors
/// The flag and the way out.
pub fn allowed(arguments: &SweepArguments, spec: &SweepCommon) -> Result<(), RequestError> {
    let most = MAX_CELLS.min(MAX_VALUES / Kept::values(spec));
    let Some(fraction) = arguments.check.filter(|_| spec.cells() > most) else { return Ok(()) };
    let message = format!(
        "keeps the map in memory, at most {most} cells of so many numbers, and here are {}; use axes of fewer values, or leave \
         it out",
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
    let answer = Answer { outcomes: &kept.outcomes, losses: &kept.losses, parameters: &kept.parameters };
    Ok(Some(recheck(&cpu, (request, spec), answer, fraction, &watch)?))
}

/// The lines of the summary.
pub fn told(check: &Recheck) -> String {
    let of_boundary = format!("{} of them on boundaries of the map", check.boundary_cells);
    let outcomes = match (check.outcomes_differ, check.off_boundary) {
        (0, _) => "all outcomes are the same".to_owned(),
        (differ, 0) => format!("{differ} outcomes differ, all where rounding decides"),
        (differ, off) => format!("{differ} outcomes differ, {off} of them off any boundary"),
    };
    let losses = match (check.median_loss_difference, check.largest_loss_difference) {
        (Some(median), Some(largest)) => {
            let text = format!("final losses differ by {median:.1e} of their size (median), {largest:.1e} (largest)");
            fact("", &text)
        }
        _ => String::new(),
    };
    let cells = check.cells;
    fact("check", &format!("{cells} cells again on the CPU in f64, {of_boundary}: {outcomes}"))
        + &fact("", &numbers(check))
        + &losses
}

/// How many losses and parameters were compared, and what with.
fn numbers(check: &Recheck) -> String {
    let Recheck { cells, outcomes_differ, by_word, sensitive, numbers_differ, .. } = check;
    let agree = cells - outcomes_differ - by_word - sensitive - numbers_differ;
    let parts = [
        (u64::MAX, format!("losses and parameters of {agree} cells agree to what rounding makes")),
        (
            *sensitive,
            format!("those of {sensitive} do not, nor do they in f64 where an axis or a step moves by a rounding"),
        ),
        (*numbers_differ, format!("those of {numbers_differ} differ, and no rounding explains it")),
        (
            *by_word,
            format!(
                "{by_word} were compared by the word alone: they oscillate, rise or diverge, and rounding grows there"
            ),
        ),
    ];
    let told: Vec<String> = parts.into_iter().filter(|(cells, _)| *cells > 0).map(|(_, text)| text).collect();
    told.join("; ")
}

/// Whether a check holds.
///
/// # Errors
/// It does not.
pub fn verdict(check: &Recheck, spec: &SweepCommon) -> Result<(), CheckFailed> {
    if let Some(Example { x, y, outcome, in_f64 }) = &check.example {
        return Err(CheckFailed(format!(
            "--check: {} of {} cells end otherwise in f64 and lie on no boundary, such as {}: {outcome} here, {in_f64} in f64; \
             {}",
            check.off_boundary,
            check.cells,
            place(spec, *x, *y),
            way_out(spec.precision, *outcome, *in_f64)
        )));
    }
    let Some(OtherNumbers { x, y, outcome, end, in_f64 }) = &check.other_numbers else { return Ok(()) };
    Err(CheckFailed(format!(
        "--check: {} of {} cells have the same outcome in f64 and other numbers, such as {}: {outcome} {} here, {} in f64; {}",
        check.numbers_differ,
        check.cells,
        place(spec, *x, *y),
        at(spec, end),
        at(spec, in_f64),
        if spec.precision.is_wide() { "use --engine cpu" } else { "use --precision f64" }
    )))
}

/// Where a cell lies.
fn place(spec: &SweepCommon, x: f64, y: Option<f64>) -> String {
    let y = spec.y.as_ref().zip(y).map_or(String::new(), |(axis, y)| format!(", {} = {}", axis.name, number(spec, y)));
    format!("{} = {}{y}", spec.x.name, number(spec, x))
}

/// Where a descent ended.
fn at(spec: &SweepCommon, end: &End) -> String {
    const SHOWN: usize = 4;
    let names = spec.columns.iter().filter(|column| column.kind == ColumnKind::Parameter).map(|column| &column.name);
    let each = names.zip(&end.parameters).map(|(name, value)| format!(", {name} {}", figure(*value)));
    format!("at loss {}{}", figure(end.loss), each.take(SHOWN).collect::<String>())
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
