//! What computes.

use super::values::within;
use clap::{Args, ValueEnum};

/// The engine.
#[derive(Debug, Clone, Args)]
pub struct EngineFlags {
    // Optional for the one command whose default is not a word: what computed it before.
    /// What computes
    #[arg(long, value_enum, ignore_case = true, default_value = "auto")]
    pub engine: Option<EngineArgument>,
    /// The GPU whose name contains TEXT, or pci:ADDRESS; see `alphasweep devices`
    #[arg(long, value_name = "TEXT")]
    pub adapter: Option<String>,
}

impl EngineFlags {
    /// The kind that is meant.
    pub fn kind(&self) -> EngineArgument {
        self.engine.unwrap_or(EngineArgument::Auto)
    }
}

/// Processor time.
#[derive(Debug, Clone, Args)]
pub struct ThreadsFlag {
    /// Threads of the CPU engine, and as many that write, up to 4 per core [default: all cores]
    #[arg(long, value_name = "N", value_parser = |text: &str| within::<u16>(text, 1..=65_535), allow_negative_numbers = true)]
    pub threads: Option<u16>,
}

/// More threads than this share a core in vain: starting them takes longer than many a sweep.
const MOST_PER_CORE: usize = 4;

impl ThreadsFlag {
    /// As many as are started here; all cores unless a number was given. A plan that was made elsewhere may ask for more
    /// than this machine has cores for, and is no wrong request.
    pub fn count(&self) -> Option<usize> {
        self.threads.map(|threads| usize::from(threads).min(most_threads()))
    }

    /// What is to be said where fewer are started than were asked for.
    pub fn note(&self) -> Option<String> {
        let (asked, most) = (usize::from(self.threads?), most_threads());
        let cores = most / MOST_PER_CORE;
        let told = format!("--threads {asked}: {most} are started, {MOST_PER_CORE} for each of {cores} cores");
        (asked > most).then_some(told)
    }
}

fn most_threads() -> usize {
    MOST_PER_CORE * std::thread::available_parallelism().map_or(1, usize::from)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineArgument {
    /// A discrete GPU, else an integrated one, else the CPU
    Auto,
    /// The best adapter, software drivers included
    Gpu,
    /// The CPU
    Cpu,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FallbackArgument {
    /// The CPU
    Cpu,
}
