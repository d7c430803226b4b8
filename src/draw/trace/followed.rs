//! Descents that were followed, and what is said of them.

use crate::analysis::theory::{Known, NoLimit, RestClass, RestPoint};
use crate::analysis::{End, edge_of_stability};
use crate::draw::typeset::{figure, pretty};
use crate::engine::Traced;
use crate::sweep::{Descents, GradientFlow, Outcome};
use std::sync::OnceLock;

/// Followed descents, ready to be written and drawn.
#[derive(Debug, Clone)]
pub struct Trace {
    pub(super) descents: Descents,
    pub(super) traced: Vec<Traced>,
    /// What the pictures show of the first parameter, where a reader chose.
    pub(super) range: Option<(f64, f64)>,
    rests: OnceLock<Vec<RestPoint>>,
    /// By descent: the curvature at which its rule is no longer stable.
    edges: OnceLock<Vec<Result<f64, NoLimit>>>,
}

/// Most descents of one picture.
const MOST_SHOWN: usize = 16;

impl Trace {
    /// # Panics
    /// If there is not one path per descent.
    pub fn new(descents: Descents, traced: Vec<Traced>) -> Self {
        assert_eq!(descents.list.len(), traced.len(), "one path per descent");
        Self { descents, traced, range: None, rests: OnceLock::new(), edges: OnceLock::new() }
    }

    /// The pictures then show this range of the first parameter, from its lower to its upper end.
    #[must_use]
    pub fn over(self, range: (f64, f64)) -> Self {
        Self { range: Some(range), ..self }
    }

    /// Which descents these are.
    pub fn descents(&self) -> &Descents {
        &self.descents
    }

    /// What came of them, in the same order.
    pub fn traced(&self) -> &[Traced] {
        &self.traced
    }

    /// The curvature at which the rule of a descent is no longer stable, before its schedule.
    ///
    /// # Errors
    /// Why there is none.
    pub fn edge(&self, descent: usize) -> Result<f64, NoLimit> {
        let of = |at: usize| edge_of_stability(self.descents.spec(at), self.descents.list[at].cell);
        self.edges.get_or_init(|| (0..self.traced.len()).map(of).collect())[descent]
    }

    /// The same for the step from a point of the path; not a number where there is none.
    pub(super) fn edge_at(&self, descent: usize, step: usize) -> f64 {
        let spec = self.descents.spec(descent);
        let steps = spec.limits.steps.max(1);
        let next = (step as u32 + 1).min(steps);
        let factor = spec.schedule.as_ref().map_or(1.0, |schedule| schedule.factor(next, steps));
        self.edge(descent).unwrap_or(f64::NAN) / factor
    }

    /// What is followed of a descent at a step, by [`Descents::followed_names`].
    pub fn followed(&self, descent: usize, step: usize) -> Vec<f64> {
        let Traced { sharpness, flow, .. } = &self.traced[descent];
        let mut values = Vec::new();
        if self.descents.sharpness {
            values.extend([sharpness[step], self.edge_at(descent, step)]);
        }
        if self.descents.flow {
            let of = |list: fn(&GradientFlow) -> &Vec<f64>| flow.as_ref().map_or(f64::NAN, |flow| list(flow)[step]);
            values.push(of(|flow| &flow.times));
            let parameters = self.traced[descent].path.parameters.len();
            values.extend((0..parameters).map(|at| flow.as_ref().map_or(f64::NAN, |flow| flow.parameters[at][step])));
            values.extend([of(|flow| &flow.losses), of(|flow| &flow.distances)]);
        }
        values
    }

    /// What tells a descent from the others: `adam, α = 0.1`.
    pub fn label(&self, descent: usize) -> String {
        let Descents { names, varied, list, several_rules, .. } = &self.descents;
        let rule = several_rules.then(|| self.descents.rule(descent).to_owned());
        let told = if varied.is_empty() && !several_rules { &[0][..] } else { varied };
        let value = |at: &usize| list[descent].values[*at].map(|v| format!("{} = {}", pretty(&names[*at]), figure(v)));
        rule.into_iter().chain(told.iter().filter_map(value)).collect::<Vec<_>>().join(", ")
    }

    /// What came of a descent, in words: `converged at step 43`.
    pub fn ending(&self, descent: usize) -> String {
        let Traced { outcome, steps, .. } = &self.traced[descent];
        match outcome {
            Outcome::Converged | Outcome::Diverged => format!("{outcome} at step {steps}"),
            _ => format!("{outcome} after {steps} step{}", if *steps == 1 { "" } else { "s" }),
        }
    }

    /// The descents that are drawn: all, or as many as can be told apart, evenly from the lowest final loss to the highest.
    pub(super) fn shown(&self) -> Vec<usize> {
        self.spread_over_losses((0..self.traced.len()).collect(), MOST_SHOWN)
    }

    /// At most so many of these descents, evenly from the lowest final loss to the highest, in their own order.
    pub(super) fn spread_over_losses(&self, descents: Vec<usize>, most: usize) -> Vec<usize> {
        if descents.len() <= most {
            return descents;
        }
        let mut ranked = descents;
        // What is not a number comes last.
        let loss = |at: usize| Some(self.traced[at].loss_final).filter(|loss| !loss.is_nan()).unwrap_or(f64::INFINITY);
        ranked.sort_by(|a, b| loss(*a).total_cmp(&loss(*b)));
        let last = ranked.len() - 1;
        let mut spread: Vec<usize> = (0..most).map(|at| ranked[(at * last + (most - 1) / 2) / (most - 1)]).collect();
        spread.sort_unstable();
        spread
    }

    /// Steps of one pass over the data; none without data, and where descents differ in that.
    pub(super) fn epoch(&self) -> Option<u64> {
        let epochs: Vec<Option<u64>> = self.descents.specs.iter().map(|spec| spec.epoch()).collect();
        epochs[0].filter(|_| epochs.iter().all(|epoch| *epoch == epochs[0]))
    }

    /// Where the loss has minima and saddles, lowest first; none where descents have different losses.
    pub(super) fn rests(&self) -> &[RestPoint] {
        self.rests.get_or_init(|| self.found_rests())
    }

    /// The minimum, where there is one alone.
    pub(super) fn only_minimum(&self) -> Option<&[f64]> {
        let mut minima = self.rests().iter().filter(|rest| rest.class == RestClass::Minimum);
        let first = minima.next()?;
        minima.next().is_none().then_some(&first.point)
    }

    fn found_rests(&self) -> Vec<RestPoint> {
        /// With more the analysis would take longer than the picture.
        const MOST_PARAMETERS: usize = 8;
        let specs = &self.descents.specs;
        let one_loss = specs.iter().all(|spec| spec.constants() == specs[0].constants());
        if !one_loss || specs[0].objective.parameters().len() > MOST_PARAMETERS {
            return Vec::new();
        }
        let stands = |traced: &&Traced| traced.outcome.has_arrived() || traced.outcome == Outcome::Unstable;
        let ends = self.traced.iter().filter(stands);
        let ends: Vec<End> =
            ends.map(|traced| End { loss: traced.loss_final, point: traced.parameters.clone() }).collect();
        Known::of_map(&specs[0], self.lowest_visited().as_deref(), &ends).rest_points
    }

    /// The point with the lowest loss of all.
    fn lowest_visited(&self) -> Option<Vec<f64>> {
        let steps = self.traced.iter().flat_map(|traced| {
            let losses = traced.path.losses.iter().enumerate();
            losses.filter(|(_, loss)| loss.is_finite()).map(move |(step, loss)| (traced, step, *loss))
        });
        let lowest = steps.min_by(|a, b| a.2.total_cmp(&b.2));
        lowest.map(|(traced, step, _)| traced.path.point(step))
    }
}

/// What the model gives at the end of a descent.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction<'a> {
    /// The values that it was asked for, by column.
    pub at: Vec<(&'a str, f64)>,
    pub value: f64,
}

impl Trace {
    /// What was asked of the model, with its answers at a descent's [parameters](Traced::parameters).
    pub fn predictions(&self, descent: usize) -> impl Iterator<Item = Prediction<'_>> {
        let values = self.traced[descent].predictions.iter();
        let asked = self.descents.fit.iter().flat_map(|fit| fit.asked.iter().map(|row| (&fit.model.inputs, row)));
        asked.zip(values).map(|((names, row), value)| Prediction {
            at: names.iter().map(String::as_str).zip(row.iter().copied()).collect(),
            value: *value,
        })
    }

    /// What is shown of a descent besides its path, at the last step where it is known to be well.
    pub fn shown_at_end(&self, descent: usize) -> impl Iterator<Item = (&str, f64)> {
        let Traced { path, shown, .. } = &self.traced[descent];
        self.descents.shown.iter().zip(shown).map(|(of, values)| (of.name.as_str(), values[path.shown]))
    }
}
