//! Cutting the work changes nothing: threads, tiles, chunks of steps, and where a number of a cell comes from.
//!
//! The reference is the same engine cutting in its default way, and equality is of bits. So these tests know nothing of
//! what the right answer is (others do), and everything of what it must not depend on.

use crate::common::{
    EVERY_PRECISION, Map, Mismatches, along, asked, cpu, gpu, gpu_with, list, read, resolved, skipped,
};
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::gpu::workgroup::{SIZES, Workgroups};
use alphasweep::engine::gpu::{GpuEngine, GpuOptions};
use alphasweep::engine::{Engine, EngineError, Watch, collect, run};
use alphasweep::sweep::{OUTCOMES, Outcome, Precision, Request, Sweep, Tile, TileOutcomes, cut};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A rule whose steps depend on their number and on a state: what a chunk must carry on.
const RULE: &str = "v = 0.9*v + g; delta = -alpha*v/(1 + 0.01*t)";

/// One that gives up on its way.
const TIRED: &str = "delta = -alpha*g*select(t <= 5, 1, 0)";

/// Maps with every outcome, ends at many different steps, one to three knobs that vary, both kinds of rule.
fn sweeps() -> Vec<Request> {
    let lecture = asked("lecture").vary("alpha", along("lin:0.125:4.5:36")).vary_start(along("lin:-10:10:11"));
    let product =
        asked("xy").vary("x_start", along("lin:-3:3:23")).vary("y_start", along("lin:-3:3:17")).set("alpha", 0.4);
    let banana = asked("rosenbrock").vary("alpha", along("log:1e-4:1e-2:29")).vary_start(along("lin:-2:2:13"));
    let row = asked("quartic").vary("alpha", along("lin:0.1:3:301")).set("x_start", 1.25);
    let heavy = asked("himmelblau").rule(read(RULE));
    let heavy = heavy.vary("alpha", along("log:1e-4:1e-1:31")).vary_start(along("lin:-5:5:9"));
    let wells = asked("double-well").vary("alpha", along("1e-10,0.2,0.5,1.1,1.7")).vary_start(along("lin:-1.5:1.5:31"));
    let tired = wells.clone().rule(read(TIRED));
    [lecture, product, banana, row, heavy, wells, tired].map(|request| request.steps(150)).to_vec()
}

/// Every sweep in every precision.
fn each_sweep(check: impl Fn(&Request)) {
    for request in sweeps() {
        for precision in EVERY_PRECISION {
            check(&request.clone().precision(precision));
        }
    }
}

fn same(expected: &Map, engine: &dyn Engine, request: &Request, how: &str) {
    expected.bit_differences(&Map::of(engine, request)).none(&format!("{} {how}", request.formula.text()));
}

#[test]
fn the_sweeps_of_these_tests_show_every_outcome() {
    let mut seen: Vec<&str> = Vec::new();
    each_sweep(|request| {
        let map = Map::of(&cpu(), request);
        let first = map.outcome(0);
        assert!(map.cells.outcome.iter().any(|outcome| *outcome != first), "{} is a dull map", request.formula.text());
    });
    for request in sweeps() {
        seen.extend(Map::of(&cpu(), &request).cells.outcome.iter().map(|outcome| outcome.word()));
    }
    for word in OUTCOMES.map(Outcome::word) {
        assert!(seen.contains(&word), "no cell is {word}");
    }
}

#[test]
fn threads_of_the_cpu_do_not_matter() {
    each_sweep(|request| {
        let expected = Map::of(&CpuEngine::new(Some(1)).unwrap(), request);
        for threads in [2, 3] {
            same(&expected, &CpuEngine::new(Some(threads)).unwrap(), request, &format!("on {threads} threads"));
        }
    });
}

#[test]
fn tiles_of_the_cpu_do_not_matter() {
    each_sweep(|request| {
        let expected = Map::of(&cpu(), request);
        for cells in [1, 7, 64, 1000, usize::MAX] {
            same(&expected, &cpu().with_tile_cells(cells), request, &format!("in tiles of {cells}"));
        }
    });
}

/// More cells than lanes in a block and than cells in a task, so that lanes are refilled many times. The tolerance is that of the
/// grid, so it has to be given.
#[test]
fn a_cell_does_not_notice_its_neighbours() {
    let request = asked("lecture")
        .vary("alpha", along("lin:0.01:4.5:300"))
        .vary_start(along("lin:-10:10:100"))
        .steps(60)
        .gtol(1e-5);
    for precision in EVERY_PRECISION {
        let request = request.clone().precision(precision);
        let crowd = Map::of(&cpu(), &request);
        let mut wrong = Mismatches::default();
        for cell in (0..crowd.len()).step_by(997) {
            let alone = request.clone().without_axes();
            let (alpha, start) =
                (crowd.spec.x.axis.value(cell % 300), crowd.spec.y.as_ref().unwrap().axis.value(cell / 300));
            let alone = Map::of(&cpu(), &alone.vary("alpha", list([alpha])).vary_start(list([start])));
            if alone.bits(0) != crowd.bits(cell) {
                wrong.note(|| format!("{}\n      {}", crowd.evidence(cell), alone.evidence(0)));
            }
        }
        wrong.none("alone and in a crowd");
    }
}

fn reopened(options: GpuOptions) -> GpuEngine {
    gpu_with(options).expect("it opened before")
}

#[test]
fn tiles_of_the_gpu_do_not_matter() {
    let Some(gpu) = gpu() else { return };
    let sizes = [1, 7, 64, 1000, usize::MAX];
    let engines = sizes.map(|cells| reopened(GpuOptions { tile_cells: Some(cells), ..GpuOptions::default() }));
    let request = asked("lecture").vary("alpha", along("lin:0.05:4.5:19")).vary_start(along("lin:-10:10:7")).steps(80);
    for request in EVERY_PRECISION.map(|precision| request.clone().precision(precision)) {
        if let Err(why) = gpu.check(&resolved(&request).into()) {
            skipped(request.formula.text(), &why.to_string());
            continue;
        }
        let expected = Map::of(&gpu, &request);
        for (cells, engine) in sizes.iter().zip(&engines) {
            same(&expected, engine, &request, &format!("in tiles of {cells}"));
        }
    }
}

#[test]
fn chunks_of_steps_on_the_gpu_do_not_matter() {
    let Some(gpu) = gpu() else { return };
    let sizes = [1, 7, 64, u32::MAX];
    let engines = sizes.map(|steps| reopened(GpuOptions { chunk_steps: Some(steps), ..GpuOptions::default() }));
    each_sweep(|request| {
        if let Err(why) = gpu.check(&resolved(request).into()) {
            skipped(request.formula.text(), &why.to_string());
            return;
        }
        let expected = Map::of(&gpu, request);
        for (steps, engine) in sizes.iter().zip(&engines) {
            same(&expected, engine, request, &format!("in chunks of {steps}"));
        }
    });
}

/// Many short dispatches of many tiles, so that a trial has all sizes take turns.
fn in_workgroups(workgroups: Workgroups, edit_shader: Option<fn(String) -> String>) -> GpuEngine {
    let (tile_cells, chunk_steps) = (Some(150), Some(3));
    reopened(GpuOptions { tile_cells, chunk_steps, workgroups, edit_shader, ..GpuOptions::default() })
}

#[test]
fn workgroups_of_the_gpu_do_not_matter() {
    let Some(gpu) = gpu() else { return };
    // The first is that of the expected map.
    let ways = SIZES[1..].iter().map(|size| Workgroups::Of(*size)).chain([Workgroups::Tried]);
    let engines: Vec<_> = ways.map(|ways| (ways, in_workgroups(ways, None))).collect();
    each_sweep(|request| {
        if let Err(why) = gpu.check(&resolved(request).into()) {
            skipped(request.formula.text(), &why.to_string());
            return;
        }
        let expected = Map::of(&gpu, request);
        for (ways, engine) in &engines {
            same(&expected, engine, request, &format!("in workgroups {ways:?}"));
        }
    });
}

/// Those of 128 lose their last descent.
fn short_of_one(shader: String) -> String {
    let is_broken = shader.contains("const WORKGROUP: u32 = 128u;");
    let guard = "if place >= job.dispatched {";
    if is_broken { shader.replace(guard, "if (place >= job.dispatched) | (lane == 127u) {") } else { shader }
}

/// The comparison sees a size that is wrong, and a trial has used it. Without one no other size is used on a software driver.
#[test]
fn a_size_of_workgroups_that_is_wrong_is_caught() {
    let Some(gpu) = gpu() else { return };
    let request = asked("lecture").vary("alpha", along("log:1e-4:1e-3:30")).vary_start(along("lin:-10:10:20"));
    let request = request.gtol(0.0).steps(300);
    let expected = Map::of(&gpu, &request);
    let is_same = |workgroups| {
        let engine = in_workgroups(workgroups, Some(short_of_one));
        let found = |cells| Map { label: format!("{workgroups:?}"), spec: expected.spec.clone(), cells };
        collect(&engine, &Sweep::from(resolved(&request)))
            .is_ok_and(|cells| expected.bit_differences(&found(cells)).is_empty())
    };
    assert!(is_same(Workgroups::Of(256)) && !is_same(Workgroups::Of(128)) && !is_same(Workgroups::Tried));
    if gpu.adapter().kind == "software" {
        assert!(is_same(Workgroups::Usual));
    }
}

/// lavapipe ends loops silently at 65,535 iterations: more steps than that need more than one dispatch.
#[test]
fn a_hundred_thousand_steps_are_all_made() {
    let request =
        asked("lecture").vary("alpha", along("1e-5,2e-5")).vary_start(along("-10,9")).gtol(0.0).steps(100_000);
    let exact = |alpha: f64, start: f64| 2.0 + (start - 2.0) * (1.0 - alpha / 2.0).powi(100_000);
    for map in crate::common::everywhere(&request) {
        for cell in 0..map.len() {
            let close = crate::common::Tolerance { absolute: 0.0, relative: 1e-2 };
            assert_eq!(map.steps(cell), 100_000, "{}", map.evidence(cell));
            assert!(close.holds(map.p(cell), exact(map.x(cell), map.y(cell))), "{}", map.evidence(cell));
        }
    }
}

/// The same numbers as axes x and y, as y and x, with one of them set, with both from lists.
#[test]
fn it_does_not_matter_where_a_number_comes_from() {
    let base = asked("rosenbrock").set("x1_start", 0.7).steps(200);
    let (cpu, gpu) = (cpu(), gpu());
    let mut runs: Vec<(&dyn Engine, Precision)> =
        EVERY_PRECISION.map(|precision| (&cpu as &dyn Engine, precision)).to_vec();
    for (gpu, precision) in gpu.iter().flat_map(|gpu| EVERY_PRECISION.map(|precision| (gpu, precision))) {
        match gpu.check(&resolved(&base.clone().precision(precision)).into()) {
            Ok(()) => runs.push((gpu, precision)),
            Err(why) => skipped("one precision of the GPU half", &why.to_string()),
        }
    }
    for (engine, precision) in runs {
        let base = base.clone().precision(precision);
        let both =
            Map::of(engine, &base.clone().vary("alpha", along("log:1e-4:1e-2:12")).vary_start(along("lin:-2:2:9")));
        let swapped = base.clone().vary_start(along("lin:-2:2:9")).vary("alpha", along("log:1e-4:1e-2:12"));
        let swapped = Map::of(engine, &swapped);
        let mut wrong = Mismatches::default();
        let mut check = |cell: usize, other: &Map, at: usize| {
            if both.bits(cell) != other.bits(at) {
                wrong.note(|| format!("{}\n      {}", both.evidence(cell), other.evidence(at)));
            }
        };
        for cell in 0..both.len() {
            check(cell, &swapped, cell % 12 * 9 + cell / 12);
        }
        for row in [0, 4, 8] {
            let start = both.spec.y.as_ref().unwrap().axis.value(row);
            let fixed = base.clone().vary("alpha", along("log:1e-4:1e-2:12")).set("x0_start", start);
            let fixed = Map::of(engine, &fixed);
            (0..12).for_each(|column| check(row * 12 + column, &fixed, column));
        }
        for column in [0, 5, 11] {
            let alpha = both.spec.x.axis.value(column);
            let fixed = base.clone().vary_start(along("lin:-2:2:9")).set("alpha", alpha);
            let fixed = Map::of(engine, &fixed);
            (0..9).for_each(|row| check(row * 12 + column, &fixed, row));
        }
        wrong.none(&format!("{} {precision}", engine.info().engine));
    }
}

#[test]
fn tiles_arrive_in_order_and_progress_adds_up() {
    let request =
        asked("lecture").vary("alpha", along("lin:0.05:4.5:37")).vary_start(along("lin:-10:10:11")).steps(100);
    let spec = resolved(&request);
    let options = GpuOptions { tile_cells: Some(50), chunk_steps: Some(30), ..GpuOptions::default() };
    let engines: Vec<Box<dyn Engine>> = [
        Some(Box::new(cpu().with_tile_cells(50)) as Box<dyn Engine>),
        gpu().map(|gpu| Box::new(gpu.with_options(options)) as _),
    ]
    .into_iter()
    .flatten()
    .collect();
    for engine in engines {
        let done = AtomicU64::new(0);
        let progress = |more| {
            done.fetch_add(more, Ordering::Relaxed);
        };
        let never = AtomicBool::new(false);
        let watch = Watch::new(&progress, &never);
        let mut tiles: Vec<Tile> = Vec::new();
        let mut sink = |outcomes: TileOutcomes| {
            assert_eq!(outcomes.outcome.len(), outcomes.tile.cells());
            tiles.push(outcomes.tile);
            ControlFlow::Continue(())
        };
        run(&*engine, &Sweep::from(&spec), &watch, &mut sink).expect("the sweep runs");
        assert_eq!(tiles, cut(37, 11, 50).collect::<Vec<_>>(), "{}", engine.info().engine);
        assert_eq!(done.into_inner(), 37 * 11 * 101, "cell-steps on the {}", engine.info().engine);
    }
}

#[test]
fn a_run_stops_when_it_is_told_to() {
    let spec = resolved(&asked("lecture").vary("alpha", along("lin:0.05:4.5:37")).vary_start(along("lin:-10:10:11")));
    let engines: Vec<Box<dyn Engine>> =
        [Some(Box::new(cpu().with_tile_cells(50)) as Box<dyn Engine>), gpu().map(|gpu| Box::new(gpu) as _)]
            .into_iter()
            .flatten()
            .collect();
    for engine in engines {
        let at_once = AtomicBool::new(true);
        let watch = Watch::new(&|_| (), &at_once);
        let interrupted = run(&*engine, &Sweep::from(&spec), &watch, &mut |_| panic!("nothing is finished"));
        assert!(matches!(interrupted, Err(EngineError::Interrupted)), "{interrupted:?}");
        let mut taken = 0;
        let stopped = run(&*engine, &Sweep::from(&spec), &Watch::silent(), &mut |_| {
            taken += 1;
            ControlFlow::Break(())
        });
        assert!(matches!(stopped, Err(EngineError::Stopped)), "{stopped:?}");
        assert_eq!(taken, 1, "tiles after the sink had enough");
    }
}
