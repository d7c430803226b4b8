//! The order in which a step's operations run: straight ones, and loops over rows between them.

use super::program::Program;
use crate::expr::{Graph, Node, NodeId};

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
    /// The numbers that come of it.
    pub results: Vec<NodeId>,
}

/// How a row goes into a number that comes of a loop; `P` says where an engine keeps a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold<P> {
    /// `to` begins at 0, and `of` is added.
    Sum { to: P, of: P },
    /// In the first row, and where [the key takes over](crate::expr::takes_over), the key goes to `best` and the value to
    /// `to`.
    Largest { to: P, best: P, key: P, value: P },
}

impl RowLoop {
    /// The folds of its results. `place` says where a node is kept, and `spare` makes room for one number more.
    pub fn folds<P>(&self, graph: &Graph, place: impl Fn(NodeId) -> P, mut spare: impl FnMut() -> P) -> Vec<Fold<P>> {
        let fold = |id: &NodeId| match graph.node(*id) {
            Node::Sum(_, body) => Some(Fold::Sum { to: place(*id), of: place(body) }),
            Node::Largest(_, key, value) => {
                Some(Fold::Largest { to: place(*id), best: spare(), key: place(key), value: place(value) })
            }
            _ => None,
        };
        self.results.iter().filter_map(fold).collect()
    }
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
        let highest = nodes.iter().map(|id| levels[id.index()]).max().unwrap_or(0);
        let mut by_level: Vec<(Vec<NodeId>, Vec<NodeId>)> = vec![Default::default(); highest + 1];
        for id in nodes {
            let (sums, straight) = &mut by_level[levels[id.index()]];
            if self.is_of_rows(*id) { sums.push(*id) } else { straight.push(*id) }
        }
        let in_batches = self.in_batches();
        let mut stages = Vec::new();
        for (sums, straight) in by_level {
            let (batched, whole): (Vec<NodeId>, Vec<NodeId>) = sums.into_iter().partition(|id| in_batches[id.index()]);
            for (batch, sums) in [(false, whole), (true, batched)] {
                stages.extend(self.row_loop(batch, sums).map(Stage::Rows));
            }
            if !straight.is_empty() {
                stages.push(Stage::Straight(straight));
            }
        }
        stages
    }

    fn is_of_rows(&self, id: NodeId) -> bool {
        self.graph.node(id).rows().is_some()
    }

    /// For every node, how many loops must have run before it: a sum belongs to the loop after all that its rows share.
    fn levels(&self, nodes: &[NodeId]) -> Vec<usize> {
        let mut levels = vec![0; self.graph.nodes().len()];
        let mut wanted = vec![false; levels.len()];
        for id in nodes {
            wanted[id.index()] = true;
        }
        for (at, node) in self.graph.nodes().iter().enumerate() {
            // A node by row has the level of what it reads that is the same in all rows.
            if wanted[at] || self.graph.is_by_row(self.graph.id_at(at)) {
                let before = node.children().map(|child| levels[child.index()]).max().unwrap_or(0);
                levels[at] = before + usize::from(node.rows().is_some());
            }
        }
        levels
    }

    /// For every node, whether it reads columns in batches; a sum does where its rows do.
    fn in_batches(&self) -> Vec<bool> {
        let mut found: Vec<bool> = Vec::with_capacity(self.graph.nodes().len());
        for node in self.graph.nodes() {
            let by_row = |child: &NodeId| self.graph.is_by_row(*child);
            found.push(match node {
                Node::Column(number) => self.columns[*number as usize].batch,
                node => node.children().filter(by_row).any(|child| found[child.index()]),
            });
        }
        found
    }

    /// The one loop that makes `results`, which run over batches, or over all rows; none where there are none.
    fn row_loop(&self, batch: bool, results: Vec<NodeId>) -> Option<RowLoop> {
        let rows = results.last().and_then(|id| self.graph.node(*id).rows())?;
        let bodies: Vec<NodeId> = results.iter().flat_map(|id| self.graph.node(*id).children()).collect();
        let mut found = RowLoop { batch, rows, columns: Vec::new(), body: Vec::new(), results };
        for id in self.graph.row_nodes_of(&bodies) {
            match self.graph.node(id) {
                Node::Column(number) => found.columns.push(number),
                _ => found.body.push(id),
            }
        }
        found.columns.sort_unstable();
        Some(found)
    }
}
