//! The uncertainty exponent (Grebogi, McDonald, Ott and Yorke 1983, "Final state sensitivity"): of pairs of points that are ε apart
//! a share of about ε^u has two labels, and the boundary has dimension d − u in a space of dimension d.
//!
//! Pairs that are at most a step of the grid apart have one label unless they are next to the boundary that it shows: so points are
//! drawn there alone, and the share is of these. Drawn anywhere, hardly any pair of a small distance would differ.

use super::fit::{LogFit, fit};
use serde::Serialize;

/// The pairs at one distance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Pairs {
    /// As a share of the window.
    pub epsilon: f64,
    pub pairs: u64,
    /// Pairs with two labels.
    pub differ: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Uncertainty {
    pub pairs: Vec<Pairs>,
    /// Its slope is the exponent; none where too few pairs differ.
    pub fitted: Option<LogFit>,
}

/// Fewer pairs that differ say nothing: their count would be off by a fifth.
const FEWEST: u64 = 25;

impl Uncertainty {
    /// From the pairs at every distance, the largest first.
    pub fn of(pairs: Vec<Pairs>) -> Self {
        let says = |pairs: &&Pairs| pairs.differ >= FEWEST && pairs.differ < pairs.pairs;
        let point = |pairs: &Pairs| (pairs.epsilon.ln(), (pairs.differ as f64 / pairs.pairs as f64).ln());
        let mut points: Vec<(f64, f64)> = pairs.iter().filter(says).map(point).collect();
        points.reverse();
        Self { fitted: fit(&points), pairs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs on a line with one boundary point differ with a probability of ε.
    #[test]
    fn one_boundary_point_has_the_exponent_1() {
        let pairs = (1..=4).map(|decade| {
            let epsilon = 10.0_f64.powi(-decade);
            Pairs { epsilon, pairs: 1_000_000, differ: (1e6 * epsilon) as u64 }
        });
        let found = Uncertainty::of(pairs.collect()).fitted.expect("many differ");
        assert!((found.slope - 1.0).abs() < 1e-9 && found.points == 4);
    }

    #[test]
    fn too_few_that_differ_say_nothing() {
        let pairs = (1..=6).map(|decade| Pairs { epsilon: 10.0_f64.powi(-decade), pairs: 1000, differ: 3 });
        assert_eq!(Uncertainty::of(pairs.collect()).fitted, None);
    }
}
