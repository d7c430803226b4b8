//! Minima told apart by their loss, where points are too many to be compared: those of networks.

use crate::sweep::TileOutcomes;

/// Two losses are of one minimum where they are no further apart than this share of the largest loss at a start. Trainings
/// stop near a minimum, not in it, each at a loss of its own; symmetric copies of a minimum have the same.
const APART: f64 = 1e-3;

/// Gathers where trainings arrived.
#[derive(Debug, Clone, Default)]
pub struct LossTally {
    arrived: Vec<f64>,
    largest_start: f64,
}

/// The losses of minima, lowest first: a least and a largest for each.
#[derive(Debug, Clone, PartialEq)]
pub struct LossClasses(Vec<(f64, f64)>);

impl LossTally {
    pub fn tile(&mut self, tile: &TileOutcomes) {
        for ((outcome, loss), start) in tile.outcome.iter().zip(&tile.loss_final).zip(&tile.loss_start) {
            if outcome.has_arrived() && loss.is_finite() {
                self.arrived.push(*loss);
                self.largest_start = self.largest_start.max(start.abs());
            }
        }
    }

    /// What was seen.
    pub fn classes(&self) -> LossClasses {
        let mut losses = self.arrived.clone();
        losses.sort_by(f64::total_cmp);
        let apart = APART * self.largest_start;
        let classes = losses.chunk_by(|lower, higher| higher - lower <= apart);
        LossClasses(classes.map(|class| (class[0], class[class.len() - 1])).collect())
    }
}

impl LossClasses {
    /// The number of the class of a loss, from 1.
    pub fn of(&self, loss: f64) -> Option<usize> {
        self.0.iter().position(|(least, largest)| (*least..=*largest).contains(&loss)).map(|at| at + 1)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
