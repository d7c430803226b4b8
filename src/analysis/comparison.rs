//! Where theory says that descent must stop converging, and where it does.

use super::advice::Advice;
use super::theory::Limit;
use crate::sweep::SweepCommon;
use serde::Serialize;

/// Theory against measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Comparison {
    /// The theoretical critical α that is nearest to what was measured.
    pub theoretical: f64,
    /// Whether the axis ends before it, so that nothing can be measured.
    pub beyond: bool,
    /// By how many cells of the axis convergence ends later than it should (negative: earlier).
    pub end: Option<i64>,
    /// By how many cells the first rise comes later than it should: 0 where it is the first α above the limit.
    pub rise: Option<i64>,
}

impl Comparison {
    /// Compares the end of convergence and the first rise with the nearest limit; `None` where theory has none.
    pub fn of(grid: &SweepCommon, limits: &[Limit], advice: &Advice) -> Option<Self> {
        let (end, rise) = (advice.safe.as_ref().map(|safe| safe.alpha), advice.first_rise.map(|rise| rise.alpha));
        // Where there are several minima, convergence may end at the limit of one and descents rise at that of another.
        let nearest = |measured: f64| {
            let apart = |alpha: f64| (alpha / measured).ln().abs();
            limits.iter().map(|limit| limit.alpha).min_by(|a, b| apart(*a).total_cmp(&apart(*b)))
        };
        let theoretical = nearest(end.or(rise)?)?;
        let values = grid.alphas()?;
        let count = |wanted: &dyn Fn(f64) -> bool| values.iter().filter(|alpha| wanted(**alpha)).count() as i64;
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        Some(Self {
            theoretical,
            beyond: values.iter().all(|alpha| *alpha < theoretical),
            end: end.map(|end| {
                count(&|alpha| alpha > theoretical && alpha <= end) - count(&|alpha| alpha > end && alpha < theoretical)
            }),
            // Where already the smallest α is bad, the axis begins too late to tell.
            rise: rise.filter(|rise| *rise > least).and_then(|rise| {
                let limit = nearest(rise)?;
                Some(count(&|alpha| alpha > limit && alpha < rise) - count(&|alpha| alpha >= rise && alpha <= limit))
            }),
        })
    }
}
