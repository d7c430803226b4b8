//! The command line. Only this module prints or exits.

mod check;
mod choose;
mod commands;
mod drive;
mod extras;
mod failure_notices;
mod film;
mod flags;
mod interrupt;
mod progress;
mod report;
mod sinks;

use crate::engine::EngineError;
use crate::sweep::SpecError;
use clap::error::ErrorKind;
use commands::{bench, devices, landscape, list, merge, rerun, resume, sweep, trace, verify};
use flags::{Command, recorded};
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

/// Exit codes besides 0.
mod code {
    pub const CHECK_FAILED: u8 = 1;
    pub const WRONG_REQUEST: u8 = 2;
    pub const MACHINE_FAILED: u8 = 3;
    pub const INTERRUPTED: u8 = 130;
}

/// Reads the arguments, runs the command, and turns what went wrong into one line and a code.
pub fn main() -> ExitCode {
    let arguments = match recorded::parse(std::env::args_os().map(formula_not_flag)) {
        Ok(arguments) => arguments,
        Err(error) => return not_understood(&error),
    };
    let result = match &arguments.command {
        Command::Sweep(arguments) => sweep::run(arguments),
        Command::Resume(arguments) => resume::run(arguments),
        Command::Merge(arguments) => merge::run(arguments),
        Command::Rerun(arguments) => rerun::run(arguments),
        Command::Landscape(arguments) => landscape::run(arguments),
        Command::Trace(arguments) => trace::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::List(arguments) => list::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
        Command::Devices(arguments) => devices::run(arguments),
    };
    let Err(error) = result else { return ExitCode::SUCCESS };
    if is_broken_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    // Nobody is left to tell when stderr is gone too.
    let _ = writeln!(io::stderr(), "{}", printable(&format!("error: {error:#}")));
    ExitCode::from(exit_code(&error))
}

/// `-x^2` is a formula and `-10,5` a list, not flags: a blank in front says so to the reader of the arguments and
/// nothing to anyone else. The only short flags are `-h` and `-V`; plain numbers are known for what they are.
fn formula_not_flag(argument: OsString) -> OsString {
    let Some(text) = argument.to_str() else { return argument };
    let is_flag = text.starts_with("--") || matches!(text, "-h" | "-V" | "-") || text.parse::<f64>().is_ok();
    if text.starts_with('-') && !is_flag { format!(" {text}").into() } else { argument }
}

/// Help and version as they are; errors on one line, with the tip that comes with them.
fn not_understood(error: &clap::Error) -> ExitCode {
    if error.exit_code() == 0 || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // Whoever closed the pipe has seen enough.
        let _ = error.print();
        return ExitCode::from(error.exit_code() as u8);
    }
    let text = error.render().to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:")).collect();
    let told = lines.into_iter().filter(|line| !line.is_empty() && !line.starts_with("For more information"));
    let told = told.collect::<Vec<_>>().join("; ");
    let _ = writeln!(io::stderr(), "{}; see alphasweep help", printable(&told));
    ExitCode::from(code::WRONG_REQUEST)
}

/// Text that may quote a formula, an axis or a file from anywhere, without what a terminal takes for commands.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The reader of stdout went away, as `head` does: nothing is wrong.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(broken)
}

fn exit_code(error: &anyhow::Error) -> u8 {
    for cause in error.chain() {
        if cause.is::<check::CheckFailed>() {
            return code::CHECK_FAILED;
        }
        if cause.is::<SpecError>() {
            return code::WRONG_REQUEST;
        }
        if let Some(error) = cause.downcast_ref::<EngineError>() {
            return match error {
                EngineError::Unsupported(_) => code::WRONG_REQUEST,
                EngineError::Interrupted => code::INTERRUPTED,
                _ => code::MACHINE_FAILED,
            };
        }
    }
    code::MACHINE_FAILED
}
