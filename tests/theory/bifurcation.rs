//! What descents visit as one number moves: published doublings, closed forms, another program's periods, and the files as a
//! user gets them.

use crate::common::{along, asked, read};
use alphasweep::analysis::bifurcation::{Asked, Bifurcation, Change, ChangeKind, ComesTo, Orbit};
use alphasweep::sweep::{Precision, Request};
use assert_cmd::Command;
use std::fs;
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

fn found(request: Request, asked: Asked) -> Bifurcation {
    let spec = request.precision(Precision::F64).gtol(0.0).resolve().expect("a sweep");
    Bifurcation::new(spec, asked, &AtomicBool::new(false)).expect("a map that can be derived")
}

const USUAL: Asked = Asked { steps: 2000, visits: 1000 };

fn logistic(alpha: &str) -> Request {
    logistic_from(0.5, alpha)
}

fn logistic_from(start: f64, alpha: &str) -> Request {
    asked("logistic-map").vary("alpha", along(alpha)).set("x_start", start)
}

fn doubling(found: &Bifurcation, period: usize) -> &Change {
    let mut all = found.doublings().filter(|change| change.period == period);
    let first = all.next().unwrap_or_else(|| panic!("a doubling of period {period} in {:?}", found.changes));
    assert!(all.next().is_none(), "one doubling of period {period} in {:?}", found.changes);
    first
}

/// May 1976 and the tables since: r = 1 + α doubles at 3, 3.449490, 3.544090, 3.564407, 3.568759; the second is 1 + √6.
const PUBLISHED: [(usize, f64); 5] = [(1, 2.0), (2, 2.449_490), (4, 2.544_090), (8, 2.564_407), (16, 2.568_759)];

fn worst_of_published(found: &Bifurcation) -> f64 {
    let off = |(period, at): &(usize, f64)| {
        let mut all = found.doublings().filter(|change| change.period == *period).map(|change| (change.at - at).abs());
        all.next().unwrap_or(f64::INFINITY)
    };
    PUBLISHED.iter().map(off).fold(0.0, f64::max)
}

#[test]
fn the_logistic_map_doubles_where_it_is_published() {
    let found = found(logistic("lin:1.5:2.57:1071"), USUAL);
    for (period, at) in PUBLISHED {
        let change = doubling(&found, period);
        assert!((change.at - at).abs() < 1e-6, "period {period}: {} for {at}", change.at);
        assert!(change.error < 1e-6 && (change.multiplier.re + 1.0).abs() < 1e-6, "{change:?}");
        assert_eq!((change.points.len(), change.multiplier.im), (period, 0.0));
    }
    assert!((doubling(&found, 2).at - 6.0_f64.sqrt()).abs() < 1e-10, "{}", doubling(&found, 2).at);
    assert!((doubling(&found, 1).at - 2.0).abs() < 1e-10);
    // Feigenbaum's ratio is on its way to 4.669.
    let gap = |period: usize| doubling(&found, 2 * period).at - doubling(&found, period).at;
    let ratio = gap(4) / gap(8);
    assert!((ratio - 4.669).abs() < 0.02, "{ratio}");
}

#[test]
fn another_map_does_not_double_there() {
    let other = asked("x^2/2 - x^3/3 + x^5/40").vary("alpha", along("lin:1.5:2.57:1071")).set("x_start", 0.5);
    assert!(worst_of_published(&found(other, USUAL)) > 1e-3);
    assert!(worst_of_published(&found(logistic("lin:1.5:2.57:1071"), USUAL)) < 1e-6);
}

/// A grid that has few values on each cycle, and none on some, finds the same places.
#[test]
fn doublings_do_not_depend_on_the_grid() {
    let coarse = found(logistic("lin:1.61:2.553:24"), USUAL);
    for period in [1, 2] {
        let at = PUBLISHED.iter().find(|(known, _)| *known == period).expect("a row").1;
        assert!((doubling(&coarse, period).at - at).abs() < 1e-6, "{:?}", coarse.changes);
    }
}

#[test]
fn the_window_of_period_three_opens_at_the_root_of_eight_with_a_multiplier_of_one() {
    let found = found(logistic("lin:2.82:2.85:61"), USUAL);
    let mut folds = found.changes.iter().filter(|change| (change.period, change.kind) == (3, ChangeKind::PlusOne));
    let fold = folds.next().expect("a fold");
    assert!((fold.at - 8.0_f64.sqrt()).abs() < 1e-6, "{} for {}", fold.at, 8.0_f64.sqrt());
    assert!((doubling(&found, 3).at - 2.841_499).abs() < 1e-6, "{}", doubling(&found, 3).at);
}

#[test]
fn the_lyapunov_exponent_at_three_is_the_logarithm_of_two() {
    let exponent = |alpha: &str| {
        let found = found(logistic(alpha), Asked { steps: 500, visits: 200_000 });
        found.orbits[0].lyapunov.expect("an orbit that stays")
    };
    let at_three = exponent("lin:3:3.0000001:2");
    let off = (at_three.value - 2.0_f64.ln()).abs();
    assert!(off < 1e-3 && off <= 5.0 * at_three.error, "{at_three:?}");
    let before = exponent("lin:2.9:2.91:2");
    assert!((before.value - 2.0_f64.ln()).abs() > 0.1, "{before:?}");
    // Of a point of rest with multiplier 1 − α it is known.
    let rest = found(logistic("lin:1.3:1.4:2"), USUAL).orbits[0].lyapunov.expect("a point of rest");
    assert!((rest.value - 0.3_f64.ln()).abs() < 1e-12 && rest.error == 0.0, "{rest:?}");
}

/// The period of x → x(1 − α + αx) by a loop that shares nothing with the project; 0 where there is none up to 64.
fn plain_period(alpha: f64) -> usize {
    let mut x: f64 = 0.5;
    for _ in 0..2_000_000 {
        x *= 1.0 - alpha + alpha * x;
    }
    let mut after = Vec::new();
    for _ in 0..64 {
        x *= 1.0 - alpha + alpha * x;
        after.push(x);
    }
    let first = after[63];
    let mut again = first;
    for period in 1..=64 {
        again *= 1.0 - alpha + alpha * again;
        if (again - first).abs() < 1e-9 {
            return period;
        }
    }
    0
}

#[test]
fn periods_are_those_of_a_plain_loop() {
    let found = found(logistic("lin:1.37:2.97:160"), Asked { steps: 20_000, visits: 2000 });
    let mut compared = 0;
    for orbit in found.of_start(0) {
        let alpha = found.value(orbit);
        // Where a cycle is about to fork, a loop takes for ever.
        if found.changes.iter().any(|change| (change.at - alpha).abs() < 1e-4) {
            continue;
        }
        compared += 1;
        assert_eq!(orbit.period().unwrap_or(0), plain_period(alpha), "α = {alpha}: {:?}", orbit.comes_to);
    }
    assert!(compared > 140, "{compared} of 160");
    let periods: Vec<usize> = found.of_start(0).iter().filter_map(Orbit::period).collect();
    assert!([1, 2, 4].iter().all(|period| periods.contains(period)), "{periods:?}");
    assert!(found.orbits.iter().any(Orbit::is_chaotic));
}

/// Two numbers are carried: the doubling of the heavy ball is at (2 + 2m)/λ.
#[test]
fn a_rule_with_a_state_doubles_where_its_limit_is() {
    let request = logistic_from(0.1, "lin:2.5:3.2:71").rule(read("momentum")).set("momentum", 0.5);
    let found = found(request, USUAL);
    assert!((doubling(&found, 1).at - 3.0).abs() < 1e-9, "{:?}", found.changes);
    assert_eq!(doubling(&found, 1).points[0].len(), 2, "parameter and state");
}

/// A step by the slope before the last one: μ² − μ + α = 0 at the minimum, whose roots leave the unit circle at α = 1.
#[test]
fn a_complex_pair_is_named() {
    let late = read("d = old; old = g; delta = -alpha*d");
    let found = found(logistic_from(0.05, "lin:0.7:1.05:36").rule(late), USUAL);
    let pair = found.changes.iter().find(|change| change.kind == ChangeKind::Pair).expect("a pair");
    assert!((pair.at - 1.0).abs() < 1e-9 && pair.period == 1, "{pair:?}");
    assert!((pair.multiplier.re - 0.5).abs() < 1e-6 && (pair.multiplier.im.abs() - 0.75_f64.sqrt()).abs() < 1e-6);
}

/// Any knob moves, not the learning rate alone: the curvature c doubles at 2/α.
#[test]
fn any_number_can_move() {
    let request = asked("c*x^2/2 - x^3/3").constant("c", 1.0).vary("c", along("lin:0.8:1.2:41"));
    let found = found(request.set("alpha", 2.0).set("x_start", 0.2), USUAL);
    assert!((doubling(&found, 1).at - 1.0).abs() < 1e-9, "{:?}", found.changes);
}

#[test]
fn what_cannot_be_told_is_said_to_be_unknown() {
    let valley = asked("xy").vary("alpha", along("lin:0.3:1.3:101")).set("x_start", 1.6).set("y_start", 0.3);
    let found = found(valley, USUAL);
    assert!(found.orbits.iter().any(|orbit| matches!(orbit.comes_to, ComesTo::Repeats { .. })), "in a valley");
    assert!(found.doublings().all(|change| change.period > 1), "{:?}", found.changes);
    assert!(found.unknown.iter().any(|why| why.contains("not isolated")), "{:?}", found.unknown);
    let parabola = asked("lecture").vary("alpha", along("lin:3:5:41")).set("beta_start", -10.0);
    let parabola = self::found(parabola, USUAL);
    let diverged = parabola.orbits.iter().filter(|orbit| orbit.comes_to == ComesTo::Diverged).count();
    assert_eq!(diverged, 20, "beyond 4");
    assert!((doubling(&parabola, 1).at - 4.0).abs() < 1e-9, "{:?}", parabola.changes);
}

/// Near its end a descent settles so slowly that no period is told; the cycle is followed past that.
#[test]
fn a_limit_between_orbits_that_have_not_settled_is_found() {
    let hours = found(asked("hours").vary("alpha", along("lin:0.2:0.23:300")).set("w_start", 1.0), USUAL);
    assert!(hours.orbits.iter().any(|orbit| orbit.comes_to == ComesTo::Aperiodic), "beside the limit");
    assert!((doubling(&hours, 1).at - 3.0 / 14.0).abs() < 1e-9, "{:?}", hours.changes);
}

#[test]
fn several_starts_find_each_their_own_and_every_change_once() {
    let wells = asked("double-well").vary("alpha", along("lin:0.8:1.4:61")).vary_start(along("-0.5,0.5"));
    let found = found(wells, USUAL);
    assert_eq!(found.orbits.len(), 122);
    let ends: Vec<f64> = (0..2).map(|start| found.of_start(start)[0].visited[0]).collect();
    assert!((ends[0] + 1.0).abs() < 1e-6 && (ends[1] - 1.0).abs() < 1e-6, "{ends:?}");
    assert!((doubling(&found, 1).at - 1.0).abs() < 1e-9);
}

fn alphasweep(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    command.current_dir(folder).arg("bifurcation").args(arguments);
    command
}

#[test]
fn the_files_hold_what_was_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["logistic-map", "--alpha", "lin:1.9:2.5:61", "--visits", "300"];
    let output = alphasweep(&folder, &arguments).assert().success().get_output().clone();
    let told = String::from_utf8(output.stderr).expect("text");
    assert!(told.contains("period 1 → 2 at alpha = 2.00000000"), "{told}");
    let file = |name: &str| fs::read_to_string(folder.path().join("bifurcation-out").join(name)).expect(name);
    let doublings = file("doublings.csv");
    let mut lines = doublings.lines();
    assert_eq!(lines.next(), Some("alpha,error,kind,period,period_after,multiplier,multiplier_imaginary,x"));
    let second: Vec<&str> = lines.nth(1).expect("two doublings").split(',').collect();
    assert!((second[0].parse::<f64>().expect("a number") - 2.449_489_742_783_178).abs() < 1e-6, "{second:?}");
    assert_eq!((second[2], second[3], second[4]), ("period doubling", "2", "4"));
    let points = file("points.csv");
    assert!(points.starts_with("alpha,step,x\n1.9,2300,"), "{}", &points[..60]);
    // One row at rest, two and four on the cycles.
    let rows = |alpha: &str| points.lines().filter(|line| line.starts_with(&format!("{alpha},"))).count();
    assert_eq!([rows("1.9"), rows("2.2"), rows("2.48")], [1, 2, 4]);
    let json: serde_json::Value = serde_json::from_str(&file("bifurcation.json")).expect("JSON");
    assert_eq!(json["changes"].as_array().expect("a list").len(), 2);
    assert_eq!(json["orbits"][60]["period"], 4);
    let png = fs::read(folder.path().join("bifurcation-out/bifurcation.png")).expect("the picture");
    assert_eq!(&png[1..4], b"PNG");
}

#[test]
fn stdout_carries_the_points_and_mistakes_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let few = ["logistic-map", "--alpha", "lin:2.1:2.2:2", "--csv", "-", "--no-png"];
    let output = alphasweep(&folder, &few).assert().success().get_output().clone();
    assert_eq!(String::from_utf8(output.stdout).expect("text").lines().count(), 5);
    let cases: [(&[&str], &str); 6] = [
        (&["--alpha", "0.1,0.2"], "lin:LO:HI:N"),
        (&["--alpha", "lin:1:2:9", "--of", "z"], "There are x"),
        (&["--alpha", "lin:1:2:9", "--vary", "alpha=lin:1:2:3"], "one number moves"),
        (&["--alpha", "lin:1:2:9", "--start", "lin:0:1:9"], "at most 8 starts"),
        (&["--alpha", "lin:1:2:9", "--rule", "langevin"], "noise"),
        (&["--alpha", "lin:1:2:9", "--start", "0.4,0.5,0.6,0.7", "--visits", "1000000"], "take fewer"),
    ];
    for (arguments, expected) in cases {
        let all = [&["logistic-map"], arguments].concat();
        let output = alphasweep(&folder, &all).assert().code(2).get_output().clone();
        let told = String::from_utf8(output.stderr).expect("text");
        assert!(told.starts_with("error: ") && told.contains(expected), "{arguments:?}: {told}");
    }
}
