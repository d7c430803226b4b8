//! Everything of a request that is drawn from its seed, or from the seeds along an axis.

use super::error::RequestError;
use super::formula::DataTables;
use super::knob_ref::{KnobRef, SEED, start_name};
use super::recipe::Recipe;
use super::request::{MAX_SEED, Request, RequestCommon, SET, VARY, no_seed};
use super::setting::Setting;
use crate::problem::random::{Stream, normal, uniform};
use crate::problem::{DataRow, Objective, data_row, draw};

/// Most numbers in the data tables of a sweep together.
const MAX_TABLE_VALUES: usize = 1 << 24;

/// The seed, or the seeds along an axis.
pub(super) struct Draws {
    pub(super) seeds: Vec<u32>,
    varies: bool,
}

impl Draws {
    /// The seeds of a request.
    pub(super) fn of(request: &RequestCommon) -> Result<Self, RequestError> {
        if let Some(varied) = request.axes.iter().find(|varied| varied.knob.is(SEED)) {
            if let Some(value) = request.seed {
                return Err(RequestError::new("--seed", value, "the seed is an axis too; leave one of them out"));
            }
            let shown = format!("{SEED}={}", varied.axis.text());
            let seeds: Result<Vec<u32>, RequestError> =
                varied.axis.values().map(|value| seed(varied.flag, &shown, value)).collect();
            return Ok(Self { seeds: seeds?, varies: true });
        }
        let value = match (request.seed, request.fixed(SEED)) {
            (Some(value), Some(_)) => {
                return Err(RequestError::new("--seed", value, "--set gives a seed too; leave one of them out"));
            }
            (Some(value), None) => seed("--seed", &value.to_string(), value as f64)?,
            (None, Some(fixed)) => seed(SET, &fixed.shown(), fixed.value.number().unwrap_or(f64::NAN))?,
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
    pub(super) fn tables(&self, request: &Request) -> Result<Option<DataTables>, RequestError> {
        if let Some(data) = &request.data {
            return match data_row(&data.source).filter(|_| data.seeded) {
                Some(row) => self.drawn(row).map(Some),
                None => Ok(Some(DataTables { tables: vec![data.clone()] })),
            };
        }
        request.formula.row().and_then(|row| data_row(row.data)).map(|row| self.drawn(row)).transpose()
    }

    fn drawn(&self, row: &'static DataRow) -> Result<DataTables, RequestError> {
        let first = draw(row, self.seeds[0]);
        if !first.seeded || !self.varies {
            return Ok(DataTables { tables: vec![first] });
        }
        let values = first.rows() * first.names.len() * self.seeds.len();
        if values > MAX_TABLE_VALUES {
            let message =
                format!("{values} numbers of data, one set per seed; at most {MAX_TABLE_VALUES}: vary fewer seeds");
            return Err(RequestError::new(VARY, format!("{SEED}=…"), message));
        }
        Ok(DataTables { tables: self.seeds.iter().map(|seed| draw(row, *seed)).collect() })
    }

    /// The values of a start: one, or one for each seed of the axis of seeds; none where it is a number that is not finite.
    pub(super) fn start(&self, start: Setting, parameter: usize) -> Option<Vec<f64>> {
        let which = parameter as u32;
        let draw = |seed: &u32| match start {
            Setting::Number(value) => value,
            Setting::Uniform { lo, hi } => lo + (hi - lo) * uniform(*seed, Stream::Start, which, 0),
            Setting::Normal { mean, std } => mean + std * normal(*seed, Stream::Start, which, 0),
        };
        if start.is_drawn() { Some(self.seeds.iter().map(draw).collect()) } else { Some(vec![start.number()?]) }
    }
}

fn seed(flag: &str, shown: &str, value: f64) -> Result<u32, RequestError> {
    if value.fract() == 0.0 && (0.0..MAX_SEED as f64).contains(&value) {
        return Ok(value as u32);
    }
    Err(RequestError::new(flag, shown, no_seed()))
}

/// The starts of the parameters: what a request sets, else what its recipe says.
pub(super) struct Starts<'a> {
    pub request: &'a RequestCommon,
    pub recipe: &'a Recipe,
}

impl Starts<'_> {
    /// What a start is set to, or its default.
    pub(super) fn of(&self, objective: &Objective, parameter: usize) -> Option<Setting> {
        let set = self.request.fixed(&start_name(&objective.parameters()[parameter])).map(|fixed| fixed.value);
        set.or_else(|| self.recipe.starts.get(parameter).copied())
    }

    /// Whether a start that is no axis is drawn.
    pub(super) fn are_drawn(&self, objective: &Objective) -> bool {
        let drawn = |at: usize| {
            let name = start_name(&objective.parameters()[at]);
            let is_it = |knob: &KnobRef| knob.is(&name) || (at == 0 && *knob == KnobRef::FirstStart);
            let varies = self.request.axes.iter().any(|varied| is_it(&varied.knob));
            !varies && self.of(objective, at).is_some_and(Setting::is_drawn)
        };
        (0..objective.parameters().len()).any(drawn)
    }
}
