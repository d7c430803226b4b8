//! What a model is linear in, and its parameters in another scale of the data.

use crate::expr::{Binary, Graph, Node, NodeId, Unary, evaluate_over, tangents};
use crate::problem::{Data, Objective};
use nalgebra::{DMatrix, DVector};

/// Rows that are looked at: more say nothing new of a scale.
const MOST_ROWS: usize = 4096;

/// The parts of a loss that are c + Σ cᵢ·pᵢ in its parameters p, row by row, and that what is not linear reads: the line of
/// `mean((w*x+b-y)^2)` is one.
pub struct LinearParts {
    /// By part, then by row: c.
    constants: Vec<Vec<f64>>,
    /// By part, then by parameter and row: cᵢ.
    slopes: Vec<Vec<Vec<f64>>>,
}

/// How a node depends on the parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Degree {
    None,
    Linear,
    Other,
}

impl LinearParts {
    /// Those of an objective. `None` where there are none, or where they are no matter of one row.
    pub fn of(objective: &Objective, constants: &[f64], data: &Data) -> Option<Self> {
        let mut graph = Graph::new();
        let parameters = objective.inputs(&mut graph);
        let loss = objective.lower(&mut graph).ok()?;
        let parts = parts(&graph, loss);
        let needed = graph.needed_by(&parts);
        let sums = graph.nodes().iter().zip(needed).any(|(node, needed)| needed && matches!(node, Node::Sum(..)));
        if parts.is_empty() || sums {
            return None;
        }
        let one = graph.constant(1.0);
        let slopes = parameters.iter().flat_map(|parameter| tangents(&mut graph, &parts, &[(*parameter, one)]));
        let slopes: Vec<NodeId> = slopes.collect();
        // A sum over one row is the value in that row.
        let roots: Vec<NodeId> = parts.iter().copied().chain(slopes).map(|root| graph.sum(1, root)).collect();
        let columns: Vec<&[f64]> = graph.columns().iter().map(|name| data.column(name)).collect::<Option<_>>()?;
        let inputs: Vec<f64> = parameters.iter().map(|_| 0.0).chain(constants.iter().copied()).collect();
        let every = data.rows().div_ceil(MOST_ROWS).max(1);
        let row = |row: usize| {
            let columns: Vec<&[f64]> = columns.iter().map(|column| &column[row..=row]).collect();
            evaluate_over(&graph, &roots, &inputs, &columns)
        };
        let rows: Vec<Vec<f64>> = (0..data.rows()).step_by(every).map(row).collect();
        let root = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<f64>>();
        let count = parts.len();
        let slopes = |part: usize| (1..=parameters.len()).map(|parameter| root(parameter * count + part)).collect();
        Some(Self { constants: (0..count).map(root).collect(), slopes: (0..count).map(slopes).collect() })
    }

    /// The parameters at which these parts are, in every row, what the `other` parts are at `point`; `None` where no
    /// parameters do that. Parts may differ by a factor, one of `factors`: that of a target in another scale.
    pub fn matching(&self, other: &Self, point: &[f64], factors: &[f64]) -> Option<Vec<f64>> {
        if self.constants.len() != other.constants.len() {
            return None;
        }
        let wanted: Vec<f64> = (0..other.constants.len()).flat_map(|part| other.values(part, point)).collect();
        let constants = self.constants.concat();
        let column = |parameter: usize| {
            let values: Vec<f64> = self.slopes.iter().flat_map(|part| part[parameter].iter().copied()).collect();
            // Of one size, so that what is small is no rounding.
            let size = DVector::from_vec(values.clone()).norm();
            let size = if size > 0.0 { size } else { 1.0 };
            (DVector::from_vec(values) / size, size)
        };
        let (columns, sizes): (Vec<DVector<f64>>, Vec<f64>) = (0..point.len()).map(column).unzip();
        let matrix = DMatrix::from_columns(&columns);
        let solver = matrix.clone().svd(true, true);
        factors.iter().find_map(|factor| {
            let target = wanted.iter().zip(&constants).map(|(wanted, constant)| factor * wanted - constant);
            let target = DVector::from_iterator(constants.len(), target);
            let found = solver.solve(&target, 1e-12).ok()?;
            let left = (&matrix * &found - &target).amax();
            let size = target.amax().max(constants.iter().fold(0.0, |most, value| value.abs().max(most)));
            let fits = left <= 1e-9 * size && found.iter().all(|value| value.is_finite());
            fits.then(|| found.iter().zip(&sizes).map(|(value, size)| value / size).collect())
        })
    }

    /// A part in every row.
    fn values(&self, part: usize, point: &[f64]) -> Vec<f64> {
        let value = |(row, constant): (usize, &f64)| {
            constant + self.slopes[part].iter().zip(point).map(|(slope, parameter)| slope[row] * parameter).sum::<f64>()
        };
        self.constants[part].iter().enumerate().map(value).collect()
    }
}

/// The largest nodes that are linear in what moves.
fn parts(graph: &Graph, loss: NodeId) -> Vec<NodeId> {
    let needed = graph.needed_by(&[loss]);
    let mut degrees: Vec<Degree> = Vec::with_capacity(needed.len());
    let mut is_part = vec![false; needed.len()];
    for (at, node) in graph.nodes().iter().enumerate() {
        let degree = degree(graph, *node, at, &degrees);
        if degree == Degree::Other && needed[at] {
            node.children().for_each(|child| is_part[child.index()] |= degrees[child.index()] == Degree::Linear);
        }
        degrees.push(degree);
    }
    is_part[loss.index()] |= degrees[loss.index()] == Degree::Linear;
    (0..is_part.len()).filter(|at| is_part[*at]).map(|at| graph.id_at(at)).collect()
}

fn degree(graph: &Graph, node: Node, at: usize, known: &[Degree]) -> Degree {
    let of = |id: NodeId| known[id.index()];
    match node {
        _ if graph.is_fixed(graph.id_at(at)) => Degree::None,
        Node::Input(_) => Degree::Linear,
        Node::Unary(Unary::Neg, a) | Node::Sum(_, a) => of(a),
        Node::Binary(Binary::Add | Binary::Sub, a, b) => of(a).max(of(b)),
        Node::Binary(Binary::Mul, a, b) if of(a).min(of(b)) == Degree::None => of(a).max(of(b)),
        Node::Binary(Binary::Div, a, b) if of(b) == Degree::None => of(a),
        _ => Degree::Other,
    }
}
