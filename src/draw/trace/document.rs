//! `trace.json`: what was asked for, and what the descents came to.

use super::followed::Trace;
use crate::engine::EngineInfo;
use crate::problem::Stop;
use crate::sweep::{FormulaSweep, Outcome, Precision};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Debug, Serialize)]
struct Document<'a> {
    alphasweep: &'static str,
    command: &'a [String],
    engine: &'a EngineInfo,
    spec: SpecDocument<'a>,
    descents: Vec<DescentDocument<'a>>,
    files: &'a [PathBuf],
}

#[derive(Debug, Serialize)]
struct SpecDocument<'a> {
    objective: Option<&'static str>,
    formula: &'a str,
    gradient: String,
    stop: Option<&'a str>,
    batch: String,
    /// Where the data come from, and their hash.
    data: Option<(&'a str, String)>,
    parameters: &'a [String],
    steps: u32,
    gtol: f64,
    /// JSON has no infinity: null stands for it.
    diverge: Option<f64>,
    precision: Precision,
}

#[derive(Debug, Serialize)]
struct DescentDocument<'a> {
    descent: usize,
    rule: Option<&'static str>,
    rule_formula: &'a str,
    /// Hyperparameters, constants and starts.
    knobs: BTreeMap<&'a str, f64>,
    outcome: Outcome,
    steps: u32,
    /// Null where the start itself has no finite loss.
    loss_start: Option<f64>,
    loss_final: Option<f64>,
    parameters: &'a [f64],
}

impl Trace {
    /// `trace.json`, as indented JSON.
    pub fn json(&self, command: &[String], engine: &EngineInfo, files: &[PathBuf]) -> String {
        let document = Document {
            alphasweep: env!("CARGO_PKG_VERSION"),
            command,
            engine,
            spec: SpecDocument::new(&self.descents.specs[0]),
            descents: (0..self.traced.len()).map(|descent| self.descent_document(descent)).collect(),
            files,
        };
        let text = serde_json::to_string_pretty(&document);
        text.unwrap_or_else(|_| unreachable!("the document holds strings and numbers")) + "\n"
    }

    fn descent_document(&self, descent: usize) -> DescentDocument<'_> {
        let (spec, traced) = (self.descents.spec(descent), &self.traced[descent]);
        let (x, y) = self.descents.list[descent].cell;
        let own = spec.knobs.iter().filter(|knob| !knob.name.starts_with('#'));
        DescentDocument {
            descent: descent + 1,
            rule: spec.rule.name(),
            rule_formula: spec.rule.text(),
            knobs: own.map(|knob| (knob.name.as_str(), spec.knob_value(knob, x, y))).collect(),
            outcome: traced.outcome,
            steps: traced.steps,
            loss_start: Some(traced.loss_start).filter(|loss| loss.is_finite()),
            loss_final: Some(traced.loss_final).filter(|loss| loss.is_finite()),
            parameters: &traced.parameters,
        }
    }
}

impl<'a> SpecDocument<'a> {
    fn new(spec: &'a FormulaSweep) -> Self {
        Self {
            objective: spec.objective.row().map(|row| row.name),
            formula: spec.objective.text(),
            gradient: spec.gradient.to_string(),
            stop: spec.stop.as_ref().map(Stop::text),
            batch: spec.batch.to_string(),
            data: spec.data.as_ref().map(|data| (data.tables[0].source.as_str(), data.tables[0].hash())),
            parameters: spec.objective.parameters(),
            steps: spec.limits.steps,
            gtol: spec.limits.gtol,
            diverge: spec.limits.diverge.is_finite().then_some(spec.limits.diverge),
            precision: spec.program.precision,
        }
    }
}
