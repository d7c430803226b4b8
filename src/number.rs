//! Numbers as the CSV files have them.

/// No number below this is written with an exponent above zero, in f32 or f64.
const FIRST_EXPONENT: f64 = 1e13;

/// Appends the shortest text that reads back to the same f32, or f64 if `wide`; nothing at all for a value that is not
/// finite.
pub fn push_shortest(value: f64, wide: bool, out: &mut Vec<u8>) {
    if !value.is_finite() {
        return;
    }
    let mut buffer = zmij::Buffer::new();
    let text = if wide { buffer.format_finite(value) } else { buffer.format_finite(value as f32) };
    let exponent = if value.abs() < FIRST_EXPONENT { None } else { text.split_once("e+") };
    match exponent {
        // `1e20`, not `1e+20`: the shorter of two forms that every reader knows.
        Some((digits, exponent)) => {
            out.extend_from_slice(digits.as_bytes());
            out.push(b'e');
            out.extend_from_slice(exponent.as_bytes());
        }
        None => out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes()),
    }
}
