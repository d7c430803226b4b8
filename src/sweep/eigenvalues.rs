//! Eigenvalues of real matrices that need not be symmetric.

use nalgebra::{Complex, DMatrix, Schur};

/// All eigenvalues of a square matrix; `None` where it is not finite, or the iteration does not end.
pub fn eigenvalues(matrix: &DMatrix<f64>) -> Option<Vec<Complex<f64>>> {
    const ROUNDS: usize = 10_000;
    if !matrix.iter().all(|value| value.is_finite()) {
        return None;
    }
    let scale = matrix.amax();
    if scale == 0.0 || matrix.is_empty() {
        return Some(vec![Complex::new(0.0, 0.0); matrix.nrows()]);
    }
    if matrix.nrows() == 1 {
        return Some(vec![Complex::new(matrix[(0, 0)], 0.0)]);
    }
    // Of size 1, so that nothing overflows on the way.
    let schur = Schur::try_new(matrix / scale, f64::EPSILON, ROUNDS)?;
    Some(schur.complex_eigenvalues().iter().map(|value| value * scale).collect())
}

/// The least real part and the largest magnitude of the eigenvalues; `None` as [`eigenvalues`].
pub fn least_and_largest(matrix: &DMatrix<f64>) -> Option<(f64, f64)> {
    let eigenvalues = eigenvalues(matrix)?;
    let least = eigenvalues.iter().map(|value| value.re).fold(f64::INFINITY, f64::min);
    let largest = eigenvalues.iter().map(|value| value.norm()).fold(0.0, f64::max);
    Some((least, largest))
}
