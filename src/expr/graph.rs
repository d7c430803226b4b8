//! The shared graph: equal subexpressions are one node, constants are folded, whole powers are products.
//!
//! A node is *by row* when it depends on a column of data: it has a value in every row. [`Node::Sum`] makes one number of
//! such values, and is what `mean` and `sum` come to; [`Node::Largest`] takes that of one row, as `max` and `min` do.

use super::comparison::Comparison;
use super::ops::{Binary, Unary};
use std::collections::{BinaryHeap, HashMap, HashSet};

/// Most operations of a graph. A formula of 64 KiB comes to a tenth; what multiplies it (one slope per parameter by central
/// differences, a rule for each of many parameters, sums over rows within sums) could fill any memory.
pub const MAX_OPERATIONS: usize = 1 << 20;

/// A node of a [`Graph`]. Children always have smaller ids than their parents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// Position of the node in [`Graph::nodes`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Node {
    /// A constant, by the bits of its f64.
    Constant(u64),
    /// A value from outside; the number counts inputs in the order of their first mention.
    Input(u32),
    Unary(Unary, NodeId),
    Binary(Binary, NodeId, NodeId),
    /// True or false: only [`Node::Select`] and stop rules read it.
    Compare(Comparison, NodeId, NodeId),
    /// `Select(condition, a, b)`: a where the condition holds, else b.
    Select(NodeId, NodeId, NodeId),
    /// A value of the row at hand; the number counts columns in the order of their first mention.
    Column(u32),
    /// The sum of a node by row over so many rows, from the first to the last.
    Sum(u32, NodeId),
    /// `Largest(rows, key, value)`: the value in the first of so many rows in which the key is largest; where the key is none
    /// in some row, in the last of these.
    Largest(u32, NodeId, NodeId),
}

impl Node {
    /// The nodes this one reads.
    pub fn children(self) -> impl Iterator<Item = NodeId> {
        let (a, b, c) = match self {
            Self::Constant(_) | Self::Input(_) | Self::Column(_) => (None, None, None),
            Self::Unary(_, a) | Self::Sum(_, a) => (Some(a), None, None),
            Self::Binary(_, a, b) | Self::Compare(_, a, b) | Self::Largest(_, a, b) => (Some(a), Some(b), None),
            Self::Select(a, b, c) => (Some(a), Some(b), Some(c)),
        };
        [a, b, c].into_iter().flatten()
    }

    /// How many rows it is made of, if it is one number of many rows.
    pub fn rows(self) -> Option<u32> {
        match self {
            Self::Sum(rows, _) | Self::Largest(rows, ..) => Some(rows),
            _ => None,
        }
    }
}

/// A list of operations, each node once, in an order in which it can be evaluated.
#[derive(Debug, Clone)]
pub struct Graph {
    nodes: Vec<Node>,
    /// For every node, whether it is by row.
    by_row: Vec<bool>,
    /// For every node, whether it reads an input that is not fixed.
    moving: Vec<bool>,
    known: HashMap<Node, NodeId>,
    inputs: Names,
    /// Inputs that stay what they are along a descent.
    fixed: HashSet<u32>,
    columns: Names,
    /// Operations that may still be added.
    room: usize,
}

impl Default for Graph {
    fn default() -> Self {
        Self::with_room(MAX_OPERATIONS)
    }
}

/// Names, each with a number in the order of first mention.
#[derive(Debug, Clone, Default)]
struct Names {
    list: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.list.len() as u32;
        self.list.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty graph for so many operations.
    pub fn with_room(room: usize) -> Self {
        Self {
            nodes: Vec::new(),
            by_row: Vec::new(),
            moving: Vec::new(),
            known: HashMap::new(),
            inputs: Names::default(),
            fixed: HashSet::new(),
            columns: Names::default(),
            room,
        }
    }

    /// Whether there was no room for some operation. What was made since is then of no meaning: whoever builds a graph
    /// looks when a piece of it is done, and gives it up.
    pub fn is_full(&self) -> bool {
        self.room == 0
    }

    /// Takes room for work on nodes that are there, which counts like making them anew.
    pub(super) fn spend(&mut self, operations: usize) {
        self.room = self.room.saturating_sub(operations);
    }

    /// All nodes, children first.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Names of the inputs, in the order of [`Node::Input`]'s numbers.
    pub fn inputs(&self) -> &[String] {
        &self.inputs.list
    }

    /// Names of the columns, in the order of [`Node::Column`]'s numbers.
    pub fn columns(&self) -> &[String] {
        &self.columns.list
    }

    /// Whether a node has a value of its own in every row.
    pub fn is_by_row(&self, id: NodeId) -> bool {
        self.by_row[id.index()]
    }

    /// Whether a node stays what it is along a descent: it reads no input but [fixed ones](Graph::fixed_input).
    pub fn is_fixed(&self, id: NodeId) -> bool {
        !self.moving[id.index()]
    }

    /// The node at a position of [`Graph::nodes`].
    ///
    /// # Panics
    /// If there is none.
    pub fn id_at(&self, at: usize) -> NodeId {
        assert!(at < self.nodes.len(), "the graph has {} nodes", self.nodes.len());
        NodeId(at as u32)
    }

    /// The operation of a node.
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes[id.index()]
    }

    /// The value of a node that is a constant.
    pub fn constant_value(&self, id: NodeId) -> Option<f64> {
        match self.node(id) {
            Node::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    /// Whether the node is a truth value rather than a number.
    pub fn is_condition(&self, id: NodeId) -> bool {
        matches!(self.node(id), Node::Compare(..))
    }

    /// The nodes by row that `a` is made of, itself included, in an order in which they can be evaluated.
    pub fn row_nodes(&self, a: NodeId) -> Vec<NodeId> {
        self.row_nodes_of(&[a])
    }

    /// As [`Graph::row_nodes`], of all of `roots` together.
    pub fn row_nodes_of(&self, roots: &[NodeId]) -> Vec<NodeId> {
        self.below(roots, |id| self.is_by_row(*id))
    }

    /// The nodes that `roots` are made of, themselves included, in an order in which they can be evaluated.
    pub(super) fn nodes_of(&self, roots: &[NodeId]) -> Vec<NodeId> {
        self.below(roots, |_| true)
    }

    /// Largest first, so that a node comes after all that read it; and no list of the whole graph, because a formula may
    /// have thousands of sums.
    fn below(&self, roots: &[NodeId], wanted: impl Fn(&NodeId) -> bool) -> Vec<NodeId> {
        let mut waiting: BinaryHeap<NodeId> = roots.iter().copied().filter(&wanted).collect();
        let mut found = Vec::new();
        while let Some(id) = waiting.pop() {
            if found.last() != Some(&id) {
                found.push(id);
                waiting.extend(self.node(id).children().filter(&wanted));
            }
        }
        found.reverse();
        found
    }

    /// For every node, whether it follows from one that is marked. `links` are values that come back in the next step: what
    /// the second node is then follows from the first.
    pub fn follows(&self, mut marked: Vec<bool>, links: &[(NodeId, NodeId)]) -> Vec<bool> {
        let mut readers: Vec<Vec<NodeId>> = vec![Vec::new(); self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate() {
            node.children().for_each(|child| readers[child.index()].push(self.id_at(at)));
        }
        for (from, to) in links {
            readers[from.index()].push(*to);
        }
        let mut waiting: Vec<usize> = (0..marked.len()).filter(|at| marked[*at]).collect();
        while let Some(at) = waiting.pop() {
            for reader in &readers[at] {
                if !std::mem::replace(&mut marked[reader.index()], true) {
                    waiting.push(reader.index());
                }
            }
        }
        marked
    }

    /// For every node, whether one of `roots` needs it.
    pub fn needed_by(&self, roots: &[NodeId]) -> Vec<bool> {
        let mut needed = vec![false; self.nodes.len()];
        for root in roots {
            needed[root.index()] = true;
        }
        for at in (0..self.nodes.len()).rev() {
            if needed[at] {
                self.nodes[at].children().for_each(|child| needed[child.index()] = true);
            }
        }
        needed
    }

    pub(super) fn intern(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.known.get(&node) {
            return *id;
        }
        if self.is_full()
            && let Some(last) = self.nodes.len().checked_sub(1)
        {
            return self.id_at(last);
        }
        self.spend(1);
        self.by_row.push(match node {
            Node::Column(_) => true,
            Node::Sum(..) | Node::Largest(..) => false,
            _ => node.children().any(|child| self.is_by_row(child)),
        });
        self.moving.push(match node {
            Node::Input(at) => !self.fixed.contains(&at),
            _ => node.children().any(|child| self.moving[child.index()]),
        });
        let id = NodeId(u32::try_from(self.nodes.len()).expect("a graph has room for fewer"));
        self.nodes.push(node);
        self.known.insert(node, id);
        id
    }

    /// The input of this name, made on first mention.
    pub fn input(&mut self, name: &str) -> NodeId {
        let at = self.inputs.number(name);
        self.intern(Node::Input(at))
    }

    /// As [`Graph::input`], of a value that stays what it is along a descent.
    pub fn fixed_input(&mut self, name: &str) -> NodeId {
        let at = self.inputs.number(name);
        if !self.known.contains_key(&Node::Input(at)) {
            self.fixed.insert(at);
        }
        self.intern(Node::Input(at))
    }

    /// Whether a node is known to be a number.
    pub(super) fn is_settled(&self, node: Node) -> bool {
        self.known.get(&node).is_some_and(|id| self.constant_value(*id).is_some())
    }

    /// From now on `node` is this number.
    pub(super) fn settle_node(&mut self, node: Node, value: f64) {
        let constant = self.constant(value);
        self.known.insert(node, constant);
    }

    /// The column of this name, made on first mention.
    pub fn column(&mut self, name: &str) -> NodeId {
        let at = self.columns.number(name);
        self.intern(Node::Column(at))
    }

    /// The sum of `a` over so many rows.
    pub fn sum(&mut self, rows: u32, a: NodeId) -> NodeId {
        if self.is_by_row(a) {
            return self.intern(Node::Sum(rows, a));
        }
        let rows = self.constant(f64::from(rows));
        self.mul(rows, a)
    }

    /// `value` in the first of so many rows in which `key` is largest.
    pub fn largest(&mut self, rows: u32, key: NodeId, value: NodeId) -> NodeId {
        if self.is_by_row(value) { self.intern(Node::Largest(rows, key, value)) } else { value }
    }

    /// A constant. Minus zero becomes zero.
    pub fn constant(&mut self, value: f64) -> NodeId {
        self.intern(Node::Constant((value + 0.0).to_bits()))
    }

    /// The same operations on other constants, to ask what a rounding of these does.
    #[must_use]
    pub fn with_constants(&self, other: impl Fn(f64) -> f64) -> Self {
        let mut graph = self.clone();
        for node in &mut graph.nodes {
            if let Node::Constant(bits) = node {
                *bits = other(f64::from_bits(*bits)).to_bits();
            }
        }
        graph
    }

    /// A comparison of two numbers.
    pub fn compare(&mut self, op: Comparison, a: NodeId, b: NodeId) -> NodeId {
        self.intern(Node::Compare(op, a, b))
    }

    /// `a` where the condition holds, else `b`.
    pub fn select(&mut self, condition: NodeId, a: NodeId, b: NodeId) -> NodeId {
        if a == b {
            return a;
        }
        match self.truth(condition) {
            Some(true) => a,
            Some(false) => b,
            None => self.intern(Node::Select(condition, a, b)),
        }
    }

    /// Whether a condition holds, where that is known: it compares constants, or is `a < a`. Nothing is below itself,
    /// not-a-number included. Compilers see that, too, and go on from there: so it is decided here.
    fn truth(&self, condition: NodeId) -> Option<bool> {
        match self.node(condition) {
            Node::Compare(Comparison::Less, a, b) if a == b => Some(false),
            Node::Compare(op, a, b) => Some(op.holds(self.constant_value(a)?, self.constant_value(b)?)),
            _ => None,
        }
    }
}
