//! What descents are judged by, in the working precision.

use crate::expr::Real;
use crate::sweep::{Bar, FormulaSweep};

/// Limits in the working precision. Magnitudes are compared as bits: not-a-number is simply large.
pub struct Thresholds<T: Real> {
    /// Every number of the stop test below its own: perhaps converged.
    pub tolerances: Vec<T::Bits>,
    /// |loss| above this: diverged.
    pub bar: Bar<T>,
    /// A |parameter| above this: diverged.
    pub parameter_limit: T::Bits,
}

impl<T: Real> Thresholds<T> {
    /// Those of a sweep.
    pub fn new(spec: &FormulaSweep) -> Self {
        Self {
            tolerances: spec.tolerances.iter().map(|slope| T::from_f64(*slope).magnitude_bits()).collect(),
            bar: spec.bar().rounded(),
            parameter_limit: T::from_f64(spec.program.parameter_limit()).magnitude_bits(),
        }
    }
}

/// Neither infinite nor not-a-number.
pub fn is_finite<T: Real>(value: T) -> bool {
    value.magnitude_bits() <= T::MAX_FINITE_BITS
}
