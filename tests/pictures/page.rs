//! `--html`, as far as it can be told without a browser; `tests/page/run.sh` uses one.

use alphasweep::problem::catalog::OBJECTIVES;
use assert_cmd::Command;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
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

/// Without its cells a page is small, whatever its formula: programs are deflated, and the longest are left out.
#[test]
fn a_page_without_cells_is_below_250_kilobytes() {
    let folder = tempfile::tempdir().expect("a folder");
    for row in OBJECTIVES {
        for precision in ["f64", "compensated"] {
            let axes =
                ["--alpha", "log:1e-4:1e-3:2", "--start", "lin:-1:1:2", "--steps", "2", "--precision", precision];
            let size = page(folder.path(), &[&[row.name][..], &axes].concat()).len();
            assert!(size < 250_000, "{}, {precision}: {size} bytes", row.name);
        }
    }
}

/// The policy of a page allows its own script and sheet by their digests, and nothing from elsewhere.
#[test]
fn a_page_may_run_itself_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = page(folder.path(), &["--alpha", "lin:0.1:5:8", "--start", "lin:-1:1:4"]);
    let between = |from: &str, to: &str| page.split_once(from).expect("a part").1.split_once(to).expect("its end").0;
    let policy = between("http-equiv=\"Content-Security-Policy\" content=\"", "\">");
    let source = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    for (directive, text) in
        [("script-src", between("<script>", "</script>")), ("style-src", between("<style>", "</style>"))]
    {
        assert!(policy.contains(&format!("{directive} {}", source(text))), "{directive} in {policy}");
        assert!(!policy.contains(&source(&format!("{text} "))));
    }
    for open in ["unsafe-inline", "'unsafe-eval'", "http", "*"] {
        assert!(!policy.contains(open), "{open} in {policy}");
    }
}

/// A page with other axes than the sweep's needs a program that shares nothing between lanes; where that is the same, it has one.
#[test]
fn a_page_has_a_second_kernel_where_axes_matter() {
    let folder = tempfile::tempdir().expect("a folder");
    let has_two = |rule: &str| {
        let axes = ["rosenbrock", "--rule", rule, "--alpha", "log:1e-4:1:8", "--start", "lin:-1:1:4", "--steps", "5"];
        page(folder.path(), &axes).contains(r#""free":""#)
    };
    assert!(has_two("adam") && !has_two("gd"));
}

/// Networks have pages of their maps, columns and histories, and nothing that makes steps.
#[test]
fn a_network_has_a_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let asked = ["two-layer", "--net", "64-4-10", "--alpha", "log:0.01:1:3", "--vary", "seed=1,2", "--steps", "6"];
    let with_history = page(folder.path(), &[&asked[..], &["--history", "2"]].concat());
    for part in [
        r#""history":{"every":2,"records":4"#,
        r#""label":"train accuracy""#,
        "function recorded(",
        r#""parameters":[]"#,
    ] {
        assert!(with_history.contains(part), "{part}");
    }
    let without = page(folder.path(), &asked);
    assert!(!without.contains(r#""history":"#));
    for steps in ["function judge(", "function kernelOf("] {
        assert!(!with_history.contains(steps), "{steps}");
    }
}

/// Over data a page has the model, and without data nothing of it.
#[test]
fn a_page_has_the_model_of_its_data() {
    let folder = tempfile::tempdir().expect("a folder");
    let axes = ["--alpha", "lin:0.01:0.1:4", "--start", "lin:-1:1:3", "--steps", "5"];
    let of = |objective: &[&str]| page(folder.path(), &[objective, &axes].concat());
    let rows: Vec<String> = (0..2100).map(|row| format!("{},{},{}", row % 50, 7 * row % 31, row % 2)).collect();
    std::fs::write(folder.path().join("rows.csv"), format!("u,v,c\n{}\n", rows.join("\n"))).expect("a file");
    let line = of(&["line"]);
    assert_eq!(line.matches("function predict(").count(), 1);
    assert!(line.contains(r#""fit":{"formula":"a·x + b""#) && line.contains(r#""is_probability":false"#));
    let classes = of(&["mean(softplus(m*u+q*v)-c*(m*u+q*v))", "--data", "rows.csv", "--standardize", "u"]);
    assert!(classes.contains(r#""fit":{"formula":"sigmoid("#) && classes.contains(r#""is_probability":true"#));
    // Of the standardised column the page has mean and deviation, of the other none.
    let mean = (0..2100).map(|row| f64::from(row % 50)).sum::<f64>() / 2100.0;
    let moments = |label: &str| {
        let from = classes.split_once(&format!(r#"{{"label":"{label}","at":"#)).expect("a column").1;
        from.split_once(r#""moments":["#).expect("moments").1.split(']').next().unwrap_or("").to_owned()
    };
    let of_u: Vec<f64> =
        moments("u").trim_start_matches('[').split(',').map(|part| part.parse().expect("a number")).collect();
    assert!((of_u[0] - mean).abs() < 1e-12 && of_u[1] > 14.0 && moments("v") == "null", "{of_u:?}");
    for without in [&["lecture"][..], &["mean((w*u-c)^2+(w*v-u)^2)", "--data", "rows.csv"]] {
        let page = of(without);
        assert!(!page.contains("function predict(") && !page.contains(r#""fit":"#), "{without:?}");
    }
}

/// How many rows a page may hold is bounded, and told before the run.
#[test]
fn a_page_of_too_many_rows_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows: Vec<String> = (0..140_000).map(|row| format!("{row},{}", 2 * row)).collect();
    std::fs::write(folder.path().join("rows.csv"), format!("x,y\n{}\n", rows.join("\n"))).expect("a file");
    let many = ["mean((w*x-y)^2)", "--data", "rows.csv", "--alpha", "1e-12,2e-12", "--steps", "1"];
    let output = sweep(folder.path(), &many).assert().code(2);
    let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(said.contains("280000 numbers") && said.contains("a page holds 262144"), "{said}");
    assert!(!folder.path().join("page.html").exists());
}

#[test]
fn a_page_that_would_be_too_large_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = sweep(folder.path(), &["--alpha", "log:1e-5:1:2048", "--start", "lin:-2:2:1024"]).assert().code(2);
    let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(said.contains("--html page.html") && said.contains("2097152") && said.contains("--npy"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
}
