//! Theorems about where a descent converges, and maps held against them.
#![allow(dead_code, reason = "each test file takes what it needs")]

use super::asked;
use super::{Map, Mismatches, cpu, on_every_engine};
use alphasweep::sweep::{Outcome, Precision, Request};

/// What a theorem says of a cell; nothing inside the band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Law {
    Converges,
    /// Does not diverge; may converge or not.
    Bounded,
    /// Does not diverge and does not converge.
    Wanders,
    Diverges,
}

impl Law {
    pub fn allows(self, outcome: Outcome) -> bool {
        match self {
            // In f32 a descent may come to rest before its slope meets the tolerance.
            Self::Converges => outcome.has_arrived(),
            Self::Bounded => outcome != Outcome::Diverged,
            Self::Wanders => outcome != Outcome::Diverged && !outcome.has_arrived(),
            Self::Diverges => outcome == Outcome::Diverged,
        }
    }
}

/// Checks every cell outside the band; returns how many there were.
pub fn obeys(map: &Map, law: impl Fn(f64, f64) -> Option<Law>) -> usize {
    let mut wrong = Mismatches::default();
    let mut judged = 0;
    for cell in 0..map.len() {
        let Some(expected) = law(map.x(cell), map.y(cell)) else { continue };
        judged += 1;
        if !expected.allows(map.outcome(cell)) {
            wrong.note(|| format!("{}, expected: {expected:?}", map.evidence(cell)));
        }
    }
    wrong.none(map.spec.objective.text());
    judged
}

/// The request in f64 on the CPU, and in compensated f32 on every engine.
pub fn both_precisions(request: &Request) -> Vec<Map> {
    let mut maps = on_every_engine(&[request.clone().precision(Precision::Compensated)]);
    maps.push(Map::of(&cpu(), &request.clone().precision(Precision::F64)));
    maps
}

/// λx²/2, with λ a constant to set.
pub fn quadratic() -> Request {
    let mut request = asked("lambda*x^2/2");
    request.constants = vec![("lambda".to_owned(), 1.0)];
    request
}
