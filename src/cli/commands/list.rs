//! `alphasweep list`

use crate::cli::call::Call;
use crate::expr::{Function, functions, nearest};
use crate::problem::catalog::{self, OBJECTIVES, ObjectiveRow, RULES, RuleRow};
use crate::problem::{DATA, Data, DataRow, NETWORKS, NetworkRow, SCHEDULES, ScheduleRow, data_row, draw, write_csv};
use crate::sweep::{MEASURES_OF_DESCENTS, MeasureRow, RequestError};
use clap::Parser;
use std::io::{self, Write};

/// Show the catalog of objectives, data sets, rules, schedules, functions and measures, or a part of it
#[derive(Debug, Parser)]
#[command(
    name = "list",
    after_help = "Examples:\n  alphasweep list\n  alphasweep list adam\n  alphasweep list line --data --seed 3 > line.csv"
)]
pub struct ListArguments {
    /// An objective, a data set, a rule, a schedule, a function or a measure
    pub name: Option<String>,
    /// Print the data of NAME as CSV
    #[arg(long, requires = "name")]
    pub data: bool,
    /// What the data are drawn from
    #[arg(long, value_name = "N", default_value = "0", value_parser = clap::value_parser!(u32).range(..1 << 24))]
    pub seed: u32,
}

/// One entry of the catalog, as it is printed.
pub struct Entry {
    pub name: &'static str,
    pub lines: Vec<String>,
}

/// Prints the catalog, one entry of it, or the data of one.
///
/// # Errors
/// A name that the catalog has not; a closed pipe.
pub fn run(arguments: &ListArguments, _: &Call<'_>) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match &arguments.name {
        Some(name) if arguments.data => print_data(&mut out, name, arguments.seed),
        name => print(&mut out, name.as_deref()),
    }
}

/// The whole catalog: titles, and what is under each.
pub fn sections() -> [(&'static str, Vec<Entry>); 7] {
    [
        ("OBJECTIVES  (alphasweep sweep NAME)", OBJECTIVES.iter().map(objective).collect::<Vec<Entry>>()),
        ("NETWORKS  (alphasweep sweep NAME)", NETWORKS.iter().map(network).collect()),
        ("DATA  (alphasweep sweep FORMULA --data NAME; alphasweep list NAME --data)", DATA.iter().map(data).collect()),
        ("RULES  (alphasweep sweep ... --rule NAME)", RULES.iter().map(rule).collect()),
        ("SCHEDULES  (alphasweep sweep ... --schedule NAME)", SCHEDULES.iter().map(schedule).collect()),
        ("FUNCTIONS  (in formulas)", functions().map(function).collect()),
        ("MEASURES  (alphasweep sweep ... --measure NAME)", MEASURES_OF_DESCENTS.iter().map(measure).collect()),
    ]
}

fn print(out: &mut impl Write, name: Option<&str>) -> anyhow::Result<()> {
    let mut found = false;
    for (title, entries) in &sections() {
        let wanted: Vec<&Entry> =
            entries.iter().filter(|entry| name.is_none_or(|name| entry.name.eq_ignore_ascii_case(name))).collect();
        if wanted.is_empty() {
            continue;
        }
        found = true;
        writeln!(out, "{title}\n")?;
        for Entry { name, lines } in wanted {
            for (at, line) in lines.iter().enumerate() {
                writeln!(out, "{:<17} {line}", if at == 0 { name } else { "" })?;
            }
            writeln!(out)?;
        }
    }
    if found { Ok(()) } else { Err(unknown(name.unwrap_or_default(), "nothing in the catalog").into()) }
}

fn print_data(out: &mut impl Write, name: &str, seed: u32) -> anyhow::Result<()> {
    Ok(write_csv(&drawn(name, seed)?, out)?)
}

/// A data set by its name, or by that of an objective over it.
///
/// # Errors
/// A name that is neither.
pub fn drawn(name: &str, seed: u32) -> Result<Data, RequestError> {
    let of_objective = catalog::objective(name).and_then(|row| data_row(row.data));
    let row = data_row(name).or(of_objective).ok_or_else(|| unknown(name, "no data set"))?;
    Ok(draw(row, seed))
}

fn unknown(name: &str, what: &str) -> RequestError {
    let names = OBJECTIVES.iter().map(|row| row.name).chain(DATA.iter().map(|row| row.name));
    let names = names.chain(RULES.iter().map(|row| row.name)).chain(NETWORKS.iter().map(|row| row.name));
    let names = names.chain(SCHEDULES.iter().map(|row| row.name));
    let names = names.chain(functions().map(|function| function.name));
    let names = names.chain(MEASURES_OF_DESCENTS.iter().map(|row| row.column.name));
    let hint = nearest(name, names)
        .map_or_else(|| "alphasweep list shows all of it".to_owned(), |close| format!("did you mean `{close}`?"));
    RequestError::new("NAME", name, format!("{what} is called so; {hint}"))
}

fn objective(row: &ObjectiveRow) -> Entry {
    let mut lines = vec![row.formula.to_owned()];
    lines.extend(row.constants.iter().map(|(name, value)| format!("constant {name} = {value}")));
    let said = [
        ("data", row.data, ""),
        ("gradient", row.gradient, "auto"),
        ("batch", row.batch, "full"),
        ("stop", row.stop, ""),
    ];
    lines.extend(said.iter().filter(|(_, text, usual)| text != usual).map(|(name, text, _)| format!("{name} {text}")));
    lines.extend([row.law.to_owned(), format!("α {}, start {}", row.alpha, row.start), row.source.to_owned()]);
    Entry { name: row.name, lines }
}

fn network(row: &NetworkRow) -> Entry {
    let bias = if row.bias { "" } else { ", no biases" };
    let scale = if row.scale == "none" { String::new() } else { format!(", {} scaling", row.scale) };
    let axes: Vec<String> = row.axes.iter().map(|(name, axis)| format!("{name} {axis}")).collect();
    let alpha = if row.alpha.is_empty() { String::new() } else { format!("; α = {} where it is no axis", row.alpha) };
    let lines = vec![
        format!("{} {}, {}{bias}{scale}", row.net, row.activation, row.loss),
        format!("data {}, batch {}, weights {}", row.data, row.batch, row.init),
        format!("{}{alpha}", axes.join(", ")),
        row.source.to_owned(),
    ];
    Entry { name: row.name, lines }
}

fn schedule(row: &ScheduleRow) -> Entry {
    Entry { name: row.name, lines: vec![format!("{}: {}", row.form(), row.formula), row.source.to_owned()] }
}

fn data(row: &DataRow) -> Entry {
    let columns: Vec<String> = row.columns.iter().map(|(name, text)| format!("{name} = {text}")).collect();
    let lines = vec![format!("{} rows: {}", row.rows, columns.join("; ")), row.source.to_owned()];
    Entry { name: row.name, lines }
}

fn function(function: Function) -> Entry {
    let numbers = match (function.arity, function.more) {
        (1, _) => String::new(),
        (count, false) => format!(" (of {count})"),
        (count, true) => format!(" (of {count} or more)"),
    };
    Entry { name: function.name, lines: vec![format!("{}{numbers}", function.meaning)] }
}

fn measure(row: &MeasureRow) -> Entry {
    Entry { name: row.column.name, lines: vec![row.about.to_owned()] }
}

fn rule(row: &RuleRow) -> Entry {
    let mut lines = vec![row.formula.to_owned()];
    if !row.hyperparameters.is_empty() {
        lines.push(row.hyperparameters.iter().map(hyperparameter).collect::<Vec<_>>().join(", "));
    }
    lines.push(row.source.to_owned());
    Entry { name: row.name, lines }
}

/// `eps = 1e-10`: no row of zeros to count.
fn hyperparameter((name, value): &(&str, f64)) -> String {
    if *value != 0.0 && *value < 1e-4 { format!("{name} = {value:e}") } else { format!("{name} = {value}") }
}
