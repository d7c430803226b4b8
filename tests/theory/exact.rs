//! The exact minimum of quadratic losses: its rank, the answer of the least norm, and the distance to the set of minima.
//! Answers are worked out by hand, or are those that the data were made from.

use crate::common::{asked, resolved};
use alphasweep::analysis::theory::{Exact, exact};
use alphasweep::problem::Data;
use assert_cmd::Command;
use std::fs;

fn table(columns: &[(&str, Vec<f64>)]) -> Data {
    Data {
        names: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
        columns: columns.iter().map(|(_, values)| values.clone()).collect(),
        source: "a test".to_owned(),
        seeded: false,
    }
}

fn of(formula: &str) -> Option<Exact> {
    exact(&resolved(&asked(formula)))
}

fn over(formula: &str, columns: &[(&str, Vec<f64>)]) -> Exact {
    exact(&resolved(&asked(formula).data(table(columns)))).unwrap_or_else(|| panic!("{formula} has a minimum"))
}

fn close(found: &[f64], expected: &[f64], relative: f64) {
    let scale = expected.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= relative * scale, "{found:?} where {expected:?} was expected");
    }
}

#[test]
fn minima_that_fill_a_line_are_known_by_their_nearest_point() {
    let found = of("(x + y - 2)^2").expect("a minimum");
    assert_eq!((found.rank, found.unique), (1, false));
    close(&found.minimum, &[1.0, 1.0], 1e-14);
    close(&[found.distance_of(&[3.0, -1.0]), found.distance_of(&[2.0, 2.0])], &[0.0, 2_f64.sqrt()], 1e-14);
    // a·(a·p) = a·1000 with a = (1000, 1): not the point of the least norm over scaled parameters.
    let found = of("(1000*x + y - 1000)^2").expect("a minimum");
    close(&found.minimum, &[1e6 / 1_000_001.0, 1e3 / 1_000_001.0], 1e-12);
    assert!(found.distance_of(&[0.0, 1000.0]) < 1e-9);
    // A parameter that does nothing.
    let found = of("(x - 3)^2 + 0*y").expect("a minimum");
    assert_eq!((found.rank, found.unique, found.minimum.as_slice()), (1, false, &[3.0, 0.0][..]));
    assert_eq!(found.distance_of(&[3.0, 55.0]), 0.0);
}

#[test]
fn one_minimum_is_the_answer_itself() {
    let found = of("(x - 1)^2 + 2*(y + 3)^2 + 5").expect("a minimum");
    assert_eq!((found.rank, found.unique, found.loss), (2, true, 5.0));
    assert_eq!((found.minimum.as_slice(), found.distance_of(&[4.0, 1.0])), (&[1.0, -3.0][..], 5.0));
}

#[test]
fn losses_without_a_minimum_and_other_losses_have_none() {
    for formula in
        ["x^2 - y^2", "x*y", "(x-1)^2 + y", "(x-y)^2 + 1e-3*(x+y)", "-(x-1)^2", "abs(x)", "x^4", "x^2 + 0*y + y"]
    {
        assert_eq!(of(formula), None, "{formula}");
    }
}

/// Columns of 1, u and v with v = u, and v = 2.54·u, which rounding makes equal to within an ulp alone.
#[test]
fn columns_that_say_the_same_are_counted_once() {
    let u = vec![1.0, 2.0, 4.0, 7.5];
    let line = |u: &f64| 1.5 + u;
    let columns = |v: Vec<f64>| [("u", u.clone()), ("v", v), ("y", u.iter().map(line).collect())];
    let found = over("mean((c+a*u+b*v-y)^2)", &columns(u.clone()));
    assert_eq!((found.rank, found.unique), (2, false));
    close(&found.minimum, &[1.5, 0.5, 0.5], 1e-12);
    close(&[found.distance_of(&[1.5, 3.0, -2.0]), found.distance_of(&[2.5, 1.0, 0.0])], &[0.0, 1.0], 1e-12);
    let found = over("mean((c+a*u+b*v-y)^2)", &columns(u.iter().map(|u| 2.54 * u).collect()));
    assert_eq!((found.rank, found.unique), (2, false));
    let share = 1.0 / (1.0 + 2.54 * 2.54);
    close(&found.minimum, &[1.5, share, 2.54 * share], 1e-9);
    assert!(found.loss < 1e-20, "{found:?}");
}

/// Areas in square metres and a share in millionths: a condition of 1e24, and three columns that have nothing in common.
#[test]
fn columns_of_other_units_are_no_lack_of_rank() {
    let area = vec![81_000.0, 120_500.0, 64_250.0, 240_000.0, 99_000.0, 181_250.0];
    let share = vec![2e-7, 9e-7, 5e-7, 3e-7, 7e-7, 1e-7];
    let y: Vec<f64> = area.iter().zip(&share).map(|(area, share)| 0.25 * area + 3e9 * share - 40.0).collect();
    let found = over("mean((m*area + n*share + k - y)^2)", &[("area", area), ("share", share), ("y", y)]);
    assert_eq!((found.rank, found.unique), (3, true));
    for (found, expected) in found.minimum.iter().zip([0.25, 3e9, -40.0]) {
        assert!((found / expected - 1.0).abs() < 1e-9, "{found} where {expected} was expected");
    }
}

/// Two columns that differ by a part in 1e5: the Hessian's condition is about 1e10 whatever the units, and its rank is full.
#[test]
fn columns_that_nearly_say_the_same_are_two() {
    let u = vec![1.0, -2.0, 3.0, 5.0, -4.0, 0.5];
    let w = [0.3, 1.0, -0.7, 0.2, 0.9, -1.0];
    let v: Vec<f64> = u.iter().zip(w).map(|(u, w)| u + 5e-5 * w).collect();
    let y: Vec<f64> = u.iter().zip(&v).map(|(u, v)| 2.0 * u - v).collect();
    let found = over("mean((a*u + b*v - y)^2)", &[("u", u), ("v", v), ("y", y)]);
    assert_eq!((found.rank, found.unique), (2, true));
    close(&found.minimum, &[2.0, -1.0], 1e-4);
}

/// Many rows make more rounding: a column that is the sum of two others is still found out.
#[test]
fn a_hundred_thousand_rows_have_the_rank_of_a_few() {
    let turn = |at: u32, by: f64| (f64::from(at) * by).fract() * 1e3;
    let u: Vec<f64> = (0..100_000).map(|at| turn(at, 0.618_033_988_749_895)).collect();
    let v: Vec<f64> = (0..100_000).map(|at| turn(at, 0.414_213_562_373_095)).collect();
    let s: Vec<f64> = u.iter().zip(&v).map(|(u, v)| u + v).collect();
    let y: Vec<f64> = u.iter().zip(&v).map(|(u, v)| 3.0 * u + v + 7.0).collect();
    let columns = [("u", u), ("v", v), ("s", s), ("y", y)];
    let found = over("mean((a*u + b*v + c*s + d - y)^2)", &columns);
    assert_eq!((found.rank, found.unique), (3, false), "{found:?}");
    // (3, 1, 0) and what a + c = 3, b + c = 1 leaves, nearest to 0.
    close(&found.minimum, &[5.0 / 3.0, -1.0 / 3.0, 4.0 / 3.0, 7.0], 1e-6);
    let found = over("mean((a*u + b*v + d - y)^2)", &columns);
    assert_eq!((found.rank, found.unique), (3, true), "{found:?}");
}

/// The summary and `sweep.json` say it, with the distance of the best cell to the set rather than to the one answer.
#[test]
fn the_summary_tells_how_near_the_best_cell_came_to_the_set() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("d.csv"), "u,v,y\n1,1,2.5\n2,2,3.5\n4,4,5.5\n").expect("a file");
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    let arguments =
        "sweep mean((c+a*u+b*v-y)^2) --data d.csv --alpha 0.03 --vary c_start=-2,2 --set a_start=1 --set b_start=3";
    let command = command.current_dir(&folder).args(arguments.split(' ')).args(["--steps", "20000", "--engine", "cpu"]);
    let output = command.args(["--precision", "f64", "--gtol", "1e-9"]).output().expect("it runs");
    let told = String::from_utf8(output.stderr).expect("text");
    for part in ["rank 2 of 3, not unique: the minimum-norm answer is c = 1.5, a = 0.5, b = 0.5", "the set of minima"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let document = fs::read_to_string(folder.path().join("sweep-out/sweep.json")).expect("a document");
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    let exact = &document["exact"];
    assert_eq!((exact["rank"].as_u64(), exact["unique"].as_bool()), (Some(2), Some(false)), "{document:#}");
    assert!(exact["distance"].as_f64().is_some_and(|distance| distance < 1e-7), "{exact:#}");
}
