//! `sweep.json`: everything needed to run a sweep again, and what came out.

use super::alphas::Comparison;
use super::summary::Summary;
use crate::engine::{EngineInfo, Record};
use crate::problem::Stop;
use crate::sweep::{DataTables, Precision, Source, Spec};
use crate::theory::Known;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How a run came about.
#[derive(Debug, Clone, Serialize)]
pub struct RunInfo {
    /// The command line as typed.
    pub command: Vec<String>,
    pub engine: EngineInfo,
    /// Why this engine.
    pub engine_reason: String,
    /// What failed on the way, and which cells another engine computed; absent where nothing failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failover: Option<Record>,
    /// What was written, without this file.
    pub files: Vec<PathBuf>,
    /// What `--check` found, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<serde_json::Value>,
}

/// The whole document.
#[derive(Debug, Serialize)]
pub struct Manifest<'a> {
    alphasweep: &'static str,
    #[serde(flatten)]
    run: &'a RunInfo,
    spec: SpecDocument<'a>,
    #[serde(flatten)]
    known: &'a Known,
    /// Theoretical and measured critical α.
    comparison: Option<Comparison>,
    summary: &'a Summary,
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
    pub fn new(spec: &'a Spec, run: &'a RunInfo, known: &'a Known, summary: &'a Summary) -> Self {
        let axis = |axis: &'a crate::sweep::SweepAxis| AxisDocument {
            name: &axis.name,
            axis: axis.axis.text(),
            values: axis.axis.len(),
        };
        let fixed = spec.knobs.iter().filter_map(|knob| match knob.source {
            Source::Fixed(value) => Some((knob.name.as_str(), value)),
            Source::X(_) | Source::Y(_) => None,
        });
        let document = SpecDocument {
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
        };
        let critical = summary.critical.as_ref();
        let comparison = critical.and_then(|critical| Comparison::new(spec, known.theory.limits(), critical));
        Self { alphasweep: env!("CARGO_PKG_VERSION"), run, spec: document, known, comparison, summary }
    }

    /// The document as indented JSON.
    pub fn json(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.unwrap_or_else(|_| unreachable!("a manifest holds strings and numbers")) + "\n"
    }
}
