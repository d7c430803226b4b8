//! What a sweep says about the learning rate, gathered where α is an axis.

use crate::sweep::{OUTCOMES, Outcome, SweepAxis, SweepCommon, TileOutcomes};
use serde::Serialize;
use std::ops::Range;

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

/// Cells by outcome and α. Not by α and outcome: cells of a row mostly have the outcome of the cell before.
pub(super) type Counts = [Vec<u32>; OUTCOMES.len()];

/// α as an axis, seen along and across.
#[derive(Debug, Clone)]
pub struct Alphas {
    axis: SweepAxis,
    on_x: bool,
    batched: bool,
    /// Cells by α, of each outcome.
    pub(super) counts: Counts,
    /// Indices of the positive α, from the smallest up: axes may be listed in any order.
    pub(super) ascending: Vec<u32>,
    /// One entry per α: its place in `ascending`; [`NONE`] for an α that is not positive.
    rank: Vec<u32>,
    /// By α and line, of those that are looked at, in the order in which cells come: steps of the descents that arrived, [`NONE`] or
    /// [`APART`].
    steps: Vec<u32>,
    /// Likewise the final loss; infinite where a descent diverged, not a number where it was over before its first step.
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
        let values: Vec<f64> = axis.axis.values().collect();
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
            counts: std::array::from_fn(|_| vec![0; values.len()]),
            ascending,
            rank,
            steps: Vec::with_capacity(values.len() * kept),
            losses: Vec::with_capacity(values.len() * kept),
            waiting: [Vec::new(), Vec::new()],
            most_steps: 0,
            starts: vec![f64::NAN; kept],
            stride,
            apart: 0,
            first_bad: vec![NONE; lines],
        }
    }

    /// Adds cells of a tile that follow each other in a row of the map, from (x, y) on, and have one outcome. Those that were over
    /// before their first step come apart from others.
    pub fn add(&mut self, (x, y): (usize, usize), tile: &TileOutcomes, cells: Range<usize>) {
        let (outcome, count) = (tile.outcome[cells.start], cells.len());
        let apart = is_apart(tile, cells.start);
        self.apart += if apart { count as u64 } else { 0 };
        let counts = &mut self.counts[outcome as usize];
        if self.on_x {
            counts[x..x + count].iter_mut().for_each(|cells| *cells += 1);
        } else {
            counts[y] += count as u32;
        }
        // With batches a start below the noise floor rises to it at any α.
        let worse = if self.batched { outcome == Outcome::Diverged } else { outcome.gets_worse() };
        if worse && !apart {
            self.add_bad((x, y), count);
        }
        let stride = self.stride;
        match self.on_x {
            true if y.is_multiple_of(stride) => self.keep(tile, cells, (x, y / stride)),
            true => {}
            false => {
                let first = x.next_multiple_of(stride);
                let looked_at = cells.skip(first - x).step_by(stride);
                self.keep(tile, looked_at, (y, first / stride));
            }
        }
    }

    /// Cells of a row from (x, y) on got worse.
    fn add_bad(&mut self, (x, y): (usize, usize), count: usize) {
        if self.on_x {
            let least = self.rank[x..x + count].iter().copied().min().unwrap_or(NONE);
            self.first_bad[y] = self.first_bad[y].min(least);
        } else {
            let rank = self.rank[y];
            self.first_bad[x..x + count].iter_mut().for_each(|first| *first = (*first).min(rank));
        }
    }

    /// Keeps the numbers of cells that have one outcome, as for [`Alphas::add`]; the first is at this α and line.
    fn keep(
        &mut self,
        tile: &TileOutcomes,
        cells: impl ExactSizeIterator<Item = usize> + Clone,
        (along, line): (usize, usize),
    ) {
        let Some(cell) = cells.clone().next() else { return };
        let (outcome, apart) = (tile.outcome[cell], is_apart(tile, cell));
        let places = self.place(along, line)..self.place(along, line) + cells.len();
        let end = self.steps.len().max(places.end);
        self.steps.resize(end, NONE);
        self.losses.resize(end, f64::INFINITY);
        let (steps, losses) = (&mut self.steps[places.clone()], &mut self.losses[places.clone()]);
        for (at, cell) in cells.clone().enumerate().filter(|(_, cell)| tile.loss_start[*cell].is_finite()) {
            self.starts[if self.on_x { line } else { line + at }] = tile.loss_start[cell];
        }
        if apart {
            steps.fill(APART);
            losses.fill(f64::NAN);
            return;
        }
        if outcome != Outcome::Diverged {
            losses.iter_mut().zip(cells.clone()).for_each(|(to, cell)| *to = tile.loss_final[cell]);
        }
        let fell = |cell: usize| tile.loss_final[cell] <= tile.loss_start[cell];
        match outcome {
            Outcome::Converged => {
                let fell = steps.iter_mut().zip(cells).filter(|(_, cell)| fell(*cell));
                fell.for_each(|(to, cell)| *to = tile.steps[cell]);
            }
            Outcome::Settled | Outcome::Descending => {
                let fell = places.zip(cells).filter(|(_, cell)| fell(*cell)).map(|(at, _)| at as u32);
                self.waiting[usize::from(outcome == Outcome::Descending)].extend(fell);
                self.most_steps = tile.steps[cell];
            }
            _ => {}
        }
    }

    /// Where the kept numbers of an α and a line are: in the order in which cells come.
    fn place(&self, along: usize, line: usize) -> usize {
        if self.on_x { line * self.rank.len() + along } else { along * self.lines() + line }
    }

    /// Lines that are looked at.
    pub(super) fn lines(&self) -> usize {
        self.starts.len()
    }

    /// Decides which of the descents that used all their steps have arrived: those to which hardly anything is missing of the way to
    /// the lowest loss known of their minimum. Of one that stands still a millionth may be missing, of one that still falls less
    /// than rounding leaves. Every cell must have been added.
    pub fn settle(&mut self) {
        const MISSING: [f64; 2] = [1e-6, 1e-12];
        /// Losses of descents that converged: enough to know every minimum that many come to.
        const MOST: usize = 4096;
        let all = self.rank.len() * self.lines();
        self.steps.resize(all, NONE);
        self.losses.resize(all, f64::INFINITY);
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
        if self.on_x { at / self.rank.len() } else { at % self.lines() }
    }

    /// What is found of the steps of each α on the lines that are looked at, in the order of the axis.
    pub(super) fn of_steps<R>(&self, of: impl FnMut(&[u32]) -> R) -> Vec<R> {
        self.of_each(&self.steps, of)
    }

    /// The median of the final losses at each α over the lines that count, and of the losses at their starts.
    pub(super) fn median_losses(&self) -> Vec<Option<(f64, f64)>> {
        self.of_each(&self.losses, |losses| {
            let counting = || losses.iter().zip(&self.starts).filter(|(loss, _)| !loss.is_nan());
            let ends = median(counting().map(|(loss, _)| *loss).collect())?;
            Some((ends, median(counting().map(|(_, start)| *start).collect())?))
        })
    }

    /// What is found of the kept numbers of each α, line by line.
    fn of_each<T: Copy + Default, R>(&self, numbers: &[T], mut of: impl FnMut(&[T]) -> R) -> Vec<R> {
        /// α whose numbers are read together, because they lie side by side.
        const TOGETHER: usize = 16;
        let (alphas, lines) = (self.rank.len(), self.lines());
        if !self.on_x {
            return numbers.chunks_exact(lines).map(of).collect();
        }
        let mut found = Vec::with_capacity(alphas);
        let mut some = vec![T::default(); TOGETHER * lines];
        for first in (0..alphas).step_by(TOGETHER) {
            let count = TOGETHER.min(alphas - first);
            for (line, numbers) in numbers.chunks_exact(alphas).enumerate() {
                for (at, number) in numbers[first..first + count].iter().enumerate() {
                    some[at * lines + line] = *number;
                }
            }
            found.extend(some.chunks_exact(lines).take(count).map(&mut of));
        }
        found
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

/// Whether a descent was over before its first step.
pub(super) fn is_apart(tile: &TileOutcomes, cell: usize) -> bool {
    tile.steps[cell] == 0 && tile.outcome[cell].ends_early()
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
