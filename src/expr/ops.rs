//! The operations and functions of the language: one row each.
//!
//! A row is all that is known of a function: name and meaning, value, slope, WGSL, JavaScript, and what engines and
//! checks ask about it. A new one is one more row, with its value and its slope beside the table (for a [`Compound`], what
//! it is made of): parser, hints, derivatives, engines, pages and counts of operations read the table.
//!
//! Values are written once for both precisions of the CPU, slopes once for whatever has an [`Algebra`]: so this file does
//! not know the graph, which is made of what is here. Only the machine-code compiler has a list of its own, of what
//! processors have an instruction for; what is not on it is interpreted.

use super::comparison::Comparison;
use super::functions::single;
use super::functions::trace::{Traced, traced, traced_of_two};
use super::real::Real;
use super::row::{At, AtBoth, FUNCTION, INF, NAN, OPERATOR, Row, Slopes};
use super::table::{binary_operations, cases, compound_functions, unary_operations};
use super::values::{SIGMOID, SOFTPLUS, TANH, larger, power, sign, smaller};

/// What slopes and compound functions are written in: a graph that grows, or plain numbers.
pub trait Algebra {
    type Value: Copy;
    fn constant(&mut self, value: f64) -> Self::Value;
    fn unary(&mut self, op: Unary, a: Self::Value) -> Self::Value;
    fn binary(&mut self, op: Binary, a: Self::Value, b: Self::Value) -> Self::Value;
    /// A condition.
    fn compare(&mut self, op: Comparison, a: Self::Value, b: Self::Value) -> Self::Value;
    /// `a` where the condition holds, else `b`.
    fn select(&mut self, condition: Self::Value, a: Self::Value, b: Self::Value) -> Self::Value;

    /// −a
    fn neg(&mut self, a: Self::Value) -> Self::Value {
        self.unary(Unary::Neg, a)
    }
    /// a + b
    fn add(&mut self, a: Self::Value, b: Self::Value) -> Self::Value {
        self.binary(Binary::Add, a, b)
    }
    /// a − b
    fn sub(&mut self, a: Self::Value, b: Self::Value) -> Self::Value {
        self.binary(Binary::Sub, a, b)
    }
    /// a · b
    fn mul(&mut self, a: Self::Value, b: Self::Value) -> Self::Value {
        self.binary(Binary::Mul, a, b)
    }
    /// a / b
    fn div(&mut self, a: Self::Value, b: Self::Value) -> Self::Value {
        self.binary(Binary::Div, a, b)
    }
    /// 0 where `value` is 0, else `other`.
    fn zero_where_zero(&mut self, value: Self::Value, other: Self::Value) -> Self::Value {
        let zero = self.constant(0.0);
        let is_zero = self.compare(Comparison::Equal, value, zero);
        self.select(is_zero, zero, other)
    }
}

unary_operations! {
    Neg(std::ops::Neg::neg, slope_of_neg) = Row {
        name: "-", meaning: "a change of sign", wgsl: "-{a}", javascript: "-({a})", counts: false,
        edges: &[(&[NAN], NAN), (&[INF], -INF), (&[0.0], -0.0)],
        ..OPERATOR
    };
    Exp(Real::exp, slope_of_exp, kernel single::exp) = Row {
        name: "exp", meaning: "e to the power x", wgsl: "exp_of({a})", native: Some(("exp({a})", "")),
        javascript: "Math.exp({a})",
        edges: &[(&[NAN], NAN), (&[INF], INF), (&[-INF], 0.0), (&[1000.0], INF), (&[-1000.0], 0.0), (&[0.0], 1.0)],
        ..FUNCTION
    };
    Ln(Real::ln, slope_of_ln, kernel single::ln) = Row {
        name: "ln", meaning: "natural logarithm", wgsl: "ln_of({a})", native: Some(("log({a})", "")),
        javascript: "Math.log({a})",
        edges: &[(&[NAN], NAN), (&[-1.0], NAN), (&[-INF], NAN), (&[0.0], -INF), (&[-0.0], -INF), (&[INF], INF),
            (&[1.0], 0.0)],
        ..FUNCTION
    };
    Log2(Real::log2, slope_of_log2, kernel single::log2) = Row {
        name: "log2", meaning: "logarithm to base 2", wgsl: "log2_of({a})", native: Some(("log2({a})", "")),
        javascript: "Math.log2({a})",
        edges: &[(&[NAN], NAN), (&[-1.0], NAN), (&[-INF], NAN), (&[0.0], -INF), (&[-0.0], -INF), (&[INF], INF),
            (&[1.0], 0.0)],
        ..FUNCTION
    };
    Sqrt(Real::sqrt, slope_of_sqrt) = Row {
        name: "sqrt", meaning: "square root", wgsl: "root_of({a})", javascript: "Math.sqrt({a})", exact: true,
        edges: &[(&[NAN], NAN), (&[-1.0], NAN), (&[-INF], NAN), (&[0.0], 0.0), (&[-0.0], -0.0), (&[INF], INF)],
        ..FUNCTION
    };
    Abs(Real::abs, slope_of_abs) = Row {
        name: "abs", meaning: "|x|", wgsl: "size_of({a})", javascript: "Math.abs({a})", exact: true, counts: false,
        edges: &[(&[NAN], NAN), (&[-INF], INF), (&[-0.0], 0.0)],
        ..FUNCTION
    };
    Sign(sign, no_slope) = Row {
        name: "sign", meaning: "-1, 0 or 1", wgsl: "sign_of({a})", javascript: "Math.sign({a})", exact: true,
        counts: false,
        edges: &[(&[NAN], NAN), (&[INF], 1.0), (&[-INF], -1.0), (&[0.0], 0.0), (&[-0.0], -0.0)],
        ..FUNCTION
    };
    Sin(Real::sin, slope_of_sin, kernel single::sin, large Real::large_sin, single::large_sin) = Row {
        name: "sin", meaning: "sine of x radians", wgsl: "sin_of({a})", native: Some(("sin({a})", "")),
        javascript: "Math.sin({a})",
        edges: &[(&[NAN], NAN), (&[INF], NAN), (&[-INF], NAN), (&[0.0], 0.0), (&[-0.0], -0.0)],
        ..FUNCTION
    };
    Cos(Real::cos, slope_of_cos, kernel single::cos, large Real::large_cos, single::large_cos) = Row {
        name: "cos", meaning: "cosine of x radians", wgsl: "cos_of({a})", native: Some(("cos({a})", "")),
        javascript: "Math.cos({a})",
        edges: &[(&[NAN], NAN), (&[INF], NAN), (&[-INF], NAN), (&[0.0], 1.0), (&[-0.0], 1.0)],
        ..FUNCTION
    };
    Tan(Real::tan, slope_of_tan, kernel single::tan, large Real::large_tan, single::large_tan) = Row {
        name: "tan", meaning: "tangent of x radians", wgsl: "tan_of({a})", native: Some(("tan({a})", "")),
        javascript: "Math.tan({a})",
        edges: &[(&[NAN], NAN), (&[INF], NAN), (&[-INF], NAN), (&[0.0], 0.0), (&[-0.0], -0.0)],
        ..FUNCTION
    };
    Tanh(Real::tanh, slope_of_tanh, kernel single::tanh) = Row {
        name: "tanh", meaning: "hyperbolic tangent", wgsl: "tanh_of({a})", native: Some(("driver_tanh({a})", TANH)),
        javascript: "Math.tanh({a})",
        edges: &[(&[NAN], NAN), (&[INF], 1.0), (&[-INF], -1.0), (&[0.0], 0.0), (&[-0.0], -0.0)],
        ..FUNCTION
    };
    Sigmoid(Real::sigmoid, slope_of_sigmoid, kernel single::sigmoid) = Row {
        name: "sigmoid", meaning: "1/(1+exp(-x))", wgsl: "sigmoid_of({a})",
        native: Some(("driver_sigmoid({a})", SIGMOID)), javascript: "sigmoid({a})",
        edges: &[(&[NAN], NAN), (&[INF], 1.0), (&[-INF], 0.0), (&[0.0], 0.5)],
        ..FUNCTION
    };
    Softplus(Real::softplus, slope_of_softplus, kernel single::softplus) = Row {
        name: "softplus", meaning: "ln(1+exp(x))", wgsl: "softplus_of({a})",
        native: Some(("driver_softplus({a})", SOFTPLUS)), javascript: "softplus({a})",
        edges: &[(&[NAN], NAN), (&[INF], INF), (&[-INF], 0.0)],
        ..FUNCTION
    };
    Floor(Real::floor, no_slope) = Row {
        name: "floor", meaning: "largest whole number not above x", wgsl: "floor_of({a})",
        javascript: "Math.floor({a})", exact: true, counts: false,
        edges: &[(&[NAN], NAN), (&[INF], INF), (&[-INF], -INF), (&[0.0], 0.0), (&[-0.0], -0.0), (&[-0.5], -1.0),
            (&[-1.5], -2.0)],
        ..FUNCTION
    };
}

binary_operations! {
    Add(std::ops::Add::add, slopes_of_add) = Row {
        name: "+", meaning: "a sum", wgsl: "{a} + {b}", javascript: "{a} + {b}",
        edges: &[(&[NAN, 1.0], NAN), (&[1.0, NAN], NAN), (&[INF, -INF], NAN), (&[INF, 1.0], INF), (&[-0.0, 0.0], 0.0)],
        ..OPERATOR
    };
    Sub(std::ops::Sub::sub, slopes_of_sub) = Row {
        name: "-", meaning: "a difference", wgsl: "{a} - {b}", javascript: "{a} - {b}",
        edges: &[(&[NAN, 1.0], NAN), (&[1.0, NAN], NAN), (&[INF, INF], NAN), (&[1.0, INF], -INF)],
        ..OPERATOR
    };
    Mul(std::ops::Mul::mul, slopes_of_mul) = Row {
        name: "*", meaning: "a product", wgsl: "{a} * {b}", javascript: "{a} * {b}",
        edges: &[(&[NAN, 0.0], NAN), (&[0.0, NAN], NAN), (&[0.0, INF], NAN), (&[-0.0, 3.0], -0.0),
            (&[-INF, 2.0], -INF)],
        ..OPERATOR
    };
    Div(std::ops::Div::div, slopes_of_div) = Row {
        name: "/", meaning: "a quotient", wgsl: "quotient({a}, {b})", javascript: "{a} / {b}",
        edges: &[(&[NAN, 1.0], NAN), (&[1.0, NAN], NAN), (&[0.0, 0.0], NAN), (&[0.0, -0.0], NAN), (&[INF, INF], NAN),
            (&[1.0, 0.0], INF), (&[1.0, -0.0], -INF), (&[-1.0, 0.0], -INF), (&[NAN, 0.0], NAN), (&[INF, 0.0], INF),
            (&[1.0, INF], 0.0), (&[-1.0, INF], -0.0), (&[0.0, 5.0], 0.0)],
        ..OPERATOR
    };
    Min(smaller, slopes_of_min) = Row {
        name: "min", meaning: "the smaller of two", wgsl: "smaller({a}, {b})", javascript: "smaller({a}, {b})",
        exact: true, counts: false,
        edges: &[(&[NAN, 1.0], NAN), (&[1.0, NAN], NAN), (&[NAN, NAN], NAN), (&[INF, 1.0], 1.0), (&[-INF, 1.0], -INF),
            (&[1.0, 1.0], 1.0)],
        ..FUNCTION
    };
    Max(larger, slopes_of_max) = Row {
        name: "max", meaning: "the larger of two", wgsl: "larger({a}, {b})", javascript: "larger({a}, {b})",
        exact: true, counts: false,
        edges: &[(&[NAN, 1.0], NAN), (&[1.0, NAN], NAN), (&[NAN, NAN], NAN), (&[INF, 1.0], INF), (&[-INF, 1.0], 1.0),
            (&[1.0, 1.0], 1.0)],
        ..FUNCTION
    };
    Pow(power, slopes_of_pow, kernel single::pow) = Row {
        name: "^", meaning: "a fractional power", wgsl: "power_of({a}, {b})", native: Some(("pow({a}, {b})", "")),
        javascript: "power({a}, {b})", exact: false,
        edges: &[(&[NAN, 0.5], NAN), (&[2.0, NAN], NAN), (&[NAN, 0.0], 1.0), (&[1.0, NAN], 1.0), (&[0.0, 0.0], 1.0),
            (&[INF, 0.0], 1.0), (&[0.0, 0.5], 0.0), (&[-0.0, 0.5], 0.0), (&[0.0, -0.5], INF), (&[-2.0, 0.5], NAN),
            (&[-2.0, 2.0], NAN), (&[-2.0, 0.0], NAN), (&[0.0, NAN], NAN), (&[INF, NAN], NAN), (&[-INF, 0.5], NAN),
            (&[INF, 0.5], INF), (&[INF, -0.5], 0.0), (&[2.0, INF], INF), (&[2.0, -INF], 0.0), (&[0.5, INF], 0.0),
            (&[0.5, -INF], INF), (&[1.0, INF], 1.0), (&[2.0, 5000.0], INF), (&[2.0, -5000.0], 0.0)],
        ..OPERATOR
    };
}

compound_functions! {
    Relu(relu, 1) = "relu", "max(x, 0)";
    Log10(log10, 1) = "log10", "ln(x)/ln(10)";
}

impl Unary {
    /// Whether the argument is an angle.
    pub fn is_of_angle(self) -> bool {
        self.large::<f64>().is_some()
    }

    /// Its value.
    #[inline(always)]
    pub fn value<T: Real>(self, a: T) -> T {
        match self.large() {
            Some(large) if a.is_large_angle() => large(a),
            _ => self.near(a),
        }
    }

    /// Values over slices: a loop for each operation, for the compiler to vectorise.
    #[inline(always)]
    pub fn fill<T: Real>(self, out: &mut [T], a: &[T]) {
        self.fill_near(out, a);
        // A test in those loops would keep them from vectorising. Large angles are rare: descents that meet them diverge.
        if let Some(large) = self.large()
            && a.iter().fold(false, |some, a| some | a.is_large_angle())
        {
            for (out, a) in out.iter_mut().zip(a).filter(|(_, a)| a.is_large_angle()) {
                *out = large(*a);
            }
        }
    }

    /// An expression of WGSL.
    pub fn wgsl(self, a: &str) -> String {
        self.row().wgsl.replace("{a}", a)
    }

    /// An expression of JavaScript.
    pub fn javascript(self, a: &str) -> String {
        self.row().javascript.replace("{a}", a)
    }
}

impl Binary {
    /// An expression of WGSL.
    pub fn wgsl(self, a: &str, b: &str) -> String {
        self.row().wgsl.replace("{a}", a).replace("{b}", b)
    }

    /// An expression of JavaScript.
    pub fn javascript(self, a: &str, b: &str) -> String {
        self.row().javascript.replace("{a}", a).replace("{b}", b)
    }
}

fn slope_of_neg<A: Algebra>(g: &mut A, at: At<A::Value>) -> A::Value {
    g.neg(at.d)
}

fn slope_of_exp<A: Algebra>(g: &mut A, at: At<A::Value>) -> A::Value {
    g.mul(at.d, at.result)
}

fn slope_of_ln<A: Algebra>(g: &mut A, at: At<A::Value>) -> A::Value {
    g.div(at.d, at.a)
}

fn slope_of_log2<A: Algebra>(g: &mut A, at: At<A::Value>) -> A::Value {
    let ln2 = g.constant(std::f64::consts::LN_2);
    let scaled = g.mul(at.a, ln2);
    g.div(at.d, scaled)
}

/// d/(2·root), and 0 at 0, where there is none: a loss that is a root has its minimum there.
fn slope_of_sqrt<A: Algebra>(g: &mut A, at: At<A::Value>) -> A::Value {
    let half = g.constant(0.5);
    let scaled = g.mul(half, at.d);
    let slope = g.div(scaled, at.result);
    g.zero_where_zero(at.result, slope)
}

fn slope_of_abs<A: Algebra>(g: &mut A, at: At<A::Value>) -> A::Value {
    let sign = g.unary(Unary::Sign, at.a);
    g.mul(at.d, sign)
}

fn no_slope<A: Algebra>(g: &mut A, _: At<A::Value>) -> A::Value {
    g.constant(0.0)
}

fn slope_of_sin<A: Algebra>(g: &mut A, at: At<A::Value>) -> A::Value {
    let cos = g.unary(Unary::Cos, at.a);
    g.mul(at.d, cos)
}

fn slope_of_cos<A: Algebra>(g: &mut A, at: At<A::Value>) -> A::Value {
    let sin = g.unary(Unary::Sin, at.a);
    let product = g.mul(at.d, sin);
    g.neg(product)
}

/// 1 + tan²
fn slope_of_tan<A: Algebra>(g: &mut A, at: At<A::Value>) -> A::Value {
    let one = g.constant(1.0);
    let square = g.mul(at.result, at.result);
    let slope = g.add(one, square);
    g.mul(at.d, slope)
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

fn slope_of_softplus<A: Algebra>(g: &mut A, at: At<A::Value>) -> A::Value {
    let slope = g.unary(Unary::Sigmoid, at.a);
    g.mul(at.d, slope)
}

fn slopes_of_add<A: Algebra>(_: &mut A, at: AtBoth<A::Value>) -> Slopes<A::Value> {
    Slopes::Each(at.d, at.d)
}

fn slopes_of_sub<A: Algebra>(g: &mut A, at: AtBoth<A::Value>) -> Slopes<A::Value> {
    Slopes::Each(at.d, g.neg(at.d))
}

fn slopes_of_mul<A: Algebra>(g: &mut A, at: AtBoth<A::Value>) -> Slopes<A::Value> {
    Slopes::Each(g.mul(at.d, at.b), g.mul(at.d, at.a))
}

/// d/b and −(d/b)·(a/b)
fn slopes_of_div<A: Algebra>(g: &mut A, at: AtBoth<A::Value>) -> Slopes<A::Value> {
    let to_a = g.div(at.d, at.b);
    let back = g.mul(to_a, at.result);
    Slopes::Each(to_a, g.neg(back))
}

fn slopes_of_min<A: Algebra>(g: &mut A, at: AtBoth<A::Value>) -> Slopes<A::Value> {
    Slopes::One { b_where: g.compare(Comparison::Less, at.b, at.a) }
}

fn slopes_of_max<A: Algebra>(g: &mut A, at: AtBoth<A::Value>) -> Slopes<A::Value> {
    Slopes::One { b_where: g.compare(Comparison::Less, at.a, at.b) }
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
