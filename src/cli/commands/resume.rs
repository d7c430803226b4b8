//! `alphasweep resume`

use super::sweep;
use crate::cli::commands::merge::about;
use crate::cli::flags::recorded;
use crate::cli::flags::{EngineArgument, SweepArguments};
use crate::store::{ComputedBy, SweepPlan, folders, read_plan};
use crate::sweep::{Shard, SpecError};
use clap::Args;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  alphasweep resume sweep-out                after Ctrl-C, a crash, a power loss, a full disk
  alphasweep resume sweep-out --threads 8    with other threads; the files are the same";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ResumeArguments {
    /// The folder that --out named, or a folder of tiles in it
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Threads of the CPU engine [default: as the sweep was started]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Also write the files that the sweep puts outside of DIR
    #[arg(long)]
    pub outside: bool,
    /// Only errors on stderr
    #[arg(long)]
    pub quiet: bool,
    /// Print sweep.json on stdout
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// Nothing to go on with, a sweep that has changed since; else as a sweep.
pub fn run(arguments: &ResumeArguments) -> anyhow::Result<()> {
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
    same_engine(&mut resumed, &plan.engine);
    resumed.shard = plan.shard.as_deref().map(|shard| shard_of(shard, &source)).transpose()?;
    resumed.threads = arguments.threads.or(resumed.threads);
    let resumed = SweepArguments { out, quiet: arguments.quiet, json: arguments.json, ..resumed };
    sweep::begin(&resumed, Some(&plan))
}

/// What computed the sweep computes the rest.
pub fn same_engine(arguments: &mut SweepArguments, computed_by: &ComputedBy) {
    if computed_by.is_cpu() {
        (arguments.engine, arguments.adapter) = (EngineArgument::Cpu, None);
    } else {
        arguments.engine = EngineArgument::Gpu;
        arguments.adapter.get_or_insert_with(|| computed_by.device.clone());
    }
}

/// The part that a plan says it is.
pub fn shard_of(text: &str, source: &Path) -> Result<Shard, SpecError> {
    Shard::parse(text).map_err(|message| SpecError::new(&source.display().to_string(), text, message))
}

/// The plan of a folder of tiles.
pub fn plan_of(folder: &Path) -> Result<SweepPlan, SpecError> {
    read_plan(folder).map_err(|error| {
        let message = format!("{error}; run the sweep again as before, and the tiles there are taken up");
        SpecError::new(&folder.join("plan.json").display().to_string(), "", message)
    })
}

/// The folder of tiles that is meant.
fn only_folder(folder: &Path) -> Result<PathBuf, SpecError> {
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
