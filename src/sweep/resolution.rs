//! Whether the working precision can tell the values of an axis apart.

use super::axis::{Axis, Scale};
use super::common::SweepAxis;
use super::precision::Precision;
use super::spec::SpecError;

/// Below so many units in the last place a step of an axis is warned about: what is seen there is rounding as much as it
/// is the descent.
const FEWEST_ULPS: f64 = 8.0;

/// A note where neighbours on the axis are less than 8 units in the last place apart.
///
/// # Errors
/// Different values of the axis are one number in this precision.
pub(super) fn check(axis: &SweepAxis, precision: Precision) -> Result<Option<String>, SpecError> {
    let Some(ulps) = closest(&axis.axis, precision).filter(|ulps| *ulps < FEWEST_ULPS) else { return Ok(None) };
    let (name, text) = (&axis.name, axis.axis.text());
    let wider = if precision.is_wide() { "" } else { ", or --precision f64" };
    if ulps < 1.0 {
        let message = format!(
            "neighbours are {ulps:.2} units in the last place of {} apart, and some are the same number there; take fewer \
             values or a wider range{wider}",
            held(precision)
        );
        return Err(SpecError::new("--vary", format!("{name}={text}"), message));
    }
    Ok(Some(format!(
        "neighbours on {name} are only {ulps:.1} units in the last place of {} apart: rounding shows at that scale; take a \
         wider range{wider}",
        held(precision)
    )))
}

/// What axis values are rounded to.
fn held(precision: Precision) -> &'static str {
    if precision.is_wide() { "f64" } else { "f32" }
}

/// Units in the last place between the two neighbours that are closest by that measure; none where all values are one.
fn closest(axis: &Axis, precision: Precision) -> Option<f64> {
    let last = axis.len() - 1;
    let apart = |at: usize| {
        let (a, b) = (axis.value(at), axis.value(at + 1));
        (b - a).abs() / ulp(a.abs().max(b.abs()), precision)
    };
    match axis.scale() {
        // Units are largest at the larger end.
        Scale::Linear => {
            let (lo, hi) = axis.bounds();
            Some((hi - lo) / last as f64 / ulp(lo.abs().max(hi.abs()), precision))
        }
        // Within a factor of two the same everywhere; closest just above a power of two. Some places stand for all.
        Scale::Log => (0..64).map(|part| apart((last - 1) * part / 63)).reduce(f64::min),
        // A value that is written twice was meant so.
        Scale::Listed => (0..last).filter(|at| axis.value(*at) != axis.value(at + 1)).map(apart).reduce(f64::min),
    }
}

/// Distance from a positive number to the next larger one.
fn ulp(value: f64, precision: Precision) -> f64 {
    if precision.is_wide() {
        value.next_up() - value
    } else {
        let value = value as f32;
        f64::from(value.next_up()) - f64::from(value)
    }
}
