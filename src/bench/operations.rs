//! How many operations a step has: functions count as the primitive operations that they are made of.

use crate::expr::{Machine, Node, NodeId, Primitive, Traced};
use crate::sweep::Program;
use std::collections::HashMap;

/// The place of a value among those that were found.
type At = u32;

/// Counts operations; equal ones once, as they are done once.
struct Counter<'a> {
    program: &'a Program,
    /// Every value by what it is; a node that is no function is an argument of all that reads it.
    known: HashMap<Primitive, At>,
    of_node: Vec<At>,
    /// How often the node at hand is computed in a step.
    times: u64,
    count: u64,
}

/// Operations of a step, of numbers and of their bits. One in a loop over rows counts once for every row; changes of sign, the
/// comparisons of formulas and what they choose count as none.
pub fn operations(program: &Program) -> u64 {
    let graph = &program.graph;
    let needed = program.needed();
    let ids = (0..needed.len()).filter(|at| needed[*at]).map(|at| graph.id_at(at));
    let rows = ids.clone().find_map(|id| graph.node(id).rows().map(u64::from)).unwrap_or(1);
    let of_node = vec![0; needed.len()];
    let mut counter = Counter { program, known: HashMap::new(), of_node, times: 1, count: 0 };
    for id in ids {
        let loops = graph.is_by_row(id) || graph.node(id).rows().is_some();
        counter.times = if loops { rows } else { 1 };
        counter.node(id);
    }
    counter.count
}

impl Counter<'_> {
    fn node(&mut self, id: NodeId) {
        let machine = Machine::processor(self.program.precision.is_wide());
        let (kernel, counts) = match self.program.graph.node(id) {
            Node::Unary(op, _) => (op.kernel(machine), op.row().counts),
            Node::Binary(op, ..) => (op.kernel(machine), op.row().counts),
            Node::Sum(..) => (None, true),
            _ => (None, false),
        };
        self.of_node[id.index()] = if let Some(kernel) = kernel {
            self.function(id, &kernel)
        } else {
            self.count += if counts { self.times } else { 0 };
            self.find(Primitive::Argument(id.index() as u32))
        };
    }

    fn function(&mut self, id: NodeId, kernel: &Traced) -> At {
        let arguments: Vec<At> =
            self.program.graph.node(id).children().map(|child| self.of_node[child.index()]).collect();
        let mut places: Vec<At> = Vec::with_capacity(kernel.operations.len());
        for operation in &kernel.operations {
            let place = match operation {
                Primitive::Argument(which) => arguments[*which as usize],
                operation => self.find(operation.over(|at| places[at as usize])),
            };
            places.push(place);
        }
        places[kernel.result as usize]
    }

    /// The place of a value. A primitive operation that is new counts.
    fn find(&mut self, value: Primitive) -> At {
        let new = self.known.len() as At;
        let at = *self.known.entry(value).or_insert(new);
        if at == new && is_operation(value) {
            self.count += self.times;
        }
        at
    }
}

/// Whether a processor has something to compute.
fn is_operation(primitive: Primitive) -> bool {
    !matches!(
        primitive,
        Primitive::Argument(_)
            | Primitive::Number(_)
            | Primitive::Word(_)
            | Primitive::BitsOf(_)
            | Primitive::NumberOf(_)
            | Primitive::Negated(_)
    )
}

#[cfg(test)]
mod tests {
    use super::operations;
    use crate::sweep::{Precision, Request};

    fn of(formula: &str, precision: Precision) -> u64 {
        let request = Request::parse(formula).expect("a formula").precision(precision);
        operations(&request.resolve().expect("a sweep").program)
    }

    /// The step of x^2: the square, the slope, alpha times it, the difference. Functions have as many more as they are made of.
    #[test]
    fn functions_count_as_what_they_are_made_of() {
        for precision in [Precision::F32, Precision::F64] {
            let [square, root, exponential, sine] =
                ["x^2", "sqrt(x)", "exp(x)", "sin(x)"].map(|formula| of(formula, precision));
            assert_eq!(square, 4, "{precision}");
            assert!(root < 8, "{root} in {precision}");
            assert!((15..60).contains(&exponential), "{exponential} in {precision}");
            assert!((25..120).contains(&sine), "{sine} in {precision}");
        }
    }

    /// The exponential is its own slope, and sine and cosine have a reduction in common.
    #[test]
    fn what_is_done_once_counts_once() {
        let [one, both, apart] =
            ["exp(x)", "exp(x)+sin(x)", "exp(x)+sin(x+1)"].map(|formula| of(formula, Precision::F32));
        let sine = of("sin(x)", Precision::F32);
        // Two sums more; α times the slope and the difference are there once.
        assert_eq!(both, one + sine);
        assert!(apart > both && apart <= both + 2, "{apart} and {both}");
        assert!(sine < of("sin(x)+cos(x+1)", Precision::F32) - sine / 3, "{sine}");
    }
}
