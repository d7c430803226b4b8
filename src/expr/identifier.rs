//! What a column is called in formulas, whatever its header holds.

use super::glyphs::{begins_name, canonical_name, continues_name, lowered};

/// The name of a column with this header: what no name can hold becomes `_`, runs of it as one, and none at the ends. Digits
/// become plain ones, and Greek letters their names. Empty where nothing is left.
///
/// ```
/// use alphasweep::expr::identifier_of;
/// assert_eq!(identifier_of("Area (sq ft)"), "Area_sq_ft");
/// assert_eq!(identifier_of("Sepal.Length"), "Sepal_Length");
/// assert_eq!(identifier_of(" a__b "), "a__b");
/// ```
pub fn identifier_of(header: &str) -> String {
    let mut name = String::with_capacity(header.len());
    let mut gap = false;
    for c in header.trim().chars().map(plain_digit) {
        if !continues_name(c) {
            gap = true;
            continue;
        }
        if gap && !name.is_empty() && !name.ends_with('_') && c != '_' {
            name.push('_');
        }
        gap = false;
        name.push(c);
    }
    // A digit or the mark of a letter begins no name.
    if name.starts_with(|c| !begins_name(c)) {
        name.insert(0, '_');
    }
    canonical_name(&name)
}

/// `²` is a 2 in a name: `m²` is `m2`, and no square.
fn plain_digit(c: char) -> char {
    lowered(c).filter(char::is_ascii_digit).unwrap_or(c)
}
