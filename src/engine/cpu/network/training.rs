//! One training, from its drawn weights to its outcome.

use super::course::{Course, Ended, Judged, Weights, share};
use super::pass::{Found, Pass, Which};
use super::product::Product;
use super::shared::Shared;
use super::update::{Step, Updater};
use crate::engine::{EngineError, Watch};
use crate::problem::random::{batch_row, shuffled_row};
use crate::sweep::{Batch, NetworkSweep, Outcome, Precision};
use multiversion::multiversion;

/// Numbers of a cell.
pub struct Values<T> {
    pub seed: u32,
    /// Learning rates of the layers.
    pub alphas: Vec<T>,
    /// In the order of the rule.
    pub hyperparameters: Vec<T>,
    /// Weights at the start.
    pub start: Vec<T>,
    /// Rows per step; none where all are taken.
    pub batch: Option<u32>,
}

impl<T: Product> Values<T> {
    /// Those of the cell at (x, y).
    pub fn new(spec: &NetworkSweep, (x, y): (usize, usize)) -> Self {
        let cell = spec.values_at(x, y);
        let value = |knob: usize| T::from_f64(cell[knob]);
        Self {
            seed: cell[spec.seed] as u32,
            alphas: spec.alphas.iter().map(|knob| value(*knob)).collect(),
            hyperparameters: spec.hyperparameters.iter().map(|knob| knob.map_or(T::ZERO, value)).collect(),
            start: spec.start_of(&cell).into_iter().map(T::from_f64).collect(),
            batch: match (spec.batch, spec.batch_rows) {
                (Batch::Full, _) => None,
                (Batch::Each, _) => Some(1),
                (Batch::Random(size) | Batch::Shuffled(size), knob) => {
                    Some(knob.map_or(size, |knob| cell[knob] as u32))
                }
            },
        }
    }
}

pub struct Training<'a, T: Product> {
    spec: &'a NetworkSweep,
    course: Course<'a, T>,
    network: Trained<'a, T>,
    values: Values<T>,
    updater: Updater<T>,
    list: Vec<u32>,
}

/// Its weights, and what they are judged with.
struct Trained<'a, T: Product> {
    shared: &'a Shared<'a, T>,
    pass: Pass<T>,
    takes_all_rows: bool,
    /// What the rule carries, the weights first; each with one number per parameter.
    carried: Vec<Vec<T>>,
    gradient: Vec<T>,
    kept: Vec<T>,
}

/// How often (steps) a training looks up to report progress and to see whether it should stop.
pub const LOOK_UP: u32 = 16;

impl<'a, T: Product> Training<'a, T> {
    /// The training of a cell, before its first step.
    pub fn new(shared: &'a Shared<'a, T>, cell: (usize, usize)) -> Self {
        let spec = shared.spec;
        let values = Values::<T>::new(spec, cell);
        let parameters = spec.network.parameters();
        let mut carried = vec![vec![T::ZERO; parameters]; spec.update.next.len()];
        carried[0].copy_from_slice(&values.start);
        Self {
            course: Course::new(spec, values.batch),
            network: Trained {
                shared,
                pass: Pass::new(&spec.network),
                takes_all_rows: values.batch.is_none(),
                kept: carried[0].clone(),
                carried,
                gradient: vec![T::ZERO; parameters],
            },
            values,
            updater: Updater::new(&spec.update),
            list: Vec::new(),
            spec,
        }
    }

    /// Trains to the end.
    pub fn run(mut self, watch: &Watch<'_>) -> Result<Ended, EngineError> {
        let (steps, outcome) = self.train(watch)?;
        Ok(self.course.end(steps, outcome, &mut self.network))
    }

    /// Trains to the end; the weights there.
    pub fn weights(mut self) -> Result<Vec<f64>, EngineError> {
        self.train(&Watch::silent())?;
        let mut weights = self.network.weights(Weights::Present);
        if self.spec.precision == Precision::Compensated {
            weights.iter_mut().zip(&self.network.carried[1]).for_each(|(weight, low)| *weight += low.to_f64());
        }
        Ok(weights)
    }

    /// The step at which the training ended, and how.
    fn train(&mut self, watch: &Watch<'_>) -> Result<(u32, Outcome), EngineError> {
        let steps = self.spec.limits.steps;
        for k in 0..=steps {
            if let Some(outcome) = self.course.judge(k, &mut self.network) {
                (watch.progress)(u64::from(steps + 1 - k / LOOK_UP * LOOK_UP));
                return Ok((k, outcome));
            }
            self.advance(k);
            if (k + 1) % LOOK_UP == 0 {
                (watch.progress)(u64::from(LOOK_UP));
                if watch.cancelled() {
                    return Err(EngineError::Interrupted);
                }
            }
        }
        unreachable!("the last step is judged, and a training that has not ended ends there")
    }

    /// Makes step k + 1.
    fn advance(&mut self, k: u32) {
        let network = &mut self.network;
        if let Some(size) = self.values.batch {
            let train = &network.shared.train;
            let rows = train.count as u32;
            self.list.clear();
            match self.spec.batch {
                Batch::Each => self.list.push(k % rows),
                Batch::Shuffled(_) => {
                    self.list.extend((0..size).map(|slot| shuffled_row(self.values.seed, k, (slot, size), rows)));
                }
                _ => self.list.extend((0..size).map(|slot| batch_row(self.values.seed, k, slot, rows))),
            }
            let which = Which::Listed(&self.list);
            network.pass.gradient(&network.carried[0], train, which, &mut network.gradient);
        }
        for (layer, alpha) in self.spec.network.layers().iter().zip(&self.values.alphas) {
            let hyperparameters: Vec<&[T]> = self.values.hyperparameters.iter().map(std::slice::from_ref).collect();
            let number = [T::from_f64(f64::from(k) + 1.0)];
            let step = Step { alpha: &[*alpha], hyperparameters: &hyperparameters, number: &number };
            let range = layer.range();
            let mut carried: Vec<&mut [T]> = network.carried.iter_mut().map(|list| &mut list[range.clone()]).collect();
            self.updater.step(&step, &network.gradient[range.clone()], &mut carried);
        }
    }
}

impl<T: Product> Judged for Trained<'_, T> {
    fn is_beyond(&self) -> bool {
        let limit = T::from_f64(self.shared.spec.parameter_limit()).magnitude_bits();
        any_above(&self.carried[0], limit)
    }

    /// The gradient also where the step takes it from all rows.
    fn look(&mut self, stops: bool) -> Found {
        let train = &self.shared.train;
        let mut found = if self.takes_all_rows || stops {
            self.pass.gradient(&self.carried[0], train, Which::All, &mut self.gradient)
        } else {
            self.pass.evaluate(&self.carried[0], train)
        };
        // What is reported is a number of the working precision.
        found.loss = T::from_f64(found.loss).to_f64();
        found
    }

    fn steepest(&self) -> f64 {
        let bits = self.gradient.iter().map(|slope| slope.magnitude_bits()).max().unwrap_or_default();
        self.gradient.iter().find(|slope| slope.magnitude_bits() == bits).map_or(0.0, |slope| slope.abs().to_f64())
    }

    fn keep(&mut self) {
        self.kept.copy_from_slice(&self.carried[0]);
    }

    fn weights(&self, which: Weights) -> Vec<f64> {
        let weights = if which == Weights::Present { &self.carried[0] } else { &self.kept };
        weights.iter().map(|weight| weight.to_f64()).collect()
    }

    fn test_accuracy(&mut self, which: Weights) -> f64 {
        let weights = if which == Weights::Present { &self.carried[0] } else { &self.kept };
        test_accuracy(self.shared, &mut self.pass, weights)
    }
}

/// Whether some magnitude is above a limit, as bits.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
fn any_above<T: Product>(values: &[T], limit: T::Bits) -> bool {
    values.iter().fold(false, |some, value| some | (value.magnitude_bits() > limit))
}

/// Share of correct rows of the test set.
pub fn test_accuracy<T: Product>(shared: &Shared<'_, T>, pass: &mut Pass<T>, weights: &[T]) -> f64 {
    shared.test.as_ref().map_or(f64::NAN, |test| share(pass.evaluate(weights, test).correct, test.count))
}
