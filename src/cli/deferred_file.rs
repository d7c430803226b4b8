//! Files that are made before a run, so that a path that cannot be written is told at once, and filled after it.

use crate::store::AtomicFile;
use crate::sweep::RequestError;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Above this many cells a CSV is only written when asked for by name.
pub const MAX_UNASKED_CSV: usize = 4 << 20;

/// A file that is written as a whole at the end.
pub struct DeferredFile {
    partial: AtomicFile,
    file: BufWriter<File>,
}

impl DeferredFile {
    /// Creates it under its passing name.
    ///
    /// # Errors
    /// A path that cannot be written.
    pub fn create(flag: &str, path: &Path) -> Result<Self, RequestError> {
        let (partial, file) = AtomicFile::create(path).map_err(|error| unwritable(flag, path, &error))?;
        Ok(Self { partial, file })
    }

    /// Writes and names it.
    ///
    /// # Errors
    /// A full disk.
    pub fn finish(self, bytes: &[u8]) -> io::Result<PathBuf> {
        self.fill(|file| file.write_all(bytes))
    }

    /// Lets it be written, and names it.
    ///
    /// # Errors
    /// A full disk.
    pub fn fill(mut self, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<PathBuf> {
        write(&mut self.file)?;
        self.file.flush()?;
        self.partial.commit()
    }
}

/// A file that cannot be made.
pub fn unwritable(flag: &str, path: &Path, error: &io::Error) -> RequestError {
    RequestError::new(flag, path.display(), format!("cannot be written ({error}); choose another path"))
}
