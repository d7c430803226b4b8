//! How much of a file is read.

/// Larger files are refused unread, also by what they unpack to (bytes).
pub const MAX_BYTES: u64 = 1 << 30;
/// Most columns of a file that are read for formulas.
pub const MAX_COLUMNS: usize = 64;
/// Most columns that a header names.
pub(in crate::problem) const MAX_HEADER: usize = (16 << 10) + 1;
/// No row is longer (bytes): 64 numbers take 2 KiB, 16 Ki numbers of samples some 300.
pub const MAX_ROW: usize = 1 << 20;
/// Most values of a file for formulas, rows × columns.
pub const MAX_VALUES: usize = 16 << 20;

/// What a reader of a CSV file accepts.
pub(in crate::problem) struct Limits {
    /// Columns of the header.
    pub columns: usize,
    /// Rows × columns that are read.
    pub values: usize,
    /// The largest magnitude.
    pub largest: f64,
}
