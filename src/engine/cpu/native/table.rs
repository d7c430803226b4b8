//! The data as machine code reads them: for every loop over rows a table, row by row, of what its body reads of a row.

use super::super::chunk::DataView;
use super::super::instruction::Lanes;
use crate::expr::{Graph, Node, NodeId, Real, value_of};
use crate::sweep::{FormulaSweep, Program, RowLoop};

/// The tables of a program's loops, one behind the other.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    all: Vec<Table>,
    /// For every node, whether it is by row and depends on columns and constants alone.
    of_columns: Vec<bool>,
}

#[derive(Debug, Clone)]
struct Table {
    rows: u32,
    columns: Vec<Column>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    /// A node by row that depends on columns alone.
    Node(NodeId),
    /// 1 in the first row, 0 in the others.
    IsFirst,
}

impl Tables {
    /// None yet, for the loops of a graph.
    pub fn new(graph: &Graph) -> Self {
        let mut of_columns: Vec<bool> = Vec::with_capacity(graph.nodes().len());
        for (at, node) in graph.nodes().iter().enumerate() {
            let is_known = |child: NodeId| of_columns[child.index()] || graph.constant_value(child).is_some();
            of_columns.push(graph.is_by_row(graph.id_at(at)) && node.children().all(is_known));
        }
        Self { all: Vec::new(), of_columns }
    }

    /// Adds one, of what a loop reads that depends on columns alone. Gives the nodes, in their places.
    pub fn add(&mut self, graph: &Graph, rows: &RowLoop) -> Vec<NodeId> {
        let moving = rows.body.iter().filter(|id| !self.is_of_columns(**id));
        let reads = moving.chain(&rows.results).flat_map(|id| reads(graph, *id));
        let mut read: Vec<NodeId> = reads.filter(|id| self.is_of_columns(*id)).collect();
        read.sort_unstable();
        read.dedup();
        self.all.push(Table { rows: rows.rows, columns: read.iter().map(|id| Column::Node(*id)).collect() });
        read
    }

    /// Whether a node is by row and depends on columns and constants alone.
    pub fn is_of_columns(&self, id: NodeId) -> bool {
        self.of_columns[id.index()]
    }

    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// The place of what tells the first row from others.
    pub fn first(&mut self, at: usize) -> usize {
        let columns = &mut self.all[at].columns;
        let known = columns.iter().position(|column| *column == Column::IsFirst);
        known.unwrap_or_else(|| {
            columns.push(Column::IsFirst);
            columns.len() - 1
        })
    }

    /// Numbers in a row.
    pub fn width(&self, at: usize) -> usize {
        self.all[at].columns.len()
    }

    /// Numbers before a table.
    pub fn begin(&self, at: usize) -> usize {
        self.all[..at].iter().map(Table::len).sum()
    }

    /// Numbers in all of them.
    pub fn len(&self) -> usize {
        self.begin(self.all.len())
    }

    /// All numbers, as bytes.
    pub fn fill<T: Real>(&self, spec: &FormulaSweep) -> Lanes<u8> {
        let data = DataView::<T>::new(spec);
        let graph = &spec.program.graph;
        let mut values = vec![T::ZERO; graph.nodes().len()];
        let mut bytes = Lanes::<u8>::new(0);
        for table in &self.all {
            let nodes = table.columns.iter().filter_map(|column| match column {
                Column::Node(id) => Some(*id),
                Column::IsFirst => None,
            });
            let nodes = graph.row_nodes_of(&nodes.collect::<Vec<_>>());
            for row in 0..table.rows {
                for id in &nodes {
                    values[id.index()] = value_in_row(graph, &spec.program, *id, &mut values, &data, row);
                }
                for column in &table.columns {
                    let value = match column {
                        Column::Node(id) => values[id.index()],
                        Column::IsFirst if row == 0 => T::ONE,
                        Column::IsFirst => T::ZERO,
                    };
                    bytes.extend_from_slice(&value.word().to_le_bytes()[..size_of::<T>()]);
                }
            }
        }
        bytes
    }
}

impl Table {
    fn len(&self) -> usize {
        self.rows as usize * self.columns.len()
    }
}

/// What instructions of a node read: of a condition, what it compares.
fn reads(graph: &Graph, id: NodeId) -> Vec<NodeId> {
    let of_condition = |child: NodeId| match graph.node(child) {
        Node::Compare(_, a, b) => vec![a, b],
        _ => vec![child],
    };
    graph.node(id).children().flat_map(of_condition).collect()
}

fn value_in_row<T: Real>(
    graph: &Graph,
    program: &Program,
    id: NodeId,
    values: &mut [T],
    data: &DataView<T>,
    row: u32,
) -> T {
    if let Node::Column(number) = graph.node(id) {
        return data.value(0, program.columns[number as usize].data, row as usize);
    }
    for child in graph.node(id).children() {
        if let Some(value) = graph.constant_value(child) {
            values[child.index()] = T::from_f64(value);
        }
    }
    value_of(graph, id, values, &[])
}
