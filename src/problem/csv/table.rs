//! A CSV file as it is: opened by looking at all of it, and read column by column.

use super::decode::decode;
use super::dialect::Dialect;
use super::error::{DataProblem, Place, shown};
use super::limits::Limits;
use super::note::DataNote;
use super::records::Records;
use super::scan::Delimiter;
use super::tidy::tidy;
use super::values::looks_like_a_number;
use crate::expr::identifier_of;
use std::borrow::Cow;

/// What a user says about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// The first line is data, and the columns are called x1, x2, …
    pub no_header: bool,
    /// Rows that miss a value are left out.
    pub drop_missing: bool,
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::problem) struct Column {
    /// As the file has it.
    pub header: String,
    /// In formulas; empty where no name can be made of the header.
    pub name: String,
}

/// A column that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::problem) struct Chosen {
    /// Which of the file's.
    pub at: usize,
    /// Texts that stand for numbers from 0, in order; none where the column has numbers.
    pub classes: Option<Vec<String>>,
}

/// An opened file.
pub(in crate::problem) struct Table<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) delimiter: Delimiter,
    pub(super) reading: Reading,
    pub columns: Vec<Column>,
    /// Whether the first column, which has no name, names the rows.
    pub row_names: bool,
    /// What was found out about the file.
    pub notes: Vec<DataNote>,
}

impl<'a> Table<'a> {
    /// Decides how the file is written, and reads the header.
    pub fn open(bytes: &'a [u8], reading: Reading, limits: &Limits) -> Result<Self, DataProblem> {
        let decoded = decode(bytes)?;
        let headed = !reading.no_header;
        let dialect = Dialect::of(&decoded.text, headed);
        let text = tidy(decoded.text, dialect, headed)?;
        let mut notes: Vec<DataNote> = decoded.encoding.map(DataNote::Encoding).into_iter().collect();
        if dialect.delimiter != Delimiter::Comma {
            notes.push(DataNote::Separated(dialect.delimiter.words()));
        }
        notes.extend(dialect.header_comment.map(|_| DataNote::HeaderInComment));
        notes.extend(dialect.row_names.then_some(DataNote::RowNames));
        let (delimiter, row_names) = (dialect.delimiter, dialect.row_names);
        let mut table = Self { text, delimiter, reading, columns: Vec::new(), row_names, notes };
        table.columns = table.header(limits)?;
        if reading.no_header {
            table.notes.push(DataNote::NoHeader { columns: table.columns.len() });
        }
        Ok(table)
    }

    /// Without anything read yet.
    pub(super) fn records(&self) -> Records<'_> {
        Records::new(&self.text, self.delimiter.byte(), !self.reading.no_header)
    }

    /// Behind the header.
    pub(super) fn rows(&self) -> Result<Records<'_>, DataProblem> {
        let mut records = self.records();
        if !self.reading.no_header {
            records.next(false)?;
        }
        Ok(records)
    }

    fn header(&self, limits: &Limits) -> Result<Vec<Column>, DataProblem> {
        let mut records = self.records();
        if !records.next(false)? {
            return Err(DataProblem::Empty);
        }
        let found = records.len();
        if found > limits.columns {
            return Err(DataProblem::TooManyColumns { found, most: limits.columns });
        }
        let first = records.field(0);
        if !self.reading.no_header && looks_like_a_number(first) {
            return Err(DataProblem::NoHeader(shown(first)));
        }
        let column = |at: usize| {
            let header = if self.reading.no_header { format!("x{}", at + 1) } else { records.field(at).to_owned() };
            Column { name: identifier_of(&header), header }
        };
        Ok((0..found).map(column).collect())
    }

    /// Where a column stands in a row of the file, for errors.
    pub(super) fn place(&self, records: &Records<'_>, at: usize) -> Place {
        let column = shown(&self.columns[at].header);
        Place { row: records.row, line: records.line(), column }
    }
}
