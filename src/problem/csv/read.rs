//! The values of a table, row by row.

use super::error::{DataProblem, shown};
use super::limits::Limits;
use super::note::DataNote;
use super::records::Records;
use super::sign::decimal_sign;
use super::table::{Chosen, Table};
use super::values::{Decimal, Number, is_missing, number};

impl Table<'_> {
    /// Hands over the values of the chosen columns, row by row.
    ///
    /// # Errors
    /// What is no finite number, or missing; rows of other lengths; more than the limits; no row.
    pub fn read(
        &mut self,
        chosen: &[Chosen],
        limits: &Limits,
        mut each: impl FnMut(&[f64]),
    ) -> Result<(), DataProblem> {
        let decimal = decimal_sign(self, chosen)?;
        let (mut of, mut dropped, mut grouped) = (0, 0, false);
        let mut values = Vec::with_capacity(chosen.len());
        let mut records = self.rows()?;
        while records.next(self.columns.len() == 1)? {
            of = of.max(records.row);
            values.clear();
            let row = Row { table: self, records: &records, decimal, largest: limits.largest };
            if !row.values(chosen, &mut values, &mut grouped)? {
                dropped += 1;
                continue;
            }
            if (records.row - dropped) * chosen.len().max(1) > limits.values {
                return Err(DataProblem::TooManyValues { row: records.row, most: limits.values });
            }
            each(&values);
        }
        match of {
            0 => return Err(DataProblem::NoRows),
            rows if rows == dropped => return Err(DataProblem::AllDropped(rows)),
            _ => {}
        }
        self.notes.extend((decimal == Decimal::Comma).then_some(DataNote::DecimalComma));
        self.notes.extend(grouped.then_some(DataNote::Thousands));
        self.notes.extend((dropped > 0).then_some(DataNote::Dropped { rows: dropped, of }));
        Ok(())
    }
}

/// A row that is read.
struct Row<'r, 't> {
    table: &'r Table<'t>,
    records: &'r Records<'r>,
    decimal: Decimal,
    largest: f64,
}

impl Row<'_, '_> {
    /// False where the row is left out.
    fn values(&self, chosen: &[Chosen], values: &mut Vec<f64>, grouped: &mut bool) -> Result<bool, DataProblem> {
        if !self.is_whole()? {
            return Ok(false);
        }
        for column in chosen {
            let text = self.records.field(column.at);
            if is_missing(text) {
                match self.missing(text, column.at) {
                    Some(problem) => return Err(problem),
                    None => return Ok(false),
                }
            }
            let Number { value, grouped: this } = self.value(text, column)?;
            values.push(value);
            *grouped |= this;
        }
        Ok(true)
    }

    /// Whether the row is as long as the header. What has no name may be missing at its end, and empty fields may follow.
    fn is_whole(&self) -> Result<bool, DataProblem> {
        let (records, columns) = (self.records, &self.table.columns);
        let (found, expected) = (records.len(), columns.len());
        if found == expected {
            return Ok(true);
        }
        let named = columns.iter().rposition(|column| !column.header.is_empty()).map_or(0, |at| at + 1);
        if found >= named && records.until_last() <= expected {
            return Ok(true);
        }
        if found < named && self.table.reading.drop_missing {
            return Ok(false);
        }
        Err(DataProblem::Ragged { row: records.row, line: records.line(), found, expected })
    }

    /// What a missing value is, unless rows with one are left out.
    fn missing(&self, text: &str, at: usize) -> Option<DataProblem> {
        if self.table.reading.drop_missing {
            return None;
        }
        let (place, shown) = (self.table.place(self.records, at), shown(text));
        Some(match text {
            "" => DataProblem::EmptyField(place),
            _ if text.eq_ignore_ascii_case("nan") => DataProblem::NotFinite(place, shown),
            _ => DataProblem::Missing(place, shown),
        })
    }

    /// A finite number of at most the largest magnitude.
    fn value(&self, text: &str, column: &Chosen) -> Result<Number, DataProblem> {
        if let Some(classes) = &column.classes {
            let class = classes.binary_search_by(|class| class.as_str().cmp(text)).unwrap_or(0);
            return Ok(Number { value: class as f64, grouped: false });
        }
        let place = || self.table.place(self.records, column.at);
        match number(text, self.decimal) {
            Some(number) if number.value.abs() <= self.largest => Ok(number),
            Some(number) if number.value.is_finite() => Err(DataProblem::BeyondF32(place(), shown(text))),
            Some(_) => Err(DataProblem::NotFinite(place(), shown(text))),
            None if self.table.reading.no_header && self.records.row == 1 => {
                Err(DataProblem::NameInFirstRow(place(), shown(text)))
            }
            None => Err(DataProblem::NotANumber(place(), shown(text))),
        }
    }
}
