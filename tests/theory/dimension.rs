//! `--dimension`: boundaries whose shape is known by other means.

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

fn alphasweep(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    command.current_dir(folder).args(["sweep", "--engine", "cpu", "--quiet", "--no-csv", "--no-png", "--out", "out"]);
    command.args(arguments);
    command
}

/// What is found of a sweep's boundary.
fn found(arguments: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    alphasweep(&folder, arguments).assert().success();
    let text = std::fs::read(folder.path().join("out/dimension.json")).expect("a document");
    assert!(folder.path().join("out/dimension.png").exists());
    serde_json::from_slice(&text).expect("JSON")
}

fn slope(of: &Value) -> f64 {
    of["fitted"]["slope"].as_f64().unwrap_or_else(|| panic!("no slope: {of}"))
}

fn near(value: f64, known: f64, within: f64, what: &str) {
    assert!((value - known).abs() < within, "{what}: {value} for {known}");
}

/// (xy − c)²/2 at α < 1/c: descent converges within an ellipse of starts (see the closed forms), whose edge is smooth.
const ELLIPSE: &[&str] = &[
    "(x*y-1)^2/2",
    "--set",
    "alpha=0.8",
    "--vary",
    "x_start=lin:-2.5:2.5:513",
    "--vary",
    "y_start=lin:-2.5:2.5:513",
    "--steps",
    "2000",
    "--dimension",
    "diverged",
];

#[test]
fn the_edge_of_an_ellipse_has_dimension_1_by_boxes_and_by_pairs() {
    let found = found(ELLIPSE);
    near(slope(&found["boxes"]), 1.0, 0.03, "boxes");
    near(2.0 - slope(&found["uncertainty"]), 1.0, 0.05, "pairs");
    near(slope(&found["smooth"]["boxes"]), 1.0, 0.02, "the smooth control");
    near(slope(&found["rough"]["boxes"]), 4.0_f64.ln() / 3.0_f64.ln(), 0.08, "the rough control");
    let entropy = found["entropy"]["boundary"].as_f64().expect("there is a boundary");
    assert!(entropy < 2.0_f64.ln(), "{entropy}: no fractal");
    let flipped = found["last_place"]["flipped"].as_u64().expect("counted");
    assert!(
        flipped * 20 < found["last_place"]["cells"].as_u64().expect("counted"),
        "a smooth edge is between cells: {flipped}"
    );
}

/// The convex case: one learning rate parts the line, and its dimension is 0.
#[test]
fn on_a_parabola_one_point_parts_what_diverges_and_its_dimension_is_0() {
    let found = found(&["x^2", "--alpha", "lin:0.9:1.1:4097", "--set", "x_start=1", "--dimension", "diverged"]);
    near(slope(&found["boxes"]), 0.0, 0.02, "boxes");
    near(1.0 - slope(&found["uncertainty"]), 0.0, 0.1, "pairs");
}

/// The sibling: with a ripple the same line is parted at every scale (Liu 2024, "Complex fractal trainability boundary can arise from
/// trivial non-convexity").
#[test]
fn a_ripple_makes_the_same_boundary_rough() {
    let ripple = ["x^2*(1+eps*cos(2*pi*x/lam))", "--const", "eps=0.2", "--const", "lam=0.1", "--set", "x_start=1"];
    let found = found(&[&ripple[..], &["--alpha", "lin:0.4:1:4097", "--dimension", "diverged"]].concat());
    let (boxes, pairs) = (slope(&found["boxes"]), 1.0 - slope(&found["uncertainty"]));
    assert!(boxes > 0.3 && pairs > 0.6, "{boxes} by boxes, which see no more than the grid, {pairs} by pairs");
    assert!(found["boundary_cells"].as_u64() > Some(100));
}

#[test]
fn what_cannot_be_told_is_refused_or_unknown_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = |arguments: &[&str]| {
        let output = alphasweep(&folder, arguments).assert().code(2).get_output().clone();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let wrong = said(&["x^2", "--dimension", "fractal"]);
    assert!(wrong.contains("--dimension fractal") && wrong.contains("arrived, diverged, outcome, minimum"), "{wrong}");
    let few = said(&["x^2", "--alpha", "lin:0.1:2:10", "--dimension", "arrived"]);
    assert!(few.contains("65 values"), "{few}");
    let unmeasured = said(&["x^2", "--dimension", "minimum"]);
    assert!(unmeasured.contains("add --measure minimum"), "{unmeasured}");
    let all_alike = found(&["x^2", "--alpha", "lin:0.1:0.2:65", "--start", "lin:1:2:65", "--dimension", "diverged"]);
    let why = all_alike["unknown"].to_string();
    assert!(why.contains("no boundary"), "{why}");
    assert!(all_alike["boxes"]["fitted"].is_null());
}
