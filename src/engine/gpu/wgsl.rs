//! Graph → WGSL: the generated part of `shaders/descent.wgsl`.

use super::dispatch::{BLOCK, WORKGROUP};
use super::functions;
use super::inputs::{InputLayout, THRESHOLDS};
use super::slots::Slots;
use super::step::{largest, step};
use crate::expr::{Graph, Node, Row};
use crate::sweep::{FormulaSweep, InitialValue, NEVER_WRITTEN, Program, Source};
use std::fmt::Write;

/// The kernel that the generated code is spliced into.
const TEMPLATE: &str = include_str!("../../../shaders/descent.wgsl");
/// The generator of random batches.
pub const RANDOM: &str = include_str!("../../../shaders/random.wgsl");

/// What makes numbers of its words.
const NOISE: &str = include_str!("../../../shaders/noise.wgsl");

/// Codes in the outcome slot of `marks`. Those of [`crate::sweep::Outcome`] that a shader decides, and what only
/// lives between shader and host.
pub mod code {
    use crate::sweep::Outcome;

    pub const CONVERGED: u32 = Outcome::Converged as u32;
    pub const DIVERGED: u32 = Outcome::Diverged as u32;
    /// Reached the last step; the host tells the trend.
    pub const OUT_OF_STEPS: u32 = 8;
    /// Diverged at step 0, with no finite loss to report.
    pub const NO_LOSS: u32 = 9;
    /// On its way; the step slot says where.
    pub const RUNNING: u32 = 10;
}

/// What the f64 of shaders cannot do: naga accepts these on f64 and emits SPIR-V that drivers misread.
pub fn unsupported_in_f64(program: &Program) -> Option<&'static str> {
    first_without_f64(&program.graph, &program.needed())
}

/// The first function among the needed nodes of a graph that shaders do not have in f64.
pub fn first_without_f64(graph: &Graph, needed: &[bool]) -> Option<&'static str> {
    let nodes = graph.nodes().iter().zip(needed).filter(|(_, needed)| **needed);
    let mut rows = nodes.filter_map(|(node, _)| match node {
        Node::Unary(op, _) => Some(op.row()),
        Node::Binary(op, ..) => Some(op.row()),
        _ => None,
    });
    rows.find(|row| !row.exact).map(Row::called)
}

/// The whole shader for a sweep.
pub fn shader(spec: &FormulaSweep) -> String {
    shader_with(spec, &load_knobs(spec, &InputLayout::new(spec)))
}

/// The same with this in place of the function that collects a cell's knobs.
pub fn shader_with(spec: &FormulaSweep, load_knobs: &str) -> String {
    let mut text = String::new();
    for line in TEMPLATE.lines() {
        match line {
            "//@ constants" => text.push_str(&constants(&spec.program)),
            "//@ program" => text.push_str(&program(spec, load_knobs)),
            "//@ blocks" => text.push_str(&blocks(&spec.program)),
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// A shader for workgroups of another size.
pub fn in_workgroups_of(shader: &str, workgroup: u32) -> String {
    let [usual, wanted] = [WORKGROUP, workgroup].map(|size| whole_numbers(&[("WORKGROUP", size)]));
    shader.replacen(&usual, &wanted, 1)
}

/// A loop over blocks of steps. Whether a descent ended in a block is found out at its end, and which step it was by the
/// careful loop behind: then the block is made again. A parameter that is no longer finite stays so, and needs one look.
///
/// Empty for long steps, which weigh more than a look, and of which compilers make heavy weather.
fn blocks(program: &Program) -> String {
    const LARGE: usize = 100;
    if program.is_noisy() || program.rows_per_step() > 0 || functions::weight(program) > LARGE {
        return String::new();
    }
    let step = |at: u32| {
        format!(
            "                let now{at} = step(knobs, c, d.k + {at}u, true);\n                \
             ended = ended | (magnitude(now{at}.loss) > d.bar) | now{at}.holds;\n                \
             let c{at} = c;\n                c = now{at}.next;\n"
        )
    };
    let steps: String = (0..BLOCK).map(step).collect();
    let losses: Vec<String> = (0..BLOCK).map(|at| format!("now{at}.loss")).collect();
    let fold =
        |op: &str| losses.iter().skip(1).fold(losses[0].clone(), |so_far, loss| format!("{op}({so_far}, {loss})"));
    // The last step of all is judged by itself; so are those of a block in which a window begins or ends.
    format!(
        "            while d.k + BLOCK <= min(min(job.end_step, job.steps), next_edge(d.k)) {{\n                var c = d.carried;\n                \
         var ended = false;\n{steps}                \
         if ended | (largest_parameter(c) > PARAMETER_LIMIT) {{\n                    break;\n                }}\n                \
         d.reported = c{last};\n                d.loss_last = now{last}.loss;\n                d.carried = c;\n                \
         d.windows = watched(d.windows, d.k, {low}, {high});\n                \
         d.k += BLOCK;\n            }}\n",
        low = fold("lesser"),
        high = fold("greater"),
        last = BLOCK - 1
    )
}

fn constants(program: &Program) -> String {
    let slots = Slots::new(program);
    let numbers = [
        ("WORKGROUP", WORKGROUP),
        ("BLOCK", BLOCK),
        ("PERIOD", program.period()),
        ("CONVERGED", code::CONVERGED),
        ("DIVERGED", code::DIVERGED),
        ("OUT_OF_STEPS", code::OUT_OF_STEPS),
        ("NO_LOSS", code::NO_LOSS),
        ("RUNNING", code::RUNNING),
        ("NEVER_WRITTEN", u32::from(NEVER_WRITTEN)),
        ("CONFIRMATION", program.stop.confirmation(program.batch.is_some())),
        ("FIRST_WINDOW", slots.windows() as u32),
        ("SECOND_WINDOW", (slots.windows() + slots.window) as u32),
        ("HELD_LOSS", slots.read() as u32),
        ("FIRST_LIST", Slots::FIRST_LIST as u32),
    ];
    types(program.precision.is_wide(), program.parameter_limit())
        + &whole_numbers(&numbers)
        + &format!("\nconst BATCHED: bool = {};", program.is_noisy())
}

/// The working precision, and the largest |parameter| of a descent that goes on.
pub fn types(wide: bool, parameter_limit: f64) -> String {
    let types = if wide {
        "alias real = f64;\nalias bits = u64;\n\
         const MAGNITUDE_MASK: bits = 0x7ffffffffffffffflu;\nconst MAX_FINITE: bits = 0x7feffffffffffffflu;\n\
         const SIGN_BIT: bits = 0x8000000000000000lu;\nconst INFINITY_BITS: bits = 0x7ff0000000000000lu;\n\
         const NAN_BITS: bits = 0x7ff8000000000000lu;\nconst WHOLE_BITS: bits = 0x4330000000000000lu;\n"
    } else {
        "alias real = f32;\nalias bits = u32;\n\
         const MAGNITUDE_MASK: bits = 0x7fffffffu;\nconst MAX_FINITE: bits = 0x7f7fffffu;\n\
         const SIGN_BIT: bits = 0x80000000u;\nconst INFINITY_BITS: bits = 0x7f800000u;\n\
         const NAN_BITS: bits = 0x7fc00000u;\nconst WHOLE_BITS: bits = 0x4b000000u;\n"
    };
    let limit = if wide {
        format!("const PARAMETER_LIMIT: bits = {:#x}lu;\n", parameter_limit.to_bits())
    } else {
        format!("const PARAMETER_LIMIT: bits = {:#x}u;\n", (parameter_limit as f32).to_bits())
    };
    types.to_owned() + &limit
}

/// Constants by name.
pub fn whole_numbers(numbers: &[(&str, u32)]) -> String {
    let lines: Vec<String> = numbers.iter().map(|(name, value)| format!("const {name}: u32 = {value}u;")).collect();
    lines.join("\n")
}

/// The structures and functions that the kernel calls.
fn program(spec: &FormulaSweep, load_knobs: &str) -> String {
    let (program, knobs) = (&spec.program, &spec.knobs);
    let layout = InputLayout::new(spec);
    let carried = program.carried.len();
    let reported = program.reported();
    let slots = Slots::new(program);
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
        format!(
            "struct Knobs {{\n{}{}{}}}\n",
            fields("k", knobs.len()),
            fields("q", constants),
            fields("g", spec.tolerances.len()).replace("real", "bits")
        ),
        format!("struct Carried {{\n{}}}\n", fields("c", carried)),
        "struct Step {\n    loss: real,\n    holds: bool,\n    next: Carried,\n}\n".to_owned(),
        load_knobs.to_owned(),
        format!(
            "fn start(k: Knobs) -> Carried {{\n    return Carried({});\n}}\n",
            starts.collect::<Vec<_>>().join(", ")
        ),
        load_and_store("reported", Slots::LOSSES, &reported, carried),
        load_and_store("before", slots.before(), &reported, carried),
        load_and_store("held", slots.held(), &reported, carried),
        load_and_store("carried", slots.carried(), &(0..carried).collect::<Vec<_>>(), carried),
        pick(carried),
        format!("fn largest_parameter(c: Carried) -> bits {{\n    return {};\n}}\n", largest(&sizes)),
        generators(program),
        step(program, &layout),
        functions::text(program.precision.is_wide()),
    ]
    .join("\n")
}

/// What draws rows or noise, where some are drawn.
fn generators(program: &Program) -> String {
    let (noise, rows) = (program.noise.is_some(), program.batch.is_some_and(|batch| batch.seed.is_some()));
    let texts = [(noise || rows, RANDOM), (noise, NOISE)];
    texts.into_iter().filter(|(is_read, _)| *is_read).map(|(_, text)| text).collect()
}

/// The function that takes one of two sets of carried values.
fn pick(carried: usize) -> String {
    let fields: Vec<String> = (0..carried).map(|at| format!("select(a.c{at}, b.c{at}, second)")).collect();
    format!(
        "fn pick(a: Carried, b: Carried, second: bool) -> Carried {{\n    return Carried({});\n}}\n",
        fields.join(", ")
    )
}

/// The function that collects a cell's knobs from the input buffer.
///
/// Constants are inputs too, not literals: Mesa reassociates products and sums with a literal in them
/// (`100*(u*u)` becomes `(100*u)*u`), and then GPU and CPU no longer agree to the bit.
fn load_knobs(spec: &FormulaSweep, layout: &InputLayout) -> String {
    let InputLayout { first_knob, first_constant, first_x, x_lines, .. } = layout;
    let value = |(at, source): (usize, Source)| match source {
        Source::Fixed(_) => format!("inputs[{}u]", first_knob + at),
        Source::X(line) => format!("inputs[{first_x}u + {line}u * job.width + cell % job.width]"),
        Source::Y(line) => format!(
            "inputs[{first_x}u + {x_lines}u * job.width + {line}u * (job.cells / job.width) + cell / job.width]"
        ),
    };
    let constant = |at: usize| format!("inputs[{}u]", first_constant + at);
    let knobs = spec.knobs.iter().map(|knob| knob.source).enumerate().map(value);
    let tolerance = |at: usize| format!("magnitude(inputs[{}u])", THRESHOLDS + at);
    let tolerances = (0..spec.tolerances.len()).map(tolerance);
    let values: Vec<String> = knobs.chain((0..spec.program.constants.len()).map(constant)).chain(tolerances).collect();
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
