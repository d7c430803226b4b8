//! `losses.csv`: one row per cell, y-major, in the shortest numbers that read back to the same bits.

use super::Output;
use crate::sweep::{Spec, TileOutcomes};
use std::io::{self, Write};

/// Writes rows as tiles come.
pub struct CsvOutput<W: Write> {
    writer: csv::Writer<W>,
    spec: Spec,
    /// Rows written.
    rows: u64,
}

impl<W: Write> CsvOutput<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn new(writer: W, spec: &Spec) -> io::Result<Self> {
        let mut writer = csv::WriterBuilder::new().buffer_capacity(1 << 16).from_writer(writer);
        let axes = std::iter::once(&spec.x).chain(&spec.y).map(|axis| axis.name.clone());
        let parameters = spec.objective.parameters().iter().map(|name| format!("{name}_final"));
        let losses = ["loss_start", "loss_final"].map(str::to_owned);
        let ends = ["steps", "outcome"].map(str::to_owned);
        let header: Vec<String> = axes.chain(losses).chain(parameters).chain(ends).collect();
        writer.write_record(&header).map_err(into_io)?;
        Ok(Self { writer, spec: spec.clone(), rows: 0 })
    }

    /// Rows written so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Flushes and gives the writer back.
    ///
    /// # Errors
    /// Whatever writing gives.
    pub fn finish(self) -> io::Result<W> {
        self.writer.into_inner().map_err(|error| io::Error::new(error.error().kind(), error.error().to_string()))
    }
}

impl<W: Write> CsvOutput<W> {
    fn rows_of(&mut self, tile: &TileOutcomes) -> csv::Result<()> {
        let wide = self.spec.program.precision.is_wide();
        let mut number = Number::new(wide);
        let x: Vec<String> = self.spec.x_values(tile.tile).iter().map(|value| number.text(*value).to_owned()).collect();
        let y: Vec<String> = self.spec.y_values(tile.tile).iter().map(|value| number.text(*value).to_owned()).collect();
        // A compensated parameter is a sum of two f32 and needs the digits of an f64.
        let mut position = Number::new(wide || self.spec.program.parameters.iter().any(|p| p.lo.is_some()));
        for cell in 0..tile.tile.cells() {
            self.writer.write_field(&x[cell % tile.tile.nx])?;
            if self.spec.y.is_some() {
                self.writer.write_field(&y[cell / tile.tile.nx])?;
            }
            self.writer.write_field(number.text(tile.loss_start[cell]))?;
            self.writer.write_field(number.text(tile.loss_final[cell]))?;
            for values in &tile.parameters {
                self.writer.write_field(position.text(values[cell]))?;
            }
            self.writer.write_field(tile.steps[cell].to_string())?;
            self.writer.write_field(tile.outcome[cell].word())?;
            self.writer.write_record(None::<&[u8]>)?;
            self.rows += 1;
        }
        Ok(())
    }
}

impl<W: Write> Output for CsvOutput<W> {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.rows_of(tile).map_err(into_io)
    }
}

/// The failure itself, so that a closed pipe is still seen to be one.
fn into_io(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Shortest round-trip text of f32 or f64 values.
struct Number {
    wide: bool,
    buffer: ryu::Buffer,
}

impl Number {
    fn new(wide: bool) -> Self {
        Self { wide, buffer: ryu::Buffer::new() }
    }

    /// The number; nothing at all for a value that does not exist.
    fn text(&mut self, value: f64) -> &str {
        if !value.is_finite() {
            return "";
        }
        let text = if self.wide { self.buffer.format_finite(value) } else { self.buffer.format_finite(value as f32) };
        text.strip_suffix(".0").unwrap_or(text)
    }
}
