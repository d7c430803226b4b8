//! Fields → numbers, with decimal points or decimal commas, and separators of thousands.

use super::scan::ERRORS;

/// What stands before the fraction of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decimal {
    Point,
    Comma,
}

/// The number of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub value: f64,
    /// Whether separators of thousands were taken out.
    pub grouped: bool,
}

/// What programs and people write where a value is missing. Case does not matter.
const MISSING: [&str; 11] = ["na", "n/a", "<na>", "nan", "null", "none", "nil", "-", "--", ".", "?"];

pub(super) fn is_missing(text: &str) -> bool {
    text.is_empty() || text.len() <= 8 && MISSING.iter().chain(&ERRORS).any(|word| text.eq_ignore_ascii_case(word))
}

/// Separators of thousands besides `,` and `.`: blanks of three widths, and the Swiss apostrophe.
const GROUPS: [char; 5] = [' ', '\u{a0}', '\u{202f}', '\'', '’'];

/// The number that a trimmed field stands for. `True` and `False` are 1 and 0. It may be infinite, or not a number by name.
pub(super) fn number(text: &str, decimal: Decimal) -> Option<Number> {
    let plain = decimal == Decimal::Point || !text.contains('.');
    if let Some(value) = text.parse().ok().filter(|_| plain) {
        return Some(Number { value, grouped: false });
    }
    match text {
        _ if text.eq_ignore_ascii_case("true") => return Some(Number { value: 1.0, grouped: false }),
        _ if text.eq_ignore_ascii_case("false") => return Some(Number { value: 0.0, grouped: false }),
        _ => {}
    }
    let parts = Parts::of(text)?;
    let (whole, fraction) = match decimal {
        Decimal::Point => parts.split('.'),
        Decimal::Comma => parts.split(','),
    };
    let whole = ungrouped(whole, if decimal == Decimal::Point { ',' } else { '.' })?;
    let grouped = whole.1;
    let fraction = fraction.unwrap_or("0");
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let written = format!("{}{}.{fraction}{}", if parts.negative { "-" } else { "" }, whole.0, parts.exponent);
    written.parse().ok().map(|value| Number { value, grouped })
}

/// A number in pieces.
struct Parts<'t> {
    negative: bool,
    /// Digits with separators.
    digits: &'t str,
    /// With its `e`; or nothing.
    exponent: &'t str,
}

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let negative = text.starts_with(['-', '−']);
        let unsigned = text.strip_prefix(['-', '−', '+']).unwrap_or(text);
        let at = unsigned.find(['e', 'E']).unwrap_or(unsigned.len());
        let (digits, exponent) = unsigned.split_at(at);
        digits.contains(|c: char| c.is_ascii_digit()).then_some(Self { negative, digits, exponent })
    }

    /// What is before and after the decimal sign.
    fn split(&self, sign: char) -> (&'t str, Option<&'t str>) {
        match self.digits.rsplit_once(sign) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (self.digits, None),
        }
    }
}

/// Digits without the separators between their thousands, and whether there were any; none where it is no number so written.
fn ungrouped(text: &str, separator: char) -> Option<(String, bool)> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return Some((if text.is_empty() { "0".to_owned() } else { text.to_owned() }, false));
    }
    let separator = text.chars().find(|c| *c == separator || GROUPS.contains(c))?;
    is_grouped(text, separator).then(|| (text.chars().filter(char::is_ascii_digit).collect(), true))
}

/// Whether all separators stand between thousands: `1,234,567`, and not `0,123` or `1234,567`.
fn is_grouped(text: &str, separator: char) -> bool {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = text.split(separator);
    let first = parts.next().unwrap_or_default();
    matches!(first.len(), 1..=3)
        && digits(first)
        && !first.starts_with('0')
        && parts.all(|part| part.len() == 3 && digits(part))
}

/// What a field says about the decimal sign of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    Nothing,
    Point,
    Comma,
    /// `1,234`
    Either,
}

/// `1.234` says nothing: it is read as one unless the file has decimal commas.
pub(super) fn evidence(text: &str) -> Evidence {
    let Some(Parts { digits, exponent, .. }) = Parts::of(text).filter(|_| text.contains([',', '.'])) else {
        return Evidence::Nothing;
    };
    let (points, commas) = (digits.matches('.').count(), digits.matches(',').count());
    let reads = |decimal| number(text, decimal).is_some_and(|number| number.value.is_finite());
    match (reads(Decimal::Point), reads(Decimal::Comma)) {
        (true, false) => Evidence::Point,
        (false, true) => Evidence::Comma,
        (true, true) if commas == 1 && points == 0 && exponent.is_empty() => Evidence::Either,
        _ => Evidence::Nothing,
    }
}

/// Both readings of `1,234`.
pub(super) fn readings(text: &str) -> (String, String) {
    (text.replace(',', "."), text.replace(',', ""))
}

/// Whether a trimmed field is a number, with either sign.
pub(super) fn looks_like_a_number(text: &str) -> bool {
    let finite = |decimal| number(text, decimal).is_some_and(|number| number.value.is_finite());
    text.starts_with(|c: char| c.is_ascii_digit() || "+-−.,".contains(c))
        && (finite(Decimal::Point) || finite(Decimal::Comma))
}
