//! The command line. Only this module prints or exits.

mod advice;
mod around;
mod call;
mod check;
mod choose;
mod commands;
mod drive;
mod earlier;
pub mod embedded;
mod exit;
mod explore;
mod failure_notices;
mod finished;
mod flags;
mod hangup;
mod interrupt;
mod memory;
mod prepared;
mod progress;
mod repair;
mod report;
mod results;
mod say;
mod second_look;
mod sinks;
mod threads;
mod unknown;
mod zooming;

pub use interrupt::Interruption;
pub use memory::Allocator;

use call::Call;
use clap::Command;
use clap::error::ErrorKind;
use commands::COMMANDS;
use flags::{dashes, recorded};
use std::ffi::{OsStr, OsString};

/// Does what the arguments say, the first of which is the program's name, and gives an exit code: 0 done, 1 a check
/// failed, 2 a wrong request, 3 a failed machine or a full disk, 130 interrupted. What went wrong is told on stderr, on
/// one line. Installs no handlers of signals, unless the interruption is one by signals, and never ends the process
/// unless one of those does.
pub fn run(arguments: impl IntoIterator<Item = OsString>, interruption: &Interruption) -> u8 {
    let words: Vec<String> = match arguments.into_iter().map(OsString::into_string).collect() {
        Ok(words) => words,
        Err(word) => return not_text(&word),
    };
    let mut root = root();
    let matches = match root.try_get_matches_from_mut(dashes::joined(&words, &root)) {
        Ok(matches) => matches,
        Err(error) => return not_understood(&error, unknown::told(&error, &words, &root)),
    };
    let chosen = matches.subcommand().and_then(|(name, matches)| {
        let row = COMMANDS.iter().find(|row| (row.command)().get_name() == name)?;
        Some((row, root.find_subcommand(name)?, matches))
    });
    let Some((row, command, matches)) = chosen else { return exit::WRONG_REQUEST };
    let call = Call { words, flags: recorded::given(command, matches), interruption };
    let Err(error) = (row.run)(matches, &call) else { return exit::DONE };
    let code = exit::code(&error);
    if code != exit::DONE {
        say::error(&format!("error: {error:#}"));
    }
    code
}

/// The program with all its commands.
fn root() -> Command {
    Command::new("alphasweep")
        .version(env!("CARGO_PKG_VERSION"))
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .after_help("Begin with:  alphasweep sweep\nThen:        alphasweep sweep \"(x-1)^2\" --alpha log:0.01:10:200")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(COMMANDS.iter().map(|row| (row.command)()))
}

/// Arguments go into documents, which hold text only.
fn not_text(word: &OsStr) -> u8 {
    let word = word.to_string_lossy();
    say::error(&format!(
        "error: argument {word}: has bytes that are no text in UTF-8; rename the file, or write it in UTF-8"
    ));
    exit::WRONG_REQUEST
}

/// Help and version as they are; errors on one line, with the tip that comes with them.
fn not_understood(error: &clap::Error, known_better: Option<String>) -> u8 {
    if error.exit_code() == 0 || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // Whoever closed the pipe has seen enough.
        let _ = error.print();
        return error.exit_code() as u8;
    }
    if let Some(told) = known_better {
        say::error(&told);
        return exit::WRONG_REQUEST;
    }
    say::error(&format!("{}; see alphasweep help", unknown::in_one_line(error)));
    exit::WRONG_REQUEST
}
