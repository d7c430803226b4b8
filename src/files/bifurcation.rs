//! `bifurcation.json`: what was asked for, and what was found. `points.csv`: what descents visit. `doublings.csv`: where
//! cycles lose their stability.

use crate::analysis::bifurcation::{Bifurcation, Change, ChangeKind, ComesTo, MOST_PERIOD, Orbit};
use crate::analysis::theory::Known;
use crate::csv_text::{CsvRows, plain_text};
use crate::sweep::{Precision, Source, is_hidden};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

/// `alpha,step,x` (or `alpha,x_start,step,x` with several starts): one row for each point of a cycle, and for every visit where
/// there is none; of descents that diverge nothing. In f64.
///
/// # Errors
/// Whatever writing gives.
pub fn write_points_csv(found: &Bifurcation, out: &mut impl Write) -> io::Result<()> {
    let spec = &found.spec;
    let axes = std::iter::once(&spec.x).chain(&spec.y).map(|axis| axis.name.as_str());
    let parameters = spec.objective.parameters().iter().map(String::as_str);
    let mut rows = CsvRows::new(out, axes.chain(["step"]).chain(parameters))?;
    for orbit in &found.orbits {
        let points = orbit.distinct(spec);
        let first = u64::from(found.asked.steps) + u64::from(found.asked.visits) + 1 - points.size_hint().0 as u64;
        for (point, step) in points.zip(first..) {
            rows.number(found.value(orbit), true)?;
            spec.y.as_ref().map_or(Ok(()), |y| rows.number(y.axis.value(orbit.cell.1), true))?;
            rows.whole(step)?;
            point.iter().try_for_each(|value| rows.number(*value, true))?;
            rows.end()?;
        }
    }
    rows.finish()?.flush()
}

/// How many rows that is.
pub fn points_rows(found: &Bifurcation) -> usize {
    found.orbits.iter().map(|orbit| orbit.distinct(&found.spec).size_hint().0).sum()
}

/// `alpha,error,kind,period,period_after,multiplier,multiplier_imaginary,x`: one row per loss of stability, with one point of
/// the cycle that loses it. The period after is told of doublings.
///
/// # Errors
/// Whatever writing gives.
pub fn write_doublings_csv(found: &Bifurcation, out: &mut impl Write) -> io::Result<()> {
    let spec = &found.spec;
    let fixed = ["error", "kind", "period", "period_after", "multiplier", "multiplier_imaginary"];
    let parameters = spec.objective.parameters().iter().map(String::as_str);
    let mut rows = CsvRows::new(out, std::iter::once(spec.x.name.as_str()).chain(fixed).chain(parameters))?;
    for change in &found.changes {
        rows.number(change.at, true)?;
        rows.number(change.error, true)?;
        rows.text(&plain_text(change.kind.words()))?;
        rows.whole(change.period as u64)?;
        match period_after(change) {
            Some(period) => rows.whole(period)?,
            None => rows.number(f64::NAN, true)?,
        }
        rows.number(change.multiplier.re, true)?;
        rows.number(change.multiplier.im, true)?;
        point(found, change).iter().try_for_each(|value| rows.number(*value, true))?;
        rows.end()?;
    }
    rows.finish()?.flush()
}

fn period_after(change: &Change) -> Option<u64> {
    (change.kind == ChangeKind::Doubling).then_some(2 * change.period as u64)
}

/// The parameters at the first point of a change's cycle.
fn point(found: &Bifurcation, change: &Change) -> Vec<f64> {
    found.spec.program.parameters.iter().map(|parameter| change.points[0][parameter.hi]).collect()
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    alphasweep: &'static str,
    command: &'a [String],
    objective: Option<&'static str>,
    formula: &'a str,
    rule: Option<&'static str>,
    rule_formula: &'a str,
    precision: Precision,
    parameters: &'a [String],
    /// What moves, and the starts: name and axis.
    axes: Vec<(&'a str, &'a str)>,
    /// All other numbers.
    set: BTreeMap<&'a str, f64>,
    steps: u32,
    visits: u32,
    longest_period: usize,
    theory: &'a Known,
    changes: Vec<ChangeDocument>,
    unknown: &'a [String],
    orbits: Vec<OrbitDocument>,
    files: &'a [PathBuf],
}

#[derive(Debug, Serialize)]
struct ChangeDocument {
    kind: ChangeKind,
    at: f64,
    error: f64,
    period: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    period_after: Option<u64>,
    /// Real and imaginary part.
    multiplier: [f64; 2],
    /// Parameters at each point of the cycle, in the order in which it is run through.
    points: Vec<Vec<f64>>,
}

#[derive(Debug, Serialize)]
struct OrbitDocument {
    at: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<f64>,
    comes_to: &'static str,
    period: Option<usize>,
    /// Per step; null where it is −∞, or the descent diverged.
    lyapunov: Option<f64>,
    lyapunov_error: Option<f64>,
}

/// `bifurcation.json`, as indented JSON.
pub fn bifurcation_json(found: &Bifurcation, command: &[String], files: &[PathBuf]) -> String {
    let spec = &found.spec;
    let fixed = spec.knobs.iter().filter(|knob| !is_hidden(&knob.name)).filter_map(|knob| match knob.source {
        Source::Fixed(value) => Some((knob.name.as_str(), value)),
        Source::X(_) | Source::Y(_) => None,
    });
    let document = Document {
        alphasweep: env!("CARGO_PKG_VERSION"),
        command,
        objective: spec.objective.row().map(|row| row.name),
        formula: spec.objective.text(),
        rule: spec.rule.name(),
        rule_formula: spec.rule.text(),
        precision: spec.program.precision,
        parameters: spec.objective.parameters(),
        axes: std::iter::once(&spec.x).chain(&spec.y).map(|axis| (axis.name.as_str(), axis.axis.text())).collect(),
        set: fixed.collect(),
        steps: found.asked.steps,
        visits: found.asked.visits,
        longest_period: MOST_PERIOD,
        theory: &found.known,
        changes: found.changes.iter().map(|change| of_change(found, change)).collect(),
        unknown: &found.unknown,
        orbits: found.orbits.iter().map(|orbit| of_orbit(found, orbit)).collect(),
        files,
    };
    let text = serde_json::to_string_pretty(&document);
    text.unwrap_or_else(|_| unreachable!("the document holds strings and numbers")) + "\n"
}

fn of_change(found: &Bifurcation, change: &Change) -> ChangeDocument {
    let parameters = |carried: &Vec<f64>| {
        found.spec.program.parameters.iter().map(|parameter| carried[parameter.hi]).collect::<Vec<f64>>()
    };
    ChangeDocument {
        kind: change.kind,
        at: change.at,
        error: change.error,
        period: change.period,
        period_after: period_after(change),
        multiplier: [change.multiplier.re, change.multiplier.im],
        points: change.points.iter().map(parameters).collect(),
    }
}

fn of_orbit(found: &Bifurcation, orbit: &Orbit) -> OrbitDocument {
    let finite = |value: f64| Some(value).filter(|value| value.is_finite());
    let comes_to = match &orbit.comes_to {
        ComesTo::Diverged => "diverged",
        ComesTo::Cycle(_) => "cycle",
        ComesTo::Repeats { .. } => "repeats",
        ComesTo::Aperiodic if orbit.is_chaotic() => "chaos",
        ComesTo::Aperiodic => "unknown",
    };
    OrbitDocument {
        at: found.value(orbit),
        start: found.spec.y.as_ref().map(|y| y.axis.value(orbit.cell.1)),
        comes_to,
        period: orbit.period(),
        lyapunov: orbit.lyapunov.and_then(|lyapunov| finite(lyapunov.value)),
        lyapunov_error: orbit.lyapunov.and_then(|lyapunov| finite(lyapunov.error)),
    }
}
