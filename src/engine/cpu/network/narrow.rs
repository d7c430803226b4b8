//! Products with narrow matrices, whose columns fit a few vectors: small networks are made of them, and there packing
//! matrices for a general product costs as much as the product itself.

use super::super::instruction::Lanes;
use super::micro_kernel::{self, Becomes, LANES, Strided};
use super::product::Product;
use super::vector::fuses;
use super::wide::{put, widen};

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

    /// The sums of products of A's numbers with the matrix, whose rows have so many `lanes`.
    fn multiply(&mut self, a: Strided<'_, T, 1>, inner: usize, lanes: usize) {
        let columns = lanes / LANES;
        let b = Strided::new(self.wide.as_chunks().0, columns);
        micro_kernel::product((a, b), inner, (self.sums.as_chunks_mut().0, columns), Becomes::Product(T::ONE));
    }
}

/// Lanes of whole elements that hold the columns.
fn lanes(columns: usize) -> usize {
    columns.next_multiple_of(LANES)
}

/// z = `factor`·AB, with B by rows; added to z where it is `kept`.
pub fn product<T: Product>(a: &[T], b: &[T], factor: T, kept: bool, z: &mut [T], inner: usize, room: &mut Room<T>) {
    let columns = b.len() / inner;
    let (rows, lanes) = (z.len() / columns, lanes(columns));
    room.make(inner * lanes, rows * lanes);
    widen(b, columns, &(0..columns), &mut room.wide, lanes);
    room.multiply(Strided::new(a[..rows * inner].as_chunks().0, inner), inner, lanes);
    put((&room.sums, lanes), factor, kept, (z, columns), &(0..columns));
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
    room.multiply(Strided::new(a[..rows * inner].as_chunks().0, inner), inner, lanes);
    put((&room.sums, lanes), factor, false, (z, columns), &(0..columns));
}

/// C = `factor`·AᵀB; added to C where it is `kept`.
pub fn gradient<T: Product>(a: &[T], b: &[T], factor: T, kept: bool, c: &mut [T], rows: usize, room: &mut Room<T>) {
    let (inputs, columns) = (a.len() / rows, b.len() / rows);
    if columns == 1 && inputs <= MOST_COLUMNS {
        // One column would leave all lanes but one idle: the same product from the other side has a lane per input.
        let lanes = lanes(inputs);
        room.make(rows * lanes, lanes);
        widen(a, inputs, &(0..inputs), &mut room.wide, lanes);
        room.multiply(Strided::new(b.as_chunks().0, 1).transposed(), rows, lanes);
        return put((&room.sums, lanes), factor, kept, (c, inputs), &(0..inputs));
    }
    let lanes = lanes(columns);
    room.make(rows * lanes, inputs * lanes);
    widen(b, columns, &(0..columns), &mut room.wide, lanes);
    room.multiply(Strided::new(a.as_chunks().0, inputs).transposed(), rows, lanes);
    put((&room.sums, lanes), factor, kept, (c, columns), &(0..columns));
}
