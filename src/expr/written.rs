//! Graph → text that reads back to the same nodes.

use super::comparison::Comparison;
use super::graph::{Graph, Node, NodeId};
use super::lexer::MAX_TEXT;
use super::ops::{Binary, Unary};
use super::print::{Binding, number};

/// A part and how tightly it binds.
type Part = (String, Binding);

impl Graph {
    /// A node as a formula over the names of its inputs and columns. `None` where that would be longer than a formula may be.
    pub fn written(&self, id: NodeId) -> Option<String> {
        let mut parts: Vec<Option<Part>> = vec![None; id.index() + 1];
        // Parts that are read many times are written as often: all texts together must stay within bounds.
        let mut room = 64 * MAX_TEXT;
        for node in self.nodes_of(&[id]) {
            let part = self.part(node, &parts);
            room = room.checked_sub(part.0.len()).filter(|_| part.0.len() <= MAX_TEXT)?;
            parts[node.index()] = Some(part);
        }
        parts.swap_remove(id.index()).map(|(text, _)| text)
    }

    /// Whether the first of two that are added is better written last: a sum has no brackets in front, and `w*x + b` is how
    /// people write it. Which comes first in the graph is by chance, and makes no difference to it.
    fn is_last(&self, a: NodeId, b: NodeId) -> bool {
        let rank = |id: NodeId| match self.node(id) {
            Node::Binary(Binary::Add | Binary::Sub, ..) => 0,
            node if node.children().next().is_some() => 1,
            _ => 2,
        };
        rank(a) > rank(b)
    }

    fn part(&self, id: NodeId, parts: &[Option<Part>]) -> Part {
        let of = |id: NodeId| parts[id.index()].clone().unwrap_or_default();
        let call = |name: &str, arguments: &[NodeId]| {
            let arguments: Vec<String> = arguments.iter().map(|id| of(*id).0).collect();
            (format!("{name}({})", arguments.join(", ")), Binding::Whole)
        };
        match self.node(id) {
            Node::Constant(bits) => constant(f64::from_bits(bits)),
            Node::Input(at) => (self.inputs()[at as usize].clone(), Binding::Whole),
            Node::Column(at) => (self.columns()[at as usize].clone(), Binding::Whole),
            Node::Unary(Unary::Neg, a) => (format!("-{}", within(of(a), Binding::Sign)), Binding::Sign),
            Node::Unary(op, a) => call(op.row().name, &[a]),
            Node::Binary(Binary::Add, a, b) if self.is_last(a, b) => joined(Binary::Add, of(b), of(a)),
            Node::Binary(op, a, b) if infix(op).is_some() => joined(op, of(a), of(b)),
            Node::Binary(op, a, b) => call(op.row().name, &[a, b]),
            Node::Compare(op, a, b) => {
                let symbol = match op {
                    Comparison::Less => "<",
                    Comparison::LessEqual => "<=",
                    Comparison::Equal => "==",
                };
                let (a, b) = (within(of(a), Binding::Sum), within(of(b), Binding::Sum));
                (format!("{a} {symbol} {b}"), Binding::Comparison)
            }
            Node::Select(condition, a, b) => call("select", &[condition, a, b]),
            Node::Sum(_, a) => call("sum", &[a]),
            Node::Largest(_, key, value) if key == value => call("max", &[value]),
            Node::Largest(_, _, value) => call("min", &[value]),
        }
    }
}

fn joined(op: Binary, a: Part, b: Part) -> Part {
    let Some((symbol, own, before, after)) = infix(op) else { return a };
    (format!("{}{symbol}{}", within(a, before), within(b, after)), own)
}

/// Symbol, own binding, and what its two sides need.
fn infix(op: Binary) -> Option<(&'static str, Binding, Binding, Binding)> {
    use Binding::{Power, Product, Sign, Sum, Whole};
    match op {
        Binary::Add => Some((" + ", Sum, Sum, Product)),
        Binary::Sub => Some((" - ", Sum, Sum, Product)),
        Binary::Mul => Some(("*", Product, Product, Sign)),
        Binary::Div => Some(("/", Product, Product, Sign)),
        Binary::Pow => Some(("^", Power, Whole, Sign)),
        _ => None,
    }
}

fn within((text, binding): Part, least: Binding) -> String {
    if binding < least { format!("({text})") } else { text }
}

fn constant(value: f64) -> Part {
    if value < 0.0 { (format!("-{}", number(-value)), Binding::Sign) } else { (number(value), Binding::Whole) }
}
