//! Products of small matrices whose elements are [`LANES`] numbers wide, a block of sums at a time in the processor's registers.
//!
//! What other libraries of this kind do (`matrixmultiply`), and this does not, is to copy matrices together first: small ones lie in
//! the first-level cache anyway.

use super::super::instruction::{Lanes, filled};
use super::vector::{Vector, Vectors, Work};
use crate::expr::Real;

/// Numbers of an element: as many as a vector of f32 has at most.
pub const LANES: usize = 16;

/// A number of each lane.
pub type Lane<T> = [T; LANES];

/// A list of elements that are 0.
pub fn zeros<T: Real>(count: usize) -> Lanes<Lane<T>> {
    filled([T::ZERO; LANES], count)
}

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

    /// Whether the values hold a matrix of this size.
    fn holds(&self, rows: usize, columns: usize) -> bool {
        rows == 0 || columns == 0 || (rows - 1) * self.row + (columns - 1) * self.column < self.values.len()
    }

    fn place(&self) -> Place<T> {
        Place { first: self.values.as_ptr().cast(), row: self.row * M, column: self.column * M }
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
/// product to the last, each added with one rounding, whatever the processor: so a sum has the same bits in each lane, and alone.
///
/// # Panics
/// If a matrix is larger than its list.
pub fn product<T: Vectors + Real, const M: usize>(
    (a, b): (Strided<'_, T, M>, Strided<'_, T, LANES>),
    inner: usize,
    (c, columns): (&mut [Lane<T>], usize),
    becomes: Becomes<T>,
) {
    let rows = c.len() / columns;
    assert!(a.holds(rows, inner) && b.holds(inner, columns), "lists hold their matrices");
    assert!(M == 1 || M == LANES, "a number for all lanes or one for each");
    let own = c.as_mut_ptr().cast();
    T::work(Task { a: a.place(), each: M == LANES, b: b.place(), c: own, rows, inner, columns, becomes });
}

/// Where a matrix lies, in numbers.
#[derive(Debug, Clone, Copy)]
struct Place<T> {
    first: *const T,
    row: usize,
    column: usize,
}

/// A product whose matrices have been found to lie in their lists.
#[derive(Debug, Clone, Copy)]
struct Task<T> {
    a: Place<T>,
    /// Whether A has a number for each lane.
    each: bool,
    b: Place<T>,
    /// Rows of `columns` elements.
    c: *mut T,
    rows: usize,
    inner: usize,
    columns: usize,
    becomes: Becomes<T>,
}

impl<T: Real> Work<T> for Task<T> {
    #[inline(always)]
    fn work<V: Vector<Number = T>>(self) {
        // As many sums as leave registers for what they are made from.
        match (self.each, V::REGISTERS) {
            (true, 32) => self.all::<V, true, 4>(),
            (true, _) => self.all::<V, true, 3>(),
            (false, 32) => self.all::<V, false, 4>(),
            (false, _) => self.all::<V, false, 3>(),
        }
    }
}

/// Rows of a block of sums that has several columns, and of one with a single column: a sum waits for the one before it, so that
/// some eight have to be under way.
const ROWS: usize = 4;
const ROWS_OF_ONE: usize = 8;

impl<T: Real> Task<T> {
    /// Blocks of `COLUMNS` columns, and what is left of rows and columns.
    #[inline(always)]
    fn all<V: Vector<Number = T>, const EACH: bool, const COLUMNS: usize>(&self) {
        let in_blocks = self.columns / COLUMNS * COLUMNS;
        let whole = self.rows / ROWS * ROWS;
        for column in (0..in_blocks).step_by(COLUMNS) {
            for row in (0..whole).step_by(ROWS) {
                self.block::<V, EACH, ROWS, COLUMNS>(row, column);
            }
            for row in whole..self.rows {
                self.block::<V, EACH, 1, COLUMNS>(row, column);
            }
        }
        let whole = self.rows / ROWS_OF_ONE * ROWS_OF_ONE;
        for column in in_blocks..self.columns {
            for row in (0..whole).step_by(ROWS_OF_ONE) {
                self.block::<V, EACH, ROWS_OF_ONE, 1>(row, column);
            }
            for row in whole..self.rows {
                self.block::<V, EACH, 1, 1>(row, column);
            }
        }
    }

    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "indices of three matrices")]
    #[allow(unsafe_code, reason = "vectors are loaded from pointers; `product` has checked all sizes")]
    fn block<V: Vector<Number = T>, const EACH: bool, const R: usize, const C: usize>(
        &self,
        row: usize,
        column: usize,
    ) {
        for lane in (0..LANES).step_by(V::WIDE) {
            // Sound: whoever calls this was given its vector. Elements are those of rows below `rows` and columns below `columns`,
            // which the lists hold up to `inner`; behind the last step the two pointers are not read.
            unsafe {
                let own = |r: usize, c: usize| self.c.add(((row + r) * self.columns + column + c) * LANES + lane);
                let mut sums = [[V::all(T::ZERO); C]; R];
                if let Becomes::Continued = self.becomes {
                    for r in 0..R {
                        for c in 0..C {
                            sums[r][c] = V::load(own(r, c));
                        }
                    }
                }
                let mut a = self.a.first.add(row * self.a.row + if EACH { lane } else { 0 });
                let mut b = self.b.first.add(column * self.b.column + lane);
                for _ in 0..self.inner {
                    let mut right = [V::all(T::ZERO); C];
                    for c in 0..C {
                        right[c] = V::load(b.add(c * self.b.column));
                    }
                    for r in 0..R {
                        let from = a.add(r * self.a.row);
                        let left = if EACH { V::load(from) } else { V::all(*from) };
                        for c in 0..C {
                            sums[r][c] = left.times_plus(right[c], sums[r][c]);
                        }
                    }
                    a = a.wrapping_add(self.a.column);
                    b = b.wrapping_add(self.b.row);
                }
                for r in 0..R {
                    for c in 0..C {
                        let (own, sum) = (own(r, c), sums[r][c]);
                        let becomes = match self.becomes {
                            Becomes::Product(factor) => V::all(factor).times(sum),
                            Becomes::Added(factor) => V::load(own).plus(V::all(factor).times(sum)),
                            Becomes::Continued => sum,
                        };
                        becomes.store(own);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::vector::fuses;
    use super::{Becomes, LANES, Lane, Strided, product};

    fn numbers(count: usize, from: usize) -> Vec<f32> {
        (from..from + count).map(|at| (at * 7919 % 1009) as f32 / 1009.0 - 0.4).collect()
    }

    /// What a product becomes, number by number: with `fused` sums, or with others.
    fn plainly(
        (a, b): (impl Fn(usize, usize, usize) -> f32, impl Fn(usize, usize, usize) -> f32),
        inner: usize,
        (c, columns): (&mut [Lane<f32>], usize),
        becomes: Becomes<f32>,
        fused: bool,
    ) {
        for (at, own) in c.iter_mut().enumerate() {
            let (row, column) = (at / columns, at % columns);
            for (lane, own) in own.iter_mut().enumerate() {
                let begin = if let Becomes::Continued = becomes { *own } else { 0.0 };
                let sum = (0..inner).fold(begin, |sum, k| {
                    let (a, b) = (a(row, k, lane), b(k, column, lane));
                    if fused { a.mul_add(b, sum) } else { a * b + sum }
                });
                *own = match becomes {
                    Becomes::Product(factor) => factor * sum,
                    Becomes::Added(factor) => *own + factor * sum,
                    Becomes::Continued => sum,
                };
            }
        }
    }

    /// Whole blocks and what is left of them, transposed or not, with numbers of each lane or of all.
    #[test]
    fn every_sum_is_made_from_the_first_product_to_the_last() {
        if !fuses() {
            return;
        }
        let mut differ = 0;
        for (rows, inner, columns) in [(1, 1, 1), (4, 3, 4), (16, 16, 16), (17, 15, 13), (3, 9, 2), (25, 2, 1)] {
            for becomes in [Becomes::Product(0.3), Becomes::Added(0.3), Becomes::Continued] {
                let (a, b) = (numbers(rows * inner * LANES, 3), numbers(inner * columns * LANES, 7));
                let begin = numbers(rows * columns * LANES, 11);
                let (b_of, mut own) = (b.as_chunks().0, begin.clone());
                let right = |k: usize, column: usize, lane: usize| b[(k * columns + column) * LANES + lane];
                let mut check = |own: &[f32], left: &dyn Fn(usize, usize, usize) -> f32, what: &str| {
                    let [mut fused, mut other] = [begin.clone(), begin.clone()];
                    plainly((left, right), inner, (fused.as_chunks_mut().0, columns), becomes, true);
                    plainly((left, right), inner, (other.as_chunks_mut().0, columns), becomes, false);
                    assert_eq!(own, fused, "{what} {rows} {inner} {columns} {becomes:?}");
                    differ += usize::from(fused != other);
                };
                let a_of = Strided::new(a.as_chunks::<LANES>().0, rows).transposed();
                product((a_of, Strided::new(b_of, columns)), inner, (own.as_chunks_mut().0, columns), becomes);
                check(&own, &|row, k, lane| a[(k * rows + row) * LANES + lane], "of each lane, transposed");
                own.copy_from_slice(&begin);
                let a_of = Strided::new(a.as_chunks::<1>().0, inner);
                product((a_of, Strided::new(b_of, columns)), inner, (own.as_chunks_mut().0, columns), becomes);
                check(&own, &|row, k, _| a[row * inner + k], "of all lanes");
            }
        }
        // Sums of two roundings would have been noticed.
        assert!(differ > 20, "{differ}");
    }
}
