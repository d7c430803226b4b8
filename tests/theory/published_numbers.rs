//! Numbers that others printed, or that numpy gives for their recipes: the texts this project was made from.
//!
//! "Published" rows stand in lecture notes and posts, "computed" rows were recomputed in numpy from the text's own recipe. Neither knows this project. All are after exactly that many steps,
//! so with `gtol` 0.

#![allow(clippy::unreadable_literal, reason = "published numbers stand as they were printed")]

use crate::common::{Map, Mismatches, Tolerance, along, asked, cpu, everywhere, gpu, is_lavapipe, list};
use alphasweep::engine::gpu::{GpuEngine, GpuOptions};
use alphasweep::sweep::{Axis, Outcome, Precision, Request};

/// The lecture's α = 0.01/6, as f64 holds it.
const LECTURE_ALPHA: &str = "0.0016666666666666668";

/// Compensated f32 rounds α, data and each increment to f32 (6e-8 relative), and over a descent these add up to no more
/// than about a thousandth part of a percent. A loss that grows multiplies it: 4.05 grows 2.6 % a step for 100 steps.
const COMPENSATED: Tolerance = Tolerance { absolute: 1e-6, relative: 1e-5 };

/// (objective, α, steps, parameter after them), in f64 to the last printed digit.
const NUMPY: [(&str, &str, u64, f64); 9] = [
    ("lecture", LECTURE_ALPHA, 100, -9.040149417268745),
    ("lecture", LECTURE_ALPHA, 1000, -3.2133669842652894),
    ("lecture", LECTURE_ALPHA, 10_000, 1.9971255698583696),
    ("lecture", "0.1", 100, 1.9289536493559916),
    ("lecture", "1", 100, 2.0),
    ("lecture", "3.9", 100, 1.9289536493559918),
    ("lecture", "4", 100, -10.0),
    ("lecture", "4.05", 100, -139.7645962127452),
    ("gentle", "1", 100, 1.0000000018333324),
];

/// One descent from the objective's own start.
fn descent(objective: &str, alpha: &str, steps: u64) -> Request {
    let start = if objective == "lecture" { "-10" } else { "10" };
    asked(objective).vary("alpha", along(alpha)).vary_start(along(start)).gtol(0.0).steps(steps)
}

#[test]
fn numpys_numbers_come_out_to_the_last_digit() {
    for (objective, alpha, steps, expected) in NUMPY {
        let map = Map::of(&cpu(), &descent(objective, alpha, steps).precision(Precision::F64));
        assert_eq!(map.p(0), expected, "{}", map.evidence(0));
        assert_eq!(u64::from(map.steps(0)), steps, "{}", map.evidence(0));
    }
}

#[test]
fn compensated_f32_and_every_gpu_come_close_to_them() {
    let mut wrong = Mismatches::default();
    for (objective, alpha, steps, expected) in NUMPY {
        for map in everywhere(&descent(objective, alpha, steps)) {
            let tolerance =
                if map.label == "cpu f64" { Tolerance { absolute: 0.0, relative: 0.0 } } else { COMPENSATED };
            let plain = map.spec.program.precision == Precision::F32;
            if !plain && !tolerance.holds(map.p(0), expected) {
                wrong.note(|| format!("{}, expected {expected} within {tolerance:?}", map.evidence(0)));
            }
        }
    }
    wrong.none("published numbers");
}

/// Published, in f32: −9.99, −9.980008, −9.040152, −3.2133687, 1.997125. The author's order of operations is not known,
/// so one unit in the last place of f32 is allowed.
#[test]
fn the_lectures_own_f32_numbers_come_out_within_one_ulp() {
    let published = [(1, -9.99_f32), (2, -9.980008), (100, -9.040152), (1000, -3.2133687), (10_000, 1.997125)];
    let mut wrong = Mismatches::default();
    for (steps, expected) in published {
        let map = Map::of(&cpu(), &descent("lecture", LECTURE_ALPHA, steps).precision(Precision::F32));
        let ulps = (map.p(0) as f32).to_bits().abs_diff(expected.to_bits());
        if ulps > 1 {
            wrong.note(|| format!("{}, expected {expected}, {ulps} ulp away", map.evidence(0)));
        }
    }
    wrong.none("the lecture's f32 numbers");
}

#[test]
fn plain_f32_is_the_same_on_cpu_and_gpu() {
    let Some(gpu) = gpu() else { return };
    let mut wrong = Mismatches::default();
    for (objective, alpha, steps, _) in NUMPY {
        let request = descent(objective, alpha, steps).precision(Precision::F32);
        let (here, there) = (Map::of(&cpu(), &request), Map::of(&gpu, &request));
        if !COMPENSATED.holds(there.p(0), here.p(0)) {
            wrong.note(|| format!("{}\n      {}", here.evidence(0), there.evidence(0)));
        }
    }
    wrong.none("plain f32 on two engines");
}

/// What becomes of the lecture's five learning rates: slow, direct, slow from both sides, a 2-cycle, away. With α = 1 the distance
/// halves: f32 is on the minimum after 27 steps, f64 after 54, and stands still there.
#[test]
fn the_lectures_learning_rates_end_as_the_lecture_says() {
    use Outcome::{Descending, Oscillating, Rising, Settled};
    for map in everywhere(&descent("lecture", "0.1,1,3.9,4,4.05", 100)) {
        assert_eq!(map.cells.outcome, [Descending, Settled, Descending, Oscillating, Rising], "{}", map.label);
    }
}

/// Homework: converges to 1 in about 100 steps with a suitable α, and never from α = 1 on.
#[test]
fn the_homework_converges_in_about_a_hundred_steps() {
    use Outcome::{Converged, Diverged};
    let request = asked("square").vary("alpha", along("0.07,0.99,1.01")).vary_start(Axis::one(10.0)).steps(10_000);
    for map in everywhere(&request) {
        assert_eq!(map.cells.outcome, [Converged, Converged, Diverged], "{}", map.label);
        assert!((50..150).contains(&map.steps(0)), "{}", map.evidence(0));
        assert!(Tolerance { absolute: 1e-5, relative: 0.0 }.holds(map.p(0), 1.0), "{}", map.evidence(0));
    }
}

/// f'' = 0.2, so α_c = 10: the very end of the default sweep.
#[test]
fn the_gentle_slope_lets_go_at_ten() {
    use Outcome::{Converged, Diverged};
    let request = asked("gentle").vary("alpha", along("9.9,10.1")).vary_start(Axis::one(10.0)).steps(10_000);
    for map in everywhere(&request) {
        assert_eq!(map.cells.outcome, [Converged, Diverged], "{}", map.label);
    }
}

fn bowl(alpha: &str, steps: u64) -> Vec<Map> {
    let request = asked("bowl").vary("alpha", along(alpha)).vary_start(Axis::one(-3.0)).set("x1_start", 4.0);
    everywhere(&request.gtol(0.0).steps(steps))
}

/// Where the bowl's descent is, as the post prints it: eight decimals.
fn printed(map: &Map) -> Vec<String> {
    map.cells.parameters.iter().map(|values| format!("{:.8}", values[0])).collect()
}

#[test]
fn the_bowl_is_nearly_at_its_bottom_after_twenty_steps() {
    for map in bowl("0.1", 20) {
        if map.spec.program.precision.is_wide() {
            assert_eq!(printed(&map), ["-0.03458765", "0.04611686"], "{}", map.evidence(0));
        }
        for (values, expected) in map.cells.parameters.iter().zip([-0.03458765, 0.04611686]) {
            assert!(COMPENSATED.holds(values[0], expected), "{}, expected about {expected}", map.evidence(0));
        }
    }
}

/// Published: −2.99999994, 3.99999992. Each step is far below half an ulp of 3 in f32: only the carried low part moves.
#[test]
fn a_learning_rate_of_1e_minus_10_moves_by_exactly_what_was_printed() {
    for map in bowl("1e-10", 100) {
        let expected = match map.spec.program.precision {
            Precision::F32 => ["-3.00000000", "4.00000000"],
            _ => ["-2.99999994", "3.99999992"],
        };
        assert_eq!(printed(&map), expected, "{}", map.evidence(0));
        assert_eq!(map.outcome(0), Outcome::Level, "{}", map.evidence(0));
        assert_eq!(map.steps(0), 100, "{}", map.evidence(0));
    }
}

/// The default map of the lecture's question: 1024 learning rates from 1e-10 to 10, all of 0.1 … 3.9 converge. A slope of 1e-5 is what
/// f32 comes to also at 3.9, where steps amplify their roundings twentyfold.
#[test]
fn the_lectures_map_turns_at_four() {
    let request = asked("lecture").vary("alpha", list([0.1, 1.0, 3.9, 4.1])).vary_start(along("lin:-10:10:5"));
    let request = request.steps(10_000);
    let mut maps = everywhere(&request.clone().gtol(1e-5));
    maps.push(Map::of(&cpu(), &request.precision(Precision::F64)));
    for map in maps {
        let row = [Outcome::Converged, Outcome::Converged, Outcome::Converged, Outcome::Diverged];
        assert_eq!(map.cells.outcome, row.repeat(5), "{}", map.label);
    }
}

/// The checks above can fail: a kernel that forgets the carried low part is caught by the row that needs it.
#[test]
fn a_shader_without_the_low_part_is_caught() {
    let Some(gpu) = gpu() else { return };
    if !is_lavapipe(&gpu) {
        return;
    }
    let forgetful = |source: String| {
        let forget = "d.carried.c1 = real(0); d.carried.c3 = real(0);";
        let (one, block) = ("    return d;", "d.carried = c;");
        assert!(source.contains(one) && source.contains(block), "the kernel moved; this test must follow");
        source.replace(one, &format!("{forget}\n{one}")).replace(block, &format!("{block} {forget}"))
    };
    let engine: GpuEngine = gpu.with_options(GpuOptions { edit_shader: Some(forgetful), ..GpuOptions::default() });
    let request = asked("bowl")
        .vary("alpha", Axis::one(1e-10))
        .vary_start(Axis::one(-3.0))
        .set("x1_start", 4.0)
        .gtol(0.0)
        .steps(100);
    assert_eq!(printed(&Map::of(&engine, &request)), ["-3.00000000", "4.00000000"]);
}
