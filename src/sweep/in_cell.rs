//! Some nodes of a program at points of one cell's problem, over all rows, in f64: with directions beside them, where nodes read
//! such.

use super::carried::Input;
use super::formula::FormulaSweep;
use super::lanes::{LANES, Lanes};
use super::program::Program;
use crate::expr::NodeId;

/// A program in one cell.
#[derive(Debug)]
pub struct InCell<'a> {
    pub program: Program,
    lanes: Lanes,
    knobs: Vec<f64>,
    columns: Vec<&'a [f64]>,
    /// For everything that is carried, which parameter it is.
    places: Vec<Option<usize>>,
}

impl<'a> InCell<'a> {
    /// `program` is one of the sweep; inputs of its graph beyond its own are the parts of a direction.
    pub fn new(spec: &'a FormulaSweep, (x, y): (usize, usize), program: Program, roots: &[NodeId]) -> Self {
        let knobs = spec.knob_values(x, y);
        let table = program.table().map_or(0, |knob| knobs[knob] as usize);
        let table = spec.data.as_ref().and_then(|data| data.tables.get(table));
        let column = |data: usize| table.map_or(&[][..], |table| table.columns[data].as_slice());
        let columns = program.columns.iter().map(|read| column(read.data)).collect();
        let parameter = |carried: usize| program.parameters.iter().position(|parameter| parameter.hi == carried);
        let places = (0..program.carried.len()).map(parameter).collect();
        Self { lanes: Lanes::new(&program, roots), program, knobs, columns, places }
    }

    /// The value of a knob.
    pub fn knob(&self, name: &str) -> Option<f64> {
        self.program.knob(name).map(|at| self.knobs[at])
    }

    /// Values of the nodes at a point.
    pub fn at(&self, point: &[f64]) -> Vec<f64> {
        self.along(point, &[Vec::new()]).swap_remove(0)
    }

    /// Values of the nodes at a point, for each of some directions.
    pub fn along(&self, point: &[f64], directions: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let chunk = |chunk: &[Vec<f64>]| {
            let input = |number: usize, lane: usize| match self.program.inputs.get(number) {
                None => chunk[lane][number - self.program.inputs.len()],
                Some(Input::Knob(knob)) => self.knobs[*knob],
                Some(Input::Carried(at)) => self.places[*at].map_or(0.0, |parameter| point[parameter]),
                Some(Input::StepNumber) => 1.0,
                Some(Input::Drawn { .. }) => 0.0,
            };
            self.lanes.evaluate(chunk.len(), &input, &self.columns)
        };
        directions.chunks(LANES).flat_map(chunk).collect()
    }
}
