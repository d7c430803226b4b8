//! How well a training goes, in one number: the measure of Sohl-Dickstein 2024, "The boundary of neural network
//! trainability is fractal".

use super::outcome::Outcome;
use std::collections::VecDeque;

/// Losses of a training relative to the first, v₀ = 1 … v_{N−1}, as they come.
#[derive(Debug, Clone)]
pub struct TrainabilityScore {
    steps: u32,
    seen: u32,
    sum: f64,
    inverse_sum: f64,
    last: VecDeque<f64>,
    value: f64,
}

impl TrainabilityScore {
    /// Relative losses that decide whether a training goes well.
    pub const LAST: usize = 20;
    /// A relative loss above this, or none at all, counts as this.
    pub const HIGHEST: f64 = 1e6;

    /// Of a training of `steps` steps.
    pub fn new(steps: u32) -> Self {
        Self { steps, seen: 0, sum: 0.0, inverse_sum: 0.0, last: VecDeque::with_capacity(Self::LAST + 1), value: 1.0 }
    }

    /// Of a training of `steps` steps, of which relative losses were added up elsewhere: how many, their sum, that of their
    /// inverses, and the last of them (at most [`Self::LAST`]) in order.
    pub fn resumed(steps: u32, seen: u32, sum: f64, inverse_sum: f64, last: VecDeque<f64>) -> Self {
        let value = last.back().copied().unwrap_or(1.0);
        Self { steps, seen, sum, inverse_sum, last, value }
    }

    /// Takes the next relative loss.
    pub fn add(&mut self, relative: f64) {
        // Not-a-number fails the comparison.
        self.value = if relative <= Self::HIGHEST { relative } else { Self::HIGHEST };
        self.seen += 1;
        self.sum += self.value;
        // A loss of nothing would make the other sum infinite.
        self.inverse_sum += 1.0 / self.value.max(1.0 / Self::HIGHEST);
        self.last.push_back(self.value);
        if self.last.len() > Self::LAST {
            self.last.pop_front();
        }
    }

    /// The measure of a training that has ended: −Σv where the mean of the last 20 is below 1, else Σ1/v. Steps that were
    /// not made count as the highest loss after a divergence, and as the last one otherwise.
    pub fn finish(&mut self, outcome: Outcome) -> f64 {
        let rest = if outcome == Outcome::Diverged { Self::HIGHEST } else { self.value };
        while self.seen < self.steps {
            self.add(rest);
        }
        let mean = self.last.iter().sum::<f64>() / self.last.len().max(1) as f64;
        if mean < 1.0 { -self.sum } else { self.inverse_sum }
    }
}
