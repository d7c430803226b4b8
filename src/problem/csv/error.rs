//! What can be wrong with a file of data.

use super::limits::{MAX_BYTES, MAX_ROW};
use std::fmt;

/// A file that cannot be used as data: one line with the file, the place, what is wrong and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct DataError {
    pub file: String,
    pub problem: DataProblem,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataProblem {
    #[error("cannot be read: {0}")]
    Unreadable(String),
    #[error("is {0} and no CSV file; open it in its program and save it as CSV")]
    Foreign(&'static str),
    #[error("the gzip file is damaged or cut off ({0}); fetch it again")]
    Gzip(String),
    #[error("the Parquet file cannot be read ({0}); write it with snappy or without compression, or as CSV")]
    Parquet(String),
    #[error("row {0} is longer than {MAX_ROW} bytes; is this a CSV file, and are its quotes closed?")]
    LongRow(usize),
    #[error("{}, column {column}: a quote opens here and is not closed; close it or take it out", begun(*row, *line))]
    OpenQuote { row: usize, line: usize, column: usize },
    #[error("is larger than {MAX_BYTES} bytes; leave out rows or columns")]
    TooLarge,
    #[error("unpacks to more than {MAX_BYTES} bytes; leave out rows or columns")]
    UnpacksTooLarge,
    #[error("is empty; its first line must name the columns, as in `x,y`")]
    Empty,
    #[error(
        "begins with the number `{0}`; its first line must name the columns, as in `x,y`, or --no-header calls them x1, x2, …"
    )]
    NoHeader(String),
    #[error("the header has {found} columns, and at most {most} are read; leave out what is not used")]
    TooManyColumns { found: usize, most: usize },
    #[error("{found} columns stand in the formula, and at most {most} are read; use fewer")]
    TooManyNamed { found: usize, most: usize },
    #[error("column {0} of the header has no name; name it or leave the column out")]
    NoName(usize),
    #[error("column {column} of the header is called `{name}`; {NAMES}: rename the column")]
    BadName { column: usize, name: String },
    #[error("column {column} of the header is called `{name}`, which has a meaning of its own {where_to}; rename it")]
    TakenName { column: usize, name: String, where_to: &'static str },
    #[error("columns {0} and {1} of the header are both called `{2}`; rename one")]
    NameTwice(usize, usize, String),
    #[error("the formula reads no column of it; it has {0}")]
    NothingNamed(String),
    #[error("`{objective}` needs a column `{column}`, and the data has {has}")]
    ColumnMissing { objective: String, column: String, has: String },
    #[error("has a header and no rows; add at least one line of numbers")]
    NoRows,
    #[error("none of its {0} rows is whole, so that --drop-missing leaves none; fill in what is missing")]
    AllDropped(usize),
    #[error(
        "row {row} (line {line}) has {found} field(s) where the header has {expected}; fill in or cut the row{}",
        if found < expected { ", or leave such rows out with --drop-missing" } else { "" }
    )]
    Ragged { row: usize, line: usize, found: usize, expected: usize },
    #[error("{0} is empty; fill it in, or leave such rows out with --drop-missing")]
    EmptyField(Place),
    #[error("{0}: `{1}` says that a value is missing; fill it in, or leave such rows out with --drop-missing")]
    Missing(Place, String),
    #[error("{0}: `{1}` is not a number; leave the column out or write numbers as in `-1.5e-3`")]
    NotANumber(Place, String),
    #[error("{0}: `{1}` is not a number; if the first line names the columns, leave --no-header out")]
    NameInFirstRow(Place, String),
    #[error("{0}: `{1}` is not a finite number; leave the row out{way}", way = by_flag(.1))]
    NotFinite(Place, String),
    #[error("{0}: `{1}` is beyond the largest f32, about 3.4e38; scale the column")]
    BeyondF32(Place, String),
    #[error(
        "{place}: `{comma}` has a decimal comma, and `{point}` in {other} a decimal point; write all numbers alike"
    )]
    TwoDecimalSigns { place: Box<Place>, comma: String, other: Box<Place>, point: String },
    #[error(
        "{place}: `{text}` is {decimal} with a decimal comma and {whole} with a separator of thousands, and nothing in the file \
         says which; write `{decimal}` or `{whole}`"
    )]
    EitherComma { place: Box<Place>, text: String, decimal: String, whole: String },
    #[error("row {row} goes beyond {most} values, and no more are read; leave out rows or columns")]
    TooManyValues { row: usize, most: usize },
}

const NAMES: &str = "names are made of a-z, A-Z, 0-9 and _ and do not begin with a digit";

/// The header is row 0.
fn begun(row: usize, line: usize) -> String {
    if row == 0 { format!("the header (line {line})") } else { format!("row {row} (line {line})") }
}

/// `NaN` is how many programs write what is missing.
fn by_flag(text: &str) -> &'static str {
    if text.trim_start_matches(['+', '-']).eq_ignore_ascii_case("nan") {
        ", or all such rows with --drop-missing"
    } else {
        ""
    }
}

/// A field of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The row of data, from 1.
    pub row: usize,
    /// The line of the file that the row begins on, from 1.
    pub line: usize,
    pub column: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} (line {}), column `{}`", self.row, self.line, self.column)
    }
}

/// A field as errors show it: on one line, and not all of a long one.
pub(in crate::problem) fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown: String = text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// The first few names.
pub(in crate::problem) fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 6;
    let all = names.len();
    let mut list: Vec<String> = names.take(SHOWN).map(shown).collect();
    if all > SHOWN {
        list.push(format!("… ({all} in all)"));
    }
    list.join(", ")
}
