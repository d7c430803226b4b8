//! The shared graph: equal subexpressions are one node, constants are folded, whole powers are products.
//!
//! Every rewriting here is either exact in floating point (a factor of two, a sign) or plain algebra on
//! constants, and is done once, before either engine sees the graph: both engines therefore perform the same
//! operations in the same order.

use super::real::Real;
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

/// Operations of one argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unary {
    Neg,
    Exp,
    Ln,
    Log2,
    Sqrt,
    Abs,
    Sign,
    Sin,
    Cos,
    Tan,
    Tanh,
    Floor,
    Sigmoid,
    Softplus,
}

/// Operations of two arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Min,
    Max,
    Pow,
}

/// Comparisons; `>` and `>=` are the same with sides swapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    Less,
    LessEqual,
    Equal,
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
}

impl Node {
    /// The nodes this one reads.
    pub fn children(self) -> impl Iterator<Item = NodeId> {
        let (a, b, c) = match self {
            Self::Constant(_) | Self::Input(_) => (None, None, None),
            Self::Unary(_, a) => (Some(a), None, None),
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
    known: HashMap<Node, NodeId>,
    inputs: Vec<String>,
}

/// Whole powers up to this are products; beyond it (nobody writes them) the general power is used.
const MAX_WHOLE_POWER: f64 = 1024.0;

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

    fn intern(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.known.get(&node) {
            return *id;
        }
        let id = NodeId(u32::try_from(self.nodes.len()).expect("formulas are limited to 64 KiB"));
        self.nodes.push(node);
        self.known.insert(node, id);
        id
    }

    /// The input of this name, made on first mention.
    pub fn input(&mut self, name: &str) -> NodeId {
        let at = self.inputs.iter().position(|known| known == name).unwrap_or_else(|| {
            self.inputs.push(name.to_owned());
            self.inputs.len() - 1
        });
        self.intern(Node::Input(at as u32))
    }

    /// A constant. Minus zero becomes zero.
    pub fn constant(&mut self, value: f64) -> NodeId {
        self.intern(Node::Constant((value + 0.0).to_bits()))
    }

    /// One of the one-argument operations.
    pub fn unary(&mut self, op: Unary, a: NodeId) -> NodeId {
        if let Some(value) = self.constant_value(a) {
            return self.constant(f64::unary(op, value));
        }
        match (op, self.node(a)) {
            (Unary::Neg, Node::Unary(Unary::Neg, inner)) => inner,
            (Unary::Neg, Node::Binary(Binary::Mul, c, x)) if self.constant_value(c).is_some() => {
                let c = self.unary(Unary::Neg, c);
                self.mul(c, x)
            }
            _ => self.intern(Node::Unary(op, a)),
        }
    }

    /// −a
    pub fn neg(&mut self, a: NodeId) -> NodeId {
        self.unary(Unary::Neg, a)
    }

    /// One of the two-argument operations.
    pub fn binary(&mut self, op: Binary, a: NodeId, b: NodeId) -> NodeId {
        match op {
            Binary::Add => self.add(a, b),
            Binary::Sub => self.sub(a, b),
            Binary::Mul => self.mul(a, b),
            Binary::Div => self.div(a, b),
            Binary::Pow => self.pow(a, b),
            Binary::Min | Binary::Max => match (self.constant_value(a), self.constant_value(b)) {
                (Some(a), Some(b)) => self.constant(f64::binary(op, a, b)),
                _ if a == b => a,
                _ => self.intern(Node::Binary(op, a, b)),
            },
        }
    }

    /// a + b
    pub fn add(&mut self, a: NodeId, b: NodeId) -> NodeId {
        match (self.constant_value(a), self.constant_value(b)) {
            (Some(a), Some(b)) => return self.constant(a + b),
            (Some(0.0), _) => return b,
            (_, Some(0.0)) => return a,
            _ => {}
        }
        match (self.node(a), self.node(b)) {
            (_, Node::Unary(Unary::Neg, b)) => self.sub(a, b),
            (Node::Unary(Unary::Neg, a), _) => self.sub(b, a),
            _ if a == b => {
                let two = self.constant(2.0);
                self.mul(two, a)
            }
            _ => self.intern(Node::Binary(Binary::Add, a.min(b), a.max(b))),
        }
    }

    /// a − b
    pub fn sub(&mut self, a: NodeId, b: NodeId) -> NodeId {
        match (self.constant_value(a), self.constant_value(b)) {
            (Some(a), Some(b)) => return self.constant(a - b),
            (Some(0.0), _) => return self.neg(b),
            (_, Some(0.0)) => return a,
            _ => {}
        }
        match self.node(b) {
            Node::Unary(Unary::Neg, b) => self.add(a, b),
            _ if a == b => self.constant(0.0),
            _ => self.intern(Node::Binary(Binary::Sub, a, b)),
        }
    }

    /// a · b
    pub fn mul(&mut self, a: NodeId, b: NodeId) -> NodeId {
        match (self.constant_value(a), self.constant_value(b)) {
            (Some(a), Some(b)) => self.constant(a * b),
            (Some(c), None) => self.scale(c, b),
            (None, Some(c)) => self.scale(c, a),
            (None, None) => match (self.node(a), self.node(b)) {
                (Node::Unary(Unary::Neg, a), _) => {
                    let product = self.mul(a, b);
                    self.neg(product)
                }
                (_, Node::Unary(Unary::Neg, b)) => {
                    let product = self.mul(a, b);
                    self.neg(product)
                }
                _ => self.intern(Node::Binary(Binary::Mul, a.min(b), a.max(b))),
            },
        }
    }

    /// c · x, with the constant first.
    fn scale(&mut self, c: f64, x: NodeId) -> NodeId {
        if c == 0.0 {
            // Not exact for infinite x, but what makes derivatives clean: the derivative of a constant is gone.
            return self.constant(0.0);
        }
        if c == 1.0 {
            return x;
        }
        if c == -1.0 {
            return self.neg(x);
        }
        match self.node(x) {
            Node::Unary(Unary::Neg, inner) => return self.scale(-c, inner),
            Node::Binary(Binary::Mul, inner_c, inner) => {
                // Two factors that are powers of two join without a rounding; others would round differently.
                if let Some(inner_c) = self.constant_value(inner_c)
                    && is_power_of_two(c)
                    && is_power_of_two(inner_c)
                {
                    return self.scale(c * inner_c, inner);
                }
            }
            _ => {}
        }
        let c = self.constant(c);
        self.intern(Node::Binary(Binary::Mul, c, x))
    }

    /// a / b
    pub fn div(&mut self, a: NodeId, b: NodeId) -> NodeId {
        match (self.constant_value(a), self.constant_value(b)) {
            (Some(a), Some(b)) => return self.constant(a / b),
            (Some(0.0), _) => return a,
            (_, Some(b)) if is_power_of_two(b) => return self.scale(1.0 / b, a),
            _ => {}
        }
        match (self.node(a), self.node(b)) {
            (Node::Unary(Unary::Neg, a), _) => {
                let quotient = self.div(a, b);
                self.neg(quotient)
            }
            (_, Node::Unary(Unary::Neg, b)) => {
                let quotient = self.div(a, b);
                self.neg(quotient)
            }
            _ => self.intern(Node::Binary(Binary::Div, a, b)),
        }
    }

    /// a to the power b. Whole constant powers become products, ±½ square roots.
    pub fn pow(&mut self, a: NodeId, b: NodeId) -> NodeId {
        match (self.constant_value(a), self.constant_value(b)) {
            (Some(a), Some(b)) => self.constant(libm::pow(a, b)),
            (_, Some(n)) if n.fract() == 0.0 && n.abs() <= MAX_WHOLE_POWER => {
                let product = self.whole_power(a, n.abs() as u32);
                if n < 0.0 { self.reciprocal(product) } else { product }
            }
            (_, Some(0.5)) => self.unary(Unary::Sqrt, a),
            (_, Some(-0.5)) => {
                let root = self.unary(Unary::Sqrt, a);
                self.reciprocal(root)
            }
            _ => self.intern(Node::Binary(Binary::Pow, a, b)),
        }
    }

    fn reciprocal(&mut self, a: NodeId) -> NodeId {
        let one = self.constant(1.0);
        self.div(one, a)
    }

    /// xⁿ by repeated squaring.
    fn whole_power(&mut self, x: NodeId, n: u32) -> NodeId {
        if n == 0 {
            return self.constant(1.0);
        }
        if n == 1 {
            return x;
        }
        let half = self.whole_power(x, n / 2);
        let square = self.mul(half, half);
        if n % 2 == 1 { self.mul(square, x) } else { square }
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

/// Whether multiplying by `c` is exact (short of overflow): a power of two with a reciprocal.
fn is_power_of_two(c: f64) -> bool {
    const MANTISSA: u64 = (1 << 52) - 1;
    c.is_normal() && (1.0 / c).is_normal() && c.to_bits() & MANTISSA == 0
}
