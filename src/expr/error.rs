//! Errors that point at the character.

use crate::printable::line;
use std::fmt;
use std::ops::Range;
use unicode_width::UnicodeWidthStr;

/// A formula that cannot be read: what is wrong, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprError {
    text: String,
    /// Bytes of `text` that the caret stands under.
    span: Range<usize>,
    message: String,
}

impl ExprError {
    /// An error under the bytes `span` of the formula `text`.
    pub(crate) fn new(text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { text: text.to_owned(), span, message: message.into() }
    }

    /// The same error under a text that was read as this one, character by character; unchanged where it is longer or
    /// shorter.
    pub(crate) fn in_text(self, text: &str) -> Self {
        let fits = text.len() == self.text.len()
            && text.is_char_boundary(self.span.start)
            && text.is_char_boundary(self.span.end);
        if fits { Self { text: text.to_owned(), ..self } } else { self }
    }

    /// What is wrong, without the caret lines.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl std::error::Error for ExprError {}

/// At most this many characters of the formula are shown on either side of the caret.
const WINDOW: usize = 60;

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before: Vec<char> = self.text[..self.span.start].chars().collect();
        let after: Vec<char> = self.text[self.span.start..].chars().take(WINDOW + 1).collect();
        let marked = self.text[self.span.clone()].chars().count().min(WINDOW);
        let cut_left = before.len().saturating_sub(WINDOW);
        let left = printable(&before[cut_left..]);
        let right = printable(&after[..after.len().min(WINDOW)]);
        let width = printable(&after[..marked.min(after.len())]).width().max(1);
        let (head, pad) = if cut_left > 0 { ("…", 1) } else { ("", 0) };
        let tail = if after.len() > WINDOW { "…" } else { "" };
        writeln!(f, "{}", self.message)?;
        writeln!(f, "  {head}{left}{right}{tail}")?;
        write!(f, "  {}{}", " ".repeat(pad + left.width()), "^".repeat(width))
    }
}

/// Text whose width a terminal agrees about: control characters (a newline, a tab) would move the caret away from its spot.
fn printable(text: &[char]) -> String {
    line(&text.iter().map(|c| if c.is_control() { ' ' } else { *c }).collect::<String>())
}

/// The known name closest to `name`, if one is close enough to be a slip of the fingers.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name.to_lowercase(), candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
