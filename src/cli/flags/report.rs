//! What is told on the terminal.

use crate::cli::say::Voice;
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
