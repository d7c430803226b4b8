//! How fast deviations from a point of rest grow: largest eigenvalues.

use super::settled::NoLimit;
use crate::sweep::{StepAt, StepMap, eigenvalues};
use nalgebra::DMatrix;

/// The largest magnitude of an eigenvalue; `None` where the matrix is not finite.
pub fn radius(matrix: &DMatrix<f64>) -> Option<f64> {
    Some(eigenvalues(matrix)?.iter().map(|value| value.norm()).fold(0.0, f64::max))
}

/// The factor by which the mean square of a deviation grows in a step whose derivative is the mean of `size` of `each`, drawn
/// with replacement: the largest eigenvalue of C ↦ E[J C Jᵀ] on symmetric matrices C.
pub fn mean_square_radius(each: &[DMatrix<f64>], size: f64) -> Option<f64> {
    let n = each.first()?.nrows();
    let count = each.len() as f64;
    let mean = each.iter().fold(DMatrix::zeros(n, n), |sum, one| sum + one) / count;
    let pairs: Vec<(usize, usize)> = (0..n).flat_map(|a| (a..n).map(move |b| (a, b))).collect();
    let mut map = DMatrix::zeros(pairs.len(), pairs.len());
    for (column, (a, b)) in pairs.iter().enumerate() {
        let mut unit = DMatrix::zeros(n, n);
        (unit[(*a, *b)], unit[(*b, *a)]) = (1.0, 1.0);
        let of_mean = &mean * &unit * mean.transpose();
        let of_each = each.iter().fold(DMatrix::zeros(n, n), |sum, one| sum + one * &unit * one.transpose()) / count;
        // E[J C Jᵀ] of a mean of independent draws: that of the mean, and 1/size of what single draws add.
        let moved = &of_mean + (of_each - &of_mean) / size;
        pairs.iter().enumerate().for_each(|(row, at)| map[(row, column)] = moved[*at]);
    }
    radius(&map)
}

/// As [`radius`], where too much is carried for all eigenvalues: those of the sharpest and the flattest directions. A rule
/// that treats all parameters alike maps deviations along one eigenvector of K onto such deviations, and its derivative falls
/// into small blocks.
///
/// # Errors
/// It does not, or is not finite.
pub fn radius_along(map: &StepMap<'_>, at: StepAt<'_>, k: &DMatrix<f64>) -> Result<f64, NoLimit> {
    const ENDS: usize = 4;
    const WHOLE: f64 = 1e-6;
    let eigen = ((k + k.transpose()) * 0.5).symmetric_eigen();
    let mut order: Vec<usize> = (0..k.nrows()).collect();
    order.sort_by(|a, b| eigen.eigenvalues[*a].total_cmp(&eigen.eigenvalues[*b]));
    let ends = order.iter().take(ENDS).chain(order.iter().rev().take(ENDS));
    let mut largest: f64 = 0.0;
    for column in ends {
        let vector: Vec<f64> = eigen.eigenvectors.column(*column).iter().copied().collect();
        let basis = blocks(map, &vector);
        let moved = map.along(at, &basis);
        if !moved.iter().flatten().all(|value| value.is_finite()) {
            return Err(NoLimit::Adapts);
        }
        let inner = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let block = DMatrix::from_fn(basis.len(), basis.len(), |row, column| inner(&basis[row], &moved[column]));
        for (column, moved) in moved.iter().enumerate() {
            let told = |at: usize| (0..basis.len()).map(|row| basis[row][at] * block[(row, column)]).sum::<f64>();
            let apart = moved.iter().enumerate().map(|(at, moved)| (moved - told(at)).powi(2)).sum::<f64>().sqrt();
            if apart > WHOLE * (1.0 + inner(moved, moved).sqrt()) {
                return Err(NoLimit::Unknown);
            }
        }
        largest = largest.max(radius(&block).ok_or(NoLimit::Unknown)?);
    }
    Ok(largest)
}

/// Deviations along a vector, of the parameters and of each slot of the rule's state; and those of slots that all share.
fn blocks(map: &StepMap<'_>, vector: &[f64]) -> Vec<Vec<f64>> {
    let program = map.program();
    let zero = vec![0.0; map.carried()];
    let mut of_parameters = zero.clone();
    program.parameters.iter().zip(vector).for_each(|(parameter, part)| of_parameters[parameter.hi] = *part);
    let mut found = vec![of_parameters];
    for slot in 0..program.state.first().map_or(0, Vec::len) {
        let mut of_slot = zero.clone();
        let places = || program.state.iter().map(|slots| slots[slot]);
        let is_shared = places().all(|place| place == program.state[0][slot]) && program.state.len() > 1;
        places().zip(vector).for_each(|(place, part)| of_slot[place] = if is_shared { 1.0 } else { *part });
        found.push(of_slot);
    }
    found
}
