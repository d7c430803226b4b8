//! Which engine runs a sweep, and why.

use super::args::{EngineArgument, SweepArguments};
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::gpu::{AdapterSummary, Choice, GpuEngine, choose, list};
use alphasweep::engine::{Engine, EngineError};
use alphasweep::sweep::{Spec, SpecError};

/// An engine and the reason for it, in words.
pub struct Chosen {
    pub engine: Box<dyn Engine>,
    pub reason: String,
}

/// What was said about where to run.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub engine: EngineArgument,
    pub adapter: Option<&'a str>,
    pub threads: Option<u16>,
}

/// The engine that the arguments ask for.
///
/// # Errors
/// No such adapter, or one that cannot compute this sweep.
pub fn engine(arguments: &SweepArguments, spec: &Spec) -> anyhow::Result<Chosen> {
    let SweepArguments { engine, adapter, threads, .. } = arguments;
    wanted(Wanted { engine: *engine, adapter: adapter.as_deref(), threads: *threads }, spec)
}

/// The engine that is wanted.
///
/// # Errors
/// As [`engine`].
pub fn wanted(wanted: Wanted<'_>, spec: &Spec) -> anyhow::Result<Chosen> {
    match (wanted.engine, wanted.adapter) {
        (EngineArgument::Cpu, Some(adapter)) => {
            Err(SpecError::new("--adapter", adapter, "names a GPU, and --engine cpu uses none; leave one of them out")
                .into())
        }
        (EngineArgument::Cpu, None) => cpu(wanted, "as asked".to_owned()),
        (_, Some(adapter)) => gpu(Choice::Named(adapter), spec, "as asked"),
        (EngineArgument::Gpu, None) => gpu(Choice::Any, spec, "the best adapter here"),
        (EngineArgument::Auto, None) => automatic(wanted, spec),
    }
}

fn cpu(wanted: Wanted<'_>, reason: String) -> anyhow::Result<Chosen> {
    let engine = CpuEngine::new(wanted.threads.map(usize::from))?;
    Ok(Chosen { engine: Box::new(engine), reason })
}

fn gpu(choice: Choice<'_>, spec: &Spec, reason: &str) -> anyhow::Result<Chosen> {
    let engine = GpuEngine::open(choice)?;
    engine.check(spec)?;
    Ok(Chosen { engine: Box::new(engine), reason: reason.to_owned() })
}

/// A GPU where there is one that can do it, else the CPU.
fn automatic(wanted: Wanted<'_>, spec: &Spec) -> anyhow::Result<Chosen> {
    let adapters = list();
    let Ok(at) = choose(&adapters, Choice::Hardware) else { return cpu(wanted, no_gpu(&adapters)) };
    let kind = adapters[at].kind;
    let opened = GpuEngine::open(Choice::Hardware).and_then(|engine| engine.check(spec).map(|()| engine));
    match opened {
        Ok(engine) => Ok(Chosen { engine: Box::new(engine), reason: format!("the {kind} GPU") }),
        Err(EngineError::Unsupported(why) | EngineError::Device(why)) => {
            cpu(wanted, format!("{} cannot do it: {why}", adapters[at].name))
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
