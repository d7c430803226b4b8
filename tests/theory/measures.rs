//! `--measure`: what is measured of descents, against what is known of them by other means.

use crate::common::{EVERY_PRECISION, Map, along, asked, cpu, everywhere, gpu, read, skipped};
use crate::sweep_files::files;
use alphasweep::engine::Output;
use alphasweep::sweep::{Measure, Outcome, Path, Place, Precision, Request, SameClass};
use assert_cmd::Command;
use tempfile::TempDir;

const ALL: [Measure; 6] =
    [Measure::Minimum, Measure::Period, Measure::Lyapunov, Measure::Sharpness, Measure::LossBest, Measure::PathLength];

/// A measure of every cell.
fn measured(map: &Map, measure: Measure) -> Vec<f64> {
    let column = map.spec.columns.iter().find(|column| column.name == measure.name()).expect("it is measured");
    let Place::Measure(at) = column.place else { panic!("a measure is one") };
    map.cells.measures[at].clone()
}

fn on_cpu(request: &Request, measure: Measure) -> (Map, Vec<f64>) {
    let map = Map::of(&cpu(), &request.clone().precision(Precision::F64).measure(measure));
    let found = measured(&map, measure);
    (map, found)
}

fn logistic(alpha: &str) -> Request {
    asked("logistic-map").vary("alpha", along(alpha)).set("x_start", 0.3)
}

/// x ← x − α·(x − x²), in plain numbers.
fn logistic_orbit(alpha: f64, start: f64, steps: usize) -> Vec<f64> {
    let next = |x: &f64| Some(x - alpha * (x - x * x));
    std::iter::successors(Some(start), next).take(steps + 1).collect()
}

// Lyapunov exponents.

#[test]
fn chaos_of_the_logistic_map_has_the_exponent_ln_2() {
    let request = asked("logistic-map").vary("alpha", along("3")).vary("x_start", along("lin:0.1:0.4:64"));
    let request = request.steps(40_000);
    let (map, found) = on_cpu(&request, Measure::Lyapunov);
    let there: Vec<f64> = found.into_iter().filter(|value| value.is_finite()).collect();
    assert!(there.len() > 60, "nearly none leaves the interval by rounding: {} of {}", there.len(), map.len());
    let mean = there.iter().sum::<f64>() / there.len() as f64;
    assert!((mean - 2.0_f64.ln()).abs() < 5e-4, "{mean} for ln 2 (Ruelle: the map is conjugate to the tent)");
}

/// The sibling: next to it the exponent is another.
#[test]
fn the_exponent_next_to_it_is_not_ln_2() {
    let (_, found) = on_cpu(&logistic("2.95").steps(200_000), Measure::Lyapunov);
    assert!((found[0] - 2.0_f64.ln()).abs() > 0.02, "{found:?}");
}

#[test]
fn on_a_parabola_every_step_multiplies_an_error_by_1_minus_alpha_lambda() {
    let alphas = "0.1,0.3,0.5,0.9,1.1,1.9,1.99";
    for map in everywhere(&asked("(x-1)^2").vary("alpha", along(alphas)).set("x_start", 4.0).measure(Measure::Lyapunov))
    {
        for (cell, found) in measured(&map, Measure::Lyapunov).into_iter().enumerate() {
            let expected = (1.0 - 2.0 * map.x(cell)).abs().max(1e-30).ln();
            let near = if map.spec.precision == Precision::F64 { 1e-12 } else { 2e-6 };
            if map.outcome(cell) == Outcome::Diverged {
                assert!(found.is_nan(), "{}: nobody knows where it goes", map.evidence(cell));
            } else {
                let apart = (found - expected).abs() / (1.0 + expected.abs());
                assert!(apart < near, "{}: {found} for {expected}", map.evidence(cell));
            }
        }
    }
}

/// The step matrix of a heavy ball has the eigenvalues √m·e^{±iφ} where they are complex (Polyak 1964): errors shrink by √m.
#[test]
fn a_heavy_ball_shrinks_errors_by_the_root_of_its_momentum() {
    let request = asked("x^2/2").rule(read("momentum")).set("momentum", 0.81).set("x_start", 3.0);
    let request = request.vary("alpha", along("0.5,1,2")).gtol(0.0).steps(20_000);
    let (_, found) = on_cpu(&request, Measure::Lyapunov);
    for value in found {
        assert!((value - 0.9_f64.ln()).abs() < 1e-3, "{value} for ln 0.9");
    }
}

// Periods.

/// The smallest p after which a long orbit comes back, by another program.
fn period_of(orbit: &[f64]) -> f64 {
    let last = orbit[orbit.len() - 1];
    let near = |back: usize| (orbit[orbit.len() - 1 - back] - last).abs() <= 1e-9;
    (1..=64).find(|p| near(*p) && near(2 * p)).map_or(0.0, |p| f64::from(u32::try_from(p).expect("small")))
}

#[test]
fn periods_are_those_that_another_program_finds() {
    let request = logistic("lin:0.5:2.99:400").steps(30_000).gtol(0.0);
    let (map, found) = on_cpu(&request, Measure::Period);
    let mut kinds = std::collections::BTreeSet::new();
    for (cell, found) in found.iter().enumerate() {
        let expected = period_of(&logistic_orbit(map.x(cell), 0.3, 30_000));
        assert_eq!(*found, expected, "{}", map.evidence(cell));
        kinds.insert(expected as u32);
    }
    assert!([0, 1, 2, 4, 8].iter().all(|kind| kinds.contains(kind)), "both kinds and the first doublings: {kinds:?}");
}

#[test]
fn what_rests_has_period_1_and_what_is_on_its_way_or_gone_has_none() {
    let request = asked("lecture").vary("alpha", along("1e-10,1e-3,1,4,4.05")).set("beta_start", -9.0);
    let (map, found) = on_cpu(&request, Measure::Period);
    let words = [Outcome::Level, Outcome::Descending, Outcome::Converged, Outcome::Oscillating, Outcome::Diverged];
    assert_eq!(map.cells.outcome, words);
    assert_eq!(found, [0.0, 0.0, 1.0, 2.0, 0.0]);
}

// Losses and lengths, against the whole path.

#[test]
fn best_loss_and_length_are_those_of_the_path() {
    for precision in EVERY_PRECISION {
        let request = asked("himmelblau").vary("alpha", along("0.001,0.01,0.02,0.03")).precision(precision);
        let request = request.vary("x0_start", along("lin:-4:4:5")).set("x1_start", 1.5).steps(300);
        let map = Map::of(&cpu(), &request.measure(Measure::LossBest).measure(Measure::PathLength));
        let [best, length] = [Measure::LossBest, Measure::PathLength].map(|measure| measured(&map, measure));
        let mut moved = 0;
        for cell in 0..map.len() {
            let place = (cell % map.spec.nx(), cell / map.spec.nx());
            let path = Path::follow(&map.spec, place, map.steps(cell));
            let shown = path.shown;
            let lowest = path.losses[..=shown].iter().copied().fold(f64::INFINITY, f64::min);
            assert_eq!(best[cell], lowest, "{}", map.evidence(cell));
            let step = |k: usize| {
                let parts = path.parameters.iter().map(|list| list[k + 1] - list[k]);
                parts.map(|part| part * part).sum::<f64>().sqrt()
            };
            let expected: f64 = (0..shown).map(step).sum();
            let near = if precision == Precision::F64 { 1e-12 } else { 1e-5 };
            assert!((length[cell] - expected).abs() <= near * (1.0 + expected), "{}: {expected}", map.evidence(cell));
            moved += usize::from(best[cell] < map.loss(cell));
        }
        assert!(moved > 0, "some end above their best, or nothing is told");
    }
}

// Sharpness.

#[test]
fn sharpness_at_known_minima_is_the_published_curvature() {
    // Eigenvalues of the Hessians in closed form, and to ten digits.
    let known = [("rosenbrock", [1.0, 1.0], 1_001.600_639), ("booth", [1.0, 3.0], 18.0), ("matyas", [0.0, 0.0], 1.0)];
    for (name, [x0, x1], expected) in known {
        let request = asked(name).vary("alpha", along("1e-9")).set("x0_start", x0).set("x1_start", x1).steps(1);
        let (map, found) = on_cpu(&request, Measure::Sharpness);
        let apart = (found[0] - expected).abs() / expected;
        assert!(apart < 1e-6, "{name}: {} for {expected}; {}", found[0], map.evidence(0));
    }
}

/// The sibling: away from the minimum it is another number.
#[test]
fn sharpness_elsewhere_is_another() {
    let request = asked("rosenbrock").vary("alpha", along("1e-9")).set("x0_start", 0.9).set("x1_start", 1.0).steps(1);
    let (_, found) = on_cpu(&request, Measure::Sharpness);
    assert!((found[0] - 1_001.600_639).abs() > 1.0, "{found:?}");
}

// Minima, which the whole map tells.

fn classes(request: &Request) -> (Map, Vec<f64>) {
    let mut map = Map::of(&cpu(), &request.clone().precision(Precision::F64).measure(Measure::Minimum));
    let sweep = alphasweep::sweep::Sweep::from(&map.spec);
    let mut classing = alphasweep::analysis::Classing::of(&sweep).expect("it is measured");
    classing.tile(&map.cells).expect("memory");
    classing.classes(&sweep).expect("a formula").tell(&mut map.cells);
    let found = measured(&map, Measure::Minimum);
    (map, found)
}

/// Of Himmelblau's four minima two have α_c = 2/λmax above 0.0242: those at (3, 2) and (−2.805, 3.131).
#[test]
fn at_0_0242_descent_reaches_exactly_two_of_himmelblau_s_minima() {
    let request = asked("himmelblau").set("alpha", 0.0242).steps(20_000);
    let request = request.vary("x0_start", along("lin:-5:5:48")).vary("x1_start", along("lin:-5:5:48"));
    let (map, found) = classes(&request);
    let mut reached = std::collections::BTreeMap::new();
    for cell in (0..map.len()).filter(|cell| found[*cell] > 0.0) {
        let [x, y] = [0, 1].map(|at| map.cells.parameters[at][cell]);
        let place = [(3.0, 2.0), (-2.805_118_1, 3.131_312_5)].iter().position(|(a, b)| (x - a).hypot(y - b) < 1e-3);
        let place = place.unwrap_or_else(|| panic!("{}", map.evidence(cell)));
        assert_eq!(*reached.entry(found[cell] as u32).or_insert(place), place, "one number, one place");
    }
    assert_eq!(reached.len(), 2, "{reached:?}");
    assert!((0..map.len()).all(|cell| (found[cell] > 0.0) == map.outcome(cell).has_arrived()));
}

#[test]
fn minima_of_one_loss_may_share_a_number_and_the_lowest_is_1() {
    let request = asked("(x^2-1)^2 + x/5").vary("alpha", along("0.05")).vary("x_start", along("lin:-2:2:40"));
    let (map, found) = classes(&request);
    for (cell, found) in found.iter().enumerate() {
        // The slope makes the left one lower.
        let expected = if map.p(cell) < 0.0 { 1.0 } else { 2.0 };
        assert_eq!(*found, expected, "{}", map.evidence(cell));
    }
    let mut twins = asked("(x^2-1)^2").vary("alpha", along("0.05")).vary("x_start", along("lin:-2:2.1:40"));
    let (_, apart) = classes(&twins);
    assert!(apart.contains(&1.0) && apart.contains(&2.0));
    twins.same_class = SameClass::Loss;
    let (_, together) = classes(&twins);
    assert!(together.iter().all(|class| *class == 1.0), "{together:?}");
}

// Engines.

/// Formulas whose steps use all that measures must go along with: state, batches, data, kinks.
fn of_all_kinds() -> Vec<Request> {
    let both = |request: Request| request.vary("alpha", along("log:1e-4:3:17"));
    vec![
        both(asked("lecture")).vary("beta_start", along("lin:-10:10:7")),
        both(asked("himmelblau").rule(read("adam"))).vary("x0_start", along("lin:-5:5:7")),
        both(asked("rosenbrock").rule(read("nesterov"))).vary("x0_start", along("lin:-2:2:7")),
        both(asked("hours").batch(read("each"))).vary("w_start", along("lin:-1:4:7")),
        both(asked("abs(x) + x^2/4")).vary("x_start", along("lin:-3:3:7")),
    ]
}

#[test]
fn every_engine_measures_the_same() {
    let (native, interpreted, gpu) = (cpu(), cpu().interpreted(), gpu());
    for request in of_all_kinds() {
        for precision in EVERY_PRECISION {
            let request = ALL.into_iter().fold(request.clone().precision(precision), Request::measure);
            let map = Map::of(&native, &request);
            map.bit_differences(&Map::of(&interpreted, &request)).none("machine code and interpreter");
            let Some(gpu) = &gpu else { continue };
            match gpu.check(&crate::common::resolved(&request).into()) {
                Ok(()) if crate::common::on_lavapipe() => {
                    map.bit_differences(&Map::of(gpu, &request)).none("CPU and GPU");
                }
                Ok(()) => {}
                Err(why) => skipped("one precision on the GPU", &why.to_string()),
            }
        }
    }
}

/// What is measured changes nothing of what is not.
#[test]
fn measuring_changes_no_descent() {
    for request in of_all_kinds() {
        let plain = Map::of(&cpu(), &request);
        let mut with = Map::of(&cpu(), &ALL.into_iter().fold(request, Request::measure));
        with.cells.measures.clear();
        plain.bit_differences(&with).none("with and without measures");
    }
}

// The command.

fn alphasweep(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    command.current_dir(folder).args(arguments);
    command
}

const MAP: &[&str] = &[
    "sweep",
    "himmelblau",
    "--alpha",
    "log:1e-3:0.1:24",
    "--start",
    "lin:-5:5:20",
    "--engine",
    "cpu",
    "--quiet",
    "--measure",
    "period",
    "--measure",
    "minimum",
    "--measure",
    "lyapunov",
    "--map",
    "minimum",
    "--map",
    "period",
];

#[test]
fn parts_put_together_are_the_sweep_in_one() {
    let folder = tempfile::tempdir().expect("a folder");
    alphasweep(&folder, MAP).args(["--out", "whole"]).assert().success();
    for part in ["1/3", "2/3", "3/3"] {
        let out = format!("part{}", &part[..1]);
        let arguments = ["--shard", part, "--out", &out];
        alphasweep(&folder, MAP).args(arguments).assert().success();
    }
    alphasweep(&folder, &["merge", "part1", "part2", "part3", "--out", "merged", "--quiet"]).assert().success();
    let [whole, merged] =
        ["whole", "merged"].map(|out| std::fs::read(folder.path().join(out).join("losses.csv")).expect("a CSV"));
    assert_eq!(whole, merged);
    alphasweep(&folder, &["rerun", "whole/sweep.json", "--quiet"]).assert().success();
    assert!(files(&folder.path().join("whole")).iter().any(|(name, _)| name == "map-minimum.png"));
}

#[test]
fn a_measure_that_is_none_and_a_map_of_one_that_was_not_taken_are_refused_with_the_way_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = |arguments: &[&str]| {
        let output = alphasweep(&folder, arguments).assert().code(2).get_output().clone();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let wrong = said(&["sweep", "--measure", "periods"]);
    assert!(wrong.contains("--measure") && wrong.contains("did you mean `period`?"), "{wrong}");
    let missing = said(&["sweep", "--map", "lyapunov"]);
    assert!(missing.contains("add --measure lyapunov"), "{missing}");
    let network = said(&["sweep", "two-layer", "--measure", "period"]);
    assert!(network.contains("--measure") && network.contains("leave it out"), "{network}");
}
