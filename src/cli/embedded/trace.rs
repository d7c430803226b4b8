//! Descents step by step: what `trace` does, with paths as arrays.

use super::asked::{Asked, Watched};
use super::failure::Failure;
use super::threads::on_own_threads;
use crate::cli::commands::trace::{Files, TraceArguments};
use crate::draw::Trace;
use crate::engine::cpu::CpuEngine;
use crate::engine::{Engine, EngineInfo, Watch, trace};
use crate::files::trace_json;
use crate::store::RecordedFlags;
use std::path::{Path, PathBuf};

/// Descents that were followed.
pub struct Paths {
    asked: Asked,
    trace: Trace,
    info: EngineInfo,
    notes: Vec<String>,
}

/// The path of a descent: one value per step, from the start on.
#[derive(Debug, Clone)]
pub struct PathColumns {
    /// What tells it from the others.
    pub label: String,
    /// The name of its rule, or its text.
    pub rule: String,
    /// Values of what has one for every descent, by name, such as `alpha` and `beta_start`.
    pub values: Vec<(String, Option<f64>)>,
    /// `loss`, each parameter, each `PARAMETER_gradient`, and what is shown besides.
    pub columns: Vec<(String, Vec<f64>)>,
}

impl Paths {
    /// Follows descents.
    ///
    /// # Errors
    /// As the command.
    pub fn run(asked: Asked, watched: &Watched<'_>) -> Result<Self, Failure> {
        let arguments: TraceArguments = asked.arguments()?;
        let followed = || -> anyhow::Result<Self> {
            let (descents, notes) = arguments.descents()?;
            let engine = CpuEngine::new(None)?;
            let work = |at: usize| u64::from(descents.specs[descents.list[at].spec].limits.steps) + 1;
            let progress = watched.telling((0..descents.list.len()).map(work).sum());
            let traced = trace(&engine, &descents, &Watch::new(&progress, watched.interruption.cancel()))?;
            let trace = Trace::new(descents, traced);
            let trace = if let Some(range) = arguments.range { trace.over(range) } else { trace };
            Ok(Self { asked, trace, info: engine.info(), notes })
        };
        Ok(on_own_threads(None, followed)?)
    }

    /// What was assumed.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Every descent, in the order of `trace.json`.
    pub fn paths(&self) -> Vec<PathColumns> {
        let descents = self.trace.descents();
        let parameters = descents.specs[0].objective.parameters();
        let one = |at: usize| {
            let traced = &self.trace.traced()[at];
            let gradients = parameters.iter().map(|name| format!("{name}_gradient")).zip(&traced.path.gradients);
            let shown = descents.shown.iter().map(|shown| shown.name.clone()).zip(&traced.shown);
            let own = parameters.iter().cloned().zip(&traced.path.parameters);
            let columns = std::iter::once(("loss".to_owned(), &traced.path.losses)).chain(own).chain(gradients);
            PathColumns {
                label: self.trace.label(at),
                rule: descents.rule(at).to_owned(),
                values: descents.names.iter().cloned().zip(descents.list[at].values.iter().copied()).collect(),
                columns: columns.chain(shown).map(|(name, values)| (name, values.clone())).collect(),
            }
        };
        (0..self.trace.traced().len()).map(one).collect()
    }

    /// `trace.json`
    pub fn json(&self) -> String {
        trace_json(&self.trace, &self.asked.words("trace"), &self.info, &[])
    }

    /// The picture; `more` are flags of pictures.
    ///
    /// # Errors
    /// A flag that there is not.
    pub fn png(&self, more: &RecordedFlags) -> Result<Vec<u8>, Failure> {
        self.asked.drawn(more, |arguments: &TraceArguments| arguments.drawn(&self.shown(arguments)))
    }

    /// The film.
    ///
    /// # Errors
    /// As [`Paths::png`].
    pub fn gif(&self, more: &RecordedFlags) -> Result<Vec<u8>, Failure> {
        self.asked.drawn(more, |arguments: &TraceArguments| Ok(arguments.filmed(&self.shown(arguments))?.0))
    }

    /// The paths as a picture of these arguments shows them.
    fn shown(&self, arguments: &TraceArguments) -> Trace {
        let trace = self.trace.clone();
        if let Some(range) = arguments.range { trace.over(range) } else { trace }
    }

    /// Writes the files of `trace --out FOLDER`.
    ///
    /// # Errors
    /// A path that cannot be written, a full disk.
    pub fn save(&self, folder: &Path, more: &RecordedFlags, watched: &Watched<'_>) -> Result<Vec<PathBuf>, Failure> {
        self.asked.saved(folder, more, watched, |arguments: &TraceArguments, call| {
            Files::create(arguments)?.finish(arguments, call, &self.shown(arguments), &CpuEngine::new(None)?)
        })
    }
}
