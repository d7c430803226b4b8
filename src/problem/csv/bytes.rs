//! A file → its bytes, unpacked.

use super::error::DataProblem;
use super::limits::MAX_BYTES;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// The bytes of a file of at most [`MAX_BYTES`], or what it unpacks to if it is gzipped, which its first bytes say.
pub(in crate::problem) fn read_limited(path: &Path) -> Result<Vec<u8>, DataProblem> {
    let unreadable = |error: io::Error| DataProblem::Unreadable(error.to_string());
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.len() > MAX_BYTES {
        return Err(DataProblem::TooLarge);
    }
    let mut file = BufReader::new(file);
    let packed = file.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]);
    let mut bytes = Vec::new();
    // A pipe does not say beforehand how long it is, and a small file may unpack to any length.
    if packed {
        let unpacking = MultiGzDecoder::new(file).take(MAX_BYTES + 1).read_to_end(&mut bytes);
        unpacking.map_err(|error| DataProblem::Gzip(error.to_string()))?;
    } else {
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    match (bytes.len() as u64 > MAX_BYTES, packed) {
        (false, _) => Ok(bytes),
        (true, true) => Err(DataProblem::UnpacksTooLarge),
        (true, false) => Err(DataProblem::TooLarge),
    }
}
