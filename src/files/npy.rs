//! `--npy DIR`: one `.npy` per column, shape (ny, nx), and the axes' values.

use super::deferred::{Claims, unwritable};
use super::flags::{Flag, FlagKind};
use super::output::{Created, FileOutput, Finished, OutputContext, OutputError, OutputRow};
use crate::engine::Output;
use crate::store::{AtomicFile, Bounds, WholeFile};
use crate::sweep::{self, ColumnKind, RequestError, SweepAxis, SweepCommon, TileOutcomes, ValueType, Values};
use npyz::{AutoSerialize, NpyWriter, WriterBuilder};
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

/// `--npy`
pub const NPY: Flag = Flag::new("npy", FlagKind::Folder, "DIR", "One .npy per column, for big grids");

pub const ROW: OutputRow = OutputRow { name: "NPY", flags: &[&NPY], own_run: false, note: None, check: None, create };

fn create(context: &OutputContext<'_>) -> Created {
    let Some(folder) = context.flags.path(&NPY) else { return Ok(None) };
    let folder = Folder { path: folder, bounds: context.bounds(), claims: &context.claims };
    Ok(Some(Box::new(NpyOutput::create(folder, context.sweep)?)))
}

impl FileOutput for NpyOutput {
    fn finish(self: Box<Self>, _: &Finished<'_>) -> Result<Vec<WholeFile>, OutputError> {
        Ok((*self).finish()?)
    }
}

/// Where the files of columns are made.
#[derive(Clone, Copy)]
struct Folder<'a> {
    path: &'a Path,
    bounds: Bounds<'a>,
    claims: &'a Claims,
}

/// A column under way.
struct Column<T: AutoSerialize> {
    partial: AtomicFile,
    /// The same open file as the writer's, which closes its own.
    file: File,
    writer: NpyWriter<T, BufWriter<File>>,
}

impl<T: AutoSerialize> Column<T> {
    fn create(folder: Folder<'_>, name: &str, shape: &[u64]) -> Result<Self, RequestError> {
        let path = folder.path.join(format!("{name}.npy"));
        let wrong = |error: io::Error| unwritable(&NPY.typed(), &path, &error);
        let (partial, buffer) = AtomicFile::create_in(folder.bounds, &path).map_err(wrong)?;
        folder.claims.add(&NPY.typed(), &path, partial.place())?;
        let file = buffer.get_ref().try_clone().map_err(wrong)?;
        let writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(buffer).begin_nd().map_err(wrong)?;
        Ok(Self { partial, file, writer })
    }

    fn finish(self) -> io::Result<WholeFile> {
        self.writer.finish()?;
        self.partial.whole(self.file)
    }
}

/// A column of results, of the type that its values have.
enum ResultColumn {
    F32(Column<f32>),
    F64(Column<f64>),
    U32(Column<u32>),
    /// Codes of outcomes.
    U8(Column<u8>),
}

impl ResultColumn {
    fn create(value: ValueType, folder: Folder<'_>, name: &str, shape: &[u64]) -> Result<Self, RequestError> {
        Ok(match value {
            ValueType::F32 => Self::F32(Column::create(folder, name, shape)?),
            ValueType::F64 => Self::F64(Column::create(folder, name, shape)?),
            ValueType::U32 => Self::U32(Column::create(folder, name, shape)?),
            ValueType::Outcome => Self::U8(Column::create(folder, name, shape)?),
        })
    }

    fn extend(&mut self, values: Values<'_>) -> io::Result<()> {
        match values {
            Values::Reals(values) => self.numbers(values.iter().copied()),
            Values::Steps(values) => self.numbers(values.iter().map(|steps| f64::from(*steps))),
            Values::Outcomes(values) => self.numbers(values.iter().map(|outcome| f64::from(*outcome as u8))),
        }
    }

    /// Every type but f64 holds its numbers to the bit.
    fn numbers(&mut self, values: impl Iterator<Item = f64>) -> io::Result<()> {
        match self {
            Self::F32(column) => column.writer.extend(values.map(|value| value as f32)),
            Self::F64(column) => column.writer.extend(values),
            Self::U32(column) => column.writer.extend(values.map(|value| value as u32)),
            Self::U8(column) => column.writer.extend(values.map(|value| value as u8)),
        }
    }

    fn finish(self) -> io::Result<WholeFile> {
        match self {
            Self::F32(column) => column.finish(),
            Self::F64(column) => column.finish(),
            Self::U32(column) => column.finish(),
            Self::U8(column) => column.finish(),
        }
    }
}

/// Writes the columns as tiles come.
pub struct NpyOutput {
    axes: Vec<Column<f64>>,
    /// Those of histories come before the steps: by cell and record, from the end of a training on not-a-number.
    columns: Vec<(sweep::Column, ResultColumn)>,
}

impl NpyOutput {
    /// Creates every file and writes the axes.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn new(folder: &Path, grid: &SweepCommon) -> Result<Self, RequestError> {
        Self::create(Folder { path: folder, bounds: Bounds::Anywhere, claims: &Claims::default() }, grid)
    }

    fn create(folder: Folder<'_>, grid: &SweepCommon) -> Result<Self, RequestError> {
        let shape = match grid.y {
            Some(_) => vec![grid.ny() as u64, grid.nx() as u64],
            None => vec![grid.nx() as u64],
        };
        let by_record: Vec<u64> = shape.iter().copied().chain([grid.records() as u64]).collect();
        let is_last = |column: &&sweep::Column| matches!(column.kind, ColumnKind::Steps | ColumnKind::Outcome);
        let (last, first): (Vec<_>, Vec<_>) = grid.columns.iter().partition(is_last);
        let plain = |column: &'_ sweep::Column| (column.clone(), column.name.clone(), &shape);
        let history = grid.history.iter().flat_map(|history| &history.columns);
        let history = history.map(|column| (column.clone(), format!("history_{}", column.name), &by_record));
        let all = first.into_iter().map(plain).chain(history).chain(last.into_iter().map(plain));
        let columns = all.map(|(column, name, shape)| {
            let created = ResultColumn::create(column.value, folder, &name, shape)?;
            Ok((column, created))
        });
        Ok(Self { columns: columns.collect::<Result<_, RequestError>>()?, axes: write_axes(folder, grid)? })
    }

    /// Completes every file.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn finish(self) -> io::Result<Vec<WholeFile>> {
        let axes = self.axes.into_iter().map(Column::finish);
        axes.chain(self.columns.into_iter().map(|(_, column)| column.finish())).collect()
    }
}

/// The values of each axis, in f64 after rounding to the working precision.
fn write_axes(folder: Folder<'_>, grid: &SweepCommon) -> Result<Vec<Column<f64>>, RequestError> {
    let axes = std::iter::once(&grid.x).chain(&grid.y);
    let write = |axis: &SweepAxis| {
        let values = axis.axis.values().map(|value| grid.precision.round(value));
        let mut column = Column::create(folder, &axis.name, &[axis.axis.len() as u64])?;
        column.writer.extend(values).map_err(|error| unwritable(&NPY.typed(), folder.path, &error))?;
        Ok(column)
    };
    axes.map(write).collect()
}

impl Output for NpyOutput {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.columns.iter_mut().try_for_each(|(column, file)| file.extend(tile.values(column)))
    }
}
