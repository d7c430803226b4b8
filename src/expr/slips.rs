//! What people write who come from another language, and what to write here.

use super::error::ExprError;
use std::ops::Range;

/// Read nowhere; longest first.
const FOREIGN: [(&str, &str); 17] = [
    ("!=", "there is no `!=`; write `select(a == b, 0, 1)`"),
    ("≠", "there is no `≠`; write `select(a == b, 0, 1)`"),
    ("&&", "there is no `&&`; nest `select(...)`"),
    ("&", "there is no `&`; nest `select(...)`"),
    ("?", "there is no `? :`; write `select(condition, a, b)`"),
    ("//", "there is no `//`; write `floor(a/b)`"),
    ("%", "there is no `%`; write `a - b*floor(a/b)`"),
    ("!", "there is no `!`"),
    (
        "@",
        "there is no `@`: parameters are single numbers; write a sum of products, or `mean(...)` over the rows of data",
    ),
    ("'", "there is no `'`: derivatives and transposes have no sign; leave it out"),
    ("′", "there is no `′`: derivatives have no sign; leave it out"),
    ("#", "there are no comments; leave the rest of the line out"),
    ("∑", "there is no `∑`; write `sum(...)` over the rows of data"),
    ("∏", "there is no `∏`; write the product out"),
    ("∞", "`∞` is no number; write a large one, such as `1e300`"),
    ("∂", "there is no `∂`: gradients are derived; leave it out"),
    ("∇", "there is no `∇`: gradients are derived; leave it out"),
];

/// LaTeX, and the same here.
const LATEX: [(&str, &str); 20] = [
    ("\\frac", "write `(a)/(b)` for `\\frac{a}{b}`"),
    ("\\dfrac", "write `(a)/(b)` for `\\dfrac{a}{b}`"),
    ("\\tfrac", "write `(a)/(b)` for `\\tfrac{a}{b}`"),
    ("\\sqrt", "write `sqrt(x)` for `\\sqrt{x}`"),
    ("\\left", "write `(` for `\\left(`"),
    ("\\right", "write `)` for `\\right)`"),
    ("\\cdot", "write `*` for `\\cdot`"),
    ("\\times", "write `*` for `\\times`"),
    ("\\div", "write `/` for `\\div`"),
    ("\\leq", "write `<=` for `\\leq`"),
    ("\\geq", "write `>=` for `\\geq`"),
    ("\\sum", "write `sum(...)` over the rows of data for `\\sum`"),
    ("\\lvert", "write `|` for `\\lvert`"),
    ("\\rvert", "write `|` for `\\rvert`"),
    ("\\text", "write the name alone for `\\text{name}`"),
    ("\\mathrm", "write the name alone for `\\mathrm{name}`"),
    ("\\operatorname", "write the name alone for `\\operatorname{name}`"),
    ("\\hat", "write a name such as `y_hat` for `\\hat{y}`"),
    ("\\bar", "write a name such as `y_bar` for `\\bar{y}`"),
    ("\\,", "leave `\\,` out"),
];

/// Functions that there are not, and the same in those that there are.
const SUBSTITUTES: [(&str, &str); 26] = [
    ("exp2", "write `2^x`"),
    ("lg", "write `log10(x)` or `log2(x)`"),
    ("ld", "write `log2(x)`"),
    ("ceil", "write `-floor(-x)`"),
    ("round", "write `floor(x+0.5)`"),
    ("mod", "write `a - b*floor(a/b)`"),
    ("fmod", "write `a - b*floor(a/b)`"),
    ("clip", "write `min(max(x, lo), hi)`"),
    ("clamp", "write `min(max(x, lo), hi)`"),
    ("heaviside", "write `select(x < 0, 0, 1)`"),
    ("if", "write `select(condition, a, b)`"),
    ("ifelse", "write `select(condition, a, b)`"),
    ("norm", "write `hypot(a, b)`"),
    ("huber_loss", "write `huber(x - y, d)`"),
    ("pseudo_huber", "write `d^2*(hypot(1, x/d)-1)`"),
    ("asinh", "write `sign(x)*log1p(abs(x) + x^2/(1+hypot(1, x)))`"),
    ("acosh", "write `ln(x+sqrt(x^2-1))`"),
    ("atanh", "write `log1p(2*x/(1-x))/2`"),
    ("silu", "write `x*sigmoid(x)`"),
    ("swish", "write `x*sigmoid(x)`"),
    ("logcosh", "write `logsumexp(x, -x) - ln(2)`"),
    ("dot", "write the products out, as in `a0*b0 + a1*b1`"),
    ("sec", "write `1/cos(x)`"),
    ("csc", "write `1/sin(x)`"),
    ("cot", "write `1/tan(x)`"),
    ("sqr", "write `x^2`"),
];

/// What to write for a function that there is not.
pub(super) fn substitute(name: &str) -> Option<&'static str> {
    SUBSTITUTES.iter().find(|(known, _)| *known == name).map(|(_, advice)| *advice)
}

/// What begins at byte `at` and is of no use here.
pub(super) fn foreign(text: &str, at: usize) -> Option<ExprError> {
    let rest = &text[at..];
    let first = rest.chars().next()?;
    let told = |length: usize, message: String| Some(ExprError::new(text, at..at + length, message));
    if first == '\\' {
        let letters = rest[1..].bytes().take_while(u8::is_ascii_alphabetic).count();
        let length = 1 + if letters == 0 { rest[1..].chars().next().map_or(0, char::len_utf8) } else { letters };
        return told(length, latex(&rest[..length]));
    }
    match first {
        '{' => return told(1, braces(text, at)),
        '}' => return told(1, "there are no braces; write `)`".to_owned()),
        '$' => return told(1, "LaTeX is not read; leave the `$` out".to_owned()),
        '[' => return told(1, brackets(text, at)),
        ']' => return told(1, "brackets are round here; write `)`".to_owned()),
        '"' | '“' | '”' | '„' | '‘' | '’' | '`' => {
            return told(first.len_utf8(), "quotes are no part of a formula; leave them out".to_owned());
        }
        _ => {}
    }
    let (foreign, advice) = FOREIGN.iter().find(|(foreign, _)| rest.starts_with(foreign))?;
    told(foreign.len(), (*advice).to_owned())
}

fn latex(word: &str) -> String {
    let advice = LATEX.iter().find(|(known, _)| *known == word);
    let name = &word[1..];
    let advice = match advice {
        Some((_, advice)) => (*advice).to_owned(),
        None if name.starts_with(|c: char| c.is_ascii_alphabetic()) => format!("write `{name}` for `{word}`"),
        None => "write the formula as in a program, such as `(x-1)^2/2`".to_owned(),
    };
    format!("LaTeX is not read: {advice}")
}

/// `x_{0}`, `x^{2}` and others.
fn braces(text: &str, at: usize) -> String {
    let inside: String = text[at + 1..].chars().take_while(|c| c.is_alphanumeric()).take(20).collect();
    let whole = text[at + 1 + inside.len()..].starts_with('}') && !inside.is_empty();
    match text[..at].chars().next_back() {
        Some('_') if whole => {
            let name = name_before(text, at);
            format!("there are no braces; write `{}{inside}` for `{name}{{{inside}}}`", name.trim_end_matches('_'))
        }
        Some('^') if whole => format!("there are no braces; write `^{inside}` for `^{{{inside}}}`"),
        _ => "there are no braces; write `(`".to_owned(),
    }
}

/// `x[0]` and others.
fn brackets(text: &str, at: usize) -> String {
    let name = name_before(text, at);
    if name.is_empty() {
        return "brackets are round here; write `(`".to_owned();
    }
    let digits: String = text[at + 1..].chars().take_while(char::is_ascii_digit).take(9).collect();
    let index = if digits.is_empty() { "0" } else { &digits };
    format!("there is no indexing; parameters have names of their own: write `{name}{index}` for `{name}[{index}]`")
}

/// The name that ends at a byte, if it is no longer than names are.
fn name_before(text: &str, at: usize) -> &str {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let length: usize = text[..at].chars().rev().take_while(|c| is_letter(*c)).take(20).map(char::len_utf8).sum();
    &text[at - length..at]
}

/// A part of a formula as messages show it.
pub(super) fn shown(text: &str, span: Range<usize>) -> String {
    const LONGEST: usize = 24;
    let part = text[span].trim();
    if part.chars().count() <= LONGEST { part.to_owned() } else { "…".to_owned() }
}
