//! What each operation of a program depends on, and so how often it is computed.
//!
//! All lanes are at the same step. What depends on the step alone, such as Adam's bias corrections or a decaying learning
//! rate, is computed once for all lanes and not once in each.

use crate::expr::{Node, NodeId};
use crate::sweep::{FormulaSweep, InitialValue, Input, Program, Source};

/// From what is computed least often to what is computed most often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// The same in every lane and step.
    Fixed,
    /// The same in every lane.
    Stepwise,
    /// The same in every step of a lane.
    Prepared,
    Moving,
}

impl Class {
    /// The class of what is made of both.
    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Stepwise, Self::Prepared) | (Self::Prepared, Self::Stepwise) => Self::Moving,
            _ => self.max(other),
        }
    }
}

/// The nodes of a program, by their class.
#[derive(Debug, Clone, Default)]
pub struct Classes {
    of: Vec<Class>,
    /// Per carried value, whether it is the same in every lane.
    pub is_uniform: Vec<bool>,
    /// Per knob, whether lanes read it and it differs between them.
    pub is_knob_of_lanes: Vec<bool>,
    /// What lanes read, in the order of its slots.
    pub fixed: Vec<NodeId>,
    pub stepwise: Vec<NodeId>,
    /// Operations of the lanes: those that knobs decide, those that judge, those that advance.
    pub setup: Vec<NodeId>,
    pub judge: Vec<NodeId>,
    pub advance: Vec<NodeId>,
    /// What is found once per step, whoever reads it.
    pub per_step: Vec<NodeId>,
}

impl Classes {
    pub fn new(spec: &FormulaSweep) -> Self {
        let program = &spec.program;
        let is_uniform = uniform(spec);
        let of = classes(spec, &is_uniform);
        let is_knob_of_lanes = vec![false; spec.knobs.len()];
        let mut found = Self { of, is_uniform, is_knob_of_lanes, ..Self::default() };
        found.sort(program);
        found
    }

    fn sort(&mut self, program: &Program) {
        let graph = &program.graph;
        let judged = graph.needed_by(&program.judged());
        let read = self.read_by_lanes(program);
        let needed = program.needed();
        for id in (0..needed.len()).filter(|at| needed[*at]).map(|at| graph.id_at(at)) {
            let is_operation = !matches!(graph.node(id), Node::Constant(_) | Node::Input(_));
            match self.of(id) {
                Class::Fixed if read[id.index()] => self.fixed.push(id),
                Class::Stepwise => {
                    if read[id.index()] {
                        self.stepwise.push(id);
                    }
                    self.per_step.push(id);
                }
                Class::Prepared => match graph.node(id) {
                    Node::Input(number) => {
                        if let Input::Knob(knob) = program.inputs[number as usize] {
                            self.is_knob_of_lanes[knob] = true;
                        }
                    }
                    _ => self.setup.push(id),
                },
                Class::Moving if is_operation && judged[id.index()] => self.judge.push(id),
                Class::Moving if is_operation => self.advance.push(id),
                _ => {}
            }
        }
    }

    /// For every node, whether an operation of the lanes reads it, or it is what lanes are asked for.
    fn read_by_lanes(&self, program: &Program) -> Vec<bool> {
        let graph = &program.graph;
        let mut read = vec![false; graph.nodes().len()];
        for (at, _) in program.needed().iter().enumerate().filter(|(_, needed)| **needed) {
            let id = graph.id_at(at);
            if self.of(id) >= Class::Prepared {
                graph.node(id).children().for_each(|child| read[child.index()] = true);
            }
        }
        let next = program.carried.iter().zip(&self.is_uniform).filter(|(_, uniform)| !**uniform);
        let next = next.map(|(carried, _)| carried.next);
        program.judged().into_iter().chain(next).for_each(|id| read[id.index()] = true);
        read
    }

    pub fn of(&self, id: NodeId) -> Class {
        self.of[id.index()]
    }

    /// Whether the lanes have one value of it together.
    pub fn is_shared(&self, id: NodeId) -> bool {
        self.of(id) <= Class::Stepwise
    }
}

fn classes(spec: &FormulaSweep, uniform: &[bool]) -> Vec<Class> {
    let program = &spec.program;
    let mut classes: Vec<Class> = Vec::with_capacity(program.graph.nodes().len());
    for node in program.graph.nodes() {
        classes.push(match *node {
            Node::Constant(_) => Class::Fixed,
            Node::Input(number) => match program.inputs[number as usize] {
                Input::Knob(knob) if is_fixed(spec, knob) => Class::Fixed,
                Input::Knob(_) => Class::Prepared,
                Input::Carried(carried) if !uniform[carried] => Class::Moving,
                Input::Drawn { .. } => Class::Moving,
                Input::Carried(_) | Input::StepNumber => Class::Stepwise,
            },
            Node::Column(_) | Node::Sum(..) | Node::Largest(..) => Class::Moving,
            _ => node.children().fold(Class::Fixed, |class, child| class.with(classes[child.index()])),
        });
    }
    classes
}

/// Per carried value, whether all lanes carry the same: the largest set of the rule's state that starts alike everywhere
/// and goes on from nothing but itself and the step. Parameters are reported lane by lane and never in it.
fn uniform(spec: &FormulaSweep) -> Vec<bool> {
    let program = &spec.program;
    let starts_alike = |initial: InitialValue| match initial {
        InitialValue::Zero => true,
        InitialValue::Knob(knob) => is_fixed(spec, knob),
    };
    let mut uniform: Vec<bool> = program.carried.iter().map(|carried| starts_alike(carried.initial)).collect();
    program.reported().into_iter().for_each(|at| uniform[at] = false);
    // What differs makes all differ that follows from it, in this step or a later one.
    let differs = classes(spec, &uniform).into_iter().map(|class| class > Class::Stepwise).collect();
    let graph = &program.graph;
    let comes_back = graph.nodes().iter().enumerate().filter_map(|(at, node)| {
        let Node::Input(number) = node else { return None };
        let Input::Carried(carried) = program.inputs[*number as usize] else { return None };
        Some((program.carried[carried].next, graph.id_at(at)))
    });
    let differs = graph.follows(differs, &comes_back.collect::<Vec<_>>());
    let kept = program.carried.iter().zip(uniform);
    kept.map(|(carried, uniform)| uniform && !differs[carried.next.index()]).collect()
}

fn is_fixed(spec: &FormulaSweep, knob: usize) -> bool {
    matches!(spec.knobs[knob].source, Source::Fixed(_))
}
