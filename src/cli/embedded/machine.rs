//! The machine and the program: checks, adapters, the catalog, and which flags every command has.

use super::asked::{Asked, Watched};
use super::failure::Failure;
use super::threads::on_own_threads;
use crate::cli::commands::verify::{VerifyArguments, checked};
use crate::cli::commands::{COMMANDS, devices as adapters, list};
use crate::cli::flags::{BESIDE_THE_NUMBERS, OF_THE_PROCESS};
use crate::files::{flags, path_flags};
use crate::sweep::RequestError;
use clap::{Arg, Command};
use serde::Serialize;

/// What `verify --json` prints.
///
/// # Errors
/// No such adapter. Checks that fail are in the document.
pub fn verify(asked: &Asked, watched: &Watched<'_>) -> Result<String, Failure> {
    let arguments: VerifyArguments = asked.of("verify")?;
    let report = on_own_threads(None, || {
        checked(&arguments, &|done, of| {
            (watched.progress)(done, of);
            !watched.interruption.stopping()
        })
    });
    Ok(json(&report?))
}

/// What `devices --json` prints.
///
/// # Errors
/// A system that gives no threads.
pub fn devices() -> Result<String, Failure> {
    Ok(json(&on_own_threads(None, || Ok(adapters::found()))?))
}

/// A part of the catalog.
#[derive(Serialize)]
struct Section {
    /// `objectives`, `networks`, …
    title: String,
    entries: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    lines: Vec<String>,
}

/// What `list` prints.
pub fn catalog() -> String {
    let sections = list::sections().into_iter().map(|(title, entries)| Section {
        title: title.split(' ').next().unwrap_or_default().to_lowercase(),
        entries: entries.into_iter().map(|entry| Entry { name: entry.name, lines: entry.lines }).collect(),
    });
    json(&sections.collect::<Vec<_>>())
}

/// The columns of a data set of the catalog, by name: what `list NAME --data` prints.
///
/// # Errors
/// A name that is no data set's, nor that of an objective with one.
pub fn data(name: &str, seed: u32) -> Result<Vec<(String, Vec<f64>)>, RequestError> {
    let drawn = list::drawn(name, seed)?;
    Ok(drawn.names.into_iter().zip(drawn.columns).collect())
}

/// A command and its flags.
#[derive(Serialize)]
struct CommandFlags {
    name: String,
    about: String,
    flags: Vec<FlagRow>,
}

/// A flag, or an argument without one.
#[derive(Serialize)]
struct FlagRow {
    name: String,
    aliases: Vec<String>,
    /// What the help calls its value; none of a switch.
    value: Option<String>,
    /// Whether it may be given again.
    repeats: bool,
    help: String,
    /// Whether it has no dashes.
    positional: bool,
    /// Whether an output owns it, and whether it says where to write.
    output: bool,
    path: bool,
    /// Whether it says where and how the process runs, or what is done with the numbers: see the flags of `sweep`.
    process: bool,
    beside: bool,
}

/// All commands with their flags.
pub fn commands() -> String {
    json(&COMMANDS.iter().map(|row| command((row.command)())).collect::<Vec<_>>())
}

fn command(mut command: Command) -> CommandFlags {
    command.build();
    let members = |group: &str| -> Vec<clap::Id> {
        let group = command.get_groups().find(|known| known.get_id() == group);
        group.into_iter().flat_map(clap::ArgGroup::get_args).cloned().collect()
    };
    let (process, beside) = (members(OF_THE_PROCESS), members(BESIDE_THE_NUMBERS));
    let is_output = |name: &str| flags().iter().any(|flag| flag.name == name);
    let row = |flag: &Arg| {
        let name = flag.get_long().unwrap_or(flag.get_id().as_str()).to_owned();
        let value = flag.get_action().takes_values().then(|| {
            let names = flag.get_value_names().unwrap_or_default();
            names.first().map_or_else(|| name.to_uppercase(), ToString::to_string)
        });
        FlagRow {
            aliases: flag.get_all_aliases().unwrap_or_default().into_iter().map(str::to_owned).collect(),
            value,
            repeats: matches!(flag.get_action(), clap::ArgAction::Append),
            help: flag.get_help().map(ToString::to_string).unwrap_or_default(),
            positional: flag.is_positional(),
            output: is_output(&name),
            path: path_flags().any(|flag| flag.name == name),
            process: process.contains(flag.get_id()),
            beside: beside.contains(flag.get_id()),
            name,
        }
    };
    let of_program = |flag: &&Arg| !matches!(flag.get_id().as_str(), "help" | "version");
    CommandFlags {
        name: command.get_name().to_owned(),
        about: command.get_about().map(ToString::to_string).unwrap_or_default(),
        flags: command.get_arguments().filter(of_program).map(row).collect(),
    }
}

/// A document of strings and numbers.
fn json(document: &impl Serialize) -> String {
    serde_json::to_string(document).unwrap_or_else(|_| unreachable!("it holds strings and numbers"))
}
