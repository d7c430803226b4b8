//! From what is typed to a request. A text becomes a value here, once.

use crate::cli::flags::descent::DescentFlags;
use crate::cli::flags::problem::{ProblemFlags, ShortAxes};
use crate::expr;
use crate::problem::{
    DATA, Data, DataNote, Expression, Gradient, ProblemError, Reading, Rule, Stop, Wanted, data_row, draw,
    parse_columns, read_columns, wanted,
};
use crate::sweep::{Axis, Fixed, KnobRef, Precision, Request, RequestCommon, RequestError, Varied};
use clap::Args;
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

/// The value of a flag.
///
/// # Errors
/// What is wrong with the text, under the name of the flag.
pub fn value<T: FromStr<Err: Display>>(flag: &str, text: &str) -> Result<T, RequestError> {
    text.parse().map_err(|error: T::Err| RequestError::new(flag, text, error.to_string()))
}

/// The value of a flag that may be left out.
///
/// # Errors
/// As [`value`].
pub fn optional<T: FromStr<Err: Display>>(flag: &str, text: Option<&str>) -> Result<Option<T>, RequestError> {
    text.map(|text| value(flag, text)).transpose()
}

/// Objective, data and constants of a formula.
///
/// # Errors
/// Data that cannot be read, no objective, no `NAME=VALUE`.
pub fn objective<S: Args>(problem: &ProblemFlags<S>) -> Result<Request, RequestError> {
    with_data(Request::parse(problem.objective.trim())?, problem, None, &[])
}

/// What is descended and where it ends: all of a formula but for what [`common`] reads. `shown` are formulas that may read
/// columns of the data besides.
///
/// # Errors
/// As [`objective`]; a gradient or a stop rule that cannot be read.
pub fn formula(
    problem: &ProblemFlags<ShortAxes>,
    descent: &DescentFlags,
    shown: &[Expression],
) -> Result<Request, RequestError> {
    let mut request = Request::parse(problem.objective.trim())?;
    request.stop = optional::<Stop>("--stop", descent.stop.as_deref())?;
    // What is wrong with a gradient is told with a parameter's name, and which names are parameters the data say.
    let read = descent.gradient.as_deref().map(|text| (text, text.parse::<Gradient>()));
    let slopes = read.as_ref().and_then(|(_, gradient)| gradient.as_ref().ok());
    let mut request = with_data(request, problem, slopes, shown)?;
    request.gradient = read.map(|(text, gradient)| gradient.map_err(|e| no_gradient(text, e, &request))).transpose()?;
    Ok(request)
}

/// The request with its constants, and with the columns that its names those of `slopes` and of `shown` mean.
fn with_data<S: Args>(
    mut request: Request,
    problem: &ProblemFlags<S>,
    slopes: Option<&Gradient>,
    shown: &[Expression],
) -> Result<Request, RequestError> {
    request.constants = problem.constants.iter().map(|text| constant(text)).collect::<Result<_, _>>()?;
    request.standardize = optional("--standardize", problem.standardize.as_deref())?;
    reading(problem)?;
    let Some(path) = problem.data.as_deref() else { return Ok(request) };
    let wrong = |error: ProblemError| RequestError::new("OBJECTIVE", request.formula.text(), error.to_string());
    let mut wanted = wanted(&request.formula, slopes, request.stop.as_ref(), shown).map_err(wrong)?;
    wanted.known.extend(request.constants.iter().map(|(name, _)| name.clone()));
    let given = problem.vary.iter().chain(&problem.set).filter_map(|text| text.split_once('='));
    // Whoever gives a start, or a hyperparameter for one parameter, means a parameter.
    let parameter = |name: &str| name.split_once('@').map_or(name, |(_, parameter)| parameter).to_owned();
    wanted.known.extend(given.map(|(name, _)| canonical(parameter(name.trim()).trim_end_matches("_start"))));
    let (data, found) = load(path, &wanted, problem)?;
    Ok(Request { data: Some(data), found, ..request })
}

/// How a file of data is read.
///
/// # Errors
/// A flag for files where there is none.
pub fn reading<S: Args>(problem: &ProblemFlags<S>) -> Result<Reading, RequestError> {
    let flags = [("--no-header", problem.no_header), ("--drop-missing", problem.drop_missing)];
    let is_built_in = |path: &Path| !path.exists() && path.to_str().and_then(data_row).is_some();
    match flags.iter().find(|(_, given)| *given) {
        Some((flag, _)) if problem.held.is_none() && problem.data.as_deref().is_none_or(is_built_in) => {
            Err(RequestError::new(flag, "", "says how --data FILE.csv is read, and no file is; leave it out"))
        }
        _ => Ok(Reading { no_header: problem.no_header, drop_missing: problem.drop_missing }),
    }
}

/// What formulas and networks are both asked. `example`: one of `NAME=AXIS`.
///
/// # Errors
/// A batch, an axis or a value that cannot be read, what is no `NAME=…`.
pub fn common(
    rule: Rule,
    problem: &ProblemFlags<ShortAxes>,
    descent: &DescentFlags,
    precision: Precision,
    example: &str,
) -> Result<RequestCommon, RequestError> {
    let mut common = RequestCommon {
        rule,
        schedule: optional("--schedule", descent.schedule.as_deref())?,
        batch: optional("--batch", descent.batch.as_deref())?,
        shuffle: descent.shuffle,
        seed: problem.seed,
        steps: descent.steps,
        epochs: descent.epochs,
        gtol: descent.gtol.clone(),
        diverge: descent.diverge,
        precision,
        ..RequestCommon::default()
    };
    add_axes(problem, example, &mut common)?;
    for text in &problem.set {
        let (name, value) = named("--set", text, "NAME=VALUE, such as --set beta_start=-10")?;
        common.set.push(Fixed::parse((&name).into(), value)?);
    }
    Ok(common)
}

fn add_axes(problem: &ProblemFlags<ShortAxes>, example: &str, common: &mut RequestCommon) -> Result<(), RequestError> {
    let ShortAxes { alpha, start } = &problem.short;
    for (flag, text, knob) in [("--alpha", alpha, KnobRef::alpha()), ("--start", start, KnobRef::FirstStart)] {
        if let Some(axis) = optional(flag, text.as_deref().map(str::trim))? {
            common.axes.push(Varied { knob, axis, flag });
        }
    }
    for text in &problem.vary {
        let (name, axis) = named("--vary", text, example)?;
        let shown = |message: String| RequestError::new("--vary", format!("{name}={axis}"), message);
        let axis = Axis::parse(axis).map_err(shown)?;
        common.axes.push(Varied { knob: (&name).into(), axis, flag: "--vary" });
    }
    Ok(())
}

/// Why `--gradient` is none, with the name of one of the objective's parameters.
fn no_gradient(text: &str, error: ProblemError, request: &Request) -> RequestError {
    let error = match error {
        ProblemError::NoSlope { parameter } => {
            ProblemError::NoSlope { parameter: request.first_parameter().unwrap_or(parameter) }
        }
        other => other,
    };
    RequestError::new("--gradient", text, error.to_string())
}

/// Rules by name, with commas between them. A text has a `=`, may have commas of its own, and is one rule.
///
/// # Errors
/// The first that there is not, or that cannot be read.
pub fn rules(texts: &[String]) -> Result<Vec<Rule>, RequestError> {
    let one = |text: &'_ String| -> Vec<String> {
        if text.contains('=') {
            vec![text.clone()]
        } else {
            text.split(',').map(|name| name.trim().to_owned()).collect()
        }
    };
    texts.iter().flat_map(one).map(|text| value("--rule", &text)).collect()
}

/// Name and value of a `--const`.
///
/// # Errors
/// What is no `NAME=VALUE`.
pub fn constant(text: &str) -> Result<(String, f64), RequestError> {
    const FORM: &str = "NAME=VALUE with a finite number, such as --const c=0.5";
    let (name, value) = named("--const", text, FORM)?;
    let value = expr::number(value).filter(|value| value.is_finite());
    let value = value.ok_or_else(|| RequestError::new("--const", text, format!("expected {FORM}")))?;
    Ok((name, value))
}

/// The wanted columns of a file and what was found out about it, or a built-in set where no such file is.
///
/// # Errors
/// A file that cannot be read.
fn load<S: Args>(
    path: &Path,
    wanted: &Wanted,
    problem: &ProblemFlags<S>,
) -> Result<(Data, Vec<DataNote>), RequestError> {
    if let Some(held) = &problem.held {
        let read = parse_columns(&held.bytes, &held.name, wanted, reading(problem)?);
        return read.map_err(|error| RequestError::new("--data", &held.name, error.problem.to_string()));
    }
    if let Some(row) = path.to_str().and_then(data_row).filter(|_| !path.exists()) {
        return Ok((draw(row, problem.seed.unwrap_or(0) as u32), Vec::new()));
    }
    // Its name without its folder: the same sweep on another machine, or gone on with from another folder, is the same.
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let named = |(data, found): (Data, _)| (Data { source: name.unwrap_or(data.source), ..data }, found);
    read_columns(path, wanted, reading(problem)?).map(named).map_err(|error| {
        let names: Vec<&str> = DATA.iter().map(|row| row.name).collect();
        let hint =
            if path.exists() { String::new() } else { format!("; data sets of the catalog: {}", names.join(", ")) };
        RequestError::new("--data", path.display(), format!("{}{hint}", error.problem))
    })
}

/// A name in the form in which names are compared; of `NAME@PARAMETER` both.
fn canonical(name: &str) -> String {
    name.split('@').map(|part| expr::canonical_name(part.trim())).collect::<Vec<_>>().join("@")
}

/// The two sides of `NAME=…`, the name in the form in which names are compared.
///
/// # Errors
/// A text without `=`, or with nothing on one side of it.
pub fn named<'a>(flag: &str, text: &'a str, form: &str) -> Result<(String, &'a str), RequestError> {
    let parts = text.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
    let parts = parts.filter(|(name, value)| !name.is_empty() && !value.is_empty());
    let parts = parts.map(|(name, value)| (canonical(name), value));
    parts.ok_or_else(|| RequestError::new(flag, text, format!("expected {form}")))
}
