//! What `mean`, `sum`, `max` and `min` run over, and those that are numbers of the data.

use super::eval::fold_over;
use super::graph::{Graph, Node, NodeId};
use std::collections::HashMap;

/// How many rows become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    Mean,
    Sum,
    Largest,
    Smallest,
}

impl Aggregate {
    /// That number, of so many rows of `a`.
    pub fn of(self, graph: &mut Graph, rows: u32, a: NodeId) -> NodeId {
        match self {
            Self::Mean => mean(graph, rows, a),
            Self::Sum => graph.sum(rows, a),
            Self::Largest => graph.largest(rows, a, a),
            Self::Smallest => {
                let key = graph.neg(a);
                graph.largest(rows, key, a)
            }
        }
    }

    /// The node that goes through the rows.
    fn fold(self, graph: &mut Graph, rows: u32, a: NodeId) -> Node {
        match self {
            Self::Mean | Self::Sum => Node::Sum(rows, a),
            Self::Largest => Node::Largest(rows, a, a),
            Self::Smallest => Node::Largest(rows, graph.neg(a), a),
        }
    }
}

/// The mean of `a` over so many rows; `a` itself where it is the same in all of them.
pub fn mean(graph: &mut Graph, rows: u32, a: NodeId) -> NodeId {
    if !graph.is_by_row(a) {
        return a;
    }
    let sum = graph.sum(rows, a);
    let rows = graph.constant(f64::from(rows));
    graph.div(sum, rows)
}

/// What `mean`, `sum`, `max` and `min` run over.
pub trait Aggregates {
    /// `a` over the rows of the data, or of a batch, as one number.
    fn over(&self, graph: &mut Graph, of: Aggregate, a: NodeId) -> NodeId;
}

impl Graph {
    /// The operations of `a` on other columns, of which `rename` gives the names.
    pub fn on_columns(&mut self, a: NodeId, rename: impl Fn(&str) -> String) -> NodeId {
        self.in_place_of_columns(a, |graph, name| graph.column(&rename(name)))
    }

    /// The operations of `a` on one row, whose values are inputs of the names of their columns. What runs over rows stays as
    /// it is.
    pub fn at_one_row(&mut self, a: NodeId) -> NodeId {
        self.in_place_of_columns(a, Self::input)
    }

    fn in_place_of_columns(&mut self, a: NodeId, other: impl Fn(&mut Self, &str) -> NodeId) -> NodeId {
        let mut copies: HashMap<NodeId, NodeId> = HashMap::new();
        for id in self.row_nodes(a) {
            let copy_of = |id: NodeId| copies.get(&id).copied().unwrap_or(id);
            let copy = match self.node(id) {
                Node::Column(number) => {
                    let name = self.columns()[number as usize].clone();
                    other(self, &name)
                }
                Node::Unary(op, a) => self.unary(op, copy_of(a)),
                Node::Binary(op, a, b) => self.binary(op, copy_of(a), copy_of(b)),
                Node::Compare(op, a, b) => self.compare(op, copy_of(a), copy_of(b)),
                Node::Select(condition, a, b) => self.select(copy_of(condition), copy_of(a), copy_of(b)),
                Node::Constant(_) | Node::Input(_) | Node::Sum(..) | Node::Largest(..) => id,
            };
            copies.insert(id, copy);
        }
        copies.get(&a).copied().unwrap_or(a)
    }

    /// Makes `a` over so many rows the constant that it is on these data, where it reads nothing but columns of theirs: from
    /// the first row to the last, in f64. Left as it is where that is much work.
    pub fn settle<'a>(&mut self, of: Aggregate, (rows, a): (u32, NodeId), column: &dyn Fn(&str) -> Option<&'a [f64]>) {
        /// Operations: a fraction of a second, and each graph of a request does them.
        const MOST: usize = 1 << 27;
        if !self.is_by_row(a) {
            return;
        }
        let fold = of.fold(self, rows, a);
        if self.is_settled(fold) {
            return;
        }
        let nodes = self.row_nodes_of(&fold.children().collect::<Vec<_>>());
        // Sums that have much in common go through all of that, each for itself.
        self.spend(nodes.len());
        let is_known = |child: NodeId| self.is_by_row(child) || self.constant_value(child).is_some();
        let known = nodes.iter().all(|id| self.node(*id).children().all(is_known));
        if !known || nodes.len().saturating_mul(rows as usize) > MOST || self.is_full() {
            return;
        }
        let columns: Vec<Option<&[f64]>> = self.columns().iter().map(|name| column(name)).collect();
        let is_there = |id: &NodeId| !matches!(self.node(*id), Node::Column(at) if columns[at as usize].is_none());
        if nodes.iter().all(is_there) {
            let columns: Vec<&[f64]> = columns.into_iter().map(Option::unwrap_or_default).collect();
            let value = fold_over(self, fold, &nodes, &columns);
            self.settle_node(fold, value);
        }
    }
}
