//! The commands. A new one is its file, its `mod` and its row here.

mod bench;
mod bifurcation;
pub mod devices;
pub mod landscape;
pub mod list;
mod merge;
mod rerun;
mod resume;
mod sweep;
pub mod trace;
pub mod verify;
mod zoom;

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
pub const COMMANDS: [Row; 13] = [
    row!(sweep::SweepArguments),
    row!(resume::ResumeArguments),
    row!(merge::MergeArguments),
    row!(rerun::RerunArguments),
    row!(landscape::LandscapeArguments),
    row!(trace::TraceArguments),
    row!(bifurcation::BifurcationArguments),
    row!(explore::ExploreArguments),
    row!(zoom::ZoomArguments),
    row!(verify::VerifyArguments),
    row!(bench::BenchArguments),
    row!(list::ListArguments),
    row!(devices::DevicesArguments),
];
