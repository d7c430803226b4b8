//! Exponentials, logarithms, angles, roots and the error function in plain products, sums and selections, for loops over
//! lanes to vectorise.
//!
//! No branch, no table, no call, no conversion between floating-point numbers and integers of 64 bits (AVX2 has none:
//! whole numbers are read from the bits of a sum with 1.5·2⁵²), and no fused product and sum, which older processors
//! would have to emulate: so the bits are the same on every instruction set and operating system.
//!
//! Largest errors, in units in the last place (seen ones rounded up; `tests/formulas/functions.rs` holds them):
//!
//! | | exp | ln | log2 | sin | cos | tan | tanh | sigmoid | softplus | power |
//! |---|---|---|---|---|---|---|---|---|---|---|
//! | f32 | 1.02 | 1 | 0.87 | 0.93 | 0.93 | 2.5 | 2.7 | 2.9 | 2 | 3.5 |
//! | f64 | 1 | 1 | 1 | 1.6 | 1.6 | 2 | 2.7 | 4 | 4 | 0.75 |
//!
//! | | atan | atan2 | sinh | cosh | expm1 | log1p | cbrt | hypot | erf | erfc | gelu | logsumexp |
//! |---|---|---|---|---|---|---|---|---|---|---|---|---|
//! | f32 | 1.9 | 2.5 | 2.8 | 1.7 | 2 | 1.7 | 1.4 | 2.2 | 1.6 | 4.5 | 5 | 4 |
//! | f64 | 1.5 | 2 | 2 | 1.5 | 1.5 | 1.5 | 1.3 | 1.5 | 1.5 | 4 | 4 | 4 |
//!
//! Those of logsumexp are in units of its result or of its larger argument, whichever is larger.
//!
//! Functions are written over [`number::Number`], whose operations the CPU computes at once and `trace` writes down for
//! shaders and machine code. Those of `f32` use `f32` alone, since shaders have no wider numbers that could be relied on:
//! powers carry a logarithm in two numbers, and angles are reduced by pieces of π/2, large ones by the bits of 2/π. Results below
//! the smallest normal number are rounded once, like all others.
//!
//! Coefficients and the pieces of π and ln 2: `tests/reference/make_functions.py`.

mod arcs;
mod common;
pub mod double;
mod gauss;
pub mod number;
mod pairs;
mod powers;
mod quarters;
mod roots;
pub mod single;
pub mod trace;
