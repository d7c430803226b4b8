//! Values that begin with a dash: `-x^2` is a formula, `-10,5` a list and `-out` a folder, not flags. The only short flags
//! are `-h` and `-V`.

use crate::cli::flags::recorded::takes_nothing_too;
use crate::expr::{canonical_name, identifier_of};
use crate::problem::catalog::objective;
use crate::problem::network_row;
use clap::{Arg, Command};

/// The words as the reader of arguments takes them: the value of a flag is joined to it by `=`, and a value without a flag
/// that begins with one dash stands behind a `--` at the end, where nothing is a flag.
pub fn joined(words: &[String], root: &Command) -> Vec<String> {
    let command = words.iter().skip(1).find_map(|word| root.find_subcommand(word));
    let argument_of = |word: &String| {
        let known = word.strip_prefix("--").filter(|name| !name.is_empty());
        known.and_then(|name| command?.get_arguments().find(|argument| is_called(argument, name)))
    };
    let takes_value = |word: &String| argument_of(word).is_some_and(|flag| Arg::get_action(flag).takes_values());
    let may_take_names = |word: &String| argument_of(word).is_some_and(takes_nothing_too);
    let (mut taken, mut values): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut rest = words.iter().peekable();
    while let Some(word) = rest.next() {
        if word == "--" {
            values.extend(rest.by_ref().cloned());
        } else if takes_value(word)
            && let Some(value) = rest.next_if(|value| begins_with_a_dash(value))
        {
            taken.push(format!("{word}={value}"));
        } else if may_take_names(word)
            && let Some(names) = rest.next_if(|word| are_names(word.as_str()))
        {
            taken.push(format!("{word}={names}"));
        } else if begins_with_a_dash(word) {
            values.push(word.clone());
        } else {
            taken.push(word.clone());
        }
    }
    if !values.is_empty() {
        taken.push("--".to_owned());
        taken.append(&mut values);
    }
    taken
}

/// Whether it is the flag of this name, its other names included.
pub fn is_called(argument: &Arg, name: &str) -> bool {
    argument.get_long() == Some(name) || argument.get_all_aliases().is_some_and(|aliases| aliases.contains(&name))
}

/// Names with commas between them, such as `x1,x2`, rather than what is swept: that is called in the catalog, or a formula.
fn are_names(word: &str) -> bool {
    let is_name = |name: &str| !name.is_empty() && identifier_of(name) == canonical_name(name);
    word.split(',').all(|name| is_name(name.trim().trim_matches('`')))
        && objective(word).is_none()
        && network_row(word).is_none()
}

fn begins_with_a_dash(word: &str) -> bool {
    word.starts_with('-') && !word.starts_with("--") && !matches!(word, "-" | "-h" | "-V")
}

#[cfg(test)]
mod tests {
    use super::joined;
    use clap::{Arg, ArgAction, Command};

    fn read(words: &[&str]) -> Vec<String> {
        let sweep = Command::new("sweep")
            .arg(Arg::new("out").long("out"))
            .arg(Arg::new("quiet").long("quiet").action(ArgAction::SetTrue));
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        joined(&words, &Command::new("alphasweep").subcommand(sweep))
    }

    #[test]
    fn values_are_no_flags_and_flags_are_no_values() {
        assert_eq!(read(&["a", "sweep", "--out", "-x"]), ["a", "sweep", "--out=-x"]);
        assert_eq!(read(&["a", "sweep", "-x^2", "--quiet"]), ["a", "sweep", "--quiet", "--", "-x^2"]);
        assert_eq!(read(&["a", "sweep", "--quiet", "-1"]), ["a", "sweep", "--quiet", "--", "-1"]);
        assert_eq!(read(&["a", "sweep", "--out", "--quiet"]), ["a", "sweep", "--out", "--quiet"]);
        assert_eq!(read(&["a", "sweep", "--out", "d ", "-h"]), ["a", "sweep", "--out", "d ", "-h"]);
        assert_eq!(read(&["a", "sweep", "--", "--x"]), ["a", "sweep", "--", "--x"]);
        assert_eq!(read(&["a", "sweep", "--out", "-"]), ["a", "sweep", "--out", "-"]);
    }
}
