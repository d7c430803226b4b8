//! `alphasweep resume`

use super::sweep;
use crate::cli::call::Call;
use crate::cli::earlier::{about, plan_of, same_engine, shard_of};
use crate::cli::flags::machine::ThreadsFlag;
use crate::cli::flags::report::{JsonFlag, QuietFlag};
use crate::cli::flags::{SweepArguments, recorded};
use crate::store::folders;
use crate::sweep::RequestError;
use clap::Parser;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  alphasweep resume sweep-out                after Ctrl-C, a crash, a power loss, a full disk
  alphasweep resume sweep-out --threads 8    with other threads; the files are the same";

/// Go on with a sweep that was interrupted, from the tiles that are kept
#[derive(Debug, Parser)]
#[command(
    name = "resume",
    after_help = EXAMPLES,
    mut_arg("threads", |threads| threads.help("Threads of the CPU engine [default: as the sweep was started]")),
    mut_arg("json", |json| json.help("Print sweep.json on stdout"))
)]
pub struct ResumeArguments {
    /// The folder that --out named, or a folder of tiles in it
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    #[command(flatten)]
    pub cpu: ThreadsFlag,
    /// Also write the files that the sweep puts outside of DIR
    #[arg(long)]
    pub outside: bool,
    #[command(flatten)]
    pub quiet: QuietFlag,
    #[command(flatten)]
    pub print: JsonFlag,
}

/// Runs the command.
///
/// # Errors
/// Nothing to go on with, a sweep that has changed since; else as a sweep.
pub fn run(arguments: &ResumeArguments, call: &Call<'_>) -> anyhow::Result<()> {
    let folder = only_folder(&arguments.folder)?;
    let plan = plan_of(&folder)?;
    let out = recorded::home_of(&folder);
    if folder.file_name().and_then(|name| name.to_str()) != Some(plan.folder().as_str()) {
        let message = format!("was renamed; its plan says that it is called {}", plan.folder());
        return Err(about(&folder, message).into());
    }
    let source = folder.join("plan.json");
    let kept = recorded::confined(plan.asked.clone(), &source, &out, arguments.outside)?;
    let mut resumed = recorded::arguments(&kept, &source)?;
    same_engine(&mut resumed.machine, &plan.engine);
    resumed.shard = plan.shard.as_deref().map(|shard| shard_of(shard, &source)).transpose()?;
    resumed.cpu.threads = arguments.cpu.threads.or(resumed.cpu.threads);
    let confined = !arguments.outside;
    let resumed = SweepArguments { out, confined, quiet: arguments.quiet, print: arguments.print, ..resumed };
    sweep::begin(&resumed, Some(&plan), call)
}

/// The folder of tiles that is meant.
fn only_folder(folder: &Path) -> Result<PathBuf, RequestError> {
    let wrong = |message: String| about(folder, message);
    let found = folders(folder).map_err(|error| wrong(format!("cannot be read ({error})")))?;
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(wrong("has no unfinished sweep; `alphasweep sweep` begins one".to_owned())),
        several => {
            let names: Vec<String> = several.iter().map(|folder| folder.display().to_string()).collect();
            Err(wrong(format!("has several unfinished sweeps; name one: {}", names.join(", "))))
        }
    }
}
