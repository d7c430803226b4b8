//! Functions of shaders: those that decide on the bits, and elementary ones made of the CPU's primitive operations, so that
//! they give the same bits on every driver that rounds each operation by itself.

use crate::expr::{Binary, Machine, Node, Primitive, Row, Traced, Unary};
use crate::sweep::Program;
use std::fmt::Write;
use std::sync::LazyLock;

/// What operations at the edges of their domain are made of.
const NUMBERS: &str = include_str!("../../../shaders/numbers.wgsl");
/// Up to this magnitude angles are reduced in one way, beyond in another; as the CPU has it.
const REACH: u32 = crate::expr::REACH.to_bits();

/// All functions that expressions of a precision may call. In f64 shaders have no elementary ones.
pub fn text(wide: bool) -> String {
    if wide { NUMBERS.to_owned() } else { NUMBERS.to_owned() + &elementary(false) }
}

/// The same shader with the driver's own elementary functions (`--native-functions`).
pub fn native(shader: &str) -> String {
    shader.replacen(&elementary(false), &elementary(true), 1)
}

fn elementary(native: bool) -> String {
    let unary = Unary::ALL
        .iter()
        .map(|op| function(op.row(), &["a"], native, op.kernel(Machine::Shader), op.large_kernel(Machine::Shader)));
    let binary = Binary::ALL.iter().map(|op| function(op.row(), &["a", "b"], native, op.kernel(Machine::Shader), None));
    unary.chain(binary).collect()
}

/// How many operations a program comes to in a shader: those of functions count, because drivers put them in wherever they
/// are called.
pub fn weight(program: &Program) -> usize {
    static LENGTHS: LazyLock<[Vec<usize>; 2]> = LazyLock::new(|| {
        let length = |kernel: Option<Traced>| kernel.map_or(0, |kernel| kernel.operations.len());
        let unary =
            Unary::ALL.iter().map(|op| length(op.kernel(Machine::Shader)) + length(op.large_kernel(Machine::Shader)));
        [unary.collect(), Binary::ALL.iter().map(|op| length(op.kernel(Machine::Shader))).collect()]
    });
    let nodes = program.graph.nodes().iter().zip(program.needed()).filter(|(_, needed)| *needed);
    let [unary, binary] = &*LENGTHS;
    let of_functions = nodes.map(|(node, _)| match node {
        Node::Unary(op, _) => unary[*op as usize],
        Node::Binary(op, ..) => binary[*op as usize],
        _ => 0,
    });
    program.operations() + if program.precision.is_wide() { 0 } else { of_functions.sum() }
}

/// The function that a row's WGSL calls; nothing where it calls none of ours.
fn function(row: &Row, names: &[&str], native: bool, kernel: Option<Traced>, large: Option<Traced>) -> String {
    let Some(kernel) = kernel else { return String::new() };
    let name = row.wgsl.split('(').next().unwrap_or_default();
    let arguments: Vec<String> = names.iter().map(|name| format!("{name}: real")).collect();
    let head = |name: &str| format!("fn {name}({}) -> real {{\n", arguments.join(", "));
    if let Some((call, helper)) = row.native.filter(|_| native) {
        let call = names.iter().fold(call.to_owned(), |call, name| call.replace(&format!("{{{name}}}"), name));
        return format!("{helper}{}    return {call};\n}}\n", head(name));
    }
    let Some(large) = large else { return head(name) + &body(&kernel, names) };
    format!(
        "{}{}{}    if magnitude(a) > {REACH:#x}u {{\n        return large_{name}(a);\n    }}\n{}",
        head(&format!("large_{name}")),
        body(&large, names),
        head(name),
        body(&kernel, names)
    )
}

/// The operations of a function, one a line.
fn body(function: &Traced, names: &[&str]) -> String {
    let mut text = String::new();
    let hidden = hidden(function);
    for (at, operation) in function.operations.iter().enumerate() {
        let value = written(*operation, names);
        let value = if hidden[at] { format!("opaque({value})") } else { value };
        let _ = writeln!(text, "    let v{at} = {value};");
    }
    let _ = writeln!(text, "    return v{};\n}}", function.result);
    text
}

/// Which values compilers must not see through: sums, products and quotients that go into others, where they could be fused
/// into one rounding, taken apart or cancelled. A negative is no rounding of its own.
fn hidden(function: &Traced) -> Vec<bool> {
    let operations = &function.operations;
    let mut hidden = vec![false; operations.len()];
    let is_arithmetic = |operation: &Primitive| {
        use Primitive::{Add, Div, Mul, Negated, Root, Sub};
        matches!(operation, Add(..) | Sub(..) | Mul(..) | Div(..) | Negated(_) | Root(_))
    };
    for operation in operations.iter().filter(|operation| is_arithmetic(operation)) {
        operation.each_used(|used| hidden[used as usize] |= is_arithmetic(&operations[used as usize]));
    }
    hidden
}

/// An operation as WGSL writes it. Constants are what a compiler cannot know either: it would take products and sums of them
/// together.
fn written(operation: Primitive, names: &[&str]) -> String {
    match operation {
        Primitive::Argument(at) => names[at as usize].to_owned(),
        Primitive::Number(bits) => format!("bitcast<real>({bits:#x}u ^ job.zero)"),
        Primitive::Word(bits) => format!("{bits:#x}u"),
        Primitive::Add(a, b) | Primitive::Plus(a, b) => format!("v{a} + v{b}"),
        Primitive::Sub(a, b) | Primitive::Minus(a, b) => format!("v{a} - v{b}"),
        Primitive::Mul(a, b) | Primitive::Times(a, b) => format!("v{a} * v{b}"),
        Primitive::Div(a, b) => format!("v{a} / v{b}"),
        Primitive::Negated(a) => format!("-v{a}"),
        Primitive::Root(a) => format!("root_of(v{a})"),
        Primitive::BitsOf(a) => format!("bitcast<u32>(v{a})"),
        Primitive::NumberOf(a) => format!("bitcast<real>(v{a})"),
        Primitive::And(a, b) => format!("v{a} & v{b}"),
        Primitive::Or(a, b) | Primitive::Either(a, b) => format!("v{a} | v{b}"),
        Primitive::Xor(a, b) => format!("v{a} ^ v{b}"),
        Primitive::Left(a, by) => format!("v{a} << {by}u"),
        Primitive::Right(a, by) => format!("v{a} >> {by}u"),
        Primitive::LeftBy(a, b) => format!("v{a} << v{b}"),
        Primitive::RightBy(a, b) => format!("v{a} >> v{b}"),
        Primitive::Below(a, b) | Primitive::WordBelow(a, b) => format!("v{a} < v{b}"),
        Primitive::Equal(a, b) => format!("v{a} == v{b}"),
        Primitive::Choose(truth, yes, no) => format!("select(v{no}, v{yes}, v{truth})"),
    }
}
