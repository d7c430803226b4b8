//! `history.csv`: what trainings did on their way, one row per training and recorded step.

use super::csv::NO_CSV;
use super::deferred::{DeferredFile, FOLDER, unwritable};
use super::output::{Created, FileOutput, Finished, OutputContext, OutputError, OutputRow};
use crate::csv_text::{CsvRows, MAX_UNASKED_ROWS, ShortText};
use crate::engine::Output;
use crate::store::WholeFile;
use crate::sweep::{SweepCommon, TileOutcomes};
use std::io::{self, Write};

pub const ROW: OutputRow =
    OutputRow { name: "history.csv", flags: &[], own_run: false, note: Some(note), check: None, create };

fn create(context: &OutputContext<'_>) -> Created {
    let grid = context.sweep;
    if context.flags.is_given(&NO_CSV) || grid.history.is_none() || is_large(grid) {
        return Ok(None);
    }
    let path = context.folder.join("history.csv");
    let file = context.file(FOLDER, &path)?;
    let csv = HistoryCsv::new(file, grid).map_err(|error| unwritable("--out", &path, &error))?;
    Ok(Some(Box::new(csv)))
}

fn note(context: &OutputContext<'_>) -> Option<String> {
    let wanted = !context.flags.is_given(&NO_CSV) && context.sweep.history.is_some();
    (wanted && is_large(context.sweep))
        .then(|| format!("no history.csv above {MAX_UNASKED_ROWS} rows; --npy DIR writes the histories"))
}

/// Whether there are more rows than a CSV has unasked.
fn is_large(grid: &SweepCommon) -> bool {
    grid.cells().saturating_mul(grid.records()) > MAX_UNASKED_ROWS
}

/// Writes the rows as tiles come.
pub struct HistoryCsv<W: Write> {
    rows: CsvRows<W>,
    grid: SweepCommon,
}

impl<W: Write> HistoryCsv<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn new(writer: W, grid: &SweepCommon) -> io::Result<Self> {
        let axes = std::iter::once(&grid.x).chain(&grid.y).map(|axis| axis.name.as_str());
        let columns = grid.history.iter().flat_map(|history| &history.columns).map(|column| column.name.as_str());
        Ok(Self { rows: CsvRows::new(writer, axes.chain(["step"]).chain(columns))?, grid: grid.clone() })
    }

    /// Flushes and gives the writer back.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn finish(self) -> io::Result<W> {
        self.rows.finish()
    }
}

impl<W: Write> Output for HistoryCsv<W> {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        let Some(history) = &self.grid.history else { return Ok(()) };
        let wide = self.grid.precision.is_wide();
        let texts = |values: Vec<f64>| values.into_iter().map(|value| ShortText::number(value, wide)).collect();
        let x: Vec<ShortText> = texts(self.grid.x_values(tile.tile));
        let y: Vec<ShortText> = if self.grid.y.is_some() { texts(self.grid.y_values(tile.tile)) } else { Vec::new() };
        let records = self.grid.records();
        let columns: Vec<_> = history.columns.iter().map(|column| tile.values(column)).collect();
        for cell in 0..tile.tile.cells() {
            // Nothing is written from the end of a training on.
            let places = (cell * records..(cell + 1) * records).take_while(|at| tile.history[0][*at].is_finite());
            for (record, at) in places.enumerate() {
                self.rows.short(&x[cell % tile.tile.nx])?;
                y.get(cell / tile.tile.nx).map_or(Ok(()), |y| self.rows.short(y))?;
                self.rows.whole(record as u64 * u64::from(history.every))?;
                columns.iter().try_for_each(|values| self.rows.number(values.number(at), wide))?;
                self.rows.end()?;
            }
        }
        Ok(())
    }
}

impl FileOutput for HistoryCsv<DeferredFile> {
    fn finish(self: Box<Self>, _: &Finished<'_>) -> Result<Vec<WholeFile>, OutputError> {
        Ok(vec![(*self).finish()?.whole()?])
    }
}
