//! Which learning rate to take, and why.

use super::alphas::{APART, Alphas, NONE};
use crate::problem::ColumnMoments;
use crate::sweep::SweepCommon;
use serde::Serialize;

/// Share of the starts that must arrive for a learning rate to be called sure.
const SURE: f64 = 0.99;

/// What a map says about the learning rate. Starts that are over before their first step count nowhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// Cells that say nothing about α: they rest, or have no loss, where they start.
    pub apart: u64,
    /// The least median of steps, of those α at which at least 99 % of the starts arrive; where there are none, of those at which
    /// most do.
    pub fastest: Option<Pick>,
    /// The end of convergence: at every α from the fastest up to this one at least 99 % of the starts arrive.
    pub safe: Option<Pick>,
    /// How much larger than the fastest it is.
    pub factor: Option<f64>,
    /// The first α at which some start rises or diverges.
    pub first_rise: Option<AlphaAt>,
    /// Where nothing arrives: the α with the lowest median of final losses, if any loss fell.
    pub lowest: Option<LowestLoss>,
    /// What there is to know besides, and why something is missing.
    pub reasons: Vec<Reason>,
}

/// A learning rate and how descents fare with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pick {
    pub alpha: f64,
    /// Its index on the axis.
    pub index: usize,
    /// Over all starts that count; absent where fewer than half arrive. On very large maps over every so many starts.
    pub median_steps: Option<u32>,
    /// Starts that arrive, of those that count.
    pub arrived: u64,
    pub of: u64,
}

impl Pick {
    /// Whether nearly all starts arrive.
    pub fn is_sure(&self) -> bool {
        self.arrived as f64 >= SURE * self.of as f64
    }
}

/// A learning rate of the axis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AlphaAt {
    pub alpha: f64,
    pub index: usize,
}

/// The learning rate that got lowest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LowestLoss {
    pub alpha: f64,
    pub index: usize,
    /// Over all starts that count.
    pub median_loss: f64,
}

impl Advice {
    /// What the axis says; reasons are found later.
    pub fn new(alphas: &Alphas, grid: &SweepCommon) -> Self {
        let at = |index: usize| AlphaAt { alpha: alphas.value(grid, index), index };
        let picks = picks(alphas, grid);
        let fastest = fastest(&picks);
        let end = fastest.filter(|at| picks[*at].is_sure()).map(|first| {
            let sure = picks[first..].iter().take_while(|pick| pick.is_sure() && pick.of > 0).count();
            first + sure - 1
        });
        let chosen = |at: Option<usize>| at.map(|at| picks[at].clone());
        let (fastest, safe) = (chosen(fastest), chosen(end));
        Self {
            apart: alphas.apart,
            factor: fastest.as_ref().zip(safe.as_ref()).map(|(fastest, safe)| safe.alpha / fastest.alpha),
            lowest: if fastest.is_some() { None } else { lowest(alphas, grid) },
            fastest,
            safe,
            first_rise: alphas.first_rise().map(at),
            reasons: Vec::new(),
        }
    }
}

/// A share of the starts below this is none that an α is recommended for.
const FEW: f64 = 0.2;

/// How descents fare at each α, from the smallest up.
fn picks(alphas: &Alphas, grid: &SweepCommon) -> Vec<Pick> {
    let of_steps = alphas.of_steps(|steps| {
        let mut steps: Vec<u32> = steps.iter().copied().filter(|steps| *steps != APART).collect();
        let arrived = steps.iter().filter(|steps| **steps != NONE).count() as u64;
        let median = steps.len().checked_sub(1).map(|last| *steps.select_nth_unstable(last / 2).1);
        (median.filter(|steps| *steps != NONE), arrived, steps.len() as u64)
    });
    let pick = |index: &u32| {
        let index = *index as usize;
        let (median_steps, arrived, of) = of_steps[index];
        Pick { alpha: alphas.value(grid, index), index, median_steps, arrived, of }
    };
    alphas.ascending.iter().map(pick).collect()
}

/// The fastest of those that are sure, else of those with most starts that arrive: its place.
fn fastest(picks: &[Pick]) -> Option<usize> {
    let share = |pick: &Pick| if pick.of == 0 { 0.0 } else { pick.arrived as f64 / pick.of as f64 };
    let most = picks.iter().map(share).fold(0.0, f64::max);
    // A few starts that lie near the minimum are no evidence for an α.
    if most < FEW {
        return None;
    }
    let any_sure = picks.iter().any(|pick| pick.of > 0 && pick.is_sure());
    let is_candidate = |pick: &Pick| if any_sure { pick.of > 0 && pick.is_sure() } else { share(pick) == most };
    let candidates = (0..picks.len()).filter(|at| is_candidate(&picks[*at]));
    // Where half of the starts or fewer arrive there is no median; then the smallest α is as good as any.
    candidates.min_by_key(|at| picks[*at].median_steps.unwrap_or(NONE))
}

/// The α that got lowest, if it got lower than the starts.
fn lowest(alphas: &Alphas, grid: &SweepCommon) -> Option<LowestLoss> {
    let medians = alphas.median_losses();
    let ends = alphas.ascending.iter().filter_map(|index| {
        let index = *index as usize;
        medians[index].map(|(end, start)| (index, end, start))
    });
    let (index, median_loss, start) = ends.min_by(|a, b| a.1.total_cmp(&b.1))?;
    (median_loss < start).then(|| LowestLoss { alpha: alphas.value(grid, index), index, median_loss })
}

/// Something that there is to know of a map beside the learning rates that are named.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Reason {
    /// Every start is over before its first step: it rests there, or has no loss.
    NothingBegins,
    /// No α arrives from nearly all starts.
    NoneIsSure,
    /// Steps of a few rows keep the loss moving.
    NoiseOfBatches,
    /// The rule's own noise does.
    NoiseOfRule,
    /// Descents hop over a place where the loss has no slope.
    Kink,
    /// They go around for ever, in cycles or chaos.
    Cycles,
    /// They stand still before they meet the tolerance, at what the precision can tell apart: this share of all.
    Grain { settled: f64 },
    /// At the lowest minimum the slope changes by more from one number of the precision to the next than it must be small.
    GrainAtMinimum { step: f64, tolerance: f64 },
    /// They are on their way: with the condition number at the best point about so many steps are needed.
    TooFewSteps { condition: Option<f64>, steps: Option<f64> },
    /// They hardly leave their starts; `passes` where the axis goes on to α that are too large.
    TooSmall { passes: bool },
    /// They rest on saddles or maxima.
    Unstable,
    /// The loss falls for ever.
    Unbounded,
    /// They leave for infinity at every α.
    AllDiverge { overflow: u64 },
    /// One direction is so much steeper than another, because columns differ so much in size: name, mean and deviation of each.
    IllConditioned { condition: f64, columns: Vec<ColumnMoments> },
    /// There is one start, and others may fare otherwise.
    OneStart,
}
