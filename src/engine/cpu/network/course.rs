//! What is written down of one training on its way, and when it ends.

use super::pass::Found;
use super::product::Product;
use crate::sweep::{
    Column, ColumnKind, Curvature, NetworkSweep, Outcome, Split, TrainabilityScore, Trend, Window, Windows,
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

/// Of which step the weights are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    Present,
    /// Those that were kept last.
    Kept,
}

/// The network of a training, as it is judged.
pub trait Judged {
    /// Whether a weight is beyond its limit.
    fn is_beyond(&self) -> bool;
    /// Loss over all rows, and the gradient too where `stops`: where the stop rule may read it.
    fn look(&mut self, stops: bool) -> Found;
    /// The largest slope of the gradient that was found last.
    fn steepest(&self) -> f64;
    /// Keeps the present weights.
    fn keep(&mut self);
    fn weights(&self, which: Weights) -> Vec<f64>;
    /// Share of correct rows of the test set.
    fn test_accuracy(&mut self, which: Weights) -> f64;
}

/// The last step at which loss and weights were finite.
struct Good {
    loss: f64,
    correct: usize,
}

/// A training on its way.
pub struct Course<'a, T: Product> {
    spec: &'a NetworkSweep,
    /// Rows to learn from.
    rows: usize,
    period: u32,
    loss_start: f64,
    loss_best: f64,
    /// Which judged steps tell the trend, and their losses.
    windows: Windows,
    losses: [Option<Window<T>>; 2],
    good: Good,
    measure: Option<TrainabilityScore>,
    history: Vec<Vec<f64>>,
}

impl<'a, T: Product> Course<'a, T> {
    /// Before the first step; `batch`: rows per step where not all are taken.
    pub fn new(spec: &'a NetworkSweep, batch: Option<u32>) -> Self {
        let rows = spec.samples.train.rows();
        let period = batch.map_or(1, |size| (rows as u32).div_ceil(size));
        let columns = spec.history.as_ref().map_or(0, |history| history.columns.len());
        Self {
            spec,
            rows,
            period,
            loss_start: f64::NAN,
            loss_best: f64::NAN,
            windows: Windows::new(u64::from(spec.limits.steps.div_ceil(period)), batch.is_some()),
            losses: [None; 2],
            good: Good { loss: f64::NAN, correct: 0 },
            measure: spec.measure.then(|| TrainabilityScore::new(spec.limits.steps)),
            history: vec![vec![f64::NAN; spec.records()]; columns],
        }
    }

    /// Looks at step k; the outcome, where it is the last.
    pub fn judge(&mut self, k: u32, network: &mut impl Judged) -> Option<Outcome> {
        let steps = self.spec.limits.steps;
        let due = k.is_multiple_of(self.period) || k == steps;
        let recorded = self.spec.history.as_ref().filter(|history| k.is_multiple_of(history.every));
        let record = recorded.map(|history| (k / history.every) as usize);
        if network.is_beyond() {
            return Some(Outcome::Diverged);
        }
        if !due && record.is_none() {
            return None;
        }
        let found = network.look(due && self.spec.reads_gradient());
        if k == 0 && found.loss.is_finite() {
            self.loss_start = found.loss;
        }
        if due && !self.is_below_bar(found.loss) {
            // The last finite loss is what is reported.
            if found.loss.is_finite() {
                self.note_good(found, network);
            }
            return Some(Outcome::Diverged);
        }
        if let Some(record) = record.filter(|_| found.loss.is_finite()) {
            self.write_record(record, found, network);
        }
        if !due {
            return None;
        }
        self.note_good(found, network);
        self.note_windows(k, found.loss);
        if let Some(measure) = self.measure.as_mut().filter(|_| k < steps) {
            measure.add(found.loss / self.loss_start);
        }
        if self.has_arrived(found, network) {
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

    fn is_below_bar(&self, loss: f64) -> bool {
        // Not-a-number is below nothing.
        loss.abs() <= self.spec.bar().of(self.loss_start)
    }

    fn note_good(&mut self, found: Found, network: &mut impl Judged) {
        network.keep();
        self.good = Good { loss: found.loss, correct: found.correct };
        // f64's minimum is the other number where one is none.
        self.loss_best = self.loss_best.min(found.loss);
    }

    fn has_arrived(&self, found: Found, network: &mut impl Judged) -> bool {
        let spec = self.spec;
        let Some(stop) = &spec.stop else {
            let gtol = spec.limits.gtol.number();
            return gtol > 0.0 && network.steepest() < gtol;
        };
        let gradient = if spec.reads_gradient() { network.steepest() } else { 0.0 };
        let test = if stop.reads[2] { network.test_accuracy(Weights::Present) } else { 0.0 };
        stop.holds([found.loss, self.share(found.correct), test, gradient])
    }

    fn write_record(&mut self, at: usize, found: Found, network: &mut impl Judged) {
        let columns = self.spec.history.as_ref().map_or(&[][..], |history| &history.columns);
        for (which, column) in columns.iter().enumerate() {
            self.history[which][at] = match column.kind {
                ColumnKind::Accuracy(Split::Train) => self.share(found.correct),
                ColumnKind::Loss(_) => found.loss,
                ColumnKind::Measured => self.sharpness(network, Weights::Present),
                _ => network.test_accuracy(Weights::Present),
            };
        }
    }

    fn sharpness(&self, network: &impl Judged, which: Weights) -> f64 {
        Curvature::new(self.spec).sharpness(&network.weights(which))
    }

    /// What was written down of a column at a step, where something was.
    fn recorded(&self, column: &Column, step: u32) -> Option<f64> {
        let history = self.spec.history.as_ref().filter(|history| step.is_multiple_of(history.every))?;
        let at = history.columns.iter().position(|recorded| recorded.kind == column.kind)?;
        self.history[at].get((step / history.every) as usize).copied()
    }

    fn share(&self, correct: usize) -> f64 {
        share(correct, self.rows)
    }

    /// It ended at a step.
    pub fn end(mut self, steps: u32, outcome: Outcome, network: &mut impl Judged) -> Ended {
        let known = self.loss_start.is_finite();
        let (spec, good) = (self.spec, Weights::Kept);
        let measured = spec.measures().map(|column| match column.kind {
            ColumnKind::Loss(_) => self.loss_best,
            ColumnKind::Accuracy(_) if !known => f64::NAN,
            ColumnKind::Accuracy(Split::Train) => self.share(self.good.correct),
            ColumnKind::Accuracy(Split::Test) => network.test_accuracy(good),
            ColumnKind::Trainability => self.measure.as_mut().map_or(f64::NAN, |measure| measure.finish(outcome)),
            ColumnKind::Measured if outcome != Outcome::Diverged => {
                self.recorded(column, steps).unwrap_or_else(|| self.sharpness(network, good))
            }
            _ => f64::NAN,
        });
        // What is reported is a number of the working precision.
        let measures = measured.map(|value| T::from_f64(value).to_f64()).collect();
        let (loss_start, loss_final) = (self.loss_start, self.good.loss);
        Ended { loss_start, loss_final, measures, history: self.history, steps, outcome }
    }
}

/// Correct rows as a share of all.
pub fn share(correct: usize, rows: usize) -> f64 {
    correct as f64 / rows as f64
}
