//! Rows of pixels, and their PNG.

use std::io;

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

/// Rows of three bytes a pixel as a PNG.
///
/// # Errors
/// An encoding failure.
pub fn encoded(bytes: &[u8], (width, height): (u32, u32)) -> io::Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Ten to twenty times as fast as the default, for files a third larger.
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header().map_err(failed)?.write_image_data(bytes).map_err(failed)?;
    Ok(file)
}
