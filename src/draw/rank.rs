//! Shades by rank: how many of the cells with the same outcome went further. A few extreme cells never flatten the rest.

use crate::sweep::{OUTCOMES, Outcome, TileOutcomes};

/// What a cell's shade goes by; small is vivid. Steps where a descent came to an end, else how far the loss moved.
pub fn measure(tile: &TileOutcomes, cell: usize) -> f32 {
    let (start, end) = (tile.loss_start[cell], tile.loss_final[cell]);
    // Relative to the start; a ratio where there is one, because it tells 1e-10 of the start from 1e-12.
    let moved = if start > 0.0 { end / start } else { 1.0 + (end - start) / start.abs().max(f64::MIN_POSITIVE) };
    match tile.outcome[cell] {
        Outcome::Converged | Outcome::Diverged => tile.steps[cell] as f32,
        Outcome::Descending => moved as f32,
        Outcome::Rising => -moved as f32,
        Outcome::Level => 0.0,
    }
}

/// The measures of all cells, per outcome.
#[derive(Debug, Clone, Default)]
pub struct Ranks {
    measures: [Vec<f32>; OUTCOMES.len()],
}

impl Ranks {
    /// Ranks among these cells.
    pub fn of(cells: impl Iterator<Item = (Outcome, f32)>) -> Self {
        let mut ranks = Self::default();
        cells.for_each(|(outcome, measure)| ranks.measures[outcome as usize].push(measure));
        ranks.measures.iter_mut().for_each(|measures| measures.sort_unstable_by(f32::total_cmp));
        ranks
    }

    /// From 0 (vivid) to 1 (pale): the share of the outcome's cells that are before this one, equal ones half.
    pub fn shade(&self, outcome: Outcome, measure: f32) -> f32 {
        let measures = &self.measures[outcome as usize];
        let before = measures.partition_point(|other| other.total_cmp(&measure).is_lt());
        let upto = measures.partition_point(|other| other.total_cmp(&measure).is_le());
        if measures.is_empty() { 0.5 } else { (before + upto) as f32 / (2 * measures.len()) as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_go_by_rank_not_by_size() {
        let ranks = Ranks::of([3.0, 1.0, 1e9, 1.0].into_iter().map(|measure| (Outcome::Converged, measure)));
        let shades = [1.0, 3.0, 1e9].map(|measure| ranks.shade(Outcome::Converged, measure));
        assert_eq!(shades, [0.25, 0.625, 0.875]);
        assert_eq!(ranks.shade(Outcome::Level, 0.0), 0.5);
    }
}
