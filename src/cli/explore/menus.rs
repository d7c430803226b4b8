//! What the page offers, from the catalog.

use crate::expr::functions;
use crate::problem::catalog::{OBJECTIVES, RULES};
use crate::problem::{DATA, SCHEDULES};
use crate::store::RecordedFlags;
use serde::Serialize;

/// Menus, and what the page begins with.
#[derive(Debug, Serialize)]
pub struct Menus<'a> {
    begins: &'a RecordedFlags,
    objectives: Vec<Entry>,
    rules: Vec<Entry>,
    schedules: Vec<Entry>,
    gradients: Vec<Entry>,
    batches: Vec<Entry>,
    data: Vec<Entry>,
    functions: Vec<Entry>,
    version: &'static str,
}

/// What can be typed, and what it means.
#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    what: String,
}

fn entry(name: impl ToString, what: impl ToString) -> Entry {
    Entry { name: name.to_string(), what: what.to_string() }
}

/// All menus.
pub fn menus(begins: &RecordedFlags) -> Menus<'_> {
    let of = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, what)| entry(name, what)).collect();
    Menus {
        begins,
        objectives: OBJECTIVES.iter().map(|row| entry(row.name, row.formula)).collect(),
        rules: RULES.iter().map(|row| entry(row.name, row.formula)).collect(),
        schedules: SCHEDULES.iter().map(|row| entry(row.form(), row.formula)).collect(),
        gradients: of(&[
            ("auto", "derived from the formula"),
            ("central:1e-4", "central differences of half-width 1e-4"),
        ]),
        batches: of(&[("full", "all rows"), ("each", "one row, in order"), ("10", "10 rows, drawn for each step")]),
        data: DATA.iter().map(|row| entry(row.name, format!("{} rows", row.rows))).collect(),
        functions: functions().map(|function| entry(function.name, function.meaning)).collect(),
        version: env!("CARGO_PKG_VERSION"),
    }
}
