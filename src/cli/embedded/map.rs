//! A sweep in memory: what `sweep` does, with its columns as arrays.

use super::arrays::{Cells, Columns, NamedArray, Numbers};
use super::asked::{Asked, Watched};
use super::failure::Failure;
use super::threads::on_own_threads;
use crate::cli::check;
use crate::cli::choose::Chosen;
use crate::cli::drive::Fresh;
use crate::cli::finished::Told;
use crate::cli::flags::SweepArguments;
use crate::cli::prepared::Prepared;
use crate::cli::second_look::SecondLook;
use crate::cli::sinks::Seen;
use crate::draw::{Heatmap, LinePlot};
use crate::engine::{EngineError, Output, Repaired, Watch, run};
use crate::files::{MAP, Page, PageTexts, RunInfo, number_map, style};
use crate::store::{ComputedBy, RecordedFlags};
use crate::sweep::{RequestError, Sweep, SweepAxis, Tile, TileOutcomes, cut};
use crate::verify::Recheck;
use anyhow::Context;
use serde::Deserialize;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

/// Cells that are handed to pictures and files at once.
pub(super) const AT_ONCE: usize = 1 << 18;

/// A sweep whose cells have all been seen. Its columns are with whoever asked for it, and are handed back for what is drawn of
/// them.
pub struct Map {
    pub(super) asked: Asked,
    pub(super) sweep: Prepared,
    pub(super) told: Told,
    notes: Vec<String>,
    warnings: Vec<String>,
}

/// What of a `sweep.json` says how it came about.
#[derive(Deserialize)]
struct Origin {
    engine: ComputedBy,
    #[serde(default)]
    repair: Option<Repaired>,
    #[serde(default)]
    check: Option<serde_json::Value>,
    run: OriginOfRun,
}

#[derive(Deserialize)]
struct OriginOfRun {
    engine_reason: String,
    #[serde(default)]
    seconds: f64,
}

impl Map {
    /// Runs a sweep: the map, and its columns as `--npy` writes them.
    ///
    /// # Errors
    /// As the command; memory that is not there.
    pub fn run(asked: Asked, watched: &Watched<'_>) -> Result<(Self, Vec<NamedArray>), Failure> {
        asked.only_of_the_call()?;
        let arguments = asked.of_sweep()?;
        Ok(on_own_threads(arguments.cpu.count(), || swept(asked, &arguments, watched))?)
    }

    /// A map again from its columns, of whatever type, and from the `sweep.json` that tells of it; with the columns in the types
    /// that [`Map::run`] gives.
    ///
    /// # Errors
    /// A document or columns of another sweep.
    pub fn again<'a>(
        asked: Asked,
        manifest: &str,
        find: &(dyn Fn(&str) -> Option<Numbers<'a>> + Sync),
        watched: &Watched<'_>,
    ) -> Result<(Self, Vec<NamedArray>), Failure> {
        let origin: Origin = serde_json::from_str(manifest)
            .map_err(|error| RequestError::new("the map", "", format!("is of no sweep.json: {error}")))?;
        let arguments = SweepArguments { check: None, ..asked.of_sweep()? };
        let again = || -> anyhow::Result<_> {
            let call = watched.call(&asked, "sweep");
            let (sweep, _) = Prepared::new(&arguments, Some(&origin.engine), &call)?;
            let (mut seen, mut columns) = (Seen::new(&arguments, &sweep.spec), Columns::new(&sweep.spec)?);
            let cells = Cells::new(&sweep.spec, find)?;
            tiles(&sweep.spec).map(|tile| cells.tile(tile)).try_for_each(|tile| {
                seen.tile(&tile)?;
                columns.tile(&tile)
            })?;
            let run = RunInfo { repaired: origin.repair, ..sweep.run_info(origin.run.engine_reason.clone()) };
            let took = Duration::try_from_secs_f64(origin.run.seconds).unwrap_or_default();
            let (mut told, _) = Told::of(&mut seen, (run, took, Fresh::default()), &sweep, &call);
            told.run.check.clone_from(&origin.check);
            let notes = sweep.notes();
            Ok((Self { asked: asked.clone(), sweep, told, notes, warnings: Vec::new() }, columns.finish()))
        };
        Ok(on_own_threads(None, again)?)
    }

    /// Names of the axes, first x, then y where there is one, with their values in the working precision.
    pub fn axes(&self) -> Vec<(String, Vec<f64>)> {
        let grid = &self.sweep.spec;
        let values = |at: &Sweep, axis: &SweepAxis| -> Vec<f64> {
            axis.axis.values().map(|value| at.precision.round(value)).collect()
        };
        std::iter::once(&grid.x).chain(&grid.y).map(|axis| (axis.name.clone(), values(grid, axis))).collect()
    }

    /// `sweep.json`
    pub fn json(&self) -> String {
        self.told.json(&self.sweep)
    }

    /// The summary, line by line, each with its label.
    pub fn report(&self) -> Vec<(String, String)> {
        let facts = self.told.report(&self.sweep);
        facts.iter().map(|fact| (fact.label.to_owned(), fact.text())).collect()
    }

    /// What was assumed, and what there is to know.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What went wrong without ending the run: a machine that failed on the way, a check that does not hold.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The picture, or with `map` in `more` that of a column, as a PNG. `more` are flags of pictures.
    ///
    /// # Errors
    /// A flag that there is not; columns of another sweep.
    pub fn png<'a>(
        &self,
        more: &RecordedFlags,
        find: &(dyn Fn(&str) -> Option<Numbers<'a>> + Sync),
    ) -> Result<Vec<u8>, Failure> {
        let arguments = self.asked.with(more).of_sweep()?;
        let Told { summary, known, .. } = &self.told;
        let (grid, style) = (&self.sweep.spec, style(&arguments.outputs));
        let footer = self.told.footer(grid);
        let column = arguments.outputs.text(&MAP).map(|name| (name, grid.numbers().find(|column| column.name == name)));
        if let Some((name, None)) = column {
            let known: Vec<&str> = grid.numbers().map(|column| column.name.as_str()).collect();
            let message = format!("no column of numbers is called so; there are {}", known.join(", "));
            return Err(RequestError::new("--map", name, message).into());
        }
        let column = column.and_then(|(_, column)| column).filter(|_| grid.y.is_some());
        self.drawn(find, |feed| match (column, &grid.y) {
            (Some(column), _) => {
                let mut map = number_map(grid, column, style);
                feed(map.as_mut())?;
                map.png(&footer)
            }
            (None, Some(_)) => {
                let mut map = Heatmap::new(grid, style);
                feed(&mut map)?;
                map.png(summary, known, &footer)
            }
            (None, None) => {
                let mut plot = LinePlot::new(grid, style);
                feed(&mut plot)?;
                plot.png(summary, known, &footer)
            }
        })
    }

    /// The page that `--html` writes.
    ///
    /// # Errors
    /// As [`Map::png`]; a map that a page cannot hold.
    pub fn html<'a>(
        &self,
        more: &RecordedFlags,
        find: &(dyn Fn(&str) -> Option<Numbers<'a>> + Sync),
    ) -> Result<String, Failure> {
        let asked = self.asked.with(more);
        let arguments = asked.of_sweep()?;
        let grid = &self.sweep.spec;
        let mut page = Page::new(grid, style(&arguments.outputs), Path::new("the page"))?;
        let report = self.told.report(&self.sweep);
        let footer = self.told.footer(grid);
        self.drawn(find, |feed| {
            feed(&mut page)?;
            let texts = PageTexts { report: &report, footer: &footer, asked: &asked.flags };
            page.html(&self.told.summary, &self.told.known, texts)
        })
    }

    /// Makes something of all cells.
    fn drawn<'a, T: Send>(
        &self,
        find: &(dyn Fn(&str) -> Option<Numbers<'a>> + Sync),
        make: impl FnOnce(&dyn Fn(&mut dyn Output) -> io::Result<()>) -> io::Result<T> + Send,
    ) -> Result<T, Failure> {
        let grid = &self.sweep.spec;
        let all = || -> anyhow::Result<T> {
            let cells = Cells::new(grid, find)?;
            Ok(make(&|output| tiles(grid).try_for_each(|tile| output.tile(&cells.tile(tile))))?)
        };
        Ok(on_own_threads(None, all)?)
    }
}

/// All cells, some at a time.
pub(super) fn tiles(grid: &Sweep) -> impl Iterator<Item = Tile> {
    cut(grid.nx(), grid.ny(), AT_ONCE)
}

/// Runs the sweep, and gathers what there is to know of it.
fn swept(asked: Asked, arguments: &SweepArguments, watched: &Watched<'_>) -> anyhow::Result<(Map, Vec<NamedArray>)> {
    let call = watched.call(&asked, "sweep");
    let (sweep, chosen) = Prepared::new(arguments, None, &call)?;
    let chosen = chosen.context("no engine")?;
    let mut second = SecondLook::of(arguments, &sweep.request, &sweep.spec, sweep.plan.engine.is_cpu())?;
    let (mut seen, mut columns) = (Seen::new(arguments, &sweep.spec), Columns::new(&sweep.spec)?);
    let begun = Instant::now();
    computed(&sweep, &chosen, watched, &mut |tile| {
        match &mut second {
            Some(second) => second.look(tile)?,
            None => seen.tile(tile)?,
        }
        columns.tile(tile)
    })?;
    let took = begun.elapsed();
    let mut about = RunInfo { failover: chosen.troubles(), ..sweep.run_info(chosen.reason.clone()) };
    let mut arrays = columns.finish();
    if let Some(second) = &second {
        (about.repaired, arrays) = seen_again(second, &sweep, &arrays, watched, &mut seen)?;
    }
    let cells = sweep.spec.cells() as u64;
    let mut warnings: Vec<String> =
        about.failover.iter().flat_map(|record| &record.failures).map(|failure| failure.error.clone()).collect();
    let (mut told, checked) = Told::of(&mut seen, (about, took, Fresh { cells, steps: 0 }), &sweep, &call);
    told.summary.steps_per_second = told.summary.descent_steps as f64 / took.as_secs_f64().max(1e-9);
    warnings.extend(
        checked?.and_then(|check: Recheck| check::verdict(&check, &sweep.spec).err()).map(|failed| failed.to_string()),
    );
    let notes = sweep.notes();
    Ok((Map { asked, sweep, told, notes, warnings }, arrays))
}

/// Hands over the tiles as the engine computes them; they are taken on a thread of their own, so that it need not wait.
fn computed(
    sweep: &Prepared,
    chosen: &Chosen,
    watched: &Watched<'_>,
    take: &mut (dyn FnMut(&TileOutcomes) -> io::Result<()> + Send),
) -> anyhow::Result<()> {
    let spec = &sweep.spec;
    let progress = watched.telling(spec.cells() as u64 * (u64::from(spec.limits.steps) + 1));
    let watch = Watch::new(&progress, watched.interruption.cancel());
    thread::scope(|scope| {
        let (send, receive) = sync_channel::<TileOutcomes>(1);
        let taking =
            thread::Builder::new().spawn_scoped(scope, move || receive.iter().try_for_each(|tile| take(&tile)));
        let taking = taking.map_err(|error| EngineError::NoThreads(error.to_string()))?;
        let computed = run(chosen.engine.as_ref(), spec, &watch, &mut |tile| match send.send(tile) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        });
        drop(send);
        taking.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        Ok(computed?)
    })
}

/// The columns as a second look has them; what is told of the sweep sees these.
fn seen_again(
    second: &SecondLook<'_>,
    sweep: &Prepared,
    arrays: &[NamedArray],
    watched: &Watched<'_>,
    seen: &mut Seen,
) -> anyhow::Result<(Option<Repaired>, Vec<NamedArray>)> {
    let spec = &sweep.spec;
    let find = |name: &str| arrays.iter().find(|array| array.name == name).map(|array| array.array.numbers());
    let cells = Cells::new(spec, &find)?;
    let mut columns = Columns::new(spec)?;
    let each = |take: &mut dyn FnMut(TileOutcomes) -> anyhow::Result<()>| {
        tiles(spec).try_for_each(|tile| take(cells.tile(tile)))
    };
    let repaired = second.again(watched.interruption, each, &mut |tile| {
        seen.tile(tile)?;
        columns.tile(tile)
    })?;
    Ok((repaired, columns.finish()))
}
