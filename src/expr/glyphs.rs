//! Characters that mean something else here, or the same as another one: tables and no code per case.

use unicode_ident::{is_xid_continue, is_xid_start};
use unicode_normalization::UnicodeNormalization;

/// What people paste for a character of the language: from word processors, books and other keyboards.
const LOOKALIKES: [(&str, char); 9] = [
    ("−‐‑‒–—﹣", '-'),
    // The invisible one stands between factors in formulas of web pages.
    ("×·⋅∙•∗✕⨯\u{387}\u{2062}", '*'),
    ("÷∕⁄", '/'),
    ("ˆ", '^'),
    ("∣│", '|'),
    ("∶", ':'),
    // Blanks without width, and a mark of byte order.
    ("\u{200b}\u{2060}\u{2061}\u{feff}\u{ad}", ' '),
    ("、", ','),
    ("⩵", '='),
];

/// Letters and their names.
const GREEK: [(&str, &str); 25] = [
    ("α", "alpha"),
    ("β", "beta"),
    ("γ", "gamma"),
    ("δ", "delta"),
    ("ε", "epsilon"),
    ("ζ", "zeta"),
    ("η", "eta"),
    ("θ", "theta"),
    ("ι", "iota"),
    ("κ", "kappa"),
    ("λ", "lambda"),
    ("μ", "mu"),
    ("ν", "nu"),
    ("ξ", "xi"),
    ("ο", "omicron"),
    ("π", "pi"),
    ("ρ", "rho"),
    ("σ", "sigma"),
    ("ς", "sigma"),
    ("τ", "tau"),
    ("υ", "upsilon"),
    ("φ", "phi"),
    ("χ", "chi"),
    ("ψ", "psi"),
    ("ω", "omega"),
];

/// Raised characters, and what each is at full size.
const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱˣʸᵃᵇᶜᵈᵉᵏᵐᵖᵗᵅᵝᵞ";
const AT_FULL_SIZE: &str = "0123456789+-nixyabcdekmptαβγ";

const FRACTIONS: [(char, f64); 15] = [
    ('½', 0.5),
    ('⅓', 1.0 / 3.0),
    ('⅔', 2.0 / 3.0),
    ('¼', 0.25),
    ('¾', 0.75),
    ('⅕', 0.2),
    ('⅖', 0.4),
    ('⅗', 0.6),
    ('⅘', 0.8),
    ('⅙', 1.0 / 6.0),
    ('⅚', 5.0 / 6.0),
    ('⅛', 0.125),
    ('⅜', 0.375),
    ('⅝', 0.625),
    ('⅞', 0.875),
];

/// A character as the language knows it. Names are not touched: they have forms of their own.
pub(super) fn usual(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    // The full-width forms of ASCII, in its order.
    if let full @ '\u{ff01}'..='\u{ff5e}' = c {
        return char::from_u32(u32::from(full) - 0xfee0).unwrap_or(c);
    }
    LOOKALIKES.iter().find(|(like, _)| like.contains(c)).map_or(c, |(_, usual)| *usual)
}

/// What a raised character is at full size.
pub(super) fn lowered(c: char) -> Option<char> {
    let at = RAISED.chars().position(|raised| raised == c)?;
    AT_FULL_SIZE.chars().nth(at)
}

/// The value of one character.
pub(super) fn fraction(c: char) -> Option<f64> {
    FRACTIONS.iter().find(|(written, _)| *written == c).map(|(_, value)| *value)
}

/// Raised letters are exponents, and no letters of a name: `eˣ` is no `ex`.
fn is_raised(c: char) -> bool {
    matches!(c, 'ª' | '²' | '³' | '¹' | 'º' | '\u{2b0}'..='\u{2b8}' | '\u{2e0}'..='\u{2e4}' | '\u{1d2c}'..='\u{1d61}'
        | '\u{1d78}' | '\u{1d9b}'..='\u{1dbf}' | '\u{2070}'..='\u{207f}')
}

pub(super) fn begins_name(c: char) -> bool {
    c == '_' || is_xid_start(c) && !is_raised(c)
}

/// Also small digits: `x₀`.
pub(super) fn continues_name(c: char) -> bool {
    matches!(c, '\u{2080}'..='\u{2089}') || is_xid_continue(c) && !is_raised(c)
}

pub(super) fn is_greek(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}')
}

/// A name in the form in which names are compared: NFKC, and a Greek letter by its name, unless it stands in a Greek word.
pub fn canonical_name(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let letters: Vec<char> = text.nfkc().collect();
    let mut name = String::with_capacity(text.len());
    for (at, letter) in letters.iter().enumerate() {
        let beside = [at.checked_sub(1), Some(at + 1)].into_iter().flatten().filter_map(|at| letters.get(at));
        let alone = !beside.copied().any(is_greek);
        match spelled(*letter).filter(|_| alone) {
            Some(spelled) => name += &spelled,
            None => name.push(*letter),
        }
    }
    name
}

/// The name of a Greek letter; that of a capital begins with one.
fn spelled(letter: char) -> Option<String> {
    let small: String = letter.to_lowercase().collect();
    let (_, name) = GREEK.iter().find(|(known, _)| *known == small)?;
    if letter.is_uppercase() { Some(name[..1].to_uppercase() + &name[1..]) } else { Some((*name).to_owned()) }
}
