//! What an output is: the contract between a format's own file here and whoever runs sweeps.

use super::deferred::{Claims, DeferredFile, FOLDER};
use super::fact::Fact;
use super::flags::{Flag, OutputFlags};
use super::run_info::RunInfo;
use crate::analysis::Summary;
use crate::analysis::theory::Known;
use crate::draw::Style;
use crate::engine::{EngineError, Output};
use crate::store::{Bounds, RecordedFlags, Results, WholeFile};
use crate::sweep::{FormulaSweep, Request, RequestError, Sweep, TileOutcomes};
use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};

/// An output under way: it has seen some tiles.
pub trait FileOutput: Output {
    /// Writes what is still to be written. All files of the run are named later, together.
    ///
    /// # Errors
    /// A full disk, a closed pipe; of an output that runs further sweeps, whatever their engine gives.
    fn finish(self: Box<Self>, finished: &Finished<'_>) -> Result<Vec<WholeFile>, OutputError>;
}

/// An output whose files are made; nothing where it was not asked for.
pub type Created = Result<Option<Box<dyn FileOutput>>, RequestError>;

/// Whether an output could be made.
pub type Check = fn(&OutputContext<'_>) -> Result<(), RequestError>;

/// A format. A new one is its own file and a row of [`super::OUTPUTS`].
#[derive(Debug)]
pub struct OutputRow {
    /// For messages.
    pub name: &'static str,
    pub flags: &'static [&'static Flag],
    /// Whether it runs sweeps of its own after the one that was asked for. It may fail, and all else is written; and parts
    /// of a sweep cannot have it.
    pub own_run: bool,
    /// What a reader is to know before the run.
    pub note: Option<fn(&OutputContext<'_>) -> Option<String>>,
    /// Refuses what could not be made at the end, without making anything.
    pub check: Option<Check>,
    /// Makes the files, so that what cannot be written is told before the run; nothing where it was not asked for.
    pub create: fn(&OutputContext<'_>) -> Created,
}

/// What an output is made from.
pub struct OutputContext<'a> {
    pub sweep: &'a Sweep,
    /// What was asked for, where sweeps like it can be run on the same engine.
    pub request: Option<&'a Request>,
    pub flags: &'a OutputFlags,
    /// How every picture is to look.
    pub style: Style,
    /// For files that have no path of their own.
    pub folder: &'a Path,
    /// Whether paths, or what lies in the folder, come from a document: nothing may lead out of the folder then.
    pub confined: bool,
    /// What is read, and what is written so far.
    pub claims: Claims,
}

impl OutputContext<'_> {
    /// The path that was given with a flag, else this name in the folder; and what errors name: a flag that was typed, or the
    /// folder's.
    pub fn path(&self, flag: &Flag, name: &str) -> (String, PathBuf) {
        let of_folder = || (FOLDER.to_owned(), self.folder.join(name));
        self.flags.path(flag).map_or_else(of_folder, |path| (flag.typed(), path.to_owned()))
    }

    /// Where files may be made.
    pub fn bounds(&self) -> Bounds<'_> {
        if self.confined { Bounds::Below(self.folder) } else { Bounds::Anywhere }
    }

    /// Makes a file; `flag` is what an error names.
    ///
    /// # Errors
    /// A path that cannot be written.
    pub fn file(&self, flag: &str, path: &Path) -> Result<DeferredFile, RequestError> {
        DeferredFile::create(&self.claims, self.bounds(), flag, path)
    }

    /// The file of a flag, where that was given.
    ///
    /// # Errors
    /// A path that cannot be written.
    pub fn file_of(&self, flag: &Flag) -> Result<Option<DeferredFile>, RequestError> {
        self.flags.path(flag).map(|path| self.file(&flag.typed(), path)).transpose()
    }
}

/// Runs further sweeps on the engine of the sweep, one after the other. Their tiles come in order, each with the number of
/// its sweep.
pub type RunSweeps<'a> =
    dyn Fn(&[&FormulaSweep], &mut dyn FnMut(usize, &TileOutcomes) -> io::Result<()>) -> Result<(), OutputError> + 'a;

/// A sweep whose tiles have all been seen.
pub struct Finished<'a> {
    pub sweep: &'a Sweep,
    pub summary: &'a Summary,
    pub results: &'a Results,
    pub known: &'a Known,
    /// The summary for people.
    pub report: &'a [Fact],
    pub footer: &'a str,
    /// As it was typed, for documents.
    pub asked: &'a RecordedFlags,
    /// With the files that are written so far.
    pub run: RunInfo,
    /// What outputs have to say for themselves.
    pub said: RefCell<Vec<Fact>>,
    /// Absent where no engine is at hand.
    pub run_sweeps: Option<&'a RunSweeps<'a>>,
}

/// Why an output could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Engine(#[from] EngineError),
}
