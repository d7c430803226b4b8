//! The losses of descents whose steps are drawn: they go up and down for ever, and means tell a trend.

use super::run::Run;
use super::watching::WINDOW;
use crate::expr::Real;
use crate::sweep::Window;
use multiversion::multiversion;

impl<T: Real> Run<'_, T> {
    /// Adds the losses of a group, which were found at this step, to the windows that it belongs to.
    pub(super) fn note_losses(&mut self, group: usize, step: u64) {
        let Some(numbers) = self.numbers.windows else { return };
        let (judged, windows) = (self.judged(step), self.watching.windows);
        let begins = self.watching.begins();
        for (which, open) in windows.at(judged).into_iter().enumerate() {
            if open {
                let (loss, width) = (self.loss_range(), self.groups.width);
                let first = (numbers + which * WINDOW) * width;
                let window = &mut self.groups.all_numbers_mut(group)[first..first + WINDOW * width];
                add(window, &self.common[loss], judged == begins[which]);
            }
        }
    }

    /// Makes a step of a group, if there is one before `stop`, and adds its losses; gives how many are made then.
    pub(super) fn make_noted_step(&mut self, group: usize, made: u64, stop: u64) -> u64 {
        let (kernel, wanted) = (self.kernel, (stop - made).min(1));
        let now = made + wanted - kernel.watch(&mut self.frame(group, made), wanted);
        if now > made {
            self.note_losses(group, self.step + now);
        }
        now
    }
}

/// Adds losses to a window, lane by lane.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
fn add<T: Real>(window: &mut [T], losses: &[T], begins: bool) {
    let lanes = losses.len();
    let (low, rest) = window.split_at_mut(lanes);
    let (high, rest) = rest.split_at_mut(lanes);
    let (origin, rest) = rest.split_at_mut(lanes);
    let (sum, squares) = rest.split_at_mut(lanes);
    let squares = &mut squares[..lanes];
    for lane in 0..lanes {
        let before =
            Window { low: low[lane], high: high[lane], origin: origin[lane], sum: sum[lane], squares: squares[lane] };
        let now = if begins { Window::of(losses[lane]) } else { before.and(losses[lane]) };
        (low[lane], high[lane], origin[lane]) = (now.low, now.high, now.origin);
        (sum[lane], squares[lane]) = (now.sum, now.squares);
    }
}
