//! Products with narrow matrices, whose columns fit a few vectors: small networks are made of them, and there packing
//! matrices for a general product costs as much as the product itself.

use super::super::instruction::Lanes;
use super::product::Product;
use super::sparse::{fuses, widen};
use multiversion::multiversion;

/// Columns of a matrix that these products take.
const MOST_COLUMNS: usize = 64;
/// Above this many rows of weights they no longer stay in the first-level cache, and general products are faster
/// (measured).
const MOST_ROWS: usize = 128;

/// Whether a product with a matrix of this size is done here.
pub fn takes(rows: usize, columns: usize) -> bool {
    columns <= MOST_COLUMNS && rows <= MOST_ROWS && fuses()
}

/// Room for the wide copies of matrices.
pub struct Room<T> {
    wide: Lanes<T>,
    sums: Lanes<T>,
}

impl<T: Product> Room<T> {
    pub fn new() -> Self {
        Self { wide: Lanes::new(0), sums: Lanes::new(0) }
    }

    fn make(&mut self, wide: usize, sums: usize) {
        self.wide.resize(wide, T::ZERO);
        self.sums.resize(sums, T::ZERO);
    }
}

/// Calls a function for as many lanes as hold the columns.
macro_rules! for_columns {
    ($columns:expr, $function:ident($($argument:expr),*)) => {
        match $columns {
            0..=16 => $function::<T, 16>($($argument),*),
            17..=32 => $function::<T, 32>($($argument),*),
            _ => $function::<T, 64>($($argument),*),
        }
    };
}

fn lanes(columns: usize) -> usize {
    [16, 32].into_iter().find(|lanes| columns <= *lanes).unwrap_or(64)
}

/// z = `factor`·AB, with B by rows; added to z where it is `kept`.
pub fn product<T: Product>(a: &[T], b: &[T], factor: T, kept: bool, z: &mut [T], inner: usize, room: &mut Room<T>) {
    let columns = b.len() / inner;
    let (rows, lanes) = (z.len() / columns, lanes(columns));
    room.make(inner * lanes, rows * lanes);
    widen(b, columns, &(0..columns), &mut room.wide, lanes);
    for_columns!(columns, multiply(&a[..rows * inner], inner, &room.wide, &mut room.sums));
    put(&room.sums, lanes, factor, kept, z, columns);
}

/// z = `factor`·ABᵀ, with B by rows of as many numbers as A's.
pub fn product_transposed<T: Product>(a: &[T], b: &[T], factor: T, z: &mut [T], inner: usize, room: &mut Room<T>) {
    let columns = b.len() / inner;
    let (rows, lanes) = (z.len() / columns, lanes(columns));
    room.make(inner * lanes, rows * lanes);
    for (at, to) in room.wide.chunks_exact_mut(lanes).enumerate() {
        for (to, row) in to.iter_mut().zip(b.chunks_exact(inner)) {
            *to = row[at];
        }
        to[columns..].fill(T::ZERO);
    }
    for_columns!(columns, multiply(&a[..rows * inner], inner, &room.wide, &mut room.sums));
    put(&room.sums, lanes, factor, false, z, columns);
}

/// C = `factor`·AᵀB; added to C where it is `kept`.
pub fn gradient<T: Product>(a: &[T], b: &[T], factor: T, kept: bool, c: &mut [T], rows: usize, room: &mut Room<T>) {
    let (inputs, columns) = (a.len() / rows, b.len() / rows);
    if columns == 1 && inputs <= MOST_COLUMNS {
        // One column would leave all lanes but one idle: the same product from the other side has a lane per input.
        let lanes = lanes(inputs);
        room.make(rows * lanes, lanes);
        widen(a, inputs, &(0..inputs), &mut room.wide, lanes);
        for_columns!(inputs, transposed_multiply(b, 1, &room.wide, &mut room.sums));
        return put(&room.sums, lanes, factor, kept, c, inputs);
    }
    let lanes = lanes(columns);
    room.make(rows * lanes, inputs * lanes);
    widen(b, columns, &(0..columns), &mut room.wide, lanes);
    for_columns!(columns, transposed_multiply(a, inputs, &room.wide, &mut room.sums));
    put(&room.sums, lanes, factor, kept, c, columns);
}

/// Takes the columns out of their lanes.
fn put<T: Product>(sums: &[T], lanes: usize, factor: T, kept: bool, z: &mut [T], columns: usize) {
    for (z, sums) in z.chunks_exact_mut(columns).zip(sums.chunks_exact(lanes)) {
        for (z, sum) in z.iter_mut().zip(sums) {
            *z = if kept { *z + factor * *sum } else { factor * *sum };
        }
    }
}

/// Rows of A times B, four rows at a time, so that no sum waits for itself. Four sums by name: as one array they would
/// be kept in memory.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn multiply<T: Product, const N: usize>(a: &[T], inner: usize, wide: &[T], sums: &mut [T]) {
    let (wide, _) = wide.as_chunks::<N>();
    let (sums, _) = sums.as_chunks_mut::<N>();
    let (blocks, rest) = sums.as_chunks_mut::<4>();
    let whole = blocks.len() * 4 * inner;
    for (block, rows) in blocks.iter_mut().zip(a.chunks_exact(4 * inner)) {
        let [mut sum0, mut sum1, mut sum2, mut sum3] = [[T::ZERO; N]; 4];
        let (row0, rows) = rows.split_at(inner);
        let (row1, rows) = rows.split_at(inner);
        let (row2, row3) = rows.split_at(inner);
        for ((((weights, a0), a1), a2), a3) in wide.iter().zip(row0).zip(row1).zip(row2).zip(row3) {
            add_product(&mut sum0, *a0, weights);
            add_product(&mut sum1, *a1, weights);
            add_product(&mut sum2, *a2, weights);
            add_product(&mut sum3, *a3, weights);
        }
        *block = [sum0, sum1, sum2, sum3];
    }
    for (out, row) in rest.iter_mut().zip(a[whole..].chunks_exact(inner)) {
        let mut sum = [T::ZERO; N];
        for (value, weights) in row.iter().zip(wide) {
            add_product(&mut sum, *value, weights);
        }
        *out = sum;
    }
}

/// Columns of A times B, four columns at a time; A has rows of `inputs`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn transposed_multiply<T: Product, const N: usize>(a: &[T], inputs: usize, wide: &[T], sums: &mut [T]) {
    let (wide, _) = wide.as_chunks::<N>();
    let (sums, _) = sums.as_chunks_mut::<N>();
    let (blocks, rest) = sums.as_chunks_mut::<4>();
    let whole = blocks.len() * 4;
    for (at, block) in blocks.iter_mut().enumerate() {
        let [mut sum0, mut sum1, mut sum2, mut sum3] = [[T::ZERO; N]; 4];
        for (row, slopes) in a.chunks_exact(inputs).zip(wide) {
            let [a0, a1, a2, a3] = row.as_chunks::<4>().0[at];
            add_product(&mut sum0, a0, slopes);
            add_product(&mut sum1, a1, slopes);
            add_product(&mut sum2, a2, slopes);
            add_product(&mut sum3, a3, slopes);
        }
        *block = [sum0, sum1, sum2, sum3];
    }
    for (at, out) in rest.iter_mut().enumerate() {
        let mut sum = [T::ZERO; N];
        for (row, slopes) in a.chunks_exact(inputs).zip(wide) {
            add_product(&mut sum, row[whole + at], slopes);
        }
        *out = sum;
    }
}

#[inline(always)]
fn add_product<T: Product, const N: usize>(sum: &mut [T; N], value: T, others: &[T; N]) {
    for (sum, other) in sum.iter_mut().zip(others) {
        *sum = value.times_plus(*other, *sum);
    }
}
