//! How a run came about.

use crate::engine::{Record, Repaired};
use crate::store::ComputedBy;
use serde::Serialize;
use std::path::PathBuf;

/// What may be otherwise when the same sweep is run again.
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
    /// The parts that it was merged from; absent where it is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<MergedPart>,
    /// What was written, without `sweep.json`.
    pub files: Vec<PathBuf>,
    /// What came of `--repair`; none where nothing was to be repaired.
    #[serde(skip)]
    pub repaired: Option<Repaired>,
    /// What `--check` found, where it was asked for.
    #[serde(skip)]
    pub check: Option<serde_json::Value>,
}

/// A part of a sweep, as it was found. What it says of itself is not proved by anything.
#[derive(Debug, Clone, Serialize)]
pub struct MergedPart {
    /// As `K/N`.
    pub part: String,
    pub folder: PathBuf,
    /// Of the alphasweep that computed it.
    pub version: String,
    pub engine: String,
    pub device: String,
    pub driver: String,
    pub cells: usize,
    /// Of its cells: [`Digest::digits`](crate::store::Digest::digits).
    pub xxh3: String,
}
