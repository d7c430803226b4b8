//! The operations of the lanes as one list: those of functions among the others, equal ones once.

use super::operations::{Arithmetic, Relation, Shift};
use crate::expr::{Binary, NodeId, Unary};
use std::collections::HashMap;

/// The place of a value in the list.
pub type At = usize;

/// What a value is. Words and numbers are both vectors: to read the bits of one as the other is no operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entry {
    /// A node's value, in memory from the beginning.
    Node(NodeId),
    /// A constant, by its place among all.
    Constant(usize),
    /// A number of the row at hand: which loop over rows, and its place in a row of the loop's table.
    Row {
        at: usize,
        place: usize,
    },
    /// What goes from row to row in a loop, and is what comes of it in the end. It begins as a constant.
    Carried {
        at: usize,
        place: usize,
        first: At,
    },
    Operation(Operation),
}

/// What instructions compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    Two(Arithmetic, At, At),
    Root(At),
    Floor(At),
    /// By a constant number of bits.
    Shift(Shift, At, u8),
    /// All bits where it holds, none elsewhere.
    Compare(Relation, At, At),
    /// `Choose(relation, [a, b], [yes, no])`: without a vector for what holds.
    Choose(Relation, [At; 2], [At; 2]),
    /// `Select(condition, yes, no)`
    Select(At, At, At),
    /// A function without instructions, lane by lane.
    Call(Function, At, At),
    /// `UnlessLarge(function, angle, near)`: the near value, unless some lane's angle is large.
    UnlessLarge(Unary, At, At),
}

/// A function of the table of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    One(Unary),
    Two(Binary),
}

impl Operation {
    /// What it reads.
    pub fn reads(self) -> impl Iterator<Item = At> {
        let read = match self {
            Self::Root(a) | Self::Floor(a) | Self::Shift(_, a, _) => [Some(a), None, None, None],
            Self::Two(_, a, b) | Self::Compare(_, a, b) | Self::Call(_, a, b) | Self::UnlessLarge(_, a, b) => {
                [Some(a), Some(b), None, None]
            }
            Self::Select(a, b, c) => [Some(a), Some(b), Some(c), None],
            Self::Choose(_, [a, b], [yes, no]) => [Some(a), Some(b), Some(yes), Some(no)],
        };
        read.into_iter().flatten()
    }

    /// Whether it may leave for a function outside of the machine code.
    pub fn calls(self) -> bool {
        matches!(self, Self::Call(..) | Self::UnlessLarge(..))
    }
}

/// Operations that run one after the other.
#[derive(Debug, Clone)]
pub enum Stage {
    /// Once. Of each list all operations are written for one vector of a group before those of the next.
    Straight(Vec<Vec<At>>),
    /// Once per row.
    Rows(RowStage),
}

/// A loop over rows.
#[derive(Debug, Clone)]
pub struct RowStage {
    /// Its number among all loops, and so its table.
    pub at: usize,
    pub rows: u32,
    pub body: Vec<Vec<At>>,
    /// What goes from row to row, and what it is in the next.
    pub carried: Vec<(At, At)>,
}

/// The list of one function of the machine code.
#[derive(Debug, Clone, Default)]
pub struct Flat {
    pub entries: Vec<Entry>,
    /// For each value, whether it depends on the row at hand.
    pub by_row: Vec<bool>,
    /// By node of the graph.
    pub of_node: Vec<Option<At>>,
    known: HashMap<Entry, At>,
    /// The loop whose body is being written.
    pub open: Option<usize>,
}

impl Flat {
    pub fn new(nodes: usize) -> Self {
        Self { of_node: vec![None; nodes], ..Self::default() }
    }

    /// The loop's body is done: what goes from row to row is what came of it.
    pub fn close(&mut self) {
        for (entry, by_row) in self.entries.iter().zip(&mut self.by_row) {
            if matches!(entry, Entry::Carried { at, .. } if Some(*at) == self.open) {
                *by_row = false;
            }
        }
        self.open = None;
    }

    /// The value's place, and whether it is new.
    pub fn push(&mut self, entry: Entry) -> (At, bool) {
        if let Some(at) = self.known.get(&entry) {
            return (*at, false);
        }
        self.by_row.push(match entry {
            Entry::Node(_) | Entry::Constant(_) => false,
            Entry::Row { .. } | Entry::Carried { .. } => true,
            Entry::Operation(operation) => operation.reads().any(|read| self.by_row[read]),
        });
        self.entries.push(entry);
        self.known.insert(entry, self.entries.len() - 1);
        (self.entries.len() - 1, true)
    }

    pub fn operation(&self, at: At) -> Option<Operation> {
        match self.entries[at] {
            Entry::Operation(operation) => Some(operation),
            _ => None,
        }
    }

    /// For each value, whether `roots` need it.
    pub fn needed(&self, roots: impl IntoIterator<Item = At>) -> Vec<bool> {
        let mut needed = vec![false; self.entries.len()];
        roots.into_iter().for_each(|root| needed[root] = true);
        for at in (0..needed.len()).rev().filter(|at| self.operation(*at).is_some()) {
            if needed[at] {
                self.operation(at).into_iter().flat_map(Operation::reads).for_each(|read| needed[read] = true);
            }
        }
        needed
    }
}
