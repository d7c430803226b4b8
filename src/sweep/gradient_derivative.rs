//! K = ∂g/∂p: how the gradient that a rule is given changes with the parameters. Of a derived gradient it is the Hessian.
//!
//! Where a descent came to rest, K tells whether it could stay: at a saddle or a maximum it could not.

use super::batch::Batch;
use super::carried::Input;
use super::common::Source;
use super::eigenvalues::least_and_largest;
use super::formula::FormulaSweep;
use super::lanes::{LANES, Lanes};
use super::program::{DataColumn, Program};
use super::stop_test::StopTest;
use crate::expr::{Node, NodeId, tangents};
use nalgebra::{DMatrix, DVector};

/// Most parameters for which K is asked at every end of a descent: it takes one product per parameter, and eigenvalues.
pub const MOST_ASKED: usize = 16;

/// An eigenvalue this far below zero, relative to the largest, is shape and no rounding.
const BELOW_ZERO: f64 = 1e-6;

/// Directions with less than this share of the largest curvature run along a valley; the others across it.
const ACROSS: f64 = 1e-3;

/// The derivative of a sweep's gradient over all rows, in f64.
#[derive(Debug)]
pub struct GradientDerivative<'a> {
    spec: &'a FormulaSweep,
    program: Program,
    /// K column by column, the gradient, the loss.
    roots: Vec<NodeId>,
    lanes: Lanes,
    constant: bool,
    /// For everything that is carried, which parameter it is.
    places: Vec<Option<usize>>,
}

/// Loss, gradient and K at a point, over all rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Derivatives {
    pub loss: f64,
    /// What the rule is given.
    pub gradient: DVector<f64>,
    /// Row = component of the gradient, column = parameter.
    pub k: DMatrix<f64>,
}

impl Derivatives {
    fn new(values: &[f64], parameters: usize) -> Self {
        let (k, rest) = values.split_at(parameters * parameters);
        Self {
            loss: rest[parameters],
            gradient: DVector::from_column_slice(&rest[..parameters]),
            k: DMatrix::from_column_slice(parameters, parameters, k),
        }
    }

    fn is_finite(&self) -> bool {
        self.gradient.iter().chain(self.k.iter()).all(|value| value.is_finite())
    }
}

/// Where K is asked: the values of all knobs ([`FormulaSweep::knob_values`]), and of the parameters.
#[derive(Debug, Clone, Copy)]
pub struct KnobsAndPoint<'a> {
    pub knobs: &'a [f64],
    pub point: &'a [f64],
}

impl<'a> GradientDerivative<'a> {
    /// `None` where the gradient cannot be derived once more, or there are more parameters than `most`.
    pub fn new(spec: &'a FormulaSweep, most: usize) -> Option<Self> {
        if spec.objective.parameters().len() > most {
            return None;
        }
        let mut program = spec.wide_program(Batch::Full)?;
        let roots = columns_of_k(&mut program)?;
        let constant = !reads_more_than_constants(spec, &program, &roots);
        let roots = [roots, program.gradient.clone(), vec![program.loss]].concat();
        let lanes = Lanes::new(&program, &roots);
        let parameter = |carried: usize| program.parameters.iter().position(|parameter| parameter.hi == carried);
        let places = (0..program.carried.len()).map(parameter).collect();
        Some(Self { spec, program, roots, lanes, constant, places })
    }

    /// Whether K is the same at every point of every cell: it reads no parameter, and no knob that varies.
    pub fn is_constant(&self) -> bool {
        self.constant
    }

    /// A sweep whose stop test looks at K, column by column, and the gradient: for those who find them in another way.
    pub fn asked(&self) -> FormulaSweep {
        let mut asked = FormulaSweep { program: self.program.clone(), measures: Vec::new(), ..self.spec.clone() };
        asked.program.stop = StopTest::Gradient(self.roots[..self.roots.len() - 1].to_vec());
        asked
    }

    /// Loss, gradient and K at each of some points.
    pub fn at(&self, asked: &[KnobsAndPoint<'_>]) -> Vec<Derivatives> {
        let mut found = Vec::with_capacity(asked.len());
        let table = |asked: &KnobsAndPoint<'_>| self.program.table().map_or(0, |knob| asked.knobs[knob] as usize);
        // Cells of one table side by side are evaluated together.
        for same in asked.chunk_by(|a, b| table(a) == table(b)) {
            let columns = self.columns(table(&same[0]));
            for chunk in same.chunks(LANES) {
                let input = |number: usize, lane: usize| match self.program.inputs[number] {
                    Input::Knob(knob) => chunk[lane].knobs[knob],
                    Input::Carried(at) => self.places[at].map_or(0.0, |parameter| chunk[lane].point[parameter]),
                    Input::StepNumber => 1.0,
                    Input::Drawn { .. } => 0.0,
                };
                found.extend(
                    self.lanes
                        .evaluate(chunk.len(), &input, &columns)
                        .iter()
                        .map(|values| Derivatives::new(values, self.program.parameters.len())),
                );
            }
        }
        found
    }

    fn columns(&self, table: usize) -> Vec<&'a [f64]> {
        let tables = self.spec.data.as_ref().map(|data| &data.tables[table]);
        let column = |read: &DataColumn| tables.map_or(&[][..], |data| data.columns[read.data].as_slice());
        self.program.columns.iter().map(column).collect()
    }

    /// For each of some points where a descent came to rest, whether none would stay: K has an eigenvalue whose real part is
    /// below −1e-6 of the largest magnitude. Where K is not finite nothing is known, and the answer is no.
    ///
    /// In a valley of minima a point that is off by the tolerance has an eigenvalue of that size of either sign. So where K
    /// says no, the point is first moved onto the set where the gradient is 0.
    pub fn unstable(&self, asked: &[KnobsAndPoint<'_>]) -> Vec<bool> {
        if self.constant && !asked.is_empty() {
            return vec![is_unstable(&self.at(&asked[..1])[0].k); asked.len()];
        }
        let all = self.at(asked).into_iter().zip(asked);
        all.map(|(here, asked)| is_unstable(&here.k) && is_unstable(&self.settle(*asked, here, ACROSS).1.k)).collect()
    }

    /// The point nearby where the gradient is 0, and what is there: Newton's steps in the directions in which K is at least
    /// this share of the largest curvature, as long as they make the gradient smaller.
    pub fn settle(&self, asked: KnobsAndPoint<'_>, mut here: Derivatives, least: f64) -> (Vec<f64>, Derivatives) {
        const ROUNDS: usize = 60;
        /// Farther than this, relative to the point, is another place.
        const NEAR: f64 = 0.05;
        let start = DVector::from_column_slice(asked.point);
        let mut point = start.clone();
        for _ in 0..ROUNDS {
            let smallest = least * here.k.amax();
            if here.gradient.amax() == 0.0 || !here.is_finite() || smallest == 0.0 {
                break;
            }
            let Ok(step) = here.k.clone().svd(true, true).solve(&here.gradient, smallest) else { break };
            let next = &point - step;
            let there = self.at(&[KnobsAndPoint { point: next.as_slice(), ..asked }]).swap_remove(0);
            let is_far = (&next - &start).amax() > NEAR * (start.amax() + 1.0);
            if is_far || !there.is_finite() || there.gradient.amax() >= here.gradient.amax() {
                break;
            }
            (point, here) = (next, there);
        }
        (point.as_slice().to_vec(), here)
    }
}

/// Column by column, how the gradient moves with each parameter.
fn columns_of_k(program: &mut Program) -> Option<Vec<NodeId>> {
    let graph = &mut program.graph;
    let one = graph.constant(1.0);
    let mut columns = Vec::new();
    for parameter in &program.parameters {
        let input = graph.input(&parameter.name);
        columns.extend(tangents(graph, &program.gradient, &[(input, one)]));
        if graph.is_full() {
            return None;
        }
    }
    Some(columns)
}

/// Whether nodes read a parameter, data of a cell's own, or a knob that varies.
fn reads_more_than_constants(spec: &FormulaSweep, program: &Program, roots: &[NodeId]) -> bool {
    let varies = |input: Input| match input {
        Input::Knob(knob) => !matches!(spec.knobs[knob].source, Source::Fixed(_)),
        Input::Carried(_) | Input::StepNumber | Input::Drawn { .. } => true,
    };
    let needed = program.graph.needed_by(roots);
    program.table().is_some()
        || program.graph.nodes().iter().zip(needed).any(|(node, needed)| match node {
            Node::Input(number) => needed && varies(program.inputs[*number as usize]),
            _ => false,
        })
}

/// Whether some eigenvalue has a real part below −1e-6 of the largest magnitude.
fn is_unstable(k: &DMatrix<f64>) -> bool {
    // The quick way for most: where the symmetric part is positive definite no real part is negative.
    if (k + k.transpose()).cholesky().is_some() {
        return false;
    }
    least_and_largest(k).is_some_and(|(least, largest)| least < -BELOW_ZERO * largest)
}
