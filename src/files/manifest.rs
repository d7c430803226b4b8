//! `sweep.json`: everything needed to run a sweep again, and what came out.

use super::deferred::{DeferredFile, FOLDER};
use super::output::{Created, FileOutput, Finished, OutputContext, OutputError, OutputRow};
use super::run_info::RunInfo;
use crate::analysis::Comparison;
use crate::analysis::Summary;
use crate::analysis::theory::Known;
use crate::engine::{Output, Repaired};
use crate::store::{ComputedBy, Document, RecordedFlags, Results, WholeFile};
use crate::sweep::{Sweep, TileOutcomes};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;

pub const ROW: OutputRow =
    OutputRow { name: "sweep.json", flags: &[], own_run: false, note: None, check: None, create };

fn create(context: &OutputContext<'_>) -> Created {
    let file = context.file(FOLDER, &context.folder.join(NAME))?;
    Ok(Some(Box::new(ManifestFile { file })))
}

/// What the document is called.
pub const NAME: &str = "sweep.json";

/// The document, waiting for what it tells.
struct ManifestFile {
    file: DeferredFile,
}

impl Output for ManifestFile {
    fn tile(&mut self, _: &TileOutcomes) -> io::Result<()> {
        Ok(())
    }
}

impl FileOutput for ManifestFile {
    fn finish(self: Box<Self>, finished: &Finished<'_>) -> Result<Vec<WholeFile>, OutputError> {
        let Finished { sweep, asked, run, known, summary, results, .. } = finished;
        let json = Manifest::new(sweep, (asked, run), known, (summary, results)).json();
        Ok(vec![self.file.written(json.as_bytes())?])
    }
}

/// The whole document. It is the same, byte for byte, whenever the same sweep is run on the same machine; but for `run`.
#[derive(Debug, Serialize)]
pub struct Manifest<'a> {
    alphasweep: &'static str,
    asked: &'a RecordedFlags,
    engine: &'a ComputedBy,
    spec: Document<'a>,
    #[serde(flatten)]
    known: &'a Known,
    /// Theoretical and measured critical α.
    comparison: Option<Comparison>,
    /// Of a formula, what each slope must be below, by parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    tolerances: Option<BTreeMap<&'a str, f64>>,
    /// Cells that were run again in f64.
    #[serde(skip_serializing_if = "Option::is_none")]
    repair: Option<Repaired>,
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

impl<'a> Manifest<'a> {
    /// The document of a finished sweep.
    pub fn new(
        sweep: &'a Sweep,
        (asked, run): (&'a RecordedFlags, &'a RunInfo),
        known: &'a Known,
        (summary, results): (&'a Summary, &'a Results),
    ) -> Self {
        let advice = summary.advice.as_ref();
        let comparison = advice.and_then(|advice| Comparison::of(sweep, known.theory.limits(), advice));
        Self {
            alphasweep: env!("CARGO_PKG_VERSION"),
            asked,
            engine: &run.engine,
            spec: Document::new(sweep),
            known,
            comparison,
            tolerances: sweep.formula().map(|spec| spec.tolerances_by_name()),
            repair: run.repaired,
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
