//! Sums that keep what their numbers are too short for.

use crate::expr::{Graph, NodeId};

/// Kahan's step, hi + lo + Δ: what the sum could not hold of the increment stays behind in lo.
pub(super) fn compensated(graph: &mut Graph, hi: NodeId, lo: NodeId, delta: NodeId) -> (NodeId, NodeId) {
    let increment = graph.add(lo, delta);
    let sum = graph.add(hi, increment);
    let taken = graph.sub(sum, hi);
    (sum, graph.sub(increment, taken))
}
