//! Files that get their name only when they are whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};
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
#[derive(Debug, Default)]
pub(super) struct Folders(Vec<PathBuf>);

impl Folders {
    /// Makes a folder and those above it, as far as they are not there.
    ///
    /// # Errors
    /// Whatever making them gives; nothing is left of them then.
    pub fn create(folder: &Path) -> io::Result<Self> {
        let above = folder.ancestors().filter(|folder| !folder.as_os_str().is_empty());
        let mut missing: Vec<PathBuf> = above.take_while(|folder| !folder.exists()).map(Path::to_owned).collect();
        missing.reverse();
        let mut made = Self::default();
        for folder in missing {
            match fs::create_dir(&folder) {
                Ok(()) => made.0.push(folder),
                // `a/../b` names `a` twice, and another process may be faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(made)
    }

    /// Leaves them where they are.
    pub fn keep(&mut self) {
        self.0.clear();
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        // A folder that something else was put in is not empty and stays.
        self.0.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
    }
}

const BUFFER: usize = 1 << 20;

/// The passing names of all files that were ever begun. None is given twice, so that one that exists is still under way.
static UNDER_WAY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Takes away the files that have no name yet. For a process that ends at once, where nothing else would.
pub fn abandon_files() {
    for passing in &*UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner) {
        let _ = fs::remove_file(passing);
    }
}

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
    /// Whether a path may be written.
    ///
    /// # Errors
    /// It leads elsewhere: what does is named.
    pub fn check(self, target: &Path) -> io::Result<()> {
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
        if target.is_dir() || names_a_folder(target) {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
        }
        if is_written_directly(target) {
            let file = OpenOptions::new().append(true).open(target)?;
            let target = target.to_owned();
            let partial = Self { target, passing: None, folders: Folders(Vec::new()), begun: Instant::now() };
            return Ok((partial, BufWriter::with_capacity(BUFFER, file)));
        }
        let target = if target.is_symlink() { fs::canonicalize(target)? } else { target.to_owned() };
        let folders = Folders::create(folder_of(&target))?;
        clear_left(folder_of(&target), &target);
        let (file, passing) = create_passing(&target)?.into_parts();
        UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner).push(passing.to_path_buf());
        Ok((
            Self { target, passing: Some(passing), folders, begun: Instant::now() },
            BufWriter::with_capacity(BUFFER, file),
        ))
    }

    /// Where it will be, by the file system's own reckoning: two paths of one file come to one place. Pipes and devices
    /// have none.
    pub fn place(&self) -> Option<PathBuf> {
        self.passing.as_ref()?;
        let folder = fs::canonicalize(folder_of(&self.target)).ok()?;
        Some(folder.join(self.target.file_name()?))
    }

    /// Takes the file as it was opened, with all that was written. It has no name yet.
    ///
    /// # Errors
    /// A disk that failed.
    pub fn whole(self, file: File) -> io::Result<WholeFile> {
        let slow = self.begun.elapsed() >= WORTH_A_SYNC;
        if slow && self.passing.is_some() {
            file.sync_all()?;
        }
        Ok(WholeFile { partial: self, slow, _file: file })
    }
}

/// A finished file that waits for its name, so that all files of a run can get theirs together.
#[derive(Debug)]
pub struct WholeFile {
    partial: AtomicFile,
    slow: bool,
    /// Open as long as it has no name: its lock says that somebody wants it.
    _file: File,
}

impl WholeFile {
    /// Where it will be.
    pub fn target(&self) -> &Path {
        &self.partial.target
    }

    /// Gives it its name.
    ///
    /// # Errors
    /// Whatever renaming gives; a disk that failed.
    pub fn name(mut self) -> io::Result<PathBuf> {
        if let Some(passing) = self.partial.passing.take() {
            passing.persist(&self.partial.target).map_err(|error| error.error)?;
            if self.slow {
                sync_folder(folder_of(&self.partial.target))?;
            }
        }
        self.partial.folders.keep();
        Ok(self.partial.target.clone())
    }
}

/// A path with a separator or a dot at its end.
fn names_a_folder(target: &Path) -> bool {
    let text = target.as_os_str().as_encoded_bytes();
    let is_separator = |byte: &u8| std::path::is_separator(char::from(*byte));
    text.last().is_some_and(is_separator) || !matches!(target.components().next_back(), Some(Component::Normal(_)))
}

/// Pipes and devices; also what a shell hands over as an open file (`/dev/stdout`, `>(gzip)`), whose name leads nowhere.
fn is_written_directly(target: &Path) -> bool {
    let is_handed_over =
        ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc/self/fd"].iter().any(|of| target.starts_with(of));
    fs::metadata(target).is_ok_and(|found| is_handed_over || !found.is_file())
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
        // Whoever opens a pipe waits for a reader.
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        let ours = is_file && name.to_str().is_some_and(|name| name.starts_with(&prefix) && name.ends_with(ENDING));
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
