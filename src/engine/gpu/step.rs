//! Graph → WGSL: the operations of one step.

use super::inputs::InputLayout;
use crate::expr::{Binary, Graph, Node, NodeId};
use crate::sweep::{Input, NoiseKnobs, Program, RowLoop, Stage};
use std::fmt::Write;

/// The function `step`: one for all where every step is judged, else what judges and what advances apart.
pub fn step(program: &Program, layout: &InputLayout) -> String {
    let place = |id: NodeId| place(program, id);
    let loss = place(program.loss);
    let tested = program.stop.tested().iter().enumerate();
    let below = tested.map(|(at, node)| format!("(magnitude({}) < k.g{at})", place(*node)));
    let holds = all(&below.collect::<Vec<String>>());
    let next: Vec<String> = program.carried.iter().map(|carried| place(carried.next)).collect();
    let next = format!("Carried({})", next.join(", "));
    let advancing = program.advancing();
    if program.batch.is_none() {
        let body = operations(program, layout, &[program.judged(), advancing].concat());
        return format!(
            "fn step(k: Knobs, c: Carried, number: u32, judged: bool) -> Step {{\n    let t = real(number + 1u);\n\
             {body}    return Step({loss}, {holds}, {next});\n}}\n"
        );
    }
    let judge = operations(program, layout, &program.judged());
    let advance = operations(program, layout, &advancing);
    format!(
        "fn judge(k: Knobs, c: Carried, number: u32) -> Step {{\n    let t = real(number + 1u);\n{judge}    \
         return Step({loss}, {holds}, c);\n}}\n\n\
         fn step(k: Knobs, c: Carried, number: u32, judged: bool) -> Step {{\n    let t = real(number + 1u);\n    \
         var now = Step(real(0), false, c);\n    if judged {{\n        now = judge(k, c, number);\n    }}\n{advance}    \
         now.next = {next};\n    return now;\n}}\n"
    )
}

/// The operations that `roots` need, in order.
fn operations(program: &Program, layout: &InputLayout, roots: &[NodeId]) -> String {
    let stages = program.stages(roots);
    stages
        .iter()
        .map(|stage| match stage {
            Stage::Straight(nodes) => straight(program, nodes, "    "),
            Stage::Rows(rows) => row_loop(program, layout, rows),
        })
        .collect()
}

fn straight(program: &Program, nodes: &[NodeId], indent: &str) -> String {
    Writer { graph: &program.graph, leaf: &|id| leaf(program, id) }.lines(nodes, indent)
}

/// A loop over rows. Its length is not a literal: a compiler that unrolls it would take the sum apart.
fn row_loop(program: &Program, layout: &InputLayout, rows: &RowLoop) -> String {
    let mut text = String::new();
    for id in &rows.results {
        let _ = writeln!(text, "    var n{} = real(0);", id.index());
        if let Node::Largest(..) = program.graph.node(*id) {
            let _ = writeln!(text, "    var largest{} = real(0);", id.index());
        }
    }
    let length = if rows.batch { "batch" } else { "rows" };
    let _ = writeln!(text, "    for (var slot = 0u; slot < job.{length}; slot++) {{");
    let row = match program.batch.filter(|_| rows.batch) {
        None => "slot".to_owned(),
        Some(batch) => {
            let row = match batch.seed {
                Some(seed) if batch.shuffled => {
                    format!("shuffled_row(u32(k.k{seed}), number, slot, {}u, {}u)", batch.size, batch.rows)
                }
                Some(seed) => format!("batch_row(u32(k.k{seed}), number, slot, {}u)", batch.rows),
                None => format!("number % {}u", batch.rows),
            };
            let _ = writeln!(text, "        let row = {row};");
            "row".to_owned()
        }
    };
    let table = program.table().map(|knob| format!("u32(k.k{knob})"));
    for number in &rows.columns {
        let column = program.columns[*number as usize].data;
        let _ = writeln!(text, "        let d{number} = {};", layout.datum(table.as_deref(), &row, column));
    }
    text.push_str(&straight(program, &rows.body, "        "));
    rows.results.iter().for_each(|id| text.push_str(&fold(program, *id)));
    text.push_str("    }\n");
    text
}

/// How a row goes into a number that comes of all rows.
fn fold(program: &Program, id: NodeId) -> String {
    let at = id.index();
    match program.graph.node(id) {
        Node::Sum(_, body) => {
            let value = place(program, body);
            let value = if is_sum(&program.graph, body) { format!("opaque({value})") } else { value };
            format!("        n{at} = n{at} + {value};\n")
        }
        Node::Largest(_, key, value) => {
            let (key, value) = (place(program, key), place(program, value));
            format!(
                "        let takes{at} = (slot == 0u) | is_less(largest{at}, {key}) | is_nan({key});\n        \
                 n{at} = select(n{at}, {value}, takes{at});\n        \
                 largest{at} = select(largest{at}, {key}, takes{at});\n"
            )
        }
        _ => String::new(),
    }
}

/// Whether a compiler sees a sum of two terms.
fn is_sum(graph: &Graph, id: NodeId) -> bool {
    matches!(graph.node(id), Node::Binary(Binary::Add | Binary::Sub, ..) | Node::Sum(..))
}

/// The largest of some values.
pub fn largest(values: &[String]) -> String {
    match values {
        [] => String::new(),
        [value] => value.clone(),
        // Halves, not a chain: compilers limit how deep calls may nest.
        _ => {
            let (left, right) = values.split_at(values.len() / 2);
            format!("max({}, {})", largest(left), largest(right))
        }
    }
}

/// Whether all of some conditions hold; in halves, likewise.
fn all(conditions: &[String]) -> String {
    match conditions {
        [] => "true".to_owned(),
        [condition] => condition.clone(),
        _ => {
            let (left, right) = conditions.split_at(conditions.len() / 2);
            format!("({} & {})", all(left), all(right))
        }
    }
}

/// How a node of a program is written where it is read.
fn place(program: &Program, id: NodeId) -> String {
    Writer { graph: &program.graph, leaf: &|id| leaf(program, id) }.place(id)
}

/// A number that is drawn for the cell in the step at hand.
fn drawn(program: &Program, parameter: u32, half: u32) -> String {
    program.noise.map_or_else(String::new, |NoiseKnobs { seed, cell: [column, row] }| {
        let cell = format!("vec2<u32>(u32(k.k{column}), u32(k.k{row}))");
        format!("drawn(u32(k.k{seed}), {cell}, {parameter}u, number, {half}u)")
    })
}

/// How a program's constants, inputs and columns are written.
fn leaf(program: &Program, id: NodeId) -> String {
    match program.graph.node(id) {
        Node::Input(number) => match program.inputs[number as usize] {
            Input::Knob(knob) => format!("k.k{knob}"),
            Input::Carried(carried) => format!("c.c{carried}"),
            Input::StepNumber => "t".to_owned(),
            Input::Drawn { parameter, half } => drawn(program, parameter, half),
        },
        Node::Column(number) => format!("d{number}"),
        _ => {
            let at = program.constants.binary_search(&id);
            format!("k.q{}", at.expect("a constant that is read is needed"))
        }
    }
}

/// Writes the operations of a graph.
pub struct Writer<'a> {
    pub graph: &'a Graph,
    /// How constants, inputs and columns are written.
    pub leaf: &'a dyn Fn(NodeId) -> String,
}

impl Writer<'_> {
    /// One line for each operation among `nodes`.
    pub fn lines(&self, nodes: &[NodeId], indent: &str) -> String {
        let mut text = String::new();
        for id in nodes {
            if let Some(operation) = self.operation(*id) {
                let _ = writeln!(text, "{indent}let n{} = {operation};", id.index());
            }
        }
        text
    }

    /// How a node is written where it is read.
    pub fn place(&self, id: NodeId) -> String {
        match self.graph.node(id) {
            Node::Constant(_) | Node::Input(_) | Node::Column(_) => (self.leaf)(id),
            _ => format!("n{}", id.index()),
        }
    }

    fn operation(&self, id: NodeId) -> Option<String> {
        let value = |id: NodeId| self.place(id);
        Some(match self.graph.node(id) {
            Node::Constant(_) | Node::Input(_) | Node::Column(_) | Node::Sum(..) | Node::Largest(..) => return None,
            Node::Unary(op, a) => op.wgsl(&value(a)),
            Node::Binary(op @ (Binary::Add | Binary::Sub), a, b) => {
                let (a, b) = self.shielded(a, b);
                op.wgsl(&a, &b)
            }
            Node::Binary(op, a, b) => op.wgsl(&value(a), &value(b)),
            Node::Compare(op, a, b) => op.wgsl(&value(a), &value(b)),
            Node::Select(condition, a, b) => format!("select({}, {}, {})", value(b), value(a), value(condition)),
        })
    }

    /// The terms of a sum, written so that no compiler can take the sum apart: a term that is itself a sum is opaque, and
    /// so is one of two products with a common factor. Mesa turns (a − b) + c into a + (c − b) and x·y + x·z into
    /// x·(y+z), and fast mathematics elsewhere may cancel the (a + b) − a of a compensated sum to b.
    fn shielded(&self, a: NodeId, b: NodeId) -> (String, String) {
        let is_sum = |id: NodeId| is_sum(self.graph, id);
        let factors = |id: NodeId| match self.graph.node(id) {
            Node::Binary(Binary::Mul, x, y) => vec![x, y],
            _ => Vec::new(),
        };
        let of_b = factors(b);
        let in_common = factors(a).iter().any(|factor| of_b.contains(factor));
        let write = |id: NodeId, opaque: bool| {
            let value = self.place(id);
            if opaque { format!("opaque({value})") } else { value }
        };
        (write(a, is_sum(a) || in_common), write(b, is_sum(b)))
    }
}
