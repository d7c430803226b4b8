//! A sweep whose cells have all been seen: what follows from them, and the files.

use crate::analysis::theory::Known;
use crate::analysis::{Summary, explained};
use crate::cli::call::Call;
use crate::cli::check;
use crate::cli::drive::Fresh;
use crate::cli::prepared::Prepared;
use crate::cli::sinks::{Seen, Sinks};
use crate::cli::{report, say};
use crate::files::{self, Fact, Failed, Manifest, OutputError, Outputs, RunInfo, RunSweeps};
use crate::store::Results;
use crate::sweep::SweepCommon;
use crate::verify::Recheck;
use anyhow::Context;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// What is said of a sweep.
#[derive(Clone)]
pub struct Told {
    pub summary: Summary,
    pub known: Known,
    pub results: Results,
    pub run: RunInfo,
}

impl Told {
    /// What follows from the cells, and what `--check` found.
    pub fn of(
        seen: &mut Seen,
        (mut run, took, fresh): (RunInfo, Duration, Fresh),
        sweep: &Prepared,
        call: &Call<'_>,
    ) -> (Self, anyhow::Result<Option<Recheck>>) {
        let mut summary = seen.tally.finish(took);
        let rate = |count: u64| count as f64 / took.as_secs_f64().max(1e-9);
        (summary.cells_per_second, summary.steps_per_second) = (rate(fresh.cells), rate(fresh.steps));
        let known = explained(&sweep.spec, &mut summary);
        let checked = recheck(sweep, seen, call);
        run.check = checked.as_ref().ok().and_then(|check| serde_json::to_value(check.as_ref()?).ok());
        (Self { summary, known, results: seen.digest.finish(), run }, checked)
    }

    /// The summary for people; without what is about the run.
    pub fn report(&self, sweep: &Prepared) -> Vec<Fact> {
        report::facts(&sweep.spec, None, &self.known, &self.summary)
    }

    /// `sweep.json`
    pub fn json(&self, sweep: &Prepared) -> String {
        let Self { summary, known, results, run } = self;
        Manifest::new(&sweep.spec, (&sweep.plan.asked, run), known, (summary, results)).json()
    }

    /// What stands below pictures. Nothing in it tells one run of a sweep from another.
    pub fn footer(&self, spec: &SweepCommon) -> String {
        let engine = &self.run.engine;
        let engine = if engine.is_cpu() { "cpu".to_owned() } else { format!("gpu ({})", engine.device) };
        let (precision, steps) = (spec.precision, spec.limits.steps);
        format!("{engine}, {precision}, up to {steps} steps  ·  alphasweep {}", env!("CARGO_PKG_VERSION"))
    }

    /// Completes the files; those that are written are among what is known of the run then. One that runs sweeps of its own
    /// may fail, and the others are written all the same; why comes back.
    ///
    /// # Errors
    /// A full disk; see [`Outputs::finish`].
    pub fn write(
        &mut self,
        outputs: Outputs,
        sweep: &Prepared,
        run_sweeps: Option<&RunSweeps<'_>>,
    ) -> anyhow::Result<Option<anyhow::Error>> {
        let mut finished = files::Finished {
            sweep: &sweep.spec,
            summary: &self.summary,
            results: &self.results,
            known: &self.known,
            report: &self.report(sweep),
            footer: &self.footer(&sweep.spec),
            asked: &sweep.plan.asked,
            run: self.run.clone(),
            run_sweeps,
        };
        let failed = outputs.finish(&mut finished).map_err(cause)?;
        self.run = finished.run;
        Ok(failed.map(cause))
    }
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
    pub fn write(self, sweep: &Prepared, call: &Call<'_>, run_sweeps: Option<&RunSweeps<'_>>) -> anyhow::Result<()> {
        let Self { sinks: Sinks { mut seen, outputs }, run, took, fresh } = self;
        let arguments = &sweep.arguments;
        let (mut told, checked) = Told::of(&mut seen, (run, took, fresh), sweep, call);
        // Whatever came of the check, the files are written first.
        let failed = told.write(outputs, sweep, run_sweeps)?;
        let voice = arguments.quiet.voice();
        voice.say(&report::text(&report::facts(&sweep.spec, Some(&told.run), &told.known, &told.summary)));
        let printed = if arguments.print.json { print_manifest(&arguments.out) } else { Ok(()) };
        failed.map_or(Ok(()), Err)?;
        if let Some(check) = checked? {
            voice.say(&check::told(&check));
            check::verdict(&check, &sweep.spec)?;
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
fn recheck(sweep: &Prepared, seen: &mut Seen, call: &Call<'_>) -> anyhow::Result<Option<Recheck>> {
    let Prepared { arguments, request, spec, .. } = sweep;
    let asked = seen.kept.take().zip(request.formula().zip(spec.formula()));
    asked.map_or(Ok(None), |(kept, (request, spec))| {
        check::run(arguments, request, spec, &kept, call.interruption.cancel())
    })
}

/// What went wrong with an output: the cause as it is, since it decides the exit code.
fn cause(failed: Failed) -> anyhow::Error {
    let Failed { output, error } = failed;
    let what = if output.own_run { format!("making the {}", output.name) } else { "writing the results".to_owned() };
    match error {
        OutputError::Io(error) => anyhow::Error::from(error).context(what),
        OutputError::Engine(error) => anyhow::Error::from(error).context(what),
    }
}
