//! What is known of a sweep, and what follows for its summary.

use super::summary::Summary;
use super::theory::Known;
use crate::sweep::Sweep;

/// What theory and the map's own ends know of a sweep; the summary gets its advice and reasons from it.
pub fn explained(sweep: &Sweep, summary: &mut Summary) -> Known {
    let reached = summary.best.as_ref().map(|best| best.parameters.as_slice());
    let mut known = match sweep.formula() {
        Some(spec) => Known::of_map(spec, reached, &summary.ends),
        None => Known::nothing("a network has no closed form"),
    };
    let best = summary.best.as_ref().or(summary.lowest.as_ref()).map(|best| best.parameters.as_slice());
    known.exact = known.exact.map(|exact| exact.compared_with(best));
    if let Some(spec) = sweep.formula() {
        summary.explain(spec, &known);
    }
    known
}
