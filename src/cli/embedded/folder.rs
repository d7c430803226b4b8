//! Commands that write into a folder, for another program: the same flags, and the same code behind them.

use super::asked::{Asked, Watched};
use super::failure::Failure;
use super::threads::on_own_threads;
use crate::cli::call::Call;
use crate::cli::commands::landscape::LandscapeArguments;
use crate::cli::commands::trace::TraceArguments;
use crate::cli::flags::files::FilesFlags;
use crate::cli::flags::problem::{ProblemFlags, ShortAxes};
use crate::cli::flags::report::QuietFlag;
use crate::cli::results::{Written, paths};
use crate::store::RecordedFlags;
use clap::{Args, Parser};
use std::io;
use std::path::{Path, PathBuf};

/// Arguments of such a command.
pub(super) trait FolderArguments: Parser + Sync {
    const COMMAND: &'static str;
    type Short: Args;

    fn parts(&mut self) -> (&mut ProblemFlags<Self::Short>, &mut FilesFlags, &mut QuietFlag);
}

impl FolderArguments for TraceArguments {
    const COMMAND: &'static str = "trace";
    type Short = ShortAxes;

    fn parts(&mut self) -> (&mut ProblemFlags<ShortAxes>, &mut FilesFlags, &mut QuietFlag) {
        (&mut self.problem, &mut self.files, &mut self.quiet)
    }
}

impl FolderArguments for LandscapeArguments {
    const COMMAND: &'static str = "landscape";
    type Short = ();

    fn parts(&mut self) -> (&mut ProblemFlags<()>, &mut FilesFlags, &mut QuietFlag) {
        (&mut self.problem, &mut self.files, &mut self.quiet)
    }
}

impl Asked {
    /// The arguments of the command.
    ///
    /// # Errors
    /// A flag that there is not, a value that it does not take.
    pub(super) fn arguments<T: FolderArguments>(&self) -> Result<T, Failure> {
        let mut arguments: T = self.of(T::COMMAND)?;
        let (problem, _, quiet) = arguments.parts();
        self.hand_over(problem);
        quiet.quiet = true;
        Ok(arguments)
    }

    /// What is drawn with more flags on top, which are flags of pictures.
    ///
    /// # Errors
    /// As [`Asked::arguments`]; a drawing failure.
    pub(super) fn drawn<T: FolderArguments>(
        &self,
        more: &RecordedFlags,
        draw: impl FnOnce(&T) -> io::Result<Vec<u8>> + Send,
    ) -> Result<Vec<u8>, Failure> {
        let arguments = self.with(more).arguments()?;
        Ok(on_own_threads(None, || Ok(draw(&arguments)?))?)
    }

    /// Writes the files of the command with `--out FOLDER`, and gives their paths.
    ///
    /// # Errors
    /// As [`Asked::arguments`]; a path that cannot be written, a full disk.
    pub(super) fn saved<T: FolderArguments>(
        &self,
        folder: &Path,
        more: &RecordedFlags,
        watched: &Watched<'_>,
        write: impl FnOnce(&T, &Call<'_>) -> anyhow::Result<Vec<Written>> + Send,
    ) -> Result<Vec<PathBuf>, Failure> {
        let asked = self.with(more);
        let mut arguments: T = asked.arguments()?;
        folder.clone_into(&mut arguments.parts().1.out);
        let call = watched.call(&asked, T::COMMAND);
        Ok(on_own_threads(None, || write(&arguments, &call).map(paths))?)
    }
}
