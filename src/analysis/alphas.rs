//! What a sweep says about the learning rate, gathered where α is an axis.

use crate::sweep::{OUTCOMES, Outcome, SweepAxis, SweepCommon, TileOutcomes};
use serde::Serialize;

/// Values per axis up to which one number is kept for each; beyond it only totals are.
pub const MAX_LINES: usize = 1 << 22;
/// Cells whose steps and losses are kept for medians; beyond it only those of every second, third, … line are.
const MAX_KEPT: usize = 1 << 21;
/// Starts up to which each one's critical α is listed.
const MAX_LISTED: usize = 1 << 16;

/// No rank; no steps, because the descent did not arrive.
pub(super) const NONE: u32 = u32::MAX;
/// In place of steps: the descent says nothing about α, because it was over before its first step.
pub(super) const APART: u32 = u32::MAX - 1;

/// α as an axis, seen along and across.
#[derive(Debug, Clone)]
pub struct Alphas {
    axis: SweepAxis,
    on_x: bool,
    batched: bool,
    /// Cells by outcome, of each α.
    pub(super) counts: Vec<[u32; OUTCOMES.len()]>,
    /// Indices of the positive α, from the smallest up: axes may be listed in any order.
    pub(super) ascending: Vec<u32>,
    /// One entry per α: its place in `ascending`; [`NONE`] for an α that is not positive.
    rank: Vec<u32>,
    /// By α and line, of those that are looked at: steps of the descents that arrived, [`NONE`] or [`APART`].
    steps: Vec<u32>,
    /// Likewise the final loss; infinite where a descent diverged.
    losses: Vec<f64>,
    /// Places of descents that used all their steps and may have arrived all the same: what stands still, and what still falls.
    waiting: [Vec<u32>; 2],
    /// All steps that there are.
    most_steps: u32,
    /// Losses at the start of the lines that are looked at, where they are finite.
    starts: Vec<f64>,
    /// Every so many lines one is looked at.
    stride: usize,
    /// Of all lines: cells that were over before their first step.
    pub(super) apart: u64,
    /// One entry per value of the other axis: rank of the smallest α that rises or diverges, or [`NONE`].
    first_bad: Vec<u32>,
}

impl Alphas {
    /// An axis of α, beside another of `lines` values.
    pub fn new(axis: &SweepAxis, on_x: bool, lines: usize, batched: bool) -> Self {
        let values: Vec<f64> = (0..axis.axis.len()).map(|at| axis.axis.value(at)).collect();
        let mut ascending: Vec<u32> = (0..values.len() as u32).filter(|at| values[*at as usize] > 0.0).collect();
        ascending.sort_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
        let mut rank = vec![NONE; values.len()];
        for (place, at) in ascending.iter().enumerate() {
            rank[*at as usize] = place as u32;
        }
        let stride = (values.len() * lines).div_ceil(MAX_KEPT).max(1);
        let kept = lines.div_ceil(stride);
        Self {
            axis: axis.clone(),
            on_x,
            batched,
            counts: vec![[0; OUTCOMES.len()]; values.len()],
            ascending,
            rank,
            steps: vec![NONE; values.len() * kept],
            losses: vec![f64::INFINITY; values.len() * kept],
            waiting: [Vec::new(), Vec::new()],
            most_steps: 0,
            starts: vec![f64::NAN; kept],
            stride,
            apart: 0,
            first_bad: vec![NONE; lines],
        }
    }

    /// Adds a cell of a tile, which is at (x, y) on the map.
    pub fn cell(&mut self, (x, y): (usize, usize), tile: &TileOutcomes, cell: usize) {
        let (along, across) = if self.on_x { (x, y) } else { (y, x) };
        let (outcome, steps) = (tile.outcome[cell], tile.steps[cell]);
        let (loss_start, loss_final) = (tile.loss_start[cell], tile.loss_final[cell]);
        self.counts[along][outcome as usize] += 1;
        let apart = steps == 0 && outcome.ends_early();
        self.apart += u64::from(apart);
        // With batches a start below the noise floor rises to it at any α.
        let worse = if self.batched { outcome == Outcome::Diverged } else { outcome.gets_worse() };
        if worse && !apart {
            self.first_bad[across] = self.first_bad[across].min(self.rank[along]);
        }
        // No division where every line is looked at.
        let line = if self.stride == 1 { across } else { across / self.stride };
        if line * self.stride != across {
            return;
        }
        let at = self.place(along, line);
        if outcome != Outcome::Diverged {
            self.losses[at] = loss_final;
        }
        if loss_start.is_finite() {
            self.starts[line] = loss_start;
        }
        match outcome {
            _ if apart => self.steps[at] = APART,
            Outcome::Converged if loss_final <= loss_start => self.steps[at] = steps,
            Outcome::Settled | Outcome::Descending if loss_final <= loss_start => {
                self.waiting[usize::from(outcome == Outcome::Descending)].push(at as u32);
                self.most_steps = steps;
            }
            _ => {}
        }
    }

    /// Where the kept numbers of an α and a line are: in the order in which cells come.
    fn place(&self, along: usize, line: usize) -> usize {
        if self.on_x { line * self.counts.len() + along } else { along * self.lines() + line }
    }

    /// Lines that are looked at.
    pub(super) fn lines(&self) -> usize {
        self.steps.len() / self.counts.len()
    }

    /// Decides which of the descents that used all their steps have arrived: those to which hardly anything is missing of the way to
    /// the lowest loss known of their minimum. Of one that stands still a millionth may be missing, of one that still falls less
    /// than rounding leaves. Every cell must have been added.
    pub fn settle(&mut self) {
        const MISSING: [f64; 2] = [1e-6, 1e-12];
        /// Losses of descents that converged: enough to know every minimum that many come to.
        const MOST: usize = 4096;
        let waiting = std::mem::take(&mut self.waiting);
        let converged = || (0..self.steps.len()).filter(|at| self.steps[*at] < APART);
        let some = converged().step_by(converged().count().div_ceil(MOST).max(1)).map(|at| self.losses[at]);
        let lowest = waiting[0].iter().map(|at| self.losses[*at as usize]).reduce(f64::min);
        let mut known: Vec<f64> = some.chain(lowest).collect();
        known.sort_by(f64::total_cmp);
        let Some(highest) = known.last().copied() else { return };
        for (places, missing) in waiting.iter().zip(MISSING) {
            for at in places.iter().map(|at| *at as usize) {
                let (start, end) = (self.starts[self.line(at)], self.losses[at]);
                // The lowest loss known of its minimum: of the known ones the next below. Most are above all.
                let below = || known.partition_point(|loss| *loss <= end).saturating_sub(1);
                let lowest = if end >= highest { highest } else { known[below()] };
                if end - lowest <= missing * (start - lowest) {
                    self.steps[at] = self.most_steps;
                }
            }
        }
    }

    /// The line of a kept number.
    fn line(&self, at: usize) -> usize {
        if self.on_x { at / self.counts.len() } else { at % self.lines() }
    }

    /// Steps of the lines that are looked at, at one α.
    pub(super) fn steps_at(&self, at: usize) -> impl Iterator<Item = u32> {
        (0..self.lines()).map(move |line| self.steps[self.place(at, line)])
    }

    /// The median of the final losses at one α over the lines that count, and of the losses at their starts.
    pub(super) fn median_losses(&self, at: usize) -> Option<(f64, f64)> {
        let lines = self.lines();
        let counting = |line: &usize| self.steps[self.place(at, *line)] != APART;
        let ends = (0..lines).filter(counting).map(|line| self.losses[self.place(at, line)]).collect();
        let starts = (0..lines).filter(counting).map(|line| self.starts[line]).collect();
        Some((median(ends)?, median(starts)?))
    }

    /// The first α at which some descent rises or diverges: its index.
    pub(super) fn first_rise(&self) -> Option<usize> {
        let rank = self.first_bad.iter().copied().min().filter(|rank| *rank != NONE)?;
        Some(self.ascending[rank as usize] as usize)
    }

    pub(super) fn value(&self, grid: &SweepCommon, at: usize) -> f64 {
        grid.precision.round(self.axis.axis.value(at))
    }

    /// Where descents stop going down, over all lines of the map.
    pub fn critical(&self, grid: &SweepCommon) -> Option<Critical> {
        let mut bad: Vec<u32> = self.first_bad.iter().copied().filter(|rank| *rank != NONE).collect();
        if bad.is_empty() {
            return None;
        }
        bad.sort_unstable();
        let value = |rank: u32| self.value(grid, self.ascending[rank as usize] as usize);
        let middle = bad[(bad.len() - 1) / 2];
        let other = if self.on_x { grid.y.as_ref() } else { Some(&grid.x) };
        let listed = other.is_some() && self.first_bad.len() <= MAX_LISTED;
        let each = |rank: &u32| (*rank != NONE).then(|| value(*rank));
        Some(Critical {
            below: (middle > 0).then(|| value(middle - 1)),
            at: value(middle),
            index: self.ascending[middle as usize] as usize,
            smallest: value(bad[0]),
            largest: value(bad[bad.len() - 1]),
            lines: bad.len(),
            of: self.first_bad.len(),
            each: listed.then(|| self.first_bad.iter().map(each).collect()),
        })
    }
}

/// The lower one of the two in the middle; none of nothing, or of what is no number.
fn median(mut values: Vec<f64>) -> Option<f64> {
    let middle = values.len().checked_sub(1)? / 2;
    let (_, median, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    Some(*median).filter(|median| !median.is_nan())
}

/// Where descents stop going down: the smallest α of a line (one start, say) that ends above its beginning or diverges.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Critical {
    /// The next smaller α of the grid, where there is one.
    pub below: Option<f64>,
    /// The critical value of the middle line (median).
    pub at: f64,
    /// Its index on the axis.
    pub index: usize,
    /// Over all lines that have one.
    pub smallest: f64,
    pub largest: f64,
    /// Lines that have one, of all.
    pub lines: usize,
    pub of: usize,
    /// Each line's own, `null` where it has none; absent for very many lines and in 1-D sweeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub each: Option<Vec<Option<f64>>>,
}
