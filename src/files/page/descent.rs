//! What the script of a page reads of a descent: its knobs, what it carries, when it ends, and the program that makes it.

use super::cells::PageTexts;
use super::fit::FitDocument;
use super::kernels::Kernels;
use super::living::KernelDocument;
use super::pack::pack_f64;
use crate::analysis::theory::{Known, RestPoint};
use crate::draw::pretty;
use crate::problem::Schedule;
use crate::store::RecordedFlags;
use crate::sweep::{
    Bar, FormulaSweep, InitialValue, LEVEL, Precision, SEED, Source, StopTest, SweepCommon, Tolerance, is_hidden,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;

/// Of a network it has what is said of it, and nothing that could be made anew.
#[derive(Debug, Default, Serialize)]
pub struct DescentDocument<'a> {
    /// What is typed for a sweep like it: axes, values, steps, tolerance and seed are for the page to say.
    command: Vec<String>,
    knobs: Vec<KnobDocument<'a>>,
    /// Knob of each carried value, where it does not begin at 0.
    initial: Vec<Option<usize>>,
    parameters: Vec<ParameterDocument<'a>>,
    /// Per table, per column.
    tables: Vec<Vec<String>>,
    table: Option<usize>,
    limits: LimitsDocument,
    /// What the program of the page was made with, and cannot be changed in it: by the name of a knob or of a limit, why.
    locked: BTreeMap<&'static str, &'static str>,
    /// Where descents come to rest.
    rests: Vec<RestDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fit: Option<&'a FitDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kernel: Option<KernelDocument>,
}

impl<'a> DescentDocument<'a> {
    pub fn of_formula(
        spec: &'a FormulaSweep,
        known: &'a Known,
        (texts, fit, kernels): (PageTexts<'a>, Option<&'a FitDocument>, Option<Kernels>),
    ) -> io::Result<Self> {
        Ok(Self {
            command: command(texts.asked, spec),
            knobs: knobs(spec, |name, at| (kind(spec, name), !spec.program.depends_on(at))),
            initial: initial(spec),
            parameters: parameters(spec),
            tables: tables(spec)?,
            table: spec.program.table(),
            limits: LimitsDocument::new(spec),
            locked: locked(spec),
            rests: known.rest_points.iter().map(RestDocument::new).collect(),
            fit,
            kernel: kernels.map(KernelDocument::new).transpose()?,
        })
    }

    pub fn of_network(grid: &'a SweepCommon) -> Self {
        let kind = |name: &str| if is_hidden(name) { "hidden" } else { "rule" };
        let limits = LimitsDocument { steps: grid.limits.steps, batched: grid.batched, ..LimitsDocument::default() };
        Self { knobs: knobs(grid, |name, _| (kind(name), false)), limits, ..Self::default() }
    }
}

/// A place where descents come to rest.
#[derive(Debug, Serialize)]
struct RestDocument<'a> {
    what: &'static str,
    /// Whether descent can stay there.
    stays: bool,
    point: &'a [f64],
    loss: f64,
}

impl<'a> RestDocument<'a> {
    fn new(point: &'a RestPoint) -> Self {
        Self { what: point.class.words(), stays: !point.class.is_unstable(), point: &point.point, loss: point.loss }
    }
}

#[derive(Debug, Serialize)]
struct KnobDocument<'a> {
    name: &'a str,
    label: String,
    /// What kind of name it is: of the rule, of the formula, a start, or one that nobody can name.
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<usize>,
    /// Nothing depends on it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    idle: bool,
}

#[derive(Debug, Serialize)]
struct ParameterDocument<'a> {
    name: &'a str,
    label: String,
    hi: usize,
    lo: Option<usize>,
}

#[derive(Debug, Default, Serialize)]
struct LimitsDocument {
    steps: u32,
    /// How small slopes must be, as a share of those at the starts; absent where that was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<f64>,
    /// Whether slopes decide, and not a condition of the user's own.
    slopes: bool,
    /// Of every number of the stop test, and for how many more judged steps it must hold.
    tolerances: Vec<f64>,
    confirmation: u32,
    factor: f64,
    reach: f64,
    largest: f64,
    parameter_limit: f64,
    period: u32,
    /// Steps take batches.
    batched: bool,
    /// How far a loss must move, relative to where it began.
    level: f64,
    /// And to the loss at the start, whatever is left of it.
    grain: f64,
}

impl LimitsDocument {
    fn new(spec: &FormulaSweep) -> Self {
        // The engine's own limits: the path is to end where the cell did.
        let Bar { factor, reach, largest } = spec.bar();
        Self {
            steps: spec.limits.steps,
            share: if let Tolerance::Relative(share) = spec.limits.gtol { Some(share) } else { None },
            slopes: matches!(spec.program.stop, StopTest::Gradient(_)),
            tolerances: spec.tolerances.clone(),
            confirmation: spec.confirmation(),
            factor,
            reach,
            largest,
            parameter_limit: spec.program.parameter_limit(),
            period: spec.program.period(),
            batched: spec.program.is_noisy(),
            level: LEVEL,
            // The page computes in f64.
            grain: Precision::F64.grain(),
        }
    }
}

/// All knobs; `about` says of each what kind it is, and whether nothing depends on it.
fn knobs(grid: &SweepCommon, about: impl Fn(&str, usize) -> (&'static str, bool)) -> Vec<KnobDocument<'_>> {
    let documents = grid.knobs.iter().enumerate().map(|(at, knob)| {
        let (kind, idle) = about(&knob.name, at);
        let (fixed, x, y) = match knob.source {
            Source::Fixed(value) => (Some(grid.precision.round(value)), None, None),
            Source::X(line) => (None, Some(line), None),
            Source::Y(line) => (None, None, Some(line)),
        };
        KnobDocument { name: &knob.name, label: pretty(&knob.name), kind, fixed, x, y, idle }
    });
    documents.collect()
}

fn kind(spec: &FormulaSweep, name: &str) -> &'static str {
    match spec.program.knob(name) {
        _ if is_hidden(name) => "hidden",
        _ if name == SEED => "seed",
        Some(knob) if spec.program.start_of(knob).is_some() => "start",
        _ if spec.objective.constants().iter().any(|(constant, _)| constant == name) => "constant",
        _ => "rule",
    }
}

fn locked(spec: &FormulaSweep) -> BTreeMap<&'static str, &'static str> {
    let mut locked = BTreeMap::new();
    let counts = spec.rule.given().contains(&"steps") || spec.schedule.as_ref().is_some_and(Schedule::reads_steps);
    if counts {
        locked.insert("steps", "the schedule or the rule reads how many steps there are");
    }
    if spec.data.iter().flat_map(|data| &data.tables).any(|table| table.seeded) {
        locked.insert("seed", "the data are drawn from the seed");
    } else if !spec.program.is_noisy() {
        locked.insert("seed", "only starts are drawn from the seed, and they are numbers here");
    }
    if !matches!(spec.program.stop, StopTest::Gradient(_)) {
        locked.insert("tolerance", "a condition says when a descent has arrived");
    }
    locked
}

/// What was asked for, without what the page says itself and what is not about the numbers.
fn command(asked: &RecordedFlags, spec: &FormulaSweep) -> Vec<String> {
    const KEPT: [&str; 13] = [
        "objective",
        "const",
        "data",
        "no-header",
        "drop-missing",
        "standardize",
        "rule",
        "gradient",
        "batch",
        "shuffle",
        "schedule",
        "stop",
        "diverge",
    ];
    let mut kept = asked.clone();
    kept.flags.retain(|name, _| KEPT.contains(&name.as_str()));
    kept.set("precision", spec.program.precision.to_string());
    kept.arguments()
}

fn initial(spec: &FormulaSweep) -> Vec<Option<usize>> {
    let carried = spec.program.carried.iter().map(|carried| match carried.initial {
        InitialValue::Zero => None,
        InitialValue::Knob(knob) => Some(knob),
    });
    carried.collect()
}

fn parameters(spec: &FormulaSweep) -> Vec<ParameterDocument<'_>> {
    let documents = spec.program.parameters.iter().map(|parameter| ParameterDocument {
        name: &parameter.name,
        label: pretty(&parameter.name),
        hi: parameter.hi,
        lo: parameter.lo,
    });
    documents.collect()
}

fn tables(spec: &FormulaSweep) -> io::Result<Vec<Vec<String>>> {
    let tables = spec.data.iter().flat_map(|data| &data.tables);
    tables.map(|table| table.columns.iter().map(|column| pack_f64(column)).collect()).collect()
}
