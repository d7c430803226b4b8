//! How large α may be before a rule leaves a point of rest: from the eigenvalues of the step map's derivative, for any rule.

use super::settled::{NoLimit, Rest, Setting, Settled};
use super::spectrum::{mean_square_radius, radius, radius_along};
use crate::sweep::{Batch, FormulaSweep, Source, StepAt, StepMap, SweepCommon};
use nalgebra::DMatrix;
use serde::Serialize;

/// The stability limit at one minimum.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Limit {
    /// Largest learning rate at which descent can still settle in the minimum.
    pub alpha: f64,
    /// λmax, the largest curvature there.
    pub sharpness: f64,
    pub minimum: Vec<f64>,
}

/// The formula of a limit that depends on nothing but λmax and hyperparameters, which are the same in all steps and for all
/// parameters.
pub(super) fn closed_form(sweep: &SweepCommon) -> Option<&'static str> {
    sweep.rule.limit().filter(|_| sweep.rule.precondition().is_none() && sweep.is_steady())
}

/// Which steps the limit is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepsOf {
    /// Every step takes all rows.
    AllRows,
    /// A pass over the rows, one after the other.
    Pass,
    /// Steps of drawn rows: the limit is where the mean square of a deviation begins to grow.
    MeanSquare,
    /// Steps take batches, and the limit is that of steps over all rows.
    FullBatchOnly,
}

/// Most numbers of which all eigenvalues are looked at; beyond it those of the sharpest and flattest directions.
const MOST_CARRIED: usize = 24;
/// Most numbers whose mean squares are looked at.
const MOST_SQUARED: usize = 16;
/// Most columns of derivatives of single rows.
const MOST_ROWS: usize = 1 << 14;
/// An eigenvalue this far outside of the unit circle leads away.
const OUTSIDE: f64 = 1e-9;

/// The steps of a sweep, ready to be looked at near its points of rest.
pub struct Stability<'a> {
    spec: &'a FormulaSweep,
    whole: StepMap<'a>,
    rows: Option<StepMap<'a>>,
    steps_of: StepsOf,
    /// Values of the knobs; those of axes are the first ones.
    knobs: Vec<f64>,
    alpha: usize,
}

impl<'a> Stability<'a> {
    /// `None` where a step cannot be derived.
    pub fn new(spec: &'a FormulaSweep) -> Option<Self> {
        let whole = StepMap::whole(spec)?;
        let knobs = knobs(spec);
        let alpha = whole.program().knob("alpha")?;
        let (carried, count) = (whole.carried(), spec.objective.rows().unwrap_or(0) as usize);
        let few = count * carried <= MOST_ROWS;
        let steps_of = match spec.batch {
            Batch::Full => StepsOf::AllRows,
            Batch::Each if few && carried <= MOST_CARRIED => StepsOf::Pass,
            Batch::Random(_) if few && carried <= MOST_SQUARED => StepsOf::MeanSquare,
            _ => StepsOf::FullBatchOnly,
        };
        let rows = matches!(steps_of, StepsOf::Pass | StepsOf::MeanSquare).then(|| StepMap::of_rows(spec)).flatten();
        let steps_of = if rows.is_none() && steps_of != StepsOf::AllRows { StepsOf::FullBatchOnly } else { steps_of };
        Some(Self { spec, whole, rows, steps_of, knobs, alpha })
    }

    /// Which steps the limits are of.
    pub fn steps_of(&self) -> StepsOf {
        self.steps_of
    }

    /// The largest stable α at a point of rest.
    ///
    /// # Errors
    /// Why there is none.
    pub fn limit(&self, rest: Rest<'_>) -> Result<f64, NoLimit> {
        self.limit_where(rest, &[])
    }

    /// As [`Stability::limit`], where some knobs have other values: position and value of each.
    ///
    /// # Errors
    /// Likewise.
    pub fn limit_where(&self, rest: Rest<'_>, set: &[(usize, f64)]) -> Result<f64, NoLimit> {
        let mut knobs = self.knobs.clone();
        for (knob, value) in set {
            knobs[*knob] = *value;
        }
        knobs[self.alpha] = 1.0 / rest.sharpness;
        let setting = Setting { map: &self.whole, step: f64::from(self.spec.limits.steps.max(1)) };
        let settled = setting.settled(&knobs, rest).ok_or(NoLimit::Adapts)?;
        let found = self.first_outside(&knobs, &settled, rest);
        if found != Err(NoLimit::Adapts) {
            knobs[self.alpha] = found.unwrap_or(1.0 / rest.sharpness);
            if !setting.is_in_proportion(&knobs, &settled, rest) {
                return Err(NoLimit::Adapts);
            }
        }
        found
    }

    /// As [`Stability::limit`], where the rule's state is `carried` and stays.
    ///
    /// # Errors
    /// Likewise.
    pub fn limit_of_state(&self, rest: Rest<'_>, carried: Vec<f64>) -> Result<f64, NoLimit> {
        let settled = Settled { carried, step: f64::from(self.spec.limits.steps.max(1)) };
        self.first_outside(&self.knobs.clone(), &settled, rest)
    }

    /// Scans log α upwards for the first that leads away, and halves the interval.
    fn first_outside(&self, knobs: &[f64], settled: &Settled, rest: Rest<'_>) -> Result<f64, NoLimit> {
        const PER_DECADE: i32 = 12;
        const DECADES: i32 = 9;
        const HALVINGS: usize = 40;
        let excess = |alpha: f64| {
            let mut knobs = knobs.to_vec();
            knobs[self.alpha] = alpha;
            self.radius(&knobs, settled, rest).map(|radius| radius - 1.0)
        };
        let at = |part: i32| 10.0_f64.powf(f64::from(part) / f64::from(PER_DECADE)) / rest.sharpness;
        let outside = |alpha: f64| excess(alpha).map(|excess| excess > OUTSIDE);
        let lowest = -DECADES * PER_DECADE;
        if outside(at(lowest))? {
            return Err(NoLimit::NeverStable);
        }
        let mut below = at(lowest);
        let mut above = None;
        for part in lowest + 1..=DECADES * PER_DECADE {
            if outside(at(part))? {
                above = Some(at(part));
                break;
            }
            below = at(part);
        }
        let mut above = above.ok_or(NoLimit::AlwaysStable)?;
        for _ in 0..HALVINGS {
            let middle = (below * above).sqrt();
            if outside(middle)? { above = middle } else { below = middle }
        }
        // Where the excess is not 1e-9 but 0: along the line through two points outside.
        let (here, beyond) = (excess(above).unwrap_or(0.0), excess(above * (1.0 + 1e-6)).unwrap_or(0.0));
        let back = here * above * 1e-6 / (beyond - here);
        let exact = if back.is_finite() && back.abs() < 1e-3 * above { above - back } else { above };
        Ok(to_digits(exact))
    }

    /// The factor by which deviations grow per step, pass, or in the mean square.
    fn radius(&self, knobs: &[f64], settled: &Settled, rest: Rest<'_>) -> Result<f64, NoLimit> {
        let at = |row: usize| StepAt { knobs, carried: &settled.carried, step: settled.step, row };
        match (&self.rows, self.spec.batch) {
            (Some(rows), Batch::Each) => {
                let pass = self.each_row(rows, &at)?.into_iter().reduce(|before, row| row * before);
                // What is too large for a number has grown.
                Ok(pass.and_then(|pass| radius(&pass)).unwrap_or(f64::INFINITY))
            }
            (Some(rows), Batch::Random(size)) => {
                let square = mean_square_radius(&self.each_row(rows, &at)?, f64::from(size));
                Ok(square.map_or(f64::INFINITY, f64::sqrt))
            }
            _ if self.whole.carried() <= MOST_CARRIED => {
                // A slope is infinite where the rule divides by a history that is 0.
                radius(&self.whole.derivative(at(0))).ok_or(NoLimit::Adapts)
            }
            _ => radius_along(&self.whole, at(0), rest.k),
        }
    }

    fn each_row<'c>(&self, rows: &StepMap<'_>, at: &dyn Fn(usize) -> StepAt<'c>) -> Result<Vec<DMatrix<f64>>, NoLimit> {
        let count = self.spec.objective.rows().unwrap_or(0) as usize;
        let each: Vec<DMatrix<f64>> = (0..count).map(|row| rows.derivative(at(row))).collect();
        let finite = each.iter().all(|row| row.iter().all(|value| value.is_finite()));
        if finite { Ok(each) } else { Err(NoLimit::Adapts) }
    }
}

/// Values of the knobs; of an axis its first one.
pub(in crate::analysis) fn knobs(spec: &FormulaSweep) -> Vec<f64> {
    let value = |knob: &crate::sweep::Knob| match knob.source {
        Source::Fixed(value) => value,
        Source::X(_) | Source::Y(_) => spec.knob_value(knob, 0, 0),
    };
    spec.knobs.iter().map(value).collect()
}

/// To the digits that such a number has: a limit of 4 is not 4.000000000000001.
fn to_digits(value: f64) -> f64 {
    format!("{value:.12e}").parse().unwrap_or(value)
}
