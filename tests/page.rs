//! `--html`, as far as it can be told without a browser; `tests/page/run.sh` uses one.

use assert_cmd::Command;
use std::path::Path;

fn sweep(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alphasweep").expect("the program");
    command.current_dir(folder).args(["sweep", "--engine", "cpu", "--quiet", "--no-csv", "--no-png"]).args(more);
    command.args(["--html", "page.html"]);
    command
}

fn page(folder: &Path, more: &[&str]) -> String {
    sweep(folder, more).assert().success();
    std::fs::read_to_string(folder.join("page.html")).expect("a page")
}

#[test]
fn a_page_asks_for_nothing_from_outside() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = page(folder.path(), &["--alpha", "lin:0.1:5:20", "--start", "lin:-1:1:10"]);
    for outside in ["http:", "https:", "src=", "@import", "url(", "/*PART*/"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
}

#[test]
fn a_formula_cannot_end_the_script_it_stands_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = page(folder.path(), &["select(x<1, x^2, x^2+0)", "--alpha", "lin:0.1:1:4", "--start", "lin:-1:1:3"]);
    assert!(page.contains("select(x\\u003c1"), "the title, escaped");
    assert_eq!(page.matches("<script").count(), 2);
}

#[test]
fn a_page_of_a_million_cells_is_below_25_megabytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let full = ["rosenbrock", "--precision", "f64", "--alpha", "log:1e-5:0.1:1024", "--start", "lin:-2:2:1024"];
    sweep(folder.path(), &full).args(["--steps", "20"]).assert().success();
    let size = std::fs::metadata(folder.path().join("page.html")).expect("a page").len();
    assert!(size < 25_000_000, "{size}");
}

#[test]
fn a_page_that_would_be_too_large_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = sweep(folder.path(), &["--alpha", "log:1e-5:1:2048", "--start", "lin:-2:2:1024"]).assert().code(2);
    let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(said.contains("--html page.html") && said.contains("2097152") && said.contains("--npy"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
}
