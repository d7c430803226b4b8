//! `alphasweep bench`: that its table can be run and its figures are figures. How large they are is no test's business.

use alphasweep::bench::STANDARDS;
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::sweep::Precision;
use assert_cmd::Command;
use serde_json::Value;
use std::time::Duration;

#[test]
fn every_standard_sweep_resolves_in_every_precision() {
    for standard in STANDARDS {
        for precision in [Precision::F32, Precision::Compensated, Precision::F64] {
            assert!(standard.spec(precision).cells() > 10_000, "{}", standard.name);
        }
    }
}

/// A parabola's step: β/2, −1, its square, α times the slope, the difference: five, and three more with compensation.
#[test]
fn operations_are_those_of_the_formula() {
    let engine = CpuEngine::new(None).expect("an engine");
    let measured = |precision| STANDARDS[0].measure(&engine, precision, Some(1e12), Duration::ZERO).expect("figures");
    let plain = measured(Precision::F32);
    assert_eq!(plain.operations_per_step, 5);
    assert_eq!(measured(Precision::Compensated).operations_per_step, 8);
    let rate = plain.steps_per_second.expect("a rate");
    assert!((plain.share_of_roof.expect("a share") / (rate * 5.0 / 1e12) - 1.0).abs() < 1e-12);
}

#[test]
fn the_command_prints_figures_for_the_processor() {
    let assert = Command::cargo_bin("alphasweep")
        .expect("the binary")
        .args(["bench", "--engine", "cpu", "--seconds", "0", "--json"])
        .assert()
        .success();
    let all: Value = serde_json::from_slice(&assert.get_output().stdout).expect("JSON");
    assert_eq!(all[0]["engine"], "cpu");
    let sweeps = all[0]["sweeps"].as_array().expect("sweeps");
    assert_eq!(sweeps.len(), 3 * STANDARDS.len());
    assert!(sweeps.iter().all(|sweep| sweep["steps_per_second"].as_f64().is_some_and(|rate| rate > 0.0)));
}
