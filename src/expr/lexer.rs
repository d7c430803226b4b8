//! Text → tokens.

use super::error::ExprError;
use super::identifier::identifier_of;
use std::ops::Range;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Name(String),
    /// One of [`SYMBOLS`].
    Symbol(&'static str),
    End,
}

/// Longest first, so that `<=` is not read as `<` and `=`.
const SYMBOLS: [&str; 15] = ["<=", ">=", "==", "+", "-", "*", "/", "^", "(", ")", ",", ";", "=", "<", ">"];

/// What people write who come from another language, and what it is called here.
const FOREIGN: [(&str, &str); 6] = [
    ("**", "powers are written `^`"),
    ("!=", "there is no `!=`; write `select(a == b, 0, 1)`"),
    ("&&", "there is no `&&`; nest `select(...)`"),
    ("||", "there is no `||`; nest `select(...)`"),
    ("?", "there is no `? :`; write `select(condition, a, b)`"),
    ("[", "there is no indexing; parameters have names of their own, like `x0` and `x1`"),
];

/// A formula longer than this is refused before it is read (bytes).
const MAX_TEXT: usize = 64 * 1024;

pub(super) fn tokenize(text: &str) -> Result<Vec<(Token, Range<usize>)>, ExprError> {
    if text.len() > MAX_TEXT {
        let message = format!("a formula may have at most {MAX_TEXT} bytes, and this one has {}", text.len());
        return Err(ExprError::new("", 0..0, message));
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let first = rest.chars().next().unwrap_or(' ');
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, length) = read_token(text, at)?;
        tokens.push((token, at..at + length));
        at += length;
    }
    tokens.push((Token::End, text.len()..text.len()));
    Ok(tokens)
}

/// The token that starts at byte `at`, and its length in bytes.
fn read_token(text: &str, at: usize) -> Result<(Token, usize), ExprError> {
    let rest = &text[at..];
    if rest.starts_with('`') {
        return read_quoted(text, at);
    }
    if let Some((foreign, advice)) = FOREIGN.iter().find(|(foreign, _)| rest.starts_with(foreign)) {
        return Err(ExprError::new(text, at..at + foreign.len(), *advice));
    }
    if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
        return Ok((Token::Symbol(symbol), symbol.len()));
    }
    let first = rest.as_bytes()[0];
    if first.is_ascii_digit() || first == b'.' {
        return read_number(text, at);
    }
    let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    if length > 0 {
        return Ok((Token::Name(rest[..length].to_owned()), length));
    }
    let stranger = rest.chars().next().unwrap_or(' ');
    let message = format!("unexpected `{stranger}`: names are made of a-z, A-Z, 0-9 and _ (write `beta` for β)");
    Err(ExprError::new(text, at..at + stranger.len_utf8(), message))
}

/// A header between backticks, as the name of its column: `` `Area (sq ft)` `` is `Area_sq_ft`.
fn read_quoted(text: &str, at: usize) -> Result<(Token, usize), ExprError> {
    let Some(length) = text[at + 1..].find('`') else {
        return Err(ExprError::new(text, at..text.len(), "a name begins with a backtick and has none at its end"));
    };
    let name = identifier_of(&text[at + 1..][..length]);
    if name.is_empty() {
        let message = "there is no letter or digit between these backticks, and so no name";
        return Err(ExprError::new(text, at..at + length + 2, message));
    }
    Ok((Token::Name(name), length + 2))
}

/// `12`, `1.5`, `.5`, `2.`, `1e-10`.
fn read_number(text: &str, at: usize) -> Result<(Token, usize), ExprError> {
    let bytes = &text.as_bytes()[at..];
    let digits = |from: usize| bytes[from.min(bytes.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut length = digits(0);
    if bytes.get(length) == Some(&b'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + sign);
        // Without digits the `e` is no exponent: `2e` is `2` and a name, which the parser then refuses.
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    let written = &text[at..at + length];
    match written.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok((Token::Number(value), length)),
        Ok(_) => Err(ExprError::new(text, at..at + length, format!("`{written}` is too large for any number here"))),
        Err(_) => Err(ExprError::new(text, at..at + length, format!("`{written}` is not a number"))),
    }
}
