//! What becomes of a descent that neither arrived nor diverged: the trend of its last steps against that of earlier ones.
//!
//! Two windows of judged steps are compared, the one around the middle and the one at the end. A descent that still gets
//! lower has a lower envelope in the second; a cycle, chaos or noise has the same in both.

use super::outcome::Outcome;
use crate::expr::Real;

/// Changes below this share are none: of the loss, and of a parameter in the last step.
pub const LEVEL: f64 = 1e-6;

/// The two windows, as numbers of judged steps: each has `width` steps and ends at its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    pub width: u64,
    /// The last judged step of the first window.
    pub middle: u64,
    /// The last judged step of all.
    pub last: u64,
    /// Steps are drawn, by rows or by noise: means count instead of envelopes.
    pub batched: bool,
}

impl Windows {
    /// Those of a descent that is judged at the steps 0 ..= `last`.
    pub fn new(last: u64, batched: bool) -> Self {
        const LONGEST: u64 = 1024;
        let width = (last / if batched { 4 } else { 8 }).clamp(1, LONGEST);
        Self { width, middle: last / 2, last, batched }
    }

    /// The first judged step of the first window.
    pub fn first(&self) -> u64 {
        (self.middle + 1).saturating_sub(self.width)
    }

    /// The first judged step of the second window.
    pub fn second(&self) -> u64 {
        self.last + 1 - self.width
    }

    /// Whether a judged step is in one of the windows, and in which.
    pub fn at(&self, judged: u64) -> [bool; 2] {
        [(self.first()..=self.middle).contains(&judged), (self.second()..=self.last).contains(&judged)]
    }
}

/// The losses of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window<T> {
    pub low: T,
    pub high: T,
    /// Of the first step; sums are of differences from it, so that they keep their digits.
    pub origin: T,
    pub sum: T,
    pub squares: T,
}

impl<T: Real> Window<T> {
    /// Of one step.
    pub fn of(loss: T) -> Self {
        Self { low: loss, high: loss, origin: loss, sum: T::ZERO, squares: T::ZERO }
    }

    /// With one more step.
    #[must_use]
    pub fn and(self, loss: T) -> Self {
        let apart = loss - self.origin;
        Self {
            low: if loss < self.low { loss } else { self.low },
            high: if loss > self.high { loss } else { self.high },
            origin: self.origin,
            sum: self.sum + apart,
            squares: self.squares + apart * apart,
        }
    }

    /// The same in f64.
    pub fn wide(self) -> Window<f64> {
        Window {
            low: self.low.to_f64(),
            high: self.high.to_f64(),
            origin: self.origin.to_f64(),
            sum: self.sum.to_f64(),
            squares: self.squares.to_f64(),
        }
    }
}

impl Window<f64> {
    fn mean(&self, width: f64) -> f64 {
        self.origin + self.sum / width
    }

    fn deviation(&self, width: f64) -> f64 {
        let mean = self.sum / width;
        (self.squares / width - mean * mean).max(0.0).sqrt()
    }
}

/// What is known of a descent at its last step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    pub windows: Windows,
    pub first: Window<f64>,
    pub second: Window<f64>,
    pub loss_start: f64,
    pub loss_final: f64,
    /// Changes of the loss below this share of that at the start are rounding: [`Precision::grain`](super::Precision::grain).
    pub grain: f64,
}

/// What the losses say of a descent that has no steps left.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signs {
    pub falls: bool,
    pub rises: bool,
    /// They go up and down within the second window.
    pub swings: bool,
    /// The last one is that of the start.
    pub level: bool,
}

impl Signs {
    /// The word; `moves`: whether a parameter still [moves] in the last judged step, which is asked only where losses do not
    /// tell.
    pub fn outcome(self, moves: impl FnOnce() -> bool) -> Outcome {
        match () {
            () if self.falls => Outcome::Descending,
            () if self.rises => Outcome::Rising,
            () if self.swings || moves() => Outcome::Oscillating,
            () if self.level => Outcome::Level,
            () => Outcome::Settled,
        }
    }
}

impl Trend {
    /// What the losses say, without a branch: a loop over many descents takes several at a time.
    #[inline(always)]
    #[allow(clippy::needless_bitwise_bool, reason = "a branch would keep loops from being vectorised")]
    pub fn signs(&self) -> Signs {
        let (first, second) = (&self.first, &self.second);
        let size =
            [first.low, first.high, second.low, second.high].into_iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        let noise = (LEVEL * size).max(self.grain * self.loss_start.abs());
        let width = self.windows.width as f64;
        let (fall, unsure) = if self.windows.batched {
            (first.mean(width) - second.mean(width), first.deviation(width) / 2.0)
        } else {
            (first.high - second.high, (first.high - first.low) / 4.0)
        };
        // What moves little, but as fast at the end as before, has not come to rest: it creeps.
        let left = self.loss_start - self.loss_final;
        let creeps = |by: f64, of: f64| (of > LEVEL * self.loss_start.abs()) & (by >= of / 4.0);
        let rise = second.low - first.high;
        Signs {
            falls: (fall > unsure) & ((fall > noise) | creeps(fall, left)),
            rises: (rise > noise) | ((rise > 0.0) & creeps(rise, -left)),
            swings: second.high - second.low > noise,
            level: (self.loss_final - self.loss_start).abs() <= LEVEL * self.loss_start.abs(),
        }
    }

    /// The word of a descent that has no steps left; see [`Signs::outcome`].
    pub fn outcome(&self, moves: impl FnOnce() -> bool) -> Outcome {
        self.signs().outcome(moves)
    }
}

/// Whether a parameter that was at `before` moves, measured by where it is and where it began.
pub fn moves(start: f64, before: f64, now: f64) -> bool {
    (now - before).abs() > LEVEL * now.abs().max(start.abs())
}
