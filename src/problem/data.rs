//! The data of an objective: columns of numbers under names, from a CSV file and into one.

use super::csv::{
    DataError, DataNote, DataProblem, Limits, MAX_HEADER, MAX_VALUES, Named, Reading, Table, Wanted, all_for_formulas,
    by_names, numbers, read_limited,
};
use super::hash::Fingerprint;
use crate::csv_text::CsvRows;
use std::io::{self, Write};
use std::path::Path;

/// Columns of numbers, all of one length.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// What the columns are called in formulas.
    pub names: Vec<String>,
    /// Values by column, then by row, in the order of `names`.
    pub columns: Vec<Vec<f64>>,
    /// The file as it was named, or the name of the built-in row.
    pub source: String,
    /// Whether the values depend on the seed.
    pub seeded: bool,
}

impl Data {
    /// Values per column.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// The values under a name.
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        let at = self.names.iter().position(|known| known == name)?;
        Some(&self.columns[at])
    }

    /// 16 hexadecimal digits that change with any name, any bit of a value and their order: XXH3 (64 bits) over the
    /// number of columns and of rows, then each column's name, a zero byte and the bits of its values; all numbers are
    /// 8 bytes, the lowest first. It tells files apart and is no protection against forgery.
    pub fn hash(&self) -> String {
        let mut hash = Fingerprint::new();
        hash.count(self.columns.len());
        hash.count(self.rows());
        for (name, values) in self.names.iter().zip(&self.columns) {
            hash.bytes(name.as_bytes());
            hash.bytes(&[0]);
            for value in values {
                hash.bytes(&value.to_bits().to_le_bytes());
            }
        }
        hash.finish()
    }
}

/// What is read for formulas.
const FORMULA: Limits = Limits { columns: MAX_HEADER, values: MAX_VALUES, largest: f64::MAX };

/// Reads all columns of a CSV file under the names of its header. How it is written (encoding, separator, decimal sign, line
/// ends) is found out.
///
/// # Errors
/// What is no table of finite numbers, by place; names that formulas cannot have; what is larger than [`MAX_BYTES`],
/// [`MAX_COLUMNS`](super::MAX_COLUMNS), [`MAX_ROW`](super::MAX_ROW) or [`MAX_VALUES`].
///
/// [`MAX_BYTES`]: super::MAX_BYTES
pub fn read_csv(path: &Path) -> Result<Data, DataError> {
    let file = path.display().to_string();
    match read_limited(path) {
        Ok(bytes) => parse_csv(&bytes, &file),
        Err(problem) => Err(DataError { file, problem }),
    }
}

/// As [`read_csv`], from the bytes of a file; `file` is what it is called in errors and in [`Data::source`].
///
/// # Errors
/// As [`read_csv`].
pub fn parse_csv(bytes: &[u8], file: &str) -> Result<Data, DataError> {
    read(bytes, file, Reading::default(), all_for_formulas).map(|(data, _)| data)
}

/// Reads the columns of a CSV file that are wanted, and says what was found out about it.
///
/// # Errors
/// As [`read_csv`], though only what is wanted must be good.
pub fn read_columns(path: &Path, wanted: &Wanted, reading: Reading) -> Result<(Data, Vec<DataNote>), DataError> {
    let file = path.display().to_string();
    match read_limited(path) {
        Ok(bytes) => parse_columns(&bytes, &file, wanted, reading),
        Err(problem) => Err(DataError { file, problem }),
    }
}

/// As [`read_columns`], from the bytes of a file.
///
/// # Errors
/// As there.
pub fn parse_columns(
    bytes: &[u8],
    file: &str,
    wanted: &Wanted,
    reading: Reading,
) -> Result<(Data, Vec<DataNote>), DataError> {
    read(bytes, file, reading, |table| by_names(table, wanted))
}

fn read(
    bytes: &[u8],
    file: &str,
    reading: Reading,
    choose: impl FnOnce(&mut Table<'_>) -> Result<Vec<Named>, DataProblem>,
) -> Result<(Data, Vec<DataNote>), DataError> {
    let columns = || {
        let mut table = Table::open(bytes, reading, &FORMULA)?;
        let named = choose(&mut table)?;
        let mut columns = vec![Vec::new(); named.len()];
        table.read(&numbers(&named), &FORMULA, |row| {
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(*value);
            }
        })?;
        let names = named.into_iter().map(|(_, name)| name).collect();
        Ok((Data { names, columns, source: file.to_owned(), seeded: false }, table.notes))
    };
    columns().map_err(|problem| DataError { file: file.to_owned(), problem })
}

/// Writes a header and one line per row, in the shortest numbers that [`read_csv`] reads back to the same bits. What is
/// not finite becomes an empty field.
///
/// # Errors
/// Whatever writing gives.
pub fn write_csv(data: &Data, out: &mut impl Write) -> io::Result<()> {
    let mut rows = CsvRows::new(out, &data.names)?;
    for row in 0..data.rows() {
        data.columns.iter().try_for_each(|column| rows.number(column[row], true))?;
        rows.end()?;
    }
    rows.finish().map(drop)
}
