//! What a sweep says about the learning rate, gathered where α is an axis.

use crate::analysis::theory::Limit;
use crate::sweep::{OUTCOMES, Outcome, SweepAxis, SweepCommon};
use serde::Serialize;

/// Values per axis up to which one number is kept for each; beyond it only totals are.
pub const MAX_LINES: usize = 1 << 22;
/// Cells whose steps are kept for medians; beyond it only those of every second, third, … line are.
const MAX_KEPT: usize = 1 << 22;
/// Starts up to which each one's critical α is listed.
const MAX_LISTED: usize = 1 << 16;

/// Counts of one value of α.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct AlphaTally {
    counts: [u32; OUTCOMES.len()],
}

/// No rank.
const NONE: u32 = u32::MAX;

/// α as an axis, seen along and across.
#[derive(Debug, Clone)]
pub struct Alphas {
    axis: SweepAxis,
    on_x: bool,
    /// One entry per α.
    tallies: Vec<AlphaTally>,
    /// Indices of the positive α, from the smallest up: axes may be listed in any order.
    ascending: Vec<u32>,
    /// One entry per α: its place in `ascending`; [`NONE`] for an α that is not positive.
    rank: Vec<u32>,
    /// Steps of the descents that converged, α by α, over the lines that are looked at; [`NONE`] for the others.
    steps: Vec<u32>,
    /// Every so many lines one is looked at for its steps.
    stride: usize,
    /// One entry per value of the other axis: rank of the smallest α that rises or diverges, or [`NONE`].
    first_bad: Vec<u32>,
}

impl Alphas {
    /// An axis of α, beside another of `lines` values.
    pub fn new(axis: &SweepAxis, on_x: bool, lines: usize) -> Self {
        let values: Vec<f64> = (0..axis.axis.len()).map(|at| axis.axis.value(at)).collect();
        let mut ascending: Vec<u32> = (0..values.len() as u32).filter(|at| values[*at as usize] > 0.0).collect();
        ascending.sort_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
        let mut rank = vec![NONE; values.len()];
        for (place, at) in ascending.iter().enumerate() {
            rank[*at as usize] = place as u32;
        }
        let tallies = vec![AlphaTally::default(); values.len()];
        let stride = (values.len() * lines).div_ceil(MAX_KEPT).max(1);
        let steps = vec![NONE; values.len() * lines.div_ceil(stride)];
        Self { axis: axis.clone(), on_x, tallies, ascending, rank, steps, stride, first_bad: vec![NONE; lines] }
    }

    pub fn cell(&mut self, (x, y): (usize, usize), outcome: Outcome, steps: u32) {
        let (along, across) = if self.on_x { (x, y) } else { (y, x) };
        self.tallies[along].counts[outcome as usize] += 1;
        if outcome.has_arrived() && across % self.stride == 0 {
            let kept = self.steps.len() / self.tallies.len();
            self.steps[along * kept + across / self.stride] = steps;
        }
        if outcome.gets_worse() {
            self.first_bad[across] = self.first_bad[across].min(self.rank[along]);
        }
    }

    fn value(&self, grid: &SweepCommon, at: usize) -> f64 {
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

    /// Which learning rate to take.
    pub fn recommend(&self, grid: &SweepCommon) -> Recommendation {
        let converged = |at: usize| {
            let counts = &self.tallies[at].counts;
            counts[Outcome::Converged as usize] + counts[Outcome::Settled as usize]
        };
        let starts = self.first_bad.len() as u32;
        let sure = |at: usize| f64::from(converged(at)) >= SURE * f64::from(starts);
        let most = (0..self.tallies.len()).map(converged).max().unwrap_or(0);
        if most == 0 {
            return Recommendation { largest: None, fastest: None, safety_factor: None, why: Some(self.why_none()) };
        }
        let pick = |at: usize| Pick {
            alpha: self.value(grid, at),
            index: at,
            median_steps: self.median_steps(at),
            converged: u64::from(converged(at)),
            of: u64::from(starts),
        };
        let positive = || self.ascending.iter().map(|at| *at as usize);
        let largest = positive().rfind(|at| sure(*at));
        let candidates = positive().filter(|at| if largest.is_some() { sure(*at) } else { converged(*at) == most });
        // Where half of the starts or fewer converge there is no median; then the smallest α is as good as any.
        let fastest = candidates.min_by_key(|at| self.median_steps(*at).unwrap_or(NONE));
        let (largest, fastest) = (largest.map(pick), fastest.map(pick));
        let safety_factor =
            largest.as_ref().zip(fastest.as_ref()).map(|(largest, fastest)| largest.alpha / fastest.alpha);
        let why = largest.is_none().then(|| format!("no α converges for {} % of the starts", SURE * 100.0));
        Recommendation { largest, fastest, safety_factor, why }
    }

    /// The median over the starts of the steps to converge; `None` where it is none of a descent that converged.
    fn median_steps(&self, at: usize) -> Option<u32> {
        let kept = self.steps.len() / self.tallies.len();
        let mut steps = self.steps[at * kept..(at + 1) * kept].to_vec();
        let middle = (kept - 1) / 2;
        let (_, median, _) = steps.select_nth_unstable(middle);
        (*median != NONE).then_some(*median)
    }

    /// Why nothing converged, by what most descents did instead, and what to try.
    fn why_none(&self) -> String {
        let total =
            |outcome: Outcome| self.tallies.iter().map(|tally| u64::from(tally.counts[outcome as usize])).sum::<u64>();
        let likeliest = [Outcome::Descending, Outcome::Level, Outcome::Rising, Outcome::Diverged];
        let (what, advice) = match likeliest.into_iter().max_by_key(|outcome| total(*outcome)) {
            Some(Outcome::Level) => ("hardly move or circle", "try more --steps, a larger α, or a larger --gtol"),
            Some(Outcome::Rising) => ("end above where they began", "try a smaller α"),
            Some(Outcome::Diverged) => ("diverge", "try a smaller α, or starts nearer to a minimum"),
            _ => ("are still on their way", "try more --steps, a larger α, or a larger --gtol"),
        };
        format!("nothing converged: most descents {what}; {advice}")
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

/// Theory against measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Comparison {
    /// The theoretical critical α that is nearest to the measured one.
    pub theoretical: f64,
    pub measured: f64,
    /// By how many cells of the axis descents stop going down later than they should (negative: earlier): 0 where the
    /// first bad α is the first one above the theoretical limit.
    pub cells: i64,
}

impl Comparison {
    /// Compares what was measured with the nearest limit; `None` where theory has none.
    pub fn new(grid: &SweepCommon, limits: &[Limit], critical: &Critical) -> Option<Self> {
        // Where already the smallest α is bad, the axis begins too late to tell.
        critical.below?;
        let measured = critical.at;
        let apart = |alpha: f64| (alpha / measured).ln().abs();
        let nearest = limits.iter().map(|limit| limit.alpha).min_by(|a, b| apart(*a).total_cmp(&apart(*b)))?;
        let axis = std::iter::once(&grid.x).chain(&grid.y).find(|axis| axis.name == "alpha")?;
        let precision = grid.precision;
        let count = |wanted: &dyn Fn(f64) -> bool| {
            (0..axis.axis.len()).filter(|at| wanted(precision.round(axis.axis.value(*at)))).count() as i64
        };
        // Cells between the first α above the limit and the first that is bad, whichever is larger.
        let late = count(&|alpha| alpha > nearest && alpha < measured);
        let early = count(&|alpha| alpha >= measured && alpha <= nearest);
        Some(Self { theoretical: nearest, measured, cells: late - early })
    }
}

/// Share of the starts that must converge for a learning rate to be recommended.
const SURE: f64 = 0.99;

/// A learning rate and how descents fare with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pick {
    pub alpha: f64,
    /// Its index on the axis.
    pub index: usize,
    /// Over all starts; absent where fewer than half converge. On very large maps over every so many starts.
    pub median_steps: Option<u32>,
    /// Starts that converge, of all.
    pub converged: u64,
    pub of: u64,
}

/// Which learning rate to take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recommendation {
    /// The largest α for which at least 99 % of the starts converge.
    pub largest: Option<Pick>,
    /// Of those α, or where there are none of those for which most starts converge, the one with the fewest median steps.
    pub fastest: Option<Pick>,
    /// How much larger than the fastest α the largest is.
    pub safety_factor: Option<f64>,
    /// Why something is missing, and what to try.
    pub why: Option<String>,
}
