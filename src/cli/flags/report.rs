//! What is told on the terminal.

use crate::cli::say::Voice;
use crate::sweep::RequestError;
use clap::Args;

/// How much goes to stderr.
#[derive(Debug, Clone, Copy, Args)]
pub struct QuietFlag {
    /// Only errors on stderr
    #[arg(long)]
    pub quiet: bool,
}

impl QuietFlag {
    /// What tells as much as this allows.
    pub fn voice(self) -> Voice {
        Voice::new(self.quiet)
    }
}

/// Whether stdout is for programs.
#[derive(Debug, Clone, Copy, Args)]
pub struct JsonFlag {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

impl JsonFlag {
    /// Stdout carries one document only.
    ///
    /// # Errors
    /// JSON is asked for, and the CSV goes there already.
    pub fn has_stdout(self, carries_csv: bool) -> Result<(), RequestError> {
        let message = "stdout already carries the CSV (--csv -); write one of them to a file";
        if self.json && carries_csv { Err(RequestError::new("--json", "", message)) } else { Ok(()) }
    }
}
