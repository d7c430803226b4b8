//! What the script of a page reads.

use super::cells::{Cells, PageTexts};
use super::fit::FitDocument;
use super::pack::{pack, pack_f32, pack_f64, pack_u32};
use super::theme::hex;
use crate::analysis::Summary;
use crate::analysis::theory::{Known, RestPoint};
use crate::draw::{Palette, Style, how, pretty, share};
use crate::engine::wasm::{Kernels, Layout, RestKernel};
use crate::files::fact::Fact;
use crate::sweep::{
    Bar, Column, FormulaSweep, InitialValue, LEVEL, Line, OUTCOMES, Outcome, Place, Precision, SEED, Scale, Source,
    SweepAxis, Tile,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::io;

/// The whole page, but for the program of a step. Long lists are packed.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    title: String,
    rule: String,
    report: &'a [Fact],
    footer: &'a str,
    precision: Precision,
    /// Rows of a step, most steps, precision.
    how: String,
    nx: usize,
    ny: usize,
    x: AxisDocument<'a>,
    y: Option<AxisDocument<'a>>,
    x_lines: Vec<String>,
    y_lines: Vec<String>,
    knobs: Vec<KnobDocument<'a>>,
    /// Knob of each carried value, where it does not begin at 0.
    initial: Vec<Option<usize>>,
    parameters: Vec<ParameterDocument<'a>>,
    /// Per table, per column.
    tables: Vec<Vec<String>>,
    table: Option<usize>,
    limits: LimitsDocument,
    outcomes: Vec<OutcomeDocument>,
    theory: Vec<f64>,
    theory_name: String,
    /// The α that is fastest, and the largest that is safe.
    fastest: Option<f64>,
    safe: Option<f64>,
    /// Where descents come to rest, and of each cell which of them.
    rests: Vec<RestDocument<'a>>,
    rest: String,
    outcome: String,
    shade: String,
    steps: String,
    loss: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    derived: Vec<DerivedDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fit: Option<&'a FitDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kernel: Option<KernelDocument>,
}

/// The program by which a page makes descents of its own, in Base64, and what its memory holds.
#[derive(Debug, Serialize)]
struct KernelDocument {
    wasm: String,
    layout: Layout,
    rest: Option<RestKernelDocument>,
}

/// Likewise that which tells where none would stay; whether its answer is the same everywhere, and where parameters are carried.
#[derive(Debug, Serialize)]
struct RestKernelDocument {
    wasm: String,
    layout: Layout,
    constant: bool,
    parameters: Vec<usize>,
}

impl From<Kernels> for KernelDocument {
    fn from(Kernels { descents, rest }: Kernels) -> Self {
        let rest = rest.map(|RestKernel { kernel, constant, parameters }| RestKernelDocument {
            wasm: STANDARD.encode(kernel.bytes),
            layout: kernel.layout,
            constant,
            parameters,
        });
        Self { wasm: STANDARD.encode(descents.bytes), layout: descents.layout, rest }
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

/// A column that follows from others.
#[derive(Debug, Serialize)]
struct DerivedDocument {
    label: String,
    wide: bool,
    values: String,
}

#[derive(Debug, Serialize)]
struct AxisDocument<'a> {
    name: &'a str,
    label: String,
    scale: &'static str,
    lo: f64,
    hi: f64,
    between: bool,
}

#[derive(Debug, Serialize)]
struct KnobDocument<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<usize>,
}

#[derive(Debug, Serialize)]
struct ParameterDocument<'a> {
    name: &'a str,
    label: String,
    hi: usize,
    lo: Option<usize>,
}

#[derive(Debug, Serialize)]
struct LimitsDocument {
    steps: u32,
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

#[derive(Debug, Serialize)]
struct OutcomeDocument {
    word: &'static str,
    cells: u64,
    share: String,
    note: String,
    ramp: Vec<String>,
}

/// Colours per ramp; the page takes the nearest.
const RAMP: usize = 64;

impl<'a> Document<'a> {
    pub fn new(
        spec: &'a FormulaSweep,
        style: Style,
        cells: &Cells,
        summary: &Summary,
        known: &'a Known,
        (texts, fit, kernel): (PageTexts<'a>, Option<&'a FitDocument>, Option<Kernels>),
    ) -> io::Result<Self> {
        let whole = Tile { x0: 0, y0: 0, nx: spec.nx(), ny: spec.ny() };
        let pack_lines = |lines: Vec<Vec<f64>>| lines.iter().map(|line| pack_f64(line)).collect::<io::Result<Vec<_>>>();
        let codes: Vec<u8> = cells.outcomes.iter().map(|outcome| *outcome as u8).collect();
        let wide = spec.program.precision.is_wide();
        let (limits, holds) = (known.theory.limits(), style.theory && spec.last_step_is_largest());
        let name = spec.objective.row().map_or(String::new(), |row| format!("{}: ", row.name));
        Ok(Self {
            title: name + spec.objective.text(),
            rule: spec.rule_shown(),
            report: texts.report,
            footer: texts.footer,
            precision: spec.program.precision,
            how: how(spec),
            nx: spec.nx(),
            ny: spec.ny(),
            x: AxisDocument::new(&spec.x, &spec.x_lines),
            y: spec.y.as_ref().map(|y| AxisDocument::new(y, &spec.y_lines)),
            x_lines: pack_lines(spec.x_line_values(whole))?,
            y_lines: pack_lines(spec.y_line_values(whole))?,
            knobs: knobs(spec),
            initial: initial(spec),
            parameters: parameters(spec),
            tables: tables(spec)?,
            table: spec.program.table(),
            limits: LimitsDocument::new(spec),
            outcomes: outcomes(spec, style.palette, summary),
            theory: limits.iter().map(|limit| limit.alpha).filter(|_| holds).collect(),
            theory_name: known.theory_name(spec),
            fastest: summary.advice.as_ref().and_then(|advice| Some(advice.fastest.as_ref()?.alpha)),
            safe: summary.advice.as_ref().and_then(|advice| Some(advice.safe.as_ref()?.alpha)),
            rests: known.rest_points.iter().map(RestDocument::new).collect(),
            rest: pack(&cells.rests(&known.rest_points), 1)?,
            outcome: pack(&codes, 1)?,
            shade: pack(&cells.shades(style.shade), 1)?,
            steps: pack_u32(&cells.steps)?,
            loss: if wide { pack_f64(&cells.losses) } else { pack_f32(cells.losses.iter().map(|loss| *loss as f32)) }?,
            derived: derived(spec, cells)?,
            fit,
            kernel: kernel.map(KernelDocument::from),
        })
    }
}

impl<'a> AxisDocument<'a> {
    fn new(axis: &'a SweepAxis, lines: &[Line]) -> Self {
        let scale = match axis.axis.scale() {
            Scale::Linear => "linear",
            Scale::Log => "log",
            Scale::Listed => "listed",
        };
        let (lo, hi) = axis.axis.bounds();
        Self { name: &axis.name, label: pretty(&axis.name), scale, lo, hi, between: has_more_between(axis, lines) }
    }
}

/// Whether an axis has values between those of the sweep: they follow each other in even steps, are no seeds, and nothing else is
/// given for each.
pub fn has_more_between(axis: &SweepAxis, lines: &[Line]) -> bool {
    let is_given = |line: &Line| matches!(line, Line::Values(_));
    axis.axis.scale() != Scale::Listed && axis.name != SEED && !lines.iter().any(is_given)
}

impl LimitsDocument {
    fn new(spec: &FormulaSweep) -> Self {
        // The engine's own limits: the path is to end where the cell did.
        let Bar { factor, reach, largest } = spec.bar();
        Self {
            steps: spec.limits.steps,
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

fn knobs(spec: &FormulaSweep) -> Vec<KnobDocument<'_>> {
    let documents = spec.knobs.iter().map(|knob| {
        let (fixed, x, y) = match knob.source {
            Source::Fixed(value) => (Some(spec.program.precision.round(value)), None, None),
            Source::X(line) => (None, Some(line), None),
            Source::Y(line) => (None, None, Some(line)),
        };
        KnobDocument { name: &knob.name, fixed, x, y }
    });
    documents.collect()
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

fn derived(spec: &FormulaSweep, cells: &Cells) -> io::Result<Vec<DerivedDocument>> {
    let columns = spec.columns.iter().filter(|column| matches!(column.place, Place::Derived(_)));
    let document = |(column, values): (&Column, &Vec<f64>)| {
        Ok(DerivedDocument { label: column.label(), wide: column.value.is_wide(), values: pack_f64(values)? })
    };
    columns.zip(&cells.derived).map(document).collect()
}

fn outcomes(spec: &FormulaSweep, palette: &Palette, summary: &Summary) -> Vec<OutcomeDocument> {
    let colour = |outcome: Outcome, at: usize| {
        let shade = at as f32 / (RAMP - 1) as f32;
        // A sweep of one axis is dots on the paper.
        if spec.y.is_some() { palette.colour(outcome, shade) } else { palette.mark(outcome, shade) }
    };
    let document = |outcome: Outcome| OutcomeDocument {
        word: outcome.word(),
        cells: summary.cells_of(outcome),
        share: share(summary.cells_of(outcome), summary.cells),
        note: note(outcome, summary),
        ramp: (0..RAMP).map(|at| hex(colour(outcome, at))).collect(),
    };
    OUTCOMES.into_iter().map(document).collect()
}

/// What the shades of an outcome mean.
fn note(outcome: Outcome, summary: &Summary) -> String {
    match summary.steps_of(outcome).filter(|_| outcome.ends_early()) {
        Some((least, most)) if least == most => format!("{}: {most} steps", outcome.meaning()),
        Some((least, most)) => format!("{}: {least} … {most} steps", outcome.meaning()),
        None => outcome.meaning().to_owned(),
    }
}
