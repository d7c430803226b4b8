//! `landscape.csv`: the loss at every point of a grid. `landscape.json`: what was asked for, and what is lowest.

use crate::analysis::descent_comparison::DescentComparison;
use crate::analysis::{Landscape, Lowest};
use crate::csv_text::{CsvRows, ShortText};
use crate::engine::EngineInfo;
use crate::sweep::SweepAxis;
use serde::Serialize;
use std::io::{self, Write};
use std::path::PathBuf;

/// `x0,x1,loss`: one row per point, in the shortest numbers that read back to the same bits; nothing where the loss is not
/// finite.
///
/// # Errors
/// Whatever writing gives.
pub fn write_landscape_csv(landscape: &Landscape, out: &mut impl Write) -> io::Result<()> {
    let spec = landscape.spec();
    let axes = || std::iter::once(&spec.x).chain(&spec.y);
    let mut rows = CsvRows::new(out, axes().map(|axis| landscape.parameter(axis)).chain(["loss"]))?;
    let wide = spec.program.precision.is_wide();
    let text = |value: f64| ShortText::number(spec.program.precision.round(value), wide);
    let values = |axis: &SweepAxis| axis.axis.values().map(text).collect::<Vec<_>>();
    let (x, y) = (values(&spec.x), spec.y.as_ref().map(values));
    for (cell, loss) in landscape.losses().iter().enumerate() {
        rows.short(&x[cell % x.len()])?;
        y.as_ref().map_or(Ok(()), |y| rows.short(&y[cell / x.len()]))?;
        rows.number(*loss, wide)?;
        rows.end()?;
    }
    rows.finish()?.flush()
}

/// What `landscape.json` tells.
pub struct LandscapeDocument<'a> {
    pub command: Vec<String>,
    pub engine: EngineInfo,
    pub engine_reason: &'a str,
    pub landscape: &'a Landscape,
    pub rival: &'a DescentComparison,
    pub files: &'a [PathBuf],
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    alphasweep: &'static str,
    command: &'a [String],
    engine: &'a EngineInfo,
    engine_reason: &'a str,
    objective: Option<&'static str>,
    formula: &'a str,
    precision: String,
    parameters: &'a [String],
    axes: Vec<(&'a str, &'a str)>,
    data: Option<(&'a str, String)>,
    /// Evaluations of the loss.
    points: usize,
    /// Points where the loss is finite.
    finite: usize,
    lowest: Option<Lowest>,
    #[serde(flatten)]
    rival: &'a DescentComparison,
    files: &'a [PathBuf],
}

impl LandscapeDocument<'_> {
    /// The document as indented JSON.
    pub fn json(&self) -> String {
        let text = serde_json::to_string_pretty(&self.document());
        text.unwrap_or_else(|_| unreachable!("the document holds strings and numbers")) + "\n"
    }

    fn document(&self) -> Document<'_> {
        let Self { command, engine, engine_reason, landscape, rival, files } = self;
        let spec = landscape.spec();
        let axes = std::iter::once(&spec.x).chain(&spec.y);
        Document {
            alphasweep: env!("CARGO_PKG_VERSION"),
            command,
            engine,
            engine_reason,
            objective: spec.objective.row().map(|row| row.name),
            formula: spec.objective.text(),
            precision: spec.program.precision.to_string(),
            parameters: spec.objective.parameters(),
            axes: axes.map(|axis| (landscape.parameter(axis), axis.axis.text())).collect(),
            data: spec.only_table().map(|data| (data.source.as_str(), data.hash())),
            points: spec.cells(),
            finite: landscape.finite(),
            lowest: landscape.lowest(),
            rival,
            files,
        }
    }
}
