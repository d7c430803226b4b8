//! `alphasweep devices`

use crate::cli::call::Call;
use crate::cli::choose::no_gpu;
use crate::cli::flags::report::JsonFlag;
use crate::cli::say;
use crate::engine::gpu::{AdapterSummary, Choice, FunctionError, GpuEngine, choose, list};
use crate::engine::{EngineError, Probe};
use crate::printable::line;
use anyhow::Context;
use clap::Parser;
use serde::Serialize;

/// Show adapters, their limits and arithmetic, and which one `auto` picks
#[derive(Debug, Parser)]
#[command(name = "devices")]
pub struct DevicesArguments {
    #[command(flatten)]
    pub print: JsonFlag,
}

#[derive(Debug, Serialize)]
struct Device {
    #[serde(flatten)]
    adapter: AdapterSummary,
    /// Absent where the adapter could not be opened.
    probe: Option<Probe>,
    /// Errors of elementary functions, in units in the last place of f32.
    functions: Vec<FunctionError>,
    error: Option<String>,
}

/// What there is to compute with.
#[derive(Debug, Serialize)]
pub struct Devices {
    cpu_threads: usize,
    adapters: Vec<Device>,
    /// Name of the adapter, or `cpu`.
    auto: String,
    reason: String,
}

/// Prints the adapters.
///
/// # Errors
/// A closed pipe.
pub fn run(arguments: &DevicesArguments, _: &Call<'_>) -> anyhow::Result<()> {
    let devices = found();
    if arguments.print.json {
        say::json(&(serde_json::to_string_pretty(&devices)? + "\n")).context("stdout")
    } else {
        say::out(&table(&devices)).context("stdout")
    }
}

/// Every adapter, opened and looked at, and which one `auto` takes.
pub fn found() -> Devices {
    let adapters = list();
    let (auto, reason) = match choose(&adapters, Choice::Hardware) {
        Ok(at) => (adapters[at].name.clone(), format!("the {} GPU", adapters[at].kind)),
        Err(_) => ("cpu".to_owned(), no_gpu(&adapters)),
    };
    Devices {
        cpu_threads: std::thread::available_parallelism().map_or(1, usize::from),
        adapters: adapters.into_iter().enumerate().map(|(at, adapter)| open(at, adapter)).collect(),
        auto,
        reason,
    }
}

fn open(at: usize, adapter: AdapterSummary) -> Device {
    match GpuEngine::open(Choice::Number(at)) {
        Ok(engine) => match engine.function_errors() {
            Ok(functions) => Device { adapter, probe: Some(engine.probe()), functions, error: None },
            Err(error) => failed(adapter, &error),
        },
        Err(error) => failed(adapter, &error),
    }
}

fn failed(adapter: AdapterSummary, error: &EngineError) -> Device {
    Device { adapter, probe: None, functions: Vec::new(), error: Some(error.to_string()) }
}

/// How far functions are off, in one line.
fn functions(errors: &[FunctionError]) -> String {
    let (differ, values) = errors.iter().fold((0, 0), |sum, error| (sum.0 + error.differ, sum.1 + error.values));
    let ours = match differ {
        0 => "the bits of the CPU".to_owned(),
        _ => format!("{differ} of {values} values have other bits than on the CPU"),
    };
    let own: Vec<String> = errors.iter().map(|error| format!("{} {:.1}", error.name, error.of_driver)).collect();
    format!("{ours}; with --native-functions off by up to (ulp): {}", own.join(", "))
}

fn table(devices: &Devices) -> String {
    let mut lines = vec![format!("cpu         {} threads ({})", devices.cpu_threads, std::env::consts::ARCH)];
    for Device { adapter, probe, functions: errors, error } in &devices.adapters {
        let pci = if adapter.pci.is_empty() { String::new() } else { format!(", pci:{}", adapter.pci) };
        let f64 = if adapter.f64 { "yes" } else { "no" };
        lines.push(format!("gpu         {} ({}, {}{pci})", adapter.name, adapter.kind, adapter.backend));
        lines.push(format!("  driver    {}", adapter.driver));
        lines.push(format!("  limits    {} MiB per binding, f64 {f64}", adapter.max_binding >> 20));
        lines.push(match (probe, error) {
            (Some(probe), _) => format!("  probe     {probe}"),
            (None, error) => format!("  probe     failed: {}", error.as_deref().unwrap_or("no answer")),
        });
        if !errors.is_empty() {
            lines.push(format!("  functions {}", functions(errors)));
        }
    }
    lines.push(format!("auto picks  {}: {}", devices.auto, devices.reason));
    lines.iter().map(|text| line(text) + "\n").collect()
}
