//! One evaluation of a graph at one point: for theory, polishing and tests. Sweeps use the engines' own code.

use super::graph::{Graph, Node, NodeId};
use super::real::Real;
use super::values::takes_over;

/// Values of `roots` where the graph's inputs have the values `inputs` (in the order of [`Graph::inputs`]).
/// A condition is 1 or 0.
///
/// # Panics
/// If `inputs` is shorter than the graph's list of inputs.
pub fn evaluate<T: Real>(graph: &Graph, roots: &[NodeId], inputs: &[T]) -> Vec<T> {
    evaluate_over(graph, roots, inputs, &[])
}

/// As [`evaluate`], for a graph with columns of data: one list per column, in the order of [`Graph::columns`].
///
/// # Panics
/// If a column is shorter than what runs over it, or a list is missing.
pub fn evaluate_over<T: Real>(graph: &Graph, roots: &[NodeId], inputs: &[T], columns: &[&[T]]) -> Vec<T> {
    let needed = graph.needed_by(roots);
    let mut values = vec![T::ZERO; graph.nodes().len()];
    for at in (0..needed.len()).filter(|at| needed[*at]) {
        let id = graph.id_at(at);
        if graph.node(id).rows().is_some() {
            let nodes = graph.row_nodes_of(&graph.node(id).children().collect::<Vec<_>>());
            values[at] = fold_of(graph, graph.node(id), &nodes, &mut values, inputs, columns);
        } else if !graph.is_by_row(id) {
            values[at] = operation(graph, id, &values, inputs, columns, 0);
        }
    }
    roots.iter().map(|root| values[root.index()]).collect()
}

/// The number that a node makes of rows which read constants and columns alone. `nodes` are those by row that it needs.
pub(super) fn fold_over(graph: &Graph, fold: Node, nodes: &[NodeId], columns: &[&[f64]]) -> f64 {
    let mut values = vec![0.0; graph.nodes().len()];
    for child in nodes.iter().flat_map(|node| graph.node(*node).children()) {
        if let Some(value) = graph.constant_value(child) {
            values[child.index()] = value;
        }
    }
    fold_of(graph, fold, nodes, &mut values, &[], columns)
}

fn fold_of<T: Real>(
    graph: &Graph,
    fold: Node,
    nodes: &[NodeId],
    values: &mut [T],
    inputs: &[T],
    columns: &[&[T]],
) -> T {
    let (mut result, mut largest) = (T::ZERO, T::ZERO);
    for row in 0..fold.rows().unwrap_or(0) as usize {
        for node in nodes {
            values[node.index()] = operation(graph, *node, values, inputs, columns, row);
        }
        match fold {
            Node::Sum(_, body) => result = result + values[body.index()],
            Node::Largest(_, key, value) if row == 0 || takes_over(values[key.index()], largest) => {
                (largest, result) = (values[key.index()], values[value.index()]);
            }
            _ => {}
        }
    }
    result
}

/// The value of a node that is not by row, where the values of all nodes that it reads are there, by node.
///
/// # Panics
/// If the node is made of rows, or is a column.
pub fn value_of<T: Real>(graph: &Graph, id: NodeId, values: &[T], inputs: &[T]) -> T {
    operation(graph, id, values, inputs, &[], 0)
}

/// The value of one node, of which everything it reads is there.
fn operation<T: Real>(graph: &Graph, id: NodeId, values: &[T], inputs: &[T], columns: &[&[T]], row: usize) -> T {
    let value = |id: NodeId| values[id.index()];
    match graph.node(id) {
        Node::Constant(bits) => T::from_f64(f64::from_bits(bits)),
        Node::Input(number) => inputs[number as usize],
        Node::Column(number) => columns[number as usize][row],
        Node::Unary(op, a) => op.value(value(a)),
        Node::Binary(op, a, b) => op.value(value(a), value(b)),
        Node::Compare(op, a, b) if op.holds(value(a), value(b)) => T::ONE,
        Node::Compare(..) => T::ZERO,
        Node::Select(condition, _, b) if value(condition) == T::ZERO => value(b),
        Node::Select(_, a, _) => value(a),
        Node::Sum(..) | Node::Largest(..) => unreachable!("these are evaluated row by row"),
    }
}
