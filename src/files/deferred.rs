//! Files of outputs: under a passing name while they are written, and named when all files of a run are whole.

use crate::store::{AtomicFile, Bounds, WholeFile};
use crate::sweep::RequestError;
use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file that gets its name when it is whole; without that nothing of it is left.
pub struct DeferredFile {
    partial: AtomicFile,
    file: BufWriter<File>,
}

impl DeferredFile {
    /// Creates it under its passing name, within bounds; `flag` is what an error names.
    ///
    /// # Errors
    /// A path that cannot be written, or that is written or read by another flag.
    pub fn create(claims: &Claims, bounds: Bounds<'_>, flag: &str, path: &Path) -> Result<Self, RequestError> {
        let (partial, file) = AtomicFile::create_in(bounds, path).map_err(|error| unwritable(flag, path, &error))?;
        claims.add(flag, path, partial.place())?;
        Ok(Self { partial, file })
    }

    /// Writes it as a whole.
    ///
    /// # Errors
    /// A full disk.
    pub fn written(self, bytes: &[u8]) -> io::Result<WholeFile> {
        self.filled(|file| file.write_all(bytes))
    }

    /// Lets it be written.
    ///
    /// # Errors
    /// A full disk.
    pub fn filled(mut self, write: impl FnOnce(&mut Self) -> io::Result<()>) -> io::Result<WholeFile> {
        write(&mut self)?;
        self.whole()
    }

    /// It has all that it is to have.
    ///
    /// # Errors
    /// A full disk.
    pub fn whole(self) -> io::Result<WholeFile> {
        self.partial.whole(self.file.into_inner().map_err(io::IntoInnerError::into_error)?)
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

/// The flag of the folder that files lie in which no flag of their own names. It has a default, and need not be typed.
pub const FOLDER: &str = "--out";

/// The files of one run by where they are, whatever they are called: none is written twice, and none is written that is read.
#[derive(Debug, Default)]
pub struct Claims(RefCell<Vec<Claim>>);

#[derive(Debug)]
struct Claim {
    flag: String,
    place: PathBuf,
    verb: &'static str,
}

impl Claims {
    /// A file that is read. What is no file, such as a name of the catalog, is passed over.
    #[must_use]
    pub fn with_input(self, flag: &str, path: Option<&Path>) -> Self {
        if let Some(place) = path.and_then(|path| fs::canonicalize(path).ok()).filter(|place| place.is_file()) {
            self.0.borrow_mut().push(Claim { flag: flag.to_owned(), place, verb: "reads" });
        }
        self
    }

    /// A file that is to be written, and the place where it will be, if it has one.
    ///
    /// # Errors
    /// It is another flag's already.
    pub fn add(&self, flag: &str, path: &Path, place: Option<PathBuf>) -> Result<(), RequestError> {
        let Some(place) = place else { return Ok(()) };
        let mut claims = self.0.borrow_mut();
        if let Some(Claim { flag: other, verb, .. }) = claims.iter().find(|claim| claim.place == place) {
            // The files of a run are made last first, so that either may be the one that was typed.
            let wrong = if flag == FOLDER { other } else { flag };
            let message = if flag == FOLDER || other == FOLDER {
                "is where a file of the run itself goes; choose another path".to_owned()
            } else {
                format!("is what {other} {verb} too; choose another path")
            };
            return Err(RequestError::new(wrong, path.display(), message));
        }
        claims.push(Claim { flag: flag.to_owned(), place, verb: "writes" });
        Ok(())
    }
}

/// Gives all files of a run their names, in this order. The last one, which tells of the others, is taken away first where
/// there is an older one: at no time does it lie beside files that it does not tell of.
///
/// # Errors
/// Whatever renaming gives.
pub fn name_all(files: Vec<WholeFile>) -> io::Result<Vec<PathBuf>> {
    if let Some(older) = files.last().map(WholeFile::target).filter(|last| last.is_file()) {
        fs::remove_file(older)?;
    }
    files.into_iter().map(WholeFile::name).collect()
}

/// A file that cannot be made.
pub fn unwritable(flag: &str, path: &Path, error: &io::Error) -> RequestError {
    RequestError::new(flag, path.display(), format!("cannot be written ({error}); choose another path"))
}
