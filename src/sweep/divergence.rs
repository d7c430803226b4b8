//! When a descent has gone too far: what sweeps of formulas and of networks share.

use super::precision::Precision;
use crate::expr::Real;

/// Largest |parameter| of a descent that goes on. Where steps take batches the loss is not looked at in every step, and
/// this keeps its square finite.
pub(super) fn parameter_limit(batched: bool, precision: Precision) -> f64 {
    match (batched, precision.is_wide()) {
        (false, _) => precision.largest(),
        (true, true) => 1e150,
        (true, false) => 1e18,
    }
}

/// The divergence bar D·(1+|loss₀|) on |loss|, computed without ever leaving the finite numbers: where 1+|loss₀| ≤ `reach`
/// it is `factor`·(1+|loss₀|), elsewhere `largest`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar<T> {
    pub factor: T,
    pub reach: T,
    /// The largest finite number of the working precision.
    pub largest: T,
}

impl Bar<f64> {
    /// The bar of a D, in the numbers of a precision.
    pub(super) fn new(diverge: f64, precision: Precision) -> Self {
        let largest = precision.largest();
        if diverge >= largest {
            return Self { factor: 1.0, reach: -1.0, largest };
        }
        // A hair less than largest/D, so that rounding the two cannot overflow the product.
        Self { factor: diverge, reach: (largest / diverge * (1.0 - 1e-6)).min(largest), largest }
    }

    /// The same, rounded to what an engine computes in.
    pub fn rounded<T: Real>(self) -> Bar<T> {
        Bar { factor: T::from_f64(self.factor), reach: T::from_f64(self.reach), largest: T::from_f64(self.largest) }
    }
}

impl<T: Real> Bar<T> {
    /// The bar of a descent with this loss at its start.
    pub fn of(&self, loss_start: T) -> T {
        let scale = T::ONE + loss_start.abs();
        if scale <= self.reach { self.factor * scale } else { self.largest }
    }
}
