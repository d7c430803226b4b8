//! What a descent came to. Decided by the engines' step loop and the [trend](super::Trend), and nowhere else.

use super::tiles::Tile;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The eight words, in the order of their codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Outcome {
    /// The stop rule held, and went on holding; or the user's own held.
    Converged = 0,
    /// Ran out of steps standing still, not where it began, without meeting the tolerance.
    Settled = 1,
    /// Ran out of steps on its way down.
    Descending = 2,
    /// Ran out of steps where it began: it never left.
    Level = 3,
    /// Ran out of steps moving without getting anywhere: a cycle, chaos, noise.
    Oscillating = 4,
    /// The stop rule held where no descent would stay: on a saddle or a maximum.
    Unstable = 5,
    /// Ran out of steps on its way up.
    Rising = 6,
    /// The loss passed the bar, or loss or parameters were no longer finite.
    Diverged = 7,
}

/// All outcomes, in the order of their codes.
pub const OUTCOMES: [Outcome; 8] = [
    Outcome::Converged,
    Outcome::Settled,
    Outcome::Descending,
    Outcome::Level,
    Outcome::Oscillating,
    Outcome::Unstable,
    Outcome::Rising,
    Outcome::Diverged,
];

/// Each outcome's word, and what it means in a few.
const WORDS: [(&str, &str); OUTCOMES.len()] = [
    ("converged", "slope stays below tolerance"),
    ("settled", "stands still, tolerance unmet"),
    ("descending", "still getting lower at end"),
    ("level", "never left its start"),
    ("oscillating", "moves without getting anywhere"),
    ("unstable", "rests on saddle or maximum"),
    ("rising", "still getting higher at end"),
    ("diverged", "too large, or no number"),
];

/// What outcome buffers hold before an engine writes them. It must not survive a run.
pub const NEVER_WRITTEN: u8 = 255;

impl Outcome {
    /// The outcome of a code below 8.
    pub fn from_code(code: u8) -> Option<Self> {
        OUTCOMES.get(usize::from(code)).copied()
    }

    /// The word used in every file.
    pub fn word(self) -> &'static str {
        WORDS[self as usize].0
    }

    /// What it means, in at most five words.
    pub fn meaning(self) -> &'static str {
        WORDS[self as usize].1
    }

    /// Whether the descent ended before its last step, so that the step tells descents apart.
    pub fn ends_early(self) -> bool {
        matches!(self, Self::Converged | Self::Unstable | Self::Diverged)
    }

    /// Whether it got to where it could stay.
    pub fn has_arrived(self) -> bool {
        matches!(self, Self::Converged | Self::Settled)
    }

    /// Whether it gets worse with every step.
    pub fn gets_worse(self) -> bool {
        matches!(self, Self::Rising | Self::Diverged)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How many numbers an engine finds of a cell, besides losses, steps and outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shape {
    pub parameters: usize,
    pub measures: usize,
    pub histories: usize,
    /// Per history.
    pub records: usize,
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
    /// Of a formula, where each parameter got to: one list per parameter, as of the step of `loss_final` (the start, where
    /// there is none).
    pub parameters: Vec<Vec<f64>>,
    /// Of a network, what was measured: one list per measure of [`super::SweepCommon::columns`], as of the same step.
    pub measures: Vec<Vec<f64>>,
    /// One list per row of [`super::SweepCommon::derived`]; empty until [`super::SweepCommon::derive`] fills it.
    pub derived: Vec<Vec<f64>>,
    /// One list per column of [`super::History`]; for every cell one number for each recorded step, not-a-number from
    /// its end on. Empty without a history.
    pub history: Vec<Vec<f64>>,
    /// The step k at which the outcome was decided.
    pub steps: Vec<u32>,
    pub outcome: Vec<Outcome>,
}

impl TileOutcomes {
    /// Room for a tile's outcomes, for an engine to fill.
    pub fn with_room(tile: Tile, shape: Shape) -> Self {
        let cells = tile.cells();
        Self {
            tile,
            loss_start: Vec::with_capacity(cells),
            loss_final: Vec::with_capacity(cells),
            parameters: vec![Vec::with_capacity(cells); shape.parameters],
            measures: vec![Vec::with_capacity(cells); shape.measures],
            derived: Vec::new(),
            history: Vec::new(),
            steps: Vec::with_capacity(cells),
            outcome: Vec::with_capacity(cells),
        }
    }

    /// Adds the cells of the tile that follows.
    pub fn append(&mut self, next: Self) {
        self.loss_start.extend(next.loss_start);
        self.loss_final.extend(next.loss_final);
        extend(&mut self.parameters, next.parameters);
        extend(&mut self.measures, next.measures);
        extend(&mut self.derived, next.derived);
        extend(&mut self.history, next.history);
        self.steps.extend(next.steps);
        self.outcome.extend(next.outcome);
    }
}

/// Appends lists to lists, of which there are none at first.
fn extend(all: &mut Vec<Vec<f64>>, next: Vec<Vec<f64>>) {
    all.resize(next.len(), Vec::new());
    for (mine, more) in all.iter_mut().zip(next) {
        mine.extend(more);
    }
}
