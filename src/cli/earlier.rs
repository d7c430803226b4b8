//! Sweeps that another process began.

use crate::cli::flags::machine::{EngineArgument, EngineFlags};
use crate::store::{ComputedBy, FolderError, SweepPlan, read_plan};
use crate::sweep::{RequestError, Shard};
use std::path::Path;

/// An error that names a path in full.
pub fn about(path: &Path, message: String) -> RequestError {
    RequestError::new(&format!("DIR {}", path.display()), "", message)
}

/// A folder for files that another run has, or that cannot be made.
pub fn taken(out: &Path, error: FolderError) -> RequestError {
    RequestError::new("--out", out.display(), error.to_string())
}

/// What computed the sweep computes the rest.
pub fn same_engine(machine: &mut EngineFlags, computed_by: &ComputedBy) {
    if computed_by.is_cpu() {
        (machine.engine, machine.adapter) = (Some(EngineArgument::Cpu), None);
    } else {
        machine.engine = Some(EngineArgument::Gpu);
        machine.adapter.get_or_insert_with(|| computed_by.device.clone());
    }
}

/// The part that a plan says it is.
pub fn shard_of(text: &str, source: &Path) -> Result<Shard, RequestError> {
    Shard::parse(text).map_err(|message| RequestError::new(&source.display().to_string(), text, message))
}

/// The plan of a folder of tiles.
pub fn plan_of(folder: &Path) -> Result<SweepPlan, RequestError> {
    read_plan(folder).map_err(|error| {
        let message = format!("{error}; run the sweep again as before, and the tiles there are taken up");
        RequestError::new(&folder.join("plan.json").display().to_string(), "", message)
    })
}
