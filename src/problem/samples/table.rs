//! Samples from a CSV file: one column is the target, the others are the inputs.

use super::error::{SamplesError, SamplesProblem};
use super::limits::{MAX_CLASSES, MAX_FEATURES, MAX_INPUTS};
use super::sets::{SampleSets, Samples, Targets, shuffled};
use crate::expr::{identifier_of, nearest};
use crate::problem::csv::{
    Chosen, DataNote, Limits, Named, Reading, Table, all, classes, listed, numbers, read_limited, shown,
};
use std::path::Path;

/// Columns have any name: only the target is spoken of.
const SAMPLES: Limits = Limits { columns: MAX_INPUTS + 1, values: MAX_FEATURES, largest: f32::MAX as f64 };

/// Tables of fewer rows are for learning alone.
const ROWS_TO_SPLIT: usize = 50;
/// One row of so many is held back as a test row.
const TEST_SHARE: usize = 5;

impl SampleSets {
    /// Reads a CSV file of numbers under a header of names. The column `target` is what should be learnt, all others
    /// are inputs, in the order of the file. Of 50 rows or more a fifth, drawn once and for all whatever the seed, are
    /// test rows; rows keep their order.
    ///
    /// Targets are values, of which [`Self::into_labels`] makes classes; texts are classes, in alphabetical order.
    ///
    /// # Errors
    /// As [`read_csv`](crate::problem::read_csv), though with more columns ([`MAX_INPUTS`] + 1) and values
    /// ([`MAX_FEATURES`]) and with any names; no such column; numbers beyond f32.
    pub fn read_csv(path: &Path, target: &str) -> Result<Self, SamplesError> {
        Self::read_table(path, target, Reading::default()).map(|(sets, _)| sets)
    }

    /// As [`Self::read_csv`], and what was found out about the file.
    ///
    /// # Errors
    /// As there.
    pub fn read_table(path: &Path, target: &str, reading: Reading) -> Result<(Self, Vec<DataNote>), SamplesError> {
        let file = path.display().to_string();
        let bytes = read_limited(path).map_err(|problem| SamplesError::new(&file, problem))?;
        parse_table(&bytes, target, &file, reading)
    }
}

/// As [`SampleSets::read_csv`], from the bytes of a file; `file` is what it is called in errors and as the source.
///
/// # Errors
/// As there.
pub fn parse_samples(bytes: &[u8], target: &str, file: &str) -> Result<SampleSets, SamplesError> {
    parse_table(bytes, target, file, Reading::default()).map(|(sets, _)| sets)
}

/// As [`SampleSets::read_table`], from the bytes of a file.
///
/// # Errors
/// As there.
pub fn parse_table(
    bytes: &[u8],
    target: &str,
    file: &str,
    reading: Reading,
) -> Result<(SampleSets, Vec<DataNote>), SamplesError> {
    let (rows, notes) = parse(bytes, target, reading).map_err(|problem| SamplesError::new(file, problem))?;
    let (train, test) = rows.split();
    Ok((SampleSets { source: file.to_owned(), train, test, seeded: false }, notes))
}

/// Why a table cannot be read without a target: its columns, or that it has none.
pub(super) fn without_target(path: &Path, reading: Reading) -> SamplesProblem {
    let names = |bytes: &[u8]| {
        let table = Table::open(bytes, reading, &SAMPLES)?;
        let named: Vec<&str> = table.columns.iter().map(|column| column.header.as_str()).collect();
        Ok(listed(named.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().into_iter()))
    };
    match read_limited(path).and_then(|bytes| names(&bytes)) {
        Ok(names) => SamplesProblem::NoTarget(names),
        Err(problem) => problem.into(),
    }
}

/// Rows of inputs, each with its target.
struct Rows {
    inputs: usize,
    features: Vec<f32>,
    targets: Vec<f32>,
    /// How many classes the targets stand for, where they are texts.
    classes: Option<usize>,
}

fn parse(bytes: &[u8], target: &str, reading: Reading) -> Result<(Rows, Vec<DataNote>), SamplesProblem> {
    let mut table = Table::open(bytes, reading, &SAMPLES)?;
    let named = all(&mut table)?;
    let at = target_among(&named, target.trim())?;
    let inputs = named.len() - 1;
    if inputs == 0 {
        return Err(SamplesProblem::NoInputs(shown(target)));
    }
    let mut chosen: Vec<Chosen> = numbers(&named);
    chosen[at].classes = classes(&table, chosen[at].at, MAX_CLASSES)?;
    let texts = chosen[at].classes.clone();
    let (mut features, mut targets) = (Vec::new(), Vec::new());
    table.read(&chosen, &SAMPLES, |row| {
        targets.push(row[at] as f32);
        features.extend(row.iter().enumerate().filter(|(column, _)| *column != at).map(|(_, value)| *value as f32));
    })?;
    let classes = texts.as_ref().map(Vec::len);
    table.notes.extend(texts.map(DataNote::Classes));
    Ok((Rows { inputs, features, targets, classes }, table.notes))
}

/// The column of this name; else of this name in other letters, where there is one such.
fn target_among(named: &[Named], target: &str) -> Result<usize, SamplesProblem> {
    if let Some(at) = named.iter().position(|(_, name)| name == target) {
        return Ok(at);
    }
    let wanted = identifier_of(target);
    let is_alike = [&|name: &str| identifier_of(name) == wanted, &|name: &str| {
        identifier_of(name).to_lowercase() == wanted.to_lowercase()
    }] as [&dyn Fn(&str) -> bool; 2];
    for is_alike in is_alike.into_iter().filter(|_| !wanted.is_empty()) {
        let mut alike = (0..named.len()).filter(|at| is_alike(&named[*at].1));
        if let (Some(at), None) = (alike.next(), alike.next()) {
            return Ok(at);
        }
    }
    let names = || named.iter().map(|(_, name)| name.as_str());
    let hint = match nearest(target, names()) {
        Some(name) => format!("did you mean `{}`?", shown(name)),
        None => format!("its columns are {}", listed(names())),
    };
    Err(SamplesProblem::NoColumn { target: shown(target), hint })
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
        let values = rows.iter().map(|row| self.targets[*row]);
        let targets = match self.classes {
            Some(classes) => Targets::Labels { labels: values.map(|class| class as u32).collect(), classes },
            None => Targets::Values { values: values.collect(), outputs: 1 },
        };
        Samples { inputs: self.inputs, features: features.collect(), targets }
    }
}
