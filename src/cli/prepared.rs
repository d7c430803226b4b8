//! A sweep that can run: what `sweep`, `resume`, `merge` and other programs begin with.

use crate::cli::call::Call;
use crate::cli::check;
use crate::cli::choose::{self, Chosen};
use crate::cli::flags::requested::requested;
use crate::cli::flags::{SweepArguments, recorded};
use crate::cli::report;
use crate::cli::sinks::context;
use crate::files::{self, CSV, RunInfo};
use crate::store::{ComputedBy, SweepPlan};
use crate::sweep::{Sweep, SweepRequest};
use anyhow::Context;

/// What was asked for, and what it comes to.
pub struct Prepared {
    pub arguments: SweepArguments,
    pub request: SweepRequest,
    pub spec: Sweep,
    pub plan: SweepPlan,
}

impl Prepared {
    /// What a request comes to; the second is the engine, if `maker` does not say what it was.
    ///
    /// # Errors
    /// A request that cannot be; no such engine.
    pub fn new(
        arguments: &SweepArguments,
        maker: Option<&ComputedBy>,
        call: &Call<'_>,
    ) -> anyhow::Result<(Self, Option<Chosen>)> {
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
        Ok((Self { arguments: arguments.clone(), request, spec, plan }, chosen))
    }

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

    /// What was assumed, and what there is to know before it runs.
    pub fn notes(&self) -> Vec<String> {
        let Self { arguments, spec, plan, .. } = self;
        let native = arguments.native_functions.then(|| report::native_functions(plan.engine.is_cpu()).to_owned());
        let of_threads = arguments.cpu.note().into_iter();
        let of_sweep = of_threads.chain(spec.notes.iter().map(ToString::to_string));
        of_sweep.chain(files::notes(&context(arguments, spec, None))).chain(native).collect()
    }
}

/// What is asked for, on the CPU or on a GPU.
fn resolved(arguments: &SweepArguments, is_cpu: bool) -> anyhow::Result<(SweepRequest, Sweep)> {
    let request = requested(arguments, arguments.arithmetic.precision.on(is_cpu))?;
    let spec = request.resolve()?;
    check::allowed(arguments, &spec)?;
    Ok((request, spec))
}
