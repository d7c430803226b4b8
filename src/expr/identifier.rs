//! What a column is called in formulas, whatever its header holds.

use super::names::constant;
use super::parse::{Ast, AstNode};

/// The name of a column with this header: what no name can hold becomes `_`, runs of it as one, and none at the ends. Raised
/// and lowered digits become plain ones. Empty where nothing is left.
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
        if !is_of_names(c) {
            gap = true;
            continue;
        }
        if gap && !name.is_empty() && !name.ends_with('_') && c != '_' {
            name.push('_');
        }
        gap = false;
        name.push(c);
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}

/// Letters of any script with the marks that go with them, digits and `_`.
fn is_of_names(c: char) -> bool {
    c == '_' || c.is_ascii_digit() || c.is_alphabetic() || matches!(c, '\u{300}'..='\u{36f}')
}

/// `²` and `₂` are a 2 in a name: `m²` is `m2`, and no square.
fn plain_digit(c: char) -> char {
    let digit = match c {
        '²' => 2,
        '³' => 3,
        '¹' => 1,
        '\u{2070}'..='\u{2079}' => u32::from(c) - 0x2070,
        '\u{2080}'..='\u{2089}' => u32::from(c) - 0x2080,
        _ => return c,
    };
    char::from_digit(digit, 10).unwrap_or(c)
}

impl Ast {
    /// The constants of the language that stand in the formula.
    pub fn constants(&self) -> Vec<String> {
        let names = self.nodes.iter().filter_map(|(node, _)| match node {
            AstNode::Name(name) if constant(name).is_some() => Some(name.clone()),
            _ => None,
        });
        names.collect()
    }
}
