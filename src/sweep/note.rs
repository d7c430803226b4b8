//! What was assumed, and a user may want to know.

use super::knob_ref::KnobRef;
use super::precision::Precision;
use crate::problem::{ColumnMoments, DataNote};
use std::fmt;

/// Something that was assumed.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// The data of a formula.
    Data { source: String, rows: usize, columns: Vec<String>, parameters: Vec<String> },
    /// What was found out about a file of data.
    Found { source: String, notes: Vec<DataNote> },
    /// A loss that differs from row to row is averaged.
    Averaged,
    /// A parameter that is called like a column but for the case of its letters.
    LikeAColumn { parameter: String, column: String },
    /// Columns were standardised; what they were before.
    Standardized(Vec<ColumnMoments>),
    /// The data of a network; `test_rows` where there are any, `values` where there are no classes.
    Samples { source: String, rows: usize, test_rows: Option<usize>, inputs: usize, targets: TargetsNote },
    /// Targets are −1 and 1, and stand for classes.
    SignsAreClasses,
    /// A network of the catalog was fitted to the data.
    Fitted { sizes: Vec<usize> },
    /// A seed was given, and nothing is drawn.
    SeedChangesNothing,
    /// The first learning rate of a network of the catalog.
    DefaultAlpha(f64),
    /// A parameter has no start.
    StartsAtZero { parameter: String },
    /// Parameters that may be columns of data that were not given.
    NoData { parameters: Vec<String> },
    /// A descent does not depend on an axis.
    NothingReads(KnobRef),
    /// Some learning rates are 0 or below.
    NotPositive { values: usize, of: usize },
    /// Descents take no step.
    NoSteps,
    /// Neighbours on an axis are only so many units in the last place apart.
    Close { knob: KnobRef, ulps: f64, precision: Precision },
}

/// What a network learns, in a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetsNote {
    Classes(usize),
    Values(usize),
}

/// What is done with the parameters: notes speak of them accordingly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// They start somewhere.
    OfDescents,
    /// They are somewhere.
    OfPlaces,
}

impl Note {
    /// What was found out about a file; none if it is plain.
    pub(super) fn found(source: &str, notes: &[DataNote]) -> Option<Self> {
        (!notes.is_empty()).then(|| Self::Found { source: source.to_owned(), notes: notes.to_vec() })
    }

    /// The note in words.
    pub fn text(&self, told: Told) -> String {
        let named = |knob: &KnobRef| match (knob, told) {
            (KnobRef::Start(parameter), Told::OfPlaces) => parameter.clone(),
            _ => knob.to_string(),
        };
        match self {
            Self::Data { source, rows, columns, parameters } => {
                let plural = if *rows == 1 { "" } else { "s" };
                let (columns, parameters) = (columns.join(", "), parameters.join(", "));
                format!("data {source}: {rows} row{plural} of {columns}; parameters {parameters}")
            }
            Self::Found { source, notes } => {
                let notes: Vec<String> = notes.iter().map(DataNote::to_string).collect();
                format!("data {source}: {}", notes.join("; "))
            }
            Self::Standardized(columns) => {
                let columns: Vec<String> = columns.iter().map(standardized).collect();
                format!("standardised, less the mean and by the deviation: {}", columns.join(", "))
            }
            Self::Averaged => "the formula is the loss of one row; it is averaged over the rows".to_owned(),
            Self::LikeAColumn { parameter, column } => {
                format!("`{parameter}` is a parameter; the data has a column `{column}`")
            }
            Self::Samples { source, rows, test_rows, inputs, targets } => {
                let test = test_rows.map_or(String::new(), |test| format!(" to learn from, {test} to test on"));
                format!("data {source}: {rows} rows{test}; {inputs} inputs, {targets}")
            }
            Self::SignsAreClasses => "the targets -1 and 1 are the classes 0 and 1".to_owned(),
            Self::Fitted { sizes } => format!("the network is {} here, for these data", dashed(sizes)),
            Self::SeedChangesNothing => {
                "--seed changes nothing here: neither data nor starts nor batches are drawn".to_owned()
            }
            Self::DefaultAlpha(alpha) => format!("alpha is {alpha} unless given"),
            Self::StartsAtZero { parameter } => {
                let name = named(&KnobRef::Start(parameter.clone()));
                let there = if told == Told::OfPlaces { "is" } else { "starts at" };
                format!("{name} is not given and {there} 0; choose it with --set {name}=VALUE")
            }
            Self::NoData { parameters } => {
                format!(
                    "{} are parameters, for there are no data; if some are columns, give --data FILE.csv",
                    parameters.join(", ")
                )
            }
            Self::NothingReads(knob) => {
                format!("nothing reads `{}`: all its values give the same descents", named(knob))
            }
            Self::NotPositive { values, of } => {
                let which =
                    if of == values { "alpha".to_owned() } else { format!("alpha, at {values} of {of} values,") };
                format!("{which} is not above 0: descents stand still at 0, and go uphill below it")
            }
            Self::NoSteps => "--steps 0: no step is taken, and every descent ends at its start".to_owned(),
            Self::Close { knob, ulps, precision } => format!(
                "neighbours on {} are only {ulps:.1} units in the last place of {} apart: rounding shows at that scale; take a \
                 wider range{}",
                named(knob),
                precision.of_inputs(),
                precision.way_out()
            ),
        }
    }
}

/// As of a descent.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Told::OfDescents))
    }
}

impl fmt::Display for TargetsNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Classes(classes) => write!(f, "{classes} classes"),
            Self::Values(1) => f.write_str("1 value"),
            Self::Values(values) => write!(f, "{values} values"),
        }
    }
}

/// A column that is standardised.
fn standardized(column: &ColumnMoments) -> String {
    let ColumnMoments { column, moments } = column;
    let [mean, deviation] = [moments.mean, moments.deviation].map(rounded);
    if deviation > 0.0 {
        format!("{column} (mean {mean}, deviation {deviation})")
    } else {
        format!("{column} ({mean} in all rows, and now 0)")
    }
}

/// To four digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// Sizes of layers as they are typed.
pub(super) fn dashed(sizes: &[usize]) -> String {
    sizes.iter().map(usize::to_string).collect::<Vec<_>>().join("-")
}
