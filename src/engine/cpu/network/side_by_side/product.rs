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
/// product to the last, each added with one rounding, as [`super::super::narrow`] does it. Four sums at a time, by name and without a look
/// at the ends of lists: in arrays, or beside a way out, compilers keep them in memory.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
pub fn product<T: Product, const M: usize>(
    (a, b): (Strided<'_, T, M>, Strided<'_, T, LANES>),
    inner: usize,
    (c, columns): (&mut [Lane<T>], usize),
    becomes: Becomes<T>,
) {
    let continued = matches!(becomes, Becomes::Continued);
    let rows = c.len() / columns;
    for row in (0..rows / 4 * 4).step_by(4) {
        for column in 0..columns {
            let right = b.values[column * b.column..].iter().step_by(b.row).take(inner);
            let row0 = a.values[row * a.row..].iter().step_by(a.column);
            let row1 = a.values[(row + 1) * a.row..].iter().step_by(a.column);
            let row2 = a.values[(row + 2) * a.row..].iter().step_by(a.column);
            let row3 = a.values[(row + 3) * a.row..].iter().step_by(a.column);
            let [mut sum0, mut sum1, mut sum2, mut sum3] = [[T::ZERO; LANES]; 4];
            let first = row * columns + column;
            if continued {
                sum0 = c[first];
                sum1 = c[first + columns];
                sum2 = c[first + 2 * columns];
                sum3 = c[first + 3 * columns];
            }
            for ((((right, a0), a1), a2), a3) in right.zip(row0).zip(row1).zip(row2).zip(row3) {
                add(&mut sum0, a0, right);
                add(&mut sum1, a1, right);
                add(&mut sum2, a2, right);
                add(&mut sum3, a3, right);
            }
            put(&mut c[first], &sum0, becomes);
            put(&mut c[first + columns], &sum1, becomes);
            put(&mut c[first + 2 * columns], &sum2, becomes);
            put(&mut c[first + 3 * columns], &sum3, becomes);
        }
    }
    for row in rows / 4 * 4..rows {
        for column in 0..columns {
            let right = b.values[column * b.column..].iter().step_by(b.row).take(inner);
            let own = &mut c[row * columns + column];
            let mut sum = [T::ZERO; LANES];
            if continued {
                sum = *own;
            }
            for (right, left) in right.zip(a.values[row * a.row..].iter().step_by(a.column)) {
                add(&mut sum, left, right);
            }
            put(own, &sum, becomes);
        }
    }
}

/// Adds a product. The two cases apart: only so do compilers see a broadcast.
#[inline(always)]
fn add<T: Product, const M: usize>(sum: &mut Lane<T>, left: &[T; M], right: &Lane<T>) {
    if M == 1 {
        let left = left[0];
        for (sum, right) in sum.iter_mut().zip(right) {
            *sum = left.times_plus(*right, *sum);
        }
    } else {
        for ((sum, left), right) in sum.iter_mut().zip(left).zip(right) {
            *sum = left.times_plus(*right, *sum);
        }
    }
}

#[inline(always)]
fn put<T: Product>(own: &mut Lane<T>, sum: &Lane<T>, becomes: Becomes<T>) {
    match becomes {
        Becomes::Product(factor) => own.iter_mut().zip(sum).for_each(|(own, sum)| *own = factor * *sum),
        Becomes::Added(factor) => own.iter_mut().zip(sum).for_each(|(own, sum)| *own = *own + factor * *sum),
        Becomes::Continued => *own = *sum,
    }
}
