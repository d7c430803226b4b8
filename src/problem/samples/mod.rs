//! What a network learns from: rows of inputs with their targets, from files of images, from tables, or drawn.

mod digits;
mod error;
mod gaussian;
mod idx;
mod limits;
mod sets;
mod table;

pub use error::{IdxProblem, SamplesError, SamplesProblem};
pub use idx::{Images, parse_images, parse_labels};
pub use limits::{MAX_CLASSES, MAX_FEATURES, MAX_INPUTS};
pub use sets::{SampleSets, Samples, Targets};
pub use table::{parse_samples, parse_table};

use super::csv::{DataNote, Reading};
use std::path::Path;

impl SampleSets {
    /// `--data TEXT` as a user types it: a folder of IDX files, a CSV file with its `target` column, `gaussian:N:D` (N
    /// rows of D inputs) or `digits`. What exists as a file or folder goes before what is built in.
    ///
    /// # Errors
    /// What cannot be read, by name; a table without `target`, anything else with one.
    pub fn open(text: &str, target: Option<&str>, seed: u32) -> Result<Self, SamplesError> {
        Self::open_as(text, target, seed, Reading::default()).map(|(sets, _)| sets)
    }

    /// As [`Self::open`], and what was found out about a table.
    ///
    /// # Errors
    /// As there.
    pub fn open_as(
        text: &str,
        target: Option<&str>,
        seed: u32,
        reading: Reading,
    ) -> Result<(Self, Vec<DataNote>), SamplesError> {
        let complain = |problem| SamplesError::new(text, problem);
        let path = Path::new(text);
        let built_in = !path.exists() && (text == digits::NAME || text.starts_with(gaussian::PREFIX));
        let sets = match target {
            Some(target) if path.is_dir() || built_in => Err(complain(SamplesProblem::TargetUnused(target.to_owned()))),
            Some(target) => return Self::read_table(path, target, reading),
            None if path.is_dir() => Self::read_idx(path),
            None if text == digits::NAME && built_in => Ok(Self::digits(seed)),
            None if built_in => gaussian::parse(text).map_err(complain).and_then(|(n, d)| Self::gaussian(n, d, seed)),
            None if path.exists() => Err(complain(table::without_target(path, reading))),
            None => Err(complain(SamplesProblem::Missing)),
        };
        sets.map(|sets| (sets, Vec::new()))
    }
}
