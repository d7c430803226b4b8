//! Descents that once got the wrong word, and what is right.

use crate::common::{Map, along, asked, cpu, everywhere, read};
use alphasweep::sweep::{Outcome, Precision, Request};
use assert_cmd::Command;

fn wide(request: Request) -> Map {
    Map::of(&cpu(), &request.precision(Precision::F64))
}

fn counts(map: &Map, outcome: Outcome) -> usize {
    map.cells.outcome.iter().filter(|word| **word == outcome).count()
}

#[test]
fn a_saddle_is_unstable() {
    let request = asked("x^2 - y^2").vary("alpha", along("log:1e-2:0.9:20")).vary_start(along("lin:-4:4:5"));
    for map in everywhere(&request.set("y_start", 0.0)) {
        assert_eq!(counts(&map, Outcome::Converged), 0, "{}", map.label);
        // |1−2α| < 1; the slowest has 0.98ᵏ.
        assert_eq!(counts(&map, Outcome::Unstable), map.len(), "{}", map.label);
    }
}

#[test]
fn a_maximum_is_unstable() {
    for map in everywhere(&asked("cos(x)").vary("alpha", along("log:1e-2:4:60")).vary_start(along("0"))) {
        assert_eq!(counts(&map, Outcome::Unstable), 60, "{}", map.label);
    }
}

/// The slope of √ at 0 is 0 by convention: w = 2 fits all hours, and has arrived.
#[test]
fn a_root_of_zero_is_an_arrival() {
    let request = asked("sqrt(mean((w*x-y)^2))").data(hours()).vary("alpha", along("0.1"));
    for map in everywhere(&request.vary_start(along("2"))) {
        assert_eq!((map.outcome(0), map.steps(0), map.loss(0)), (Outcome::Converged, 0, 0.0), "{}", map.evidence(0));
    }
}

fn hours() -> alphasweep::problem::Data {
    alphasweep::problem::parse_csv(b"x,y\n1,2\n2,4\n3,6\n", "hours.csv").expect("a table")
}

/// Above α = 1 no well attracts: orbits pass by them, or rest on the hill between them.
#[test]
fn chaos_between_two_wells_never_converges() {
    let request = asked("(x^2-1)^2/4").vary("alpha", along("lin:1.65:1.99:100")).vary_start(along("lin:-1.3:1.3:100"));
    let map = wide(request.steps(100_000));
    assert_eq!(counts(&map, Outcome::Converged), 0);
    assert_eq!(counts(&map, Outcome::Diverged), 0, "|x| stays below √(1+2/α)");
    assert!(counts(&map, Outcome::Oscillating) > map.len() * 9 / 10);
}

/// At α = 1/λ the first step is on the minimum, and flies on.
#[test]
fn momentum_does_not_arrive_in_one_step() {
    let request = asked("x^2").rule(read("momentum")).vary("alpha", along("lin:0.1:1.9:19"));
    for map in everywhere(&request.vary_start(along("lin:-3:3:40"))) {
        for cell in 0..map.len() {
            assert!(map.outcome(cell) != Outcome::Converged || map.steps(cell) > 100, "{}", map.evidence(cell));
        }
    }
}

/// Curvature without end at 0: x ends in a cycle between ±(α/2)².
#[test]
fn a_cusp_oscillates() {
    let map = wide(asked("2/3*abs(x)^1.5").vary("alpha", along("0.2")).vary_start(along("1")).steps(100_000));
    assert_eq!(map.outcome(0), Outcome::Oscillating, "{}", map.evidence(0));
    assert!((map.p(0).abs() - 0.01).abs() < 1e-9, "{}", map.evidence(0));
}

/// Huber's loss: a parabola that goes on as lines. Beyond α = 2 descents cycle across it, and never rise.
#[test]
fn a_cycle_on_hubers_loss_does_not_rise() {
    let request = asked("select(abs(x)<=1, x^2/2, abs(x)-0.5)").vary("alpha", along("lin:0.2:12:60"));
    let map = wide(request.vary_start(along("20.3")).steps(5000));
    for cell in 0..map.len() {
        match map.x(cell) {
            below if below < 1.99 => assert_eq!(map.outcome(cell), Outcome::Converged, "{}", map.evidence(cell)),
            above if above > 2.01 => assert_eq!(map.outcome(cell), Outcome::Oscillating, "{}", map.evidence(cell)),
            _ => assert!(!map.outcome(cell).gets_worse(), "{}", map.evidence(cell)),
        }
    }
}

/// A loss in small units is as hard as in any other: 1e-7·x² has arrived where x² has with α times 1e-7.
#[test]
fn small_units_are_not_an_arrival() {
    let request =
        |objective: &str, alpha: &str| asked(objective).vary("alpha", along(alpha)).vary_start(along("lin:-4:4:8"));
    let small = wide(request("1e-7*x^2", "log:1e-10:10:30"));
    assert_eq!(counts(&small, Outcome::Converged), 0, "10·2e-7 is 2e-6 of the distance a step");
    let (small, plain) = (wide(request("1e-7*x^2", "1e6,5e6,9e6")), wide(request("x^2", "0.1,0.5,0.9")));
    assert_eq!((&small.cells.outcome, &small.cells.steps), (&plain.cells.outcome, &plain.cells.steps));
    assert_eq!(counts(&small, Outcome::Converged), small.len());
}

/// Prices in thousands or in units: the same descents.
#[test]
fn large_units_do_not_keep_a_descent_from_arriving() {
    let request = asked("mean((1e6*(w*x-y))^2)").data(hours()).vary("alpha", along("1e-13,1e-14"));
    let map = wide(request.vary_start(along("-5,7")));
    assert_eq!(counts(&map, Outcome::Converged), 4, "{}", map.evidence(0));
}

/// Far out the numbers of f32 are farther apart than the difference is wide: its slope is 0, and the start has "converged".
/// f64 converges too, to another place.
#[test]
fn equal_words_are_not_equal_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["sweep", "(x-3)^2", "--gradient", "central:1e-6", "--start", "1000", "--alpha", "0.1"];
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    command.current_dir(&folder).args(arguments).args(["--precision", "f32", "--check", "1", "--engine", "cpu"]);
    let output = command.output().expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    // Refused, or found by the check.
    assert!(matches!(output.status.code(), Some(1 | 2)), "{told}");
    assert!(output.status.code() == Some(2) || told.contains("loss 9.940e5 here"), "{told}");
}
