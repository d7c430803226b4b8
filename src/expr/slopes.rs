//! The slopes of operations, each by what it is multiplied with: written once for whatever has an [`Algebra`].
//!
//! Where there is no slope it is 0; the guide says where that is.

use super::comparison::Comparison;
use super::ops::{Algebra, Binary, Unary};
use super::row::{At, AtBoth, Slopes};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, LN_2};

impl Unary {
    /// d times the slope.
    pub fn slope<A: Algebra>(self, g: &mut A, at: At<A::Value>) -> A::Value {
        let At { a, result, d } = at;
        match self {
            Self::Neg => g.neg(d),
            Self::Exp => g.mul(d, result),
            Self::Ln => g.div(d, a),
            Self::Log2 => {
                let scaled = times(g, LN_2, a);
                g.div(d, scaled)
            }
            Self::Sqrt => slope_of_sqrt(g, at),
            Self::Abs => of_function(g, d, Self::Sign, a),
            Self::Sign | Self::Floor => g.constant(0.0),
            Self::Sin => of_function(g, d, Self::Cos, a),
            Self::Cos => {
                let product = of_function(g, d, Self::Sin, a);
                g.neg(product)
            }
            Self::Tan => {
                let slope = one_more(g, result);
                g.mul(d, slope)
            }
            Self::Tanh => slope_of_tanh(g, at),
            Self::Sigmoid => slope_of_sigmoid(g, at),
            Self::Softplus => of_function(g, d, Self::Sigmoid, a),
            Self::Atan => {
                let more = one_more(g, a);
                g.div(d, more)
            }
            Self::Sinh => of_function(g, d, Self::Cosh, a),
            Self::Cosh => of_function(g, d, Self::Sinh, a),
            Self::Log1p => {
                let one = g.constant(1.0);
                let more = g.add(one, a);
                g.div(d, more)
            }
            Self::Expm1 => of_function(g, d, Self::Exp, a),
            Self::Cbrt => slope_of_cbrt(g, at),
            Self::Erf => {
                let bell = bell(g, FRAC_2_SQRT_PI, 1.0, a);
                g.mul(d, bell)
            }
            Self::Erfc => {
                let bell = bell(g, -FRAC_2_SQRT_PI, 1.0, a);
                g.mul(d, bell)
            }
            Self::Gelu => slope_of_gelu(g, at),
        }
    }
}

impl Binary {
    /// d times the slopes.
    pub fn slopes<A: Algebra>(self, g: &mut A, at: AtBoth<A::Value>) -> Slopes<A::Value> {
        let AtBoth { a, b, d, .. } = at;
        match self {
            Self::Add => Slopes::Each(d, d),
            Self::Sub => Slopes::Each(d, g.neg(d)),
            Self::Mul => Slopes::Each(g.mul(d, b), g.mul(d, a)),
            Self::Div => slopes_of_div(g, at),
            Self::Min => Slopes::One { b_where: g.compare(Comparison::Less, b, a) },
            Self::Max => Slopes::One { b_where: g.compare(Comparison::Less, a, b) },
            Self::Atan2 => slopes_of_atan2(g, at),
            Self::Hypot => Slopes::Each(share(g, at, a), share(g, at, b)),
            Self::LogSumExp => slopes_of_logsumexp(g, at),
            Self::Pow => slopes_of_pow(g, at),
        }
    }
}

/// c·a
fn times<A: Algebra>(g: &mut A, c: f64, a: A::Value) -> A::Value {
    let c = g.constant(c);
    g.mul(c, a)
}

/// 1 + a²
fn one_more<A: Algebra>(g: &mut A, a: A::Value) -> A::Value {
    let one = g.constant(1.0);
    let square = g.mul(a, a);
    g.add(one, square)
}

/// d·op(a)
fn of_function<A: Algebra>(g: &mut A, d: A::Value, op: Unary, a: A::Value) -> A::Value {
    let slope = g.unary(op, a);
    g.mul(d, slope)
}

/// height·exp(−narrow·a²)
fn bell<A: Algebra>(g: &mut A, height: f64, narrow: f64, a: A::Value) -> A::Value {
    let square = g.mul(a, a);
    let power = times(g, -narrow, square);
    let bell = g.unary(Unary::Exp, power);
    times(g, height, bell)
}

/// d/(2·root), and 0 at 0, where there is none: a loss that is a root has its minimum there.
fn slope_of_sqrt<A: Algebra>(g: &mut A, at: At<A::Value>) -> A::Value {
    let scaled = times(g, 0.5, at.d);
    let slope = g.div(scaled, at.result);
    g.zero_where_zero(at.result, slope)
}

/// d/(3·root²), and 0 at 0, where there is none.
fn slope_of_cbrt<A: Algebra>(g: &mut A, at: At<A::Value>) -> A::Value {
    let tripled = times(g, 3.0, at.result);
    let quotient = g.div(at.d, tripled);
    let slope = g.div(quotient, at.result);
    g.zero_where_zero(at.result, slope)
}

/// 1 − tanh²
fn slope_of_tanh<A: Algebra>(g: &mut A, at: At<A::Value>) -> A::Value {
    let one = g.constant(1.0);
    let square = g.mul(at.result, at.result);
    let slope = g.sub(one, square);
    g.mul(at.d, slope)
}

/// σ(1 − σ)
fn slope_of_sigmoid<A: Algebra>(g: &mut A, at: At<A::Value>) -> A::Value {
    let one = g.constant(1.0);
    let rest = g.sub(one, at.result);
    let slope = g.mul(at.result, rest);
    g.mul(at.d, slope)
}

/// Φ(a) + a·φ(a), of the normal distribution.
fn slope_of_gelu<A: Algebra>(g: &mut A, at: At<A::Value>) -> A::Value {
    let scaled = times(g, -FRAC_1_SQRT_2, at.a);
    let twice = g.unary(Unary::Erfc, scaled);
    let share = times(g, 0.5, twice);
    let density = bell(g, 0.5 * FRAC_1_SQRT_2 * FRAC_2_SQRT_PI, 0.5, at.a);
    let product = g.mul(at.a, density);
    let slope = g.add(share, product);
    g.mul(at.d, slope)
}

/// d/b and −(d/b)·(a/b)
fn slopes_of_div<A: Algebra>(g: &mut A, at: AtBoth<A::Value>) -> Slopes<A::Value> {
    let to_a = g.div(at.d, at.b);
    let back = g.mul(to_a, at.result);
    Slopes::Each(to_a, g.neg(back))
}

/// The angle of (x, y) = (b, a) has the slopes −y/(x²+y²) and x/(x²+y²); by the ratio of the two, whose squares may be too
/// large or too small. 0 at (0, 0), where there are none.
fn slopes_of_atan2<A: Algebra>(g: &mut A, at: AtBoth<A::Value>) -> Slopes<A::Value> {
    let [y, x] = [at.a, at.b].map(|side| g.unary(Unary::Abs, side));
    let flat = g.compare(Comparison::LessEqual, y, x);
    let (large, small) = (g.select(flat, at.b, at.a), g.select(flat, at.a, at.b));
    let ratio = g.div(small, large);
    let more = one_more(g, ratio);
    let scaled = g.div(at.d, more);
    let by_small = g.div(scaled, large);
    let by_small = g.zero_where_zero(large, by_small);
    let by_large = g.mul(by_small, ratio);
    let by_large = g.zero_where_zero(large, by_large);
    let by_x = g.select(flat, by_large, by_small);
    Slopes::Each(g.select(flat, by_small, by_large), g.neg(by_x))
}

/// d·a/hypot, and 0 at 0, where there is none.
fn share<A: Algebra>(g: &mut A, at: AtBoth<A::Value>, a: A::Value) -> A::Value {
    let ratio = g.div(a, at.result);
    let slope = g.mul(at.d, ratio);
    g.zero_where_zero(at.result, slope)
}

/// The shares of exp(a) and exp(b) in their sum.
fn slopes_of_logsumexp<A: Algebra>(g: &mut A, at: AtBoth<A::Value>) -> Slopes<A::Value> {
    let (over, under) = (g.sub(at.a, at.b), g.sub(at.b, at.a));
    Slopes::Each(of_function(g, at.d, Unary::Sigmoid, over), of_function(g, at.d, Unary::Sigmoid, under))
}

/// d(aᵇ) = b·aᵇ⁻¹ da + aᵇ·ln(a) db. At a = 0 the first is 0 too where 0 < b < 1, and there is none; the second is 0 although
/// ln(0) is infinite.
fn slopes_of_pow<A: Algebra>(g: &mut A, at: AtBoth<A::Value>) -> Slopes<A::Value> {
    let one = g.constant(1.0);
    let lower = g.sub(at.b, one);
    let power = g.binary(Binary::Pow, at.a, lower);
    let slope = g.mul(at.b, power);
    let is_root = g.compare(Comparison::Less, at.b, one);
    let of_root = g.zero_where_zero(at.result, slope);
    let slope = g.select(is_root, of_root, slope);
    let to_a = g.mul(at.d, slope);
    if !at.b_moves {
        return Slopes::Each(to_a, g.constant(0.0));
    }
    let log = g.unary(Unary::Ln, at.a);
    let slope = g.mul(at.result, log);
    let slope = g.zero_where_zero(at.result, slope);
    Slopes::Each(to_a, g.mul(at.d, slope))
}
