//! Where the files go of a command that writes a table and a picture into a folder.

use clap::Args;
use std::path::{Path, PathBuf};

/// The folder, and what is written elsewhere or not at all. Each command says in its help what its table is, and has a folder
/// of its own.
#[derive(Debug, Clone, Args)]
pub struct FilesFlags {
    /// Folder for the files
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
    /// The CSV's path; - is stdout
    #[arg(long, value_name = "FILE|-")]
    pub csv: Option<PathBuf>,
    /// The picture's path
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
    /// Write no CSV
    #[arg(long, conflicts_with = "csv")]
    pub no_csv: bool,
    /// Draw no picture
    #[arg(long, conflicts_with = "png")]
    pub no_png: bool,
}

impl FilesFlags {
    /// Whether the CSV goes to stdout.
    pub fn to_stdout(&self) -> bool {
        self.csv.as_deref() == Some(Path::new("-"))
    }
}
