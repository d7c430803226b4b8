//! `alphasweep landscape`: the values are those of the formula, the lowest point is the lowest, the files say so.

use crate::common::pixels::Picture;
use crate::common::{along, asked, cpu, gpu};
use crate::formula::Formula;
use alphasweep::analysis::Landscape;
use alphasweep::engine::Output;
use alphasweep::engine::{Engine, cpu::CpuEngine, run};
use alphasweep::sweep::{Precision, Sweep};
use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::ops::ControlFlow;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn landscape(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    command.current_dir(folder).env("NODEVICE_SELECT", "1").arg("landscape").args(arguments);
    command
}

/// What is said, and the manifest.
fn told(folder: &TempDir, arguments: &[&str]) -> (String, Value) {
    let output = landscape(folder, arguments).arg("--json").assert().success().get_output().clone();
    let json = serde_json::from_slice(&output.stdout).expect("JSON");
    (String::from_utf8_lossy(&output.stderr).into_owned(), json)
}

fn csv(folder: &TempDir, arguments: &[&str]) -> String {
    let output = landscape(folder, arguments).args(["--csv", "-", "--no-png", "--quiet"]).assert().success();
    String::from_utf8(output.get_output().stdout.clone()).expect("text")
}

#[test]
fn the_values_are_those_of_the_formula_to_the_bit() {
    let text = "(1-x0)^2 + 100*(x1-x0^2)^2";
    let formula = Formula::of(text, &["x0", "x1"]);
    let folder = folder();
    let csv = csv(&folder, &[text, "--vary", "x0=lin:-2:2:21", "--vary", "x1=lin:-1:3:17", "--engine", "cpu"]);
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("x0,x1,loss"));
    let rows: Vec<Vec<f64>> =
        lines.map(|line| line.split(',').map(|field| field.parse().expect("a number")).collect()).collect();
    assert_eq!(rows.len(), 21 * 17);
    assert_eq!((rows[1][0], rows[1][1], rows[21][1]), (-1.8, -1.0, -0.75), "y-major");
    for row in rows {
        assert_eq!(formula.value(&row[..2]), row[2], "at {row:?}");
    }
}

/// The lecture's grid search over −10 … 10.
#[test]
fn the_lectures_grid_search_finds_two_and_says_what_it_costs() {
    let folder = folder();
    let (said, json) = told(&folder, &[]);
    assert!(said.contains("2001 evaluations of the loss"), "{said}");
    assert_eq!(json["lowest"]["parameters"], serde_json::json!([2.0]));
    assert_eq!((json["lowest"]["loss"].as_f64(), json["distance"].as_f64()), (Some(0.0), Some(0.0)));
    // f'' = 1/2, so α = 2 lands on the minimum in one step.
    assert_eq!((json["descent"]["alpha"].as_f64(), json["descent"]["evaluations"].as_u64()), (Some(2.0), Some(2)));
    assert!(said.contains("from beta = -10 with α = 2: 2 evaluations"), "{said}");
    let mut files: Vec<_> = fs::read_dir(folder.path().join("landscape-out"))
        .expect("the folder")
        .flatten()
        .map(|entry| entry.file_name().into_string().expect("a name"))
        .collect();
    files.sort();
    assert_eq!(files, ["landscape.csv", "landscape.json", "landscape.png"]);
}

#[test]
fn a_minimum_between_the_points_is_told_with_its_distance() {
    let folder = folder();
    let (said, json) = told(&folder, &["(x-0.3)^2 + (y+1)^2", "--vary", "x=0,1", "--vary", "y=-1,0", "--no-png"]);
    assert_eq!(json["lowest"]["parameters"], serde_json::json!([0.0, -1.0]));
    assert!((json["distance"].as_f64().expect("a distance") - 0.3).abs() < 1e-9, "{said}");
    assert!(said.contains("minimum     x = 0.3, y = -1"), "{said}");
}

#[test]
fn the_lowest_point_of_a_slope_is_no_minimum() {
    let folder = folder();
    let (said, json) = told(&folder, &["exp(x)", "--vary", "x=lin:-3:3:7", "--no-png"]);
    assert_eq!((&json["minima"], &json["distance"]), (&serde_json::json!([]), &Value::Null), "{said}");
    assert!(said.contains("no minimum is known"), "{said}");
    // Newton's method slides far down this one.
    let (said, json) = told(&folder, &["exp(x)+z^2", "--vary", "x=lin:-3:30:12", "--no-png"]);
    assert_eq!(json["minima"], serde_json::json!([]), "{said}");
}

#[test]
fn ties_are_counted_and_the_first_is_told() {
    let folder = folder();
    let (said, json) = told(&folder, &["(x^2-1)^2", "--vary", "x=-2,1,-1,0", "--no-png"]);
    assert_eq!(json["lowest"]["parameters"], serde_json::json!([1.0]));
    assert_eq!(json["lowest"]["points"], 2);
    assert!(said.contains("lowest      0 at x = 1 (and at 1 more)"), "{said}");
}

#[test]
fn what_is_not_finite_is_left_empty_and_is_never_the_lowest() {
    let folder = folder();
    let arguments = ["ln(x)", "--vary", "x=-1,0,2,1", "--engine", "cpu"];
    assert_eq!(csv(&folder, &arguments), "x,loss\n-1,\n0,\n2,0.6931471805599453\n1,0\n");
    assert_eq!(told(&folder, &arguments).1["lowest"]["parameters"], serde_json::json!([1.0]));
    let (said, json) = told(&folder, &["ln(0-1-x^2)*y"]);
    assert_eq!((&json["lowest"], &json["finite"]), (&Value::Null, &serde_json::json!(0)));
    assert!(said.contains("none: no loss on this grid is finite"), "{said}");
}

#[test]
fn other_parameters_constants_and_data_are_fixed_by_name() {
    let folder = folder();
    let slice =
        ["(x-c)^2 + 10*y", "--const", "c=5", "--vary", "x=1,2", "--set", "y=3", "--set", "c=2", "--engine", "cpu"];
    assert_eq!(csv(&folder, &slice), "x,loss\n1,31\n2,30\n");
    // hours: mean((w·x−y)²) over x = 1, 2, 3 and y = 2x is (w−2)²·14/3.
    assert_eq!(csv(&folder, &["hours", "--vary", "w=-1,2,5", "--engine", "cpu"]), "w,loss\n-1,42\n2,0\n5,42\n");
    let drawn = |seed| csv(&folder, &["line", "--vary", "a=1,2", "--seed", seed, "--engine", "cpu"]);
    assert_eq!(drawn("1"), drawn("1"));
    assert_ne!(drawn("1"), drawn("2"));
}

/// A sweep of zero steps, in any tiles, on any engine.
#[test]
fn engines_and_tiles_agree() {
    let request = asked("booth").set("alpha", 1.0).steps(0).precision(Precision::F32);
    let spec = request
        .vary("x0_start", along("lin:-10:10:41"))
        .vary("x1_start", along("lin:-10:10:33"))
        .resolve()
        .expect("a grid");
    let losses = |engine: &dyn Engine| {
        let mut landscape = Landscape::new(&spec);
        let mut sink = |tile| {
            landscape.tile(&tile).expect("memory");
            ControlFlow::Continue(())
        };
        run(engine, &Sweep::from(&spec), &alphasweep::engine::Watch::silent(), &mut sink).expect("a run");
        (landscape.losses().to_vec(), landscape.lowest().expect("a lowest point"))
    };
    let expected = losses(&cpu());
    assert_eq!(expected.1.parameters, [1.0, 3.125]);
    assert_eq!(losses(&CpuEngine::new(Some(1)).expect("an engine").with_tile_cells(7)), expected);
    if let Some(gpu) = gpu() {
        let (there, lowest) = losses(&gpu);
        assert_eq!(lowest.parameters, expected.1.parameters);
        assert!(there.iter().zip(&expected.0).all(|(a, b)| (a - b).abs() <= 1e-5 * b.abs()));
    }
}

/// The picture's pixels at a place of the map, 0 to 1 across and up.
fn pixel(bytes: &[u8], across: f64, up: f64) -> [u8; 3] {
    let picture = Picture::png(bytes);
    // 81 points of 10 pixels each way.
    let (x, y) = (112 + (across * 810.0) as usize, 96 + 810 - (up * 810.0) as usize);
    picture.at(x, y)
}

#[test]
fn the_map_is_dark_where_the_loss_is_low_and_grey_where_it_is_none() {
    let folder = folder();
    let axes = ["--vary", "x=lin:-4:4:81", "--vary", "y=lin:-4:4:81"];
    landscape(&folder, &["x^2+y^2+0*ln(x)", "--png", "a.png", "--no-csv"]).args(axes).assert().success();
    let bowl = fs::read(folder.path().join("a.png")).expect("a picture");
    let light = |place: (f64, f64)| pixel(&bowl, place.0, place.1).iter().map(|part| u32::from(*part)).sum::<u32>();
    let rays = [0.56, 0.65, 0.75, 0.85, 0.95].map(|at| light((at, at)));
    assert!(rays.is_sorted() && rays[0] < 300 && rays[4] > 450, "from the bottom outwards: {rays:?}");
    landscape(&folder, &["x^2+y^2+ln(x)", "--png", "b.png", "--no-csv"]).args(axes).assert().success();
    let half = fs::read(folder.path().join("b.png")).expect("a picture");
    assert_eq!(pixel(&half, 0.25, 0.5), [224, 224, 226]);
    assert_ne!(pixel(&half, 0.75, 0.5), [224, 224, 226]);
}

#[test]
fn wrong_requests_are_refused_with_the_way_out() {
    let cases: &[(&[&str], &[&str])] = &[
        (&["--vary", "bta=lin:0:1:5"], &["--vary bta=lin:0:1:5", "did you mean `beta`"]),
        (&["--vary", "beta_start=0,1"], &["--vary beta_start=0,1", "It has beta"]),
        (&["--vary", "alpha=0,1"], &["--vary alpha=0,1", "It has beta"]),
        (&["xy", "--vary", "c=1,2"], &["--vary c=1,2", "`c` is a constant", "x, y"]),
        (&["--set", "beta=1"], &["nothing varies"]),
        (&["bowl", "--vary", "x0=0,1", "--set", "x0=1"], &["x0", "not both"]),
        (&["--vary", "beta=1:2"], &["--vary beta=1:2", "log:1:2:200 or lin:1:2:200"]),
        (&["--vary", "beta"], &["--vary beta", "NAME=AXIS"]),
        (&["bowl", "--vary", "x0=lin:0:1:9000", "--vary", "x1=lin:0:1:9000"], &["9000 × 9000", "fewer"]),
        (&["bowl", "--vary", "x0=0,1", "--vary", "x1=0,1", "--vary", "x0=0,1"], &["--vary x0=0,1"]),
        (&["rosenbrok"], &["did you mean `rosenbrock`"]),
        (&["line", "--data", "nowhere.csv"], &["--data nowhere.csv"]),
        (&["--csv", "-", "--json"], &["--json", "--csv -"]),
        (&["--csv", "a", "--png", "a"], &["--png a", "another path"]),
        (&["--out", "/dev/null/nowhere"], &["--out /dev/null/nowhere", "another path"]),
        (&["--adapter", "x", "--engine", "cpu"], &["--adapter x"]),
    ];
    for (arguments, expected) in cases {
        let folder = folder();
        let output = landscape(&folder, arguments).assert().code(2).get_output().clone();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.starts_with("error: "), "{arguments:?} says:\n{told}");
        for part in *expected {
            assert!(told.contains(part), "{arguments:?}: `{part}` is missing in:\n{told}");
        }
        let left = fs::read_dir(folder.path()).expect("the folder").count();
        assert_eq!((left, output.stdout.len()), (0, 0), "{arguments:?} left something behind");
    }
}
