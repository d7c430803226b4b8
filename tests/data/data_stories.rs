//! Data from the user's side: a model of one's own on a file of one's own, and what is said when something is wrong.

use crate::common::Random;
use alphasweep::problem::random::shuffled_row;
use assert_cmd::Command;
use nalgebra::{DMatrix, DVector};
use std::fs;
use tempfile::TempDir;

/// A folder with `points.csv` in it.
fn folder(points: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("points.csv"), points).expect("a file");
    folder
}

fn sweep(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    command.current_dir(folder).env("NODEVICE_SELECT", "1").arg("sweep").args(arguments);
    command
}

/// Sixty points near v = 0.5·u² − u + 2.
fn points() -> Vec<(f64, f64)> {
    let mut random = Random(7);
    let point = |_| {
        let u = random.uniform(-2.0, 2.0);
        (u, 0.5 * u * u - u + 2.0 + random.uniform(-0.25, 0.25))
    };
    (0..60).map(point).collect()
}

#[test]
fn a_parabola_through_ones_own_points_is_the_least_squares_one() {
    let points = points();
    let rows: Vec<String> = points.iter().map(|(u, v)| format!("{u:e},{v:e},0")).collect();
    let folder = folder(&format!("u,v,unused\n{}\n", rows.join("\n")));
    let arguments =
        ["mean((a*u^2 + b*u + c - v)^2)", "--data", "points.csv", "--alpha", "0.1,0.2", "--set", "a_start=0"];
    let more =
        ["--engine", "cpu", "--precision", "f64", "--gtol", "1e-13", "--steps", "20000", "--csv", "-", "--no-png"];
    let output = sweep(&folder, &arguments).args(more).assert().success().get_output().clone();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("60 rows of u, v; parameters a, b, c"), "{told}");
    let matrix = DMatrix::from_fn(points.len(), 3, |row, column| points[row].0.powi(2 - column as i32));
    let values = DVector::from_iterator(points.len(), points.iter().map(|(_, v)| *v));
    let exact = matrix.svd(true, true).solve(&values, 1e-12).expect("a parabola");
    let csv = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("alpha,loss_start,loss_final,a_final,b_final,c_final,steps,outcome"));
    let mut seen = 0;
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields[7], "converged", "{line}");
        for (at, exact) in exact.iter().enumerate() {
            let found: f64 = fields[3 + at].parse().expect("a number");
            assert!((found - exact).abs() < 1e-11, "{line}\nleast squares {exact}");
        }
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[test]
fn the_same_seed_prints_the_same_bytes() {
    let folder = folder("");
    let run = |seed: &str| {
        let arguments = ["line-mae", "--alpha", "0.5,0.7", "--set", "W_start=uniform:-1:1", "--batch", "9"];
        let more = ["--seed", seed, "--engine", "cpu", "--csv", "-", "--no-png", "--quiet"];
        sweep(&folder, &arguments).args(more).assert().success().get_output().stdout.clone()
    };
    assert_eq!(run("5"), run("5"));
    assert_ne!(run("5"), run("6"));
}

const GOOD: &str = "x,y\n1,2\n2,4\n3,6\n";
const LINE: &str = "mean((w*x-y)^2)";

/// What the file holds, what is typed, and what must be said.
type Wrong = (&'static str, &'static [&'static str], &'static [&'static str]);

fn wrong_files() -> Vec<Wrong> {
    vec![
        ("u,v\n1,2\n", &["hours", "--data", "points.csv"], &["needs a column `x`", "u, v"]),
        ("x,z\n1,2\n", &["line", "--data", "points.csv"], &["needs a column `y`", "x, z"]),
        ("x,y\n1,2\n3,four\n", &[LINE, "--data", "points.csv"], &["--data points.csv", "row 2", "`y`", "`four`"]),
        ("x,y\n1,2\n3\n", &[LINE, "--data", "points.csv"], &["--data points.csv", "row 2", "1 field"]),
        ("", &[LINE, "--data", "points.csv"], &["--data points.csv", "is empty"]),
        ("x,y\n", &[LINE, "--data", "points.csv"], &["--data points.csv", "no rows"]),
        ("x,y\n1,NaN\n", &[LINE, "--data", "points.csv"], &["--data points.csv", "row 1", "not a finite number"]),
        ("1,2\n3,4\n", &[LINE, "--data", "points.csv"], &["--data points.csv", "name the columns"]),
        (
            "x,y\n1,1e300\n",
            &[LINE, "--data", "points.csv", "--precision", "f32"],
            &["row 1, column `y`", "--precision f64"],
        ),
        (GOOD, &[LINE, "--data", "point.csv"], &["--data point.csv", "hours, line, line-mae"]),
        (GOOD, &["(w-1)^2", "--data", "points.csv"], &["reads no column", "x, y"]),
        (GOOD, &[LINE, "--data", "points.csv", "--const", "x=1"], &["`x` is both a constant and a column"]),
    ]
}

fn wrong_flags() -> Vec<Wrong> {
    vec![
        (GOOD, &["(w-1)^2", "--batch", "each"], &["--batch each", "--data FILE.csv"]),
        (GOOD, &["mean((w-x)^2)"], &["--data FILE.csv", "^"]),
        (GOOD, &[LINE, "--data", "points.csv", "--batch", "4"], &["--batch 4", "3 rows"]),
        (GOOD, &[LINE, "--data", "points.csv", "--batch", "0"], &["--batch 0", "full, each"]),
        (GOOD, &[LINE, "--data", "points.csv", "--batch", "some"], &["--batch some", "full, each"]),
        (GOOD, &[LINE, "--data", "points.csv", "--stop", "loss"], &["--stop loss", "expected a condition"]),
        (GOOD, &[LINE, "--data", "points.csv", "--stop", "w*x < y"], &["--stop w*x < y", "row to row", "mean(...)"]),
        (GOOD, &[LINE, "--data", "points.csv", "--stop", "lost < 1"], &["did you mean `loss`", "^^^^"]),
        (GOOD, &["(w-b)^2", "--gradient", "w = 2*(w-b)"], &["no slope for `b`", "`b = ...`"]),
        (GOOD, &["(w-b)^2", "--gradient", "w = q; b = 1"], &["`q` is nothing in this problem", "^"]),
        (GOOD, &["(w-1)^2", "--gradient", "exact"], &["--gradient exact", "auto, central:H"]),
        (GOOD, &["(w-1)^2", "--gradient", "central:0"], &["--gradient central:0", "above 0"]),
        (GOOD, &["line", "--seed", "16777216"], &["--seed 16777216", "0 to 16777215"]),
        (GOOD, &["line", "--seed", "-1"], &["-1", "--seed"]),
        (GOOD, &["line", "--seed", "1", "--set", "seed=2"], &["--seed 1", "leave one"]),
        (GOOD, &["line", "--seed", "1", "--vary", "seed=1,2"], &["--seed 1", "leave one"]),
        (GOOD, &["line", "--vary", "seed=lin:0:1:5"], &["--vary seed=lin:0:1:5", "a seed is a whole number"]),
        (GOOD, &["lecture", "--vary", "seed=1,2"], &["--vary seed=1,2", "nothing is drawn"]),
        (GOOD, &["lecture", "--set", "beta_start=uniform:1"], &["beta_start=uniform:1", "uniform:LO:HI"]),
    ]
}

#[test]
fn wrong_data_and_flags_about_it_are_refused_with_the_way_out() {
    for (points, arguments, expected) in wrong_files().into_iter().chain(wrong_flags()) {
        let folder = folder(points);
        let output = sweep(&folder, arguments).assert().code(2).get_output().clone();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.starts_with("error: "), "{arguments:?} says:\n{told}");
        for part in expected {
            assert!(told.contains(part), "{arguments:?}: `{part}` is missing in:\n{told}");
        }
        assert!(matches!(told.lines().count(), 1 | 3), "{arguments:?} says in many words:\n{told}");
        assert!(output.stdout.is_empty(), "{arguments:?} wrote to stdout");
        let left: Vec<_> = fs::read_dir(folder.path()).expect("the folder").flatten().map(|e| e.file_name()).collect();
        assert_eq!(left, ["points.csv"], "{arguments:?} left something behind");
    }
}

/// Points on a noisy line, and a column of classes.
fn training_rows() -> Vec<(f64, f64)> {
    let mut random = Random(3);
    let row = |_| {
        let x = random.uniform(-1.0, 1.0);
        (x, 1.5 * x - 0.5 + random.uniform(-0.1, 0.1))
    };
    (0..24).map(row).collect()
}

/// Who trains with PyTorch pastes the loss, and asks for what the loader and the optimiser were given:
/// `DataLoader(data, batch_size=6, shuffle=True)`, `Adam(lr=0.05)`, 40 epochs. The numbers are those of the loop that this is
/// short for.
#[test]
fn a_loop_of_pytorch_is_pasted() {
    let rows = training_rows();
    let file: Vec<String> = rows.iter().map(|(x, y)| format!("{x:e},{y:e}")).collect();
    let folder = folder(&format!("x,y\n{}\n", file.join("\n")));
    let arguments =
        ["loss = torch.mean((w*x + b - y)**2)", "--data", "points.csv", "--optimizer", "Adam", "--lr", "0.05"];
    let more =
        ["--epochs", "40", "--batch", "6", "--shuffle", "--seed", "7", "--set", "w_start=0", "--set", "b_start=0"];
    let last = ["--engine", "cpu", "--gtol", "0", "--csv", "-", "--no-png", "--quiet"];
    let output = sweep(&folder, &arguments).args(more).args(last).assert().success().get_output().clone();
    let csv = String::from_utf8_lossy(&output.stdout).into_owned();
    let fields: Vec<&str> = csv.lines().last().expect("a row").split(',').collect();
    assert_eq!(csv.lines().next(), Some("alpha,loss_start,loss_final,w_final,b_final,steps,outcome"));
    assert_eq!(fields[5], "160", "40 passes of 4 steps");
    // Kingma and Ba 2015, algorithm 1, with PyTorch's defaults.
    let (mut p, mut m, mut v) = ([0.0_f64; 2], [0.0; 2], [0.0; 2]);
    for step in 0..160 {
        let taken: Vec<(f64, f64)> = (0..6).map(|slot| rows[shuffled_row(7, step, (slot, 6), 24) as usize]).collect();
        let off = |(x, y): &(f64, f64)| p[0] * x + p[1] - y;
        let slopes = [
            taken.iter().map(|row| 2.0 * off(row) * row.0).sum::<f64>() / 6.0,
            taken.iter().map(|row| 2.0 * off(row)).sum::<f64>() / 6.0,
        ];
        let t = step as i32 + 1;
        for at in 0..2 {
            m[at] = 0.9 * m[at] + 0.1 * slopes[at];
            v[at] = 0.999 * v[at] + 0.001 * slopes[at] * slopes[at];
            let (m_hat, v_hat) = (m[at] / (1.0 - 0.9_f64.powi(t)), v[at] / (1.0 - 0.999_f64.powi(t)));
            p[at] -= 0.05 * m_hat / (v_hat.sqrt() + 1e-8);
        }
    }
    for (found, expected) in fields[3..5].iter().zip(p) {
        let found: f64 = found.parse().expect("a number");
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }
    assert!((p[0] - 1.5).abs() < 0.2 && (p[1] + 0.5).abs() < 0.1, "and it learns the line: {p:?}");
}

/// `nn.Linear(2, 1)` under `BCEWithLogitsLoss`, with labels of −1 and 1 and inputs of unlike sizes: one output, cross-entropy.
#[test]
fn a_classifier_of_one_logit_is_trained() {
    let mut random = Random(9);
    let row = |_| {
        let (a, b) = (random.uniform(-1.0, 1.0), random.uniform(0.0, 5000.0));
        format!("{a},{b},{}", if a + (b - 2500.0) / 2500.0 > 0.0 { 1 } else { -1 })
    };
    let rows: Vec<String> = (0..100).map(row).collect();
    let folder = folder(&format!("a,b,label\n{}\n", rows.join("\n")));
    let net = ["--net", "2-1", "--loss", "Cross-Entropy", "--data", "points.csv", "--target", "label", "--standardize"];
    let run =
        ["--alpha", "1,5", "--epochs", "60", "--batch", "10", "--shuffle", "--engine", "cpu", "--csv", "-", "--no-png"];
    let output = sweep(&folder, &net).args(run).args(["--vary", "seed=1,2"]).assert().success().get_output().clone();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("the targets -1 and 1 are the classes 0 and 1"), "{told}");
    let csv = String::from_utf8_lossy(&output.stdout).into_owned();
    let at = csv.lines().next().and_then(|names| names.split(',').position(|name| name == "test_accuracy"));
    for line in csv.lines().skip(1) {
        let accuracy: f64 = line.split(',').nth(at.expect("a column")).expect("a field").parse().expect("a number");
        assert!(accuracy >= 0.9, "{line}");
    }
}
