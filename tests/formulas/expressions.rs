//! Formulas: what they mean, and how they fail.
//!
//! The truths are tables worked out by hand, Rust's own std for every function, and exact error texts. What shares
//! nothing with the project's parser at all, the evaluator in `common/oracle.rs`, reads the same texts in `derivatives.rs`.

use crate::common::{Mismatches, Tolerance};
use crate::formula::Formula;
use alphasweep::expr::{Function, functions, parse};
use alphasweep::problem::{Objective, Rule};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The value at x = 3, y = 2.
fn at_3_2(text: &str) -> f64 {
    Formula::of(text, &["x", "y"]).value(&[3.0, 2.0])
}

fn complaint(text: &str) -> String {
    Formula::new(text, &["x", "y"]).err().unwrap_or_else(|| panic!("`{text}` is no formula and was read"))
}

#[test]
fn operators_bind_as_in_mathematics() {
    let table = [
        ("-x^2", -9.0),
        ("(-x)^2", 9.0),
        ("2^3^2", 512.0),
        ("(2^3)^2", 64.0),
        ("2^-1", 0.5),
        ("x^-2*18", 2.0),
        ("2^-x^2", 1.0 / 512.0),
        ("7-4-2", 1.0),
        ("12/3/2", 2.0),
        ("12/3*2", 8.0),
        ("2+3*4^2/8-1", 7.0),
        ("2*-x", -6.0),
        ("--x", 3.0),
        ("-+-x", 3.0),
        ("x - -y", 5.0),
        ("1.5e1 + .5 + 2. + 1E-1", 17.6),
        ("x*y + x/y - x^y", 6.0 + 1.5 - 9.0),
        ("pi - e", std::f64::consts::PI - std::f64::consts::E),
        (" \t x\n+\r\n y ", 5.0),
    ];
    for (text, expected) in table {
        assert_eq!(at_3_2(text), expected, "{text}");
    }
}

#[test]
fn whole_powers_are_exact_products() {
    for n in 0..=33 {
        assert_eq!(at_3_2(&format!("x^{n}")), 3_f64.powi(n), "3^{n}");
        assert_eq!(at_3_2(&format!("(-x)^{n}")), (-3_f64).powi(n), "(-3)^{n}");
        assert_eq!(at_3_2(&format!("y^-{n}")), 2_f64.powi(-n), "2^-{n}");
        let slope = Formula::of(&format!("x^{n}"), &["x"]).slopes(&[2.0]);
        assert_eq!(slope, [f64::from(n) * 2_f64.powi(n - 1)], "d/dx x^{n} at 2");
    }
}

#[test]
fn comparisons_choose_in_select() {
    let table = [
        ("select(x < 3, 1, 2)", 2.0),
        ("select(x <= 3, 1, 2)", 1.0),
        ("select(x > 3, 1, 2)", 2.0),
        ("select(x >= 3, 1, 2)", 1.0),
        ("select(x == 3, 1, 2)", 1.0),
        ("select(x + 1 < y*2.5, x, y)", 3.0),
        ("select(x < y, 1, select(y < 1, 2, 3))", 3.0),
        ("select(-x < y, x^2, 0) + 1", 10.0),
    ];
    for (text, expected) in table {
        assert_eq!(at_3_2(text), expected, "{text}");
    }
}

#[test]
fn locals_are_values_under_a_name() {
    let table = [
        ("u = x+1; u*u", 16.0),
        ("u = x; u = u + 1; u = u*u; u - y", 14.0),
        ("u = x;\nv = u*2;\nv + u;", 9.0),
        ("x2 = x^2; select(x2 > 8, x2, -x2)", 9.0),
    ];
    for (text, expected) in table {
        assert_eq!(at_3_2(text), expected, "{text}");
    }
    assert_eq!(parse("u = a*x; v = u + b; u*v + x").unwrap().free_names(), ["a", "x", "b"]);
}

/// (name, the same in Rust's std, points from, to)
type Twin = (&'static str, fn(f64) -> f64, f64, f64);

const TWINS: [Twin; 25] = [
    ("exp", f64::exp, -30.0, 30.0),
    ("ln", f64::ln, 1e-3, 1e3),
    ("log2", f64::log2, 1e-3, 1e3),
    ("log10", f64::log10, 1e-3, 1e3),
    ("sqrt", f64::sqrt, 0.0, 1e3),
    ("abs", f64::abs, -9.0, 9.0),
    ("sign", |x| if x == 0.0 { 0.0 } else { x.signum() }, -9.0, 9.0),
    ("sin", f64::sin, -50.0, 50.0),
    ("cos", f64::cos, -50.0, 50.0),
    ("tan", f64::tan, -50.0, 50.0),
    ("tanh", f64::tanh, -30.0, 30.0),
    ("sigmoid", |x| 1.0 / (1.0 + (-x).exp()), -30.0, 30.0),
    ("softplus", |x| x.exp().ln_1p(), -30.0, 30.0),
    ("relu", |x| x.max(0.0), -9.0, 9.0),
    ("floor", f64::floor, -9.0, 9.0),
    ("atan", f64::atan, -9.0, 9.0),
    ("asin", f64::asin, -1.0, 1.0),
    ("acos", f64::acos, -1.0, 1.0),
    ("sinh", f64::sinh, -9.0, 9.0),
    ("cosh", f64::cosh, -9.0, 9.0),
    ("log1p", f64::ln_1p, -0.9, 9.0),
    ("expm1", f64::exp_m1, -9.0, 9.0),
    ("cbrt", f64::cbrt, -9.0, 9.0),
    ("erf", erf, -5.0, 5.0),
    ("erfc", |x| 1.0 - erf(x), -5.0, 0.5),
];

/// Its series of terms of one sign.
fn erf(x: f64) -> f64 {
    let (mut sum, mut term) = (0.0, 2.0 * x / std::f64::consts::PI.sqrt() * (-x * x).exp());
    for n in 1..400 {
        sum += term;
        term *= 2.0 * x * x / f64::from(2 * n + 1);
    }
    sum
}

/// Those of two arguments, likewise.
type TwinOfTwo = (&'static str, fn(f64, f64) -> f64);

const OF_TWO: [TwinOfTwo; 4] = [
    ("atan2(x, y)", f64::atan2),
    ("hypot(x, y)", f64::hypot),
    ("logsumexp(x, y)", |x, y| (x.exp() + y.exp()).ln()),
    ("huber(x, y)", |x, d| if x.abs() <= d { x * x / 2.0 } else { d * (x.abs() - d / 2.0) }),
];

/// libm and the platform's library may differ in the last places; softplus computes 1+e⁻ˣ, which loses up to half an ulp
/// of 1.
const STD: Tolerance = Tolerance { absolute: 2.3e-16, relative: 4e-15 };

#[test]
fn functions_are_those_of_rusts_std() {
    let mut wrong = Mismatches::default();
    for (name, twin, lo, hi) in TWINS {
        let formula = Formula::of(&format!("{name}(x)"), &["x"]);
        for x in (0..=1000).map(|at| lo + (hi - lo) * f64::from(at) / 1000.0) {
            let (value, expected) = (formula.value(&[x]), twin(x));
            if !STD.holds(value, expected) {
                wrong.note(|| format!("{name}({x:?}) = {value:?}, std has {expected:?}, {STD:?}"));
            }
        }
    }
    wrong.none("functions of one argument");
    for (x, y) in [(1.0, 2.0), (2.0, 1.0), (-1.0, -1.0), (0.5, -7.25)] {
        assert_eq!(Formula::of("min(x, y)", &["x", "y"]).value(&[x, y]), f64::min(x, y));
        assert_eq!(Formula::of("max(x, y)", &["x", "y"]).value(&[x, y]), f64::max(x, y));
        assert!(STD.holds(Formula::of("x^y", &["x", "y"]).value(&[x.abs(), y]), x.abs().powf(y)), "{x}^{y}");
        for (text, twin) in OF_TWO {
            assert!(STD.holds(Formula::of(text, &["x", "y"]).value(&[x, y]), twin(x, y)), "{text} of {x} and {y}");
        }
    }
    for x in [-4.0, -0.7, 0.3, 2.0] {
        let expected = x / 2.0 * (1.0 + erf(x / 2_f64.sqrt()));
        assert!((Formula::of("gelu(x)", &["x"]).value(&[x]) - expected).abs() < 1e-14, "gelu({x})");
    }
    for Function { name, arity, .. } in functions() {
        let tested = TWINS.iter().any(|twin| twin.0 == name)
            || OF_TWO.iter().any(|twin| twin.0.starts_with(&format!("{name}(")))
            || ["min", "max", "select", "mean", "sum", "gelu"].contains(&name);
        assert!(tested && arity >= 1, "`{name}` is in no table of this file");
    }
}

#[test]
fn far_out_functions_neither_overflow_nor_vanish() {
    let at = |text: &str, x: f64| Formula::of(text, &["x"]).value(&[x]);
    assert_eq!((at("sigmoid(x)", 1000.0), at("sigmoid(x)", -1000.0)), (1.0, 0.0));
    assert_eq!((at("softplus(x)", 1000.0), at("softplus(x)", -1000.0)), (1000.0, 0.0));
    assert_eq!((at("tanh(x)", 1000.0), at("tanh(x)", -1000.0)), (1.0, -1.0));
    assert!(STD.holds(at("sigmoid(x)*1e40", -100.0), (-100.0_f64).exp() * 1e40));
    assert!(at("x^0.5", -1.0).is_nan() && at("x^1.5", -4.0).is_nan(), "no real root of a negative number");
    assert_eq!((at("x^3", -2.0), at("x^-3", -2.0), at("x^0", 0.0)), (-8.0, -0.125, 1.0));
}

#[test]
fn errors_point_at_the_character() {
    let table = [
        ("(x+1", "expected an operator or `)`, found the end\n  (x+1\n      ^"),
        ("x+1)", "expected an operator or the end of the formula, found `)`\n  x+1)\n     ^"),
        ("1 + sine(x)", "no function `sine`: did you mean `sin`?\n  1 + sine(x)\n      ^^^^"),
        ("min(x,)", "expected a number, a name or `(`, found `)`\n  min(x,)\n        ^"),
        (
            "2*min(x)",
            "`min(...)` runs over the rows of a data set, and there is none; give --data FILE.csv, or another number to \
             compare with\n  2*min(x)\n    ^^^^^^",
        ),
        ("2*hypot(x)", "`hypot` takes 2 or more argument(s), and 1 are given\n  2*hypot(x)\n    ^^^^^^^^"),
        ("sin(x, y)", "`sin` takes 1 argument(s), and 2 are given\n  sin(x, y)\n  ^^^^^^^^^"),
        ("exp()", "expected a number, a name or `(`, found `)`\n  exp()\n      ^"),
        ("sin + 1", "`sin` is a function of 1 (sine of x radians) and needs `(`\n  sin + 1\n  ^^^"),
        (
            "(x < 1) + 2",
            "expected a number, found a condition; write `select(condition, a, b)`\n  (x < 1) + 2\n  ^^^^^^^",
        ),
        ("x < 1", "expected a number, found a condition; write `select(condition, a, b)`\n  x < 1\n  ^^^^^"),
        ("select(x, 1, 2)", "expected a condition such as `x < 1`, found a number\n  select(x, 1, 2)\n         ^"),
        ("x + 1/0", "this part is a constant and not a finite number\n  x + 1/0\n      ^^^"),
        ("ln(0)*x", "this part is a constant and not a finite number\n  ln(0)*x\n  ^^^^^"),
        ("1e999*x", "`1e999` is too large for any number here\n  1e999*x\n  ^^^^^"),
        ("", "expected a formula, found the end\n  \n  ^"),
        ("x +", "expected a number, a name or `(`, found the end\n  x +\n     ^"),
        ("x + z", "`z` is nothing in this formula\n  x + z\n      ^"),
        ("u = x;", "expected a value after the last `;`\n  u = x;\n        ^"),
        ("x != y", "there is no `!=`; write `select(a == b, 0, 1)`\n  x != y\n    ^^"),
        ("x < 1 < 2", "expected an operator or the end of the formula, found `<`\n  x < 1 < 2\n        ^"),
        (
            "mean(x)",
            "`mean(...)` runs over the rows of a data set, and there is none; give --data FILE.csv\n  mean(x)\n  ^^^^^^^",
        ),
        ("\tx +\n* y", "expected a number, a name or `(`, found `*`\n   x + * y\n       ^"),
        ("e = x; e*e", "`e` has a meaning of its own; assign another name\n  e = x; e*e\n  ^"),
        ("x + β", "`beta` is nothing in this formula\n  x + β\n      ^"),
    ];
    for (text, expected) in table {
        assert_eq!(complaint(text), expected, "for `{text}`");
    }
}

/// What is marked is what is meant: a part that begins with a parenthesis is marked from that parenthesis on.
#[test]
fn the_mark_takes_in_the_parentheses_of_the_part() {
    let expected = "this part is a constant and not a finite number\n  (-8)^(1/3)*x\n  ^^^^^^^^^^";
    assert_eq!(complaint("(-8)^(1/3)*x"), expected);
}

#[test]
fn a_long_formula_shows_the_place_and_not_all_of_it() {
    let text = format!("{} + oops(x)", vec!["x"; 500].join(" + "));
    let complaint = complaint(&text);
    let lines: Vec<&str> = complaint.lines().collect();
    assert!(lines.iter().all(|line| line.chars().count() < 140), "{complaint}");
    let caret = lines[2].chars().position(|c| c == '^').expect("a caret");
    assert_eq!(lines[1].chars().skip(caret).take(4).collect::<String>(), "oops", "{complaint}");
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    for depth in [201, 10_000, 100_000] {
        for (open, close) in [("(", ")"), ("sin(", ")"), ("-", ""), ("2^", "")] {
            let complaint = complaint(&format!("{}x{}", open.repeat(depth), close.repeat(depth)));
            let known = ["nested deeper than 200 levels", "a formula may have at most 65536 bytes"];
            assert!(known.iter().any(|known| complaint.contains(known)), "{depth} × `{open}`: {complaint}");
        }
    }
    assert_eq!(at_3_2(&format!("{}x{}", "(".repeat(200), ")".repeat(200))), 3.0);
}

/// 60 kB of text is 30 000 terms: value, derivative and error all come back.
#[test]
fn long_chains_are_read_and_differentiated() {
    let chain = |term: &str, joint: &str, n: usize| vec![term; n].join(joint);
    let sum = Formula::of(&chain("x", "+", 30_000), &["x"]);
    assert_eq!((sum.value(&[2.0]), sum.slopes(&[2.0])), (60_000.0, vec![30_000.0]));
    let product = Formula::of(&chain("x", "*", 30_000), &["x"]);
    assert_eq!((product.value(&[1.0]), product.slopes(&[1.0])), (1.0, vec![30_000.0]));
    let locals = Formula::of(&format!("u = x; {}u", "u = u+1; ".repeat(6_000)), &["x"]);
    assert_eq!((locals.value(&[2.0]), locals.slopes(&[2.0])), (6_002.0, vec![1.0]));
    assert!(complaint(&chain("x", "+", 40_000)).contains("at most 65536 bytes, and this one has 79999"));
}

/// Pieces of formulas, well-formed or not.
fn soup() -> impl Strategy<Value = String> {
    const PIECES: [&str; 60] = [
        "x",
        "y",
        "u",
        "delta",
        "alpha",
        "g",
        "p",
        "t",
        "1",
        "0",
        "2.5",
        "1e-3",
        "1e999",
        ".",
        "+",
        "-",
        "*",
        "/",
        "^",
        "(",
        ")",
        ",",
        ";",
        "=",
        "==",
        "<",
        "<=",
        ">",
        "!",
        "**",
        "sin",
        "min(",
        "select(",
        "exp(",
        "sum(",
        "lnn(",
        " ",
        "\n",
        "\t",
        "β",
        "∞",
        "[",
        "?",
        "\u{301}",
        "|",
        "²",
        "√",
        "π",
        "np.",
        "lambda x:",
        "f(x)=",
        "1/2",
        "−",
        "½",
        ":",
        "sin ",
        "값",
        "ⁿ",
        "_",
        "\u{200b}",
    ];
    prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40).prop_map(|pieces| pieces.concat())
}

/// Whatever the text is, reading, lowering and differentiating it ends in a value or in an error that can be shown.
fn survives(text: &str) {
    if let Err(error) = Formula::new(text, &["x", "y", "u"]) {
        assert!(error.lines().count() == 3 && error.ends_with('^'), "`{text}`: {error}");
    }
    for error in [Objective::new(text, &[]).err(), Rule::new(text).err()].into_iter().flatten() {
        assert!(!error.to_string().is_empty(), "`{text}`");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 20_000, failure_persistence: None, rng_seed: RngSeed::Fixed(11), ..ProptestConfig::default()
    })]

    #[test]
    fn no_soup_of_tokens_panics(text in soup()) {
        survives(&text);
    }

    #[test]
    fn no_text_panics(text in prop::collection::vec(any::<char>(), 0..30)) {
        survives(&text.into_iter().collect::<String>());
    }
}
