//! One descent, exactly, as docs/numerics.md says it, cell by cell.
//!
//! Every story has an answer that a reader works out by hand: objectives and learning rates are powers of two, so that
//! every value on the way is exact in f32 and f64 alike, or the expected numbers come from a plain Rust loop here. Each
//! runs on the CPU in all three precisions, and on the GPU where there is one.

use crate::common::{
    EVERY_PRECISION, Map, Mismatches, Tolerance, along, asked, coarse, cpu, everywhere, gpu, is_lavapipe,
    on_every_engine, read,
};
use alphasweep::problem::catalog;
use alphasweep::sweep::{Axis, Outcome, Precision, Request, Sweep, Trend, Window, Windows};

/// (x−1)² from x₀ = 1+d: with α = 1/4 the distance d halves at each step, with α = 3/2 it doubles and changes sides.
fn square(alpha: &str, start: &str) -> Request {
    asked("square").vary("alpha", along(alpha)).vary_start(along(start))
}

/// One cell's outcome and step, for short assertions.
fn ends(map: &Map) -> (Outcome, u32) {
    (map.outcome(0), map.steps(0))
}

#[test]
fn zero_steps_only_look() {
    for map in everywhere(&square("0.25", "9").steps(0)) {
        assert_eq!(ends(&map), (Outcome::Level, 0), "{}", map.evidence(0));
        assert_eq!((map.p(0), map.cells.loss_start[0], map.loss(0)), (9.0, 64.0, 64.0), "{}", map.evidence(0));
    }
}

#[test]
fn a_start_at_the_minimum_has_converged_at_step_zero() {
    for steps in [0, 100] {
        for map in everywhere(&square("0.25", "1").steps(steps)) {
            assert_eq!(ends(&map), (Outcome::Converged, 0), "{}", map.evidence(0));
        }
    }
}

/// From d = 1024 the slope is 2048/2ᵏ: exactly 1 at k = 11.
#[test]
fn a_slope_equal_to_gtol_has_not_converged() {
    for map in everywhere(&square("0.25", "1025").gtol(1.0)) {
        assert_eq!(ends(&map), (Outcome::Converged, 12), "{}", map.evidence(0));
        assert_eq!((map.p(0), map.loss(0)), (1.25, 0.0625), "{}", map.evidence(0));
    }
    for map in everywhere(&square("0.25", "1025").gtol(1.000_000_2)) {
        assert_eq!(ends(&map), (Outcome::Converged, 11), "{}", map.evidence(0));
    }
}

#[test]
fn gtol_zero_never_converges_not_even_at_the_minimum() {
    for map in everywhere(&square("0.5", "1,9").steps(7).gtol(0.0)) {
        assert_eq!(map.cells.outcome, [Outcome::Level, Outcome::Settled], "{}", map.label);
        assert_eq!(map.cells.steps, [7, 7], "{}", map.label);
    }
}

/// 1e-50 is no number of f32, and yet a slope of 0 is below it.
#[test]
fn a_gtol_below_every_f32_still_stops_at_a_slope_of_zero() {
    for map in everywhere(&square("0.5", "1").steps(3).gtol(1e-50)) {
        assert_eq!(ends(&map), (Outcome::Converged, 0), "{}", map.evidence(0));
    }
}

/// 1e-50 is 0 in f32: the slope would vanish and every cell converge at once.
#[test]
fn a_constant_below_every_f32_is_refused() {
    let request = asked("x^2*1e-50*1e30*1e20").vary("alpha", Axis::one(0.25)).vary_start(Axis::one(8.0)).steps(1);
    for precision in [Precision::F32, Precision::Compensated] {
        let error = request.clone().precision(precision).resolve().expect_err("1e-50 is no f32");
        assert!(error.to_string().contains("does not fit f32"), "{precision}: {error}");
    }
    let spec = request.precision(Precision::F64).resolve().expect("1e-50 is an f64");
    let cells = alphasweep::engine::collect(&cpu(), &Sweep::from(&spec)).expect("the sweep runs");
    assert!((cells.loss_start[0] - 64.0).abs() < 1e-12 && (cells.parameters[0][0] - 4.0).abs() < 1e-12, "{cells:?}");
}

#[test]
fn the_last_step_still_counts_and_one_step_less_does_not() {
    for map in everywhere(&square("0.25", "1025").gtol(1.0).steps(12)) {
        assert_eq!(ends(&map), (Outcome::Converged, 12), "{}", map.evidence(0));
    }
    for map in everywhere(&square("0.25", "1025").gtol(1.0).steps(11)) {
        assert_eq!(ends(&map), (Outcome::Descending, 11), "{}", map.evidence(0));
        assert_eq!(map.p(0), 1.5, "{}", map.evidence(0));
    }
}

/// All gradient components must be small: x1 lies at its minimum from the start, x0 does not.
#[test]
fn one_steep_parameter_keeps_a_descent_going() {
    let request = asked("bowl").vary("alpha", Axis::one(0.25)).vary_start(along("0,512")).gtol(1.0);
    for (x1, expected) in [(0.0, [0, 11]), (1024.0, [12, 12])] {
        for map in everywhere(&request.clone().set("x1_start", x1)) {
            assert_eq!(map.cells.steps, expected, "{} from x1 = {x1}", map.label);
        }
    }
}

/// d = 1 gives loss 4ᵏ: the bar of 1e8·(1+1) is passed at k = 14.
#[test]
fn the_loss_that_passed_the_bar_is_reported_with_its_step() {
    for map in everywhere(&square("1.5", "2")) {
        assert_eq!(ends(&map), (Outcome::Diverged, 14), "{}", map.evidence(0));
        assert_eq!((map.loss(0), map.p(0)), (4_f64.powi(14), 16385.0), "{}", map.evidence(0));
    }
}

#[test]
fn a_loss_on_the_bar_has_not_diverged() {
    let on_the_bar = square("1.5", "2").diverge(2_f64.powi(27));
    for map in everywhere(&on_the_bar) {
        assert_eq!(ends(&map), (Outcome::Diverged, 15), "{}", map.evidence(0));
    }
    for map in everywhere(&on_the_bar.steps(14)) {
        assert_eq!(ends(&map), (Outcome::Rising, 14), "{}", map.evidence(0));
    }
}

#[test]
fn an_infinite_bar_lets_the_loss_grow() {
    let request = square("1.5", "2").steps(20).diverge(f64::INFINITY);
    for map in everywhere(&request) {
        assert_eq!(ends(&map), (Outcome::Rising, 20), "{}", map.evidence(0));
        assert_eq!(map.loss(0), 4_f64.powi(20), "{}", map.evidence(0));
    }
}

/// x² from 1 with α = 3/2 goes 1, −2, 4, −8, …: its loss 4ᵏ is infinite from k = 64 in f32 and from k = 512 in f64.
#[test]
fn the_last_finite_loss_is_reported_when_the_next_is_infinite() {
    let request = asked("x^2").diverge(f64::INFINITY);
    for map in everywhere(&request.vary("alpha", Axis::one(1.5)).vary_start(Axis::one(1.0))) {
        let overflow = if map.spec.program.precision.is_wide() { 512 } else { 64 };
        assert_eq!(ends(&map), (Outcome::Diverged, overflow), "{}", map.evidence(0));
        let last = overflow as i32 - 1;
        assert_eq!((map.loss(0), map.p(0)), (4_f64.powi(last), (-2_f64).powi(last)), "{}", map.evidence(0));
    }
}

/// 1/(1+x²) stays finite though x does not: x goes 0, 2e38, ∞.
#[test]
fn an_infinite_parameter_diverges_though_the_loss_is_finite() {
    let request = asked("1/(1+x^2)").rule(read("delta = alpha"));
    let request = request.vary("alpha", Axis::one(2e38)).vary_start(Axis::one(0.0)).gtol(0.0);
    for map in on_every_engine(&[Precision::F32, Precision::Compensated].map(|p| request.clone().precision(p))) {
        assert_eq!(ends(&map), (Outcome::Diverged, 2), "{}", map.evidence(0));
        assert_eq!((map.loss(0), map.p(0)), (0.0, f64::from(2e38_f32)), "{}", map.evidence(0));
    }
}

#[test]
fn a_start_without_a_finite_loss_has_diverged_before_it_began() {
    for (objective, start) in [("ln(x)", "-1"), ("exp(x)", "1000"), ("sqrt(x)", "-4"), ("1/x", "0")] {
        for map in everywhere(&asked(objective).vary("alpha", Axis::one(0.1)).vary_start(along(start))) {
            assert_eq!(ends(&map), (Outcome::Diverged, 0), "{objective}: {}", map.evidence(0));
            assert!(map.loss(0).is_nan() && map.cells.loss_start[0].is_nan(), "{objective}: {}", map.evidence(0));
            assert_eq!(map.p(0), start.parse::<f64>().unwrap(), "{objective}: {}", map.evidence(0));
        }
    }
}

#[test]
fn an_objective_without_a_floor_diverges_downwards() {
    for (objective, start) in [("-x^2", "1"), ("x^3", "-1"), ("-x^2", "-0.5")] {
        for map in everywhere(&asked(objective).vary("alpha", Axis::one(0.5)).vary_start(along(start))) {
            assert_eq!(map.outcome(0), Outcome::Diverged, "{objective}: {}", map.evidence(0));
            assert!(map.loss(0) < -1e8, "{objective}: {}", map.evidence(0));
        }
    }
}

/// x walks 0, 1, 2, 3; from 3 on the loss is 1e12 and flat: above the bar and without a slope at once.
#[test]
fn diverged_is_decided_before_converged() {
    let objective = "select(x < 3, x, 1000000000000)";
    let request = asked(objective).rule(read("delta = alpha"));
    for map in everywhere(&request.vary("alpha", Axis::one(1.0)).vary_start(Axis::one(0.0))) {
        assert_eq!(ends(&map), (Outcome::Diverged, 3), "{}", map.evidence(0));
    }
}

#[test]
fn level_is_a_millionth_of_the_loss_at_the_start_on_either_side() {
    let table = [
        (1.0, 1.0 - 1.1e-6, Outcome::Descending),
        (1.0, 1.0 - 0.9e-6, Outcome::Level),
        (1.0, 1.0, Outcome::Level),
        (1.0, 1.0 + 0.9e-6, Outcome::Level),
        (1.0, 1.0 + 1.1e-6, Outcome::Rising),
        (-1e6, -1e6 - 1.1, Outcome::Descending),
        (-1e6, -1e6 - 0.9, Outcome::Level),
        (-1e6, -1e6 + 1.1, Outcome::Rising),
        (0.0, 0.0, Outcome::Level),
        (0.0, 1e-300, Outcome::Rising),
        (0.0, -1e-300, Outcome::Descending),
    ];
    for (start, last, expected) in table {
        let (first, second) = (Window::of(start), Window::of(last));
        let trend =
            Trend { windows: Windows::new(1, false), first, second, loss_start: start, loss_final: last, grain: 0.0 };
        assert_eq!(trend.outcome(|| false), expected, "from {start:e} to {last:e}");
        assert_eq!(
            crate::common::trend::word(&[start, last], &[vec![0.0], vec![0.0]], false, 0.0),
            expected,
            "the plain loop"
        );
    }
}

/// |x| with steps of α: from 1 the loss changes by exactly ∓α.
#[test]
fn engines_draw_the_same_line_between_level_and_not() {
    let request = asked("abs(x)").rule(read("delta = -alpha*g"));
    let request = request.vary("alpha", along("2e-6,5e-7,-5e-7,-2e-6")).vary_start(Axis::one(1.0)).steps(1);
    for map in everywhere(&request) {
        let expected = [Outcome::Descending, Outcome::Level, Outcome::Level, Outcome::Rising];
        assert_eq!(map.cells.outcome, expected, "{}", map.label);
    }
}

/// (beta/2−1)² at α = 4 jumps from −10 to 14 and back, for ever.
#[test]
fn a_two_cycle_is_oscillating() {
    for (steps, expected) in [(1, 14.0), (2, -10.0), (999, 14.0), (1000, -10.0)] {
        for map in everywhere(&asked("lecture").vary("alpha", Axis::one(4.0)).vary_start(Axis::one(-10.0)).steps(steps))
        {
            assert_eq!(map.outcome(0), Outcome::Oscillating, "{}", map.evidence(0));
            assert_eq!((map.p(0), map.loss(0)), (expected, 36.0), "{}", map.evidence(0));
        }
    }
}

const HEAVY_BALL: &str = "v = momentum*v + g; delta = -alpha*v";

/// The same descent on (x−1)², in a plain loop of either precision.
macro_rules! heavy_ball_on_square {
    ($float:ty, $alpha:expr, $momentum:expr, $start:expr, $steps:expr) => {{
        let (alpha, momentum, mut x, mut v) = ($alpha as $float, $momentum as $float, $start as $float, 0.0 as $float);
        for _ in 0..$steps {
            let g = 2.0 * (x - 1.0);
            v = momentum * v + g;
            x -= alpha * v;
        }
        f64::from(x)
    }};
}

#[test]
fn a_rule_with_state_is_a_plain_loop_to_the_bit() {
    let request = asked("square").rule(read(HEAVY_BALL));
    let request =
        request.vary("alpha", along("lin:0.01:0.5:9")).vary_start(along("lin:-7:9:9")).gtol(0.0).set("momentum", 0.9);
    let requests = [Precision::F32, Precision::F64].map(|p| request.clone().steps(137).precision(p));
    let exact_gpu = gpu().is_none_or(|gpu| is_lavapipe(&gpu));
    for map in on_every_engine(&requests) {
        let mut wrong = Mismatches::default();
        for cell in 0..map.len() {
            let expected = if map.spec.program.precision.is_wide() {
                heavy_ball_on_square!(f64, map.x(cell), 0.9, map.y(cell), 137)
            } else {
                heavy_ball_on_square!(f32, map.x(cell), 0.9, map.y(cell), 137)
            };
            // Other adapters may contract a*b+c: then a few roundings differ.
            let loose = map.label.starts_with("gpu") && !exact_gpu;
            let tolerance = Tolerance { absolute: 0.0, relative: if loose { 1e-4 } else { 0.0 } };
            if !tolerance.holds(map.p(cell), expected) {
                wrong.note(|| format!("{}, the loop has {expected:?}", map.evidence(cell)));
            }
        }
        wrong.none(&format!("heavy ball, {}", map.label));
    }
}

#[test]
fn each_parameter_has_a_state_of_its_own() {
    let request = asked("(x-1)^2 + (y-1)^2").rule(read(HEAVY_BALL));
    let request = request.vary("alpha", Axis::one(0.07)).set("x_start", -7.0).set("y_start", 9.0).set("momentum", 0.9);
    let map = Map::of(&cpu(), &request.gtol(0.0).steps(50).precision(Precision::F64));
    let expected = [-7.0, 9.0].map(|start| heavy_ball_on_square!(f64, 0.07, 0.9, start, 50));
    assert_eq!([map.p(0), map.cells.parameters[1][0]], expected, "{}", map.evidence(0));
}

/// With `delta = -t` the steps are 1, 2, 3, …: the number of the step about to be made counts from 1.
#[test]
fn a_rule_reads_the_number_of_its_step() {
    let request = asked("x").rule(read("delta = -t"));
    for (steps, expected) in [(0, 0.0), (1, -1.0), (2, -3.0), (10, -55.0), (1000, -500_500.0)] {
        for map in everywhere(&request.clone().vary("alpha", Axis::one(1.0)).vary_start(Axis::one(0.0)).steps(steps)) {
            assert_eq!((map.p(0), map.loss(0)), (expected, expected), "{}", map.evidence(0));
        }
    }
}

/// `x_start` is where a parameter begins; a rule that means something else by it must say so.
#[test]
fn a_rule_that_reads_a_start_is_refused() {
    let request = asked("x^2").rule(read("delta = x_start - p"));
    let error = request.vary("alpha", Axis::one(0.1)).set("x_start", 3.0).resolve().expect_err("x_start has a meaning");
    assert!(error.to_string().contains("`x_start`, which has a meaning of its own"), "{error}");
}

/// A loss that is no number must not come out as one: min, max, relu and sign hand a not-a-number on.
#[test]
fn a_loss_that_is_no_number_diverges() {
    for formula in
        ["relu(sqrt(x))", "max(0, sqrt(x))", "max(sqrt(x), 0)", "min(1, ln(x))", "min(ln(x), 1)", "sign(ln(x)) + x^2"]
    {
        for map in on_every_engine(&EVERY_PRECISION.map(|precision| {
            asked(formula).vary("alpha", Axis::one(0.1)).vary_start(Axis::one(-1.0)).steps(3).precision(precision)
        })) {
            assert_eq!(ends(&map), (Outcome::Diverged, 0), "{formula}: {}", map.evidence(0));
            assert!(map.cells.loss_start[0].is_nan(), "{formula}: there is no loss to report");
        }
    }
}

/// A state slot may have any name that a parameter has not, also that of another precision's low part.
#[test]
fn the_name_of_a_state_slot_changes_nothing() {
    let with_slot = |slot: &str| {
        let rule = format!("{slot} = 0.9*{slot} + g; delta = -alpha*{slot}");
        let request = asked("x^2 + lo^2").rule(read(&rule));
        let request = request.vary("alpha", Axis::one(0.01)).set("x_start", 1.0).set("lo_start", 2.0).steps(30);
        Map::of(&cpu(), &request).cells
    };
    assert_eq!(with_slot("v"), with_slot("hi"));
    let slot_like_a_parameter = asked("x^2 + lo^2").rule(read("x = 0.9*x + g; delta = -alpha*x"));
    let cells = Map::of(
        &cpu(),
        &slot_like_a_parameter.vary("alpha", Axis::one(0.01)).set("x_start", 1.0).set("lo_start", 2.0).steps(30),
    )
    .cells;
    assert_eq!(cells, with_slot("v"), "a slot has a name space of its own");
}

/// Whatever happens to a cell, what is reported of it is a number; and of a descent that had a start, its loss.
#[test]
fn no_cell_of_any_catalog_map_reports_a_nan() {
    for row in catalog::OBJECTIVES {
        let mut requests: Vec<Request> = EVERY_PRECISION.map(|p| coarse(row, 24).precision(p).steps(300)).to_vec();
        requests.push(requests[0].clone().diverge(f64::INFINITY));
        for map in on_every_engine(&requests) {
            let mut wrong = Mismatches::default();
            for cell in 0..map.len() {
                let parameters = map.cells.parameters.iter().map(|values| values[cell]);
                let mut numbers = parameters.chain([map.cells.loss_start[cell], map.loss(cell)]);
                if !numbers.all(f64::is_finite) || map.steps(cell) > 300 {
                    wrong.note(|| map.evidence(cell));
                }
            }
            wrong.none(row.name);
        }
    }
}
