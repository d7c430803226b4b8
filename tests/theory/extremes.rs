//! `max` and `min` of one argument run over the rows of the data: values, slopes and steps against loops written out here.

use crate::common::{Map, along, asked, cpu, gpu, is_lavapipe, list, read};
use alphasweep::expr::{Graph, NodeId, evaluate_over, gradient, tangents};
use alphasweep::problem::Data;
use alphasweep::sweep::{Batch, Outcome, Precision, Request};

const X: [f64; 7] = [0.5, -1.5, 2.0, 3.0, -0.25, 1.0, 2.0];
const Y: [f64; 7] = [1.0, 0.5, -1.0, 2.5, 0.0, -2.0, -1.0];

fn data(x: &[f64], y: &[f64]) -> Data {
    Data {
        names: ["x", "y"].map(str::to_owned).to_vec(),
        columns: vec![x.to_vec(), y.to_vec()],
        source: "a test".to_owned(),
        seeded: false,
    }
}

/// A loss over a table with its slope by w, in plain Rust.
struct Case {
    formula: &'static str,
    loss: Loss,
}

/// Value and slope at w, of columns x and y.
type Loss = fn(f64, &[f64], &[f64]) -> (f64, f64);

/// Likewise of a row.
type Body = fn(f64, f64, f64) -> (f64, f64);

/// Those of the first row with the largest value.
fn largest(w: f64, x: &[f64], y: &[f64], body: Body) -> (f64, f64) {
    let rows: Vec<(f64, f64)> = x.iter().zip(y).map(|(x, y)| body(w, *x, *y)).collect();
    let most = rows.iter().map(|row| row.0).fold(f64::NEG_INFINITY, f64::max);
    *rows.iter().find(|row| row.0 == most).expect("a row")
}

fn smallest(w: f64, x: &[f64], y: &[f64], body: Body) -> (f64, f64) {
    let rows: Vec<(f64, f64)> = x.iter().zip(y).map(|(x, y)| body(w, *x, *y)).collect();
    let least = rows.iter().map(|row| row.0).fold(f64::INFINITY, f64::min);
    *rows.iter().find(|row| row.0 == least).expect("a row")
}

fn squared(w: f64, x: f64, y: f64) -> (f64, f64) {
    let r = w * x - y;
    (r * r, 2.0 * r * x)
}

fn distance(w: f64, x: f64, y: f64) -> (f64, f64) {
    let r = w * x - y;
    (r.abs(), if r == 0.0 { 0.0 } else { r.signum() * x })
}

const CASES: [Case; 5] = [
    Case { formula: "max((w*x-y)^2)", loss: |w, x, y| largest(w, x, y, squared) },
    Case { formula: "max(abs(w*x-y))", loss: |w, x, y| largest(w, x, y, distance) },
    Case {
        formula: "min(abs(w*x-y)) + w^2/8",
        loss: |w, x, y| {
            let (value, slope) = smallest(w, x, y, distance);
            (value + w * w / 8.0, slope + w / 4.0)
        },
    },
    // A number of the data, and one of rows beside one of all.
    Case {
        formula: "mean((w*x-y)^2)*max(x)/min(y)^2",
        loss: |w, x, y| {
            let rows: Vec<(f64, f64)> = x.iter().zip(y).map(|(x, y)| squared(w, *x, *y)).collect();
            let factor =
                x.iter().copied().fold(f64::MIN, f64::max) / y.iter().copied().fold(f64::MAX, f64::min).powi(2);
            let mean = |of: fn(&(f64, f64)) -> f64| factor * rows.iter().map(of).sum::<f64>() / rows.len() as f64;
            (mean(|row| row.0), mean(|row| row.1))
        },
    },
    // One that reads another: the loss over its own largest.
    Case {
        formula: "sum(exp((w*x-y) - max(w*x-y)))/4",
        loss: |w, x, y| {
            let row: Body = |w, x, y| (w * x - y, x);
            let (most, slope) = largest(w, x, y, row);
            let terms = x.iter().zip(y).map(|(x, y)| row(w, *x, *y)).map(|(value, by)| {
                let term = (value - most).exp() / 4.0;
                (term, term * (by - slope))
            });
            terms.fold((0.0, 0.0), |sum, term| (sum.0 + term.0, sum.1 + term.1))
        },
    },
];

fn sweep(formula: &str, table: Data, batch: &str) -> Request {
    let request = asked(formula).data(table).vary("alpha", along("0.003,0.02,0.1")).batch(read::<Batch>(batch));
    request.vary("w_start", list([-3.0, -0.4, 0.0, 1.25, 20.0])).steps(40).gtol(0.0).precision(Precision::F64)
}

#[test]
fn steps_are_those_of_a_loop_by_hand() {
    for Case { formula, loss } in CASES {
        let map = Map::of(&cpu(), &sweep(formula, data(&X, &Y), "full"));
        for cell in 0..map.len() {
            let mut w = map.y(cell);
            for _ in 0..40 {
                w -= map.x(cell) * loss(w, &X, &Y).1;
            }
            let (p, value) = (map.p(cell), loss(w, &X, &Y).0);
            assert!(
                (p - w).abs() <= 1e-9 * (1.0 + w.abs()),
                "{formula}: {p} where {w} is right; {}",
                map.evidence(cell)
            );
            let found = map.loss(cell);
            assert!((found - value).abs() <= 1e-9 * (1.0 + value.abs()), "{formula}: {found} and not {value}");
        }
    }
}

/// One row at a time it is that row; of the rows of a step the largest.
#[test]
fn in_batches_it_is_of_the_rows_of_a_step() {
    let map = Map::of(&cpu(), &sweep("max((w*x-y)^2)", data(&X, &Y), "each").steps(70));
    for cell in 0..map.len() {
        let mut w = map.y(cell);
        for step in 0..70 {
            w -= map.x(cell) * squared(w, X[step % 7], Y[step % 7]).1;
        }
        assert!((map.p(cell) - w).abs() <= 1e-9 * (1.0 + w.abs()), "{w}; {}", map.evidence(cell));
        // Judged on all rows.
        let value = largest(w, &X, &Y, squared).0;
        assert!((map.loss(cell) - value).abs() <= 1e-9 * (1.0 + value), "{value}; {}", map.evidence(cell));
    }
}

/// Where two rows attain it the slope is that of the first.
#[test]
fn the_first_of_equal_rows_decides() {
    for (x, slope) in [([1.0, -1.0], 1.0), ([-1.0, 1.0], -1.0)] {
        for formula in ["max(w*x)", "min(w*x)"] {
            let request = asked(formula).data(data(&x, &x)).vary("alpha", along("0.5")).set("w_start", 0.0).steps(1);
            for precision in [Precision::F64, Precision::F32] {
                let map = Map::of(&cpu(), &request.clone().gtol(0.0).precision(precision));
                assert_eq!(map.p(0), -0.5 * slope, "{formula} of {x:?} in {precision}");
            }
        }
    }
}

/// A row that is no number is not lost, wherever it stands.
#[test]
fn what_is_no_number_stays() {
    for x in [[-1.0, 1.0, 2.0], [1.0, -1.0, 2.0], [1.0, 2.0, -1.0]] {
        for formula in ["max(ln(w*x))", "min(ln(w*x))", "max(-ln(w*x))"] {
            let request = asked(formula).data(data(&x, &x)).vary("alpha", along("0.1")).set("w_start", 1.0).steps(3);
            let map = Map::of(&cpu(), &request);
            assert_eq!(map.cells.outcome[0], Outcome::Diverged, "{formula} of {x:?}");
        }
    }
}

/// Engines agree bit by bit where they promise to.
#[test]
fn a_gpu_has_the_bits_of_the_cpu() {
    let Some(gpu) = gpu() else { return };
    let with_nan = [1.0, 2.0, -1.0, 0.5, 0.5, 3.0, -2.0];
    for precision in [Precision::F32, Precision::Compensated] {
        for (formula, x) in CASES.map(|case| (case.formula, X)).into_iter().chain([("max(ln(w*x))", with_nan)]) {
            for batch in ["full", "each", "3"] {
                let request = sweep(formula, data(&x, &Y), batch).precision(precision);
                let (here, there) = (Map::of(&cpu(), &request), Map::of(&gpu, &request));
                if is_lavapipe(&gpu) {
                    here.bit_differences(&there).none(&format!("{formula} --batch {batch}, {precision}"));
                } else {
                    assert_eq!(here.cells.outcome, there.cells.outcome, "{formula} --batch {batch}, {precision}");
                }
            }
        }
    }
}

/// The slope's slope, in either mode, is that of the row that decides.
#[test]
fn second_derivatives_are_those_of_the_row() {
    let mut graph = Graph::new();
    let [x, y] = ["x", "y"].map(|name| graph.column(name));
    let w = graph.input("w");
    let product = graph.mul(w, x);
    let rest = graph.sub(product, y);
    let square = graph.mul(rest, rest);
    let cube = graph.mul(square, rest);
    let most = graph.largest(7, cube, cube);
    let slope = gradient(&mut graph, most, &[w])[0];
    let second = gradient(&mut graph, slope, &[w])[0];
    let one = graph.constant(1.0);
    let moved: Vec<NodeId> = tangents(&mut graph, &[most, slope], &[(w, one)]);
    for at in [-3.0, -0.5, 0.0, 0.75, 4.0] {
        let roots = [most, slope, second, moved[0], moved[1]];
        let found = evaluate_over(&graph, &roots, &[at], &[&X, &Y]);
        let rest = X.iter().zip(&Y).map(|(x, y)| (at * x - y, *x));
        let (r, x) = rest.fold((f64::NEG_INFINITY, 0.0), |most, row| if row.0 > most.0 { row } else { most });
        let expected = [r.powi(3), 3.0 * r * r * x, 6.0 * r * x * x];
        for (got, right) in found.iter().zip([0, 1, 2, 1, 2].map(|of| expected[of])) {
            assert!((got - right).abs() <= 1e-12 * (1.0 + right.abs()), "{found:?} and {expected:?} at {at}");
        }
    }
}

/// Without data, and with more arguments, it is what it was.
#[test]
fn two_arguments_are_compared_with_each_other() {
    let request = asked("max((w-1)^2, w/2)").vary("alpha", along("0.1")).set("w_start", 3.0).steps(1).gtol(0.0);
    assert_eq!(Map::of(&cpu(), &request.precision(Precision::F64)).p(0), 3.0 - 0.1 * 4.0);
}
