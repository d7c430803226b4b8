//! Forward-mode differentiation, from graph to graph: how nodes move while inputs move in a direction.
//!
//! Reverse mode ([`gradient`](super::gradient)) gives the slopes of one number by many; this gives those of many numbers along
//! one direction, as a step map needs it. Both read the same table of slopes.

use super::derive::guard;
use super::graph::{Graph, Node, NodeId};
use super::ops::Binary;
use super::row::{At, AtBoth, Slopes};
use std::collections::HashMap;

/// Derivatives of `roots` along a direction, as nodes of the same graph: `moving` says of each node that moves how fast it
/// does; all other inputs stay.
///
/// Kinks have the slopes that [`gradient`](super::gradient) gives them. What does not move contributes exactly nothing,
/// even where a slope is infinite: neither a branch that was not selected, nor a direction that is 0.
///
/// Where the graph [is full](Graph::is_full) afterwards the nodes are of no meaning.
pub fn tangents(graph: &mut Graph, roots: &[NodeId], moving: &[(NodeId, NodeId)]) -> Vec<NodeId> {
    let mut forward = Forward { known: HashMap::new() };
    for (node, direction) in moving {
        // Only a number that is not 0 is known not to be 0.
        forward.note(graph, *node, Tangent { node: *direction, gated: graph.constant_value(*direction).is_none() });
    }
    for id in graph.nodes_of(roots) {
        if graph.is_full() {
            break;
        }
        // What is known already is what moves.
        if !forward.known.contains_key(&id)
            && let Some(tangent) = forward.of(graph, id)
        {
            forward.note(graph, id, tangent);
        }
    }
    let zero = graph.constant(0.0);
    roots.iter().map(|root| forward.known.get(root).map_or(zero, |tangent| tangent.node)).collect()
}

/// How fast a node moves. `gated`: it may be an exact 0 that must stay 0, whatever it is multiplied with.
#[derive(Debug, Clone, Copy)]
struct Tangent {
    node: NodeId,
    gated: bool,
}

/// The tangents of the nodes that move.
struct Forward {
    known: HashMap<NodeId, Tangent>,
}

impl Forward {
    fn note(&mut self, graph: &Graph, of: NodeId, tangent: Tangent) {
        if graph.constant_value(tangent.node) != Some(0.0) {
            self.known.insert(of, tangent);
        }
    }

    fn get(&self, of: NodeId) -> Option<Tangent> {
        self.known.get(&of).copied()
    }

    /// The tangent of a node of whose children all are known; none where it does not move.
    fn of(&self, g: &mut Graph, id: NodeId) -> Option<Tangent> {
        match g.node(id) {
            Node::Constant(_) | Node::Input(_) | Node::Column(_) | Node::Compare(..) => None,
            Node::Unary(op, a) => {
                let Tangent { node: d, gated } = self.get(a)?;
                let amount = op.slope(g, At { a, result: id, d });
                Some(Tangent { node: guard(g, d, gated, amount), gated })
            }
            Node::Binary(op, a, b) => self.of_both(g, (op, a, b), id),
            Node::Select(condition, a, b) => self.of_branches(g, condition, a, b),
            Node::Largest(rows, key, value) => {
                let tangent = self.get(value)?;
                Some(Tangent { node: g.largest(rows, key, tangent.node), gated: tangent.gated })
            }
            Node::Sum(rows, body) => {
                let tangent = self.get(body)?;
                Some(Tangent { node: g.sum(rows, tangent.node), gated: tangent.gated })
            }
        }
    }

    fn of_both(&self, g: &mut Graph, (op, a, b): (Binary, NodeId, NodeId), result: NodeId) -> Option<Tangent> {
        let mut parts: [Option<Tangent>; 2] = [None, None];
        for (at, child) in [a, b].into_iter().enumerate() {
            let Some(Tangent { node: d, gated }) = self.get(child) else { continue };
            let amount = match op.slopes(g, AtBoth { a, b, result, d, b_moves: at == 1 }) {
                Slopes::Each(to_a, to_b) => [to_a, to_b][at],
                Slopes::One { b_where } => return self.of_branches(g, b_where, b, a),
            };
            parts[at] = Some(Tangent { node: guard(g, d, gated, amount), gated });
        }
        match parts {
            [Some(one), Some(other)] => {
                Some(Tangent { node: g.add(one.node, other.node), gated: one.gated || other.gated })
            }
            [one, other] => one.or(other),
        }
    }

    /// That of the branch which is selected.
    fn of_branches(&self, g: &mut Graph, condition: NodeId, a: NodeId, b: NodeId) -> Option<Tangent> {
        self.get(a).or(self.get(b))?;
        let zero = g.constant(0.0);
        let [a, b] = [a, b].map(|branch| self.get(branch).map_or(zero, |tangent| tangent.node));
        Some(Tangent { node: g.select(condition, a, b), gated: true })
    }
}
