//! What all maps of a column have.

use crate::engine::Output;
use std::io;

/// A map of one column, which gathers tiles.
pub trait NumberMap: Output {
    /// The picture; `footer` is its last line.
    ///
    /// # Errors
    /// A drawing failure.
    fn png(&self, footer: &str) -> io::Result<Vec<u8>>;
}
