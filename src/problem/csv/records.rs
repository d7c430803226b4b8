//! A tidy text, record by record.

use super::error::DataProblem;
use super::limits::MAX_ROW;
use super::tidy::lines;
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

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

/// The header, if there is one, and the rows of a text.
pub(super) struct Records<'a> {
    text: &'a str,
    reader: csv::Reader<Rationed<'a>>,
    ration: Rc<Cell<usize>>,
    /// What was read last.
    record: csv::ByteRecord,
    /// Its number; the header is row 0.
    pub row: usize,
    headed: bool,
    begun: bool,
}

impl<'a> Records<'a> {
    pub fn new(text: &'a str, delimiter: u8, headed: bool) -> Self {
        let ration = Rc::new(Cell::new(MAX_ROW));
        let rationed = Rationed { bytes: text.as_bytes(), ration: Rc::clone(&ration) };
        let mut builder = csv::ReaderBuilder::new();
        let reader = builder.delimiter(delimiter).has_headers(false).flexible(true).from_reader(rationed);
        Self { text, reader, ration, record: csv::ByteRecord::new(), row: 0, headed, begun: false }
    }

    /// Reads on. False at the end. A record without anything in it is none, unless it is the only field of its row.
    pub fn next(&mut self, only_column: bool) -> Result<bool, DataProblem> {
        let next = if self.begun { self.row + 1 } else { usize::from(!self.headed) };
        loop {
            self.ration.set(MAX_ROW);
            let found = self.reader.read_byte_record(&mut self.record).map_err(|error| match error.into_kind() {
                csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => DataProblem::LongRow(next),
                other => DataProblem::Unreadable(format!("{other:?}")),
            })?;
            if !found {
                return Ok(false);
            }
            if self.until_last() > 0 || only_column && self.len() == 1 {
                (self.row, self.begun) = (next, true);
                return Ok(true);
            }
        }
    }

    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// Fields up to the last with something in it.
    pub fn until_last(&self) -> usize {
        (0..self.len()).rev().find(|at| !self.field(*at).is_empty()).map_or(0, |at| at + 1)
    }

    /// A field without the blanks around it; empty where the record is shorter.
    pub fn field(&self, at: usize) -> &str {
        // Fields of text end at ASCII characters, so that they are text too.
        self.record.get(at).and_then(|field| std::str::from_utf8(field).ok()).unwrap_or_default().trim()
    }

    /// The line on which the record begins. The reader's own count stands before empty lines, and between the two
    /// characters of a Windows line ending.
    pub fn line(&self) -> usize {
        let bytes = self.text.as_bytes();
        let at = self.record.position().map_or(0, |position| position.byte() as usize).min(bytes.len());
        let blank = bytes[at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        1 + lines(&bytes[..at + blank])
    }
}
