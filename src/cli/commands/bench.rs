//! `alphasweep bench`

use crate::bench::{Measured, STANDARDS};
use crate::cli::call::Call;
use crate::cli::flags::machine::{EngineArgument, EngineFlags};
use crate::cli::flags::report::JsonFlag;
use crate::cli::flags::values::seconds;
use crate::cli::{say, threads};
use crate::engine::Engine;
use crate::engine::cpu::CpuEngine;
use crate::engine::gpu::{Choice, GpuEngine, list};
use crate::printable::line;
use crate::sweep::{Precision, RequestError};
use anyhow::Context;
use clap::Parser;
use serde::Serialize;
use std::time::Duration;

/// Measure what this machine's engines reach, and how much of the roof
#[derive(Debug, Parser)]
#[command(
    name = "bench",
    mut_arg("engine", |engine| engine.help("What is measured: the CPU and every adapter (auto), or one kind")),
    mut_arg("adapter", |adapter| adapter.help("Only the GPU whose name contains TEXT, or pci:ADDRESS"))
)]
pub struct BenchArguments {
    #[command(flatten)]
    pub machine: EngineFlags,
    /// Seconds for each figure, at least
    #[arg(long, value_name = "S", default_value = "0.5", value_parser = seconds)]
    pub seconds: f64,
    #[command(flatten)]
    pub print: JsonFlag,
}

/// Figures of one engine.
#[derive(Debug, Serialize)]
struct Figures {
    engine: &'static str,
    device: String,
    driver: String,
    /// Multiply-adds in f32, as two operations each, per second.
    roof: Option<f64>,
    sweeps: Vec<Measured>,
}

/// Measures and prints.
///
/// # Errors
/// No such adapter; a machine that failed; a closed pipe.
pub fn run(arguments: &BenchArguments, _: &Call<'_>) -> anyhow::Result<()> {
    threads::start(None)?;
    let mut all = Vec::new();
    if arguments.machine.kind() != EngineArgument::Gpu && arguments.machine.adapter.is_none() {
        let engine = CpuEngine::new(None)?;
        let roof = engine.roof();
        all.push(figures(arguments, &engine, roof)?);
    }
    for choice in adapters(arguments)? {
        let engine = GpuEngine::open(choice)?;
        let roof = engine.roof()?;
        all.push(figures(arguments, &engine, Some(roof))?);
    }
    if arguments.print.json {
        say::json(&(serde_json::to_string_pretty(&all)? + "\n")).context("stdout")
    } else {
        say::out(&all.iter().map(table).collect::<String>()).context("stdout")
    }
}

/// The adapters to measure: all of them, unless one is asked for.
fn adapters(arguments: &BenchArguments) -> anyhow::Result<Vec<Choice<'_>>> {
    match (&arguments.machine.adapter, arguments.machine.kind()) {
        (Some(adapter), EngineArgument::Cpu) => {
            Err(RequestError::new("--adapter", adapter, "names a GPU, and --engine cpu uses none; leave one out")
                .into())
        }
        (Some(adapter), _) => Ok(vec![Choice::Named(adapter)]),
        (None, EngineArgument::Cpu) => Ok(Vec::new()),
        (None, EngineArgument::Gpu) if list().is_empty() => Ok(vec![Choice::Any]),
        (None, _) => Ok((0..list().len()).map(Choice::Number).collect()),
    }
}

fn figures(arguments: &BenchArguments, engine: &dyn Engine, roof: Option<f64>) -> anyhow::Result<Figures> {
    let time = Duration::from_secs_f64(arguments.seconds);
    let info = engine.info();
    let mut sweeps = Vec::new();
    for standard in STANDARDS {
        for precision in [Precision::F32, Precision::Compensated, Precision::F64] {
            sweeps.push(standard.measure(engine, precision, roof, time)?);
        }
    }
    Ok(Figures { engine: info.engine, device: info.device.to_string(), driver: info.driver, roof, sweeps })
}

fn table(figures: &Figures) -> String {
    let Figures { engine, device, driver, roof, sweeps } = figures;
    let known = roof.map_or("not known here".to_owned(), |roof| format!("{:.1} G operations/s", roof / 1e9));
    let mut lines = vec![
        line(&format!("{engine:<11} {device}{}{driver}", if driver.is_empty() { "" } else { "; " })),
        format!("{:<11} {known} (f32, a multiply-add is two)\n", "roof"),
        format!(
            "{:<32} {:<12} {:>10} {:>14}  {:>14}",
            "sweep", "precision", "operations", "descent-steps", "of the roof"
        ),
    ];
    for measured in sweeps {
        let (precision, operations) = (measured.precision.to_string(), measured.operations_per_step);
        let name = format!("{:<32} {precision:<12} {operations:>10}", measured.sweep);
        let share = measured.share_of_roof.map_or("-".to_owned(), |share| format!("{:.1} %", share * 100.0));
        lines.push(match measured.steps_per_second {
            Some(rate) => format!("{name} {:>12.3} G  {share:>14}", rate / 1e9),
            None => format!("{name} {:>14}", "cannot"),
        });
    }
    lines.join("\n") + "\n\n"
}
