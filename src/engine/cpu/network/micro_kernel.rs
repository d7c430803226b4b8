//! Products of small matrices whose elements are [`LANES`] numbers wide, a block of sums at a time in the processor's registers.
//!
//! Compilers left to find vectors by themselves keep sums in memory, or spend six instructions on each multiplication and addition.
//! So vectors are named here, in functions that are the same but for their names. What the blocks of other libraries of this kind
//! do (`matrixmultiply`), and these do not, is to copy matrices together first: small ones lie in the first-level cache anyway.

use super::super::instruction::Lanes;
use crate::expr::Real;

/// Numbers of an element: as many as a vector of f32 has at most.
pub const LANES: usize = 16;

/// A number of each lane.
pub type Lane<T> = [T; LANES];

/// A list of elements that are 0.
pub fn zeros<T: Real>(count: usize) -> Lanes<Lane<T>> {
    Lanes::from_iter(0, std::iter::repeat_n([T::ZERO; LANES], count))
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
pub fn product<T: Blocks, const M: usize>(
    (a, b): (Strided<'_, T, M>, Strided<'_, T, LANES>),
    inner: usize,
    (c, columns): (&mut [Lane<T>], usize),
    becomes: Becomes<T>,
) {
    let rows = c.len() / columns;
    assert!(a.holds(rows, inner) && b.holds(inner, columns), "lists hold their matrices");
    assert!(M == 1 || M == LANES, "a number for all lanes or one for each");
    let own = c.as_mut_ptr().cast();
    T::blocks(&Task { a: a.place(), each: M == LANES, b: b.place(), c: own, rows, inner, columns, becomes });
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
pub struct Task<T> {
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

/// A precision with blocks of its own on this processor.
pub trait Blocks: Copy {
    /// Works a product off.
    fn blocks(task: &Task<Self>);
}

/// Blocks of one precision and one set of instructions: `wide` numbers in a vector, and as many rows and columns of sums as leave
/// registers for what they are multiplied from. Single columns are taken eight rows at a time, as a sum waits for the one before it.
macro_rules! blocks {
    ($name:ident: $features:literal, $number:ty, wide $wide:literal, ($rows:literal, $columns:literal),
     $load:ident, $all:ident, $times:ident, $plus:ident, $store:ident, |$left:ident, $right:ident, $sum:ident| $fused:expr) => {
        #[allow(
            unsafe_code,
            reason = "vectors of the processor are loaded from pointers; `product` has checked all sizes"
        )]
        mod $name {
            use super::super::{Becomes, LANES, Task};
            use super::arch;
            use super::arch::{$all, $load, $plus, $store, $times};

            /// # Safety
            /// The task is that of `product`, and the processor has these instructions.
            #[target_feature(enable = $features)]
            pub unsafe fn product(task: &Task<$number>) {
                // Sound: as this function.
                unsafe { if task.each { all::<true>(task) } else { all::<false>(task) } }
            }

            #[target_feature(enable = $features)]
            unsafe fn all<const EACH: bool>(task: &Task<$number>) {
                let in_blocks = task.columns / $columns * $columns;
                // Sound: no block begins or ends outside of C.
                unsafe {
                    for row in (0..task.rows / $rows * $rows).step_by($rows) {
                        for column in (0..in_blocks).step_by($columns) {
                            block::<EACH, $rows, $columns>(task, row, column);
                        }
                    }
                    for row in task.rows / $rows * $rows..task.rows {
                        for column in (0..in_blocks).step_by($columns) {
                            block::<EACH, 1, $columns>(task, row, column);
                        }
                    }
                    for column in in_blocks..task.columns {
                        for row in (0..task.rows / 8 * 8).step_by(8) {
                            block::<EACH, 8, 1>(task, row, column);
                        }
                        for row in task.rows / 8 * 8..task.rows {
                            block::<EACH, 1, 1>(task, row, column);
                        }
                    }
                }
            }

            #[target_feature(enable = $features)]
            #[allow(clippy::needless_range_loop, reason = "indices of three matrices")]
            unsafe fn block<const EACH: bool, const R: usize, const C: usize>(
                task: &Task<$number>,
                row: usize,
                column: usize,
            ) {
                for lane in (0..LANES).step_by($wide) {
                    // Sound: elements of rows below `rows` and columns below `columns`, which lists hold up to `inner`. Behind the
                    // last step the two pointers are not read.
                    unsafe {
                        let own =
                            |r: usize, c: usize| task.c.add(((row + r) * task.columns + column + c) * LANES + lane);
                        let mut sums = [[$all(0.0); C]; R];
                        if let Becomes::Continued = task.becomes {
                            for r in 0..R {
                                for c in 0..C {
                                    sums[r][c] = $load(own(r, c));
                                }
                            }
                        }
                        let mut a = task.a.first.add(row * task.a.row + if EACH { lane } else { 0 });
                        let mut b = task.b.first.add(column * task.b.column + lane);
                        for _ in 0..task.inner {
                            let mut right = [$all(0.0); C];
                            for c in 0..C {
                                right[c] = $load(b.add(c * task.b.column));
                            }
                            for r in 0..R {
                                let from = a.add(r * task.a.row);
                                let $left = if EACH { $load(from) } else { $all(*from) };
                                for c in 0..C {
                                    let ($right, $sum) = (right[c], sums[r][c]);
                                    sums[r][c] = $fused;
                                }
                            }
                            a = a.wrapping_add(task.a.column);
                            b = b.wrapping_add(task.b.row);
                        }
                        for r in 0..R {
                            for c in 0..C {
                                let (own, sum) = (own(r, c), sums[r][c]);
                                let becomes = match task.becomes {
                                    Becomes::Product(factor) => $times($all(factor), sum),
                                    Becomes::Added(factor) => $plus($load(own), $times($all(factor), sum)),
                                    Becomes::Continued => sum,
                                };
                                $store(own, becomes);
                            }
                        }
                    }
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
mod processor {
    use super::{Blocks, Task};
    use std::arch::{is_x86_feature_detected, x86_64 as arch};

    blocks!(wide_f32: "avx512f", f32, wide 16, (4, 4), _mm512_loadu_ps, _mm512_set1_ps, _mm512_mul_ps, _mm512_add_ps,
        _mm512_storeu_ps, |left, right, sum| arch::_mm512_fmadd_ps(left, right, sum));
    blocks!(wide_f64: "avx512f", f64, wide 8, (4, 4), _mm512_loadu_pd, _mm512_set1_pd, _mm512_mul_pd, _mm512_add_pd,
        _mm512_storeu_pd, |left, right, sum| arch::_mm512_fmadd_pd(left, right, sum));
    blocks!(half_f32: "avx2,fma", f32, wide 8, (4, 3), _mm256_loadu_ps, _mm256_set1_ps, _mm256_mul_ps, _mm256_add_ps,
        _mm256_storeu_ps, |left, right, sum| arch::_mm256_fmadd_ps(left, right, sum));
    blocks!(half_f64: "avx2,fma", f64, wide 4, (4, 3), _mm256_loadu_pd, _mm256_set1_pd, _mm256_mul_pd, _mm256_add_pd,
        _mm256_storeu_pd, |left, right, sum| arch::_mm256_fmadd_pd(left, right, sum));

    macro_rules! precision {
        ($number:ty: $wide:ident, $half:ident) => {
            impl Blocks for $number {
                #[allow(unsafe_code, reason = "instructions that the processor has")]
                fn blocks(task: &Task<Self>) {
                    // Sound: the instructions are there, as asked, and a task is made by `product` alone.
                    if is_x86_feature_detected!("avx512f") {
                        unsafe { $wide::product(task) }
                    } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                        unsafe { $half::product(task) }
                    } else {
                        unreachable!("asked of a processor without fused multiplication and addition")
                    }
                }
            }
        };
    }
    precision!(f32: wide_f32, half_f32);
    precision!(f64: wide_f64, half_f64);
}

#[cfg(target_arch = "aarch64")]
mod processor {
    use super::{Blocks, Task};
    use std::arch::aarch64 as arch;

    blocks!(neon_f32: "neon", f32, wide 4, (4, 4), vld1q_f32, vdupq_n_f32, vmulq_f32, vaddq_f32, vst1q_f32,
        |left, right, sum| arch::vfmaq_f32(sum, left, right));
    blocks!(neon_f64: "neon", f64, wide 2, (4, 4), vld1q_f64, vdupq_n_f64, vmulq_f64, vaddq_f64, vst1q_f64,
        |left, right, sum| arch::vfmaq_f64(sum, left, right));

    macro_rules! precision {
        ($number:ty: $neon:ident) => {
            impl Blocks for $number {
                #[allow(unsafe_code, reason = "instructions that the processor has")]
                fn blocks(task: &Task<Self>) {
                    // Sound: all these processors have them, and a task is made by `product` alone.
                    unsafe { $neon::product(task) }
                }
            }
        };
    }
    precision!(f32: neon_f32);
    precision!(f64: neon_f64);
}

/// Other processors are not asked: whoever has narrow products asks [`fuses`](super::sparse::fuses) first.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod processor {
    use super::{Blocks, Task};

    impl Blocks for f32 {
        fn blocks(_: &Task<Self>) {
            unreachable!("no blocks for this processor")
        }
    }

    impl Blocks for f64 {
        fn blocks(_: &Task<Self>) {
            unreachable!("no blocks for this processor")
        }
    }
}
