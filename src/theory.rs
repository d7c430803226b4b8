//! Where gradient descent must stop converging, from the curvature at a minimum.

use crate::expr::{Graph, NodeId, evaluate, gradient, parse};
use crate::problem::{Objective, Rule};
use crate::sweep::{Source, Spec};
use nalgebra::{DMatrix, DVector, SymmetricEigen};
use serde::Serialize;

/// Slope and curvature of an objective at a point, in f64.
#[derive(Debug, Clone, PartialEq)]
pub struct Curvature {
    pub point: Vec<f64>,
    /// max |gradient component|
    pub slope: f64,
    /// Eigenvalues of the Hessian, ascending.
    pub eigenvalues: Vec<f64>,
}

impl Curvature {
    /// The largest eigenvalue of the Hessian (the *sharpness*).
    pub fn largest(&self) -> f64 {
        self.eigenvalues.last().copied().unwrap_or(0.0)
    }
}

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

/// Gradient and Hessian of an objective as one graph.
struct Derivatives {
    graph: Graph,
    gradient: Vec<NodeId>,
    /// Row by row.
    hessian: Vec<NodeId>,
}

impl Derivatives {
    fn new(objective: &Objective) -> Option<Self> {
        let mut graph = Graph::new();
        let loss = objective.lower(&mut graph).ok()?;
        let parameters: Vec<NodeId> = objective.parameters().iter().map(|name| graph.input(name)).collect();
        let slopes = gradient(&mut graph, loss, &parameters);
        let rows: Vec<Vec<NodeId>> = slopes.iter().map(|slope| gradient(&mut graph, *slope, &parameters)).collect();
        Some(Self { graph, gradient: slopes, hessian: rows.concat() })
    }

    /// Gradient and Hessian at a point; `constants` in the order of [`Objective::constants`].
    fn at(&self, constants: &[f64], point: &[f64]) -> (DVector<f64>, DMatrix<f64>) {
        let inputs: Vec<f64> = point.iter().chain(constants).copied().collect();
        let slopes = evaluate(&self.graph, &self.gradient, &inputs);
        let rows = evaluate(&self.graph, &self.hessian, &inputs);
        (DVector::from_vec(slopes), DMatrix::from_row_slice(point.len(), point.len(), &rows))
    }
}

/// Slope and curvature of `objective` at `point`; `constants` in the order of [`Objective::constants`]. `None` where
/// they are not finite.
pub fn curvature(objective: &Objective, constants: &[f64], point: &[f64]) -> Option<Curvature> {
    let (slopes, hessian) = Derivatives::new(objective)?.at(constants, point);
    if slopes.iter().chain(hessian.iter()).any(|value| !value.is_finite()) {
        return None;
    }
    // Symmetric up to rounding; the solver reads one triangle.
    let mut eigenvalues: Vec<f64> = SymmetricEigen::new(hessian).eigenvalues.iter().copied().collect();
    eigenvalues.sort_by(f64::total_cmp);
    Some(Curvature { point: point.to_vec(), slope: slopes.amax(), eigenvalues })
}

/// The minimum next to `point`, by Newton's method in f64; `point` itself where the Hessian is not positive definite.
pub fn polish(objective: &Objective, constants: &[f64], point: &[f64]) -> Vec<f64> {
    const ROUNDS: usize = 50;
    let mut best = DVector::from_column_slice(point);
    let Some(derivatives) = Derivatives::new(objective) else { return point.to_vec() };
    for _ in 0..ROUNDS {
        let (slopes, hessian) = derivatives.at(constants, best.as_slice());
        let Some(solver) = hessian.cholesky() else { break };
        let next = &best - solver.solve(&slopes);
        let (next_slopes, _) = derivatives.at(constants, next.as_slice());
        if !next_slopes.amax().is_finite() || next_slopes.amax() >= slopes.amax() {
            break;
        }
        best = next;
    }
    best.as_slice().to_vec()
}

/// What theory says about `spec`. `reached` is where its best converged descent ended, if one did; it is used where
/// the catalog knows no minimum.
pub fn theory(spec: &Spec, reached: Option<&[f64]>) -> Theory {
    let Some(constants) = spec.constants() else {
        return Theory::None("a constant of the objective is an axis: the limit moves with it".to_owned());
    };
    let Some(limit) = spec.rule.limit() else {
        return Theory::None(format!("no closed form for the rule {}", rule_name(&spec.rule)));
    };
    let minima = minima(spec, &constants, reached);
    if minima.is_empty() {
        return Theory::None("no minimum is known, and no descent converged to one".to_owned());
    }
    let mut limits: Vec<Limit> = Vec::new();
    for minimum in minima {
        let sharpness = curvature(&spec.objective, &constants, &minimum).map_or(0.0, |curvature| curvature.largest());
        if let Some(alpha) = limit_at(spec, limit, sharpness) {
            limits.push(Limit { alpha, sharpness, minimum });
        }
    }
    if limits.is_empty() {
        return Theory::None(
            "no curvature at the minimum (it is flat, or a kink): where descent stops converging depends on the start"
                .to_owned(),
        );
    }
    limits.sort_by(|a, b| a.alpha.total_cmp(&b.alpha));
    Theory::Limits(limits)
}

fn rule_name(rule: &Rule) -> String {
    rule.name().map_or_else(|| format!("\"{}\"", rule.text()), str::to_owned)
}

/// Known minima that are minima at these constants; else the one that was reached.
fn minima(spec: &Spec, constants: &[f64], reached: Option<&[f64]>) -> Vec<Vec<f64>> {
    const FLAT: f64 = 1e-4;
    let known = spec.objective.row().map(|row| row.minima).unwrap_or_default();
    let is_minimum = |point: &&&[f64]| {
        let here = curvature(&spec.objective, constants, point);
        here.is_some_and(|here| here.slope < FLAT * (1.0 + here.largest()) && here.eigenvalues[0] >= -FLAT)
    };
    let known: Vec<Vec<f64>> = known.iter().filter(is_minimum).map(|point| point.to_vec()).collect();
    if !known.is_empty() {
        return known;
    }
    reached.map(|point| polish(&spec.objective, constants, point)).into_iter().collect()
}

/// The rule's limit formula at a sharpness; `None` where it has no finite value, or reads what is an axis.
fn limit_at(spec: &Spec, formula: &str, sharpness: f64) -> Option<f64> {
    // Below this a curvature is rounding, not shape.
    const FLATTEST: f64 = 1e-12;
    if sharpness <= FLATTEST {
        return None;
    }
    let ast = parse(formula).ok()?;
    let value_of = |name: &String| {
        if name == "lambda" {
            return Some(sharpness);
        }
        match spec.knobs.iter().find(|knob| knob.name == *name)?.source {
            Source::Fixed(value) => Some(value),
            Source::X(_) | Source::Y(_) => None,
        }
    };
    let names = ast.free_names();
    let values: Vec<f64> = names.iter().map(value_of).collect::<Option<_>>()?;
    let mut graph = Graph::new();
    let nodes: Vec<NodeId> = names.iter().map(|name| graph.input(name)).collect();
    let mut resolve = |name: &str| names.iter().position(|known| known == name).map(|at| nodes[at]);
    let limit = ast.lower_value(&mut graph, &mut resolve).ok()?;
    let value = evaluate(&graph, &[limit], &values)[0];
    (value.is_finite() && value > 0.0).then_some(value)
}
