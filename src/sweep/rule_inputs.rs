//! What a rule is given for each parameter, as nodes of the step's graph.

use super::knob_ref::of_one_parameter;
use crate::expr::{Binary, Graph, NodeId, Unary};
use crate::problem::{Objective, ProblemError, Rows, Rule, Schedule};
use std::collections::HashMap;

/// Name of the graph's input for the step number, which no formula can write.
pub(super) const STEP_NUMBER: &str = "#t";
/// How the names of inputs begin that are drawn in each step: which half of a draw and which parameter follow.
const DRAWN: &str = "#draw";

/// A rule, and what decides its numbers.
#[derive(Debug, Clone, Copy)]
pub struct RuleParts<'a> {
    pub rule: &'a Rule,
    /// What alpha is multiplied by.
    pub schedule: Option<&'a Schedule>,
    /// Hyperparameters that have a value of their own for one parameter, as `alpha@b`.
    pub own: &'a [String],
    /// Steps of a descent.
    pub steps: u32,
}

/// What all parameters are given.
pub(super) struct RuleInputs<'a> {
    rule: &'a Rule,
    /// By its name in the rule.
    shared: HashMap<&'static str, NodeId>,
    /// What alpha is multiplied by.
    factor: Option<NodeId>,
    /// Hyperparameters that have a value of their own for one parameter: `alpha@b`.
    own: &'a [String],
}

impl<'a> RuleInputs<'a> {
    /// Puts what all parameters share into the graph. `gradient` and the loss are over `rows`.
    ///
    /// # Errors
    /// A loss or schedule that cannot be lowered.
    pub fn new(
        parts: RuleParts<'a>,
        graph: &mut Graph,
        (objective, rows): (&Objective, Rows),
        (parameters, gradient): (&[NodeId], &[NodeId]),
    ) -> Result<Self, ProblemError> {
        let t = graph.input(STEP_NUMBER);
        let mut shared = HashMap::from([("t", t)]);
        for name in parts.rule.given() {
            match *name {
                "steps" => shared.insert(name, steps_of(graph, parts.steps)),
                "loss" => shared.insert(name, objective.lower_at(graph, parameters, rows)?),
                "gnorm" => shared.insert(name, norm(graph, gradient)),
                _ => None,
            };
        }
        let factor = factor(parts.schedule, graph, t, parts.steps)?;
        Ok(Self { rule: parts.rule, shared, factor, own: parts.own })
    }

    /// Whether a hyperparameter is not the same for all parameters.
    pub fn is_own(&self, hyperparameter: &str) -> bool {
        self.own.iter().any(|name| of_one_parameter(name).is_some_and(|(known, _)| known == hyperparameter))
    }

    /// What the rule reads for a parameter: its number and name, its node and its slope.
    pub fn of(&self, graph: &mut Graph, (at, name): (usize, &str), p: NodeId, g: NodeId) -> HashMap<&'a str, NodeId> {
        let mut read: HashMap<&str, NodeId> = HashMap::new();
        for (hyperparameter, _) in self.rule.hyperparameters() {
            let value = graph.input(&self.knob(hyperparameter, name));
            read.insert(hyperparameter, value);
        }
        if let Some((alpha, factor)) = read.get_mut("alpha").zip(self.factor) {
            *alpha = graph.mul(*alpha, factor);
        }
        for given in self.rule.given() {
            let node = match *given {
                "p" => p,
                "g" => g,
                "noise" => noise(graph, at),
                shared => self.shared[shared],
            };
            read.insert(given, node);
        }
        read
    }

    /// The knob that a parameter's hyperparameter is.
    fn knob(&self, hyperparameter: &str, parameter: &str) -> String {
        let is_it = |name: &&String| of_one_parameter(name) == Some((hyperparameter, parameter));
        self.own.iter().find(is_it).map_or_else(|| hyperparameter.to_owned(), Clone::clone)
    }
}

/// What alpha is multiplied by, where it is.
///
/// # Errors
/// As [`Schedule::lower`].
pub(super) fn factor(
    schedule: Option<&Schedule>,
    graph: &mut Graph,
    t: NodeId,
    steps: u32,
) -> Result<Option<NodeId>, ProblemError> {
    let Some(schedule) = schedule else { return Ok(None) };
    let steps = steps_of(graph, steps);
    schedule.lower(graph, t, steps).map(Some)
}

/// The number of steps as a constant. Where none is made no schedule divides by it.
pub(super) fn steps_of(graph: &mut Graph, steps: u32) -> NodeId {
    graph.constant(f64::from(steps.max(1)))
}

/// The Euclidean norm; of one number its size, which no square can lose.
fn norm(graph: &mut Graph, gradient: &[NodeId]) -> NodeId {
    if let [slope] = gradient {
        return graph.unary(Unary::Abs, *slope);
    }
    let squares: Vec<NodeId> = gradient.iter().map(|slope| graph.mul(*slope, *slope)).collect();
    let sum = squares.into_iter().reduce(|sum, square| graph.add(sum, square));
    let sum = sum.unwrap_or_else(|| graph.constant(0.0));
    graph.unary(Unary::Sqrt, sum)
}

/// A standard normal draw by Box and Muller (1958), of two uniform ones, in the language's own functions: engines only draw
/// the uniform numbers, in whole numbers, and agree to the bit.
fn noise(graph: &mut Graph, parameter: usize) -> NodeId {
    let [u, v] = [0, 1].map(|half| graph.input(&format!("{DRAWN}{half}@{parameter}")));
    let (one, two) = (graph.constant(1.0), graph.constant(-2.0));
    // 1 − u is never 0, which has no logarithm.
    let rest = graph.sub(one, u);
    let log = graph.unary(Unary::Ln, rest);
    let square = graph.mul(two, log);
    let radius = graph.unary(Unary::Sqrt, square);
    let turn = graph.constant(std::f64::consts::TAU);
    let angle = graph.mul(turn, v);
    let cosine = graph.unary(Unary::Cos, angle);
    graph.binary(Binary::Mul, radius, cosine)
}

/// Parameter and half of what an input of one of these names is drawn for.
pub(super) fn drawn(name: &str) -> Option<(u32, u32)> {
    let (half, parameter) = name.strip_prefix(DRAWN)?.split_once('@')?;
    parameter.parse().ok().zip(half.parse().ok())
}
