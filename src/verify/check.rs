//! What a check finds, and the few things that all of them do.

use crate::engine::{Engine, EngineError, EngineInfo, collect};
use crate::problem::Rule;
use crate::sweep::{Axis, FormulaSweep, Request, Sweep, TileOutcomes};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::fmt;
use std::sync::Arc;

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    Pass,
    Fail,
    /// Could not be made here, and nothing is wrong with that.
    Skipped,
}

impl Status {
    /// The word in tables.
    pub fn word(self) -> &'static str {
        ["PASS", "FAIL", "SKIPPED"][self as usize]
    }
}

/// Named numbers, in the order in which they are shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures(pub Vec<(&'static str, f64)>);

impl Figures {
    /// The number of that name.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

impl Serialize for Figures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            // Counts as whole numbers; JSON has no infinity: null stands for it.
            if value.fract() == 0.0 && value.abs() < 9e15 {
                map.serialize_entry(name, &(*value as i64))?;
            } else {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

/// `pairs 4096, wrong 0`
impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, value)) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            if value.fract() == 0.0 && value.abs() < 1e15 {
                write!(f, "{comma}{name} {value}")?;
            } else {
                write!(f, "{comma}{name} {value:.1e}")?;
            }
        }
        Ok(())
    }
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Check {
    pub name: String,
    /// `cpu` or `gpu`.
    pub engine: &'static str,
    pub status: Status,
    pub figures: Figures,
    /// Why it was skipped, what was found wrong, or a remark; often empty.
    pub note: String,
}

/// What a check has measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    pub holds: bool,
    pub figures: Figures,
    /// The first thing that is wrong, or a remark.
    pub note: String,
}

impl Measured {
    /// Figures, and what is wrong, if anything.
    pub fn new(figures: Vec<(&'static str, f64)>, wrong: Option<String>) -> Self {
        Self { holds: wrong.is_none(), figures: Figures(figures), note: wrong.unwrap_or_default() }
    }
}

impl Check {
    /// The line of a check that has been tried. What an engine refuses is skipped; what it fails at fails.
    pub fn new(name: &str, engine: &'static str, tried: Result<Measured, EngineError>) -> Self {
        let (status, figures, note) = match tried {
            Ok(Measured { holds: true, figures, note }) => (Status::Pass, figures, note),
            Ok(Measured { holds: false, figures, note }) => (Status::Fail, figures, note),
            Err(EngineError::Unsupported(why)) => (Status::Skipped, Figures::default(), why),
            Err(error) => (Status::Fail, Figures::default(), error.to_string()),
        };
        Self { name: name.to_owned(), engine, status, figures, note }
    }
}

/// A sweep with its answer.
pub(super) struct Map {
    pub spec: Arc<FormulaSweep>,
    pub cells: TileOutcomes,
}

impl Map {
    /// Runs a request that is known to be a good one.
    pub fn of(engine: &dyn Engine, request: &Request) -> Result<Self, EngineError> {
        let spec = Arc::new(resolved(request));
        let cells = collect(engine, &Sweep::from(&spec))?;
        Ok(Self { spec, cells })
    }

    /// The x value of a cell, as the precision holds it.
    pub fn x(&self, cell: usize) -> f64 {
        self.spec.program.precision.round(self.spec.x.axis.value(cell % self.spec.nx()))
    }

    /// The y value of a cell, likewise; 0 in a 1-D sweep.
    pub fn y(&self, cell: usize) -> f64 {
        let value = self.spec.y.as_ref().map_or(0.0, |y| y.axis.value(cell / self.spec.nx()));
        self.spec.program.precision.round(value)
    }

    /// Where a cell lies, for messages.
    pub fn place(&self, cell: usize) -> String {
        let y = self.spec.y.as_ref().map_or(String::new(), |y| format!(", {} = {:e}", y.name, self.y(cell)));
        format!("{} at {} = {:e}{y}", self.spec.program.precision, self.spec.x.name, self.x(cell))
    }
}

/// The validated request of a check, which is part of the program.
pub(super) fn resolved(request: &Request) -> FormulaSweep {
    request.resolve().unwrap_or_else(|error| unreachable!("{}: {error}", request.formula.text()))
}

/// The default sweep of an objective that is known to be a good one.
pub(super) fn asked(objective: &str) -> Request {
    Request::parse(objective).unwrap_or_else(|error| unreachable!("{error}"))
}

/// A rule that is known to be a good one.
pub(super) fn rule(text: &str) -> Rule {
    Rule::new(text).unwrap_or_else(|error| unreachable!("{text}: {error}"))
}

/// An axis that is known to be a good one.
pub(super) fn along(axis: Result<Axis, String>) -> Axis {
    axis.unwrap_or_else(|error| unreachable!("{error}"))
}

/// Whether an engine's operations on normal numbers are those of the CPU to the bit, as its probe found.
pub(super) fn is_exact(info: &EngineInfo) -> bool {
    info.probe.is_none_or(|probe| probe.rounds_each())
}

/// |value − reference| ≤ absolute + relative·|reference|
pub(super) fn close(value: f64, reference: f64, absolute: f64, relative: f64) -> bool {
    value == reference || (value - reference).abs() <= absolute + relative * reference.abs()
}
