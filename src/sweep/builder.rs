//! A graph with what is carried from step to step.

use super::before::low_name;
use super::carried::{Carried, InitialValue, Input, Moved, Parameter};
use super::compensated::compensated;
use super::precision::Precision;
use super::rule_inputs::{STEP_NUMBER, drawn};
use crate::expr::{Graph, NodeId};
use std::collections::HashMap;

/// A graph with what is carried.
pub(super) struct Builder {
    pub graph: Graph,
    pub carried: Vec<Carried>,
    /// Where in `carried` the graph input of a name is.
    names: HashMap<String, usize>,
}

impl Builder {
    /// With nothing carried yet.
    pub fn new(graph: Graph) -> Self {
        Self { graph, carried: Vec::new(), names: HashMap::new() }
    }

    /// Where a value is carried; one that is carried already under its name stays where it is.
    pub fn carry(&mut self, name: &str, initial: InitialValue, next: NodeId) -> usize {
        if let Some(at) = self.names.get(name) {
            return *at;
        }
        self.carried.push(Carried { initial, next });
        self.names.insert(name.to_owned(), self.carried.len() - 1);
        self.carried.len() - 1
    }

    /// p + Δ, in the manner of the precision.
    pub fn carry_parameter(
        &mut self,
        name: &str,
        start: InitialValue,
        delta: NodeId,
        precision: Precision,
    ) -> Parameter {
        let hi = self.graph.input(name);
        if precision != Precision::Compensated {
            let next = self.graph.add(hi, delta);
            return Parameter { name: name.to_owned(), hi: self.carry(name, start, next), lo: None };
        }
        let low_name = low_name(name);
        let lo = self.graph.input(&low_name);
        let (sum, left) = compensated(&mut self.graph, hi, lo, delta);
        let hi = self.carry(name, start, sum);
        let lo = self.carry(&low_name, InitialValue::Zero, left);
        Parameter { name: name.to_owned(), hi, lo: Some(lo) }
    }

    /// A carried number before and after a step.
    pub fn moved(&mut self, at: usize) -> Moved {
        let name = self.names.iter().find(|(_, place)| **place == at).map(|(name, _)| name.clone());
        let now = self.graph.input(&name.expect("everything carried has a name"));
        Moved { now, next: self.carried[at].next }
    }

    pub fn inputs(&self, knobs: &[String]) -> Vec<Input> {
        // Of two knobs of one name the first.
        let places: HashMap<&String, usize> = knobs.iter().enumerate().rev().map(|(at, name)| (name, at)).collect();
        let meaning = |name: &String| {
            if name == STEP_NUMBER {
                return Input::StepNumber;
            }
            let carried = self.names.get(name).copied().map(Input::Carried);
            let drawn_for = || drawn(name).map(|(parameter, half)| Input::Drawn { parameter, half });
            let knob = || places.get(name).copied().map(Input::Knob);
            carried.or_else(knob).or_else(drawn_for).expect("every input is carried, a knob or drawn")
        };
        self.graph.inputs().iter().map(meaning).collect()
    }
}
