//! `alphasweep rerun`

use crate::analysis::{Summary, Tally};
use crate::cli::check::CheckFailed;
use crate::cli::commands::resume::same_engine;
use crate::cli::flags::EngineArgument;
use crate::cli::flags::recorded;
use crate::cli::flags::requested::Requested;
use crate::cli::interrupt::{CANCEL, stop_on_interrupt};
use crate::cli::{choose, progress};
use crate::engine::Output;
use crate::engine::{self, Watch};
use crate::store::{ComputedBy, Digest, Results, described, spec_difference};
use crate::sweep::{OUTCOMES, SpecError};
use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  alphasweep rerun sweep-out/sweep.json
  alphasweep rerun theirs.json --engine cpu    on another engine, which may differ on boundaries of the map";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RerunArguments {
    /// The sweep.json of a finished sweep
    #[arg(value_name = "FILE")]
    pub manifest: PathBuf,
    /// The data, where they lie elsewhere now
    #[arg(long, value_name = "FILE.csv|NAME")]
    pub data: Option<String>,
    /// What computes [default: what computed it]
    #[arg(long, value_enum, hide_possible_values = true, value_name = "auto|gpu|cpu")]
    pub engine: Option<EngineArgument>,
    /// The GPU whose name contains TEXT, or pci:ADDRESS
    #[arg(long, value_name = "TEXT")]
    pub adapter: Option<String>,
    /// Threads of the CPU engine [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Only errors on stderr
    #[arg(long)]
    pub quiet: bool,
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
pub fn run(arguments: &RerunArguments) -> anyhow::Result<()> {
    let path = &arguments.manifest;
    let wrong = |message: String| SpecError::new("FILE", path.display(), message);
    let (asked, bytes) = recorded::read(path)?;
    let recorded: Recorded = serde_json::from_slice(&bytes)
        .map_err(|error| wrong(format!("is not the sweep.json of a finished sweep: {error}")))?;
    let mut asked = recorded::numbers_only(asked);
    if let Some(data) = &arguments.data {
        asked.set("data", data.clone());
    }
    let mut sweep = recorded::arguments(&asked, path)?;
    same_engine(&mut sweep, &recorded.engine);
    if arguments.engine.is_some() || arguments.adapter.is_some() {
        (sweep.engine, sweep.adapter) = (arguments.engine.unwrap_or(sweep.engine), arguments.adapter.clone());
    }
    sweep.threads = arguments.threads;
    let spec = Requested::of(&sweep)?.resolve()?;
    if let Some(what) = spec_difference(&recorded.spec, &described(&spec)) {
        return Err(wrong(format!("asks for another sweep than it tells of: {what}; one of them was changed")).into());
    }
    let chosen = choose::engine(&sweep, spec.job())?;
    stop_on_interrupt();
    let begun = Instant::now();
    let bar = progress::bar(spec.cells() as u64 * (u64::from(spec.limits.steps) + 1), arguments.quiet);
    let progress = |done| bar.inc(done);
    let watch = Watch::new(&progress, &CANCEL);
    let (mut tally, mut digest, mut taken) = (Tally::new(&spec), Digest::new(&spec), Ok(()));
    engine::run(chosen.engine.as_ref(), &spec, &watch, &mut |tile| {
        taken = tally.tile(&tile).and_then(|()| digest.tile(&tile));
        if taken.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    taken?;
    bar.finish_and_clear();
    let maker = ComputedBy::of(&chosen.engine.info(), spec.job());
    let (summary, results) = (tally.finish(begun.elapsed()), digest.finish());
    verdict(&recorded, &maker, (&summary, &results))?;
    if !arguments.quiet {
        let (cells, columns) = (summary.cells, results.xxh3.len());
        let told =
            format!("same        {cells} cells, all {columns} columns bit by bit, in {:.2} s\n", summary.seconds);
        io::stderr().write_all(told.as_bytes())?;
    }
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
