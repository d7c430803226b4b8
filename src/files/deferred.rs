//! Files of outputs: under a passing name while they are written, and named when they are whole.

use crate::store::{AtomicFile, Bounds};
use crate::sweep::RequestError;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file that gets its name when it is whole; without that nothing of it is left.
pub struct DeferredFile {
    partial: AtomicFile,
    file: BufWriter<File>,
}

impl DeferredFile {
    /// Creates it under its passing name, wherever the path leads; `flag` is what an error names.
    ///
    /// # Errors
    /// A path that cannot be written.
    pub fn create(flag: &str, path: &Path) -> Result<Self, RequestError> {
        Self::create_in(Bounds::Anywhere, flag, path)
    }

    /// As [`DeferredFile::create`], within bounds.
    ///
    /// # Errors
    /// Likewise; a path beyond the bounds.
    pub fn create_in(bounds: Bounds<'_>, flag: &str, path: &Path) -> Result<Self, RequestError> {
        let (partial, file) = AtomicFile::create_in(bounds, path).map_err(|error| unwritable(flag, path, &error))?;
        Ok(Self { partial, file })
    }

    /// Writes it as a whole, and names it.
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
    pub fn fill(mut self, write: impl FnOnce(&mut Self) -> io::Result<()>) -> io::Result<PathBuf> {
        write(&mut self)?;
        self.commit()
    }

    /// Names what was written.
    ///
    /// # Errors
    /// A full disk.
    pub fn commit(mut self) -> io::Result<PathBuf> {
        self.file.flush()?;
        self.partial.commit()
    }
}

impl Write for DeferredFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file that cannot be made.
pub fn unwritable(flag: &str, path: &Path, error: &io::Error) -> RequestError {
    RequestError::new(flag, path.display(), format!("cannot be written ({error}); choose another path"))
}
