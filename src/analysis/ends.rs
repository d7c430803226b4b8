//! A sample of where the descents of a map came to rest, of which the summary makes a list of minima.

use crate::problem::random::scattered;
use crate::sweep::TileOutcomes;
use std::collections::BinaryHeap;
use std::ops::Range;

/// Where a descent came to rest.
#[derive(Debug, Clone, PartialEq)]
pub struct End {
    pub loss: f64,
    pub point: Vec<f64>,
}

/// Some of the cells that came to rest, the same ones in whatever order the tiles come: those whose numbers, shuffled, are
/// smallest.
#[derive(Debug, Clone, Default)]
pub struct Ends {
    kept: BinaryHeap<Kept>,
}

/// The largest is the first that has to go.
#[derive(Debug, Clone)]
struct Kept {
    place: u64,
    end: End,
}

/// Cells that are kept, and numbers of all of them together.
const MOST: usize = 4096;
const MOST_NUMBERS: usize = 1 << 18;

impl Ends {
    /// Adds cells of a tile; the first has this number among all cells of the map.
    pub fn add(&mut self, number: usize, tile: &TileOutcomes, cells: Range<usize>) {
        // Trainings of networks end nowhere in particular.
        if tile.parameters.is_empty() {
            return;
        }
        let most = (MOST_NUMBERS / tile.parameters.len()).clamp(64, MOST);
        for (number, cell) in (number as u64..).zip(cells) {
            let place = scattered(number);
            if self.kept.len() == most && self.kept.peek().is_some_and(|last| last.place <= place) {
                continue;
            }
            let point = tile.parameters.iter().map(|values| values[cell]).collect();
            self.kept.push(Kept { place, end: End { loss: tile.loss_final[cell], point } });
            if self.kept.len() > most {
                self.kept.pop();
            }
        }
    }

    /// The sample, in an order that does not depend on the tiles'.
    pub fn sample(&self) -> Vec<End> {
        self.kept.clone().into_sorted_vec().into_iter().map(|kept| kept.end).collect()
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}

impl Eq for Kept {}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Kept {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.place.cmp(&other.place)
    }
}
