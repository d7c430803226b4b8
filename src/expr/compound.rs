//! Functions that are made of the operations of `ops.rs`: one row each.

use super::comparison::Comparison;
use super::ops::{Algebra, Binary, Unary};
use super::row::{INF, NAN};
use super::table::compound_functions;
use std::f64::consts::{FRAC_PI_2, PI};

compound_functions! {
    Relu(relu, 1) = "relu", "max(x, 0)", &[(&[NAN], NAN), (&[INF], INF), (&[-INF], 0.0)];
    Log10(log10, 1) = "log10", "ln(x)/ln(10)",
        &[(&[NAN], NAN), (&[-1.0], NAN), (&[0.0], -INF), (&[INF], INF), (&[1.0], 0.0)];
    Asin(asin, 1) = "asin", "atan2(x, sqrt((1-x)*(1+x)))",
        &[(&[NAN], NAN), (&[2.0], NAN), (&[-INF], NAN), (&[1.0], FRAC_PI_2), (&[-1.0], -FRAC_PI_2), (&[0.0], 0.0),
            (&[-0.0], -0.0)];
    Acos(acos, 1) = "acos", "atan2(sqrt((1-x)*(1+x)), x)",
        &[(&[NAN], NAN), (&[-2.0], NAN), (&[INF], NAN), (&[1.0], 0.0), (&[-1.0], PI), (&[0.0], FRAC_PI_2)];
    Huber(huber, 2) = "huber", "select(abs(x) <= d, x^2/2, d*(abs(x)-d/2))",
        &[(&[NAN, 1.0], NAN), (&[2.0, NAN], NAN), (&[INF, 1.0], INF), (&[2.0, INF], 2.0), (&[-2.0, 2.0], 2.0),
            (&[-3.0, 2.0], 4.0)];
}

fn relu<A: Algebra>(g: &mut A, arguments: &[A::Value]) -> A::Value {
    let zero = g.constant(0.0);
    g.binary(Binary::Max, zero, arguments[0])
}

/// ln(x)/ln(10)
fn log10<A: Algebra>(g: &mut A, arguments: &[A::Value]) -> A::Value {
    let log = g.unary(Unary::Ln, arguments[0]);
    let of_ten = g.constant(std::f64::consts::LN_10);
    g.div(log, of_ten)
}

/// The other side of a triangle with the sides 1 and x, whose slope by x is 0 at ±1, as that of a root of 0 is; so are those
/// of asin and acos.
fn other_side<A: Algebra>(g: &mut A, x: A::Value) -> A::Value {
    let one = g.constant(1.0);
    let (less, more) = (g.sub(one, x), g.add(one, x));
    let square = g.mul(less, more);
    g.unary(Unary::Sqrt, square)
}

fn asin<A: Algebra>(g: &mut A, arguments: &[A::Value]) -> A::Value {
    let other = other_side(g, arguments[0]);
    g.binary(Binary::Atan2, arguments[0], other)
}

fn acos<A: Algebra>(g: &mut A, arguments: &[A::Value]) -> A::Value {
    let other = other_side(g, arguments[0]);
    g.binary(Binary::Atan2, other, arguments[0])
}

/// A parabola up to |x| = d, and beyond straight lines that go on with its slope.
fn huber<A: Algebra>(g: &mut A, arguments: &[A::Value]) -> A::Value {
    let [x, d] = [arguments[0], arguments[1]];
    let half = g.constant(0.5);
    let size = g.unary(Unary::Abs, x);
    let near = g.compare(Comparison::LessEqual, size, d);
    let square = g.mul(x, x);
    let parabola = g.mul(half, square);
    let half_width = g.mul(half, d);
    let beyond = g.sub(size, half_width);
    let line = g.mul(d, beyond);
    g.select(near, parabola, line)
}
