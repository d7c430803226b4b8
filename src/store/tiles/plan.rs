//! What stands beside the tiles of a sweep: enough to go on with it.

use super::format::TileKey;
use crate::engine::EngineInfo;
use crate::engine::cpu::network_arithmetic;
use crate::store::{MAX_DOCUMENT_BYTES, RecordedFlags};
use crate::store::{described, fingerprint, placeless};
use crate::sweep::{Shard, Sweep};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

/// `plan.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepPlan {
    /// Version of the program.
    pub alphasweep: String,
    /// 16 hexadecimal digits; see [`fingerprint()`].
    pub fingerprint: String,
    pub engine: ComputedBy,
    /// The part of the sweep, as `K/N`; none for all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// The sweep as it was typed: files inside the folder of the sweep by their path there, data by an absolute path.
    pub asked: RecordedFlags,
    /// The command line.
    pub command: Vec<String>,
    /// What the request came to, so that a difference can be named.
    pub spec: Value,
}

/// What computes a sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComputedBy {
    /// `cpu` or `gpu`.
    pub engine: String,
    /// As [`DeviceName`](crate::engine::DeviceName) says it; an adapter is found again by it.
    pub device: String,
    pub driver: String,
    /// What the arithmetic probe found; null of the CPU.
    pub probe: Value,
    /// What outcomes depend on beside the adapter: of a network on the CPU the instructions that products are made with, on
    /// a GPU whether functions are the driver's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arithmetic: Option<String>,
}

impl ComputedBy {
    /// Whether it was the processor.
    pub fn is_cpu(&self) -> bool {
        self.engine == "cpu"
    }

    /// What computes this sweep.
    pub fn of(info: &EngineInfo, sweep: &Sweep) -> Self {
        let arithmetic = match sweep {
            Sweep::Network(_) if info.engine == "cpu" => Some(format!("cpu {}", network_arithmetic())),
            _ if info.native_functions => Some(format!("{}, functions of the driver", info.device)),
            _ => None,
        };
        Self { arithmetic, ..Self::from(info) }
    }

    /// What outcomes depend on: the model of the adapter. All processors compute the same bits of a formula.
    pub fn model(&self) -> &str {
        match (&self.arithmetic, self.engine.as_str()) {
            (Some(arithmetic), _) => arithmetic,
            (None, "cpu") => "cpu",
            (None, _) => &self.device,
        }
    }
}

impl From<&EngineInfo> for ComputedBy {
    fn from(info: &EngineInfo) -> Self {
        let probe = serde_json::to_value(info.probe).unwrap_or_default();
        Self {
            engine: info.engine.to_owned(),
            device: info.device.to_string(),
            driver: info.driver.clone(),
            probe,
            arithmetic: None,
        }
    }
}

impl SweepPlan {
    /// The plan of a sweep, or of a part of it.
    pub fn new(
        sweep: &Sweep,
        engine: ComputedBy,
        shard: Option<Shard>,
        asked: RecordedFlags,
        command: Vec<String>,
    ) -> Self {
        Self {
            alphasweep: env!("CARGO_PKG_VERSION").to_owned(),
            fingerprint: format!("{:016x}", fingerprint(sweep)),
            engine,
            shard: shard.map(|shard| shard.to_string()),
            asked,
            command,
            spec: described(sweep),
        }
    }

    /// Reads a plan; any bytes may come.
    ///
    /// # Errors
    /// What is wrong with them, in one sentence.
    pub fn from_json(bytes: &[u8]) -> Result<Self, String> {
        // Once for what is typed, with all its checks, and once for the rest.
        RecordedFlags::from_json(bytes)?;
        debug_assert!(bytes.len() <= MAX_DOCUMENT_BYTES);
        serde_json::from_slice(bytes).map_err(|error| format!("is no plan of a sweep: {error}"))
    }

    /// The document as indented JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_else(|_| unreachable!("a plan holds strings and numbers")) + "\n"
    }

    /// What its tiles must be.
    pub fn origin(&self) -> TileKey {
        let fingerprint = u64::from_str_radix(&self.fingerprint, 16).unwrap_or_default();
        TileKey { fingerprint, maker: self.engine.model().to_owned() }
    }

    /// The folder of its tiles: sweeps that differ, engines that differ and parts that differ do not meet.
    pub fn folder(&self) -> String {
        let all = format!("{}\n{}", self.fingerprint, self.engine.model());
        let shard = self.shard.as_ref().map_or(String::new(), |shard| format!("-{}", shard.replace('/', "-of-")));
        format!("tiles-{:016x}{shard}", xxh3_64(all.as_bytes()))
    }

    /// What makes another plan another sweep, in words; none where both are one.
    pub fn difference(&self, other: &Self) -> Option<String> {
        if self.engine.model() != other.engine.model() {
            return Some(format!("the engine ({} and {})", self.engine.model(), other.engine.model()));
        }
        if self.fingerprint == other.fingerprint {
            return None;
        }
        if self.alphasweep != other.alphasweep {
            return Some(format!("the version of alphasweep ({} and {})", self.alphasweep, other.alphasweep));
        }
        Some(spec_difference(&self.spec, &other.spec).unwrap_or_else(|| "what is drawn for it".to_owned()))
    }
}

/// The first member in which two resolved specs differ, in words.
pub fn spec_difference(one: &Value, other: &Value) -> Option<String> {
    let (anywhere, there) = (placeless(one.clone()), placeless(other.clone()));
    let (name, a, b) = first_difference(&anywhere, &there)?;
    if name == "data"
        && let Some((member, a, b)) = first_difference(a, b)
    {
        let source = one["data"]["source"].as_str().unwrap_or_default();
        let what = if member == "hash" { "their hashes" } else { member };
        return Some(format!("the data {source} ({what} {a} and {b})"));
    }
    Some(format!("{name} ({a} and {b})"))
}

fn first_difference<'a>(one: &'a Value, other: &'a Value) -> Option<(&'a str, &'a Value, &'a Value)> {
    let members = one.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.as_str(), value, &other[name])).find(|(_, a, b)| a != b)
}
