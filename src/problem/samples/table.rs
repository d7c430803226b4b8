//! Samples from a CSV file: one column is the target, the others are the inputs.

use super::error::{SamplesError, SamplesProblem};
use super::limits::{MAX_FEATURES, MAX_INPUTS};
use super::sets::{SampleSets, Samples, Targets, shuffled};
use crate::expr::nearest;
use crate::problem::data::{Form, Table, read_limited, shown};
use std::path::Path;

/// Columns have any name: only the target is spoken of.
const SAMPLES: Form =
    Form { columns: MAX_INPUTS + 1, values: MAX_FEATURES, largest: f32::MAX as f64, in_formulas: false };

/// Tables of fewer rows are for learning alone.
const ROWS_TO_SPLIT: usize = 50;
/// One row of so many is held back as a test row.
const TEST_SHARE: usize = 5;

impl SampleSets {
    /// Reads a CSV file of numbers under a header of names. The column `target` is what should be learnt, all others
    /// are inputs, in the order of the file. Of 50 rows or more a fifth, drawn once and for all whatever the seed, are
    /// test rows; rows keep their order.
    ///
    /// Targets are values. [`Self::into_labels`] makes classes of them.
    ///
    /// # Errors
    /// As [`read_csv`](crate::problem::read_csv), though with more columns ([`MAX_INPUTS`] + 1) and values
    /// ([`MAX_FEATURES`]) and with any names; no such column; numbers beyond f32.
    pub fn read_csv(path: &Path, target: &str) -> Result<Self, SamplesError> {
        let bytes = read_limited(path).map_err(|problem| SamplesError::new(path.display(), problem))?;
        parse_samples(&bytes, target, &path.display().to_string())
    }
}

/// As [`SampleSets::read_csv`], from the bytes of a file; `file` is what it is called in errors and as the source.
///
/// # Errors
/// As there.
pub fn parse_samples(bytes: &[u8], target: &str, file: &str) -> Result<SampleSets, SamplesError> {
    let rows = parse(bytes, target).map_err(|problem| SamplesError::new(file, problem))?;
    let (train, test) = rows.split();
    Ok(SampleSets { source: file.to_owned(), train, test, seeded: false })
}

/// Why a table cannot be read without a target: its columns, or that it has none.
pub(super) fn without_target(path: &Path) -> SamplesProblem {
    match read_limited(path).and_then(|bytes| Ok(Table::open(&bytes, &SAMPLES)?.names)) {
        Ok(names) => SamplesProblem::NoTarget(listed(&names)),
        Err(problem) => problem.into(),
    }
}

/// Rows of inputs, each with its target.
struct Rows {
    inputs: usize,
    features: Vec<f32>,
    targets: Vec<f32>,
}

fn parse(bytes: &[u8], target: &str) -> Result<Rows, SamplesProblem> {
    let mut table = Table::open(bytes, &SAMPLES)?;
    let names = &table.names;
    let at = names.iter().position(|name| name == target.trim()).ok_or_else(|| no_column(target, names))?;
    let inputs = names.len() - 1;
    if inputs == 0 {
        return Err(SamplesProblem::NoInputs(shown(target)));
    }
    let (mut features, mut targets, mut row) = (Vec::new(), Vec::new(), Vec::new());
    while table.next_row(&mut row)? {
        targets.push(row.remove(at) as f32);
        features.extend(row.iter().map(|value| *value as f32));
    }
    Ok(Rows { inputs, features, targets })
}

fn no_column(target: &str, names: &[String]) -> SamplesProblem {
    let hint = match nearest(target, names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{}`?", shown(name)),
        None => format!("its columns are {}", listed(names)),
    };
    SamplesProblem::NoColumn { target: shown(target), hint }
}

/// The first few names.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let mut list: Vec<String> = names.iter().take(SHOWN).map(|name| shown(name)).collect();
    if names.len() > SHOWN {
        list.push(format!("… ({} in all)", names.len()));
    }
    list.join(", ")
}

impl Rows {
    /// Training and test rows.
    fn split(self) -> (Samples, Option<Samples>) {
        let rows = self.targets.len();
        let order = shuffled(rows, 0, 0);
        let held_back = if rows < ROWS_TO_SPLIT { 0 } else { rows / TEST_SHARE };
        let (train, test) = order.split_at(rows - held_back);
        (self.take(train), (held_back > 0).then(|| self.take(test)))
    }

    /// Some of the rows, in their order.
    fn take(&self, rows: &[usize]) -> Samples {
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        let features = rows.iter().flat_map(|row| &self.features[row * self.inputs..][..self.inputs]).copied();
        let values = rows.iter().map(|row| self.targets[*row]).collect();
        let targets = Targets::Values { values, outputs: 1 };
        Samples { inputs: self.inputs, features: features.collect(), targets }
    }
}
