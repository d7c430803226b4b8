//! A request that cannot be.

use std::fmt;

/// A request that cannot be: which flag, which value, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestError {
    flag: String,
    value: String,
    message: String,
}

impl RequestError {
    /// An error about the value of a flag.
    pub fn new(flag: &str, value: impl ToString, message: impl Into<String>) -> Self {
        Self { flag: flag.to_owned(), value: value.to_string(), message: message.into() }
    }
}

impl std::error::Error for RequestError {}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 60;
        let value: String = self.value.chars().take(SHOWN).collect();
        let cut = if self.value.chars().count() > SHOWN { "…" } else { "" };
        let gap = if value.is_empty() { "" } else { " " };
        write!(f, "{}{gap}{value}{cut}: {}", self.flag, self.message)
    }
}
