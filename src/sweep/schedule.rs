//! The order in which a step's operations run: straight ones, and loops over rows between them.

use super::program::Program;
use crate::expr::{Node, NodeId};

/// Operations that run one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Once per step.
    Straight(Vec<NodeId>),
    /// Once per row.
    Rows(RowLoop),
}

/// A loop over rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowLoop {
    /// Whether over the rows of the step's batch instead of all.
    pub batch: bool,
    /// How many.
    pub rows: u32,
    /// Columns that it reads, as the graph numbers them.
    pub columns: Vec<u32>,
    /// Operations by row.
    pub body: Vec<NodeId>,
    /// The sums that come of it.
    pub sums: Vec<NodeId>,
}

impl Program {
    /// Rows of data that the loops of one step go through, at most. A sum that needs another has a loop of its own.
    pub fn rows_per_step(&self) -> u64 {
        let (judged, advancing) = (self.judged(), self.advancing());
        let stages = match self.batch {
            None => self.stages(&[judged, advancing].concat()),
            Some(_) => [self.stages(&judged), self.stages(&advancing)].concat(),
        };
        let loops = stages.into_iter().filter_map(|stage| match stage {
            Stage::Rows(rows) => Some(u64::from(rows.rows)),
            Stage::Straight(_) => None,
        });
        loops.sum()
    }

    /// Stages for all that `roots` need.
    pub fn stages(&self, roots: &[NodeId]) -> Vec<Stage> {
        let needed = self.graph.needed_by(roots);
        let ids = (0..needed.len()).filter(|at| needed[*at]).map(|at| self.graph.id_at(at));
        let source = |id: &NodeId| matches!(self.graph.node(*id), Node::Constant(_) | Node::Input(_));
        let nodes: Vec<NodeId> = ids.filter(|id| !source(id) && !self.graph.is_by_row(*id)).collect();
        self.schedule(&nodes)
    }

    /// Stages for `nodes`: operations that are not by row, in node order. What they read besides must be known before.
    pub fn schedule(&self, nodes: &[NodeId]) -> Vec<Stage> {
        let levels = self.levels(nodes);
        let highest = levels.iter().copied().max().unwrap_or(0);
        let mut stages = Vec::new();
        for level in 0..=highest {
            let of_level = |id: &&NodeId| levels[id.index()] == level;
            let (sums, straight): (Vec<NodeId>, Vec<NodeId>) =
                nodes.iter().filter(of_level).partition(|id| self.is_sum(**id));
            for batch in [false, true] {
                stages.extend(self.row_loop(batch, &sums).map(Stage::Rows));
            }
            if !straight.is_empty() {
                stages.push(Stage::Straight(straight));
            }
        }
        stages
    }

    fn is_sum(&self, id: NodeId) -> bool {
        matches!(self.graph.node(id), Node::Sum(..))
    }

    /// For every node, how many loops must have run before it: a sum belongs to the loop after all that its rows share.
    fn levels(&self, nodes: &[NodeId]) -> Vec<usize> {
        let mut levels = vec![0; self.graph.nodes().len()];
        for id in nodes {
            levels[id.index()] = match self.graph.node(*id) {
                Node::Sum(_, body) => {
                    let shared = self.shared_by_rows(body).into_iter().map(|node| levels[node.index()]);
                    shared.max().unwrap_or(0) + 1
                }
                node => node.children().map(|child| levels[child.index()]).max().unwrap_or(0),
            };
        }
        levels
    }

    /// What the rows below `body` read that is the same in all of them.
    pub fn shared_by_rows(&self, body: NodeId) -> Vec<NodeId> {
        let children = self.graph.row_nodes(body).into_iter().flat_map(|node| self.graph.node(node).children());
        children.filter(|child| !self.graph.is_by_row(*child)).collect()
    }

    /// The one loop that makes those of `sums` that run over batches, or over all rows.
    fn row_loop(&self, batch: bool, sums: &[NodeId]) -> Option<RowLoop> {
        let mut found = RowLoop { batch, rows: 0, columns: Vec::new(), body: Vec::new(), sums: Vec::new() };
        for sum in sums {
            let Node::Sum(rows, body) = self.graph.node(*sum) else { continue };
            let nodes = self.graph.row_nodes(body);
            let columns = nodes.iter().filter_map(|node| match self.graph.node(*node) {
                Node::Column(number) => Some(number),
                _ => None,
            });
            let columns: Vec<u32> = columns.collect();
            if columns.iter().any(|number| self.columns[*number as usize].batch != batch) {
                continue;
            }
            found.rows = rows;
            found.columns.extend(columns);
            found.body.extend(nodes.into_iter().filter(|node| !matches!(self.graph.node(*node), Node::Column(_))));
            found.sums.push(*sum);
        }
        found.body.sort_unstable();
        found.body.dedup();
        found.columns.sort_unstable();
        found.columns.dedup();
        (!found.sums.is_empty()).then_some(found)
    }
}
