//! The elementary functions of the CPU: how far from the truth they are, in units in the last place of the result.
//!
//! For `f32` the truth is `libm` in `f64`; for `f64` it is `reference/functions.csv` and `functions_of_two.csv`, computed by
//! mpmath.

use crate::common::{Mismatches, asked, list};
use alphasweep::engine::{collect, cpu::CpuEngine};
use alphasweep::expr::{Algebra, Binary, Comparison, Compound, Real, Unary};
use alphasweep::sweep::{Axis, Precision, Sweep};
use std::marker::PhantomData;

/// Function, operation, `libm`'s in `f64`, bound in `f32`, bound in `f64`: those of `src/expr/functions/mod.rs`.
type Row = (&'static str, Op, fn(f64) -> f64, f64, f64);

/// An operation, or a function that is made of some.
#[derive(Debug, Clone, Copy)]
enum Op {
    One(Unary),
    Of(Compound),
}

impl Op {
    fn value<T: Real>(self, x: T) -> T {
        match self {
            Self::One(op) => op.value(x),
            Self::Of(compound) => compound.build(&mut Numbers(PhantomData), &[x]),
        }
    }
}

/// Plain numbers as what functions are made of.
struct Numbers<T>(PhantomData<T>);

impl<T: Real> Algebra for Numbers<T> {
    type Value = T;
    fn constant(&mut self, value: f64) -> T {
        T::from_f64(value)
    }
    fn unary(&mut self, op: Unary, a: T) -> T {
        op.value(a)
    }
    fn binary(&mut self, op: Binary, a: T, b: T) -> T {
        op.value(a, b)
    }
    fn compare(&mut self, op: Comparison, a: T, b: T) -> T {
        if op.holds(a, b) { T::ONE } else { T::ZERO }
    }
    fn select(&mut self, condition: T, a: T, b: T) -> T {
        if condition == T::ZERO { b } else { a }
    }
}

const FUNCTIONS: [Row; 20] = [
    ("exp", Op::One(Unary::Exp), libm::exp, 1.02, 1.0),
    ("ln", Op::One(Unary::Ln), libm::log, 1.0, 1.0),
    ("log2", Op::One(Unary::Log2), libm::log2, 0.87, 1.0),
    ("sin", Op::One(Unary::Sin), libm::sin, 0.93, 1.6),
    ("cos", Op::One(Unary::Cos), libm::cos, 0.93, 1.6),
    ("tan", Op::One(Unary::Tan), libm::tan, 2.5, 2.0),
    ("tanh", Op::One(Unary::Tanh), libm::tanh, 2.7, 2.7),
    ("sigmoid", Op::One(Unary::Sigmoid), sigmoid, 2.9, 4.0),
    ("softplus", Op::One(Unary::Softplus), softplus, 2.0, 4.0),
    ("atan", Op::One(Unary::Atan), libm::atan, 1.9, 1.5),
    ("asin", Op::Of(Compound::Asin), libm::asin, 3.0, 2.0),
    ("acos", Op::Of(Compound::Acos), libm::acos, 2.7, 2.0),
    ("sinh", Op::One(Unary::Sinh), libm::sinh, 2.8, 2.0),
    ("cosh", Op::One(Unary::Cosh), libm::cosh, 1.7, 1.5),
    ("log1p", Op::One(Unary::Log1p), libm::log1p, 1.7, 1.5),
    ("expm1", Op::One(Unary::Expm1), libm::expm1, 2.0, 1.5),
    ("cbrt", Op::One(Unary::Cbrt), libm::cbrt, 1.4, 1.3),
    ("erf", Op::One(Unary::Erf), libm::erf, 1.6, 1.5),
    ("erfc", Op::One(Unary::Erfc), libm::erfc, 4.5, 4.0),
    ("gelu", Op::One(Unary::Gelu), gelu, 5.0, 4.0),
];

fn sigmoid(x: f64) -> f64 {
    if x < 0.0 { libm::exp(x) / (1.0 + libm::exp(x)) } else { 1.0 / (1.0 + libm::exp(-x)) }
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}

/// x·Φ(x); good to some 10⁻¹³ where it is not 0.
fn gelu(x: f64) -> f64 {
    if x < -40.0 { -0.0 } else { x * libm::erfc(-x / std::f64::consts::SQRT_2) / 2.0 }
}

/// Function, operation, its value in `f64`, bound in `f32`, bound in `f64`.
type RowOfTwo = (&'static str, Binary, fn(f64, f64) -> f64, f64, f64);

/// Of bases that are not negative.
const POWER: RowOfTwo = ("power", Binary::Pow, libm::pow, 3.5, 0.75);

const OF_TWO: [RowOfTwo; 3] = [
    ("atan2", Binary::Atan2, libm::atan2, 2.5, 2.0),
    ("hypot", Binary::Hypot, libm::hypot, 2.2, 1.5),
    ("logsumexp", Binary::LogSumExp, logsumexp, 4.0, 4.0),
];

fn logsumexp(a: f64, b: f64) -> f64 {
    if a == b { a + std::f64::consts::LN_2 } else { a.max(b) + libm::log1p(libm::exp(-(a - b).abs())) }
}

/// What errors of a function of two are measured by: the result, but where two numbers cancel the larger of them.
fn scale(name: &str, a: f64, b: f64, value: f64) -> f64 {
    if name == "logsumexp" { value.abs().max(a.max(b).abs()) } else { value }
}

/// The distance of `got` from `truth` in units in the last place of a number with 24 bits there.
fn ulps_f32(got: f32, truth: f64) -> f64 {
    let nearest = truth as f32;
    if got == nearest || got.is_nan() && truth.is_nan() {
        return if nearest.is_finite() { (f64::from(got) - truth).abs() / unit_f32(truth) } else { 0.0 };
    }
    if got.is_finite() { (f64::from(got) - truth).abs() / unit_f32(truth) } else { f64::INFINITY }
}

fn unit_f32(truth: f64) -> f64 {
    let size = truth.abs().max(f64::from(f32::MIN_POSITIVE));
    f64::from_bits(size.to_bits() & (0x7ff << 52)) * 2_f64.powi(-23)
}

/// The same for 53 bits and a truth of `value + rest`.
fn ulps_f64(got: f64, value: f64, rest: f64) -> f64 {
    if got.to_bits() == value.to_bits() && !value.is_finite() || got.is_nan() && value.is_nan() {
        return 0.0;
    }
    let size = value.abs().max(f64::MIN_POSITIVE);
    let error = ((got - value) - rest).abs() / (size.next_up() - size);
    if error.is_nan() { f64::INFINITY } else { error }
}

/// Every exponent, both signs, subnormal and infinite numbers and numbers that are none.
fn all_f32(step: usize) -> impl Iterator<Item = f32> {
    (0..=u32::MAX).step_by(step).map(f32::from_bits)
}

/// Numbers without a pattern, by their bits.
fn scattered(count: u64) -> impl Iterator<Item = u64> {
    (1..=count).map(|at| {
        let mixed = (at ^ at >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    })
}

#[test]
fn f32_is_as_near_as_stated_over_all_exponents() {
    for (name, op, truth, bound, _) in FUNCTIONS {
        let mut wrong = Mismatches::default();
        let mut worst = (0.0, 0.0);
        for x in all_f32(1511).chain(all_f32(4099).map(|x| x % 20.0)) {
            let error = ulps_f32(op.value(x), truth(f64::from(x)));
            if error > bound {
                wrong.note(|| format!("{name}({x:?}) = {:?}, {error} ulp from the truth", op.value(x)));
            } else if error > worst.0 {
                worst = (error, x);
            }
        }
        println!("{name} f32: {} ulp at {:?}", worst.0, worst.1);
        wrong.none(name);
    }
}

/// All 2³² numbers, for some ten minutes: `cargo test --release --test functions -- --ignored --nocapture`.
#[test]
#[ignore = "takes some ten minutes"]
fn f32_is_as_near_as_stated_everywhere() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut wrong = Mismatches::default();
    for (name, op, truth, bound, _) in FUNCTIONS {
        let worst_from = |first: usize| {
            let numbers = (first..=u32::MAX as usize).step_by(cores).map(|bits| f32::from_bits(bits as u32));
            numbers
                .map(|x| (ulps_f32(op.value(x), truth(f64::from(x))), x))
                .fold((0.0, 0.0), |worst, now| if now.0 > worst.0 { now } else { worst })
        };
        let worst = std::thread::scope(|scope| {
            let parts: Vec<_> = (0..cores).map(|first| scope.spawn(move || worst_from(first))).collect();
            let worst = parts.into_iter().map(|part| part.join().expect("a part"));
            worst.fold((0.0, 0.0_f32), |worst, now| if now.0 > worst.0 { now } else { worst })
        });
        println!("{name} f32: {} ulp at {:?}", worst.0, worst.1);
        if worst.0 > bound {
            wrong.note(|| format!("{name}: {} ulp at {:?}", worst.0, worst.1));
        }
    }
    wrong.none("functions over all numbers");
}

#[test]
fn powers_of_f32_are_as_near_as_stated() {
    let (mut wrong, mut worst) = (Mismatches::default(), 0.0_f64);
    let (_, op, truth, bound, _) = POWER;
    for bits in scattered(3_000_000) {
        let a = f32::from_bits(bits as u32 >> 1);
        let any = f32::from_bits((bits >> 32) as u32);
        // An exponent that gives a number of an ordinary size, for half of them.
        let b = if bits % 2 == 0 { any } else { ((bits >> 40) as f32 / 65536.0 - 128.0) / a.log2() };
        let (power, truth) = (op.value(a, b), truth(f64::from(a), f64::from(b)));
        let error = ulps_f32(power, truth);
        if error > bound {
            wrong.note(|| format!("{a:?}^{b:?} = {power:?} and not {truth:?}: {error} ulp"));
        } else {
            worst = worst.max(error);
        }
    }
    println!("power f32: {worst} ulp");
    wrong.none("powers");
}

#[test]
fn f64_is_as_near_as_stated_to_the_table() {
    let table = include_str!("../reference/functions.csv");
    for (name, op, _, _, bound) in FUNCTIONS {
        let (mut wrong, mut worst) = (Mismatches::default(), (0.0, 0.0));
        let rows = rows_of(table, name);
        for row in &rows {
            let [x, value, rest] = row[..] else { panic!("a row of {name}") };
            let error = ulps_f64(op.value(x), value, rest);
            if error > bound {
                wrong.note(|| format!("{name}({x:?}) = {:?} and not {value:?}: {error} ulp", op.value(x)));
            } else if error > worst.0 {
                worst = (error, x);
            }
        }
        println!("{name} f64: {} ulp at {:?}", worst.0, worst.1);
        wrong.none(name);
        assert!(rows.len() >= 150, "{name}: {} rows", rows.len());
    }
}

/// The numbers of a table's rows about a function.
fn rows_of(table: &str, name: &str) -> Vec<Vec<f64>> {
    let word = |text: &str| f64::from_bits(u64::from_str_radix(text, 16).expect("16 digits"));
    let cells = table.lines().skip(1).map(|line| line.split(',').collect::<Vec<&str>>());
    cells.filter(|row| row[0] == name).map(|row| row[1..].iter().map(|text| word(text)).collect()).collect()
}

#[test]
fn f64_functions_of_two_are_as_near_as_stated_to_the_table() {
    let table = include_str!("../reference/functions_of_two.csv");
    for (name, op, _, _, bound) in OF_TWO.into_iter().chain([POWER]) {
        let (mut wrong, mut worst) = (Mismatches::default(), (0.0, (0.0, 0.0)));
        let rows = rows_of(table, name);
        for row in &rows {
            let [a, b, value, rest] = row[..] else { panic!("a row of {name}") };
            let got = op.value(a, b);
            let size = scale(name, a, b, value).abs().max(f64::MIN_POSITIVE);
            let error = ((got - value) - rest).abs() / (size.next_up() - size);
            if error > bound || error.is_nan() {
                wrong.note(|| format!("{name}({a:?}, {b:?}) = {got:?} and not {value:?}: {error} ulp"));
            } else if error > worst.0 {
                worst = (error, (a, b));
            }
        }
        println!("{name} f64: {} ulp at {:?}", worst.0, worst.1);
        wrong.none(name);
        assert!(rows.len() >= 150, "{name}: {} rows", rows.len());
    }
}

/// Not as sharp, but everywhere, as `libm` is off by up to 1 ulp itself; and powers that are numbers are these.
#[test]
fn powers_of_f64_agree_with_libm_over_all_exponents() {
    let (name, op, twin, _, bound) = POWER;
    let mut wrong = Mismatches::default();
    for bits in scattered(600_000) {
        let a = f64::from_bits(bits >> 1);
        let any = f64::from_bits(bits.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // An exponent that gives a number of an ordinary size, for half of them.
        let b = if bits % 2 == 0 { any } else { ((bits >> 11) as f64 / 2_f64.powi(42) - 1080.0) / a.log2() };
        for (a, b) in [(a, b), (1.0 + 1.0 / a, b), (a, (any % 9.0).round() / 2.0)] {
            let (value, expected) = (op.value(a, b), twin(a, b));
            if ulps_f64(value, expected, 0.0) > bound + 1.0 {
                wrong.note(|| format!("{a:?}^{b:?} = {value:?}, libm has {expected:?}"));
            }
        }
    }
    wrong.none(name);
    for whole in 1..200_u32 {
        let base = f64::from(whole);
        for exponent in 1..4 {
            let power = base.powi(exponent);
            assert_eq!(op.value(base, f64::from(exponent)), power);
            assert_eq!(op.value(power * power, 0.5), power);
        }
        assert_eq!(op.value(2.0, base - 300.0), 2_f64.powi(whole as i32 - 300));
    }
}

#[test]
fn f32_functions_of_two_are_as_near_as_stated() {
    for (name, op, truth, bound, _) in OF_TWO {
        let (mut wrong, mut worst) = (Mismatches::default(), (0.0, (0.0, 0.0)));
        for bits in scattered(3_000_000) {
            let (a, any) = (f32::from_bits(bits as u32), f32::from_bits((bits >> 32) as u32));
            // Of any size; and of one size, for which more happens.
            let b = if bits % 2 == 0 { any } else { a * ((bits >> 40) as f32 / 8_388_608.0 - 1.0) };
            for (a, b) in [(a, b), (a % 20.0, b % 20.0)] {
                let (got, [wide_a, wide_b]) = (op.value(a, b), [a, b].map(f64::from));
                let expected = truth(wide_a, wide_b);
                let by = scale(name, wide_a, wide_b, expected);
                let error = ulps_f32(got, expected) * unit_f32(expected) / unit_f32(by);
                if error > bound {
                    wrong.note(|| format!("{name}({a:?}, {b:?}) = {got:?} and not {expected:?}: {error} ulp"));
                } else if error > worst.0 {
                    worst = (error, (a, b));
                }
            }
        }
        println!("{name} f32: {} ulp at {:?}", worst.0, worst.1);
        wrong.none(name);
    }
}

/// Not as sharp, but everywhere: `libm` is off by up to 1 ulp itself, its tanh by more.
#[test]
fn f64_agrees_with_libm_over_all_exponents() {
    // The truth of gelu here is off by as many units as x² is large.
    for (name, op, twin, _, bound) in FUNCTIONS.into_iter().filter(|row| row.0 != "gelu") {
        let slack = if ["tanh", "sinh"].contains(&name) { 2.5 } else { 1.0 };
        let mut wrong = Mismatches::default();
        for bits in scattered(300_000) {
            for x in [f64::from_bits(bits), (bits >> 11) as f64 / 2_f64.powi(48) - 16.0] {
                let (value, expected) = (op.value(x), twin(x));
                if ulps_f64(value, expected, 0.0) > (bound + slack).floor() {
                    wrong.note(|| format!("{name}({x:?}) = {value:?}, libm has {expected:?}"));
                }
            }
        }
        wrong.none(name);
    }
}

/// What must hold to the bit, in either width.
fn special_values<T: Real>(least: T, infinity: T) {
    let zero = T::ZERO;
    let same = |value: T, expected: T, what: &str| {
        let sign = |x: T| T::ONE / x < zero;
        let equal = value == expected && (value != zero || sign(value) == sign(expected));
        assert!(
            equal || value.to_f64().is_nan() && expected.to_f64().is_nan(),
            "{what}: {value:?} and not {expected:?}"
        );
    };
    let (nan, right) = (T::from_f64(f64::NAN), T::from_f64(std::f64::consts::FRAC_PI_2));
    let table = [
        (Unary::Exp, [T::ONE, T::ONE, infinity, zero, infinity, zero]),
        (Unary::Ln, [-infinity, -infinity, infinity, nan, T::MAX.ln(), nan]),
        (Unary::Log2, [-infinity, -infinity, infinity, nan, T::MAX.log2(), nan]),
        (Unary::Sin, [zero, -zero, nan, nan, Unary::Sin.value(T::MAX), -Unary::Sin.value(T::MAX)]),
        (Unary::Cos, [T::ONE, T::ONE, nan, nan, Unary::Cos.value(T::MAX), Unary::Cos.value(T::MAX)]),
        (Unary::Tan, [zero, -zero, nan, nan, Unary::Tan.value(T::MAX), -Unary::Tan.value(T::MAX)]),
        (Unary::Tanh, [zero, -zero, T::ONE, -T::ONE, T::ONE, -T::ONE]),
        (Unary::Sigmoid, [T::from_f64(0.5), T::from_f64(0.5), T::ONE, zero, T::ONE, zero]),
        (Unary::Atan, [zero, -zero, right, -right, right, -right]),
        (Unary::Sinh, [zero, -zero, infinity, -infinity, infinity, -infinity]),
        (Unary::Cosh, [T::ONE, T::ONE, infinity, infinity, infinity, infinity]),
        (Unary::Log1p, [zero, -zero, infinity, nan, T::MAX.ln(), nan]),
        (Unary::Expm1, [zero, -zero, infinity, -T::ONE, infinity, -T::ONE]),
        (Unary::Cbrt, [zero, -zero, infinity, -infinity, Real::cbrt(T::MAX), -Real::cbrt(T::MAX)]),
        (Unary::Erf, [zero, -zero, T::ONE, -T::ONE, T::ONE, -T::ONE]),
        (Unary::Erfc, [T::ONE, T::ONE, zero, T::from_f64(2.0), zero, T::from_f64(2.0)]),
        (Unary::Gelu, [zero, -zero, infinity, -zero, T::MAX, -zero]),
    ];
    for (op, expected) in table {
        for (x, expected) in [zero, -zero, infinity, -infinity, T::MAX, -T::MAX].into_iter().zip(expected) {
            same(op.value(x), expected, &format!("{op:?}({x:?})"));
        }
        same(op.value(nan), nan, &format!("{op:?} of no number"));
    }
    for op in [Unary::Sin, Unary::Tan, Unary::Tanh, Unary::Atan, Unary::Sinh, Unary::Log1p, Unary::Expm1] {
        same(op.value(least), least, &format!("{op:?}({least:?})"));
        same(op.value(-least), -least, &format!("{op:?}({:?})", -least));
    }
    assert_eq!((T::ONE.ln(), T::ONE.log2(), T::from_f64(0.125).log2()), (zero, zero, T::from_f64(-3.0)));
    let (half, two) = (T::from_f64(0.5), T::from_f64(2.0));
    let powers = [
        (zero, half, zero),
        (-zero, T::from_f64(3.0), zero),
        (zero, -half, infinity),
        (zero, zero, T::ONE),
        (infinity, half, infinity),
        (infinity, -half, zero),
        (infinity, zero, T::ONE),
        (T::ONE, infinity, T::ONE),
        (T::ONE, nan, T::ONE),
        (nan, zero, T::ONE),
        (nan, half, nan),
        (two, nan, nan),
        (two, infinity, infinity),
        (two, -infinity, zero),
        (half, infinity, zero),
        (two, T::from_f64(-3.0), T::from_f64(0.125)),
        (T::from_f64(9.0), half, T::from_f64(3.0)),
        (T::MAX, T::ONE, T::MAX),
        (T::MAX, two, infinity),
        (-two, two, nan),
        (-infinity, half, nan),
    ];
    for (a, b, expected) in powers {
        same(Binary::Pow.value(a, b), expected, &format!("{a:?}^{b:?}"));
    }
}

#[test]
fn special_values_are_right() {
    special_values::<f32>(f32::from_bits(1), f32::INFINITY);
    special_values::<f64>(f64::from_bits(1), f64::INFINITY);
    // The last finite results and the first that are none, and the ends of the subnormal ones.
    assert!(88.72283_f32.exp().is_finite() && Real::exp(88.72283_f32).is_finite());
    assert_eq!((Real::exp(88.722_84_f32), Real::exp(-104.0_f32)), (f32::INFINITY, 0.0));
    assert_eq!(Real::exp(-103.0_f32), f32::from_bits(1));
    assert!([Real::sinh(89.415_985_f32), Real::cosh(89.415_985_f32)].into_iter().all(f32::is_finite));
    assert_eq!([Real::sinh(89.415_99_f32), Real::cosh(89.415_99_f32)], [f32::INFINITY; 2]);
    assert!(
        [Real::sinh(710.475_860_073_943_8_f64), Real::cosh(710.475_860_073_943_8_f64)].into_iter().all(f64::is_finite)
    );
    assert_eq!([Real::sinh(710.475_860_073_944_f64), Real::cosh(710.475_860_073_944_f64)], [f64::INFINITY; 2]);
    assert_eq!((Real::cbrt(-27.0_f32), Real::cbrt(1e-45_f32)), (-3.0, libm::cbrtf(1e-45)));
    assert!(Real::expm1(88.722_83_f32).is_finite() && Real::expm1(88.722_84_f32) == f32::INFINITY);
    assert!(Real::exp(709.782_712_893_383_9_f64).is_finite());
    assert_eq!((Real::exp(709.782_712_893_384_1_f64), Real::exp(-745.2_f64)), (f64::INFINITY, 0.0));
    assert_eq!(Real::exp(-745.0_f64), f64::from_bits(1));
}

/// Where one reduction gives way to the next there is no jump: by more than an ulp no rising function ever falls.
#[test]
fn joints_are_smooth() {
    let rises = |op: Unary, joint: f32| {
        for bits in joint.to_bits() - 100..joint.to_bits() + 100 {
            // The second is farther from 0.
            let (x, y) = (f32::from_bits(bits), f32::from_bits(bits + 1));
            let (lower, upper) = if x < y { (x, y) } else { (y, x) };
            let (low, high) = (op.value(lower), op.value(upper));
            assert!(high >= low.next_down(), "{op:?} falls from {low:?} at {lower:?} to {high:?} at {upper:?}");
        }
    };
    for k in -140..128_i32 {
        let joint = (k as f32 + 0.5) * std::f32::consts::LN_2;
        rises(Unary::Exp, joint);
        if k.abs() < 13 {
            rises(Unary::Tanh, joint / 2.0);
        }
        if k > -120 {
            rises(Unary::Ln, std::f32::consts::SQRT_2 * 2_f32.powi(k - 1));
            rises(Unary::Log2, std::f32::consts::SQRT_2 * 2_f32.powi(k - 1));
        }
    }
    rises(Unary::Tanh, 10.0);
}

/// The engine's loops against one evaluation after the other, to the bit, large angles among near ones included.
fn block_is_scalar<T: Real>(precision: Precision) {
    let mut starts: Vec<f64> = scattered(600).map(|bits| (bits >> 40) as f64 / 524_288.0 + 1e-3).collect();
    starts.extend([1e-30, 1e-8, 87.0, 1e6, 16_777_216.0, 16_777_218.0, 67_108_864.0, 67_108_872.0, 1e9, 1e15, 1e30]);
    let axis = list(starts.iter().copied());
    for (name, op) in FUNCTIONS.iter().map(|row| (row.0, row.1)) {
        let request = asked(&format!("{name}(x)")).vary("alpha", Axis::one(0.0)).vary_start(axis.clone());
        let spec = request.precision(precision).steps(1).resolve().expect("a sweep");
        let map = collect(&CpuEngine::new(None).expect("the CPU engine"), &Sweep::from(&spec)).expect("a map");
        assert_eq!(map.loss_start.len(), starts.len());
        for (x, value) in starts.iter().zip(&map.loss_start) {
            let single = op.value(T::from_f64(*x)).to_f64();
            // A loss that is not finite is written as not-a-number.
            let single = if single.is_finite() { single } else { f64::NAN };
            assert_eq!(value.to_bits(), single.to_bits(), "{name}({x:?})");
        }
    }
}

#[test]
fn blocks_of_lanes_have_the_bits_of_single_evaluations() {
    block_is_scalar::<f32>(Precision::F32);
    block_is_scalar::<f64>(Precision::F64);
}
