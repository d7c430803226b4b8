//! `trace.csv`: every point of some descents. `trace.json`: what was asked for, and what the descents came to.

use crate::analysis::theory::NoLimit;
use crate::csv_text::{CsvRows, ShortText, plain_text};
use crate::draw::{Prediction, Trace};
use crate::engine::{EngineInfo, Traced};
use crate::problem::{Schedule, Stop};
use crate::sweep::{Descents, Outcome, Precision, Tolerance};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<&'a str>,
    steps: u32,
    gtol: Tolerance,
    /// JSON has no infinity: null stands for it.
    diverge: Option<f64>,
    precision: Precision,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<ModelDocument<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    shown: BTreeMap<&'a str, &'a str>,
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
    /// What is shown besides, at the parameters' last finite values; null where it is no finite number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    shown: BTreeMap<&'a str, Option<f64>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    predictions: Vec<PredictionDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sharpness: Option<SharpnessDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<FlowDocument>,
}

/// The gradient flow at the end; null where it is no finite number.
#[derive(Debug, Serialize)]
struct FlowDocument {
    time: Option<f64>,
    loss: Option<f64>,
    /// From the descent.
    distance: Option<f64>,
}

/// Curvatures along the path.
#[derive(Debug, Serialize)]
struct SharpnessDocument {
    start: Option<f64>,
    end: Option<f64>,
    most: Option<f64>,
    /// At which the rule is no longer stable, or why there is none.
    edge: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_edge: Option<&'static str>,
}

/// What the model gives at `parameters`.
#[derive(Debug, Serialize)]
struct PredictionDocument<'a> {
    at: BTreeMap<&'a str, f64>,
    value: Option<f64>,
}

/// What rows are held against.
#[derive(Debug, Serialize)]
struct ModelDocument<'a> {
    formula: &'a str,
    target: Option<&'a str>,
    is_probability: bool,
}

/// `trace.json`, as indented JSON.
pub fn trace_json(trace: &Trace, command: &[String], engine: &EngineInfo, files: &[PathBuf]) -> String {
    let document = Document {
        alphasweep: env!("CARGO_PKG_VERSION"),
        command,
        engine,
        spec: SpecDocument::new(trace.descents()),
        descents: (0..trace.traced().len()).map(|descent| DescentDocument::new(trace, descent)).collect(),
        files,
    };
    let text = serde_json::to_string_pretty(&document);
    text.unwrap_or_else(|_| unreachable!("the document holds strings and numbers")) + "\n"
}

impl<'a> DescentDocument<'a> {
    fn new(trace: &'a Trace, descent: usize) -> Self {
        let (spec, traced) = (trace.descents().spec(descent), &trace.traced()[descent]);
        let (x, y) = trace.descents().list[descent].cell;
        let own = spec.knobs.iter().filter(|knob| !knob.name.starts_with('#'));
        Self {
            descent: descent + 1,
            rule: spec.rule.name(),
            rule_formula: spec.rule.text(),
            knobs: own.map(|knob| (knob.name.as_str(), spec.knob_value(knob, x, y))).collect(),
            outcome: traced.outcome,
            steps: traced.steps,
            loss_start: finite(traced.loss_start),
            loss_final: finite(traced.loss_final),
            parameters: &traced.parameters,
            shown: trace.shown_at_end(descent).map(|(name, value)| (name, finite(value))).collect(),
            predictions: trace.predictions(descent).map(PredictionDocument::new).collect(),
            sharpness: trace.descents().sharpness.then(|| SharpnessDocument::new(trace, descent)),
            flow: traced.flow.as_ref().map(|flow| FlowDocument {
                time: finite(flow.times[traced.path.shown]),
                loss: finite(flow.losses[traced.path.shown]),
                distance: finite(flow.distances[traced.path.shown]),
            }),
        }
    }
}

impl SharpnessDocument {
    fn new(trace: &Trace, descent: usize) -> Self {
        let traced = &trace.traced()[descent];
        let along = traced.sharpness.iter().take(traced.path.shown + 1).copied();
        let edge = trace.edge(descent);
        Self {
            start: along.clone().next().and_then(finite),
            end: along.clone().last().and_then(finite),
            most: along.filter(|value| value.is_finite()).max_by(f64::total_cmp),
            edge: edge.ok(),
            no_edge: edge.err().map(NoLimit::why),
        }
    }
}

impl<'a> PredictionDocument<'a> {
    fn new(Prediction { at, value }: Prediction<'a>) -> Self {
        Self { at: at.into_iter().collect(), value: finite(value) }
    }
}

fn finite(value: f64) -> Option<f64> {
    Some(value).filter(|value| value.is_finite())
}

impl<'a> SpecDocument<'a> {
    fn new(descents: &'a Descents) -> Self {
        let spec = &*descents.specs[0];
        let model = descents.fit.as_ref().map(|fit| &fit.model);
        Self {
            objective: spec.objective.row().map(|row| row.name),
            formula: spec.objective.text(),
            gradient: spec.gradient.to_string(),
            stop: spec.stop.as_ref().map(Stop::text),
            batch: spec.batch.to_string(),
            data: spec.data.as_ref().map(|data| (data.tables[0].source.as_str(), data.tables[0].hash())),
            parameters: spec.objective.parameters(),
            schedule: spec.schedule.as_ref().map(Schedule::text),
            steps: spec.limits.steps,
            gtol: spec.limits.gtol.clone(),
            diverge: spec.limits.diverge.is_finite().then_some(spec.limits.diverge),
            precision: spec.program.precision,
            model: model.map(|model| ModelDocument {
                formula: model.expression.text(),
                target: model.target.as_deref(),
                is_probability: model.is_probability,
            }),
            shown: descents.shown.iter().map(|shown| (shown.name.as_str(), shown.expression.text())).collect(),
        }
    }
}

/// One row per step: `descent,alpha,beta_start,step,loss,beta,beta_gradient`, in the shortest numbers that read back to
/// the same bits; nothing where a number is not finite. With several rules their names come second, and what is shown besides
/// comes last, in f64: `--show`, then `sharpness,edge`, then `time,beta_flow,loss_flow,flow_distance`.
///
/// # Errors
/// Whatever writing gives.
pub fn write_trace_csv(trace: &Trace, out: &mut impl Write) -> io::Result<()> {
    let mut rows = CsvRows::new(out, header(trace))?;
    (0..trace.traced().len()).try_for_each(|descent| write_descent(&mut rows, trace, descent))?;
    rows.finish()?.flush()
}

fn header(trace: &Trace) -> Vec<String> {
    let descents = trace.descents();
    descents
        .csv_names()
        .into_iter()
        .chain(descents.shown.iter().map(|shown| shown.name.clone()))
        .chain(descents.followed_names())
        .collect()
}

fn write_descent(rows: &mut CsvRows<impl Write>, trace: &Trace, descent: usize) -> io::Result<()> {
    let (descents, spec) = (trace.descents(), trace.descents().spec(descent));
    let wide = spec.program.precision.is_wide();
    // A compensated parameter is a sum of two f32 and needs the digits of an f64.
    let wide_parameters = wide || spec.program.parameters.iter().any(|parameter| parameter.lo.is_some());
    let rule = descents.several_rules.then(|| plain_text(descents.rule(descent)));
    let text = |value: &Option<f64>| value.map_or(ShortText::EMPTY, |value| ShortText::number(value, wide));
    let values: Vec<ShortText> = descents.list[descent].values.iter().map(text).collect();
    let Traced { path, shown, .. } = &trace.traced()[descent];
    for step in 0..path.losses.len() {
        rows.whole(descent as u64 + 1)?;
        rule.as_ref().map_or(Ok(()), |rule| rows.text(rule))?;
        values.iter().try_for_each(|value| rows.short(value))?;
        rows.whole(step as u64)?;
        rows.number(path.losses[step], wide)?;
        path.parameters.iter().try_for_each(|list| rows.number(list[step], wide_parameters))?;
        path.gradients.iter().try_for_each(|list| rows.number(list[step], wide))?;
        shown.iter().try_for_each(|list| rows.number(list[step], true))?;
        trace.followed(descent, step).into_iter().try_for_each(|value| rows.number(value, true))?;
        rows.end()?;
    }
    Ok(())
}
