//! Where descent must stop converging: from the step's own derivative at the minima.

mod curve;
mod exact;
mod loss;
mod minima;
mod rest;
mod settled;
mod spectrum;
mod stability;

pub use curve::Curve;
pub use exact::Exact;
pub(super) use loss::condition;
pub use loss::{Curvature, Loss};
pub(super) use minima::is_near;
pub use minima::{MOST_LISTED, RestPoint};
pub use rest::{Found, RestClass, Rests};
pub use settled::{NoLimit, Rest};
pub(super) use stability::knobs;
pub use stability::{Limit, Stability, StepsOf};

use super::ends::End;
use crate::expr::{Graph, NodeId, evaluate, parse};
use crate::problem::{Gradient, MAX_PARAMETERS};
use crate::sweep::{FormulaSweep, GradientDerivative, Knob, Source, SweepCommon, of_one_parameter};
use minima::Places;
use serde::Serialize;
use stability::closed_form;

/// What theory says about a sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Theory {
    /// One limit per minimum that has one.
    Limits(Vec<Limit>),
    /// Why there is none.
    None(String),
}

impl Theory {
    /// The limits; empty where there are none.
    pub fn limits(&self) -> &[Limit] {
        match self {
            Self::Limits(limits) => limits,
            Self::None(_) => &[],
        }
    }
}

/// What is known of a sweep besides its outcomes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Known {
    pub theory: Theory,
    /// Which steps the limits are of; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps_of: Option<StepsOf>,
    /// Where descents come to rest, lowest loss first, at most [`MOST_LISTED`]; and how many more places there are.
    pub rest_points: Vec<RestPoint>,
    #[serde(skip_serializing_if = "is_zero")]
    pub more_rest_points: usize,
    /// For a loss that is quadratic in its parameters.
    pub exact: Option<Exact>,
    /// Where the limit depends on both axes.
    pub curves: Vec<Curve>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Known {
    /// Of a sweep of which theory knows nothing.
    pub fn nothing(why: &str) -> Self {
        Self {
            theory: Theory::None(why.to_owned()),
            steps_of: None,
            rest_points: Vec::new(),
            more_rest_points: 0,
            exact: None,
            curves: Vec::new(),
        }
    }

    /// Of a sweep whose best descent ended at `reached`.
    pub fn of(spec: &FormulaSweep, reached: Option<&[f64]>) -> Self {
        Self::of_map(spec, reached, &[])
    }

    /// Of a sweep whose best descent ended at `reached`, and others at `ends`.
    pub fn of_map(spec: &FormulaSweep, reached: Option<&[f64]>, ends: &[End]) -> Self {
        // Made once: with hundreds of parameters its second derivatives take a while.
        let loss = Loss::of(spec);
        let mut known = look(spec, &loss, reached, ends).unwrap_or_else(|why| Self::nothing(&why));
        known.curves.splice(0..0, curve::boundaries(spec));
        known.exact = loss.ok().as_ref().and_then(Loss::exact);
        known
    }

    /// What the limits are of, for people: `theory`, or of which steps it is.
    pub fn theory_name(&self, sweep: &SweepCommon) -> String {
        let named = match self.steps_of {
            Some(StepsOf::Pass) => "theory of a pass",
            Some(StepsOf::MeanSquare) => "theory of the mean square",
            Some(StepsOf::FullBatchOnly) => "full-batch theory",
            Some(StepsOf::AllRows) | None => "theory",
        };
        let schedule = sweep.schedule.as_ref();
        schedule.map_or_else(|| named.to_owned(), |schedule| format!("{named} at the last step of {}", schedule.text()))
    }

    /// The rule's limit as a formula of λmax, where the limits are that.
    pub fn formula(&self, sweep: &SweepCommon) -> Option<String> {
        let plain = matches!(self.steps_of, Some(StepsOf::AllRows | StepsOf::FullBatchOnly));
        closed_form(sweep).filter(|_| plain).map(|formula| formula.replace("lambda", "λmax"))
    }
}

/// What theory says about `spec`. `reached` is where its best converged descent ended, if one did.
pub fn theory(spec: &FormulaSweep, reached: Option<&[f64]>) -> Theory {
    Known::of_map(spec, reached, &[]).theory
}

/// Looks at every place where descents come to rest.
fn look(
    spec: &FormulaSweep,
    loss: &Result<Loss, String>,
    reached: Option<&[f64]>,
    ends: &[End],
) -> Result<Known, String> {
    let loss = loss.as_ref().map_err(Clone::clone)?;
    let derivative = GradientDerivative::new(spec, MAX_PARAMETERS).ok_or_else(loss::not_derived)?;
    let knobs = stability::knobs(spec);
    let rests = Rests::new(&derivative, spec, &knobs);
    let mut places = Places::new(&rests, derivative.is_constant(), spec.objective.parameters().len());
    for point in known_minima(spec, loss, &rests) {
        places.know(&point);
    }
    if let Some(point) = reached {
        places.best(point, &|| loss.polish(point));
    }
    places.reach(ends);
    let stability = Stability::new(spec);
    let moving = moving_knob(spec);
    let limits = if moving.is_some() { None } else { stability.as_ref() };
    let curves = match (moving, &stability) {
        (Some(knob), Some(stability)) => curve::rule_curves(spec, stability, knob, &places.minima()),
        _ => Vec::new(),
    };
    let (mut rest_points, more_rest_points) = places.listed(limits);
    if let Some(knob) = moving {
        let why =
            |point: &mut RestPoint| point.why = point.class.is_minimum().then(|| moves(spec, knob, point.sharpness));
        rest_points.iter_mut().for_each(why);
    }
    let theory = theory_at(spec, &rest_points);
    let steps_of = stability.map(|stability| stability.steps_of()).filter(|_| !theory.limits().is_empty());
    Ok(Known { theory, steps_of, rest_points, more_rest_points, exact: None, curves })
}

/// A hyperparameter besides α that is an axis and that the rule reads: the limit moves with it.
fn moving_knob(spec: &FormulaSweep) -> Option<&Knob> {
    let hyperparameters = spec.rule.hyperparameters();
    let is_of_rule = |name: &str| {
        let of_one = of_one_parameter(name).is_some();
        of_one || name != "alpha" && hyperparameters.iter().any(|(known, _)| known == name)
    };
    spec.knobs.iter().find(|knob| !matches!(knob.source, Source::Fixed(_)) && is_of_rule(&knob.name))
}

fn moves(spec: &FormulaSweep, knob: &Knob, sharpness: f64) -> String {
    let sharpness = (sharpness * 1e6).round() / 1e6;
    let formula = closed_form(spec).map(|formula| formula.replace("lambda", "λmax"));
    let limit = formula.unwrap_or_else(|| "the limit".to_owned());
    format!("{limit} moves with `{}`, which is an axis (λmax = {sharpness})", knob.name)
}

/// The limits of all minima, or why there are none.
fn theory_at(spec: &FormulaSweep, points: &[RestPoint]) -> Theory {
    let mut limits: Vec<Limit> = points.iter().flat_map(|point| point.limits.iter().cloned()).collect();
    if !limits.is_empty() {
        limits.sort_by(|a, b| a.alpha.total_cmp(&b.alpha));
        return Theory::Limits(limits);
    }
    let place = |point: &RestPoint| {
        let names = spec.objective.parameters().iter().zip(&point.point);
        let each: Vec<String> =
            names.map(|(name, value)| format!("{name} = {}", (value * 1e6).round() / 1e6 + 0.0)).collect();
        each.join(", ")
    };
    Theory::None(match (points.iter().find_map(|point| point.why.clone()), points.first()) {
        (Some(why), _) => why,
        (None, Some(point)) => {
            format!("no minimum was reached: descents came to rest at {} ({})", point.class.words(), place(point))
        }
        (None, None) if matches!(spec.gradient, Gradient::Given(_)) => {
            "the gradient is given; no minimum is known that it leads to, and no descent converged".to_owned()
        }
        (None, None) => "no minimum is known, and no descent converged to one".to_owned(),
    })
}

/// The minimum of a loss that is quadratic in its parameters, by the normal equations; `None` for other losses, and where
/// the loss is not the same in all cells.
pub fn exact(spec: &FormulaSweep) -> Option<Exact> {
    Loss::of(spec).ok()?.exact()
}

/// The catalog's minima that are minima at these constants; else the exact one of a quadratic.
fn known_minima(spec: &FormulaSweep, loss: &Loss, rests: &Rests<'_, '_>) -> Vec<Vec<f64>> {
    const FLAT: f64 = 1e-4;
    let known = spec.objective.row().map(|row| row.minima).unwrap_or_default();
    let is_minimum = |point: &&&[f64]| {
        let here = rests.at(point);
        here.gradient.amax() < FLAT * (1.0 + here.k.amax())
    };
    let known: Vec<Vec<f64>> = known.iter().filter(is_minimum).map(|point| point.to_vec()).collect();
    if known.is_empty() { loss.exact_minimum().into_iter().collect() } else { known }
}

/// The value of a formula whose names have values.
pub fn formula_value(formula: &str, value_of: &dyn Fn(&str) -> Option<f64>) -> Option<f64> {
    let ast = parse(formula).ok()?;
    let names = ast.free_names();
    let values: Vec<f64> = names.iter().map(|name| value_of(name)).collect::<Option<_>>()?;
    let mut graph = Graph::new();
    let nodes: Vec<NodeId> = names.iter().map(|name| graph.input(name)).collect();
    let mut resolve = |name: &str| names.iter().position(|known| known == name).map(|at| nodes[at]);
    let root = ast.lower_value(&mut graph, &mut resolve).ok()?;
    Some(evaluate(&graph, &[root], &values)[0])
}
