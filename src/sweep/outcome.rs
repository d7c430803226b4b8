//! What a descent came to. Decided here and in the engines' step loop, and nowhere else.

use super::tiles::Tile;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The five words, in the order of their codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Outcome {
    /// The stop rule held.
    Converged = 0,
    /// Ran out of steps below where it started.
    Descending = 1,
    /// Ran out of steps where it started, to within 1e-6 of the loss.
    Level = 2,
    /// Ran out of steps above where it started.
    Rising = 3,
    /// The loss passed the bar, or loss or parameters were no longer finite.
    Diverged = 4,
}

/// All outcomes, in the order of their codes.
pub const OUTCOMES: [Outcome; 5] =
    [Outcome::Converged, Outcome::Descending, Outcome::Level, Outcome::Rising, Outcome::Diverged];

/// What outcome buffers hold before an engine writes them. It must not survive a run.
pub const NEVER_WRITTEN: u8 = 255;

impl Outcome {
    /// The outcome of a code below 5.
    pub fn from_code(code: u8) -> Option<Self> {
        OUTCOMES.get(usize::from(code)).copied()
    }

    /// The word used in every file.
    pub fn word(self) -> &'static str {
        ["converged", "descending", "level", "rising", "diverged"][self as usize]
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How far the loss must move, relative to where it began, to count as moved.
pub const LEVEL: f64 = 1e-6;

/// The outcome of a descent that neither converged nor diverged in all its steps.
pub fn unfinished(loss_start: f64, loss_final: f64) -> Outcome {
    let epsilon = LEVEL * loss_start.abs();
    if loss_final < loss_start - epsilon {
        Outcome::Descending
    } else if loss_final > loss_start + epsilon {
        Outcome::Rising
    } else {
        Outcome::Level
    }
}

/// The outcomes of one tile: what an engine hands to an output. Every list has one entry per cell, y-major within
/// the tile.
#[derive(Debug, Clone, PartialEq)]
pub struct TileOutcomes {
    pub tile: Tile,
    /// Loss at the start. Not-a-number where the start itself has no finite loss (diverged at step 0).
    pub loss_start: Vec<f64>,
    /// Loss at the last step where loss and parameters were finite. Not-a-number only where `loss_start` is.
    pub loss_final: Vec<f64>,
    /// One list per column of [`super::SweepCommon::finals`], as of the step of `loss_final` (the start, where there is none):
    /// of a formula, where each parameter got to.
    pub finals: Vec<Vec<f64>>,
    /// One list per column of [`super::History`]; for every cell one number for each recorded step, not-a-number from
    /// its end on. Empty without a history.
    pub history: Vec<Vec<f64>>,
    /// The step k at which the outcome was decided.
    pub steps: Vec<u32>,
    pub outcome: Vec<Outcome>,
}

impl TileOutcomes {
    /// Room for a tile's outcomes, for an engine to fill.
    pub fn with_room(tile: Tile, finals: usize) -> Self {
        let cells = tile.cells();
        Self {
            tile,
            loss_start: Vec::with_capacity(cells),
            loss_final: Vec::with_capacity(cells),
            finals: vec![Vec::with_capacity(cells); finals],
            history: Vec::new(),
            steps: Vec::with_capacity(cells),
            outcome: Vec::with_capacity(cells),
        }
    }

    /// Adds the cells of the tile that follows.
    pub fn append(&mut self, next: Self) {
        self.loss_start.extend(next.loss_start);
        self.loss_final.extend(next.loss_final);
        for (mine, more) in self.finals.iter_mut().zip(next.finals) {
            mine.extend(more);
        }
        self.history.resize(next.history.len(), Vec::new());
        for (mine, more) in self.history.iter_mut().zip(next.history) {
            mine.extend(more);
        }
        self.steps.extend(next.steps);
        self.outcome.extend(next.outcome);
    }
}
