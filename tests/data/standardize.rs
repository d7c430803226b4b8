//! Standardised columns: the same sweep as over a file that was standardised by hand, and answers in the scale of the data that
//! other methods find there.

use crate::common::{Map, Random, along, asked, cpu, read, resolved};
use alphasweep::analysis::theory::Known;
use alphasweep::analysis::{DataScale, Tally};
use alphasweep::engine::{Output, collect};
use alphasweep::problem::{Data, Objective, Standardize};
use alphasweep::sweep::{Precision, Request, Sweep};
use assert_cmd::Command;
use nalgebra::{DMatrix, DVector};
use std::fs;
use std::time::Duration;

fn data(columns: &[(&str, Vec<f64>)]) -> Data {
    Data {
        names: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
        columns: columns.iter().map(|(_, values)| values.clone()).collect(),
        source: "rows".to_owned(),
        seeded: false,
    }
}

/// Sizes whose mean is 6 and whose variance is 10.25 exactly, so that no way of taking either can round.
const SIZES: [f64; 8] = [2.0, 2.0, 4.0, 5.0, 7.0, 8.0, 8.0, 12.0];
const PRICES: [f64; 8] = [31.0, 33.5, 45.0, 52.0, 66.0, 71.0, 74.5, 95.0];

fn sizes() -> Data {
    let (mean, squares) = (SIZES.iter().sum::<f64>() / 8.0, SIZES.map(|size| (size - 6.0).powi(2)).iter().sum::<f64>());
    assert_eq!((mean, squares / 8.0), (6.0, 10.25));
    data(&[("size", SIZES.to_vec()), ("price", PRICES.to_vec())])
}

const LINE: &str = "mean((a*size+b-price)^2)";

fn line(data: Data) -> Request {
    asked(LINE).data(data).vary("alpha", along("0.01,0.2,0.5,0.9,1.2")).vary_start(along("-3,0,40")).set("b_start", 1.0)
}

/// To the bit, on every engine, in every precision, with all rows and with batches.
#[test]
fn a_sweep_of_standardised_columns_is_that_of_a_file_standardised_by_hand() {
    let deviation = 10.25_f64.sqrt();
    let by_hand = data(&[("size", SIZES.map(|size| (size - 6.0) / deviation).to_vec()), ("price", PRICES.to_vec())]);
    for batch in ["full", "each", "3"] {
        let standardised = line(sizes()).standardize(Standardize::Inputs).batch(read(batch));
        let here = crate::common::everywhere(&standardised);
        let there = crate::common::everywhere(&line(by_hand.clone()).batch(read(batch)));
        assert_eq!(here.len(), there.len());
        for (here, there) in here.iter().zip(&there) {
            here.bit_differences(there).none("standardised by the flag and by hand");
        }
        // That it can fail: the deviation of a sample is another one.
        let sample = deviation * (8.0_f64 / 7.0).sqrt();
        let other = data(&[("size", SIZES.map(|size| (size - 6.0) / sample).to_vec()), ("price", PRICES.to_vec())]);
        let other = Map::of(&cpu(), &line(other).batch(read(batch)).precision(Precision::F64));
        let own = Map::of(&cpu(), &standardised.precision(Precision::F64));
        assert!(!own.bit_differences(&other).is_empty());
    }
}

/// What is said of a sweep of standardised data.
fn scale(request: &Request) -> Option<DataScale> {
    let spec = resolved(&request.clone().precision(Precision::F64));
    let map = collect(&cpu(), &Sweep::from(&spec)).expect("a map");
    let mut tally = Tally::new(&spec);
    tally.tile(&map).expect("a tally");
    let mut summary = tally.finish(Duration::ZERO);
    let best = summary.best.as_ref().map(|best| best.parameters.clone());
    let known = Known::of_map(&spec, best.as_deref(), &summary.ends);
    summary.explain(&spec, &known);
    summary.data_scale
}

fn near(found: Option<&[f64]>, expected: &[f64], within: f64) {
    let found = found.expect("there are such parameters");
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= within * expected.abs().max(1.0), "{found} is not {expected}");
    }
}

fn least_squares(columns: &[&[f64]], target: &[f64]) -> Vec<f64> {
    let matrix = DMatrix::from_fn(target.len(), columns.len(), |row, column| columns[column][row]);
    let target = DVector::from_column_slice(target);
    matrix.svd(true, true).solve(&target, 1e-14).expect("a solution").iter().copied().collect()
}

/// Lengths in the thousands beside widths in the thousandths, and a parabola, and the target in another scale too.
#[test]
fn parameters_in_the_scale_of_the_data_are_those_of_least_squares() {
    let mut random = Random(11);
    let rows: Vec<[f64; 4]> = (0..40)
        .map(|_| {
            let (u, v, x) = (random.uniform(1e3, 9e3), random.uniform(1e-3, 4e-3), random.uniform(20.0, 150.0));
            [u, v, x, 0.02 * u + 5e3 * v + 12.0 * x - 0.03 * x * x + 300.0 + random.uniform(-2.0, 2.0)]
        })
        .collect();
    let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<f64>>();
    let (u, v, x, y) = (column(0), column(1), column(2), column(3));
    let (ones, squares) = (vec![1.0; 40], x.iter().map(|x| x * x).collect::<Vec<f64>>());
    let data = data(&[("u", u.clone()), ("v", v.clone()), ("x", x.clone()), ("y", y.clone())]);
    let cases: [(&str, &[&str], Vec<f64>); 3] = [
        ("mean((a*u+b*v+c-y)^2)", &["a", "b", "c"], least_squares(&[&u, &v, &ones], &y)),
        ("mean((a*x^2+b*x+c-y)^2)", &["a", "b", "c"], least_squares(&[&squares, &x, &ones], &y)),
        ("mean((a*x+b-y)^2)/2", &["a", "b"], least_squares(&[&x, &ones], &y)),
    ];
    for (formula, parameters, expected) in cases {
        for which in ["", "all"] {
            let request = asked(formula).data(data.clone()).standardize(read(which)).steps(20_000).gtol(1e-11);
            let starts = parameters.iter().skip(1).map(|name| format!("{name}_start"));
            let request = starts.fold(request, |request, start| request.set(start.as_str(), 0.0));
            let found = scale(&request.vary("alpha", along("0.1,0.25")).vary_start(along("0"))).expect("it is told");
            near(found.exact.as_deref(), &expected, 1e-8);
            near(found.best.as_deref(), &expected, 1e-6);
            let (before, after) = found.condition_before.zip(found.condition).expect("both");
            assert!(before > 100.0 * after, "{formula}: {before} and {after}");
        }
    }
}

/// Logistic regression is linear within: by Newton's method on the data as they are.
#[test]
fn parameters_of_a_logistic_regression_are_those_of_newtons_method() {
    let mut random = Random(5);
    let rows: Vec<(f64, f64)> = (0..60)
        .map(|_| {
            let hours = random.uniform(100.0, 900.0);
            (hours, f64::from(u8::from(hours + random.uniform(-300.0, 300.0) > 480.0)))
        })
        .collect();
    let (mut w, mut b) = (0.0_f64, 0.0_f64);
    for _ in 0..60 {
        let (mut slope, mut curvature) = ([0.0; 2], [0.0; 3]);
        for (x, y) in &rows {
            let p = 1.0 / (1.0 + (-(w * x + b)).exp());
            slope = [slope[0] + (p - y) * x, slope[1] + (p - y)];
            let s = p * (1.0 - p);
            curvature = [curvature[0] + s * x * x, curvature[1] + s * x, curvature[2] + s];
        }
        let determinant = curvature[0] * curvature[2] - curvature[1] * curvature[1];
        w -= (curvature[2] * slope[0] - curvature[1] * slope[1]) / determinant;
        b -= (curvature[0] * slope[1] - curvature[1] * slope[0]) / determinant;
    }
    let (x, y) = rows.into_iter().unzip();
    let request = asked("mean(softplus(w*x+b) - y*(w*x+b))").data(data(&[("x", x), ("y", y)])).set("b_start", 0.0);
    let request = request.vary("alpha", along("1,4")).vary_start(along("0")).steps(20_000).gtol(1e-12);
    let found = scale(&request.standardize(Standardize::Inputs)).expect("it is told");
    near(found.best.as_deref(), &[w, b], 1e-7);
    assert_eq!(found.exact, None, "no normal equations");
}

/// Without an intercept the shift has nowhere to go, and a penalty on w knows its scale.
#[test]
fn where_no_parameters_give_the_same_model_none_are_told() {
    for formula in ["mean((a*size-price)^2)", "mean((a*size+b-price)^2) + 0.1*a^2", "mean((a*sin(size)+b-price)^2)"] {
        let request = asked(formula).data(sizes()).vary("alpha", along("0.1")).vary_start(along("0"));
        let found = scale(&request.standardize(read("size"))).expect("it is told");
        assert_eq!((found.best, found.exact), (None, None), "{formula}");
    }
    assert_eq!(scale(&line(sizes())), None, "nothing is standardised");
}

/// What is meant by `--standardize` alone.
#[test]
fn the_columns_that_parameters_multiply_are_standardised_and_targets_are_not() {
    let known = data(&[("x", SIZES.to_vec()), ("y", PRICES.to_vec()), ("t", SIZES.to_vec())]);
    let columns = |formula: &str, which: &str| {
        let objective = Objective::over(&formula.parse().expect("a formula"), &[], Some(&known)).expect("an objective");
        read::<Standardize>(which).columns(&objective).map(|names| names.join(" ")).map_err(|error| error.to_string())
    };
    for (formula, expected) in [
        ("mean((w*x+b-y)^2)", "x"),
        ("mean((y-(b+x*w))^2)", "x"),
        ("mean(abs(y-w*x/2))", "x"),
        ("mean((a*x^2+b*x+c-y)^2)", "x"),
        ("mean((a*(x*t)+b-y)^2)", "x t"),
        ("mean((w*(x-mean(x))-y)^2)", "x"),
        ("mean(softplus(w*x+b) - y*(w*x+b))", "x"),
        ("-mean(y*log(sigmoid(w*x+b)) + (1-y)*log(1-sigmoid(w*x+b)))", "x"),
        ("mean(max(0, 1-y*(w*x+b)))", "x"),
        ("mean((a*exp(-t/tau)-y)^2)", "t"),
        ("mean((a*sin(k*t)-y)^2)", "t"),
    ] {
        assert_eq!(columns(formula, ""), Ok(expected.to_owned()), "{formula}");
    }
    for formula in ["mean((a*sin(x)+b-y)^2)", "mean((a*x^b-y)^2)", "mean((a*log(x)-y)^2)", "mean((m-y)^2)"] {
        let told = columns(formula, "").expect_err(formula);
        assert!(told.starts_with("no column is multiplied by a parameter here; name those that are meant"), "{told}");
    }
    assert_eq!(columns("mean((w*x+b-y)^2)", "all"), Ok("x y".to_owned()), "and not the column that nobody reads");
    assert_eq!(columns("mean((w*x+b-y)^2)", "y, x"), Ok("x y".to_owned()));
    let told = columns("mean((w*x+b-y)^2)", "z").expect_err("no such column");
    assert_eq!(told, "`z` is no column that the formula reads; it reads x, y, t");
}

fn alphasweep(folder: &tempfile::TempDir, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary");
    let command = command.current_dir(folder).env("NODEVICE_SELECT", "1").args(arguments);
    command.assert().get_output().clone()
}

fn told(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// House prices: what is wrong is said with its remedy, and the remedy helps.
#[test]
fn the_advice_for_columns_of_different_sizes_is_a_flag_that_helps() {
    let sizes: Vec<f64> = (0..60).map(|at| f64::from(20 + (at * 37) % 131)).collect();
    let rows: Vec<String> = sizes.iter().map(|size| format!("{size},{},5", 12.0 * size + 300.0)).collect();
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("houses.csv"), format!("size,price,rooms\n{}\n", rows.join("\n"))).expect("a file");
    let sweep = |more: &[&str]| {
        let all = [&["sweep", LINE, "--data", "houses.csv", "--engine", "cpu", "--no-png", "--no-csv"], more].concat();
        told(&alphasweep(&folder, &all))
    };
    let advised = sweep(&["--alpha", "log:1e-6:1e-3:20", "--start", "lin:-5:5:5"]);
    assert!(advised.contains("rescale with --standardize size\n"), "{advised}");
    let helped = sweep(&["--alpha", "0.1,0.5", "--start", "lin:-5:5:5", "--standardize", "size"]);
    assert!(helped.contains("0.5 is the fastest: 1 step in the median, 5 of 5 starts arrive"), "{helped}");
    assert!(helped.contains("in the scale of the data the best cell is at a = 12, b = 300\n"), "{helped}");
    assert!(!helped.contains("rescale with"), "{helped}");
    // λ± of 2·[[mean x², mean x], [mean x, 1]]
    let mean = |of: &dyn Fn(f64) -> f64| sizes.iter().map(|size| of(*size)).sum::<f64>() / 60.0;
    let (half, product) = (f64::midpoint(mean(&|x| x * x), 1.0), mean(&|x| x * x) - mean(&|x| x).powi(2));
    let root = (half * half - product).sqrt();
    let document = fs::read_to_string(folder.path().join("sweep-out/sweep.json")).expect("a document");
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    let before = document["summary"]["data_scale"]["condition_before"].as_f64().expect("a number");
    assert!((before / ((half + root) / (half - root)) - 1.0).abs() < 1e-8, "{before}");
    let standardized = &document["spec"]["data"]["standardized"];
    assert_eq!(standardized[0]["column"], "size");
    assert!((standardized[0]["mean"].as_f64().expect("a mean") / mean(&|x| x) - 1.0).abs() < 1e-12);
    assert!(alphasweep(&folder, &["rerun", "sweep-out/sweep.json"]).status.success(), "it is kept");
    let constant = told(&alphasweep(
        &folder,
        &[
            "trace",
            "mean((a*size+c*rooms-price)^2)",
            "--data",
            "houses.csv",
            "--standardize=rooms,size",
            "--alpha",
            "0.1",
        ],
    ));
    assert!(constant.contains("rooms (5 in all rows, and now 0)"), "{constant}");
}

#[test]
fn what_cannot_be_standardised_is_refused_with_the_way_out() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("d.csv"), "x,y\n1,2\n2,4\n3,7\n").expect("a file");
    let net = ["sweep", "--net", "1-2-1", "--data", "d.csv", "--target", "y"];
    for (arguments, expected) in [
        (&["sweep", "(x-1)^2", "--standardize"][..], "--standardize: there are no columns to standardise"),
        (&["sweep", "mean((w*x-y)^2)", "--data", "d.csv", "--standardize", "q"], "`q` is no column"),
        (&["sweep", "mean((w*x-y)^2)", "--data", "d.csv", "--standardize=x,,y"], "expected nothing, all, or names"),
        (&[&net[..], &["--standardize", "x"]].concat(), "a network's inputs are standardised together"),
    ] {
        let output = alphasweep(&folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(told(&output).contains(expected), "{arguments:?} says:\n{}", told(&output));
    }
}

/// Inputs alone, and the target with `all`: as if the table had been written so.
#[test]
fn a_network_learns_from_a_standardised_table_as_from_one_that_was_written_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let deviation = 10.25_f64.sqrt();
    // The mean of the prices, and their deviation.
    let mean = PRICES.iter().sum::<f64>() / 8.0;
    let spread = (PRICES.iter().map(|price| (price - mean).powi(2)).sum::<f64>() / 8.0).sqrt();
    let write = |name: &str, size: &dyn Fn(f64) -> f64, price: &dyn Fn(f64) -> f64| {
        let rows: Vec<String> = SIZES.iter().zip(PRICES).map(|(s, p)| format!("{},{}", size(*s), price(p))).collect();
        fs::write(folder.path().join(name), format!("size,price\n{}\n", rows.join("\n"))).expect("a file");
    };
    let z = |size: f64| (size - 6.0) / deviation;
    write("as_it_is.csv", &|size| size, &|price| price);
    write("inputs.csv", &z, &|price| price);
    write("all.csv", &z, &|price| (price - mean) / spread);
    let losses = |file: &str, more: &[&str]| {
        let net = ["sweep", "--net", "1-3-1", "--activation", "tanh", "--init", "normal:0.5", "--target", "price"];
        let run =
            ["--alpha", "0.01,0.1", "--vary", "seed=1,2", "--steps", "50", "--csv", "-", "--no-png", "--engine", "cpu"];
        let output = alphasweep(&folder, &[&net[..], &run, &["--data", file, "--precision", "f64"], more].concat());
        let csv = String::from_utf8_lossy(&output.stdout).into_owned();
        let loss = |line: &str| line.split(',').nth(3).and_then(|loss| loss.parse::<f64>().ok()).expect("a loss");
        (csv.lines().skip(1).map(loss).collect::<Vec<f64>>(), told(&output))
    };
    for (flags, file) in [(&["--standardize"][..], "inputs.csv"), (&["--standardize", "all"], "all.csv")] {
        let (here, said) = losses("as_it_is.csv", flags);
        let (there, _) = losses(file, &[]);
        assert_eq!(here.len(), 4);
        for (here, there) in here.iter().zip(&there) {
            assert!((here / there - 1.0).abs() < 1e-5, "{flags:?}: {here} is not {there}");
        }
        assert_eq!(
            said.contains("standardised, less the mean and by the deviation: the target (mean 58.5"),
            flags.len() == 2
        );
    }
    assert_ne!(losses("as_it_is.csv", &[]).0, losses("as_it_is.csv", &["--standardize"]).0);
}
