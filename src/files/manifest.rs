//! `sweep.json`: everything needed to run a sweep again, and what came out.

use crate::analysis::Comparison;
use crate::analysis::Summary;
use crate::analysis::theory::Known;
use crate::engine::Record;
use crate::store::ComputedBy;
use crate::store::Document;
use crate::store::RecordedFlags;
use crate::store::Results;
use crate::sweep::Sweep;
use serde::Serialize;
use std::path::PathBuf;

/// How a run came about: what may be otherwise when the same sweep is run again.
#[derive(Debug, Clone, Serialize)]
pub struct RunInfo {
    /// The command line as typed.
    pub command: Vec<String>,
    #[serde(skip)]
    pub engine: ComputedBy,
    /// Why this engine.
    pub engine_reason: String,
    /// What failed on the way, and which cells another engine computed; absent where nothing failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failover: Option<Record>,
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
    asked: &'a RecordedFlags,
    engine: &'a ComputedBy,
    spec: Document<'a>,
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

impl<'a> Manifest<'a> {
    /// The document of a finished sweep.
    pub fn new(
        sweep: &'a Sweep,
        (asked, run): (&'a RecordedFlags, &'a RunInfo),
        known: &'a Known,
        (summary, results): (&'a Summary, &'a Results),
    ) -> Self {
        let critical = summary.critical.as_ref();
        let comparison = critical.and_then(|critical| Comparison::new(sweep, known.theory.limits(), critical));
        Self {
            alphasweep: env!("CARGO_PKG_VERSION"),
            asked,
            engine: &run.engine,
            spec: Document::new(sweep),
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
