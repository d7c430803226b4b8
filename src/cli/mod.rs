//! The command line. Only this module prints or exits.

mod args;
mod choose;
mod devices;
mod list;
mod progress;
mod report;
mod sinks;
mod sweep;

use alphasweep::engine::EngineError;
use alphasweep::sweep::SpecError;
use args::{Arguments, Command};
use clap::Parser;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

/// Exit codes of the contract.
mod code {
    pub const WRONG_REQUEST: u8 = 2;
    pub const MACHINE_FAILED: u8 = 3;
    pub const INTERRUPTED: u8 = 130;
}

/// Reads the arguments, runs the command, and turns what went wrong into one line and a code.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.command {
        Command::Sweep(arguments) => sweep::run(arguments),
        Command::List => list::run(),
        Command::Devices(arguments) => devices::run(arguments),
    };
    let Err(error) = result else { return ExitCode::SUCCESS };
    if is_broken_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    // Nobody is left to tell when stderr is gone too.
    let _ = writeln!(io::stderr(), "error: {error:#}");
    ExitCode::from(exit_code(&error))
}

/// The reader of stdout went away, as `head` does: nothing is wrong.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
    };
    error.chain().any(broken)
}

fn exit_code(error: &anyhow::Error) -> u8 {
    for cause in error.chain() {
        if cause.is::<SpecError>() {
            return code::WRONG_REQUEST;
        }
        if let Some(error) = cause.downcast_ref::<EngineError>() {
            return match error {
                EngineError::Unsupported(_) => code::WRONG_REQUEST,
                EngineError::Interrupted => code::INTERRUPTED,
                EngineError::Device(_) | EngineError::NeverWritten { .. } | EngineError::Stopped => {
                    code::MACHINE_FAILED
                }
            };
        }
    }
    code::MACHINE_FAILED
}
