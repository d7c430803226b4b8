//! Which engine runs a sweep, and why.

use crate::cli::flags::SweepArguments;
use crate::cli::flags::machine::{EngineArgument, EngineFlags, ThreadsFlag};
use crate::cli::threads;
use crate::engine::cpu::CpuEngine;
use crate::engine::gpu::{AdapterSummary, Choice, GpuEngine, choose, list};
use crate::engine::{Engine, EngineError, Failover, Record};
use crate::sweep::{RequestError, Sweep};
use std::sync::{Arc, Mutex, PoisonError};

/// An engine and the reason for it, in words.
pub struct Chosen {
    pub engine: Box<dyn Engine>,
    pub reason: String,
    /// What fails on the way; an engine that cannot fail has none.
    pub record: Option<Arc<Mutex<Record>>>,
}

impl Chosen {
    /// What has failed so far; none where nothing has.
    pub fn troubles(&self) -> Option<Record> {
        let record = self.record.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (!record.failures.is_empty()).then_some(record)
    }
}

/// What was said about where to run.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub engine: EngineArgument,
    pub adapter: Option<&'a str>,
    pub threads: Option<usize>,
    /// Whether the CPU takes over where a GPU fails.
    pub fallback: bool,
    /// Whether a GPU's elementary functions are the driver's own.
    pub native_functions: bool,
}

impl<'a> Wanted<'a> {
    /// What the flags say.
    pub fn new(machine: &'a EngineFlags, cpu: &ThreadsFlag) -> Self {
        let (engine, adapter) = (machine.kind(), machine.adapter.as_deref());
        Self { engine, adapter, threads: cpu.count(), fallback: false, native_functions: false }
    }
}

/// The engine that the arguments ask for.
///
/// # Errors
/// No such adapter, or one that cannot compute this sweep.
pub fn engine(arguments: &SweepArguments, sweep: &Sweep) -> anyhow::Result<Chosen> {
    let SweepArguments { fallback, native_functions, .. } = *arguments;
    let usual = Wanted::new(&arguments.machine, &arguments.cpu);
    wanted(Wanted { fallback: fallback.is_some(), native_functions, ..usual }, sweep)
}

/// Whether the CPU is what the arguments come to, before it is known whether a GPU that is there can do it.
pub fn likely_cpu(arguments: &SweepArguments) -> bool {
    match (arguments.machine.kind(), &arguments.machine.adapter) {
        (EngineArgument::Cpu, _) => true,
        (EngineArgument::Gpu, _) | (_, Some(_)) => false,
        (EngineArgument::Auto, None) => choose(&list(), Choice::Hardware).is_err(),
    }
}

/// The engine that is wanted.
///
/// # Errors
/// As [`engine`].
pub fn wanted(wanted: Wanted<'_>, sweep: &Sweep) -> anyhow::Result<Chosen> {
    threads::start(wanted.threads)?;
    match (wanted.engine, wanted.adapter) {
        (EngineArgument::Cpu, Some(adapter)) => Err(RequestError::new(
            "--adapter",
            adapter,
            "names a GPU, and --engine cpu uses none; leave one of them out",
        )
        .into()),
        (EngineArgument::Cpu, None) => cpu(wanted, sweep, "as asked".to_owned()),
        (_, Some(adapter)) => asked(wanted, Choice::Named(adapter), sweep, "as asked"),
        (EngineArgument::Gpu, None) => asked(wanted, Choice::Any, sweep, "the best adapter here"),
        (EngineArgument::Auto, None) => automatic(wanted, sweep),
    }
}

fn cpu(wanted: Wanted<'_>, sweep: &Sweep, reason: String) -> anyhow::Result<Chosen> {
    let engine = CpuEngine::new(wanted.threads)?;
    engine.check(sweep)?;
    Ok(Chosen { engine: Box::new(engine), reason, record: None })
}

/// A GPU that was asked for by name or kind; where it does not even open, the CPU, if that may take over.
fn asked(wanted: Wanted<'_>, choice: Choice<'_>, sweep: &Sweep, reason: &str) -> anyhow::Result<Chosen> {
    match opened(choice, sweep) {
        Ok(engine) => gpu(wanted, engine, reason.to_owned()),
        Err(error) if wanted.fallback && error.is_of_the_machine() => {
            cpu(wanted, sweep, format!("{}; --fallback cpu", error.cause()))
        }
        Err(error) => Err(error.into()),
    }
}

fn opened(choice: Choice<'_>, sweep: &Sweep) -> Result<GpuEngine, EngineError> {
    let engine = GpuEngine::open(choice)?;
    engine.check(sweep)?;
    Ok(engine)
}

fn gpu(wanted: Wanted<'_>, engine: GpuEngine, reason: String) -> anyhow::Result<Chosen> {
    let stand_in = wanted.fallback.then(|| CpuEngine::new(wanted.threads)).transpose()?;
    let stand_in = stand_in.map(|engine| Box::new(engine) as Box<dyn Engine>);
    let adapter = engine.adapter().clone();
    let native = wanted.native_functions;
    let engine = engine.with_native_functions(native);
    let reopen = move || {
        let engine = GpuEngine::reopen(&adapter)?.careful().with_native_functions(native);
        Ok(Box::new(engine) as Box<dyn Engine + Send>)
    };
    let engine = Failover::new(Box::new(engine), Box::new(reopen), stand_in);
    let record = Some(engine.record());
    Ok(Chosen { engine: Box::new(engine), reason, record })
}

/// A GPU where there is one that can do it, else the CPU.
fn automatic(wanted: Wanted<'_>, sweep: &Sweep) -> anyhow::Result<Chosen> {
    let adapters = list();
    let Ok(at) = choose(&adapters, Choice::Hardware) else { return cpu(wanted, sweep, no_gpu(&adapters)) };
    let kind = adapters[at].kind;
    match opened(Choice::Hardware, sweep) {
        Ok(engine) => gpu(wanted, engine, format!("the {kind} GPU")),
        Err(error) if matches!(error, EngineError::Unsupported(_)) || error.is_of_the_machine() => {
            cpu(wanted, sweep, format!("{} cannot do it: {}", adapters[at].name, error.cause()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Why `auto` takes the CPU on a machine with these adapters.
pub fn no_gpu(adapters: &[AdapterSummary]) -> String {
    match adapters {
        [] => "no GPU here".to_owned(),
        [first, ..] => format!("no GPU here, only {} ({}); --engine gpu takes it", first.name, first.kind),
    }
}
