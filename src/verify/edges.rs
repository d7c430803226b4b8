//! Operations of shaders at the edges of their domains, against the table of operations.

use super::check::Measured;
use crate::engine::EngineError;
use crate::engine::gpu::{Formula, GpuEngine};
use crate::expr::{Binary, Graph, NodeId, Unary};

/// An operation at an edge.
struct Edge {
    called: &'static str,
    formula: Formula,
    arguments: Vec<f64>,
    expected: f64,
}

fn edges() -> Vec<Edge> {
    let formula = |make: &dyn Fn(&mut Graph, [NodeId; 2]) -> NodeId| {
        let mut graph = Graph::new();
        let inputs = ["a", "b"].map(|name| graph.input(name));
        let value = make(&mut graph, inputs);
        (graph, value)
    };
    let edge = |called, formula: &Formula, (arguments, expected): &(&[f64], f64)| {
        // Both inputs are always there.
        let arguments = [arguments[0], arguments.get(1).copied().unwrap_or(1.0)].to_vec();
        Edge { called, formula: formula.clone(), arguments, expected: *expected }
    };
    let unary = Unary::ALL.iter().flat_map(|op| {
        let formula = formula(&|graph, [a, _]| graph.unary(*op, a));
        op.row().edges.iter().map(move |row| edge(op.row().called(), &formula, row))
    });
    let binary = Binary::ALL.iter().flat_map(|op| {
        let formula = formula(&|graph, [a, b]| graph.binary(*op, a, b));
        op.row().edges.iter().map(move |row| edge(op.row().called(), &formula, row))
    });
    unary.chain(binary).collect()
}

/// What comes out at every edge must be what the table says.
///
/// # Errors
/// The machine's [`EngineError`]s.
pub fn at_edges(engine: &GpuEngine) -> Result<Measured, EngineError> {
    const AT_ONCE: usize = 50;
    let edges = edges();
    let mut wrong = Vec::new();
    for some in edges.chunks(AT_ONCE) {
        let formulas: Vec<Formula> = some.iter().map(|edge| edge.formula.clone()).collect();
        let points: Vec<Vec<f64>> = some.iter().map(|edge| edge.arguments.clone()).collect();
        let values = engine.values(&formulas, &points, false)?;
        for (at, edge) in some.iter().enumerate() {
            let got = f32::from_bits(values[at][at] as u32);
            let expected = edge.expected as f32;
            if got.to_bits() != expected.to_bits() && !(got.is_nan() && expected.is_nan()) {
                let Edge { called, arguments, .. } = edge;
                wrong.push(format!("{called} of {arguments:?} is {got:?} and not {expected:?}"));
            }
        }
    }
    let figures = vec![("edges", edges.len() as f64), ("wrong", wrong.len() as f64)];
    Ok(Measured::new(figures, wrong.into_iter().next()))
}
