//! `--repair`: cells that rounding may have decided are what f64 says of them, and no other cell changes.

use crate::sweep_files::files;
use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use tempfile::TempDir;

/// A map with three kinds of doubtful cells: edges between outcomes, descents that f32 leaves `settled`, and cycles.
const MAP: &[&str] =
    &["sweep", "himmelblau", "--alpha", "log:1e-4:0.1:40", "--start", "lin:-5:5:31", "--precision", "f32", "--quiet"];
const ON_CPU: &[&str] = &["--engine", "cpu"];

fn alphasweep(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    command.current_dir(folder).env("NODEVICE_SELECT", "1").args(arguments);
    command
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// What is said of a sweep into `out`.
fn told(folder: &TempDir, arguments: &[&str], more: &[&str], out: &str) -> String {
    let output = alphasweep(folder, arguments).args(more).args(["--out", out]).assert().success().get_output().clone();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn document(folder: &TempDir, out: &str) -> Value {
    let text = fs::read(folder.path().join(out).join("sweep.json")).expect("a document");
    serde_json::from_slice(&text).expect("JSON")
}

/// The rows of a map, each as its fields.
fn rows(folder: &TempDir, out: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(folder.path().join(out).join("losses.csv")).expect("a CSV");
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn word(row: &[String]) -> &str {
    row.last().expect("an outcome")
}

/// The rule, as the guide has it: next to another outcome (eight neighbours), settled, or oscillating.
fn is_doubtful(map: &[Vec<String>], nx: usize, cell: usize) -> bool {
    let (x, y) = (cell % nx, cell / nx);
    let near = |at: usize| at.saturating_sub(1)..=at + 1;
    let inside = |x: usize, y: usize| x < nx && y < map.len() / nx;
    let other = near(y)
        .flat_map(|row| near(x).map(move |column| (column, row)))
        .any(|(x, y)| inside(x, y) && word(&map[y * nx + x]) != word(&map[cell]));
    other || ["settled", "oscillating"].contains(&word(&map[cell]))
}

#[test]
fn doubtful_cells_are_those_of_f64_and_all_others_stay() {
    let folder = folder();
    told(&folder, MAP, ON_CPU, "plain");
    told(&folder, MAP, &["--engine", "cpu", "--repair"], "repaired");
    // The same descents: f64 stops where f32 would have.
    let tolerance = document(&folder, "plain")["tolerances"].clone();
    assert_eq!(tolerance, document(&folder, "repaired")["tolerances"]);
    let (plain, repaired) = (rows(&folder, "plain"), rows(&folder, "repaired"));
    let doubtful: Vec<bool> = (0..plain.len()).map(|cell| is_doubtful(&plain, 40, cell)).collect();
    for cell in (0..plain.len()).filter(|cell| !doubtful[*cell]) {
        assert_eq!(plain[cell], repaired[cell], "cell {cell} is in no doubt and stays");
    }
    let changed = (0..plain.len()).filter(|cell| word(&plain[*cell]) != word(&repaired[*cell])).count();
    let count = doubtful.iter().filter(|doubtful| **doubtful).count();
    let facts = document(&folder, "repaired")["repair"].clone();
    assert_eq!(facts["doubtful"], count);
    assert_eq!(facts["cells"], count);
    assert_eq!(facts["changed"], changed);
    assert!(changed > 50, "f32 settles where f64 converges: {changed} of {count}");
    assert!(document(&folder, "plain").get("repair").is_none(), "nothing is repaired on the CPU unasked");
}

#[test]
fn a_repaired_cell_is_what_a_sweep_of_it_alone_in_f64_gives() {
    let folder = folder();
    let repair = ["--engine", "cpu", "--gtol", "1e-5", "--repair"];
    told(&folder, MAP, &repair, "repaired");
    told(&folder, MAP, &repair[..4], "plain");
    let (plain, repaired) = (rows(&folder, "plain"), rows(&folder, "repaired"));
    let in_f64: Vec<&str> = MAP.iter().map(|word| if *word == "f32" { "f64" } else { *word }).collect();
    told(&folder, &in_f64, &repair[..4], "wide");
    let wide = rows(&folder, "wide");
    let numbers = |row: &[String]| -> Vec<f32> { row[2..].iter().filter_map(|text| text.parse().ok()).collect() };
    let mut compared = 0;
    for cell in (0..plain.len()).filter(|cell| is_doubtful(&plain, 40, *cell)) {
        assert_eq!(word(&repaired[cell]), word(&wide[cell]), "cell {cell}");
        assert_eq!(numbers(&repaired[cell]), numbers(&wide[cell]), "cell {cell}");
        compared += 1;
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn parts_are_repaired_when_they_are_merged_as_the_whole_is() {
    let folder = folder();
    let repair = ["--engine", "cpu", "--repair"];
    told(&folder, MAP, &repair, "whole");
    for part in 1..=3 {
        told(&folder, MAP, &[&repair[..], &["--shard", &format!("{part}/3")]].concat(), &format!("part{part}"));
    }
    alphasweep(&folder, &["merge", "part2", "part1", "part3", "--out", "merged", "--quiet"]).assert().success();
    let [whole, merged] = ["whole", "merged"].map(|name| files(&folder.path().join(name)));
    assert_eq!(whole.len(), 3);
    for ((name, whole), (_, merged)) in whole.iter().zip(&merged) {
        assert!(whole == merged, "{name} differs");
    }
}

#[test]
fn a_repaired_sweep_is_the_same_when_it_is_run_again() {
    let folder = folder();
    told(&folder, MAP, &["--engine", "cpu", "--repair"], "out");
    alphasweep(&folder, &["rerun", "out/sweep.json"]).assert().success();
    // And is not, where what is repaired is left out.
    let path = folder.path().join("out/sweep.json");
    let text = fs::read_to_string(&path).expect("a document");
    fs::write(&path, text.replacen("\"repair\": true", "\"repair\": false", 1)).expect("written");
    let output = alphasweep(&folder, &["rerun", "out/sweep.json"]).assert().code(1).get_output().clone();
    assert!(String::from_utf8_lossy(&output.stderr).contains("not the same answer"), "{output:?}");
}

#[test]
fn a_gpu_repairs_a_few_cells_unasked_and_many_when_asked() {
    if crate::common::gpu().is_none() {
        return;
    }
    let folder = folder();
    let few = ["sweep", "--alpha", "log:0.01:9:120", "--start", "lin:-10:10:81", "--engine", "gpu"];
    let said = told(&folder, &few, &["--check", "1"], "few");
    assert!(said.contains("run again on the CPU in f64"), "{said}");
    assert!(said.contains("all outcomes are the same"), "what is left agrees with f64: {said}");
    told(&folder, &few, &["--no-repair"], "raw");
    assert!(document(&folder, "raw").get("repair").is_none());
    let count = |out: &str, at: &str| document(&folder, out)["repair"][at].as_u64().expect("a count");
    assert!(count("few", "cells") > 0 && count("few", "cells") == count("few", "doubtful"));
    // The map of the other one is in doubt as a whole.
    let gpu: Vec<&str> = MAP.iter().copied().filter(|word| *word != "--quiet").chain(["--engine", "gpu"]).collect();
    let said = told(&folder, &gpu, &[], "left");
    assert!(said.contains("--repair runs them again in f64"), "{said}");
    assert!(count("left", "cells") == 0 && count("left", "doubtful") * 10 > 40 * 31);
    told(&folder, &gpu, &["--repair"], "asked");
    assert_eq!(count("asked", "cells"), count("asked", "doubtful"));
}

#[test]
fn what_cannot_be_repaired_is_refused() {
    let folder = folder();
    let refused = |arguments: &[&str]| {
        let output = alphasweep(&folder, arguments).assert().code(2).get_output().clone();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let network = refused(&["sweep", "two-layer", "--repair", "--alpha", "0.1"]);
    assert!(network.contains("--repair: is for formulas"), "{network}");
    assert!(refused(&["sweep", "--repair", "--no-repair"]).contains("cannot be used with"));
}

#[test]
fn what_is_typed_comes_before_the_opposite_in_a_spec() {
    let folder = folder();
    told(&folder, MAP, &["--engine", "cpu", "--repair"], "first");
    told(&folder, &["sweep", "--spec", "first/sweep.json", "--no-repair", "--quiet"], &[], "second");
    assert!(document(&folder, "second").get("repair").is_none());
}
