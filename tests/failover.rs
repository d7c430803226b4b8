//! A machine that fails: every kind of failure has its own error, and none costs more than the tile that it struck.
//!
//! What is done about failures is tested on an engine that fails as told, everywhere. That failures are seen at all is
//! tested on a real device that is destroyed, misused, left waiting or robbed of its work, one submission after the other.

mod common;

use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::gpu::{Fault, Faults, GpuEngine, GpuOptions};
use alphasweep::engine::{
    Engine, EngineError, EngineInfo, Failover, MachineError, Record, Remedy, Sink, Tiles, Watch, collect, run,
};
use alphasweep::sweep::{Sweep, Tile, TileOutcomes, cut};
use common::{along, asked, cpu, gpu, resolved};
use std::iter::once;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// 30 × 8 cells in 4 tiles of 30 × 2, and how long they are.
const TILE_CELLS: usize = 60;
const STEPS: u64 = 200;

fn spec() -> Sweep {
    let request = asked("lecture").vary("alpha", along("log:0.01:10:30")).vary_start(along("lin:-10:10:8"));
    resolved(&request.steps(STEPS)).into()
}

fn tiles(spec: &Sweep) -> Vec<Tile> {
    cut(spec.nx(), spec.ny(), TILE_CELLS).collect()
}

/// RecordedFlags with every tile (or part of one): which error it ends in.
type Trouble = Arc<dyn Fn(Tile) -> Option<EngineError> + Send + Sync>;

/// The CPU engine, failing as told.
struct Flaky {
    inner: CpuEngine,
    trouble: Trouble,
    seen: Arc<Mutex<Vec<Tile>>>,
}

impl Engine for Flaky {
    fn info(&self) -> EngineInfo {
        EngineInfo { engine: "gpu", ..self.inner.info() }
    }

    fn tile_cells(&self, _sweep: &Sweep) -> usize {
        TILE_CELLS
    }

    fn run(
        &self,
        sweep: &Sweep,
        tiles: &mut Tiles<'_>,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError> {
        for tile in tiles {
            self.seen.lock().unwrap().push(tile);
            if let Some(error) = (self.trouble)(tile) {
                // It failed on the way, not at once.
                (watch.progress)(7);
                return Err(error);
            }
            self.inner.run(sweep, &mut once(tile), watch, sink)?;
        }
        Ok(())
    }
}

/// An engine that fails as told, made anew as often as needed, and what it has seen.
struct Setup {
    failover: Failover,
    seen: Arc<Mutex<Vec<Tile>>>,
    reopened: Arc<AtomicUsize>,
}

impl Setup {
    fn new(stand_in: bool, trouble: impl Fn(Tile) -> Option<EngineError> + Send + Sync + 'static) -> Self {
        let trouble: Trouble = Arc::new(trouble);
        let seen: Arc<Mutex<Vec<Tile>>> = Arc::default();
        let reopened: Arc<AtomicUsize> = Arc::default();
        let make = {
            let seen = Arc::clone(&seen);
            move || Flaky { inner: cpu(), trouble: Arc::clone(&trouble), seen: Arc::clone(&seen) }
        };
        let first = Box::new(make());
        let count = Arc::clone(&reopened);
        let reopen = move || {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(Box::new(make()) as Box<dyn Engine + Send>)
        };
        let stand_in = stand_in.then(|| Box::new(cpu()) as Box<dyn Engine>);
        Self { failover: Failover::new(first, Box::new(reopen), stand_in), seen, reopened }
    }

    fn record(&self) -> Record {
        self.failover.record().lock().unwrap().clone()
    }

    fn remedies(&self) -> Vec<Remedy> {
        self.record().failures.iter().map(|failure| failure.then).collect()
    }
}

/// Fails the tile that begins at this row, so many times.
fn fails_at(y0: usize, times: usize) -> impl Fn(Tile) -> Option<EngineError> + Send + Sync + 'static {
    let left = AtomicUsize::new(times);
    move |tile| {
        let here = tile.y0 <= y0 && y0 < tile.y0 + tile.ny;
        let fail = here && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok();
        fail.then(|| MachineError::Lost("unplugged".to_owned()).into())
    }
}

/// What reached the sink, one after the other, and how the run ended.
fn delivered(engine: &dyn Engine, spec: &Sweep) -> (Vec<TileOutcomes>, Result<(), EngineError>) {
    let mut delivered = Vec::new();
    let result = run(engine, spec, &Watch::silent(), &mut |tile| {
        delivered.push(tile);
        ControlFlow::Continue(())
    });
    (delivered, result)
}

fn bits(outcomes: &TileOutcomes) -> Vec<u64> {
    let numbers = [&outcomes.loss_start, &outcomes.loss_final].into_iter().chain(&outcomes.parameters);
    let bits = numbers.flatten().map(|value| value.to_bits());
    let verdicts =
        outcomes.steps.iter().zip(&outcomes.outcome).map(|(steps, outcome)| u64::from(*steps) << 8 | *outcome as u64);
    bits.chain(verdicts).collect()
}

/// All tiles came, whole, in order, and say what an untroubled engine says.
fn assert_whole(engine: &dyn Engine, untroubled: &dyn Engine, spec: &Sweep, story: &str) {
    let (tiles_there, result) = delivered(engine, spec);
    assert!(result.is_ok(), "{story}: {result:?}");
    let cells: usize = tiles_there.iter().map(|tile| tile.tile.cells()).sum();
    assert_eq!(cells, spec.cells(), "{story}");
    let starts: Vec<usize> = tiles_there.iter().map(|tile| tile.tile.y0).collect();
    assert!(starts.is_sorted(), "{story}: {starts:?}");
    let (mut there, expected) = (tiles_there.into_iter(), collect(untroubled, spec).unwrap());
    let mut all = there.next().unwrap();
    there.for_each(|tile| all.append(tile));
    assert_eq!(bits(&all), bits(&expected), "{story}");
}

#[test]
fn a_machine_that_does_not_fail_is_left_alone() {
    let setup = Setup::new(true, |_| None);
    assert_whole(&setup.failover, &cpu(), &spec(), "no trouble");
    assert_eq!(*setup.seen.lock().unwrap(), tiles(&spec()));
    assert_eq!(setup.reopened.load(Ordering::Relaxed), 0);
    assert_eq!(setup.record(), Record::default());
}

#[test]
fn a_tile_that_fails_once_is_run_again_on_the_same_machine_in_parts() {
    for y0 in [0, 2, 6] {
        let setup = Setup::new(true, fails_at(y0, 1));
        assert_whole(&setup.failover, &cpu(), &spec(), "one failure");
        assert_eq!(setup.remedies(), [Remedy::Again]);
        assert_eq!(setup.record().failures[0].tile, Tile { x0: 0, y0, nx: 30, ny: 2 });
        assert_eq!(setup.record().failures[0].error, "the GPU was lost: unplugged");
        assert!(setup.record().stand_in.is_none());
        let seen = setup.seen.lock().unwrap();
        let failed = seen.iter().position(|tile| tile.y0 == y0).unwrap();
        assert!(seen[..failed].iter().all(|tile| tile.cells() == TILE_CELLS), "whole until then: {seen:?}");
        let again = &seen[failed + 1..];
        assert!(again.iter().all(|tile| tile.cells() <= TILE_CELLS / 4), "in quarters since: {seen:?}");
        assert!(again.iter().all(|tile| tile.y0 >= y0), "nothing twice but the tile that failed: {seen:?}");
    }
}

#[test]
fn a_tile_that_fails_twice_is_the_stand_ins_and_the_next_is_the_machines_again() {
    let setup = Setup::new(true, fails_at(2, 2));
    assert_whole(&setup.failover, &cpu(), &spec(), "two failures");
    assert_eq!(setup.remedies(), [Remedy::Again, Remedy::StandIn]);
    let stand_in = setup.record().stand_in.expect("the CPU took one");
    assert_eq!(stand_in.tiles, [Tile { x0: 0, y0: 2, nx: 30, ny: 2 }]);
    assert_eq!((stand_in.engine.engine, stand_in.cells), ("cpu", TILE_CELLS));
    let rows: Vec<usize> = setup.seen.lock().unwrap().iter().map(|tile| tile.y0).collect();
    assert!([4, 5, 6, 7].iter().all(|row| rows.contains(row)), "{rows:?}");
}

#[test]
fn without_a_stand_in_the_second_failure_ends_the_run_and_what_is_finished_stays() {
    let setup = Setup::new(false, fails_at(4, usize::MAX));
    let (tiles_there, result) = delivered(&setup.failover, &spec());
    assert!(matches!(result, Err(EngineError::Machine(MachineError::Lost(_)))), "{result:?}");
    assert_eq!(tiles_there.iter().map(|tile| tile.tile).collect::<Vec<_>>(), tiles(&spec())[..2]);
    assert_eq!(setup.remedies(), [Remedy::Again, Remedy::Ended]);
}

#[test]
fn a_machine_that_fails_three_tiles_in_a_row_is_given_up() {
    let setup = Setup::new(true, fails_always());
    assert_whole(&setup.failover, &cpu(), &spec(), "nothing works");
    assert_eq!(setup.remedies(), [Remedy::Again, Remedy::StandIn].repeat(3));
    assert_eq!(setup.record().stand_in.expect("all of it").tiles, tiles(&spec()));
    let tried = setup.seen.lock().unwrap().len();
    assert_whole(&setup.failover, &cpu(), &spec(), "and the next run does not even try");
    assert_eq!(setup.seen.lock().unwrap().len(), tried);
}

fn fails_always() -> impl Fn(Tile) -> Option<EngineError> + Send + Sync + 'static {
    |_| Some(MachineError::Hung { seconds: 60 }.into())
}

#[test]
fn a_machine_that_cannot_be_opened_again_has_failed_again() {
    let seen = Arc::default();
    let first = Flaky { inner: cpu(), trouble: Arc::new(fails_always()), seen };
    let reopen = || Err(MachineError::Lost("no longer there".to_owned()).into());
    let failover = Failover::new(Box::new(first), Box::new(reopen), Some(Box::new(cpu())));
    assert_whole(&failover, &cpu(), &spec(), "reopening fails");
    let errors: Vec<String> = failover.record().lock().unwrap().failures.iter().map(|f| f.error.clone()).collect();
    assert_eq!(
        errors[..2],
        ["the GPU hangs: a submission has not ended after 60 s", "the GPU was lost: no longer there"]
    );
}

#[test]
fn only_failures_of_the_machine_are_tried_again() {
    type Make = fn() -> EngineError;
    let others: [Make; 4] = [
        || EngineError::Unsupported("no".to_owned()),
        || EngineError::Interrupted,
        || EngineError::Stopped,
        || EngineError::PathDiffers(1),
    ];
    for other in others {
        let setup = Setup::new(true, move |tile| (tile.y0 == 2).then(other));
        let (_, result) = delivered(&setup.failover, &spec());
        assert_eq!(result.expect_err("passed on").to_string(), other().to_string());
        assert_eq!(setup.record(), Record::default());
    }
}

/// What helps is printed last, and is no part of what happened, whatever the driver said.
#[test]
fn an_error_tells_what_happened_and_then_what_helps() {
    for said in ["reset", "use sweep --fallback cpu goes on without it, --engine cpu starts without it", "a; b; "] {
        let error = EngineError::from(MachineError::Lost(said.to_owned()));
        assert_eq!(error.cause(), format!("the GPU was lost: {said}"));
        let helps = error.to_string().strip_prefix(&error.cause()).map(str::to_owned);
        assert_eq!(helps.as_deref(), Some("; sweep --fallback cpu goes on without it, --engine cpu starts without it"));
    }
    let refused = EngineError::Unsupported("--adapter x: none".to_owned());
    assert_eq!(refused.cause(), refused.to_string());
}

#[test]
fn progress_adds_up_whatever_is_done_twice() {
    let (spec, done) = (spec(), AtomicU64::new(0));
    for trouble in [0, 1, 2, usize::MAX] {
        done.store(0, Ordering::Relaxed);
        let setup = Setup::new(true, fails_at(2, trouble));
        let count = |new| {
            done.fetch_add(new, Ordering::Relaxed);
        };
        let never = AtomicBool::new(false);
        let watch = Watch::new(&count, &never);
        run(&setup.failover, &spec, &watch, &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(done.load(Ordering::Relaxed), spec.cells() as u64 * (STEPS + 1), "{trouble} failures");
    }
}

/// The `k`-th submission from now, counted from 0 over all devices that share the list, and `times` after it, fail.
fn submissions(fault: Fault, k: usize, times: usize) -> (Faults, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let faults = move || {
        let at = counted.fetch_add(1, Ordering::Relaxed);
        (k..k.saturating_add(times)).contains(&at).then_some(fault)
    };
    (Arc::new(faults), count)
}

const FAULTS: [Fault; 6] =
    [Fault::Lost, Fault::OutOfMemory, Fault::Invalid, Fault::Hung, Fault::Dropped, Fault::Skipped];

/// The best adapter, working as it does in the tests above.
fn device() -> Option<GpuEngine> {
    gpu().map(|engine| engine.with_options(options()))
}

fn options() -> GpuOptions {
    GpuOptions { tile_cells: Some(TILE_CELLS), chunk_steps: Some(80), ..GpuOptions::default() }
}

/// That device, failing, with all that is done about it.
fn failing_device(faults: &Faults, stand_in: bool) -> Option<Failover> {
    let engine = device()?;
    let adapter = engine.adapter().clone();
    let again = Arc::clone(faults);
    let reopen = move || {
        let engine = GpuEngine::reopen(&adapter)?.with_options(options()).careful().with_faults(Arc::clone(&again));
        Ok(Box::new(engine) as Box<dyn Engine + Send>)
    };
    let stand_in = stand_in.then(|| Box::new(cpu()) as Box<dyn Engine>);
    Some(Failover::new(Box::new(engine.with_faults(Arc::clone(faults))), Box::new(reopen), stand_in))
}

fn is_its_error(fault: Fault, error: &EngineError) -> bool {
    let EngineError::Machine(error) = error else { return false };
    match fault {
        Fault::Lost => matches!(error, MachineError::Lost(_)),
        Fault::OutOfMemory => matches!(error, MachineError::OutOfMemory(_)),
        Fault::Invalid => matches!(error, MachineError::Invalid(_)),
        Fault::Hung => matches!(error, MachineError::Hung { .. }),
        Fault::Dropped => matches!(error, MachineError::Dropped),
        Fault::Skipped => matches!(error, MachineError::NeverWritten { .. }),
    }
}

/// Submissions of an untroubled run: chunks of steps and results. The last of a tile reads, and dispatches nothing.
fn untroubled_submissions() -> usize {
    let (faults, count) = submissions(Fault::Lost, usize::MAX, 0);
    let engine = device().expect("asked before").with_faults(faults);
    collect(&engine, &spec()).expect("nothing fails");
    count.load(Ordering::Relaxed)
}

#[test]
fn every_failure_of_a_device_at_any_submission_has_its_own_error() {
    if device().is_none() {
        return;
    }
    let total = untroubled_submissions();
    assert!(total >= 8, "{total} submissions");
    for fault in FAULTS {
        let mut seen = 0;
        for k in 0..total {
            let (faults, _) = submissions(fault, k, 1);
            let engine = device().expect("asked before").with_faults(faults);
            match collect(&engine, &spec()) {
                Err(error) => {
                    assert!(is_its_error(fault, &error), "{fault:?} at {k}: {error:?}");
                    assert!(error.is_of_the_machine(), "{fault:?} at {k}");
                    seen += 1;
                }
                // A submission that dispatches nothing has no dispatch to skip.
                Ok(_) => assert_eq!(fault, Fault::Skipped, "submission {k}"),
            }
        }
        let expected = if fault == Fault::Skipped { total - tiles(&spec()).len() } else { total };
        assert_eq!(seen, expected, "{fault:?}");
    }
}

#[test]
fn a_device_that_fails_once_costs_no_cell_and_changes_none() {
    let Some(untroubled) = device() else { return };
    for fault in FAULTS {
        for k in [0, 1, 5] {
            let (faults, _) = submissions(fault, k, 1);
            let failover = failing_device(&faults, false).expect("asked before");
            assert_whole(&failover, &untroubled, &spec(), &format!("{fault:?} at {k}"));
            let record = failover.record().lock().unwrap().clone();
            assert_eq!(record.failures.iter().map(|f| f.then).collect::<Vec<_>>(), [Remedy::Again], "{fault:?} at {k}");
        }
    }
}

#[test]
fn a_device_that_fails_for_good_leaves_the_rest_to_the_cpu() {
    if device().is_none() {
        return;
    }
    for fault in FAULTS {
        let (faults, _) = submissions(fault, 5, usize::MAX);
        let failover = failing_device(&faults, true).expect("asked before");
        let (tiles_there, result) = delivered(&failover, &spec());
        assert!(result.is_ok(), "{fault:?}: {result:?}");
        assert_eq!(tiles_there.iter().map(|tile| tile.tile).collect::<Vec<_>>(), tiles(&spec()), "{fault:?}");
        let record = failover.record().lock().unwrap().clone();
        assert_eq!(record.stand_in.expect("the CPU").tiles, tiles(&spec())[1..], "{fault:?}");

        let (faults, _) = submissions(fault, 5, usize::MAX);
        let (tiles_there, result) = delivered(&failing_device(&faults, false).expect("asked before"), &spec());
        assert!(result.is_err_and(|error| is_its_error(fault, &error)), "{fault:?} without --fallback");
        assert_eq!(tiles_there.len(), 1, "{fault:?}: what was finished stays");
    }
}
