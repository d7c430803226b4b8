//! One training, from its drawn weights to its outcome.

use super::pass::{Found, Pass, Which};
use super::product::Product;
use super::shared::Shared;
use super::update::{Step, Updater};
use crate::engine::{EngineError, Watch};
use crate::problem::random::{batch_row, shuffled_row};
use crate::sweep::{
    Batch, ColumnKind, Curvature, NetworkSweep, Outcome, Precision, Split, TrainabilityScore, Trend, Window, Windows,
};

/// What a training came to.
pub struct Ended {
    pub loss_start: f64,
    pub loss_final: f64,
    /// In the order of [`crate::sweep::TileOutcomes::measures`].
    pub measures: Vec<f64>,
    /// In the order of [`crate::sweep::History`].
    pub history: Vec<Vec<f64>>,
    pub steps: u32,
    pub outcome: Outcome,
}

/// Numbers of the cell.
struct Values<T> {
    seed: u32,
    alphas: Vec<T>,
    hyperparameters: Vec<T>,
}

/// The last step at which loss and weights were finite.
struct Good<T> {
    weights: Vec<T>,
    loss: f64,
    correct: usize,
}

pub struct Training<'a, T: Product> {
    shared: &'a Shared<'a, T>,
    spec: &'a NetworkSweep,
    values: Values<T>,
    /// Rows per step; none where all are taken.
    batch: Option<u32>,
    period: u32,
    pass: Pass<T>,
    updater: Updater<T>,
    /// What the rule carries, the weights first; each with one number per parameter.
    carried: Vec<Vec<T>>,
    gradient: Vec<T>,
    list: Vec<u32>,
    loss_start: f64,
    loss_best: f64,
    /// Which judged steps tell the trend, and their losses.
    windows: Windows,
    losses: [Option<Window<T>>; 2],
    good: Good<T>,
    measure: Option<TrainabilityScore>,
    history: Vec<Vec<f64>>,
}

/// How often (steps) a training looks up to report progress and to see whether it should stop.
const LOOK_UP: u32 = 16;

impl<'a, T: Product> Training<'a, T> {
    /// The training of a cell, before its first step.
    pub fn new(shared: &'a Shared<'a, T>, (x, y): (usize, usize)) -> Self {
        let spec = shared.spec;
        let cell = spec.values_at(x, y);
        let value = |knob: usize| T::from_f64(cell[knob]);
        let parameters = spec.network.parameters();
        let mut carried = vec![vec![T::ZERO; parameters]; spec.update.next.len()];
        let seed = cell[spec.seed] as u32;
        for (to, from) in carried[0].iter_mut().zip(spec.start_of(&cell)) {
            *to = T::from_f64(from);
        }
        let rows = shared.train.count as u32;
        let batch = match (spec.batch, spec.batch_rows) {
            (Batch::Full, _) => None,
            (Batch::Each, _) => Some(1),
            (Batch::Random(size) | Batch::Shuffled(size), knob) => Some(knob.map_or(size, |knob| cell[knob] as u32)),
        };
        let records = spec.records();
        let period = batch.map_or(1, |size| rows.div_ceil(size));
        let columns = spec.history.as_ref().map_or(0, |history| history.columns.len());
        Self {
            values: Values {
                seed,
                alphas: spec.alphas.iter().map(|knob| value(*knob)).collect(),
                hyperparameters: spec.hyperparameters.iter().map(|knob| knob.map_or(T::ZERO, value)).collect(),
            },
            windows: Windows::new(u64::from(spec.limits.steps.div_ceil(period)), batch.is_some()),
            losses: [None; 2],
            period,
            batch,
            pass: Pass::new(&spec.network),
            updater: Updater::new(&spec.update),
            gradient: vec![T::ZERO; parameters],
            list: Vec::new(),
            loss_start: f64::NAN,
            loss_best: f64::NAN,
            good: Good { weights: carried[0].clone(), loss: f64::NAN, correct: 0 },
            measure: spec.measure.then(|| TrainabilityScore::new(spec.limits.steps)),
            history: vec![vec![f64::NAN; records]; columns],
            carried,
            shared,
            spec,
        }
    }

    /// Trains to the end.
    pub fn run(mut self, watch: &Watch<'_>) -> Result<Ended, EngineError> {
        let (steps, outcome) = self.train(watch)?;
        Ok(self.end(steps, outcome))
    }

    /// Trains to the end; the weights there.
    pub fn weights(mut self) -> Result<Vec<f64>, EngineError> {
        self.train(&Watch::silent())?;
        let mut weights: Vec<f64> = self.carried[0].iter().map(|weight| weight.to_f64()).collect();
        if self.spec.precision == Precision::Compensated {
            weights.iter_mut().zip(&self.carried[1]).for_each(|(weight, low)| *weight += low.to_f64());
        }
        Ok(weights)
    }

    /// The step at which the training ended, and how.
    fn train(&mut self, watch: &Watch<'_>) -> Result<(u32, Outcome), EngineError> {
        let steps = self.spec.limits.steps;
        for k in 0..=steps {
            if let Some(outcome) = self.judge(k) {
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

    /// Looks at step k; the outcome, where it is the last.
    fn judge(&mut self, k: u32) -> Option<Outcome> {
        let steps = self.spec.limits.steps;
        let due = k.is_multiple_of(self.period) || k == steps;
        let recorded = self.spec.history.as_ref().filter(|history| k.is_multiple_of(history.every));
        let record = recorded.map(|history| (k / history.every) as usize);
        if self.is_beyond_limit() {
            return Some(Outcome::Diverged);
        }
        if !due && record.is_none() {
            return None;
        }
        let found = self.look(due);
        if k == 0 && found.loss.is_finite() {
            self.loss_start = found.loss;
        }
        if due && !self.is_below_bar(found.loss) {
            // The last finite loss is what is reported.
            if found.loss.is_finite() {
                self.note_good(found);
            }
            return Some(Outcome::Diverged);
        }
        if let Some(record) = record.filter(|_| found.loss.is_finite()) {
            self.write_record(record, found);
        }
        if !due {
            return None;
        }
        self.note_good(found);
        self.note_windows(k, found.loss);
        if let Some(measure) = self.measure.as_mut().filter(|_| k < steps) {
            measure.add(found.loss / self.loss_start);
        }
        if self.has_arrived(found) {
            return Some(Outcome::Converged);
        }
        (k == steps).then(|| self.trend(found.loss).outcome(|| false))
    }

    fn note_windows(&mut self, k: u32, loss: f64) {
        let judged = if k == self.spec.limits.steps { self.windows.last } else { u64::from(k / self.period) };
        let loss = T::from_f64(loss);
        for (window, open) in self.losses.iter_mut().zip(self.windows.at(judged)) {
            if open {
                *window = Some(window.map_or_else(|| Window::of(loss), |window| window.and(loss)));
            }
        }
    }

    /// What is known of a training that has no steps left. Of so many weights some always move: that says nothing.
    fn trend(&self, loss: f64) -> Trend {
        let window = |window: Option<Window<T>>| window.map_or_else(|| Window::of(loss), Window::wide);
        let [first, second] = self.losses.map(window);
        let loss_start = self.loss_start;
        Trend { windows: self.windows, first, second, loss_start, loss_final: loss, grain: self.spec.precision.grain() }
    }

    /// Loss over all rows; the gradient too, where the step or the stop rule takes it from all of them.
    fn look(&mut self, due: bool) -> Found {
        let train = &self.shared.train;
        let stops = due && self.spec.reads_gradient();
        let mut found = if self.batch.is_none() || stops {
            self.pass.gradient(&self.carried[0], train, Which::All, &mut self.gradient)
        } else {
            self.pass.evaluate(&self.carried[0], train)
        };
        // What is reported is a number of the working precision.
        found.loss = T::from_f64(found.loss).to_f64();
        found
    }

    fn is_below_bar(&self, loss: f64) -> bool {
        // Not-a-number is below nothing.
        loss.abs() <= self.spec.bar().of(self.loss_start)
    }

    fn is_beyond_limit(&self) -> bool {
        let limit = T::from_f64(self.spec.parameter_limit()).magnitude_bits();
        self.carried[0].iter().fold(false, |some, weight| some | (weight.magnitude_bits() > limit))
    }

    fn note_good(&mut self, found: Found) {
        self.good.weights.copy_from_slice(&self.carried[0]);
        self.good.loss = found.loss;
        self.good.correct = found.correct;
        // f64's minimum is the other number where one is none.
        self.loss_best = self.loss_best.min(found.loss);
    }

    fn has_arrived(&mut self, found: Found) -> bool {
        let spec = self.spec;
        let steepest = || {
            let bits = self.gradient.iter().map(|slope| slope.magnitude_bits()).max().unwrap_or_default();
            self.gradient.iter().find(|slope| slope.magnitude_bits() == bits).map_or(0.0, |slope| slope.abs().to_f64())
        };
        let Some(stop) = &spec.stop else {
            let gtol = spec.limits.gtol.number();
            return gtol > 0.0 && steepest() < gtol;
        };
        let gradient = if spec.reads_gradient() { steepest() } else { 0.0 };
        let test = if stop.reads[2] { test_accuracy(self.shared, &mut self.pass, &self.carried[0]) } else { 0.0 };
        stop.holds([found.loss, share(found.correct, self.shared.train.count), test, gradient])
    }

    fn write_record(&mut self, at: usize, found: Found) {
        let columns = self.spec.history.as_ref().map_or(&[][..], |history| &history.columns);
        for (column, to) in columns.iter().zip(&mut self.history) {
            to[at] = match column.kind {
                ColumnKind::Accuracy(Split::Train) => share(found.correct, self.shared.train.count),
                ColumnKind::Loss(_) => found.loss,
                ColumnKind::Measured => sharpness(self.spec, &self.carried[0]),
                _ => test_accuracy(self.shared, &mut self.pass, &self.carried[0]),
            };
        }
    }

    /// Makes step k + 1.
    fn advance(&mut self, k: u32) {
        if let Some(size) = self.batch {
            let rows = self.shared.train.count as u32;
            self.list.clear();
            match self.spec.batch {
                Batch::Each => self.list.push(k % rows),
                Batch::Shuffled(_) => {
                    self.list.extend((0..size).map(|slot| shuffled_row(self.values.seed, k, (slot, size), rows)));
                }
                _ => self.list.extend((0..size).map(|slot| batch_row(self.values.seed, k, slot, rows))),
            }
            let which = Which::Listed(&self.list);
            self.pass.gradient(&self.carried[0], &self.shared.train, which, &mut self.gradient);
        }
        for (layer, alpha) in self.spec.network.layers().iter().zip(&self.values.alphas) {
            let step = Step {
                alpha: *alpha,
                hyperparameters: &self.values.hyperparameters,
                number: T::from_f64(f64::from(k) + 1.0),
            };
            let range = layer.range();
            let mut carried: Vec<&mut [T]> = self.carried.iter_mut().map(|list| &mut list[range.clone()]).collect();
            self.updater.step(&step, &self.gradient[range.clone()], &mut carried);
        }
    }

    fn end(mut self, steps: u32, outcome: Outcome) -> Ended {
        let train = share(self.good.correct, self.shared.train.count);
        let known = self.loss_start.is_finite();
        let measured = self.spec.measures().map(|column| match column.kind {
            ColumnKind::Loss(_) => self.loss_best,
            ColumnKind::Accuracy(_) if !known => f64::NAN,
            ColumnKind::Accuracy(Split::Train) => train,
            ColumnKind::Accuracy(Split::Test) => test_accuracy(self.shared, &mut self.pass, &self.good.weights),
            ColumnKind::Trainability => self.measure.as_mut().map_or(f64::NAN, |measure| measure.finish(outcome)),
            ColumnKind::Measured if outcome != Outcome::Diverged => sharpness(self.spec, &self.good.weights),
            _ => f64::NAN,
        });
        let measures = measured.map(|value| T::from_f64(value).to_f64()).collect();
        let (loss_start, loss_final) = (self.loss_start, self.good.loss);
        Ended { loss_start, loss_final, measures, history: self.history, steps, outcome }
    }
}

fn sharpness<T: Product>(spec: &NetworkSweep, weights: &[T]) -> f64 {
    let weights: Vec<f64> = weights.iter().map(|weight| weight.to_f64()).collect();
    Curvature::new(spec).sharpness(&weights)
}

fn share(correct: usize, rows: usize) -> f64 {
    correct as f64 / rows as f64
}

fn test_accuracy<T: Product>(shared: &Shared<'_, T>, pass: &mut Pass<T>, weights: &[T]) -> f64 {
    shared.test.as_ref().map_or(f64::NAN, |test| share(pass.evaluate(weights, test).correct, test.count))
}
