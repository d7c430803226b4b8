//! The files of a command that writes a few into a folder: made before the run, so that what cannot be written is told at once,
//! and named together at its end.

use super::earlier::taken;
use super::flags::files::FilesFlags;
use super::flags::report::JsonFlag;
use super::say;
use crate::files::{Claims, DeferredFile, FOLDER, name_all};
use crate::store::{Bounds, Company, WholeFile, WorkFolder};
use crate::sweep::RequestError;
use std::path::{Path, PathBuf};

/// The folder with its manifest, and the other files as far as they are whole.
pub struct Results<'a> {
    flags: &'a FilesFlags,
    claims: Claims,
    manifest: DeferredFile,
    whole: Vec<WholeFile>,
    about: Vec<String>,
    /// The last one, and so let go of last: a folder that was made for a run that failed goes, too, when nothing lies in it.
    folder: WorkFolder,
}

/// A file that has its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub path: PathBuf,
    /// What is said of it behind its path.
    pub about: String,
}

impl<'a> Results<'a> {
    /// Takes the folder and makes the manifest there. `data` is what is read.
    ///
    /// # Errors
    /// A folder that another run has, a path that cannot be written.
    pub fn take(flags: &'a FilesFlags, data: Option<&Path>, manifest: &str) -> Result<Self, RequestError> {
        let folder = WorkFolder::take(&flags.out, Company::Alone).map_err(|error| taken(&flags.out, error))?;
        let claims = Claims::default().with_input("--data", data);
        let manifest = DeferredFile::create(&claims, Bounds::Anywhere, FOLDER, &flags.out.join(manifest))?;
        Ok(Self { flags, claims, manifest, whole: Vec::new(), about: Vec::new(), folder })
    }

    /// Makes a file of this name in the folder, or where its flag says.
    ///
    /// # Errors
    /// A path that cannot be written.
    pub fn file(&self, name: &str, flag: &str, given: Option<&Path>) -> Result<DeferredFile, RequestError> {
        let create = |flag, path: &Path| DeferredFile::create(&self.claims, Bounds::Anywhere, flag, path);
        given.map_or_else(|| create(FOLDER, &self.flags.out.join(name)), |path| create(flag, path))
    }

    /// Makes the table, unless it is not wanted or goes to stdout.
    ///
    /// # Errors
    /// As [`Results::file`].
    pub fn csv(&self, name: &str) -> Result<Option<DeferredFile>, RequestError> {
        let wanted = !self.flags.no_csv && !self.flags.to_stdout();
        wanted.then(|| self.file(name, "--csv", self.flags.csv.as_deref())).transpose()
    }

    /// Makes the picture, unless it is not wanted.
    ///
    /// # Errors
    /// As [`Results::file`].
    pub fn png(&self, name: &str) -> Result<Option<DeferredFile>, RequestError> {
        (!self.flags.no_png).then(|| self.file(name, "--png", self.flags.png.as_deref())).transpose()
    }

    /// Takes a file that is whole, with what is to be said of it.
    pub fn add(&mut self, file: WholeFile, about: String) {
        self.whole.push(file);
        self.about.push(about);
    }

    /// Writes the manifest, which is told where the others are, and gives all of them their names; the manifest is the last, and goes
    /// to stdout too if that is asked for.
    ///
    /// # Errors
    /// A full disk.
    pub fn finish(
        mut self,
        print: JsonFlag,
        manifest: impl FnOnce(&[PathBuf]) -> String,
    ) -> anyhow::Result<Vec<Written>> {
        let paths: Vec<PathBuf> = self.whole.iter().map(|file| file.target().to_owned()).collect();
        let json = manifest(&paths);
        self.whole.push(self.manifest.written(json.as_bytes())?);
        self.about.push(String::new());
        let named = name_all(self.whole)?;
        drop(self.folder);
        if print.json {
            say::json(&json)?;
        }
        Ok(named.into_iter().zip(self.about).map(|(path, about)| Written { path, about }).collect())
    }
}

/// The lines of a report about them.
pub fn told(written: &[Written]) -> String {
    let line = |(at, file): (usize, &Written)| {
        let label = if at == 0 { "wrote" } else { "" };
        say::fact(label, &format!("{}{}", file.path.display(), file.about))
    };
    written.iter().enumerate().map(line).collect()
}

/// The paths alone.
pub fn paths(written: Vec<Written>) -> Vec<PathBuf> {
    written.into_iter().map(|file| file.path).collect()
}
