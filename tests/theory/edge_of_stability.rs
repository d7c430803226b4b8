//! Sharpness along a path, the edge of stability, and the gradient flow: closed forms, dual numbers, and the files.

use crate::common::{Random, along, asked, read};
use crate::oracle::Oracle;
use alphasweep::analysis::edge_of_stability;
use alphasweep::analysis::theory::NoLimit;
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::{Traced, Watch, trace};
use alphasweep::problem::catalog::objective;
use alphasweep::sweep::{Beside, FormulaSweep, Precision, Request, Sharpness};
use assert_cmd::Command;
use nalgebra::DMatrix;
use std::fs;

fn followed(request: &Request, beside: Beside) -> Traced {
    let descents = request.clone().precision(Precision::F64).descents(&[read("gd")], 64).expect("a request");
    let descents = descents.showing(beside).expect("what is followed");
    trace(&CpuEngine::new(Some(1)).expect("an engine"), &descents, &Watch::silent()).expect("paths").swap_remove(0)
}

fn flow(request: &Request) -> Traced {
    followed(request, Beside { flow: true, ..Beside::default() })
}

fn spec(request: &Request) -> FormulaSweep {
    request.clone().precision(Precision::F64).resolve().expect("a sweep")
}

#[test]
fn the_flow_of_a_parabola_is_an_exponential() {
    let request = asked("x^2/2 + 3*y^2/2").vary("alpha", along("0.2")).set("x_start", 4.0).set("y_start", -2.0);
    let traced = flow(&request.steps(60).gtol(0.0));
    let flow = traced.flow.expect("a flow");
    let worst = |slower: f64| {
        let at = |step: usize| {
            let time = 0.2 * step as f64;
            let (x, y) = (4.0 * (-slower * time).exp(), -2.0 * (-3.0 * time).exp());
            (flow.parameters[0][step] - x).abs().max((flow.parameters[1][step] - y).abs())
        };
        (0..=60).map(at).fold(0.0, f64::max)
    };
    assert!(worst(1.0) < 1e-9, "{}", worst(1.0));
    assert!(worst(1.001) > 1e-4, "another exponential is told apart: {}", worst(1.001));
    for step in [0, 7, 60] {
        assert!((flow.times[step] - 0.2 * step as f64).abs() < 1e-12);
        let apart = (0..2).map(|at| traced.path.parameters[at][step] - flow.parameters[at][step]);
        assert!((apart.fold(0.0, f64::hypot) - flow.distances[step]).abs() < 1e-15);
        let loss = flow.parameters[0][step].powi(2) / 2.0 + 1.5 * flow.parameters[1][step].powi(2);
        assert!((flow.losses[step] - loss).abs() <= 1e-15 + 1e-12 * loss);
    }
}

/// ẋ = −x³ has x(t) = x₀/√(1 + 2x₀²t), which is no exponential.
#[test]
fn the_flow_of_a_quartic_is_its_closed_form_however_large_the_steps_are() {
    for (alpha, steps) in [("0.01", 200), ("3", 40)] {
        let request = asked("quartic").vary("alpha", along(alpha)).set("x_start", 2.0).diverge(f64::INFINITY);
        let flow = flow(&request.steps(steps).gtol(0.0)).flow.expect("a flow");
        for (time, x) in flow.times.iter().zip(&flow.parameters[0]) {
            let known = 2.0 / (1.0 + 8.0 * time).sqrt();
            assert!((x / known - 1.0).abs() < 1e-9, "α = {alpha}, t = {time}: {x} for {known}");
        }
    }
}

#[test]
fn the_time_of_the_flow_follows_the_schedule() {
    let request = asked("x^2").vary("alpha", along("0.1")).set("x_start", 1.0).schedule(read("linear"));
    let flow = flow(&request.steps(10).gtol(0.0)).flow.expect("a flow");
    assert!(flow.times[10] < 0.1 * 10.0 * 0.75 && flow.times[1] > 0.05, "{:?}", flow.times);
    let known = (-2.0 * flow.times[10]).exp();
    assert!((flow.parameters[0][10] - known).abs() < 1e-10);
}

/// Smaller steps stay nearer: the distance shrinks in proportion to α.
#[test]
fn the_distance_to_the_flow_is_of_first_order() {
    let at = |alpha: f64| {
        let request = asked("rosenbrock").vary("alpha", along(&alpha.to_string())).set("x0_start", -1.2);
        let traced = flow(&request.steps((0.1 / alpha).round() as u64).gtol(0.0));
        *traced.flow.expect("a flow").distances.last().expect("a step")
    };
    let ratio = at(1e-4) / at(5e-5);
    assert!((ratio - 2.0).abs() < 0.1, "{ratio}");
}

/// λmax by hyper-dual numbers.
fn dense(text: &str, names: &[String], constants: &[(&str, f64)], at: &[f64]) -> f64 {
    let oracle = Oracle { text, parameters: names, constants };
    let hessian = DMatrix::from_fn(at.len(), at.len(), |a, b| oracle.curvature(at, a, b));
    hessian.symmetric_eigenvalues().max()
}

#[test]
fn sharpness_along_a_path_is_that_of_dual_numbers() {
    for name in ["himmelblau", "rosenbrock", "three-factors", "added-cosine", "six-hump-camel"] {
        let row = objective(name).expect("a row");
        let request = asked(name).vary("alpha", along("0.0005")).steps(50).gtol(0.0);
        let traced = followed(&request, Beside { sharpness: true, ..Beside::default() });
        let names = spec(&request).objective.parameters().to_vec();
        for step in 0..=50 {
            let point = traced.path.point(step);
            let known = dense(row.formula, &names, row.constants, &point);
            assert!((traced.sharpness[step] - known).abs() <= 1e-9 * known.abs().max(1.0), "{name}, step {step}");
            let elsewhere: Vec<f64> = point.iter().map(|value| value + 0.01).collect();
            let other = dense(row.formula, &names, row.constants, &elsewhere);
            assert!((traced.sharpness[step] - other).abs() > 1e-6, "{name}: another point is told apart");
        }
    }
}

/// Above eight parameters by Lanczos' method.
#[test]
fn sharpness_of_many_parameters_is_that_of_dual_numbers() {
    let names: Vec<String> = (0..12).map(|at| format!("p{at}")).collect();
    let product = names.join("*");
    let squares =
        names.iter().enumerate().map(|(at, name)| format!("{}*{name}^2", at + 1)).collect::<Vec<_>>().join("+");
    let text = format!("({product}-1)^2+({squares})/7+sin({}*{}+{})", names[0], names[5], names[11]);
    let request = asked(&text).vary("alpha", along("0.1")).set("p0_start", 1.0);
    let spec = spec(&request);
    let sharpness = Sharpness::new(&spec, (0, 0)).expect("a formula that can be derived");
    // Parameters in the order in which the objective has them.
    let names = spec.objective.parameters().to_vec();
    let mut random = Random(3);
    for _ in 0..20 {
        let point: Vec<f64> = names.iter().map(|_| random.uniform(0.7, 1.3)).collect();
        let (found, known) = (sharpness.at(&point), dense(&text, &names, &[], &point));
        assert!((found - known).abs() <= 1e-8 * known, "{found} for {known}");
    }
    assert!(sharpness.at(&[f64::NAN; 12]).is_nan());
}

#[test]
fn the_edge_is_where_the_rule_is_no_longer_stable() {
    let edge = |request: Request| edge_of_stability(&spec(&request), (0, 0));
    let at = |alpha: &str| asked("himmelblau").vary("alpha", along(alpha)).set("x0_start", 0.0);
    for alpha in ["0.01", "0.3", "7"] {
        let value: f64 = alpha.parse().expect("a number");
        let known = [
            ("gd", 2.0 / value),
            ("momentum", (2.0 + 2.0 * 0.9) / value),
            ("nesterov", (2.0 + 2.0 * 0.9) / ((1.0 + 2.0 * 0.9) * value)),
            ("v = 0.4*v + g; delta = -alpha*v", 2.8 / value),
            // Decay pulls as a curvature of its own does: 2 = α(λ + 0.1).
            ("delta = -alpha*(g + 0.1*p)", 2.0 / value - 0.1),
        ];
        for (rule, known) in known {
            let found = edge(at(alpha).rule(read(rule))).expect(rule);
            assert!((found / known - 1.0).abs() < 1e-8, "{rule} at α = {alpha}: {found} for {known}");
        }
    }
    for rule in ["adam", "sign", "rmsprop"] {
        assert_eq!(edge(at("0.01").rule(read(rule))), Err(NoLimit::Adapts), "{rule}");
    }
    let momentum = at("0.1").rule(read("momentum")).set("momentum", 0.5);
    assert!((edge(momentum).expect("an edge") - 30.0).abs() < 1e-6);
}

/// The guide's example: above 2/α the sharpness is brought back to it, below it the descent stays with the flow.
#[test]
fn sharpness_rises_to_the_edge_and_stays_there() {
    let along_path = |alpha: &str| {
        let request = asked("four-factors").vary("alpha", along(alpha)).set("x_start", 3.0).set("y_start", 0.1);
        followed(&request.steps(3000).gtol(0.0), Beside { sharpness: true, ..Beside::default() }).sharpness
    };
    let (edge, above) = (2.0 / 0.055, along_path("0.055"));
    let steps_above = above.iter().filter(|sharpness| **sharpness > edge).count();
    assert!(above[0] < 1.0 && steps_above > 50, "{} at the start, {steps_above} steps above", above[0]);
    let end = above[3000];
    assert!(end < edge && end > 0.97 * edge, "{end} beside {edge}");
    // The flow from there ends on x² − y² = 8.99, xy = 1, where 4(x² + y²) is this.
    let of_flow = 4.0 * (8.99_f64 * 8.99 + 4.0).sqrt();
    let below = along_path("0.01");
    assert!(below.iter().all(|sharpness| *sharpness < 1.02 * of_flow), "never far above {of_flow}");
    assert!((below[3000] / of_flow - 1.0).abs() < 0.01 && below[3000] > edge, "{} for {of_flow}", below[3000]);
}

#[test]
fn the_columns_are_those_that_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = |more: &[&str]| {
        let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
        command.current_dir(&folder).args(["trace", "xy", "--set", "x_start=3", "--set", "y_start=0.1"]);
        command.args(["--steps", "40", "--csv", "-", "--no-gif"]).args(more);
        command.assert().success().get_output().clone()
    };
    let output = trace(&["--alpha", "0.2", "--sharpness", "--flow"]);
    let text = String::from_utf8(output.stdout).expect("text");
    let mut lines = text.lines();
    let header = "descent,alpha,x_start,step,loss,x,y,x_gradient,y_gradient,sharpness,edge,time,x_flow,y_flow,loss_flow,flow_distance";
    assert_eq!(lines.next(), Some(header));
    let row: Vec<f64> =
        lines.nth(10).expect("step 10").split(',').map(|field| field.parse().expect("a number")).collect();
    assert!((row[10] - 10.0).abs() < 1e-9 && (row[11] - 2.0).abs() < 1e-12, "edge and time: {row:?}");
    assert!((row[12] * row[12] - row[13] * row[13] - (9.0 - 0.01)).abs() < 1e-8, "the flow keeps x² − y²: {row:?}");
    let json = fs::read(folder.path().join("trace-out/trace.json")).expect("the file");
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    assert!((json["descents"][0]["sharpness"]["edge"].as_f64().expect("an edge") - 10.0).abs() < 1e-9);
    assert!(String::from_utf8(output.stderr).expect("text").contains("stable below 10"));
    let adam = trace(&["--alpha", "0.2", "--rule", "adam", "--sharpness"]);
    assert!(String::from_utf8(adam.stderr).expect("text").contains("adapts its step"));
    let plain = trace(&["--alpha", "0.2"]);
    assert!(!String::from_utf8(plain.stdout).expect("text").contains("edge"));
}
