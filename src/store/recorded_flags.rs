//! A sweep as it was typed, in a form that files can carry: flags and their values. Plans of unfinished sweeps,
//! `sweep.json` and specs for clusters have it, and all are read here.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Documents that are larger are refused (bytes).
pub const MAX_DOCUMENT_BYTES: usize = 64 << 20;
/// Longest value of a flag (bytes).
const MAX_VALUE_BYTES: usize = 1 << 20;
/// Most values of one flag.
const MAX_VALUES: usize = 1024;

/// Flags by name, without their dashes; `objective` is the argument without a flag.
///
/// ```
/// use alphasweep::store::{RecordedFlags};
/// let asked = RecordedFlags::from_json(br#"{"asked": {"objective": "(x-1)^2", "steps": 500, "no-png": true}}"#).unwrap();
/// assert_eq!(asked.arguments(), ["--no-png", "--steps=500", "--", "(x-1)^2"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordedFlags {
    pub flags: BTreeMap<String, FlagValue>,
}

/// What was given with a flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FlagValue {
    /// A flag without a value; `false` is the same as leaving it out.
    Switch(bool),
    Number(serde_json::Number),
    Text(String),
    /// A flag that may be given several times, in order.
    Texts(Vec<String>),
}

/// The one part that is read of any document.
#[derive(Deserialize)]
struct Document {
    asked: RecordedFlags,
}

/// The name of the argument that has no flag.
const OBJECTIVE: &str = "objective";

impl RecordedFlags {
    /// Reads the member `asked` of a JSON document; others are not looked at. Any bytes may come.
    ///
    /// # Errors
    /// What is wrong with them, in one sentence.
    pub fn from_json(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MAX_DOCUMENT_BYTES {
            return Err(format!("is larger than {MAX_DOCUMENT_BYTES} bytes"));
        }
        let document: Document = serde_json::from_slice(bytes)
            .map_err(|error| format!("is no document with a sweep: {error}; expected {{\"asked\": {{…}}}}"))?;
        document.asked.check()?;
        Ok(document.asked)
    }

    /// Names and values that could be typed; whether such flags exist is for the command line to say.
    fn check(&self) -> Result<(), String> {
        let is_name = |name: &str| {
            name.len() <= 40 && name.starts_with(|c: char| c.is_ascii_lowercase()) && {
                name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            }
        };
        if let Some(FlagValue::Switch(_) | FlagValue::Texts(_)) = self.flags.get(OBJECTIVE) {
            return Err(format!("has an `{OBJECTIVE}` that is no text; expected \"{OBJECTIVE}\": \"NAME or formula\""));
        }
        for (name, given) in &self.flags {
            if !is_name(name) {
                return Err(format!("has `{}` in `asked`, which is no flag", name.escape_debug()));
            }
            let values: &[String] = match given {
                FlagValue::Texts(values) => values,
                FlagValue::Text(value) => std::slice::from_ref(value),
                FlagValue::Switch(_) | FlagValue::Number(_) => &[],
            };
            if values.len() > MAX_VALUES {
                return Err(format!("has {} values of `{name}`, and at most {MAX_VALUES} are read", values.len()));
            }
            if values.iter().any(|value| value.len() > MAX_VALUE_BYTES || value.contains('\0')) {
                return Err(format!("has a value of `{name}` that nobody can type"));
            }
        }
        Ok(())
    }

    /// The flags as they would be typed after `alphasweep sweep`.
    pub fn arguments(&self) -> Vec<String> {
        let mut typed = Vec::new();
        for (name, given) in self.flags.iter().filter(|(name, _)| *name != OBJECTIVE) {
            match given {
                FlagValue::Switch(true) => typed.push(format!("--{name}")),
                FlagValue::Switch(false) => {}
                FlagValue::Number(number) => typed.push(format!("--{name}={number}")),
                FlagValue::Text(text) => typed.push(format!("--{name}={text}")),
                FlagValue::Texts(texts) => typed.extend(texts.iter().map(|text| format!("--{name}={text}"))),
            }
        }
        match self.flags.get(OBJECTIVE) {
            Some(FlagValue::Text(objective)) => typed.extend(["--".to_owned(), objective.clone()]),
            Some(FlagValue::Number(objective)) => typed.extend(["--".to_owned(), objective.to_string()]),
            _ => {}
        }
        typed
    }

    /// The text of a flag that takes one.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.flags.get(name) {
            Some(FlagValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Sets the text of a flag.
    pub fn set(&mut self, name: &str, text: String) {
        self.flags.insert(name.to_owned(), FlagValue::Text(text));
    }

    /// The same with what is given on top, flag by flag; `x` takes the place of `no-x`, and the reverse.
    #[must_use]
    pub fn with(mut self, more: Self) -> Self {
        let opposite = |name: &String| name.strip_prefix("no-").map_or_else(|| format!("no-{name}"), str::to_owned);
        self = self.without(&more.flags.keys().map(opposite).collect::<Vec<_>>());
        self.flags.extend(more.flags);
        self
    }

    /// The same without these flags.
    #[must_use]
    pub fn without(mut self, names: &[String]) -> Self {
        self.flags.retain(|name, _| !names.contains(name));
        self
    }
}
