//! A `mean` or `sum` in which no parameter occurs is a number of the whole data, whatever the batch: against the same
//! formulas with that number worked out here, by hand.

use crate::common::{Map, along, asked, cpu, gpu, is_lavapipe, read, resolved};
use alphasweep::problem::{Data, data_row, draw};
use alphasweep::sweep::{Axis, Batch, Precision, Request};

const X: [f64; 8] = [18.0, 22.0, 25.5, 31.0, 38.0, 44.0, 47.5, 60.0];
const Y: [f64; 8] = [119.4, 121.1, 126.0, 127.3, 134.8, 137.9, 141.2, 152.6];
const BATCHES: [&str; 5] = ["full", "each", "2", "4", "6"];

fn table(columns: &[(&str, &[f64])]) -> Data {
    Data {
        names: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
        columns: columns.iter().map(|(_, values)| values.to_vec()).collect(),
        source: "a test".to_owned(),
        seeded: false,
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// (x − m)/s with the mean m and the standard deviation s of all of them.
fn standardised(x: &[f64]) -> Vec<f64> {
    let m = mean(x);
    let s = mean(&x.iter().map(|x| (x - m).powi(2)).collect::<Vec<f64>>()).sqrt();
    x.iter().map(|x| (x - m) / s).collect()
}

/// A sweep of a line's slope over a few α and starts, in f64.
fn line(formula: &str, data: Data, batch: &str) -> Request {
    let alphas = along("0.005,0.02,0.08");
    let request = asked(formula).data(data).vary("alpha", alphas).vary("w_start", along("-3,1,20")).seed(11);
    request.batch(read::<Batch>(batch)).steps(300).gtol(0.0).precision(Precision::F64)
}

/// Every cell ends in the same way, to rounding.
fn same(found: &Map, expected: &Map, story: &str) {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + b.abs());
    assert_eq!(found.cells.outcome, expected.cells.outcome, "{story}");
    for cell in 0..found.len() {
        let ends = found.cells.parameters.iter().zip(&expected.cells.parameters);
        let all = ends.map(|(a, b)| (a[cell], b[cell])).chain([(found.loss(cell), expected.loss(cell))]);
        for (a, b) in all {
            assert!(near(a, b), "{story}: {a} where {b} was expected; {}", found.evidence(cell));
        }
    }
}

/// Least squares through centred points has w = 1 for y = x + 4, one row at a time too.
#[test]
fn centring_in_the_formula_is_centring_the_data() {
    let (x, y) = ([1.0, 2.0, 3.0, 4.0, 10.0], [1.0, 2.0, 3.0, 4.0, 10.0].map(|x| x + 4.0));
    let centred = |values: &[f64]| values.iter().map(|value| value - mean(values)).collect::<Vec<f64>>();
    let written = line("mean((w*(x-mean(x))-y+mean(y))^2)", table(&[("x", &x), ("y", &y)]), "each");
    let worked = line("mean((w*u-v)^2)", table(&[("u", &centred(&x)), ("v", &centred(&y))]), "each");
    let (written, worked) = (Map::of(&cpu(), &written.gtol(1e-12)), Map::of(&cpu(), &worked.gtol(1e-12)));
    same(&written, &worked, "centred");
    for cell in (0..written.len()).filter(|cell| written.x(*cell) < 0.05) {
        assert!((written.p(cell) - 1.0).abs() < 1e-9, "{}", written.evidence(cell));
    }
}

#[test]
fn standardising_in_the_formula_is_standardising_the_data() {
    let z = standardised(&X);
    let formulas = [
        "mean((w*(x-mean(x))/sqrt(mean((x-mean(x))^2)) + b - y)^2)",
        "m = mean(x); s = sqrt(mean((x-m)^2)); z = (x-m)/s; mean((w*z + b - y)^2)",
        "(w*(x-mean(x))/sqrt(mean(x^2)-mean(x)^2) + b - y)^2",
    ];
    for batch in BATCHES {
        let worked = Map::of(&cpu(), &line("mean((w*z + b - y)^2)", table(&[("z", &z), ("y", &Y)]), batch));
        for formula in formulas {
            let written = Map::of(&cpu(), &line(formula, table(&[("x", &X), ("y", &Y)]), batch));
            same(&written, &worked, &format!("{formula} with --batch {batch}"));
        }
    }
}

/// The number is no loop of a step, and a GPU computes the same bits with it as the CPU.
#[test]
fn such_a_number_is_worked_out_once() {
    let data = || table(&[("x", &X), ("y", &Y)]);
    for batch in BATCHES {
        let rows = |formula: &str| resolved(&line(formula, data(), batch)).program.rows_per_step();
        assert_eq!(rows("mean((w*(x-mean(x)) + b - y)^2)"), rows("mean((w*x + b - y)^2)"), "--batch {batch}");
        assert_eq!(rows("mean((w*(x-mean(w*x)) + b - y)^2)"), 2 * rows("mean((w*x + b - y)^2)"), "--batch {batch}");
    }
    let Some(gpu) = gpu().filter(is_lavapipe) else { return };
    for precision in [Precision::F32, Precision::Compensated] {
        for (formula, batch) in BATCHES.iter().flat_map(|batch| FOR_GPU.map(|formula| (formula, batch))) {
            let request = line(formula, data(), batch).constant("c", 2.0).precision(precision);
            let (here, there) = (Map::of(&cpu(), &request), Map::of(&gpu, &request));
            here.bit_differences(&there).none(&format!("{formula} --batch {batch}"));
        }
    }
}

/// A number of the data, and a sum over all rows beside one over the batch.
const FOR_GPU: [&str; 2] = ["mean((w*(x-mean(x))/mean(x) + c*b - y)^2)", "mean((w*(x-mean(c*x))/60 + b - y)^2)"];

/// A constant of the user's may be an axis: then the sum is taken with each of its values.
#[test]
fn sums_with_a_constant_are_of_all_rows_too() {
    for batch in BATCHES {
        let request = |formula: &str| line(formula, table(&[("x", &X), ("y", &Y)]), batch).without_axes();
        let with =
            |request: Request, c: Axis| Map::of(&cpu(), &request.constant("c", 1.0).vary("c", c).set("alpha", 1e-4));
        let written = with(request("mean((w*(x - mean(c*x)) + c*b - y)^2)"), along("0.5,1,2"));
        for (at, c) in [0.5, 1.0, 2.0].into_iter().enumerate() {
            let worked = format!("mean((w*(x - {:?}) + c*b - y)^2)", c * mean(&X));
            let worked = with(request(&worked), Axis::one(c));
            let apart = (written.p(at) - worked.p(0)).abs();
            assert!(
                apart <= 1e-9 * worked.p(0).abs(),
                "c = {c}, --batch {batch}: {} and {}",
                written.p(at),
                worked.p(0)
            );
        }
    }
}

/// `sum(1)` counts the rows of the data, and a sum with a parameter runs over the batch.
#[test]
fn a_sum_with_a_parameter_runs_over_the_batch() {
    for (batch, rows) in [("full", 8.0), ("each", 1.0), ("4", 4.0)] {
        let data = || table(&[("x", &X), ("y", &Y)]);
        let written = Map::of(&cpu(), &line("sum((w*x/60 + b - y)^2)/sum(1)", data(), batch));
        // The loss is that of all rows either way, and a step of the one is a step of the other with another α.
        let worked = line("mean((w*x/60 + b - y)^2)", data(), batch).without_axes();
        let alphas = [0.005, 0.02, 0.08].map(|alpha: f64| alpha * rows / 8.0);
        let worked = worked.vary("alpha", crate::common::list(alphas)).vary("w_start", along("-3,1,20"));
        same(&written, &Map::of(&cpu(), &worked), &format!("--batch {batch}"));
    }
}

/// Slopes that are given: a `mean` there is what it is in a loss.
#[test]
fn given_slopes_have_such_numbers_too() {
    for batch in BATCHES {
        let request = |gradient: &str| {
            let request = line("mean((w*(x-mean(x))/20 - y/100)^2)", table(&[("x", &X), ("y", &Y)]), batch);
            Map::of(&cpu(), &request.gradient(read(gradient)))
        };
        let written = request("w = mean((w*(x-mean(x))/20 - y/100)*(x-mean(x))/10)");
        let worked = format!("w = (w*(x-{0:?})/20 - y/100)*(x-{0:?})/10", mean(&X));
        same(&written, &request(&worked), &format!("given, --batch {batch}"));
        same(&written, &request("auto"), &format!("derived, --batch {batch}"));
    }
}

/// Where each seed has data of its own, the number is that of a cell's own data.
#[test]
fn every_seed_has_its_own_number() {
    let row = data_row("line").expect("a row of the catalog");
    for batch in ["full", "each", "7"] {
        let request = |seed: u32| {
            let request =
                asked("mean((a*(x-mean(x)) + b - y)^2)").data(draw(row, seed)).vary("alpha", along("0.01,0.1"));
            request.set("a_start", -2.0).batch(read(batch)).steps(200).gtol(0.0).precision(Precision::F64)
        };
        let all = Map::of(&cpu(), &request(0).vary("seed", along("3,4,9")));
        for (at, seed) in [3_u32, 4, 9].into_iter().enumerate() {
            let one = Map::of(&cpu(), &request(seed).seed(u64::from(seed)));
            for alpha in 0..2 {
                let (found, expected) = (all.p(2 * at + alpha), one.p(alpha));
                assert!((found - expected).abs() < 1e-9, "seed {seed}, --batch {batch}: {found} and {expected}");
            }
        }
    }
}
