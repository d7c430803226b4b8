//! A Parquet file → the table as CSV text, so that everything else reads one format.

use super::error::DataProblem;
use super::limits::{MAX_BYTES, MAX_HEADER};
use ::bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How a file begins.
pub(super) const MARK: &[u8] = b"PAR1";

/// The rows of a file with its columns by name, separated by commas. Numbers are the shortest text that reads back to them; what is
/// missing is an empty field; anything else is quoted text.
pub(super) fn as_csv(bytes: &[u8]) -> Result<String, DataProblem> {
    // The library relies on what a damaged file says of itself in more places than [`is_whole`] knows.
    let read = catch_unwind(AssertUnwindSafe(|| unguarded(bytes)));
    read.unwrap_or_else(|_| Err(DataProblem::Parquet(DAMAGED.to_owned())))
}

const DAMAGED: &str = "it is damaged";

/// Whether every column lies within the file.
fn is_whole(metadata: &ParquetMetaData, bytes: usize) -> bool {
    let within = |at: i64| usize::try_from(at).is_ok_and(|at| at <= bytes);
    metadata.row_groups().iter().flat_map(RowGroupMetaData::columns).all(|column| {
        let begins = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
        within(begins) && within(column.compressed_size()) && within(begins.saturating_add(column.compressed_size()))
    })
}

fn unguarded(bytes: &[u8]) -> Result<String, DataProblem> {
    let wrong = |error: ParquetError| DataProblem::Parquet(error.to_string());
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(bytes)).map_err(wrong)?;
    if !is_whole(reader.metadata(), bytes.len()) {
        return Err(DataProblem::Parquet(DAMAGED.to_owned()));
    }
    let unpacked =
        reader.metadata().row_groups().iter().map(|group| u64::try_from(group.total_byte_size()).unwrap_or(0));
    if unpacked.fold(0, u64::saturating_add) > MAX_BYTES {
        return Err(DataProblem::UnpacksTooLarge);
    }
    let columns = reader.metadata().file_metadata().schema().get_fields();
    if columns.len() > MAX_HEADER {
        return Err(DataProblem::TooManyColumns { found: columns.len(), most: MAX_HEADER });
    }
    let mut text = String::new();
    line(&mut text, columns.iter().map(|column| Some(quoted(column.name()))));
    for row in reader.get_row_iter(None).map_err(wrong)? {
        line(&mut text, row.map_err(wrong)?.get_column_iter().map(|(_, field)| written(field)));
        if text.len() as u64 > MAX_BYTES {
            return Err(DataProblem::UnpacksTooLarge);
        }
    }
    Ok(text)
}

fn line(text: &mut String, fields: impl Iterator<Item = Option<String>>) {
    for (at, field) in fields.enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(text, "{comma}{}", field.unwrap_or_default());
    }
    text.push('\n');
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A value as a field; none where it is missing.
fn written(field: &Field) -> Option<String> {
    Some(match field {
        Field::Null => return None,
        Field::Bool(value) => value.to_string(),
        Field::Byte(value) => value.to_string(),
        Field::Short(value) => value.to_string(),
        Field::Int(value) => value.to_string(),
        Field::Long(value) => value.to_string(),
        Field::UByte(value) => value.to_string(),
        Field::UShort(value) => value.to_string(),
        Field::UInt(value) => value.to_string(),
        Field::ULong(value) => value.to_string(),
        Field::Float(value) => f64::from(*value).to_string(),
        Field::Double(value) => value.to_string(),
        Field::Str(value) => quoted(value),
        other => quoted(&other.to_string()),
    })
}
