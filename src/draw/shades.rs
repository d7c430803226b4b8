//! Shades: how vivid a cell is, by how fast it went compared with the others of its outcome; and the ranks behind it.

use crate::sweep::{OUTCOMES, Outcome, SweepCommon, TileOutcomes};

/// What a shade is proportional to. Of descents that are still on their way it goes by what is missing to the lowest loss.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shade {
    /// The share of the outcome's cells that were faster: a few extreme cells never flatten the rest.
    #[default]
    Rank,
    /// The logarithm of the steps, or of how far the loss moved.
    Log,
    /// The steps, or how far the logarithm of the loss moved.
    Linear,
}

impl Shade {
    /// What the shade of a cell goes by where all cells are at hand at the end; see [`Shader::of_all`]. A rank needs no
    /// logarithm.
    pub fn key(self, tile: &TileOutcomes, cell: usize) -> f32 {
        if self == Self::Rank { order(tile, cell) } else { key(tile, cell, ln_1p) }
    }
}

/// Values in ascending order, of which ranks are read.
#[derive(Debug, Clone, Default)]
pub struct Ranked<V>(Vec<V>);

impl<V: Copy + PartialOrd> Ranked<V> {
    /// None of the values may be not-a-number.
    pub fn of(mut values: Vec<V>) -> Self {
        values.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        Self(values)
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them, ascending.
    pub fn values(&self) -> &[V] {
        &self.0
    }

    /// How many values are below this one.
    pub fn below(&self, value: V) -> usize {
        self.0.partition_point(|other| *other < value)
    }

    /// How many values are below this one or equal to it.
    pub fn upto(&self, value: V) -> usize {
        self.0.partition_point(|other| *other <= value)
    }

    /// The value that a share of all, from 0 to 1, lies below; none without values.
    pub fn at(&self, share: f64) -> Option<V> {
        let place = (self.0.len() as f64 * share) as usize;
        self.0.get(place).or(self.0.last()).copied()
    }
}

/// Whether an outcome's shade is how many steps it took.
pub fn by_steps(outcome: Outcome) -> bool {
    outcome.ends_early()
}

/// Whether an outcome has one shade: its descents got nowhere.
pub fn is_flat(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Level | Outcome::Oscillating)
}

/// What a cell's rank goes by; small is vivid. Steps where a descent came to an end, else how far the loss moved.
fn order(tile: &TileOutcomes, cell: usize) -> f32 {
    let (start, end) = (tile.loss_start[cell], tile.loss_final[cell]);
    // Relative to the start; a ratio where there is one, because it tells 1e-10 of the start from 1e-12.
    let moved = if start > 0.0 { end / start } else { 1.0 + (end - start) / start.abs().max(f64::MIN_POSITIVE) };
    match tile.outcome[cell] {
        Outcome::Descending => missing(end),
        outcome if by_steps(outcome) => tile.steps[cell] as f32,
        outcome if is_flat(outcome) => 0.0,
        Outcome::Rising => -moved as f32,
        _ => moved as f32,
    }
}

/// What is missing at a loss, but for the lowest loss of all cells, which changes no rank; so small that many can be added.
fn missing(loss: f64) -> f32 {
    const MOST: f64 = 1e30;
    loss.clamp(-MOST, MOST) as f32
}

/// How far a loss moved is told apart between these powers of ten of |ln(final/start)|.
const MOVED: (f64, f64) = (-6.0, 3.0);

/// ln(1 + steps), what is missing, or the decimal logarithm of how far the loss's own moved. Small is vivid, but for outcomes
/// that are shaded by how far they moved.
fn key(tile: &TileOutcomes, cell: usize, ln_1p: impl Fn(u32) -> f32) -> f32 {
    match tile.outcome[cell] {
        Outcome::Descending => missing(tile.loss_final[cell]),
        outcome if by_steps(outcome) => ln_1p(tile.steps[cell]),
        outcome if is_flat(outcome) => 0.0,
        _ => moved(tile.loss_start[cell], tile.loss_final[cell]),
    }
}

fn ln_1p(steps: u32) -> f32 {
    f64::from(steps).ln_1p() as f32
}

/// log10 |ln(end/start)|; where a ratio of losses says nothing (they are not both positive) by their difference.
fn moved(start: f64, end: f64) -> f32 {
    let logarithm = if start > 0.0 && end > 0.0 {
        (end / start).ln().abs()
    } else {
        ((end - start) / start.abs().max(f64::MIN_POSITIVE)).abs().ln_1p()
    };
    logarithm.log10().clamp(MOVED.0, MOVED.1) as f32
}

/// Enough that step counts below some thousands each have a bin of their own.
const BINS: usize = 1 << 16;
/// Up to this many steps logarithms are looked up.
const TABLE: usize = 1 << 16;

/// How the keys of one outcome are distributed over the whole map.
#[derive(Debug, Clone)]
pub struct Spread {
    bins: Vec<u64>,
    lo: f64,
    scale: f64,
    /// Least and most key.
    pub ends: Option<(f32, f32)>,
    /// Some start or end of a loss is not above zero, so that ratios say nothing.
    pub signed: bool,
}

impl Spread {
    fn new((lo, hi): (f64, f64)) -> Self {
        Self { bins: vec![0; BINS], lo, scale: (BINS - 1) as f64 / (hi - lo), ends: None, signed: false }
    }

    fn add(&mut self, key: f32) {
        self.bins[bin(key, self.lo, self.scale)] += 1;
        let (lo, hi) = self.ends.unwrap_or((key, key));
        self.ends = Some((lo.min(key), hi.max(key)));
    }

    /// The key that half of the cells do not exceed.
    pub fn median(&self) -> f64 {
        let Filled { first, counts } = self.filled();
        let half = counts.iter().sum::<u64>().div_ceil(2);
        let mut seen = 0;
        let at = counts.iter().position(|count| {
            seen += count;
            seen >= half
        });
        // Every key of a bin lies in its lower half as often as in its upper.
        self.lo + ((first + at.unwrap_or(0)) as f64 + 0.5) / self.scale
    }

    /// The bins from the first to the last that has a cell. The others are memory that nobody ever touched.
    fn filled(&self) -> Filled<'_> {
        let Some((least, most)) = self.ends else { return Filled { first: 0, counts: &[] } };
        let [first, last] = [least, most].map(|key| bin(key, self.lo, self.scale));
        Filled { first, counts: &self.bins[first..=last] }
    }

    /// For each of the filled bins the share of all cells in lower ones, counting half of its own.
    fn ranks(&self) -> Ranks {
        let Filled { first, counts } = self.filled();
        let total = counts.iter().sum::<u64>() as f64;
        let (mut below, mut empty) = (0, 0.0);
        let share = |count: &u64| {
            if *count == 0 {
                return empty;
            }
            let rank = (below as f64 + *count as f64 / 2.0) / total;
            below += count;
            empty = (below as f64 / total) as f32;
            rank as f32
        };
        Ranks { lo: self.lo, scale: self.scale, first, shares: counts.iter().map(share).collect() }
    }
}

struct Filled<'a> {
    first: usize,
    counts: &'a [u64],
}

/// Ranks of keys that were only counted.
#[derive(Debug, Clone)]
struct Ranks {
    lo: f64,
    scale: f64,
    /// The bin of the first share.
    first: usize,
    shares: Vec<f32>,
}

impl Ranks {
    /// A mean of keys may be rounded beyond all of them.
    fn of(&self, key: f32) -> f32 {
        match bin(key, self.lo, self.scale).checked_sub(self.first) {
            None => 0.0,
            Some(at) => self.shares.get(at).copied().unwrap_or(1.0),
        }
    }
}

fn bin(key: f32, lo: f64, scale: f64) -> usize {
    (((f64::from(key) - lo) * scale) as usize).min(BINS - 1)
}

/// The spreads of all outcomes, gathered as tiles come; flat in memory, because a map may have billions of cells.
#[derive(Debug, Clone)]
pub struct Spreads {
    each: Vec<Spread>,
    logarithms: Vec<f32>,
    /// The lowest loss that did not diverge.
    pub lowest: f64,
}

impl Spreads {
    /// Nothing seen yet.
    pub fn new(grid: &SweepCommon) -> Self {
        let steps = grid.limits.steps;
        let by_steps_range = (0.0, f64::from(steps).ln_1p().max(f64::MIN_POSITIVE));
        let spread = |outcome| Spread::new(if by_steps(outcome) { by_steps_range } else { MOVED });
        let logarithms = (0..=steps.min(TABLE as u32)).map(ln_1p).collect();
        Self { each: OUTCOMES.into_iter().map(spread).collect(), logarithms, lowest: f64::INFINITY }
    }

    /// Takes a cell and returns its key.
    pub fn add(&mut self, tile: &TileOutcomes, cell: usize) -> f32 {
        let known = |steps: u32| self.logarithms.get(steps as usize).copied().unwrap_or_else(|| ln_1p(steps));
        let key = key(tile, cell, known);
        if tile.outcome[cell] != Outcome::Diverged {
            self.lowest = self.lowest.min(tile.loss_final[cell]);
        }
        let spread = &mut self.each[tile.outcome[cell] as usize];
        spread.add(key);
        spread.signed |= tile.loss_start[cell] <= 0.0 || tile.loss_final[cell] <= 0.0;
        key
    }

    /// The spread of an outcome.
    pub fn of(&self, outcome: Outcome) -> &Spread {
        &self.each[outcome as usize]
    }

    /// What turns keys into shades, in the order of the outcomes. What is missing has no bounds in which it could be counted as
    /// cells come: its ranks are those of the `drawn` ones, by outcome and key.
    pub fn shaders(&self, shade: Shade, drawn: &[(Outcome, f32)]) -> [Shader; OUTCOMES.len()] {
        let missing = || drawn.iter().filter(|(outcome, _)| *outcome == Outcome::Descending).map(|(_, key)| *key);
        OUTCOMES.map(|outcome| {
            let spread = self.of(outcome);
            let ruler = match shade {
                Shade::Rank if outcome == Outcome::Descending => Ruler::Listed(Ranked::of(missing().collect())),
                Shade::Rank => Ruler::Binned(spread.ranks()),
                scale => Ruler::Between(scale, spread.ends.unwrap_or((0.0, 0.0))),
            };
            Shader { outcome, ruler }
        })
    }
}

/// Keys of one outcome → shades.
#[derive(Debug, Clone)]
pub struct Shader {
    outcome: Outcome,
    ruler: Ruler,
}

/// Where a key stands among the others, from 0 to 1.
#[derive(Debug, Clone)]
enum Ruler {
    Binned(Ranks),
    /// Ranks of what [`order`] gives.
    Listed(Ranked<f32>),
    /// Between least and most key.
    Between(Shade, (f32, f32)),
}

impl Shader {
    /// The shaders of all cells of a map, by [`Shade::key`], in the order of the outcomes.
    pub fn of_all(shade: Shade, cells: impl Iterator<Item = (Outcome, f32)>) -> [Self; OUTCOMES.len()] {
        let mut keys: [Vec<f32>; OUTCOMES.len()] = Default::default();
        cells.for_each(|(outcome, key)| keys[outcome as usize].push(key));
        OUTCOMES.map(|outcome| {
            let all = Ranked::of(std::mem::take(&mut keys[outcome as usize]));
            let ends = all.values().first().copied().zip(all.values().last().copied());
            let ruler = match shade {
                Shade::Rank => Ruler::Listed(all),
                scale => Ruler::Between(scale, ends.unwrap_or((0.0, 0.0))),
            };
            Self { outcome, ruler }
        })
    }

    /// 0 (vivid) to 1 (pale).
    pub fn of(&self, key: f32) -> f32 {
        let place = match &self.ruler {
            // Its order is that of vividness already.
            Ruler::Listed(all) if all.len() == 0 => 0.5,
            Ruler::Listed(all) => return (all.below(key) + all.upto(key)) as f32 / (2 * all.len()) as f32,
            Ruler::Binned(ranks) => ranks.of(key),
            Ruler::Between(scale, ends) if self.outcome == Outcome::Descending => far(*scale, *ends, key),
            Ruler::Between(scale, ends) => between(*scale, by_steps(self.outcome), *ends, key),
        };
        match self.outcome {
            outcome if is_flat(outcome) => 0.5,
            outcome if by_steps(outcome) || outcome == Outcome::Descending => place,
            _ => 1.0 - place,
        }
    }
}

/// Where a loss stands between the lowest and the highest of descents on their way; a logarithm is that of what it has more than
/// the lowest, down to a millionth of the whole.
fn far(scale: Shade, (least, most): (f32, f32), key: f32) -> f32 {
    const LEAST: f64 = 1e-6;
    let share = (f64::from(key) - f64::from(least)) / (f64::from(most) - f64::from(least));
    match scale {
        _ if least >= most => 0.5,
        Shade::Linear => share as f32,
        Shade::Rank | Shade::Log => (1.0 - share.max(LEAST).ln() / LEAST.ln()) as f32,
    }
}

fn between(scale: Shade, steps: bool, (least, most): (f32, f32), key: f32) -> f32 {
    let value = |key: f32| match scale {
        Shade::Linear if steps => f64::from(key).exp(),
        Shade::Linear => 10_f64.powf(f64::from(key)),
        Shade::Rank | Shade::Log => f64::from(key),
    };
    let (lo, hi) = (value(least), value(most));
    if hi > lo { ((value(key) - lo) / (hi - lo)) as f32 } else { 0.5 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_go_by_rank_not_by_size() {
        let cells = || [3.0, 1.0, 1e9, 1.0].into_iter().map(|key| (Outcome::Converged, key));
        let ranks = &Shader::of_all(Shade::Rank, cells())[Outcome::Converged as usize];
        assert_eq!([1.0, 3.0, 1e9].map(|key| ranks.of(key)), [0.25, 0.625, 0.875]);
        let none = &Shader::of_all(Shade::Rank, cells())[Outcome::Level as usize];
        assert_eq!(none.of(0.0), 0.5);
        let size = &Shader::of_all(Shade::Log, cells())[Outcome::Converged as usize];
        assert!(size.of(3.0) < 1e-8, "between 1 and 1e9");
    }

    #[test]
    fn a_key_stands_between_the_ends() {
        let cells = || [2.0_f32, 3.0, 5.0].into_iter().map(|key| (Outcome::Rising, key.log10()));
        for (shade, middle) in [(Shade::Log, 1.0 - 1.5_f32.log10() / 2.5_f32.log10()), (Shade::Linear, 2.0 / 3.0)] {
            let rising = &Shader::of_all(shade, cells())[Outcome::Rising as usize];
            let shades = [2.0_f32, 3.0, 5.0].map(|key| rising.of(key.log10()));
            assert!(shades.iter().zip([1.0, middle, 0.0]).all(|(a, b)| (a - b).abs() < 1e-6), "{shade:?}: {shades:?}");
        }
    }

    #[test]
    fn ranks_and_shares_of_values() {
        let ranked = Ranked::of(vec![5.0, 1.0, 3.0, 3.0]);
        assert_eq!((ranked.below(3.0), ranked.upto(3.0), ranked.below(9.0)), (1, 3, 4));
        assert_eq!([0.0, 0.5, 1.0].map(|share| ranked.at(share)), [Some(1.0), Some(3.0), Some(5.0)]);
        assert_eq!(Ranked::<f64>::of(Vec::new()).at(0.5), None);
    }
}
