//! How vivid a cell is: by how fast it went, compared with the others of its outcome.

use super::ticks::figure;
use crate::analysis::Summary;
use crate::sweep::{Outcome, SweepCommon, TileOutcomes};

/// What a shade is proportional to.
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

/// How far a loss moved is told apart between these powers of ten of |ln(final/start)|.
const MOVED: (f64, f64) = (-6.0, 3.0);
/// Enough that step counts below some thousands each have a bin of their own.
const BINS: usize = 1 << 16;
/// Up to this many steps logarithms are looked up.
const TABLE: usize = 1 << 16;

/// What the shade of a cell is made of: ln(1 + steps), or the decimal logarithm of how far the loss's own moved.
#[derive(Debug, Clone)]
pub struct Keys {
    logarithms: Vec<f32>,
    most_steps: f64,
}

impl Keys {
    pub fn new(grid: &SweepCommon) -> Self {
        let steps = grid.limits.steps as usize;
        let logarithms = (0..=steps.min(TABLE)).map(|steps| (steps as f64).ln_1p() as f32).collect();
        Self { logarithms, most_steps: f64::from(grid.limits.steps).ln_1p().max(f64::MIN_POSITIVE) }
    }

    /// The key of a cell; small is vivid for outcomes that are shaded by steps, pale for the others.
    pub fn of(&self, tile: &TileOutcomes, cell: usize) -> f32 {
        match tile.outcome[cell] {
            Outcome::Converged | Outcome::Diverged => {
                let steps = tile.steps[cell];
                let known = self.logarithms.get(steps as usize).copied();
                known.unwrap_or_else(|| f64::from(steps).ln_1p() as f32)
            }
            Outcome::Descending | Outcome::Rising => moved(tile.loss_start[cell], tile.loss_final[cell]),
            Outcome::Level => 0.0,
        }
    }

    /// Lowest and highest possible key.
    fn range(&self, outcome: Outcome) -> (f64, f64) {
        if by_steps(outcome) { (0.0, self.most_steps) } else { MOVED }
    }
}

/// Whether an outcome's shade is how many steps it took.
pub fn by_steps(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Converged | Outcome::Diverged)
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

/// How the keys of one outcome are distributed over the whole map.
#[derive(Debug, Clone)]
struct Spread {
    bins: Vec<u64>,
    lo: f64,
    scale: f64,
    /// Least and most key.
    ends: Option<(f32, f32)>,
}

impl Spread {
    fn bin(&self, key: f32) -> usize {
        (((f64::from(key) - self.lo) * self.scale) as usize).min(BINS - 1)
    }

    fn add(&mut self, key: f32) {
        let bin = self.bin(key);
        self.bins[bin] += 1;
        let (lo, hi) = self.ends.unwrap_or((key, key));
        self.ends = Some((lo.min(key), hi.max(key)));
    }

    /// The key that half of the cells do not exceed.
    fn median(&self) -> f64 {
        let half = self.bins.iter().sum::<u64>().div_ceil(2);
        let mut seen = 0;
        let at = self.bins.iter().position(|count| {
            seen += count;
            seen >= half
        });
        // Every key of a bin lies in its lower half as often as in its upper.
        self.lo + (at.unwrap_or(0) as f64 + 0.5) / self.scale
    }
}

/// The spreads of all outcomes, gathered as tiles come; flat in memory.
#[derive(Debug, Clone)]
pub struct Spreads {
    pub keys: Keys,
    each: Vec<Spread>,
    /// Some start or end of a loss is not above zero, so that ratios say nothing.
    signed: [bool; 5],
}

impl Spreads {
    pub fn new(grid: &SweepCommon) -> Self {
        let keys = Keys::new(grid);
        let spread = |outcome: Outcome| {
            let (lo, hi) = keys.range(outcome);
            Spread { bins: vec![0; BINS], lo, scale: (BINS - 1) as f64 / (hi - lo), ends: None }
        };
        let each = crate::sweep::OUTCOMES.into_iter().map(spread).collect();
        Self { keys, each, signed: [false; 5] }
    }

    /// Takes a cell and returns its key.
    pub fn add(&mut self, tile: &TileOutcomes, cell: usize) -> f32 {
        let outcome = tile.outcome[cell] as usize;
        let key = self.keys.of(tile, cell);
        self.each[outcome].add(key);
        self.signed[outcome] |= tile.loss_start[cell] <= 0.0 || tile.loss_final[cell] <= 0.0;
        key
    }

    /// What turns keys of an outcome into shades.
    pub fn shader(&self, outcome: Outcome, shade: Shade) -> Shader {
        let spread = &self.each[outcome as usize];
        let ends = spread.ends.unwrap_or((0.0, 0.0));
        let below = if shade == Shade::Rank { ranks(&spread.bins) } else { Vec::new() };
        Shader { outcome, shade, lo: spread.lo, scale: spread.scale, ends, below }
    }

    /// What the ramp of an outcome runs over, in words.
    pub fn words(&self, outcome: Outcome, summary: &Summary) -> String {
        let spread = &self.each[outcome as usize];
        if by_steps(outcome) {
            let Some((least, most)) = summary.steps_of(outcome) else { return String::new() };
            let median = (spread.median().exp_m1().round() as u32).clamp(least, most);
            return match (least, most) {
                (1, 1) => "1 step".to_owned(),
                _ if least == most => format!("{most} steps"),
                _ => format!("{least} … {median} … {most} steps"),
            };
        }
        let Some((least, most)) = spread.ends.filter(|_| outcome != Outcome::Level) else {
            return "the loss did not move".to_owned();
        };
        match (outcome, self.signed[outcome as usize]) {
            (Outcome::Descending, true) => "far … little below the start".to_owned(),
            (Outcome::Rising, true) => "far … little above the start".to_owned(),
            (_, false) => {
                let sign = if outcome == Outcome::Descending { -1.0 } else { 1.0 };
                let ratio = |key: f64| short((sign * 10_f64.powf(key)).exp());
                let keys = [f64::from(most), spread.median(), f64::from(least)];
                let mut texts: Vec<String> = keys.into_iter().map(ratio).collect();
                texts.dedup();
                format!("loss × {}", texts.join(" … "))
            }
            _ => String::new(),
        }
    }
}

/// Two significant digits are enough for a legend.
fn short(ratio: f64) -> String {
    if ratio == 0.0 || !ratio.is_finite() {
        return if ratio == 0.0 { "0" } else { "∞" }.to_owned();
    }
    let digits = 1 - ratio.abs().log10().floor() as i32;
    let power = 10_f64.powi(digits.clamp(-300, 300));
    let rounded = (ratio * power).round() / power;
    figure(if rounded.is_finite() && rounded > 0.0 { rounded } else { ratio })
}

/// For each bin the share of all cells in lower ones, counting half of its own.
fn ranks(bins: &[u64]) -> Vec<f32> {
    let total = bins.iter().sum::<u64>().max(1) as f64;
    let mut below = 0;
    let share = |count: &u64| {
        let rank = (below as f64 + *count as f64 / 2.0) / total;
        below += count;
        rank as f32
    };
    bins.iter().map(share).collect()
}

/// Keys of one outcome → shades.
pub struct Shader {
    outcome: Outcome,
    shade: Shade,
    lo: f64,
    scale: f64,
    ends: (f32, f32),
    below: Vec<f32>,
}

impl Shader {
    /// 0 (vivid) to 1 (pale).
    pub fn of(&self, key: f32) -> f32 {
        let (least, most) = self.ends;
        let between = |place: &dyn Fn(f32) -> f64| {
            let (lo, hi) = (place(least), place(most));
            if hi > lo { ((place(key) - lo) / (hi - lo)) as f32 } else { 0.5 }
        };
        let steps = by_steps(self.outcome);
        let slow = match self.shade {
            Shade::Rank => self.below[(((f64::from(key) - self.lo) * self.scale) as usize).min(BINS - 1)],
            Shade::Log => between(&f64::from),
            Shade::Linear if steps => between(&|key| f64::from(key).exp()),
            Shade::Linear => between(&|key| 10_f64.powf(f64::from(key))),
        };
        match self.outcome {
            Outcome::Level => 0.5,
            _ if steps => slow,
            _ => 1.0 - slow,
        }
    }
}
