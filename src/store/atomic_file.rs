//! Files that get their name only when they are whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempPath;

/// A file under way: it has a passing name beside the place it will have.
#[derive(Debug)]
pub struct AtomicFile {
    target: PathBuf,
    /// Absent for pipes and devices, which are written as they are.
    passing: Option<TempPath>,
    folders: Folders,
    begun: Instant,
}

/// Files that took longer than this are made sure of on the disk before they get their name. What took less is run again
/// sooner than a disk answers.
const WORTH_A_SYNC: Duration = Duration::from_secs(5);
/// What unfinished files are called at the end.
pub(super) const ENDING: &str = ".unfinished";

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

/// Where files may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bounds<'a> {
    /// Wherever a path leads: whoever typed it knows.
    Anywhere,
    /// What is below this folder by its path is below it in truth: no link, pipe or device on the way is followed or
    /// written to. For paths that a document asks for, and folders that somebody else filled.
    Below(&'a Path),
}

impl Bounds<'_> {
    fn check(self, target: &Path) -> io::Result<()> {
        let Self::Below(folder) = self else { return Ok(()) };
        let Ok(inside) = target.strip_prefix(folder) else { return Ok(()) };
        let mut path = folder.to_owned();
        for part in inside.components() {
            path.push(part);
            match fs::symlink_metadata(&path) {
                Ok(found) if found.is_dir() || found.is_file() => {}
                Ok(_) => {
                    let message = format!("{} is a link, a pipe or a device, which leads elsewhere", path.display());
                    return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl AtomicFile {
    /// Creates the file, and the folders above it. A link is followed; a pipe or device is written directly.
    ///
    /// # Errors
    /// Whatever creating them gives: a path that cannot be written is found before the run, not after.
    pub fn create(target: &Path) -> io::Result<(Self, BufWriter<File>)> {
        Self::create_in(Bounds::Anywhere, target)
    }

    /// As [`AtomicFile::create`], within bounds.
    ///
    /// # Errors
    /// Likewise; a target beyond the bounds.
    pub fn create_in(bounds: Bounds<'_>, target: &Path) -> io::Result<(Self, BufWriter<File>)> {
        bounds.check(target)?;
        let target = if target.is_symlink() { fs::canonicalize(target)? } else { target.to_owned() };
        if target.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
        }
        if target.exists() && !target.is_file() {
            let file = OpenOptions::new().write(true).open(&target)?;
            let partial = Self { target, passing: None, folders: Folders(Vec::new()), begun: Instant::now() };
            return Ok((partial, BufWriter::with_capacity(BUFFER, file)));
        }
        let above = target.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        let mut missing: Vec<PathBuf> = above.take_while(|folder| !folder.exists()).map(Path::to_owned).collect();
        missing.reverse();
        let folders = Folders(missing);
        folders.0.iter().try_for_each(fs::create_dir)?;
        clear_left(folder_of(&target), &target);
        let (file, passing) = create_passing(&target)?.into_parts();
        Ok((
            Self { target, passing: Some(passing), folders, begun: Instant::now() },
            BufWriter::with_capacity(BUFFER, file),
        ))
    }

    /// Gives the finished file its name.
    ///
    /// # Errors
    /// Whatever renaming gives; a disk that failed.
    pub fn commit(mut self) -> io::Result<PathBuf> {
        if let Some(passing) = self.passing.take() {
            let slow = self.begun.elapsed() >= WORTH_A_SYNC;
            if slow {
                File::options().append(true).open(&passing)?.sync_all()?;
            }
            passing.persist(&self.target).map_err(|error| error.error)?;
            if slow {
                sync_folder(folder_of(&self.target))?;
            }
        }
        self.folders.0.clear();
        Ok(self.target.clone())
    }
}

fn folder_of(target: &Path) -> &Path {
    target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What the passing names for a target begin with.
fn prefix_of(target: &Path) -> std::ffi::OsString {
    let mut prefix = target.file_name().unwrap_or_default().to_owned();
    prefix.push(".");
    prefix
}

/// A new file under a passing name beside `target`, with the rights that a new file usually has. It is locked as long as
/// it is open, so that what a killed process left can be told from what another one is writing.
///
/// # Errors
/// Whatever creating it gives.
pub(super) fn create_passing(target: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    let prefix = prefix_of(target);
    builder.prefix(&prefix).suffix(ENDING);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = builder.tempfile_in(folder_of(target))?;
    // Where a file system has no locks, nothing that is left is ever taken away.
    let _ = file.as_file().try_lock();
    Ok(file)
}

/// Takes away unfinished files for a target that no process has open any more. What cannot be taken away stays.
fn clear_left(folder: &Path, target: &Path) {
    let prefix = prefix_of(target).to_string_lossy().into_owned();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with(&prefix) && name.ends_with(ENDING));
        let nobodys = || File::options().append(true).open(entry.path()).is_ok_and(|file| file.try_lock().is_ok());
        if ours && nobodys() {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Makes sure that names in a folder are on the disk. Not every system can; where it cannot, names are as safe as it
/// makes them.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
