//! The WebAssembly kernels of pages against the CPU engine: the same bits, cell by cell. They run in Node.js; without it the
//! tests say SKIPPED.

mod broken;
#[path = "../common/mod.rs"]
mod common;
mod node;

use alphasweep::engine::{collect, wasm};
use alphasweep::problem::Data;
use alphasweep::problem::catalog::{OBJECTIVES, RULES};
use alphasweep::sweep::{Axis, Batch, Outcome, Precision, Request, Setting};
use common::{EVERY_PRECISION, asked, coarse, cpu, read, resolved};
use node::{differences, document, has_node};

fn assert_same(request: &Request) {
    let spec = resolved(request);
    let kernels = wasm::kernels(&spec).unwrap_or_else(|| panic!("{} has a kernel", spec.objective.text()));
    let off = differences(&spec, &document(&spec, &kernels));
    let Some((cell, a, b)) = off.first() else { return };
    let what = (spec.objective.text(), spec.rule_shown(), spec.program.precision);
    panic!(
        "{what:?}: {} of {} cells differ, such as cell {cell}: {a:?} here, {b:?} by the engine",
        off.len(),
        spec.cells()
    );
}

/// A map of a formula over α and the start of its first parameter.
fn map(formula: &str, alpha: &str, start: &str) -> Request {
    asked(formula).without_axes().vary("alpha", read::<Axis>(alpha)).vary_start(read(start))
}

#[test]
fn maps_in_every_precision_are_those_of_the_engine() {
    if !has_node() {
        return;
    }
    for precision in EVERY_PRECISION {
        for (formula, alpha, start, steps) in [
            ("(beta/2-1)^2", "log:1e-10:10:67", "lin:-10:10:41", 1000),
            ("(x^2-1)^2/4", "lin:0.05:3:53", "lin:-3:3:47", 300),
            ("x^4-x^2", "log:1e-3:30:61", "lin:-40:40:23", 77),
            ("(1-x)^2+100*(y-x^2)^2", "log:1e-5:1:37", "lin:-2:2:29", 200),
            ("abs(x)+max(y, -y/3)+sqrt(x^2+1)+sign(y)*floor(x)", "log:1e-3:10:37", "lin:-2:2:29", 100),
        ] {
            assert_same(&map(formula, alpha, start).precision(precision).steps(steps));
        }
    }
}

/// Pages are to stay small: with the script, and these bytes as text, no more than 250 KB.
const MOST_BYTES: usize = 125_000;

#[test]
fn the_catalog_is_that_of_the_engine() {
    if !has_node() {
        return;
    }
    for row in OBJECTIVES {
        for precision in EVERY_PRECISION {
            let request = coarse(row, 23).steps(120).precision(precision);
            assert_same(&request);
            let wasm::Kernels { descents, rest } = wasm::kernels(&resolved(&request)).expect("kernels");
            let bytes = descents.bytes.len() + rest.map_or(0, |rest| rest.kernel.bytes.len());
            assert!(bytes < MOST_BYTES, "{}: {bytes} bytes", row.name);
        }
    }
}

#[test]
fn every_rule_and_schedule_is_that_of_the_engine() {
    if !has_node() {
        return;
    }
    for precision in EVERY_PRECISION {
        let request = map("rosenbrock", "log:1e-5:10:31", "lin:-3:3:29").steps(150).precision(precision);
        for rule in RULES {
            assert_same(&request.clone().rule(read(rule.name)).seed(5));
        }
        for schedule in ["cosine", "warmup:20*linear", "0.5 + cos(3*t)/3", "t^-0.3"] {
            assert_same(&request.clone().schedule(read(schedule)));
        }
    }
}

/// With operands that meet special cases: zeros, ties, infinities and what is no number.
#[test]
fn every_function_is_that_of_the_engine() {
    if !has_node() {
        return;
    }
    let formulas = [
        "min(x, y) + max(x, 2*y) + sign(x)*x + floor(x)*y",
        "select(x < y, x^2, y^2) + select(x <= y, x, -y)*select(x == y, 1, 2)",
        "1/(x*y) + x^-3 + sqrt(x)",
        "exp(x) + ln(y) + log2(x)",
        "tanh(x) + sigmoid(y) + softplus(x*y)",
        "atan(x) + sinh(y) + cosh(x) + atan2(x, y)",
        "log1p(x) + expm1(y) + cbrt(x)",
        "erf(x) + erfc(y) + gelu(x)",
        "hypot(x, y) + logsumexp(x, y)",
        "sin(x) + cos(y)*x",
        "tan(x) + sin(x*y)",
        "abs(x)^1.7 + (1+y^2)^x",
    ];
    for formula in formulas {
        for precision in EVERY_PRECISION {
            let alpha = "-1,0,1e-30,1e-3,0.1,0.5,1,2,3.5,1e3,1e5,1e9,1e30";
            let request = map(formula, alpha, "-1e30,-3,-1,-0.5,0,1e-30,0.5,1,2,3,1e15").set("y_start", 1.0).steps(60);
            assert_same(&request.clone().precision(precision));
            assert_same(&request.stop(read("loss < 0.5")).precision(precision));
        }
    }
}

/// A sum over rows, and the largest of them.
#[test]
fn rows_are_those_of_the_engine() {
    if !has_node() {
        return;
    }
    for precision in EVERY_PRECISION {
        for formula in ["mean((w*x+b-y)^2)", "max(abs(w*x+b-y))", "mean(softplus(w*x+b) - y*(w*x+b)) + max(w*x)^2"] {
            let data = Data {
                names: vec!["x".into(), "y".into()],
                columns: vec![vec![0.5, -1.0, 2.0, 0.25, -3.0, 1e-3, 7.0], vec![1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0]],
                source: "rows".into(),
                seeded: false,
            };
            let request = map(formula, "log:1e-3:3:23", "lin:-5:5:21").data(data).set("b_start", 0.5);
            assert_same(&request.precision(precision).steps(60));
        }
    }
}

/// Batches in order, drawn and shuffled, with passes that end in the middle of a batch, and with as many steps as end a pass or
/// do not.
#[test]
fn batches_are_those_of_the_engine() {
    if !has_node() {
        return;
    }
    let rows = 23;
    let column =
        |shift: u32| (0..rows).map(|row| f64::from((row * 7919 + shift) % 97) / 20.0 - 2.0).collect::<Vec<_>>();
    let data = Data {
        names: vec!["x".into(), "y".into()],
        columns: vec![column(3), column(41)],
        source: "rows".into(),
        seeded: false,
    };
    let formulas = ["mean((w*x+b-y)^2)", "mean(softplus(w*x+b) - y*(w*x+b)) + exp(w)/99", "max(abs(w*x+b-y)) + w^2"];
    for (precision, formula) in EVERY_PRECISION.into_iter().zip(formulas) {
        let request = map(formula, "log:1e-3:30:19", "lin:-5:5:13").data(data.clone()).precision(precision).seed(7);
        for batch in [Batch::Each, Batch::Shuffled(1), Batch::Random(5), Batch::Shuffled(5), Batch::Shuffled(23)] {
            let request = request.clone().batch(batch);
            for steps in [0, 3, 92, 400] {
                assert_same(&request.clone().steps(steps));
            }
            assert_same(&request.rule(read("adam")).steps(60).gtol(0.5));
        }
    }
}

/// Noise of each cell's own, in every word that a descent can end with; and with batches.
#[test]
fn noise_is_that_of_the_engine() {
    if !has_node() {
        return;
    }
    for precision in EVERY_PRECISION {
        for (formula, steps) in [("(x^2-1)^2/4", 300), ("rosenbrock", 90), ("line", 70)] {
            let request = map(formula, "log:1e-3:10:17", "lin:-3:3:19").rule(read("langevin")).set("temperature", 0.1);
            let request = request.seed(11).precision(precision).steps(steps);
            assert_same(&request);
            if formula == "line" {
                assert_same(&request.batch(Batch::Shuffled(4)));
            }
        }
    }
}

/// Seeds along an axis: data, starts, rows and noise are each one's own.
#[test]
fn seeds_along_an_axis_are_those_of_the_engine() {
    if !has_node() {
        return;
    }
    for precision in EVERY_PRECISION {
        let seeds = |formula: &str| {
            let request = asked(formula).without_axes().vary("alpha", read::<Axis>("log:1e-3:1:21"));
            request.vary("seed", read::<Axis>("lin:0:8:9")).precision(precision).steps(150)
        };
        assert_same(&seeds("line"));
        assert_same(&seeds("line").batch(Batch::Random(5)));
        assert_same(&seeds("(x^2-1)^2/4").rule(read("langevin")).set("temperature", 0.1));
        assert_same(&seeds("himmelblau").set("x0_start", Setting::Normal { mean: 0.0, std: 2.0 }));
    }
}

/// Descents that rest on a saddle or a maximum, by a Hessian and by a given gradient that is none's.
#[test]
fn unstable_is_told_as_by_the_engine() {
    if !has_node() {
        return;
    }
    let mut told = 0;
    for precision in EVERY_PRECISION {
        for (formula, start) in [
            ("x^2-y^2", "lin:-3:3:13"),
            ("(x^2-1)^2/4", "-1,0,1e-9,1"),
            ("(x^2+y^2-1)^2", "lin:-1:1:13"),
            ("x^2*y^2 + (x+y)^2/2 - z^2*x", "lin:-1:1:13"),
        ] {
            let request = map(formula, "log:1e-2:0.4:17", start).precision(precision).steps(3000);
            let request = if formula.contains('y') { request.set("y_start", 0.0) } else { request };
            let request = if formula.contains('z') { request.set("z_start", 0.0) } else { request };
            assert_same(&request);
            let outcome = collect(&cpu(), &resolved(&request).into()).expect("a map").outcome;
            told += outcome.into_iter().filter(|outcome| *outcome == Outcome::Unstable).count();
        }
    }
    assert!(told > 300, "{told} unstable");
}

#[test]
fn few_steps_have_windows_too() {
    if !has_node() {
        return;
    }
    for steps in 0..12 {
        assert_same(&map("x^4-x^2", "log:1e-3:30:13", "lin:-4:4:11").precision(Precision::F64).steps(steps));
    }
}
