//! What a sweep says in a few numbers, gathered as tiles come.

use super::advice::Advice;
use super::alphas::{Alphas, Counts, Critical, MAX_LINES, is_apart};
use super::data_scale::DataScale;
use super::ends::{End, Ends};
use super::measured::{MeasuredFacts, MeasuredTally};
use crate::engine::Output;
use crate::sweep::{Column, ColumnKind, OUTCOMES, Outcome, Split, SweepCommon, Tile, TileOutcomes};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::io;
use std::ops::Range;
use std::time::Duration;

/// Gathers a [`Summary`].
#[derive(Debug, Clone)]
pub struct Tally {
    grid: SweepCommon,
    counts: [u64; OUTCOMES.len()],
    /// Least and most steps per outcome.
    ranges: [Option<(u32, u32)>; OUTCOMES.len()],
    descent_steps: u64,
    alphas: Option<Alphas>,
    ends: Ends,
    /// Diverged cells whose loss is no number any more, rather than beyond the bar; and those that were below their start.
    overflow: u64,
    fell: u64,
    best: Option<Best>,
    lowest: Option<Best>,
    /// With its accuracy.
    highest: Option<(f64, Best)>,
    trains: u64,
    /// The accuracy by which trainings are compared and the measure of trainability, where there are any.
    accuracy: Option<Column>,
    measure: Option<Column>,
    measured: Vec<MeasuredTally>,
}

impl Tally {
    /// Nothing seen yet.
    pub fn new(grid: &SweepCommon) -> Self {
        let (nx, ny) = (grid.nx(), grid.ny());
        let on_x = grid.x.name == "alpha";
        let axis = if on_x { Some(&grid.x) } else { grid.y.as_ref().filter(|y| y.name == "alpha") };
        let small = nx <= MAX_LINES && ny <= MAX_LINES;
        let alphas =
            axis.filter(|_| small).map(|axis| Alphas::new(axis, on_x, if on_x { ny } else { nx }, grid.batched));
        let accuracy = |split| grid.column(ColumnKind::Accuracy(split));
        Self {
            grid: grid.clone(),
            counts: [0; OUTCOMES.len()],
            ranges: [None; OUTCOMES.len()],
            descent_steps: 0,
            alphas,
            ends: Ends::default(),
            overflow: 0,
            fell: 0,
            best: None,
            lowest: None,
            highest: None,
            trains: 0,
            accuracy: accuracy(Split::Test).or(accuracy(Split::Train)).cloned(),
            measure: grid.column(ColumnKind::Trainability).cloned(),
            measured: MeasuredTally::of_all(grid),
        }
    }

    /// The best converged descent so far: the lowest loss, then the fewest steps.
    pub fn best(&self) -> Option<&Best> {
        self.best.as_ref()
    }

    /// Adds cells of a tile that follow each other in a row of the map, from `place` on, and ended alike.
    fn add(&mut self, tile: &TileOutcomes, cells: Range<usize>, place: (usize, usize)) {
        let outcome = tile.outcome[cells.start];
        let steps = &tile.steps[cells.clone()];
        self.counts[outcome as usize] += cells.len() as u64;
        self.descent_steps += steps.iter().map(|steps| u64::from(*steps)).sum::<u64>();
        let (least, most) = steps.iter().fold((u32::MAX, 0), |(least, most), of| (least.min(*of), most.max(*of)));
        let range = self.ranges[outcome as usize].get_or_insert((least, most));
        *range = (range.0.min(least), range.1.max(most));
        if let Some(alphas) = &mut self.alphas {
            alphas.add(place, tile, cells.clone());
        }
        if matches!(outcome, Outcome::Converged | Outcome::Settled | Outcome::Unstable) {
            self.ends.add(place.1 * self.grid.nx() + place.0, tile, cells.clone());
        }
        if outcome == Outcome::Diverged {
            return self.add_diverged(tile, cells);
        }
        let best = |cell: usize| Best::new(&self.grid, tile, cell, (place.0 + cell - cells.start, place.1));
        if outcome == Outcome::Converged
            && let Some(cell) = better(self.best.as_ref(), tile, cells.clone())
        {
            self.best = Some(best(cell));
        }
        if let Some(cell) = better(self.lowest.as_ref(), tile, cells.clone()) {
            self.lowest = Some(best(cell));
        }
    }

    fn add_diverged(&mut self, tile: &TileOutcomes, cells: Range<usize>) {
        let bar = self.grid.bar();
        for (loss, start) in tile.loss_final[cells.clone()].iter().zip(&tile.loss_start[cells]) {
            // A start without a loss has no bar either.
            let passed = loss.abs() > bar.of(*start);
            self.overflow += u64::from(!passed);
            self.fell += u64::from(loss < start);
        }
    }

    /// Adds what trainings of networks have besides.
    fn add_trainings(&mut self, tile: &TileOutcomes) {
        if let Some(accuracy) = &self.accuracy {
            let values = tile.values(accuracy);
            for cell in 0..tile.outcome.len() {
                let accuracy = values.number(cell);
                if accuracy > self.highest.as_ref().map_or(f64::NEG_INFINITY, |(highest, _)| *highest) {
                    let Tile { x0, y0, nx, .. } = tile.tile;
                    let place = (x0 + cell % nx, y0 + cell / nx);
                    self.highest = Some((accuracy, Best::new(&self.grid, tile, cell, place)));
                }
            }
        }
        if let Some(measure) = &self.measure {
            let values = tile.values(measure);
            self.trains += (0..tile.outcome.len()).filter(|cell| values.number(*cell) < 0.0).count() as u64;
        }
    }

    /// What the axis of α says.
    fn advice(&mut self) -> Option<Advice> {
        let alphas = self.alphas.as_mut()?;
        alphas.settle();
        Some(Advice::new(alphas, &self.grid))
    }

    /// Of a network a loss that rises a little says nothing: batches are drawn.
    fn formula_alphas(&self) -> Option<&Alphas> {
        self.alphas.as_ref().filter(|_| self.grid.title.is_formula)
    }

    /// The summary of all tiles, which took `took`. No other tile may follow.
    pub fn finish(&mut self, took: Duration) -> Summary {
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
            critical: self.formula_alphas().and_then(|alphas| alphas.critical(&self.grid)),
            advice: self.advice(),
            counts: self.alphas.as_ref().map(|alphas| alphas.counts.clone()).unwrap_or_default(),
            overflow: self.overflow,
            fell: self.fell,
            ends: self.ends.sample(),
            best: self.best.clone(),
            lowest: self.lowest.clone(),
            data_scale: None,
            highest: self.highest.as_ref().map(|(_, best)| best.clone()),
            trains: self.measure.as_ref().map(|_| self.trains),
            measured: self.measured.iter().map(MeasuredTally::facts).collect(),
        }
    }
}

impl Output for Tally {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        let Tile { x0, y0, nx, ny } = tile.tile;
        // Neighbours mostly end alike: they are counted together.
        let alike = |a: usize, b: usize| tile.outcome[a] == tile.outcome[b] && is_apart(tile, a) == is_apart(tile, b);
        for y in 0..ny {
            let (mut from, end) = (y * nx, (y + 1) * nx);
            while from < end {
                let to = (from + 1..end).find(|cell| !alike(from, *cell)).unwrap_or(end);
                self.add(tile, from..to, (x0 + from - y * nx, y0 + y));
                from = to;
            }
        }
        self.add_trainings(tile);
        self.measured.iter_mut().for_each(|measured| measured.tile(tile));
        Ok(())
    }
}

/// The first cell with the lowest loss, then the fewest steps, of some; none where nothing is better than what is known.
fn better(known: Option<&Best>, tile: &TileOutcomes, cells: Range<usize>) -> Option<usize> {
    let (mut best, mut found) = (known.map(|best| (best.loss, best.steps)), None);
    for cell in cells {
        let (loss, steps) = (tile.loss_final[cell], tile.steps[cell]);
        if best.is_none_or(|best| loss < best.0 || (loss == best.0 && steps < best.1)) {
            (best, found) = (Some((loss, steps)), Some(cell));
        }
    }
    found
}

/// A descent and where it got to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(into = "BestDocument")]
pub struct Best {
    /// Column and row on the map.
    pub cell: (usize, usize),
    pub x: f64,
    pub y: Option<f64>,
    pub loss: f64,
    pub steps: u32,
    /// As in [`TileOutcomes`].
    pub parameters: Vec<f64>,
    pub measures: Vec<f64>,
}

/// As `sweep.json` has it.
#[derive(Serialize)]
struct BestDocument {
    cell: (usize, usize),
    x: f64,
    y: Option<f64>,
    loss: f64,
    steps: u32,
    /// Parameters of a formula, measures of a network.
    finals: Vec<f64>,
}

impl From<Best> for BestDocument {
    fn from(best: Best) -> Self {
        let Best { cell, x, y, loss, steps, parameters, measures } = best;
        Self { cell, x, y, loss, steps, finals: [parameters, measures].concat() }
    }
}

impl Best {
    fn new(grid: &SweepCommon, tile: &TileOutcomes, cell: usize, (x, y): (usize, usize)) -> Self {
        let precision = grid.precision;
        let at_cell = |lists: &[Vec<f64>]| lists.iter().map(|values| values[cell]).collect();
        Self {
            cell: (x, y),
            x: precision.round(grid.x.axis.value(x)),
            y: grid.y.as_ref().map(|axis| precision.round(axis.axis.value(y))),
            loss: tile.loss_final[cell],
            steps: tile.steps[cell],
            parameters: at_cell(&tile.parameters),
            measures: at_cell(&tile.measures),
        }
    }
}

/// Cells per outcome, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutcomeCounts(pub [u64; OUTCOMES.len()]);

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
    #[serde(skip)]
    pub seconds: f64,
    #[serde(skip)]
    pub cells_per_second: f64,
    #[serde(skip)]
    pub steps_per_second: f64,
    #[serde(skip)]
    ranges: [Option<(u32, u32)>; OUTCOMES.len()],
    /// Absent where α is no axis, or nothing rises or diverges.
    pub critical: Option<Critical>,
    /// Absent where α is no axis.
    pub advice: Option<Advice>,
    /// Of the diverged cells those whose loss is no number any more; the others passed the bar. And those that ended below
    /// their start.
    pub overflow: u64,
    #[serde(skip)]
    pub(super) fell: u64,
    /// Cells by outcome and α; empty where it is no axis.
    #[serde(skip)]
    counts: Counts,
    /// Where some of the descents that converged, settled or were unstable came to rest.
    #[serde(skip)]
    pub ends: Vec<End>,
    /// The converged descent with the lowest loss.
    pub best: Option<Best>,
    /// The lowest loss of all that did not diverge.
    pub lowest: Option<Best>,
    /// Of standardised data: what was found, in the scale that they have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_scale: Option<DataScale>,
    /// The highest accuracy on test rows, or without these on training rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub highest: Option<Best>,
    /// Cells that train by the published measure, where it is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trains: Option<u64>,
    /// What was asked to be measured.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<MeasuredFacts>,
}

impl Summary {
    /// Cells by outcome at an α, by its index.
    pub(super) fn counts_at(&self, alpha: usize) -> [u32; OUTCOMES.len()] {
        std::array::from_fn(|outcome| self.counts[outcome].get(alpha).copied().unwrap_or_default())
    }

    /// Cells with an outcome.
    pub fn cells_of(&self, outcome: Outcome) -> u64 {
        self.outcomes.0[outcome as usize]
    }

    /// Least and most steps of the cells with an outcome.
    pub fn steps_of(&self, outcome: Outcome) -> Option<(u32, u32)> {
        self.ranges[outcome as usize]
    }
}
