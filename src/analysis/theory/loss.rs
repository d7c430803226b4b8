//! A loss as a function of its parameters alone, with its derivatives, in f64.

use crate::expr::{Binary, Graph, Node, NodeId, Unary, evaluate_over, gradient};
use crate::problem::{Data, Objective};
use crate::sweep::FormulaSweep;
use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Slope and curvature of a loss at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Curvature {
    pub point: Vec<f64>,
    /// max |gradient component|
    pub slope: f64,
    /// Eigenvalues of the Hessian, ascending.
    pub eigenvalues: Vec<f64>,
}

impl Curvature {
    /// The largest eigenvalue of the Hessian (the *sharpness*).
    pub fn largest(&self) -> f64 {
        self.eigenvalues.last().copied().unwrap_or(0.0)
    }
}

/// The condition number of these least and largest eigenvalues; `None` where the least is none but for rounding.
pub(crate) fn condition(least: f64, largest: f64) -> Option<f64> {
    const FLAT: f64 = 1e-14;
    (least > FLAT * largest).then(|| largest / least)
}

/// Most operations of a loss with all its second derivatives: a second's work, and 200 MB.
const MAX_HESSIAN: usize = 2 << 20;

/// Why there are no second derivatives.
pub(super) fn not_derived() -> String {
    format!("its second derivatives have a part that is not finite, or more than {MAX_HESSIAN} operations")
}

/// The loss over all rows, at fixed constants.
#[derive(Debug, Clone)]
pub struct Loss {
    graph: Graph,
    parameters: Vec<NodeId>,
    value: NodeId,
    gradient: Vec<NodeId>,
    /// Row by row.
    hessian: Vec<NodeId>,
    constants: Vec<f64>,
    columns: Vec<Vec<f64>>,
}

impl Loss {
    /// The loss of an objective; `constants` in the order of [`Objective::constants`]. `None` where it cannot be
    /// differentiated, because a constant part is not finite or its second derivatives are too many operations.
    pub fn new(objective: &Objective, constants: &[f64], data: Option<&Data>) -> Option<Self> {
        let mut graph = Graph::with_room(MAX_HESSIAN);
        let parameters = objective.inputs(&mut graph);
        let value = objective.lower(&mut graph).ok()?;
        let slopes = gradient(&mut graph, value, &parameters);
        let mut rows: Vec<Vec<NodeId>> = Vec::new();
        for slope in &slopes {
            rows.push(gradient(&mut graph, *slope, &parameters));
            if graph.is_full() {
                return None;
            }
        }
        let column = |name: &String| data?.column(name).map(<[f64]>::to_vec);
        let columns = graph.columns().iter().map(column).collect::<Option<Vec<_>>>()?;
        let hessian = rows.concat();
        Some(Self { graph, parameters, value, gradient: slopes, hessian, constants: constants.to_vec(), columns })
    }

    /// The loss of a sweep, where all its cells have the same.
    ///
    /// # Errors
    /// Why they have not.
    pub fn of(spec: &FormulaSweep) -> Result<Self, String> {
        let constants = spec.constants();
        let constants = constants.ok_or("a constant of the objective is an axis, and the loss changes with it")?;
        let data = spec.only_table();
        if spec.data.is_some() && data.is_none() {
            return Err("every seed has data of its own, and the loss changes with it".to_owned());
        }
        Self::new(&spec.objective, &constants, data).ok_or_else(not_derived)
    }

    fn evaluate(&self, roots: &[NodeId], point: &[f64]) -> Vec<f64> {
        let inputs: Vec<f64> = point.iter().chain(&self.constants).copied().collect();
        let columns: Vec<&[f64]> = self.columns.iter().map(Vec::as_slice).collect();
        evaluate_over(&self.graph, roots, &inputs, &columns)
    }

    /// The loss at a point.
    pub fn value(&self, point: &[f64]) -> f64 {
        self.evaluate(&[self.value], point)[0]
    }

    /// Its slopes.
    pub fn gradient(&self, point: &[f64]) -> DVector<f64> {
        DVector::from_vec(self.evaluate(&self.gradient, point))
    }

    /// Its second derivatives.
    pub fn hessian(&self, point: &[f64]) -> DMatrix<f64> {
        DMatrix::from_row_slice(point.len(), point.len(), &self.evaluate(&self.hessian, point))
    }

    /// Names of the columns of data that the second derivatives read: those whose sizes decide how steep the loss is.
    pub fn columns_of_curvature(&self) -> Vec<&str> {
        let read = self.graph.needed_by(&self.hessian);
        let names = self.graph.nodes().iter().zip(read).filter_map(|(node, read)| match node {
            Node::Column(number) if read => Some(self.graph.columns()[*number as usize].as_str()),
            _ => None,
        });
        names.collect()
    }

    /// Slope and curvature at a point. `None` where they are not finite.
    pub fn curvature(&self, point: &[f64]) -> Option<Curvature> {
        self.scaled_curvature(point, &vec![1.0; point.len()])
    }

    /// The condition number at a point: of the directions that are curved, the steepest against the flattest.
    pub fn condition(&self, point: &[f64]) -> Option<f64> {
        let curvature = self.curvature(point)?;
        condition(*curvature.eigenvalues.first()?, curvature.largest())
    }

    /// As [`Loss::curvature`], of the loss over parameters that are scaled: eigenvalues of P^-½ H P^-½ with P =
    /// diag(`preconditioner`).
    pub fn scaled_curvature(&self, point: &[f64], preconditioner: &[f64]) -> Option<Curvature> {
        let slopes = self.gradient(point);
        let mut hessian = self.hessian(point);
        for (row, by_row) in preconditioner.iter().enumerate() {
            for (column, by_column) in preconditioner.iter().enumerate() {
                hessian[(row, column)] /= (by_row * by_column).sqrt();
            }
        }
        if slopes.iter().chain(hessian.iter()).any(|value| !value.is_finite()) {
            return None;
        }
        // Symmetric up to rounding; the solver reads one triangle.
        let mut eigenvalues: Vec<f64> = SymmetricEigen::new(hessian).eigenvalues.iter().copied().collect();
        eigenvalues.sort_by(f64::total_cmp);
        Some(Curvature { point: point.to_vec(), slope: slopes.amax(), eigenvalues })
    }

    /// The minimum next to `point`, by Newton's method; `point` itself where the Hessian is not positive definite.
    pub fn polish(&self, point: &[f64]) -> Vec<f64> {
        const ROUNDS: usize = 50;
        let mut best = DVector::from_column_slice(point);
        for _ in 0..ROUNDS {
            let slopes = self.gradient(best.as_slice());
            let Some(solver) = self.hessian(best.as_slice()).cholesky() else { break };
            let next = &best - solver.solve(&slopes);
            let steepest = self.gradient(next.as_slice()).amax();
            if !steepest.is_finite() || steepest >= slopes.amax() {
                break;
            }
            best = next;
        }
        best.as_slice().to_vec()
    }

    /// How many parameters it has.
    pub fn dimensions(&self) -> usize {
        self.parameters.len()
    }

    /// Rows of the data that it reads; 0 without data.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// Whether the second derivatives are the same everywhere: they read no parameter, and nothing on the way from
    /// parameters to the loss has a kink that second derivatives do not show.
    pub fn is_quadratic(&self) -> bool {
        let read = self.graph.needed_by(&self.hessian);
        if self.parameters.iter().any(|parameter| read[parameter.index()]) {
            return false;
        }
        let on_the_way = self.graph.needed_by(&[self.value]);
        let mut moves = vec![false; self.graph.nodes().len()];
        self.parameters.iter().for_each(|parameter| moves[parameter.index()] = true);
        for (at, node) in self.graph.nodes().iter().enumerate() {
            moves[at] = moves[at] || node.children().any(|child| moves[child.index()]);
            let smooth = match node {
                Node::Input(_) | Node::Sum(..) | Node::Unary(Unary::Neg, _) => true,
                Node::Binary(op, ..) => matches!(op, Binary::Add | Binary::Sub | Binary::Mul | Binary::Div),
                _ => false,
            };
            if on_the_way[at] && moves[at] && !smooth {
                return false;
            }
        }
        true
    }
}
