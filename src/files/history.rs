//! `history.csv`: what trainings did on their way, one row per training and recorded step.

use crate::csv_text::{ROOM, write_number};
use crate::engine::Output;
use crate::sweep::{SweepCommon, TileOutcomes};
use std::io::{self, Write};

/// Writes the rows as tiles come.
pub struct HistoryCsv<W: Write> {
    writer: W,
    grid: SweepCommon,
}

impl<W: Write> HistoryCsv<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn new(mut writer: W, grid: &SweepCommon) -> io::Result<Self> {
        let axes = std::iter::once(&grid.x).chain(&grid.y).map(|axis| axis.name.as_str());
        let columns = grid.history.iter().flat_map(|history| &history.columns).map(String::as_str);
        let header: Vec<&str> = axes.chain(["step"]).chain(columns).collect();
        writeln!(writer, "{}", header.join(","))?;
        Ok(Self { writer, grid: grid.clone() })
    }

    /// Flushes and gives the writer back.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn finish(mut self) -> io::Result<W> {
        self.writer.flush()?;
        Ok(self.writer)
    }
}

impl<W: Write> Output for HistoryCsv<W> {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        let Some(history) = &self.grid.history else { return Ok(()) };
        let wide = self.grid.precision.is_wide();
        let (x, y) = (self.grid.x_values(tile.tile), self.grid.y_values(tile.tile));
        let records = self.grid.records();
        let mut line = Vec::new();
        for cell in 0..tile.tile.cells() {
            let (column, row) = (cell % tile.tile.nx, cell / tile.tile.nx);
            for record in 0..records {
                let at = cell * records + record;
                // Nothing is written from the end of a training on.
                if !tile.history[0][at].is_finite() {
                    break;
                }
                line.clear();
                append(&mut line, x[column], wide);
                if self.grid.y.is_some() {
                    append(&mut line, y[row], wide);
                }
                write!(line, "{}", record as u64 * u64::from(history.every))?;
                for values in &tile.history {
                    line.push(b',');
                    append(&mut line, values[at], wide);
                    line.pop();
                }
                line.push(b'\n');
                self.writer.write_all(&line)?;
            }
        }
        Ok(())
    }
}

/// A number and a comma.
fn append(line: &mut Vec<u8>, value: f64, wide: bool) {
    let from = line.len();
    line.resize(from + ROOM, 0);
    let length = write_number(value, wide, &mut line[from..]);
    line.truncate(from + length);
    line.push(b',');
}
