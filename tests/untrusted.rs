//! Requests from anywhere, at the built binary: what they may cost, and what they may do to the terminal.

use alphasweep::problem::{MAX_PARAMETERS, Objective};
use assert_cmd::Command;
use std::time::{Duration, Instant};

fn refused(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    let output = command.current_dir(&folder).env("NODEVICE_SELECT", "1").args(arguments).assert().code(2);
    assert!(folder.path().read_dir().unwrap().next().is_none(), "a refused request touches nothing");
    String::from_utf8(output.get_output().stderr.clone()).expect("text")
}

/// A sum of squares of so many parameters.
fn bowl(parameters: usize) -> String {
    (0..parameters).map(|at| format!("x{at}^2")).collect::<Vec<_>>().join("+")
}

#[test]
fn no_error_carries_commands_to_the_terminal() {
    // Sets the title of the window and clears the screen.
    let escape = "\u{1b}]0;owned\u{7}\u{1b}[2J";
    let (axis, set, const_) = (format!("0.1,{escape}"), format!("beta_start={escape}"), format!("c={escape}1"));
    let formula = format!("x^2 {escape}");
    for arguments in [
        &["sweep", &formula][..],
        &["sweep", "--alpha", &axis],
        &["sweep", "--set", &set],
        &["sweep", "--rule", &formula],
        &["sweep", "--data", &formula],
        &["sweep", "x^2*c", "--const", &const_],
        &["landscape", &formula],
        &["trace", &formula],
        &["list", escape],
    ] {
        let told = refused(arguments);
        assert!(told.contains('\u{fffd}'), "what was typed is quoted, harmlessly: {arguments:?}\n{told:?}");
        let commands = told.chars().filter(|c| c.is_control() && *c != '\n').count();
        assert_eq!(commands, 0, "{arguments:?}\n{told:?}");
    }
    let told = refused(&["sweep", "--steps", escape]);
    assert!(!told.contains('\u{1b}'), "what is no number is not even quoted: {told:?}");
}

#[test]
fn no_formula_has_more_parameters_than_theory_can_bear() {
    let told = refused(&["sweep", &bowl(MAX_PARAMETERS + 1)]);
    assert!(told.contains("at most 256 parameters, and this one has 257; make some of them constants"), "{told}");
    let began = Instant::now();
    assert!(Objective::new(&bowl(7000), &[]).is_err());
    assert!(Objective::new(&bowl(MAX_PARAMETERS), &[]).is_ok());
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn what_takes_over_is_named_once_and_known() {
    assert!(refused(&["sweep", "--fallback", "gpu"]).contains("cpu"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    let arguments = ["sweep", "--alpha", "1", "--start", "1", "--engine", "cpu", "--fallback", "cpu", "--no-png"];
    command.current_dir(&folder).args(arguments).assert().success();
    let manifest = std::fs::read_to_string(folder.path().join("sweep-out/sweep.json")).unwrap();
    assert!(!manifest.contains("\"failover\""), "nothing failed: {manifest}");
}
