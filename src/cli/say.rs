//! What is told on stderr, and text on stdout. Nothing else writes there, but for the data that a file format writes.

use crate::printable;
use indicatif::ProgressBar;
use std::io::{self, Write};

/// Tells, or is quiet. Nothing depends on whether anybody hears it: a closed stderr or a full disk behind it stops no run,
/// and changes no exit code.
#[derive(Debug, Clone, Copy)]
pub struct Voice {
    quiet: bool,
}

impl Voice {
    /// With `quiet`, nothing but errors is told.
    pub fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// Whether only errors are told.
    pub fn is_quiet(self) -> bool {
        self.quiet
    }

    /// Tells lines that were made by [`fact`] or [`note`].
    pub fn say(self, lines: &str) {
        if !self.quiet {
            write(lines);
        }
    }

    /// Tells a note while a bar is shown.
    pub fn note_past(self, bar: &ProgressBar, text: &str) {
        if !self.quiet {
            bar.suspend(|| write(&note(text)));
        }
    }
}

/// A line of a report: what it is about, and what is to be said of that. Text from anywhere may be quoted in it.
pub fn fact(label: &str, text: &str) -> String {
    format!("{label:<11} {}\n", printable::line(text))
}

/// A line that says what was assumed, or what happened.
pub fn note(text: &str) -> String {
    fact("note", text)
}

/// Tells what ended the run, on one line and those of a caret.
pub fn error(text: &str) {
    write(&format!("{}\n", printable::indented(text)));
}

/// Prints a report on stdout.
///
/// # Errors
/// A closed pipe, a full disk.
pub fn out(lines: &str) -> io::Result<()> {
    io::stdout().write_all(lines.as_bytes())
}

/// Prints a JSON document on stdout.
///
/// # Errors
/// As [`out`].
pub fn json(document: &str) -> io::Result<()> {
    out(&printable::json(document))
}

fn write(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}
