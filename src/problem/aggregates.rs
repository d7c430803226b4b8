//! `mean`, `sum`, `max` and `min` in formulas over data: of the rows of a step where a parameter occurs in them, else of all rows, whatever
//! the batch.

use super::data::Data;
use crate::expr::{Aggregate, Aggregates, Graph, Node, NodeId};
use std::sync::Arc;

/// The rows that `mean` and the like run over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Every row of the data.
    All,
    /// The rows of one step's batch, so many.
    Batch(u32),
}

impl Rows {
    /// Name of a data column in the graph. No formula can write the one of a batch.
    pub fn column(self, name: &str) -> String {
        match self {
            Self::All => name.to_owned(),
            Self::Batch(_) => format!("{name}{BATCH_SUFFIX}"),
        }
    }

    /// What [`Rows::column`] made a name of: the column, and whether it is that of a batch.
    pub fn of_column(name: &str) -> (&str, bool) {
        name.strip_suffix(BATCH_SUFFIX).map_or((name, false), |name| (name, true))
    }
}

const BATCH_SUFFIX: &str = "@batch";

/// Columns of the data that sums without parameters read.
#[derive(Debug, Clone, Default)]
pub struct OfData(Arc<Vec<(String, Vec<f64>)>>);

impl OfData {
    /// What a graph over all rows reads of the data in such sums.
    pub fn of(graph: &Graph, data: &Data) -> Self {
        let mut columns: Vec<(String, Vec<f64>)> = Vec::new();
        let sums = graph.nodes().iter().filter_map(|node| match node {
            node if node.rows().is_some() && node.children().all(|child| graph.is_fixed(child)) => {
                Some(node.children())
            }
            _ => None,
        });
        for id in graph.row_nodes_of(&sums.flatten().collect::<Vec<_>>()) {
            let Node::Column(number) = graph.node(id) else { continue };
            let name = &graph.columns()[number as usize];
            columns.extend(data.column(name).map(|values| (name.clone(), values.to_vec())));
        }
        Self(Arc::new(columns))
    }

    fn column(&self, name: &str) -> Option<&[f64]> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, values)| values.as_slice())
    }
}

/// What the sums of a formula run over.
#[derive(Debug, Clone)]
pub struct Summed {
    pub rows: Rows,
    /// Rows of a step.
    pub of_step: u32,
    /// Rows of the data.
    pub whole: u32,
    pub data: OfData,
}

impl Aggregates for Summed {
    fn over(&self, graph: &mut Graph, of: Aggregate, a: NodeId) -> NodeId {
        if !graph.is_fixed(a) {
            return of.of(graph, self.of_step, a);
        }
        let a = match self.rows {
            Rows::All => a,
            Rows::Batch(_) => graph.on_columns(a, |name| Rows::of_column(name).0.to_owned()),
        };
        graph.settle(of, (self.whole, a), &|name| self.data.column(name));
        of.of(graph, self.whole, a)
    }
}
