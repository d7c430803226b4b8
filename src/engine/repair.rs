//! Cells of a sweep in f32 whose outcome rounding may have decided, and what they are in f64.
//!
//! A map is seen twice: first to mark the cells ([`Doubtful`]), then, tile by tile, to replace them ([`Repair`]). So it
//! depends on the map alone which they are, and not on tiles, shards or how fast a machine is.

use super::cpu::CpuEngine;
use super::error::EngineError;
use super::interface::Output;
use super::watch::Watch;
use crate::sweep::{FormulaSweep, Outcome, Precision, Request, SweepCommon, TileOutcomes};
use serde::{Deserialize, Serialize};
use std::io;
use std::ops::Range;

/// Which cells of a map are in doubt: those next to a cell of another outcome (of up to eight), and those that are `settled` or
/// `oscillating`. Takes the whole map, y-major; keeps a bit for each cell, and the last row.
pub struct Doubtful {
    nx: usize,
    /// Cells seen.
    seen: usize,
    /// Of each column what was seen last: of this row up to here, of the row above from here on.
    row: Vec<Outcome>,
    /// What stood above and to the left of the cell that comes next.
    above_left: Option<Outcome>,
    marks: Vec<u64>,
    count: u64,
}

impl Doubtful {
    /// Nothing seen yet.
    pub fn new(grid: &SweepCommon) -> Self {
        Self::of_size(grid.nx(), grid.cells())
    }

    fn of_size(nx: usize, cells: usize) -> Self {
        let (row, marks) = (Vec::with_capacity(nx), vec![0; cells.div_ceil(64)]);
        Self { nx, seen: 0, row, above_left: None, marks, count: 0 }
    }

    /// How many are in doubt.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether a cell is, counted y-major.
    fn holds(&self, cell: usize) -> bool {
        self.marks[cell / 64] & (1 << (cell % 64)) != 0
    }

    fn mark(&mut self, cell: usize) {
        self.count += u64::from(!self.holds(cell));
        self.marks[cell / 64] |= 1 << (cell % 64);
    }

    fn see(&mut self, outcome: Outcome) {
        let (cell, nx) = (self.seen, self.nx);
        let x = cell % nx;
        if matches!(outcome, Outcome::Settled | Outcome::Oscillating) {
            self.mark(cell);
        }
        let left = (x > 0).then(|| (cell - 1, self.row[x - 1]));
        let above_left = self.above_left.filter(|_| x > 0).map(|outcome| (cell - nx - 1, outcome));
        let above = self.row.get(x).map(|outcome| (cell - nx, *outcome));
        let above_right = self.row.get(x + 1).filter(|_| cell >= nx).map(|outcome| (cell + 1 - nx, *outcome));
        for (near, other) in [left, above_left, above, above_right].into_iter().flatten() {
            if other != outcome {
                self.mark(near);
                self.mark(cell);
            }
        }
        self.above_left = above.map(|(_, outcome)| outcome);
        match self.row.get_mut(x) {
            Some(last) => *last = outcome,
            None => self.row.push(outcome),
        }
        self.seen += 1;
    }
}

impl Output for Doubtful {
    /// Tiles follow each other in y-major order of their cells.
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        tile.outcome.iter().for_each(|outcome| self.see(*outcome));
        Ok(())
    }
}

/// What came of a repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Repaired {
    /// Cells in doubt.
    pub doubtful: u64,
    /// Those of them that were run again in f64 on the CPU, and are replaced by what came out.
    pub cells: u64,
    /// Those of these that have another outcome now.
    pub changed: u64,
    /// Cells that were run again and stay as they were, since numbers of f64 lie beyond those of f32.
    pub beyond: u64,
}

/// Replaces the cells in doubt.
pub struct Repair<'a> {
    cpu: &'a CpuEngine,
    spec: &'a FormulaSweep,
    in_f64: FormulaSweep,
    doubtful: &'a Doubtful,
    done: Repaired,
}

/// Cells run in one go.
const BATCH: usize = 1 << 18;

impl<'a> Repair<'a> {
    /// For a sweep of `request`, whose whole map was seen.
    pub fn new(cpu: &'a CpuEngine, (request, spec): (&Request, &'a FormulaSweep), doubtful: &'a Doubtful) -> Self {
        let done = Repaired { doubtful: doubtful.count(), ..Repaired::default() };
        Self { cpu, spec, in_f64: request.in_f64(spec), doubtful, done }
    }

    /// Steps of descents, times rows, that it takes at most.
    pub fn work(spec: &FormulaSweep, doubtful: &Doubtful) -> u64 {
        let each = (u64::from(spec.limits.steps) + 1).saturating_mul(spec.program.rows_per_step().max(1));
        doubtful.count().saturating_mul(each)
    }

    /// Replaces those of a tile.
    ///
    /// # Errors
    /// As [`crate::engine::Engine::run`].
    pub fn tile(&mut self, tile: &mut TileOutcomes, watch: &Watch<'_>) -> Result<(), EngineError> {
        let range = tile.tile.range(self.spec.nx());
        let first = range.start;
        for range in batches(range) {
            let cells: Vec<usize> = range.filter(|cell| self.doubtful.holds(*cell)).collect();
            if cells.is_empty() {
                continue;
            }
            let nx = self.spec.nx();
            let places: Vec<(u32, u32)> = cells.iter().map(|cell| ((cell % nx) as u32, (cell / nx) as u32)).collect();
            let again = self.cpu.run_cells(&self.in_f64, &places, watch)?;
            cells.iter().enumerate().for_each(|(at, cell)| self.replace(tile, cell - first, &again, at));
        }
        if !tile.derived.is_empty() {
            self.spec.derive(tile);
        }
        Ok(())
    }

    fn replace(&mut self, tile: &mut TileOutcomes, to: usize, again: &TileOutcomes, at: usize) {
        let precision = self.spec.program.precision;
        let losses = [again.loss_start[at], again.loss_final[at]].map(|loss| precision.round(loss));
        let ends: Vec<f64> = again.parameters.iter().map(|ends| rounded(precision, ends[at])).collect();
        if losses.iter().chain(&ends).any(|value| value.is_infinite()) {
            self.done.beyond += 1;
            return;
        }
        self.done.cells += 1;
        self.done.changed += u64::from(tile.outcome[to] != again.outcome[at]);
        [tile.loss_start[to], tile.loss_final[to]] = losses;
        tile.parameters.iter_mut().zip(ends).for_each(|(ends, end)| ends[to] = end);
        for (measures, again) in tile.measures.iter_mut().zip(&again.measures) {
            measures[to] = precision.round(again[at]);
        }
        tile.steps[to] = again.steps[at];
        tile.outcome[to] = again.outcome[at];
    }

    /// What came of it.
    pub fn finish(self) -> Repaired {
        self.done
    }
}

/// A parameter as the sweep's columns hold it: a compensated one is the sum of two numbers, which fits an f64.
fn rounded(precision: Precision, value: f64) -> f64 {
    match precision {
        Precision::Compensated if (value as f32).is_finite() => value,
        _ => precision.round(value),
    }
}

fn batches(range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range.step_by(BATCH).map(move |from| from..(from + BATCH).min(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Converged as C, Diverged as D, Settled as S};

    /// Which cells of a map are marked, as the rule says it: a look at all eight neighbours.
    fn by_the_rule(nx: usize, map: &[Outcome]) -> Vec<bool> {
        let (nx, ny) = (nx as isize, (map.len() / nx) as isize);
        let at =
            |x: isize, y: isize| (0..nx).contains(&x).then(|| (0..ny).contains(&y).then(|| map[(y * nx + x) as usize]));
        let near = |x, y| (-1..=1).flat_map(move |dy| (-1..=1).map(move |dx| (x + dx, y + dy)));
        let doubtful = |cell: usize| {
            let (x, y) = (cell as isize % nx, cell as isize / nx);
            map[cell] == S || near(x, y).filter_map(|(x, y)| at(x, y).flatten()).any(|other| other != map[cell])
        };
        (0..map.len()).map(doubtful).collect()
    }

    #[test]
    fn cells_are_marked_as_the_rule_says_however_the_map_is_cut() {
        let mut state = 12_345_u64;
        let mut draw = |of: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % of
        };
        for _ in 0..200 {
            let (nx, ny) = (1 + draw(7) as usize, 1 + draw(7) as usize);
            let map: Vec<Outcome> = (0..nx * ny).map(|_| [C, C, C, C, D, S][draw(6) as usize]).collect();
            let mut doubtful = Doubtful::of_size(nx, map.len());
            for outcome in &map {
                doubtful.see(*outcome);
            }
            let marked: Vec<bool> = (0..map.len()).map(|cell| doubtful.holds(cell)).collect();
            assert_eq!(marked, by_the_rule(nx, &map), "{nx} wide: {map:?}");
            assert_eq!(doubtful.count(), marked.iter().filter(|marked| **marked).count() as u64);
        }
    }

    #[test]
    fn batches_cover_a_range_once() {
        let cells: Vec<usize> = batches(5..2 * BATCH + 9).flatten().collect();
        assert_eq!(cells, (5..2 * BATCH + 9).collect::<Vec<_>>());
    }
}
