//! The flags of outputs as the reader of the command line knows them: made from the rows of the formats.

use crate::files::{Flag, FlagKind, OutputFlags, OutputValue, flags};
use clap::builder::PossibleValuesParser;
use clap::error::Error;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use std::path::PathBuf;

impl Args for OutputFlags {
    fn augment_args(command: Command) -> Command {
        command.args(flags().into_iter().map(argument))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for OutputFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut given = Self::default();
        given.update_from_arg_matches(matches)?;
        Ok(given)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        for flag in flags() {
            if let Some(given) = given(flag, matches) {
                self.set(flag, given);
            }
        }
        Ok(())
    }
}

fn argument(flag: &'static Flag) -> Arg {
    let argument = Arg::new(flag.name).long(flag.name).help(flag.help).help_heading("What to write");
    let argument = match flag.kind {
        FlagKind::Switch | FlagKind::Without => argument.action(ArgAction::SetTrue),
        FlagKind::Texts => argument.action(ArgAction::Append).value_name(flag.value_name),
        _ => argument.action(ArgAction::Set).value_name(flag.value_name),
    };
    let argument = match flag.kind {
        FlagKind::File | FlagKind::FileOrStdout | FlagKind::Folder => argument.value_parser(value_parser!(PathBuf)),
        FlagKind::Word { words, listed } => {
            let parser = PossibleValuesParser::new(words);
            argument.value_parser(parser).ignore_case(true).default_value(words[0]).hide_possible_values(!listed)
        }
        _ => argument,
    };
    let argument = flag.requires.map_or(argument.clone(), |other| argument.clone().requires(other));
    flag.conflicts.map_or(argument.clone(), |other| argument.conflicts_with(other))
}

fn given(flag: &Flag, matches: &ArgMatches) -> Option<OutputValue> {
    match flag.kind {
        FlagKind::Switch | FlagKind::Without => matches.get_flag(flag.name).then_some(OutputValue::Switch),
        FlagKind::File | FlagKind::FileOrStdout | FlagKind::Folder => {
            matches.get_one::<PathBuf>(flag.name).cloned().map(OutputValue::Path)
        }
        FlagKind::Word { .. } => {
            matches.get_one::<String>(flag.name).map(|word| OutputValue::Texts(vec![word.to_lowercase()]))
        }
        FlagKind::Text | FlagKind::Texts => {
            matches.get_many::<String>(flag.name).map(|texts| OutputValue::Texts(texts.cloned().collect()))
        }
    }
}
