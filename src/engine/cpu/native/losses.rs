//! What the losses of a group's lanes say at their last step.

use super::mask::MAX_LANES;
use crate::expr::Real;
use crate::sweep::{Signs, Trend, Window, Windows};
use multiversion::multiversion;

/// Losses lane by lane: the least and the largest of both windows, the first, the last.
pub struct Losses<'a, T> {
    pub first: [&'a [T]; 2],
    pub second: [&'a [T]; 2],
    /// Where means count, what else there is of both: the first loss, and the sums of differences from it and of their squares.
    pub means: Option<[[&'a [T]; 3]; 2]>,
    pub start: &'a [T],
    pub last: &'a [T],
}

impl<T: Real> Losses<'_, T> {
    /// What they say, lane by lane. Several lanes at a time: nearly all descents of a slow map come here.
    pub fn signs(&self, windows: Windows, grain: f64) -> [Signs; MAX_LANES] {
        signs(self, windows, grain)
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
fn signs<T: Real>(losses: &Losses<'_, T>, windows: Windows, grain: f64) -> [Signs; MAX_LANES] {
    let mut signs = [Signs::default(); MAX_LANES];
    let lanes = losses.last.len();
    let [low, high] = losses.first.map(|of| &of[..lanes]);
    let [second_low, second_high] = losses.second.map(|of| &of[..lanes]);
    let start = &losses.start[..lanes];
    for (lane, signs) in signs[..lanes].iter_mut().enumerate() {
        let window = |low: T, high: T| {
            let (low, high) = (low.to_f64(), high.to_f64());
            Window { low, high, ..Window::of(low) }
        };
        let second = window(second_low[lane], second_high[lane]);
        let first = window(low[lane], high[lane]);
        // Whoever repeated itself before the first window has the same losses in both.
        let is_known = first.low <= first.high;
        let known = |first: f64, second: f64| if is_known { first } else { second };
        let first = Window { low: known(first.low, second.low), high: known(first.high, second.high), ..first };
        let (loss_start, loss_final) = (start[lane].to_f64(), losses.last[lane].to_f64());
        let mean = |window: Window<f64>, number: usize| match &losses.means {
            None => window,
            Some(means) => {
                let [origin, sum, squares] = means[number].map(|of| of[lane].to_f64());
                Window { origin, sum, squares, ..window }
            }
        };
        let (first, second) = (mean(first, 0), mean(second, 1));
        *signs = Trend { windows, first, second, loss_start, loss_final, grain }.signs();
    }
    signs
}
