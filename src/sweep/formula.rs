//! A validated sweep of a formula.

use super::batch::Batch;
use super::common::{Knob, Source, SweepAxis, SweepCommon};
use super::error::RequestError;
use super::knob_ref::{SEED, of_one_parameter};
use super::measure::{Measure, SameClass};
use super::outcome::Shape;
use super::precision::Precision;
use super::program::{Parts, Program};
use super::rule_inputs::RuleParts;
use super::stop_test::StopTest;
use super::trend::Windows;
use crate::problem::{ColumnMoments, Data, Gradient, Objective, Stop};
use std::collections::BTreeMap;
use std::ops::Deref;

/// The data of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct DataTables {
    /// One table, or one for each value of a seed that is an axis; all with the same names and sizes.
    pub tables: Vec<Data>,
}

/// What standardised data were before.
#[derive(Debug, Clone)]
pub struct Standardized {
    /// The columns that are standardised, by table.
    pub moments: Vec<Vec<ColumnMoments>>,
    /// The same loss over the data as they were; of several tables, the first.
    pub objective: Objective,
    pub data: Data,
}

impl Standardized {
    /// The columns that are standardised; of several tables, the first.
    pub fn before(&self) -> &[ColumnMoments] {
        self.moments.first().map_or(&[], Vec::as_slice)
    }
}

/// A sweep of a formula that can be run.
#[derive(Debug, Clone)]
pub struct FormulaSweep {
    pub common: SweepCommon,
    pub objective: Objective,
    pub program: Program,
    pub gradient: Gradient,
    /// Replaces the tolerance on the gradient.
    pub stop: Option<Stop>,
    pub data: Option<DataTables>,
    pub standardized: Option<Standardized>,
    /// What is measured of every descent, in the order of the columns.
    pub measures: Vec<Measure>,
    /// Which minima are told as one.
    pub same_class: SameClass,
    /// What the numbers of the [stop test](super::StopTest::tested) must be below, in the working precision.
    pub tolerances: Vec<f64>,
}

/// A sweep of a formula is first of all a sweep: whatever takes what all sweeps have takes it.
impl Deref for FormulaSweep {
    type Target = SweepCommon;

    fn deref(&self) -> &SweepCommon {
        &self.common
    }
}

impl FormulaSweep {
    /// The data, where every cell has the same.
    pub fn only_table(&self) -> Option<&Data> {
        self.data.as_ref().and_then(|data| if let [only] = data.tables.as_slice() { Some(only) } else { None })
    }

    /// Steps of one pass over the data; none without data.
    pub fn epoch(&self) -> Option<u64> {
        self.data.as_ref().and_then(|data| data.tables.first()).map(|table| self.batch.pass(table.rows()))
    }

    /// How many numbers an engine finds of a cell before its measures are told.
    pub fn found_shape(&self) -> Shape {
        let measures = self.program.handed() - self.program.parameters.len();
        Shape { measures, ..self.shape() }
    }

    /// The same, to say what another sweep should have said: it stops where that one stops. Its own tolerances would be those of
    /// its precision, and of its own starts.
    #[must_use]
    pub fn held_to(self, other: &Self) -> Self {
        Self { tolerances: other.tolerances.clone(), ..self }
    }

    /// [`FormulaSweep::tolerances`] by the parameter whose slope is tested; none where the user's own condition is.
    pub fn tolerances_by_name(&self) -> BTreeMap<&str, f64> {
        let of_slopes = matches!(self.program.stop, StopTest::Gradient(_));
        let names = self.objective.parameters().iter().map(String::as_str).filter(|_| of_slopes);
        names.zip(self.tolerances.iter().copied()).collect()
    }

    /// The parameter whose start varies along an axis; none where something else does.
    pub fn parameter_along(&self, axis: &SweepAxis) -> Option<&str> {
        self.program.start_of(axis.knob).map(|at| self.objective.parameters()[at].as_str())
    }

    /// The fixed values of the constants, in the order of [`Objective::constants`]; `None` where one is an axis.
    pub fn constants(&self) -> Option<Vec<f64>> {
        let value = |(name, _): &(String, f64)| {
            let knob = self.knobs.iter().find(|knob| knob.name == *name)?;
            if let Source::Fixed(value) = knob.source { Some(value) } else { None }
        };
        self.objective.constants().iter().map(value).collect()
    }

    /// For how many more judged steps the stop test must hold.
    pub fn confirmation(&self) -> u32 {
        self.program.stop.confirmation(self.program.batch.is_some())
    }

    /// Which judged steps tell the trend of a descent.
    pub fn windows(&self) -> Windows {
        let judged = self.limits.steps.div_ceil(self.program.period());
        Windows::new(u64::from(judged), self.program.is_noisy())
    }

    /// The program of the same descent in f64 and without a stop rule, by these batches; its knobs are those of the sweep.
    /// `None` where the formula has no such program.
    pub(super) fn wide_program(&self, batch: Batch) -> Option<Program> {
        self.program_with(Precision::F64, None, batch)
    }

    /// The program of the same descent without measures; its knobs are those of the sweep.
    fn program_with(&self, precision: Precision, stop: Option<&Stop>, batch: Batch) -> Option<Program> {
        let is_own = |name: &String| of_one_parameter(name).is_some();
        let own: Vec<String> = self.knobs.iter().map(|knob| knob.name.clone()).filter(is_own).collect();
        let parts = Parts {
            objective: &self.objective,
            rule: RuleParts {
                rule: &self.common.rule,
                schedule: self.schedule.as_ref(),
                own: &own,
                steps: self.limits.steps,
            },
            gradient: &self.gradient,
            stop,
            batch,
            precision,
            draws: self.program.knob(SEED).is_some(),
            tables: self.program.table().is_some(),
            measures: &[],
        };
        Program::new(&parts).ok()
    }

    /// The same in arithmetic of f32 and without measures, which stops where this one does: what a graphics processor computes
    /// for someone who looks. `None` where f32 cannot hold its numbers.
    pub fn narrow(&self) -> Option<Self> {
        let precision = if self.precision.is_wide() { Precision::F32 } else { self.precision };
        let program = self.program_with(precision, self.stop.as_ref(), self.batch)?;
        let is_held = |knob: &Knob| !matches!(knob.source, Source::Fixed(value) if !precision.holds(value));
        if !self.knobs.iter().all(is_held) {
            return None;
        }
        let tolerances = self.tolerances.iter().map(|tolerance| precision.round(*tolerance)).collect();
        let common = SweepCommon { precision, ..self.common.clone() };
        let narrow = Self { common, program, measures: Vec::new(), tolerances, ..self.clone() };
        narrow.check_data().ok().map(|()| narrow)
    }

    /// Values of all knobs in a cell, in the order of [`Program::knobs`], rounded to the working precision.
    pub fn knob_values(&self, x: usize, y: usize) -> Vec<f64> {
        self.knobs.iter().map(|knob| self.knob_value(knob, x, y)).collect()
    }

    /// Refuses data that the working precision cannot hold.
    pub(super) fn check_data(&self) -> Result<(), RequestError> {
        let precision = self.program.precision;
        for data in self.data.iter().flat_map(|data| &data.tables) {
            for column in &self.program.columns {
                let values = &data.columns[column.data];
                let Some(row) = values.iter().position(|value| !precision.holds(*value)) else { continue };
                let (name, value) = (&data.names[column.data], values[row]);
                let message = format!(
                    "{}: row {}, column `{name}`: {value:e} does not fit f32 (1.2e-38 to 3.4e38); use --precision f64",
                    data.source,
                    row + 1
                );
                return Err(RequestError::new("--precision", precision, message));
            }
        }
        Ok(())
    }
}
