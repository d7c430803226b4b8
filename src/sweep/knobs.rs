//! Every knob of a request finds its value: fixed, an axis, or drawn from the seed.

use super::axis::Axis;
use super::common::{Knob, Line, Source, SweepAxis};
use super::names::Names;
use super::precision::Precision;
use super::program::{Program, SEED, TABLE};
use super::request::{FIRST_START, Request};
use super::spec::{DataTables, SpecError};
use crate::problem::catalog::{self, ObjectiveRow};
use crate::problem::random::{Stream, normal, uniform};
use crate::problem::{Objective, Rule, data_row, draw};

/// Seeds are below this, so that every precision holds them exactly.
const MAX_SEED: u64 = 1 << 24;
/// Most numbers in the data tables of a sweep together.
const MAX_TABLE_VALUES: usize = 1 << 24;

/// The seed, or the seeds along an axis.
pub(super) struct Draws {
    seeds: Vec<u32>,
    varies: bool,
}

impl Draws {
    /// The seeds of a request.
    pub(super) fn of(request: &Request) -> Result<Self, SpecError> {
        if let Some((flag, name, text)) = request.axes.iter().find(|(_, name, _)| name == SEED) {
            if let Some(value) = request.seed {
                return Err(SpecError::new("--seed", value, "the seed is an axis too; leave one of them out"));
            }
            let shown = format!("{name}={text}");
            let axis = Axis::parse(text).map_err(|message| SpecError::new(flag, &shown, message))?;
            let seeds: Result<Vec<u32>, SpecError> =
                (0..axis.len()).map(|at| seed(flag, &shown, axis.value(at))).collect();
            return Ok(Self { seeds: seeds?, varies: true });
        }
        let set = request.set.iter().find(|(name, _)| name == SEED);
        let value = match (request.seed, set) {
            (Some(value), Some(_)) => {
                return Err(SpecError::new("--seed", value, "--set gives a seed too; leave one of them out"));
            }
            (Some(value), None) => seed("--seed", &value.to_string(), value as f64)?,
            (None, Some((name, text))) => {
                let value = text.trim().parse().unwrap_or(f64::NAN);
                seed("--set", &format!("{name}={text}"), value)?
            }
            (None, None) => 0,
        };
        Ok(Self { seeds: vec![value], varies: false })
    }

    /// The seed, or the first of several.
    pub(super) fn first(&self) -> u32 {
        self.seeds[0]
    }

    /// The seed of data that are the same for all cells: 0 where the seed is an axis.
    pub(super) fn of_data(&self) -> u32 {
        if self.varies { 0 } else { self.seeds[0] }
    }

    /// The data of a request: its own, or the row's, drawn once for every seed that matters.
    pub(super) fn tables(
        &self,
        request: &Request,
        row: Option<&ObjectiveRow>,
    ) -> Result<Option<DataTables>, SpecError> {
        if let Some(data) = &request.data {
            return match data_row(&data.source).filter(|_| data.seeded) {
                Some(row) => self.drawn(row).map(Some),
                None => Ok(Some(DataTables { tables: vec![data.clone()] })),
            };
        }
        row.and_then(|row| data_row(row.data)).map(|row| self.drawn(row)).transpose()
    }

    fn drawn(&self, row: &'static crate::problem::DataRow) -> Result<DataTables, SpecError> {
        let first = draw(row, self.seeds[0]);
        if !first.seeded || !self.varies {
            return Ok(DataTables { tables: vec![first] });
        }
        let values = first.rows() * first.names.len() * self.seeds.len();
        if values > MAX_TABLE_VALUES {
            let message =
                format!("{values} numbers of data, one set per seed; at most {MAX_TABLE_VALUES}: vary fewer seeds");
            return Err(SpecError::new("--vary", format!("{SEED}=…"), message));
        }
        Ok(DataTables { tables: self.seeds.iter().map(|seed| draw(row, *seed)).collect() })
    }

    /// Whether a start that is no axis is drawn.
    pub(super) fn start_is_drawn(request: &Request, objective: &Objective) -> bool {
        let drawn = |at: usize| {
            let name = start_name(objective, at);
            let first = |known: &str| at == 0 && known == FIRST_START;
            let varies = request.axes.iter().any(|(_, known, _)| *known == name || first(known));
            !varies && start_text(request, objective, at).is_some_and(is_drawn)
        };
        (0..objective.parameters().len()).any(drawn)
    }

    /// A start that is drawn: fixed, or a line along the axis of the seeds.
    fn start(&self, text: &str, parameter: usize) -> Option<Vec<f64>> {
        let mut parts = text.trim().split(':');
        let kind = parts.next()?;
        let [a, b] =
            [parts.next()?, parts.next()?].map(|part| part.parse().ok().filter(|value: &f64| value.is_finite()));
        let (a, b) = (a?, b?);
        let which = parameter as u32;
        let value = |seed: &u32| match kind {
            "uniform" => a + (b - a) * uniform(*seed, Stream::Start, which, 0),
            _ => a + b * normal(*seed, Stream::Start, which, 0),
        };
        (parts.next().is_none() && is_drawn(text)).then(|| self.seeds.iter().map(value).collect())
    }
}

fn seed(flag: &str, shown: &str, value: f64) -> Result<u32, SpecError> {
    if value.fract() == 0.0 && (0.0..MAX_SEED as f64).contains(&value) {
        return Ok(value as u32);
    }
    let message = format!("a seed is a whole number from 0 to {}", MAX_SEED - 1);
    Err(SpecError::new(flag, shown, message))
}

fn is_drawn(text: &str) -> bool {
    ["uniform:", "normal:"].iter().any(|kind| text.trim().starts_with(kind))
}

fn start_name(objective: &Objective, at: usize) -> String {
    format!("{}_start", objective.parameters()[at])
}

/// What a start is set to, or its default.
fn start_text<'a>(request: &'a Request, objective: &Objective, at: usize) -> Option<&'a str> {
    let name = start_name(objective, at);
    let set = request.set.iter().find(|(known, _)| *known == name).map(|(_, text)| text.as_str());
    set.or_else(|| objective.row().and_then(|row| row.starts.get(at).copied()))
}

/// Finds the values of all knobs.
pub(super) struct Resolver<'a> {
    pub request: &'a Request,
    pub objective: &'a Objective,
    pub rule: &'a Rule,
    pub program: &'a Program,
    pub draws: &'a Draws,
}

/// All knobs, and what varies with the axes.
pub(super) struct Lines {
    pub knobs: Vec<Knob>,
    pub x: Vec<Line>,
    pub y: Vec<Line>,
}

impl Resolver<'_> {
    /// The one or two axes.
    pub(super) fn axes(&self) -> Result<(SweepAxis, Option<SweepAxis>), SpecError> {
        let row = self.objective.row();
        let first_start = start_name(self.objective, 0);
        self.names(&first_start).axes(&[
            ("alpha", row.map_or(catalog::DEFAULT_ALPHA, |row| row.alpha)),
            (&first_start, row.map_or(catalog::DEFAULT_START, |row| row.start)),
        ])
    }

    fn names<'b>(&'b self, first_start: &'b str) -> Names<'b> {
        let nothing_drawn = "nothing is drawn here, neither data nor starts nor batches, so a seed changes nothing";
        Names { request: self.request, known: &self.program.knobs, first_start: Some(first_start), nothing_drawn }
    }

    /// Where every knob's value comes from.
    pub(super) fn knobs(
        &self,
        x: &SweepAxis,
        y: Option<&SweepAxis>,
        notes: &mut Vec<String>,
    ) -> Result<Lines, SpecError> {
        self.names(&start_name(self.objective, 0)).check_set(x, y)?;
        if self.request.seed.is_some() && self.program.knob(SEED).is_none() {
            notes.push("--seed changes nothing here: neither data nor starts nor batches are drawn".to_owned());
        }
        let of_y = if y.is_some() { vec![Line::Axis] } else { Vec::new() };
        let mut lines = Lines { knobs: Vec::new(), x: vec![Line::Axis], y: of_y };
        for (at, name) in self.program.knobs.iter().enumerate() {
            let source = if at == x.knob {
                Source::X(0)
            } else if y.is_some_and(|y| at == y.knob) {
                Source::Y(0)
            } else {
                let values = self.values(at, name, notes)?;
                lines.add(values, x, y)
            };
            lines.check_precision(self.program.precision, name, source, x, y)?;
            lines.knobs.push(Knob { name: name.clone(), source });
        }
        Ok(lines)
    }

    /// The value of a knob that is no axis: one, or one for each seed of the axis of seeds.
    fn values(&self, at: usize, name: &str, notes: &mut Vec<String>) -> Result<Vec<f64>, SpecError> {
        match name {
            SEED => return Ok(vec![f64::from(self.draws.seeds[0])]),
            TABLE => return Ok((0..self.draws.seeds.len()).map(|table| table as f64).collect()),
            _ => {}
        }
        let first_start = self.program.knobs.len() - self.objective.parameters().len();
        let parameter = at.checked_sub(first_start);
        let set = self.request.set.iter().find(|(known, _)| known == name);
        let start = parameter.and_then(|parameter| start_text(self.request, self.objective, parameter));
        if let Some((drawn, parameter)) = start.filter(|text| is_drawn(text)).zip(parameter) {
            return self.draws.start(drawn, parameter).ok_or_else(|| {
                let message = "expected uniform:LO:HI or normal:MEAN:STD, such as uniform:-1:1";
                SpecError::new("--set", format!("{name}={drawn}"), message)
            });
        }
        if let Some(text) = set.map(|(_, text)| text.as_str()).or(start) {
            let value = text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
            let message = if parameter.is_some() {
                "expected NAME=VALUE with a finite number or uniform:LO:HI, such as --set beta_start=-10"
            } else {
                "expected NAME=VALUE with a finite number, such as --set alpha=0.1"
            };
            let shown = format!("{name}={text}");
            return value.map(|value| vec![value]).ok_or_else(|| SpecError::new("--set", shown, message));
        }
        self.default(name, notes).map(|value| vec![value])
    }

    /// The value of a knob that is neither an axis nor set.
    fn default(&self, name: &str, notes: &mut Vec<String>) -> Result<f64, SpecError> {
        if let Some((_, default)) = self.rule.hyperparameters().iter().find(|(known, _)| known == name) {
            let rule = self.rule.text();
            let message =
                format!("the rule `{rule}` needs a value for it; give --set {name}=VALUE or --vary {name}=AXIS");
            return default.ok_or_else(|| SpecError::new("--set", name, message));
        }
        if let Some((_, value)) = self.objective.constants().iter().find(|(known, _)| known == name) {
            return Ok(*value);
        }
        notes.push(format!("{name} is not given and starts at 0; choose it with --set {name}=VALUE"));
        Ok(0.0)
    }
}

impl Lines {
    /// One value is fixed; several go along the axis of the seeds.
    fn add(&mut self, values: Vec<f64>, x: &SweepAxis, y: Option<&SweepAxis>) -> Source {
        if let [value] = values.as_slice() {
            return Source::Fixed(*value);
        }
        if x.name == SEED {
            self.x.push(Line::Values(values));
            return Source::X(self.x.len() - 1);
        }
        debug_assert!(y.is_some_and(|y| y.name == SEED), "several values go with several seeds");
        self.y.push(Line::Values(values));
        Source::Y(self.y.len() - 1)
    }

    /// Whether all values of a knob survive the rounding to the working precision.
    fn check_precision(
        &self,
        precision: Precision,
        name: &str,
        source: Source,
        x: &SweepAxis,
        y: Option<&SweepAxis>,
    ) -> Result<(), SpecError> {
        let along = |line: &Line, axis: Option<&SweepAxis>| match (line, axis) {
            (Line::Values(values), _) => values.clone(),
            (Line::Axis, Some(axis)) => {
                let (lo, hi) = axis.axis.bounds();
                [lo, hi].into_iter().chain(axis.axis.nearest_to_zero()).collect()
            }
            (Line::Axis, None) => Vec::new(),
        };
        let values = match source {
            Source::Fixed(value) => vec![value],
            Source::X(line) => along(&self.x[line], Some(x)),
            Source::Y(line) => along(&self.y[line], y),
        };
        match values.into_iter().find(|value| !precision.holds(*value)) {
            Some(value) => {
                let message = if precision.is_wide() {
                    format!("{name} = {value:e} is subnormal (below 2.2e-308); choose larger values")
                } else {
                    format!("{name} = {value:e} does not fit f32 (1.2e-38 to 3.4e38); use --precision f64")
                };
                Err(SpecError::new("--precision", precision, message))
            }
            None => Ok(()),
        }
    }
}
