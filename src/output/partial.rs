//! Files that get their name only when they are whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// A file under way: it has a passing name beside the place it will have.
#[derive(Debug)]
pub struct Partial {
    target: PathBuf,
    /// Absent for pipes and devices, which are written as they are.
    passing: Option<TempPath>,
    folders: Folders,
}

/// Folders that were made for a file, outermost first; taken away with it, unless it is kept.
#[derive(Debug)]
struct Folders(Vec<PathBuf>);

impl Drop for Folders {
    fn drop(&mut self) {
        // A folder that something else was put in is not empty and stays.
        self.0.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
    }
}

const BUFFER: usize = 1 << 20;

impl Partial {
    /// Creates the file, and the folders above it. A link is followed; a pipe or device is written directly.
    ///
    /// # Errors
    /// Whatever creating them gives: a path that cannot be written is found before the run, not after.
    pub fn create(target: &Path) -> io::Result<(Self, BufWriter<File>)> {
        let target = if target.is_symlink() { fs::canonicalize(target)? } else { target.to_owned() };
        if target.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
        }
        if target.exists() && !target.is_file() {
            let file = OpenOptions::new().write(true).open(&target)?;
            let partial = Self { target, passing: None, folders: Folders(Vec::new()) };
            return Ok((partial, BufWriter::with_capacity(BUFFER, file)));
        }
        let above = target.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        let mut missing: Vec<PathBuf> = above.take_while(|folder| !folder.exists()).map(Path::to_owned).collect();
        missing.reverse();
        let folders = Folders(missing);
        folders.0.iter().try_for_each(fs::create_dir)?;
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (file, passing) = create_passing(folder, &target)?.into_parts();
        Ok((Self { target, passing: Some(passing), folders }, BufWriter::with_capacity(BUFFER, file)))
    }

    /// Gives the finished file its name.
    ///
    /// # Errors
    /// Whatever renaming gives.
    pub fn commit(self) -> io::Result<PathBuf> {
        let target = self.target.clone();
        self.name(target)
    }

    /// Keeps the unfinished file, as `NAME.partial`; `None` for pipes and devices, which keep nothing.
    ///
    /// # Errors
    /// Whatever renaming gives.
    pub fn leave(self) -> io::Result<Option<PathBuf>> {
        if self.passing.is_none() {
            return Ok(None);
        }
        let mut name = self.target.as_os_str().to_owned();
        name.push(".partial");
        self.name(name.into()).map(Some)
    }

    fn name(mut self, name: PathBuf) -> io::Result<PathBuf> {
        if let Some(passing) = self.passing.take() {
            passing.persist(&name).map_err(|error| error.error)?;
        }
        self.folders.0.clear();
        Ok(name)
    }
}

/// A new file beside `target`, with the rights that a new file usually has.
fn create_passing(folder: &Path, target: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut prefix = target.file_name().unwrap_or_default().to_owned();
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".unfinished");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
