//! Basin entropy (Daza, Wagemakers, Georgeot, Guéry-Odelin and Sanjuán 2016, "Basin entropy: a new tool to analyze uncertainty in
//! dynamical systems"): how unsure one is of the label of a start in a box of some side.

use super::boxes::Labels;
use serde::Serialize;
use std::collections::BTreeMap;

/// Points along a side of a box, as in the paper.
const SIDE: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BasinEntropy {
    /// Mean of −Σ p ln p over all boxes.
    pub all: f64,
    /// The same over the boxes with more than one label; none where no box has. Above ln 2 the boundary is fractal.
    pub boundary: Option<f64>,
    /// Labels on the map.
    pub labels: usize,
}

impl BasinEntropy {
    /// Of boxes of 5 × 5 points, of a line of 5.
    pub fn of(labels: &Labels) -> Self {
        let high = if labels.is_line() { 1 } else { SIDE };
        let (wide, rows) = (labels.nx / SIDE, labels.ny / high);
        let (mut sum, mut mixed, mut boxes) = (0.0, 0_u64, 0_u64);
        for (left, low) in (0..rows).flat_map(|row| (0..wide).map(move |at| (at * SIDE, row * high))) {
            let mut counts: BTreeMap<u16, u32> = BTreeMap::new();
            for (x, y) in (low..low + high).flat_map(|y| (left..left + SIDE).map(move |x| (x, y))) {
                *counts.entry(labels.at(x, y)).or_default() += 1;
            }
            let points = (SIDE * high) as f64;
            sum -= counts.values().map(|count| f64::from(*count) / points).map(|share| share * share.ln()).sum::<f64>();
            mixed += u64::from(counts.len() > 1);
            boxes += 1;
        }
        let known: std::collections::BTreeSet<u16> = labels.of.iter().copied().collect();
        Self { all: sum / boxes.max(1) as f64, boundary: (mixed > 0).then(|| sum / mixed as f64), labels: known.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_of_one_label_has_none_and_a_straight_line_less_than_ln_2() {
        let of = |cut: usize| BasinEntropy::of(&Labels::new((100, 100), move |x, _| u16::from(x < cut)));
        assert_eq!(of(100), BasinEntropy { all: 0.0, boundary: None, labels: 1 });
        assert_eq!(of(50).boundary, None, "between boxes");
        // Two fifths and three.
        let expected = -(0.4 * 0.4_f64.ln() + 0.6 * 0.6_f64.ln());
        let found = of(52);
        assert!((found.boundary.expect("a boundary") - expected).abs() < 1e-12);
        assert!((found.all - expected / 20.0).abs() < 1e-12);
    }
}
