//! Eigenvalues of real matrices that need not be symmetric.

use nalgebra::{Complex, DMatrix, Schur};

/// All eigenvalues of a square matrix; `None` where it is not finite, or the iteration does not end.
pub fn eigenvalues(matrix: &DMatrix<f64>) -> Option<Vec<Complex<f64>>> {
    if !matrix.iter().all(|value| value.is_finite()) {
        return None;
    }
    let size = matrix.nrows();
    // Without what all have in common, and of size 1: a step of a small α is the identity and a little more, and that little
    // would be lost in rounding.
    let middle = matrix.diagonal().iter().map(|value| value / size as f64).sum::<f64>();
    let apart = matrix - DMatrix::from_diagonal_element(size, size, middle);
    let scale = apart.amax();
    if !(scale > 0.0 && scale.is_finite()) {
        return scale.is_finite().then(|| vec![Complex::new(middle, 0.0); size]);
    }
    let apart = apart / scale;
    let found = if apart.iter().zip(apart.transpose().iter()).all(|(a, b)| (a - b).abs() <= SYMMETRIC) {
        apart.symmetric_eigenvalues().iter().map(|value| Complex::new(*value, 0.0)).collect()
    } else {
        schur(&apart)?
    };
    Some(found.into_iter().map(|value| value * scale + middle).collect())
}

/// Matrices this near to symmetric ones are, but for rounding.
const SYMMETRIC: f64 = 4.0 * f64::EPSILON;

/// By QR iteration, more and more easily content.
fn schur(matrix: &DMatrix<f64>) -> Option<Vec<Complex<f64>>> {
    const ROUNDS: usize = 1000;
    let content = [1.0, 16.0, 1024.0].into_iter();
    let mut tried = content.filter_map(|ulps| Schur::try_new(matrix.clone(), ulps * f64::EPSILON, ROUNDS));
    Some(tried.next()?.complex_eigenvalues().iter().copied().collect())
}

/// The least real part and the largest magnitude of the eigenvalues; `None` as [`eigenvalues`].
pub fn least_and_largest(matrix: &DMatrix<f64>) -> Option<(f64, f64)> {
    let eigenvalues = eigenvalues(matrix)?;
    let least = eigenvalues.iter().map(|value| value.re).fold(f64::INFINITY, f64::min);
    let largest = eigenvalues.iter().map(|value| value.norm()).fold(0.0, f64::max);
    Some((least, largest))
}

/// The largest real part of the eigenvalues; not a number where there are none, as [`eigenvalues`].
pub fn largest_real(matrix: &DMatrix<f64>) -> f64 {
    let all = eigenvalues(matrix);
    all.map_or(f64::NAN, |all| all.iter().map(|value| value.re).fold(f64::NEG_INFINITY, f64::max))
}
