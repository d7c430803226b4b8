//! What may be measured of every descent beside where it ends: one row each. CSV, NPY, Parquet, maps and pages have the
//! columns by that.

use super::columns::{ColumnKind, ColumnRow, ColumnScale, ColumnStyle, LOSS_BEST};
use super::outcome::Outcome;
use super::watched;
use crate::expr::nearest;
use std::fmt;
use std::str::FromStr;

/// A measure, by its place in [`MEASURES_OF_DESCENTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    Minimum,
    Period,
    Lyapunov,
    Sharpness,
    LossBest,
    PathLength,
}

/// What is known of a measure.
pub struct MeasureRow {
    pub measure: Measure,
    /// In a few words, for lists.
    pub about: &'static str,
    pub column: ColumnRow,
    pub(super) found: Found,
}

/// How a measure is found.
pub(super) enum Found {
    /// Numbers are carried along the descent ([`Watch`](watched::Watch)), and become the measure once its outcome is known.
    Watched { watch: watched::Watch, tell: fn(&Ended<'_>) -> f64 },
    /// Of the point where the descent ended.
    AtTheEnd,
    /// Of the map as a whole; until that was seen it is [`Measure::UNKNOWN`].
    OfTheMap,
}

/// Which minima have one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SameClass {
    /// None: every place has its own.
    #[default]
    Place,
    /// Those of the same loss, such as symmetric copies.
    Loss,
}

/// A descent that has ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended<'a> {
    /// What was carried for the measure, as of the step that is reported.
    pub watched: &'a [f64],
    pub outcome: Outcome,
    pub loss_final: f64,
    /// Steps made up to what is reported.
    pub steps: u32,
    /// Most steps of a descent.
    pub most_steps: u32,
}

const fn row(
    measure: Measure,
    name: &'static str,
    (kind, style): (ColumnKind, ColumnStyle),
    about: &'static str,
    found: Found,
) -> MeasureRow {
    MeasureRow { measure, about, column: ColumnRow { name, kind, style }, found }
}

const fn style(scale: ColumnScale, lines: &'static [&'static str]) -> ColumnStyle {
    ColumnStyle { scale, lines }
}

/// All measures, in the order of files.
pub const MEASURES_OF_DESCENTS: [MeasureRow; 6] = [
    row(
        Measure::Minimum,
        "minimum",
        (
            ColumnKind::Class,
            style(ColumnScale::Classes, &["1: the lowest minimum,", "2: the next, as listed", "0: none of them"]),
        ),
        "which minimum was reached, 1 = lowest loss (listed in sweep.json); 0 = none of them",
        Found::OfTheMap,
    ),
    row(
        Measure::Period,
        "period",
        (
            ColumnKind::Class,
            style(ColumnScale::Classes, &["1: a fixed point, 2: a", "cycle of two steps, …", "0: none up to 64"]),
        ),
        "1 = a fixed point, p = a cycle of p steps up to 64, 0 = neither, to 1e-6 of where it is",
        Found::Watched { watch: watched::period, tell: period },
    ),
    row(
        Measure::Lyapunov,
        "lyapunov",
        (
            ColumnKind::Measured,
            style(
                ColumnScale::AroundZero,
                &["growth of a small error,", "per step, as a logarithm:", "below 0 it dies out"],
            ),
        ),
        "Lyapunov exponent: mean log growth of a small error per step, over the last half of the steps",
        Found::Watched { watch: watched::lyapunov, tell: lyapunov },
    ),
    row(
        Measure::Sharpness,
        "sharpness",
        (ColumnKind::Measured, style(ColumnScale::Fitted, &["largest curvature", "where it ended"])),
        "largest eigenvalue of the Hessian where the descent ended",
        Found::AtTheEnd,
    ),
    MeasureRow {
        measure: Measure::LossBest,
        about: "lowest loss on the way",
        column: LOSS_BEST,
        found: Found::Watched { watch: watched::loss_best, tell: loss_best },
    },
    row(
        Measure::PathLength,
        "path_length",
        (ColumnKind::Measured, style(ColumnScale::Fitted, &["Euclidean length", "of all steps"])),
        "Euclidean length of all steps together",
        Found::Watched { watch: watched::path_length, tell: path_length },
    ),
];

impl Measure {
    /// What a measure is where nobody knows it, or there is none.
    pub const UNKNOWN: f64 = f64::NAN;

    pub fn row(self) -> &'static MeasureRow {
        &MEASURES_OF_DESCENTS[self as usize]
    }

    /// What is carried along for it, where something is.
    pub(super) fn watch(self) -> Option<watched::Watch> {
        match self.row().found {
            Found::Watched { watch, .. } => Some(watch),
            Found::AtTheEnd | Found::OfTheMap => None,
        }
    }

    /// Whether something is.
    pub fn is_watched(self) -> bool {
        self.watch().is_some()
    }

    /// The measure of a descent of which something was carried along for it.
    pub fn told(self, ended: &Ended<'_>) -> Option<f64> {
        match self.row().found {
            Found::Watched { tell, .. } => Some(tell(ended)),
            Found::AtTheEnd | Found::OfTheMap => None,
        }
    }

    pub fn name(self) -> &'static str {
        self.row().column.name
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Measure {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.trim().to_lowercase().replace('-', "_");
        let names = || MEASURES_OF_DESCENTS.iter().map(|row| row.column.name);
        let found = MEASURES_OF_DESCENTS.iter().find(|row| row.column.name == name).map(|row| row.measure);
        found.ok_or_else(|| {
            let close = nearest(&name, names()).map_or(String::new(), |close| format!("did you mean `{close}`? "));
            format!("is no measure; {close}there are {}", names().collect::<Vec<_>>().join(", "))
        })
    }
}

/// A descent that ended early rests, or is gone; one that still falls has no orbit yet, and one that never left says
/// nothing of where it will go.
fn period(ended: &Ended<'_>) -> f64 {
    match ended.outcome {
        Outcome::Converged | Outcome::Unstable => 1.0,
        Outcome::Settled | Outcome::Oscillating => ended.watched[0],
        Outcome::Descending | Outcome::Level | Outcome::Rising | Outcome::Diverged => 0.0,
    }
}

/// Of a descent that ended early, over the steps behind the last power of two but one: at least half of them, at most three
/// quarters.
fn lyapunov(ended: &Ended<'_>) -> f64 {
    let [all, half, before_last, ..] = *ended.watched else { return Measure::UNKNOWN };
    let steps = ended.steps;
    if steps == 0 || ended.outcome == Outcome::Diverged {
        return Measure::UNKNOWN;
    }
    let (from, left_out) = if steps == ended.most_steps {
        (half, steps / 2)
    } else {
        (before_last, if steps >= 2 { 1 << (steps.ilog2() - 1) } else { 0 })
    };
    (all - from) / f64::from(steps - left_out)
}

fn loss_best(ended: &Ended<'_>) -> f64 {
    if ended.steps == 0 { ended.loss_final } else { ended.watched[0].min(ended.loss_final) }
}

fn path_length(ended: &Ended<'_>) -> f64 {
    ended.watched[0]
}
