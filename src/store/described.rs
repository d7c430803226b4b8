//! The resolved request, as `sweep.json` has it under `spec`.

use crate::problem::samples::{SampleSets, Samples};
use crate::problem::{ColumnMoments, NetworkStop, Schedule, Stop};
use crate::sweep::{
    DataTables, FormulaSweep, NetworkSweep, Precision, SameClass, Source, Standardized, Sweep, SweepAxis, SweepCommon,
    Tolerance, is_hidden,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// The document of a sweep, whatever is descended on.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Document<'a> {
    Formula(FormulaDocument<'a>),
    Network(NetworkDocument<'a>),
}

impl<'a> Document<'a> {
    pub fn new(sweep: &'a Sweep) -> Self {
        match sweep {
            Sweep::Formula(spec) => Self::Formula(FormulaDocument::new(spec)),
            Sweep::Network(spec) => Self::Network(NetworkDocument::new(spec)),
        }
    }
}

/// The resolved request of a sweep, as a value.
pub fn described(sweep: &Sweep) -> serde_json::Value {
    serde_json::to_value(Document::new(sweep)).unwrap_or_default()
}

/// A resolved request without where its data lie: their hash says which they are.
pub fn placeless(mut spec: serde_json::Value) -> serde_json::Value {
    if let Some(data) = spec.get_mut("data").and_then(serde_json::Value::as_object_mut) {
        data.remove("source");
    }
    spec
}

/// What all sweeps have.
#[derive(Debug, Serialize)]
struct GridDocument<'a> {
    rule: Option<&'static str>,
    rule_formula: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<&'a str>,
    x: AxisDocument<'a>,
    y: Option<AxisDocument<'a>>,
    /// Knobs that are no axis.
    fixed: BTreeMap<&'a str, f64>,
    steps: u32,
    gtol: Tolerance,
    /// JSON has no infinity: null stands for it.
    diverge: Option<f64>,
    precision: Precision,
}

#[derive(Debug, Serialize)]
struct AxisDocument<'a> {
    name: &'a str,
    axis: &'a str,
    values: usize,
}

impl<'a> GridDocument<'a> {
    fn new(grid: &'a SweepCommon) -> Self {
        let axis =
            |axis: &'a SweepAxis| AxisDocument { name: &axis.name, axis: axis.axis.text(), values: axis.axis.len() };
        let named = grid.knobs.iter().filter(|knob| !is_hidden(&knob.name));
        let fixed = named.filter_map(|knob| match knob.source {
            Source::Fixed(value) => Some((knob.name.as_str(), value)),
            Source::X(_) | Source::Y(_) => None,
        });
        Self {
            rule: grid.rule.name(),
            rule_formula: grid.rule.text(),
            schedule: grid.schedule.as_ref().map(Schedule::text),
            x: axis(&grid.x),
            y: grid.y.as_ref().map(axis),
            fixed: fixed.collect(),
            steps: grid.limits.steps,
            gtol: grid.limits.gtol.clone(),
            diverge: grid.limits.diverge.is_finite().then_some(grid.limits.diverge),
            precision: grid.precision,
        }
    }
}

#[derive(Debug, Serialize)]
pub struct FormulaDocument<'a> {
    objective: Option<&'static str>,
    formula: &'a str,
    gradient: String,
    /// The user's own stop rule; without one `gtol` decides.
    stop: Option<&'a str>,
    batch: String,
    data: Option<DataDocument<'a>>,
    parameters: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    measures: Vec<&'static str>,
    /// Minima of one loss have one number.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    classes_by_loss: bool,
    #[serde(flatten)]
    grid: GridDocument<'a>,
}

#[derive(Debug, Serialize)]
struct DataDocument<'a> {
    source: &'a str,
    columns: &'a [String],
    rows: usize,
    /// Of the only table, or of the first where every seed has its own.
    hash: String,
    tables: usize,
    /// Columns that are standardised, with what they were before.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    standardized: &'a [ColumnMoments],
}

impl<'a> DataDocument<'a> {
    fn new(data: &'a DataTables, standardized: Option<&'a Standardized>) -> Self {
        let first = &data.tables[0];
        Self {
            source: &first.source,
            columns: &first.names,
            rows: first.rows(),
            hash: first.hash(),
            tables: data.tables.len(),
            standardized: standardized.map_or(&[], Standardized::before),
        }
    }
}

impl<'a> FormulaDocument<'a> {
    fn new(spec: &'a FormulaSweep) -> Self {
        Self {
            objective: spec.objective.row().map(|row| row.name),
            formula: spec.objective.text(),
            gradient: spec.gradient.to_string(),
            stop: spec.stop.as_ref().map(Stop::text),
            batch: spec.batch.to_string(),
            data: spec.data.as_ref().map(|data| DataDocument::new(data, spec.standardized.as_ref())),
            measures: spec.measures.iter().map(|measure| measure.name()).collect(),
            classes_by_loss: spec.same_class == SameClass::Loss,
            parameters: spec.objective.parameters(),
            grid: GridDocument::new(spec),
        }
    }
}

#[derive(Debug, Serialize)]
pub struct NetworkDocument<'a> {
    objective: Option<&'static str>,
    net: &'a [usize],
    activation: String,
    loss: String,
    scale: String,
    bias: bool,
    /// The user's own stop rule; without one `gtol` decides.
    stop: Option<&'a str>,
    batch: String,
    data: SamplesDocument<'a>,
    /// Steps between records of the history.
    history: Option<u32>,
    /// What was asked for beside what is always measured.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    measures: Vec<&'a str>,
    #[serde(flatten)]
    grid: GridDocument<'a>,
}

#[derive(Debug, Serialize)]
struct SamplesDocument<'a> {
    source: &'a str,
    rows: usize,
    test_rows: usize,
    inputs: usize,
    outputs: usize,
    hash: String,
}

impl<'a> SamplesDocument<'a> {
    fn new(samples: &'a SampleSets) -> Self {
        Self {
            source: &samples.source,
            rows: samples.train.rows(),
            test_rows: samples.test.as_ref().map_or(0, Samples::rows),
            inputs: samples.train.inputs,
            outputs: samples.train.outputs(),
            hash: samples.hash(),
        }
    }
}

impl<'a> NetworkDocument<'a> {
    fn new(spec: &'a NetworkSweep) -> Self {
        let network = &spec.network;
        Self {
            objective: spec.title.name,
            net: &network.sizes,
            activation: network.activation.to_string(),
            loss: network.loss.to_string(),
            scale: network.scaling.to_string(),
            bias: network.bias,
            stop: spec.stop.as_ref().map(NetworkStop::text),
            batch: spec.batch.to_string(),
            data: SamplesDocument::new(&spec.samples),
            history: spec.history.as_ref().map(|history| history.every),
            measures: spec.measures().filter(|column| column.is_asked()).map(|column| column.name.as_str()).collect(),
            grid: GridDocument::new(spec),
        }
    }
}
