//! Sharpness: the largest eigenvalue of the Hessian, or of K where the gradient is given.

use super::eigenvalues::eigenvalues;
use super::formula::FormulaSweep;
use super::gradient_derivative::{GradientDerivative, KnobsAndPoint};

/// More parameters than these have too many second derivatives for a graph.
const MOST: usize = 64;

/// The sharpness at points of a sweep, in f64 and over all rows.
pub struct Sharpness<'a>(Option<GradientDerivative<'a>>);

impl<'a> Sharpness<'a> {
    /// For the points of a sweep.
    pub fn new(spec: &'a FormulaSweep) -> Self {
        Self(GradientDerivative::new(spec, MOST))
    }

    /// Whether there is one at all: the gradient can be derived once more, and the parameters are few.
    pub fn is_known(&self) -> bool {
        self.0.is_some()
    }

    /// One number for each point; none where the second derivatives are not finite.
    pub fn at(&self, points: &[KnobsAndPoint<'_>]) -> Vec<Option<f64>> {
        let Some(derivative) = &self.0 else { return vec![None; points.len()] };
        let largest = |k: &nalgebra::DMatrix<f64>| -> Option<f64> {
            Some(eigenvalues(k)?.iter().map(|value| value.re).fold(f64::NEG_INFINITY, f64::max))
        };
        if derivative.is_constant() && !points.is_empty() {
            return vec![largest(&derivative.at(&points[..1])[0].k); points.len()];
        }
        derivative.at(points).iter().map(|found| largest(&found.k)).collect()
    }
}
