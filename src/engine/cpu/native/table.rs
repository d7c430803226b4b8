//! The data as machine code reads them: for every loop over rows a table, row by row, of what its body reads of a row.
//!
//! Loops over all data read the same in every step, loops over batches what the step brings. Where lanes have rows of their own,
//! there is a number for each of them in place of one for all.

use super::super::chunk::DataView;
use super::super::instruction::{Lanes, filled};
use crate::expr::{Graph, Node, NodeId, Real, value_of};
use crate::sweep::{FormulaSweep, Program, RowLoop, Source};
use std::ops::Range;

/// The tables of a program's loops, one behind the other: those over all data, and those over batches.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    all: Vec<Table>,
    /// For every node, whether it is by row and depends on columns and constants alone.
    of_columns: Vec<bool>,
    /// Whether lanes have rows of their own, where all data are taken.
    data_by_lane: bool,
    /// And where a batch is.
    batch_by_lane: bool,
}

#[derive(Debug, Clone)]
struct Table {
    /// Whether over the rows of a batch instead of all.
    batch: bool,
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
    /// None yet, for the loops of a sweep.
    pub fn new(spec: &FormulaSweep) -> Self {
        let program = &spec.program;
        let graph = &program.graph;
        let mut of_columns: Vec<bool> = Vec::with_capacity(graph.nodes().len());
        for (at, node) in graph.nodes().iter().enumerate() {
            let is_known = |child: NodeId| of_columns[child.index()] || graph.constant_value(child).is_some();
            of_columns.push(graph.is_by_row(graph.id_at(at)) && node.children().all(is_known));
        }
        // Each seed may have data of its own.
        let data_by_lane = program.table().is_some();
        let seed = program.batch.and_then(|batch| batch.seed);
        let varies = seed.is_some_and(|knob| !matches!(spec.knobs[knob].source, Source::Fixed(_)));
        Self { all: Vec::new(), of_columns, data_by_lane, batch_by_lane: data_by_lane || varies }
    }

    /// Adds one, of what a loop reads that depends on columns alone. Gives the nodes, in their places.
    pub fn add(&mut self, graph: &Graph, rows: &RowLoop) -> Vec<NodeId> {
        let moving = rows.body.iter().filter(|id| !self.is_of_columns(**id));
        let reads = moving.chain(&rows.results).flat_map(|id| reads(graph, *id));
        let mut read: Vec<NodeId> = reads.filter(|id| self.is_of_columns(*id)).collect();
        read.sort_unstable();
        read.dedup();
        let columns = read.iter().map(|id| Column::Node(*id)).collect();
        self.all.push(Table { batch: rows.batch, rows: rows.rows, columns });
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

    /// Whether a table is of the rows of a batch.
    pub fn is_of_batch(&self, at: usize) -> bool {
        self.all[at].batch
    }

    /// Whether there is a number for each lane, in tables of batches or of all data.
    pub fn is_by_lane(&self, batch: bool) -> bool {
        if batch { self.batch_by_lane } else { self.data_by_lane }
    }

    /// Numbers in a row.
    pub fn width(&self, at: usize) -> usize {
        self.all[at].columns.len()
    }

    /// Numbers before a table, in those of its kind.
    pub fn begin(&self, at: usize) -> usize {
        Self::numbers(&self.all[..at], self.all[at].batch)
    }

    /// Numbers in all tables of batches, or of all data.
    pub fn len(&self, batch: bool) -> usize {
        Self::numbers(&self.all, batch)
    }

    fn numbers(tables: &[Table], batch: bool) -> usize {
        tables.iter().filter(|table| table.batch == batch).map(Table::len).sum()
    }

    /// What the tables take their rows from.
    pub fn rows<T: Real>(self, spec: &FormulaSweep) -> Rows<T> {
        let data = spec.data.iter().flat_map(|data| &data.tables).enumerate();
        let count = data.clone().next().map_or(0, |(_, table)| table.rows());
        let view = DataView::<T>::new(spec);
        let of_data = |number: usize| {
            let all = self.all.iter().map(|table| table.values(&spec.program, &view, (number, count)));
            all.collect::<Vec<Vec<T>>>()
        };
        let values = data.map(|(number, _)| of_data(number)).collect();
        Rows { tables: self, values }
    }
}

impl Table {
    fn len(&self) -> usize {
        self.rows as usize * self.columns.len()
    }

    /// The numbers of all rows of one of the sweep's data, row by row; 0 for what the data do not tell.
    fn values<T: Real>(&self, program: &Program, data: &DataView<T>, (number, rows): (usize, usize)) -> Vec<T> {
        let graph = &program.graph;
        let of_column = |column: &Column| match column {
            Column::Node(id) => Some(*id),
            Column::IsFirst => None,
        };
        let nodes = graph.row_nodes_of(&self.columns.iter().filter_map(of_column).collect::<Vec<_>>());
        let mut values = vec![T::ZERO; graph.nodes().len()];
        let mut all = Vec::with_capacity(rows * self.columns.len());
        for row in 0..rows {
            for id in &nodes {
                values[id.index()] = value_in_row(program, *id, &mut values, data, (number, row));
            }
            all.extend(self.columns.iter().map(|column| of_column(column).map_or(T::ZERO, |id| values[id.index()])));
        }
        all
    }
}

/// What some lanes that follow each other take their rows from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub lanes: Range<usize>,
    /// Which of the sweep's data.
    pub table: usize,
    pub seed: u32,
}

/// The rows of the data, as the tables have them.
#[derive(Debug, Clone, Default)]
pub struct Rows<T> {
    pub tables: Tables,
    /// By the number of the sweep's data, then by table.
    pub values: Vec<Vec<Vec<T>>>,
}

impl<T: Real> Rows<T> {
    /// Writes the tables of batches, or of all data. `row` says which row of the data is in a place.
    pub fn gather(&self, batch: bool, taken: &[Taken], row: impl Fn(&Taken, u32) -> u32, into: &mut [T]) {
        let lanes = taken.last().map_or(1, |last| last.lanes.end);
        let mut begin = 0;
        for (at, table) in self.tables.all.iter().enumerate().filter(|(_, table)| table.batch == batch) {
            let width = table.columns.len();
            for slot in 0..table.rows {
                let into = &mut into[begin..begin + width * lanes];
                for taken in taken {
                    let from = row(taken, slot) as usize * width;
                    let from = &self.values[taken.table][at][from..from + width];
                    for ((into, value), column) in into.chunks_exact_mut(lanes).zip(from).zip(&table.columns) {
                        let value = match column {
                            Column::Node(_) => *value,
                            Column::IsFirst if slot == 0 => T::ONE,
                            Column::IsFirst => T::ZERO,
                        };
                        into[taken.lanes.clone()].fill(value);
                    }
                }
                begin += width * lanes;
            }
        }
    }

    /// All data, where all lanes have the same.
    pub fn shared(&self) -> Lanes<T> {
        let count = if self.tables.data_by_lane { 0 } else { self.tables.len(false) };
        let mut data = filled(T::ZERO, count);
        if count > 0 {
            self.gather(false, &[Taken { lanes: 0..1, table: 0, seed: 0 }], |_, slot| slot, &mut data);
        }
        data
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
    program: &Program,
    id: NodeId,
    values: &mut [T],
    data: &DataView<T>,
    (number, row): (usize, usize),
) -> T {
    let graph = &program.graph;
    if let Node::Column(column) = graph.node(id) {
        return data.value(number, program.columns[column as usize].data, row);
    }
    for child in graph.node(id).children() {
        if let Some(value) = graph.constant_value(child) {
            values[child.index()] = T::from_f64(value);
        }
    }
    value_of(graph, id, values, &[])
}
