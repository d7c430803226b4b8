//! Between what is typed and what files say of it.

use crate::cli::flags::{BESIDE_THE_NUMBERS, OF_THE_PROCESS, SweepArguments};
use crate::files::{flags, path_flags};
use crate::store::read_limited;
use crate::store::{FlagValue, MAX_DOCUMENT_BYTES, RecordedFlags};
use crate::sweep::RequestError;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, CommandFactory, Parser};
use std::path::{Component, Path, PathBuf};

/// Every flag that was typed, with what was given.
pub fn given(command: &clap::Command, matches: &ArgMatches) -> RecordedFlags {
    let mut asked = RecordedFlags::default();
    for argument in command.get_arguments() {
        let id = argument.get_id().as_str();
        if matches.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        let raw = || matches.get_raw(id).into_iter().flatten();
        let mut texts = raw().map(|text| text.to_string_lossy().into_owned());
        let given = match argument.get_action() {
            ArgAction::SetTrue => FlagValue::Switch(true),
            ArgAction::Append => FlagValue::Texts(texts.collect()),
            _ if takes_nothing_too(argument) && raw().all(std::ffi::OsStr::is_empty) => FlagValue::Switch(true),
            _ => FlagValue::Text(texts.next().unwrap_or_default()),
        };
        asked.flags.insert(argument.get_long().unwrap_or(id).to_owned(), given);
    }
    asked
}

/// Whether the flag may stand without a value.
pub fn takes_nothing_too(argument: &Arg) -> bool {
    argument.get_num_args().is_some_and(|values| values.min_values() == 0 && values.takes_values())
}

/// The flags of `sweep` that say of themselves that they are of this group.
fn of_group(group: &str) -> Vec<String> {
    let mut command = SweepArguments::command();
    command.build();
    let members = command.get_groups().filter(|known| known.get_id() == group);
    let ids: Vec<&clap::Id> = members.flat_map(clap::ArgGroup::get_args).collect();
    let flags = command.get_arguments().filter(|flag| ids.contains(&flag.get_id()));
    flags.filter_map(|flag| flag.get_long().map(str::to_owned)).collect()
}

/// What was typed as it is kept: files in `out` by their path there, all other paths absolute; nothing that is about the
/// process alone.
pub fn recorded(asked: &RecordedFlags, out: &Path) -> RecordedFlags {
    let mut kept = asked.clone().without(&of_group(OF_THE_PROCESS));
    let absolute = |text: &str| std::path::absolute(text).unwrap_or_else(|_| text.into());
    let home = std::path::absolute(out).unwrap_or_else(|_| out.into());
    for flag in path_flags() {
        let Some(text) = asked.text(flag.name).filter(|text| !flag.is_stdout(Path::new(text))) else { continue };
        let path = absolute(text);
        let inside = path.strip_prefix(&home).ok().filter(|path| is_inside(path)).map(Path::to_owned);
        kept.set(flag.name, inside.unwrap_or(path).to_string_lossy().into_owned());
    }
    if let Some(data) = asked.text("data").filter(|data| Path::new(data).exists()) {
        kept.set("data", absolute(data).to_string_lossy().into_owned());
    }
    kept
}

/// Below its folder, and nowhere else.
fn is_inside(path: &Path) -> bool {
    let mut parts = path.components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}

/// The opposite of [`recorded`]: what a file asks for, with its files below `out`; others only where `outside` allows it.
///
/// # Errors
/// A path that leads out of `out`, a flag that is not for files to set.
pub fn confined(asked: RecordedFlags, source: &Path, out: &Path, outside: bool) -> Result<RecordedFlags, RequestError> {
    let wrong = |message: String| RequestError::new(&source.display().to_string(), "", message);
    if let Some(name) = of_group(OF_THE_PROCESS).iter().find(|name| asked.flags.contains_key(*name)) {
        return Err(wrong(format!("has `{name}` in `asked`, which only a command line can set; type --{name}")));
    }
    let mut placed = asked.clone();
    for flag in path_flags() {
        let name = flag.name;
        let Some(given) = asked.flags.get(name) else { continue };
        let FlagValue::Text(text) = given else { return Err(wrong(format!("has no path for `{name}` in `asked`"))) };
        if flag.is_stdout(Path::new(text)) {
            continue;
        }
        if !is_inside(Path::new(text)) && !outside {
            let message = format!("writes --{name} {text}, which is not below {}; --outside allows it", out.display());
            return Err(wrong(message));
        }
        placed.set(name, out.join(text).to_string_lossy().into_owned());
    }
    Ok(placed)
}

/// What is typed after `alphasweep resume` to go on with a recorded sweep, whose folder is `out`.
pub fn resume_words(recorded: &RecordedFlags, out: &Path) -> String {
    let leads_out = confined(recorded.clone(), out, out, false).is_err();
    format!("{}{}", out.display(), if leads_out { " --outside" } else { "" })
}

/// The arguments that come of flags.
///
/// # Errors
/// A flag that there is not, or a value that it does not take.
pub fn arguments(asked: &RecordedFlags, source: &Path) -> Result<SweepArguments, RequestError> {
    let parsed: SweepArguments = parsed("sweep", asked).map_err(|error| {
        let text = error.render().to_string();
        let line = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        RequestError::new(&source.display().to_string(), "", format!("asks for what cannot be: {line}"))
    })?;
    Ok(SweepArguments { asked: asked.clone(), ..parsed })
}

/// The arguments of a command that come of flags.
///
/// # Errors
/// A flag that there is not, or a value that it does not take.
pub fn parsed<T: Parser>(command: &str, asked: &RecordedFlags) -> Result<T, clap::Error> {
    T::try_parse_from(std::iter::once(command.to_owned()).chain(asked.arguments()))
}

/// What a document asks for.
///
/// # Errors
/// A file that cannot be read, or is no such document.
pub fn read(path: &Path) -> Result<(RecordedFlags, Vec<u8>), RequestError> {
    let wrong = |message: String| RequestError::new(&path.display().to_string(), "", message);
    let bytes = read_limited(path, MAX_DOCUMENT_BYTES as u64);
    let bytes = bytes.map_err(|error| wrong(format!("cannot be read ({error})")))?;
    Ok((RecordedFlags::from_json(&bytes).map_err(wrong)?, bytes))
}

/// `--spec`: what the file asks for, and what is typed on top.
///
/// # Errors
/// As [`read`], [`confined`] and [`arguments`].
pub fn with_spec(typed: &SweepArguments, file: &Path) -> Result<SweepArguments, RequestError> {
    let asked = confined(read(file)?.0.without(&["keep-tiles".to_owned()]), file, &typed.out, false)?;
    let asked = asked.with(typed.asked.clone().without(&of_group(OF_THE_PROCESS)));
    let SweepArguments { shard, quiet, print, keep_after, .. } = *typed;
    let (out, spec) = (typed.out.clone(), typed.spec.clone());
    Ok(SweepArguments { shard, quiet, print, keep_after, out, spec, confined: true, ..arguments(&asked, file)? })
}

/// The numbers alone, without files.
pub fn numbers_only(asked: RecordedFlags) -> RecordedFlags {
    let of_files: Vec<String> = flags().into_iter().map(|flag| flag.name.to_owned()).collect();
    asked.without(&of_files).without(&of_group(BESIDE_THE_NUMBERS))
}

/// Where a sweep's folder is, if this is it or a folder of tiles in it.
pub fn home_of(tiles: &Path) -> PathBuf {
    let above = tiles.parent().filter(|above| !above.as_os_str().is_empty());
    above.map_or_else(|| if tiles.is_absolute() { tiles.into() } else { PathBuf::from(".") }, Path::to_owned)
}
