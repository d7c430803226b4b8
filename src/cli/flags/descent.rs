//! How a descent goes, and when it ends.

use super::values::{number, whole_number};
use crate::sweep::{Measure, Precision, SameClass, Tolerance};
use clap::{Args, ValueEnum};

/// The rule, of commands that take one.
#[derive(Debug, Clone, Args)]
pub struct RuleFlag {
    /// How one step moves: a catalog name or a text such as "delta = -alpha*g"
    #[arg(long, visible_alias = "optimizer", value_name = "NAME|TEXT", default_value = "gd")]
    pub rule: String,
}

/// A descent, besides its rule: some commands take one rule, some take several.
#[derive(Debug, Clone, Args)]
pub struct DescentFlags {
    /// Where slopes come from: derived, central differences of half-width H, or "w = 2*x*(w*x-y)" [default: the
    /// objective's, else auto]
    #[arg(long, value_name = "auto|central:H|TEXT")]
    pub gradient: Option<String>,
    /// Rows per step: all, one in order, or N drawn at random [default: the objective's, else full]
    #[arg(long, value_name = "full|each|N")]
    pub batch: Option<String>,
    /// Rows without repetition: every pass takes all of them, in a new order from the seed
    #[arg(long)]
    pub shuffle: bool,
    /// What alpha is multiplied by in each step: constant, cosine, linear, step:EVERY:FACTOR, warmup:N, one-cycle,
    /// inverse-sqrt, products such as "warmup:10*cosine", or a formula of t (from 1) and steps
    #[arg(long, value_name = "NAME|TEXT")]
    pub schedule: Option<String>,
    /// Steps a descent may take
    #[arg(long, visible_alias = "iterations", value_name = "N", default_value = "1000", value_parser = whole_number, allow_negative_numbers = true)]
    pub steps: u64,
    /// The same in passes over the data
    #[arg(long, value_name = "N", conflicts_with = "steps", value_parser = whole_number, allow_negative_numbers = true)]
    pub epochs: Option<u64>,
    /// Converged once every slope stays below this share of the slopes at the starts (rel:T), or below X (X,X,…: one for each
    /// parameter); 0 = never
    /// [default: rel:1e-8 in f64, rel:1e-6 else]
    #[arg(long, value_name = "rel:T|X|0", allow_negative_numbers = true)]
    pub gtol: Option<Tolerance>,
    /// Converged once this holds instead, such as "mean(abs(w*x+b-y)) < 0.001", "loss < 1e-3" or "change < 1e-6" (of the
    /// loss since the judged step before; `move` is that of the parameters)
    #[arg(long, value_name = "CONDITION")]
    pub stop: Option<String>,
    /// Diverged once |loss| is above X·(1+|loss at the start|); inf = only when no longer finite
    #[arg(long, value_name = "X", default_value_t = 1e8, value_parser = number, allow_negative_numbers = true)]
    pub diverge: f64,
}

/// What is measured of every descent.
#[derive(Debug, Clone, Args)]
pub struct MeasureFlag {
    /// One more column of results; repeatable: minimum (which one was reached), sharpness, and of formulas period (of the
    /// cycle), lyapunov, loss_best, path_length
    #[arg(long, value_name = "NAME")]
    pub measure: Vec<Measure>,
    /// Minima with one number: none, or those of the same loss, such as symmetric copies
    #[arg(long, value_enum, value_name = "place|loss", hide_possible_values = true, default_value = "place")]
    pub classes: ClassesArgument,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ClassesArgument {
    /// Every place has its own.
    Place,
    /// Those of the same loss have one.
    Loss,
}

impl From<ClassesArgument> for SameClass {
    fn from(argument: ClassesArgument) -> Self {
        match argument {
            ClassesArgument::Place => Self::Place,
            ClassesArgument::Loss => Self::Loss,
        }
    }
}

/// The arithmetic.
#[derive(Debug, Clone, Args)]
pub struct PrecisionFlag {
    /// Working precision
    #[arg(long, value_enum, ignore_case = true, default_value_t = PrecisionArgument::Auto)]
    pub precision: PrecisionArgument,
}

/// What becomes of cells that rounding may have decided.
#[derive(Debug, Clone, Args)]
pub struct RepairFlags {
    /// After a sweep in f32 or compensated, run cells that rounding may have decided again on the CPU in f64 [default: on a GPU,
    /// where at most a tenth of the map is in doubt]
    #[arg(long, conflicts_with = "no_repair")]
    pub repair: bool,
    /// Leave every cell as the GPU has it
    #[arg(long)]
    pub no_repair: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrecisionArgument {
    /// f64 on the CPU, compensated on a GPU
    Auto,
    /// Plain f32: the fastest
    F32,
    /// f32 that carries what an increment loses
    Compensated,
    /// f64
    F64,
}

impl PrecisionArgument {
    /// The precision on this engine.
    pub fn on(self, is_cpu: bool) -> Precision {
        match self {
            Self::Auto if is_cpu => Precision::F64,
            Self::Auto | Self::Compensated => Precision::Compensated,
            Self::F32 => Precision::F32,
            Self::F64 => Precision::F64,
        }
    }
}
