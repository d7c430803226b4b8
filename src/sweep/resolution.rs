//! Whether the working precision can tell the values of an axis apart.

use super::axis::{Axis, Scale};
use super::common::SweepAxis;
use super::error::RequestError;
use super::knob_ref::KnobRef;
use super::note::Note;
use super::precision::Precision;

/// Below so many units in the last place a step of an axis is warned about: what is seen there is rounding as much as it
/// is the descent.
const FEWEST_ULPS: f64 = 8.0;

/// A note where neighbours on the axis of this knob are less than 8 units in the last place apart.
///
/// # Errors
/// Different values of the axis are one number in this precision.
pub(super) fn check(axis: &SweepAxis, knob: KnobRef, precision: Precision) -> Result<Option<Note>, RequestError> {
    let Some(ulps) = closest(&axis.axis, precision).filter(|ulps| *ulps < FEWEST_ULPS) else { return Ok(None) };
    if ulps < 1.0 {
        let message = format!(
            "neighbours are {ulps:.2} units in the last place of {} apart, and some are the same number there; take fewer \
             values or a wider range{}",
            precision.of_inputs(),
            precision.way_out()
        );
        return Err(RequestError::new("--vary", format!("{}={}", axis.name, axis.axis.text()), message));
    }
    Ok(Some(Note::Close { knob, ulps, precision }))
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
pub(super) fn ulp(value: f64, precision: Precision) -> f64 {
    if precision.is_wide() {
        value.next_up() - value
    } else {
        let value = value as f32;
        f64::from(value.next_up()) - f64::from(value)
    }
}
