//! Numbers as text for a page: bytes of equal weight side by side, deflated, in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::io::{self, Write};

/// Packs values of `size` bytes each, given as one row of bytes.
///
/// # Errors
/// None in practice: it writes to memory.
pub fn pack(bytes: &[u8], size: usize) -> io::Result<String> {
    let count = bytes.len() / size;
    // The high bytes of neighbours are alike and compress well once they stand together.
    let planes: Vec<u8> = (0..size).flat_map(|at| (0..count).map(move |value| bytes[value * size + at])).collect();
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&planes)?;
    Ok(STANDARD.encode(encoder.finish()?))
}

/// Packs `f64` values.
///
/// # Errors
/// As [`pack`].
pub fn pack_f64(values: &[f64]) -> io::Result<String> {
    pack(&values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>(), size_of::<f64>())
}

/// Packs `f32` values.
///
/// # Errors
/// As [`pack`].
pub fn pack_f32(values: impl Iterator<Item = f32>) -> io::Result<String> {
    pack(&values.flat_map(f32::to_le_bytes).collect::<Vec<u8>>(), size_of::<f32>())
}

/// Packs `u32` values.
///
/// # Errors
/// As [`pack`].
pub fn pack_u32(values: &[u32]) -> io::Result<String> {
    pack(&values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>(), size_of::<u32>())
}
