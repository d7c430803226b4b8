//! `alphasweep merge`

use crate::cli::call::Call;
use crate::cli::drive::Fresh;
use crate::cli::earlier::{about, plan_of, shard_of, taken};
use crate::cli::finished::Finished;
use crate::cli::flags::report::{JsonFlag, QuietFlag};
use crate::cli::flags::{SweepArguments, recorded};
use crate::cli::prepared::Prepared;
use crate::cli::repair::Repairing;
use crate::cli::sinks::{Sinks, context};
use crate::cli::{report, say, threads};
use crate::engine::Output;
use crate::files::{MergedPart, RunInfo};
use crate::store::{Company, Digest, Shelf, SweepPlan, WorkFolder, folders};
use crate::sweep::{RequestError, Shard, SweepCommon, TileOutcomes};
use anyhow::Context;
use clap::Parser;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  alphasweep sweep --shard 1/2 --out part1
  alphasweep sweep --shard 2/2 --out part2
  alphasweep merge part1 part2 --out whole    the same files, byte for byte, as without --shard";

/// Put the parts of a sweep together (sweep --shard K/N)
#[derive(Debug, Parser)]
#[command(
    name = "merge",
    after_help = EXAMPLES,
    mut_arg("json", |json| json.help("Print sweep.json on stdout"))
)]
pub struct MergeArguments {
    /// The folders of the parts, in any order; one folder may hold several parts
    #[arg(value_name = "DIR", required = true)]
    pub parts: Vec<PathBuf>,
    /// Folder for the files
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Also write the files that the sweep puts outside of its folder
    #[arg(long)]
    pub outside: bool,
    #[command(flatten)]
    pub quiet: QuietFlag,
    #[command(flatten)]
    pub print: JsonFlag,
}

/// A part, and where it is.
struct Part {
    plan: SweepPlan,
    folder: PathBuf,
}

/// The tiles of a part.
struct Shelved<'a> {
    part: &'a Part,
    shelf: Shelf,
    range: Range<usize>,
    tiles: Vec<Range<usize>>,
}

/// Runs the command.
///
/// # Errors
/// Parts that are missing, overlap, are not finished or belong to other sweeps; a full disk.
pub fn run(arguments: &MergeArguments, call: &Call<'_>) -> anyhow::Result<()> {
    threads::start(None)?;
    let parts = find(&arguments.parts)?;
    let first = &parts[0];
    let source = first.folder.join("plan.json");
    let kept = recorded::confined(first.plan.asked.clone(), &source, &arguments.out, arguments.outside)?;
    let merged = recorded::arguments(&kept, &source)?;
    let MergeArguments { out, quiet, print, .. } = arguments;
    let confined = !arguments.outside;
    let merged = SweepArguments { out: out.clone(), confined, quiet: *quiet, print: *print, ..merged };
    let (mut sweep, _) = Prepared::new(&merged, Some(&first.plan.engine), call)?;
    let mut now = sweep.plan.clone();
    now.engine = first.plan.engine.clone();
    if let Some(what) = first.plan.difference(&now) {
        let message = format!("was begun as another sweep: {what} then and now");
        return Err(about(&first.folder, message).into());
    }
    sweep.plan = now;
    let shelves = shelved(&parts, &sweep.spec)?;
    together(&shelves, &sweep.spec)?;
    let _folder = WorkFolder::take(out, Company::Alone).map_err(|error| taken(out, error))?;
    let mut sinks = Sinks::create(&merged, &context(&merged, &sweep.spec, None))?;
    if let Some(other) = parts.iter().find(|part| part.plan.engine.driver != first.plan.engine.driver) {
        let (one, other) = (&first.plan.engine.driver, &other.plan.engine.driver);
        quiet.voice().say(&say::note(&format!("the parts come from two drivers, {one} and {other}")));
    }
    let begun = Instant::now();
    let mut repairing = Repairing::of(&merged, &sweep.request, &sweep.spec, sweep.plan.engine.is_cpu())?;
    let mut take = |tile: &TileOutcomes| match &mut repairing {
        Some(repairing) => repairing.look(tile),
        None => sinks.tile(tile),
    };
    let merged = shelves.iter().map(|shelved| shelved.read_into(&mut take, &sweep.spec));
    let merged = merged.collect::<anyhow::Result<Vec<MergedPart>>>()?;
    let tiles = |take: &mut dyn FnMut(TileOutcomes) -> anyhow::Result<()>| {
        shelves.iter().try_for_each(|shelved| shelved.each(take))
    };
    let repaired = repairing.map(|repairing| repairing.mend(call.interruption, tiles, &mut |tile| sinks.tile(tile)));
    let repaired = repaired.transpose().context("writing the results")?;
    let reason = format!("merged from {} part{}", parts.len(), if parts.len() == 1 { "" } else { "s" });
    quiet.voice().say(&report::engine(&sweep.plan.engine.engine, &sweep.plan.engine.device, &reason));
    quiet.voice().say(&merged.iter().map(|part| say::note(&told(part))).collect::<String>());
    let run = RunInfo { parts: merged, repaired, ..sweep.run_info(reason) };
    let finished = Finished { sinks, run, took: begun.elapsed(), fresh: Fresh::default() };
    finished.write(&sweep, call, None)
}

impl Shelved<'_> {
    /// All tiles of the part.
    fn each(&self, take: &mut dyn FnMut(TileOutcomes) -> anyhow::Result<()>) -> anyhow::Result<()> {
        self.tiles.iter().try_for_each(|cells| {
            let tile = self.shelf.load(cells).map_err(|error| {
                let folder = self.part.folder.display();
                about(&self.shelf.path(cells), format!("{error}; `alphasweep resume {folder}` computes it again"))
            })?;
            take(tile)
        })
    }

    /// Feeds all tiles of the part, and says what it is.
    fn read_into(
        &self,
        to: &mut dyn FnMut(&TileOutcomes) -> io::Result<()>,
        spec: &SweepCommon,
    ) -> anyhow::Result<MergedPart> {
        let mut digest = Digest::new(spec);
        self.each(&mut |tile| digest.tile(&tile).and_then(|()| to(&tile)).context("writing the results"))?;
        let Part { plan, folder } = self.part;
        Ok(MergedPart {
            part: name(self.part).to_owned(),
            folder: folder.clone(),
            version: plan.alphasweep.clone(),
            engine: plan.engine.engine.clone(),
            device: plan.engine.device.clone(),
            driver: plan.engine.driver.clone(),
            cells: self.range.len(),
            xxh3: digest.digits(),
        })
    }
}

/// What computed a part, and the digest that whoever computed it was told too.
fn told(part: &MergedPart) -> String {
    let MergedPart { part, folder, version, engine, device, xxh3, .. } = part;
    format!("part {part} in {}: alphasweep {version} on {engine}, {device}; digest {xxh3}", folder.display())
}

/// All parts of all folders; all of one sweep.
fn find(given: &[PathBuf]) -> Result<Vec<Part>, RequestError> {
    let mut parts: Vec<Part> = Vec::new();
    for given in given {
        let wrong = |message: String| about(given, message);
        let found = folders(given).map_err(|error| wrong(format!("cannot be read ({error})")))?;
        if found.is_empty() {
            return Err(wrong("has no part of a sweep; `sweep --shard K/N` makes one".to_owned()));
        }
        for folder in found {
            let plan = plan_of(&folder)?;
            if let Some(first) = parts.first()
                && let Some(what) = first.plan.difference(&plan)
            {
                let message = format!("is of another sweep than {}: {what} differ", first.folder.display());
                return Err(about(&folder, message));
            }
            parts.push(Part { plan, folder });
        }
    }
    Ok(parts)
}

/// The tiles of every part, in the order of their cells.
fn shelved<'a>(parts: &'a [Part], spec: &SweepCommon) -> anyhow::Result<Vec<Shelved<'a>>> {
    let mut shelves = Vec::new();
    for part in parts {
        let shelf = Shelf::new(&part.folder, &part.plan, spec);
        shelf.inspect().map_err(|error| about(&part.folder, error.to_string()))?;
        let range = range_of(part, spec)?;
        let tiles = shelf.tiles(&range)?;
        let there: usize = tiles.iter().map(ExactSizeIterator::len).sum();
        if there < range.len() {
            let folder = part.folder.display();
            let message = format!(
                "part {} is not finished, {there} of {} cells; `alphasweep resume {folder}` finishes it",
                name(part),
                range.len()
            );
            return Err(about(&part.folder, message).into());
        }
        shelves.push(Shelved { part, shelf, range, tiles });
    }
    shelves.sort_by_key(|shelved| shelved.range.start);
    Ok(shelves)
}

fn name(part: &Part) -> &str {
    part.plan.shard.as_deref().unwrap_or("1/1")
}

fn range_of(part: &Part, spec: &SweepCommon) -> Result<Range<usize>, RequestError> {
    let Some(text) = &part.plan.shard else { return Ok(0..spec.cells()) };
    let source = part.folder.join("plan.json");
    let range = shard_of(text, &source)?.range(spec.nx(), spec.ny());
    range.map_err(|message| RequestError::new(&source.display().to_string(), text, message))
}

/// Every cell is in one part, and in no other.
fn together(shelves: &[Shelved<'_>], spec: &SweepCommon) -> Result<(), RequestError> {
    for pair in shelves.windows(2) {
        let (one, other) = (&pair[0], &pair[1]);
        if other.range.start < one.range.end {
            let message = format!(
                "part {} has cells that part {} in {} has too; leave one of them out",
                name(other.part),
                name(one.part),
                one.part.folder.display()
            );
            return Err(about(&other.part.folder, message));
        }
    }
    let missing = missing(shelves, spec);
    if missing.is_empty() {
        return Ok(());
    }
    let plural = if missing.len() == 1 { "" } else { "s" };
    let message = format!("part{plural} {} of the sweep missing; `sweep --shard` makes each", missing.join(", "));
    Err(RequestError::new("DIR", "", message))
}

/// The parts that nobody brought, counted as the first one is.
fn missing(shelves: &[Shelved<'_>], spec: &SweepCommon) -> Vec<String> {
    let there = |cell: usize| shelves.iter().any(|shelved| shelved.range.contains(&cell));
    let of = name(shelves[0].part).split_once('/').map_or("1", |(_, of)| of);
    let of: u32 = of.parse().unwrap_or(1);
    let parts = (1..=of).filter_map(|number| {
        let text = format!("{number}/{of}");
        let range = Shard::parse(&text).ok()?.range(spec.nx(), spec.ny()).ok()?;
        (!there(range.start) || !there(range.end - 1)).then_some(text)
    });
    parts.collect()
}
