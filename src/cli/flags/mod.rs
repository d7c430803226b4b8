//! What can be typed. Nothing is checked here beyond its form. Flags that several commands have are written once, in
//! groups; those of a sweep are here, because everything that a sweep writes has flags among them.

pub mod beside;
pub mod dashes;
pub mod descent;
pub mod files;
pub mod machine;
pub mod network;
mod outputs;
pub mod problem;
pub mod recorded;
pub mod report;
pub mod request;
pub mod requested;
pub mod style;
pub mod values;

use crate::files::OutputFlags;
use crate::store::RecordedFlags;
use crate::sweep::{Precision, Request, RequestCommon, RequestError, Shard};
use clap::{ArgGroup, Parser};
use descent::{DescentFlags, MeasureFlag, PrecisionFlag, RepairFlags, RuleFlag};
use machine::{EngineFlags, FallbackArgument, ThreadsFlag};
use network::NetworkFlags;
use problem::{ProblemFlags, ShortAxes};
use report::{JsonFlag, QuietFlag};
use std::path::PathBuf;
use values::{fraction, seconds};

const SWEEP_DATA: &str = "\
    Data whose columns become names: a CSV file with a header, or a data set of the catalog. For a network, what it \
    learns: a folder with MNIST's four IDX files, FILE.csv with --target, gaussian:ROWS:INPUTS, or digits";

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

/// Flags that say where and how this process runs, not what the sweep is: no document can set them.
pub const OF_THE_PROCESS: &str = "of the process";
/// Flags that change what is done with a sweep, and none of its numbers.
pub const BESIDE_THE_NUMBERS: &str = "beside the numbers";

/// Run a sweep: a CSV of final losses, a map, a summary
#[derive(Debug, Clone, Parser)]
#[command(
    name = "sweep",
    after_help = SWEEP_EXAMPLES,
    mut_arg("objective", |objective| {
        objective.help("A catalog name or a formula, such as \"(x-1)^2\"; with --net, nothing")
    }),
    mut_arg("data", |data| data.value_name("FILE.csv|NAME|DIR").help(SWEEP_DATA)),
    mut_arg("quiet", |quiet| quiet.group(OF_THE_PROCESS)),
    mut_arg("json", |json| json.group(OF_THE_PROCESS).help("Print sweep.json on stdout")),
    mut_arg("threads", |threads| threads.group(BESIDE_THE_NUMBERS)),
    group(ArgGroup::new(OF_THE_PROCESS).multiple(true)),
    group(ArgGroup::new(BESIDE_THE_NUMBERS).multiple(true))
)]
pub struct SweepArguments {
    #[command(flatten, next_help_heading = "What to sweep")]
    pub problem: ProblemFlags<ShortAxes>,
    /// Take flags from the member `asked` of a JSON file, such as a sweep.json; flags that are typed come before them
    #[arg(long, group = OF_THE_PROCESS, value_name = "FILE")]
    pub spec: Option<PathBuf>,

    #[command(flatten, next_help_heading = "Networks")]
    pub network: NetworkFlags,

    #[command(flatten, next_help_heading = "How to descend")]
    pub rule: RuleFlag,
    #[command(flatten, next_help_heading = "How to descend")]
    pub descent: DescentFlags,

    #[command(flatten, next_help_heading = "Where to run")]
    pub machine: EngineFlags,
    #[command(flatten)]
    pub arithmetic: PrecisionFlag,
    #[command(flatten)]
    pub repair: RepairFlags,
    #[command(flatten)]
    pub cpu: ThreadsFlag,
    /// What takes over where the GPU fails twice at a tile; without it the sweep ends there
    #[arg(long, value_enum, value_name = "cpu", hide_possible_values = true)]
    pub fallback: Option<FallbackArgument>,
    /// Take the GPU driver's own exp, ln, sin, cos, tan, tanh and powers: faster, and not the same on every device
    #[arg(long)]
    pub native_functions: bool,
    /// Compute only part K of N, from 1; `alphasweep merge` puts the parts together
    #[arg(long, group = OF_THE_PROCESS, value_name = "K/N", value_parser = Shard::parse)]
    pub shard: Option<Shard>,
    /// Run that share of the cells again on the CPU in f64, those on boundaries first; exit 1 if outcomes differ elsewhere (formulas only)
    #[arg(long, group = BESIDE_THE_NUMBERS, value_name = "FRACTION", value_parser = fraction, allow_negative_numbers = true)]
    pub check: Option<f64>,

    /// Folder for the files
    #[arg(long, group = OF_THE_PROCESS, value_name = "DIR", default_value = "sweep-out", help_heading = "What to write")]
    pub out: PathBuf,
    #[command(flatten, next_help_heading = "What to write")]
    pub measures: MeasureFlag,
    #[command(flatten)]
    pub outputs: OutputFlags,
    /// Leave the finished tiles in DIR when all is done
    #[arg(long, group = BESIDE_THE_NUMBERS, help_heading = "What to write")]
    pub keep_tiles: bool,
    /// Keep tiles for `alphasweep resume` only once the sweep has run for so long; 0 keeps all
    #[arg(long, group = OF_THE_PROCESS, value_name = "SECONDS", default_value_t = 5.0, value_parser = seconds, allow_negative_numbers = true, help_heading = "What to write")]
    pub keep_after: f64,
    #[command(flatten, next_help_heading = "What to write")]
    pub quiet: QuietFlag,
    #[command(flatten)]
    pub print: JsonFlag,
    /// What of all this was typed.
    #[arg(skip)]
    pub asked: RecordedFlags,
    /// Whether a document had a part in it, so that nothing may be written out of DIR unless it was typed.
    #[arg(skip)]
    pub confined: bool,
}

impl SweepArguments {
    /// The request of a formula.
    ///
    /// # Errors
    /// A value that cannot be read.
    pub fn request(&self, precision: Precision) -> Result<Request, RequestError> {
        let mut request = request::formula(&self.problem, &self.descent, &[])?;
        request.common = self.common(precision)?;
        request.measures.clone_from(&self.measures.measure);
        request.same_class = self.measures.classes.into();
        Ok(request)
    }

    /// What sweeps of formulas and of networks are both asked.
    ///
    /// # Errors
    /// As [`SweepArguments::request`].
    pub fn common(&self, precision: Precision) -> Result<RequestCommon, RequestError> {
        let rule = request::value("--rule", &self.rule.rule)?;
        let example = "NAME=AXIS, such as --vary alpha=log:1e-3:10:400";
        request::common(rule, &self.problem, &self.descent, precision, example)
    }
}
