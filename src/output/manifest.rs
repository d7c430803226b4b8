//! `sweep.json`: everything needed to run a sweep again, and what came out.

use super::alphas::Comparison;
use super::fingerprint::Results;
use super::summary::Summary;
use super::tiles::Maker;
use crate::problem::Stop;
use crate::sweep::{Asked, DataTables, Precision, Source, Spec};
use crate::theory::Known;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How a run came about: what may be otherwise when the same sweep is run again.
#[derive(Debug, Clone, Serialize)]
pub struct RunInfo {
    /// The command line as typed.
    pub command: Vec<String>,
    #[serde(skip)]
    pub engine: Maker,
    /// Why this engine.
    pub engine_reason: String,
    /// What was written, without this file.
    pub files: Vec<PathBuf>,
    /// What `--check` found, where it was asked for.
    #[serde(skip)]
    pub check: Option<serde_json::Value>,
}

/// The whole document. It is the same, byte for byte, whenever the same sweep is run on the same machine; but for `run`.
#[derive(Debug, Serialize)]
pub struct Manifest<'a> {
    alphasweep: &'static str,
    asked: &'a Asked,
    engine: &'a Maker,
    spec: SpecDocument<'a>,
    #[serde(flatten)]
    known: &'a Known,
    /// Theoretical and measured critical α.
    comparison: Option<Comparison>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<&'a serde_json::Value>,
    summary: &'a Summary,
    results: &'a Results,
    run: Run<'a>,
}

#[derive(Debug, Serialize)]
struct Run<'a> {
    #[serde(flatten)]
    info: &'a RunInfo,
    seconds: f64,
    cells_per_second: f64,
    steps_per_second: f64,
}

#[derive(Debug, Serialize)]
struct SpecDocument<'a> {
    objective: Option<&'static str>,
    formula: &'a str,
    rule: Option<&'static str>,
    rule_formula: &'a str,
    gradient: String,
    /// The user's own stop rule; without one `gtol` decides.
    stop: Option<&'a str>,
    batch: String,
    data: Option<DataDocument<'a>>,
    parameters: &'a [String],
    x: AxisDocument<'a>,
    y: Option<AxisDocument<'a>>,
    /// Knobs that are no axis.
    fixed: BTreeMap<&'a str, f64>,
    steps: u32,
    gtol: f64,
    /// JSON has no infinity: null stands for it.
    diverge: Option<f64>,
    precision: Precision,
}

#[derive(Debug, Serialize)]
struct DataDocument<'a> {
    source: &'a str,
    columns: &'a [String],
    rows: usize,
    /// Of the only table, or of the first where every seed has its own.
    hash: String,
    tables: usize,
}

impl<'a> DataDocument<'a> {
    fn new(data: &'a DataTables) -> Self {
        let first = &data.tables[0];
        Self {
            source: &first.source,
            columns: &first.names,
            rows: first.rows(),
            hash: first.hash(),
            tables: data.tables.len(),
        }
    }
}

#[derive(Debug, Serialize)]
struct AxisDocument<'a> {
    name: &'a str,
    axis: &'a str,
    values: usize,
}

impl<'a> Manifest<'a> {
    /// The document of a finished sweep.
    pub fn new(
        spec: &'a Spec,
        (asked, run): (&'a Asked, &'a RunInfo),
        known: &'a Known,
        (summary, results): (&'a Summary, &'a Results),
    ) -> Self {
        let critical = summary.critical.as_ref();
        let comparison = critical.and_then(|critical| Comparison::new(spec, known.theory.limits(), critical));
        Self {
            alphasweep: env!("CARGO_PKG_VERSION"),
            asked,
            engine: &run.engine,
            spec: SpecDocument::new(spec),
            known,
            comparison,
            check: run.check.as_ref(),
            summary,
            results,
            run: Run {
                info: run,
                seconds: summary.seconds,
                cells_per_second: summary.cells_per_second,
                steps_per_second: summary.steps_per_second,
            },
        }
    }

    /// The document as indented JSON.
    pub fn json(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.unwrap_or_else(|_| unreachable!("a manifest holds strings and numbers")) + "\n"
    }
}

/// The resolved request, as `sweep.json` has it under `spec`.
pub fn described(spec: &Spec) -> serde_json::Value {
    serde_json::to_value(SpecDocument::new(spec)).unwrap_or_default()
}

impl<'a> SpecDocument<'a> {
    fn new(spec: &'a Spec) -> Self {
        let axis = |axis: &'a crate::sweep::SweepAxis| AxisDocument {
            name: &axis.name,
            axis: axis.axis.text(),
            values: axis.axis.len(),
        };
        let fixed = spec.knobs.iter().filter_map(|knob| match knob.source {
            Source::Fixed(value) => Some((knob.name.as_str(), value)),
            Source::X(_) | Source::Y(_) => None,
        });
        Self {
            objective: spec.objective.row().map(|row| row.name),
            formula: spec.objective.text(),
            rule: spec.rule.name(),
            rule_formula: spec.rule.text(),
            gradient: spec.gradient.to_string(),
            stop: spec.stop.as_ref().map(Stop::text),
            batch: spec.batch.to_string(),
            data: spec.data.as_ref().map(DataDocument::new),
            parameters: spec.objective.parameters(),
            x: axis(&spec.x),
            y: spec.y.as_ref().map(axis),
            fixed: fixed.collect(),
            steps: spec.limits.steps,
            gtol: spec.limits.gtol,
            diverge: spec.limits.diverge.is_finite().then_some(spec.limits.diverge),
            precision: spec.program.precision,
        }
    }
}
