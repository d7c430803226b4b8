//! What is told on stderr. Nothing else writes there.

use anyhow::Context;
use indicatif::ProgressBar;
use std::io::{self, Write};

/// Tells, or is quiet.
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

    /// Tells whole lines.
    ///
    /// # Errors
    /// A closed stderr.
    pub fn say(self, lines: &str) -> anyhow::Result<()> {
        if self.quiet { Ok(()) } else { write(lines).context("stderr") }
    }

    /// Tells a note while a bar is shown. Whoever closed stderr does not want to know.
    pub fn note_past(self, bar: &ProgressBar, text: &str) {
        if !self.quiet {
            bar.suspend(|| drop(write(&note(text))));
        }
    }
}

/// A line that says what was assumed, or what happened.
pub fn note(text: &str) -> String {
    format!("note        {text}\n")
}

/// Tells what ended the run, on one line. Nobody is left to tell when stderr is gone too.
pub fn error(text: &str) {
    drop(write(&format!("{text}\n")));
}

fn write(text: &str) -> io::Result<()> {
    io::stderr().write_all(printable(text).as_bytes())
}

/// Text that may quote a formula, an axis or a file from anywhere, without what a terminal takes for commands.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
