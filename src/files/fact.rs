//! What is said of a finished sweep, one fact after the other: printed on a terminal, listed on a page.

use serde::Serialize;

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is about; empty where that is what the fact before was about.
    pub label: &'static str,
    /// One text, or the word, share and count of an outcome.
    pub parts: Vec<String>,
}

impl Fact {
    /// A fact of one text.
    pub fn new(label: &'static str, text: impl Into<String>) -> Self {
        Self { label, parts: vec![text.into()] }
    }

    /// All of it as one text, without the label.
    pub fn text(&self) -> String {
        match self.parts.as_slice() {
            [word, share, count] => format!("{word:<11} {share:>9}  {count:>8}"),
            parts => parts.join("  "),
        }
    }
}
