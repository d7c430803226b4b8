//! What a page asks for. It can set what is swept, and nothing of the process: no file, no folder, no engine.

use crate::cli::flags::problem::HeldFile;
use crate::cli::flags::{SweepArguments, recorded};
use crate::problem::data_row;
use crate::store::{FlagValue, RecordedFlags};
use crate::sweep::RequestError;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Flags of `sweep` that a page may give.
pub const FLAGS: [&str; 25] = [
    "objective",
    "alpha",
    "start",
    "vary",
    "set",
    "const",
    "data",
    "no-header",
    "drop-missing",
    "standardize",
    "seed",
    "rule",
    "gradient",
    "batch",
    "shuffle",
    "schedule",
    "steps",
    "epochs",
    "gtol",
    "stop",
    "diverge",
    "precision",
    "palette",
    "shade",
    "no-theory",
];

/// What stands for a document in errors.
const SOURCE: &str = "the page";

/// What is asked beside the flags.
#[derive(Debug, Default, Deserialize)]
struct Beside {
    /// Number of a table that was handed over.
    table: Option<u64>,
    /// The cell that is asked about.
    cell: Option<Place>,
}

/// A cell, by the values of its axes.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Place {
    pub x: f64,
    pub y: Option<f64>,
}

/// What was asked, still to be resolved.
#[derive(Debug)]
pub struct Asked {
    pub arguments: SweepArguments,
    pub cell: Option<Place>,
}

impl Asked {
    /// Reads `{"asked": {…}, "table": N, "cell": {…}}`. `given` is the data that the command line named, which the page may name
    /// again; `table` finds what was handed over.
    ///
    /// # Errors
    /// What is no such document; a flag that is not for pages; data that the page cannot name.
    pub fn read(
        bytes: &[u8],
        given: Option<&str>,
        table: impl FnOnce(u64) -> Option<HeldFile>,
    ) -> Result<Self, RequestError> {
        let wrong = |message: String| RequestError::new(SOURCE, "", message);
        let mut flags = RecordedFlags::from_json(bytes).map_err(wrong)?;
        let Beside { table: number, cell } = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        if let Some(name) = flags.flags.keys().find(|name| !FLAGS.contains(&name.as_str())) {
            return Err(wrong(format!("asks for --{name}, which is not for a page to set")));
        }
        let held = match number {
            None => {
                may_name(flags.flags.get("data"), given)?;
                None
            }
            Some(number) => {
                let held = table(number);
                Some(held.ok_or_else(|| wrong("the table is no longer here; drop the file again".to_owned()))?)
            }
        };
        if let Some(held) = &held {
            flags.set("data", held.name.clone());
        }
        let mut arguments = recorded::arguments(&flags, Path::new(SOURCE))?;
        arguments.problem.data = held.as_ref().map(|held| PathBuf::from(&held.name)).or(arguments.problem.data);
        arguments.problem.held = held;
        Ok(Self { arguments, cell })
    }
}

/// Only data of the catalog, and what the command line named.
fn may_name(data: Option<&FlagValue>, given: Option<&str>) -> Result<(), RequestError> {
    match data {
        None => Ok(()),
        Some(FlagValue::Text(name)) if Some(name.as_str()) == given || data_row(name).is_some() => Ok(()),
        Some(_) => {
            let message =
                "a page names data of the catalog only; drop a file on the page, or give it to `alphasweep explore`";
            Err(RequestError::new("--data", "", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::flags::SweepArguments;
    use clap::CommandFactory;

    fn read(text: &str) -> Result<Asked, RequestError> {
        Asked::read(text.as_bytes(), Some("houses.csv"), |_| None)
    }

    #[test]
    fn pages_set_flags_that_there_are() {
        let command = SweepArguments::command();
        let known =
            |name: &str| command.get_arguments().any(|flag| flag.get_long().unwrap_or(flag.get_id().as_str()) == name);
        assert!(FLAGS.iter().all(|name| known(name)));
    }

    #[test]
    fn what_is_swept_is_read() {
        let asked =
            read(r#"{"asked": {"objective": "x^2", "steps": 50, "data": "houses.csv"}, "cell": {"x": 0.1, "y": 2}}"#);
        let asked = asked.expect("it is read");
        assert_eq!((asked.arguments.problem.objective.as_str(), asked.arguments.descent.steps), ("x^2", 50));
        assert_eq!(asked.cell, Some(Place { x: 0.1, y: Some(2.0) }));
    }

    #[test]
    fn nothing_of_the_process_can_be_set() {
        for flag in ["out", "csv", "html", "engine", "threads", "spec", "shard", "film", "keep-tiles", "quiet"] {
            let error = read(&format!(r#"{{"asked": {{"{flag}": "x"}}}}"#)).expect_err(flag).to_string();
            assert!(error.contains("not for a page to set"), "{error}");
        }
    }

    #[test]
    fn no_file_is_named() {
        for data in ["/etc/passwd", "../houses.csv", "other.csv", "houses.csv/", ""] {
            let text = serde_json::json!({"asked": {"objective": "x^2", "data": data}}).to_string();
            assert!(read(&text).expect_err(data).to_string().contains("a page names data of the catalog only"));
        }
        assert!(read(r#"{"asked": {"objective": "hours", "data": "hours"}}"#).is_ok());
        assert!(read(r#"{"asked": {"objective": "hours"}, "table": 7}"#).is_err());
    }
}
