//! `--parquet FILE`: the columns of `losses.csv` in one file that table engines read by column.
//!
//! Numbers have the types of `--npy`, not-a-number included; outcomes are words in a dictionary. The resolved request
//! lies in the file's own metadata. Row groups all have the same number of rows rather than those of a tile, so that the
//! file is the same byte for byte however a sweep was cut into tiles and parts.

use super::deferred::DeferredFile;
use super::flags::{Flag, FlagKind};
use super::output::{Created, FileOutput, Finished, OutputContext, OutputError, OutputRow};
use crate::engine::Output;
use crate::store::{WholeFile, described};
use crate::sweep::{OUTCOMES, Outcome, RequestError, Sweep, SweepCommon, TileOutcomes, ValueType, Values};
use bytes::Bytes;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::column::writer::{ColumnCloseResult, get_column_writer, get_typed_column_writer};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::types::{ColumnDescPtr, ColumnPath, Type, TypePtr};
use std::io::{self, Write};
use std::iter::{once, repeat_n};
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

/// `--parquet`
pub const PARQUET: Flag =
    Flag::new("parquet", FlagKind::File, "FILE", "The columns of the CSV as Parquet, for data frames and databases");

pub const ROW: OutputRow =
    OutputRow { name: "Parquet", flags: &[&PARQUET], own_run: false, note: None, check: None, create };

/// Rows of a group: enough for readers to skip by, few enough to be kept until they are complete.
const GROUP_ROWS: usize = 1 << 18;

fn create(context: &OutputContext<'_>) -> Created {
    let Some(file) = context.file_of(&PARQUET)? else { return Ok(None) };
    let wrong = |error: io::Error| RequestError::new(&PARQUET.typed(), "", format!("cannot be written ({error})"));
    Ok(Some(Box::new(ParquetOutput::new(file, context.sweep).map_err(wrong)?)))
}

/// Writes row groups as tiles come.
pub struct ParquetOutput<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    grid: SweepCommon,
    group_rows: usize,
    x: Buffer,
    y: Option<Buffer>,
    /// In the order of [`SweepCommon::columns`].
    columns: Vec<Buffer>,
    /// Rows that are in the buffers.
    rows: usize,
    /// The columns of the group before, which threads pack while its successor fills.
    packing: Vec<Receiver<Result<Packed, ParquetError>>>,
}

/// Values of a column that are still to be written.
enum Buffer {
    F32(Vec<f32>),
    F64(Vec<f64>),
    /// The bits of u32, which Parquet keeps in i32.
    U32(Vec<i32>),
    Words(Vec<Outcome>),
}

impl<W: Write + Send> ParquetOutput<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn new(writer: W, sweep: &Sweep) -> io::Result<Self> {
        let grid: &SweepCommon = sweep;
        let told = |key: &str, value: String| KeyValue::new(key.to_owned(), value);
        let metadata =
            vec![told("alphasweep", env!("CARGO_PKG_VERSION").to_owned()), told("spec", described(sweep).to_string())];
        let properties =
            WriterProperties::builder().set_compression(Compression::SNAPPY).set_key_value_metadata(Some(metadata));
        // A dictionary of numbers that differ from cell to cell would be given up, after most of the time.
        let reals = grid.columns.iter().filter(|column| matches!(column.value, ValueType::F32 | ValueType::F64));
        let properties = reals.fold(properties, |properties, column| {
            properties.set_column_dictionary_enabled(ColumnPath::from(column.name.as_str()), false)
        });
        let properties = properties.build();
        let real = ValueType::real(grid.precision.is_wide());
        let schema = schema(grid, real).map_err(io_error)?;
        Ok(Self {
            writer: SerializedFileWriter::new(writer, schema, Arc::new(properties)).map_err(io_error)?,
            group_rows: GROUP_ROWS,
            x: Buffer::new(real),
            y: grid.y.as_ref().map(|_| Buffer::new(real)),
            columns: grid.columns.iter().map(|column| Buffer::new(column.value)).collect(),
            rows: 0,
            packing: Vec::new(),
            grid: grid.clone(),
        })
    }

    /// The same output with another number of rows per group.
    #[must_use]
    pub fn with_group_rows(mut self, rows: usize) -> Self {
        self.group_rows = rows.max(1);
        self
    }

    /// Writes what is left, and gives the writer back.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn finish(mut self) -> io::Result<W> {
        self.end_group()?;
        self.write_group()?;
        self.writer.into_inner().map_err(io_error)
    }

    /// Has the columns of a group packed, all at the same time; the group before goes into the file.
    fn end_group(&mut self) -> io::Result<()> {
        self.write_group()?;
        if self.rows == 0 {
            return Ok(());
        }
        self.rows = 0;
        let descriptions = self.writer.schema_descr().columns().iter();
        let buffers = once(&mut self.x).chain(&mut self.y).chain(&mut self.columns);
        for (buffer, description) in buffers.zip(descriptions) {
            let (full, description, properties) =
                (buffer.emptied(), description.clone(), self.writer.properties().clone());
            let (send, packed) = channel();
            // Nobody waits any more where another column could not be packed.
            rayon::spawn(move || drop(send.send(full.packed(&description, &properties))));
            self.packing.push(packed);
        }
        Ok(())
    }

    /// Writes the columns that are packed, one after the other.
    fn write_group(&mut self) -> io::Result<()> {
        if self.packing.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group().map_err(io_error)?;
        for packed in self.packing.drain(..) {
            let (bytes, close) = packed.recv().map_err(io::Error::other)?.map_err(io_error)?;
            group.append_column(&bytes, close).map_err(io_error)?;
        }
        group.close().map(drop).map_err(io_error)
    }
}

/// A column of a group as it lies in the file, and what is told of it.
type Packed = (Bytes, ColumnCloseResult);

/// The axes, whose values are `real`, and the columns.
fn schema(grid: &SweepCommon, real: ValueType) -> Result<TypePtr, ParquetError> {
    let axes = std::iter::once(&grid.x).chain(&grid.y).map(|axis| (&axis.name, real));
    let fields = axes.chain(grid.columns.iter().map(|column| (&column.name, column.value)));
    let field = |(name, value): (&String, ValueType)| {
        let (physical, logical) = match value {
            ValueType::F32 => (Physical::FLOAT, None),
            ValueType::F64 => (Physical::DOUBLE, None),
            ValueType::U32 => (Physical::INT32, Some(LogicalType::integer(32, false))),
            ValueType::Outcome => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let built = Type::primitive_type_builder(name, physical).with_repetition(Repetition::REQUIRED);
        built.with_logical_type(logical).build().map(Arc::new)
    };
    let fields = fields.map(field).collect::<Result<_, _>>()?;
    Type::group_type_builder("sweep").with_fields(fields).build().map(Arc::new)
}

impl Buffer {
    fn new(value: ValueType) -> Self {
        match value {
            ValueType::F32 => Self::F32(Vec::new()),
            ValueType::F64 => Self::F64(Vec::new()),
            ValueType::U32 => Self::U32(Vec::new()),
            ValueType::Outcome => Self::Words(Vec::new()),
        }
    }

    /// Takes the values of some cells.
    fn take(&mut self, values: Values<'_>, cells: Range<usize>) {
        match values {
            Values::Reals(values) => self.extend(values[cells].iter().copied()),
            Values::Steps(values) => self.extend(values[cells].iter().map(|steps| f64::from(*steps))),
            Values::Outcomes(values) => self.extend(values[cells].iter().map(|outcome| f64::from(*outcome as u8))),
        }
    }

    /// Takes numbers, each of which the column holds to the bit.
    fn extend(&mut self, numbers: impl Iterator<Item = f64>) {
        match self {
            Self::F32(values) => values.extend(numbers.map(|value| value as f32)),
            Self::F64(values) => values.extend(numbers),
            Self::U32(values) => values.extend(numbers.map(|value| value as u32 as i32)),
            Self::Words(values) => values.extend(numbers.filter_map(|code| Outcome::from_code(code as u8))),
        }
    }

    /// What is in it, and an empty one of its kind with as much room in its place.
    fn emptied(&mut self) -> Self {
        let anew = match self {
            Self::F32(values) => Self::F32(Vec::with_capacity(values.len())),
            Self::F64(values) => Self::F64(Vec::with_capacity(values.len())),
            Self::U32(values) => Self::U32(Vec::with_capacity(values.len())),
            Self::Words(values) => Self::Words(Vec::with_capacity(values.len())),
        };
        std::mem::replace(self, anew)
    }

    /// The column of a group.
    fn packed(self, column: &ColumnDescPtr, properties: &WriterPropertiesPtr) -> Result<Packed, ParquetError> {
        match self {
            Self::F32(values) => packed::<FloatType>(&values, column, properties),
            Self::F64(values) => packed::<DoubleType>(&values, column, properties),
            Self::U32(values) => packed::<Int32Type>(&values, column, properties),
            Self::Words(values) => {
                let texts = OUTCOMES.map(|outcome| ByteArray::from(Bytes::from_static(outcome.word().as_bytes())));
                let words: Vec<ByteArray> = values.iter().map(|outcome| texts[*outcome as usize].clone()).collect();
                packed::<ByteArrayType>(&words, column, properties)
            }
        }
    }
}

fn packed<T: DataType>(
    values: &[T::T],
    column: &ColumnDescPtr,
    properties: &WriterPropertiesPtr,
) -> Result<Packed, ParquetError> {
    let mut bytes = TrackedWrite::new(Vec::new());
    let pages = Box::new(SerializedPageWriter::new(&mut bytes));
    let mut writer = get_typed_column_writer::<T>(get_column_writer(column.clone(), properties.clone(), pages));
    writer.write_batch(values, None, None)?;
    let close = writer.close()?;
    Ok((bytes.into_inner()?.into(), close))
}

/// The error of the disk, where it is one.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => cause.downcast::<io::Error>().map_or_else(io::Error::other, |error| *error),
        error => io::Error::other(error),
    }
}

impl<W: Write + Send> Output for ParquetOutput<W> {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        let (x, y) = (self.grid.x_values(tile.tile), self.grid.y_values(tile.tile));
        let (nx, cells) = (tile.tile.nx, tile.tile.cells());
        let mut from = 0;
        while from < cells {
            let to = cells.min(from + self.group_rows - self.rows);
            let rows = from / nx..to.div_ceil(nx);
            for (row, y) in rows.clone().zip(&y[rows]) {
                let columns = from.max(row * nx) - row * nx..to.min((row + 1) * nx) - row * nx;
                self.y.iter_mut().for_each(|buffer| buffer.extend(repeat_n(*y, columns.len())));
                self.x.extend(x[columns].iter().copied());
            }
            for (column, buffer) in self.grid.columns.iter().zip(&mut self.columns) {
                buffer.take(tile.values(column), from..to);
            }
            self.rows += to - from;
            from = to;
            if self.rows == self.group_rows {
                self.end_group()?;
            }
        }
        Ok(())
    }
}

impl FileOutput for ParquetOutput<DeferredFile> {
    fn finish(self: Box<Self>, _: &Finished<'_>) -> Result<Vec<WholeFile>, OutputError> {
        Ok(vec![(*self).finish()?.whole()?])
    }
}
