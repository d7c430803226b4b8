//! `alphasweep sweep`, and what it shares with `resume` and `merge`.

use crate::analysis::explained;
use crate::cli::call::Call;
use crate::cli::check;
use crate::cli::choose::{self, Chosen};
use crate::cli::drive::{Drive, Fresh};
use crate::cli::earlier::{about, taken};
use crate::cli::exit::CheckFailed;
use crate::cli::failure_notices::FailureNotices;
use crate::cli::flags::recorded;
use crate::cli::flags::requested::requested;
use crate::cli::interrupt::{Interruption, Patience};
use crate::cli::progress;
use crate::cli::report;
use crate::cli::say::{self, fact};
use crate::cli::second_look::SecondLook;
use crate::cli::sinks::{Sinks, context};
use crate::engine::{Output, Repaired, Watch, run_into};
use crate::files::{self, CSV, Failed, OutputError, RunInfo, RunSweeps};
use crate::store::{Company, ComputedBy, Digest, Shelf, Store, StoreError, SweepPlan, WorkFolder, folders};
use crate::sweep::{self, FormulaSweep, RequestError, Shard, SweepCommon, SweepRequest, TileOutcomes};
use crate::verify::Recheck;
use anyhow::Context;
use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

pub use crate::cli::flags::SweepArguments;

/// Runs the command.
///
/// # Errors
/// A wrong request, a failed machine, an interruption; see [`crate::cli::exit`].
pub fn run(arguments: &SweepArguments, call: &Call<'_>) -> anyhow::Result<()> {
    let typed = SweepArguments { asked: call.flags.clone(), ..arguments.clone() };
    match &arguments.spec {
        Some(file) => begin(&recorded::with_spec(&typed, file)?, None, call),
        None => begin(&typed, None, call),
    }
}

/// A sweep that can run.
pub struct Sweep<'a> {
    pub arguments: &'a SweepArguments,
    pub request: SweepRequest,
    pub spec: sweep::Sweep,
    pub plan: SweepPlan,
}

impl Sweep<'_> {
    /// How a run of it came about.
    pub fn run_info(&self, engine_reason: String) -> RunInfo {
        RunInfo {
            command: self.plan.command.clone(),
            engine: self.plan.engine.clone(),
            engine_reason,
            failover: None,
            parts: Vec::new(),
            files: Vec::new(),
            repaired: None,
            check: None,
        }
    }
}

/// What a request comes to; the second is the engine, if `maker` does not say what it was.
pub fn prepare<'a>(
    arguments: &'a SweepArguments,
    maker: Option<&ComputedBy>,
    call: &Call<'_>,
) -> anyhow::Result<(Sweep<'a>, Option<Chosen>)> {
    arguments.print.has_stdout(arguments.outputs.takes_stdout(&CSV))?;
    let likely = maker.map_or_else(|| choose::likely_cpu(arguments), ComputedBy::is_cpu);
    let (mut request, mut spec) = resolved(arguments, likely)?;
    let chosen = if maker.is_none() { Some(choose::engine(arguments, &spec)?) } else { None };
    // A GPU was there and cannot do it.
    if let Some(chosen) = chosen.as_ref().filter(|chosen| (chosen.engine.info().engine == "cpu") != likely) {
        (request, spec) = resolved(arguments, chosen.engine.info().engine == "cpu")?;
    }
    let maker = maker.cloned().or(chosen.as_ref().map(|chosen| ComputedBy::of(&chosen.engine.info(), &spec)));
    let maker = maker.context("no engine")?;
    let asked = recorded::recorded(&arguments.asked, &arguments.out);
    let plan = SweepPlan::new(&spec, maker, arguments.shard, asked, call.words.clone());
    Ok((Sweep { arguments, request, spec, plan }, chosen))
}

/// What is asked for, on the CPU or on a GPU.
fn resolved(arguments: &SweepArguments, is_cpu: bool) -> anyhow::Result<(SweepRequest, sweep::Sweep)> {
    let request = requested(arguments, arguments.arithmetic.precision.on(is_cpu))?;
    let spec = request.resolve()?;
    check::allowed(arguments, &spec)?;
    Ok((request, spec))
}

/// Runs a sweep; with the plan of an earlier process, goes on with that.
///
/// # Errors
/// As [`run`]; a sweep that is not what the plan says.
pub fn begin(arguments: &SweepArguments, earlier: Option<&SweepPlan>, call: &Call<'_>) -> anyhow::Result<()> {
    let (mut sweep, chosen) = prepare(arguments, None, call)?;
    let chosen = chosen.context("no engine")?;
    if let Some(earlier) = earlier {
        unchanged(earlier, &sweep.plan, &arguments.out)?;
        sweep.plan = earlier.clone();
    }
    let company = if arguments.shard.is_some() { Company::Parts } else { Company::Alone };
    let _folder = WorkFolder::take(&arguments.out, company).map_err(|error| taken(&arguments.out, error))?;
    if let Some(shard) = arguments.shard {
        return part(&sweep, &chosen, shard, call);
    }
    let Sweep { spec, request, .. } = &sweep;
    let mut second = SecondLook::of(arguments, request, spec, sweep.plan.engine.is_cpu())?;
    let mut sinks = Sinks::create(arguments, &context(arguments, spec, request.formula()))?;
    let mut store = open(&sweep)?;
    let (voice, interruption) = (arguments.quiet.voice(), call.interruption);
    voice.say(&before(&sweep, &chosen, &store)?);
    if earlier.is_none() && second.is_none() && !arguments.keep_tiles && kept_cells(&store, spec)? == 0 {
        store.keep_after(Duration::from_secs_f64(arguments.keep_after));
    }
    interruption.ready(Patience::Tiles);
    let begun = Instant::now();
    let resume = recorded::resume_words(&sweep.plan.asked, &arguments.out);
    let news = FailureNotices::new(voice, &chosen);
    let (engine, range) = (chosen.engine.as_ref(), 0..spec.cells());
    let drive = Drive { spec, engine, news, range, voice, interruption, resume };
    let (store, fresh) = drive.run(store, &mut |tile| match &mut second {
        Some(second) => second.look(tile),
        None => sinks.tile(tile),
    })?;
    let took = begun.elapsed();
    let mut run = RunInfo { failover: chosen.troubles(), ..sweep.run_info(chosen.reason.clone()) };
    let run_sweeps = run_sweeps(arguments, &chosen, call);
    let written =
        seen_again(second.as_ref(), (store.shelf(), spec.cells()), &mut sinks, interruption).and_then(|repaired| {
            run.repaired = repaired;
            Finished { sinks, run, took, fresh }.write(&sweep, call, Some(&run_sweeps))
        });
    match written {
        // What was written is right, whatever the check says of it.
        Err(error) if !error.is::<CheckFailed>() => Err(drive.failed(store, 0, error)),
        done => {
            let tiles = store.shelf().folder().to_owned();
            if !arguments.keep_tiles && !store.remove().context("removing the tiles")? {
                voice.say(&say::note(&format!("{} stays, for what else lies there", tiles.display())));
            }
            done
        }
    }
}

/// Feeds the tiles on a shelf as a [`SecondLook`] has them; where one look is enough, they were fed as they came.
fn seen_again(
    second: Option<&SecondLook<'_>>,
    (shelf, cells): (&Shelf, usize),
    sinks: &mut Sinks,
    interruption: &Interruption,
) -> anyhow::Result<Option<Repaired>> {
    let Some(second) = second else { return Ok(None) };
    let tiles = |take: &mut dyn FnMut(TileOutcomes) -> anyhow::Result<()>| {
        shelf.tiles(&(0..cells)).context("reading the tiles")?.iter().try_for_each(|cells| {
            let tile = shelf.load(cells);
            take(tile.with_context(|| format!("reading {}", shelf.path(cells).display()))?)
        })
    };
    second.again(interruption, tiles, &mut |tile| sinks.tile(tile))
}

/// `--shard`: only tiles, to be merged later.
fn part(sweep: &Sweep<'_>, chosen: &Chosen, shard: Shard, call: &Call<'_>) -> anyhow::Result<()> {
    let Sweep { arguments, spec, .. } = sweep;
    let refuse = |message: String| RequestError::new("--shard", shard, message);
    let range = shard.range(spec.nx(), spec.ny()).map_err(refuse)?;
    // What merging the parts would refuse.
    SecondLook::of(arguments, &sweep.request, spec, sweep.plan.engine.is_cpu())?;
    files::check(&context(arguments, spec, None))?;
    if let Some(name) = files::own_run(&arguments.outputs) {
        return Err(refuse(format!("a {name} is not cut into parts; make it with a sweep of its own")).into());
    }
    let store = open(sweep)?;
    let (voice, interruption) = (arguments.quiet.voice(), call.interruption);
    voice.say(&before(sweep, chosen, &store)?);
    interruption.ready(Patience::Tiles);
    let resume = recorded::resume_words(&sweep.plan.asked, store.shelf().folder());
    let news = FailureNotices::new(voice, chosen);
    let drive = Drive { spec, engine: chosen.engine.as_ref(), news, range, voice, interruption, resume };
    let mut digest = Digest::new(spec);
    let (mut store, _) = drive.run(store, &mut |tile| digest.tile(tile))?;
    store.sync().context("keeping the tiles")?;
    let (cells, of, folder) = (drive.range.len(), spec.cells(), store.shelf().folder().display());
    let next = "`alphasweep merge DIR… --out DIR` puts the parts together";
    let text = format!("{cells} of {of} cells in {folder}, digest {}; {next}", digest.digits());
    voice.say(&fact(&format!("part {shard}"), &text));
    Ok(())
}

/// Refuses to go on with a sweep that is no longer the one that was begun.
fn unchanged(earlier: &SweepPlan, now: &SweepPlan, out: &Path) -> Result<(), RequestError> {
    let Some(what) = earlier.difference(now) else { return Ok(()) };
    let message =
        format!("was begun as another sweep: {what} then and now; put that back, or run it anew with `sweep`");
    Err(about(out, message))
}

fn open(sweep: &Sweep<'_>) -> anyhow::Result<Store> {
    let (out, spec) = (&sweep.arguments.out, &sweep.spec);
    Store::open(out, &sweep.plan, spec).map_err(|error| {
        let message = match error {
            StoreError::Busy { .. } => error.to_string(),
            StoreError::Io(_, why) if is_out_of_room(&why) => return anyhow::Error::new(why).context("keeping tiles"),
            StoreError::Io(_, why) => format!("cannot be written ({why}); choose another path"),
        };
        RequestError::new("--out", out.display(), message).into()
    })
}

/// Whether it is the machine that failed, and another path would hardly help.
fn is_out_of_room(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}

/// Cells that an earlier process left.
fn kept_cells(store: &Store, spec: &SweepCommon) -> io::Result<usize> {
    Ok(store.shelf().tiles(&(0..spec.cells()))?.iter().map(ExactSizeIterator::len).sum())
}

/// What is said before the run: the engine and why, and what was assumed.
fn before(sweep: &Sweep<'_>, chosen: &Chosen, store: &Store) -> anyhow::Result<String> {
    let Sweep { arguments, spec, plan, .. } = sweep;
    let mut lines = vec![report::engine(&plan.engine.engine, &plan.engine.device, &chosen.reason)];
    let mut note = |text: String| lines.push(say::note(&text));
    arguments.cpu.note().into_iter().for_each(&mut note);
    spec.notes.iter().for_each(|text| note(text.to_string()));
    files::notes(&context(arguments, spec, None)).into_iter().for_each(&mut note);
    if arguments.native_functions {
        note(report::native_functions(plan.engine.is_cpu()).to_owned());
    }
    let found = kept_cells(store, spec)?;
    if found > 0 {
        note(format!("goes on from {found} cells that are kept in {}", store.shelf().folder().display()));
    }
    let here = store.shelf().folder();
    for other in folders(&arguments.out)?.iter().filter(|other| *other != here && arguments.shard.is_none()) {
        note(format!("{0} has tiles of another sweep; `alphasweep resume {0}` finishes it", other.display()));
    }
    Ok(lines.concat())
}

/// All tiles have been seen; the files are still to be named.
pub struct Finished {
    pub sinks: Sinks,
    pub run: RunInfo,
    pub took: Duration,
    pub fresh: Fresh,
}

impl Finished {
    /// Checks, writes the files and tells about it.
    ///
    /// # Errors
    /// A full disk, a check that failed, a film that cannot be made.
    pub fn write(self, sweep: &Sweep<'_>, call: &Call<'_>, run_sweeps: Option<&RunSweeps<'_>>) -> anyhow::Result<()> {
        let Self { mut sinks, mut run, took, fresh } = self;
        let Sweep { arguments, spec, plan, .. } = sweep;
        let mut summary = sinks.tally.finish(took);
        let rate = |count: u64| count as f64 / took.as_secs_f64().max(1e-9);
        (summary.cells_per_second, summary.steps_per_second) = (rate(fresh.cells), rate(fresh.steps));
        let known = explained(spec, &mut summary);
        // Whatever comes of the check, the files are written first.
        let checked = recheck(sweep, &mut sinks, call);
        run.check = checked.as_ref().ok().and_then(|check| serde_json::to_value(check.as_ref()?).ok());
        let mut finished = files::Finished {
            sweep: spec,
            summary: &summary,
            results: &sinks.digest.finish(),
            known: &known,
            report: &report::facts(spec, None, &known, &summary),
            footer: &footer(spec, &run),
            asked: &plan.asked,
            run,
            said: RefCell::default(),
            run_sweeps,
        };
        let voice = arguments.quiet.voice();
        let failed = sinks.outputs.finish(&mut finished).map_err(told)?;
        let facts = [report::facts(spec, Some(&finished.run), &known, &summary), finished.said.take()].concat();
        voice.say(&report::text(&facts));
        let printed = if arguments.print.json { print_manifest(&arguments.out) } else { Ok(()) };
        failed.map_or(Ok(()), |failed| Err(told(failed)))?;
        if let Some(check) = checked? {
            voice.say(&check::told(&check));
            check::verdict(&check, spec)?;
        }
        printed
    }
}

/// The document that was just written.
fn print_manifest(out: &Path) -> anyhow::Result<()> {
    let document = fs::read_to_string(out.join(files::MANIFEST)).context("reading the results")?;
    say::json(&document).context("stdout")
}

/// `--check`, on the map that was kept for it.
fn recheck(sweep: &Sweep<'_>, sinks: &mut Sinks, call: &Call<'_>) -> anyhow::Result<Option<Recheck>> {
    let Sweep { arguments, request, spec, .. } = sweep;
    let asked = sinks.kept.take().zip(request.formula().zip(spec.formula()));
    asked.map_or(Ok(None), |(kept, (request, spec))| {
        check::run(arguments, request, spec, &kept, call.interruption.cancel())
    })
}

/// What stands below pictures. Nothing in it tells one run of a sweep from another.
fn footer(spec: &SweepCommon, run: &RunInfo) -> String {
    let engine = if run.engine.is_cpu() { "cpu".to_owned() } else { format!("gpu ({})", run.engine.device) };
    let (precision, steps) = (spec.precision, spec.limits.steps);
    format!("{engine}, {precision}, up to {steps} steps  ·  alphasweep {}", env!("CARGO_PKG_VERSION"))
}

/// What went wrong with an output: the cause as it is, since it decides the exit code.
fn told(failed: Failed) -> anyhow::Error {
    let Failed { output, error } = failed;
    let what = if output.own_run { format!("making the {}", output.name) } else { "writing the results".to_owned() };
    match error {
        OutputError::Io(error) => anyhow::Error::from(error).context(what),
        OutputError::Engine(error) => anyhow::Error::from(error).context(what),
    }
}

/// Runs further sweeps on the engine of this one, with one bar over all.
fn run_sweeps<'a>(arguments: &'a SweepArguments, chosen: &'a Chosen, call: &'a Call<'_>) -> Box<RunSweeps<'a>> {
    Box::new(move |specs, take| {
        let work = |spec: &&FormulaSweep| spec.cells() as u64 * (u64::from(spec.limits.steps) + 1);
        let bar = progress::film(specs.iter().map(work).sum(), arguments.quiet.voice());
        let progress = |done| bar.inc(done);
        let watch = Watch::new(&progress, call.interruption.cancel());
        for (at, spec) in specs.iter().enumerate() {
            let sweep = sweep::Sweep::from(*spec);
            run_into(chosen.engine.as_ref(), &sweep, &watch, &mut |tile| take(at, tile))??;
        }
        bar.finish_and_clear();
        Ok(())
    })
}
