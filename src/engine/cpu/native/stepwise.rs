//! What all lanes share: computed here, once, and handed to the machine code as vectors.

use super::super::instruction::Lanes;
use super::kernel::{Kernel, zeros};
use crate::engine::classes::{Class, Classes};
use crate::expr::{NodeId, Real, value_of};
use crate::sweep::{FormulaSweep, InitialValue, Input, Source};

/// The part of a program that is the same in every lane.
pub struct Stepwise<'a, T: Real> {
    spec: &'a FormulaSweep,
    classes: &'a Classes,
    /// By node; of those of the lanes without meaning.
    values: Vec<T>,
    /// By input of the graph, likewise.
    inputs: Vec<T>,
    /// Numbers in a vector, and vectors in a row.
    width: usize,
    row: usize,
}

impl<'a, T: Real> Stepwise<'a, T> {
    /// As it is before step 1.
    pub fn new(spec: &'a FormulaSweep, kernel: &'a Kernel<T>) -> Self {
        let program = &spec.program;
        let fixed = |knob: usize| match spec.knobs[knob].source {
            Source::Fixed(value) => T::from_f64(value),
            Source::X(_) | Source::Y(_) => T::ZERO,
        };
        let initial = |input: &Input| match *input {
            Input::Knob(knob) => fixed(knob),
            Input::Carried(carried) => match program.carried[carried].initial {
                InitialValue::Zero => T::ZERO,
                InitialValue::Knob(knob) => fixed(knob),
            },
            Input::StepNumber | Input::Drawn { .. } => T::ZERO,
        };
        let inputs: Vec<T> = program.inputs.iter().map(initial).collect();
        let mut values = vec![T::ZERO; program.graph.nodes().len()];
        let width = kernel.layout.isa.bytes() / size_of::<T>();
        let classes = &kernel.classes;
        for at in 0..values.len() {
            let id = program.graph.id_at(at);
            if classes.of(id) == Class::Fixed {
                values[at] = value_of(&program.graph, id, &values, &inputs);
            }
        }
        Self { spec, classes, values, inputs, width, row: kernel.layout.row }
    }

    /// Everything that is the same in all steps, in its slots.
    pub fn common(&self, kernel: &Kernel<T>) -> Lanes<T> {
        let layout = &kernel.layout;
        let mut common = zeros(layout.common * self.width);
        let mut put = |vector: usize, value: T| common[vector * self.width..(vector + 1) * self.width].fill(value);
        for (at, tolerance) in self.spec.tolerances.iter().enumerate() {
            put(layout.tolerance(at).vector, T::from_f64(*tolerance));
        }
        for (at, bits) in layout.constants.iter().enumerate() {
            put(layout.literals.vector + at, T::from_word(*bits));
        }
        put(layout.limit.vector, T::from_f64(self.spec.program.parameter_limit()));
        for (at, id) in self.classes.fixed.iter().enumerate() {
            put(layout.fixed.vector + at, self.for_lanes(*id));
        }
        common
    }

    /// What the lanes carry together, as bits.
    pub fn state(&self) -> impl Iterator<Item = T::Bits> {
        let inputs = self.spec.program.inputs.iter().zip(&self.inputs);
        inputs.filter(|(input, _)| self.uniform(input).is_some()).map(|(_, value)| value.to_bits())
    }

    /// The carried value that an input is, where all lanes carry the same.
    fn uniform(&self, input: &Input) -> Option<usize> {
        match input {
            Input::Carried(carried) => Some(*carried).filter(|carried| self.classes.is_uniform[*carried]),
            Input::Knob(_) | Input::StepNumber | Input::Drawn { .. } => None,
        }
    }

    /// Fills one row per step, the first for the step of this number. Every number must be asked for, in order from 1.
    pub fn fill(&mut self, first: u64, rows: &mut [T]) {
        let width = self.width;
        if self.classes.stepwise.is_empty() {
            return;
        }
        for (number, row) in (first..).zip(rows.chunks_exact_mut(self.row * width)) {
            self.compute(number);
            for (vector, id) in row.chunks_exact_mut(width).zip(&self.classes.stepwise) {
                vector.fill(self.for_lanes(*id));
            }
        }
    }

    /// The value as lanes read it: a condition that holds is all bits.
    fn for_lanes(&self, id: NodeId) -> T {
        match self.values[id.index()] {
            value if self.spec.program.graph.is_condition(id) && value != T::ZERO => -T::MAGNITUDE,
            value => value,
        }
    }

    fn compute(&mut self, number: u64) {
        let program = &self.spec.program;
        for (at, input) in program.inputs.iter().enumerate() {
            if *input == Input::StepNumber {
                self.inputs[at] = T::from_f64(number as f64);
            } else if let Some(carried) = self.uniform(input).filter(|_| number > 1) {
                self.inputs[at] = self.values[program.carried[carried].next.index()];
            }
        }
        for id in &self.classes.per_step {
            self.values[id.index()] = value_of(&program.graph, *id, &self.values, &self.inputs);
        }
    }
}
