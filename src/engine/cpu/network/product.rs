//! Products of matrices, by the `matrixmultiply` crate.

use super::vector::Vectors;
use crate::expr::Real;
use std::borrow::Cow;

/// A precision with products of matrices.
pub trait Product: Real + Vectors {
    /// Numbers of samples in this precision.
    fn from_samples(values: &[f32]) -> Cow<'_, [Self]>;

    /// C = `factor`·A·B + `kept`·C.
    ///
    /// # Panics
    /// If a matrix is larger than its list, or the sizes do not fit each other.
    fn product(factor: Self, a: Matrix<'_, Self>, b: Matrix<'_, Self>, kept: Self, c: &mut [Self]);
}

/// A matrix by rows, or the transpose of one.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a, T> {
    values: &'a [T],
    rows: usize,
    columns: usize,
    strides: (usize, usize),
}

impl<'a, T> Matrix<'a, T> {
    /// Rows one after the other.
    pub fn new(values: &'a [T], rows: usize, columns: usize) -> Self {
        assert!(values.len() >= rows * columns, "a list of {} holds {rows} × {columns}", values.len());
        Self { values, rows, columns, strides: (columns, 1) }
    }

    /// Rows become columns.
    pub fn transposed(self) -> Self {
        let strides = (self.strides.1, self.strides.0);
        Self { rows: self.columns, columns: self.rows, strides, ..self }
    }
}

macro_rules! product {
    ($float:ty, $gemm:path, $from:expr) => {
        impl Product for $float {
            fn from_samples(values: &[f32]) -> Cow<'_, [Self]> {
                $from(values)
            }

            #[allow(unsafe_code, reason = "the crate takes pointers; sizes are checked here")]
            fn product(factor: Self, a: Matrix<'_, Self>, b: Matrix<'_, Self>, kept: Self, c: &mut [Self]) {
                assert_eq!(a.columns, b.rows, "a product of matrices that fit");
                assert!(c.len() >= a.rows * b.columns, "room for the product");
                let (sa, sb) = (a.strides, b.strides);
                // Sound: A and B hold rows × columns numbers under their strides, as `Matrix::new` checked, and C does
                // as checked above; C is borrowed alone.
                unsafe {
                    $gemm(
                        a.rows,
                        a.columns,
                        b.columns,
                        factor,
                        a.values.as_ptr(),
                        sa.0 as isize,
                        sa.1 as isize,
                        b.values.as_ptr(),
                        sb.0 as isize,
                        sb.1 as isize,
                        kept,
                        c.as_mut_ptr(),
                        b.columns as isize,
                        1,
                    );
                }
            }
        }
    };
}

product!(f32, matrixmultiply::sgemm, Cow::Borrowed);
product!(f64, matrixmultiply::dgemm, |values: &[f32]| values.iter().map(|value| f64::from(*value)).collect());
