//! The rewritings that a graph does while it grows.
//!
//! Each is either exact in floating point (a factor of two, a sign) or plain algebra on constants, and is done once,
//! before either engine sees the graph: both engines therefore perform the same operations in the same order.

use super::comparison::Comparison;
use super::graph::{Graph, Node, NodeId};
use super::ops::{Algebra, Binary, Unary};

/// Whole powers up to this are products; beyond it (nobody writes them) the general power is used.
const MAX_WHOLE_POWER: f64 = 1024.0;

impl Graph {
    /// One of the one-argument operations.
    pub fn unary(&mut self, op: Unary, a: NodeId) -> NodeId {
        if let Some(value) = self.constant_value(a) {
            return self.constant(op.value(value));
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
            Binary::Min | Binary::Max if a == b => a,
            _ => match (self.constant_value(a), self.constant_value(b)) {
                (Some(a), Some(b)) => self.constant(op.value(a, b)),
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
}

impl Algebra for Graph {
    type Value = NodeId;

    fn constant(&mut self, value: f64) -> NodeId {
        Self::constant(self, value)
    }
    fn unary(&mut self, op: Unary, a: NodeId) -> NodeId {
        Self::unary(self, op, a)
    }
    fn binary(&mut self, op: Binary, a: NodeId, b: NodeId) -> NodeId {
        Self::binary(self, op, a, b)
    }
    fn compare(&mut self, op: Comparison, a: NodeId, b: NodeId) -> NodeId {
        Self::compare(self, op, a, b)
    }
    fn select(&mut self, condition: NodeId, a: NodeId, b: NodeId) -> NodeId {
        Self::select(self, condition, a, b)
    }
}

/// Whether multiplying by `c` is exact (short of overflow): a power of two with a reciprocal.
fn is_power_of_two(c: f64) -> bool {
    const MANTISSA: u64 = (1 << 52) - 1;
    c.is_normal() && (1.0 / c).is_normal() && c.to_bits() & MANTISSA == 0
}
