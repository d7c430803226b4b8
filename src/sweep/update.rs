//! How a rule moves one parameter among many: the graph of its step.

use super::compensated::compensated;
use super::precision::Precision;
use super::rule_inputs::{factor, steps_of};
use crate::expr::{Graph, NodeId};
use crate::problem::{ProblemError, Rule, Schedule};
use std::collections::HashMap;

/// Where an input of the graph comes from; in the order of [`Graph::inputs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateInput {
    /// The learning rate of the parameter's layer.
    Alpha,
    /// Another hyperparameter: position in [`Rule::hyperparameters`].
    Hyperparameter(usize),
    /// The number of the step about to be made, from 1.
    StepNumber,
    /// The parameter's gradient.
    Gradient,
    /// What the parameter carries from step to step: position in [`Update::next`].
    Carried(usize),
}

/// One step of one parameter.
#[derive(Debug, Clone)]
pub struct Update {
    pub graph: Graph,
    /// One entry per input of the graph.
    pub inputs: Vec<UpdateInput>,
    /// Next values of what is carried: the parameter, its low part where the precision has one, the rule's state. All
    /// but the parameter are 0 at the start.
    pub next: Vec<NodeId>,
    pub precision: Precision,
}

/// Names of graph inputs that no rule can write.
const PARAMETER: &str = "#p";
const LOW: &str = "#lo";
const GRADIENT: &str = "#g";
const STEP: &str = "#t";

impl Update {
    /// The step of a rule in `steps` steps.
    ///
    /// # Errors
    /// As [`Rule::lower`]; a rule that reads what no training has.
    pub fn new(
        rule: &Rule,
        schedule: Option<&Schedule>,
        steps: u32,
        precision: Precision,
    ) -> Result<Self, ProblemError> {
        check_given(rule)?;
        let mut graph = Graph::new();
        let [p, g, t] = [PARAMETER, GRADIENT, STEP].map(|name| graph.input(name));
        let slots: Vec<String> = rule.states().iter().map(|slot| format!("#{slot}")).collect();
        let states: Vec<NodeId> = slots.iter().map(|slot| graph.input(slot)).collect();
        let hyperparameters = rule.hyperparameters().iter().map(|(name, _)| (name.as_str(), graph.input(name)));
        let mut read: HashMap<&str, NodeId> = hyperparameters.collect();
        if let Some((alpha, factor)) = read.get_mut("alpha").zip(factor(schedule, &mut graph, t, steps)?) {
            *alpha = graph.mul(*alpha, factor);
        }
        read.extend([("p", p), ("g", g), ("t", t)]);
        if rule.given().contains(&"steps") {
            read.insert("steps", steps_of(&mut graph, steps));
        }
        let step = rule.lower(&mut graph, &read, &states)?;
        let mut carried = vec![PARAMETER.to_owned()];
        let mut next = if precision == Precision::Compensated {
            let lo = graph.input(LOW);
            carried.push(LOW.to_owned());
            let (sum, left) = compensated(&mut graph, p, lo, step.delta);
            vec![sum, left]
        } else {
            vec![graph.add(p, step.delta)]
        };
        carried.extend(slots);
        next.extend(step.states);
        let inputs = graph.inputs().iter().map(|name| meaning(name, &carried, rule)).collect();
        Ok(Self { graph, inputs, next, precision })
    }
}

/// Refuses what is not known where a weight moves: each is updated by itself, in the middle of a step.
fn check_given(rule: &Rule) -> Result<(), ProblemError> {
    const MISSING: [&str; 3] = ["loss", "gnorm", "noise"];
    match MISSING.iter().find(|name| rule.given().contains(name)) {
        Some(name) => Err(ProblemError::Name(format!(
            "reads `{name}`, which trainings of networks do not have: they move every weight by its own slope alone; \
             use a rule without {}, or a formula",
            MISSING.join(", ")
        ))),
        None => Ok(()),
    }
}

fn meaning(name: &str, carried: &[String], rule: &Rule) -> UpdateInput {
    if let Some(at) = carried.iter().position(|known| known == name) {
        return UpdateInput::Carried(at);
    }
    match name {
        GRADIENT => UpdateInput::Gradient,
        STEP => UpdateInput::StepNumber,
        "alpha" => UpdateInput::Alpha,
        _ => {
            let at = rule.hyperparameters().iter().position(|(known, _)| known == name);
            UpdateInput::Hyperparameter(at.expect("what a rule reads is given, a state or a hyperparameter"))
        }
    }
}
