//! Products with inputs that are mostly 0, as the black of pictures is: only the others are multiplied.
//!
//! Inputs are taken in blocks whose weights fit the first-level cache; within a block each row's numbers meet a few
//! vectors of outputs that stay in registers.

use super::super::instruction::Lanes;
use super::product::Product;
use super::vector::{Vector, Work, fuses};
use super::wide::{put, widen};
use std::ops::Range;

/// Inputs of rows that are not 0.
pub struct Sparse<T> {
    inputs: usize,
    /// Those of a block.
    block: usize,
    /// For each row where its numbers of each block begin, and where the last one's end.
    starts: Vec<u32>,
    /// Place within the block.
    places: Vec<u8>,
    values: Vec<T>,
}

/// Inputs of a block, at most, with numbers of so many bytes: with 64 outputs 40 or 48 KiB of weights. Those of smaller ones are nearer,
/// but a row has few numbers in each, and where they end processors guess wrong: 96 in f32 take a tenth longer.
const fn most_inputs(bytes: usize) -> usize {
    if bytes == size_of::<f32>() { 160 } else { 96 }
}
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
        // As large as each other.
        let block = inputs.div_ceil(inputs.div_ceil(most_inputs(size_of::<T>())));
        let (places, values) = (Vec::with_capacity(filled), Vec::with_capacity(filled));
        let mut sparse = Self { inputs, block, starts: vec![0], places, values };
        for row in dense.chunks_exact(inputs) {
            for block in row.chunks(block) {
                for (place, value) in block.iter().enumerate().filter(|(_, value)| **value != T::ZERO) {
                    sparse.places.push(place as u8);
                    sparse.values.push(*value);
                }
                sparse.starts.push(sparse.values.len() as u32);
            }
        }
        Some(sparse)
    }

    /// None.
    pub fn empty() -> Self {
        Self { inputs: 0, block: 1, starts: Vec::new(), places: Vec::new(), values: Vec::new() }
    }

    /// Becomes a copy of listed rows of another, one after the other: of a large set they lie far from each other, and to wait for
    /// each of them, block by block, takes several times as long as what is done with them.
    pub fn pick(&mut self, from: &Self, rows: &[u32]) {
        (self.inputs, self.block) = (from.inputs, from.block);
        self.starts.clear();
        self.places.clear();
        self.values.clear();
        self.starts.push(0);
        let blocks = from.blocks();
        for row in rows {
            let starts = &from.starts[*row as usize * blocks..][..=blocks];
            let (first, base) = (starts[0], self.values.len() as u32);
            let range = first as usize..starts[blocks] as usize;
            self.starts.extend(starts[1..].iter().map(|start| start - first + base));
            self.places.extend_from_slice(&from.places[range.clone()]);
            self.values.extend_from_slice(&from.values[range]);
        }
    }

    fn rows(&self) -> usize {
        (self.starts.len() - 1) / self.blocks()
    }

    fn blocks(&self) -> usize {
        self.inputs.div_ceil(self.block)
    }

    /// Where the numbers of a block's inputs lie, so many for each.
    #[inline(always)]
    fn range(&self, block: usize, lanes: usize) -> Range<usize> {
        block * self.block * lanes..((block + 1) * self.block).min(self.inputs) * lanes
    }

    /// A row's numbers of a block: places and values.
    #[inline(always)]
    fn part(&self, row: usize, block: usize) -> (&[u8], &[T]) {
        let at = row * self.blocks() + block;
        let range = self.starts[at] as usize..self.starts[at + 1] as usize;
        (&self.places[range.clone()], &self.values[range])
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

/// Vectors of outputs whose sums are in registers at the same time: with two vectors to make them from, as many as there are at least.
const MOST_VECTORS: usize = 14;

/// Outputs that are computed at once: those of so many vectors as there are loops for.
fn lanes<T: Product>(outputs: usize) -> usize {
    let vectors = outputs.div_ceil(T::wide());
    if vectors > 8 { MOST_VECTORS * T::wide() } else { vectors * T::wide() }
}

/// Calls a function for as many vectors as the lanes are.
macro_rules! for_vectors {
    ($this:ident.$function:ident::<$vector:ident>()) => {
        match $this.lanes / $vector::WIDE {
            1 => $this.$function::<$vector, 1>(),
            2 => $this.$function::<$vector, 2>(),
            3 => $this.$function::<$vector, 3>(),
            4 => $this.$function::<$vector, 4>(),
            5 => $this.$function::<$vector, 5>(),
            6 => $this.$function::<$vector, 6>(),
            7 => $this.$function::<$vector, 7>(),
            8 => $this.$function::<$vector, 8>(),
            _ => $this.$function::<$vector, MOST_VECTORS>(),
        }
    };
}

/// z = `factor`·XW; added to z where it is `kept`.
pub fn forward<T: Product>(x: &Sparse<T>, weights: &[T], factor: T, kept: bool, z: &mut [T], room: &mut Room<T>) {
    let outputs = z.len() / x.rows().max(1);
    let lanes = lanes::<T>(outputs);
    room.weights.resize(x.inputs * lanes, T::ZERO);
    room.sums.resize(x.rows() * lanes, T::ZERO);
    for first in (0..outputs).step_by(lanes) {
        let some = first..(first + lanes).min(outputs);
        if !room.has_weights {
            widen(weights, outputs, &some, &mut room.weights, lanes);
            room.has_weights = some.len() == outputs;
        }
        room.sums.fill(T::ZERO);
        T::work(Gather { x, weights: &room.weights, sums: &mut room.sums, lanes });
        put((&room.sums, lanes), factor, kept, (z, outputs), &some);
    }
}

/// W's gradient `factor`·Xᵀδ from the slopes δ of X's rows; added to what there is where it is `kept`.
pub fn backward<T: Product>(
    x: &Sparse<T>,
    slopes: &[T],
    factor: T,
    kept: bool,
    gradient: &mut [T],
    room: &mut Room<T>,
) {
    let outputs = gradient.len() / x.inputs;
    let lanes = lanes::<T>(outputs);
    room.gradient.resize(x.inputs * lanes, T::ZERO);
    room.sums.resize(x.rows() * lanes, T::ZERO);
    for first in (0..outputs).step_by(lanes) {
        let some = first..(first + lanes).min(outputs);
        widen(slopes, outputs, &some, &mut room.sums, lanes);
        room.gradient.fill(T::ZERO);
        T::work(Scatter { x, slopes: &room.sums, gradient: &mut room.gradient, lanes });
        put((&room.gradient, lanes), factor, kept, (gradient, outputs), &some);
    }
}

/// Sums of products of each row's numbers with the weights' rows of their places.
struct Gather<'a, T> {
    x: &'a Sparse<T>,
    weights: &'a [T],
    sums: &'a mut [T],
    lanes: usize,
}

impl<T: Product> Work<T> for Gather<'_, T> {
    #[inline(always)]
    fn work<V: Vector<Number = T>>(self) {
        for_vectors!(self.gather::<V>());
    }
}

impl<T: Product> Gather<'_, T> {
    /// Two rows at a time, where registers are left: a sum waits for the one before it, and a few vectors do not fill that time.
    #[inline(always)]
    fn gather<V: Vector<Number = T>, const C: usize>(self) {
        let lanes = C * V::WIDE;
        let rows = self.x.rows();
        let pairs = if 2 * C + 3 <= V::REGISTERS { rows / 2 } else { 0 };
        for block in 0..self.x.blocks() {
            let weights = &self.weights[self.x.range(block, lanes)];
            let (in_pairs, rest) = self.sums.split_at_mut(2 * pairs * lanes);
            for (pair, sums) in in_pairs.chunks_exact_mut(2 * lanes).enumerate() {
                self.x.add_rows::<V, C, 2>(([2 * pair, 2 * pair + 1], block), weights, sums);
            }
            for (row, sums) in (2 * pairs..rows).zip(rest.chunks_exact_mut(lanes)) {
                self.x.add_rows::<V, C, 1>(([row], block), weights, sums);
            }
        }
    }
}

/// The gradient of weights: each row's slopes, times its numbers, go to their places.
struct Scatter<'a, T> {
    x: &'a Sparse<T>,
    slopes: &'a [T],
    gradient: &'a mut [T],
    lanes: usize,
}

impl<T: Product> Work<T> for Scatter<'_, T> {
    #[inline(always)]
    fn work<V: Vector<Number = T>>(self) {
        for_vectors!(self.scatter::<V>());
    }
}

impl<T: Product> Scatter<'_, T> {
    #[inline(always)]
    fn scatter<V: Vector<Number = T>, const C: usize>(self) {
        let lanes = C * V::WIDE;
        for block in 0..self.x.blocks() {
            let gradient = &mut self.gradient[self.x.range(block, lanes)];
            for (row, slopes) in (0..self.x.rows()).zip(self.slopes.chunks_exact(lanes)) {
                self.x.give_row::<V, C>((row, block), slopes, gradient);
            }
        }
    }
}

#[allow(unsafe_code, reason = "vectors are loaded from pointers")]
#[allow(clippy::needless_range_loop, reason = "indices of several lists")]
impl<T: Product> Sparse<T> {
    /// Adds the parts of R rows of a block, times the weights of the block, to their sums, of C vectors each.
    #[inline(always)]
    fn add_rows<V: Vector<Number = T>, const C: usize, const R: usize>(
        &self,
        (rows, block): ([usize; R], usize),
        weights: &[T],
        sums: &mut [T],
    ) {
        let lanes = C * V::WIDE;
        // Not by `map`, whose closure compilers leave a call.
        let mut parts = [(&[][..], &[][..]); R];
        for r in 0..R {
            parts[r] = self.part(rows[r], block);
        }
        let sums = sums[..R * lanes].as_mut_ptr();
        assert!(weights.len() >= self.range(block, lanes).len(), "the weights of a block");
        let weights = weights.as_ptr();
        // Sound: whoever calls this was given its vector. Places lie in their block, as `new` has made them, and weights hold
        // the block.
        unsafe {
            let mut sum = [[V::all(T::ZERO); C]; R];
            for r in 0..R {
                for c in 0..C {
                    sum[r][c] = V::load(sums.add(r * lanes + c * V::WIDE));
                }
            }
            let both = parts.iter().map(|(places, _)| places.len()).min().unwrap_or(0);
            for at in 0..both {
                for r in 0..R {
                    let (places, values) = parts[r];
                    let from = weights.add(usize::from(*places.get_unchecked(at)) * lanes);
                    add(&mut sum[r], *values.get_unchecked(at), from);
                }
            }
            for r in 0..R {
                let (places, values) = parts[r];
                for (place, value) in places[both..].iter().zip(&values[both..]) {
                    add(&mut sum[r], *value, weights.add(usize::from(*place) * lanes));
                }
                for c in 0..C {
                    sum[r][c].store(sums.add(r * lanes + c * V::WIDE));
                }
            }
        }
    }

    /// Adds a row's slopes, times its part of a block, to the gradient of the block.
    #[inline(always)]
    fn give_row<V: Vector<Number = T>, const C: usize>(
        &self,
        (row, block): (usize, usize),
        slopes: &[T],
        gradient: &mut [T],
    ) {
        let (places, values) = self.part(row, block);
        let slopes = &slopes[..C * V::WIDE];
        assert!(gradient.len() >= self.range(block, C * V::WIDE).len(), "the gradient of a block");
        // Sound: as in `add_rows`.
        unsafe {
            let mut slope = [V::all(T::ZERO); C];
            for (c, slope) in slope.iter_mut().enumerate() {
                *slope = V::load(slopes.as_ptr().add(c * V::WIDE));
            }
            for (place, value) in places.iter().zip(values) {
                let value = V::all(*value);
                let own = gradient.as_mut_ptr().add(usize::from(*place) * C * V::WIDE);
                for (c, slope) in slope.iter().enumerate() {
                    let own = own.add(c * V::WIDE);
                    value.times_plus(*slope, V::load(own)).store(own);
                }
            }
        }
    }
}

/// Adds a number times C vectors.
///
/// # Safety
/// As [`Vector::load`].
#[inline(always)]
#[allow(unsafe_code, reason = "vectors are loaded from pointers")]
unsafe fn add<V: Vector, const C: usize>(sum: &mut [V; C], value: V::Number, from: *const V::Number) {
    unsafe {
        let value = V::all(value);
        for (c, sum) in sum.iter_mut().enumerate() {
            *sum = value.times_plus(V::load(from.add(c * V::WIDE)), *sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Room, Sparse, backward, forward, fuses};

    const INPUTS: usize = 200;

    /// A number that depends on its place alone; of inputs three of four are 0.
    fn number(at: usize) -> f64 {
        (at * 7919 % 1009) as f64 / 1009.0 - 0.4
    }

    fn inputs(rows: usize) -> Vec<f64> {
        (0..rows * INPUTS).map(|at| if at * 31 % 97 < 24 && at / INPUTS != 2 { number(at) } else { 0.0 }).collect()
    }

    /// Sums of products from the first to the last, each added with one rounding.
    fn sum(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
        pairs.fold(0.0, |sum, (a, b)| a.mul_add(b, sum))
    }

    /// Every number of vectors, one row too many for pairs, a row without numbers, rows that are taken twice.
    #[test]
    fn products_are_those_of_whole_matrices() {
        if !fuses() {
            return;
        }
        let dense = inputs(9);
        let all = Sparse::new(&dense, INPUTS).expect("mostly 0");
        let list = [8, 2, 0, 5, 5, 7, 1];
        let mut x = Sparse::empty();
        x.pick(&all, &list);
        for outputs in [1, 10, 17, 24, 33, 40, 50, 64, 100, 130] {
            let weights: Vec<f64> = (0..INPUTS * outputs).map(number).collect();
            let slopes: Vec<f64> = (0..list.len() * outputs).map(|at| number(at + 5)).collect();
            let at = |row: usize, input: usize| dense[list[row] as usize * INPUTS + input];
            let (mut z, mut room) = (slopes.clone(), Room::new());
            forward(&x, &weights, 0.5, true, &mut z, &mut room);
            let mut gradient = weights.clone();
            backward(&x, &slopes, 0.5, false, &mut gradient, &mut room);
            for output in 0..outputs {
                for row in 0..list.len() {
                    let own = sum((0..INPUTS).map(|input| (at(row, input), weights[input * outputs + output])));
                    assert_eq!(z[row * outputs + output], slopes[row * outputs + output] + 0.5 * own, "{outputs}");
                }
                for input in 0..INPUTS {
                    let own = sum((0..list.len()).map(|row| (at(row, input), slopes[row * outputs + output])));
                    assert_eq!(gradient[input * outputs + output], 0.5 * own, "{outputs}");
                }
            }
        }
    }
}
