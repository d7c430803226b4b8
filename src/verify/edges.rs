//! Operations of shaders at the edges of their domains, against the table of operations.

use super::check::Measured;
use crate::engine::EngineError;
use crate::engine::gpu::{Formula, GpuEngine, formula_of_two};
use crate::expr::{Binary, Comparison, Compound, Node, Row, Unary};

/// An operation at one of its edges.
#[derive(Debug, Clone)]
pub struct Edge {
    pub called: &'static str,
    /// The operation of two inputs, of which it may need only the first.
    pub formula: Formula,
    pub arguments: [f64; 2],
    pub expected: f64,
    /// Whether shaders have the operation in f64.
    pub exact: bool,
}

/// Every edge of every row of the table, and every comparison of numbers at which it may be decided wrongly.
pub fn edges() -> Vec<Edge> {
    let of_row = |row: &'static Row, formula: Formula| {
        row.edges.iter().map(move |(arguments, expected)| Edge {
            called: row.called(),
            formula: formula.clone(),
            arguments: [arguments[0], arguments.get(1).copied().unwrap_or(1.0)],
            expected: *expected,
            exact: row.exact,
        })
    };
    let unary = Unary::ALL.iter().flat_map(|op| of_row(op.row(), formula_of_two(|graph, [a, _]| graph.unary(*op, a))));
    let binary =
        Binary::ALL.iter().flat_map(|op| of_row(op.row(), formula_of_two(|graph, [a, b]| graph.binary(*op, a, b))));
    unary.chain(binary).chain(compounds()).chain(comparisons()).collect()
}

fn compounds() -> impl Iterator<Item = Edge> {
    let is_exact = |node: &Node| match node {
        Node::Unary(op, _) => op.row().exact,
        Node::Binary(op, ..) => op.row().exact,
        _ => true,
    };
    Compound::ALL.iter().flat_map(move |of| {
        let formula = formula_of_two(|graph, arguments| of.build(graph, &arguments));
        let exact = formula.0.nodes().iter().all(is_exact);
        of.edges().iter().map(move |(arguments, expected)| Edge {
            called: of.row().0,
            formula: formula.clone(),
            arguments: [arguments[0], arguments.get(1).copied().unwrap_or(1.0)],
            expected: *expected,
            exact,
        })
    })
}

fn comparisons() -> Vec<Edge> {
    const SIDES: [f64; 7] = [f64::NAN, 0.0, -0.0, 1.0, -1.0, f64::INFINITY, f64::NEG_INFINITY];
    let every = [
        ("<", Comparison::Less, (|a, b| a < b) as fn(f64, f64) -> bool),
        ("<=", Comparison::LessEqual, |a, b| a <= b),
        ("==", Comparison::Equal, |a, b| a == b),
    ];
    let mut edges = Vec::new();
    for (called, op, holds) in every {
        let formula = formula_of_two(|graph, [a, b]| {
            let condition = graph.compare(op, a, b);
            let (yes, no) = (graph.constant(2.0), graph.constant(3.0));
            graph.select(condition, yes, no)
        });
        for (a, b) in SIDES.into_iter().flat_map(|a| SIDES.map(|b| (a, b))) {
            let expected = if holds(a, b) { 2.0 } else { 3.0 };
            edges.push(Edge { called, formula: formula.clone(), arguments: [a, b], expected, exact: true });
        }
    }
    edges
}

/// What comes out at every edge must be what the table says; in f64 with `wide`, else in f32.
///
/// # Errors
/// The machine's [`EngineError`]s.
pub fn at_edges(engine: &GpuEngine, wide: bool) -> Result<Measured, EngineError> {
    const AT_ONCE: usize = 50;
    let edges: Vec<Edge> = edges().into_iter().filter(|edge| edge.exact || !wide).collect();
    let mut wrong = Vec::new();
    for some in edges.chunks(AT_ONCE) {
        let formulas: Vec<Formula> = some.iter().map(|edge| edge.formula.clone()).collect();
        let points: Vec<Vec<f64>> = some.iter().map(|edge| edge.arguments.to_vec()).collect();
        let values = engine.values(&formulas, &points, wide)?;
        for (at, edge) in some.iter().enumerate() {
            let bits = values[at][at];
            let got = if wide { f64::from_bits(bits) } else { f64::from(f32::from_bits(bits as u32)) };
            if !edge.is_right(got, wide) {
                wrong.push(edge.told(got));
            }
        }
    }
    let figures = vec![("edges", edges.len() as f64), ("wrong", wrong.len() as f64)];
    Ok(Measured::new(figures, wrong.into_iter().next()))
}

impl Edge {
    /// Whether this is what is to come out, rounded to f64 with `wide`, else to f32. What is no number has many patterns of
    /// bits.
    pub fn is_right(&self, got: f64, wide: bool) -> bool {
        let expected = if wide { self.expected } else { f64::from(self.expected as f32) };
        got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan()
    }

    /// A wrong value, in words.
    pub fn told(&self, got: f64) -> String {
        format!("{} of {:?} is {got:?} and not {:?}", self.called, self.arguments, self.expected)
    }
}
