//! Derivatives of formulas.
//!
//! Two truths that share nothing with the project's derivatives: central differences of a plain evaluation, and
//! `num-dual`'s dual and hyper-dual numbers. Both are driven by a small evaluator of the text grammar
//! (`common/oracle.rs`) that was written from the language's description alone, so that a parser that misreads a formula
//! shows here too. The curvatures at the catalog's minima were computed outside this project.

#![allow(clippy::unreadable_literal, reason = "published numbers stand as they were printed")]

use crate::common::{Mismatches, Random, Tolerance};
use crate::formula::Formula;
use crate::oracle::Oracle;
use alphasweep::problem::{Objective, catalog};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use std::cell::Cell;

/// Dual numbers are exact but for rounding. Products of a dozen factors of up to 10⁴ in another order, and sums that cancel,
/// leave a few hundred ulp of the largest term.
const DUAL: Tolerance = Tolerance { absolute: 1e-8, relative: 1e-11 };

/// Fourth-order central differences: truncation h⁴f⁗'/30 and rounding 1e-16·f/h, with h = 1e-3 and f up to 1e4.
const CENTRAL: Tolerance = Tolerance { absolute: 1e-6, relative: 1e-7 };

/// ∂f/∂(coordinate `by`) by the five-point formula, with step h.
fn five_points(f: &Oracle<'_>, at: &[f64], by: usize, h: f64) -> f64 {
    let moved = |distance: f64| {
        let mut there = at.to_vec();
        there[by] += distance;
        f.value(&there)
    };
    (8.0 * (moved(h) - moved(-h)) - (moved(2.0 * h) - moved(-2.0 * h))) / (12.0 * h)
}

/// Rows whose formula is all there is; those with data have tests of their own.
fn without_data() -> impl Iterator<Item = &'static catalog::ObjectiveRow> {
    catalog::OBJECTIVES.iter().filter(|row| row.data.is_empty())
}

/// The central difference, where halving its step confirms it.
fn central(f: &Oracle<'_>, at: &[f64], by: usize) -> Option<f64> {
    let (coarse, fine) = (five_points(f, at, by, 1e-3), five_points(f, at, by, 5e-4));
    CENTRAL.holds(coarse, fine).then_some(fine)
}

#[test]
fn every_catalog_gradient_is_that_of_dual_numbers_and_of_differences() {
    let mut random = Random(21);
    for row in without_data() {
        let parameters = Objective::new(row.name, &[]).unwrap().parameters().to_vec();
        let oracle = Oracle { text: row.formula, parameters: &parameters, constants: row.constants };
        let names: Vec<&str> = parameters.iter().map(String::as_str).chain(row.constants.iter().map(|c| c.0)).collect();
        let formula = Formula::of(row.formula, &names);
        let (mut wrong, mut confirmed) = (Mismatches::default(), 0);
        for _ in 0..200 {
            let point: Vec<f64> = parameters.iter().map(|_| random.uniform(-2.0, 2.0)).collect();
            let inputs: Vec<f64> = point.iter().copied().chain(row.constants.iter().map(|c| c.1)).collect();
            let slopes = formula.slopes(&inputs);
            if !DUAL.holds(formula.value(&inputs), oracle.value(&point)) {
                wrong.note(|| {
                    format!("value at {point:?}: {:e}, oracle {:e}", formula.value(&inputs), oracle.value(&point))
                });
            }
            for by in 0..parameters.len() {
                let dual = oracle.slope(&point, by);
                if !DUAL.holds(slopes[by], dual) {
                    wrong.note(|| {
                        format!("d/d{} at {point:?}: {:e}, dual numbers {dual:e}", parameters[by], slopes[by])
                    });
                }
                let Some(difference) = central(&oracle, &point, by) else { continue };
                confirmed += 1;
                if !CENTRAL.holds(slopes[by], difference) {
                    wrong.note(|| {
                        format!("d/d{} at {point:?}: {:e}, differences {difference:e}", parameters[by], slopes[by])
                    });
                }
            }
        }
        wrong.none(row.name);
        assert!(confirmed >= 190 * parameters.len(), "{}: only {confirmed} differences were confirmed", row.name);
    }
}

/// Text of a smooth formula over x and y whose values stay moderate.
fn smooth() -> impl Strategy<Value = String> {
    let number = (-16_i32..=16).prop_map(|n| format!("{}", f64::from(n.abs()) / 8.0));
    let leaf = prop_oneof![3 => Just("x".to_owned()), 3 => Just("y".to_owned()), 2 => number];
    leaf.prop_recursive(5, 40, 2, |inner| {
        let pair = || (inner.clone(), inner.clone());
        prop_oneof![
            pair().prop_map(|(a, b)| format!("{a} + {b}")),
            pair().prop_map(|(a, b)| format!("{a} - {b}")),
            pair().prop_map(|(a, b)| format!("{a} - ({b})")),
            pair().prop_map(|(a, b)| format!("{a}*{b}")),
            pair().prop_map(|(a, b)| format!("({a})*({b})")),
            pair().prop_map(|(a, b)| format!("({a})/(1.5 + ({b})^2)")),
            pair().prop_map(|(a, b)| format!("(1.25 + ({a})^2)^({b})")),
            inner.clone().prop_map(|a| format!("-{a}")),
            inner.clone().prop_map(|a| format!("({a})^2")),
            inner.clone().prop_map(|a| format!("({a})^3")),
            inner.clone().prop_map(|a| format!("(2 + ({a})^2)^-1.5")),
            inner.clone().prop_map(|a| format!("sin({a})")),
            inner.clone().prop_map(|a| format!("cos({a})")),
            inner.clone().prop_map(|a| format!("tan(sin({a}))")),
            inner.clone().prop_map(|a| format!("tanh({a})")),
            inner.clone().prop_map(|a| format!("exp(-({a})^2)")),
            inner.clone().prop_map(|a| format!("sigmoid({a})")),
            inner.clone().prop_map(|a| format!("softplus({a})")),
            inner.clone().prop_map(|a| format!("ln(1 + ({a})^2)")),
            inner.clone().prop_map(|a| format!("log2(1.5 + sin({a}))/2")),
            inner.clone().prop_map(|a| format!("sqrt(1 + ({a})^2)")),
            inner.prop_map(|a| format!("select({a} < 0.3, ({a})^2, sin({a}))")),
        ]
    })
}

#[test]
fn random_formulas_have_the_derivatives_of_dual_numbers_and_of_differences() {
    const CASES: u32 = 3000;
    let config = ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(22),
        ..ProptestConfig::default()
    };
    let (compared, confirmed) = (Cell::new(0), Cell::new(0));
    let parameters = ["x", "y"].map(str::to_owned);
    let outcome = TestRunner::new(config).run(&(smooth(), -1.5..1.5, -1.5..1.5), |(text, x, y)| {
        let point = [x, y];
        let oracle = Oracle { text: &text, parameters: &parameters, constants: &[] };
        let truth = [oracle.value(&point), oracle.slope(&point, 0), oracle.slope(&point, 1)];
        if truth.iter().any(|value| !value.is_finite() || value.abs() > 1e4) {
            return Ok(());
        }
        let Ok(mut formula) = Formula::new(&text, &["x", "y"]) else {
            return Err(TestCaseError::fail(format!("`{text}` is not read")));
        };
        let (value, slopes) = (formula.value(&point), formula.slopes(&point));
        prop_assert!(DUAL.holds(value, truth[0]), "`{text}` = {value:e}, oracle {:e}", truth[0]);
        compared.set(compared.get() + 1);
        for direction in [[0.6, -1.3], [1.0, 0.0], [0.0, 1.0]] {
            let dual = truth[1] * direction[0] + truth[2] * direction[1];
            let (moving, fixed) =
                (formula.tangents(&point, &direction).0, formula.fixed_tangents(&point, &direction).0);
            prop_assert!(DUAL.holds(moving, dual), "`{text}` along {direction:?}: {moving:e}, dual {dual:e}");
            prop_assert!(DUAL.holds(fixed, dual), "`{text}` along {direction:?}: {fixed:e}, dual {dual:e}");
        }
        for by in 0..2 {
            let dual = truth[by + 1];
            prop_assert!(
                DUAL.holds(slopes[by], dual),
                "`{text}` by {}: {:e}, dual {dual:e}",
                parameters[by],
                slopes[by]
            );
            if let Some(difference) = central(&oracle, &point, by) {
                confirmed.set(confirmed.get() + 1);
                let close = CENTRAL.holds(slopes[by], difference);
                prop_assert!(close, "`{text}` by {}: {:e}, differences {difference:e}", parameters[by], slopes[by]);
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    let (compared, confirmed) = (compared.get(), confirmed.get());
    assert!(compared > CASES * 3 / 4, "only {compared} of {CASES} formulas had moderate values");
    assert!(confirmed > compared, "only {confirmed} of {} differences were confirmed", 2 * compared);
}

/// The oracle is not the project's twin: it finds a derivative that is wrong by a part in a million.
#[test]
fn a_wrong_derivative_is_caught() {
    let parameters = ["x".to_owned()];
    let oracle = Oracle { text: "sin(x)*x^3", parameters: &parameters, constants: &[] };
    let wrong = Formula::of("sin(x)*x^3*1.000001", &["x"]).slopes(&[1.2])[0];
    assert!(!DUAL.holds(wrong, oracle.slope(&[1.2], 0)));
    let coarser = Formula::of("sin(x)*x^3*1.00001", &["x"]).slopes(&[1.2])[0];
    assert!(!CENTRAL.holds(coarser, central(&oracle, &[1.2], 0).unwrap()));
}

#[test]
fn kinks_and_closed_branches_have_the_documented_slopes() {
    let table = [
        ("abs(x)", 0.0, 0.0),
        ("abs(x)", -2.0, -1.0),
        ("sign(x)", 0.0, 0.0),
        ("relu(x)", 0.0, 0.0),
        ("relu(x)", 2.0, 1.0),
        ("floor(x)", 1.5, 0.0),
        ("max(x, 2*x)", 0.0, 1.0),
        ("max(2*x, x)", 0.0, 2.0),
        ("min(x, 2*x)", 0.0, 1.0),
        ("min(x, 2*x)", -1.0, 2.0),
        ("select(x < 0, x, sqrt(x))", -1.0, 1.0),
        ("select(x > 0, x*ln(x), 0)", -1.0, 0.0),
        ("select(x > 0, ln(x), 3*x)", 0.0, 3.0),
        ("select(x == 0, 5*x, sin(x)/x)", 0.0, 5.0),
        ("max(0, sqrt(x))", -4.0, 0.0),
        ("sqrt(x)", 0.0, 0.0),
        ("3*sqrt(x^2)", 0.0, 0.0),
        ("sqrt(x)", 4.0, 0.25),
        ("x^0.3", 0.0, 0.0),
        ("abs(x)^1.5", 0.0, 0.0),
        ("x^2*0 + 7", 3.0, 0.0),
        ("7", 3.0, 0.0),
    ];
    for (text, x, expected) in table {
        let mut formula = Formula::of(text, &["x"]);
        assert_eq!(formula.slopes(&[x]), [expected], "{text} at {x}");
        for direction in [1.0, -2.0, 0.0] {
            let along = expected * direction;
            assert_eq!(formula.tangents(&[x], &[direction]).0, along, "{text} at {x} along {direction}");
            assert_eq!(formula.fixed_tangents(&[x], &[direction]).0, along, "{text} at {x} along {direction}");
        }
    }
}

/// What does not move contributes nothing, though its slope be infinite.
#[test]
fn an_infinite_slope_of_what_stays_is_not_felt() {
    for text in ["1/x + y^2", "ln(x)*0 + y^2", "select(x < 1, 0, 1/x)*x + y^2", "exp(1/x)^0 + max(1/x, y)*0 + y^2"] {
        let (value, _) = Formula::of(text, &["x", "y"]).tangents(&[0.0, 3.0], &[0.0, 1.0]);
        assert_eq!(value, 6.0, "{text}");
    }
}

/// The formula of a catalog row with its constants in place, over its parameters.
fn of_row(row: &catalog::ObjectiveRow) -> Formula {
    let parameters = Objective::new(row.name, &[]).unwrap().parameters().to_vec();
    let constants: Vec<String> = row.constants.iter().map(|(name, value)| format!("{name} = {value}; ")).collect();
    let names: Vec<&str> = parameters.iter().map(String::as_str).collect();
    Formula::of(&format!("{}{}", constants.concat(), row.formula), &names)
}

/// The catalog gives minima to 9 digits or more; a gradient there is at most that error times the curvature.
#[test]
fn gradients_vanish_at_the_catalogs_minima() {
    for row in without_data() {
        let formula = of_row(row);
        for minimum in row.minima {
            for slope in formula.slopes(minimum) {
                assert!(slope.abs() < 1e-8, "{} at {minimum:?}: slope {slope:e}", row.name);
            }
            let (lowest, mut random) = (formula.value(minimum), Random(23));
            for _ in 0..200 {
                let near: Vec<f64> = minimum.iter().map(|p| p + random.uniform(-1e-3, 1e-3)).collect();
                assert!(formula.value(&near) >= lowest, "{} is lower at {near:?} than at {minimum:?}", row.name);
            }
        }
    }
}

/// The larger eigenvalue of a symmetric 1×1 or 2×2 matrix.
fn largest(hessian: &[Vec<f64>]) -> f64 {
    match hessian {
        [row] => row[0],
        [a, b] => f64::midpoint(a[0], b[1]) + ((a[0] - b[1]).powi(2) / 4.0 + a[1] * b[0]).sqrt(),
        _ => panic!("a Hessian of {} rows", hessian.len()),
    }
}

/// (row, λmax at each of its minima), to the last printed digit.
const CURVATURES: [(&str, &[f64]); 15] = [
    ("lecture", &[0.5]),
    ("square", &[2.0]),
    ("gentle", &[0.2]),
    ("bowl", &[2.0]),
    ("rosenbrock", &[1001.600639]),
    ("rastrigin", &[396.784176]),
    ("beale", &[48.979786]),
    ("booth", &[18.0]),
    ("matyas", &[1.0]),
    ("mccormick", &[4.0]),
    ("three-hump-camel", &[4.414214]),
    ("six-hump-camel", &[16.493195, 16.493195]),
    ("styblinski-tang", &[34.583059]),
    ("goldstein-price", &[965.168988]),
    ("himmelblau", &[82.284271, 80.550072, 133.785615, 105.418908]),
];

#[test]
fn curvatures_at_the_minima_are_the_published_ones() {
    for (name, expected) in CURVATURES {
        let row = catalog::objective(name).unwrap();
        assert_eq!(row.minima.len(), expected.len(), "{name} has so many minima");
        let mut formula = of_row(row);
        for (minimum, expected) in row.minima.iter().zip(expected) {
            let curvature = largest(&formula.hessian(minimum));
            assert!(
                (curvature - expected).abs() < 6e-7,
                "{name} at {minimum:?}: λmax {curvature}, published {expected}"
            );
        }
    }
}

#[test]
fn second_derivatives_are_those_of_hyper_dual_numbers() {
    let mut random = Random(24);
    for row in without_data() {
        let parameters = Objective::new(row.name, &[]).unwrap().parameters().to_vec();
        let oracle = Oracle { text: row.formula, parameters: &parameters, constants: row.constants };
        let mut formula = of_row(row);
        for _ in 0..20 {
            let point: Vec<f64> = parameters.iter().map(|_| random.uniform(-2.0, 2.0)).collect();
            let hessian = formula.hessian(&point);
            for (a, b) in (0..point.len()).flat_map(|a| (0..point.len()).map(move |b| (a, b))) {
                let (value, truth) = (hessian[a][b], oracle.curvature(&point, a, b));
                assert!(DUAL.holds(value, truth), "{} at {point:?}, {a}{b}: {value:e}, hyper-dual {truth:e}", row.name);
            }
            for by in 0..point.len() {
                let unit: Vec<f64> = (0..point.len()).map(|at| f64::from(u8::from(at == by))).collect();
                let forward = [formula.tangents(&point, &unit).1, formula.fixed_tangents(&point, &unit).1];
                for (a, column) in forward.iter().flat_map(|column| column.iter().enumerate()) {
                    let truth = oracle.curvature(&point, a, by);
                    assert!(DUAL.holds(*column, truth), "{} at {point:?}, {a}{by}: {column:e}, {truth:e}", row.name);
                }
            }
        }
    }
}
