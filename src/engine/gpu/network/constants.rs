//! What of a rule's or a stop rule's graph is computed, and what is uploaded for it.

use crate::expr::{Graph, NodeId};

/// The nodes that `roots` need, in order.
pub fn needed(graph: &Graph, roots: &[NodeId]) -> Vec<NodeId> {
    let needed = graph.needed_by(roots);
    (0..needed.len()).filter(|at| needed[*at]).map(|at| graph.id_at(at)).collect()
}

/// Constants that `roots` need. As those of formulas they are uploaded, so that no compiler rearranges around them.
pub fn constants(graph: &Graph, roots: &[NodeId]) -> Vec<NodeId> {
    needed(graph, roots).into_iter().filter(|id| graph.constant_value(*id).is_some()).collect()
}
