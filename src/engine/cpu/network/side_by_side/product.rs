//! Products of matrices whose elements are a number per lane.

use super::super::product::Product;
use super::lane::{LANES, Lane};
use multiversion::multiversion;

/// A matrix, or its transpose. Elements have a number per lane, or one for all (`M` is 1), as data do.
#[derive(Debug, Clone, Copy)]
pub struct Strided<'a, T, const M: usize> {
    values: &'a [[T; M]],
    row: usize,
    column: usize,
}

impl<'a, T, const M: usize> Strided<'a, T, M> {
    /// Rows of `columns` elements one after the other.
    pub fn new(values: &'a [[T; M]], columns: usize) -> Self {
        Self { values, row: columns, column: 1 }
    }

    /// Rows become columns.
    pub fn transposed(self) -> Self {
        Self { row: self.column, column: self.row, ..self }
    }
}

/// What becomes of C, by the sums of products S.
#[derive(Debug, Clone, Copy)]
pub enum Becomes<T> {
    /// `factor`·S.
    Product(T),
    /// C + `factor`·S.
    Added(T),
    /// The sums go on from C.
    Continued,
}

/// The product AB goes to C, which has rows of `columns` elements; `inner` is the length of A's rows. Every sum is made from the first
/// product to the last, each added with one rounding, as [`super::super::narrow`] does it.
///
/// How these loops are written decides whether a compiler keeps the sums in vectors. Functions that are called back were tried for rows
/// and columns, and left without this function's instructions; so were slices without a look at their ends, a fifth slower.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
pub fn product<T: Product, const M: usize>(
    factors: (Strided<'_, T, M>, Strided<'_, T, LANES>),
    inner: usize,
    (c, columns): (&mut [Lane<T>], usize),
    becomes: Becomes<T>,
) {
    let rows = c.len() / columns;
    let whole = rows / 4 * 4;
    for row in (0..whole).step_by(4) {
        rows_of::<T, M, 4>(factors, inner, row, (c, columns), becomes);
    }
    for row in whole..rows {
        rows_of::<T, M, 1>(factors, inner, row, (c, columns), becomes);
    }
}

/// `R` rows of C.
#[inline(always)]
fn rows_of<T: Product, const M: usize, const R: usize>(
    factors: (Strided<'_, T, M>, Strided<'_, T, LANES>),
    inner: usize,
    row: usize,
    (c, columns): (&mut [Lane<T>], usize),
    becomes: Becomes<T>,
) {
    let whole = columns / 4 * 4;
    for column in (0..whole).step_by(4) {
        block::<T, M, R, 4>(factors, inner, (row, column), (c, columns), becomes);
    }
    for column in whole..columns {
        block::<T, M, R, 1>(factors, inner, (row, column), (c, columns), becomes);
    }
}

/// `R` rows and `C` columns, whose sums stay in registers.
#[inline(always)]
#[allow(clippy::needless_range_loop, reason = "compilers keep arrays in registers where they are found by number")]
fn block<T: Product, const M: usize, const R: usize, const C: usize>(
    (a, b): (Strided<'_, T, M>, Strided<'_, T, LANES>),
    inner: usize,
    (row, column): (usize, usize),
    (c, columns): (&mut [Lane<T>], usize),
    becomes: Becomes<T>,
) {
    let place = |r: usize, at: usize| (row + r) * columns + column + at;
    let mut sums = [[[T::ZERO; LANES]; C]; R];
    if let Becomes::Continued = becomes {
        sums = std::array::from_fn(|r| std::array::from_fn(|at| c[place(r, at)]));
    }
    for k in 0..inner {
        let left: [Lane<T>; R] = std::array::from_fn(|r| spread(&a.values[(row + r) * a.row + k * a.column]));
        for at in 0..C {
            let right = &b.values[k * b.row + (column + at) * b.column];
            for r in 0..R {
                for lane in 0..LANES {
                    sums[r][at][lane] = left[r][lane].times_plus(right[lane], sums[r][at][lane]);
                }
            }
        }
    }
    for r in 0..R {
        for at in 0..C {
            let (own, sum) = (&mut c[place(r, at)], sums[r][at]);
            *own = match becomes {
                Becomes::Product(factor) => std::array::from_fn(|lane| factor * sum[lane]),
                Becomes::Added(factor) => std::array::from_fn(|lane| own[lane] + factor * sum[lane]),
                Becomes::Continued => sum,
            };
        }
    }
}

/// The number of every lane. The two cases apart: only so do compilers see a broadcast.
#[inline(always)]
fn spread<T: Product, const M: usize>(value: &[T; M]) -> Lane<T> {
    if M == 1 { [value[0]; LANES] } else { std::array::from_fn(|lane| value[lane % M]) }
}
