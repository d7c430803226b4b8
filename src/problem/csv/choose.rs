//! Which columns of a file are read, and what they are called.

use super::error::{DataProblem, listed, shown};
use super::limits::MAX_COLUMNS;
use super::note::DataNote;
use super::table::{Chosen, Column, Table};
use crate::expr::constant;
use crate::problem::names::is_reserved;
use std::collections::HashMap;

/// The names for which a formula and what goes with it may want columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Of the formula itself; one of them must be a column.
    pub names: Vec<String>,
    /// Of its gradient and its stop rule.
    pub also: Vec<String>,
    /// Constants of the language that stand in them.
    pub constants: Vec<String>,
    /// Names that are known to be no columns, unless there is one of exactly this name.
    pub known: Vec<String>,
    /// The objective of the catalog, and the columns that it needs.
    pub needed: Option<(String, Vec<String>)>,
}

/// A column that is read, by its place, and its name.
pub(in crate::problem) type Named = (usize, String);

/// The columns that stand in a formula, in the order of the file. A name means the column of exactly this name, else that
/// of this name in other letters, if there is one such.
///
/// # Errors
/// Names that two columns have, or that mean something else; no column at all.
pub(in crate::problem) fn by_names(table: &mut Table<'_>, wanted: &Wanted) -> Result<Vec<Named>, DataProblem> {
    let columns = &table.columns;
    let (mut found, mut left) = (Vec::new(), Vec::new());
    let mut in_place: Vec<DataNote> = Vec::new();
    for name in &wanted.constants {
        let at = exactly(columns, name)?.filter(|_| !in_place.contains(&DataNote::InPlaceOfConstant(name.clone())));
        found.extend(at.map(|at| (at, name.clone())));
        in_place.extend(at.map(|_| DataNote::InPlaceOfConstant(name.clone())));
    }
    for name in &wanted.names {
        match exactly(columns, name)? {
            Some(at) if is_reserved(name) => return Err(taken(at, name, "in sweeps")),
            Some(at) => found.push((at, name.clone())),
            None => left.push(name),
        }
    }
    let in_other_letters: Vec<Named> = loosely(columns, &left, &found, &wanted.known);
    found.extend(in_other_letters);
    let is_missing = |column: &&String| !found.iter().any(|(_, name)| name == *column);
    if let Some((objective, needed)) = &wanted.needed
        && let Some(column) = needed.iter().find(is_missing)
    {
        let (objective, column) = (objective.clone(), column.clone());
        return Err(DataProblem::ColumnMissing { objective, column, has: headers(columns) });
    }
    if found.is_empty() {
        return Err(DataProblem::NothingNamed(headers(columns)));
    }
    for name in wanted.also.iter().filter(|name| !is_reserved(name)) {
        let is_new = |at: &usize| !found.iter().any(|(known, _)| known == at);
        found.extend(exactly(columns, name)?.filter(is_new).map(|at| (at, name.clone())));
    }
    if found.len() > MAX_COLUMNS {
        return Err(DataProblem::TooManyNamed { found: found.len(), most: MAX_COLUMNS });
    }
    found.sort();
    let mut notes = in_place;
    notes.extend(calls(columns, &found));
    notes.extend(likenesses(columns, &left, &found, &wanted.known));
    table.notes.extend(notes);
    Ok(found)
}

/// The column of this header, else of this name.
fn exactly(columns: &[Column], name: &str) -> Result<Option<usize>, DataProblem> {
    let is_called: [&dyn Fn(&Column) -> bool; 2] = [&|column| column.header == name, &|column| column.name == name];
    for is_called in is_called {
        let mut same = (0..columns.len()).filter(|at| is_called(&columns[*at]));
        match (same.next(), same.next()) {
            (Some(first), Some(second)) => return Err(DataProblem::NameTwice(first + 1, second + 1, shown(name))),
            (Some(at), None) => return Ok(Some(at)),
            _ => {}
        }
    }
    Ok(None)
}

/// Names as columns that only differ in case. `b` beside a column `B` is left alone where the formula has columns of its own:
/// such are the letters of mathematics, of which both cases are in use.
fn loosely(columns: &[Column], names: &[&String], found: &[Named], known: &[String]) -> Vec<Named> {
    let mut also: Vec<Named> = Vec::new();
    for name in names.iter().filter(|name| !known.contains(name)) {
        if name.chars().count() == 1 && !found.is_empty() {
            continue;
        }
        let is_free = |at: &usize| !found.iter().chain(&also).any(|(taken, _)| taken == at);
        if let [at] = alike(columns, name)[..]
            && is_free(&at)
        {
            also.push((at, (*name).clone()));
        }
    }
    also
}

fn alike(columns: &[Column], name: &str) -> Vec<usize> {
    let small = name.to_lowercase();
    (0..columns.len()).filter(|at| columns[*at].name.to_lowercase() == small).collect()
}

/// What is called otherwise than in the file.
fn calls(columns: &[Column], found: &[Named]) -> Vec<DataNote> {
    let other = found.iter().filter(|(at, name)| columns[*at].header != *name);
    other.map(|(at, name)| DataNote::Called { header: shown(&columns[*at].header), name: name.clone() }).collect()
}

/// Names that are no columns, though there are some that look like it.
fn likenesses(columns: &[Column], left: &[&String], found: &[Named], known: &[String]) -> Vec<DataNote> {
    let open = left.iter().filter(|name| !known.contains(name) && !found.iter().any(|(_, taken)| taken == **name));
    let note = |name: &&String| {
        let at = *alike(columns, name).first()?;
        Some(DataNote::NoColumn { name: (*name).clone(), header: shown(&columns[at].header) })
    };
    open.filter_map(note).collect()
}

fn headers(columns: &[Column]) -> String {
    let named: Vec<&str> =
        columns.iter().map(|column| column.header.as_str()).filter(|name| !name.is_empty()).collect();
    listed(named.into_iter())
}

fn taken(at: usize, name: &str, where_to: &'static str) -> DataProblem {
    DataProblem::TakenName { column: at + 1, name: shown(name), where_to }
}

/// All columns under the names that they have in the file.
///
/// # Errors
/// A column without a name, unless there is nothing in it or it only counts the rows; two of one name.
pub(in crate::problem) fn all(table: &mut Table<'_>) -> Result<Vec<Named>, DataProblem> {
    let mut found = Vec::with_capacity(table.columns.len());
    let mut known = HashMap::new();
    let mut counts = false;
    for (at, Column { header, .. }) in table.columns.iter().enumerate() {
        if header.is_empty() {
            match holds(table, at)? {
                _ if at == 0 && table.row_names => {}
                Holds::Nothing => {}
                Holds::WholeNumbers if at == 0 => counts = true,
                _ => return Err(DataProblem::NoName(at + 1)),
            }
            continue;
        }
        if let Some(earlier) = known.insert(header.as_str(), at) {
            return Err(DataProblem::NameTwice(earlier + 1, at + 1, shown(header)));
        }
        found.push((at, header.clone()));
    }
    table.notes.extend(counts.then_some(DataNote::Unnamed));
    Ok(found)
}

/// As [`all`], of names that formulas can have as they are.
///
/// # Errors
/// As there, other names, and more than [`MAX_COLUMNS`].
pub(in crate::problem) fn all_for_formulas(table: &mut Table<'_>) -> Result<Vec<Named>, DataProblem> {
    let columns = &table.columns;
    if columns.len() > MAX_COLUMNS {
        return Err(DataProblem::TooManyColumns { found: columns.len(), most: MAX_COLUMNS });
    }
    for (at, name) in columns.iter().map(|column| &column.header).enumerate().filter(|(_, name)| !name.is_empty()) {
        if !name.is_ascii() || columns[at].name != *name {
            return Err(DataProblem::BadName { column: at + 1, name: shown(name) });
        }
        // Functions are told from columns by their brackets.
        match (is_reserved(name), constant(name).is_some()) {
            (true, _) => return Err(taken(at, name, "in sweeps")),
            (false, true) => return Err(taken(at, name, "in formulas")),
            (false, false) => {}
        }
    }
    all(table)
}

enum Holds {
    Nothing,
    WholeNumbers,
    Other,
}

fn holds(table: &Table<'_>, at: usize) -> Result<Holds, DataProblem> {
    let mut records = table.rows()?;
    let mut found = Holds::Nothing;
    while records.next(false)? {
        found = match records.field(at) {
            "" => found,
            text if text.bytes().all(|b| b.is_ascii_digit()) => Holds::WholeNumbers,
            _ => return Ok(Holds::Other),
        };
    }
    Ok(found)
}

/// Columns of numbers.
pub(in crate::problem) fn numbers(named: &[Named]) -> Vec<Chosen> {
    named.iter().map(|(at, _)| Chosen { at: *at, classes: None }).collect()
}
