//! What the script of a page reads.

use super::cells::{Cells, PageTexts};
use super::descent::DescentDocument;
use super::pack::{pack, pack_f32, pack_f64, pack_u32};
use super::theme::hex;
use crate::analysis::Summary;
use crate::analysis::theory::Known;
use crate::draw::{Palette, Style, how, pretty, share};
use crate::files::fact::Fact;
use crate::sweep::{Column, Line, OUTCOMES, Outcome, Place, Precision, SEED, Scale, SweepAxis, SweepCommon, Tile};
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
    #[serde(flatten)]
    descent: DescentDocument<'a>,
    outcomes: Vec<OutcomeDocument>,
    theory: Vec<f64>,
    theory_name: String,
    /// The α that is fastest, and the largest that is safe.
    fastest: Option<f64>,
    safe: Option<f64>,
    /// Of each cell, which of the places of rest is its own.
    rest: String,
    outcome: String,
    shade: String,
    /// From low to high, for numbers; and for the places of rest, one after the other.
    heights: Vec<String>,
    places: Vec<String>,
    steps: String,
    loss: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    derived: Vec<ColumnDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<HistoryDocument>,
}

/// A column that was measured, or follows from others.
#[derive(Debug, Serialize)]
struct ColumnDocument {
    label: String,
    wide: bool,
    values: String,
}

/// What trainings did on their way: of every cell so many numbers, one each `every` steps.
#[derive(Debug, Serialize)]
struct HistoryDocument {
    every: u32,
    records: usize,
    columns: Vec<ColumnDocument>,
}

#[derive(Debug, Serialize)]
struct AxisDocument<'a> {
    name: &'a str,
    label: String,
    scale: &'static str,
    lo: f64,
    hi: f64,
    /// Its values stand for themselves: there is nothing between two of them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    each: bool,
    /// Other numbers are given for each of them, so that no other name can take its place.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    bound: bool,
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
        spec: &'a SweepCommon,
        style: Style,
        cells: &Cells,
        (summary, known): (&Summary, &'a Known),
        (texts, descent): (PageTexts<'a>, DescentDocument<'a>),
    ) -> io::Result<Self> {
        let whole = Tile { x0: 0, y0: 0, nx: spec.nx(), ny: spec.ny() };
        let pack_lines = |lines: Vec<Vec<f64>>| lines.iter().map(|line| pack_f64(line)).collect::<io::Result<Vec<_>>>();
        let codes: Vec<u8> = cells.outcomes.iter().map(|outcome| *outcome as u8).collect();
        let wide = spec.precision.is_wide();
        let (limits, holds) = (known.theory.limits(), style.theory && spec.last_step_is_largest());
        let name = spec.title.name.map_or(String::new(), |name| format!("{name}: "));
        Ok(Self {
            title: name + &spec.title.text,
            rule: spec.rule_shown(),
            report: texts.report,
            footer: texts.footer,
            precision: spec.precision,
            how: how(spec),
            nx: spec.nx(),
            ny: spec.ny(),
            x: AxisDocument::new(&spec.x, &spec.x_lines),
            y: spec.y.as_ref().map(|axis| AxisDocument::new(axis, &spec.y_lines)),
            x_lines: pack_lines(spec.x_line_values(whole))?,
            y_lines: pack_lines(spec.y_line_values(whole))?,
            descent,
            outcomes: outcomes(spec, style.palette, summary),
            theory: limits.iter().map(|limit| limit.alpha).filter(|_| holds).collect(),
            theory_name: known.theory_name(spec),
            fastest: summary.advice.as_ref().and_then(|advice| Some(advice.fastest.as_ref()?.alpha)),
            safe: summary.advice.as_ref().and_then(|advice| Some(advice.safe.as_ref()?.alpha)),
            rest: pack(&cells.rests(&known.rest_points), 1)?,
            outcome: pack(&codes, 1)?,
            heights: heights(style.palette),
            places: style.palette.paths.iter().map(|colour| hex(*colour)).collect(),
            shade: pack(&cells.shades(style.shade), 1)?,
            steps: pack_u32(&cells.steps)?,
            loss: if wide { pack_f64(&cells.losses) } else { pack_f32(cells.losses.iter().map(|loss| *loss as f32)) }?,
            derived: derived(spec, cells)?,
            history: history(spec, cells)?,
        })
    }
}

impl Document<'_> {
    /// Whether cells have numbers beside loss, steps and outcome.
    pub fn has_columns(&self) -> bool {
        !self.derived.is_empty()
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
        let bound = axis.name == SEED || lines.iter().any(|line| matches!(line, Line::Values(_)));
        let each = bound || axis.axis.scale() == Scale::Listed;
        Self { name: &axis.name, label: pretty(&axis.name), scale, lo, hi, each, bound }
    }
}

fn heights(palette: &Palette) -> Vec<String> {
    (0..RAMP).map(|at| hex(palette.height(at as f64 / (RAMP - 1) as f64))).collect()
}

fn derived(spec: &SweepCommon, cells: &Cells) -> io::Result<Vec<ColumnDocument>> {
    let document = |column: &Column| {
        let values = match column.place {
            Place::Derived(at) => &cells.derived[at],
            Place::Measure(at) => &cells.measures[at],
            _ => return Ok(None),
        };
        let (label, wide) = (column.label(), column.value.is_wide());
        Ok(Some(ColumnDocument { label, wide, values: pack_f64(values)? }))
    };
    spec.columns.iter().map(document).filter_map(Result::transpose).collect()
}

fn history(spec: &SweepCommon, cells: &Cells) -> io::Result<Option<HistoryDocument>> {
    let Some(history) = &spec.history else { return Ok(None) };
    let document = |(column, values): (&Column, &Vec<f64>)| {
        let values = pack_f32(values.iter().map(|value| *value as f32))?;
        Ok(ColumnDocument { label: column.label(), wide: false, values })
    };
    let columns = history.columns.iter().zip(&cells.history).map(document).collect::<io::Result<_>>()?;
    Ok(Some(HistoryDocument { every: history.every, records: spec.records(), columns }))
}

fn outcomes(spec: &SweepCommon, palette: &Palette, summary: &Summary) -> Vec<OutcomeDocument> {
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
