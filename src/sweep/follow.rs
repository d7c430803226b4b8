//! One descent, step by step, in f64 whatever the sweep's precision: for theory and traces. Maps come from the engines.

use super::program::{InitialValue, Input};
use super::spec::Spec;
use crate::expr::{NodeId, evaluate_over};
use crate::problem::random::batch_row;

/// A descent on its way.
#[derive(Debug, Clone)]
pub struct Follower<'a> {
    spec: &'a Spec,
    knobs: Vec<f64>,
    carried: Vec<f64>,
    /// Steps made.
    step: u32,
}

impl<'a> Follower<'a> {
    /// The descent of a cell, at its start.
    pub fn new(spec: &'a Spec, x: usize, y: usize) -> Self {
        let knobs: Vec<f64> = spec.knobs.iter().map(|knob| spec.knob_value(knob, x, y)).collect();
        let initial = |initial: &InitialValue| match initial {
            InitialValue::Zero => 0.0,
            InitialValue::Knob(knob) => knobs[*knob],
        };
        let carried = spec.program.carried.iter().map(|carried| initial(&carried.initial)).collect();
        Self { spec, knobs, carried, step: 0 }
    }

    /// Steps made so far.
    pub fn steps(&self) -> u32 {
        self.step
    }

    /// Makes one step.
    pub fn advance(&mut self) {
        let next: Vec<NodeId> = self.spec.program.carried.iter().map(|carried| carried.next).collect();
        self.carried = self.evaluate(&next);
        self.step += 1;
    }

    /// The loss here, over all rows.
    pub fn loss(&self) -> f64 {
        self.evaluate(&[self.spec.program.loss])[0]
    }

    /// Where the parameters are.
    pub fn parameters(&self) -> Vec<f64> {
        let part = |at: usize| self.carried[at];
        let parameters = self.spec.program.parameters.iter();
        parameters.map(|parameter| part(parameter.hi) + parameter.lo.map_or(0.0, part)).collect()
    }

    /// A slot of the rule's state, one value per parameter.
    pub fn state(&self, slot: &str) -> Option<Vec<f64>> {
        let at = self.spec.rule.states().iter().position(|known| known == slot)?;
        Some(self.spec.program.state.iter().map(|slots| self.carried[slots[at]]).collect())
    }

    /// The value of a knob.
    pub fn knob(&self, name: &str) -> Option<f64> {
        self.spec.program.knob(name).map(|at| self.knobs[at])
    }

    fn evaluate(&self, roots: &[NodeId]) -> Vec<f64> {
        let program = &self.spec.program;
        let value = |input: &Input| match input {
            Input::Knob(knob) => self.knobs[*knob],
            Input::Carried(carried) => self.carried[*carried],
            Input::StepNumber => f64::from(self.step + 1),
        };
        let inputs: Vec<f64> = program.inputs.iter().map(value).collect();
        let columns = self.columns();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        evaluate_over(&program.graph, roots, &inputs, &columns)
    }

    /// The columns as this step sees them.
    fn columns(&self) -> Vec<Vec<f64>> {
        let Some(data) = &self.spec.data else { return Vec::new() };
        let table = self.spec.program.table().map_or(0, |knob| self.knobs[knob] as usize);
        let values = |column: usize| &data.tables[table].columns[column];
        let columns = self.spec.program.columns.iter().map(|column| match self.spec.program.batch {
            Some(batch) if column.batch => {
                let row = |slot| match batch.seed {
                    Some(seed) => batch_row(self.knobs[seed] as u32, self.step, slot, batch.rows),
                    None => self.step % batch.rows,
                };
                (0..batch.size).map(|slot| values(column.data)[row(slot) as usize]).collect()
            }
            _ => values(column.data).clone(),
        });
        columns.collect()
    }
}
