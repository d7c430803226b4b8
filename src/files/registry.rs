//! All formats, and all that follows from their rows: flags, what is recorded and where it may be written.

use super::deferred::name_all;
use super::flags::{Flag, FlagKind, OutputFlags, Scope};
use super::output::{FileOutput, Finished, OutputContext, OutputError, OutputRow};
use super::{column_map, csv, dimension, film, history, history_picture, manifest, npy, page, parquet, picture};
use crate::sweep::{RequestError, TileOutcomes};
use std::io;

/// One row per format, in the order in which files are written and listed. The manifest is last: it lists the others.
pub const OUTPUTS: &[OutputRow] = &[
    csv::ROW,
    npy::ROW,
    parquet::ROW,
    picture::ROW,
    history::ROW,
    history_picture::ROW,
    column_map::ROW,
    page::ROW,
    dimension::ROW,
    film::ROW,
    manifest::ROW,
];

/// The flags of all formats, as the help lists them: what leaves something out comes last.
pub fn flags() -> Vec<&'static Flag> {
    let mut flags: Vec<&Flag> = OUTPUTS.iter().flat_map(|row| row.flags).copied().collect();
    flags.sort_by_key(|flag| matches!(flag.kind, FlagKind::Without));
    flags
}

/// The flags that say where to write.
pub fn path_flags() -> impl Iterator<Item = &'static Flag> {
    flags().into_iter().filter(|flag| flag.is_path())
}

/// Refuses what only sweeps of formulas can have.
///
/// # Errors
/// The first that was given.
pub fn refuse_for_networks(given: &OutputFlags) -> Result<(), RequestError> {
    let of_formulas = flags().into_iter().filter(|flag| flag.scope == Scope::Formulas);
    let mut given = of_formulas.filter_map(|flag| Some((flag, given.shown(flag)?)));
    given.next().map_or(Ok(()), |(flag, value)| {
        Err(RequestError::new(&flag.typed(), value, "is for formulas, and this sweep is of a network; leave it out"))
    })
}

/// What was asked for that runs sweeps of its own, which parts of a sweep cannot have.
pub fn own_run(given: &OutputFlags) -> Option<&'static str> {
    let asked = |row: &&OutputRow| row.own_run && row.flags.iter().any(|flag| given.is_given(flag));
    OUTPUTS.iter().find(asked).map(|row| row.name)
}

/// What a reader is to know before the run.
pub fn notes(context: &OutputContext<'_>) -> Vec<String> {
    OUTPUTS.iter().filter_map(|row| row.note?(context)).collect()
}

/// Refuses what could not be made at the end, such as a page of too many cells: for whoever writes no files now.
///
/// # Errors
/// The first output that could not be made, with the way out.
pub fn check(context: &OutputContext<'_>) -> Result<(), RequestError> {
    OUTPUTS.iter().filter_map(|row| row.check).try_for_each(|check| check(context))
}

/// Everything that a sweep writes.
pub struct Outputs(Vec<(&'static OutputRow, Box<dyn FileOutput>)>);

/// An output that could not be finished.
#[derive(Debug)]
pub struct Failed {
    pub output: &'static OutputRow,
    pub error: OutputError,
}

impl Outputs {
    /// Creates every file.
    ///
    /// # Errors
    /// A path that cannot be written, what cannot be drawn: nothing is left behind then.
    pub fn create(context: &OutputContext<'_>) -> Result<Self, RequestError> {
        // The CSV comes last, because its header may go straight to stdout. The manifest comes first: it makes the folder,
        // and is dropped after all others, so that nothing is left of the folder where one of them cannot be made.
        let mut outputs = Vec::new();
        for row in OUTPUTS.iter().rev() {
            outputs.splice(0..0, (row.create)(context)?.map(|output| (row, output)));
        }
        Ok(Self(outputs))
    }

    /// Feeds a tile to everything.
    ///
    /// # Errors
    /// A full disk, a closed pipe.
    pub fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.0.iter_mut().try_for_each(|(_, output)| output.tile(tile))
    }

    /// Completes all files, and adds them to what the run has written; then they get their names, together. One that runs
    /// sweeps of its own may fail, and the others are written all the same; it comes back.
    ///
    /// # Errors
    /// The first other one that fails; no file has its name then.
    pub fn finish(self, finished: &mut Finished<'_>) -> Result<Option<Failed>, Failed> {
        let (mut whole, mut failed) = (Vec::new(), None);
        for (row, output) in self.0 {
            match output.finish(finished) {
                Ok(files) => {
                    finished.run.files.extend(files.iter().map(|file| file.target().to_owned()));
                    whole.extend(files);
                }
                Err(error) if row.own_run => failed = Some(Failed { output: row, error }),
                Err(error) => return Err(Failed { output: row, error }),
            }
        }
        name_all(whole).map_err(|error| Failed { output: &manifest::ROW, error: error.into() })?;
        Ok(failed)
    }
}
