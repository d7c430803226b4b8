//! Which separator a file has, and where its header is: by looking at all of it.

use super::scan::{Delimiter, Scan, ends_line};
use super::values::{is_missing, looks_like_a_number};

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub delimiter: Delimiter,
    /// Where the first record is looked for: behind a line such as `sep=;`.
    pub begin: usize,
    /// The comment that names the columns, if one does: where its `#` is.
    pub header_comment: Option<usize>,
    /// Whether rows begin with a name that the header has no column for, as R writes them.
    pub row_names: bool,
}

impl Dialect {
    /// `headed`: whether the first record is the header.
    pub fn of(text: &str, headed: bool) -> Self {
        if let Some((delimiter, begin)) = announced(text) {
            return Self { delimiter, begin, header_comment: None, row_names: false };
        }
        let delimiter = delimiter(text);
        let header_comment = if headed { header_comment(text, delimiter) } else { None };
        let row_names =
            headed && header_comment.is_none() && may_name_rows(text, delimiter) && fit(text, delimiter).row_names;
        Self { delimiter, begin: 0, header_comment, row_names }
    }
}

/// Excel's first line `sep=;`, and where the next begins.
fn announced(text: &str) -> Option<(Delimiter, usize)> {
    let end = text.find(['\r', '\n']).unwrap_or(text.len());
    let line = text[..end].trim_matches('"');
    let (word, sign) = (line.get(..4)?, line.get(4..)?);
    let known = Delimiter::ALL.into_iter().find(|known| [known.byte()] == sign.as_bytes())?;
    word.eq_ignore_ascii_case("sep=").then_some((known, end))
}

/// How well a separator fits.
#[derive(Debug, Clone, Copy)]
struct Fit {
    delimiter: Delimiter,
    /// Share of the rows with as many fields as the header.
    whole: f64,
    /// Share of the fields that are numbers.
    numbers: f64,
    /// Whether all rows have a name and then as many fields as the header.
    row_names: bool,
}

/// What is in the header and makes every row as long as that; among several, what makes most fields numbers.
fn delimiter(text: &str) -> Delimiter {
    let present = |delimiter: &Delimiter| fields_of_first(text, *delimiter) > 1;
    let mut candidates: Vec<Delimiter> = Delimiter::ALL.into_iter().filter(present).collect();
    if matches!(candidates[..], [] | [Delimiter::Comma]) {
        return Delimiter::Comma;
    }
    if !candidates.contains(&Delimiter::Comma) {
        // The file may be one column, with a header of several words.
        candidates.push(Delimiter::Comma);
    }
    let fits: Vec<Fit> = candidates.into_iter().map(|delimiter| fit(text, delimiter)).collect();
    let all_whole = fits.iter().any(|fit| fit.whole == 1.0);
    let rank = |fit: &Fit| if all_whole { (fit.whole.floor(), fit.numbers) } else { (fit.whole, fit.numbers) };
    let mut best = fits[0];
    for fit in &fits[1..] {
        if rank(fit) > rank(&best) {
            best = *fit;
        }
    }
    best.delimiter
}

fn fields_of_first(text: &str, delimiter: Delimiter) -> usize {
    let mut fields = 0;
    Scan::new(text, delimiter, 0).record(|_| fields += 1);
    fields
}

/// Whether the first row has one field more than the header.
fn may_name_rows(text: &str, delimiter: Delimiter) -> bool {
    let mut scan = Scan::new(text, delimiter, 0);
    let header = Counted::next(&mut scan).unwrap_or_default();
    Counted::next(&mut scan).is_some_and(|row| row.fields == header.fields + 1)
}

fn fit(text: &str, delimiter: Delimiter) -> Fit {
    let mut scan = Scan::new(text, delimiter, 0);
    let header = Counted::next(&mut scan).unwrap_or_default();
    let (mut rows, mut whole, mut fields, mut numbers) = (0, 0, 0, 0);
    let (mut longer, mut named, mut counted) = (0, 0, 0);
    while let Some(row) = Counted::next(&mut scan) {
        if row.until_last == 0 {
            continue;
        }
        rows += 1;
        whole += usize::from(row.fields >= header.until_last && row.until_last <= header.fields);
        fields += row.present;
        numbers += row.numbers;
        longer += usize::from(row.until_last == header.until_last + 1 && row.fields == header.fields + 1);
        named += usize::from(row.begins_with_text);
        counted += usize::from(row.begins_with == Some(rows));
    }
    // That of one row could be a column without a name as well.
    let row_names = rows > 0 && longer == rows && (named == rows || counted == rows && rows > 1);
    let share = |part: usize, of: usize| if of == 0 { 0.0 } else { part as f64 / of as f64 };
    let whole = if rows == 0 || row_names { 1.0 } else { share(whole, rows) };
    Fit { delimiter, whole, numbers: share(numbers, fields), row_names }
}

/// What is in a record.
#[derive(Debug, Default)]
struct Counted {
    fields: usize,
    /// Fields up to the last that is not empty.
    until_last: usize,
    /// Fields with a value.
    present: usize,
    numbers: usize,
    /// Whether the first field is in quotes, or no number.
    begins_with_text: bool,
    /// The first field, where it is a whole number.
    begins_with: Option<usize>,
}

impl Counted {
    fn next(scan: &mut Scan<'_>) -> Option<Self> {
        let mut found = Self::default();
        let quoted = scan.begins_with_quote();
        let there = scan.record(|field| {
            if found.fields == 0 {
                found.begins_with_text = quoted || !looks_like_a_number(field);
                found.begins_with = field.parse().ok();
            }
            found.fields += 1;
            if !field.is_empty() {
                found.until_last = found.fields;
            }
            found.present += usize::from(!is_missing(field));
            found.numbers += usize::from(looks_like_a_number(field));
        });
        there.then_some(found)
    }

    /// Whether it cannot be a header.
    fn is_data(&self) -> bool {
        self.numbers > 0 && self.numbers == self.present
    }
}

/// The last comment before the first record, if that is a row of numbers and the comment has as many words: so numpy and many
/// instruments write their names.
fn header_comment(text: &str, delimiter: Delimiter) -> Option<usize> {
    let mut scan = Scan::new(text, delimiter, 0);
    let mut comment = None;
    scan.skip_to_record(&mut |at| comment = Some(at));
    let at = comment?;
    let row = Counted::next(&mut scan)?;
    let words = comment_end(text, at);
    let header = Counted::next(&mut Scan::new(&text[at..words], delimiter, hashes(&text[at..])))?;
    (row.is_data() && header.fields == row.fields && header.fields > 1 && header.numbers == 0).then_some(at)
}

fn comment_end(text: &str, at: usize) -> usize {
    at + text.as_bytes()[at..].iter().take_while(|byte| !ends_line(**byte)).count()
}

/// The `#` that a comment begins with, and the blanks behind them.
pub(super) fn hashes(text: &str) -> usize {
    let hashes = text.bytes().take_while(|byte| *byte == b'#').count();
    hashes + text[hashes..].bytes().take_while(|byte| *byte == b' ').count()
}
