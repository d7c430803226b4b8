//! Graph → WGSL: the generated part of `shaders/descent.wgsl`.

use super::dispatch::WORKGROUP;
use crate::expr::{Binary, Comparison, Node, NodeId, Unary};
use crate::sweep::{InitialValue, Input, Knob, NEVER_WRITTEN, Program, Source, Spec};
use std::fmt::Write;

/// The kernel that the generated code is spliced into.
const TEMPLATE: &str = include_str!("../../../shaders/descent.wgsl");

/// Codes in the outcome slot of `marks`. Those of [`crate::sweep::Outcome`] that a shader decides, and what only
/// lives between shader and host.
pub mod code {
    use crate::sweep::Outcome;

    pub const CONVERGED: u32 = Outcome::Converged as u32;
    pub const DIVERGED: u32 = Outcome::Diverged as u32;
    /// Reached the last step; the host compares the losses.
    pub const OUT_OF_STEPS: u32 = 5;
    /// Diverged at step 0, with no finite loss to report.
    pub const NO_LOSS: u32 = 6;
    /// On its way; the step slot says where.
    pub const RUNNING: u32 = 7;
}

/// Values before the knobs in the input buffer: gtol, factor and reach of the divergence bar. Behind the knobs come the
/// constants of the formulas, then the tile's x values, then its y values.
pub const THRESHOLDS: usize = 3;
/// Slots before the reported parameters: loss at the start, last finite loss.
pub const LOSS_SLOTS: usize = 2;

/// What the f64 of shaders cannot do: naga accepts these on f64 and emits SPIR-V that drivers misread.
pub fn unsupported_in_f64(program: &Program) -> Option<&'static str> {
    let needed = program.needed();
    let nodes = program.graph.nodes().iter().zip(needed).filter(|(_, needed)| *needed);
    nodes.into_iter().find_map(|(node, _)| match node {
        Node::Unary(op, _) => match op {
            Unary::Neg | Unary::Abs | Unary::Sign | Unary::Sqrt | Unary::Floor => None,
            Unary::Exp => Some("exp"),
            Unary::Ln => Some("ln"),
            Unary::Log2 => Some("log2"),
            Unary::Sin => Some("sin"),
            Unary::Cos => Some("cos"),
            Unary::Tan => Some("tan"),
            Unary::Tanh => Some("tanh"),
            Unary::Sigmoid => Some("sigmoid"),
            Unary::Softplus => Some("softplus"),
        },
        Node::Binary(Binary::Pow, ..) => Some("a fractional power"),
        _ => None,
    })
}

/// The whole shader for a sweep.
pub fn shader(spec: &Spec) -> String {
    let mut text = String::new();
    for line in TEMPLATE.lines() {
        match line {
            "//@ constants" => text.push_str(&constants(spec.program.precision.is_wide())),
            "//@ program" => text.push_str(&program(&spec.program, &spec.knobs)),
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

fn constants(wide: bool) -> String {
    let types = if wide {
        "alias real = f64;\nalias bits = u64;\n\
         const MAGNITUDE_MASK: bits = 0x7ffffffffffffffflu;\nconst MAX_FINITE: bits = 0x7feffffffffffffflu;\n"
    } else {
        "alias real = f32;\nalias bits = u32;\n\
         const MAGNITUDE_MASK: bits = 0x7fffffffu;\nconst MAX_FINITE: bits = 0x7f7fffffu;\n"
    };
    let numbers = [
        ("WORKGROUP", WORKGROUP),
        ("CONVERGED", code::CONVERGED),
        ("DIVERGED", code::DIVERGED),
        ("OUT_OF_STEPS", code::OUT_OF_STEPS),
        ("NO_LOSS", code::NO_LOSS),
        ("RUNNING", code::RUNNING),
        ("NEVER_WRITTEN", u32::from(NEVER_WRITTEN)),
    ];
    let numbers = numbers.map(|(name, value)| format!("const {name}: u32 = {value}u;"));
    types.to_owned() + &numbers.join("\n")
}

/// The structures and functions that the kernel calls.
fn program(program: &Program, knobs: &[Knob]) -> String {
    let carried = program.carried.len();
    let reported = program.reported();
    let constants = program.constants.len();
    let fields = |prefix: &str, count: usize| {
        let fields: Vec<String> = (0..count).map(|at| format!("    {prefix}{at}: real,\n")).collect();
        fields.concat()
    };
    let starts = program.carried.iter().map(|carried| match carried.initial {
        InitialValue::Zero => "real(0)".to_owned(),
        InitialValue::Knob(knob) => format!("k.k{knob}"),
    });
    let sizes: Vec<String> =
        program.parameters.iter().map(|parameter| format!("magnitude(c.c{})", parameter.hi)).collect();
    [
        format!("struct Knobs {{\n{}{}}}\n", fields("k", knobs.len()), fields("q", constants)),
        format!("struct Carried {{\n{}}}\n", fields("c", carried)),
        "struct Step {\n    loss: real,\n    slope: bits,\n    next: Carried,\n}\n".to_owned(),
        load_knobs(knobs, constants),
        format!(
            "fn start(k: Knobs) -> Carried {{\n    return Carried({});\n}}\n",
            starts.collect::<Vec<_>>().join(", ")
        ),
        load_and_store("reported", LOSS_SLOTS, &reported, carried),
        load_and_store("carried", LOSS_SLOTS + reported.len(), &(0..carried).collect::<Vec<_>>(), carried),
        format!("fn largest_parameter(c: Carried) -> bits {{\n    return {};\n}}\n", largest(&sizes)),
        step(program),
        HELPERS.to_owned(),
        if program.precision.is_wide() { String::new() } else { NARROW_HELPERS.to_owned() },
    ]
    .join("\n")
}

/// The function that collects a cell's knobs from the input buffer.
///
/// Constants are inputs too, not literals: Mesa reassociates products and sums with a literal in them
/// (`100*(u*u)` becomes `(100*u)*u`), and then GPU and CPU no longer agree to the bit.
fn load_knobs(knobs: &[Knob], constants: usize) -> String {
    let first_constant = THRESHOLDS + knobs.len();
    let first_x = first_constant + constants;
    let value = |(at, knob): (usize, &Knob)| match knob.source {
        Source::Fixed(_) => format!("inputs[{}u]", THRESHOLDS + at),
        Source::X => format!("inputs[{first_x}u + cell % job.width]"),
        Source::Y => format!("inputs[{first_x}u + job.width + cell / job.width]"),
    };
    let constant = |at: usize| format!("inputs[{}u]", first_constant + at);
    let values: Vec<String> = knobs.iter().enumerate().map(value).chain((0..constants).map(constant)).collect();
    format!("fn load_knobs(cell: u32) -> Knobs {{\n    return Knobs({});\n}}\n", values.join(", "))
}

/// Functions that read and write the slots from `first` on; `which` are positions in `Carried`.
fn load_and_store(name: &str, first: usize, which: &[usize], carried: usize) -> String {
    let mut load = vec!["real(0)".to_owned(); carried];
    let mut store = String::new();
    for (slot, at) in which.iter().enumerate() {
        load[*at] = format!("reals[{}u * job.cells + cell]", first + slot);
        let _ = writeln!(store, "    reals[{}u * job.cells + cell] = c.c{at};", first + slot);
    }
    format!(
        "fn load_{name}(cell: u32) -> Carried {{\n    return Carried({});\n}}\n\n\
         fn store_{name}(cell: u32, c: Carried) {{\n{store}}}\n",
        load.join(", ")
    )
}

fn step(program: &Program) -> String {
    let mut text = "fn step(k: Knobs, c: Carried, t: real) -> Step {\n".to_owned();
    let needed = program.needed();
    for at in (0..needed.len()).filter(|at| needed[*at]) {
        let id = program.graph.id_at(at);
        if let Some(operation) = operation(program, id) {
            let _ = writeln!(text, "    let n{at} = {operation};");
        }
    }
    let slopes: Vec<String> =
        program.gradient.iter().map(|node| format!("magnitude({})", place(program, *node))).collect();
    let next: Vec<String> = program.carried.iter().map(|carried| place(program, carried.next)).collect();
    let loss = place(program, program.loss);
    let _ = writeln!(text, "    return Step({loss}, {}, Carried({}));\n}}\n", largest(&slopes), next.join(", "));
    text
}

/// The largest of some values.
fn largest(values: &[String]) -> String {
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

/// How a node is written where it is read.
fn place(program: &Program, id: NodeId) -> String {
    match program.graph.node(id) {
        Node::Constant(_) => {
            let at = program.constants.binary_search(&id);
            format!("k.q{}", at.expect("a constant that is read is needed"))
        }
        Node::Input(number) => match program.inputs[number as usize] {
            Input::Knob(knob) => format!("k.k{knob}"),
            Input::Carried(carried) => format!("c.c{carried}"),
            Input::StepNumber => "t".to_owned(),
        },
        _ => format!("n{}", id.index()),
    }
}

fn operation(program: &Program, id: NodeId) -> Option<String> {
    let value = |id: NodeId| place(program, id);
    Some(match program.graph.node(id) {
        Node::Constant(_) | Node::Input(_) => return None,
        Node::Unary(op, a) => unary(op, &value(a)),
        Node::Binary(op @ (Binary::Add | Binary::Sub), a, b) => {
            let (a, b) = shielded(program, a, b);
            binary(op, &a, &b)
        }
        Node::Binary(op, a, b) => binary(op, &value(a), &value(b)),
        Node::Compare(op, a, b) => {
            let symbol = match op {
                Comparison::Less => "<",
                Comparison::LessEqual => "<=",
                Comparison::Equal => "==",
            };
            format!("{} {symbol} {}", value(a), value(b))
        }
        Node::Select(condition, a, b) => format!("select({}, {}, {})", value(b), value(a), value(condition)),
    })
}

/// The terms of a sum, written so that no compiler can take the sum apart: a term that is itself a sum is opaque, and so
/// is one of two products with a common factor. Mesa turns (a − b) + c into a + (c − b) and x·y + x·z into x·(y+z), and
/// fast mathematics elsewhere may cancel the (a + b) − a of a compensated sum to b.
fn shielded(program: &Program, a: NodeId, b: NodeId) -> (String, String) {
    let is_sum = |id: NodeId| matches!(program.graph.node(id), Node::Binary(Binary::Add | Binary::Sub, ..));
    let factors = |id: NodeId| match program.graph.node(id) {
        Node::Binary(Binary::Mul, x, y) => vec![x, y],
        _ => Vec::new(),
    };
    let of_b = factors(b);
    let in_common = factors(a).iter().any(|factor| of_b.contains(factor));
    let write = |id: NodeId, opaque: bool| {
        let value = place(program, id);
        if opaque { format!("opaque({value})") } else { value }
    };
    (write(a, is_sum(a) || in_common), write(b, is_sum(b)))
}

fn unary(op: Unary, a: &str) -> String {
    match op {
        Unary::Neg => format!("-{a}"),
        Unary::Exp => format!("exp({a})"),
        Unary::Ln => format!("log({a})"),
        Unary::Log2 => format!("log2({a})"),
        Unary::Sqrt => format!("sqrt({a})"),
        Unary::Abs => format!("abs({a})"),
        Unary::Sin => format!("sin({a})"),
        Unary::Cos => format!("cos({a})"),
        Unary::Tan => format!("tan({a})"),
        Unary::Floor => format!("floor({a})"),
        Unary::Sign => format!("sign_of({a})"),
        Unary::Tanh => format!("tanh_of({a})"),
        Unary::Sigmoid => format!("sigmoid({a})"),
        Unary::Softplus => format!("softplus({a})"),
    }
}

fn binary(op: Binary, a: &str, b: &str) -> String {
    match op {
        Binary::Add => format!("{a} + {b}"),
        Binary::Sub => format!("{a} - {b}"),
        Binary::Mul => format!("{a} * {b}"),
        Binary::Div => format!("{a} / {b}"),
        // Spelled out, because the built-in min and max may lose a not-a-number.
        Binary::Min => format!("select(select({a} + {b}, {a}, {a} <= {b}), {b}, {b} < {a})"),
        Binary::Max => format!("select(select({a} + {b}, {a}, {b} <= {a}), {b}, {a} < {b})"),
        Binary::Pow => format!("pow({a}, {b})"),
    }
}

/// Twins of the functions of the same names in `src/expr/real.rs`.
const HELPERS: &str = "\
// x itself, through a zero that the compiler cannot know: what a sum is made of stays hidden from those that reassociate.
fn opaque(x: real) -> real {
    return bitcast<real>(bitcast<bits>(x) ^ bits(job.zero));
}

fn sign_of(x: real) -> real {
    return select(select(x, real(-1), x < real(0)), real(1), x > real(0));
}
";

/// Twins that only f32 shaders can have.
const NARROW_HELPERS: &str = "\
// Some drivers compute tanh from exp and overflow; beyond 15 it is 1 in f32.
fn tanh_of(x: real) -> real {
    return select(tanh(x), sign_of(x), abs(x) > real(15));
}

fn sigmoid(x: real) -> real {
    let e = exp(-abs(x));
    let upper = real(1) / (real(1) + e);
    return select(upper, e * upper, x < real(0));
}

fn softplus(x: real) -> real {
    let tail = log(real(1) + exp(-abs(x)));
    return select(x, real(0), x < real(0)) + tail;
}
";
