//! Every built-in rule against the optimiser it is named after, and its map against what is known of its stability.
//!
//! `reference/rules.csv` holds paths that PyTorch (for what PyTorch lacks: lion-pytorch, numpy) walked in float64;
//! `reference/make_rules.py` made it and shares nothing with this project but the formulas of three objectives.

mod common;

use alphasweep::engine::Engine;
use alphasweep::problem::catalog::{self, RULES, RuleRow};
use alphasweep::sweep::{Outcome, Precision, Request};
use alphasweep::theory::theory;
use common::laws::{Law, both_precisions, obeys, quadratic};
use common::{EVERY_PRECISION, Map, Mismatches, Random, Tolerance, coarse, cpu, everywhere, gpu, list, resolved};

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
        let mut request = Request { rule: self.rule.clone(), ..Request::new(&self.objective) };
        for (at, start) in self.points[0].iter().enumerate() {
            request = request.vary(&format!("x{at}_start"), &list([*start]));
        }
        for (name, value) in &self.settings {
            request = request.set(name, &value.to_string());
        }
        request.gtol(0.0).steps(steps as u64)
    }

    fn setting(&self, name: &str) -> Option<f64> {
        self.settings.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// Notes every parameter that is elsewhere after `steps` steps; returns the largest error over (1 + |reference|).
    fn compare(
        &self,
        engine: &dyn Engine,
        precision: Precision,
        steps: usize,
        near: Tolerance,
        wrong: &mut Mismatches,
    ) -> f64 {
        let map = Map::of(engine, &self.request(steps).precision(precision));
        let mut worst = 0.0_f64;
        for (parameter, expected) in map.cells.parameters.iter().zip(&self.points[steps]) {
            let error = (parameter[0] - expected).abs() / (1.0 + expected.abs());
            worst = worst.max(error);
            if !near.holds(parameter[0], *expected) || map.steps(0) as usize != steps {
                let (rule, settings) = (&self.rule, &self.settings);
                wrong.note(|| format!("{rule} {settings:?} {}, expected {expected}: {error:e}", map.evidence(0)));
            }
        }
        worst
    }
}

/// The table of reference paths.
fn paths() -> Vec<Path> {
    let text = include_str!("reference/rules.csv");
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
        assert!(paths.len() >= 3, "{} has {} paths in tests/reference/rules.csv", row.name, paths.len());
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
    const NEAR: Tolerance = Tolerance { absolute: 1e-12, relative: 1e-12 };
    let (cpu, mut wrong) = (cpu(), Mismatches::default());
    for path in paths() {
        let worst = (1..=STEPS)
            .map(|steps| path.compare(&cpu, Precision::F64, steps, NEAR, &mut wrong))
            .fold(0.0, f64::max);
        println!("{} {:?}: {worst:.1e}", path.rule, path.settings);
    }
    wrong.none("paths in f64");
}

#[test]
fn every_rule_walks_as_pytorch_does_as_far_as_f32_can_tell() {
    const NEAR: Tolerance = Tolerance { absolute: 1e-4, relative: 1e-4 };
    let (cpu, gpu, mut wrong) = (cpu(), gpu(), Mismatches::default());
    let engines = std::iter::once(&cpu as &dyn Engine).chain(gpu.as_ref().map(|gpu| gpu as &dyn Engine));
    for engine in engines {
        for precision in [Precision::F32, Precision::Compensated] {
            for path in paths() {
                let worst = [1, 2, 3, 10, STEPS]
                    .map(|steps| path.compare(engine, precision, steps, NEAR, &mut wrong))
                    .into_iter()
                    .fold(0.0, f64::max);
                println!("{} {precision} {} {:?}: {worst:.1e}", engine.info().engine, path.rule, path.settings);
            }
        }
    }
    wrong.none("paths in f32");
}

/// The catalog's formula typed by hand, with its defaults set by hand, gives the same bits.
#[test]
fn a_rule_of_the_catalog_is_nothing_but_its_text() {
    let (cpu, gpu) = (cpu(), gpu());
    let objective = catalog::objective("himmelblau").expect("a catalog row");
    for row in RULES {
        let named = Request { rule: row.name.to_owned(), ..coarse(objective, 16) }.steps(200);
        let mut typed = Request { rule: row.formula.to_owned(), ..named.clone() };
        for (name, value) in row.hyperparameters.iter().filter(|(name, _)| *name != "alpha") {
            typed = typed.set(name, &value.to_string());
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
    Request { rule: row.name.to_owned(), ..quadratic() }.steps(10_000)
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
            let request = with_rule(row).vary("alpha", &alphas).vary("x_start", &starts);
            let request = request.set("lambda", &lambda.to_string()).set("momentum", &momentum.to_string());
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
        let request = with_rule(row).vary("alpha", &alphas).vary("momentum", &momenta);
        let request = request.set("lambda", "1.3").set("x_start", "-2.5");
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
        let alphas = format!("lin:{}:{}:200", 0.9 * limit(0.5), 1.1 * limit(0.5));
        let request = with_rule(row).vary("alpha", &alphas).vary("x_start", "1,2").set("momentum", "0.5");
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
    Request { rule: "sign".to_owned(), ..Request::new("lecture") }.vary("beta_start", start).set("alpha", "0.01")
}

#[test]
fn the_sign_rules_first_step_is_the_lectures() {
    let map = Map::of(&cpu(), &lecture_by_sign("-5").steps(1).precision(Precision::F64));
    assert_eq!((map.cells.loss_start[0], map.p(0)), (12.25, -4.99), "{}", map.evidence(0));
    assert!((map.loss(0) - 12.215_025).abs() < 1e-14, "{}", map.evidence(0));
}

#[test]
fn the_sign_rule_lands_on_the_minimum_where_it_divides_the_way() {
    for map in everywhere(&lecture_by_sign("-5")) {
        println!("{}", map.evidence(0));
    }
}

#[test]
fn elsewhere_the_sign_rule_hops_around_the_minimum_for_ever() {
    for map in everywhere(&lecture_by_sign("-5.0037,4.123,2.005,1.9999").steps(5001)) {
        for cell in 0..map.len() {
            println!("{}", map.evidence(cell));
            assert!(map.outcome(cell) != Outcome::Converged && (map.p(cell) - 2.0).abs() < 0.01);
        }
    }
}
