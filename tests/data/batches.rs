//! Steps that take one row or a few, against a plain loop here; and that cutting the work changes nothing where data,
//! starts and batches are drawn.

use crate::common::{
    EVERY_PRECISION, Map, Mismatches, Tolerance, along, asked, cpu, gpu, gpu_with, is_lavapipe, list, read, resolved,
    skipped,
};
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::gpu::GpuOptions;
use alphasweep::problem::random::batch_row;
use alphasweep::problem::{Data, data_row, draw};
use alphasweep::sweep::{Axis, Outcome, Precision, Request, Setting};

/// A descent on mean((a·x+b−y)²), told without any of the project's machinery but its random rows.
struct Loop<'a> {
    data: &'a Data,
    /// Rows per step: `None` is one in order, else so many drawn from the seed.
    drawn: Option<(u32, u32)>,
    steps: u32,
    gtol: f64,
    /// No |parameter| of a descent that goes on is above this.
    parameter_limit: f64,
}

/// What a cell reports.
#[derive(Debug, PartialEq)]
struct Ending {
    outcome: Outcome,
    steps: u32,
    /// The loss at the start, and the last that was finite with its parameters.
    losses: (f64, f64),
    parameters: (f64, f64),
}

impl Loop<'_> {
    fn rows(&self) -> u32 {
        self.data.rows() as u32
    }

    fn period(&self) -> u32 {
        self.drawn.map_or(self.rows(), |(size, _)| self.rows().div_ceil(size))
    }

    /// Rows of step k.
    fn batch(&self, k: u32) -> Vec<u32> {
        match self.drawn {
            None => vec![k % self.rows()],
            Some((size, seed)) => (0..size).map(|slot| batch_row(seed, k, slot, self.rows())).collect(),
        }
    }

    /// Mean loss and slopes over some rows.
    fn evaluate(&self, (a, b): (f64, f64), rows: &[u32]) -> (f64, f64, f64) {
        let (x, y) = (self.data.column("x").unwrap(), self.data.column("y").unwrap());
        let (mut loss, mut by_a, mut by_b) = (0.0, 0.0, 0.0);
        for row in rows {
            let (x, y) = (x[*row as usize], y[*row as usize]);
            let r = a * x + b - y;
            loss += r * r;
            by_a += 2.0 * r * x;
            by_b += 2.0 * r;
        }
        let share = 1.0 / rows.len() as f64;
        (loss / rows.len() as f64, by_a * share, by_b * share)
    }

    fn follow(&self, alpha: f64, start: (f64, f64)) -> Ending {
        let all: Vec<u32> = (0..self.rows()).collect();
        let (mut p, mut last, mut first) = (start, (f64::NAN, start), f64::NAN);
        // Of all judged steps; and the first of those in a row at which the slopes were small.
        let (mut losses, mut places) = (Vec::new(), Vec::new());
        let mut small: Vec<(u32, f64, (f64, f64))> = Vec::new();
        for k in 0..=self.steps {
            let end = |outcome, last: (f64, (f64, f64)), first| Ending {
                outcome,
                steps: k,
                losses: (first, last.0),
                parameters: last.1,
            };
            if !(p.0.abs() <= self.parameter_limit && p.1.abs() <= self.parameter_limit) {
                return end(Outcome::Diverged, last, first);
            }
            if k % self.period() == 0 || k == self.steps {
                let (loss, by_a, by_b) = self.evaluate(p, &all);
                if k == 0 {
                    first = loss;
                }
                if !loss.is_finite() {
                    return end(Outcome::Diverged, last, first);
                }
                last = (loss, p);
                if loss.abs() > 1e8 * (1.0 + first.abs()) {
                    return end(Outcome::Diverged, last, first);
                }
                losses.push(loss);
                places.push(vec![p.0, p.1]);
                // Small for three judged steps in a row, or at the last.
                if by_a.abs() < self.gtol && by_b.abs() < self.gtol {
                    small.push((k, loss, p));
                } else {
                    small.clear();
                }
                if small.len() == 3 || (k == self.steps && !small.is_empty()) {
                    let (steps, loss, parameters) = small[0];
                    return Ending { outcome: Outcome::Converged, steps, losses: (first, loss), parameters };
                }
                if k == self.steps {
                    return end(crate::common::trend::word(&losses, &places, true, 1e-20), last, first);
                }
            }
            let (_, by_a, by_b) = self.evaluate(p, &self.batch(k));
            p = (p.0 - alpha * by_a, p.1 - alpha * by_b);
        }
        unreachable!("the last step ends it")
    }
}

/// Ten rows on a line, so that descents on single rows converge too, and three that are not.
fn rows(exact: bool) -> Data {
    let x = [0.5, -1.0, 1.5, 2.0, -0.25, 0.75, 1.0, -1.75, 0.125, 1.25].to_vec();
    let off = |at: usize| if exact { 0.0 } else { [0.0, 0.25, -0.5][at % 3] };
    let y = x.iter().enumerate().map(|(at, x)| 2.0 * x + 1.0 + off(at)).collect();
    Data { names: vec!["x".into(), "y".into()], columns: vec![x, y], source: "rows".into(), seeded: false }
}

/// From slow to hopeless, so that every outcome occurs.
const ALPHAS: [f64; 9] = [1e-12, 1e-3, 0.05, 0.2, 0.3, 0.6, 1.0, 30.0, 1e9];
const STARTS: [f64; 5] = [-3.0, 0.0, 1.0, 2.0, 5.0];

fn request(data: &Data, batch: &str, steps: u32) -> Request {
    let request = asked("mean((a*x+b-y)^2)").data(data.clone()).batch(read(batch)).steps(u64::from(steps));
    request.vary("alpha", list(ALPHAS)).vary_start(list(STARTS)).set("b_start", 1.0).gtol(1e-6)
}

fn ending(map: &Map, cell: usize) -> Ending {
    Ending {
        outcome: map.outcome(cell),
        steps: map.steps(cell),
        losses: (map.cells.loss_start[cell], map.loss(cell)),
        parameters: (map.cells.parameters[0][cell], map.cells.parameters[1][cell]),
    }
}

/// Steps that are and that are no whole number of passes; batches that divide the data and that do not.
#[test]
fn every_cell_is_what_the_plain_loop_says_to_the_bit() {
    let mut seen: Vec<Outcome> = Vec::new();
    let mut wrong = Mismatches::default();
    for (exact, batch, drawn) in [
        (true, "each", None),
        (false, "each", None),
        (true, "1", Some((1, 5))),
        (false, "3", Some((3, 5))),
        (true, "3", Some((3, 5))),
        (false, "10", Some((10, 5))),
    ] {
        for steps in [0, 1, 7, 10, 95, 2000, 2003] {
            let data = rows(exact);
            let mut request = request(&data, batch, steps).precision(Precision::F64);
            if let Some((_, seed)) = drawn {
                request = request.seed(u64::from(seed));
            }
            let map = Map::of(&cpu(), &request);
            let truth = Loop { data: &data, drawn, steps, gtol: 1e-6, parameter_limit: 1e150 };
            for cell in 0..map.len() {
                let expected = truth.follow(map.x(cell), (map.y(cell), 1.0));
                seen.push(expected.outcome);
                if ending(&map, cell) != expected {
                    wrong.note(|| format!("batch {batch}, {}\n      expected {expected:?}", map.evidence(cell)));
                }
            }
        }
    }
    wrong.none("batches against a plain loop");
    // The bowl of a line has neither a saddle nor a maximum to rest on.
    for outcome in alphasweep::sweep::OUTCOMES.into_iter().filter(|outcome| *outcome != Outcome::Unstable) {
        assert!(seen.contains(&outcome), "no cell is {outcome}");
    }
}

/// `a*a` stands in the loss, which is judged after full passes alone, and in every step's slope.
#[test]
fn what_loss_and_slope_share_is_up_to_date_at_steps_that_are_not_judged() {
    let data = rows(false);
    let (x, y) = (data.column("x").unwrap(), data.column("y").unwrap());
    let request = asked("mean((a*a*x + exp(b) - y)^2)").data(data.clone()).steps(23).gtol(0.0);
    let request = request.vary("alpha", list([0.01, 0.05])).set("a_start", 1.0).set("b_start", -0.5);
    for (batch, drawn) in [("each", None), ("3", Some((3, 5)))] {
        let order = Loop { data: &data, drawn, steps: 23, gtol: 0.0, parameter_limit: 1e18 };
        let end = |alpha: f64| {
            let (mut a, mut b) = (1.0_f64, -0.5_f64);
            for k in 0..23 {
                let rows = order.batch(k);
                let residual = |row: u32| a * a * x[row as usize] + b.exp() - y[row as usize];
                let mean = |of: &dyn Fn(u32) -> f64| rows.iter().map(|row| of(*row)).sum::<f64>() / rows.len() as f64;
                let by_a = mean(&|row| 4.0 * residual(row) * a * x[row as usize]);
                let by_b = mean(&|row| 2.0 * residual(row) * b.exp());
                (a, b) = (a - alpha * by_a, b - alpha * by_b);
            }
            [a, b]
        };
        for map in crate::common::everywhere(&request.clone().batch(read(batch)).seed(5)) {
            let near = if map.spec.program.precision.is_wide() { 1e-12 } else { 1e-4 };
            for cell in 0..map.len() {
                for (found, expected) in map.cells.parameters.iter().zip(end(map.x(cell))) {
                    let evidence = map.evidence(cell);
                    assert!((found[cell] - expected).abs() < near, "batch {batch}, {expected} expected: {evidence}");
                }
            }
        }
    }
}

/// α = 3e9 multiplies the parameter by about 3e9 at every step: 1e18 is passed long before the pass is over, at a step
/// that is not judged, and what is reported is the start.
#[test]
fn a_parameter_beyond_its_limit_diverges_at_its_own_step() {
    let data = rows(false);
    let narrow = [Precision::F32, Precision::Compensated].map(|precision| {
        let request = request(&data, "each", 500);
        request.without_axes().vary("alpha", Axis::one(3e9)).vary_start(Axis::one(1.0)).precision(precision)
    });
    for map in crate::common::on_every_engine(&narrow) {
        let truth = Loop { data: &data, drawn: None, steps: 500, gtol: 1e-6, parameter_limit: 1e18 };
        let expected = truth.follow(3e9, (1.0, 1.0));
        assert!(expected.steps > 1 && !expected.steps.is_multiple_of(10), "{expected:?} is no step between judgements");
        assert_eq!((map.outcome(0), map.steps(0)), (Outcome::Diverged, expected.steps), "{}", map.evidence(0));
        assert_eq!((map.p(0), map.loss(0)), (1.0, map.cells.loss_start[0]), "{}", map.evidence(0));
    }
}

/// In f32 the loop here is not the engine's; it is the same arithmetic with other roundings.
#[test]
fn every_engine_comes_close_to_the_plain_loop() {
    let data = rows(true);
    for (batch, drawn) in [("each", None), ("3", Some((3, 0)))] {
        let request = request(&data, batch, 203);
        let request = request.without_axes().vary("alpha", along("0.05,0.1")).vary_start(list(STARTS));
        for map in crate::common::everywhere(&request.gtol(0.0)) {
            for cell in 0..map.len() {
                let truth = Loop { data: &data, drawn, steps: 203, gtol: 0.0, parameter_limit: 1e18 };
                let expected = truth.follow(map.x(cell), (map.y(cell), 1.0));
                let close = Tolerance { absolute: 2e-5, relative: 0.0 };
                let near = close.holds(map.p(cell), expected.parameters.0);
                // In f64 the loss still falls where f32 has nothing left to take away.
                let floor = expected.losses.1 < 1e-12 && map.outcome(cell) == Outcome::Settled;
                let same = map.outcome(cell) == expected.outcome || floor;
                assert!(near && same, "{}: {expected:?}", map.evidence(cell));
            }
        }
    }
}

/// Data drawn per seed, starts drawn per seed, rows drawn per seed, along x and along y; nested sums; given slopes.
fn drawn_sweeps() -> Vec<Request> {
    let line =
        asked("line").vary("seed", along("lin:1:8:8")).vary("alpha", along("log:1e-3:0.3:5")).set("a_start", -2.0);
    let random =
        asked("line-mae").vary("alpha", along("log:0.1:3:5")).vary("seed", along("lin:1:8:8")).batch(read("7"));
    let random = random.set("W_start", Setting::Uniform { lo: -1.0, hi: 1.0 });
    let sine = asked("sine-as-posted").vary("alpha", along("log:1e-3:1:6")).vary("seed", along("lin:1:8:8"));
    let sine = sine.set("W_start", Setting::Uniform { lo: -1.0, hi: 1.0 });
    let normal = asked("mean((x-mean(a*x+b*y))^2)").data(draw(data_row("line").unwrap(), 0));
    let normal = normal
        .vary("seed", along("lin:1:8:8"))
        .vary("alpha", along("log:1e-3:1:5"))
        .set("a_start", Setting::Normal { mean: 0.0, std: 1.0 });
    let fixed = asked("hours").vary("alpha", along("lin:0.01:0.3:7")).vary("seed", along("lin:1:8:8")).batch(read("2"));
    let fixed = fixed.set("w_start", Setting::Uniform { lo: -1.0, hi: 1.0 });
    // The usual tolerance is that of all seeds together.
    [line, random, sine, normal.batch(read("5")), fixed].map(|request| request.steps(1003).gtol(1e-6)).to_vec()
}

#[test]
fn a_cell_of_a_seed_is_the_run_with_that_seed() {
    let mut wrong = Mismatches::default();
    for request in drawn_sweeps() {
        for precision in EVERY_PRECISION {
            let request = request.clone().precision(precision);
            let map = Map::of(&cpu(), &request);
            let on_x = map.spec.x.name == "seed";
            let mut alone = request.clone();
            alone.common.axes.retain(|varied| !varied.knob.is("seed"));
            for seed in 1..=8 {
                let alone = alone.clone().seed(seed);
                let alone = Map::of(&cpu(), &alone);
                for at in 0..alone.len() {
                    let line = seed as usize - 1;
                    let cell = if on_x { at * map.spec.nx() + line } else { line * map.spec.nx() + at };
                    if map.bits(cell) != alone.bits(at) {
                        wrong.note(|| format!("seed {seed}: {}\n      {}", map.evidence(cell), alone.evidence(at)));
                    }
                }
            }
        }
    }
    wrong.none("cells of a seed");
}

#[test]
fn threads_and_tiles_do_not_matter_to_what_is_drawn() {
    for request in drawn_sweeps() {
        for request in EVERY_PRECISION.map(|precision| request.clone().precision(precision)) {
            let expected = Map::of(&CpuEngine::new(Some(1)).unwrap(), &request);
            let story = |how: String| format!("{} {how}", request.formula.text());
            let two = Map::of(&CpuEngine::new(Some(2)).unwrap(), &request);
            expected.bit_differences(&two).none(&story("on two threads".into()));
            for cells in [1, 3, 17] {
                let other = Map::of(&cpu().with_tile_cells(cells), &request);
                expected.bit_differences(&other).none(&story(format!("in tiles of {cells}")));
            }
        }
    }
}

/// More cells than lanes, which begin at different times and end in the middle of a pass.
#[test]
fn lanes_that_take_new_cells_draw_their_own_rows() {
    let request =
        asked("line-mae").vary("alpha", along("log:0.01:300:90")).vary("seed", along("lin:1:40:40")).batch(read("7"));
    let request = request.set("W_start", Setting::Uniform { lo: -1.0, hi: 1.0 }).steps(77);
    for request in EVERY_PRECISION.map(|precision| request.clone().precision(precision)) {
        let expected = Map::of(&cpu().with_tile_cells(1), &request);
        expected.bit_differences(&Map::of(&cpu(), &request)).none("a crowd of lanes");
    }
}

#[test]
fn tiles_and_chunks_of_the_gpu_do_not_matter_to_what_is_drawn() {
    let Some(gpu) = gpu() else { return };
    let cuts = [(Some(7), None), (None, Some(1)), (None, Some(13)), (Some(11), Some(100))];
    for request in drawn_sweeps() {
        for request in EVERY_PRECISION.map(|precision| request.clone().precision(precision).steps(203)) {
            if let Err(why) = gpu.check(&resolved(&request).into()) {
                skipped(request.formula.text(), &why.to_string());
                continue;
            }
            let expected = Map::of(&gpu, &request);
            for (tile_cells, chunk_steps) in cuts {
                let options = GpuOptions { tile_cells, chunk_steps, ..GpuOptions::default() };
                let engine = gpu_with(options).expect("it opened before");
                let story = format!("{} in {tile_cells:?} cells, {chunk_steps:?} steps", request.formula.text());
                expected.bit_differences(&Map::of(&engine, &request)).none(&story);
            }
            let transcendental = request.formula.text().starts_with("sine");
            if is_lavapipe(&gpu) && !transcendental {
                let here = Map::of(&cpu(), &request);
                here.bit_differences(&expected).none(&format!("{} on CPU and lavapipe", request.formula.text()));
            }
        }
    }
}

/// Sums that need other sums are loops one after the other. lavapipe ends an invocation's loops after 65,535 turns
/// without a word, so every turn must be counted: a step that has too many is refused, and no chunk has.
#[test]
fn long_nested_loops_over_rows_are_whole_on_the_gpu() {
    let Some(gpu) = gpu() else { return };
    let text = "m = mean(a*x); s = mean((a*x-m)^2); t = mean((a*x-m-s)^2); (mean((a*x-t)^2)-1)^2";
    for (rows, runs) in [(3000, true), (12_000, false)] {
        let x: Vec<f64> = (0..rows).map(|at| f64::from(at % 17) / 16.0).collect();
        let data = Data { names: vec!["x".into()], columns: vec![x], source: "many".into(), seeded: false };
        let request = asked(text).data(data).vary("alpha", along("1e-3,0.01")).set("a_start", 1.5).steps(40);
        let request = request.precision(Precision::F32);
        let turns = resolved(&request).program.rows_per_step();
        assert!(turns >= 4 * u64::try_from(rows).unwrap(), "{turns} turns for {rows} rows");
        match gpu.check(&resolved(&request).into()) {
            Ok(()) => assert!(runs),
            Err(refused) => {
                assert!(!runs && refused.to_string().contains("--data"), "{refused}");
                continue;
            }
        }
        let (here, there) = (Map::of(&cpu(), &request), Map::of(&gpu, &request));
        for cell in 0..here.len() {
            let close = Tolerance { absolute: 0.0, relative: 1e-5 };
            let near = close.holds(there.loss(cell), here.loss(cell)) && there.steps(cell) == here.steps(cell);
            assert!(near, "{}\n{}", here.evidence(cell), there.evidence(cell));
        }
    }
}
