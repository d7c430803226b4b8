//! One descent, step by step, in the numbers of one precision: for theory and traces. Maps come from the engines.

use super::carried::{InitialValue, Input};
use super::formula::FormulaSweep;
use super::program::NoiseKnobs;
use crate::expr::{NodeId, Real, evaluate_over};
use crate::problem::random::{NoiseAt, Stream, noise_half, uniform};

/// A descent on its way. With `T` as wide as the spec's precision it takes the engines' path bit for bit; `f64` follows
/// any spec.
#[derive(Debug, Clone)]
pub struct Follower<'a, T> {
    spec: &'a FormulaSweep,
    knobs: Vec<T>,
    carried: Vec<T>,
    /// All rows of every column that the graph reads.
    columns: Vec<Vec<T>>,
    /// Steps made.
    step: u32,
}

impl<'a, T: Real> Follower<'a, T> {
    /// The descent of a cell, at its start.
    pub fn new(spec: &'a FormulaSweep, x: usize, y: usize) -> Self {
        let knobs: Vec<T> = spec.knobs.iter().map(|knob| T::from_f64(spec.knob_value(knob, x, y))).collect();
        let initial = |initial: &InitialValue| match initial {
            InitialValue::Zero => T::ZERO,
            InitialValue::Knob(knob) => knobs[*knob],
        };
        let carried = spec.program.carried.iter().map(|carried| initial(&carried.initial)).collect();
        let table = spec.program.table().map_or(0, |knob| knobs[knob].to_f64() as usize);
        let column = |data: usize| {
            let tables = spec.data.iter().filter_map(|data| data.tables.get(table));
            tables.flat_map(|table| &table.columns[data]).map(|value| T::from_f64(*value)).collect()
        };
        let columns = spec.program.columns.iter().map(|read| column(read.data)).collect();
        Self { spec, knobs, carried, columns, step: 0 }
    }

    /// Steps made so far.
    pub fn steps(&self) -> u32 {
        self.step
    }

    /// Makes one step.
    pub fn advance(&mut self) {
        self.carried = self.evaluate(&self.spec.program.advancing(), &self.carried);
        self.step += 1;
    }

    /// Moves each parameter by a random part of itself of up to `by`, as rounding in a precision of that unit does.
    pub fn shake(&mut self, by: f64, seed: u32) {
        for (parameter, which) in self.spec.program.parameters.iter().zip(0..) {
            let part = by * (2.0 * uniform(seed, Stream::Start, which, self.step) - 1.0);
            let value = self.carried[parameter.hi].to_f64();
            self.carried[parameter.hi] = T::from_f64(value * (1.0 + part));
        }
    }

    /// The loss here, over all rows.
    pub fn loss(&self) -> T {
        self.evaluate(&[self.spec.program.loss], &self.carried)[0]
    }

    /// The loss, over all rows, where the parameters have these values.
    ///
    /// # Panics
    /// If there are fewer of them than parameters.
    pub fn loss_at(&self, point: &[f64]) -> f64 {
        self.evaluate(&[self.spec.program.loss], &self.carried_at(point))[0].to_f64()
    }

    /// What the stop test looks at, likewise.
    ///
    /// # Panics
    /// Likewise.
    pub fn tested_at(&self, point: &[f64]) -> Vec<f64> {
        let tested = self.evaluate(self.spec.program.stop.tested(), &self.carried_at(point));
        tested.into_iter().map(T::to_f64).collect()
    }

    fn carried_at(&self, point: &[f64]) -> Vec<T> {
        let mut carried = self.carried.clone();
        for (parameter, value) in self.spec.program.parameters.iter().zip(point) {
            carried[parameter.hi] = T::from_f64(*value);
        }
        carried
    }

    /// The gradient that the next step would take, one value per parameter: over its batch, where there are batches.
    pub fn gradient(&self) -> Vec<T> {
        self.evaluate(&self.spec.program.gradient, &self.carried)
    }

    /// Where the parameters are.
    pub fn parameters(&self) -> Vec<f64> {
        let part = |at: usize| self.carried[at].to_f64();
        let parameters = self.spec.program.parameters.iter();
        parameters.map(|parameter| part(parameter.hi) + parameter.lo.map_or(0.0, part)).collect()
    }

    /// Whether every parameter is within its limit.
    pub fn is_sane(&self) -> bool {
        let limit = T::from_f64(self.spec.program.parameter_limit()).magnitude_bits();
        self.spec.program.parameters.iter().all(|parameter| self.carried[parameter.hi].magnitude_bits() <= limit)
    }

    /// A slot of the rule's state, one value per parameter.
    pub fn state(&self, slot: &str) -> Option<Vec<f64>> {
        let at = self.spec.rule.states().iter().position(|known| known == slot)?;
        Some(self.spec.program.state.iter().map(|slots| self.carried[slots[at]].to_f64()).collect())
    }

    /// The value of a knob.
    pub fn knob(&self, name: &str) -> Option<f64> {
        self.spec.program.knob(name).map(|at| self.knobs[at].to_f64())
    }

    fn evaluate(&self, roots: &[NodeId], carried: &[T]) -> Vec<T> {
        let program = &self.spec.program;
        let value = |input: &Input| match input {
            Input::Knob(knob) => self.knobs[*knob],
            Input::Carried(at) => carried[*at],
            Input::StepNumber => T::from_f64(f64::from(self.step) + 1.0),
            Input::Drawn { parameter, half } => self.drawn(*parameter, *half),
        };
        let inputs: Vec<T> = program.inputs.iter().map(value).collect();
        let batches = self.batches();
        let columns = self.columns.iter().zip(&batches).map(|(all, batch)| batch.as_ref().unwrap_or(all).as_slice());
        evaluate_over(&program.graph, roots, &inputs, &columns.collect::<Vec<_>>())
    }

    /// One half of a parameter's noise in this step.
    fn drawn(&self, parameter: u32, half: u32) -> T {
        let knob = |at: usize| self.knobs[at].to_f64() as u32;
        let Some(NoiseKnobs { seed, cell }) = self.spec.program.noise else { return T::ZERO };
        noise_half(NoiseAt { seed: knob(seed), cell: cell.map(knob), parameter, step: self.step, half })
    }

    /// The rows of this step, of the columns that are read in batches.
    fn batches(&self) -> Vec<Option<Vec<T>>> {
        let rows: Option<Vec<usize>> = self.spec.program.batch.map(|batch| {
            let seed = batch.seed.map_or(0, |knob| self.knobs[knob].to_f64() as u32);
            (0..batch.size).map(|slot| batch.row(seed, self.step, slot) as usize).collect()
        });
        let of_step = |all: &Vec<T>| rows.as_ref().map(|rows| rows.iter().map(|row| all[*row]).collect());
        let columns = self.spec.program.columns.iter().zip(&self.columns);
        columns.map(|(column, all)| of_step(all).filter(|_| column.batch)).collect()
    }
}
