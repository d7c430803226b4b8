//! Stop rules that compare a judged step with the one before: `change` and `move`, against plain loops.

use crate::common::{Map, along, asked, cpu, list, read};
use alphasweep::problem::{Data, Objective, ProblemError, Stop};
use alphasweep::sweep::{Batch, Outcome, Precision, Request, Tolerance};

/// |loss − before| by the larger of both.
fn change(loss: f64, before: f64) -> f64 {
    if loss == before { 0.0 } else { (loss - before).abs() / loss.abs().max(before.abs()) }
}

/// The step at which a plain loop on (x−1)² + 4(y+2)² + 1, whose loss is taken before each step, stops. (With the 1, so that the
/// change becomes small long before rounding decides it.)
fn stops(alpha: f64, start: f64, holds: &dyn Fn(f64, f64, f64) -> bool) -> Option<u32> {
    let (mut x, mut y) = (start, 3.0);
    let mut before: Option<(f64, f64, f64)> = None;
    for step in 0..=400 {
        let (u, v) = (x - 1.0, y + 2.0);
        let loss = u * u + 4.0 * (v * v) + 1.0;
        if let Some((last, x_last, y_last)) = before {
            let moved = (x - x_last).abs().max((y - y_last).abs());
            if holds(loss, change(loss, last), moved) {
                return Some(step);
            }
        }
        before = Some((loss, x, y));
        (x, y) = (x - alpha * (2.0 * u), y - alpha * (8.0 * v));
    }
    None
}

fn bowl(stop: &str) -> Request {
    let request = asked("(x-1)^2 + 4*(y+2)^2 + 1").set("y_start", 3.0).steps(400).stop(read(stop));
    request.vary("alpha", list([0.01, 0.05, 0.1, 0.2])).vary_start(along("-5,0,1,8"))
}

type Holds = fn(f64, f64, f64) -> bool;

const RULES: [(&str, Holds); 5] = [
    ("change < 1e-3", |_, change, _| change < 1e-3),
    ("change < 0.2", |_, change, _| change < 0.2),
    ("move < 1e-2", |_, _, moved| moved < 1e-2),
    ("select(move < 0.05, loss, 10) < 1.1", |loss, _, moved| moved < 0.05 && loss < 1.1),
    ("change + move < 0.1", |_, change, moved| change + moved < 0.1),
];

#[test]
fn change_and_move_stop_at_the_step_that_a_plain_loop_says() {
    for (rule, holds) in RULES {
        let mut early = 0;
        for map in crate::common::everywhere(&bowl(rule)) {
            let wide = map.spec.program.precision == Precision::F64;
            for cell in 0..map.len() {
                let expected = stops(map.x(cell), map.y(cell), &holds);
                let converged = map.outcome(cell) == Outcome::Converged;
                assert_eq!(converged, expected.is_some(), "{rule}: {expected:?} expected, {}", map.evidence(cell));
                let off = expected.map_or(0, |step| step.abs_diff(map.steps(cell)));
                // A threshold may lie between the roundings of f32 and of f64.
                assert!(off <= u32::from(!wide), "{rule}: {expected:?} expected, {}", map.evidence(cell));
                early += u32::from(expected.is_some_and(|step| step > 1));
            }
        }
        assert!(early > 0, "{rule} is never met in between");
    }
}

/// The step before counts, not the first one, nor the best.
#[test]
fn other_steps_are_not_compared_with() {
    let request = bowl("change < 1e-3").precision(Precision::F64);
    let map = Map::of(&cpu(), &request);
    let other: Holds = |_, change, _| change < 2e-3;
    let differ = |cell: &usize| stops(map.x(*cell), map.y(*cell), &other) != Some(map.steps(*cell));
    assert!((0..map.len()).any(|cell| differ(&cell)), "the threshold matters");
}

/// At the start there is no step before: what compares with it does not hold there, and a rule that reads the loss alone may.
#[test]
fn nothing_has_changed_before_the_first_step() {
    let steps = |stop: &str| Map::of(&cpu(), &bowl(stop).precision(Precision::F64)).steps(0);
    assert_eq!(steps("change < 10"), 1);
    assert_eq!(steps("move > -1"), 1);
    assert_eq!(steps("loss > -1"), 0);
}

/// Rows in order, judged after each pass and at the last step: what is compared are judged steps.
#[test]
fn with_batches_the_judged_step_before_is_compared_with() {
    let (x, y) = ([1.0, 2.0, -1.0, 0.5, 3.0], [2.5, 3.5, -1.0, 2.0, 6.5]);
    let data = Data {
        names: vec!["x".into(), "y".into()],
        columns: vec![x.to_vec(), y.to_vec()],
        source: "rows".into(),
        seeded: false,
    };
    let follow = |alpha: f64, start: f64, steps: u32, holds: Holds| {
        let (mut w, mut before) = (start, None);
        for step in 0..=steps {
            if step % 5 == 0 || step == steps {
                let loss = x.iter().zip(y).map(|(x, y)| (w * x - y).powi(2)).sum::<f64>() / 5.0;
                if let Some((last, w_last)) = before
                    && holds(loss, change(loss, last), f64::abs(w - w_last))
                {
                    return Some(step);
                }
                before = Some((loss, w));
            }
            let row = step as usize % 5;
            w -= alpha * (2.0 * (w * x[row] - y[row]) * x[row]);
        }
        None
    };
    let rules: [(&str, Holds); 2] =
        [("change < 1e-4", |_, change, _| change < 1e-4), ("move < 3e-4", |_, _, moved| moved < 3e-4)];
    for (rule, holds) in rules {
        for steps in [203, 500] {
            let request = asked("mean((w*x-y)^2)").data(data.clone()).batch(Batch::Each).steps(u64::from(steps));
            let request = request.stop(read(rule)).vary("alpha", list([0.001, 0.01, 0.05])).vary_start(along("-4,0,2"));
            for map in crate::common::everywhere(&request) {
                let wide = map.spec.program.precision == Precision::F64;
                for cell in 0..map.len() {
                    let expected = follow(map.x(cell), map.y(cell), steps, holds);
                    let found = (map.outcome(cell) == Outcome::Converged).then(|| map.steps(cell));
                    // In f32 the threshold may be met a pass earlier or later.
                    let near = expected.zip(found).is_some_and(|(a, b)| a.abs_diff(b) <= 5);
                    assert!(
                        found == expected || !wide && near,
                        "{rule}: {expected:?} expected, {}",
                        map.evidence(cell)
                    );
                }
            }
        }
    }
}

/// In compensated arithmetic steps far below the grain of f32 are seen by `move`.
#[test]
fn move_sees_what_the_low_part_carries() {
    let request = asked("(x-1)^2").vary("alpha", list([1e-9])).vary_start(along("-3")).steps(3);
    let map = Map::of(&cpu(), &request.stop(read("move < 1e-12")).precision(Precision::Compensated));
    assert_ne!(map.outcome(0), Outcome::Converged, "8e-9 a step is no rest: {}", map.evidence(0));
}

/// A parameter or a column that is called so goes before.
#[test]
fn names_of_the_formula_go_first() {
    let request = asked("(move-3)^2").vary("alpha", list([0.25])).vary("move_start", along("0")).steps(50);
    let map = Map::of(&cpu(), &request.stop(read("move > 2")).precision(Precision::F64));
    assert_eq!((map.outcome(0), map.steps(0)), (Outcome::Converged, 2), "0, 1.5, 2.25: {}", map.evidence(0));
    let objective = Objective::new("(x-1)^2", &[]).expect("a formula");
    let check = |stop: &str| -> Result<(), ProblemError> { read::<Stop>(stop).check(&objective) };
    assert_eq!(check("change < 1"), Ok(()));
    let told = check("changed < 1").expect_err("no such name").to_string();
    assert!(told.contains("did you mean `change`?") && told.contains("loss, change, move"), "{told}");
}

/// What another sweep was held to can be typed, one slope for each parameter, and gives the same descents.
#[test]
fn a_tolerance_of_each_parameter_is_taken_to_the_bit() {
    let grid = || {
        asked("rosenbrock").vary("alpha", read("log:1e-3:0.01:9")).vary("x0_start", read("lin:-1:1.5:7")).steps(3000)
    };
    let usual = crate::common::resolved(&grid());
    let slopes = usual.tolerances.clone();
    assert!(slopes.len() == 2 && slopes[0] != slopes[1], "{slopes:?}");
    let typed = slopes.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
    let held = |text: &str| grid().gtol(read::<Tolerance>(text));
    assert_eq!(crate::common::resolved(&held(&typed)).tolerances, slopes);
    let map = |request: &Request| Map::of(&cpu(), request);
    let same = map(&grid());
    assert!(map(&held(&typed)).bit_differences(&same).is_empty());
    assert!(!map(&held(&format!("{},{}", slopes[1] * 1e3, slopes[0] * 1e3))).bit_differences(&same).is_empty());
    // A formula with a comma of its own is one number.
    assert_eq!(read::<Tolerance>("min(1e-5,1e-6)"), Tolerance::Absolute(1e-6));
    for (text, why) in
        [("1e-5,1e-6,1e-7", "has 3 slopes, and the parameters are x0, x1"), ("1e-5,-1", "must be a finite number")]
    {
        let said = held(text).resolve().expect_err(text).to_string();
        assert!(said.contains(why), "{said}");
    }
    assert!("1e-5,".parse::<Tolerance>().is_err() && "1e-5,rel:1".parse::<Tolerance>().is_err());
}
