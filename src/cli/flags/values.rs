//! Values that have a form of their own. Every number may be a formula without names, such as `1/3`.

use crate::expr;
use std::ops::RangeInclusive;

/// A share above 0, up to 1.
///
/// # Errors
/// What was expected.
pub fn fraction(text: &str) -> Result<f64, String> {
    let value = expr::number(text).filter(|value| *value > 0.0 && *value <= 1.0);
    value.ok_or_else(|| "expected a number above 0 and at most 1, such as 0.01".to_owned())
}

/// Any number, infinite ones included.
///
/// # Errors
/// What was expected.
pub fn number(text: &str) -> Result<f64, String> {
    expr::number(text).ok_or_else(|| "expected a number, such as 1e8".to_owned())
}

/// `LO:HI`, two finite numbers of which the first is less.
///
/// # Errors
/// What was expected.
pub fn range(text: &str) -> Result<(f64, f64), String> {
    let ends = text.split_once(':').and_then(|(lo, hi)| Some((expr::number(lo)?, expr::number(hi)?)));
    let range = ends.filter(|(lo, hi)| lo < hi && (hi - lo).is_finite());
    range.ok_or_else(|| "expected LO:HI with LO below HI, such as -12:16".to_owned())
}

/// A time up to an hour, in seconds.
///
/// # Errors
/// What was expected.
pub fn seconds(text: &str) -> Result<f64, String> {
    let value = expr::number(text).filter(|value| (0.0..=3600.0).contains(value));
    value.ok_or_else(|| "expected seconds from 0 to 3600, such as 0.5".to_owned())
}

/// A count, also written as `1e6`.
///
/// # Errors
/// What was expected.
pub fn whole_number(text: &str) -> Result<u64, String> {
    let value = text.parse::<u64>().ok();
    let float = || expr::number(text).filter(|value| value.fract() == 0.0 && (0.0..1e18).contains(value));
    value
        .or_else(|| float().map(|value| value as u64))
        .ok_or_else(|| "expected a whole number such as 1000 or 1e6".to_owned())
}

/// A count within bounds, also written as a formula.
///
/// # Errors
/// What was expected.
pub fn within<T: TryFrom<u64>>(text: &str, bounds: RangeInclusive<u64>) -> Result<T, String> {
    let value = whole_number(text).ok().filter(|value| bounds.contains(value)).and_then(|value| value.try_into().ok());
    value.ok_or_else(|| format!("expected a whole number from {} to {}", bounds.start(), bounds.end()))
}
