//! The exact answer that descent competes with, where the loss is quadratic in its parameters.

use super::loss::Loss;
use nalgebra::{DMatrix, DVector, SymmetricEigen};
use serde::Serialize;

/// The minima of a quadratic loss: one point, or all points that differ from it along some directions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exact {
    /// Of all minima the one of the least norm.
    pub minimum: Vec<f64>,
    pub loss: f64,
    /// How many directions the loss determines, of as many as there are parameters.
    pub rank: usize,
    /// Whether there is one minimum, and no more.
    pub unique: bool,
    /// From the best cell to the nearest minimum; absent where no cell has a loss.
    pub distance: Option<f64>,
    /// Unit vectors along which the loss does not change, at right angles to each other.
    #[serde(skip)]
    pub flat: Vec<Vec<f64>>,
}

impl Exact {
    /// How far a point is from the nearest minimum: what lies along flat directions does not count.
    pub fn distance_of(&self, point: &[f64]) -> f64 {
        let apart = DVector::from_iterator(point.len(), point.iter().zip(&self.minimum).map(|(a, b)| a - b));
        self.flat.iter().fold(apart, |rest, flat| without(rest, &DVector::from_column_slice(flat))).norm()
    }

    /// With the distance of the best cell.
    #[must_use]
    pub fn compared_with(self, best: Option<&[f64]>) -> Self {
        Self { distance: best.map(|best| self.distance_of(best)), ..self }
    }
}

impl Loss {
    /// The minima of a loss that is quadratic in its parameters, as a mean of squares of linear errors is: the solutions of
    /// the normal equations H p = −∇f(0). `None` for other losses, and for quadratics without a minimum.
    pub fn exact(&self) -> Option<Exact> {
        if !self.is_quadratic() {
            return None;
        }
        let origin = vec![0.0; self.dimensions()];
        let (hessian, slopes) = (self.hessian(&origin), self.gradient(&origin));
        let equations = Equations::new(hessian, self.rows())?;
        let loss = self.value(&origin);
        if equations.falls_for_ever(&slopes, loss) {
            return None;
        }
        let mut point = equations.solve(&-slopes);
        // What the first solution leaves of the slopes is solved once more: with a condition of 1e10 it has six digits.
        for _ in 0..3 {
            let next = &point - equations.solve(&self.gradient(point.as_slice()));
            let steepest = |at: &DVector<f64>| equations.scaled(&self.gradient(at.as_slice())).amax();
            if steepest(&next).is_nan() || steepest(&next) >= steepest(&point) {
                break;
            }
            point = next;
        }
        let flat = equations.flat();
        let point = flat.iter().fold(point, without);
        let loss = self.value(point.as_slice());
        let minimum: Vec<f64> = point.iter().copied().collect();
        (loss.is_finite() && minimum.iter().all(|value| value.is_finite())).then(|| Exact {
            rank: minimum.len() - flat.len(),
            unique: flat.is_empty(),
            loss,
            minimum,
            distance: None,
            flat: flat.iter().map(|direction| direction.iter().copied().collect()).collect(),
        })
    }

    /// Of these minima the one of the least norm.
    pub fn exact_minimum(&self) -> Option<Vec<f64>> {
        self.exact().map(|exact| exact.minimum)
    }
}

/// `vector` without what of it lies along a unit vector.
fn without(vector: DVector<f64>, unit: &DVector<f64>) -> DVector<f64> {
    let along = vector.dot(unit);
    vector - unit * along
}

/// H p = b over parameters that are scaled so that each has the curvature 1. So a column of the data that is in thousands
/// does not pass for the only one that matters: what is left of the condition is how alike columns are.
struct Equations {
    /// p = scale·q
    scale: DVector<f64>,
    /// Of the scaled Hessian; 0 where the loss is flat.
    eigenvalues: DVector<f64>,
    eigenvectors: DMatrix<f64>,
}

impl Equations {
    /// `None` where the Hessian is that of no minimum.
    fn new(mut hessian: DMatrix<f64>, rows: usize) -> Option<Self> {
        let count = hessian.nrows();
        if hessian.iter().any(|value| !value.is_finite()) || hessian.diagonal().iter().any(|value| *value < 0.0) {
            return None;
        }
        let scale = hessian.diagonal().map(|value| if value > 0.0 { 1.0 / value.sqrt() } else { 1.0 });
        for row in 0..count {
            for column in 0..count {
                hessian[(row, column)] *= scale[row] * scale[column];
            }
        }
        // Symmetric up to rounding; the solver reads one triangle.
        let SymmetricEigen { mut eigenvalues, eigenvectors } = SymmetricEigen::new(hessian);
        // Entries are at most 1 and were summed over the rows: what they are off by grows like the root of the rows' number.
        let rounding = 32.0 * f64::EPSILON * count as f64 * (rows.max(1) as f64).sqrt();
        if eigenvalues.iter().any(|value| !value.is_finite() || *value < -rounding) {
            return None;
        }
        eigenvalues.iter_mut().filter(|value| **value <= rounding).for_each(|value| *value = 0.0);
        Some(Self { scale, eigenvalues, eigenvectors })
    }

    /// Slopes by the scaled parameters.
    fn scaled(&self, slopes: &DVector<f64>) -> DVector<f64> {
        slopes.component_mul(&self.scale)
    }

    /// A solution, with nothing along flat directions of the scaled parameters.
    fn solve(&self, b: &DVector<f64>) -> DVector<f64> {
        let along = self.eigenvectors.tr_mul(&self.scaled(b));
        let solved = along.zip_map(&self.eigenvalues, |along, value| if value > 0.0 { along / value } else { 0.0 });
        (&self.eigenvectors * solved).component_mul(&self.scale)
    }

    /// Whether the slopes at the origin, where the loss is `loss`, do not vanish along a flat direction.
    fn falls_for_ever(&self, slopes: &DVector<f64>, loss: f64) -> bool {
        let scaled = self.scaled(slopes);
        // A mean of squares L has scaled slopes of up to √(2L): rounding is a part of that, also where they cancel.
        let rounding = 1e-8 * scaled.norm() + 1e-12 * loss.abs().sqrt();
        let along = self.eigenvectors.tr_mul(&scaled);
        along.iter().zip(&self.eigenvalues).any(|(along, value)| *value == 0.0 && along.abs() > rounding)
    }

    /// Unit vectors along which the loss does not change, at right angles to each other.
    fn flat(&self) -> Vec<DVector<f64>> {
        let mut found: Vec<DVector<f64>> = Vec::new();
        let flat = self.eigenvalues.iter().zip(self.eigenvectors.column_iter()).filter(|(value, _)| **value == 0.0);
        for (_, direction) in flat {
            // Scales differ by many powers of ten: once leaves what rounding brought back.
            let unscaled = direction.component_mul(&self.scale).normalize();
            let once = found.iter().fold(unscaled, without).normalize();
            let twice = found.iter().fold(once, without).normalize();
            found.push(twice);
        }
        found
    }
}
