//! The field's test beds in the catalog: every figure that a row tells, computed here by other means.

use crate::common::{Random, along, asked};
use crate::oracle::Oracle;
use alphasweep::engine::{collect, cpu::CpuEngine};
use alphasweep::problem::catalog::{ObjectiveRow, objective};
use alphasweep::sweep::{Init, NetworkRequest, NetworkSweep, Outcome, Precision, Request, Sweep, TileOutcomes};
use nalgebra::DMatrix;
use std::f64::consts::PI;

fn row(name: &str) -> &'static ObjectiveRow {
    objective(name).expect("a row")
}

/// All eigenvalues of the Hessian at a point, ascending, by hyper-dual numbers.
fn curvatures(text: &str, names: &[&str], constants: &[(&str, f64)], at: &[f64]) -> Vec<f64> {
    let parameters: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let oracle = Oracle { text, parameters: &parameters, constants };
    let hessian = DMatrix::from_fn(at.len(), at.len(), |a, b| oracle.curvature(at, a, b));
    let mut found: Vec<f64> = hessian.symmetric_eigenvalues().iter().copied().collect();
    found.sort_by(f64::total_cmp);
    found
}

fn run(request: &Request) -> TileOutcomes {
    let spec = request.clone().precision(Precision::F64).resolve().expect("a sweep");
    collect(&CpuEngine::new(Some(2)).expect("an engine"), &Sweep::from(&spec)).expect("a map")
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs().max(1.0)
}

/// A minimum of the row is one, and has these curvatures.
fn has_minimum(name: &str, names: &[&str], at: &[f64], expected: &[f64]) {
    let row = row(name);
    let parameters: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let oracle = Oracle { text: row.formula, parameters: &parameters, constants: row.constants };
    for by in 0..at.len() {
        assert!(oracle.slope(at, by).abs() < 1e-9, "{name}: a slope of {} at {at:?}", oracle.slope(at, by));
    }
    let found = curvatures(row.formula, names, row.constants, at);
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{name}: {found:?} for {expected:?}");
}

#[test]
fn an_added_cosine_is_not_convex_from_the_roughness_that_is_told() {
    let row = row("added-cosine");
    let least = |epsilon: f64, lam: f64| {
        let constants = [("epsilon", epsilon), ("lam", lam)];
        let points = (0..2001).map(|at| f64::from(at - 1000) * 2e-3 * lam);
        points.map(|x| curvatures(row.formula, &["x"], &constants, &[x])[0]).fold(f64::INFINITY, f64::min)
    };
    for lam in [0.1, 1.0, 3.0] {
        let threshold = lam * lam / (2.0 * PI * PI);
        assert!(least(0.999 * threshold, lam) > 0.0, "below the threshold for λ = {lam}");
        assert!(least(1.001 * threshold, lam) < 0.0, "above the threshold for λ = {lam}");
    }
    for at in row.minima {
        let curvature = 2.0 - 0.2 * 4.0 * PI * PI * (2.0 * PI * at[0]).cos();
        has_minimum("added-cosine", &["x"], at, &[curvature]);
    }
}

#[test]
fn an_added_cosine_is_bounded_below_a_rate_of_one_and_leaves_from_afar_above_it() {
    let starts = "lin:-50:50:101";
    let below =
        run(&asked("added-cosine").vary("alpha", along("lin:0.02:0.99:40")).vary_start(along(starts)).steps(5000));
    let largest = below.parameters[0].iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    assert!(
        below.outcome.iter().all(|outcome| *outcome != Outcome::Diverged) && largest <= 50.0,
        "|x| up to {largest}"
    );
    for alpha in [1.02, 1.1, 1.4] {
        let bound = PI * 0.2 * alpha / (alpha - 1.0);
        let from = |start: f64| {
            let request = asked("added-cosine").vary("alpha", along(&alpha.to_string())).set("x_start", start);
            run(&request.diverge(1e3).steps(20_000)).outcome[0]
        };
        assert_eq!(from(1.01 * bound), Outcome::Diverged, "α = {alpha} from {bound}");
        assert_eq!(from(-1.01 * bound), Outcome::Diverged, "α = {alpha} from −{bound}");
    }
    // From the same place with a rate below 1 nothing leaves.
    let request = asked("added-cosine").vary("alpha", along("0.98")).set("x_start", 33.0);
    assert_ne!(run(&request.diverge(1e3).steps(20_000)).outcome[0], Outcome::Diverged);
}

#[test]
fn a_scaled_cosine_has_the_limit_that_is_told() {
    for epsilon in [0.1, 0.2, 0.9] {
        let limit = 1.0 / (1.0 + epsilon);
        let near = |alpha: f64| {
            let request = asked("scaled-cosine").set("epsilon", epsilon).set("x_start", 1e-3).gtol(1e-10);
            run(&request.vary("alpha", along(&alpha.to_string())).steps(20_000)).outcome[0]
        };
        assert_eq!(near(0.99 * limit), Outcome::Converged, "ε = {epsilon}");
        assert_ne!(near(1.01 * limit), Outcome::Converged, "ε = {epsilon}");
    }
    has_minimum("scaled-cosine", &["x"], &[0.0], &[2.4]);
}

#[test]
fn four_factors_have_the_curvature_that_is_told_along_their_valleys() {
    let mut random = Random(1);
    for _ in 0..200 {
        let x = random.either_sign(0.2, 4.0);
        let y = random.either_sign(1.0, 1.0) / x;
        let found = curvatures(row("four-factors").formula, &["x", "y"], &[], &[x, y]);
        assert!(close(found[1], 4.0 * (x * x + y * y)) && found[0].abs() < 1e-9 * found[1], "{found:?} at {x}, {y}");
        let beside = curvatures(row("four-factors").formula, &["x", "y"], &[], &[x, 1.01 * y]);
        assert!(!close(beside[1], 4.0 * (x * x + 1.0201 * y * y)), "beside the valley it is another");
    }
    has_minimum("four-factors", &["x", "y"], &[1.0, -1.0], &[0.0, 8.0]);
    let of = |alpha: &str| {
        let map = asked("four-factors").vary("alpha", along(alpha)).vary_start(along("lin:-3.9:4:80")).gtol(1e-9);
        run(&map.set("y_start", 0.7).steps(5000)).outcome.iter().filter(|found| **found == Outcome::Converged).count()
    };
    assert_eq!(of("lin:0.251:0.5:60"), 0, "no minimum is stable");
    assert!(of("lin:0.2:0.245:10") > 0);
}

#[test]
fn three_factors_have_the_curvature_that_is_told_along_their_valley() {
    let mut random = Random(2);
    for _ in 0..200 {
        let (x, y) = (random.either_sign(0.3, 3.0), random.either_sign(0.3, 3.0));
        let z = 1.0 / (x * y);
        let found = curvatures(row("three-factors").formula, &["x", "y", "z"], &[], &[x, y, z]);
        let told = (1.0 / (x * x) + 1.0 / (y * y) + 1.0 / (z * z)) / 2.0;
        assert!(close(found[2], told) && told >= 1.5, "{found:?} for {told}");
    }
    has_minimum("three-factors", &["x", "y", "z"], &[1.0, -1.0, -1.0], &[0.0, 0.0, 1.5]);
    let of = |alpha: &str, off: f64| {
        let map = asked("three-factors").vary("alpha", along(alpha)).set("x_start", 1.0 + off).gtol(1e-9);
        let map = map.set("y_start", 1.0).set("z_start", 1.0).steps(20_000);
        run(&map).outcome.iter().filter(|found| **found == Outcome::Converged).count()
    };
    assert_eq!(of("lin:1.34:2:60", 0.01), 0, "no minimum is stable");
    assert_eq!(of("lin:1:1.32:20", 0.01), 20);
}

#[test]
fn decayed_factors_have_the_minima_saddle_and_limit_that_are_told() {
    let root = 0.3_f64.sqrt();
    for sign in [1.0, -1.0] {
        has_minimum("decayed-factors", &["u", "v"], &[sign * root, sign * root], &[0.4, 0.6]);
    }
    let at_zero = curvatures(row("decayed-factors").formula, &["u", "v"], &[], &[0.0, 0.0]);
    assert!(close(at_zero[0], -0.3) && close(at_zero[1], 0.7), "{at_zero:?}");
    let near = |alpha: &str| {
        let request = asked("decayed-factors").vary("alpha", along(alpha)).set("u_start", root + 1e-4);
        run(&request.set("v_start", root).gtol(1e-10).steps(50_000)).outcome[0]
    };
    assert_eq!(near("3.32"), Outcome::Converged);
    assert_ne!(near("3.35"), Outcome::Converged);
}

fn network(request: &NetworkRequest) -> (NetworkSweep, TileOutcomes) {
    let spec = request.clone().precision(Precision::F64).steps(40).resolve().expect("a sweep");
    let map = collect(&CpuEngine::new(Some(2)).expect("an engine"), &Sweep::from(&spec)).expect("a map");
    (spec, map)
}

fn named(name: &str) -> NetworkRequest {
    NetworkRequest::named(name).expect("a row")
}

#[test]
fn an_offset_is_added_to_every_weight_once() {
    let both = NetworkRequest { init: Some("normal:0.7,offset:0.25".parse().expect("an init")), ..named("two-layer") };
    let spec = both.vary("alpha", along("0.1")).resolve().expect("a sweep");
    let plain = spec.network.start(3, 0.7);
    let cell: Vec<f64> = spec
        .knobs
        .iter()
        .enumerate()
        .map(|(at, _)| if at == spec.seed { 3.0 } else { spec.values_at(0, 0)[at] })
        .collect();
    let moved = spec.start_of(&cell);
    for layer in spec.network.layers() {
        let weights = layer.weights..layer.weights + layer.inputs * layer.outputs;
        for at in layer.range() {
            let off = if weights.contains(&at) { f64::from(0.25_f32) } else { 0.0 };
            assert!((moved[at] - plain[at] - off).abs() < 1e-6, "parameter {at}: {} for {}", moved[at], plain[at]);
        }
    }
}

#[test]
fn no_offset_is_the_published_training_and_any_other_is_not() {
    let same = network(&named("trainability").vary("alpha_1", along("0.1,3")).vary("alpha_2", along("0.1,3"))).1;
    let off = network(&named("trainability-init").vary("init_offset", along("0,0.5")).vary("alpha", along("0.1,3"))).1;
    // Cells where both layers have the rate: the diagonal there, the first column here.
    assert_eq!(same.loss_final[0].to_bits(), off.loss_final[0].to_bits());
    assert_eq!(same.loss_final[3].to_bits(), off.loss_final[2].to_bits());
    assert_ne!(same.loss_final[0].to_bits(), off.loss_final[1].to_bits());
}

#[test]
fn the_variants_of_the_published_network_are_what_they_say() {
    let relu = network(&named("trainability-relu").vary("alpha_1", along("0.1,3")).vary("alpha_2", along("0.1,3")));
    let tanh = network(&named("trainability").vary("alpha_1", along("0.1,3")).vary("alpha_2", along("0.1,3")));
    assert!(relu.0.network.to_string().contains("relu") && relu.0.measure);
    assert_ne!(relu.1.loss_final, tanh.1.loss_final);
    let batches = network(&named("trainability-sgd").vary("alpha_1", along("0.1,3")).vary("alpha_2", along("0.1,3")));
    assert!(batches.0.batched && !batches.0.measure && batches.0.largest_batch() == 16);
    assert_ne!(batches.1.loss_final, tanh.1.loss_final);
}

#[test]
fn what_is_no_init_is_refused() {
    for text in ["offset", "normal:-1", "offset:x", "normal:1,normal:2", "uniform:1", ""] {
        assert!(text.parse::<Init>().is_err(), "{text}");
    }
    for text in ["normal:1", "offset:-2", "normal:1,offset:0.5"] {
        assert_eq!(text.parse::<Init>().expect("an init").to_string(), text);
    }
}
