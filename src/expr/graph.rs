//! The shared graph: equal subexpressions are one node, constants are folded, whole powers are products.
//!
//! A node is *by row* when it depends on a column of data: it has a value in every row. [`Node::Sum`] makes one number of
//! such values, and is what `mean` and `sum` come to.

use super::comparison::Comparison;
use super::ops::{Binary, Unary};
use std::collections::HashMap;

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
}

impl Node {
    /// The nodes this one reads.
    pub fn children(self) -> impl Iterator<Item = NodeId> {
        let (a, b, c) = match self {
            Self::Constant(_) | Self::Input(_) | Self::Column(_) => (None, None, None),
            Self::Unary(_, a) | Self::Sum(_, a) => (Some(a), None, None),
            Self::Binary(_, a, b) | Self::Compare(_, a, b) => (Some(a), Some(b), None),
            Self::Select(a, b, c) => (Some(a), Some(b), Some(c)),
        };
        [a, b, c].into_iter().flatten()
    }
}

/// A list of operations, each node once, in an order in which it can be evaluated.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    /// For every node, whether it is by row.
    by_row: Vec<bool>,
    known: HashMap<Node, NodeId>,
    inputs: Vec<String>,
    columns: Vec<String>,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// All nodes, children first.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Names of the inputs, in the order of [`Node::Input`]'s numbers.
    pub fn inputs(&self) -> &[String] {
        &self.inputs
    }

    /// Names of the columns, in the order of [`Node::Column`]'s numbers.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Whether a node has a value of its own in every row.
    pub fn is_by_row(&self, id: NodeId) -> bool {
        self.by_row[id.index()]
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
        let mut wanted = vec![false; a.index() + 1];
        wanted[a.index()] = self.is_by_row(a);
        for at in (0..=a.index()).rev() {
            if wanted[at] {
                let by_row = self.nodes[at].children().filter(|child| self.is_by_row(*child));
                by_row.for_each(|child| wanted[child.index()] = true);
            }
        }
        (0..wanted.len()).filter(|at| wanted[*at]).map(|at| self.id_at(at)).collect()
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
        self.by_row.push(match node {
            Node::Column(_) => true,
            Node::Sum(..) => false,
            _ => node.children().any(|child| self.is_by_row(child)),
        });
        let id = NodeId(u32::try_from(self.nodes.len()).expect("formulas are limited to 64 KiB"));
        self.nodes.push(node);
        self.known.insert(node, id);
        id
    }

    /// The input of this name, made on first mention.
    pub fn input(&mut self, name: &str) -> NodeId {
        let at = position_or_push(&mut self.inputs, name);
        self.intern(Node::Input(at))
    }

    /// The column of this name, made on first mention.
    pub fn column(&mut self, name: &str) -> NodeId {
        let at = position_or_push(&mut self.columns, name);
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

    /// A constant. Minus zero becomes zero.
    pub fn constant(&mut self, value: f64) -> NodeId {
        self.intern(Node::Constant((value + 0.0).to_bits()))
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
        self.intern(Node::Select(condition, a, b))
    }
}

fn position_or_push(names: &mut Vec<String>, name: &str) -> u32 {
    let at = names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    });
    at as u32
}
