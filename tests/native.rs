//! The CPU engine's machine code against its interpreter: the same bits, cell by cell, whatever the program.

mod common;

use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::{self, EngineError, Watch, collect};
use alphasweep::problem::catalog::{OBJECTIVES, RULES};
use alphasweep::problem::parse_csv;
use alphasweep::sweep::{Axis, Outcome, Precision, Recipe, Request, TileOutcomes};
use common::{EVERY_PRECISION, Map, along, asked, cpu, read, resolved, skipped};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// What an engine makes of a request.
fn run(engine: CpuEngine, request: &Request) -> TileOutcomes {
    collect(&engine, &resolved(request).into()).expect("the sweep runs")
}

/// Everything that is written down, as bits: not-a-number equals itself.
fn bits(cells: &TileOutcomes) -> Vec<Vec<u64>> {
    let numbers = |values: &Vec<f64>| values.iter().map(|value| value.to_bits()).collect::<Vec<u64>>();
    let mut all = vec![numbers(&cells.loss_start), numbers(&cells.loss_final)];
    all.extend(cells.parameters.iter().map(numbers));
    all.push(cells.steps.iter().map(|steps| u64::from(*steps)).collect());
    all.push(cells.outcome.iter().map(|outcome| *outcome as u64).collect());
    all
}

/// From grids whose cells end at many different steps.
fn assert_equal(request: &Request) {
    let interpreted = run(cpu().interpreted(), request);
    for engine in [cpu(), cpu().with_short_vectors()] {
        assert_same(request, &run(engine, request), &interpreted);
    }
}

fn assert_same(request: &Request, native: &TileOutcomes, interpreted: &TileOutcomes) {
    let (a, b) = (bits(native), bits(interpreted));
    let differs = |cell: usize| a.iter().zip(&b).any(|(a, b)| a[cell] != b[cell]);
    let Some(cell) = (0..native.outcome.len()).find(|cell| differs(*cell)) else { return };
    let show = |cells: &TileOutcomes| {
        let at = |values: &Vec<f64>| values[cell];
        let parameters: Vec<f64> = cells.parameters.iter().map(at).collect();
        (cells.loss_start[cell], cells.loss_final[cell], parameters, cells.steps[cell], cells.outcome[cell])
    };
    let spec = resolved(request);
    let axes = Map::of(&cpu(), request);
    panic!(
        "{} with {} in {}: x {}, y {}: machine code {:?}, interpreter {:?}",
        request.formula.text(),
        request.common.rule.text(),
        spec.program.precision,
        axes.x(cell),
        axes.y(cell),
        show(native),
        show(interpreted)
    );
}

#[test]
fn every_objective_of_the_catalog_gives_the_same_bits() {
    for row in OBJECTIVES.iter().filter(|row| row.data.is_empty()) {
        for precision in EVERY_PRECISION {
            let recipe = Recipe::of(Some(row));
            let (alpha, start) = (recipe.alpha.with_len(67).unwrap(), recipe.start.with_len(41).unwrap());
            let request = asked(row.name).vary("alpha", alpha).vary_start(start).steps(300);
            assert_equal(&request.precision(precision));
        }
    }
}

#[test]
fn every_rule_gives_the_same_bits() {
    for rule in RULES {
        for precision in EVERY_PRECISION {
            for objective in ["rosenbrock", "lecture"] {
                let request = asked(objective).rule(read(rule.name)).vary("alpha", along("log:1e-5:100:61"));
                assert_equal(&request.vary_start(along("lin:-3:3:29")).steps(200).precision(precision));
            }
        }
    }
}

/// Every operation, with operands that meet its special cases: zeros, ties, infinities and what is no number.
#[test]
fn every_operation_gives_the_same_bits() {
    let formulas = [
        "(x-1)^2 + abs(y)",
        "sqrt(x) + y^2",
        "sqrt(abs(x))*y",
        "min(x, y) + max(x, 2*y)",
        "max(x*1e30*x*1e30, y) - min(1/x, y)",
        "sign(x)*x + sign(y-1)*y",
        "floor(x)*y + floor(-y)",
        "select(x < y, x^2, y^2)",
        "select(x <= y, x, -y)*select(x == y, 1, 2)",
        "relu(x) + relu(-y) - x/y",
        "1/(x*y) + x^-3",
        "x^3*y^5 - 1e30*x^9",
    ];
    for formula in formulas {
        for precision in EVERY_PRECISION {
            let axes =
                ["alpha=-1,0,1e-30,1e-3,0.1,0.5,1,2,3.5,1e3,1e30", "x_start=-1e30,-3,-1,-0.5,0,1e-30,0.5,1,2,3,1e15"];
            let mut request = asked(formula).set("y_start", 1.0).steps(60).precision(precision);
            for axis in axes {
                let (name, axis) = axis.split_once('=').expect("NAME=AXIS");
                request = request.vary(name, along(axis));
            }
            assert_equal(&request);
            assert_equal(&request.clone().stop(read("loss < 0.5")));
            assert_equal(&request.gradient(read("x = x - y; y = y + 0.25*x")));
        }
    }
}

/// Every function, with operands at and beyond the edges of its domain, and angles that are large.
#[test]
fn every_function_gives_the_same_bits() {
    let formulas = [
        "exp(x)+ln(y)*log2(abs(x))+exp(-1000*x)",
        "sin(x)*cos(1e5*y)+tan(x*1e9)+sin(1e30*x)",
        "tanh(x)+sigmoid(y)*softplus(x)+sinh(y)/cosh(x)",
        "atan(x/y)+atan2(y,x)*log1p(x)+expm1(y)",
        "cbrt(x)+erf(y)*erfc(x)+gelu(-y)",
        "hypot(x,y)+logsumexp(x,y,1)+abs(x)^1.7*y^0.3",
        "select(exp(x) < y^2.5, ln(x), sin(y))^2 + x^y",
        "10*sin(x)+exp(x/10)+x^2/10+0*y",
    ];
    for formula in formulas {
        for precision in EVERY_PRECISION {
            let request = asked(formula).set("y_start", 1.0).steps(60).precision(precision);
            let request = request.vary("alpha", along("-1,0,1e-30,1e-3,0.1,0.5,1,2,3.5,1e3,1e30"));
            let request = request.vary("x_start", along("-1e30,-3,-1,-0.5,0,1e-30,0.5,1,2,3,4097,1e15"));
            assert_equal(&request);
            assert_equal(&request.clone().rule(read("adam")));
            assert_equal(&request.gradient(read("x = sin(x)*ln(y); y = exp(-x) + 0.25*cos(1e6*x)")));
        }
    }
}

/// Loops over rows: sums and largest rows, one after the other, of many columns and of what is the same in all rows.
#[test]
fn sums_over_rows_give_the_same_bits() {
    let rows: Vec<String> = (0..37).map(|n| format!("{},{}", (n * 29 % 37) as f64 / 9.0 - 2.0, (n * n) % 11)).collect();
    let data = parse_csv(format!("u,v\n{}\n", rows.join("\n")).as_bytes(), "rows.csv").expect("a table");
    let formulas = [
        "mean((x*u+y-v)^2)",
        "mean(abs(x*u+y-v)) + 0.01*x^2",
        "mean(softplus(-(v-5)*(x*u+y)))",
        "max(abs(x*u+y-v))",
        "min(x*u) + max(y*v)^2 + sum(u*v*x)",
        "m = mean(x*u); s = mean((x*u-m)^2); mean((x*u-m)^2/(1+s)) + y^2*mean(v*exp(-y*u))",
        "mean(select(x*u < y, u^2*x^2, select(u < v, v*y, sqrt(v)*x)))",
        "mean(huber(x*u+y-v, 1)) + sin(x)*mean(cos(v)*u*x)",
        "mean((tanh(x*u+y)-v/11)^2) + mean(atan2(y, u)*ln(v+1)*x)",
    ];
    for formula in formulas {
        for precision in EVERY_PRECISION {
            let request = asked(formula).data(data.clone()).set("y_start", -0.5).steps(70).precision(precision);
            let request = request.vary("alpha", along("0,1e-3,0.01,0.1,0.3,1,1e3,1e30"));
            let request = request.vary("x_start", along("-1e30,-3,-0.5,0,1e-30,0.5,2,1e15"));
            assert_equal(&request);
            assert_equal(&request.clone().rule(read("adam")));
            assert_equal(&request.stop(read("loss < 0.5")));
        }
    }
}

/// More sums than registers: some are kept in memory.
#[test]
fn many_sums_give_the_same_bits() {
    let data = parse_csv(b"u,v\n1,2\n-0.5,3\n0.25,-1\n", "rows.csv").expect("a table");
    let terms: Vec<String> = (1..30).map(|n| format!("mean(abs(x*u-{n}*y))")).collect();
    for precision in EVERY_PRECISION {
        let request = asked(&format!("({})/100", terms.join(" + "))).data(data.clone()).set("y_start", 0.5).steps(50);
        let request = request.vary("alpha", along("log:1e-4:1:13")).vary("x_start", along("lin:-3:3:7"));
        assert_equal(&request.precision(precision));
    }
}

/// More values than registers: some go to memory and come back.
#[test]
fn long_formulas_give_the_same_bits() {
    let terms: Vec<String> = (1..40).map(|n| format!("u{n} = (x - {n})*(y + {n}/3)")).collect();
    let sum: Vec<String> = (1..40).map(|n| format!("u{n}*u{}", 40 - n)).collect();
    let formula = format!("{}; ({})/1e6", terms.join("; "), sum.join(" + "));
    for precision in EVERY_PRECISION {
        let request =
            asked(&formula).rule(read("adam")).vary("alpha", along("log:1e-4:10:37")).vary_start(along("lin:-3:3:17"));
        assert_equal(&request.set("y_start", 0.5).steps(50).precision(precision));
    }
}

/// The loss stays finite where the parameter does not: the descent has diverged all the same, at the right step.
#[test]
fn a_parameter_that_leaves_the_numbers_is_seen() {
    for objective in ["1/(1+abs(x))", "select(x < 10, x^2, 1) + 0*x", "min(x^2, 3)"] {
        for precision in EVERY_PRECISION {
            let request = asked(objective).rule(read("delta = alpha*p")).vary("alpha", along("0.5,1,7,1e10,1e30,1e38"));
            let request = request.vary("x_start", along("-1,0,1e-30,1,3,1e20")).gtol(0.0).steps(1500);
            assert_equal(&request.precision(precision));
        }
    }
    let lost = asked("1/(1+abs(x))").rule(read("delta = alpha*p")).vary("alpha", Axis::one(1e30)).gtol(0.0);
    // Not followed to its last step, whether it repeats itself or reads the step number.
    for rule in ["delta = alpha*p", "delta = alpha*p*(1 + 1e-30*t)"] {
        let lost = lost.clone().rule(read(rule)).vary_start(along("lin:1:2:4096")).steps(STEPS.into());
        let cells = run_for_a_minute(&lost).expect("it is seen soon");
        assert_eq!((cells.steps[0], cells.outcome[0]), (2, Outcome::Diverged), "{rule}");
    }
}

/// State that is swapped, kept or copied from slot to slot.
#[test]
fn rules_that_move_their_state_about_give_the_same_bits() {
    let rules = [
        "a = b; b = a + g; delta = -alpha*b",
        "old = b; b = a; a = old + g; delta = -alpha*a",
        "k = k; delta = -alpha*g + 0*k",
        "last = now; now = p; delta = -alpha*g + 0.1*(p - last)",
        "delta = -alpha*t*sign(g)",
    ];
    for rule in rules {
        for precision in EVERY_PRECISION {
            let request = asked("lecture")
                .rule(read(rule))
                .vary("alpha", along("log:1e-4:10:53"))
                .vary_start(along("lin:-9:9:33"));
            assert_equal(&request.steps(150).precision(precision));
        }
    }
}

/// What depends on the step alone is found once for all lanes, whatever it is made of.
#[test]
fn rules_that_follow_a_schedule_give_the_same_bits() {
    let rules = [
        "delta = -alpha*g/sqrt(t)",
        "delta = -alpha*g*exp(-t/50)*(1 + cos(t/7))/2",
        "delta = select(t < 10, -alpha*g*t/10, -alpha*g)",
        "delta = -alpha*g*select(t < limit, 1, 0.1)",
        "c = decay*c + (1 - decay); m = decay*m + (1 - decay)*g; delta = -alpha*m/c",
        "n = n + 1; k = max(k, n*decay); delta = -alpha*g/(1 + k)",
        "n = n + 1; middle = middle + (g - middle)/n; delta = -alpha*middle + 0*t",
        "delta = -alpha*t",
    ];
    for rule in rules {
        for precision in EVERY_PRECISION {
            let sweep =
                |request: Request| request.rule(read(rule)).vary("alpha", along("log:1e-4:10:53")).precision(precision);
            let request = sweep(asked("lecture")).steps(333);
            let request = if rule.contains("decay") { request.set("decay", 0.9) } else { request };
            let request = if rule.contains("limit") { request.set("limit", 20.0) } else { request };
            assert_equal(&request.clone().vary_start(along("lin:-9:9:33")));
            for knob in ["decay", "limit"].into_iter().filter(|knob| rule.contains(knob)) {
                let varied = sweep(asked("lecture")).steps(200);
                assert_equal(&varied.vary(knob, along("0.1,0.5,0.9,7,30")));
            }
        }
    }
}

/// A rule's state that all lanes share must have repeated itself too before a descent counts as a cycle.
#[test]
fn skipping_cycles_waits_for_what_lanes_share() {
    let rule = "c = 0.5*c + 0.5; k = select(n < 300, 1, 0.25); n = min(n + 1, 400); delta = -alpha*k*g*c";
    for precision in EVERY_PRECISION {
        for steps in [250, 301, 500, 3001] {
            let request = asked("lecture").rule(read(rule)).vary("alpha", along("1e-9,1,3.99,4,4.01")).gtol(0.0);
            assert_equal(&request.vary_start(along("lin:-9:9:33")).steps(steps).precision(precision));
        }
    }
}

/// Descents that stand still or go in circles are skipped to their ends, and end as if they had not been.
#[test]
fn skipping_cycles_changes_nothing() {
    for (objective, alpha) in
        [("lecture", "1e-10,1e-8,1e-7,4"), ("double-well", "1.2,1.3,1.45,1.55"), ("logistic-map", "2.1,2.5,2.55")]
    {
        for precision in EVERY_PRECISION {
            for steps in [9, 17, 31, 63, 64, 65, 1000, 4999] {
                let request =
                    asked(objective).vary("alpha", along(alpha)).vary_start(along("lin:-1.3:1.2:19")).gtol(0.0);
                assert_equal(&request.steps(steps).precision(precision));
            }
        }
    }
}

/// Descents that stand still, go in circles or have arrived are not followed: it would take hours. Who does is stopped.
#[test]
fn cycles_are_skipped() {
    if !cpu().writes_machine_code() {
        return skipped("cycles", "there is no machine code for this processor");
    }
    let stuck = asked("lecture").vary("alpha", along("log:1e-12:1e-10:64")).vary_start(along("lin:-9:-3:64"));
    let arrived =
        asked("lecture").rule(read("momentum")).vary("alpha", along("lin:0.5:1:64")).vary_start(along("lin:-9:-3:64"));
    let circling =
        |objective: &str, alpha: &str| asked(objective).vary("alpha", along(alpha)).vary_start(along("lin:0.1:0.9:64"));
    let data = parse_csv(b"u,v\n1,2\n-0.5,3\n0.25,-1\n", "rows.csv").expect("a table");
    let still = |request: Request| request.vary("alpha", along("log:1e-30:1e-20:64")).vary_start(along("lin:-9:-3:64"));
    let of_functions = still(asked("10*sin(x)+exp(x/10)+x^2/10"));
    let over_rows = still(asked("mean(softplus(x*u) + v*x)").data(data));
    let cases = [
        (stuck, Precision::F32),
        (of_functions, Precision::F32),
        (over_rows, Precision::F64),
        (arrived, Precision::F32),
        (circling("double-well", "lin:1.05:1.2:64"), Precision::Compensated),
        (circling("logistic-map", "lin:2.1:2.4:64"), Precision::F64),
    ];
    for (request, precision) in cases {
        let cells = run_for_a_minute(&request.gtol(0.0).steps(STEPS.into()).precision(precision));
        let cells = cells.expect("most steps are skipped");
        let to_the_end = cells.steps.iter().filter(|steps| **steps == STEPS).count();
        assert!(to_the_end > 2000, "{to_the_end} cells in {precision}");
    }
}

/// More than can be made.
const STEPS: u32 = 1_000_000_000;

/// What the engine makes of a request, unless it takes too long.
fn run_for_a_minute(request: &Request) -> Result<TileOutcomes, EngineError> {
    let late = AtomicBool::new(false);
    let (late, (done, wait)) = (&late, channel::<()>());
    let watch = Watch::new(&|_| (), late);
    let mut all = None;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            late.store(wait.recv_timeout(Duration::from_secs(60)) == Err(RecvTimeoutError::Timeout), Relaxed);
        });
        let ran = engine::run(&cpu(), &resolved(request).into(), &watch, &mut |tile| {
            all = Some(tile);
            ControlFlow::Continue(())
        });
        drop(done);
        ran.map(|()| all.expect("one tile"))
    })
}

/// Many constants and hardly an operation: the constants leave registers for what is compared.
#[test]
fn programs_of_constants_give_the_same_bits() {
    let stop = "((((((((c + 1.1)*0.2) + 1.3)*0.4) + 1.5)*0.6) + 1.7)*0.8) < 0";
    for precision in EVERY_PRECISION {
        for rule in ["delta = -p", "delta = 0", "delta = -alpha*p"] {
            let request = Request { constants: vec![("c".to_owned(), 1.0)], ..asked("x + 0*c") };
            let request =
                request.rule(read(rule)).stop(read(stop)).vary("c", along("1,2")).vary_start(along("lin:-3:3:7"));
            let request = request.set("alpha", 0.1);
            assert_equal(&request.steps(70).precision(precision));
        }
    }
}
