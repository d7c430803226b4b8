//! Bytes → text: which encoding a file has.

use super::error::DataProblem;
use super::parquet;
use encoding_rs::{EUC_KR, Encoding, SHIFT_JIS, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// The text of a file, and the name of its encoding where that is not UTF-8.
pub(super) struct Decoded<'a> {
    pub text: Cow<'a, str>,
    pub encoding: Option<&'static str>,
}

/// How files begin that are often taken for CSV.
const FOREIGN: [(&[u8], &str); 4] = [
    (b"PK\x03\x04", "a workbook of a spreadsheet (.xlsx, .ods) or another zip file"),
    (b"\xd0\xcf\x11\xe0", "a workbook of an old spreadsheet (.xls)"),
    (b"%PDF", "a PDF"),
    (b"SQLite format 3\0", "a database"),
];

const UTF_16: &str = "UTF-16";

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, DataProblem> {
    if let Some((_, what)) = FOREIGN.iter().find(|(begin, _)| bytes.starts_with(begin)) {
        return Err(DataProblem::Foreign(what));
    }
    if bytes.starts_with(parquet::MARK) {
        return Ok(Decoded { text: parquet::as_csv(bytes)?.into(), encoding: None });
    }
    if let Some((encoding, name)) = utf_16(bytes) {
        return Ok(Decoded { text: encoding.decode(bytes).0, encoding: Some(name) });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Decoded { text: text.into(), encoding: None });
    }
    let (encoding, name) = legacy(bytes);
    Ok(Decoded { text: encoding.decode_without_bom_handling(bytes).0, encoding: Some(name) })
}

/// So much of a text without a mark is looked at (bytes).
const LOOKED_AT: usize = 1024;

/// By its mark, or by the zeros that it puts beside each ASCII character.
fn utf_16(bytes: &[u8]) -> Option<(&'static Encoding, &'static str)> {
    match bytes {
        [0xff, 0xfe, ..] => return Some((UTF_16LE, UTF_16)),
        [0xfe, 0xff, ..] => return Some((UTF_16BE, UTF_16)),
        _ => {}
    }
    let pairs = bytes[..bytes.len().min(LOOKED_AT)].chunks_exact(2);
    let all = pairs.len();
    let (mut high, mut low) = (0, 0);
    for pair in pairs {
        high += usize::from(pair[0] == 0 && pair[1] != 0);
        low += usize::from(pair[1] == 0 && pair[0] != 0);
    }
    // Text of a table is mostly ASCII: digits and separators.
    let mostly = |count: usize| all >= 2 && count * 2 > all;
    match (mostly(high) && low == 0, mostly(low) && high == 0) {
        (true, _) => Some((UTF_16BE, UTF_16)),
        (_, true) => Some((UTF_16LE, UTF_16)),
        _ => None,
    }
}

/// The encoding of text that is no UTF-8. Two-byte encodings must be valid throughout and look like writing of their language:
/// pairs of letters that Western text hardly ever has beside each other.
fn legacy(bytes: &[u8]) -> (&'static Encoding, &'static str) {
    let is_valid =
        |encoding: &'static Encoding| encoding.decode_without_bom_handling_and_without_replacement(bytes).is_some();
    if is_korean(bytes) && is_valid(EUC_KR) {
        (EUC_KR, "Korean (cp949)")
    } else if is_japanese(bytes) && is_valid(SHIFT_JIS) {
        (SHIFT_JIS, "Japanese (Shift-JIS)")
    } else {
        (WINDOWS_1252, "Western (cp1252)")
    }
}

/// Whether most of what is not ASCII are syllables of KS X 1001: both of their bytes are high. A degree sign and a letter
/// (`°C`) are valid in cp949 too, and are rare there.
fn is_korean(bytes: &[u8]) -> bool {
    let (mut syllables, mut others, mut at) = (0, 0, 0);
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (..=0x7f, _) => at += 1,
            (0xb0..=0xc8, Some(0xa1..=0xfe)) => {
                syllables += 1;
                at += 2;
            }
            // Signs of the same set, such as ㎡ and ℃, say nothing.
            (0xa1..=0xac, Some(0xa1..=0xfe)) => at += 2,
            _ => {
                others += 1;
                at += 2;
            }
        }
    }
    syllables > 2 * others
}

/// Whether most of what is not ASCII are kana and common kanji: their first bytes are punctuation in Western text, and several
/// of them stand in a row.
fn is_japanese(bytes: &[u8]) -> bool {
    let (mut pairs, mut others, mut beside, mut last, mut at) = (0, 0, 0, usize::MAX, 0);
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (..=0x7f, _) => at += 1,
            (0x81..=0x9f, Some(0x40..=0x7e | 0x80..=0xfc)) => {
                pairs += 1;
                beside += usize::from(last == at);
                at += 2;
                last = at;
            }
            _ => {
                others += 1;
                at += 1;
            }
        }
    }
    beside > 0 && pairs > 2 * others
}
