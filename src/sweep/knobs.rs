//! Every knob of a formula's request finds its value: fixed, an axis, or drawn from the seed.

use super::common::{Knob, Line, Source, SweepAxis};
use super::draws::{Draws, Starts};
use super::error::RequestError;
use super::knob_ref::{COLUMN, ROW, SEED, TABLE, of_one_parameter, start_name};
use super::names::Names;
use super::note::Note;
use super::precision::Precision;
use super::program::Program;
use super::recipe::Recipe;
use super::request::{NO_NUMBER, NO_START, Request, SET};
use crate::problem::Objective;

/// Finds the values of all knobs.
pub(super) struct Resolver<'a> {
    pub request: &'a Request,
    pub recipe: &'a Recipe,
    pub objective: &'a Objective,
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
    pub(super) fn axes(&self) -> Result<(SweepAxis, Option<SweepAxis>), RequestError> {
        let first_start = start_name(&self.objective.parameters()[0]);
        self.names(&first_start).axes(&[("alpha", &self.recipe.alpha), (&first_start, &self.recipe.start)])
    }

    fn names<'b>(&'b self, first_start: &'b str) -> Names<'b> {
        let nothing_drawn = "nothing is drawn here, neither data nor starts nor batches, so a seed changes nothing";
        Names {
            request: &self.request.common,
            known: &self.program.knobs,
            first_start: Some(first_start),
            nothing_drawn,
        }
    }

    /// Where every knob's value comes from.
    pub(super) fn knobs(
        &self,
        x: &SweepAxis,
        y: Option<&SweepAxis>,
        notes: &mut Vec<Note>,
    ) -> Result<Lines, RequestError> {
        self.names(&start_name(&self.objective.parameters()[0])).check_set(x, y)?;
        if self.request.common.seed.is_some() && self.program.knob(SEED).is_none() {
            notes.push(Note::SeedChangesNothing);
        }
        let of_y = if y.is_some() { vec![Line::Axis] } else { Vec::new() };
        let mut lines = Lines { knobs: Vec::new(), x: vec![Line::Axis], y: of_y };
        for (at, name) in self.program.knobs.iter().enumerate() {
            let source = if at == x.knob {
                Source::X(0)
            } else if y.is_some_and(|y| at == y.knob) {
                Source::Y(0)
            } else if [COLUMN, ROW].contains(&name.as_str()) {
                lines.place(usize::from(name == ROW), x, y)
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
    fn values(&self, at: usize, name: &str, notes: &mut Vec<Note>) -> Result<Vec<f64>, RequestError> {
        match name {
            SEED => return Ok(vec![f64::from(self.draws.first())]),
            TABLE => return Ok((0..self.draws.seeds.len()).map(|table| table as f64).collect()),
            _ => {}
        }
        if let Some(parameter) = self.program.start_of(at) {
            return self.start(parameter, name, notes);
        }
        match self.request.common.fixed(name) {
            Some(fixed) => match fixed.value.number() {
                Some(value) => Ok(vec![value]),
                None => Err(RequestError::new(SET, fixed.shown(), NO_NUMBER)),
            },
            None => self.default(name).map(|value| vec![value]),
        }
    }

    /// The values of a start that is no axis.
    fn start(&self, parameter: usize, name: &str, notes: &mut Vec<Note>) -> Result<Vec<f64>, RequestError> {
        let starts = Starts { request: &self.request.common, recipe: self.recipe };
        let Some(start) = starts.of(self.objective, parameter) else {
            notes.push(Note::StartsAtZero { parameter: self.objective.parameters()[parameter].clone() });
            return Ok(vec![0.0]);
        };
        let values = self.draws.start(start, parameter);
        values.ok_or_else(|| RequestError::new(SET, format!("{name}={start}"), NO_START))
    }

    /// The value of a hyperparameter or constant that is neither an axis nor set.
    fn default(&self, name: &str) -> Result<f64, RequestError> {
        if let Some((_, value)) = self.objective.constants().iter().find(|(known, _)| known == name) {
            return Ok(*value);
        }
        let general = of_one_parameter(name).map_or(name, |(hyperparameter, _)| hyperparameter);
        let hyperparameter = self.request.common.rule.hyperparameters().iter().find(|(known, _)| known == general);
        hyperparameter.and_then(|(_, default)| *default).ok_or_else(|| {
            let rule = self.request.common.rule.text();
            let message =
                format!("the rule `{rule}` needs a value for it; give --set {name}=VALUE or --vary {name}=AXIS");
            RequestError::new(SET, name, message)
        })
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

    /// Places along the first or second axis. An axis of seeds does not count: each of its cells draws what it would draw
    /// with `--seed`.
    fn place(&mut self, which: usize, x: &SweepAxis, y: Option<&SweepAxis>) -> Source {
        let counted = [(x.name != SEED).then_some(false), y.filter(|y| y.name != SEED).map(|_| true)];
        let Some(is_y) = counted.into_iter().flatten().nth(which) else { return Source::Fixed(0.0) };
        let lines = if is_y { &mut self.y } else { &mut self.x };
        lines.push(Line::Index);
        let at = lines.len() - 1;
        if is_y { Source::Y(at) } else { Source::X(at) }
    }

    /// Whether all values of a knob survive the rounding to the working precision.
    fn check_precision(
        &self,
        precision: Precision,
        name: &str,
        source: Source,
        x: &SweepAxis,
        y: Option<&SweepAxis>,
    ) -> Result<(), RequestError> {
        let along = |line: &Line, axis: Option<&SweepAxis>| match (line, axis) {
            (Line::Values(values), _) => values.clone(),
            (Line::Axis, Some(axis)) => {
                let (lo, hi) = axis.axis.bounds();
                [lo, hi].into_iter().chain(axis.axis.nearest_to_zero()).collect()
            }
            (Line::Index, _) | (Line::Axis, None) => Vec::new(),
        };
        check_places(precision, name, source, x, y)?;
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
                Err(RequestError::new("--precision", precision, message))
            }
            None => Ok(()),
        }
    }
}

/// Refuses more places on an axis than f32 can count, where noise is drawn for them: neighbours would have the same.
fn check_places(
    precision: Precision,
    name: &str,
    source: Source,
    x: &SweepAxis,
    y: Option<&SweepAxis>,
) -> Result<(), RequestError> {
    const COUNTED: usize = 1 << 24;
    let axis = match source {
        _ if precision.is_wide() || ![COLUMN, ROW].contains(&name) => None,
        Source::X(_) => Some(x),
        Source::Y(_) => y,
        Source::Fixed(_) => None,
    };
    axis.filter(|axis| axis.axis.len() > COUNTED).map_or(Ok(()), |axis| {
        let message = format!(
            "the rule reads noise, and {} values of `{}` are more than the {COUNTED} that f32 can tell apart; \
             use --precision f64, or fewer values",
            axis.axis.len(),
            axis.name
        );
        Err(RequestError::new("--precision", precision, message))
    })
}
