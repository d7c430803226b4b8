//! Exponentials, logarithms and angles in plain products, sums and selections, for loops over lanes to vectorise.
//!
//! No branch, no table, no call, no conversion between floating-point numbers and integers of 64 bits (AVX2 has none:
//! whole numbers are read from the bits of a sum with 1.5·2⁵²), and no fused product and sum, which older processors
//! would have to emulate: so the bits are the same on every instruction set and operating system.
//!
//! Largest errors, in units in the last place (seen ones rounded up; `tests/functions.rs` holds them):
//!
//! | | exp | ln | log2 | sin | cos | tan | tanh | power |
//! |---|---|---|---|---|---|---|---|---|
//! | f32 | 1.1 | 1 | 0.51 | 0.51 | 0.51 | 0.51 | 2.7 | 0.54 |
//! | f64 | 1 | 1 | 1 | 1.6 | 1.6 | 2 | 2.7 | `libm` |
//!
//! Angles and powers of `f32` are computed in `f64` and rounded once: an angle's reduction needs the digits, and a
//! reduction alone in `f64` would not make the rest faster, for a loop goes at the pace of its widest numbers. Powers of
//! `f64` would need a logarithm in twice the digits, and stay with `libm`; so do finite angles beyond `REACH`.
//! Results below the smallest normal number are rounded once, like all others.
//!
//! Coefficients and the pieces of π and ln 2: `tests/reference/make_functions.py`.

mod common;
pub mod double;
pub mod number;
pub mod single;
pub mod trace;
