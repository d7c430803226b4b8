//! Maps that are computed only where they change: a coarse lattice first, then the blocks between its points that hold a piece of
//! a boundary, and those that it leads on to. What is left is filled in, and some of it looked at after all.

use super::cpu::CpuEngine;
use super::error::EngineError;
use super::run::run_tiles;
use super::watch::Watch;
use crate::problem::random::scattered;
use crate::sweep::{Outcome, Sweep, Tile, TileOutcomes};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// A cell: its outcome, and what its shade goes by.
pub type Seen = (Outcome, f32);

/// Cells by their x and y.
pub type Cell = (u32, u32);

/// Computes cells, in their order, which is row by row.
pub type Run<'a, E> = dyn FnMut(&[Cell]) -> Result<Vec<Seen>, E> + 'a;

/// A whole map.
#[derive(Debug, Clone, PartialEq)]
pub struct Refined {
    pub nx: usize,
    pub ny: usize,
    /// Row by row; of cells that were filled in the outcome around them, and shades in between.
    pub cells: Vec<Seen>,
    /// Cells that were computed.
    pub computed: usize,
    /// Cells that were filled in and then computed all the same, and those of them that were another outcome.
    pub checked: usize,
    pub wrong: usize,
}

/// Steps of the lattice.
const STEP: usize = 8;
/// One of so many cells that are filled in is looked at.
const CHECKED: u64 = 100;

impl Refined {
    /// Computes a map of this size; `run` gives the cells that it is asked for, in their order, which is row by row.
    ///
    /// # Errors
    /// As `run`.
    pub fn new<E>((nx, ny): (usize, usize), run: &mut Run<'_, E>) -> Result<Self, E> {
        let mut map = Blocks::new(nx, ny);
        let lattice: Vec<usize> = map.lattice();
        map.compute(&lattice, run)?;
        let mixed: BTreeSet<usize> = (0..map.blocks()).filter(|block| map.is_mixed(*block)).collect();
        map.follow(mixed, run)?;
        let (mut checked, mut wrong) = (0, 0);
        loop {
            map.fill();
            let looked_at: Vec<usize> = map.sample(checked == 0);
            if looked_at.is_empty() {
                break;
            }
            let filled: Vec<Outcome> = looked_at.iter().map(|cell| map.filled[*cell].0).collect();
            map.compute(&looked_at, run)?;
            checked += looked_at.len();
            let differ = looked_at
                .iter()
                .zip(filled)
                .filter(|(cell, outcome)| map.known[**cell].is_some_and(|seen| seen.0 != *outcome));
            let differ: Vec<usize> = differ.map(|(cell, _)| *cell).collect();
            wrong += differ.len();
            if differ.is_empty() {
                break;
            }
            let blocks = differ.iter().flat_map(|cell| map.blocks_of(*cell)).collect();
            map.follow(blocks, run)?;
        }
        map.fill();
        let computed = map.known.iter().filter(|seen| seen.is_some()).count();
        Ok(Self { nx, ny, cells: map.filled, computed, checked, wrong })
    }
}

/// A map under way, in blocks between the points of the lattice.
struct Blocks {
    nx: usize,
    xs: Vec<usize>,
    ys: Vec<usize>,
    known: Vec<Option<Seen>>,
    filled: Vec<Seen>,
}

/// Every eighth number, and the last.
fn lattice_of(count: usize) -> Vec<usize> {
    (0..count - 1).step_by(STEP).chain([count - 1]).collect()
}

impl Blocks {
    fn new(nx: usize, ny: usize) -> Self {
        let (xs, ys) = (lattice_of(nx.max(2)), lattice_of(ny.max(2)));
        Self { nx, xs, ys, known: vec![None; nx * ny], filled: vec![(Outcome::Level, 0.0); nx * ny] }
    }

    fn blocks(&self) -> usize {
        (self.xs.len() - 1) * (self.ys.len() - 1)
    }

    fn lattice(&self) -> Vec<usize> {
        self.ys.iter().flat_map(|y| self.xs.iter().map(move |x| y * self.nx + x)).collect()
    }

    /// Left, right, lower and upper edge of a block, all of them its own.
    fn edges(&self, block: usize) -> [usize; 4] {
        let (column, row) = (block % (self.xs.len() - 1), block / (self.xs.len() - 1));
        [self.xs[column], self.xs[column + 1], self.ys[row], self.ys[row + 1]]
    }

    fn cells_of(&self, block: usize) -> Vec<usize> {
        let [left, right, low, high] = self.edges(block);
        (low..=high).flat_map(|y| (left..=right).map(move |x| (x, y))).map(|(x, y)| y * self.nx + x).collect()
    }

    /// The blocks that a cell belongs to: up to four share one.
    fn blocks_of(&self, cell: usize) -> Vec<usize> {
        let (x, y) = (cell % self.nx, cell / self.nx);
        (0..self.blocks())
            .filter(|block| {
                let [left, right, low, high] = self.edges(*block);
                (left..=right).contains(&x) && (low..=high).contains(&y)
            })
            .collect()
    }

    fn compute<E>(&mut self, cells: &[usize], run: &mut Run<'_, E>) -> Result<(), E> {
        let mut missing: Vec<usize> = cells.iter().copied().filter(|cell| self.known[*cell].is_none()).collect();
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            return Ok(());
        }
        let places: Vec<Cell> = missing.iter().map(|cell| ((cell % self.nx) as u32, (cell / self.nx) as u32)).collect();
        for (cell, seen) in missing.into_iter().zip(run(&places)?) {
            self.known[cell] = Some(seen);
        }
        Ok(())
    }

    fn outcome(&self, x: usize, y: usize) -> Option<Outcome> {
        self.known[y * self.nx + x].map(|seen| seen.0)
    }

    fn is_mixed(&self, block: usize) -> bool {
        let [left, right, low, high] = self.edges(block);
        let first = self.outcome(left, low);
        [(right, low), (left, high), (right, high)].iter().any(|(x, y)| self.outcome(*x, *y) != first)
    }

    /// Computes blocks, and those that a boundary leads on to across their edges.
    fn follow<E>(&mut self, mut next: BTreeSet<usize>, run: &mut Run<'_, E>) -> Result<(), E> {
        let mut done: BTreeSet<usize> = BTreeSet::new();
        while !next.is_empty() {
            let cells: Vec<usize> = next.iter().flat_map(|block| self.cells_of(*block)).collect();
            self.compute(&cells, run)?;
            done.extend(&next);
            let found: BTreeSet<usize> = next.iter().flat_map(|block| self.led_on_to(*block)).collect();
            next = found.difference(&done).copied().collect();
        }
        Ok(())
    }

    fn led_on_to(&self, block: usize) -> Vec<usize> {
        let (wide, high) = (self.xs.len() - 1, self.ys.len() - 1);
        let (column, row) = (block % wide, block / wide);
        let [left, right, low, top] = self.edges(block);
        let mixed_up = |x: usize| (low..=top).any(|y| self.outcome(x, y) != self.outcome(x, low));
        let mixed_across = |y: usize| (left..=right).any(|x| self.outcome(x, y) != self.outcome(left, y));
        let sides = [
            (column > 0 && mixed_up(left), block.wrapping_sub(1)),
            (column + 1 < wide && mixed_up(right), block + 1),
            (row > 0 && mixed_across(low), block.wrapping_sub(wide)),
            (row + 1 < high && mixed_across(top), block + wide),
        ];
        sides.into_iter().filter(|(leads, _)| *leads).map(|(_, block)| block).collect()
    }

    /// Fills in what is not known, from the corners of its block.
    fn fill(&mut self) {
        for block in 0..self.blocks() {
            let [left, right, low, high] = self.edges(block);
            let corner = |x: usize, y: usize| self.known[y * self.nx + x].unwrap_or((Outcome::Level, 0.0));
            let [a, b, c, d] = [corner(left, low), corner(right, low), corner(left, high), corner(right, high)];
            for cell in self.cells_of(block) {
                let (x, y) = (cell % self.nx, cell / self.nx);
                let across = (x - left) as f32 / (right - left) as f32;
                let up = (y - low) as f32 / (high - low) as f32;
                let lower = a.1 + (b.1 - a.1) * across;
                let upper = c.1 + (d.1 - c.1) * across;
                self.filled[cell] = self.known[cell].unwrap_or((a.0, lower + (upper - lower) * up));
            }
        }
    }

    /// Some of the cells that are filled in; where mistakes were found, others.
    fn sample(&self, first: bool) -> Vec<usize> {
        let salt = if first { 0 } else { 0x9e37_79b9_7f4a_7c15 };
        let looked_at = |cell: &usize| scattered(*cell as u64 ^ salt).is_multiple_of(CHECKED);
        (0..self.known.len()).filter(|cell| self.known[*cell].is_none()).filter(looked_at).collect()
    }
}

/// Runs some cells of a sweep; what comes is one row, in their order. Of a network they must be in the order of the map.
///
/// # Errors
/// As [`Engine::run`](super::Engine::run).
pub fn run_listed(
    cpu: &CpuEngine,
    sweep: &Sweep,
    cells: &[Cell],
    watch: &Watch<'_>,
) -> Result<TileOutcomes, EngineError> {
    if let Sweep::Formula(spec) = sweep {
        return cpu.run_cells(spec, cells, watch);
    }
    // Trainings are long: a tile of a few is none too many.
    let same_run = |a: &Cell, b: &Cell| a.1 == b.1 && b.0 == a.0 + 1;
    let mut tiles =
        cells.chunk_by(same_run).map(|run| Tile { x0: run[0].0 as usize, y0: run[0].1 as usize, nx: run.len(), ny: 1 });
    let mut all = TileOutcomes::with_room(Tile { x0: 0, y0: 0, nx: cells.len(), ny: 1 }, sweep.shape());
    run_tiles(cpu, sweep, &mut tiles, watch, &mut |tile| {
        all.append(tile);
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn refined(of: impl Fn(usize, usize) -> bool) -> Refined {
        let seen = |x: u32, y: u32| {
            let outcome = if of(x as usize, y as usize) { Outcome::Converged } else { Outcome::Diverged };
            (outcome, x as f32)
        };
        let mut run = |cells: &[Cell]| Ok::<_, Infallible>(cells.iter().map(|(x, y)| seen(*x, *y)).collect());
        let Ok(map) = Refined::new((300, 200), &mut run);
        map
    }

    #[test]
    fn a_disc_is_right_in_every_cell_and_mostly_filled_in() {
        let disc = |x: usize, y: usize| (x as f64 - 150.0).hypot(y as f64 - 100.0) < 70.3;
        let map = refined(disc);
        for cell in 0..300 * 200 {
            let expected = if disc(cell % 300, cell / 300) { Outcome::Converged } else { Outcome::Diverged };
            assert_eq!(map.cells[cell].0, expected, "cell {cell}");
            assert!((map.cells[cell].1 - (cell % 300) as f32).abs() < 1e-3, "shades in between");
        }
        assert!(map.computed < 300 * 200 / 4, "{} computed", map.computed);
        assert!(map.checked > 300 && map.wrong == 0, "{} of {}", map.wrong, map.checked);
    }

    /// The sibling: what no lattice sees is found by looking, and told.
    #[test]
    fn dust_between_the_points_of_the_lattice_is_told_as_wrong() {
        let map = refined(|x, y| x % 3 == 1 && y % 3 == 1 && x % 8 != 0 && y % 8 != 0);
        assert!(map.wrong > 0, "one of nine cells, and {} looked at", map.checked);
    }
}
