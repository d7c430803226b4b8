//! Graph → JavaScript: the operations of one step, in f64, in the order in which the engines make them.

use crate::expr::{Node, NodeId};
use crate::sweep::{Input, NoiseKnobs, Program, RowLoop, Stage};
use std::fmt::Write;

/// The functions `judge` (loss and what the stop test looks at) and `advance` (the next carried values). Both take the knobs `k`, the carried
/// values `c`, the columns of the cell's data `d` and the number of steps made.
pub fn script(program: &Program) -> String {
    let function = |name: &str, roots: &[NodeId], result: &str| function(program, name, (roots, result));
    let places = |nodes: &[NodeId]| nodes.iter().map(|node| place(program, *node)).collect::<Vec<_>>().join(", ");
    let judged = format!("{{ loss: {}, slopes: [{}] }}", place(program, program.loss), places(program.stop.tested()));
    let (advancing, next) = (program.advancing(), format!("[{}]", places(&program.advancing())));
    function("judge", &program.judged(), &judged) + &function("advance", &advancing, &next)
}

/// A function of the same arguments that gives the value of one node.
pub fn script_of(program: &Program, name: &str, root: NodeId) -> String {
    function(program, name, (&[root], &place(program, root)))
}

fn function(program: &Program, name: &str, (roots, result): (&[NodeId], &str)) -> String {
    let body = operations(program, roots);
    format!("function {name}(k, c, d, number) {{\n  const t = number + 1;\n{body}  return {result};\n}}\n")
}

/// The operations that `roots` need, in order.
fn operations(program: &Program, roots: &[NodeId]) -> String {
    let stages = program.stages(roots);
    let text = stages.iter().map(|stage| match stage {
        Stage::Straight(nodes) => straight(program, nodes, "  "),
        Stage::Rows(rows) => row_loop(program, rows),
    });
    text.collect()
}

fn straight(program: &Program, nodes: &[NodeId], indent: &str) -> String {
    let mut text = String::new();
    for id in nodes {
        if let Some(operation) = operation(program, *id) {
            let _ = writeln!(text, "{indent}const n{} = {operation};", id.index());
        }
    }
    text
}

fn row_loop(program: &Program, rows: &RowLoop) -> String {
    let mut text = String::new();
    for id in &rows.results {
        let largest = if let Node::Largest(..) = program.graph.node(*id) {
            format!(", m{} = 0", id.index())
        } else {
            String::new()
        };
        let _ = writeln!(text, "  let n{} = 0{largest};", id.index());
    }
    let _ = writeln!(text, "  for (let slot = 0; slot < {}; slot++) {{", rows.rows);
    let row = match program.batch.filter(|_| rows.batch) {
        None => "slot".to_owned(),
        Some(batch) => match batch.seed {
            Some(seed) if batch.shuffled => {
                format!("shuffledRow(k[{seed}], number, slot, {}, {})", batch.size, batch.rows)
            }
            Some(seed) => format!("batchRow(k[{seed}], number, slot, {})", batch.rows),
            None => format!("number % {}", batch.rows),
        },
    };
    let _ = writeln!(text, "    const row = {row};");
    for number in &rows.columns {
        let _ = writeln!(text, "    const d{number} = d[{}][row];", program.columns[*number as usize].data);
    }
    text.push_str(&straight(program, &rows.body, "    "));
    for id in &rows.results {
        let at = id.index();
        let line = match program.graph.node(*id) {
            Node::Sum(_, body) => format!("n{at} = n{at} + {};", place(program, body)),
            Node::Largest(_, key, value) => {
                let (key, value) = (place(program, key), place(program, value));
                format!("if (slot === 0 || m{at} < {key} || Number.isNaN({key})) [m{at}, n{at}] = [{key}, {value}];")
            }
            _ => continue,
        };
        let _ = writeln!(text, "    {line}");
    }
    text.push_str("  }\n");
    text
}

/// How a node is written where it is read.
fn place(program: &Program, id: NodeId) -> String {
    match program.graph.node(id) {
        // The shortest text that reads back to the same bits; in brackets, for the minus of a negative one.
        Node::Constant(bits) => format!("({:?})", f64::from_bits(bits)),
        Node::Input(number) => match program.inputs[number as usize] {
            Input::Knob(knob) => format!("k[{knob}]"),
            Input::Carried(carried) => format!("c[{carried}]"),
            Input::StepNumber => "t".to_owned(),
            Input::Drawn { parameter, half } => drawn(program, parameter, half),
        },
        Node::Column(number) => format!("d{number}"),
        _ => format!("n{}", id.index()),
    }
}

/// A number that is drawn for the cell in the step at hand.
fn drawn(program: &Program, parameter: u32, half: u32) -> String {
    program.noise.map_or_else(String::new, |NoiseKnobs { seed, cell: [column, row] }| {
        format!("drawn(k[{seed}], [k[{column}], k[{row}]], {parameter}, number, {half})")
    })
}

fn operation(program: &Program, id: NodeId) -> Option<String> {
    let value = |id: NodeId| place(program, id);
    Some(match program.graph.node(id) {
        Node::Constant(_) | Node::Input(_) | Node::Column(_) | Node::Sum(..) | Node::Largest(..) => return None,
        Node::Unary(op, a) => op.javascript(&value(a)),
        Node::Binary(op, a, b) => op.javascript(&value(a), &value(b)),
        Node::Compare(op, a, b) => format!("{} {} {}", value(a), op.javascript(), value(b)),
        Node::Select(condition, a, b) => format!("{} ? {} : {}", value(condition), value(a), value(b)),
    })
}
