//! The measures of a map in a few numbers.

use crate::sweep::{Column, ColumnKind, ColumnScale, SweepCommon, TileOutcomes};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a column of measures comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeasuredFacts {
    pub name: String,
    /// Cells of which it is not known.
    pub unknown: u64,
    #[serde(flatten)]
    pub values: MeasuredValues,
    /// Whether minima are told apart by their loss, and no training has come to one.
    #[serde(skip)]
    pub nothing_arrived: bool,
    /// Of minima that are told apart by it, the lowest loss of each.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lowest_losses: BTreeMap<u32, f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasuredValues {
    /// Cells of each class.
    Classes(BTreeMap<u32, u64>),
    /// Of numbers: the least and the largest, and how many are above 0. Absent where none is known.
    Numbers(Option<Range>),
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Range {
    pub least: f64,
    pub largest: f64,
    pub above_zero: u64,
}

/// Gathers [`MeasuredFacts`].
#[derive(Debug, Clone)]
pub struct MeasuredTally {
    column: Column,
    /// Whether the column is of minima, and trainings reached them.
    by_loss: bool,
    facts: MeasuredFacts,
}

impl MeasuredTally {
    /// One for each measure that was asked for.
    pub fn of_all(grid: &SweepCommon) -> Vec<Self> {
        // Trainings have their lowest loss without being asked.
        let asked = |column: &&Column| {
            column.is_asked() || (grid.title.is_formula && matches!(column.kind, ColumnKind::Loss(_)))
        };
        grid.measures().filter(asked).map(|column| Self::new(column, grid)).collect()
    }

    fn new(column: &Column, grid: &SweepCommon) -> Self {
        let values = match column.style.scale {
            ColumnScale::Classes => MeasuredValues::Classes(BTreeMap::new()),
            _ => MeasuredValues::Numbers(None),
        };
        // A network has no other classes.
        let by_loss = column.kind == ColumnKind::Class && !grid.title.is_formula;
        let facts = MeasuredFacts {
            name: column.name.clone(),
            unknown: 0,
            values,
            nothing_arrived: false,
            lowest_losses: BTreeMap::new(),
        };
        Self { column: column.clone(), by_loss, facts }
    }

    /// Adds all cells of a tile.
    pub fn tile(&mut self, tile: &TileOutcomes) {
        let values = tile.values(&self.column);
        for cell in 0..tile.outcome.len() {
            self.add(values.number(cell), tile.loss_final[cell]);
        }
    }

    fn add(&mut self, value: f64, loss_final: f64) {
        if !value.is_finite() {
            self.facts.unknown += 1;
            return;
        }
        if self.by_loss && value > 0.0 {
            let loss = self.facts.lowest_losses.entry(value as u32).or_insert(f64::INFINITY);
            *loss = loss.min(loss_final);
        }
        match &mut self.facts.values {
            MeasuredValues::Classes(counts) => *counts.entry(value as u32).or_default() += 1,
            MeasuredValues::Numbers(range) => {
                let Range { least, largest, above_zero } =
                    range.unwrap_or(Range { least: value, largest: value, above_zero: 0 });
                let above_zero = above_zero + u64::from(value > 0.0);
                *range = Some(Range { least: least.min(value), largest: largest.max(value), above_zero });
            }
        }
    }

    pub fn facts(&self) -> MeasuredFacts {
        MeasuredFacts { nothing_arrived: self.by_loss && self.facts.lowest_losses.is_empty(), ..self.facts.clone() }
    }
}
