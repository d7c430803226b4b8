//! What `mean` and `sum` run over, and sums that are numbers of the data.

use super::eval::sum_over;
use super::graph::{Graph, Node, NodeId};
use std::collections::HashMap;

/// What `mean` and `sum` run over.
pub trait Aggregates {
    /// How many rows `a` is summed over, and what is summed in its place: the same on other columns, or a number that is
    /// known.
    fn over(&self, graph: &mut Graph, a: NodeId) -> (u32, NodeId);
}

impl Graph {
    /// The operations of `a` on other columns, of which `rename` gives the names.
    pub fn on_columns(&mut self, a: NodeId, rename: impl Fn(&str) -> String) -> NodeId {
        let mut copies: HashMap<NodeId, NodeId> = HashMap::new();
        for id in self.row_nodes(a) {
            let copy_of = |id: NodeId| copies.get(&id).copied().unwrap_or(id);
            let copy = match self.node(id) {
                Node::Column(number) => {
                    let name = rename(&self.columns()[number as usize]);
                    self.column(&name)
                }
                Node::Unary(op, a) => self.unary(op, copy_of(a)),
                Node::Binary(op, a, b) => self.binary(op, copy_of(a), copy_of(b)),
                Node::Compare(op, a, b) => self.compare(op, copy_of(a), copy_of(b)),
                Node::Select(condition, a, b) => self.select(copy_of(condition), copy_of(a), copy_of(b)),
                Node::Constant(_) | Node::Input(_) | Node::Sum(..) => id,
            };
            copies.insert(id, copy);
        }
        copies.get(&a).copied().unwrap_or(a)
    }

    /// Makes the sum of `a` over so many rows the constant that it is on these data, where it reads nothing but columns of
    /// theirs: from the first row to the last, in f64. Left as it is where that is much work.
    pub fn settle_sum<'a>(&mut self, rows: u32, a: NodeId, column: &dyn Fn(&str) -> Option<&'a [f64]>) {
        /// Operations: a fraction of a second, and each graph of a request does them.
        const MOST: usize = 1 << 27;
        if !self.is_by_row(a) || self.is_settled(rows, a) {
            return;
        }
        let nodes = self.row_nodes(a);
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
            let value = sum_over(self, (rows, a), &nodes, &columns);
            self.settle(Node::Sum(rows, a), value);
        }
    }
}
