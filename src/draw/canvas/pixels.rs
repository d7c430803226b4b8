//! Rows of pixels, and their PNG.

use png::{BitDepth, ColorType, Compression, Encoder, Filter};
use std::io::{self, Write};

/// What a failed drawing is to the rest of the program.
pub fn failed<E: std::fmt::Display>(error: E) -> io::Error {
    io::Error::other(format!("drawing failed: {error}"))
}

/// Rows of pixels, three bytes each.
pub struct Pixels {
    pub width: u32,
    pub height: u32,
    pub bytes: Vec<u8>,
}

/// Pixels that are compared and copied together.
const PART: usize = 16;
/// Rows of which fewer than one of so many parts differ are packed as differences from the row above. More rows would make
/// files larger by more than a hundredth.
const FEW: usize = 32;

/// Rows of pixels as a PNG, of each the first three bytes.
///
/// The search for the filter that packs a row best takes most of the time, and is left out where a row is nearly that above.
/// One filter for all rows is faster still, for files half larger or more.
///
/// # Errors
/// An encoding failure.
pub fn encoded<const BYTES: usize>(pixels: &[[u8; BYTES]], (width, height): (u32, u32)) -> io::Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    // Ten to twenty times as fast as the default, for files a third larger.
    encoder.set_compression(Compression::Fast);
    let mut writer = encoder.write_header().map_err(failed)?;
    let mut rows = writer.stream_writer().map_err(failed)?;
    let width = width as usize;
    let (first, mut line) = (vec![[0; BYTES]; width], vec![0; 3 * width]);
    let mut above = first.as_slice();
    for row in pixels.chunks_exact(width) {
        let differing = follow(&mut line, row, above);
        rows.set_filter(if FEW * differing < width.div_ceil(PART) { Filter::Up } else { Filter::Adaptive });
        rows.write_all(&line)?;
        above = row;
    }
    rows.finish().map_err(failed)?;
    drop(writer);
    Ok(file)
}

/// Makes a line of three bytes a pixel of the row above one of this row. Gives how many parts differ.
fn follow<const BYTES: usize>(line: &mut [u8], row: &[[u8; BYTES]], above: &[[u8; BYTES]]) -> usize {
    let parts = row.chunks(PART).zip(above.chunks(PART)).zip(line.chunks_mut(3 * PART));
    let mut differing = 0;
    for ((part, _), line) in parts.filter(|((part, above), _)| part.as_flattened() != above.as_flattened()) {
        differing += 1;
        for (to, from) in line.as_chunks_mut::<3>().0.iter_mut().zip(part) {
            to.copy_from_slice(&from[..3]);
        }
    }
    differing
}
