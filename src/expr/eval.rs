//! One evaluation of a graph at one point: for theory, polishing and tests. Sweeps use the engines' own code.

use super::graph::{Graph, Node, NodeId};
use super::real::Real;

/// Values of `roots` where the graph's inputs have the values `inputs` (in the order of [`Graph::inputs`]).
/// A condition is 1 or 0.
///
/// # Panics
/// If `inputs` is shorter than the graph's list of inputs.
pub fn evaluate<T: Real>(graph: &Graph, roots: &[NodeId], inputs: &[T]) -> Vec<T> {
    let needed = graph.needed_by(roots);
    let mut values = vec![T::ZERO; graph.nodes().len()];
    for (at, node) in graph.nodes().iter().enumerate().filter(|(at, _)| needed[*at]) {
        let value = |id: NodeId| values[id.index()];
        values[at] = match *node {
            Node::Constant(bits) => T::from_f64(f64::from_bits(bits)),
            Node::Input(number) => inputs[number as usize],
            Node::Unary(op, a) => T::unary(op, value(a)),
            Node::Binary(op, a, b) => T::binary(op, value(a), value(b)),
            Node::Compare(op, a, b) => {
                if T::compare(op, value(a), value(b)) {
                    T::ONE
                } else {
                    T::ZERO
                }
            }
            Node::Select(condition, a, b) => {
                if value(condition) == T::ZERO {
                    value(b)
                } else {
                    value(a)
                }
            }
        };
    }
    roots.iter().map(|root| values[root.index()]).collect()
}
