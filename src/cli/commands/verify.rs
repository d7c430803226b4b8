//! `alphasweep verify`

use crate::cli::call::Call;
use crate::cli::exit::CheckFailed;
use crate::cli::flags::machine::{EngineArgument, EngineFlags};
use crate::cli::flags::report::JsonFlag;
use crate::cli::{progress, say, threads};
use crate::engine::cpu::CpuEngine;
use crate::engine::gpu::{Choice, GpuEngine, list};
use crate::engine::{Engine, EngineError, EngineInfo};
use crate::printable::line;
use crate::sweep::RequestError;
use crate::verify::{Check, Machine, Status};
use anyhow::Context;
use clap::Parser;
use serde::Serialize;
use std::time::Instant;

const ENGINES: &str =
    "Engines to verify; auto: the CPU, and the best adapter where there is one, software drivers included";

/// Prove that this machine's engines compute right
#[derive(Debug, Parser)]
#[command(
    name = "verify",
    mut_arg("engine", |engine| engine.help(ENGINES).hide_possible_values(true).value_name("auto|gpu|cpu"))
)]
pub struct VerifyArguments {
    #[command(flatten)]
    pub machine: EngineFlags,
    #[command(flatten)]
    pub print: JsonFlag,
}

/// What came of all checks.
#[derive(Debug, Serialize)]
pub struct Report {
    alphasweep: &'static str,
    cpu: EngineInfo,
    gpu: Option<EngineInfo>,
    passed: usize,
    failed: usize,
    skipped: usize,
    seconds: f64,
    checks: Vec<Check>,
}

/// Runs every check and prints the table.
///
/// # Errors
/// A check that failed, no such adapter, a closed pipe.
pub fn run(arguments: &VerifyArguments, _: &Call<'_>) -> anyhow::Result<()> {
    let bar = progress::checks(0);
    let report = checked(arguments, &|_, of| {
        bar.set_length(of);
        bar.inc(1);
        true
    })?;
    bar.finish_and_clear();
    let printed = if arguments.print.json {
        say::json(&(serde_json::to_string_pretty(&report)? + "\n"))
    } else {
        say::out(&table(&report))
    };
    // Whoever reads it, or does not, the checks have failed or not.
    if report.failed > 0 {
        let all = report.checks.len();
        let told = format!("{} of {all} checks failed; answers of that engine are not to be trusted", report.failed);
        return Err(CheckFailed(told).into());
    }
    printed.context("stdout")
}

/// Runs every check; `done` is told how many are done, of how many, and says whether to go on.
///
/// # Errors
/// No such adapter; an end before the last check.
pub fn checked(arguments: &VerifyArguments, done: &dyn Fn(u64, u64) -> bool) -> anyhow::Result<Report> {
    let machine = machine(arguments)?;
    let begun = Instant::now();
    let tasks = machine.tasks();
    let mut checks = Vec::new();
    for (at, task) in tasks.iter().enumerate() {
        checks.push(task.run());
        if !done(at as u64 + 1, tasks.len() as u64) {
            return Err(EngineError::Interrupted.into());
        }
    }
    let count = |status| checks.iter().filter(|check| check.status == status).count();
    Ok(Report {
        alphasweep: env!("CARGO_PKG_VERSION"),
        cpu: machine.cpu.info(),
        gpu: machine.gpu.as_ref().ok().map(|(gpu, _)| gpu.info()),
        passed: count(Status::Pass),
        failed: count(Status::Fail),
        skipped: count(Status::Skipped),
        seconds: begun.elapsed().as_secs_f64(),
        checks,
    })
}

/// The engines that the arguments ask for.
fn machine(arguments: &VerifyArguments) -> anyhow::Result<Machine<'_>> {
    threads::start(None)?;
    let cpu = CpuEngine::new(None)?;
    let gpu = match (arguments.machine.kind(), arguments.machine.adapter.as_deref()) {
        (EngineArgument::Cpu, Some(adapter)) => {
            let message = "names a GPU, and --engine cpu uses none; leave one of them out";
            return Err(RequestError::new("--adapter", adapter, message).into());
        }
        (EngineArgument::Cpu, None) => Err("--engine cpu leaves it out".to_owned()),
        (_, Some(adapter)) => Ok((GpuEngine::open(Choice::Named(adapter))?, Choice::Named(adapter))),
        (EngineArgument::Gpu, None) => Ok((GpuEngine::open(Choice::Any)?, Choice::Any)),
        (EngineArgument::Auto, None) => match GpuEngine::open(Choice::Any) {
            Ok(gpu) => Ok((gpu, Choice::Any)),
            Err(EngineError::Unsupported(why)) => {
                Err(if list().is_empty() { "no adapter here".to_owned() } else { why })
            }
            Err(error) => return Err(error.into()),
        },
    };
    let left_out = (arguments.machine.kind() == EngineArgument::Gpu).then(|| "--engine gpu leaves it out".to_owned());
    Ok(Machine { cpu, cpu_left_out: left_out, gpu })
}

fn table(report: &Report) -> String {
    let mut lines = vec![format!("cpu      {}", report.cpu.device)];
    if let Some(gpu) = &report.gpu {
        lines.push(line(&format!("gpu      {}; {}", gpu.device, gpu.driver)));
    }
    lines.push(String::new());
    let width = report.checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0);
    for Check { name, engine, status, figures, note } in &report.checks {
        let found = [figures.to_string(), note.clone()].into_iter().filter(|text| !text.is_empty());
        let found: Vec<String> = found.collect();
        let text = format!("{:<7}  {engine}  {name:<width$}  {}", status.word(), found.join(": "));
        lines.push(line(text.trim_end()));
    }
    let Report { passed, failed, skipped, seconds, .. } = report;
    lines.push(format!("\n{passed} passed, {failed} failed, {skipped} skipped in {seconds:.1} s"));
    lines.join("\n") + "\n"
}
