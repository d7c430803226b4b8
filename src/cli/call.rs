//! One call of the command line.

use crate::cli::interrupt::Interruption;
use crate::store::RecordedFlags;

/// What every command is given besides its own flags.
pub struct Call<'a> {
    /// All words that were typed, the program's name first, for the files that say how they came about.
    pub words: Vec<String>,
    /// The flags among them.
    pub flags: RecordedFlags,
    pub interruption: &'a Interruption,
}
