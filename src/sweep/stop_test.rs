//! When a descent may have arrived, as engines test it.

use crate::expr::{Graph, NodeId};
use crate::problem::{Gradient, Known, Objective, ProblemError, Rows, Stop};

/// What the stop rule tests. Engines know one test: every [tested](StopTest::tested) number is smaller than its
/// [tolerance](super::FormulaSweep::tolerances). Both kinds are put into that form here and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopTest {
    /// Every component of the gradient over all rows, one per parameter, is below the tolerance on it.
    Gradient(Vec<NodeId>),
    /// The user's own condition holds: the number is 0 there and 1 elsewhere.
    Condition(NodeId),
}

/// A condition as a number.
const HOLDS: f64 = 0.0;
const FAILS: f64 = 1.0;

impl StopTest {
    /// What the number of a condition is below where it holds.
    pub(super) const CONDITION: f64 = 0.5;

    /// Puts the stop rule of the user's own, or else the gradient, into a graph. It does not hold where `is_first` does.
    ///
    /// # Errors
    /// As [`Stop::lower`] and [`Gradient::lower`].
    pub(super) fn new(
        stop: Option<&Stop>,
        (objective, gradient): (&Objective, &Gradient),
        graph: &mut Graph,
        parameters: &[NodeId],
        known: Known<NodeId>,
        is_first: Option<NodeId>,
    ) -> Result<Self, ProblemError> {
        let Some(stop) = stop else {
            return Ok(Self::Gradient(gradient.lower(objective, graph, parameters, Rows::All)?));
        };
        let holds = stop.lower(objective, graph, parameters, known)?;
        let (yes, no) = (graph.constant(HOLDS), graph.constant(FAILS));
        let holds = graph.select(holds, yes, no);
        Ok(Self::Condition(is_first.map_or(holds, |first| graph.select(first, no, holds))))
    }

    /// The numbers that are tested, at least one.
    pub fn tested(&self) -> &[NodeId] {
        match self {
            Self::Gradient(components) => components,
            Self::Condition(condition) => std::slice::from_ref(condition),
        }
    }

    /// For how many more judged steps the test must hold before a descent has arrived: one that flies through a minimum, or
    /// passes by one in chaos, has not. A user's own condition counts at once.
    pub fn confirmation(&self, batched: bool) -> u32 {
        match self {
            Self::Condition(_) => 0,
            Self::Gradient(_) if batched => 2,
            Self::Gradient(_) => 32,
        }
    }
}
