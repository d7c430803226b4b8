//! Schedules: the factors of each row by recurrences and loops that share nothing with its formula, their products, and what
//! theory says of a descent under them.

use crate::common::{EVERY_PRECISION, Map, along, asked, cpu, everywhere, list, read, resolved};
use alphasweep::analysis::theory::theory;
use alphasweep::problem::{ProblemError, SCHEDULES, Schedule};
use alphasweep::sweep::{Path, Precision, Request};
use std::f64::consts::PI;

/// A rule after whose step the parameter is the learning rate of that step.
const SHOWS_ALPHA: &str = "delta = alpha - p";

/// The factor of each of `steps` steps.
fn factors(schedule: &str, steps: u32) -> Vec<f64> {
    let request = asked("x^2").rule(read(SHOWS_ALPHA)).schedule(read(schedule)).set("alpha", 1.0);
    let request = request.vary("x_start", list([0.5])).steps(u64::from(steps)).gtol(0.0);
    let path = Path::follow(&resolved(&request.precision(Precision::F64)), (0, 0), steps);
    (1..=path.steps()).map(|step| path.point(step)[0]).collect()
}

fn assert_near(schedule: &str, steps: u32, expected: &[f64]) {
    let found = factors(schedule, steps);
    assert_eq!(found.len(), expected.len(), "{schedule}");
    for (epoch, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() < 1e-12, "{schedule} at epoch {epoch}: {found} for {expected}");
    }
}

/// PyTorch's schedulers change the rate that is there from epoch to epoch.
fn by_recurrence(first: f64, steps: u32, next: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let mut rates = vec![first];
    for epoch in 1..steps {
        rates.push(next(rates[rates.len() - 1], f64::from(epoch)));
    }
    rates
}

#[test]
fn cosine_is_the_recurrence_of_pytorch() {
    let all = f64::from(40);
    let next =
        |rate: f64, epoch: f64| rate * (1.0 + (PI * epoch / all).cos()) / (1.0 + (PI * (epoch - 1.0) / all).cos());
    assert_near("cosine", 40, &by_recurrence(1.0, 40, next));
}

/// LinearLR from `start` to `end` in `total` epochs.
fn linear_lr(start: f64, end: f64, total: f64, steps: u32) -> Vec<f64> {
    by_recurrence(start, steps, |rate, epoch| {
        if epoch > total {
            return rate;
        }
        rate * (1.0 + (end - start) / (total * start + (epoch - 1.0) * (end - start)))
    })
}

#[test]
fn linear_and_warmup_are_pytorchs_linear_lr() {
    assert_near("linear", 25, &linear_lr(1.0, 0.0, 25.0, 25));
    for n in [2.0, 5.0, 12.0] {
        assert_near(&format!("warmup:{n}"), 30, &linear_lr(1.0 / n, 1.0, n - 1.0, 30));
    }
    assert_near("warmup:1", 4, &[1.0; 4]);
}

#[test]
fn step_multiplies_after_every_so_many_epochs() {
    let next = |rate: f64, epoch: f64| if epoch % 7.0 == 0.0 { rate * 0.3 } else { rate };
    assert_near("step:7:0.3", 30, &by_recurrence(1.0, 30, next));
    assert_near("step:1:2", 4, &[1.0, 2.0, 4.0, 8.0]);
}

/// OneCycleLR's loop over its two phases, with pct_start = 0.3, div_factor = 25 and final_div_factor = 10⁴.
#[test]
fn one_cycle_goes_up_and_down_as_in_pytorch() {
    let anneal = |start: f64, end: f64, part: f64| end + (start - end) / 2.0 * ((PI * part).cos() + 1.0);
    for steps in [10, 33, 100] {
        let phases = [(0.3 * f64::from(steps) - 1.0, 0.04, 1.0), (f64::from(steps) - 1.0, 1.0, 0.04 / 1e4)];
        let rate = |epoch: u32| {
            let mut begin = 0.0;
            for (end, from, to) in phases {
                if f64::from(epoch) <= end || end == phases[1].0 {
                    return anneal(from, to, (f64::from(epoch) - begin) / (end - begin));
                }
                begin = end;
            }
            unreachable!("the second phase takes all others")
        };
        assert_near("one-cycle", steps, &(0..steps).map(rate).collect::<Vec<f64>>());
    }
}

#[test]
fn the_others_are_what_their_names_say() {
    assert_near("constant", 5, &[1.0; 5]);
    let roots: Vec<f64> = (1..=9).map(|t| f64::from(t).sqrt().recip()).collect();
    assert_near("inverse-sqrt", 9, &roots);
    assert_near("1/(1 + t/steps)", 4, &[0.8, 1.0 / 1.5, 1.0 / 1.75, 0.5]);
    assert_near("s = t*t; select(t > 2, s, 1)", 4, &[1.0, 1.0, 9.0, 16.0]);
}

#[test]
fn schedules_multiply() {
    let product =
        |a: &str, b: &str| -> Vec<f64> { factors(a, 20).iter().zip(factors(b, 20)).map(|(a, b)| a * b).collect() };
    assert_near("warmup:10*cosine", 20, &product("warmup:10", "cosine"));
    assert_near(" Warmup:5 * step:4:5e-1*inverse_sqrt", 20, &product("warmup:5*inverse-sqrt", "step:4:0.5"));
    let half: Vec<f64> = factors("linear", 20).iter().map(|factor| factor / 2.0 + 0.1).collect();
    assert_near("0.5*linear + 0.1", 20, &half);
    assert_near("warmup:2*warmup:4", 4, &[0.125, 0.5, 0.75, 1.0]);
    assert_near("step:1.5:2*step:1:5.2", 4, &product("step:1.5:2", "step:1:5.2")[..4]);
}

#[test]
fn every_row_has_a_source_and_is_tested_here() {
    let here = include_str!("schedules.rs");
    for row in SCHEDULES {
        assert!(!row.source.is_empty() && here.contains(&format!("\"{}", row.name)), "{}", row.name);
    }
}

#[test]
fn what_is_no_schedule_is_refused_at_its_place() {
    let refused =
        |text: &str| text.parse::<Schedule>().map_err(|error: ProblemError| error.to_string()).expect_err(text);
    for (text, said) in [
        ("cosin", "`cosin` is neither: did you mean `cosine`?"),
        ("warmup", "`warmup` takes numbers above 0: write warmup:N"),
        ("warmup:0", "write warmup:N"),
        ("step:10", "write step:EVERY:FACTOR"),
        ("cosine:3", "`cosine` takes no numbers: write cosine"),
        ("alpha*t", "a schedule is a formula of t and steps, and `alpha` is neither"),
        ("t = 3; t", "`t` is given to the schedule and cannot be assigned"),
        ("t > 3", "number"),
        ("", "expected"),
    ] {
        assert!(refused(text).contains(said), "{text}: {}", refused(text));
    }
    // The caret stands under the text as it was typed.
    assert!(refused("warmup:10*q").contains("  warmup:10*q\n            ^"), "{}", refused("warmup:10*q"));
}

fn map(schedule: Option<&str>) -> Request {
    let request = asked("rosenbrock").rule(read("momentum")).vary("alpha", along("log:1e-5:1e-2:19"));
    let request = request.vary_start(along("lin:-2:2:11")).steps(120);
    schedule.map_or(request.clone(), |schedule| request.schedule(read(schedule)))
}

/// Machine code finds the factor once a step for all cells, the interpreter and a GPU cell by cell.
#[test]
fn a_schedule_has_the_same_bits_wherever_it_runs() {
    for schedule in SCHEDULES.iter().map(|row| row.form().replace("EVERY:FACTOR", "30:0.5").replace('N', "9")) {
        for precision in EVERY_PRECISION {
            let request = map(Some(&schedule)).precision(precision);
            let fast = Map::of(&cpu(), &request);
            fast.bit_differences(&Map::of(&cpu().interpreted(), &request)).none(&schedule);
            fast.bit_differences(&Map::of(&cpu().with_tile_cells(17), &request)).none(&schedule);
        }
    }
    let maps = everywhere(&map(Some("warmup:9*cosine")));
    let narrow = |label: &str| maps.iter().filter(|map| map.label.ends_with(label)).collect::<Vec<_>>();
    for precision in ["f32", "compensated"] {
        for pair in narrow(precision).windows(2) {
            pair[0].bit_differences(pair[1]).none(precision);
        }
    }
}

#[test]
fn constant_is_no_schedule_and_a_rule_with_t_is_one() {
    for (plain, constant) in everywhere(&map(None)).iter().zip(everywhere(&map(Some("constant")))) {
        plain.bit_differences(&constant).none("constant");
    }
    let typed = map(None).rule(read("v = momentum*v + g; delta = -(alpha*(1 - (t - 1)/120))*v")).set("momentum", 0.9);
    for (typed, linear) in everywhere(&typed).iter().zip(everywhere(&map(Some("linear")))) {
        typed.bit_differences(&linear).none("linear");
    }
    let plain = Map::of(&cpu(), &map(None));
    assert!(!plain.bit_differences(&Map::of(&cpu(), &map(Some("linear")))).is_empty(), "a schedule matters");
}

/// A schedule is frozen at its last step: the limit is that of the rate which is left then.
#[test]
fn theorys_limit_is_that_of_the_schedules_end() {
    let limit = |rule: &str, schedule: &str, steps: u64| {
        let request = asked("lecture").rule(read(rule)).schedule(read(schedule)).steps(steps);
        theory(&resolved(&request), Some(&[2.0])).limits()[0].alpha
    };
    for (rule, schedule, steps, expected) in [
        ("gd", "constant", 100, 4.0),
        ("gd", "linear", 100, 400.0),
        ("gd", "step:10:0.5", 25, 16.0),
        ("gd", "warmup:200", 50, 16.0),
        ("gd", "inverse-sqrt", 64, 32.0),
        ("momentum", "step:10:0.5", 25, 4.0 * 4.0 * 1.9),
        ("clipped-gd", "linear", 4, 16.0),
        ("langevin", "linear", 4, 16.0),
        ("delta = -alpha*g/t", "constant", 50, 200.0),
    ] {
        let found = limit(rule, schedule, steps);
        assert!((found / expected - 1.0).abs() < 1e-9, "{rule} {schedule}: {found} for {expected}");
    }
    // One parameter's own rate is no part of what α may be.
    let own = asked("x^2 + y^2").set("alpha@y", 0.1).vary("alpha", along("0.1,0.5"));
    assert!((theory(&resolved(&own), Some(&[0.0, 0.0])).limits()[0].alpha - 1.0).abs() < 1e-9);
    let lost = asked("x^2 + y^2").set("alpha@y", 1.1).vary("alpha", along("0.1,0.5"));
    assert!(theory(&resolved(&lost), Some(&[0.0, 0.0])).limits().is_empty(), "y leaves whatever α is");
}
