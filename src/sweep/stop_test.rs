//! When a descent has arrived, as engines test it.

use super::precision::Precision;
use crate::expr::{Graph, NodeId};
use crate::problem::{Gradient, Objective, ProblemError, Rows, Stop};

/// What the stop rule tests. Engines know one test: every [tested](StopTest::tested) number is smaller than one
/// [tolerance](StopTest::tolerance). Both kinds are put into that form here and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopTest {
    /// Every component of the gradient over all rows, one per parameter, is below the tolerance on it.
    Gradient(Vec<NodeId>),
    /// The user's own condition holds: the number is 0 there and 1 elsewhere.
    Condition(NodeId),
}

/// A condition as a number, and what lies between the two.
const HOLDS: f64 = 0.0;
const FAILS: f64 = 1.0;
const BETWEEN: f64 = 0.5;

impl StopTest {
    /// Puts the stop rule of the user's own, or else the gradient, into a graph.
    ///
    /// # Errors
    /// As [`Stop::lower`] and [`Gradient::lower`].
    pub(super) fn new(
        stop: Option<&Stop>,
        (objective, gradient): (&Objective, &Gradient),
        graph: &mut Graph,
        parameters: &[NodeId],
        loss: NodeId,
    ) -> Result<Self, ProblemError> {
        let Some(stop) = stop else {
            return Ok(Self::Gradient(gradient.lower(objective, graph, parameters, Rows::All)?));
        };
        let holds = stop.lower(objective, graph, parameters, loss)?;
        let (yes, no) = (graph.constant(HOLDS), graph.constant(FAILS));
        Ok(Self::Condition(graph.select(holds, yes, no)))
    }

    /// The numbers that are tested, at least one.
    pub fn tested(&self) -> &[NodeId] {
        match self {
            Self::Gradient(components) => components,
            Self::Condition(condition) => std::slice::from_ref(condition),
        }
    }

    /// What their magnitudes must be below, in the working precision. A tolerance on the gradient that is too small for it
    /// becomes the smallest normal number, not 0, which would mean "never".
    pub fn tolerance(&self, gtol: f64, precision: Precision) -> f64 {
        match self {
            Self::Condition(_) => BETWEEN,
            Self::Gradient(_) if gtol > 0.0 => precision.round(gtol.max(precision.smallest_normal())),
            Self::Gradient(_) => 0.0,
        }
    }
}
