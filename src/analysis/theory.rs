//! Where gradient descent must stop converging, from the curvature at a minimum.

mod curve;
mod exact;
mod loss;

pub use curve::Curve;
pub use exact::Exact;
pub use loss::{Curvature, Loss};

use crate::expr::{Graph, NodeId, evaluate, parse};
use crate::problem::Gradient;
use crate::sweep::{Follower, FormulaSweep, Source};
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

/// Where a sweep's best descent ended.
#[derive(Debug, Clone, Copy)]
pub struct Reached<'a> {
    pub parameters: &'a [f64],
    /// Its column and row on the map, and how many steps it took.
    pub cell: (usize, usize),
    pub steps: u32,
}

/// What is known of a sweep besides its outcomes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Known {
    pub theory: Theory,
    /// For a loss that is quadratic in its parameters.
    pub exact: Option<Exact>,
    /// Where the limit depends on both axes.
    pub curves: Vec<Curve>,
}

impl Known {
    /// Of a sweep of which theory knows nothing.
    pub fn nothing(why: &str) -> Self {
        Self { theory: Theory::None(why.to_owned()), exact: None, curves: Vec::new() }
    }

    /// Of a sweep whose best descent ended at `reached`.
    pub fn of(spec: &FormulaSweep, reached: Option<Reached<'_>>) -> Self {
        // Made once: with hundreds of parameters its second derivatives take a while.
        let loss = Loss::of(spec);
        let mut curves = curve::boundaries(spec);
        let point = reached.map(|reached| reached.parameters);
        curves.extend(loss.as_ref().map(|loss| moving_limits(spec, loss, point)).unwrap_or_default());
        let theory = limits(spec, &loss, point, reached).unwrap_or_else(Theory::None);
        Self { theory, exact: loss.ok().as_ref().and_then(Loss::exact), curves }
    }
}

/// What theory says about `spec`. `reached` is where its best converged descent ended, if one did; it is used where
/// the catalog knows no minimum.
pub fn theory(spec: &FormulaSweep, reached: Option<&[f64]>) -> Theory {
    limits(spec, &Loss::of(spec), reached, None).unwrap_or_else(Theory::None)
}

/// As [`theory`], for rules that are limited by their own history too: this follows the best descent once more to see it.
pub fn theory_of(spec: &FormulaSweep, reached: Option<Reached<'_>>) -> Theory {
    limits(spec, &Loss::of(spec), reached.map(|reached| reached.parameters), reached).unwrap_or_else(Theory::None)
}

/// The rule's limit as a curve, where it moves with an axis that is not α, or α is no axis.
fn moving_limits(spec: &FormulaSweep, loss: &Loss, reached: Option<&[f64]>) -> Vec<Curve> {
    // A history belongs to the hyperparameters of its descent, and does not move with them.
    let formula = spec.rule.limit().filter(|formula| {
        spec.rule.precondition().is_none()
            && !matches!(spec.gradient, Gradient::Given(_))
            && curve::moves(spec, formula)
    });
    let Some(formula) = formula else { return Vec::new() };
    let sharpness = |minimum: Vec<f64>| loss.curvature(&minimum).map(|curvature| curvature.largest());
    let known = minima(spec, loss, reached).into_iter().filter_map(sharpness);
    curve::rule_curves(spec, formula, &known.filter(|sharpness| *sharpness > FLATTEST).collect::<Vec<_>>())
}

/// Below this a curvature is rounding, not shape.
const FLATTEST: f64 = 1e-12;

fn limits(
    spec: &FormulaSweep,
    loss: &Result<Loss, String>,
    reached: Option<&[f64]>,
    descent: Option<Reached<'_>>,
) -> Result<Theory, String> {
    let rule = spec.rule.name().map_or_else(|| format!("\"{}\"", spec.rule.text()), str::to_owned);
    let limit = spec.rule.limit().ok_or_else(|| format!("no closed form for the rule {rule}"))?;
    if matches!(spec.gradient, Gradient::Given(_)) {
        return Err("no closed form: the gradient is given, and need not be that of the loss".to_owned());
    }
    let loss = loss.as_ref().map_err(Clone::clone)?;
    let mut minima = minima(spec, loss, reached);
    let preconditioned = spec.rule.precondition().map(|formula| {
        let missing = "no descent converged whose history would tell the limit";
        let descent = descent.ok_or(missing)?;
        // Its history belongs to where it ended, and to no other minimum.
        minima = vec![loss.polish(descent.parameters)];
        preconditioner(spec, formula, descent).ok_or(missing)
    });
    let history = preconditioned.transpose()?;
    if minima.is_empty() {
        return Err("no minimum is known, and no descent converged to one".to_owned());
    }
    let mut limits: Vec<Limit> = Vec::new();
    for minimum in minima {
        let scale = history.clone().unwrap_or_else(|| vec![1.0; minimum.len()]);
        let sharpness = loss.scaled_curvature(&minimum, &scale).map_or(0.0, |curvature| curvature.largest());
        let step = descent.map_or(1.0, |descent| f64::from(descent.steps));
        limits.extend(limit_at(spec, limit, sharpness, step)?.map(|alpha| Limit { alpha, sharpness, minimum }));
    }
    if limits.is_empty() {
        let why =
            "no curvature at the minimum (it is flat, or a kink): where descent stops converging depends on the start";
        return Err(why.to_owned());
    }
    limits.sort_by(|a, b| a.alpha.total_cmp(&b.alpha));
    Ok(Theory::Limits(limits))
}

/// The minimum of a loss that is quadratic in its parameters, by the normal equations; `None` for other losses, and where
/// the loss is not the same in all cells.
pub fn exact(spec: &FormulaSweep) -> Option<Exact> {
    Loss::of(spec).ok()?.exact()
}

/// Known minima that are minima at these constants; else the exact one of a quadratic; else the one that was reached.
fn minima(spec: &FormulaSweep, loss: &Loss, reached: Option<&[f64]>) -> Vec<Vec<f64>> {
    const FLAT: f64 = 1e-4;
    let known = spec.objective.row().map(|row| row.minima).unwrap_or_default();
    let is_minimum = |point: &&&[f64]| {
        let here = loss.curvature(point);
        here.is_some_and(|here| here.slope < FLAT * (1.0 + here.largest()) && here.eigenvalues[0] >= -FLAT)
    };
    let known: Vec<Vec<f64>> = known.iter().filter(is_minimum).map(|point| point.to_vec()).collect();
    if !known.is_empty() {
        return known;
    }
    let found = loss.exact_minimum().or_else(|| reached.map(|point| loss.polish(point)));
    found.into_iter().collect()
}

/// What the rule divides the slopes by at the end of a descent, one value per parameter.
fn preconditioner(spec: &FormulaSweep, formula: &str, descent: Reached<'_>) -> Option<Vec<f64>> {
    // A descent that took this long is not followed once more only for a line of the summary.
    const LONGEST: u32 = 1_000_000;
    if descent.steps > LONGEST {
        return None;
    }
    let mut follower = Follower::<f64>::new(spec, descent.cell.0, descent.cell.1);
    (0..descent.steps).for_each(|_| follower.advance());
    let scale = |parameter: usize| {
        let value = |name: &str| follower.state(name).map(|state| state[parameter]).or_else(|| follower.knob(name));
        formula_value(formula, &value).filter(|scale| scale.is_finite() && *scale > 0.0)
    };
    (0..descent.parameters.len()).map(scale).collect()
}

/// The rule's limit formula at a sharpness; `None` where it has no finite value.
fn limit_at(spec: &FormulaSweep, formula: &str, sharpness: f64, step: f64) -> Result<Option<f64>, String> {
    let names = parse(formula).map(|ast| ast.free_names()).unwrap_or_default();
    let varies = |knob: &&crate::sweep::Knob| !matches!(knob.source, Source::Fixed(_)) && names.contains(&knob.name);
    if let Some(knob) = spec.knobs.iter().find(varies) {
        let formula = formula.replace("lambda", "λmax");
        let sharpness = (sharpness * 1e6).round() / 1e6;
        return Err(format!("{formula} moves with `{}`, which is an axis (λmax = {sharpness})", knob.name));
    }
    if sharpness <= FLATTEST {
        return Ok(None);
    }
    let value = |name: &str| match name {
        "lambda" => Some(sharpness),
        "t" => Some(step),
        _ => spec.knobs.iter().find(|knob| knob.name == name).and_then(|knob| match knob.source {
            Source::Fixed(value) => Some(value),
            Source::X(_) | Source::Y(_) => None,
        }),
    };
    Ok(formula_value(formula, &value).filter(|value| value.is_finite() && *value > 0.0))
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
