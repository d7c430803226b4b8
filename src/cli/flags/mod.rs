//! What can be typed. Nothing is checked here beyond its form.

pub mod recorded;
pub mod requested;

use crate::cli::commands::landscape::LandscapeArguments;
use crate::cli::commands::merge::MergeArguments;
use crate::cli::commands::rerun::RerunArguments;
use crate::cli::commands::resume::ResumeArguments;
use crate::cli::commands::trace::TraceArguments;
use crate::draw::{PALETTES, Shade};
use crate::problem::{DATA, Data, data_row, draw, read_csv};
use crate::store::RecordedFlags;
use crate::sweep::{Precision, Request, Shard, SpecError};
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use requested::NetworkArguments;
use std::path::{Path, PathBuf};

/// Draws the phase diagram of gradient descent: one independent descent per (learning rate, start), millions at a time.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "Begin with:  alphasweep sweep\nThen:        alphasweep sweep \"(x-1)^2\" --alpha log:0.01:10:200"
)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a sweep: a CSV of final losses, a map, a summary
    Sweep(Box<SweepArguments>),
    /// Go on with a sweep that was interrupted, from the tiles that are kept
    Resume(ResumeArguments),
    /// Put the parts of a sweep together (sweep --shard K/N)
    Merge(MergeArguments),
    /// Run the sweep of a sweep.json again and compare
    Rerun(RerunArguments),
    /// Evaluate the loss on a grid of the parameters themselves: a map of the valley, and the naive rival of descent
    Landscape(Box<LandscapeArguments>),
    /// Follow chosen descents step by step: every point as CSV, a picture, a film
    Trace(Box<TraceArguments>),
    /// Prove that this machine's engines compute right
    Verify(VerifyArguments),
    /// Measure what this machine's engines reach, and how much of the roof
    Bench(BenchArguments),
    /// Show the catalog of objectives, data sets and rules, or a part of it
    List(ListArguments),
    /// Show adapters, their limits and arithmetic, and which one `auto` picks
    Devices(DevicesArguments),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  alphasweep list\n  alphasweep list adam\n  alphasweep list line --data --seed 3 > line.csv"
)]
pub struct ListArguments {
    /// An objective, a data set or a rule
    pub name: Option<String>,
    /// Print the data of NAME as CSV
    #[arg(long, requires = "name")]
    pub data: bool,
    /// What the data are drawn from
    #[arg(long, value_name = "N", default_value = "0", value_parser = clap::value_parser!(u32).range(..1 << 24))]
    pub seed: u32,
}

#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// Engines to verify; auto: the CPU, and the best adapter where there is one, software drivers included
    #[arg(long, value_enum, default_value_t = EngineArgument::Auto, hide_possible_values = true, value_name = "auto|gpu|cpu")]
    pub engine: EngineArgument,
    /// The GPU whose name contains TEXT, or pci:ADDRESS; see `alphasweep devices`
    #[arg(long, value_name = "TEXT")]
    pub adapter: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct BenchArguments {
    /// What is measured: the CPU and every adapter (auto), or one kind
    #[arg(long, value_enum, default_value_t = EngineArgument::Auto)]
    pub engine: EngineArgument,
    /// Only the GPU whose name contains TEXT, or pci:ADDRESS
    #[arg(long, value_name = "TEXT")]
    pub adapter: Option<String>,
    /// Seconds for each figure, at least
    #[arg(long, value_name = "S", default_value = "0.5", value_parser = seconds)]
    pub seconds: f64,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct DevicesArguments {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrecisionArgument {
    /// Plain f32: the fastest
    F32,
    /// f32 that carries what an increment loses
    Compensated,
    /// f64
    F64,
}

const SWEEP_EXAMPLES: &str = "\
Axes:
  log:LO:HI:N    N values with equal ratios      log:1e-10:10:1024
  lin:LO:HI:N    N values with equal steps       lin:-10:10:512
  x3:LO:HI       LO, 3·LO, 9·LO, … and HI        x3:0.001:1
  V,V,...        these values                    0.1,1,3.9,4.05

Examples:
  alphasweep sweep                                             the lecture's question: α from 1e-10 to 10
  alphasweep sweep rosenbrock --engine gpu                     a catalog objective on the GPU
  alphasweep sweep \"(b/2-1)^2\" --set b_start=-10               your own formula, α alone
  alphasweep sweep \"x0^2 + x1^2\" --vary alpha=log:1e-3:10:400 --vary x0_start=lin:-5:5:200 --set x1_start=4
  alphasweep sweep lecture --rule \"v = m*v + g; delta = -alpha*v\" --set beta_start=-10 --vary m=lin:0:0.99:200
  alphasweep sweep two-layer --vary alpha=log:0.01:10:16 --vary seed=lin:1:4:4 --map test_accuracy --history 100
  alphasweep sweep --net 4-16-3 --data iris.csv --target class --loss cross-entropy --standardize   classes 0, 1, 2
  alphasweep sweep --steps 1e6 --shard 2/8 --out part2         a part; `alphasweep merge` puts the parts together";

#[derive(Debug, Args)]
#[command(after_help = SWEEP_EXAMPLES)]
pub struct SweepArguments {
    /// A catalog name or a formula, such as "(x-1)^2"; with --net, nothing
    #[arg(default_value = "lecture")]
    pub objective: String,

    /// An axis; once or twice (first = x of the map, second = y)
    #[arg(long, value_name = "NAME=AXIS", help_heading = "What to sweep")]
    pub vary: Vec<String>,
    /// Learning rates; short for --vary alpha=AXIS [default: the objective's, log:1e-10:10:1024]
    #[arg(long, value_name = "AXIS", allow_hyphen_values = true, help_heading = "What to sweep")]
    pub alpha: Option<String>,
    /// Starts of the first parameter; short for --vary <param>_start=AXIS [default: the objective's, lin:-10:10:512]
    #[arg(long, value_name = "AXIS", allow_hyphen_values = true, help_heading = "What to sweep")]
    pub start: Option<String>,
    /// Fix a hyperparameter, a start or a constant
    #[arg(long, value_name = "NAME=VALUE", help_heading = "What to sweep")]
    pub set: Vec<String>,
    /// A name in the formula that is a constant, not a parameter
    #[arg(long = "const", value_name = "NAME=VALUE", help_heading = "What to sweep")]
    pub constants: Vec<String>,

    /// Data whose columns become names: a CSV file with a header, or a data set of the catalog. For a network, what it
    /// learns: a folder with MNIST's four IDX files, FILE.csv with --target, gaussian:ROWS:INPUTS, or digits
    #[arg(long, value_name = "FILE.csv|NAME|DIR", help_heading = "What to sweep")]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub network: NetworkArguments,

    /// What drawn data, starts and batches are drawn from [default: 0]
    #[arg(long, value_name = "N", value_parser = whole_number, allow_negative_numbers = true, help_heading = "What to sweep")]
    pub seed: Option<u64>,

    /// How one step moves: a catalog name or a text such as "delta = -alpha*g"
    #[arg(long, value_name = "NAME|TEXT", default_value = "gd", help_heading = "How to descend")]
    pub rule: String,
    /// Where slopes come from: derived, central differences of half-width H, or "w = 2*x*(w*x-y)" [default: the
    /// objective's, else auto]
    #[arg(long, value_name = "auto|central:H|TEXT", help_heading = "How to descend")]
    pub gradient: Option<String>,
    /// Rows per step: all, one in order, or N drawn at random [default: the objective's, else full]
    #[arg(long, value_name = "full|each|N", help_heading = "How to descend")]
    pub batch: Option<String>,
    /// Steps a descent may take
    #[arg(long, value_name = "N", default_value = "1000", value_parser = whole_number, allow_negative_numbers = true, help_heading = "How to descend")]
    pub steps: u64,
    /// Converged once every gradient component is below X (0 = never) [default: 1e-5]
    #[arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "How to descend")]
    pub gtol: Option<f64>,
    /// Converged once this holds instead, such as "mean(abs(w*x+b-y)) < 0.001" or "loss < 1e-3"
    #[arg(long, value_name = "CONDITION", help_heading = "How to descend")]
    pub stop: Option<String>,
    /// Diverged once |loss| is above X·(1+|loss at the start|); inf = only when no longer finite
    #[arg(
        long,
        value_name = "X",
        default_value_t = 1e8,
        allow_negative_numbers = true,
        help_heading = "How to descend"
    )]
    pub diverge: f64,

    /// What computes
    #[arg(long, value_enum, default_value_t = EngineArgument::Auto, help_heading = "Where to run")]
    pub engine: EngineArgument,
    /// The GPU whose name contains TEXT, or pci:ADDRESS; see `alphasweep devices`
    #[arg(long, value_name = "TEXT", help_heading = "Where to run")]
    pub adapter: Option<String>,
    /// Working precision
    #[arg(long, value_enum, default_value_t = PrecisionArgument::Compensated, help_heading = "Where to run")]
    pub precision: PrecisionArgument,
    /// Threads of the CPU engine, and as many that write [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), help_heading = "Where to run")]
    pub threads: Option<u16>,
    /// What takes over where the GPU fails twice at a tile; without it the sweep ends there
    #[arg(long, value_enum, value_name = "cpu", hide_possible_values = true, help_heading = "Where to run")]
    pub fallback: Option<FallbackArgument>,

    /// Compute only part K of N, from 1; `alphasweep merge` puts the parts together
    #[arg(long, value_name = "K/N", value_parser = Shard::parse, help_heading = "Where to run")]
    pub shard: Option<Shard>,
    /// Take flags from the member `asked` of a JSON file, such as a sweep.json; flags that are typed come before them
    #[arg(long, value_name = "FILE", help_heading = "What to sweep")]
    pub spec: Option<PathBuf>,

    /// Run that share of the cells again on the CPU in f64, those on boundaries first; exit 1 if outcomes differ elsewhere (formulas only)
    #[arg(long, value_name = "FRACTION", value_parser = fraction, allow_negative_numbers = true, help_heading = "Where to run")]
    pub check: Option<f64>,

    /// Folder for the files
    #[arg(long, value_name = "DIR", default_value = "sweep-out", help_heading = "What to write")]
    pub out: PathBuf,
    /// The CSV's path instead of DIR/losses.csv; - is stdout
    #[arg(long, value_name = "FILE|-", help_heading = "What to write")]
    pub csv: Option<PathBuf>,
    /// One .npy per column, for big grids
    #[arg(long, value_name = "DIR", help_heading = "What to write")]
    pub npy: Option<PathBuf>,
    /// The picture's path instead of DIR/heatmap.png (DIR/curve.png in 1-D)
    #[arg(long, value_name = "FILE", help_heading = "What to write")]
    pub png: Option<PathBuf>,
    /// The picture as SVG too
    #[arg(long, value_name = "FILE", help_heading = "What to write")]
    pub svg: Option<PathBuf>,
    /// Colours of pictures, film and page; all are safe for red-green blindness
    #[arg(long, value_parser = palettes(), default_value = "light", help_heading = "What to write")]
    pub palette: String,
    /// What shades follow: the rank among the cells of the outcome, or the steps on a log or linear scale
    #[arg(long, value_enum, default_value_t = ShadeArgument::Rank, hide_possible_values = true, value_name = "rank|log|linear", help_heading = "What to write")]
    pub shade: ShadeArgument,
    /// Also a map of one column of results, such as loss_final or test_accuracy, as DIR/map-COLUMN.png
    #[arg(long = "map", value_name = "COLUMN", help_heading = "What to write")]
    pub maps: Vec<String>,
    /// Draw no theory and no measured boundary on picture, film and page
    #[arg(long, help_heading = "What to write")]
    pub no_theory: bool,
    /// A page with the map to move, read and follow, for any browser; it needs no connection (formulas only)
    #[arg(long, value_name = "FILE", help_heading = "What to write")]
    pub html: Option<PathBuf>,
    /// A film (GIF) of the map as one number moves; needs --film-over (formulas only)
    #[arg(long, value_name = "FILE", requires = "film_over", help_heading = "What to write")]
    pub film: Option<PathBuf>,
    /// What moves in the film: steps, a hyperparameter, a constant, a start or the seed; one frame per value
    #[arg(long, value_name = "NAME=AXIS", requires = "film", help_heading = "What to write")]
    pub film_over: Option<String>,
    /// Write no CSV
    #[arg(long, conflicts_with = "csv", help_heading = "What to write")]
    pub no_csv: bool,
    /// Draw no picture
    #[arg(long, conflicts_with = "png", help_heading = "What to write")]
    pub no_png: bool,
    /// Leave the finished tiles in DIR when all is done
    #[arg(long, help_heading = "What to write")]
    pub keep_tiles: bool,
    /// Only errors on stderr
    #[arg(long, help_heading = "What to write")]
    pub quiet: bool,
    /// Print sweep.json on stdout
    #[arg(long, help_heading = "What to write")]
    pub json: bool,
    /// What of all this was typed.
    #[arg(skip)]
    pub asked: RecordedFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShadeArgument {
    Rank,
    Log,
    Linear,
}

impl ShadeArgument {
    /// The shade that is meant.
    pub fn shade(self) -> Shade {
        match self {
            Self::Rank => Shade::Rank,
            Self::Log => Shade::Log,
            Self::Linear => Shade::Linear,
        }
    }
}

/// The names of all palettes.
pub fn palettes() -> PossibleValuesParser {
    PossibleValuesParser::new(PALETTES.iter().map(|palette| palette.name))
}

impl PrecisionArgument {
    /// The precision that is meant.
    pub fn precision(self) -> Precision {
        match self {
            Self::F32 => Precision::F32,
            Self::Compensated => Precision::Compensated,
            Self::F64 => Precision::F64,
        }
    }
}

impl SweepArguments {
    /// The request that was typed.
    ///
    /// # Errors
    /// A flag that should be `NAME=…` and is not.
    pub fn request(&self) -> Result<Request, SpecError> {
        let data = self.data.as_deref().map(|data| load(data, self.seed)).transpose()?;
        Ok(Request { data, ..self.common()? })
    }

    /// What sweeps of formulas and of networks have in common: all but the data.
    ///
    /// # Errors
    /// As [`SweepArguments::request`].
    pub fn common(&self) -> Result<Request, SpecError> {
        let mut request = Request::new(self.objective.trim()).steps(self.steps);
        request.gtol = self.gtol;
        request.stop.clone_from(&self.stop);
        request.gradient.clone_from(&self.gradient);
        request.batch.clone_from(&self.batch);
        request.seed = self.seed;
        request.rule.clone_from(&self.rule);
        request.diverge = self.diverge;
        request.precision = self.precision.precision();
        if let Some(axis) = &self.alpha {
            request.axes.push(("--alpha".to_owned(), "alpha".to_owned(), axis.trim().to_owned()));
        }
        if let Some(axis) = &self.start {
            request = request.vary_start(axis.trim());
        }
        for text in &self.vary {
            let (name, axis) = named("--vary", text, "NAME=AXIS, such as --vary alpha=log:1e-3:10:400")?;
            request = request.vary(name, axis);
        }
        for text in &self.set {
            let (name, value) = named("--set", text, "NAME=VALUE, such as --set beta_start=-10")?;
            request = request.set(name, value);
        }
        for text in &self.constants {
            request.constants.push(constant(text)?);
        }
        Ok(request)
    }
}

/// Name and value of a `--const`.
pub fn constant(text: &str) -> Result<(String, f64), SpecError> {
    const FORM: &str = "NAME=VALUE with a finite number, such as --const c=0.5";
    let (name, value) = named("--const", text, FORM)?;
    let value: Option<f64> = value.parse().ok().filter(|value: &f64| value.is_finite());
    let value = value.ok_or_else(|| SpecError::new("--const", text, format!("expected {FORM}")))?;
    Ok((name.to_owned(), value))
}

/// The data of a file, or a built-in set where no such file is.
pub fn load(path: &Path, seed: Option<u64>) -> Result<Data, SpecError> {
    if let Some(row) = path.to_str().and_then(data_row).filter(|_| !path.exists()) {
        return Ok(draw(row, seed.unwrap_or(0) as u32));
    }
    // Its name without its folder: the same sweep on another machine, or gone on with from another folder, is the same.
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let named = |data: Data| Data { source: name.unwrap_or(data.source), ..data };
    read_csv(path).map(named).map_err(|error| {
        let names: Vec<&str> = DATA.iter().map(|row| row.name).collect();
        let hint =
            if path.exists() { String::new() } else { format!("; data sets of the catalog: {}", names.join(", ")) };
        SpecError::new("--data", path.display(), format!("{}{hint}", error.problem))
    })
}

/// A share above 0, up to 1.
fn fraction(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value| *value > 0.0 && *value <= 1.0);
    value.ok_or_else(|| "expected a number above 0 and at most 1, such as 0.01".to_owned())
}

/// A time of at most an hour.
fn seconds(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value| (0.0..=3600.0).contains(value));
    value.ok_or_else(|| "expected seconds from 0 to 3600, such as 0.5".to_owned())
}

/// A count, also written as `1e6`.
pub fn whole_number(text: &str) -> Result<u64, String> {
    let value = text.parse::<u64>().ok();
    let float = || text.parse::<f64>().ok().filter(|value| value.fract() == 0.0 && (0.0..1e18).contains(value));
    value
        .or_else(|| float().map(|value| value as u64))
        .ok_or_else(|| "expected a whole number such as 1000 or 1e6".to_owned())
}

/// The two sides of `NAME=…`.
pub fn named<'a>(flag: &str, text: &'a str, form: &str) -> Result<(&'a str, &'a str), SpecError> {
    let parts = text.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
    let parts = parts.filter(|(name, value)| !name.is_empty() && !value.is_empty());
    parts.ok_or_else(|| SpecError::new(flag, text, format!("expected {form}")))
}
