//! The operations and functions of the language: one row each.
//!
//! A row is all that is known of a function: name and meaning, value, WGSL, JavaScript, and what engines and checks ask
//! about it; its slope is in `slopes.rs`. A function that is made of these is a row of `compound.rs` and no more. Parser,
//! hints, derivatives, engines, pages and counts of operations read the table.
//!
//! Values are written once for both precisions of the CPU, slopes once for whatever has an [`Algebra`]: so this file does
//! not know the graph, which is made of what is here. Machine code and shaders are made of the kernels: the same functions,
//! written down as primitive operations. Only of operations without one, for which processors have an instruction, does the
//! machine-code compiler have a list of its own (`engine/cpu/native/expand.rs`).

use super::comparison::Comparison;
use super::functions::trace::{Machine, Traced, traced, traced_of_two};
use super::functions::{double, single};
use super::real::Real;
use super::row::{FUNCTION, INF, NAN, OPERATOR, Row};
use super::table::{binary_operations, cases, unary_operations};
use super::values::{SIGMOID, SOFTPLUS, TANH, larger, power, sign, smaller};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

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
    Neg(std::ops::Neg::neg) = Row {
        name: "-", meaning: "a change of sign", wgsl: "-{a}", javascript: "-({a})", counts: false,
        edges: &[(&[NAN], NAN), (&[INF], -INF), (&[0.0], -0.0)],
        ..OPERATOR
    };
    Exp(Real::exp, kernel single::exp, double::exp) = Row {
        name: "exp", meaning: "e to the power x", wgsl: "exp_of({a})", native: Some(("exp({a})", "")),
        javascript: "Math.exp({a})",
        edges: &[(&[NAN], NAN), (&[INF], INF), (&[-INF], 0.0), (&[1000.0], INF), (&[-1000.0], 0.0), (&[0.0], 1.0)],
        ..FUNCTION
    };
    Ln(Real::ln, kernel single::ln, double::ln) = Row {
        name: "ln", meaning: "natural logarithm", wgsl: "ln_of({a})", native: Some(("log({a})", "")),
        javascript: "Math.log({a})",
        edges: &[(&[NAN], NAN), (&[-1.0], NAN), (&[-INF], NAN), (&[0.0], -INF), (&[-0.0], -INF), (&[INF], INF),
            (&[1.0], 0.0)],
        ..FUNCTION
    };
    Log2(Real::log2, kernel single::log2, double::log2) = Row {
        name: "log2", meaning: "logarithm to base 2", wgsl: "log2_of({a})", native: Some(("log2({a})", "")),
        javascript: "Math.log2({a})",
        edges: &[(&[NAN], NAN), (&[-1.0], NAN), (&[-INF], NAN), (&[0.0], -INF), (&[-0.0], -INF), (&[INF], INF),
            (&[1.0], 0.0)],
        ..FUNCTION
    };
    Sqrt(Real::sqrt) = Row {
        name: "sqrt", meaning: "square root", wgsl: "root_of({a})", javascript: "Math.sqrt({a})", exact: true,
        edges: &[(&[NAN], NAN), (&[-1.0], NAN), (&[-INF], NAN), (&[0.0], 0.0), (&[-0.0], -0.0), (&[INF], INF)],
        ..FUNCTION
    };
    Abs(Real::abs) = Row {
        name: "abs", meaning: "|x|", wgsl: "size_of({a})", javascript: "Math.abs({a})", exact: true, counts: false,
        edges: &[(&[NAN], NAN), (&[-INF], INF), (&[-0.0], 0.0)],
        ..FUNCTION
    };
    Sign(sign) = Row {
        name: "sign", meaning: "-1, 0 or 1", wgsl: "sign_of({a})", javascript: "Math.sign({a})", exact: true,
        counts: false,
        edges: &[(&[NAN], NAN), (&[INF], 1.0), (&[-INF], -1.0), (&[0.0], 0.0), (&[-0.0], -0.0)],
        ..FUNCTION
    };
    Sin(Real::sin, kernel single::sin, double::sin, large Real::large_sin, single::large_sin, double::large_sin) = Row {
        name: "sin", meaning: "sine of x radians", wgsl: "sin_of({a})", native: Some(("sin({a})", "")),
        javascript: "Math.sin({a})",
        edges: &[(&[NAN], NAN), (&[INF], NAN), (&[-INF], NAN), (&[0.0], 0.0), (&[-0.0], -0.0)],
        ..FUNCTION
    };
    Cos(Real::cos, kernel single::cos, double::cos, large Real::large_cos, single::large_cos, double::large_cos) = Row {
        name: "cos", meaning: "cosine of x radians", wgsl: "cos_of({a})", native: Some(("cos({a})", "")),
        javascript: "Math.cos({a})",
        edges: &[(&[NAN], NAN), (&[INF], NAN), (&[-INF], NAN), (&[0.0], 1.0), (&[-0.0], 1.0)],
        ..FUNCTION
    };
    Tan(Real::tan, kernel single::tan, double::tan, large Real::large_tan, single::large_tan, double::large_tan) = Row {
        name: "tan", meaning: "tangent of x radians", wgsl: "tan_of({a})", native: Some(("tan({a})", "")),
        javascript: "Math.tan({a})",
        edges: &[(&[NAN], NAN), (&[INF], NAN), (&[-INF], NAN), (&[0.0], 0.0), (&[-0.0], -0.0)],
        ..FUNCTION
    };
    Tanh(Real::tanh, kernel single::tanh, double::tanh) = Row {
        name: "tanh", meaning: "hyperbolic tangent", wgsl: "tanh_of({a})", native: Some(("driver_tanh({a})", TANH)),
        javascript: "Math.tanh({a})",
        edges: &[(&[NAN], NAN), (&[INF], 1.0), (&[-INF], -1.0), (&[0.0], 0.0), (&[-0.0], -0.0)],
        ..FUNCTION
    };
    Sigmoid(Real::sigmoid, kernel single::sigmoid, double::sigmoid) = Row {
        name: "sigmoid", meaning: "1/(1+exp(-x))", wgsl: "sigmoid_of({a})",
        native: Some(("driver_sigmoid({a})", SIGMOID)), javascript: "sigmoid({a})",
        edges: &[(&[NAN], NAN), (&[INF], 1.0), (&[-INF], 0.0), (&[0.0], 0.5)],
        ..FUNCTION
    };
    Softplus(Real::softplus, kernel single::softplus, double::softplus) = Row {
        name: "softplus", meaning: "ln(1+exp(x))", wgsl: "softplus_of({a})",
        native: Some(("driver_softplus({a})", SOFTPLUS)), javascript: "softplus({a})",
        edges: &[(&[NAN], NAN), (&[INF], INF), (&[-INF], 0.0)],
        ..FUNCTION
    };
    Atan(Real::atan, kernel single::atan, double::atan) = Row {
        name: "atan", meaning: "angle whose tangent is x", wgsl: "atan_of({a})", javascript: "Math.atan({a})",
        edges: &[(&[NAN], NAN), (&[INF], FRAC_PI_2), (&[-INF], -FRAC_PI_2), (&[1.0], FRAC_PI_4), (&[0.0], 0.0),
            (&[-0.0], -0.0)],
        ..FUNCTION
    };
    Sinh(Real::sinh, kernel single::sinh, double::sinh) = Row {
        name: "sinh", meaning: "hyperbolic sine", wgsl: "sinh_of({a})", javascript: "Math.sinh({a})",
        edges: &[(&[NAN], NAN), (&[INF], INF), (&[-INF], -INF), (&[1000.0], INF), (&[-1000.0], -INF), (&[0.0], 0.0),
            (&[-0.0], -0.0)],
        ..FUNCTION
    };
    Cosh(Real::cosh, kernel single::cosh, double::cosh) = Row {
        name: "cosh", meaning: "hyperbolic cosine", wgsl: "cosh_of({a})", javascript: "Math.cosh({a})",
        edges: &[(&[NAN], NAN), (&[INF], INF), (&[-INF], INF), (&[1000.0], INF), (&[-1000.0], INF), (&[0.0], 1.0),
            (&[-0.0], 1.0)],
        ..FUNCTION
    };
    Log1p(Real::log1p, kernel single::log1p, double::log1p) = Row {
        name: "log1p", meaning: "ln(1+x), exact for small x", wgsl: "log1p_of({a})", javascript: "Math.log1p({a})",
        edges: &[(&[NAN], NAN), (&[-2.0], NAN), (&[-INF], NAN), (&[-1.0], -INF), (&[INF], INF), (&[0.0], 0.0),
            (&[-0.0], -0.0)],
        ..FUNCTION
    };
    Expm1(Real::expm1, kernel single::expm1, double::expm1) = Row {
        name: "expm1", meaning: "exp(x)-1, exact for small x", wgsl: "expm1_of({a})", javascript: "Math.expm1({a})",
        edges: &[(&[NAN], NAN), (&[INF], INF), (&[-INF], -1.0), (&[1000.0], INF), (&[-1000.0], -1.0), (&[0.0], 0.0),
            (&[-0.0], -0.0)],
        ..FUNCTION
    };
    Cbrt(Real::cbrt, kernel single::cbrt, double::cbrt) = Row {
        name: "cbrt", meaning: "cube root, of negative numbers too", wgsl: "cbrt_of({a})", javascript: "Math.cbrt({a})",
        edges: &[(&[NAN], NAN), (&[INF], INF), (&[-INF], -INF), (&[-27.0], -3.0), (&[8.0], 2.0), (&[0.0], 0.0),
            (&[-0.0], -0.0)],
        ..FUNCTION
    };
    Erf(Real::erf, kernel single::erf, double::erf) = Row {
        name: "erf", meaning: "error function", wgsl: "erf_of({a})", javascript: "erf({a})",
        edges: &[(&[NAN], NAN), (&[INF], 1.0), (&[-INF], -1.0), (&[0.0], 0.0), (&[-0.0], -0.0)],
        ..FUNCTION
    };
    Erfc(Real::erfc, kernel single::erfc, double::erfc) = Row {
        name: "erfc", meaning: "1-erf(x), exact for large x", wgsl: "erfc_of({a})", javascript: "erfc({a})",
        edges: &[(&[NAN], NAN), (&[INF], 0.0), (&[-INF], 2.0), (&[0.0], 1.0), (&[-0.0], 1.0)],
        ..FUNCTION
    };
    Gelu(Real::gelu, kernel single::gelu, double::gelu) = Row {
        name: "gelu", meaning: "x*erfc(-x/sqrt(2))/2, not by tanh", wgsl: "gelu_of({a})", javascript: "gelu({a})",
        edges: &[(&[NAN], NAN), (&[INF], INF), (&[-INF], -0.0), (&[0.0], 0.0), (&[-0.0], -0.0)],
        ..FUNCTION
    };
    Floor(Real::floor) = Row {
        name: "floor", meaning: "largest whole number not above x", wgsl: "floor_of({a})",
        javascript: "Math.floor({a})", exact: true, counts: false,
        edges: &[(&[NAN], NAN), (&[INF], INF), (&[-INF], -INF), (&[0.0], 0.0), (&[-0.0], -0.0), (&[-0.5], -1.0),
            (&[-1.5], -2.0)],
        ..FUNCTION
    };
}

binary_operations! {
    Add(std::ops::Add::add) = Row {
        name: "+", meaning: "a sum", wgsl: "{a} + {b}", javascript: "{a} + {b}",
        edges: &[(&[NAN, 1.0], NAN), (&[1.0, NAN], NAN), (&[INF, -INF], NAN), (&[INF, 1.0], INF), (&[-0.0, 0.0], 0.0)],
        ..OPERATOR
    };
    Sub(std::ops::Sub::sub) = Row {
        name: "-", meaning: "a difference", wgsl: "{a} - {b}", javascript: "{a} - {b}",
        edges: &[(&[NAN, 1.0], NAN), (&[1.0, NAN], NAN), (&[INF, INF], NAN), (&[1.0, INF], -INF)],
        ..OPERATOR
    };
    Mul(std::ops::Mul::mul) = Row {
        name: "*", meaning: "a product", wgsl: "{a} * {b}", javascript: "{a} * {b}",
        edges: &[(&[NAN, 0.0], NAN), (&[0.0, NAN], NAN), (&[0.0, INF], NAN), (&[-0.0, 3.0], -0.0),
            (&[-INF, 2.0], -INF)],
        ..OPERATOR
    };
    Div(std::ops::Div::div) = Row {
        name: "/", meaning: "a quotient", wgsl: "quotient({a}, {b})", javascript: "{a} / {b}",
        edges: &[(&[NAN, 1.0], NAN), (&[1.0, NAN], NAN), (&[0.0, 0.0], NAN), (&[0.0, -0.0], NAN), (&[INF, INF], NAN),
            (&[1.0, 0.0], INF), (&[1.0, -0.0], -INF), (&[-1.0, 0.0], -INF), (&[NAN, 0.0], NAN), (&[INF, 0.0], INF),
            (&[1.0, INF], 0.0), (&[-1.0, INF], -0.0), (&[0.0, 5.0], 0.0)],
        ..OPERATOR
    };
    Min(smaller) = Row {
        name: "min", meaning: "the smallest of all; of one number: over the rows of the data",
        wgsl: "smaller({a}, {b})", javascript: "smaller({a}, {b})", exact: true, counts: false, folds: true,
        edges: &[(&[NAN, 1.0], NAN), (&[1.0, NAN], NAN), (&[NAN, NAN], NAN), (&[INF, 1.0], 1.0), (&[-INF, 1.0], -INF),
            (&[1.0, 1.0], 1.0)],
        ..FUNCTION
    };
    Max(larger) = Row {
        name: "max", meaning: "the largest of all; of one number: over the rows of the data",
        wgsl: "larger({a}, {b})", javascript: "larger({a}, {b})", exact: true, counts: false, folds: true,
        edges: &[(&[NAN, 1.0], NAN), (&[1.0, NAN], NAN), (&[NAN, NAN], NAN), (&[INF, 1.0], INF), (&[-INF, 1.0], 1.0),
            (&[1.0, 1.0], 1.0)],
        ..FUNCTION
    };
    Atan2(Real::atan2, kernel single::atan2, double::atan2) = Row {
        name: "atan2", meaning: "atan2(y, x): the angle of the point (x, y)", wgsl: "atan2_of({a}, {b})", javascript: "Math.atan2({a}, {b})",
        edges: &[(&[NAN, 1.0], NAN), (&[1.0, NAN], NAN), (&[NAN, INF], NAN), (&[INF, NAN], NAN), (&[0.0, 0.0], 0.0),
            (&[-0.0, 0.0], -0.0), (&[0.0, -0.0], PI), (&[-0.0, -0.0], -PI), (&[0.0, 1.0], 0.0), (&[0.0, -1.0], PI),
            (&[-0.0, -1.0], -PI), (&[1.0, 0.0], FRAC_PI_2), (&[-1.0, 0.0], -FRAC_PI_2), (&[1.0, INF], 0.0),
            (&[1.0, -INF], PI), (&[INF, 1.0], FRAC_PI_2), (&[-INF, 1.0], -FRAC_PI_2), (&[INF, INF], FRAC_PI_4),
            (&[-INF, -INF], -3.0 * FRAC_PI_4)],
        ..FUNCTION
    };
    Hypot(Real::hypot, kernel single::hypot, double::hypot) = Row {
        name: "hypot", meaning: "sqrt(a^2+b^2) without overflow", wgsl: "hypot_of({a}, {b})", javascript: "Math.hypot({a}, {b})", folds: true,
        edges: &[(&[NAN, 1.0], NAN), (&[1.0, NAN], NAN), (&[NAN, 0.0], NAN), (&[INF, 1.0], INF), (&[1.0, -INF], INF),
            (&[INF, INF], INF), (&[INF, NAN], INF), (&[NAN, -INF], INF), (&[0.0, -0.0], 0.0), (&[3.0, -4.0], 5.0),
            (&[0.0, 7.0], 7.0)],
        ..FUNCTION
    };
    LogSumExp(Real::logsumexp, kernel single::logsumexp, double::logsumexp) = Row {
        name: "logsumexp", meaning: "ln(exp(a)+exp(b)) without overflow", wgsl: "logsumexp_of({a}, {b})", javascript: "logSumExp({a}, {b})", folds: true,
        edges: &[(&[NAN, 1.0], NAN), (&[1.0, NAN], NAN), (&[INF, NAN], NAN), (&[NAN, -INF], NAN), (&[INF, 1.0], INF),
            (&[-INF, 1.0], 1.0), (&[INF, INF], INF), (&[INF, -INF], INF), (&[-INF, -INF], -INF),
            (&[1000.0, -1000.0], 1000.0)],
        ..FUNCTION
    };
    Pow(power, kernel single::pow, double::pow) = Row {
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
