//! The sharpness of a loss, λmax of its Hessian, from Hessian–vector products, in f64.
//!
//! A product is one more graph: how the gradient moves while the parameters move along a direction. Few parameters have all
//! columns of the Hessian, and its eigenvalues; many have Lanczos' method, which asks for some tens of products.

use super::batch::Batch;
use super::eigenvalues::largest_real;
use super::formula::FormulaSweep;
use super::in_cell::InCell;
use crate::expr::{NodeId, tangents};
use nalgebra::{DMatrix, DVector};

/// Most parameters of which the whole Hessian is taken.
pub const MOST_DENSE: usize = 8;

/// The derivative of a sweep's gradient over all rows in one cell, as products with directions.
#[derive(Debug)]
pub struct Sharpness<'a>(InCell<'a>);

impl<'a> Sharpness<'a> {
    /// `None` where the gradient cannot be derived once more.
    pub fn new(spec: &'a FormulaSweep, cell: (usize, usize)) -> Option<Self> {
        let mut program = spec.wide_program(Batch::Full)?;
        let graph = &mut program.graph;
        let parameters = program.parameters.iter().enumerate();
        let moving: Vec<(NodeId, NodeId)> = parameters
            .map(|(at, parameter)| (graph.input(&parameter.name), graph.input(&format!("#direction{at}"))))
            .collect();
        let roots = tangents(graph, &program.gradient, &moving);
        if graph.is_full() { None } else { Some(Self(InCell::new(spec, cell, program, &roots))) }
    }

    /// λmax at a point; not a number where the Hessian is none.
    pub fn at(&self, point: &[f64]) -> f64 {
        let size = point.len();
        if size > MOST_DENSE {
            return largest(size, WITHIN, &|direction| self.0.along(point, &[direction]).swap_remove(0));
        }
        let unit = |column: usize| (0..size).map(|row| f64::from(u8::from(row == column))).collect();
        let columns = self.0.along(point, &(0..size).map(unit).collect::<Vec<_>>());
        largest_real(&DMatrix::from_column_slice(size, size, &columns.concat()))
    }
}

/// Of λmax, how near it is found.
const WITHIN: f64 = 1e-10;

/// The largest eigenvalue of a symmetric matrix that is known by its products, to `within` of its size: Lanczos' method with
/// every vector kept orthogonal to all before. Not a number where a product is none, or some hundreds of them do not tell.
pub fn largest(size: usize, within: f64, product: &dyn Fn(Vec<f64>) -> Vec<f64>) -> f64 {
    let most = most_vectors(size);
    let mut vectors = vec![beginning(size)];
    let (mut along, mut beside): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    loop {
        let last = &vectors[vectors.len() - 1];
        let mut next = DVector::from_vec(product(last.as_slice().to_vec()));
        along.push(next.dot(last));
        // Twice: once leaves rounding behind that grows.
        for _ in 0..2 {
            for before in &vectors {
                let part = next.dot(before);
                next.axpy(-part, before, 1.0);
            }
        }
        let left = next.norm();
        let (value, error) = ritz(&along, &beside, left);
        if value.is_nan() || error <= within * value.abs() || vectors.len() == size {
            return value;
        }
        if vectors.len() == most {
            return f64::NAN;
        }
        beside.push(left);
        vectors.push(next / left);
    }
}

/// Vectors that [`largest`] may keep of a matrix of this size: half a GiB of them, but not so few that they hardly ever tell.
pub fn most_vectors(size: usize) -> usize {
    const MOST: usize = 300;
    const MOST_NUMBERS: usize = 1 << 26;
    const FEWEST: usize = 20;
    size.min(MOST.min(MOST_NUMBERS / size.max(1)).max(FEWEST))
}

/// No direction in particular: sines of whole numbers, which have no pattern that a Hessian has.
fn beginning(size: usize) -> DVector<f64> {
    let vector = DVector::from_fn(size, |at, _| 1.0 + 0.5 * ((at + 1) as f64 * 12.9898).sin());
    let length = vector.norm();
    vector / length
}

/// The largest eigenvalue of the tridiagonal matrix so far, and how far it may be from one of the whole matrix.
fn ritz(along: &[f64], beside: &[f64], left: f64) -> (f64, f64) {
    let size = along.len();
    if !along.iter().chain(beside).all(|value| value.is_finite()) {
        return (f64::NAN, f64::NAN);
    }
    let element = |row: usize, column: usize| match row.abs_diff(column) {
        0 => along[row],
        1 => beside[row.min(column)],
        _ => 0.0,
    };
    let eigen = DMatrix::from_fn(size, size, element).symmetric_eigen();
    let (at, value) = eigen.eigenvalues.argmax();
    (value, left * eigen.eigenvectors[(size - 1, at)].abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second difference on 60 points, whose eigenvalues are 2 − 2 cos(kπ/61).
    #[test]
    fn the_largest_eigenvalue_of_a_known_matrix() {
        let product = |v: Vec<f64>| -> Vec<f64> {
            let at = |k: usize| v.get(k).copied().unwrap_or(0.0);
            (0..60).map(|k| 2.0 * v[k] - at(k + 1) - if k > 0 { v[k - 1] } else { 0.0 }).collect()
        };
        let known = 2.0 - 2.0 * (60.0 * std::f64::consts::PI / 61.0).cos();
        assert!((largest(60, 1e-10, &product) - known).abs() < 1e-9, "{} for {known}", largest(60, 1e-10, &product));
        let broken =
            |v: Vec<f64>| product(v).into_iter().enumerate().map(|(k, p)| if k == 30 { p * 1.5 } else { p }).collect();
        assert!((largest(60, 1e-10, &broken) - known).abs() > 1e-3, "one row of another matrix is noticed");
        assert!(largest(3, 1e-10, &|_| vec![f64::NAN; 3]).is_nan());
        let twice = largest(5, 1e-10, &|v| v.iter().map(|part| -2.0 * part).collect());
        assert!((twice + 2.0).abs() < 1e-14, "{twice}");
    }
}
