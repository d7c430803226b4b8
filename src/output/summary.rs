//! What a sweep says in a few numbers, gathered as tiles come.

use super::Output;
use crate::sweep::{OUTCOMES, Outcome, Spec, SweepAxis, TileOutcomes};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::io;
use std::time::Duration;

/// Values per axis up to which one number is kept for each; beyond it only totals are.
const MAX_LINES: usize = 1 << 22;
/// Starts up to which each one's critical α is listed.
const MAX_LISTED: usize = 1 << 16;

/// Counts of one value of α.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct AlphaTally {
    counts: [u32; 5],
    /// Steps of the descents that converged, added up.
    converged_steps: u64,
}

/// No rank.
const NONE: u32 = u32::MAX;

/// α as an axis, seen along and across.
#[derive(Debug, Clone)]
struct Alphas {
    axis: SweepAxis,
    on_x: bool,
    /// One entry per α.
    tallies: Vec<AlphaTally>,
    /// Indices of the positive α, from the smallest up: axes may be listed in any order.
    ascending: Vec<u32>,
    /// One entry per α: its place in `ascending`; [`NONE`] for an α that is not positive.
    rank: Vec<u32>,
    /// One entry per value of the other axis: rank of the smallest α that rises or diverges, or [`NONE`].
    first_bad: Vec<u32>,
}

/// Gathers a [`Summary`].
#[derive(Debug, Clone)]
pub struct Tally {
    spec: Spec,
    counts: [u64; 5],
    /// Least and most steps per outcome.
    ranges: [Option<(u32, u32)>; 5],
    descent_steps: u64,
    alphas: Option<Alphas>,
    best: Option<Best>,
}

impl Tally {
    /// Nothing seen yet.
    pub fn new(spec: &Spec) -> Self {
        let (nx, ny) = (spec.nx(), spec.ny());
        let on_x = spec.x.name == "alpha";
        let axis = if on_x { Some(&spec.x) } else { spec.y.as_ref().filter(|y| y.name == "alpha") };
        let small = nx <= MAX_LINES && ny <= MAX_LINES;
        let alphas = axis.filter(|_| small).map(|axis| Alphas::new(axis, on_x, if on_x { ny } else { nx }));
        Self { spec: spec.clone(), counts: [0; 5], ranges: [None; 5], descent_steps: 0, alphas, best: None }
    }

    /// The best converged descent so far: the lowest loss, then the fewest steps.
    pub fn best(&self) -> Option<&Best> {
        self.best.as_ref()
    }

    fn cell(&mut self, tile: &TileOutcomes, cell: usize) {
        let outcome = tile.outcome[cell];
        let steps = tile.steps[cell];
        self.counts[outcome as usize] += 1;
        self.descent_steps += u64::from(steps);
        let range = self.ranges[outcome as usize].get_or_insert((steps, steps));
        *range = (range.0.min(steps), range.1.max(steps));
        let place = (tile.tile.x0 + cell % tile.tile.nx, tile.tile.y0 + cell / tile.tile.nx);
        if let Some(alphas) = &mut self.alphas {
            alphas.cell(place, outcome, steps);
        }
        if outcome == Outcome::Converged {
            let loss = tile.loss_final[cell];
            let better = |best: &Best| loss < best.loss || (loss == best.loss && steps < best.steps);
            if self.best.as_ref().is_none_or(better) {
                self.best = Some(Best::new(&self.spec, tile, cell, place));
            }
        }
    }

    /// The summary of all tiles seen, which took `took`.
    pub fn finish(&self, took: Duration) -> Summary {
        let seconds = took.as_secs_f64();
        let cells = self.counts.iter().sum();
        let rate = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
        Summary {
            cells,
            outcomes: OutcomeCounts(self.counts),
            descent_steps: self.descent_steps,
            seconds,
            cells_per_second: rate(cells),
            steps_per_second: rate(self.descent_steps),
            ranges: self.ranges,
            critical: self.alphas.as_ref().and_then(|alphas| alphas.critical(&self.spec)),
            fastest: self.alphas.as_ref().and_then(|alphas| alphas.fastest(&self.spec)),
            best: self.best.clone(),
        }
    }
}

impl Output for Tally {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        (0..tile.tile.cells()).for_each(|cell| self.cell(tile, cell));
        Ok(())
    }
}

impl Alphas {
    /// An axis of α, beside another of `lines` values.
    fn new(axis: &SweepAxis, on_x: bool, lines: usize) -> Self {
        let values: Vec<f64> = (0..axis.axis.len()).map(|at| axis.axis.value(at)).collect();
        let mut ascending: Vec<u32> = (0..values.len() as u32).filter(|at| values[*at as usize] > 0.0).collect();
        ascending.sort_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
        let mut rank = vec![NONE; values.len()];
        for (place, at) in ascending.iter().enumerate() {
            rank[*at as usize] = place as u32;
        }
        let tallies = vec![AlphaTally::default(); values.len()];
        Self { axis: axis.clone(), on_x, tallies, ascending, rank, first_bad: vec![NONE; lines] }
    }

    fn cell(&mut self, (x, y): (usize, usize), outcome: Outcome, steps: u32) {
        let (along, across) = if self.on_x { (x, y) } else { (y, x) };
        let tally = &mut self.tallies[along];
        tally.counts[outcome as usize] += 1;
        if outcome == Outcome::Converged {
            tally.converged_steps += u64::from(steps);
        }
        if matches!(outcome, Outcome::Rising | Outcome::Diverged) {
            self.first_bad[across] = self.first_bad[across].min(self.rank[along]);
        }
    }

    fn value(&self, spec: &Spec, at: usize) -> f64 {
        spec.program.precision.round(self.axis.axis.value(at))
    }

    /// Where descents stop going down, over all lines of the map.
    fn critical(&self, spec: &Spec) -> Option<Critical> {
        let mut bad: Vec<u32> = self.first_bad.iter().copied().filter(|rank| *rank != NONE).collect();
        if bad.is_empty() {
            return None;
        }
        bad.sort_unstable();
        let value = |rank: u32| self.value(spec, self.ascending[rank as usize] as usize);
        let middle = bad[(bad.len() - 1) / 2];
        let other = if self.on_x { spec.y.as_ref() } else { Some(&spec.x) };
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

    /// Among the α at which most starts converge, the one with the fewest steps on average.
    fn fastest(&self, spec: &Spec) -> Option<Fastest> {
        let converged = |tally: &AlphaTally| tally.counts[Outcome::Converged as usize];
        let most = self.tallies.iter().map(converged).max().filter(|most| *most > 0)?;
        let candidates = self.tallies.iter().enumerate().filter(|(_, tally)| converged(tally) == most);
        let (at, tally) = candidates.min_by_key(|(_, tally)| tally.converged_steps)?;
        Some(Fastest {
            alpha: self.value(spec, at),
            index: at,
            mean_steps: tally.converged_steps as f64 / f64::from(most),
            converged: u64::from(most),
            of: self.first_bad.len() as u64,
        })
    }
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

/// The α that converges for the most starts in the fewest steps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fastest {
    pub alpha: f64,
    /// Its index on the axis.
    pub index: usize,
    /// Over the descents that converged there.
    pub mean_steps: f64,
    /// Descents that converged there, of all.
    pub converged: u64,
    pub of: u64,
}

/// The converged descent with the lowest loss.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Best {
    pub x: f64,
    pub y: Option<f64>,
    pub loss: f64,
    pub steps: u32,
    pub parameters: Vec<f64>,
}

impl Best {
    fn new(spec: &Spec, tile: &TileOutcomes, cell: usize, (x, y): (usize, usize)) -> Self {
        let precision = spec.program.precision;
        Self {
            x: precision.round(spec.x.axis.value(x)),
            y: spec.y.as_ref().map(|axis| precision.round(axis.axis.value(y))),
            loss: tile.loss_final[cell],
            steps: tile.steps[cell],
            parameters: tile.parameters.iter().map(|values| values[cell]).collect(),
        }
    }
}

/// Cells per outcome, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutcomeCounts(pub [u64; 5]);

impl Serialize for OutcomeCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(OUTCOMES.len()))?;
        for outcome in OUTCOMES {
            map.serialize_entry(outcome.word(), &self.0[outcome as usize])?;
        }
        map.end()
    }
}

/// A sweep in a few numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    pub cells: u64,
    pub outcomes: OutcomeCounts,
    /// Steps made by all descents together.
    pub descent_steps: u64,
    pub seconds: f64,
    pub cells_per_second: f64,
    pub steps_per_second: f64,
    #[serde(skip)]
    ranges: [Option<(u32, u32)>; 5],
    /// Absent where α is no axis, or nothing rises or diverges.
    pub critical: Option<Critical>,
    /// Absent where α is no axis, or nothing converges.
    pub fastest: Option<Fastest>,
    pub best: Option<Best>,
}

impl Summary {
    /// Cells with an outcome.
    pub fn cells_of(&self, outcome: Outcome) -> u64 {
        self.outcomes.0[outcome as usize]
    }

    /// Least and most steps of the cells with an outcome.
    pub fn steps_of(&self, outcome: Outcome) -> Option<(u32, u32)> {
        self.ranges[outcome as usize]
    }
}
