//! `losses.csv`: one row per cell, y-major, in the shortest numbers that read back to the same bits.
//!
//! The rows of a tile are formatted in blocks by all threads, and the blocks are written in order while the next ones
//! are formatted. Numbers and outcome words never need quotes, so only the header goes through [`CsvRows`].

use super::deferred::{DeferredFile, unwritable};
use super::flags::{Flag, FlagKind};
use super::output::{Created, FileOutput, Finished, OutputContext, OutputError, OutputRow};
use crate::csv_text::{CsvRows, MAX_UNASKED_ROWS, ROOM, ShortText, write_number};
use crate::engine::Output;
use crate::store::WholeFile;
use crate::sweep::{self, OUTCOMES, SweepCommon, TileOutcomes};
use rayon::prelude::*;
use std::io::{self, Write};
use std::ops::Range;

/// `--csv`
pub const CSV: Flag =
    Flag::new("csv", FlagKind::FileOrStdout, "FILE|-", "The CSV's path instead of DIR/losses.csv; - is stdout");
/// `--no-csv`
pub const NO_CSV: Flag = Flag { conflicts: Some("csv"), ..Flag::new("no-csv", FlagKind::Without, "", "Write no CSV") };

pub const ROW: OutputRow =
    OutputRow { name: "losses.csv", flags: &[&CSV, &NO_CSV], own_run: false, note: Some(note), check: None, create };

fn create(context: &OutputContext<'_>) -> Created {
    if context.flags.is_given(&NO_CSV) || is_too_large_unasked(context) {
        return Ok(None);
    }
    let (flag, path) = context.path(&CSV, "losses.csv");
    let wrong = |error: io::Error| unwritable(&flag, &path, &error);
    if context.flags.takes_stdout(&CSV) {
        return Ok(Some(Box::new(CsvOutput::new(io::stdout(), context.sweep).map_err(wrong)?)));
    }
    let file = context.file(&flag, &path)?;
    Ok(Some(Box::new(CsvOutput::new(file, context.sweep).map_err(wrong)?)))
}

fn note(context: &OutputContext<'_>) -> Option<String> {
    (!context.flags.is_given(&NO_CSV) && is_too_large_unasked(context))
        .then(|| format!("no CSV above {MAX_UNASKED_ROWS} cells; --csv FILE writes it, --npy DIR is smaller"))
}

fn is_too_large_unasked(context: &OutputContext<'_>) -> bool {
    !context.flags.is_given(&CSV) && context.sweep.cells() > MAX_UNASKED_ROWS
}

impl FileOutput for CsvOutput<DeferredFile> {
    fn finish(self: Box<Self>, _: &Finished<'_>) -> Result<Vec<WholeFile>, OutputError> {
        Ok(vec![(*self).finish()?.whole()?])
    }
}

impl FileOutput for CsvOutput<io::Stdout> {
    fn finish(self: Box<Self>, _: &Finished<'_>) -> Result<Vec<WholeFile>, OutputError> {
        (*self).finish()?.flush()?;
        Ok(Vec::new())
    }
}

/// Room for the rows that one task formats, some thousands: it stays in a core's own cache until it is written.
const BLOCK_BYTES: usize = 1 << 20;

/// Writes rows as tiles come.
pub struct CsvOutput<W: Write + Send> {
    writer: W,
    grid: SweepCommon,
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
    texts: Vec<Text>,
    rows: usize,
}

/// The rows of one block. Bytes after `len` are of no meaning.
#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    len: usize,
}

impl<W: Write + Send> CsvOutput<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn new(mut writer: W, grid: &SweepCommon) -> io::Result<Self> {
        let axes = std::iter::once(&grid.x).chain(&grid.y).map(|axis| axis.name.clone());
        let header: Vec<String> = axes.chain(grid.columns.iter().map(|column| column.name.clone())).collect();
        writer.write_all(&CsvRows::new(Vec::new(), &header)?.finish()?)?;
        let block_rows = (BLOCK_BYTES / (header.len() * ROOM)).max(1);
        let (ready, coming) = (Blocks::default(), Blocks::default());
        Ok(Self { writer, grid: grid.clone(), rows: 0, block_rows, ready, coming })
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
        let rows = Rows::new(&self.grid, tile);
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
        self.texts.resize_with(cells.len().div_ceil(size), Text::default);
        let block = |(at, text): (usize, &mut Text)| {
            let from = cells.start + at * size;
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
            self.texts.iter().try_for_each(|text| writer.write_all(&text.bytes[..text.len]))?;
            *written += self.rows as u64;
        }
        Ok(())
    }
}

/// The rows of one tile.
struct Rows<'a> {
    tile: &'a TileOutcomes,
    /// What stands before the steps: values, and whether f32 cannot hold them.
    reals: Vec<(&'a [f64], bool)>,
    x: Vec<ShortText>,
    /// Empty texts where there is no y axis.
    y: Vec<ShortText>,
    /// The words, by the code of the outcome.
    words: [ShortText; OUTCOMES.len()],
}

impl<'a> Rows<'a> {
    fn new(grid: &SweepCommon, tile: &'a TileOutcomes) -> Self {
        let wide = grid.precision.is_wide();
        let text = |value: &f64| ShortText::number(*value, wide).then(",");
        let real = |column: &sweep::Column| Some((tile.values(column).reals()?, column.value.is_wide()));
        Self {
            tile,
            reals: grid.columns.iter().filter_map(real).collect(),
            x: grid.x_values(tile.tile).iter().map(text).collect(),
            y: match grid.y {
                Some(_) => grid.y_values(tile.tile).iter().map(text).collect(),
                None => vec![ShortText::EMPTY; tile.tile.ny],
            },
            words: OUTCOMES.map(|outcome| ShortText::EMPTY.then(outcome.word()).then("\n")),
        }
    }

    fn format(&self, cells: Range<usize>, text: &mut Text) {
        let mut columns: Vec<Column<'_>> = self.reals.iter().map(|(values, wide)| Column::new(values, *wide)).collect();
        let (mut whole, mut steps) = (itoa::Buffer::new(), (0, ShortText::EMPTY.then("0,")));
        // Every text writes all of its room: two axes, the columns, the steps and the word.
        let room = cells.len() * (columns.len() + 4) * ROOM;
        if text.bytes.len() < room {
            // Zeros that nobody writes over are never touched; a text that grows would be filled with them.
            text.bytes = vec![0; room];
        }
        let (nx, out, mut at) = (self.tile.tile.nx, &mut text.bytes[..], 0);
        let (mut x, mut y) = (cells.start % nx, cells.start / nx);
        for cell in cells {
            at = self.x[x].put(out, at);
            at = self.y[y].put(out, at);
            for column in &mut columns {
                at = column.write(cell, out, at);
            }
            if self.tile.steps[cell] != steps.0 {
                steps.0 = self.tile.steps[cell];
                steps.1 = ShortText::EMPTY.then(whole.format(steps.0)).then(",");
            }
            at = steps.1.put(out, at);
            at = self.words[self.tile.outcome[cell] as usize].put(out, at);
            x += 1;
            if x == nx {
                (x, y) = (0, y + 1);
            }
        }
        text.len = at;
    }
}

/// A column of numbers on its way into a text. Neighbours are often equal (`loss_start` along a row, losses that did not
/// move), and copying a text is cheaper than finding it again.
struct Column<'a> {
    values: &'a [f64],
    wide: bool,
    /// Bits of the value before, and where its text stands.
    before: Option<(u64, Range<usize>)>,
}

impl<'a> Column<'a> {
    fn new(values: &'a [f64], wide: bool) -> Self {
        Self { values, wide, before: None }
    }

    /// Writes the number and a comma at `at`; gives their end.
    #[inline]
    fn write(&mut self, cell: usize, out: &mut [u8], at: usize) -> usize {
        let value = self.values[cell];
        let end = match &self.before {
            Some((bits, text)) if *bits == value.to_bits() => {
                // By way of registers: `copy_within` is a call.
                let mut place = [0; ROOM];
                place.copy_from_slice(&out[text.start..text.start + ROOM]);
                out[at..at + ROOM].copy_from_slice(&place);
                at + text.len()
            }
            _ => {
                let end = at + write_number(value, self.wide, &mut out[at..]);
                out[end] = b',';
                end + 1
            }
        };
        self.before = Some((value.to_bits(), at..end));
        end
    }
}
