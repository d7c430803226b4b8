//! Stages of a program → instructions: which register holds what, and for how long.

use super::instruction::{Instruction, Register};
use crate::expr::{Node, NodeId};
use crate::sweep::{Fold, Program, RowLoop, Stage};
use std::collections::HashMap;

/// Instructions that run once, or once per row.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    Straight(Vec<Instruction>),
    Rows(RowWork),
}

/// A loop over rows.
#[derive(Debug, Clone, PartialEq)]
pub struct RowWork {
    /// Whether over the rows of the step's batch instead of all.
    pub batch: bool,
    pub rows: u32,
    /// Registers to fill with columns of the data.
    pub columns: Vec<(Register, usize)>,
    pub body: Vec<Instruction>,
    pub folds: Vec<Fold<Register>>,
}

/// Registers that are reused within a step.
pub struct Scratch {
    free: Vec<Register>,
    next: Register,
}

impl Scratch {
    /// From this one on.
    pub fn after(next: Register) -> Self {
        Self { free: Vec::new(), next }
    }

    fn take(&mut self) -> Register {
        self.free.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        })
    }
}

/// Turns stages into instructions. Time is counted in operations; a whole loop over rows is one.
pub struct Emitter<'a> {
    program: &'a Program,
    /// Registers of nodes, by their numbers.
    pub places: Vec<Option<Register>>,
    /// Whether a place was given before, and is therefore not scratch.
    given: Vec<bool>,
    scratch: Scratch,
    /// When each scratch value is read for the last time; what the step results in is kept to the end.
    last_use: Vec<Option<usize>>,
    /// The node of each column that the graph reads, by its number.
    columns: HashMap<u32, NodeId>,
    time: usize,
}

impl<'a> Emitter<'a> {
    /// `places` are those given before; `stages` are all that will be emitted.
    pub fn new(program: &'a Program, places: Vec<Option<Register>>, scratch: Scratch, stages: &[Stage]) -> Self {
        let given = places.iter().map(Option::is_some).collect();
        let mut last_use = vec![None; places.len()];
        let mut time = 0;
        for stage in stages {
            match stage {
                Stage::Straight(nodes) => {
                    for id in nodes {
                        program.graph.node(*id).children().for_each(|child| last_use[child.index()] = Some(time));
                        time += 1;
                    }
                }
                Stage::Rows(rows) => {
                    for node in shared(program, rows) {
                        last_use[node.index()] = Some(time);
                    }
                    time += 1;
                }
            }
        }
        for (_, node) in program.roots() {
            last_use[node.index()] = None;
        }
        let columns = program.graph.nodes().iter().enumerate().filter_map(|(at, node)| match node {
            Node::Column(number) => Some((*number, program.graph.id_at(at))),
            _ => None,
        });
        Self { program, places, given, scratch, last_use, columns: columns.collect(), time: 0 }
    }

    /// How many registers there are now.
    pub fn registers(&self) -> usize {
        self.scratch.next
    }

    /// The next of the stages.
    pub fn emit(&mut self, stages: &[Stage]) -> Vec<Work> {
        let emitted = stages.iter().map(|stage| match stage {
            Stage::Straight(nodes) => Work::Straight(nodes.iter().map(|id| self.straight(*id)).collect()),
            Stage::Rows(rows) => Work::Rows(self.rows(rows)),
        });
        emitted.collect()
    }

    fn straight(&mut self, id: NodeId) -> Instruction {
        self.place(id);
        let instruction = self.instruction(id);
        // Freed only now: an instruction never writes what it reads.
        self.release(self.program.graph.node(id).children().collect());
        self.time += 1;
        instruction
    }

    fn rows(&mut self, rows: &RowLoop) -> RowWork {
        let graph = &self.program.graph;
        rows.results.iter().for_each(|id| self.place(*id));
        // Registers of the body are not shared with anything: the next row runs through all of it again.
        let columns: Vec<NodeId> = rows.columns.iter().filter_map(|number| self.columns.get(number).copied()).collect();
        let inside: Vec<NodeId> = columns.iter().chain(&rows.body).copied().collect();
        for id in &inside {
            self.places[id.index()] = Some(self.scratch.take());
        }
        let register = |id: &NodeId| self.places[id.index()].expect("placed above");
        let data = |id: &NodeId| match graph.node(*id) {
            Node::Column(number) => self.program.columns[number as usize].data,
            _ => unreachable!("only columns are asked"),
        };
        let mut spared = Vec::new();
        let scratch = &mut self.scratch;
        let spare = || {
            spared.push(scratch.take());
            spared[spared.len() - 1]
        };
        let folds = rows.folds(graph, |id| register(&id), spare);
        let work = RowWork {
            batch: rows.batch,
            rows: rows.rows,
            columns: columns.iter().map(|id| (register(id), data(id))).collect(),
            body: rows.body.iter().map(|id| self.instruction(*id)).collect(),
            folds,
        };
        for id in inside {
            self.scratch.free.extend(self.places[id.index()].take());
        }
        self.scratch.free.append(&mut spared);
        self.release(shared(self.program, rows));
        self.time += 1;
        work
    }

    fn place(&mut self, id: NodeId) {
        if self.places[id.index()].is_none() {
            self.places[id.index()] = Some(self.scratch.take());
        }
    }

    /// Gives back the registers of scratch values that were read for the last time.
    fn release(&mut self, mut read: Vec<NodeId>) {
        read.sort_unstable();
        read.dedup();
        for id in read {
            if self.last_use[id.index()] == Some(self.time) && !self.given[id.index()] {
                self.scratch.free.push(self.places[id.index()].expect("what is read is placed"));
            }
        }
    }

    fn instruction(&self, id: NodeId) -> Instruction {
        let place = |id: NodeId| self.places[id.index()].expect("children are placed before their parents");
        let to = place(id);
        match self.program.graph.node(id) {
            Node::Unary(op, a) => Instruction::Unary(op, to, place(a)),
            Node::Binary(op, a, b) => Instruction::Binary(op, to, place(a), place(b)),
            Node::Compare(op, a, b) => Instruction::Compare(op, to, place(a), place(b)),
            Node::Select(condition, a, b) => Instruction::Select(to, place(condition), place(a), place(b)),
            Node::Constant(_) | Node::Input(_) | Node::Column(_) | Node::Sum(..) | Node::Largest(..) => {
                unreachable!("these are no operations of one instruction")
            }
        }
    }
}

/// What a loop reads that is the same in all rows.
fn shared(program: &Program, rows: &RowLoop) -> Vec<NodeId> {
    let children = rows.body.iter().flat_map(|id| program.graph.node(*id).children());
    children.filter(|child| !program.graph.is_by_row(*child)).collect()
}
