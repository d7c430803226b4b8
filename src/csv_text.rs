//! CSV files: numbers and texts as their fields, and their rows.

use std::io::{self, Write};

/// No number below this is written with an exponent above zero, in f32 or f64.
const FIRST_EXPONENT: f64 = 1e13;

/// Files with more rows than this are only written when they are asked for by name.
pub const MAX_UNASKED_ROWS: usize = 4 << 20;

/// Room for the longest number (`-0.000012345678901234567`), a separator, and more to spare.
pub const ROOM: usize = 32;

/// A short text in a fixed place. Copying the whole place takes two instructions; a copy of just the text is a call.
#[derive(Debug, Clone, Copy)]
pub struct ShortText {
    bytes: [u8; ROOM],
    len: u8,
}

impl ShortText {
    pub const EMPTY: Self = Self { bytes: [0; ROOM], len: 0 };

    /// The text of [`write_number`].
    pub fn number(value: f64, wide: bool) -> Self {
        let mut out = Self::EMPTY;
        out.len = write_number(value, wide, &mut out.bytes) as u8;
        out
    }

    /// Appends a text, for which there must be room.
    pub fn push(&mut self, text: &str) {
        let from = usize::from(self.len);
        self.bytes[from..from + text.len()].copy_from_slice(text.as_bytes());
        self.len += text.len() as u8;
    }

    /// The same with a separator after it.
    #[must_use]
    pub fn then(mut self, separator: &str) -> Self {
        self.push(separator);
        self
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Writes the text at `at`, and what else is in its place after it; gives the end of the text.
    #[inline]
    pub fn put(&self, out: &mut [u8], at: usize) -> usize {
        out[at..at + ROOM].copy_from_slice(&self.bytes);
        at + usize::from(self.len)
    }
}

/// Writes the shortest text that reads back to the same f32, or f64 if `wide`, and nothing for a value that is not
/// finite; gives its length.
#[inline]
pub fn write_number(value: f64, wide: bool, out: &mut [u8]) -> usize {
    if !value.is_finite() {
        return 0;
    }
    let mut buffer = zmij::Buffer::new();
    let text = if wide { buffer.format_finite(value) } else { buffer.format_finite(value as f32) };
    let exponent = if value.abs() < FIRST_EXPONENT { None } else { text.split_once("e+") };
    let (digits, rest) = match exponent {
        // `1e20`, not `1e+20`: the shorter of two forms that every reader knows.
        Some((digits, exponent)) => {
            out[digits.len()] = b'e';
            out[digits.len() + 1..][..exponent.len()].copy_from_slice(exponent.as_bytes());
            (digits, exponent.len() + 1)
        }
        None => (text.strip_suffix(".0").unwrap_or(text), 0),
    };
    copy_short(digits.as_bytes(), out);
    digits.len() + rest
}

/// Copies a few bytes to the front, in two pieces that may overlap: their lengths are known, which spares a call.
#[inline]
fn copy_short(from: &[u8], to: &mut [u8]) {
    fn in_halves<const N: usize>(from: &[u8], to: &mut [u8]) {
        let last = from.len() - N;
        to[..N].copy_from_slice(&from[..N]);
        to[last..last + N].copy_from_slice(&from[last..]);
    }
    match from.len() {
        16..=ROOM => in_halves::<16>(from, to),
        8..16 => in_halves::<8>(from, to),
        _ => to[..from.len()].copy_from_slice(from),
    }
}

/// A CSV file, field by field.
pub struct CsvRows<W: Write>(csv::Writer<W>);

impl<W: Write> CsvRows<W> {
    /// Begins with the header.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn new(out: W, header: impl IntoIterator<Item = impl AsRef<[u8]>>) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(header)?;
        Ok(Self(writer))
    }

    /// A field with the text of [`write_number`].
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn number(&mut self, value: f64, wide: bool) -> io::Result<()> {
        self.short(&ShortText::number(value, wide))
    }

    /// A field with a text that is ready.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn short(&mut self, text: &ShortText) -> io::Result<()> {
        Ok(self.0.write_field(text.as_bytes())?)
    }

    /// A field with a count.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn whole(&mut self, count: u64) -> io::Result<()> {
        self.text(itoa::Buffer::new().format(count))
    }

    /// A field with a text, in quotes where it needs them.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        Ok(self.0.write_field(text)?)
    }

    /// Ends the row.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn end(&mut self) -> io::Result<()> {
        Ok(self.0.write_record(None::<&[u8]>)?)
    }

    /// Flushes and gives back what was written to.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn finish(self) -> io::Result<W> {
        self.0.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

/// A text that someone typed, as a field that no spreadsheet takes for a formula: without blanks around it, and behind an
/// apostrophe where it begins like one (<https://owasp.org/www-community/attacks/CSV_Injection>). All other texts in CSV
/// files are names, which begin with a letter or `_`, or words of this program; numbers are numbers.
pub fn plain_text(text: &str) -> String {
    let text = text.trim();
    let harmless = !text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if harmless { text.to_owned() } else { format!("'{text}") }
}
