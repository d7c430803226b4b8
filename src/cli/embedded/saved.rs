//! A map written to a folder: the files of `sweep --out`.

use super::arrays::{Cells, Numbers};
use super::asked::{Asked, Watched};
use super::failure::Failure;
use super::map::{Map, tiles};
use super::threads::on_own_threads;
use crate::cli::choose;
use crate::cli::earlier::taken;
use crate::cli::flags::{SweepArguments, recorded};
use crate::cli::prepared::Prepared;
use crate::cli::sinks::context;
use crate::engine::{Watch, run_into};
use crate::files::{Claims, DeferredFile, OutputError, Outputs, own_run};
use crate::store::{Bounds, Company, RecordedFlags, WorkFolder};
use crate::sweep::{FormulaSweep, Sweep, TileOutcomes};
use anyhow::Context;
use std::io;
use std::path::{Path, PathBuf};

/// What was written.
#[derive(Debug)]
pub struct Saved {
    /// All files.
    pub files: Vec<PathBuf>,
    /// Why an output that runs sweeps of its own, such as a film, could not be made.
    pub failed: Option<String>,
}

impl Map {
    /// Writes what `sweep --out FOLDER` writes, with these flags of outputs besides; data that the caller holds are written
    /// there too.
    ///
    /// # Errors
    /// A path that cannot be written, a full disk.
    pub fn save<'a>(
        &self,
        folder: &Path,
        more: &RecordedFlags,
        find: &(dyn Fn(&str) -> Option<Numbers<'a>> + Sync),
        watched: &Watched<'_>,
    ) -> Result<Saved, Failure> {
        let asked = self.asked.with(more);
        let arguments = SweepArguments { out: folder.to_owned(), check: None, ..asked.of_sweep()? };
        Ok(on_own_threads(arguments.cpu.count(), || self.written(&asked, arguments, find, watched))?)
    }

    fn written<'a>(
        &self,
        asked: &Asked,
        mut arguments: SweepArguments,
        find: &(dyn Fn(&str) -> Option<Numbers<'a>> + Sync),
        watched: &Watched<'_>,
    ) -> anyhow::Result<Saved> {
        let out = arguments.out.clone();
        let _folder = WorkFolder::take(&out, Company::Alone).map_err(|error| taken(&out, error))?;
        let spec = &self.sweep.spec;
        let request = self.sweep.request.formula();
        let mut outputs = Outputs::create(&context(&arguments, spec, request))?;
        let mut data = None;
        if let Some(held) = &asked.data {
            let path = out.join(&held.name);
            let file = DeferredFile::create(&Claims::default(), Bounds::Anywhere, "--out", &path)?;
            file.written(&held.bytes)?.name().with_context(|| format!("writing {}", path.display()))?;
            arguments.asked.set("data", path.to_string_lossy().into_owned());
            data = Some(path);
        }
        let mut plan = self.sweep.plan.clone();
        plan.asked = recorded::recorded(&arguments.asked, &out);
        let request = self.sweep.request.clone();
        let sweep = Prepared { request, spec: spec.clone(), plan, arguments };
        let cells = Cells::new(spec, find)?;
        tiles(spec).try_for_each(|tile| outputs.tile(&cells.tile(tile)))?;
        let mut told = self.told.clone();
        let films = own_run(&sweep.arguments.outputs).is_some();
        let run_sweeps = |specs: &[&FormulaSweep], take: &mut dyn FnMut(usize, &TileOutcomes) -> io::Result<()>| {
            run(&sweep, specs, watched, take)
        };
        let failed = told.write(outputs, &sweep, films.then_some(&run_sweeps))?;
        let mut files = told.run.files;
        files.extend(data);
        Ok(Saved { files, failed: failed.map(|error| format!("{error:#}")) })
    }
}

/// Runs further sweeps on such an engine as the map was made with.
fn run(
    sweep: &Prepared,
    specs: &[&FormulaSweep],
    watched: &Watched<'_>,
    take: &mut dyn FnMut(usize, &TileOutcomes) -> io::Result<()>,
) -> Result<(), OutputError> {
    let chosen = choose::engine(&sweep.arguments, &sweep.spec);
    let chosen = chosen.map_err(|error| io::Error::other(format!("{error:#}")))?;
    let work = |spec: &&FormulaSweep| spec.cells() as u64 * (u64::from(spec.limits.steps) + 1);
    let progress = watched.telling(specs.iter().map(work).sum());
    let watch = Watch::new(&progress, watched.interruption.cancel());
    for (at, spec) in specs.iter().enumerate() {
        let sweep = Sweep::from(*spec);
        run_into(chosen.engine.as_ref(), &sweep, &watch, &mut |tile| take(at, tile))??;
    }
    Ok(())
}
