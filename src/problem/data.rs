//! The data of an objective: columns of numbers under names, from a CSV file and into one.

use super::is_reserved;
use crate::expr::{CONSTANTS, FUNCTIONS};
use crate::number::ShortText;
use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
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

/// Larger files are refused unread (bytes).
pub const MAX_BYTES: u64 = 1 << 30;
/// Most columns of a file.
pub const MAX_COLUMNS: usize = 64;
/// No row is longer (bytes): 64 numbers take 2 KiB.
pub const MAX_ROW: usize = 1 << 20;
/// Most values of a file, rows × columns.
pub const MAX_VALUES: usize = 16 << 20;

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

    /// 16 hexadecimal digits that change with any name, any bit of a value and their order: FNV-1a (64 bits) over the
    /// number of columns and of rows, then each column's name, a zero byte and the bits of its values; all numbers are
    /// 8 bytes, the lowest first. It tells files apart and is no protection against forgery.
    pub fn hash(&self) -> String {
        let mut state = FNV_START;
        fnv1a(&mut state, &(self.columns.len() as u64).to_le_bytes());
        fnv1a(&mut state, &(self.rows() as u64).to_le_bytes());
        for (name, values) in self.names.iter().zip(&self.columns) {
            fnv1a(&mut state, name.as_bytes());
            fnv1a(&mut state, &[0]);
            for value in values {
                fnv1a(&mut state, &value.to_bits().to_le_bytes());
            }
        }
        format!("{state:016x}")
    }
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

fn fnv1a(state: &mut u64, bytes: &[u8]) {
    for byte in bytes {
        *state = (*state ^ u64::from(*byte)).wrapping_mul(FNV_PRIME);
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
    #[error("the header has {0} columns, and at most {MAX_COLUMNS} are read; leave out what the formula does not use")]
    TooManyColumns(usize),
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
    #[error("row {0} goes beyond {MAX_VALUES} values, and no more are read; leave out rows or columns")]
    TooManyValues(usize),
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

fn read_limited(path: &Path) -> Result<Vec<u8>, DataProblem> {
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
    let parsed = Table::parse(bytes).map_err(|problem| DataError { file: file.to_owned(), problem })?;
    Ok(Data { names: parsed.names, columns: parsed.columns, source: file.to_owned(), seeded: false })
}

/// Bytes of which only so many are handed out before the ration is renewed: however a row is written, no more of it is
/// ever held than that. (Where each field ends takes 8 bytes: a file of commas alone would take eight times its size.)
struct Rationed<'a> {
    bytes: &'a [u8],
    ration: &'a Cell<usize>,
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

struct Table<'a> {
    bytes: &'a [u8],
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
}

impl<'a> Table<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, DataProblem> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let ration = Cell::new(MAX_ROW);
        let rationed = Rationed { bytes, ration: &ration };
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rationed);
        let mut record = csv::ByteRecord::new();
        let mut row = 0;
        let mut next = |record: &mut csv::ByteRecord| {
            ration.set(MAX_ROW);
            let more = reader.read_byte_record(record);
            row += 1;
            more.map_err(|error| match error.into_kind() {
                csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                    DataProblem::LongRow(row - 1)
                }
                other => DataProblem::Unreadable(format!("{other:?}")),
            })
        };
        if !next(&mut record)? {
            return Err(DataProblem::Empty);
        }
        let names = header(&record)?;
        let columns = vec![Vec::new(); names.len()];
        let mut table = Self { bytes, names, columns };
        while next(&mut record)? {
            table.push(&record)?;
        }
        if table.columns[0].is_empty() { Err(DataProblem::NoRows) } else { Ok(table) }
    }

    fn push(&mut self, record: &csv::ByteRecord) -> Result<(), DataProblem> {
        let (row, expected) = (self.columns[0].len() + 1, self.names.len());
        if record.len() != expected {
            let (line, found) = (self.line(record), record.len());
            return Err(DataProblem::Ragged { row, line, found, expected });
        }
        if row * expected > MAX_VALUES {
            return Err(DataProblem::TooManyValues(row));
        }
        for (at, field) in record.iter().enumerate() {
            let place = || Place { row, line: self.line(record), column: self.names[at].clone() };
            let value = number(field, place)?;
            self.columns[at].push(value);
        }
        Ok(())
    }

    /// The line on which a record begins. The reader's own count stands before empty lines, and between the two
    /// characters of a Windows line ending.
    fn line(&self, record: &csv::ByteRecord) -> usize {
        let at = record.position().map_or(0, |position| position.byte() as usize).min(self.bytes.len());
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

/// A finite number. `place` is called for errors only.
fn number(field: &[u8], place: impl Fn() -> Place) -> Result<f64, DataProblem> {
    let text = std::str::from_utf8(field).map_err(|_| DataProblem::NotUtf8(place()))?.trim();
    if text.is_empty() {
        return Err(DataProblem::EmptyField(place()));
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(DataProblem::NotFinite(place(), shown(text))),
        Err(_) => Err(DataProblem::NotANumber(place(), shown(text))),
    }
}

/// The names of the columns.
fn header(record: &csv::ByteRecord) -> Result<Vec<String>, DataProblem> {
    if record.len() > MAX_COLUMNS {
        return Err(DataProblem::TooManyColumns(record.len()));
    }
    let mut names: Vec<String> = Vec::with_capacity(record.len());
    for (field, column) in record.iter().zip(1..) {
        let name = std::str::from_utf8(field).map_err(|_| DataProblem::HeaderNotUtf8)?.trim();
        check_name(name, column)?;
        if let Some(earlier) = names.iter().position(|known| known == name) {
            return Err(DataProblem::NameTwice(earlier + 1, column, name.to_owned()));
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
    if !is_identifier(name) {
        let separated = name.contains([';', '\t', '|']);
        let advice = if separated { "separate columns by commas" } else { "rename the column" };
        return Err(DataProblem::BadName { column, name: shown(name), advice });
    }
    let of_language =
        FUNCTIONS.iter().any(|(known, ..)| *known == name) || CONSTANTS.iter().any(|(known, _)| *known == name);
    let where_to = match (is_reserved(name), of_language) {
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
fn shown(text: &str) -> String {
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
    let mut out = BufWriter::new(out);
    writeln!(out, "{}", data.names.join(","))?;
    let mut line = Vec::new();
    for row in 0..data.rows() {
        line.clear();
        for (at, column) in data.columns.iter().enumerate() {
            if at > 0 {
                line.push(b',');
            }
            line.extend_from_slice(ShortText::number(column[row], true).as_bytes());
        }
        line.push(b'\n');
        out.write_all(&line)?;
    }
    out.flush()
}
