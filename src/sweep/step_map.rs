//! The step map, what one step does to everything that a descent carries, and its derivative J, in f64.
//!
//! The derivative is one more graph beside the program's own: how every next value moves while what is carried moves along a
//! direction. So it knows of no rule, and serves typed ones, given gradients and batches as well as the built-in ones.

use super::batch::Batch;
use super::carried::{Carried, InitialValue, Input};
use super::formula::FormulaSweep;
use super::lanes::{LANES, Lanes};
use super::program::{DataColumn, Program};
use crate::expr::{NodeId, tangents};
use nalgebra::DMatrix;

/// What one step does, for a sweep whose cells all have the same data.
#[derive(Debug)]
pub struct StepMap<'a> {
    spec: &'a FormulaSweep,
    program: Program,
    next: Lanes,
    /// How each next value moves.
    moved: Lanes,
    loss: Lanes,
    /// Number of the first input of the graph that is a direction.
    directions: usize,
}

/// Where a step is made.
#[derive(Debug, Clone, Copy)]
pub struct StepAt<'a> {
    /// Values of all knobs, in the order of [`Program::knobs`].
    pub knobs: &'a [f64],
    /// Everything that is carried, in the order of [`Program::carried`] of [`StepMap::program`].
    pub carried: &'a [f64],
    /// The number of the step about to be made, from 1.
    pub step: f64,
    /// The row that it takes, of a map of single rows.
    pub row: usize,
}

impl<'a> StepMap<'a> {
    /// The map of steps over all rows; `None` where it cannot be derived.
    pub fn whole(spec: &'a FormulaSweep) -> Option<Self> {
        Self::new(spec, Batch::Full)
    }

    /// The map of steps that take one row each.
    pub fn of_rows(spec: &'a FormulaSweep) -> Option<Self> {
        Self::new(spec, Batch::Each)
    }

    fn new(spec: &'a FormulaSweep, batch: Batch) -> Option<Self> {
        let mut program = spec.wide_program(batch)?;
        let next = program.advancing();
        let graph = &mut program.graph;
        let inputs: Vec<(NodeId, Input)> =
            graph.inputs().to_vec().iter().map(|name| graph.input(name)).zip(program.inputs.iter().copied()).collect();
        let directions = inputs.len();
        let names: Vec<NodeId> = (0..next.len()).map(|at| graph.input(&format!("#direction{at}"))).collect();
        let moving: Vec<(NodeId, NodeId)> = inputs
            .iter()
            .filter_map(|(node, input)| match input {
                Input::Carried(at) => Some((*node, names[*at])),
                Input::Knob(_) | Input::StepNumber | Input::Drawn { .. } => None,
            })
            .collect();
        let moved = tangents(graph, &next, &moving);
        if graph.is_full() {
            return None;
        }
        let (next, moved) = (Lanes::new(&program, &next), Lanes::new(&program, &moved));
        let loss = Lanes::new(&program, &[program.loss]);
        Some(Self { spec, program, next, moved, loss, directions })
    }

    /// The program that it is the step of: that of the sweep, in f64.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// How many numbers are carried.
    pub fn carried(&self) -> usize {
        self.program.carried.len()
    }

    /// What is carried before the first step, where the knobs have these values.
    pub fn start(&self, knobs: &[f64]) -> Vec<f64> {
        let initial = |carried: &Carried| match carried.initial {
            InitialValue::Zero => 0.0,
            InitialValue::Knob(knob) => knobs[knob],
        };
        self.program.carried.iter().map(initial).collect()
    }

    /// What is carried after the step.
    pub fn next(&self, at: StepAt<'_>) -> Vec<f64> {
        self.next_each(&[at]).swap_remove(0)
    }

    /// What is carried after each of some steps over all rows.
    pub fn next_each(&self, at: &[StepAt<'_>]) -> Vec<Vec<f64>> {
        at.chunks(LANES).flat_map(|chunk| self.values(&self.next, chunk)).collect()
    }

    /// The loss before each of some steps, over all rows.
    pub fn loss_each(&self, at: &[StepAt<'_>]) -> Vec<f64> {
        at.chunks(LANES).flat_map(|chunk| self.values(&self.loss, chunk)).flatten().collect()
    }

    /// At each of some steps over all rows, J times a direction of its own.
    pub fn along_each(&self, at: &[StepAt<'_>], directions: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let chunk = |(at, directions): (&[StepAt<'_>], &[Vec<f64>])| {
            let input = |number: usize, lane: usize| match number.checked_sub(self.directions) {
                Some(direction) => directions[lane][direction],
                None => self.value(at[lane], number),
            };
            self.moved.evaluate(at.len(), &input, &self.columns(at[0].row))
        };
        at.chunks(LANES).zip(directions.chunks(LANES)).flat_map(chunk).collect()
    }

    /// J times each of some directions.
    pub fn along(&self, at: StepAt<'_>, directions: &[Vec<f64>]) -> Vec<Vec<f64>> {
        self.along_each(&vec![at; directions.len()], directions)
    }

    /// J: row = next value, column = what is carried.
    pub fn derivative(&self, at: StepAt<'_>) -> DMatrix<f64> {
        let size = self.carried();
        let unit = |column: usize| (0..size).map(|row| f64::from(u8::from(row == column))).collect();
        let columns = self.along(at, &(0..size).map(unit).collect::<Vec<_>>());
        DMatrix::from_column_slice(size, size, &columns.concat())
    }

    fn values(&self, of: &Lanes, at: &[StepAt<'_>]) -> Vec<Vec<f64>> {
        of.evaluate(at.len(), &|number, lane| self.value(at[lane], number), &self.columns(at[0].row))
    }

    fn value(&self, at: StepAt<'_>, number: usize) -> f64 {
        match self.program.inputs[number] {
            Input::Knob(knob) => at.knobs[knob],
            Input::Carried(carried) => at.carried[carried],
            Input::StepNumber => at.step,
            // Noise of 0: what is left is its mean.
            Input::Drawn { .. } => 0.0,
        }
    }

    fn columns(&self, row: usize) -> Vec<&'a [f64]> {
        let table = self.spec.only_table();
        let column = |read: &DataColumn| {
            let all = table.map_or(&[][..], |data| data.columns[read.data].as_slice());
            if read.batch { &all[row..=row] } else { all }
        };
        self.program.columns.iter().map(column).collect()
    }
}
