//! `alphasweep rerun`

use crate::analysis::{Summary, Tally};
use crate::cli::call::Call;
use crate::cli::earlier::same_engine;
use crate::cli::exit::CheckFailed;
use crate::cli::flags::machine::{EngineFlags, ThreadsFlag};
use crate::cli::flags::recorded;
use crate::cli::flags::report::QuietFlag;
use crate::cli::flags::requested::requested;
use crate::cli::interrupt::Patience;
use crate::cli::say::{self, fact};
use crate::cli::second_look::SecondLook;
use crate::cli::{choose, progress};
use crate::engine::{Output, Watch, run_into};
use crate::store::{ComputedBy, Digest, Results, described, spec_difference};
use crate::sweep::{OUTCOMES, RequestError, TileOutcomes};
use clap::Parser;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  alphasweep rerun sweep-out/sweep.json
  alphasweep rerun theirs.json --engine cpu    on another engine, which may differ on boundaries of the map";

/// Run the sweep of a sweep.json again and compare
#[derive(Debug, Parser)]
#[command(
    name = "rerun",
    after_help = EXAMPLES,
    mut_arg("engine", |engine| {
        let engine = engine.default_value(None::<&str>).hide_possible_values(true).value_name("auto|gpu|cpu");
        engine.help("What computes [default: what computed it]")
    })
)]
pub struct RerunArguments {
    /// The sweep.json of a finished sweep
    #[arg(value_name = "FILE")]
    pub manifest: PathBuf,
    /// The data, where they lie elsewhere now
    #[arg(long, value_name = "FILE.csv|NAME")]
    pub data: Option<String>,
    #[command(flatten)]
    pub machine: EngineFlags,
    #[command(flatten)]
    pub cpu: ThreadsFlag,
    #[command(flatten)]
    pub quiet: QuietFlag,
}

/// What is read of a `sweep.json`, besides what was asked.
#[derive(Deserialize)]
struct Recorded {
    alphasweep: String,
    engine: ComputedBy,
    spec: Value,
    summary: RecordedSummary,
    results: Results,
}

#[derive(Deserialize)]
struct RecordedSummary {
    outcomes: BTreeMap<String, u64>,
}

/// Runs the command.
///
/// # Errors
/// A file that is no `sweep.json`, data that changed, another answer than the file has; else as a sweep.
pub fn run(arguments: &RerunArguments, call: &Call<'_>) -> anyhow::Result<()> {
    let path = &arguments.manifest;
    let wrong = |message: String| RequestError::new("FILE", path.display(), message);
    let (asked, bytes) = recorded::read(path)?;
    let recorded: Recorded = serde_json::from_slice(&bytes)
        .map_err(|error| wrong(format!("is not the sweep.json of a finished sweep: {error}")))?;
    let mut asked = recorded::numbers_only(asked);
    if let Some(data) = &arguments.data {
        asked.set("data", data.clone());
    }
    let mut sweep = recorded::arguments(&asked, path)?;
    same_engine(&mut sweep.machine, &recorded.engine);
    let EngineFlags { engine, adapter } = &arguments.machine;
    if engine.is_some() || adapter.is_some() {
        sweep.machine = EngineFlags { engine: engine.or(sweep.machine.engine), adapter: adapter.clone() };
    }
    sweep.cpu.threads = arguments.cpu.threads;
    // As it was computed, whatever computes it now.
    let precision = sweep.arithmetic.precision.on(recorded.engine.is_cpu());
    let request = requested(&sweep, precision)?;
    let spec = request.resolve()?;
    if let Some(what) = spec_difference(&recorded.spec, &described(&spec)) {
        return Err(wrong(format!("asks for another sweep than it tells of: {what}; one of them was changed")).into());
    }
    let chosen = choose::engine(&sweep, &spec)?;
    let notes: String = arguments.cpu.note().iter().map(|text| say::note(text)).collect();
    arguments.quiet.voice().say(&notes);
    call.interruption.ready(Patience::None);
    let begun = Instant::now();
    let bar = progress::sweep(spec.cells() as u64 * (u64::from(spec.limits.steps) + 1), arguments.quiet.voice());
    let progress = |done| bar.inc(done);
    let watch = Watch::new(&progress, call.interruption.cancel());
    let (mut tally, mut digest) = (Tally::new(&spec), Digest::new(&spec));
    let run = |take: &mut dyn FnMut(&TileOutcomes) -> io::Result<()>| -> anyhow::Result<()> {
        Ok(run_into(chosen.engine.as_ref(), &spec, &watch, take)??)
    };
    let mut take = |tile: &TileOutcomes| tally.tile(tile).and_then(|()| digest.tile(tile));
    // As it was repaired, whatever computes it now.
    match SecondLook::of(&sweep, &request, &spec, recorded.engine.is_cpu())? {
        None => run(&mut take)?,
        // Run twice, since no folder keeps its tiles.
        Some(mut second) => {
            run(&mut |tile| second.look(tile))?;
            let tiles = |take: &mut dyn FnMut(TileOutcomes) -> anyhow::Result<()>| {
                run(&mut |tile| take(tile.clone()).map_err(io::Error::other))
            };
            second.again(call.interruption, tiles, &mut take)?;
        }
    }
    bar.finish_and_clear();
    let maker = ComputedBy::of(&chosen.engine.info(), &spec);
    let (summary, results) = (tally.finish(begun.elapsed()), digest.finish());
    verdict(&recorded, &maker, (&summary, &results))?;
    let (cells, columns, seconds) = (summary.cells, results.xxh3.len(), summary.seconds);
    let told = format!("{cells} cells, all {columns} columns bit by bit, in {seconds:.2} s");
    arguments.quiet.voice().say(&fact("same", &told));
    Ok(())
}

/// Whether both answers are the same.
///
/// # Errors
/// They are not: where, and what may be the cause.
fn verdict(
    recorded: &Recorded,
    maker: &ComputedBy,
    (summary, results): (&Summary, &Results),
) -> Result<(), CheckFailed> {
    let columns = recorded.results.xxh3.iter().filter(|(name, hash)| results.xxh3.get(*name) != Some(hash));
    let columns: Vec<&str> = columns.map(|(name, _)| name.as_str()).collect();
    let there = |word: &str| recorded.summary.outcomes.get(word).copied().unwrap_or(0);
    let counts = OUTCOMES.into_iter().map(|outcome| (outcome.word(), there(outcome.word()), summary.cells_of(outcome)));
    let counts = counts.filter(|(_, there, here)| there != here);
    let mut found: Vec<String> =
        counts.map(|(word, there, here)| format!("{there} {word} there, {here} here")).collect();
    if !columns.is_empty() {
        found.push(format!("other bits in {}", columns.join(", ")));
    }
    if recorded.results.xxh3.len() != results.xxh3.len() {
        found.push("other columns".to_owned());
    }
    if found.is_empty() {
        return Ok(());
    }
    let (engine, version) = (&recorded.engine, env!("CARGO_PKG_VERSION"));
    let cause = if engine.model() != maker.model() {
        format!("it ran on {}, and here on {}, which may differ on boundaries of the map", engine.device, maker.device)
    } else if engine.driver != maker.driver {
        format!("its driver was {}, and here it is {}", engine.driver, maker.driver)
    } else if recorded.alphasweep != version {
        format!("it was made by alphasweep {}, and this is {version}", recorded.alphasweep)
    } else {
        "nothing else differs, so the file was changed or a machine computes wrong; see `alphasweep verify`".to_owned()
    };
    Err(CheckFailed(format!("not the same answer: {}; {cause}", found.join("; "))))
}
