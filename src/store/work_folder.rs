//! The folder of a run, which no other run writes into meanwhile.

use super::atomic_file::Folders;
use super::tiles::workers;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// A folder that this process works in. Where this made it and nothing was put in it, it is taken away in the end.
#[derive(Debug)]
pub struct WorkFolder {
    // Dropped in this order: whoever comes next finds the folder gone, not the lock.
    _made: Folders,
    _lock: Option<File>,
}

/// Who else may work in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// Nobody: files are written there.
    Alone,
    /// Others that keep tiles only, each in a folder of its own.
    Parts,
}

/// Why a folder cannot be worked in.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{who} is working there; wait for it, or choose another folder")]
    Busy { who: String },
    #[error("cannot be written ({0}); choose another path")]
    Io(#[from] io::Error),
}

impl WorkFolder {
    /// Takes a folder, and makes it where it is not there.
    ///
    /// # Errors
    /// [`FolderError`]
    pub fn take(folder: &Path, company: Company) -> Result<Self, FolderError> {
        loop {
            let made = Folders::create(folder)?;
            let Some(lock) = opened(folder)? else { return Ok(Self { _made: made, _lock: None }) };
            let locked = match company {
                Company::Alone => lock.try_lock(),
                Company::Parts => lock.try_lock_shared(),
            };
            match locked {
                Err(TryLockError::WouldBlock) => return Err(FolderError::Busy { who: who(folder) }),
                // Some file systems have no locks. Two runs then write the same files, each by renaming.
                Err(TryLockError::Error(_)) => return Ok(Self { _made: made, _lock: None }),
                // Whoever was there before may have taken the folder away.
                Ok(()) if is_still(folder, &lock) => return Ok(Self { _made: made, _lock: Some(lock) }),
                Ok(()) => {}
            }
        }
    }
}

/// The folder itself, which is what is locked: a file in it could not be taken away again without a race.
fn opened(folder: &Path) -> io::Result<Option<File>> {
    // Elsewhere a folder cannot be opened as a file. Folders of tiles have locks of their own.
    if cfg!(unix) { File::open(folder).map(Some) } else { Ok(None) }
}

#[cfg(unix)]
fn is_still(folder: &Path, lock: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |found: fs::Metadata| (found.dev(), found.ino());
    fs::metadata(folder).map(place).ok() == lock.metadata().map(place).ok()
}

#[cfg(not(unix))]
fn is_still(_: &Path, _: &File) -> bool {
    true
}

/// Who works there, as far as it says so. A sweep that has just begun is given a moment to.
fn who(folder: &Path) -> String {
    for _ in 0..20 {
        let known: Vec<PathBuf> = super::folders(folder).unwrap_or_default();
        let workers: Vec<String> = known.iter().filter_map(|tiles| workers(tiles)).collect();
        if !workers.is_empty() {
            return workers.join(" and ");
        }
        thread::sleep(Duration::from_millis(10));
    }
    "another alphasweep".to_owned()
}
