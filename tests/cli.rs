//! Stories on the built binary: what a user types, what comes back, what is left on the disk.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The binary, about to run in an empty folder of its own.
fn alphasweep(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    command.current_dir(folder).env("NODEVICE_SELECT", "1").args(arguments);
    command
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A small sweep on the CPU, so that these stories do not depend on an adapter.
const SMALL: [&str; 6] = ["--alpha", "log:0.01:10:30", "--start", "lin:-10:10:20", "--engine", "cpu"];

fn names_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn stdout(command: &mut Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).expect("text")
}

fn stderr(command: &mut Command) -> String {
    String::from_utf8(command.assert().success().get_output().stderr.clone()).expect("text")
}

#[test]
fn a_sweep_leaves_three_files_and_a_summary() {
    let folder = folder();
    let told = stderr(alphasweep(&folder, &["sweep"]).args(SMALL));
    assert_eq!(names_in(&folder.path().join("sweep-out")), ["heatmap.png", "losses.csv", "sweep.json"]);
    for word in ["engine", "cpu", "30 × 20 = 600", "converged", "diverged", "theory 2/λmax = 4", "best α", "losses.csv"]
    {
        assert!(told.contains(word), "`{word}` is missing in:\n{told}");
    }
}

#[test]
fn the_csv_has_a_row_per_cell_in_y_major_order() {
    let folder = folder();
    let arguments = ["sweep", "--alpha", "0.5,1", "--start", "-10,2,3", "--csv", "-", "--engine", "cpu"];
    let csv = stdout(&mut alphasweep(&folder, &arguments));
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "alpha,beta_start,loss_start,loss_final,beta_final,steps,outcome");
    assert_eq!(lines.len(), 1 + 6);
    assert!(lines[1].starts_with("0.5,-10,36,"), "{}", lines[1]);
    assert!(lines[2].starts_with("1,-10,36,"), "{}", lines[2]);
    assert_eq!(lines[3], "0.5,2,0,0,2,0,converged");
    assert!(!folder.path().join("sweep-out/losses.csv").exists(), "the CSV went to stdout");
}

#[test]
fn a_set_start_makes_a_one_dimensional_sweep_with_a_curve() {
    let folder = folder();
    let arguments = ["sweep", "lecture", "--set", "beta_start=-10", "--alpha", "0.1,1,3.9,4,4.05", "--steps", "100"];
    alphasweep(&folder, &arguments).args(["--gtol", "0", "--engine", "cpu", "--precision", "f64"]).assert().success();
    let out = folder.path().join("sweep-out");
    assert_eq!(names_in(&out), ["curve.png", "losses.csv", "sweep.json"]);
    let csv = fs::read_to_string(out.join("losses.csv")).expect("the CSV");
    let finals: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').nth(3)).collect();
    assert_eq!(finals, ["1.9289536493559916", "2", "1.9289536493559918", "-10", "-139.7645962127452"]);
}

#[test]
fn the_manifest_says_how_to_run_it_again_and_what_came_out() {
    let folder = folder();
    let json = stdout(alphasweep(&folder, &["sweep", "--json", "--quiet"]).args(SMALL));
    let file = fs::read_to_string(folder.path().join("sweep-out/sweep.json")).expect("sweep.json");
    assert_eq!(json, file, "--json prints the manifest");
    let manifest: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(manifest["spec"]["x"]["axis"], "log:0.01:10:30");
    assert_eq!(manifest["spec"]["formula"], "(beta/2-1)^2");
    assert_eq!(manifest["engine"]["engine"], "cpu");
    assert_eq!(manifest["theory"]["limits"][0]["alpha"], 4.0);
    let summary = &manifest["summary"];
    let counted: u64 = summary["outcomes"].as_object().expect("counts").values().filter_map(Value::as_u64).sum();
    assert_eq!(counted, 600);
    let critical = (summary["critical"]["below"].as_f64(), summary["critical"]["at"].as_f64());
    assert!(matches!(critical, (Some(below), Some(at)) if below < 4.0 && at >= 4.0), "{critical:?} is not around 4");
    assert_eq!(summary["critical"]["each"].as_array().map(Vec::len), Some(20), "one critical α per start");
}

#[test]
fn npy_columns_have_the_shape_of_the_grid() {
    let folder = folder();
    alphasweep(&folder, &["sweep", "--npy", "columns"]).args(SMALL).assert().success();
    let columns = folder.path().join("columns");
    let expected = [
        "alpha.npy",
        "beta_final.npy",
        "beta_start.npy",
        "loss_final.npy",
        "loss_start.npy",
        "outcome.npy",
        "steps.npy",
    ];
    assert_eq!(names_in(&columns), expected);
    let bytes = fs::read(columns.join("loss_final.npy")).expect("a column");
    let file = npyz::NpyFile::new(&bytes[..]).expect("an npy file");
    assert_eq!(file.shape(), [20, 30]);
    assert_eq!(file.into_vec::<f64>().expect("f64 values").len(), 600);
}

#[test]
fn a_user_formula_names_its_own_parameters() {
    let folder = folder();
    let arguments = ["sweep", "x0^2 + x1^2", "--vary", "alpha=log:1e-3:10:40", "--vary", "x0_start=lin:-5:5:20"];
    let csv = stdout(alphasweep(&folder, &arguments).args(["--set", "x1_start=4", "--csv", "-", "--engine", "cpu"]));
    assert!(csv.starts_with("alpha,x0_start,loss_start,loss_final,x0_final,x1_final,steps,outcome\n0.001,-5,41,"));
}

#[test]
fn any_two_knobs_can_be_axes() {
    let folder = folder();
    let arguments = ["sweep", "lecture", "--rule", "v = m*v + g; delta = -alpha*v", "--set", "beta_start=-10"];
    let more = ["--vary", "alpha=lin:0.5:9:20", "--vary", "m=lin:0:0.9:10", "--csv", "-", "--engine", "cpu"];
    let csv = stdout(alphasweep(&folder, &arguments).args(more));
    assert!(csv.starts_with("alpha,m,loss_start,"), "{}", csv.lines().next().unwrap_or_default());
    // Heavy ball on curvature 1/2 is stable up to (2+2m)/(1/2): at m = 0.9 that is 7.6, at m = 0 it is 4.
    let outcome_at = |alpha: f64, m: &str| {
        let row = csv.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
        let mut rows = row.filter(|row| row[1] == m);
        let row = rows.find(|row| row[0].parse::<f64>().is_ok_and(|value| value > alpha));
        row.map(|row| row[row.len() - 1].to_owned())
    };
    assert_eq!(outcome_at(6.0, "0").as_deref(), Some("diverged"));
    assert_eq!(outcome_at(6.0, "0.9").as_deref(), Some("converged"));
}

#[test]
fn quiet_says_nothing_and_stdout_carries_data_only() {
    let folder = folder();
    let output = alphasweep(&folder, &["sweep", "--quiet"]).args(SMALL).assert().success().get_output().clone();
    assert_eq!((output.stdout.len(), output.stderr.len()), (0, 0));
}

#[test]
fn many_cells_have_no_csv_unless_it_is_asked_for() {
    let folder = folder();
    let big =
        ["sweep", "--alpha", "lin:1:3:2100", "--start", "lin:-1:1:2000", "--steps", "1", "--engine", "cpu", "--no-png"];
    let told = stderr(&mut alphasweep(&folder, &big));
    assert!(told.contains("no CSV above 4194304 cells; --csv FILE writes it"), "{told}");
    assert_eq!(names_in(&folder.path().join("sweep-out")), ["sweep.json"]);
}

#[test]
fn a_closed_pipe_is_quiet() {
    let folder = folder();
    let binary = assert_cmd::cargo::cargo_bin("alphasweep");
    let script = format!("'{}' sweep --csv - --engine cpu --quiet | head -n 1", binary.display());
    let output =
        std::process::Command::new("bash").args(["-o", "pipefail", "-c", &script]).current_dir(&folder).output();
    let output = output.expect("bash");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.starts_with(b"alpha,"));
}

#[test]
fn nothing_typed_gives_the_map_of_commands() {
    let folder = folder();
    let assert = alphasweep(&folder, &[]).assert().code(2);
    let told = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    for word in ["Usage:", "sweep", "list", "devices", "alphasweep sweep \"(x-1)^2\""] {
        assert!(told.contains(word), "`{word}` is missing in:\n{told}");
    }
}

#[test]
fn list_and_devices_answer() {
    let folder = folder();
    let catalog = stdout(&mut alphasweep(&folder, &["list"]));
    for row in alphasweep::problem::catalog::OBJECTIVES {
        assert!(catalog.contains(row.formula), "{} is missing", row.name);
    }
    let devices = stdout(&mut alphasweep(&folder, &["devices"]));
    assert!(devices.contains("auto picks"), "{devices}");
    let json: Value = serde_json::from_str(&stdout(&mut alphasweep(&folder, &["devices", "--json"]))).expect("JSON");
    assert!(json["auto"].is_string());
}

/// What is not a plain file is written as it is, not replaced by one; a link leads to the file that is meant.
#[cfg(unix)]
#[test]
fn devices_are_written_to_and_links_are_followed() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let folder = folder();
    alphasweep(&folder, &["sweep", "--csv", "/dev/null", "--no-png"]).args(SMALL).assert().success();
    assert!(fs::metadata("/dev/null").expect("a device").file_type().is_char_device());
    fs::write(folder.path().join("real.csv"), "old").expect("a file");
    symlink("real.csv", folder.path().join("link.csv")).expect("a link");
    alphasweep(&folder, &["sweep", "--csv", "link.csv", "--no-png"]).args(SMALL).assert().success();
    assert!(fs::symlink_metadata(folder.path().join("link.csv")).expect("a link").is_symlink());
    assert!(fs::read_to_string(folder.path().join("real.csv")).expect("a file").starts_with("alpha,"));
}

/// What an earlier sweep left is not taken away by a request that is refused.
#[test]
fn a_refused_request_touches_nothing() {
    let folder = folder();
    let kept = folder.path().join("out/losses.csv");
    fs::create_dir(folder.path().join("out")).expect("a folder");
    fs::write(&kept, "rows").expect("a file");
    alphasweep(&folder, &["sweep", "--out", "out", "--png", "/dev/null/map.png"]).assert().code(2);
    assert_eq!(fs::read_to_string(kept).expect("the file"), "rows");
    assert_eq!(names_in(&folder.path().join("out")), ["losses.csv"]);
}

#[test]
fn a_formula_may_begin_with_a_minus() {
    let folder = folder();
    let arguments =
        ["sweep", "-x^2", "--start", "-10,5", "--alpha", "1", "--steps", "1e3", "--csv", "-", "--engine", "cpu"];
    let csv = stdout(&mut alphasweep(&folder, &arguments));
    assert!(csv.contains("\n1,-10,-100,"), "{csv}");
    assert!(csv.lines().skip(1).all(|row| row.ends_with(",diverged")), "-x² has no minimum:\n{csv}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_gpu_that_is_not_there_is_an_error_that_names_the_way_out() {
    let folder = folder();
    let mut command = alphasweep(&folder, &["sweep", "--engine", "gpu"]);
    let assert = command.env("VK_DRIVER_FILES", "/dev/null").env("VK_ICD_FILENAMES", "/dev/null").assert().code(2);
    let told = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(told.contains("--engine gpu: no adapter found (adapters here: none); --engine cpu needs none"), "{told}");
    assert_eq!(names_in(folder.path()), Vec::<String>::new());
}

/// Every wrong request: exit 2, an `error:` line that names flag, value and way out, nothing written.
#[test]
fn wrong_requests_are_refused_with_the_way_out() {
    let cases: &[(&[&str], &[&str])] = &[
        (&["rosenbrok"], &["OBJECTIVE rosenbrok", "did you mean `rosenbrock`"]),
        (&["sine(x)"], &["no function `sine`", "did you mean `sin`", "  ^^^^"]),
        (&["(b/2-1^2"], &["expected an operator or `)`", "        ^"]),
        (&["3+4"], &["no parameter"]),
        (&["alpha*x^2"], &["`alpha` has a meaning of its own"]),
        (&["mean(x)"], &["there is none", "--data FILE.csv"]),
        (&["--alpha", "log:0:10:5"], &["--alpha log:0:10:5", "above 0 on a log axis", "lin:0:10:5"]),
        (&["--alpha", "lin:0:10"], &["--alpha lin:0:10", "LO:HI:N"]),
        (&["--alpha", "lin:0:10:0"], &["--alpha lin:0:10:0", "at least 1"]),
        (&["--alpha", "lin:0:10:2e9"], &["--alpha lin:0:10:2e9", "1e9"]),
        (&["--alpha", "lin:0:1:50000", "--start", "lin:0:1:50000"], &["50000 × 50000", "use fewer"]),
        (&["--alpha", "NaN"], &["--alpha NaN", "not a finite number"]),
        (&["--start", "1,inf"], &["--start 1,inf", "not a finite number"]),
        (&["--vary", "beta_strat=lin:0:1:5"], &["--vary beta_strat=lin:0:1:5", "did you mean `beta_start`"]),
        (&["--vary", "alpha"], &["--vary alpha", "NAME=AXIS"]),
        (&["--vary", "alpha=1:2"], &["--vary alpha=1:2: no axis is written so"]),
        (&["--set", "alpha=fast"], &["--set alpha=fast: expected NAME=VALUE with a finite number"]),
        (&["--rule", "sgdm"], &["--rule sgdm: no rule is called `sgdm`: did you mean `sgd`?"]),
        (&["--schedule", "cosin"], &["--schedule cosin", "did you mean `cosine`?"]),
        (&["--schedule", "warmup"], &["--schedule warmup", "write warmup:N"]),
        (&["--set", "alpha@b=1"], &["--set alpha@b=1", "`b` is no parameter", "beta"]),
        (&["--gradient", "central"], &["--gradient central: expected auto, central:H", "such as \"beta = ...\""]),
        (&["--vary", "alpha=1,2", "--alpha", "1"], &["an axis already"]),
        (&["--set", "alpha=1", "--alpha", "1,2"], &["--set alpha=1", "set it or vary it"]),
        (&["--set", "alpha=1", "--set", "beta_start=1"], &["nothing varies"]),
        (&["--set", "beta_start=inf"], &["--set beta_start=inf", "finite number"]),
        (&["--rule", "gdd"], &["--rule gdd", "did you mean `gd`"]),
        (&["--rule", "delta = -alpha*v"], &["needs a value", "--set v=VALUE"]),
        (&["--gtol", "-1"], &["--gtol -1"]),
        (&["--diverge", "0"], &["--diverge 0"]),
        (&["--diverge", "NaN"], &["--diverge NaN"]),
        (&["--steps", "many"], &["many", "--steps", "such as 1000 or 1e6"]),
        (&["--steps", "-1"], &["-1", "--steps"]),
        (&["--threads", "0"], &["0", "--threads"]),
        (&["--stpes", "5"], &["--stpes", "--steps"]),
        (&["--rule", "e = 0.9*e + g; delta = -alpha*e"], &["`e` has a meaning of its own", "  ^"]),
        (&["--rule", "delta = -alpha*g*outcome", "--set", "outcome=1"], &["`outcome`, which has a meaning of its own"]),
        (
            &["--rule", "delta = -alpha*g*steps", "--set", "steps=1"],
            &["--set steps=1", "rules are given", "write --steps N"],
        ),
        (&["c*x^2", "--const", "c=1", "--const", "c=2"], &["`c` is given twice"]),
        (&["e*x^2", "--const", "e=1"], &["`e` is a constant of the language"]),
        (&["x^2/(2-2)"], &["division by 0", "      ^^^^^"]),
        (&["--csv", "a", "--png", "./a"], &["--png"]),
        (&["--csv", "a", "--png", "a"], &["--csv a", "--png writes too"]),
        (&["--csv", "sweep-out/heatmap.png"], &["--csv sweep-out/heatmap.png", "a file of the run itself"]),
        (&["--png", "sweep-out/losses.csv"], &["--png sweep-out/losses.csv", "a file of the run itself"]),
        (&["--csv", "b/"], &["--csv b/", "is a directory"]),
        (&["--csv", "b/.."], &["--csv b/..", "is a directory"]),
        (&["--alpha", "1e-60,1", "--precision", "f32"], &["alpha = 1e-60", "--precision f64"]),
        (&["x^2*1e300*1e-290*1e60", "--precision", "f32"], &["does not fit", "--precision f64"]),
        (&["--adapter", "no such adapter"], &["--adapter no such adapter", "--engine cpu"]),
        (&["--adapter", "x", "--engine", "cpu"], &["--adapter x"]),
        (&["--out", "/dev/null/nowhere"], &["--out /dev/null/nowhere", "choose another path"]),
        (&["--csv", "/dev/null/nowhere/losses.csv"], &["--csv /dev/null/nowhere/losses.csv"]),
        (&["--npy", "/dev/null/nowhere"], &["--npy /dev/null/nowhere"]),
        (&["--png", "/dev/null/nowhere/map.png"], &["--png /dev/null/nowhere/map.png"]),
        (&["--csv", "-", "--json"], &["--json", "--csv -"]),
    ];
    for (arguments, expected) in cases {
        let folder = folder();
        let assert = alphasweep(&folder, &["sweep"]).args(*arguments).assert();
        let output = assert.code(2).get_output().clone();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.starts_with("error: "), "{arguments:?} says:\n{told}");
        for part in *expected {
            assert!(told.contains(part), "{arguments:?}: `{part}` is missing in:\n{told}");
        }
        // One line; for a formula also the formula and the caret under the spot.
        assert!(matches!(told.lines().count(), 1 | 3), "{arguments:?} says in many words:\n{told}");
        assert!(output.stdout.is_empty(), "{arguments:?} wrote to stdout");
        assert_eq!(names_in(folder.path()), Vec::<String>::new(), "{arguments:?} left something behind");
    }
}

#[test]
fn help_is_what_it_was() {
    let folder = folder();
    for (name, arguments) in [
        ("help", &["--help"][..]),
        ("help_sweep", &["sweep", "--help"]),
        ("help_resume", &["resume", "--help"]),
        ("help_merge", &["merge", "--help"]),
        ("help_rerun", &["rerun", "--help"]),
        ("list", &["list"]),
        ("help_landscape", &["landscape", "--help"]),
        ("help_bifurcation", &["bifurcation", "--help"]),
        ("help_trace", &["trace", "--help"]),
    ] {
        let text = stdout(alphasweep(&folder, arguments).env("COLUMNS", "100"));
        insta::assert_snapshot!(name, text);
    }
}
