//! The data of an objective: columns of numbers under names, from a CSV file and into one.

use super::hash::Fingerprint;
use super::names::is_reserved;
use crate::csv_text::CsvRows;
use crate::expr::constant;
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::rc::Rc;

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

/// Larger files are refused unread (bytes).
pub const MAX_BYTES: u64 = 1 << 30;
/// Most columns of a file for formulas.
pub const MAX_COLUMNS: usize = 64;
/// No row is longer (bytes): 64 numbers take 2 KiB, 16 Ki numbers of samples some 300.
pub const MAX_ROW: usize = 1 << 20;
/// Most values of a file for formulas, rows × columns.
pub const MAX_VALUES: usize = 16 << 20;

/// What a reader of a CSV file accepts.
pub(super) struct Form {
    pub columns: usize,
    /// Rows × columns.
    pub values: usize,
    /// The largest magnitude.
    pub largest: f64,
    /// Whether formulas speak of the columns by their names.
    pub in_formulas: bool,
}

/// Columns that become names of a formula.
const FORMULA: Form = Form { columns: MAX_COLUMNS, values: MAX_VALUES, largest: f64::MAX, in_formulas: true };

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
    #[error("row {0} is longer than {MAX_ROW} bytes; is this a CSV file, and are its quotes closed?")]
    LongRow(usize),
    #[error("is larger than {MAX_BYTES} bytes; leave out rows or columns")]
    TooLarge,
    #[error("is empty; its first line must name the columns, as in `x,y`")]
    Empty,
    #[error("the header is not UTF-8 text; save the file as UTF-8")]
    HeaderNotUtf8,
    #[error("begins with the number `{0}`; its first line must name the columns, as in `x,y`")]
    NoHeader(String),
    #[error("the header has {found} columns, and at most {most} are read; leave out what is not used")]
    TooManyColumns { found: usize, most: usize },
    #[error("column {0} of the header has no name; name it or leave the column out")]
    NoName(usize),
    #[error("column {column} of the header is called `{name}`; {NAMES}: {advice}")]
    BadName { column: usize, name: String, advice: &'static str },
    #[error("column {column} of the header is called `{name}`, which has a meaning of its own {where_to}; rename it")]
    TakenName { column: usize, name: String, where_to: &'static str },
    #[error("columns {0} and {1} of the header are both called `{2}`; rename one")]
    NameTwice(usize, usize, String),
    #[error("has a header and no rows; add at least one line of numbers")]
    NoRows,
    #[error("row {row} (line {line}) has {found} field(s) where the header has {expected}; fill in or cut the row")]
    Ragged { row: usize, line: usize, found: usize, expected: usize },
    #[error("{0} is not UTF-8 text; save the file as UTF-8")]
    NotUtf8(Place),
    #[error("{0} is empty; fill it in or leave the row out")]
    EmptyField(Place),
    #[error("{0}: `{1}` is not a number; leave the column out or write numbers as in `-1.5e-3`")]
    NotANumber(Place, String),
    #[error("{0}: `{1}` is not a finite number; leave the row out")]
    NotFinite(Place, String),
    #[error("{0}: `{1}` is beyond the largest f32, about 3.4e38; scale the column")]
    BeyondF32(Place, String),
    #[error("row {row} goes beyond {most} values, and no more are read; leave out rows or columns")]
    TooManyValues { row: usize, most: usize },
}

const NAMES: &str = "names are made of a-z, A-Z, 0-9 and _ and do not begin with a digit";

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

/// Reads a CSV file: a header of names, then rows of finite numbers, separated by commas. Blanks around a field, empty
/// lines, a byte order mark and any line ending are accepted.
///
/// # Errors
/// Anything else, by place; what is larger than [`MAX_BYTES`], [`MAX_COLUMNS`], [`MAX_ROW`] or [`MAX_VALUES`].
pub fn read_csv(path: &Path) -> Result<Data, DataError> {
    let file = path.display().to_string();
    match read_limited(path) {
        Ok(bytes) => parse_csv(&bytes, &file),
        Err(problem) => Err(DataError { file, problem }),
    }
}

/// The bytes of a file of at most [`MAX_BYTES`].
pub(super) fn read_limited(path: &Path) -> Result<Vec<u8>, DataProblem> {
    let unreadable = |error: io::Error| DataProblem::Unreadable(error.to_string());
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.len() > MAX_BYTES {
        return Err(DataProblem::TooLarge);
    }
    let mut bytes = Vec::new();
    // A pipe does not say beforehand how long it is.
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES { Err(DataProblem::TooLarge) } else { Ok(bytes) }
}

/// As [`read_csv`], from the bytes of a file; `file` is what it is called in errors and in [`Data::source`].
///
/// # Errors
/// As [`read_csv`].
pub fn parse_csv(bytes: &[u8], file: &str) -> Result<Data, DataError> {
    parse_columns(bytes, file).map_err(|problem| DataError { file: file.to_owned(), problem })
}

fn parse_columns(bytes: &[u8], file: &str) -> Result<Data, DataProblem> {
    let mut table = Table::open(bytes, &FORMULA)?;
    let mut columns = vec![Vec::new(); table.names.len()];
    let mut row = Vec::new();
    while table.next_row(&mut row)? {
        for (column, value) in columns.iter_mut().zip(&row) {
            column.push(*value);
        }
    }
    Ok(Data { names: table.names, columns, source: file.to_owned(), seeded: false })
}

/// Bytes of which only so many are handed out before the ration is renewed: however a row is written, no more of it is
/// ever held than that. (Where each field ends takes 8 bytes: a file of commas alone would take eight times its size.)
struct Rationed<'a> {
    bytes: &'a [u8],
    ration: Rc<Cell<usize>>,
}

impl Read for Rationed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = buffer.len().min(self.ration.get());
        if room == 0 && !self.bytes.is_empty() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.bytes.read(&mut buffer[..room])?;
        self.ration.set(self.ration.get() - read);
        Ok(read)
    }
}

/// A CSV file that is read row by row.
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    reader: csv::Reader<Rationed<'a>>,
    ration: Rc<Cell<usize>>,
    /// What was read last.
    record: csv::ByteRecord,
    form: &'static Form,
    /// What the columns are called.
    pub names: Vec<String>,
    /// Rows that were read.
    rows: usize,
}

impl<'a> Table<'a> {
    /// Reads the header.
    pub fn open(bytes: &'a [u8], form: &'static Form) -> Result<Self, DataProblem> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let ration = Rc::new(Cell::new(MAX_ROW));
        let rationed = Rationed { bytes, ration: Rc::clone(&ration) };
        let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rationed);
        let record = csv::ByteRecord::new();
        let mut table = Self { bytes, reader, ration, record, form, names: Vec::new(), rows: 0 };
        if !table.next_record()? {
            return Err(DataProblem::Empty);
        }
        table.names = header(&table.record, form)?;
        Ok(table)
    }

    /// Puts the next row's values into `row`, one per column. False at the end; a table without rows is an error.
    pub fn next_row(&mut self, row: &mut Vec<f64>) -> Result<bool, DataProblem> {
        row.clear();
        if !self.next_record()? {
            return if self.rows == 0 { Err(DataProblem::NoRows) } else { Ok(false) };
        }
        self.rows += 1;
        let (at, expected, record) = (self.rows, self.names.len(), &self.record);
        if record.len() != expected {
            let (line, found) = (self.line(), record.len());
            return Err(DataProblem::Ragged { row: at, line, found, expected });
        }
        if at * expected > self.form.values {
            return Err(DataProblem::TooManyValues { row: at, most: self.form.values });
        }
        for (field, name) in record.iter().zip(&self.names) {
            let place = || Place { row: at, line: self.line(), column: shown(name) };
            row.push(number(field, self.form.largest, place)?);
        }
        Ok(true)
    }

    fn next_record(&mut self) -> Result<bool, DataProblem> {
        self.ration.set(MAX_ROW);
        self.reader.read_byte_record(&mut self.record).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                // The header is row 0.
                DataProblem::LongRow(self.rows + usize::from(!self.names.is_empty()))
            }
            other => DataProblem::Unreadable(format!("{other:?}")),
        })
    }

    /// The line on which the record begins. The reader's own count stands before empty lines, and between the two
    /// characters of a Windows line ending.
    fn line(&self) -> usize {
        let at = self.record.position().map_or(0, |position| position.byte() as usize).min(self.bytes.len());
        let blank = self.bytes[at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let before = &self.bytes[..at + blank];
        let ends_line = |(at, byte): (usize, &u8)| match byte {
            b'\n' => true,
            b'\r' => before.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        1 + before.iter().enumerate().filter(|place| ends_line(*place)).count()
    }
}

/// A finite number of at most the magnitude `largest`. `place` is called for errors only.
fn number(field: &[u8], largest: f64, place: impl Fn() -> Place) -> Result<f64, DataProblem> {
    let text = std::str::from_utf8(field).map_err(|_| DataProblem::NotUtf8(place()))?.trim();
    if text.is_empty() {
        return Err(DataProblem::EmptyField(place()));
    }
    match text.parse::<f64>() {
        Ok(value) if value.abs() <= largest => Ok(value),
        Ok(value) if value.is_finite() => Err(DataProblem::BeyondF32(place(), shown(text))),
        Ok(_) => Err(DataProblem::NotFinite(place(), shown(text))),
        Err(_) => Err(DataProblem::NotANumber(place(), shown(text))),
    }
}

/// The names of the columns.
fn header(record: &csv::ByteRecord, form: &Form) -> Result<Vec<String>, DataProblem> {
    if record.len() > form.columns {
        return Err(DataProblem::TooManyColumns { found: record.len(), most: form.columns });
    }
    let mut names = Vec::with_capacity(record.len());
    let mut columns = HashMap::new();
    for (field, column) in record.iter().zip(1..) {
        let name = std::str::from_utf8(field).map_err(|_| DataProblem::HeaderNotUtf8)?.trim();
        check_name(name, column)?;
        if form.in_formulas {
            check_name_in_formulas(name, column)?;
        }
        if let Some(earlier) = columns.insert(name, column) {
            return Err(DataProblem::NameTwice(earlier, column, shown(name)));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

fn check_name(name: &str, column: usize) -> Result<(), DataProblem> {
    if name.is_empty() {
        return Err(DataProblem::NoName(column));
    }
    if column == 1 && name.parse::<f64>().is_ok_and(f64::is_finite) {
        return Err(DataProblem::NoHeader(shown(name)));
    }
    Ok(())
}

fn check_name_in_formulas(name: &str, column: usize) -> Result<(), DataProblem> {
    if !is_identifier(name) {
        let separated = name.contains([';', '\t', '|']);
        let advice = if separated { "separate columns by commas" } else { "rename the column" };
        return Err(DataProblem::BadName { column, name: shown(name), advice });
    }
    // Functions are told from columns by their brackets.
    let where_to = match (is_reserved(name), constant(name).is_some()) {
        (true, _) => "in sweeps",
        (false, true) => "in formulas",
        (false, false) => return Ok(()),
    };
    Err(DataProblem::TakenName { column, name: name.to_owned(), where_to })
}

fn is_identifier(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(word) && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// A field as errors show it: on one line, and not all of a long one.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown: String = text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
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
