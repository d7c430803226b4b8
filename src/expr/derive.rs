//! Reverse-mode differentiation, from graph to graph.

use super::graph::{Binary, Comparison, Graph, Node, NodeId, Unary};

/// Derivatives of `value` by each of `variables`, as nodes of the same graph.
///
/// At a kink the derivative is one-sided, as in PyTorch's `where`: `abs` and `sign` have slope 0 at 0, `max(a,b)`
/// and `min(a,b)` follow `a` on a tie. A branch that was not selected contributes exactly nothing, even where its
/// own slope is infinite.
pub fn gradient(graph: &mut Graph, value: NodeId, variables: &[NodeId]) -> Vec<NodeId> {
    let moving = depends_on(graph, variables);
    let mut sweep = Reverse { adjoints: vec![None; value.index() + 1], moving };
    let one = graph.constant(1.0);
    sweep.adjoints[value.index()] = Some(Adjoint { node: one, gated: false });
    for at in (0..=value.index()).rev() {
        if let Some(adjoint) = sweep.adjoints[at] {
            sweep.pass_down(graph, at, adjoint);
        }
    }
    let zero = graph.constant(0.0);
    let adjoint_of = |variable: &NodeId| sweep.adjoints.get(variable.index()).copied().flatten();
    variables.iter().map(|variable| adjoint_of(variable).map_or(zero, |adjoint| adjoint.node)).collect()
}

/// For every node, whether it changes with one of `variables`.
fn depends_on(graph: &Graph, variables: &[NodeId]) -> Vec<bool> {
    let mut moving = vec![false; graph.nodes().len()];
    for (at, node) in graph.nodes().iter().enumerate() {
        moving[at] = variables.iter().any(|v| v.index() == at) || node.children().any(|child| moving[child.index()]);
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
    adjoints: Vec<Option<Adjoint>>,
    moving: Vec<bool>,
}

impl Reverse {
    /// Adds `amount` to the adjoint of `child`.
    fn give(&mut self, graph: &mut Graph, child: NodeId, amount: NodeId, gated: bool) {
        if !self.moving[child.index()] || graph.constant_value(amount) == Some(0.0) {
            return;
        }
        let sum = match self.adjoints[child.index()] {
            Some(before) => Adjoint { node: graph.add(before.node, amount), gated: gated || before.gated },
            None => Adjoint { node: amount, gated },
        };
        self.adjoints[child.index()] = Some(sum);
    }

    /// Hands the adjoint of node `at` on to its children.
    fn pass_down(&mut self, graph: &mut Graph, at: usize, adjoint: Adjoint) {
        if !self.moving[at] {
            return;
        }
        let result = graph.id_at(at);
        match graph.nodes()[at] {
            Node::Constant(_) | Node::Input(_) | Node::Compare(..) => {}
            Node::Unary(op, a) => {
                let amount = unary_slope(graph, op, a, result, adjoint.node);
                let amount = guard(graph, adjoint, amount);
                self.give(graph, a, amount, adjoint.gated);
            }
            Node::Binary(op, a, b) => self.pass_to_both(graph, (op, a, b), result, adjoint),
            Node::Select(condition, a, b) => self.pass_to_branches(graph, condition, a, b, adjoint.node),
        }
    }

    fn pass_to_both(&mut self, g: &mut Graph, (op, a, b): (Binary, NodeId, NodeId), result: NodeId, adjoint: Adjoint) {
        let d = adjoint.node;
        let (to_a, to_b) = match op {
            Binary::Add => (d, d),
            Binary::Sub => (d, g.neg(d)),
            Binary::Mul => (g.mul(d, b), g.mul(d, a)),
            Binary::Div => {
                let to_a = g.div(d, b);
                let back = g.mul(to_a, result);
                (to_a, g.neg(back))
            }
            Binary::Pow => self.power_slopes(g, a, b, result, d),
            Binary::Min => {
                let b_wins = g.compare(Comparison::Less, b, a);
                return self.pass_to_branches(g, b_wins, b, a, d);
            }
            Binary::Max => {
                let b_wins = g.compare(Comparison::Less, a, b);
                return self.pass_to_branches(g, b_wins, b, a, d);
            }
        };
        let to_a = guard(g, adjoint, to_a);
        let to_b = guard(g, adjoint, to_b);
        self.give(g, a, to_a, adjoint.gated);
        self.give(g, b, to_b, adjoint.gated);
    }

    /// d(aᵇ) = b·aᵇ⁻¹ da + aᵇ·ln(a) db
    fn power_slopes(&self, g: &mut Graph, a: NodeId, b: NodeId, result: NodeId, d: NodeId) -> (NodeId, NodeId) {
        let one = g.constant(1.0);
        let lower = g.sub(b, one);
        let power = g.pow(a, lower);
        let slope = g.mul(b, power);
        let to_a = g.mul(d, slope);
        if !self.moving[b.index()] {
            return (to_a, g.constant(0.0));
        }
        let log = g.unary(Unary::Ln, a);
        let slope = g.mul(result, log);
        (to_a, g.mul(d, slope))
    }

    fn pass_to_branches(&mut self, g: &mut Graph, condition: NodeId, a: NodeId, b: NodeId, d: NodeId) {
        let zero = g.constant(0.0);
        let to_a = g.select(condition, d, zero);
        let to_b = g.select(condition, zero, d);
        self.give(g, a, to_a, true);
        self.give(g, b, to_b, true);
    }
}

/// `amount`, unless a gated adjoint is 0: then 0, though the slope be infinite or not a number.
fn guard(graph: &mut Graph, adjoint: Adjoint, amount: NodeId) -> NodeId {
    if !adjoint.gated || amount == adjoint.node {
        return amount;
    }
    let zero = graph.constant(0.0);
    let closed = graph.compare(Comparison::Equal, adjoint.node, zero);
    graph.select(closed, zero, amount)
}

/// d · (slope of `op` at `a`), where `result` is the operation's value.
fn unary_slope(g: &mut Graph, op: Unary, a: NodeId, result: NodeId, d: NodeId) -> NodeId {
    let one = g.constant(1.0);
    match op {
        Unary::Neg => g.neg(d),
        Unary::Exp => g.mul(d, result),
        Unary::Ln => g.div(d, a),
        Unary::Log2 => {
            let ln2 = g.constant(std::f64::consts::LN_2);
            let scaled = g.mul(a, ln2);
            g.div(d, scaled)
        }
        Unary::Sqrt => {
            let half = g.constant(0.5);
            let scaled = g.mul(half, d);
            g.div(scaled, result)
        }
        Unary::Abs => {
            let sign = g.unary(Unary::Sign, a);
            g.mul(d, sign)
        }
        Unary::Sign | Unary::Floor => g.constant(0.0),
        Unary::Sin => {
            let cos = g.unary(Unary::Cos, a);
            g.mul(d, cos)
        }
        Unary::Cos => {
            let sin = g.unary(Unary::Sin, a);
            let product = g.mul(d, sin);
            g.neg(product)
        }
        Unary::Tan => {
            let square = g.mul(result, result);
            let slope = g.add(one, square);
            g.mul(d, slope)
        }
        Unary::Tanh => {
            let square = g.mul(result, result);
            let slope = g.sub(one, square);
            g.mul(d, slope)
        }
        Unary::Sigmoid => {
            let rest = g.sub(one, result);
            let slope = g.mul(result, rest);
            g.mul(d, slope)
        }
        Unary::Softplus => {
            let slope = g.unary(Unary::Sigmoid, a);
            g.mul(d, slope)
        }
    }
}
