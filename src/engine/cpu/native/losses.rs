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
    // One by one: `map` is not inlined here, and whoever does not know the lengths looks at each lane's.
    let (low, high) = (&losses.first[0][..lanes], &losses.first[1][..lanes]);
    let (second_low, second_high) = (&losses.second[0][..lanes], &losses.second[1][..lanes]);
    let (start, last) = (&losses.start[..lanes], &losses.last[..lanes]);
    // Two loops: whether there are means, asked lane by lane, would keep the first from being vectorised.
    let Some(means) = &losses.means else {
        let windows = Windows { batched: false, ..windows };
        for (lane, signs) in signs[..lanes].iter_mut().enumerate() {
            let (first, second) = envelopes([low[lane], high[lane]], [second_low[lane], second_high[lane]]);
            let (loss_start, loss_final) = (start[lane].to_f64(), last[lane].to_f64());
            *signs = Trend { windows, first, second, loss_start, loss_final, grain }.signs();
        }
        return signs;
    };
    for (lane, signs) in signs[..lanes].iter_mut().enumerate() {
        let (first, second) = envelopes([low[lane], high[lane]], [second_low[lane], second_high[lane]]);
        let mean = |window: Window<f64>, number: usize| {
            let [origin, sum, squares] = means[number].map(|of| of[lane].to_f64());
            Window { origin, sum, squares, ..window }
        };
        let (first, second) = (mean(first, 0), mean(second, 1));
        let (loss_start, loss_final) = (start[lane].to_f64(), last[lane].to_f64());
        *signs = Trend { windows, first, second, loss_start, loss_final, grain }.signs();
    }
    signs
}

/// Both windows of a lane, of which the least and the largest loss are known.
#[inline(always)]
fn envelopes<T: Real>(first: [T; 2], second: [T; 2]) -> (Window<f64>, Window<f64>) {
    let (low, high) = (second[0].to_f64(), second[1].to_f64());
    // Whoever repeated itself before the first window has the same losses in both.
    let is_known = first[0] <= first[1];
    let known = |first: T, second: f64| if is_known { first.to_f64() } else { second };
    let (first_low, first_high) = (known(first[0], low), known(first[1], high));
    (Window { high: first_high, ..Window::of(first_low) }, Window { high, ..Window::of(low) })
}
