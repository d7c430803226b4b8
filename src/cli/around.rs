//! Learning rates around the limit of theory, for commands that are not given any.

use crate::analysis::theory::theory;
use crate::sweep::{Axis, KnobRef, Request};

/// The smallest limit of a request's minima, whatever is set or varied; none where theory knows none.
pub fn limit(request: &Request) -> Option<f64> {
    let mut one = request.clone().without_axes().vary(KnobRef::alpha(), Axis::one(1.0));
    one.common.set.clear();
    theory(&one.resolve().ok()?, None).limits().first().map(|limit| limit.alpha)
}

/// Three digits. Powers of ten up to 10²² are exact, so that this is the number that such a text reads as.
pub fn rounded(value: f64) -> f64 {
    let last = value.abs().log10().floor() as i32 - 2;
    if last < 0 {
        (value * 10_f64.powi(-last)).round() / 10_f64.powi(-last)
    } else {
        (value / 10_f64.powi(last)).round() * 10_f64.powi(last)
    }
}
