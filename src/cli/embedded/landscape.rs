//! The loss on a grid of the parameters: what `landscape` does, with the losses as an array.

use super::asked::{Asked, Watched};
use super::failure::Failure;
use super::threads::on_own_threads;
use crate::analysis::Landscape;
use crate::analysis::descent_comparison::DescentComparison;
use crate::cli::choose::{self, Wanted};
use crate::cli::commands::landscape::{Files, Found, LandscapeArguments};
use crate::engine::{EngineInfo, Output, Watch, run_into};
use crate::files::LandscapeDocument;
use crate::store::RecordedFlags;
use crate::sweep::{FormulaSweep, Sweep, Told};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A grid whose points have all been evaluated.
pub struct Valley {
    asked: Asked,
    spec: Arc<FormulaSweep>,
    landscape: Landscape,
    rival: DescentComparison,
    info: EngineInfo,
    reason: String,
    notes: Vec<String>,
}

impl Valley {
    /// Evaluates the loss at every point.
    ///
    /// # Errors
    /// As the command.
    pub fn run(asked: Asked, watched: &Watched<'_>) -> Result<Self, Failure> {
        let arguments: LandscapeArguments = asked.arguments()?;
        let evaluated = || -> anyhow::Result<Self> {
            let (base, objective) = arguments.base()?;
            let spec = Arc::new(arguments.grid(&base, &objective)?);
            let sweep = Sweep::from(&spec);
            let chosen = choose::wanted(Wanted::new(&arguments.machine, &arguments.cpu), &sweep)?;
            let mut landscape = Landscape::new(&spec);
            let progress = watched.telling(spec.cells() as u64);
            let watch = Watch::new(&progress, watched.interruption.cancel());
            run_into(chosen.engine.as_ref(), &sweep, &watch, &mut |tile| landscape.tile(tile))??;
            let lowest = landscape.lowest();
            let rival = DescentComparison::new(&base, &spec, lowest.as_ref(), watched.interruption.cancel())?;
            let notes = spec.notes.iter().map(|note| note.text(Told::OfPlaces)).chain(arguments.cpu.note()).collect();
            let info = chosen.engine.info();
            Ok(Self { asked, spec, landscape, rival, info, reason: chosen.reason.clone(), notes })
        };
        Ok(on_own_threads(arguments.cpu.count(), evaluated)?)
    }

    /// What was assumed.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The losses, y-major; not-a-number where the loss is not finite.
    pub fn losses(&self) -> &[f64] {
        self.landscape.losses()
    }

    /// Names of the parameters along the axes, first x, with their values in the working precision.
    pub fn axes(&self) -> Vec<(String, Vec<f64>)> {
        let round = |value: f64| self.spec.program.precision.round(value);
        let axes = std::iter::once(&self.spec.x).chain(&self.spec.y);
        axes.map(|axis| (self.landscape.parameter(axis).to_owned(), axis.axis.values().map(round).collect())).collect()
    }

    /// `landscape.json`
    pub fn json(&self) -> String {
        let document = LandscapeDocument {
            command: self.asked.words("landscape"),
            engine: self.info.clone(),
            engine_reason: &self.reason,
            landscape: &self.landscape,
            rival: &self.rival,
            files: &[],
        };
        document.json()
    }

    fn found(&self) -> Found<'_> {
        Found { spec: &self.spec, landscape: &self.landscape, rival: &self.rival }
    }

    /// The picture; `more` are flags of pictures.
    ///
    /// # Errors
    /// A flag that there is not.
    pub fn png(&self, more: &RecordedFlags) -> Result<Vec<u8>, Failure> {
        self.asked.drawn(more, |arguments| self.found().png(arguments, &self.info))
    }

    /// Writes the files of `landscape --out FOLDER`.
    ///
    /// # Errors
    /// A path that cannot be written, a full disk.
    pub fn save(&self, folder: &Path, more: &RecordedFlags, watched: &Watched<'_>) -> Result<Vec<PathBuf>, Failure> {
        self.asked.saved(folder, more, watched, |arguments, call| {
            let files = Files::create(arguments, &self.spec)?;
            files.finish(&self.found(), self.info.clone(), &self.reason, call, arguments)
        })
    }
}
