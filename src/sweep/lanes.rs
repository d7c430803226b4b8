//! Some nodes of a program, in f64, at many points at once: for derivatives and theory. Sweeps use the engines' own code.

use super::program::Program;
use super::schedule::{Fold, RowLoop, Stage};
use crate::expr::{Graph, Node, NodeId, takes_over};

/// Points that are evaluated together: loops of so many vectorise, and their values stay in the cache.
pub const LANES: usize = 16;

/// What must be evaluated for some nodes, in which order, and where each value is kept.
#[derive(Debug, Clone)]
pub struct Lanes {
    /// Constants and inputs, which come first.
    sources: Vec<(usize, Node)>,
    stages: Vec<Planned>,
    roots: Vec<usize>,
    slots: usize,
}

/// An operation whose children are known by their slots.
#[derive(Debug, Clone, Copy)]
struct Operation {
    node: Node,
    slot: usize,
    children: [usize; 3],
}

#[derive(Debug, Clone)]
enum Planned {
    Straight(Vec<Operation>),
    Rows(Rows),
}

/// Operations of every row.
#[derive(Debug, Clone)]
struct Rows {
    count: usize,
    /// Slot, and number of the graph's column.
    columns: Vec<(usize, usize)>,
    body: Vec<Operation>,
    folds: Vec<Fold<usize>>,
}

/// Slots in node order, so that children come before what reads them.
struct Slots {
    of: Vec<usize>,
}

impl Slots {
    fn new(graph: &Graph, roots: &[NodeId]) -> (Self, usize) {
        let mut count = 0;
        let number = |needed| {
            count += usize::from(needed);
            if needed { count - 1 } else { usize::MAX }
        };
        let of = graph.needed_by(roots).into_iter().map(number).collect();
        (Self { of }, count)
    }

    fn operation(&self, graph: &Graph, id: NodeId) -> Operation {
        let mut children = [0; 3];
        let node = graph.node(id);
        node.children().zip(&mut children).for_each(|(child, place)| *place = self.of[child.index()]);
        Operation { node, slot: self.of[id.index()], children }
    }

    fn row_loop(&self, graph: &Graph, plan: &RowLoop, spare: impl FnMut() -> usize) -> Rows {
        let slot = |id: NodeId| self.of[id.index()];
        let column = |at: usize| match graph.nodes()[at] {
            Node::Column(number) if self.of[at] != usize::MAX => {
                plan.columns.contains(&number).then_some((self.of[at], number as usize))
            }
            _ => None,
        };
        Rows {
            count: plan.rows as usize,
            columns: (0..graph.nodes().len()).filter_map(column).collect(),
            body: plan.body.iter().map(|id| self.operation(graph, *id)).collect(),
            folds: plan.folds(graph, slot, spare),
        }
    }
}

impl Lanes {
    /// Whatever `roots` need, of the graph of a program.
    pub fn new(program: &Program, roots: &[NodeId]) -> Self {
        let graph = &program.graph;
        let (slots, mut count) = Slots::new(graph, roots);
        let is_source = |node: &Node| matches!(node, Node::Constant(_) | Node::Input(_));
        let sources =
            graph.nodes().iter().zip(&slots.of).filter(|(node, slot)| **slot != usize::MAX && is_source(node));
        let mut spare = || {
            count += 1;
            count - 1
        };
        let mut planned = |stage: &Stage| match stage {
            Stage::Straight(nodes) => Planned::Straight(nodes.iter().map(|id| slots.operation(graph, *id)).collect()),
            Stage::Rows(rows) => Planned::Rows(slots.row_loop(graph, rows, &mut spare)),
        };
        let stages = program.stages(roots).iter().map(&mut planned).collect();
        Self {
            sources: sources.map(|(node, slot)| (*slot, *node)).collect(),
            stages,
            roots: roots.iter().map(|root| slots.of[root.index()]).collect(),
            slots: count,
        }
    }

    /// Values of the roots at `lanes` points, at most [`LANES`]: one list per point. `input` gives the value of an input of
    /// the graph at a point; `columns` those of the graph's columns, row by row.
    ///
    /// # Panics
    /// If a column is shorter than a loop over it.
    pub fn evaluate(&self, lanes: usize, input: &dyn Fn(usize, usize) -> f64, columns: &[&[f64]]) -> Vec<Vec<f64>> {
        let mut values = vec![0.0; self.slots * lanes];
        for (slot, node) in &self.sources {
            for lane in 0..lanes {
                values[slot * lanes + lane] = match node {
                    Node::Constant(bits) => f64::from_bits(*bits),
                    Node::Input(number) => input(*number as usize, lane),
                    _ => unreachable!("these are constants and inputs"),
                };
            }
        }
        for stage in &self.stages {
            match stage {
                Planned::Straight(operations) => run(operations, &mut values, lanes),
                Planned::Rows(rows) => (0..rows.count).for_each(|row| rows.run(row, columns, &mut values, lanes)),
            }
        }
        (0..lanes).map(|lane| self.roots.iter().map(|slot| values[slot * lanes + lane]).collect()).collect()
    }
}

fn run(operations: &[Operation], values: &mut [f64], lanes: usize) {
    for operation in operations {
        operation.run(values, lanes);
    }
}

impl Rows {
    fn run(&self, row: usize, columns: &[&[f64]], values: &mut [f64], lanes: usize) {
        for (slot, column) in &self.columns {
            values[slot * lanes..(slot + 1) * lanes].fill(columns[*column][row]);
        }
        run(&self.body, values, lanes);
        for fold in &self.folds {
            (0..lanes).for_each(|lane| fold.run(row, |slot| slot * lanes + lane, values));
        }
    }
}

impl Fold<usize> {
    /// One lane of a row; `at` says where that has a slot.
    fn run(self, row: usize, at: impl Fn(usize) -> usize, values: &mut [f64]) {
        match self {
            Self::Sum { to, of } => values[at(to)] += values[at(of)],
            Self::Largest { to, best, key, value } => {
                if row == 0 || takes_over(values[at(key)], values[at(best)]) {
                    values[at(best)] = values[at(key)];
                    values[at(to)] = values[at(value)];
                }
            }
        }
    }
}

impl Operation {
    #[inline]
    fn run(&self, values: &mut [f64], lanes: usize) {
        // Children have smaller slots.
        let (before, here) = values.split_at_mut(self.slot * lanes);
        let out = &mut here[..lanes];
        let [a, b, c] = self.children;
        let child = |slot: usize| &before[slot * lanes..(slot + 1) * lanes];
        match self.node {
            Node::Unary(op, _) => op.fill(out, child(a)),
            Node::Binary(op, ..) => op.fill(out, child(a), child(b)),
            Node::Compare(op, ..) => op.fill(out, child(a), child(b)),
            Node::Select(..) => {
                let branches = child(b).iter().zip(child(c));
                for (out, (condition, (a, b))) in out.iter_mut().zip(child(a).iter().zip(branches)) {
                    *out = if *condition == 0.0 { *b } else { *a };
                }
            }
            Node::Constant(_) | Node::Input(_) | Node::Column(_) | Node::Sum(..) | Node::Largest(..) => {}
        }
    }
}
