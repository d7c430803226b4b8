//! Descents of every kind, at 100, 1000 and 10,000 steps: what each comes to is worked out by hand, and told again from the whole
//! list of its losses by a plain loop (`common/trend.rs`).

use crate::common::{Map, along, asked, cpu, everywhere, on_every_engine, read};
use alphasweep::sweep::{Outcome, Precision, Request};

use Outcome::{Converged, Descending, Diverged, Level, Oscillating, Rising, Settled, Unstable};

const STEPS: [u64; 3] = [100, 1000, 10_000];

/// A parameter, the state of its rule, and the slope below which it has arrived.
#[derive(Clone, Copy)]
struct Plain {
    x: f64,
    v: f64,
    tolerance: f64,
}

struct Row {
    name: &'static str,
    request: fn() -> Request,
    start: f64,
    loss: fn(f64) -> f64,
    slope: fn(f64) -> f64,
    /// Velocity and parameter after a step, of the two and the slope.
    next: fn(f64, f64, f64) -> (f64, f64),
    /// After 100, 1000 and 10,000 steps.
    words: [Outcome; 3],
}

fn one(objective: &str, alpha: &str, start: &str) -> Request {
    asked(objective).vary("alpha", along(alpha)).vary_start(along(start)).precision(Precision::F64)
}

/// A loss and its slope.
type Loss = (fn(f64) -> f64, fn(f64) -> f64);

const SQUARE: Loss = (|x| (x - 1.0) * (x - 1.0), |x| 2.0 * (x - 1.0));
const WELLS: Loss = (|x| (x * x - 1.0).powi(2) / 4.0, |x| x * (x * x - 1.0));
const BOWL: Loss = (|x| x * x, |x| 2.0 * x);
const ABS: Loss = (f64::abs, |x| if x == 0.0 { 0.0 } else { x.signum() });

/// On (x−1)² from 1+8 a step of gd multiplies the distance by 1−2α, and the loss by its square.
const ROWS: &[Row] = &[
    Row {
        name: "slow: 2e-4 of the distance a step",
        request: || one("square", "1e-4", "9"),
        start: 9.0,
        loss: SQUARE.0,
        slope: SQUARE.1,
        next: |x, v, g| (x - 1e-4 * g, v),
        words: [Descending, Descending, Descending],
    },
    // In all the loss falls by 1.6e-9 a step: 1.6e-7, 1.6e-6 (0.8e-6 of it between the windows), 1.6e-5.
    Row {
        name: "hardly moving at all: level, then it creeps",
        request: || one("square", "4e-10", "9"),
        start: 9.0,
        loss: SQUARE.0,
        slope: SQUARE.1,
        next: |x, v, g| (x - 4e-10 * g, v),
        words: [Level, Descending, Descending],
    },
    // Likewise upwards.
    Row {
        name: "hardly moving, and uphill",
        request: || one("square", "-4e-10", "9"),
        start: 9.0,
        loss: SQUARE.0,
        slope: SQUARE.1,
        next: |x, v, g| (x + 4e-10 * g, v),
        words: [Level, Rising, Rising],
    },
    Row {
        name: "fast: the distance halves",
        request: || one("square", "0.25", "9"),
        start: 9.0,
        loss: SQUARE.0,
        slope: SQUARE.1,
        next: |x, v, g| (x - 0.25 * g, v),
        words: [Converged, Converged, Converged],
    },
    // It changes sides, and what is left of the distance is 0.99998ᵏ.
    Row {
        name: "from side to side, by 2e-5 nearer",
        request: || one("square", "0.99999", "9"),
        start: 9.0,
        loss: SQUARE.0,
        slope: SQUARE.1,
        next: |x, v, g| (x - 0.99999 * g, v),
        words: [Descending, Descending, Descending],
    },
    Row {
        name: "from side to side, by 2e-4 farther",
        request: || one("square", "1.0001", "9"),
        start: 9.0,
        loss: SQUARE.0,
        slope: SQUARE.1,
        next: |x, v, g| (x - 1.0001 * g, v),
        words: [Rising, Rising, Rising],
    },
    // Heavy ball: both eigenvalues have the size √0.99, so the loss rings with the envelope 0.99ᵏ: 0.005 of the distance
    // is left after 1000 steps, 1e-8 of the slope after some 3700.
    Row {
        name: "ringing",
        request: || one("x^2", "0.5", "3").rule(read("v = 0.99*v + g; delta = -alpha*v")),
        start: 3.0,
        loss: BOWL.0,
        slope: BOWL.1,
        next: |x, v, g| {
            let v = 0.99 * v + g;
            (x - 0.5 * v, v)
        },
        words: [Descending, Descending, Converged],
    },
    // √0.9: 0.005 of the distance is left after 100 steps, 1e-8 after some 350. The first step lands on 0, at full speed.
    Row {
        name: "flying through the minimum at the first step",
        request: || one("x^2", "0.5", "3").rule(read("momentum")),
        start: 3.0,
        loss: BOWL.0,
        slope: BOWL.1,
        next: |x, v, g| {
            let v = 0.9 * v + g;
            (x - 0.5 * v, v)
        },
        words: [Descending, Converged, Converged],
    },
    Row {
        name: "a 2-cycle without a minimum on it: 1-α·2 = -1",
        request: || one("square", "1", "9"),
        start: 9.0,
        loss: SQUARE.0,
        slope: SQUARE.1,
        next: |x, v, g| (x - g, v),
        words: [Oscillating, Oscillating, Oscillating],
    },
    // Above α = 1 the well at 1 repels, and a 2-cycle around it attracts.
    Row {
        name: "a 2-cycle that attracts",
        request: || one("(x^2-1)^2/4", "1.1", "0.3"),
        start: 0.3,
        loss: WELLS.0,
        slope: WELLS.1,
        next: |x, v, g| (x - 1.1 * g, v),
        words: [Oscillating, Oscillating, Oscillating],
    },
    // No minimum attracts, and |x| stays below √(1+2/α).
    Row {
        name: "chaos",
        request: || one("(x^2-1)^2/4", "1.9", "0.3"),
        start: 0.3,
        loss: WELLS.0,
        slope: WELLS.1,
        next: |x, v, g| (x - 1.9 * g, v),
        words: [Oscillating, Oscillating, Oscillating],
    },
    Row {
        name: "a start on the hill between two wells",
        request: || one("(x^2-1)^2/4", "0.1", "0"),
        start: 0.0,
        loss: WELLS.0,
        slope: WELLS.1,
        next: |x, v, g| (x - 0.1 * g, v),
        words: [Unstable, Unstable, Unstable],
    },
    // 1, 0.7, 0.4, 0.1, −0.2, 0.1, …
    Row {
        name: "a kink: back and forth across it",
        request: || one("abs(x)", "0.3", "1"),
        start: 1.0,
        loss: ABS.0,
        slope: ABS.1,
        next: |x, v, g| (x - 0.3 * g, v),
        words: [Oscillating, Oscillating, Oscillating],
    },
    // At ±0.01 = (α/2)² a step goes from one to the other, and its derivative is 0.
    Row {
        name: "a cusp whose curvature has no end",
        request: || one("2/3*abs(x)^1.5", "0.2", "1"),
        start: 1.0,
        loss: |x| 2.0 / 3.0 * x.abs().powf(1.5),
        slope: |x| x.abs().sqrt() * x.signum(),
        next: |x, v, g| (x - 0.2 * g, v),
        words: [Oscillating, Oscillating, Oscillating],
    },
    // Steps of 1 for 20 steps, then none.
    Row {
        name: "a rule that gives up halfway",
        request: || one("abs(x)", "1", "50").rule(read("n = n + 1; delta = -alpha*g*select(n <= 20, 1, 0)")),
        start: 50.0,
        loss: ABS.0,
        slope: ABS.1,
        next: |x, n, g| (if n < 20.0 { x - g } else { x }, n + 1.0),
        words: [Settled, Settled, Settled],
    },
    // Downhill for ever: by 10 a step, from 0; the bar is 1e8.
    Row {
        name: "a slope without an end",
        request: || one("10*x", "1e5", "0"),
        start: 0.0,
        loss: |x| 10.0 * x,
        slope: |_| 10.0,
        next: |x, v, g| (x - 1e5 * g, v),
        words: [Diverged, Diverged, Diverged],
    },
];

impl Row {
    /// The descent, as a plain loop over lists. `next` gets and gives parameter and state.
    fn told(&self, steps: u64, tolerance: f64) -> Outcome {
        let mut at = Plain { x: self.start, v: 0.0, tolerance };
        let (mut losses, mut places) = (Vec::new(), Vec::new());
        let mut held = 0;
        for step in 0..=steps {
            let (loss, slope) = ((self.loss)(at.x), (self.slope)(at.x));
            losses.push(loss);
            places.push(vec![at.x]);
            if loss.abs() > 1e8 * (1.0 + losses[0].abs()) {
                return Diverged;
            }
            held = if slope.abs() < at.tolerance { held + 1 } else { 0 };
            if held == 33 || (held > 0 && step == steps) {
                return Converged;
            }
            (at.x, at.v) = (self.next)(at.x, at.v, slope);
        }
        crate::common::trend::word(&losses, &places, false, 1e-20)
    }
}

#[test]
fn descents_come_to_what_is_worked_out_by_hand() {
    for row in ROWS {
        for (steps, expected) in STEPS.into_iter().zip(row.words) {
            let map = Map::of(&cpu(), &(row.request)().steps(steps));
            assert_eq!(map.outcome(0), expected, "{}, {steps} steps: {}", row.name, map.evidence(0));
            let tolerance = 1e-8 * (row.slope)(row.start).abs();
            let tolerance = if tolerance == 0.0 { 1e-5 } else { tolerance };
            let told = row.told(steps, tolerance);
            let rests = |word: Outcome| if word == Unstable { Converged } else { word };
            assert_eq!(told, rests(expected), "{}, {steps} steps, as a plain loop", row.name);
        }
    }
}

/// Every word occurs, so that none is told by accident.
#[test]
fn the_table_has_every_word() {
    for word in alphasweep::sweep::OUTCOMES {
        assert!(ROWS.iter().any(|row| row.words.contains(&word)), "{word}");
    }
}

/// What has nothing to do with rounding is the same in every precision and on every engine.
#[test]
fn words_do_not_depend_on_precision_or_engine() {
    // Below half a unit in the last place f32 does not move; a factor of 1−2e-5 is 2e-3 off in it.
    let coarse = ["hardly moving", "from side to side, by 2e-5"];
    for row in ROWS.iter().filter(|row| !coarse.iter().any(|name| row.name.starts_with(name))) {
        for map in everywhere(&(row.request)().steps(1000)) {
            assert_eq!(map.outcome(0), row.words[1], "{}: {}", row.name, map.evidence(0));
        }
    }
}

/// (x²−2)² has no f32 with a slope of 0 near √2: the two next to it have −6.7e-7 and 1.3e-6. A twentieth of either is less
/// than half a unit in the last place, 6e-8: f32 stands still. With the lost part carried on it goes from one to the
/// other and back, which is less than counts as moving, and f64 arrives.
#[test]
fn the_grain_of_f32_is_settled() {
    let request = asked("(x^2-2)^2").vary("alpha", along("0.05")).vary_start(along("1.6")).gtol(1e-7);
    for steps in STEPS {
        let requests = [Precision::F32, Precision::Compensated, Precision::F64];
        let requests = requests.map(|precision| request.clone().steps(steps).precision(precision));
        for map in on_every_engine(&requests) {
            let expected = if map.spec.program.precision.is_wide() { Converged } else { Settled };
            assert_eq!(map.outcome(0), expected, "{steps} steps: {}", map.evidence(0));
        }
    }
}

/// Two rows, 1 and −1, and w drawn to one of them at every step: w keeps jumping about 0, for ever. Row by row, in order, each
/// pass ends nearer to one place beside 0: w = 0.64·w + 0.8·0.2 − 0.2. From 5 it comes there through 0, and so uphill: the loss
/// still rises by 2e-5 after 25 passes, and no more after 250.
#[test]
fn the_noise_floor_of_batches_is_oscillating_and_a_pass_in_order_settles() {
    let data = alphasweep::problem::parse_csv(b"y\n1\n-1\n", "two.csv").expect("a table");
    let request = asked("mean((w-y)^2)").data(data).vary("alpha", along("0.1")).set("w_start", 5.0);
    for steps in [1000, 10_000] {
        for map in everywhere(&request.clone().batch(read("1")).steps(steps).seed(1)) {
            assert_eq!(map.outcome(0), Oscillating, "{steps} steps: {}", map.evidence(0));
        }
    }
    for (steps, expected) in STEPS.into_iter().zip([Rising, Settled, Settled]) {
        for map in everywhere(&request.clone().batch(read("each")).steps(steps)) {
            assert_eq!(map.outcome(0), expected, "{steps} steps: {}", map.evidence(0));
            let place = (0.8 * 0.2 - 0.2) / (1.0 - 0.64);
            assert!((map.p(0) - place).abs() < 1e-6, "{place}: {}", map.evidence(0));
        }
    }
}

/// The first step of momentum with α = 1/λ is on the minimum. It has arrived only when it has come to rest: some 350 steps later,
/// when √0.9ᵏ is 1e-8. A condition of one's own holds there, and counts at once.
#[test]
fn a_fly_by_has_not_arrived() {
    let request = asked("x^2").rule(read("momentum")).vary("alpha", along("0.5")).vary_start(along("-3,1,2.5"));
    for map in everywhere(&request.clone().stop(read("abs(x) < 1e-9"))) {
        assert_eq!((&map.cells.outcome, &map.cells.steps), (&vec![Converged; 3], &vec![1; 3]), "{}", map.label);
    }
    for map in everywhere(&request) {
        let least = if map.spec.program.precision.is_wide() { 300 } else { 200 };
        for cell in 0..3 {
            assert_eq!(map.outcome(cell), Converged, "{}", map.evidence(cell));
            assert!((least..450).contains(&map.steps(cell)), "{}", map.evidence(cell));
        }
    }
}

/// The slope has to stay below the tolerance for 32 more steps, or to the last. x walks over a ledge of `wide` steps, and then
/// uphill.
#[test]
fn the_test_must_hold_for_32_more_steps() {
    for (wide, arrives) in [(32, false), (33, true)] {
        let objective = format!("select(x < {wide}, 0, x)");
        let request = asked(&objective).rule(read("delta = 1")).vary("alpha", along("1")).vary_start(along("0"));
        for map in everywhere(&request.gtol(1e-3).steps(100)) {
            let found = (map.outcome(0), map.steps(0));
            let expected = if arrives { (Converged, 0) } else { (Rising, 100) };
            assert_eq!(found, expected, "{wide} steps of ledge: {}", map.evidence(0));
        }
    }
    // The last step cuts the wait short.
    let request = asked("select(x < 32, 0, x)").rule(read("delta = 1")).vary("alpha", along("1"));
    for map in everywhere(&request.vary_start(along("0")).gtol(1e-3).steps(20)) {
        assert_eq!((map.outcome(0), map.steps(0)), (Converged, 0), "{}", map.evidence(0));
    }
}
