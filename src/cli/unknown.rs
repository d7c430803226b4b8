//! Flags that there are not, and those that are meant.

use super::flags::dashes::is_called;
use crate::expr::nearest;
use crate::problem::catalog::RULES;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use clap::{Arg, Command};

/// Flags as other programs call them.
const ELSEWHERE: [(&str, &str); 31] = [
    ("step-size", "--alpha"),
    ("stepsize", "--alpha"),
    ("eta", "--alpha"),
    ("alphas", "--alpha"),
    ("max-iter", "--steps"),
    ("maxiter", "--steps"),
    ("max-iters", "--steps"),
    ("max-steps", "--steps"),
    ("num-steps", "--steps"),
    ("n-steps", "--steps"),
    ("iter", "--steps"),
    ("iters", "--steps"),
    ("n-epochs", "--epochs"),
    ("num-epochs", "--epochs"),
    ("batch-size", "--batch"),
    ("batchsize", "--batch"),
    ("tol", "--gtol"),
    ("tolerance", "--gtol"),
    ("x0", "--start"),
    ("starts", "--start"),
    ("device", "--engine"),
    ("gpu", "--engine gpu"),
    ("cpu", "--engine cpu"),
    ("dtype", "--precision"),
    ("float64", "--precision f64"),
    ("double", "--precision f64"),
    ("output", "--out"),
    ("update", "--rule"),
    ("csv-file", "--csv"),
    ("constant", "--const"),
    ("function", "the formula without a flag"),
];

/// What to say of words that nothing takes; none where the reader of arguments says it well.
pub fn told(error: &Error, words: &[String], root: &Command) -> Option<String> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let ContextValue::String(word) = error.get(ContextKind::InvalidArg)? else { return None };
    let command = words.iter().skip(1).find_map(|word| root.find_subcommand(word))?;
    let name = command.get_name();
    let Some(flag) = word.strip_prefix("--") else { return Some(one_too_many(word, command)) };
    let flag = flag.split('=').next().unwrap_or(flag);
    let hint = meant(flag, command).unwrap_or_default();
    Some(format!("error: `{name}` has no flag --{flag}{hint}; see alphasweep help {name}"))
}

/// What the reader of arguments says, with the tip that comes with it.
pub fn in_one_line(error: &Error) -> String {
    let text = error.render().to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:")).collect();
    let told = lines.into_iter().filter(|line| !line.is_empty() && !line.starts_with("For more information"));
    told.collect::<Vec<_>>().join("; ")
}

/// A formula with blanks comes as many words.
fn one_too_many(word: &str, command: &Command) -> String {
    let name = command.get_name();
    let takes_formula = command.get_arguments().any(|argument| argument.get_id() == "objective");
    let hint = if takes_formula { ": put a formula with blanks in quotes, as in \"x^2 + 1\"" } else { "" };
    format!("error: `{word}` is one argument too many{hint}; see alphasweep help {name}")
}

/// The flag that is meant, as a question or as what to write.
fn meant(flag: &str, command: &Command) -> Option<String> {
    let usual = flag.to_lowercase().replace('_', "-");
    let has = |name: &str| command.get_arguments().any(|argument| is_called(argument, name));
    if has(&usual) {
        return Some(format!(": write --{usual}"));
    }
    if let Some((_, other)) = ELSEWHERE.iter().find(|(known, _)| *known == usual) {
        let there = other.strip_prefix("--").is_none_or(|other| has(other.split(' ').next().unwrap_or(other)));
        return there.then(|| format!(": write {other}"));
    }
    let number = flag.replace('-', "_");
    let is_number = |row: &str| row == number || row == flag || row.replace('_', "") == number.replace('_', "");
    let mut numbers = RULES.iter().flat_map(|row| row.hyperparameters).map(|(name, _)| *name);
    if let Some(number) = numbers.find(|name| is_number(name)).filter(|_| has("set")) {
        return Some(format!(": it is a number of rules; write --set {number}=VALUE"));
    }
    let flags: Vec<&str> = command.get_arguments().filter_map(Arg::get_long).collect();
    nearest(&usual, flags).map(|close| format!(": did you mean --{close}?"))
}
