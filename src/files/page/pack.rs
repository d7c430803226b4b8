//! Numbers as text for a page: bytes of equal weight side by side, deflated, in base64.

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
    Ok(base64(&encoder.finish()?))
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

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let known = digit <= three.len();
            text.push(if known { DIGITS[(bits >> (18 - 6 * digit) & 63) as usize] as char } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    /// The test vectors of RFC 4648.
    #[test]
    fn base64_as_published() {
        let published =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")];
        for (text, code) in published {
            assert_eq!(base64(text.as_bytes()), code);
        }
    }
}
