//! The map against mathematics: objectives whose boundary between converging and diverging is a formula.
//!
//! The formulas are theorems about the iteration p ← p − α f'(p); nothing in them comes from this project. Each is
//! checked on at least 10⁴ random (α, start) pairs, away from a thin band at the boundary whose width each test
//! states, and then right at the boundary, on either side of the formula's value.

use crate::common::laws::{Law, both_precisions, obeys, quadratic};
use crate::common::{Map, Mismatches, Random, along, asked, cpu, list, on_every_engine};
use alphasweep::sweep::{Outcome, Precision, Request};

/// Bands: how far from the boundary (relative) rounding may still decide.
fn band(precision: Precision, narrow: f64, wide: f64) -> f64 {
    if precision.is_wide() { wide } else { narrow }
}

/// Band: |αλ − 2| < 0.002. There a descent takes more than 10⁴ steps to shrink its gradient to gtol or to grow its loss
/// to the bar (|1−αλ|ᵏ must pass e^±16).
#[test]
fn a_quadratic_converges_exactly_below_two_over_its_curvature() {
    const BAND: f64 = 0.002;
    let mut random = Random(1);
    let mut judged = 0;
    for _ in 0..8 {
        let lambda = random.log_uniform(0.1, 10.0);
        let alphas = random.axis(40, |random| random.log_uniform(0.02, 5.0) / lambda);
        let starts = random.axis(40, |random| random.either_sign(0.01, 10.0));
        let request = quadratic().vary("alpha", alphas.clone()).vary("x_start", starts.clone());
        let request = request.set("lambda", lambda).steps(10_000);
        for map in both_precisions(&request) {
            judged += obeys(&map, |alpha, _| match alpha * lambda {
                product if product < 2.0 - BAND => Some(Law::Converges),
                product if product > 2.0 + BAND => Some(Law::Diverges),
                _ => None,
            });
        }
    }
    assert!(judged >= 20_000, "only {judged} cells were judged");
}

/// The k of `converged` is the first with |1−αλ|ᵏ·λ|p₀| < gtol; where that is a near tie rounding may move it by one.
#[test]
fn a_quadratic_converges_at_the_step_its_formula_says() {
    const GTOL: f64 = 1e-5;
    let mut random = Random(2);
    let lambda = 1.75;
    let alphas = random.axis(100, |random| random.uniform(0.05, 1.95) / lambda);
    let starts = random.axis(100, |random| random.either_sign(0.01, 10.0));
    let request =
        quadratic().vary("alpha", alphas.clone()).vary("x_start", starts.clone()).set("lambda", 1.75).gtol(GTOL);
    let map = Map::of(&cpu(), &request.precision(Precision::F64));
    let mut wrong = Mismatches::default();
    for cell in 0..map.len() {
        let slope = lambda * map.y(cell).abs();
        let shrink = (1.0 - map.x(cell) * lambda).abs();
        let k = ((GTOL / slope).ln() / shrink.ln()).ceil().max(0.0);
        if (f64::from(map.steps(cell)) - k).abs() > 1.0 || map.outcome(cell) != Outcome::Converged {
            wrong.note(|| format!("{}, expected: converged at step {k}", map.evidence(cell)));
        }
    }
    wrong.none("steps to converge");
}

/// p_k = (1−αλ)ᵏp₀. A step loses a few roundings u relative to p, which the shrinking by 1−αλ magnifies: 8·k·u/|1−αλ|.
/// Compensated f32 rounds only the increment, which is αλ·p: 8·k·u·αλ/|1−αλ|, better the smaller the step.
#[test]
fn a_quadratic_follows_its_geometric_sequence() {
    let mut random = Random(3);
    let lambda = 0.8125;
    let alphas = random.axis(60, |random| random.log_uniform(1e-6, 2.4) / lambda);
    let starts = random.axis(20, |random| random.either_sign(0.1, 10.0));
    for steps in [1, 10, 100, 1000] {
        let request = quadratic().vary("alpha", alphas.clone()).vary("x_start", starts.clone()).set("lambda", 0.8125);
        for map in both_precisions(&request.gtol(0.0).steps(steps)) {
            let wide = map.spec.program.precision.is_wide();
            let unit = if wide { f64::EPSILON } else { f64::from(f32::EPSILON) } / 2.0;
            let (mut wrong, mut judged) = (Mismatches::default(), 0);
            for cell in 0..map.len() {
                let product = map.x(cell) * lambda;
                let factor = 1.0 - product;
                let expected = factor.powi(steps as i32) * map.y(cell);
                // Near αλ = 1 one step lands next to 0 and nothing but rounding is left; below 1e-25 f32 runs dry.
                if factor.abs() < 0.05 || expected.abs() < 1e-25 || map.outcome(cell) == Outcome::Diverged {
                    continue;
                }
                judged += 1;
                let rounded = if wide { 1.0 } else { product };
                let tolerance = 8.0 * steps as f64 * unit * rounded / factor.abs();
                let error = (map.p(cell) / expected - 1.0).abs();
                if error > tolerance {
                    wrong.note(|| {
                        format!("{}, expected {expected:e}, error {error:e} > {tolerance:e}", map.evidence(cell))
                    });
                }
            }
            wrong.none(&format!("{} after {steps} steps", map.label));
            assert!(judged > map.len() / 2, "{}: only {judged} of {} cells judged", map.label, map.len());
        }
    }
}

/// x ← x(1−αx²). Band: 1e-6 of αx₀² = 2 in f32, 1e-12 in f64: the distance to the boundary grows fivefold each step,
/// so only a start within a few roundings of it is undecided.
#[test]
fn a_quartic_diverges_exactly_where_alpha_times_start_squared_is_above_two() {
    let law = |band: f64| {
        move |alpha: f64, x: f64| match alpha * x * x {
            s if s < 2.0 * (1.0 - band) => Some(Law::Bounded),
            s if s > 2.0 * (1.0 + band) => Some(Law::Diverges),
            _ => None,
        }
    };
    let mut random = Random(4);
    let alphas = random.axis(110, |random| random.log_uniform(0.01, 10.0));
    let starts = random.axis(110, |random| random.uniform(-8.0, 8.0));
    let request = asked("quartic").vary("alpha", alphas.clone()).vary_start(starts.clone()).steps(2000);
    for map in both_precisions(&request) {
        let judged = obeys(&map, law(band(map.spec.program.precision, 1e-6, 1e-12)));
        assert!(judged >= 12_000, "{}: only {judged} cells were judged", map.label);
    }
    straddles(&request, &mut random, (0.01, 10.0), |alpha| (2.0 / alpha).sqrt(), law(1e-12));
}

/// x ← x(1+α−αx²) for α ≤ 2. Bands: 1e-6 (f32), 1e-12 (f64) of |x₀| = √(1+2/α), where the distance grows at least
/// fivefold each step; |α − 1| < 0.01, where ±1 attracts or repels too slowly for 10⁴ steps.
#[test]
fn a_double_well_holds_what_starts_inside_and_settles_below_alpha_one() {
    let law = |band: f64| {
        move |alpha: f64, x: f64| {
            let edge = (1.0 + 2.0 / alpha).sqrt();
            match x.abs() / edge {
                s if s > 1.0 + band => Some(Law::Diverges),
                s if s > 1.0 - band => None,
                _ if alpha < 0.99 => Some(Law::Converges),
                _ if alpha > 1.01 => Some(Law::Wanders),
                _ => Some(Law::Bounded),
            }
        }
    };
    let mut random = Random(5);
    let alphas = random.axis(110, |random| random.uniform(0.01, 2.0));
    let starts = random.axis(110, |random| random.uniform(-4.0, 4.0));
    let request = asked("double-well").vary("alpha", alphas.clone()).vary_start(starts.clone()).steps(10_000);
    // Wandering orbits come by chance within gtol of ±1 unless gtol is out of reach of 10⁴ steps of 10⁴ cells.
    let fine = request.clone().gtol(1e-13).precision(Precision::F64);
    assert!(obeys(&Map::of(&cpu(), &fine), law(1e-12)) >= 12_000);
    let bounded = |alpha, x| match law(1e-6)(alpha, x) {
        Some(Law::Wanders) => Some(Law::Bounded),
        other => other,
    };
    // Above what f32 can tell apart at the wells.
    for map in on_every_engine(&[request.precision(Precision::Compensated).gtol(1e-5)]) {
        assert!(obeys(&map, bounded) >= 12_000);
    }
    let edge = |alpha: f64| (1.0 + 2.0 / alpha).sqrt();
    let bounded = |alpha, x| match law(1e-12)(alpha, x) {
        Some(Law::Diverges) => Some(Law::Diverges),
        other => other.map(|_| Law::Bounded),
    };
    straddles(&fine, &mut random, (0.05, 2.0), edge, bounded);
}

/// With x ← x(1−α+αx) the descent is the logistic map at r = 1+α. Bands: 1e-5 (f32), 1e-11 (f64) of the edges −1/α and
/// 1, which repel by 1+α ≥ 1.1 each step; |α − 2| < 0.003, where 0 attracts or repels too slowly for 10⁴ steps.
#[test]
fn the_logistic_map_is_bounded_and_settles_where_the_textbook_says() {
    let law = |band: f64| {
        move |alpha: f64, x: f64| {
            let (low, high) = (-1.0 / alpha, 1.0);
            let near = |edge: f64| (x - edge).abs() < band * edge.abs();
            match () {
                () if near(low) || near(high) => None,
                () if x < low || x > high => Some(Law::Diverges),
                () if alpha < 1.997 => Some(Law::Converges),
                () if alpha > 2.003 => Some(Law::Wanders),
                () => Some(Law::Bounded),
            }
        }
    };
    let mut random = Random(6);
    let alphas = random.axis(110, |random| random.uniform(0.1, 2.99));
    let starts = random.axis(110, |random| random.uniform(-2.0, 1.5));
    let request = asked("logistic-map").vary("alpha", alphas.clone()).vary_start(starts.clone()).steps(10_000);
    let fine = request.clone().gtol(1e-13).precision(Precision::F64);
    assert!(obeys(&Map::of(&cpu(), &fine), law(1e-11)) >= 12_000);
    let bounded = |alpha, x| match law(1e-5)(alpha, x) {
        Some(Law::Wanders) => Some(Law::Bounded),
        other => other,
    };
    // Above what f32 can tell apart at the wells.
    for map in on_every_engine(&[request.precision(Precision::Compensated).gtol(1e-5)]) {
        assert!(obeys(&map, bounded) >= 12_000);
    }
    let bounded = |alpha, x| match law(1e-12)(alpha, x) {
        Some(Law::Diverges) => Some(Law::Diverges),
        other => other.map(|_| Law::Bounded),
    };
    straddles(&fine, &mut random, (0.1, 2.99), |_| 1.0, bounded);
}

/// Period of the orbit that a descent on the logistic map ends in, up to 16.
fn period(alpha: f64) -> Option<u64> {
    let after = |steps: u64| {
        let request = asked("logistic-map").vary("alpha", along(&alpha.to_string())).set("x_start", 0.3);
        Map::of(&cpu(), &request.gtol(0.0).steps(steps).precision(Precision::F64)).p(0)
    };
    let settled = after(100_000);
    (1..=16).find(|period| (after(100_000 + period) - settled).abs() < 1e-9)
}

/// The first bifurcations of the logistic map, at r − 1 (May 1976): 2, 2.449490, 2.544090, 2.564407.
#[test]
fn the_logistic_map_doubles_its_period_at_the_published_learning_rates() {
    let doublings = [(2.0, 1), (2.449_490, 2), (2.544_090, 4), (2.564_407, 8)];
    for (alpha, before) in doublings {
        assert_eq!(period(alpha - 1e-3), Some(before), "just below the doubling at {alpha}");
        assert_eq!(period(alpha + 1e-3), Some(2 * before), "just above the doubling at {alpha}");
    }
}

/// (xy−c)²/2 with α < 1/|c|. Band: 0.5 % of the ellipse's edge.
#[test]
fn a_product_converges_exactly_inside_its_ellipse() {
    const BAND: f64 = 0.005;
    let mut random = Random(7);
    let mut judged = [0, 0];
    for _ in 0..12 {
        let c = random.either_sign(0.3, 3.0);
        let alpha = random.uniform(0.1, 0.95) / c.abs();
        let reach = 2.5 / alpha.sqrt();
        let starts = [(); 2].map(|()| random.axis(33, |random| random.uniform(-reach, reach)));
        let request = asked("xy").vary("x_start", starts[0].clone()).vary("y_start", starts[1].clone());
        // Above what f32 can tell apart in the valley.
        let request = request.set("c", c).set("alpha", alpha).steps(20_000).gtol(1e-5);
        let ellipse =
            |x: f64, y: f64| (x + y).powi(2) / (4.0 * (2.0 / alpha + c)) + (x - y).powi(2) / (4.0 * (2.0 / alpha - c));
        let law = |x, y| match ellipse(x, y) {
            s if s < 1.0 - BAND => Some(Law::Converges),
            s if s > 1.0 + BAND => Some(Law::Diverges),
            _ => None,
        };
        for (count, map) in judged.iter_mut().zip(both_precisions(&request).iter().rev()) {
            *count += obeys(map, law);
        }
    }
    assert!(judged.iter().all(|judged| *judged >= 10_000), "only {judged:?} cells were judged");
}

/// At 200 random learning rates: starts 1e-3 … 1e-10 (relative) on either side of the edge end as the law says, in f64.
fn straddles(
    request: &Request,
    random: &mut Random,
    (lo, hi): (f64, f64),
    edge: impl Fn(f64) -> f64,
    law: impl Fn(f64, f64) -> Option<Law>,
) {
    for _ in 0..200 {
        let alpha = random.uniform(lo, hi);
        let sides = [-1e-3, -1e-6, -1e-10, 1e-10, 1e-6, 1e-3];
        let starts = list(sides.map(|side| edge(alpha) * (1.0 + side)));
        let mut request = request.clone().without_axes();
        request =
            request.vary("alpha", along(&format!("{alpha:e}"))).vary_start(starts.clone()).precision(Precision::F64);
        assert_eq!(obeys(&Map::of(&cpu(), &request), &law), sides.len(), "no start lies in the band");
    }
}

/// The checks above can fail: a law that is off by a percent is caught.
#[test]
fn a_wrong_law_is_caught() {
    let request = asked("quartic").vary("alpha", along("lin:0.1:4:100")).vary_start(along("lin:-6:6:100"));
    let map = Map::of(&cpu(), &request.precision(Precision::F64));
    let wrong = |alpha: f64, x: f64| Some(if alpha * x * x > 2.02 { Law::Diverges } else { Law::Bounded });
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| obeys(&map, wrong)));
    assert!(caught.is_err(), "a boundary one percent away went unnoticed");
}
