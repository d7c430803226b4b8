//! Products with inputs that are mostly 0, as the black of pictures is: only the others are multiplied.
//!
//! Inputs are taken in blocks whose weights fit the first-level cache; within a block each row's numbers meet a few
//! vectors of outputs that stay in registers.

use super::super::instruction::Lanes;
use super::product::Product;
use multiversion::multiversion;
use std::ops::Range;

/// Inputs of all rows that are not 0.
pub struct Sparse<T> {
    inputs: usize,
    /// For each row where its numbers of each block begin, and where the last one's end.
    starts: Vec<u32>,
    /// Place within the block.
    places: Vec<u8>,
    values: Vec<T>,
}

/// Inputs per block: with 64 outputs in f32, 24 KiB of weights.
const BLOCK: usize = 96;
/// Above this share of numbers that are not 0, products of whole matrices are faster (measured).
const MAX_SHARE: f64 = 0.4;
/// Below this many inputs there is nothing to gain.
const MIN_INPUTS: usize = 64;

impl<T: Product> Sparse<T> {
    /// The inputs of `rows`, where it is worth it.
    pub fn new(dense: &[T], inputs: usize) -> Option<Self> {
        let filled = dense.iter().filter(|value| **value != T::ZERO).count();
        let worth = inputs >= MIN_INPUTS && (filled as f64) < MAX_SHARE * dense.len() as f64;
        if !worth || !fuses() || u32::try_from(filled).is_err() {
            return None;
        }
        let mut sparse =
            Self { inputs, starts: vec![0], places: Vec::with_capacity(filled), values: Vec::with_capacity(filled) };
        for row in dense.chunks_exact(inputs) {
            for block in row.chunks(BLOCK) {
                for (place, value) in block.iter().enumerate().filter(|(_, value)| **value != T::ZERO) {
                    sparse.places.push(place as u8);
                    sparse.values.push(*value);
                }
                sparse.starts.push(sparse.values.len() as u32);
            }
        }
        Some(sparse)
    }

    fn blocks(&self) -> usize {
        self.inputs.div_ceil(BLOCK)
    }

    /// A row's numbers of a block: places and values.
    #[inline(always)]
    fn part(&self, row: usize, block: usize) -> (&[u8], &[T]) {
        let at = row * self.blocks() + block;
        let range = self.starts[at] as usize..self.starts[at + 1] as usize;
        (&self.places[range.clone()], &self.values[range])
    }
}

/// Whether the processor has the fused multiplication and addition that these loops are made of.
pub fn fuses() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        cfg!(target_arch = "aarch64")
    }
}

/// Room for products with one matrix of weights.
pub struct Room<T> {
    /// The weights, their rows as wide as whole vectors; and whether they are there: many rows of a set meet the same ones.
    weights: Lanes<T>,
    has_weights: bool,
    /// Their gradient likewise.
    gradient: Lanes<T>,
    sums: Lanes<T>,
}

impl<T: Product> Room<T> {
    pub fn new() -> Self {
        Self { weights: Lanes::new(0), has_weights: false, gradient: Lanes::new(0), sums: Lanes::new(0) }
    }

    /// The weights may have changed.
    pub fn forget_weights(&mut self) {
        self.has_weights = false;
    }
}

/// Outputs that are computed at once.
fn lanes(outputs: usize) -> usize {
    [16, 32].into_iter().find(|lanes| outputs <= *lanes).unwrap_or(64)
}

/// z = `factor`·XW for the listed rows of X; added to z where it is `kept`.
pub fn forward<T: Product>(
    x: &Sparse<T>,
    rows: &[u32],
    weights: &[T],
    factor: T,
    kept: bool,
    z: &mut [T],
    room: &mut Room<T>,
) {
    let outputs = z.len() / rows.len().max(1);
    let lanes = lanes(outputs);
    room.weights.resize(x.inputs * lanes, T::ZERO);
    room.sums.resize(rows.len() * lanes, T::ZERO);
    for first in (0..outputs).step_by(lanes) {
        let some = first..(first + lanes).min(outputs);
        if !room.has_weights {
            widen(weights, outputs, &some, &mut room.weights, lanes);
            room.has_weights = some.len() == outputs;
        }
        room.sums.fill(T::ZERO);
        match lanes {
            16 => gather::<T, 16>(x, rows, &room.weights, &mut room.sums),
            32 => gather::<T, 32>(x, rows, &room.weights, &mut room.sums),
            _ => gather::<T, 64>(x, rows, &room.weights, &mut room.sums),
        }
        for (z, sums) in z.chunks_exact_mut(outputs).zip(room.sums.chunks_exact(lanes)) {
            for (z, sum) in z[some.clone()].iter_mut().zip(sums) {
                *z = if kept { *z + factor * *sum } else { factor * *sum };
            }
        }
    }
}

/// W's gradient `factor`·Xᵀδ from the slopes δ of the listed rows; added to what there is where it is `kept`.
pub fn backward<T: Product>(
    x: &Sparse<T>,
    rows: &[u32],
    slopes: &[T],
    factor: T,
    kept: bool,
    gradient: &mut [T],
    room: &mut Room<T>,
) {
    let outputs = gradient.len() / x.inputs;
    let lanes = lanes(outputs);
    room.gradient.resize(x.inputs * lanes, T::ZERO);
    room.sums.resize(rows.len() * lanes, T::ZERO);
    for first in (0..outputs).step_by(lanes) {
        let some = first..(first + lanes).min(outputs);
        widen(slopes, outputs, &some, &mut room.sums, lanes);
        room.gradient.fill(T::ZERO);
        match lanes {
            16 => scatter::<T, 16>(x, rows, &room.sums, &mut room.gradient),
            32 => scatter::<T, 32>(x, rows, &room.sums, &mut room.gradient),
            _ => scatter::<T, 64>(x, rows, &room.sums, &mut room.gradient),
        }
        for (own, wide) in gradient.chunks_exact_mut(outputs).zip(room.gradient.chunks_exact(lanes)) {
            for (own, wide) in own[some.clone()].iter_mut().zip(wide) {
                *own = if kept { *own + factor * *wide } else { factor * *wide };
            }
        }
    }
}

/// Some columns of a matrix, each row as wide as whole vectors.
pub fn widen<T: Product>(values: &[T], columns: usize, some: &Range<usize>, wide: &mut [T], lanes: usize) {
    match lanes {
        16 => widen_to::<T, 16>(values, columns, some, wide),
        32 => widen_to::<T, 32>(values, columns, some, wide),
        48 => widen_to::<T, 48>(values, columns, some, wide),
        _ => widen_to::<T, 64>(values, columns, some, wide),
    }
}

/// A copy of known length needs no call: so what lies behind a row is taken along, as long as something does, and then cleared.
fn widen_to<T: Product, const N: usize>(values: &[T], columns: usize, some: &Range<usize>, wide: &mut [T]) {
    for (row, to) in wide.as_chunks_mut::<N>().0.iter_mut().enumerate().take(values.len() / columns) {
        let from = row * columns + some.start;
        match values[from..].first_chunk::<N>() {
            Some(whole) => *to = *whole,
            None => to[..some.len()].copy_from_slice(&values[from..from + some.len()]),
        }
        to[some.len()..].fill(T::ZERO);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn gather<T: Product, const N: usize>(x: &Sparse<T>, rows: &[u32], wide: &[T], sums: &mut [T]) {
    let (wide, _) = wide.as_chunks::<N>();
    let (sums, _) = sums.as_chunks_mut::<N>();
    for block in 0..x.blocks() {
        let weights = &wide[block * BLOCK..(block * BLOCK + BLOCK).min(x.inputs)];
        for (row, kept) in rows.iter().zip(sums.iter_mut()) {
            let (places, values) = x.part(*row as usize, block);
            let mut sum = *kept;
            for (place, value) in places.iter().zip(values) {
                let weights = &weights[usize::from(*place)];
                for (sum, weight) in sum.iter_mut().zip(weights) {
                    *sum = value.times_plus(*weight, *sum);
                }
            }
            *kept = sum;
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn scatter<T: Product, const N: usize>(x: &Sparse<T>, rows: &[u32], slopes: &[T], wide: &mut [T]) {
    let (slopes, _) = slopes.as_chunks::<N>();
    let (wide, _) = wide.as_chunks_mut::<N>();
    for block in 0..x.blocks() {
        let end = (block * BLOCK + BLOCK).min(x.inputs);
        let gradient = &mut wide[block * BLOCK..end];
        for (row, slopes) in rows.iter().zip(slopes) {
            let (places, values) = x.part(*row as usize, block);
            for (place, value) in places.iter().zip(values) {
                let own = &mut gradient[usize::from(*place)];
                for (own, slope) in own.iter_mut().zip(slopes) {
                    *own = value.times_plus(*slope, *own);
                }
            }
        }
    }
}
