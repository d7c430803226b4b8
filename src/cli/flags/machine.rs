//! What computes.

use clap::{Args, ValueEnum};

/// The engine.
#[derive(Debug, Clone, Args)]
pub struct EngineFlags {
    // Optional for the one command whose default is not a word: what computed it before.
    /// What computes
    #[arg(long, value_enum, default_value = "auto")]
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
    /// Threads of the CPU engine, and as many that write [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
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
