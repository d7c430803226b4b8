//! `alphasweep verify` and `sweep --check`: each check can pass, and each can fail.

mod common;

use alphasweep::engine::gpu::{Choice, GpuEngine, GpuOptions};
use alphasweep::engine::{Engine, EngineError, EngineInfo, MachineError, Sink, Tiles, Watch};
use alphasweep::sweep::{OUTCOMES, Outcome, Precision, Request, Sweep, TileOutcomes};
use alphasweep::verify::{
    self, Answer, Cell, Check, End, LAWS, LawRow, Machine, Measured, PUBLISHED, SHORT_RUNS, Status,
};
use assert_cmd::Command;
use common::{along, asked, coarse, cpu, gpu, gpu_with, resolved};
use serde_json::Value;
use std::fs;

/// The CPU engine with a fault: `fault` sees each tile, of `engine`, before it is handed on.
struct Faulty {
    engine: &'static str,
    fault: fn(&mut TileOutcomes),
}

impl Engine for Faulty {
    fn info(&self) -> EngineInfo {
        EngineInfo { engine: self.engine, ..cpu().info() }
    }

    fn tile_cells(&self, sweep: &Sweep) -> usize {
        cpu().tile_cells(sweep)
    }

    fn run(
        &self,
        sweep: &Sweep,
        tiles: &mut Tiles<'_>,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError> {
        cpu().run(sweep, tiles, watch, &mut |mut tile| {
            (self.fault)(&mut tile);
            sink(tile)
        })
    }
}

/// Everything a little off: losses, parameters by a thousandth.
fn inexact(tile: &mut TileOutcomes) {
    tile.parameters.iter_mut().flatten().chain(&mut tile.loss_final).for_each(|value| *value *= 1.001);
}

/// What converged is said to have diverged, and the other way round.
fn contrary(tile: &mut TileOutcomes) {
    for outcome in &mut tile.outcome {
        *outcome = match *outcome {
            Outcome::Converged => Outcome::Diverged,
            Outcome::Diverged => Outcome::Converged,
            other => other,
        };
    }
}

const INEXACT: Faulty = Faulty { engine: "cpu", fault: inexact };
const CONTRARY: Faulty = Faulty { engine: "cpu", fault: contrary };

fn holds(measured: Result<Measured, EngineError>) -> bool {
    let measured = measured.expect("it runs");
    assert_eq!(measured.holds, measured.figures.get("wrong").is_none_or(|wrong| wrong == 0.0), "{measured:?}");
    measured.holds
}

#[test]
fn every_check_of_this_machine_passes() {
    let adapter = gpu().map(|gpu| (gpu, Choice::Any)).ok_or_else(|| "no adapter here".to_owned());
    let machine = Machine { cpu: cpu(), cpu_left_out: None, gpu: adapter };
    let checks: Vec<Check> = machine.tasks().iter().map(verify::Task::run).collect();
    let wrong: Vec<&Check> = checks.iter().filter(|check| check.status == Status::Fail).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let passed = |engine| checks.iter().filter(|check| check.engine == engine && check.status == Status::Pass).count();
    assert!(passed("cpu") >= 20, "{checks:#?}");
    assert!(machine.gpu.is_err() || passed("gpu") >= 30, "{checks:#?}");
    let judged = |check: &&Check| check.name.starts_with("law") && check.figures.get("pairs") < Some(10_000.0);
    assert_eq!(checks.iter().find(judged), None, "a law was held against fewer than 10⁴ pairs");
}

#[test]
fn the_laws_catch_a_contrary_engine() {
    for row in LAWS {
        assert!(!holds(verify::law(row, &CONTRARY, &[Precision::Compensated])), "{}", row.name);
    }
}

/// Each law with x a percent larger: the pairs lie close enough to the boundary to tell.
#[test]
fn the_laws_catch_a_limit_that_is_a_percent_off() {
    for (number, row) in LAWS.iter().enumerate() {
        let law = match number {
            0 => |x: f64, y: f64, band: f64| (LAWS[0].law)(1.01 * x, y, band),
            1 => |x: f64, y: f64, band: f64| (LAWS[1].law)(1.01 * x, y, band),
            2 => |x: f64, y: f64, band: f64| (LAWS[2].law)(1.01 * x, y, band),
            3 => |x: f64, y: f64, band: f64| (LAWS[3].law)(1.01 * x, y, band),
            4 => |x: f64, y: f64, band: f64| (LAWS[4].law)(1.01 * x, y, band),
            5 => |x: f64, y: f64, band: f64| (LAWS[5].law)(x, 1.01 * y, band),
            6 => |x: f64, y: f64, band: f64| (LAWS[6].law)(x, 1.01 * y, band),
            7 => |x: f64, y: f64, band: f64| (LAWS[7].law)(1.01 * x, 1.01 * y, band),
            _ => panic!("a law without a test that it can fail"),
        };
        let wrong = LawRow { law, ..*row };
        assert!(!holds(verify::law(&wrong, &cpu(), &[Precision::F64])), "{}", wrong.name);
    }
}

/// What converged is said to have settled, at the same step.
const UNSURE: Faulty = Faulty {
    engine: "cpu",
    fault: |tile| {
        for outcome in tile.outcome.iter_mut().filter(|outcome| **outcome == Outcome::Converged) {
            *outcome = Outcome::Settled;
        }
    },
};

/// All have arrived at their first step.
const EAGER: Faulty = Faulty { engine: "cpu", fault: |tile| tile.steps.fill(1) };

#[test]
fn the_words_catch_engines_that_say_others() {
    let every = [Precision::F32, Precision::Compensated, Precision::F64];
    for word in OUTCOMES {
        assert!(verify::WORDS.iter().any(|row| row.outcome == word), "{word} has no descent");
    }
    assert!(holds(verify::words(&cpu(), &every, 1.0)) && holds(verify::fly_by(&cpu(), &every)));
    for faulty in [CONTRARY, UNSURE, EAGER] {
        assert!(!holds(verify::words(&faulty, &every, 1.0)));
    }
    assert!(!holds(verify::fly_by(&EAGER, &every)) && !holds(verify::fly_by(&UNSURE, &every)));
}

#[test]
fn the_published_numbers_catch_an_inexact_engine() {
    for row in PUBLISHED {
        assert!(!holds(verify::published(row, &INEXACT, row.precision)), "{}", row.name);
    }
    // Compensated f32 without its low part, which is what plain f32 is, prints -3 and 4 at α = 1e-10.
    let unmoved = |tile: &mut TileOutcomes| {
        tile.parameters.iter_mut().flatten().for_each(|value| *value = f64::from(*value as f32));
    };
    let tiny = PUBLISHED.last().expect("rows");
    assert!(!holds(verify::published(tiny, &Faulty { engine: "gpu", fault: unmoved }, Precision::Compensated)));
}

#[test]
fn the_generator_check_catches_wrong_rows() {
    assert!(holds(verify::batch_draws(&cpu())));
    let one_off = |tile: &mut TileOutcomes| tile.parameters[0][7] += 0.5;
    assert!(!holds(verify::batch_draws(&Faulty { engine: "gpu", fault: one_off })));
}

#[test]
fn the_comparison_with_the_cpu_catches_values_and_outcomes() {
    let wrong_bit = |tile: &mut TileOutcomes| tile.loss_final[3] = f64::from_bits(tile.loss_final[3].to_bits() + 1);
    let wrong_bit = Faulty { engine: "cpu", fault: wrong_bit };
    for run in SHORT_RUNS {
        assert!(verify::short_run(run, &cpu(), &cpu()).expect("it runs").holds, "{}", run.name());
        assert!(!verify::short_run(run, &cpu(), &INEXACT).expect("it runs").holds);
    }
    let found = verify::short_run(&SHORT_RUNS[0], &cpu(), &wrong_bit).expect("it runs");
    assert_eq!((found.holds, found.figures.get("differ")), (false, Some(3.0)), "one bit in each precision");
    for objective in verify::FULL_RUNS {
        let found = verify::full_run(objective, &cpu(), &CONTRARY).expect("it runs");
        assert!(!found.holds && found.figures.get("unexplained") > Some(40.0), "{objective}: {found:?}");
    }
}

/// Wrong only where the map changes: that is what rounding may do.
#[test]
fn full_runs_may_differ_on_a_boundary() {
    let hair = |tile: &mut TileOutcomes| {
        let (map, nx) = (tile.outcome.clone(), tile.tile.nx);
        for cell in (0..map.len()).filter(|cell| cell % nx > 0 && map[*cell] != map[cell - 1]) {
            tile.outcome[cell] = map[cell - 1];
        }
    };
    let found = verify::full_run("lecture", &cpu(), &Faulty { engine: "gpu", fault: hair }).expect("it runs");
    assert!(found.holds && found.figures.get("on boundaries") > Some(40.0), "{found:?}");
}

#[test]
fn controls_that_are_not_caught_fail() {
    assert!(verify::wrong_gradient(&cpu(), 1.001).expect("it runs").holds);
    assert!(!verify::wrong_gradient(&cpu(), 1.0).expect("it runs").holds, "nothing is wrong, so nothing is caught");
    assert!(verify::perturbed_rule(&cpu(), 1.01).expect("it runs").holds);
    assert!(!verify::perturbed_rule(&cpu(), 1.0).expect("it runs").holds);
    assert!(verify::wrong_words(&cpu(), 1.01).expect("it runs").holds);
    assert!(!verify::wrong_words(&cpu(), 1.0).expect("it runs").holds);
    assert!(verify::limits(1.0).holds && verify::wrong_limits(1.01).holds);
    assert!(!verify::limits(1.0001).holds && !verify::wrong_limits(1.0).holds);
    assert!(verify::unconfirmed(&cpu(), "abs(x) < 1e-8").expect("it runs").holds);
    if gpu().is_some() {
        assert!(verify::perturbed_kernel(&cpu(), Choice::Any, None).expect("it runs").holds);
        assert!(!verify::perturbed_kernel(&cpu(), Choice::Any, Some(|source| source)).expect("it runs").holds);
    }
}

/// The kernel with a change to it. Fails if the text to change is no longer there.
fn edited(edit: fn(String) -> String) -> GpuEngine {
    let options = GpuOptions { edit_shader: Some(edit), ..GpuOptions::default() };
    gpu_with(options).expect("it opened before")
}

fn replaced(source: String, from: &str, to: &str) -> String {
    assert!(source.contains(from), "the kernel no longer says `{from}`; this test must follow");
    source.replace(from, to)
}

/// A step to the other side, and a seed that is another.
#[test]
fn a_broken_kernel_fails_most_checks() {
    if gpu().is_none() {
        return;
    }
    let backwards = |source: String| {
        // The shader that evaluates functions has no steps.
        if !source.contains("fn descend(") {
            return source;
        }
        let source = replaced(source, "    return d;", "    d.carried.c0 = -d.carried.c0;\n    return d;");
        // Where steps go by blocks; long ones do not.
        source.replace("d.carried = c;", "d.carried = c; d.carried.c0 = -d.carried.c0;")
    };
    let machine = Machine {
        cpu: cpu(),
        cpu_left_out: Some("not asked for".to_owned()),
        gpu: Ok((edited(backwards), Choice::Any)),
    };
    let checks: Vec<Check> = machine.tasks().iter().map(verify::Task::run).collect();
    assert_eq!((checks[0].status, checks[0].note.as_str()), (Status::Skipped, "not asked for"));
    let of_functions = |name: &str| ["elementary function", "edges of"].iter().any(|part| name.contains(part));
    let passed = checks.iter().filter(|check| check.status == Status::Pass).map(|check| check.name.as_str());
    let passed: Vec<&str> = passed.filter(|name| !of_functions(name)).collect();
    assert!(passed.len() < 8, "a broken kernel passes {passed:?}");
    assert!(passed.contains(&"control: a kernel off by 1 % is caught"), "which breaks a kernel of its own");
}

/// The low part is forgotten: no other check of the adapter's arithmetic looks at it.
#[test]
fn the_arithmetic_check_catches_lost_compensation() {
    let Some(sound) = gpu() else { return };
    if !sound.probe().compensation {
        return;
    }
    let forgetful = |source: String| {
        let forget = "d.carried.c1 = real(0); d.carried.c3 = real(0);";
        let source = replaced(source, "    return d;", &format!("    {forget}\n    return d;"));
        replaced(source, "d.carried = c;", &format!("d.carried = c; {forget}"))
    };
    assert!(verify::arithmetic(&sound).expect("it runs").holds);
    assert!(!verify::arithmetic(&edited(forgetful)).expect("it runs").holds);
}

/// An engine that fails is a failed check, one that refuses a skipped one.
#[test]
fn errors_of_an_engine_become_lines() {
    let status = |error| Check::new("a check", "gpu", Err(error)).status;
    assert_eq!(status(EngineError::Unsupported("no f64".to_owned())), Status::Skipped);
    assert_eq!(status(MachineError::Device("lost".to_owned()).into()), Status::Fail);
    assert_eq!(status(MachineError::NeverWritten { cells: 1, of: 2 }.into()), Status::Fail);
}

// Cells run again in f64.

fn recheck(request: &Request, fraction: f64) -> verify::Recheck {
    let spec = resolved(request);
    let map = alphasweep::engine::collect(&cpu(), &Sweep::from(&spec)).expect("it runs");
    let answer = Answer { outcomes: &map.outcome, losses: &map.loss_final, parameters: &map.parameters };
    verify::recheck(&cpu(), (request, &spec), answer, fraction, &Watch::silent()).expect("runs")
}

#[test]
fn a_share_of_the_cells_is_run_again_boundaries_first() {
    let lecture = coarse(alphasweep::problem::catalog::objective("lecture").unwrap(), 40);
    let (part, whole) = (recheck(&lecture, 0.3), recheck(&lecture, 1.0));
    assert_eq!((part.cells, whole.cells), (480, 1600));
    assert_eq!(part.boundary_cells, whole.boundary_cells);
    assert!((1..480).contains(&part.boundary_cells), "{part:?}");
    assert_eq!(recheck(&lecture, 1e-9).cells, 1);
    assert_eq!(recheck(&lecture, 0.01).boundary_cells, 16, "only boundary cells, where there is room for few");
    assert_eq!((whole.off_boundary, &whole.example), (0, &None));
    assert!(whole.median_loss_difference < Some(1e-6), "{whole:?}");
    let wide = recheck(&lecture.precision(Precision::F64), 1.0);
    assert_eq!((wide.outcomes_differ, wide.largest_loss_difference), (0, Some(0.0)));
}

/// Steps of 6e-8 to 1.2e-7 from −10, where f32 has nothing within 9.5e-7.
#[test]
fn plain_f32_that_does_not_move_is_caught() {
    let tiny =
        asked("lecture").vary("alpha", along("lin:1e-8:2e-8:9")).vary_start(along("-10,-9")).precision(Precision::F32);
    let found = recheck(&tiny, 1.0);
    assert_eq!((found.cells, found.boundary_cells, found.off_boundary), (18, 0, 18), "{found:?}");
    let example = found.example.expect("an example");
    assert_eq!((example.outcome, example.in_f64, example.y), (Outcome::Level, Outcome::Descending, Some(-10.0)));
    assert_eq!(recheck(&tiny.precision(Precision::Compensated), 1.0).outcomes_differ, 0);
}

/// The edge of `level` in the lecture's map, where two losses rounded to f32 are compared with a millionth: it is ragged,
/// and more than one cell wide.
#[test]
fn the_ragged_edge_of_level_is_not_held_against_a_sweep() {
    let edge = asked("lecture").vary("alpha", along("log:5e-10:5e-9:200")).vary_start(along("lin:-10:10:64"));
    let found = recheck(&edge, 1.0);
    assert!(found.outcomes_differ > 20 && found.off_boundary == 0, "{found:?}");
    let beside = asked("lecture").vary("alpha", along("log:5e-10:5e-9:200")).vary_start(along("lin:1.97:2.03:16"));
    let beside = recheck(&beside, 1.0);
    assert_eq!(beside.off_boundary, 0, "so near the minimum f32 has few losses: {beside:?}");
    let plain = recheck(&edge.precision(Precision::F32), 1.0);
    assert!(plain.off_boundary > 100, "plain f32 loses whole steps there: {plain:?}");
}

/// One start, drawn starts of a seed that is an axis, and a minimum that is an axis of the objective.
#[test]
fn other_axes_than_the_usual_are_run_again_too() {
    let curve = asked("lecture").vary("alpha", along("log:0.1:10:50")).set("beta_start", -10.0);
    let seeds = asked("line-mae").vary("seed", along("lin:0:4:5")).vary("alpha", along("0.01,0.7,9")).steps(100);
    let wells = asked("xy").vary("c", along("lin:0.5:2:12")).vary("x_start", along("lin:-3:3:13")).set("alpha", 0.3);
    for request in [curve, seeds, wells] {
        let found = recheck(&request.clone().precision(Precision::F32), 1.0);
        assert_eq!(found.off_boundary, 0, "{}: {found:?}", request.formula.text());
    }
}

/// The words of these maps are those in f64; a number of one cell is not.
#[test]
fn an_answer_with_another_number_under_the_same_word_is_caught() {
    let wells = asked("(x^2-1)^2/4").vary("alpha", along("0.1,0.5")).vary_start(along("-1.2,-0.4,0.3,1.3"));
    let spec = resolved(&wells);
    let map = alphasweep::engine::collect(&cpu(), &Sweep::from(&spec)).expect("it runs");
    assert!(map.outcome.iter().all(|outcome| *outcome == Outcome::Converged), "{map:?}");
    let checked = |change: &dyn Fn(&mut TileOutcomes)| {
        let mut map = map.clone();
        change(&mut map);
        let answer = Answer { outcomes: &map.outcome, losses: &map.loss_final, parameters: &map.parameters };
        verify::recheck(&cpu(), (&wells, &spec), answer, 1.0, &Watch::silent()).expect("it runs")
    };
    let right = checked(&|_| ());
    assert_eq!(
        (right.outcomes_differ, right.by_word, right.sensitive, right.numbers_differ),
        (0, 0, 0, 0),
        "{right:?}"
    );
    // The other minimum, which is as low; a place a hundredth beside it; a loss that is not that of the place.
    let changes: [fn(&mut TileOutcomes); 3] = [
        |map| map.parameters[0][2] = -map.parameters[0][2],
        |map| map.parameters[0][2] *= 1.01,
        |map| map.loss_final[2] += 1e-3,
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let found = checked(&change);
        assert_eq!((found.outcomes_differ, found.numbers_differ), (0, 1), "change {at}: {found:?}");
        let other = found.other_numbers.expect("an example");
        assert_eq!(
            (other.x, other.y, other.outcome),
            (f64::from(0.1_f32), Some(f64::from(-0.4_f32)), Outcome::Converged)
        );
    }
}

/// f64 ends at 3 with a loss of 2e-11; f32, against the grain of whose numbers differences were taken, stays at 1000.
#[test]
fn equal_words_are_not_equal_answers() {
    let end = |loss: f64, at: f64| End { loss, parameters: vec![at] };
    let loss = |point: &[f64]| (point[0] - 3.0).powi(2);
    let agree = |found: &End, truth: &End| {
        let tolerance = verify::tolerance(Precision::F32, 86);
        let cell = Cell { tolerance, loss_start: 994_009.0, starts: &[1000.0], loss: &loss };
        verify::close(found, truth, cell.loss_start, tolerance) || verify::agree(found, truth, &cell)
    };
    let right = end(2.3e-11, 3.000_004_7);
    assert!(!agree(&end(994_009.0, 1000.0), &right));
    assert!(!agree(&end(0.0, 1000.0), &right), "the loss alone does not say it");
    assert!(!agree(&end(994_009.0, 3.0), &right), "nor does the place");
    assert!(agree(&end(2.5e-11, 3.000_005), &right));
}

/// In valleys slopes are smaller than rounding, and where a descent stops there is nothing that f32 could know.
#[test]
fn places_along_the_floor_of_a_valley_are_the_same_answer() {
    let end = |loss: f64, at: [f64; 2]| End { loss, parameters: at.to_vec() };
    let valley = |point: &[f64]| (point[0] + point[1] - 2.0).powi(2) + 1e-12 * (point[0] - point[1]).powi(2);
    let cell = Cell { tolerance: 1e-5, loss_start: 4.0, starts: &[0.0, 0.0], loss: &valley };
    assert!(verify::agree(&end(1e-13, [1.2, 0.8]), &end(1e-13, [0.9, 1.1]), &cell));
    assert!(!verify::agree(&end(0.0, [3.0, 0.8]), &end(1e-13, [0.9, 1.1]), &cell));
}

// On the binary.

fn alphasweep(folder: &tempfile::TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    command.current_dir(folder).env("NODEVICE_SELECT", "1").args(arguments);
    command
}

#[test]
fn verify_prints_a_table_and_json() {
    let folder = tempfile::tempdir().expect("a folder");
    let assert = alphasweep(&folder, &["verify", "--engine", "cpu"]).assert().code(0);
    let table = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    for part in
        ["PASS     cpu  law: λx²/2, gd: αλ < 2", "SKIPPED  gpu  all checks", "--engine cpu leaves it out", " 0 failed"]
    {
        assert!(table.contains(part), "`{part}` is missing in:\n{table}");
    }
    assert!(assert.get_output().stderr.is_empty(), "no bar where stderr is no terminal");
    let json = alphasweep(&folder, &["verify", "--engine", "cpu", "--json"]).assert().code(0);
    let report: Value = serde_json::from_slice(&json.get_output().stdout).expect("JSON");
    assert_eq!((&report["failed"], &report["gpu"]), (&Value::from(0), &Value::Null));
    let checks = report["checks"].as_array().expect("a list");
    let law = checks.iter().find(|check| check["name"] == "law: λx²/2, gd: αλ < 2").expect("the first law");
    assert_eq!((&law["status"], &law["engine"], &law["figures"]["wrong"]), (&"PASS".into(), &"cpu".into(), &0.into()));
    assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 0, "verify writes no files");
}

#[test]
fn wrong_requests_to_verify_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases: [(&[&str], &str); 3] = [
        (&["--adapter", "no such adapter"], "--adapter no such adapter"),
        (&["--adapter", "x", "--engine", "cpu"], "names a GPU"),
        (&["--engine", "tpu"], "--engine"),
    ];
    for (arguments, expected) in cases {
        let assert = alphasweep(&folder, &["verify"]).args(arguments).assert().code(2);
        let told = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(told.starts_with("error: ") && told.contains(expected), "{told}");
    }
}

#[test]
fn a_check_that_holds_is_in_the_summary_and_the_manifest() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = ["sweep", "--alpha", "log:0.01:10:30", "--start", "lin:-10:10:20", "--engine", "cpu", "--check", "0.5"];
    let assert = alphasweep(&folder, &small).assert().code(0);
    let told = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(told.contains("\ncheck       300 cells again on the CPU in f64"), "{told}");
    let manifest = fs::read_to_string(folder.path().join("sweep-out/sweep.json")).expect("sweep.json");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    assert_eq!((&manifest["check"]["cells"], &manifest["check"]["off_boundary"]), (&300.into(), &0.into()));
    assert!(manifest["check"]["median_loss_difference"].as_f64() < Some(1e-6), "{manifest}");
}

#[test]
fn a_check_that_does_not_hold_exits_with_1_and_all_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let tiny = ["sweep", "--alpha", "lin:1e-8:2e-8:9", "--start", "-10,-9", "--engine", "cpu", "--precision", "f32"];
    let assert = alphasweep(&folder, &tiny).args(["--check", "1", "--quiet"]).assert().code(1);
    let told = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    let expected = "error: --check: 18 of 18 cells end otherwise in f64 and lie on no boundary, such as alpha = 1e-8, \
                    beta_start = -10: level here, descending in f64; use --precision compensated or f64";
    assert!(told.starts_with(expected) && told.lines().count() == 1, "{told}");
    for name in ["losses.csv", "heatmap.png", "sweep.json"] {
        assert!(folder.path().join("sweep-out").join(name).exists(), "{name} is missing");
    }
    // The same with the default precision.
    alphasweep(&folder, &tiny[..7]).args(["--check", "1"]).assert().code(0);
}

/// In f32 nothing within 4 of 1e8 is another number: at 3 the loss is 0 and so is its slope. In f64 the slope is 6, and below a
/// millionth of that after 62 steps: the loss is (3·0.8⁶²)² there.
#[test]
fn other_numbers_under_the_same_word_exit_with_1_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let blind = ["sweep", "(x + 1e8 - 1e8)^2", "--start", "3", "--alpha", "0.1", "--engine", "cpu", "--check", "1"];
    let assert = alphasweep(&folder, &blind).args(["--precision", "f32", "--quiet"]).assert().code(1);
    let told = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    let expected = "error: --check: 1 of 1 cells have the same outcome in f64 and other numbers, such as alpha = 0.1, \
                    x_start = 3: converged at loss 0, x_final 3 here, at loss 8.617";
    assert!(
        told.starts_with(expected) && told.ends_with("use --precision f64\n") && told.lines().count() == 1,
        "{told}"
    );
    let manifest = fs::read_to_string(folder.path().join("sweep-out/sweep.json")).expect("sweep.json");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    assert_eq!((&manifest["check"]["numbers_differ"], &manifest["check"]["by_word"]), (&1.into(), &0.into()));
    alphasweep(&folder, &blind).args(["--precision", "f64"]).assert().code(0);
}

#[test]
fn wrong_shares_and_too_many_cells_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for share in ["0", "1.01", "-0.1", "NaN", "many"] {
        let assert = alphasweep(&folder, &["sweep", "--check", share]).assert().code(2);
        let told = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(told.contains("--check") && told.contains("at most 1, such as 0.01"), "{told}");
    }
    let big = ["sweep", "--alpha", "log:1e-9:1:4097", "--start", "lin:0:1:4096", "--check", "0.01"];
    let assert = alphasweep(&folder, &big).assert().code(2);
    let told = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(told.contains("--check 0.01: keeps the map in memory, at most 16777216 cells"), "{told}");
    assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 0, "nothing was written");
}
