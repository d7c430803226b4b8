//! The command line as a function of the library: arguments in, an exit code out, and nothing of the process is changed.

use alphasweep::cli::{self, Interruption};
use std::ffi::OsString;
use std::fs;
use std::path::Path;

fn run(words: &[&str], interruption: &Interruption) -> u8 {
    cli::run(["alphasweep"].iter().chain(words).map(OsString::from), interruption)
}

/// A small sweep into a folder.
fn sweep(out: &Path, interruption: &Interruption) -> u8 {
    let out = out.to_string_lossy();
    run(
        &["sweep", "(x-1)^2", "--alpha", "0.1,1,1.5", "--steps", "50", "--engine", "cpu", "--quiet", "--out", &out],
        interruption,
    )
}

/// The signals that this process handles, one bit each.
#[cfg(target_os = "linux")]
fn handled() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("the state of this process");
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("a mask of signals");
    u64::from_str_radix(mask.trim(), 16).expect("a mask of signals")
}

#[cfg(target_os = "linux")]
fn handles_ctrl_c() -> bool {
    const SIGINT: u32 = 2;
    handled() >> (SIGINT - 1) & 1 == 1
}

#[test]
fn one_process_runs_several_commands_and_keeps_its_signals() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = Interruption::new();
    #[cfg(target_os = "linux")]
    let before = handled();

    assert_eq!(sweep(&folder.path().join("first"), &here), 0);
    assert_eq!(run(&["sweep", "--no-such-flag"], &here), 2);
    assert_eq!(sweep(&folder.path().join("second"), &here), 0);

    let csv = |out: &str| fs::read(folder.path().join(out).join("losses.csv")).expect("a CSV");
    assert_eq!(csv("first"), csv("second"));
    let json = fs::read_to_string(folder.path().join("first/sweep.json")).expect("a manifest");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let command = json["run"]["command"].as_array().expect("a command");
    assert_eq!(command[..3], ["alphasweep", "sweep", "(x-1)^2"].map(serde_json::Value::from));

    #[cfg(target_os = "linux")]
    {
        assert_eq!(handled(), before);
        assert!(!handles_ctrl_c());
        // What the owner of a process may ask for is seen by this test.
        assert_eq!(sweep(&folder.path().join("third"), &Interruption::by_signals()), 0);
        assert!(handles_ctrl_c());
    }
}

#[test]
fn a_run_that_is_stopped_says_so_and_leaves_others_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let stopped = Interruption::new();
    stopped.clone().stop();
    assert_eq!(sweep(&folder.path().join("stopped"), &stopped), 130);
    assert_eq!(sweep(&folder.path().join("other"), &Interruption::new()), 0);
}
