//! `--npy DIR`: one `.npy` per column, shape (ny, nx), and the axes' values.

use crate::engine::Output;
use crate::store::AtomicFile;
use crate::sweep::{SweepAxis, SweepCommon, TileOutcomes};
use npyz::{AutoSerialize, NpyWriter, WriterBuilder};
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// A column under way.
struct Column<T: AutoSerialize> {
    partial: AtomicFile,
    writer: NpyWriter<T, BufWriter<File>>,
}

impl<T: AutoSerialize> Column<T> {
    fn create(folder: &Path, name: &str, shape: &[u64]) -> io::Result<Self> {
        let (partial, file) = AtomicFile::create(&folder.join(format!("{name}.npy")))?;
        let writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(file).begin_nd()?;
        Ok(Self { partial, writer })
    }

    fn finish(self) -> io::Result<PathBuf> {
        self.writer.finish()?;
        self.partial.commit()
    }
}

/// A column in the working precision.
enum RealColumn {
    Narrow(Column<f32>),
    Wide(Column<f64>),
}

impl RealColumn {
    fn create(wide: bool, folder: &Path, name: &str, shape: &[u64]) -> io::Result<Self> {
        Ok(if wide {
            Self::Wide(Column::create(folder, name, shape)?)
        } else {
            Self::Narrow(Column::create(folder, name, shape)?)
        })
    }

    fn extend(&mut self, values: &[f64]) -> io::Result<()> {
        match self {
            Self::Narrow(column) => column.writer.extend(values.iter().map(|value| *value as f32)),
            Self::Wide(column) => column.writer.extend(values.iter().copied()),
        }
    }

    fn finish(self) -> io::Result<PathBuf> {
        match self {
            Self::Narrow(column) => column.finish(),
            Self::Wide(column) => column.finish(),
        }
    }
}

/// Writes the columns as tiles come.
pub struct NpyOutput {
    axes: Vec<Column<f64>>,
    loss_start: RealColumn,
    loss_final: RealColumn,
    finals: Vec<RealColumn>,
    /// By cell and record; from the end of a training on not-a-number.
    history: Vec<RealColumn>,
    steps: Column<u32>,
    outcome: Column<u8>,
}

impl NpyOutput {
    /// Creates every file and writes the axes.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn new(folder: &Path, grid: &SweepCommon) -> io::Result<Self> {
        let shape = match grid.y {
            Some(_) => vec![grid.ny() as u64, grid.nx() as u64],
            None => vec![grid.nx() as u64],
        };
        let wide = grid.precision.is_wide();
        let real = |name: &str| RealColumn::create(wide, folder, name, &shape);
        let finals = grid.finals.iter().map(|column| RealColumn::create(column.wide, folder, &column.name, &shape));
        let by_record: Vec<u64> = shape.iter().copied().chain([grid.records() as u64]).collect();
        let columns = grid.history.iter().flat_map(|history| &history.columns);
        let history = columns.map(|name| RealColumn::create(wide, folder, &format!("history_{name}"), &by_record));
        Ok(Self {
            history: history.collect::<io::Result<_>>()?,
            loss_start: real("loss_start")?,
            loss_final: real("loss_final")?,
            finals: finals.collect::<io::Result<_>>()?,
            steps: Column::create(folder, "steps", &shape)?,
            outcome: Column::create(folder, "outcome", &shape)?,
            axes: write_axes(folder, grid)?,
        })
    }

    /// Gives every file its name.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn finish(self) -> io::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for column in self.axes {
            paths.push(column.finish()?);
        }
        paths.push(self.loss_start.finish()?);
        paths.push(self.loss_final.finish()?);
        for column in self.finals.into_iter().chain(self.history) {
            paths.push(column.finish()?);
        }
        paths.push(self.steps.finish()?);
        paths.push(self.outcome.finish()?);
        Ok(paths)
    }
}

/// The values of each axis, in f64 after rounding to the working precision.
fn write_axes(folder: &Path, grid: &SweepCommon) -> io::Result<Vec<Column<f64>>> {
    let axes = std::iter::once(&grid.x).chain(&grid.y);
    let write = |axis: &SweepAxis| {
        let values = (0..axis.axis.len()).map(|at| grid.precision.round(axis.axis.value(at)));
        let mut column = Column::create(folder, &axis.name, &[axis.axis.len() as u64])?;
        column.writer.extend(values)?;
        Ok(column)
    };
    axes.map(write).collect()
}

impl Output for NpyOutput {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.loss_start.extend(&tile.loss_start)?;
        self.loss_final.extend(&tile.loss_final)?;
        let columns = self.finals.iter_mut().zip(&tile.finals).chain(self.history.iter_mut().zip(&tile.history));
        for (column, values) in columns {
            column.extend(values)?;
        }
        self.steps.writer.extend(tile.steps.iter().copied())?;
        self.outcome.writer.extend(tile.outcome.iter().map(|outcome| *outcome as u8))
    }
}
