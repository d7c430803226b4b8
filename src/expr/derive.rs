//! Reverse-mode differentiation, from graph to graph.

use super::comparison::Comparison;
use super::graph::{Graph, Node, NodeId};
use super::ops::Binary;
use super::row::{At, AtBoth, Slopes};
use std::collections::{HashMap, HashSet};

/// Derivatives of `value` by each of `variables`, as nodes of the same graph.
///
/// Where there is none, the derivative is one-sided, as in PyTorch's `where`: `abs`, `sign`, `sqrt` and powers between 0 and 1
/// have slope 0 at 0, `max(a,b)` and `min(a,b)` follow `a` on a tie, and over rows the first row. A branch that was not selected contributes exactly nothing, even where its
/// own slope is infinite.
///
/// Where the graph [is full](Graph::is_full) afterwards the nodes are of no meaning.
pub fn gradient(graph: &mut Graph, value: NodeId, variables: &[NodeId]) -> Vec<NodeId> {
    let nodes = graph.nodes_of(&[value]);
    let moving = depends_on(graph, &nodes, variables);
    let by_row = graph.is_by_row(value);
    let sweep = Reverse::run(graph, &nodes, moving, by_row);
    let zero = graph.constant(0.0);
    variables.iter().map(|variable| sweep.adjoint(*variable).map_or(zero, |adjoint| adjoint.node)).collect()
}

/// Those of `nodes` that change with one of `variables`, and these.
fn depends_on(graph: &Graph, nodes: &[NodeId], variables: &[NodeId]) -> HashSet<NodeId> {
    let mut moving: HashSet<NodeId> = variables.iter().copied().collect();
    for id in nodes {
        if graph.node(*id).children().any(|child| moving.contains(&child)) {
            moving.insert(*id);
        }
    }
    moving
}

/// ∂value/∂node so far. `gated`: it went through a select and may be an exact 0 that must stay 0, whatever it
/// is multiplied with.
#[derive(Debug, Clone, Copy)]
struct Adjoint {
    node: NodeId,
    gated: bool,
}

struct Reverse {
    adjoints: HashMap<NodeId, Adjoint>,
    moving: HashSet<NodeId>,
    /// Whether this pass goes through the nodes by row, below one sum, or through all others.
    by_row: bool,
}

impl Reverse {
    /// Down from the last of `nodes`, which are in the order in which they can be evaluated.
    fn run(graph: &mut Graph, nodes: &[NodeId], moving: HashSet<NodeId>, by_row: bool) -> Self {
        let mut sweep = Self { adjoints: HashMap::new(), moving, by_row };
        let one = graph.constant(1.0);
        sweep.adjoints.extend(nodes.last().map(|value| (*value, Adjoint { node: one, gated: false })));
        for node in nodes.iter().rev() {
            if let Some(adjoint) = sweep.adjoint(*node).filter(|_| !graph.is_full()) {
                sweep.pass_down(graph, *node, adjoint);
            }
        }
        sweep
    }

    fn adjoint(&self, of: NodeId) -> Option<Adjoint> {
        self.adjoints.get(&of).copied()
    }

    /// Adds `amount` to the adjoint of `child`.
    fn give(&mut self, graph: &mut Graph, child: NodeId, amount: NodeId, gated: bool) {
        if !self.moving.contains(&child) || graph.constant_value(amount) == Some(0.0) {
            return;
        }
        let sum = match self.adjoint(child) {
            Some(before) => Adjoint { node: graph.add(before.node, amount), gated: gated || before.gated },
            None => Adjoint { node: amount, gated },
        };
        self.adjoints.insert(child, sum);
    }

    /// Hands the adjoint of a node on to its children.
    fn pass_down(&mut self, graph: &mut Graph, result: NodeId, adjoint: Adjoint) {
        if !self.moving.contains(&result) || graph.is_by_row(result) != self.by_row {
            return;
        }
        match graph.node(result) {
            Node::Constant(_) | Node::Input(_) | Node::Column(_) | Node::Compare(..) => {}
            Node::Sum(rows, body) => self.pass_into_rows(graph, body, adjoint, &|g, slope| g.sum(rows, slope)),
            Node::Largest(rows, key, value) => {
                self.pass_into_rows(graph, value, adjoint, &|g, slope| g.largest(rows, key, slope));
            }
            Node::Unary(op, a) => {
                let amount = op.slope(graph, At { a, result, d: adjoint.node });
                let amount = guard(graph, adjoint.node, adjoint.gated, amount);
                self.give(graph, a, amount, adjoint.gated);
            }
            Node::Binary(op, a, b) => self.pass_to_both(graph, (op, a, b), result, adjoint),
            Node::Select(condition, a, b) => self.pass_to_branches(graph, condition, a, b, adjoint.node),
        }
    }

    /// d·Σ(slope of the row's value): a pass of its own through the nodes by row, down to what all rows share, whose
    /// slopes are then summed. So d stays outside of the sum. Likewise where one row's slope is taken instead.
    fn pass_into_rows(
        &mut self,
        g: &mut Graph,
        body: NodeId,
        adjoint: Adjoint,
        fold: &dyn Fn(&mut Graph, NodeId) -> NodeId,
    ) {
        let nodes = g.row_nodes(body);
        // Sums that have much in common go through all of that, each for itself.
        g.spend(nodes.len());
        let mut shared: Vec<NodeId> = Vec::new();
        let children = nodes.iter().flat_map(|node| g.node(*node).children());
        shared.extend(children.filter(|child| !g.is_by_row(*child) && self.moving.contains(child)));
        shared.sort_unstable();
        shared.dedup();
        let moving = depends_on(g, &nodes, &shared);
        let inner = Self::run(g, &nodes, moving, true);
        for leaf in shared {
            let Some(slope) = inner.adjoint(leaf) else { continue };
            let total = fold(g, slope.node);
            let amount = g.mul(adjoint.node, total);
            let amount = guard(g, adjoint.node, adjoint.gated, amount);
            self.give(g, leaf, amount, adjoint.gated || slope.gated);
        }
    }

    fn pass_to_both(&mut self, g: &mut Graph, (op, a, b): (Binary, NodeId, NodeId), result: NodeId, adjoint: Adjoint) {
        let (d, b_moves) = (adjoint.node, self.moving.contains(&b));
        let (to_a, to_b) = match op.slopes(g, AtBoth { a, b, result, d, b_moves }) {
            Slopes::Each(to_a, to_b) => (to_a, to_b),
            Slopes::One { b_where } => return self.pass_to_branches(g, b_where, b, a, d),
        };
        let to_a = guard(g, d, adjoint.gated, to_a);
        let to_b = guard(g, d, adjoint.gated, to_b);
        self.give(g, a, to_a, adjoint.gated);
        self.give(g, b, to_b, adjoint.gated);
    }

    fn pass_to_branches(&mut self, g: &mut Graph, condition: NodeId, a: NodeId, b: NodeId, d: NodeId) {
        let zero = g.constant(0.0);
        let to_a = g.select(condition, d, zero);
        let to_b = g.select(condition, zero, d);
        self.give(g, a, to_a, true);
        self.give(g, b, to_b, true);
    }
}

/// `amount`, which is `factor` times a slope; unless a gated factor is 0: then 0, though the slope be infinite or not a number.
pub(super) fn guard(graph: &mut Graph, factor: NodeId, gated: bool, amount: NodeId) -> NodeId {
    if !gated || amount == factor {
        return amount;
    }
    let zero = graph.constant(0.0);
    let closed = graph.compare(Comparison::Equal, factor, zero);
    graph.select(closed, zero, amount)
}
