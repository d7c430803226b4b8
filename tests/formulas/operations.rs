//! The table of operations, read row by row: whatever stands in it parses, has a slope that is that of its value, WGSL that
//! a compiler takes, and JavaScript. So a new function is tested as soon as it has a row.

use crate::formula::Formula;
use alphasweep::engine::gpu::shader;
use alphasweep::expr::{
    Algebra, At, AtBoth, Binary, Comparison, Compound, Function, Graph, Slopes, Unary, constant, evaluate, functions,
    gradient, is_of_language, parse,
};
use alphasweep::sweep::Precision;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use std::collections::HashSet;

/// Plain numbers as what slopes are written in.
struct Numbers;

impl Algebra for Numbers {
    type Value = f64;
    fn constant(&mut self, value: f64) -> f64 {
        value
    }
    fn unary(&mut self, op: Unary, a: f64) -> f64 {
        op.value(a)
    }
    fn binary(&mut self, op: Binary, a: f64, b: f64) -> f64 {
        op.value(a, b)
    }
    fn compare(&mut self, op: Comparison, a: f64, b: f64) -> f64 {
        if op.holds(a, b) { 1.0 } else { 0.0 }
    }
    fn select(&mut self, condition: f64, a: f64, b: f64) -> f64 {
        if condition == 0.0 { b } else { a }
    }
}

/// No kink is here, and no two are equal.
const POINTS: [f64; 10] = [-2.6, -1.3, -0.7, -0.3, 0.2, 0.6, 0.9, 1.9, 2.3, 5.1];
const STEP: f64 = 1e-3;

/// The derivative by the five-point formula; its error is some h⁴ = 1e-12 and some 1e-16/h of rounding.
fn five_points(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    let apart = |distance: f64| f(x + distance) - f(x - distance);
    (8.0 * apart(STEP) - apart(2.0 * STEP)) / (12.0 * STEP)
}

/// The first point at which a slope is not that of the value, among those that have a value; how many have one.
fn compared(value: impl Fn(f64) -> f64, slope: impl Fn(f64) -> f64) -> Result<usize, String> {
    compared_to(1e-8, value, slope)
}

/// As [`compared`], to a part of the slope.
fn compared_to(part: f64, value: impl Fn(f64) -> f64, slope: impl Fn(f64) -> f64) -> Result<usize, String> {
    let mut count = 0;
    for x in POINTS.into_iter().filter(|x| value(*x).is_finite()) {
        let (expected, slope) = (five_points(&value, x), slope(x));
        if slope.is_nan() || (slope - expected).abs() > part * (1.0 + expected.abs()) {
            return Err(format!("the slope at {x} is {expected} by differences, and not {slope}"));
        }
        count += 1;
    }
    Ok(count)
}

/// As [`compared`], where a few points must have a value.
fn check_slope(what: &str, value: impl Fn(f64) -> f64, slope: impl Fn(f64) -> f64) {
    match compared(value, slope) {
        Ok(count) => assert!(count >= 4, "{what}: only {count} points have a value"),
        Err(why) => panic!("{what}: {why}"),
    }
}

fn slope_of(op: Unary, a: f64) -> f64 {
    op.slope(&mut Numbers, At { a, result: op.value(a), d: 1.0 })
}

fn slopes_of(op: Binary, a: f64, b: f64) -> (f64, f64) {
    match op.slopes(&mut Numbers, AtBoth { a, b, result: op.value(a, b), d: 1.0, b_moves: true }) {
        Slopes::Each(to_a, to_b) => (to_a, to_b),
        Slopes::One { b_where } => (1.0 - b_where, b_where),
    }
}

#[test]
fn every_slope_is_that_of_its_value() {
    for op in Unary::ALL {
        check_slope(op.row().name, |x| op.value(x), |x| slope_of(*op, x));
    }
    for op in Binary::ALL {
        for fixed in [0.4, 1.1, 3.2] {
            check_slope(op.row().name, |x| op.value(x, fixed), |x| slopes_of(*op, x, fixed).0);
            check_slope(op.row().name, |x| op.value(fixed, x), |x| slopes_of(*op, fixed, x).1);
        }
    }
}

/// The comparison above can fail.
#[test]
fn a_wrong_slope_is_caught() {
    assert!(compared(|x| Unary::Sin.value(x), |x| -slope_of(Unary::Sin, x)).is_err());
    assert!(compared(|x| Unary::Exp.value(x), |x| slope_of(Unary::Exp, x) * 1.000_001).is_err());
    assert!(compared(|x| Unary::Tanh.value(x), |_| f64::NAN).is_err());
    assert!(compared(|x| Binary::Max.value(x, 0.4), |x| slopes_of(Binary::Min, x, 0.4).0).is_err());
}

/// The slopes that a graph has, which are written in the same words.
#[test]
fn formulas_know_every_function_of_numbers_and_its_slopes() {
    for Function { name, arity, .. } in functions().filter(|of| !["mean", "sum", "select"].contains(&of.name)) {
        let others = [0.4, 1.1];
        let arguments: Vec<String> = (0..arity).map(|at| format!("x{at}")).collect();
        let ast = parse(&format!("{name}({})", arguments.join(", "))).expect(name);
        let mut graph = Graph::new();
        let inputs: Vec<_> = arguments.iter().map(|argument| graph.input(argument)).collect();
        let find = |name: &str| arguments.iter().position(|known| known == name).map(|at| inputs[at]);
        let value = ast.lower_value(&mut graph, &mut |name| find(name)).expect(name);
        let slopes = gradient(&mut graph, value, &inputs);
        for (by, slope) in slopes.iter().enumerate() {
            let at = |root, x: f64| {
                let mut point = others[..arity - 1].to_vec();
                point.insert(by, x);
                evaluate(&graph, &[root], &point)[0]
            };
            check_slope(name, |x| at(value, x), |x| at(*slope, x));
        }
    }
}

/// The slopes of the slopes too: minima are judged by them.
#[test]
fn second_derivatives_are_those_of_the_slopes() {
    for Function { name, arity, .. } in functions().filter(|of| !["mean", "sum", "select"].contains(&of.name)) {
        let names = &["x", "y"][..arity];
        let mut formula = Formula::of(&format!("{name}({})", names.join(", ")), names);
        let spread = |x: f64, by: usize| {
            let mut point = [0.4, 1.1, 3.2][by..by + arity].to_vec();
            point[by] = x;
            point
        };
        for (by, of) in (0..arity).flat_map(|by| (0..arity).map(move |of| (by, of))) {
            let second: Vec<f64> = POINTS.iter().map(|x| formula.hessian(&spread(*x, by))[of][by]).collect();
            let at = |x: f64| second[POINTS.iter().position(|point| *point == x).expect("a point")];
            let slope = |x: f64| formula.slopes(&spread(x, by))[of];
            match compared_to(1e-7, slope, at) {
                Ok(count) => assert!(count >= 4, "{name}: {count} points"),
                Err(why) => panic!("{name}, by {of} and {by}: {why}"),
            }
        }
    }
}

#[test]
fn every_compound_function_is_what_its_formula_says() {
    for of in Compound::ALL {
        let (name, arity, meaning) = of.row();
        assert!(arity <= 2, "`{name}`: write a comparison for more arguments");
        let names = &["x", "d"][..arity];
        let call = format!("{name}({})", names.join(", "));
        for (x, d) in POINTS.into_iter().flat_map(|x| [0.4, 1.9, -1.0].map(|d| (x, d))) {
            let point = &[x, d][..arity];
            let built = of.build(&mut Numbers, point);
            for value in [&call, meaning].map(|text| Formula::of(text, names).value(point)) {
                assert!(value == built || value.is_nan() && built.is_nan(), "{name}({x}) is {built} and {value}");
            }
        }
    }
}

/// Conventions where there is no slope, and slopes that no square may lose.
#[test]
fn slopes_at_edges_are_those_of_the_guide() {
    let slopes = |text: &str, at: &[f64]| Formula::of(text, &["x", "y"][..at.len()]).slopes(at);
    for (text, x) in [("asin(x)", 1.0), ("asin(x)", -1.0), ("acos(x)", 1.0), ("acos(x)", -1.0), ("cbrt(x)", 0.0)] {
        assert_eq!(slopes(text, &[x]), [0.0], "{text} at {x}");
    }
    for text in ["hypot(x, y)", "atan2(x, y)"] {
        assert_eq!(slopes(text, &[0.0, 0.0]), [0.0, 0.0], "{text}");
    }
    assert_eq!(slopes("huber(x, y)", &[2.0, 2.0]), [2.0, 0.0]);
    for size in [1e-200, 1e200] {
        let found = slopes("atan2(x, y)", &[3.0 * size, -4.0 * size]);
        assert!((found[0] * size + 0.16).abs() < 1e-15 && (found[1] * size + 0.12).abs() < 1e-15, "{found:?}");
        let found = slopes("hypot(x, y)", &[3.0 * size, -4.0 * size]);
        assert!((found[0] - 0.6).abs() < 1e-15 && (found[1] + 0.8).abs() < 1e-15, "{found:?}");
    }
    assert_eq!(slopes("logsumexp(x, y)", &[1000.0, -1000.0]), [1.0, 0.0]);
}

/// Of more than two each joins what came before.
#[test]
fn some_functions_take_more_than_two() {
    let names = ["x", "y", "z", "u"];
    let at: [f64; 4] = [3.0, -1.0, 0.5, 2.0];
    let value = |text: &str| Formula::of(text, &names).value(&at);
    assert_eq!((value("max(y, z, x, u)"), value("min(x, y, z, u)")), (3.0, -1.0));
    assert!((value("hypot(x, y, z, u)") - 14.25_f64.sqrt()).abs() < 1e-15);
    let sum: f64 = at.iter().map(|x| x.exp()).sum();
    assert!((value("logsumexp(x, y, z, u)") - sum.ln()).abs() < 1e-15);
    let shares = Formula::of("logsumexp(x, y, z, u)", &names).slopes(&at);
    for (share, x) in shares.iter().zip(at) {
        assert!((share - x.exp() / sum).abs() < 1e-15, "{shares:?}");
    }
    assert_eq!(Formula::of("max(x, y, z, u)", &names).slopes(&at), [1.0, 0.0, 0.0, 0.0]);
    let refused = |text: &str| parse(text).expect_err(text).to_string();
    assert!(refused("hypot(x)").starts_with("`hypot` takes 2 or more argument(s), and 1 are given"));
    assert!(refused("atan2(x, y, z)").starts_with("`atan2` takes 2 argument(s), and 3 are given"));
}

#[test]
fn names_are_words_of_their_own_and_are_suggested() {
    let mut seen = HashSet::new();
    for Function { name, arity, meaning, .. } in functions() {
        assert!(seen.insert(name) && constant(name).is_none(), "`{name}` has two meanings");
        assert!(is_of_language(name) && (1..=3).contains(&arity) && !meaning.is_empty(), "{name}");
        let alone = parse(name).expect_err(name).to_string();
        assert!(alone.contains(meaning), "{alone}");
        let assigned = parse(&format!("{name} = 1; {name}")).expect_err(name).to_string();
        assert!(assigned.contains("a meaning of its own"), "{assigned}");
        let slip = parse(&format!("{name}z(x)")).expect_err(name).to_string();
        assert!(slip.contains(&format!("did you mean `{name}`?")), "{slip}");
    }
}

/// Compiles an expression over a and b in one precision, with the functions of shaders.
fn compile(expression: &str, wide: bool) -> Result<(), String> {
    let request = crate::common::asked("lecture").precision(if wide { Precision::F64 } else { Precision::F32 });
    let shader = shader(&request.resolve().expect("a sweep"));
    let source = format!("{shader}fn f(a: real, b: real) -> real {{\n    return {expression};\n}}\n");
    let module = naga::front::wgsl::parse_str(&source).map_err(|e| e.emit_to_string(&source))?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::FLOAT64 | Capabilities::SHADER_INT64);
    validator.validate(&module).map(|_| ()).map_err(|e| e.emit_to_string(&source))
}

#[test]
fn every_row_has_wgsl_that_compiles_and_javascript() {
    let unary = Unary::ALL.iter().map(|op| (op.row(), op.wgsl("a"), op.javascript("a")));
    let binary = Binary::ALL.iter().map(|op| (op.row(), op.wgsl("a", "b"), op.javascript("a", "b")));
    for (row, wgsl, javascript) in unary.chain(binary) {
        for wide in [false, true].into_iter().filter(|wide| row.exact || !wide) {
            compile(&wgsl, wide).unwrap_or_else(|error| panic!("{}: {error}", row.name));
        }
        assert!(javascript.contains('a') && !javascript.contains(['{', '}']), "{}: {javascript}", row.name);
    }
}

/// The compiler above does refuse.
#[test]
fn wgsl_that_is_none_is_refused() {
    assert!(compile("exq(a)", false).is_err());
    assert!(compile("sigmoid_of(a)", true).is_err(), "a function that only f32 has");
    assert!(compile("select(a, b)", false).is_err());
}
