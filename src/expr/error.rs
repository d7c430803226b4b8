//! Errors that point at the character.

use std::fmt;
use std::ops::Range;

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
        // Control characters (a newline, a tab) would move the caret away from its spot.
        let printable = |c: char| if c.is_control() { ' ' } else { c };
        let before: Vec<char> = self.text[..self.span.start].chars().map(printable).collect();
        let after: Vec<char> = self.text[self.span.start..].chars().map(printable).collect();
        let width = self.text[self.span.clone()].chars().count().clamp(1, WINDOW);
        let cut_left = before.len().saturating_sub(WINDOW);
        let left: String = before[cut_left..].iter().collect();
        let right: String = after.iter().take(WINDOW).collect();
        let (head, pad) = if cut_left > 0 { ("…", 1) } else { ("", 0) };
        let tail = if after.len() > WINDOW { "…" } else { "" };
        writeln!(f, "{}", self.message)?;
        writeln!(f, "  {head}{left}{right}{tail}")?;
        write!(f, "  {}{}", " ".repeat(pad + before.len() - cut_left), "^".repeat(width))
    }
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
