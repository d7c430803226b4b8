//! Every built-in rule against the optimiser it is named after, and its map against what is known of its stability.
//!
//! `reference/rules.csv` holds paths that PyTorch (for what PyTorch lacks: lion-pytorch, numpy) walked in float64;
//! `reference/make_rules.py` made it and shares nothing with this project but the formulas of three objectives.
//! `reference/plain_rules.csv` holds those of rules that see more than a slope, walked by loops in plain Python.

mod common;

use alphasweep::analysis::theory::theory;
use alphasweep::engine::Engine;
use alphasweep::problem::catalog::{self, RULES, RuleRow};
use alphasweep::sweep::{Axis, Outcome, Precision, Request};
use common::laws::{Law, both_precisions, obeys, quadratic};
use common::{
    EVERY_PRECISION, Map, Mismatches, Random, along, asked, coarse, cpu, everywhere, gpu, list, read, resolved, skipped,
};

/// What another program computed: the parameters before step 1 and after each step.
struct Path {
    rule: String,
    objective: String,
    settings: Vec<(String, f64)>,
    points: Vec<Vec<f64>>,
}

/// Steps that each path of the table has.
const STEPS: usize = 20;

impl Path {
    /// The same descent here, up to a step.
    fn request(&self, steps: usize) -> Request {
        let mut request = asked(&self.objective).rule(read(&self.rule));
        for (at, start) in self.points[0].iter().enumerate() {
            request = request.vary(&format!("x{at}_start"), list([*start]));
        }
        for (name, value) in &self.settings {
            request = request.set(name, *value);
        }
        request.gtol(0.0).steps(steps as u64)
    }

    fn setting(&self, name: &str) -> Option<f64> {
        self.settings.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// Notes every parameter that is elsewhere after `steps` steps; returns the largest error over (1 + |reference|).
    fn compare(&self, engine: &dyn Engine, precision: Precision, steps: usize, wrong: &mut Mismatches) -> f64 {
        let map = Map::of(engine, &self.request(steps).precision(precision));
        let near = tolerance(engine, precision);
        let errors = map.cells.parameters.iter().zip(&self.points[steps]);
        let errors = errors.map(|(found, expected)| (found[0] - expected).abs() / (1.0 + expected.abs()));
        let worst = errors.fold(0.0, f64::max);
        if worst > near || map.steps(0) as usize != steps {
            let (rule, settings, expected) = (&self.rule, &self.settings, &self.points[steps]);
            let evidence = map.evidence(0);
            wrong.note(|| format!("{rule} {settings:?} {evidence}, expected {expected:?}: {worst:e} > {near:e}"));
        }
        worst
    }
}

/// How far a parameter may be from the reference, over (1 + |reference|), after 20 steps or fewer.
///
/// Measured: 3.2e-15 in f64 on the CPU, whose arithmetic is the same on every machine; 5.6e-6 in f32 and 4.3e-6 in
/// compensated f32, both in the fast Adadelta path and ten times what the other rules show. A GPU may fuse products
/// into sums and round its square roots and quotients by a few ulp.
fn tolerance(engine: &dyn Engine, precision: Precision) -> f64 {
    match (precision, engine.info().engine) {
        (Precision::F64, "cpu") => 1e-14,
        (Precision::F64, _) => 1e-12,
        _ => 2e-5,
    }
}

/// The tables of reference paths.
fn paths() -> Vec<Path> {
    [include_str!("reference/rules.csv"), include_str!("reference/plain_rules.csv")]
        .into_iter()
        .flat_map(table)
        .collect()
}

fn table(text: &str) -> Vec<Path> {
    let mut paths: Vec<Path> = Vec::new();
    for row in csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes()).records() {
        let row = row.expect("the table has rows");
        let number = |text: &str| text.parse::<f64>().unwrap_or_else(|_| panic!("`{text}` is a number"));
        let setting = |text: &str| text.split_once('=').map(|(name, value)| (name.to_owned(), number(value)));
        if &row[4] == "0" {
            let settings = row[3].split_whitespace().map(|text| setting(text).expect("name=value")).collect();
            paths.push(Path { rule: row[0].into(), objective: row[2].into(), settings, points: Vec::new() });
        }
        let path = paths.last_mut().expect("the first row of a path is its step 0");
        assert_eq!((row[0].to_owned(), row[4].to_owned()), (path.rule.clone(), path.points.len().to_string()));
        path.points.push(row.iter().skip(5).filter(|text| !text.is_empty()).map(number).collect());
    }
    assert!(paths.iter().all(|path| path.points.len() == STEPS + 1), "every path has {STEPS} steps");
    paths
}

/// A new row of the catalog needs paths in the table: one with each hyperparameter left to its default, and one with
/// it set to something else.
#[test]
fn every_rule_of_the_catalog_has_paths_that_show_all_its_hyperparameters() {
    let paths = paths();
    for row in RULES {
        let paths: Vec<&Path> = paths.iter().filter(|path| path.rule == row.name).collect();
        assert!(paths.len() >= 3, "{} has {} paths in tests/reference", row.name, paths.len());
        for (name, default) in row.hyperparameters {
            let left = paths.iter().any(|path| path.setting(name).is_none());
            assert!(left, "{}: no path leaves {name} to its default", row.name);
            let moved = paths.iter().any(|path| path.setting(name).is_some_and(|value| value != *default));
            assert!(moved, "{}: no path sets {name} to anything but {default}", row.name);
        }
    }
    let unknown = paths.iter().find(|path| catalog::rule(&path.rule).is_none());
    assert!(unknown.is_none(), "the table has the rule {:?}, the catalog has not", unknown.map(|path| &path.rule));
}

#[test]
fn every_rule_walks_as_pytorch_does() {
    let (cpu, mut wrong) = (cpu(), Mismatches::default());
    for path in paths() {
        let errors = (1..=STEPS).map(|steps| path.compare(&cpu, Precision::F64, steps, &mut wrong));
        println!("{} {:?}: {:.1e}", path.rule, path.settings, errors.fold(0.0, f64::max));
    }
    wrong.none("paths in f64");
}

#[test]
fn every_rule_walks_as_pytorch_does_as_far_as_f32_can_tell() {
    let (cpu, gpu, mut wrong) = (cpu(), gpu(), Mismatches::default());
    // A GPU compiles a shader for each: there an odd number of steps, an even one, and all.
    let on_cpu = std::iter::once((&cpu as &dyn Engine, &[1, 2, 3, 10, STEPS][..]));
    let on_gpu = gpu.iter().map(|gpu| (gpu as &dyn Engine, &[1, 2, STEPS][..]));
    for (engine, moments) in on_cpu.chain(on_gpu) {
        for path in paths() {
            for precision in [Precision::F32, Precision::Compensated] {
                let errors = moments.iter().map(|steps| path.compare(engine, precision, *steps, &mut wrong));
                let worst = errors.fold(0.0, f64::max);
                println!("{} {precision} {} {:?}: {worst:.1e}", engine.info().engine, path.rule, path.settings);
            }
        }
    }
    wrong.none("paths in f32");
}

/// No rule but nadam needs a function that f64 shaders lack, and the noise of langevin.
#[test]
fn where_a_gpu_has_f64_all_rules_but_two_walk_in_it() {
    let Some(gpu) = gpu() else { return };
    let wide = |path: &Path| gpu.check(&resolved(&path.request(STEPS).precision(Precision::F64)).into());
    let mut wrong = Mismatches::default();
    let paths = paths();
    if let Err(why) = wide(&paths[0]) {
        return skipped("f64 on the GPU", &why.to_string());
    }
    for path in paths {
        match wide(&path) {
            Ok(()) => drop(path.compare(&gpu, Precision::F64, STEPS, &mut wrong)),
            Err(why) => assert!(["nadam", "langevin"].contains(&path.rule.as_str()), "{}: {why}", path.rule),
        }
    }
    wrong.none("paths in f64 on the GPU");
}

// The table can tell: formulas and defaults that are nearly right are caught.

/// Whether some path of the table shows that this rule is not the one it was walked by.
fn is_told_from(name: &str, edit: impl Fn(&mut Path)) -> bool {
    let (cpu, mut wrong) = (cpu(), Mismatches::default());
    for mut path in paths().into_iter().filter(|path| path.rule == name) {
        edit(&mut path);
        // Two moments, because paths of fixed steps meet again.
        for steps in [15, STEPS] {
            path.compare(&cpu, Precision::F64, steps, &mut wrong);
        }
    }
    wrong.count > 0
}

#[test]
fn a_formula_that_is_nearly_right_is_caught() {
    for (name, part, mistake) in [
        ("gd", "-alpha*g", "-alpha*g*1.0000000001"),
        ("sgd", "-alpha*g", "-alpha*g*1.0000000001"),
        ("sign", "sign(g)", "sign(g + 1)"),
        ("normalized-gd", "g/gnorm", "g/(gnorm + 1e-9)"),
        ("normalized-gd", "g/gnorm", "sign(g)"),
        ("clipped-gd", "gnorm + 1e-6", "gnorm"),
        ("clipped-gd", "min(1, max_norm/(gnorm + 1e-6))*g", "max(-max_norm, min(max_norm, g))"),
        ("polyak", "loss/gnorm", "loss/(gnorm + 1e-9)"),
        ("polyak", "*(g/gnorm)", "*g"),
        ("langevin", "2*alpha*temperature", "alpha*temperature"),
        ("langevin", "sqrt(2*alpha*temperature)", "sqrt(2*alpha)*temperature"),
        ("momentum", "+ g", "+ (1 - momentum)*g"),
        ("averaged-momentum", "(1 - momentum)*g", "g"),
        ("nesterov", "(g + momentum*v)", "v"),
        ("adagrad", "(t - 1)", "t"),
        ("adagrad", "(sqrt(s) + eps)", "sqrt(s + eps)"),
        ("rmsprop", "(sqrt(s) + eps)", "sqrt(s + eps)"),
        ("adadelta", "sqrt(s + eps)", "(sqrt(s) + eps)"),
        ("adadelta", "d = sqrt(u + eps)", "u = rho*u + (1 - rho)*g*g; d = sqrt(u + eps)"),
        ("adam", "m*(1/c1)", "m"),
        ("adam", "sqrt(v*(1/c2)) + eps", "sqrt(v*(1/c2) + eps)"),
        ("adam", "(sqrt(v*(1/c2)) + eps)", "(sqrt(v) + eps)*sqrt(1/c2)"),
        ("adamw", "weight_decay*p", "weight_decay*g"),
        ("adamw", "-alpha*(weight_decay*p + ", "-weight_decay*p - alpha*("),
        ("amsgrad", "max(top, v)", "v"),
        ("amsgrad", "top = max(top, v)", "c = v/(c2 + 0.001); top = max(top, c)"),
        ("nadam", "(t + 1)", "t"),
        ("nadam", "0.96^(t", "0.96^((t - 1)"),
        ("nadam", "next/(next*q", "mu/(next*q"),
        ("nadam", "(next*q + (1 - next))", "q"),
        ("lion", "c = beta1*m + (1 - beta1)*g", "c = beta1*g + (1 - beta1)*m"),
        (
            "lion",
            "c = beta1*m + (1 - beta1)*g; m = beta2*m + (1 - beta2)*g",
            "m = beta2*m + (1 - beta2)*g; c = beta1*m + (1 - beta1)*g",
        ),
        ("lion", "sign(c) + weight_decay*p", "sign(c + weight_decay*p)"),
    ] {
        let formula = catalog::rule(name).expect("a catalog row").formula;
        assert!(formula.contains(part), "{name} no longer says `{part}`: this table must follow");
        let typed = |formula: &str, path: &mut Path| {
            for (name, default) in catalog::rule(name).expect("a catalog row").hyperparameters {
                if path.setting(name).is_none() {
                    path.settings.push(((*name).to_owned(), *default));
                }
            }
            path.rule = formula.to_owned();
        };
        assert!(!is_told_from(name, |path| typed(formula, path)), "{name} as it stands is caught as well");
        let caught = is_told_from(name, |path| typed(&formula.replace(part, mistake), path));
        assert!(caught, "{name} with `{mistake}` for `{part}` went unnoticed");
    }
}

#[test]
fn a_default_that_is_wrong_is_caught() {
    for row in RULES {
        for (name, default) in row.hyperparameters {
            let wrong = if *default == 0.0 { 0.01 } else { default / 2.0 };
            let caught = is_told_from(row.name, |path| {
                if path.setting(name).is_none() {
                    path.settings.push(((*name).to_owned(), wrong));
                }
            });
            assert!(caught, "{} with {name} = {wrong} instead of {default} went unnoticed", row.name);
        }
    }
}

/// The catalog's formula typed by hand, with its defaults set by hand, gives the same bits.
#[test]
fn a_rule_of_the_catalog_is_nothing_but_its_text() {
    let (cpu, gpu) = (cpu(), gpu());
    let objective = catalog::objective("himmelblau").expect("a catalog row");
    for row in RULES {
        let named = coarse(objective, 16).rule(read(row.name)).steps(200);
        let mut typed = named.clone().rule(read(row.formula));
        for (name, value) in row.hyperparameters.iter().filter(|(name, _)| *name != "alpha") {
            typed = typed.set(*name, *value);
        }
        let same = |engine: &dyn Engine, precision| {
            let [named, typed] = [&named, &typed].map(|request| request.clone().precision(precision));
            Map::of(engine, &named).bit_differences(&Map::of(engine, &typed)).none(row.name);
        };
        for precision in EVERY_PRECISION {
            same(&cpu, precision);
        }
        if let Some(gpu) = &gpu {
            same(gpu, Precision::Compensated);
        }
    }
}

// Stability: theorems about p ← p + Δ on λx²/2. They are written out here, not read from the catalog.

/// A rule with momentum m and the αλ below which it converges on λx²/2, from any start.
struct Stability {
    rule: &'static str,
    limit: fn(f64) -> f64,
}

/// The roots r of r² − (1+m−αλ)r + m, of r² − (1+m)(1−αλ)r + m(1−αλ) and of the first with α(1−m) for α leave the unit
/// circle at r = −1.
const STABILITY: [Stability; 3] = [
    Stability { rule: "momentum", limit: |m| 2.0 + 2.0 * m },
    Stability { rule: "nesterov", limit: |m| (2.0 + 2.0 * m) / (1.0 + 2.0 * m) },
    Stability { rule: "averaged-momentum", limit: |m| (2.0 + 2.0 * m) / (1.0 - m) },
];

/// A descent within this of the limit (relative) may need more than 10⁴ steps to show where it goes: the root there
/// moves at least twice as fast as αλ, and must pass e^±16.
const BAND: f64 = 0.002;

fn settles_below(limit: f64) -> impl Fn(f64) -> Option<Law> {
    move |alpha| match alpha / limit {
        part if part < 1.0 - BAND => Some(Law::Converges),
        part if part > 1.0 + BAND => Some(Law::Diverges),
        _ => None,
    }
}

fn with_rule(row: &RuleRow) -> Request {
    quadratic().rule(read(row.name)).steps(10_000)
}

#[test]
fn rules_with_momentum_converge_exactly_below_their_limits() {
    for (at, Stability { rule, limit }) in STABILITY.iter().enumerate() {
        let row = catalog::rule(rule).expect("a catalog row");
        let mut random = Random(20 + at as u64);
        let mut judged = [0, 0];
        for _ in 0..8 {
            let (lambda, momentum) = (random.log_uniform(0.1, 10.0), random.uniform(0.0, 0.97));
            let limit = limit(momentum) / lambda;
            let alphas = random.axis(40, |random| random.log_uniform(0.02, 2.5) * limit);
            let starts = random.axis(40, |random| random.either_sign(0.01, 10.0));
            let request = with_rule(row).vary("alpha", alphas.clone()).vary("x_start", starts.clone());
            let request = request.set("lambda", lambda).set("momentum", momentum);
            let stable = settles_below(limit);
            for (count, map) in judged.iter_mut().zip(both_precisions(&request).iter().rev()) {
                *count += obeys(map, |alpha, _| stable(alpha));
            }
            let told = theory(&resolved(&request), Some(&[0.0])).limits()[0].alpha;
            assert!((told / limit - 1.0).abs() < 1e-12, "{rule}: theory says {told}, the theorem {limit}");
        }
        assert!(judged.iter().all(|judged| *judged >= 10_000), "{rule}: only {judged:?} cells were judged");
    }
}

#[test]
fn the_map_of_alpha_against_momentum_has_the_theorems_edge() {
    for (at, Stability { rule, limit }) in STABILITY.iter().enumerate() {
        let row = catalog::rule(rule).expect("a catalog row");
        let mut random = Random(30 + at as u64);
        let lambda = 1.3;
        let momenta = random.axis(105, |random| random.uniform(0.0, 0.97));
        let alphas = random.axis(105, |random| random.log_uniform(0.2, 2.0) * limit(0.5) / lambda);
        let request = with_rule(row).vary("alpha", alphas.clone()).vary("momentum", momenta.clone());
        let request = request.set("lambda", 1.3).set("x_start", -2.5);
        for map in both_precisions(&request) {
            let judged = obeys(&map, |alpha, momentum| settles_below(limit(momentum) / lambda)(alpha));
            assert!(judged >= 10_000, "{}: only {judged} cells were judged", map.label);
        }
    }
}

/// The checks above can fail: a limit that is off by a percent is caught, and so is another rule's.
#[test]
fn a_wrong_limit_is_caught() {
    for Stability { rule, limit } in STABILITY {
        let row = catalog::rule(rule).expect("a catalog row");
        let alphas = Axis::lin(0.9 * limit(0.5), 1.1 * limit(0.5), 200).unwrap();
        let request = with_rule(row).vary("alpha", alphas).vary("x_start", along("1,2")).set("momentum", 0.5);
        let map = Map::of(&cpu(), &request.precision(Precision::F64));
        let right = |alpha: f64, _: f64| settles_below(limit(0.5))(alpha);
        let wrong = |alpha: f64, _: f64| settles_below(1.01 * limit(0.5))(alpha);
        assert!(obeys(&map, right) > 300);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| obeys(&map, wrong)));
        assert!(caught.is_err(), "{rule}: a limit one percent away went unnoticed");
    }
}

// The lecture's sign rule: β ∓ 0.01 by the sign of the slope.

fn lecture_by_sign(start: &str) -> Request {
    asked("lecture").rule(read("sign")).vary("beta_start", along(start)).set("alpha", 0.01)
}

#[test]
fn the_sign_rules_first_step_is_the_lectures() {
    let map = Map::of(&cpu(), &lecture_by_sign("-5").steps(1).precision(Precision::F64));
    assert_eq!((map.cells.loss_start[0], map.p(0)), (12.25, -4.99), "{}", map.evidence(0));
    assert!((map.loss(0) - 12.215_025).abs() < 1e-14, "{}", map.evidence(0));
}

/// 700 additions of 0.01 end 6e-14 beside the minimum in f64: near enough for the tolerance, and not on it. Compensated f32 ends
/// 1.6e-7 beside it, which is 700 times what rounding takes from 0.01; plain f32 adds up 700 roundings (1.8e-5). Where no step
/// is left it has arrived; else it hops on, back and forth: after an odd number of steps more it is 0.01 away.
#[test]
fn the_sign_rule_lands_on_the_minimum_where_it_divides_the_way() {
    for map in everywhere(&lecture_by_sign("-5").steps(700)) {
        let (near, word) = match map.spec.program.precision {
            Precision::F64 => (1e-13, Outcome::Converged),
            Precision::Compensated => (2e-7, Outcome::Converged),
            Precision::F32 => (1e-4, Outcome::Descending),
        };
        assert!((map.p(0) - 2.0).abs() < near, "{}", map.evidence(0));
        assert_eq!((map.outcome(0), map.steps(0)), (word, 700), "{}", map.evidence(0));
    }
    for map in everywhere(&lecture_by_sign("-5").steps(5001)) {
        assert_eq!((map.outcome(0), map.steps(0)), (Outcome::Oscillating, 5001), "{}", map.evidence(0));
    }
}

/// Also from -5, if nothing but a slope of exactly 0 would stop it.
#[test]
fn elsewhere_the_sign_rule_hops_around_the_minimum_for_ever() {
    let beside = lecture_by_sign("-5.0037,4.123,2.005,1.9999");
    for request in [beside, lecture_by_sign("-5").gtol(0.0)] {
        for map in everywhere(&request.clone().steps(5000)) {
            let after = Map::of(&cpu(), &request.clone().precision(map.spec.program.precision).steps(5001));
            for cell in 0..map.len() {
                let (here, there) = (map.p(cell) - 2.0, after.p(cell) - 2.0);
                let hops = here * there < 0.0 && ((here - there).abs() - 0.01).abs() < 1e-6;
                assert!(hops && map.outcome(cell) != Outcome::Converged, "{}", map.evidence(cell));
            }
        }
    }
}
