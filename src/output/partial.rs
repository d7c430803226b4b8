//! Files that get their name only when they are whole.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// A file under way: `NAME.partial` beside the place it will have.
#[derive(Debug)]
pub struct Partial {
    target: PathBuf,
    path: PathBuf,
    /// Folders that were made for it, outermost first.
    made: Vec<PathBuf>,
    keep: bool,
}

impl Partial {
    /// Creates the file, and the folders above it.
    ///
    /// # Errors
    /// Whatever creating them gives: a path that cannot be written is found before the run, not after.
    pub fn create(target: &Path) -> io::Result<(Self, BufWriter<File>)> {
        if target.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
        }
        let mut path = target.as_os_str().to_owned();
        path.push(".partial");
        let folders = target.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        let mut made: Vec<PathBuf> = folders.take_while(|folder| !folder.exists()).map(Path::to_owned).collect();
        made.reverse();
        // From here on a failure takes away what was made.
        let partial = Self { target: target.to_owned(), path: path.into(), made, keep: false };
        partial.made.iter().try_for_each(fs::create_dir)?;
        let file = File::create(&partial.path)?;
        Ok((partial, BufWriter::with_capacity(1 << 20, file)))
    }

    /// Gives the finished file its name.
    ///
    /// # Errors
    /// Whatever renaming gives.
    pub fn commit(mut self) -> io::Result<PathBuf> {
        fs::rename(&self.path, &self.target)?;
        self.keep = true;
        Ok(self.target.clone())
    }

    /// Leaves the unfinished file where it is; returns its path.
    pub fn leave(mut self) -> PathBuf {
        self.keep = true;
        self.path.clone()
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.keep {
            // Nothing can be done about a failure here, and the run has failed already.
            let _ = fs::remove_file(&self.path);
            // A folder that others have put something in is not empty and stays.
            self.made.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
        }
    }
}
