//! Text → tokens. What is written otherwise than the language has it (`**`, `β`, `x²`, `np.sin`) is a token like any other
//! here; only that there was such a thing is kept.

use super::error::ExprError;
use super::glyphs::{begins_name, canonical_name, continues_name, fraction, is_greek, lowered, usual};
use super::identifier::identifier_of;
use super::names::is_called_or_constant;
use super::slips::foreign;
use std::ops::Range;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    /// One that ends where it ends: `π`, which is no part of a longer name.
    Constant(&'static str),
    Name(String),
    /// `²`, `⁻¹`, `ⁿ`: what was raised, after its sign.
    Raised {
        negative: bool,
        exponent: Box<Token>,
    },
    /// `√`
    Root,
    /// One of [`SYMBOLS`].
    Symbol(&'static str),
    End,
}

/// The tokens of a formula.
pub(super) struct Tokens {
    pub list: Vec<(Token, Range<usize>)>,
    /// Whether all of them are written as the language has them.
    pub plain: bool,
}

/// As written, and as the language has it. Longest first, so that `<=` is not read as `<` and `=`.
const SYMBOLS: [(&str, &str); 25] = [
    ("**", "^"),
    ("<=", "<="),
    (">=", ">="),
    ("==", "=="),
    (":=", "="),
    ("≤", "<="),
    ("≦", "<="),
    ("⩽", "<="),
    ("≥", ">="),
    ("≧", ">="),
    ("⩾", ">="),
    ("+", "+"),
    ("-", "-"),
    ("*", "*"),
    ("/", "/"),
    ("^", "^"),
    ("(", "("),
    (")", ")"),
    (",", ","),
    (";", ";"),
    ("=", "="),
    ("<", "<"),
    (">", ">"),
    ("|", "|"),
    (":", ":"),
];

/// Libraries whose functions are ours: `np.sin`, `tf.math.exp`, `torch.nn.functional.relu`.
const LIBRARIES: [&str; 17] = [
    "np",
    "numpy",
    "math",
    "Math",
    "torch",
    "tf",
    "jnp",
    "jax",
    "nn",
    "functional",
    "F",
    "scipy",
    "special",
    "sp",
    "sympy",
    "keras",
    "cupy",
];

/// A formula longer than this is refused before it is read (bytes).
pub(super) const MAX_TEXT: usize = 64 * 1024;

pub(super) fn tokenize(text: &str) -> Result<Tokens, ExprError> {
    if text.len() > MAX_TEXT {
        let message = format!("a formula may have at most {MAX_TEXT} bytes, and this one has {}", text.len());
        return Err(ExprError::new("", 0..0, message));
    }
    let mut lexer = Lexer::new(text);
    let mut list = Vec::new();
    while let Some(c) = lexer.peek(0) {
        if c.is_whitespace() {
            lexer.next += 1;
            continue;
        }
        let start = lexer.byte(0);
        let token = lexer.token()?;
        list.push((token, start..lexer.byte(0)));
    }
    list.push((Token::End, text.len()..text.len()));
    Ok(Tokens { list, plain: lexer.plain })
}

struct Lexer<'t> {
    text: &'t str,
    /// Every character with its place in the text, in its usual form.
    chars: Vec<(usize, char)>,
    next: usize,
    plain: bool,
}

impl<'t> Lexer<'t> {
    fn new(text: &'t str) -> Self {
        let chars: Vec<(usize, char)> = text.char_indices().map(|(at, c)| (at, usual(c))).collect();
        let plain = chars.iter().zip(text.chars()).all(|((_, usual), c)| *usual == c);
        Self { text, chars, next: 0, plain }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.next + ahead).map(|(_, c)| *c)
    }

    /// Where a character begins in the text.
    fn byte(&self, ahead: usize) -> usize {
        self.chars.get(self.next + ahead).map_or(self.text.len(), |(at, _)| *at)
    }

    fn error(&self, start: usize, end: usize, message: impl Into<String>) -> ExprError {
        ExprError::new(self.text, start..end, message)
    }

    fn token(&mut self) -> Result<Token, ExprError> {
        let Some(first) = self.peek(0) else { return Ok(Token::End) };
        if first.is_ascii_digit() || first == '.' {
            return self.number();
        }
        if lowered(first).is_some() {
            return self.raised();
        }
        if let Some(token) = self.sign(first) {
            return Ok(token);
        }
        // After names, because `'` is one of those and a name has none; but `!=` begins like nothing else.
        if begins_name(first) {
            return self.name();
        }
        if first == '`' {
            return self.quoted();
        }
        if let Some(error) = foreign(self.text, self.byte(0)) {
            return Err(error);
        }
        if let Some(symbol) = self.symbol() {
            return Ok(symbol);
        }
        let stranger = self.text[self.byte(0)..].chars().next().unwrap_or(' ');
        let message = format!("unexpected `{stranger}`: it is no part of a formula; leave it out");
        Err(self.error(self.byte(0), self.byte(1), message))
    }

    /// A character that is a token by itself.
    fn sign(&mut self, first: char) -> Option<Token> {
        let token = match first {
            '√' => Token::Root,
            'π' if !self.is_in_greek_word() => Token::Constant("pi"),
            _ => Token::Number(fraction(first)?),
        };
        self.next += 1;
        self.plain = false;
        Some(token)
    }

    fn is_in_greek_word(&self) -> bool {
        let before = self.next.checked_sub(1).and_then(|at| self.chars.get(at)).map(|(_, c)| *c);
        before.into_iter().chain(self.peek(1)).any(is_greek)
    }

    fn symbol(&mut self) -> Option<Token> {
        let is_next = |written: &str| written.chars().enumerate().all(|(at, c)| self.peek(at) == Some(c));
        // Of division by floors, and of comments.
        let (written, symbol) = SYMBOLS.iter().find(|(written, _)| is_next(written))?;
        self.next += written.chars().count();
        self.plain &= written == symbol;
        Some(Token::Symbol(symbol))
    }

    /// Raised characters in a row.
    fn raised(&mut self) -> Result<Token, ExprError> {
        let start = self.byte(0);
        let mut written = String::new();
        while let Some(c) = self.peek(0).and_then(lowered) {
            written.push(c);
            self.next += 1;
        }
        self.plain = false;
        let sign = written.strip_prefix(['+', '-']);
        let (negative, inside) = (written.starts_with('-'), sign.unwrap_or(&written));
        let exponent = if inside.bytes().all(|b| b.is_ascii_digit()) && !inside.is_empty() {
            inside.parse().ok().filter(|value: &f64| value.is_finite()).map(Token::Number)
        } else {
            let one = inside.chars().count() == 1 && inside.starts_with(begins_name);
            one.then(|| Token::Name(canonical_name(inside)))
        };
        exponent.map(|exponent| Token::Raised { negative, exponent: Box::new(exponent) }).ok_or_else(|| {
            let message = format!("this exponent is no number and no name; write `^({written})`");
            self.error(start, self.byte(0), message)
        })
    }

    /// A name, or the function of a library.
    fn name(&mut self) -> Result<Token, ExprError> {
        let start = self.byte(0);
        let mut name = self.word();
        while self.peek(0) == Some('.') && self.peek(1).is_some_and(begins_name) {
            if !LIBRARIES.contains(&name.as_str()) {
                self.next += 1;
                let method = self.word();
                let message = format!("names have no parts here: write `{method}({name})` for `{name}.{method}()`");
                return Err(self.error(start, self.byte(0), message));
            }
            self.next += 1;
            self.plain = false;
            let part = self.word();
            if (name.as_str(), part.as_str()) == ("special", "huber") {
                let message = "here the width comes last: write `huber(x, d)` for `special.huber(d, x)`";
                return Err(self.error(start, self.byte(0), message));
            }
            if self.peek(0) != Some('.') && !is_called_or_constant(&part) && self.peek(0) != Some('(') {
                let message = format!("there is no `{part}` here; write its value");
                return Err(self.error(start, self.byte(0), message));
            }
            name = part;
        }
        Ok(Token::Name(name))
    }

    /// A header between backticks, as the name of its column: `` `Area (sq ft)` `` is `Area_sq_ft`.
    fn quoted(&mut self) -> Result<Token, ExprError> {
        let (start, begin) = (self.byte(0), self.byte(1));
        self.next += 1;
        while self.peek(0).is_some_and(|c| c != '`') {
            self.next += 1;
        }
        if self.peek(0).is_none() {
            return Err(self.error(start, self.text.len(), "a name begins with a backtick and has none at its end"));
        }
        let name = identifier_of(&self.text[begin..self.byte(0)]);
        self.next += 1;
        self.plain = false;
        if name.is_empty() {
            let message = "there is no letter or digit between these backticks, and so no name";
            return Err(self.error(start, self.byte(0), message));
        }
        Ok(Token::Name(name))
    }

    /// Letters in a row, as a name.
    fn word(&mut self) -> String {
        let start = self.byte(0);
        while let Some(c) = self.peek(0).filter(|c| continues_name(*c)) {
            if c == 'π' && !self.is_in_greek_word() {
                break;
            }
            self.next += 1;
        }
        let written = &self.text[start..self.byte(0)];
        let name = canonical_name(written);
        self.plain &= name == written;
        name
    }

    /// `12`, `1.5`, `.5`, `2.`, `1e-10`, `1_000`.
    fn number(&mut self) -> Result<Token, ExprError> {
        let start = self.byte(0);
        let mut written = String::new();
        self.digits(&mut written);
        if self.peek(0) == Some('.') {
            self.take(&mut written);
            self.digits(&mut written);
        }
        if matches!(self.peek(0), Some('e' | 'E')) {
            let sign = usize::from(matches!(self.peek(1), Some('+' | '-')));
            // Without digits the `e` is no exponent: `2e` is two times e.
            if self.peek(1 + sign).is_some_and(|c| c.is_ascii_digit()) {
                (0..=sign).for_each(|_| self.take(&mut written));
                self.digits(&mut written);
            }
        }
        let end = self.byte(0);
        if written == "." && self.peek(0).is_some_and(begins_name) {
            let method = self.word();
            let message = format!("nothing has parts here: write `{method}(...)` for `(...).{method}()`");
            return Err(self.error(start, self.byte(0), message));
        }
        if let Some(message) = self.of_other_languages(&written) {
            return Err(self.error(start, self.byte(1), message));
        }
        match written.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Token::Number(value)),
            Ok(_) => Err(self.error(start, end, format!("`{written}` is too large for any number here"))),
            Err(_) => Err(self.error(start, end, format!("`{written}` is not a number"))),
        }
    }

    fn take(&mut self, written: &mut String) {
        written.extend(self.peek(0));
        self.next += 1;
    }

    fn digits(&mut self, written: &mut String) {
        let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        loop {
            if is_digit(self.peek(0)) {
                self.take(written);
            } else if self.peek(0) == Some('_')
                && written.ends_with(|c: char| c.is_ascii_digit())
                && is_digit(self.peek(1))
            {
                self.next += 1;
                self.plain = false;
            } else {
                return;
            }
        }
    }

    /// `2.0f` and `0x1F` would be products otherwise, by `f` and by `x1F`.
    fn of_other_languages(&self, written: &str) -> Option<String> {
        let letter = self.peek(0)?;
        let ends = !self.peek(1).is_some_and(continues_name);
        if matches!(letter, 'f' | 'F') && ends && written.contains('.') {
            return Some(format!(
                "numbers have no type here: write `{written}`, or `{written}*{letter}` for a product"
            ));
        }
        let is_base = written == "0" && matches!(letter, 'x' | 'X' | 'b' | 'o') && !ends;
        is_base.then(|| "numbers are decimal here; write it so".to_owned())
    }
}
