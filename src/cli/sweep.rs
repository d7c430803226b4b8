//! `alphasweep sweep`

use super::args::SweepArguments;
use super::check;
use super::choose::{self, Chosen};
use super::film;
use super::news::News;
use super::progress;
use super::report;
use super::sinks::{MAX_UNASKED_CSV, ManifestFile, Sinks};
use alphasweep::engine::{self, EngineError, Watch};
use alphasweep::output::{Manifest, PageTexts, RunInfo, Summary};
use alphasweep::sweep::{Request, Spec, SpecError, TileOutcomes};
use alphasweep::theory::{Known, Reached};
use alphasweep::verify::Recheck;
use anyhow::Context;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Instant;

/// Set by the first Ctrl-C.
pub static CANCEL: AtomicBool = AtomicBool::new(false);

/// Runs the command.
///
/// # Errors
/// A wrong request, a failed machine, an interruption; see [`super::code`].
pub fn run(arguments: &SweepArguments) -> anyhow::Result<()> {
    if arguments.json && arguments.csv.as_deref() == Some(Path::new("-")) {
        return Err(SpecError::new(
            "--json",
            "",
            "stdout already carries the CSV (--csv -); write one of them to a file",
        )
        .into());
    }
    let request = arguments.request()?;
    let spec = request.resolve()?;
    check::allowed(arguments, &spec)?;
    let chosen = choose::engine(arguments, &spec)?;
    let film = film::plan(arguments, &request, &spec)?;
    let sinks = Sinks::create(arguments, &spec)?;
    let mut run = RunInfo {
        command: std::env::args().collect(),
        engine: chosen.engine.info(),
        engine_reason: chosen.reason.clone(),
        failover: None,
        files: Vec::new(),
        check: None,
    };
    say(arguments, &before(arguments, &spec, &run))?;
    stop_on_interrupt();
    let begun = Instant::now();
    let mut sinks = drive(arguments, &spec, &chosen, sinks)?;
    run.failover = chosen.troubles();
    let summary = sinks.tally.finish(begun.elapsed());
    let reached = summary.best.as_ref();
    let reached = reached.map(|best| Reached { parameters: &best.parameters, cell: best.cell, steps: best.steps });
    let known = Known::of(&spec, reached);
    // Whatever comes of the check, the files are written first.
    let checked = recheck(arguments, &request, &spec, &mut sinks);
    run.check = checked.as_ref().ok().and_then(|check| serde_json::to_value(check.as_ref()?).ok());
    let manifest = write(&spec, sinks, &mut run, &known, &summary)?;
    // Likewise of the film, which is a long run of its own.
    let filmed = film.map(|plan| film::make(plan, arguments, &chosen, &CANCEL)).transpose();
    run.files.extend(filmed.as_ref().ok().cloned().flatten());
    describe(arguments, &spec, manifest, &mut run, &known, &summary)?;
    say(arguments, &report::text(&spec, &run, &known, &summary))?;
    filmed?;
    if let Some(check) = checked? {
        say(arguments, &check::text(&check))?;
        check::verdict(&check, &spec)?;
    }
    Ok(())
}

/// `--check`, on the map that was kept for it.
fn recheck(
    arguments: &SweepArguments,
    request: &Request,
    spec: &Spec,
    sinks: &mut Sinks,
) -> anyhow::Result<Option<Recheck>> {
    let kept = sinks.kept.take();
    kept.map_or(Ok(None), |kept| check::run(arguments, request, spec, &kept, &CANCEL))
}

/// What is said before the run: the engine and why, and what was assumed.
fn before(arguments: &SweepArguments, spec: &Spec, run: &RunInfo) -> String {
    let mut lines = vec![format!("engine      {}, {}: {}", run.engine.engine, run.engine.device, run.engine_reason)];
    lines.extend(spec.notes.iter().map(|note| format!("note        {note}")));
    if !arguments.no_csv && arguments.csv.is_none() && spec.cells() > MAX_UNASKED_CSV {
        lines.push(format!(
            "note        no CSV above {MAX_UNASKED_CSV} cells; --csv FILE writes it, --npy DIR is smaller"
        ));
    }
    lines.join("\n") + "\n"
}

fn say(arguments: &SweepArguments, text: &str) -> anyhow::Result<()> {
    if !arguments.quiet {
        io::stderr().write_all(super::printable(text).as_bytes()).context("stderr")?;
    }
    Ok(())
}

/// First Ctrl-C (or SIGTERM): stop at the next good moment. Second: stop now.
pub fn stop_on_interrupt() {
    let handler = || {
        if CANCEL.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(super::code::INTERRUPTED));
        }
    };
    // Without a handler Ctrl-C still ends the process, only less politely.
    let _ = ctrlc::set_handler(handler);
}

/// Runs the engine on a thread of its own, so that computing and writing overlap.
fn drive(arguments: &SweepArguments, spec: &Spec, chosen: &Chosen, mut sinks: Sinks) -> anyhow::Result<Sinks> {
    let bar = progress::bar(spec.cells() as u64 * (u64::from(spec.limits.steps) + 1), arguments.quiet);
    let news = News::new(arguments, chosen);
    let progress = |done| {
        bar.inc(done);
        news.tell(&bar);
    };
    let watch = Watch { progress: &progress, cancel: &CANCEL };
    let (send, receive) = sync_channel::<TileOutcomes>(1);
    let mut written = Ok(());
    let computed = std::thread::scope(|scope| {
        let engine = &chosen.engine;
        let watch = &watch;
        let computing = scope.spawn(move || {
            engine::run(engine.as_ref(), spec, watch, &mut |tile| match send.send(tile) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            })
        });
        written = receive.iter().try_for_each(|tile| sinks.tile(&tile));
        // Closes the channel, so that an engine that is still computing stops.
        drop(receive);
        computing.join().unwrap_or_else(|_| Err(EngineError::Device("the engine's thread panicked".to_owned())))
    });
    bar.finish_and_clear();
    news.tell(&bar);
    let Err(error) =
        written.map_err(anyhow::Error::from).context("writing the results").and(computed.map_err(anyhow::Error::from))
    else {
        return Ok(sinks);
    };
    Err(match sinks.abandon() {
        Some(kept) => error.context(kept),
        None => error,
    })
}

/// Writes everything but the manifest, which lists the rest.
fn write(
    spec: &Spec,
    sinks: Sinks,
    run: &mut RunInfo,
    known: &Known,
    summary: &Summary,
) -> anyhow::Result<ManifestFile> {
    let footer = format!(
        "{} ({}), {}, up to {} steps, {:.2} s  ·  alphasweep {}",
        run.engine.engine,
        run.engine.device,
        spec.program.precision,
        spec.limits.steps,
        summary.seconds,
        env!("CARGO_PKG_VERSION")
    );
    let report = report::text(spec, run, known, summary);
    let texts = PageTexts { report: &report, footer: &footer };
    let (files, manifest) = sinks.finish(summary, known, texts).context("writing the results")?;
    run.files = files;
    Ok(manifest)
}

fn describe(
    arguments: &SweepArguments,
    spec: &Spec,
    manifest: ManifestFile,
    run: &mut RunInfo,
    known: &Known,
    summary: &Summary,
) -> anyhow::Result<()> {
    let json = Manifest::new(spec, run, known, summary).json();
    let path = manifest.finish(&json).context("writing sweep.json")?;
    run.files.push(path);
    if arguments.json {
        io::stdout().write_all(json.as_bytes())?;
    }
    Ok(())
}
