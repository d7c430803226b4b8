//! Critical learning rates against the literature's curvatures, and measured ones against theory.
//!
//! The numbers come from the closed Hessians of the test functions, computed outside of this project.

use crate::common::{along, asked};
use alphasweep::analysis::Tally;
use alphasweep::analysis::theory::{Loss, Theory, theory};
use alphasweep::engine::Output;
use alphasweep::engine::{collect, cpu::CpuEngine};
use alphasweep::problem::Objective;
use alphasweep::problem::catalog::OBJECTIVES;
use alphasweep::sweep::{Batch, Precision, Sweep};
use std::time::Duration;

/// α_c = 2/λmax at each minimum, ascending, to the digits that are known.
const CRITICAL: &[(&str, &[f64])] = &[
    ("lecture", &[4.0]),
    ("square", &[1.0]),
    ("gentle", &[10.0]),
    ("bowl", &[1.0]),
    ("double-well", &[1.0, 1.0]),
    ("logistic-map", &[2.0]),
    // Both known minima lie in one valley.
    ("xy", &[1.0]),
    ("rosenbrock", &[0.001_996_80]),
    ("rastrigin", &[0.005_040_52]),
    ("beale", &[0.040_833_17]),
    ("booth", &[0.111_111_1]),
    ("matyas", &[2.0]),
    ("mccormick", &[0.5]),
    ("three-hump-camel", &[0.453_081_84]),
    ("six-hump-camel", &[0.121_262_13, 0.121_262_13]),
    ("styblinski-tang", &[0.057_831_78]),
    ("goldstein-price", &[0.002_072_18]),
    ("hours", &[3.0 / 14.0]),
    ("himmelblau", &[0.014_949_29, 0.018_971_93, 0.024_305_98, 0.024_829_28]),
    ("added-cosine", &[0.244_956_9, 0.244_956_9]),
    ("scaled-cosine", &[1.0 / 1.2]),
    // As that of xy.
    ("four-factors", &[0.25]),
    ("three-factors", &[4.0 / 3.0]),
    ("decayed-factors", &[10.0 / 3.0, 10.0 / 3.0]),
];

/// Rows whose data are drawn: their curvature is that of the draw.
const DRAWN: [&str; 4] = ["line", "normal", "line-mae", "sine"];

/// Rows without a critical α, and why.
const WITHOUT: &[(&str, &str)] = &[
    ("quartic", "flat"),
    ("sine-as-posted", "the gradient is given"),
    ("sigmoid-mse", "no minimum is known"),
    ("cross-entropy", "no minimum is known"),
];

/// A line fitted by least squares has the Hessian c·[[mean u², mean u], [mean u, 1]], where u multiplies the slope: its
/// largest eigenvalue is a closed form of two moments of the data.
#[test]
fn lines_fitted_to_drawn_data_have_the_critical_learning_rate_of_their_moments() {
    for (name, factor) in [("line", 2.0), ("normal", 2.0), ("line-mae", 1.0), ("sine", 1.0)] {
        let input = |x: f64| if name == "sine" { x.sin() } else { x };
        for seed in [0, 1, 77] {
            // Over all rows: single rows have a limit of their own.
            let spec = asked(name).seed(seed).batch(Batch::Full).resolve().expect("a catalog row");
            let x = spec.only_table().expect("one table").column("x").expect("a column x").to_vec();
            let mean = |f: &dyn Fn(f64) -> f64| x.iter().map(|x| f(input(*x))).sum::<f64>() / x.len() as f64;
            let (first, second) = (mean(&|u| u), mean(&|u| u * u));
            let half = second / 2.0 - 0.5;
            let largest = factor * (second / 2.0 + 0.5 + (half * half + first * first).sqrt());
            let found = theory(&spec, None).limits()[0].alpha;
            assert!((found * largest / 2.0 - 1.0).abs() < 1e-10, "{name}, seed {seed}: {found} for {}", 2.0 / largest);
        }
    }
}

#[test]
fn every_catalog_row_has_the_critical_learning_rate_of_the_literature() {
    for row in OBJECTIVES.iter().filter(|row| !DRAWN.contains(&row.name)) {
        let spec = asked(row.name).resolve().expect("a catalog row");
        let found: Vec<f64> = theory(&spec, None).limits().iter().map(|limit| limit.alpha).collect();
        let Some((_, expected)) = CRITICAL.iter().find(|(name, _)| *name == row.name) else {
            let why = WITHOUT.iter().find(|(name, _)| *name == row.name).map(|(_, why)| *why);
            let why = why.unwrap_or_else(|| panic!("{} has no known critical α in this test", row.name));
            let told = theory(&spec, None);
            assert!(matches!(&told, Theory::None(told) if told.contains(why)), "{}: {told:?}", row.name);
            continue;
        };
        assert_eq!(found.len(), expected.len(), "{}: {found:?} for {expected:?}", row.name);
        for (found, expected) in found.iter().zip(*expected) {
            // The literature gives seven digits.
            assert!((found / expected - 1.0).abs() < 5e-6, "{}: {found} for {expected}", row.name);
        }
    }
}

/// Where the quadratic rows stop going down must be where theory says, to one cell.
#[test]
fn the_measured_critical_learning_rate_is_within_a_cell_of_theory() {
    for (name, alpha) in
        [("lecture", 4.0), ("square", 1.0), ("gentle", 10.0), ("bowl", 1.0), ("booth", 1.0 / 9.0), ("matyas", 2.0)]
    {
        let (lo, hi) = (alpha * 0.8, alpha * 1.2);
        let request = asked(name).vary("alpha", along(&format!("lin:{lo}:{hi}:201"))).precision(Precision::F64);
        let spec = request.vary_start(along("lin:-9.9:9.7:15")).steps(5000).resolve().expect("a sweep");
        let map = collect(&CpuEngine::new(Some(1)).expect("an engine"), &Sweep::from(&spec)).expect("a map");
        let mut tally = Tally::new(&spec);
        tally.tile(&map).expect("a tally");
        let critical = tally.finish(Duration::ZERO).critical.expect("a critical α");
        let step = (hi - lo) / 200.0;
        assert!((critical.at - alpha).abs() <= 1.5 * step, "{name}: measured {} for {alpha}, step {step}", critical.at);
        assert_eq!(critical.lines, critical.of, "{name}: every start has one");
    }
}

/// The order in which learning rates are listed says nothing, and what is not positive is no learning rate.
#[test]
fn the_measured_critical_learning_rate_is_the_smallest_bad_one() {
    for (axis, below, at) in
        [("4.05,0.1,0.9", Some(0.9), 4.05), ("3,1.5,2.5", None, 1.5), ("lin:-1:3:5", Some(1.0), 2.0)]
    {
        let request = asked("x^2").vary("alpha", along(axis)).set("x_start", 1.0).precision(Precision::F64);
        let spec = request.steps(100).resolve().expect("a sweep");
        let map = collect(&CpuEngine::new(Some(1)).expect("an engine"), &Sweep::from(&spec)).expect("a map");
        let mut tally = Tally::new(&spec);
        tally.tile(&map).expect("a tally");
        let critical = tally.finish(Duration::ZERO).critical.expect("a critical α");
        assert_eq!((critical.below, critical.at), (below, at), "{axis}");
    }
}

#[test]
fn a_formula_of_the_users_own_gets_its_theory_from_the_minimum_that_was_reached() {
    let spec = asked("3*(x-2)^2 + y^2 + y^4").resolve().expect("a sweep");
    assert!(matches!(theory(&spec, None), Theory::None(_)), "nothing is known before a descent converged");
    let reached = theory(&spec, Some(&[2.001, -0.001]));
    let limits = reached.limits();
    assert_eq!(limits.len(), 1);
    assert!((limits[0].alpha - 2.0 / 6.0).abs() < 1e-12, "{limits:?}");
}

#[test]
fn polishing_finds_the_minimum_to_the_last_digits() {
    let himmelblau = Objective::new("himmelblau", &[]).expect("a catalog row");
    let loss = Loss::new(&himmelblau, &[], None).expect("a smooth loss");
    let found = loss.polish(&[3.05, 1.93]);
    assert!((found[0] - 3.0).abs() < 1e-12 && (found[1] - 2.0).abs() < 1e-12, "{found:?}");
}

/// Moving the constant moves the minima: the catalog's own are then no longer used.
#[test]
fn known_minima_are_only_used_where_they_are_minima() {
    let spec = asked("xy").set("c", 0.5).resolve().expect("a sweep");
    assert!(matches!(theory(&spec, None), Theory::None(_)));
    let root = 0.5_f64.sqrt();
    let limit = theory(&spec, Some(&[root, root])).limits()[0].alpha;
    assert!((limit - 2.0).abs() < 1e-9, "1/c = 2, found {limit}");
}
