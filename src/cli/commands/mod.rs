//! The commands. A new one is its file, its `mod` and its row here.

mod bench;
pub mod devices;
pub mod landscape;
pub mod list;
mod merge;
mod rerun;
mod resume;
mod sweep;
pub mod trace;
pub mod verify;

use crate::cli::call::Call;
use crate::cli::explore;
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};

/// A command.
pub struct Row {
    /// Its name, flags and help.
    pub command: fn() -> Command,
    /// Runs it with what was typed.
    pub run: fn(&ArgMatches, &Call<'_>) -> anyhow::Result<()>,
}

macro_rules! row {
    ($module:ident::$arguments:ident) => {
        Row {
            command: $module::$arguments::command,
            run: |matches, call| $module::run(&$module::$arguments::from_arg_matches(matches)?, call),
        }
    };
}

/// In the order of the help.
pub const COMMANDS: [Row; 11] = [
    row!(sweep::SweepArguments),
    row!(resume::ResumeArguments),
    row!(merge::MergeArguments),
    row!(rerun::RerunArguments),
    row!(landscape::LandscapeArguments),
    row!(trace::TraceArguments),
    row!(explore::ExploreArguments),
    row!(verify::VerifyArguments),
    row!(bench::BenchArguments),
    row!(list::ListArguments),
    row!(devices::DevicesArguments),
];
