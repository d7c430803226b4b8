//! `trace.json` of trainings: what was asked for, and what each came to.

use crate::analysis::edge_of_stability;
use crate::analysis::theory::NoLimit;
use crate::engine::EngineInfo;
use crate::store::described;
use crate::sweep::{ColumnKind, NetworkSweep, Outcome, Sweep, TileOutcomes};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A training that was followed.
#[derive(Debug, Clone, Serialize)]
pub struct TrainingDocument {
    training: usize,
    /// Learning rates, hyperparameters, seed and start.
    pub knobs: BTreeMap<String, f64>,
    pub outcome: Outcome,
    pub steps: u32,
    /// Null where the start itself has no finite loss.
    loss_start: Option<f64>,
    pub loss_final: Option<f64>,
    /// Best loss, accuracies, and what else was measured; null where it is no number.
    measures: BTreeMap<String, Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sharpness: Option<TrainingSharpness>,
}

/// λmax along a training, as far as it was recorded.
#[derive(Debug, Clone, Serialize)]
pub struct TrainingSharpness {
    start: Option<f64>,
    pub end: Option<f64>,
    most: Option<f64>,
    /// At which the rule is no longer stable, or why there is none.
    pub edge: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_edge: Option<&'static str>,
}

#[derive(Serialize)]
struct Document<'a> {
    alphasweep: &'static str,
    command: &'a [String],
    engine: &'a EngineInfo,
    spec: serde_json::Value,
    trainings: &'a [TrainingDocument],
    files: &'a [PathBuf],
}

/// All trainings of a sweep, in the order of its cells.
pub fn trainings(spec: &NetworkSweep, tile: &TileOutcomes) -> Vec<TrainingDocument> {
    (0..tile.outcome.len()).map(|cell| TrainingDocument::new(spec, tile, cell)).collect()
}

/// The document.
pub fn trainings_json(
    spec: &Arc<NetworkSweep>,
    (command, engine): (&[String], &EngineInfo),
    trainings: &[TrainingDocument],
    files: &[PathBuf],
) -> String {
    let spec = described(&Sweep::Network(spec.clone()));
    let document = Document { alphasweep: env!("CARGO_PKG_VERSION"), command, engine, spec, trainings, files };
    let text = serde_json::to_string_pretty(&document);
    text.unwrap_or_else(|_| unreachable!("the document holds strings and numbers")) + "\n"
}

impl TrainingDocument {
    fn new(spec: &NetworkSweep, tile: &TileOutcomes, cell: usize) -> Self {
        let (x, y) = (cell % spec.nx(), cell / spec.nx());
        let knobs = spec.knobs.iter().map(|knob| (knob.name.clone(), spec.knob_value(knob, x, y)));
        let measures = spec.measures().map(|column| (column.name.clone(), finite(tile.values(column).number(cell))));
        Self {
            training: cell + 1,
            knobs: knobs.collect(),
            outcome: tile.outcome[cell],
            steps: tile.steps[cell],
            loss_start: finite(tile.loss_start[cell]),
            loss_final: finite(tile.loss_final[cell]),
            measures: measures.collect(),
            sharpness: TrainingSharpness::new(spec, tile, (x, y)),
        }
    }
}

impl TrainingSharpness {
    fn new(spec: &NetworkSweep, tile: &TileOutcomes, (x, y): (usize, usize)) -> Option<Self> {
        let history = spec.history.as_ref()?;
        let column = history.columns.iter().position(|column| column.kind == ColumnKind::Measured)?;
        let (records, cell) = (spec.records(), y * spec.nx() + x);
        let along = &tile.history[column][cell * records..(cell + 1) * records];
        let known = || along.iter().copied().filter(|value| value.is_finite());
        let edge = edge_of_stability(spec, (x, y));
        Some(Self {
            start: known().next(),
            end: known().next_back(),
            most: known().max_by(f64::total_cmp),
            edge: edge.ok(),
            no_edge: edge.err().map(NoLimit::why),
        })
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
