//! What is minimised, from where, and which of its names vary.

use super::values::whole_number;
use bytes::Bytes;
use clap::Args;
use std::path::PathBuf;

/// A file that came with the request instead of by its path.
#[derive(Debug, Clone)]
pub struct HeldFile {
    pub name: String,
    pub bytes: Bytes,
}

/// An objective and its names. `S` are the short forms of axes that the command has between `--vary` and `--set`:
/// [`ShortAxes`], or `()` for none. Where a flag means something of its own to a command, that changes its text with
/// `mut_arg`.
#[derive(Debug, Clone, Args)]
pub struct ProblemFlags<S: Args> {
    /// A catalog name or a formula, such as "(x-1)^2"
    #[arg(default_value = "lecture", help_heading = None)]
    pub objective: String,

    /// An axis; once or twice (first = x of the map, second = y)
    #[arg(long, value_name = "NAME=AXIS")]
    pub vary: Vec<String>,
    #[command(flatten)]
    pub short: S,
    /// Fix a hyperparameter (of one parameter: alpha@b=0.1), a start or a constant
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// A name in the formula that is a constant, not a parameter
    #[arg(long = "const", value_name = "NAME=VALUE")]
    pub constants: Vec<String>,
    /// Data whose columns become names: a CSV file, or a data set of the catalog
    #[arg(long, value_name = "FILE.csv|NAME")]
    pub data: Option<PathBuf>,
    /// The data, where they are here already; `data` is then their name.
    #[arg(skip)]
    pub held: Option<HeldFile>,
    /// The first line of the data is no header: columns are called x1, x2, …
    #[arg(long)]
    pub no_header: bool,
    /// Leave out rows of the data that miss a value
    #[arg(long)]
    pub drop_missing: bool,
    /// Columns with mean 0 and standard deviation 1 over the rows: alone those that parameters multiply, or a network's inputs;
    /// all, with the target
    #[arg(long, value_name = "COLUMNS|all", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub standardize: Option<String>,
    /// What drawn data, starts, batches and noise are drawn from [default: 0]
    #[arg(long, value_name = "N", value_parser = whole_number, allow_negative_numbers = true)]
    pub seed: Option<u64>,
}

/// The two axes that most sweeps have.
#[derive(Debug, Clone, Args)]
pub struct ShortAxes {
    /// Learning rates; short for --vary alpha=AXIS [default: the objective's, log:1e-10:10:1024]
    #[arg(long, visible_aliases = ["lr", "learning-rate"], value_name = "AXIS", allow_hyphen_values = true)]
    pub alpha: Option<String>,
    /// Starts of the first parameter; short for --vary <param>_start=AXIS [default: the objective's, lin:-10:10:512]
    #[arg(long, value_name = "AXIS", allow_hyphen_values = true)]
    pub start: Option<String>,
}
