//! A text as the reader of records understands it: without comments, without blanks around quotes, with one separator where
//! there are many blanks. Its lines stay the lines of the file.

use super::dialect::{Dialect, hashes};
use super::error::DataProblem;
use super::limits::MAX_ROW;
use super::scan::{Delimiter, end_of_quote, ends_line, is_comment};
use std::borrow::Cow;

/// # Errors
/// A quote that is not closed.
pub(super) fn tidy(text: Cow<'_, str>, dialect: Dialect, headed: bool) -> Result<Cow<'_, str>, DataProblem> {
    let as_it_is = dialect.delimiter != Delimiter::Blanks && dialect.begin == 0 && !dialect.row_names;
    if as_it_is && !text.bytes().any(|byte| matches!(byte, b'"' | b'#')) {
        return Ok(text);
    }
    let mut tidy =
        Tidy { text: &text, dialect, at: dialect.begin, out: String::with_capacity(text.len()), row: 0, line: 1 };
    tidy.row = usize::from(!headed);
    tidy.all()?;
    let out = tidy.out;
    Ok(Cow::Owned(out))
}

struct Tidy<'t> {
    text: &'t str,
    dialect: Dialect,
    /// Read so far.
    at: usize,
    out: String,
    /// The row that is read; the header is row 0.
    row: usize,
    /// The line that is read.
    line: usize,
}

impl Tidy<'_> {
    fn all(&mut self) -> Result<(), DataProblem> {
        while self.at < self.text.len() {
            let begin = self.out.len();
            self.comment();
            if self.row == 0 && self.dialect.row_names && !self.is_empty_line() {
                // The names of the rows get a column of their own.
                self.out.push(char::from(self.dialect.delimiter.byte()));
            }
            self.record()?;
            self.row += usize::from(!self.out[begin..].trim().is_empty());
            self.line_end();
        }
        Ok(())
    }

    /// Whether nothing follows on this line.
    fn is_empty_line(&self) -> bool {
        let rest = self.text.as_bytes()[self.at..].iter().find(|byte| !self.dialect.delimiter.is_blank(**byte));
        rest.is_none_or(|byte| ends_line(*byte))
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Leaves a comment out; of one that names the columns, only its `#`.
    fn comment(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let at = self.at + rest.iter().take_while(|byte| self.dialect.delimiter.is_blank(**byte)).count();
        if !is_comment(&self.text.as_bytes()[at..]) {
            return;
        }
        let rest = &self.text[at..];
        let length = if self.dialect.header_comment == Some(at) {
            hashes(rest)
        } else {
            rest.bytes().take_while(|byte| !ends_line(*byte)).count()
        };
        self.at = at + length;
    }

    fn record(&mut self) -> Result<(), DataProblem> {
        let (begin, mut column) = (self.at, 1);
        if self.dialect.delimiter == Delimiter::Blanks {
            self.skip_blanks();
        }
        loop {
            self.field(begin, column)?;
            match self.byte() {
                Some(byte) if self.dialect.delimiter.ends(byte) => self.separator(),
                _ => return Ok(()),
            }
            column += 1;
        }
    }

    fn separator(&mut self) {
        if self.dialect.delimiter == Delimiter::Blanks {
            self.skip_blanks();
            if self.byte().is_none_or(ends_line) {
                return;
            }
        } else {
            self.at += 1;
        }
        self.out.push(char::from(self.dialect.delimiter.byte()));
    }

    fn field(&mut self, record: usize, column: usize) -> Result<(), DataProblem> {
        let begin = self.at;
        self.skip_blanks();
        if self.byte() == Some(b'"') {
            self.quoted(record, column)?;
        } else {
            self.at = begin;
        }
        let more = |byte: &u8| !ends_line(*byte) && !self.dialect.delimiter.ends(*byte);
        let end = self.at + self.text.as_bytes()[self.at..].iter().take_while(|byte| more(byte)).count();
        self.out.push_str(&self.text[self.at..end]);
        self.at = end;
        Ok(())
    }

    /// A quote with what is in it, and without the blanks behind it.
    fn quoted(&mut self, record: usize, column: usize) -> Result<(), DataProblem> {
        let (bytes, begin) = (self.text.as_bytes(), self.at);
        let end = end_of_quote(bytes, begin);
        if end - record > MAX_ROW {
            return Err(DataProblem::LongRow(self.row));
        }
        if self.text[begin..end].matches('"').count() % 2 == 1 {
            return Err(DataProblem::OpenQuote { row: self.row, line: self.line, column });
        }
        self.out.push_str(&self.text[begin..end]);
        self.line += lines(&bytes[begin..end]);
        self.at = end;
        let behind = self.at;
        self.skip_blanks();
        let ends = self.byte().is_none_or(|byte| ends_line(byte) || self.dialect.delimiter.ends(byte));
        if !ends || self.dialect.delimiter == Delimiter::Blanks {
            self.at = behind;
        }
        Ok(())
    }

    fn skip_blanks(&mut self) {
        let blank = |byte: &&u8| self.dialect.delimiter.is_blank(**byte);
        self.at += self.text.as_bytes()[self.at..].iter().take_while(blank).count();
    }

    fn line_end(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let length = match rest {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => return,
        };
        self.out.push_str(&self.text[self.at..][..length]);
        self.at += length;
        self.line += 1;
    }
}

/// Line ends in a part of a text.
pub(super) fn lines(bytes: &[u8]) -> usize {
    let ends = |(at, byte): (usize, &u8)| match byte {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    bytes.iter().enumerate().filter(|place| ends(*place)).count()
}
