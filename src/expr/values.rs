//! Values of functions that are made of simpler ones, for both precisions of the CPU, and their twins in shaders.

use super::real::Real;

#[inline(always)]
pub fn sign<T: Real>(x: T) -> T {
    if x > T::ZERO {
        T::ONE
    } else if x < T::ZERO {
        -T::ONE
    } else {
        // Zero, or not-a-number, which must not come out as a number.
        x
    }
}

/// A tanh of the driver's exp.
pub const TANH: &str = "\
// Some drivers compute tanh from exp, which overflows far out and leaves few digits near 0: there it is a quotient of
// polynomials (Padé), good to 1e-9 of itself.
fn driver_tanh(x: real) -> real {
    let z = x * x;
    let near = x * (real(945) + z * (real(105) + z)) / (real(945) + z * (real(420) + z * real(15)));
    let e = exp(real(-2) * abs(x));
    let far = sign_of(x) * (real(1) - e) / (real(1) + e);
    return select(far, near, z < real(0.4));
}
";

/// A sigmoid of the driver's exp.
pub const SIGMOID: &str = "\
fn driver_sigmoid(x: real) -> real {
    let e = exp(-abs(x));
    let upper = real(1) / (real(1) + e);
    return select(upper, e * upper, x < real(0));
}
";

/// A softplus of the driver's exp and logarithm.
pub const SOFTPLUS: &str = "\
fn driver_softplus(x: real) -> real {
    let tail = log(real(1) + exp(-abs(x)));
    return select(x, real(0), x < real(0)) + tail;
}
";

/// One of two by two comparisons; not-a-number where one of them is, so that it is not lost.
#[inline(always)]
fn min_max<T: Real>(a: T, b: T, second: bool, first: bool) -> T {
    if second {
        b
    } else if first {
        a
    } else {
        a + b
    }
}

#[inline(always)]
pub fn smaller<T: Real>(a: T, b: T) -> T {
    min_max(a, b, b < a, a <= b)
}

#[inline(always)]
pub fn larger<T: Real>(a: T, b: T) -> T {
    min_max(a, b, a < b, b <= a)
}

/// A negative base has no real power here (shaders cannot tell 2.0 from 2); whole constant exponents became products long
/// before.
#[inline(always)]
pub fn power<T: Real>(a: T, b: T) -> T {
    let power = a.powf(b);
    if a < T::ZERO { T::from_f64(f64::NAN) } else { power }
}

/// Whether a row with this key is to be remembered in place of the one that has the largest so far: the first of equal ones
/// stays, and what is no number is not lost.
#[inline(always)]
pub fn takes_over<T: Real>(key: T, largest: T) -> bool {
    largest < key || key.to_f64().is_nan()
}
