//! The problems that have data, by their catalog names: the numbers that their sources print, or what an independent
//! calculation here says of the same draw. In f64 on the CPU to the last digit; elsewhere within a stated tolerance.

#![allow(clippy::unreadable_literal, reason = "published numbers stand as they were printed")]

use crate::common::{Map, Tolerance, along, asked, coarse, cpu, everywhere, read};
use alphasweep::expr::{Graph, evaluate, gradient};
use alphasweep::problem::catalog::OBJECTIVES;
use alphasweep::problem::{Data, Objective, data_row, draw};
use alphasweep::sweep::{Axis, Outcome, Precision, Request, Setting};
use nalgebra::{DMatrix, DVector};

/// Compensated f32 takes slopes at the f32 value of a parameter.
const COMPENSATED: Tolerance = Tolerance { absolute: 2e-6, relative: 1e-5 };

fn in_f64(request: &Request) -> Map {
    Map::of(&cpu(), &request.clone().precision(Precision::F64))
}

fn data(name: &str, seed: u32) -> Data {
    draw(data_row(name).expect("a data set of the catalog"), seed)
}

fn column<'a>(data: &'a Data, name: &str) -> &'a [f64] {
    data.column(name).expect("a column")
}

/// Least squares of `y` over the columns `basis`, by a decomposition that descent knows nothing of.
fn least_squares(basis: &[Vec<f64>], y: &[f64]) -> Vec<f64> {
    let matrix = DMatrix::from_fn(y.len(), basis.len(), |row, column| basis[column][row]);
    let solved = matrix.svd(true, true).solve(&DVector::from_column_slice(y), 1e-12).expect("a solution");
    solved.iter().copied().collect()
}

/// Every row that has data runs on both engines, in every precision they have, and looks alike.
#[test]
fn every_row_with_data_runs_by_its_name() {
    let rows: Vec<_> = OBJECTIVES.iter().filter(|row| !row.data.is_empty()).collect();
    assert!(rows.len() >= 6, "hours, line, normal, line-mae, sine, sine-as-posted");
    let neurons = ["sigmoid-mse", "cross-entropy"].map(|name| alphasweep::problem::catalog::objective(name).unwrap());
    for row in rows.into_iter().chain(neurons) {
        let maps = everywhere(&coarse(row, 9).steps(100));
        let ended = |map: &Map| map.cells.outcome.iter().filter(|outcome| **outcome == Outcome::Diverged).count();
        for map in &maps {
            assert!(map.cells.loss_start.iter().all(|loss| loss.is_finite()), "{} {}", row.name, map.label);
            // A few cells lie on the boundary, where rounding decides.
            assert!(ended(map).abs_diff(ended(&maps[0])) <= 3, "{} {}", row.name, map.label);
        }
    }
}

#[test]
fn the_sine_can_have_its_noisy_data() {
    for name in ["sine", "sine-as-posted"] {
        let request = asked(name).data(data("sine-noisy", 0)).set("alpha", 0.01).vary_start(along("lin:-1:1:5"));
        for map in everywhere(&request.steps(50)) {
            assert_eq!(map.cells.outcome, [Outcome::Descending; 5], "{name} {}", map.label);
        }
    }
}

fn hours(batch: &str, steps: u64) -> Request {
    asked("hours").vary("alpha", Axis::one(0.01)).vary_start(Axis::one(1.0)).batch(read(batch)).gtol(0.0).steps(steps)
}

/// The post's prediction for four hours, after 100 epochs.
#[test]
fn four_hours_give_the_points_that_were_printed() {
    for (batch, steps, expected) in [("each", 300, 7.9999999999996945), ("full", 100, 7.999777758621207)] {
        let request = hours(batch, steps);
        let map = in_f64(&request);
        assert_eq!(4.0 * map.p(0), expected, "{batch}: {}", map.evidence(0));
        for map in everywhere(&request) {
            assert!(COMPENSATED.holds(4.0 * map.p(0), expected), "{batch}: {}", map.evidence(0));
        }
    }
}

/// Full batch: λ = 2·mean(x²) = 28/3, so the end is at 2/λ = 3/14.
#[test]
fn the_hours_let_go_at_three_fourteenths() {
    let request = hours("full", 10_000).gtol(1e-5);
    let request = request.without_axes().vary("alpha", along("0.15,0.23")).vary_start(Axis::one(1.0));
    for map in everywhere(&request) {
        assert_eq!(map.cells.outcome, [Outcome::Converged, Outcome::Diverged], "{}", map.label);
    }
}

fn bowl(alpha: &str) -> Request {
    let request = asked("bowl").vary("alpha", along(alpha)).vary_start(Axis::one(-3.0)).set("x1_start", 4.0);
    request.gradient(read("central:1e-4")).gtol(0.0).steps(100).diverge(f64::INFINITY)
}

/// Published: rounding of the central difference at huge values, which depends on every operation and their order. A bump of 1e-4 is
/// lost beside 1e13: it stands still there, far above its start.
#[test]
fn central_differences_at_huge_values_round_as_printed() {
    let map = in_f64(&bowl("10"));
    let printed: Vec<String> = map.cells.parameters.iter().map(|values| format!("{:.8e}", values[0])).collect();
    assert_eq!(printed, ["-2.58983747e13", "-1.29524862e12"], "{}", map.evidence(0));
    assert_eq!((map.outcome(0), map.steps(0)), (Outcome::Settled, 100), "{}", map.evidence(0));
}

#[test]
fn central_differences_at_a_tiny_rate_move_as_printed() {
    let map = in_f64(&bowl("1e-10"));
    let printed: Vec<String> = map.cells.parameters.iter().map(|values| format!("{:.8}", values[0])).collect();
    assert_eq!(printed, ["-2.99999994", "3.99999992"], "{}", map.evidence(0));
    assert_eq!(map.outcome(0), Outcome::Level, "{}", map.evidence(0));
    // In f32 a central difference of half-width 1e-4 has two digits: of a way of 6e-8 that leaves 1e-9.
    let close = Tolerance { absolute: 3e-9, relative: 0.0 };
    for map in everywhere(&bowl("1e-10")).iter().filter(|map| map.spec.program.precision == Precision::Compensated) {
        let (x0, x1) = (map.cells.parameters[0][0], map.cells.parameters[1][0]);
        assert!(close.holds(x0, -2.99999994) && close.holds(x1, 3.99999992), "{}", map.evidence(0));
        assert_eq!(map.outcome(0), Outcome::Level, "{}", map.evidence(0));
    }
}

/// A width below 16 units in the last place of a start: at 10 f32 has a number every 2⁻²⁰, so that 1e-6 is one of them, and at
/// 1000 it is none. What the message proposes is accepted.
#[test]
fn central_differences_against_the_grain_of_the_starts_are_refused() {
    let refused = |request: &Request| request.resolve().err().map(|error| error.to_string());
    let lecture = |width: &str, precision| asked("lecture").gradient(read(width)).precision(precision);
    let far = |width: &str| asked("(x-3)^2").gradient(read(width)).vary_start(Axis::one(1000.0)).set("alpha", 0.1);
    for precision in [Precision::F32, Precision::Compensated] {
        let told = refused(&lecture("central:1e-6", precision)).expect("refused");
        for part in
            ["--gradient central:1e-6", "1.05 units", "f32", "beta starts at 10", "central:2e-5", "--precision f64"]
        {
            assert!(told.contains(part), "{part} in {told}");
        }
        assert_eq!(refused(&lecture("central:2e-5", precision)), None);
        assert!(refused(&far("central:1e-6").precision(precision)).is_some_and(|told| told.contains("central:1e-3")));
        assert_eq!(refused(&far("central:1e-3").precision(precision)), None);
    }
    assert_eq!(refused(&lecture("central:1e-6", Precision::F64)), None);
    let told = refused(&lecture("central:1e-15", Precision::F64)).expect("below the grain of f64");
    assert!(told.contains("f64 where") && told.contains("central:3e-14") && !told.contains("--precision"), "{told}");
    // A start that is no axis counts, and one at 0 has no grain.
    let bowl = asked("bowl").gradient(read("central:1e-4")).set("x1_start", 1e4).precision(Precision::F32);
    let told = refused(&bowl).expect("refused");
    assert!(told.contains("x1 starts at 10000"), "{told}");
    let nowhere = asked("(x-3)^2").gradient(read("central:1e-6")).set("x_start", 0.0).precision(Precision::F32);
    assert_eq!(refused(&nowhere), None);
}

/// One sample per step, α = 0.001, 1000 epochs: within about 0.01 of least squares, around which it circles.
#[test]
fn the_line_ends_near_least_squares() {
    let request = asked("line").vary("seed", along("lin:0:9:10")).set("alpha", 0.001).set("a_start", -2.0);
    for map in everywhere(&request.gtol(0.0).steps(100_000)) {
        for cell in 0..map.len() {
            let data = data("line", cell as u32);
            let (x, y) = (column(&data, "x"), column(&data, "y"));
            let exact = least_squares(&[x.to_vec(), vec![1.0; x.len()]], y);
            let off = [0, 1].map(|at| (map.cells.parameters[at][cell] - exact[at]).abs());
            println!("{} seed {cell}: off by {off:?}", map.label);
            assert!(off.iter().all(|off| *off < 0.01), "{}, least squares {exact:?}", map.evidence(cell));
        }
    }
}

/// The same data, all rows per step: the normal equations' answer to many digits.
#[test]
fn full_batches_reach_the_normal_equations() {
    let request = asked("normal").vary("seed", along("lin:0:9:10")).set("alpha", 0.5).set("a_start", -2.0);
    let map = in_f64(&request.gtol(1e-12).steps(10_000));
    for cell in 0..map.len() {
        let data = data("line", cell as u32);
        let (x, y) = (column(&data, "x"), column(&data, "y"));
        let exact = least_squares(&[x.to_vec(), vec![1.0; x.len()]], y);
        let off = [0, 1].map(|at| (map.cells.parameters[at][cell] - exact[at]).abs());
        assert!(
            map.outcome(cell) == Outcome::Converged && off.iter().all(|off| *off < 1e-11),
            "{}",
            map.evidence(cell)
        );
    }
}

/// Mean |ŷ − y| where a descent of model(x) = W·basis(x) + b ended, on the data of its seed.
fn mean_error(map: &Map, cell: usize, set: &str, basis: fn(f64) -> f64) -> f64 {
    let data = data(set, map.x(cell) as u32);
    let (w, b) = (map.cells.parameters[0][cell], map.cells.parameters[1][cell]);
    let (x, y) = (column(&data, "x"), column(&data, "y"));
    x.iter().zip(y).map(|(x, y)| (w * basis(*x) + b - y).abs()).sum::<f64>() / x.len() as f64
}

/// The posts' model over seeds 0…19, W and b drawn with them.
fn posted(name: &str, alpha: f64, steps: u64) -> Request {
    let request = asked(name)
        .vary("seed", along("lin:0:19:20"))
        .set("alpha", alpha)
        .set("W_start", Setting::Uniform { lo: -1.0, hi: 1.0 });
    request.steps(steps)
}

/// What a list of errors is like, for people.
fn spread(mut errors: Vec<f64>) -> (f64, f64, f64) {
    errors.sort_by(f64::total_cmp);
    (errors[0], errors[errors.len() / 2], errors[errors.len() - 1])
}

/// At most 100 epochs at α = 0.7, which stop at a mean error of 0.001. The source printed 0.00146 for its one draw: like
/// most draws it ran out of epochs just before.
#[test]
fn the_mean_error_of_the_line_is_of_the_size_that_was_posted() {
    for map in everywhere(&posted("line-mae", 0.7, 100)) {
        let errors: Vec<f64> = (0..map.len()).map(|cell| mean_error(&map, cell, "line-mae", |x| x)).collect();
        println!("{} line-mae: {:?}, all {errors:?}", map.label, spread(errors.clone()));
        for (cell, error) in errors.iter().enumerate() {
            let converged = map.outcome(cell) == Outcome::Converged;
            assert_eq!(converged, *error < 0.001, "{}, mean error {error}", map.evidence(cell));
            assert!((1e-4..2e-2).contains(error), "{}, mean error {error}", map.evidence(cell));
        }
    }
}

#[test]
fn a_seed_draws_the_same_again_and_another_seed_something_else() {
    let run = |seed| Map::of(&cpu(), &asked("line-mae").set("alpha", 0.7).vary_start(Axis::one(0.5)).seed(seed));
    assert_eq!(run(3).bits(0), run(3).bits(0));
    assert_ne!(run(3).bits(0), run(4).bits(0));
    assert_eq!(
        Map::of(&cpu(), &asked("line-mae").set("alpha", 0.7).vary_start(Axis::one(0.5))).bits(0),
        run(0).bits(0)
    );
}

fn sine_errors(name: &str, alpha: f64, set: &str) -> Vec<f64> {
    let mut request = posted(name, alpha, 200);
    if set != "sine" {
        request = request.data(data(set, 0));
    }
    let map = in_f64(&request);
    (0..map.len()).map(|cell| mean_error(&map, cell, set, f64::sin)).collect()
}

/// As posted, the slope for W is mean((ŷ−y)·x): α = 0.7 fails, though not for every draw, and 0.01 gets somewhere. The
/// true slope works at 0.7.
#[test]
fn the_sine_fails_as_posted_and_works_with_the_true_slope() {
    let true_slope = sine_errors("sine", 0.7, "sine");
    assert!(true_slope.iter().all(|error| *error < 0.001), "{true_slope:?}");
    let wild = sine_errors("sine-as-posted", 0.7, "sine");
    let failed = wild.iter().filter(|error| **error > 100.0).count();
    println!("as posted, α = 0.7: {failed} of {} fail, {:?}", wild.len(), spread(wild.clone()));
    assert!(failed > wild.len() / 2, "{wild:?}");
    let (_, median, most) = spread(sine_errors("sine-as-posted", 0.01, "sine"));
    assert!(median < 1.5 && most < 4.0, "as posted, α = 0.01: {median}, at most {most}");
}

/// The source printed a mean error of about 0.909 for its one noisy draw. That is what other draws scatter around; the
/// noise alone makes 0.8, which is the mean of |N(0,1)|.
#[test]
fn the_noisy_sine_ends_about_where_the_source_did() {
    let (least, median, most) = spread(sine_errors("sine-as-posted", 0.01, "sine-noisy"));
    println!("as posted, noisy, α = 0.01: {least} … {median} … {most}");
    assert!(least < 0.909 && 0.909 < most && median < 2.0, "{least} … {median} … {most}");
    let (least, median, most) = spread(sine_errors("sine", 0.7, "sine-noisy"));
    println!("true slope, noisy, α = 0.7: {least} … {median} … {most}");
    assert!(least > 0.6 && most < 1.0 && (median - 0.8).abs() < 0.1, "{least} … {median} … {most}");
}

/// The slopes that the optimisation post derives: −(y−σ)σ(1−σ) and σ−y, times x for w.
#[test]
fn one_neurons_slopes_are_those_of_the_post() {
    let sigma = |z: f64| 1.0 / (1.0 + (-z).exp());
    let squared: fn(f64, f64) -> f64 = |y, s| -(y - s) * s * (1.0 - s);
    let entropy: fn(f64, f64) -> f64 = |y, s| s - y;
    for (name, by_z) in [("sigmoid-mse", squared), ("cross-entropy", entropy)] {
        let objective = Objective::new(name, &[]).expect("a row");
        let mut graph = Graph::new();
        let loss = objective.lower(&mut graph).expect("a formula");
        let parameters = objective.inputs(&mut graph);
        let slopes = gradient(&mut graph, loss, &parameters);
        for (w, b, x, y) in [(0.0, 0.0, 1.0, 1.0), (1.5, -0.25, 2.0, 0.0), (-3.0, 1.0, 0.5, 1.0), (0.1, 4.0, -1.0, 0.3)]
        {
            let value = |name: &String| match name.as_str() {
                "w" => w,
                "b" => b,
                "x" => x,
                _ => y,
            };
            let inputs: Vec<f64> = graph.inputs().iter().map(value).collect();
            let expected = by_z(y, sigma(w * x + b));
            let found = evaluate(&graph, &slopes, &inputs);
            let close = Tolerance { absolute: 1e-15, relative: 1e-12 };
            assert!(
                close.holds(found[0], expected * x) && close.holds(found[1], expected),
                "{name} at w = {w}, b = {b}"
            );
        }
    }
}
