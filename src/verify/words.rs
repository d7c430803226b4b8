//! The eight words, on descents whose end anybody works out by hand; and one that must not count as arrived.

use super::check::{Map, Measured, along, asked, rule};
use super::controls::caught;
use crate::engine::{Engine, EngineError};
use crate::problem::Stop;
use crate::sweep::{Axis, Outcome, Precision, Request};

/// A descent and what it comes to.
#[derive(Debug, Clone, Copy)]
pub struct WordRow {
    /// What it does, in words.
    pub name: &'static str,
    /// Of one cell; α is the first axis.
    pub request: fn() -> Request,
    pub outcome: Outcome,
    /// The step at which that is decided, in f32 and in f64.
    pub steps: (u32, u32),
}

/// Steps, where nothing ends a descent earlier.
const STEPS: u32 = 100;

fn one(objective: &str, alpha: f64, start: f64) -> Request {
    asked(objective).vary("alpha", Axis::one(alpha)).vary_start(Axis::one(start)).steps(u64::from(STEPS))
}

/// At least one for each word. (x−1)² from 1+d: a step multiplies d by 1−2α.
pub const WORDS: &[WordRow] = &[
    WordRow {
        name: "(x-1)², α = 1/4: d halves",
        request: || one("square", 0.25, 9.0),
        outcome: Outcome::Converged,
        // The slope began at 16, and is 16/2ᵏ: below 1e-6 and 1e-8 of that.
        steps: (20, 27),
    },
    WordRow {
        name: "|x|, a rule that gives up after 4 steps",
        request: || one("abs(x)", 1.0, 9.0).rule(rule("delta = -alpha*g*select(t <= 4, 1, 0)")),
        outcome: Outcome::Settled,
        steps: (STEPS, STEPS),
    },
    WordRow {
        name: "(x-1)², α = 1/1000: d shrinks by 0.2 %",
        request: || one("square", 1e-3, 9.0),
        outcome: Outcome::Descending,
        steps: (STEPS, STEPS),
    },
    WordRow {
        name: "(x-1)², α = 1e-10",
        request: || one("square", 1e-10, 9.0),
        outcome: Outcome::Level,
        steps: (STEPS, STEPS),
    },
    WordRow {
        name: "lecture, α = 4: from -10 to 14 and back",
        request: || one("lecture", 4.0, -10.0),
        outcome: Outcome::Oscillating,
        steps: (STEPS, STEPS),
    },
    WordRow {
        name: "x²-y² along y = 0: rests on the saddle",
        request: || one("x^2 - y^2", 0.5, 4.0).set("y_start", 0.0),
        outcome: Outcome::Unstable,
        steps: (1, 1),
    },
    WordRow {
        name: "(x-1)², α = 1.001: d grows by 0.2 %",
        request: || one("square", 1.001, 9.0),
        outcome: Outcome::Rising,
        steps: (STEPS, STEPS),
    },
    WordRow {
        name: "(x-1)², α = 3/2: d doubles",
        request: || one("square", 1.5, 2.0),
        // 4¹⁴ is the first power of 4 above 1e8·(1+1).
        outcome: Outcome::Diverged,
        steps: (14, 14),
    },
];

/// Holds an engine against the words. `factor` is on every α; 1 for the descents as they are.
///
/// # Errors
/// As [`Engine::run`].
pub fn words(engine: &dyn Engine, precisions: &[Precision], factor: f64) -> Result<Measured, EngineError> {
    let (mut descents, mut wrong, mut first) = (0_u32, 0_u32, None);
    for row in WORDS {
        for precision in precisions {
            let mut request = (row.request)().precision(*precision);
            let alpha = request.common.axes[0].axis.value(0);
            request.common.axes[0].axis = Axis::one(factor * alpha);
            let map = Map::of(engine, &request)?;
            let found = (map.cells.outcome[0], map.cells.steps[0]);
            let steps = if precision.is_wide() { row.steps.1 } else { row.steps.0 };
            descents += 1;
            if found != (row.outcome, steps) {
                wrong += 1;
                first.get_or_insert_with(|| {
                    let ((got, at), expected) = (found, row.outcome);
                    format!("{}, {precision}: {got} at step {at}, not {expected} at {steps}", row.name)
                });
            }
        }
    }
    Ok(Measured::new(vec![("descents", f64::from(descents)), ("wrong", f64::from(wrong))], first))
}

/// The same descents with α a hundredth too large must not pass for them: the cycle at α = 4 is none at 4.04.
///
/// # Errors
/// As [`Engine::run`].
pub fn wrong_words(engine: &dyn Engine, factor: f64) -> Result<Measured, EngineError> {
    let measured = words(engine, &[Precision::F64], factor)?;
    let [tried, wrong] = ["descents", "wrong"].map(|name| measured.figures.get(name).unwrap_or(0.0) as u32);
    Ok(caught(tried, wrong))
}

/// λ of x²; with momentum and α = 1/λ the first step lands on the minimum, at full speed.
const AT_ONCE: f64 = 0.5;

/// Heavy balls that fly through the minimum at their first step. `stop` ends them where it holds, at once; without it the
/// test on the slope has to hold on.
fn flying(engine: &dyn Engine, precision: Precision, stop: Option<Stop>) -> Result<Map, EngineError> {
    let request = asked("x^2").rule(rule("momentum")).vary("alpha", Axis::one(AT_ONCE));
    let request = request.vary_start(along(Axis::lin(-4.0, 4.0, 8))).steps(1000).precision(precision);
    let request = if let Some(stop) = stop { request.stop(stop) } else { request };
    Map::of(engine, &request)
}

/// No descent that flies through the minimum may count as arrived there; it arrives later, when it has come to rest.
///
/// # Errors
/// As [`Engine::run`].
pub fn fly_by(engine: &dyn Engine, precisions: &[Precision]) -> Result<Measured, EngineError> {
    let mut all = (0, 0, None);
    for precision in precisions {
        tell_arrivals(&flying(engine, *precision, None)?, &mut all);
    }
    let (descents, wrong, first) = all;
    Ok(Measured::new(vec![("descents", f64::from(descents)), ("wrong", f64::from(wrong))], first))
}

/// The speed after k steps is about 0.9^(k/2) of the first.
const SLOWED_DOWN: u32 = 100;

fn tell_arrivals(map: &Map, (descents, wrong, first): &mut (u32, u32, Option<String>)) {
    for cell in 0..map.spec.cells() {
        let (outcome, steps) = (map.cells.outcome[cell], map.cells.steps[cell]);
        *descents += 1;
        if outcome != Outcome::Converged || steps < SLOWED_DOWN {
            *wrong += 1;
            first.get_or_insert_with(|| format!("{}: {outcome} at step {steps}", map.place(cell)));
        }
    }
}

/// Descents that count as arrived where the slope is 0 once must be caught. They do with a condition of one's own, which
/// counts at once; `stop` is that condition.
///
/// # Errors
/// As [`Engine::run`].
pub fn unconfirmed(engine: &dyn Engine, stop: &str) -> Result<Measured, EngineError> {
    let stop = stop.parse().unwrap_or_else(|error| unreachable!("a condition: {error}"));
    let mut all = (0, 0, None);
    tell_arrivals(&flying(engine, Precision::F64, Some(stop))?, &mut all);
    Ok(caught(all.0, all.1))
}
