//! Copies of matrices whose rows are as wide as whole vectors.
//!
//! Lanes behind the columns may hold anything: nobody reads what becomes of them.

use super::product::Product;
use super::vector::{Vector, Work};
use multiversion::multiversion;
use std::ops::Range;

/// Some columns of a matrix go to rows of so many lanes, which are those of whole vectors.
pub fn widen<T: Product>(values: &[T], columns: usize, some: &Range<usize>, wide: &mut [T], lanes: usize) {
    let rows = values.len() / columns;
    // The last rows end before their lanes do.
    let whole = rows.min((values.len() + columns).saturating_sub(some.start + lanes) / columns);
    let (whole_rows, rest) = wide[..rows * lanes].split_at_mut(whole * lanes);
    T::work(Widen { values: &values[some.start..], columns, wide: whole_rows, lanes });
    for (row, to) in (whole..).zip(rest.chunks_exact_mut(lanes)) {
        to[..some.len()].copy_from_slice(&values[row * columns..][some.clone()]);
        to[some.len()..].fill(T::ZERO);
    }
}

struct Widen<'a, T> {
    values: &'a [T],
    columns: usize,
    wide: &'a mut [T],
    lanes: usize,
}

impl<T: Product> Work<T> for Widen<'_, T> {
    /// A copy by vectors needs no call, as one of unknown length does.
    #[inline(always)]
    #[allow(unsafe_code, reason = "vectors are loaded from pointers, whose lists are looked up first")]
    fn work<V: Vector<Number = T>>(self) {
        for (row, to) in self.wide.chunks_exact_mut(self.lanes).enumerate() {
            let from = &self.values[row * self.columns..][..self.lanes];
            for at in (0..self.lanes / V::WIDE * V::WIDE).step_by(V::WIDE) {
                // Sound: whoever calls this was given its vector, and both lists have so many lanes.
                unsafe { V::load(from.as_ptr().add(at)).store(to.as_mut_ptr().add(at)) };
            }
        }
    }
}

/// Some columns of z = `factor`·S, taken from the lanes of S; added to z where it is `kept`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
pub fn put<T: Product>(
    (sums, lanes): (&[T], usize),
    factor: T,
    kept: bool,
    (z, columns): (&mut [T], usize),
    some: &Range<usize>,
) {
    for (z, sums) in z.chunks_exact_mut(columns).zip(sums.chunks_exact(lanes)) {
        for (z, sum) in z[some.clone()].iter_mut().zip(sums) {
            *z = if kept { *z + factor * *sum } else { factor * *sum };
        }
    }
}
