//! `losses.csv`: one row per cell, y-major, in the shortest numbers that read back to the same bits.
//!
//! The rows of a tile are formatted in blocks by all threads, and the blocks are written in order while the next ones
//! are formatted. Numbers and outcome words never need quotes, so only the header goes through the `csv` crate.

use super::Output;
use crate::number::push_shortest;
use crate::sweep::{Spec, TileOutcomes};
use rayon::prelude::*;
use std::io::{self, Write};
use std::ops::Range;

/// Rows that one task formats: some 250 kB of text, which stays in a core's own cache until it is written.
const BLOCK_ROWS: usize = 4096;

/// Writes rows as tiles come.
pub struct CsvOutput<W: Write + Send> {
    writer: W,
    spec: Spec,
    /// Rows written.
    rows: u64,
    block_rows: usize,
    /// Texts being written and texts being formatted; kept, because fresh memory costs more than filling it.
    ready: Blocks,
    coming: Blocks,
}

/// Some blocks of rows, as text.
#[derive(Default)]
struct Blocks {
    texts: Vec<Vec<u8>>,
    rows: usize,
}

impl<W: Write + Send> CsvOutput<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn new(mut writer: W, spec: &Spec) -> io::Result<Self> {
        let axes = std::iter::once(&spec.x).chain(&spec.y).map(|axis| axis.name.clone());
        let parameters = spec.objective.parameters().iter().map(|name| format!("{name}_final"));
        let losses = ["loss_start", "loss_final"].map(str::to_owned);
        let ends = ["steps", "outcome"].map(str::to_owned);
        let header: Vec<String> = axes.chain(losses).chain(parameters).chain(ends).collect();
        let mut line = csv::Writer::from_writer(Vec::new());
        line.write_record(&header)?;
        writer.write_all(&line.into_inner().map_err(csv::IntoInnerError::into_error)?)?;
        let (ready, coming) = (Blocks::default(), Blocks::default());
        Ok(Self { writer, spec: spec.clone(), rows: 0, block_rows: BLOCK_ROWS, ready, coming })
    }

    /// The same output with another number of rows per task. What is written does not depend on it.
    #[must_use]
    pub fn with_block_rows(mut self, rows: usize) -> Self {
        self.block_rows = rows.max(1);
        self
    }

    /// Rows written so far.
    pub fn rows(&self) -> u64 {
        self.rows
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

impl<W: Write + Send> Output for CsvOutput<W> {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        let rows = Rows::new(&self.spec, tile);
        let cells = tile.tile.cells();
        if cells <= self.block_rows {
            // Not worth waking threads for.
            self.coming.format(&rows, 0..cells, cells);
            return self.coming.write(&mut self.writer, &mut self.rows);
        }
        // Enough that a thread that formats never waits for the one that writes, and no more: memory stays flat.
        let group = self.block_rows * 2 * rayon::current_num_threads();
        self.ready.rows = 0;
        for from in (0..cells).step_by(group) {
            let (ready, coming) = (&self.ready, &mut self.coming);
            let (writer, written) = (&mut self.writer, &mut self.rows);
            let size = self.block_rows;
            rayon::join(
                || ready.write(writer, written),
                || coming.format(&rows, from..(from + group).min(cells), size),
            )
            .0?;
            std::mem::swap(&mut self.ready, &mut self.coming);
        }
        self.ready.write(&mut self.writer, &mut self.rows)
    }
}

impl Blocks {
    /// Replaces the texts by the rows of `cells`, `size` rows each.
    fn format(&mut self, rows: &Rows<'_>, cells: Range<usize>, size: usize) {
        self.rows = cells.len();
        self.texts.resize_with(cells.len().div_ceil(size), Vec::new);
        let block = |(at, text): (usize, &mut Vec<u8>)| {
            let from = cells.start + at * size;
            text.clear();
            rows.format(from..(from + size).min(cells.end), text);
        };
        match &mut self.texts[..] {
            [only] => block((0, only)),
            texts => texts.par_iter_mut().enumerate().for_each(block),
        }
    }

    /// Writes what there is and counts its rows.
    fn write(&self, writer: &mut impl Write, written: &mut u64) -> io::Result<()> {
        if self.rows > 0 {
            self.texts.iter().try_for_each(|text| writer.write_all(text))?;
            *written += self.rows as u64;
        }
        Ok(())
    }
}

/// The rows of one tile.
struct Rows<'a> {
    tile: &'a TileOutcomes,
    x: Vec<String>,
    /// Empty texts where there is no y axis.
    y: Vec<String>,
    wide: bool,
    /// A compensated parameter is a sum of two f32 and needs the digits of an f64.
    wide_parameters: bool,
}

impl<'a> Rows<'a> {
    fn new(spec: &Spec, tile: &'a TileOutcomes) -> Self {
        let wide = spec.program.precision.is_wide();
        let text = |value: &f64| {
            let mut text = Vec::new();
            push_shortest(*value, wide, &mut text);
            text.push(b',');
            String::from_utf8_lossy(&text).into_owned()
        };
        Self {
            tile,
            x: spec.x_values(tile.tile).iter().map(text).collect(),
            y: match spec.y {
                Some(_) => spec.y_values(tile.tile).iter().map(text).collect(),
                None => vec![String::new(); tile.tile.ny],
            },
            wide,
            wide_parameters: wide || spec.program.parameters.iter().any(|p| p.lo.is_some()),
        }
    }

    fn format(&self, cells: Range<usize>, text: &mut Vec<u8>) {
        let losses = [&self.tile.loss_start, &self.tile.loss_final].map(|values| Column::new(values, self.wide));
        let parameters = self.tile.parameters.iter().map(|values| Column::new(values, self.wide_parameters));
        let mut columns: Vec<Column<'_>> = losses.into_iter().chain(parameters).collect();
        let mut whole = itoa::Buffer::new();
        for cell in cells {
            text.extend_from_slice(self.x[cell % self.tile.tile.nx].as_bytes());
            text.extend_from_slice(self.y[cell / self.tile.tile.nx].as_bytes());
            for column in &mut columns {
                column.write(cell, text);
                text.push(b',');
            }
            text.extend_from_slice(whole.format(self.tile.steps[cell]).as_bytes());
            text.push(b',');
            text.extend_from_slice(self.tile.outcome[cell].word().as_bytes());
            text.push(b'\n');
        }
    }
}

/// A column of numbers on its way into a text. Neighbours are often equal (`loss_start` along a row, losses that did not
/// move), and copying a text is cheaper than finding it again.
struct Column<'a> {
    values: &'a [f64],
    wide: bool,
    /// Bits of the value before, and where its text stands.
    before: (u64, Range<usize>),
}

impl<'a> Column<'a> {
    fn new(values: &'a [f64], wide: bool) -> Self {
        // The text of not-a-number is empty, and so is this.
        Self { values, wide, before: (f64::NAN.to_bits(), 0..0) }
    }

    fn write(&mut self, cell: usize, text: &mut Vec<u8>) {
        let value = self.values[cell];
        let from = text.len();
        if value.to_bits() == self.before.0 {
            text.extend_from_within(self.before.1.clone());
        } else {
            push_shortest(value, self.wide, text);
        }
        self.before = (value.to_bits(), from..text.len());
    }
}
