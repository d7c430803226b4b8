//! Vectors of the processor, by name: where many sums are under way, compilers left to find vectors by themselves keep sums in memory.
//!
//! A [`Work`] is written once for all vectors, and compiled for those of every set of instructions. Which one runs is chosen here.

use crate::expr::Real;

/// A vector of one set of instructions.
#[allow(unsafe_code, reason = "to be asked only where the processor has these instructions")]
pub trait Vector: Copy {
    /// What it is made of.
    type Number: Real;
    /// Numbers in it.
    const WIDE: usize = size_of::<Self>() / size_of::<Self::Number>();
    /// How many there are.
    const REGISTERS: usize;

    /// The numbers from a place on, which need not be aligned.
    ///
    /// # Safety
    /// As for all that follow, only the [`Work`] that was given this vector may ask; and the numbers are there to be read.
    unsafe fn load(from: *const Self::Number) -> Self;

    /// Writes them.
    ///
    /// # Safety
    /// As [`Vector::load`]; and there is room to write.
    unsafe fn store(self, to: *mut Self::Number);

    /// One number everywhere.
    ///
    /// # Safety
    /// As [`Vector::load`].
    unsafe fn all(number: Self::Number) -> Self;

    /// `self`·`factor` + `sum`, rounded once.
    ///
    /// # Safety
    /// As [`Vector::load`].
    unsafe fn times_plus(self, factor: Self, sum: Self) -> Self;

    /// `self`·`factor`.
    ///
    /// # Safety
    /// As [`Vector::load`].
    unsafe fn times(self, factor: Self) -> Self;

    /// `self` + `other`.
    ///
    /// # Safety
    /// As [`Vector::load`].
    unsafe fn plus(self, other: Self) -> Self;
}

/// What is done with vectors of T.
pub trait Work<T> {
    /// Does it. Must be `inline(always)`: only so do the instructions of vectors take the place of calls.
    fn work<V: Vector<Number = T>>(self);
}

/// A precision with vectors.
pub trait Vectors: Copy {
    /// Numbers in the widest vectors that the processor has.
    fn wide() -> usize;

    /// Does a work with them.
    ///
    /// # Panics
    /// Where multiplication and addition are not [fused](fuses).
    fn work(work: impl Work<Self>);
}

/// Whether the processor has the fused multiplication and addition that vectors are for.
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

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! vector {
    ($vector:ident of $number:ty, $registers:literal: $load:ident $store:ident $all:ident $times:ident $plus:ident,
     |$a:ident, $b:ident, $sum:ident| $fused:expr) => {
        #[allow(unsafe_code, reason = "instructions that the processor has, as whoever calls has found out")]
        impl Vector for arch::$vector {
            type Number = $number;
            const REGISTERS: usize = $registers;

            #[inline(always)]
            unsafe fn load(from: *const $number) -> Self {
                unsafe { arch::$load(from) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $number) {
                unsafe { arch::$store(to, self) }
            }

            #[inline(always)]
            unsafe fn all(number: $number) -> Self {
                unsafe { arch::$all(number) }
            }

            #[inline(always)]
            unsafe fn times_plus(self, $b: Self, $sum: Self) -> Self {
                let $a = self;
                unsafe { $fused }
            }

            #[inline(always)]
            unsafe fn times(self, factor: Self) -> Self {
                unsafe { arch::$times(self, factor) }
            }

            #[inline(always)]
            unsafe fn plus(self, other: Self) -> Self {
                unsafe { arch::$plus(self, other) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
mod processor {
    use super::{Vector, Vectors, Work, fuses};
    use std::arch::{is_x86_feature_detected, x86_64 as arch};

    vector!(__m512 of f32, 32: _mm512_loadu_ps _mm512_storeu_ps _mm512_set1_ps _mm512_mul_ps _mm512_add_ps,
        |a, b, sum| arch::_mm512_fmadd_ps(a, b, sum));
    vector!(__m512d of f64, 32: _mm512_loadu_pd _mm512_storeu_pd _mm512_set1_pd _mm512_mul_pd _mm512_add_pd,
        |a, b, sum| arch::_mm512_fmadd_pd(a, b, sum));
    vector!(__m256 of f32, 16: _mm256_loadu_ps _mm256_storeu_ps _mm256_set1_ps _mm256_mul_ps _mm256_add_ps,
        |a, b, sum| arch::_mm256_fmadd_ps(a, b, sum));
    vector!(__m256d of f64, 16: _mm256_loadu_pd _mm256_storeu_pd _mm256_set1_pd _mm256_mul_pd _mm256_add_pd,
        |a, b, sum| arch::_mm256_fmadd_pd(a, b, sum));

    #[target_feature(enable = "avx512f")]
    fn wide<V: Vector>(work: impl Work<V::Number>) {
        work.work::<V>();
    }

    #[target_feature(enable = "avx2,fma")]
    fn half<V: Vector>(work: impl Work<V::Number>) {
        work.work::<V>();
    }

    macro_rules! vectors {
        ($number:ty: $wide:ident, $half:ident) => {
            impl Vectors for $number {
                fn wide() -> usize {
                    if is_x86_feature_detected!("avx512f") { arch::$wide::WIDE } else { arch::$half::WIDE }
                }

                #[allow(unsafe_code, reason = "a function for instructions that the processor was found to have")]
                fn work(work: impl Work<Self>) {
                    if is_x86_feature_detected!("avx512f") {
                        // Sound: as found.
                        unsafe { wide::<arch::$wide>(work) }
                    } else {
                        assert!(fuses(), "vectors for fused multiplication and addition");
                        // Sound: as found.
                        unsafe { half::<arch::$half>(work) }
                    }
                }
            }
        };
    }
    vectors!(f32: __m512, __m256);
    vectors!(f64: __m512d, __m256d);
}

/// Every processor of this kind has these vectors.
#[cfg(target_arch = "aarch64")]
mod processor {
    use super::{Vector, Vectors, Work};
    use std::arch::aarch64 as arch;

    vector!(float32x4_t of f32, 32: vld1q_f32 vst1q_f32 vdupq_n_f32 vmulq_f32 vaddq_f32,
        |a, b, sum| arch::vfmaq_f32(sum, a, b));
    vector!(float64x2_t of f64, 32: vld1q_f64 vst1q_f64 vdupq_n_f64 vmulq_f64 vaddq_f64,
        |a, b, sum| arch::vfmaq_f64(sum, a, b));

    impl Vectors for f32 {
        fn wide() -> usize {
            arch::float32x4_t::WIDE
        }

        fn work(work: impl Work<Self>) {
            work.work::<arch::float32x4_t>();
        }
    }

    impl Vectors for f64 {
        fn wide() -> usize {
            arch::float64x2_t::WIDE
        }

        fn work(work: impl Work<Self>) {
            work.work::<arch::float64x2_t>();
        }
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod processor {
    use super::{Vectors, Work};

    impl Vectors for f32 {
        fn wide() -> usize {
            1
        }

        fn work(_: impl Work<Self>) {
            panic!("vectors for fused multiplication and addition");
        }
    }

    impl Vectors for f64 {
        fn wide() -> usize {
            1
        }

        fn work(_: impl Work<Self>) {
            panic!("vectors for fused multiplication and addition");
        }
    }
}
