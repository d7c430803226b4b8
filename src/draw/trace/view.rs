//! Which part of a problem the panels show.

use super::followed::Trace;
use crate::draw::contours::Contours;
use crate::sweep::{Follower, Outcome};
use rayon::prelude::*;

/// A range of values.
pub type Range = (f64, f64);

impl Trace {
    /// The last step that any of these descents made.
    pub fn last_step(&self, descents: &[usize]) -> usize {
        descents.iter().map(|at| self.traced[*at].path.steps()).max().unwrap_or(0)
    }

    /// Where a parameter goes in some descents. A descent that leaves is followed for ten times the width of what is
    /// near: farther out the start would be a dot.
    pub fn range(&self, descents: &[usize], parameter: usize) -> Range {
        const REACH: f64 = 10.0;
        let values = |first: usize| {
            let shown = descents.iter().map(|at| &self.traced[*at]);
            shown.flat_map(move |traced| {
                let leaves = traced.outcome == Outcome::Diverged;
                traced.path.parameters[parameter].iter().take(if leaves { first } else { usize::MAX }).copied()
            })
        };
        let near = spread(values(2).filter(|value| value.is_finite()));
        let width = (near.1 - near.0).min(f64::MAX / 100.0);
        let inside = |value: &f64| *value >= near.0 - REACH * width && *value <= near.1 + REACH * width;
        let (lo, hi) = spread(values(usize::MAX).filter(inside).chain([near.0, near.1]));
        if hi - lo > 1e-12 * lo.abs().max(hi.abs()) { (lo, hi) } else { widened(lo) }
    }

    /// The loss of a descent's problem along its only parameter.
    pub fn curve(&self, descent: usize, (lo, hi): Range, points: usize) -> Vec<(f64, f64)> {
        let (x, y) = self.descents.list[descent].cell;
        let follower = Follower::<f64>::new(self.descents.spec(descent), x, y);
        // Not lo + (hi − lo)·share: for a range of half of all numbers that is beyond the largest.
        let share = |point: usize| point as f64 / (points - 1) as f64;
        let at = |point: usize| lo * (1.0 - share(point)) + hi * share(point);
        (0..points).map(|point| (at(point), follower.loss_at(&[at(point)]))).collect()
    }

    /// A map of the loss over both parameters, `block` pixels for each of `columns` × `rows` values.
    pub fn map(
        &self,
        descent: usize,
        [x, y]: [Range; 2],
        (columns, rows): (usize, usize),
        (block, scale): (usize, u32),
    ) -> Contours {
        let cell = self.descents.list[descent].cell;
        let follower = Follower::<f64>::new(self.descents.spec(descent), cell.0, cell.1);
        let at = |range: Range, place: usize, of: usize| {
            let share = (place as f64 + 0.5) / of as f64;
            range.0 * (1.0 - share) + range.1 * share
        };
        let row = |row: usize| {
            let loss = |column: usize| follower.loss_at(&[at(x, column, columns), at(y, row, rows)]);
            (0..columns).map(loss).collect::<Vec<f64>>()
        };
        let losses: Vec<Vec<f64>> = (0..rows).into_par_iter().map(row).collect();
        Contours::of(&losses.concat(), (columns, rows), (columns * block, rows * block), scale)
    }

    /// What is taken off losses so that their logarithms exist: 0 where all are positive, else the lowest of all.
    pub fn lowest_below_zero(&self, descents: &[usize]) -> f64 {
        let losses = descents.iter().flat_map(|at| &self.traced[*at].path.losses);
        losses.copied().filter(|loss| loss.is_finite()).fold(0.0, f64::min)
    }

    /// Smallest and largest positive loss, once `below` is taken off.
    pub fn loss_range(&self, descents: &[usize], below: f64) -> Range {
        let losses = descents.iter().flat_map(|at| &self.traced[*at].path.losses);
        let (lo, hi) = spread(losses.map(|loss| loss - below).filter(|loss| loss.is_finite() && *loss > 0.0));
        if !hi.is_finite() || hi <= 0.0 {
            return (0.1, 1.0);
        }
        if lo < hi / 10.0 { (lo, hi) } else { (lo / 3.2, (hi * 3.2).min(f64::MAX)) }
    }
}

pub(super) fn spread(values: impl Iterator<Item = f64>) -> Range {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), value| (lo.min(value), hi.max(value)))
}

/// A range around a value that never moved.
fn widened(value: f64) -> Range {
    let half = value.abs().max(1.0) / 2.0;
    ((value - half).max(f64::MIN), (value + half).min(f64::MAX))
}
