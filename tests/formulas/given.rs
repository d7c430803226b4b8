//! What a rule is given besides its slope: the loss, the gradient's norm, the number of steps, noise; and hyperparameters of
//! one parameter. Held against closed forms, loops written out here, and other ways to the same numbers.

use crate::common::{EVERY_PRECISION, Map, along, asked, cpu, everywhere, gpu, gpu_with, list, read, resolved};
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::gpu::GpuOptions;
use alphasweep::engine::{Watch, trace};
use alphasweep::sweep::{Outcome, Path, Precision, Request};

/// A descent of one cell, step by step in f64: the parameters before step 1 and after each.
fn path(request: &Request) -> Vec<Vec<f64>> {
    let spec = resolved(&request.clone().precision(Precision::F64).gtol(0.0));
    let path = Path::follow(&spec, (0, 0), spec.limits.steps);
    (0..=path.steps()).map(|step| path.point(step)).collect()
}

fn assert_near(found: &[f64], expected: &[f64], what: &str) {
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "{what}: {found:e} for {expected:e}");
    }
}

fn rosenbrock(rule: &str) -> Request {
    asked("rosenbrock").rule(read(rule)).vary("x0_start", list([-1.2])).vary("x1_start", list([1.0]))
}

fn slope_of_rosenbrock(p: &[f64]) -> [f64; 2] {
    let bend = p[1] - p[0] * p[0];
    [-2.0 * (1.0 - p[0]) - 400.0 * p[0] * bend, 200.0 * bend]
}

#[test]
fn sgd_is_gd_by_another_name() {
    for batch in ["full", "each", "3"] {
        let gd = asked("line").batch(read(batch)).vary("alpha", along("log:1e-3:1:9")).vary_start(along("lin:-5:5:7"));
        let gd = gd.steps(60);
        for (gd, sgd) in everywhere(&gd).iter().zip(everywhere(&gd.clone().rule(read("sgd")))) {
            gd.bit_differences(&sgd).none(batch);
        }
    }
}

/// On x² the loss over the squared norm is 1/4, and the step x/2: ten steps divide by 1024, in every precision exactly.
#[test]
fn polyaks_step_halves_the_way_on_a_parabola() {
    let request = asked("x^2").rule(read("polyak")).vary("x_start", along("1,-3,0.625,1e6")).set("alpha", 1.0);
    for map in everywhere(&request.steps(10).gtol(0.0)) {
        for cell in 0..map.len() {
            assert_eq!(map.p(cell), map.x(cell) / 1024.0, "{}", map.evidence(cell));
        }
    }
}

/// A gradient of 0 has no direction: the rules that divide by its norm stay.
#[test]
fn without_a_slope_nothing_moves() {
    for rule in ["polyak", "normalized-gd", "clipped-gd"] {
        let request = asked("x^2 + y^2").rule(read(rule)).vary("x_start", along("0,1")).set("alpha", 0.5);
        for map in everywhere(&request.steps(5).gtol(0.0)) {
            assert_eq!((map.p(0), map.loss(0), map.steps(0)), (0.0, 0.0, 5), "{rule}: {}", map.evidence(0));
            assert!(map.p(1) < 0.9, "{rule}: {}", map.evidence(1));
        }
    }
}

#[test]
fn a_normalised_step_is_as_long_as_alpha() {
    for alpha in [1e-3, 0.05, 2.0] {
        let points = path(&rosenbrock("normalized-gd").set("alpha", alpha).steps(30));
        for pair in points.windows(2) {
            let [x, y] = [0, 1].map(|at| pair[1][at] - pair[0][at]);
            assert!((x.hypot(y) / alpha - 1.0).abs() < 1e-12, "{} for {alpha}", x.hypot(y));
            let slope = slope_of_rosenbrock(&pair[0]);
            assert!((x * slope[1] - y * slope[0]).abs() < 1e-9 * alpha * slope[0].hypot(slope[1]), "down the slope");
        }
    }
}

/// The loop of a training script: clip the norm of the whole gradient, then step.
#[test]
fn clipping_is_that_of_the_textbooks_loop() {
    let points = path(&rosenbrock("clipped-gd").set("alpha", 1e-3).set("max_norm", 20.0).steps(60));
    let mut p = [-1.2, 1.0];
    let mut clipped = 0;
    for point in &points[1..] {
        let mut g = slope_of_rosenbrock(&p);
        let norm = g[0].hypot(g[1]);
        if norm > 20.0 {
            g = g.map(|slope| slope * 20.0 / (norm + 1e-6));
            clipped += 1;
        }
        p = [p[0] - 1e-3 * g[0], p[1] - 1e-3 * g[1]];
        assert_near(point, &p, "clipped");
    }
    assert!(clipped > 5 && clipped < 60, "{clipped} of 60 steps were clipped");
    // A bound above every norm clips nothing.
    let loose = path(&rosenbrock("clipped-gd").set("alpha", 1e-3).set("max_norm", 1e6).steps(60));
    assert_eq!(loose, path(&rosenbrock("gd").set("alpha", 1e-3).steps(60)));
}

/// hours: x = 1, 2, 3 and y = 2x. With one row a step, loss and norm are those of this row.
#[test]
fn loss_and_norm_are_those_of_the_rows_that_the_step_takes() {
    let by = |rule: &str, batch: &str| {
        let request = asked("hours").batch(read(batch)).rule(read(rule)).vary("w_start", list([1.0]));
        path(&request.set("alpha", 0.01).steps(9)).last().expect("points")[0]
    };
    let walk = |move_by: &dyn Fn(f64, &[f64]) -> f64, rows: &dyn Fn(usize) -> Vec<f64>| {
        (0..9).fold(1.0, |w, step| w + move_by(w, &rows(step)))
    };
    let each = |step: usize| vec![1.0 + (step % 3) as f64];
    let all = |_: usize| vec![1.0, 2.0, 3.0];
    let loss = |w: f64, rows: &[f64]| rows.iter().map(|x| (w * x - 2.0 * x).powi(2)).sum::<f64>() / rows.len() as f64;
    let norm = |w: f64, rows: &[f64]| {
        (rows.iter().map(|x| 2.0 * x * (w * x - 2.0 * x)).sum::<f64>() / rows.len() as f64).abs()
    };
    for (batch, rows) in [("each", &each as &dyn Fn(usize) -> Vec<f64>), ("full", &all)] {
        let found = [by("delta = alpha*loss", batch), by("delta = alpha*gnorm", batch)];
        let expected = [walk(&|w, rows| 0.01 * loss(w, rows), rows), walk(&|w, rows| 0.01 * norm(w, rows), rows)];
        assert_near(&found, &expected, batch);
    }
    assert!((by("delta = alpha*loss", "each") - by("delta = alpha*loss", "full")).abs() > 1e-4, "the batch matters");
}

#[test]
fn a_rule_knows_which_step_is_the_last() {
    let request =
        asked("x^2").rule(read("delta = select(t == steps, 1, 0)")).vary("x_start", along("3,5")).set("alpha", 1.0);
    for map in everywhere(&request.steps(7).gtol(0.0)) {
        assert_eq!([map.p(0), map.p(1)], [4.0, 6.0], "{}", map.label);
    }
}

// Noise.

fn langevin(alphas: &str, cells: usize) -> Request {
    let starts = along(&format!("lin:-1e-6:1e-6:{cells}"));
    asked("lambda*x^2/2")
        .constant("lambda", 2.0)
        .rule(read("langevin"))
        .vary("x_start", starts)
        .vary("alpha", along(alphas))
}

fn variance(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64
}

/// How much two lists go together: within 4/√n of 0 where they do not.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let together = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum::<f64>() / n;
    together / (variance(a) * variance(b)).sqrt()
}

/// x ← (1 − αλ)x + √(2αT)·n keeps the variance T/(λ(1 − αλ/2)).
#[test]
fn langevins_variance_is_the_closed_form() {
    const CELLS: usize = 8000;
    let request = langevin("0.05,0.3,0.8", CELLS).set("temperature", 0.7).steps(150).gtol(0.0);
    for map in everywhere(&request) {
        for (row, alpha) in [0.05, 0.3, 0.8].into_iter().enumerate() {
            let ends = &map.cells.parameters[0][row * CELLS..(row + 1) * CELLS];
            let expected = 0.7 / (2.0 * (1.0 - alpha * 2.0 / 2.0));
            let (found, error) = (variance(ends), expected * (2.0 / CELLS as f64).sqrt());
            assert!((found - expected).abs() < 4.0 * error, "{} α = {alpha}: {found} for {expected}", map.label);
            let mean = ends.iter().sum::<f64>() / CELLS as f64;
            assert!(mean.abs() < 4.0 * (expected / CELLS as f64).sqrt(), "{}: mean {mean}", map.label);
            let beside = correlation(&ends[1..], &ends[..CELLS - 1]);
            assert!(beside.abs() < 4.0 / (CELLS as f64).sqrt(), "neighbours are strangers: {beside}");
        }
        let rows: Vec<&[f64]> = map.cells.parameters[0].chunks(CELLS).collect();
        assert!(correlation(rows[0], rows[1]).abs() < 4.0 / (CELLS as f64).sqrt(), "and so are rows");
    }
}

#[test]
fn every_parameter_and_step_has_noise_of_its_own() {
    let request = asked("x^2 + y^2").rule(read("delta = noise")).vary("x_start", along("lin:-1e-6:1e-6:4000"));
    let request = request.set("alpha", 1.0).gtol(0.0).precision(Precision::F64);
    let map = |steps: u64| Map::of(&cpu(), &request.clone().steps(steps)).cells.parameters;
    let (one, two) = (map(1), map(2));
    let second: Vec<f64> = two[0].iter().zip(&one[0]).map(|(two, one)| two - one).collect();
    let none = 4.0 / 4000_f64.sqrt();
    assert!(correlation(&one[0], &one[1]).abs() < none, "x and y");
    assert!(correlation(&one[0], &second).abs() < none, "steps 1 and 2");
    for values in [&one[0], &one[1], &second] {
        let kurtosis = values.iter().map(|n| n.powi(4)).sum::<f64>() / 4000.0;
        assert!((variance(values) - 1.0).abs() < 4.0 * (2.0 / 4000_f64).sqrt(), "{}", variance(values));
        // n⁴ has mean 3 and variance 105 − 9.
        assert!((kurtosis - 3.0).abs() < 4.0 * (96.0 / 4000_f64).sqrt(), "{kurtosis}");
    }
}

/// A loss that goes up and down for ever has no trend, and advice says why nothing arrives.
#[test]
fn what_has_settled_into_its_noise_is_oscillating() {
    let request = langevin("0.05,0.3,0.8", 500).set("temperature", 0.7).steps(2000);
    for map in everywhere(&request) {
        let oscillating = map.cells.outcome.iter().filter(|outcome| **outcome == Outcome::Oscillating).count();
        assert!(oscillating * 50 > map.len() * 49, "{}: {oscillating} of {}", map.label, map.len());
    }
}

/// A noisy map with all that may go wrong in it: two parameters, a batch, ends at many steps.
fn noisy() -> Request {
    let request = asked("line").rule(read("langevin")).batch(read("3")).set("temperature", 0.01);
    request.vary("alpha", along("log:1e-3:3:23")).vary_start(along("lin:-9:9:17")).steps(60)
}

#[test]
fn noise_does_not_depend_on_threads_tiles_or_what_computes() {
    for request in [noisy(), langevin("0.05,0.3,1.2", 40).steps(50)] {
        for precision in EVERY_PRECISION {
            let request = request.clone().precision(precision);
            let expected = Map::of(&CpuEngine::new(Some(1)).unwrap(), &request);
            let cut: [(&str, CpuEngine); 4] = [
                ("two threads", CpuEngine::new(Some(2)).unwrap()),
                ("tiles of 7", cpu().with_tile_cells(7)),
                ("interpreted", cpu().interpreted()),
                ("short vectors", cpu().with_short_vectors()),
            ];
            for (how, engine) in &cut {
                expected.bit_differences(&Map::of(engine, &request)).none(how);
            }
            let cells = [(7, 2), (0, 0), (11, 1)];
            let some = cpu().run_cells(&expected.spec, &cells, &Watch::silent()).expect("a few cells");
            for (at, (x, y)) in cells.into_iter().enumerate() {
                let cell = y as usize * expected.spec.nx() + x as usize;
                assert_eq!(some.parameters[0][at], expected.p(cell), "{}", expected.evidence(cell));
            }
        }
    }
}

#[test]
fn noise_is_the_same_to_the_bit_on_a_gpu() {
    let Some(whole) = gpu() else { return };
    let options = GpuOptions { tile_cells: Some(64), chunk_steps: Some(7), ..GpuOptions::default() };
    let Some(cut) = gpu_with(options) else { return };
    for request in [noisy(), langevin("0.05,0.3,1.2", 40).steps(50)] {
        for precision in [Precision::F32, Precision::Compensated] {
            let request = request.clone().precision(precision);
            let expected = Map::of(&cpu(), &request);
            for engine in [&whole, &cut] {
                expected.bit_differences(&Map::of(engine, &request)).none("noise on the GPU");
            }
        }
    }
    let wide = resolved(&langevin("0.1,0.2", 4).precision(Precision::F64)).into();
    let why = whole.check(&wide).expect_err("logarithms in f64").to_string();
    assert!(why.contains("--precision") && why.contains("--engine cpu"), "{why}");
}

#[test]
fn noise_follows_the_seed_and_nothing_else() {
    let one = noisy().precision(Precision::F64);
    let ends = |request: &Request| Map::of(&cpu(), request).cells.parameters;
    assert_eq!(ends(&one.clone().seed(0)), ends(&one), "0 unless another is given");
    let (first, other) = (ends(&one), ends(&one.clone().seed(1)));
    let differ = first[0].iter().zip(&other[0]).filter(|(a, b)| a != b).count();
    assert!(differ > first[0].len() * 9 / 10, "{differ} of {} cells differ", first[0].len());
    // Without temperature the draws are there, and move nothing.
    let cold = langevin("0.05,0.3,1.2", 40).set("temperature", 0.0).steps(50);
    let gd = cold.clone().rule(read("delta = -alpha*g + 0*temperature"));
    assert_eq!(ends(&cold.precision(Precision::F64)), ends(&gd.precision(Precision::F64)));
}

/// As all that is drawn: a cell of an axis of seeds is what `--seed` gives.
#[test]
fn an_axis_of_seeds_draws_what_each_seed_draws() {
    let base = asked("x^2").rule(read("langevin")).set("x_start", 1.0).steps(20).precision(Precision::F64);
    let (alphas, seeds) = (along("0.1,0.2,0.3"), along("4,7"));
    let across = Map::of(&cpu(), &base.clone().vary("alpha", alphas.clone()).vary("seed", seeds.clone()));
    let down = Map::of(&cpu(), &base.clone().vary("seed", seeds).vary("alpha", alphas.clone()));
    for (which, seed) in [4, 7].into_iter().enumerate() {
        let alone = Map::of(&cpu(), &base.clone().vary("alpha", alphas.clone()).seed(seed));
        for at in 0..3 {
            assert_eq!(alone.bits(at), across.bits(which * 3 + at), "{}", across.evidence(which * 3 + at));
            assert_eq!(alone.bits(at), down.bits(at * 2 + which), "{}", down.evidence(at * 2 + which));
        }
    }
}

#[test]
fn a_followed_descent_meets_the_noise_of_its_cell() {
    for precision in EVERY_PRECISION {
        let request = noisy().precision(precision).gtol(0.0).steps(30);
        let map = Map::of(&cpu(), &request);
        for (x, y) in [(0, 0), (5, 3), (9, 16)] {
            let path = Path::follow(&map.spec, (x, y), 30);
            let cell = y * map.spec.nx() + x;
            assert_eq!(path.point(path.steps())[0], map.p(cell), "{}", map.evidence(cell));
        }
    }
    // Rules side by side meet the same noise, cell by cell.
    let request = langevin("0.1,0.3", 3).set("temperature", 0.5).steps(20).precision(Precision::F64);
    let typed = "delta = -alpha*g + sqrt(2*alpha*temperature)*noise";
    let descents = request.descents(&[read("langevin"), read(typed)], 64).expect("a request");
    let traced = trace(&CpuEngine::new(Some(1)).unwrap(), &descents, &Watch::silent()).expect("paths");
    let half = traced.len() / 2;
    assert!((0..half).all(|at| traced[at].parameters == traced[half + at].parameters));
}

// Hyperparameters of one parameter.

#[test]
fn a_parameter_can_have_a_learning_rate_of_its_own() {
    let request = rosenbrock("gd").set("alpha", 1e-3).set("alpha@x1", 4e-3).steps(40);
    let mut p = [-1.2, 1.0];
    for point in &path(&request)[1..] {
        let g = slope_of_rosenbrock(&p);
        p = [p[0] - 1e-3 * g[0], p[1] - 4e-3 * g[1]];
        assert_near(point, &p, "alpha@x1");
    }
    let same = path(&rosenbrock("gd").set("alpha", 1e-3).set("alpha@x1", 1e-3).steps(40));
    assert_eq!(same, path(&rosenbrock("gd").set("alpha", 1e-3).steps(40)));
}

/// Adam's corrections are kept once for all parameters, unless their betas differ.
#[test]
fn a_state_that_is_shared_is_not_where_its_hyperparameter_differs() {
    let request = rosenbrock("adam").set("alpha", 0.05).set("beta1@x1", 0.5).set("beta2@x0", 0.9).steps(30);
    let (betas, mut p) = ([(0.9, 0.9), (0.5, 0.999)], [-1.2, 1.0]);
    let (mut m, mut v) = ([0.0; 2], [0.0; 2]);
    for (point, t) in path(&request)[1..].iter().zip(1..) {
        let g = slope_of_rosenbrock(&p);
        for at in 0..2 {
            let (beta1, beta2): (f64, f64) = betas[at];
            m[at] = beta1 * m[at] + (1.0 - beta1) * g[at];
            v[at] = beta2 * v[at] + (1.0 - beta2) * g[at] * g[at];
            let (m, v) = (m[at] / (1.0 - beta1.powi(t)), v[at] / (1.0 - beta2.powi(t)));
            p[at] -= 0.05 * m / (v.sqrt() + 1e-8);
        }
        assert_near(point, &p, "adam");
    }
}

#[test]
fn it_can_be_an_axis_on_every_engine() {
    let request = asked("rosenbrock").vary("alpha@x1", along("log:1e-4:4e-3:5")).vary("alpha", along("1e-4,1e-3"));
    let request = request.set("x0_start", -1.2).set("x1_start", 1.0).steps(40).gtol(0.0);
    for map in everywhere(&request) {
        for cell in 0..map.len() {
            let alone = rosenbrock("gd").set("alpha", map.y(cell)).set("alpha@x1", map.x(cell));
            let alone = alone.steps(40).gtol(0.0).precision(map.spec.program.precision);
            let alone = Map::of(&cpu(), &alone);
            assert_eq!(alone.bits(0), map.bits(cell), "{}", map.evidence(cell));
        }
    }
}

#[test]
fn what_is_no_hyperparameter_of_a_parameter_is_refused() {
    let refused = |name: &str| rosenbrock("momentum").set(name, 0.1).resolve().expect_err(name).to_string();
    for (name, said) in [
        (
            "alpha@x2",
            "--set alpha@x2=0.1: NAME@PARAMETER is a hyperparameter for one parameter, and `x2` is no parameter",
        ),
        ("momentun@x1", "`momentun` is no hyperparameter of the rule: did you mean `momentum`?"),
        ("x0_start@x1", "`x0_start` is no hyperparameter of the rule"),
    ] {
        assert!(refused(name).contains(said), "{}", refused(name));
    }
    let unset = asked("x^2").rule(read("delta = -alpha*q*g")).vary("alpha", along("1,2")).set("q@x", 1.0);
    assert!(unset.resolve().is_err(), "a default for the others is still needed");
}
