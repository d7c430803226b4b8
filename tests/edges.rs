//! Every operation at and beyond the edges of its domain, on the CPU, in shaders and in JavaScript; and random formulas of
//! all of them, whose bits are the same on the CPU and in shaders.

mod common;

use alphasweep::engine::gpu::{Formula, GpuEngine, GpuOptions};
use alphasweep::expr::{Binary, Comparison, Graph, NodeId, Real, Unary, evaluate};
use common::{Mismatches, Random, gpu, skipped};
use std::process::Command;

/// Numbers that operations are tried with, beside the edges that their rows name.
const POINTS: [f64; 22] = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 1.5, 7.25, 0.1, -0.3, 88.0, -104.0, 4095.9, 1e6, -3e9, 1e30, -1e38,
    3e38, 1e-30, -2e-37,
];

/// An operation at one of its edges: what it is called, its arguments and what comes out.
struct Edge {
    called: String,
    formula: Formula,
    arguments: Vec<f64>,
    expected: f64,
}

/// Every edge of every row.
fn edges() -> Vec<Edge> {
    let mut edges = Vec::new();
    for op in Unary::ALL {
        for (arguments, expected) in op.row().edges {
            edges.push(edge(op.row().called(), arguments, *expected, &mut |g, [a, _]| g.unary(*op, a)));
        }
    }
    for op in Binary::ALL {
        for (arguments, expected) in op.row().edges {
            edges.push(edge(op.row().called(), arguments, *expected, &mut |g, [a, b]| g.binary(*op, a, b)));
        }
    }
    let nan = f64::NAN;
    for op in [Comparison::Less, Comparison::LessEqual, Comparison::Equal] {
        let holds = |a: f64, b: f64| match op {
            Comparison::Less => a < b,
            Comparison::LessEqual => a <= b,
            Comparison::Equal => a == b,
        };
        let sides = [nan, 0.0, -0.0, 1.0, -1.0, f64::INFINITY, f64::NEG_INFINITY];
        for (a, b) in sides.into_iter().flat_map(|a| sides.map(|b| (a, b))) {
            let expected = if holds(a, b) { 2.0 } else { 3.0 };
            edges.push(edge(&format!("{op:?}"), &[a, b], expected, &mut |g, [a, b]| {
                let condition = g.compare(op, a, b);
                let (yes, no) = (g.constant(2.0), g.constant(3.0));
                g.select(condition, yes, no)
            }));
        }
    }
    edges
}

fn edge(
    called: &str,
    arguments: &[f64],
    expected: f64,
    make: &mut dyn FnMut(&mut Graph, [NodeId; 2]) -> NodeId,
) -> Edge {
    let mut graph = Graph::new();
    let inputs = ["a", "b"].map(|name| graph.input(name));
    let value = make(&mut graph, inputs);
    let mut padded = arguments.to_vec();
    padded.resize(2, 1.0);
    Edge { called: called.to_owned(), formula: (graph, value), arguments: padded, expected }
}

/// One value, also of what is no number: that has many patterns of bits.
fn same(got: f64, expected: f64) -> bool {
    got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan()
}

fn told(edge: &Edge, got: f64) -> String {
    format!("{} of {:?} is {got:?} and not {:?}", edge.called, edge.arguments, edge.expected)
}

fn on_cpu<T: Real>(edge: &Edge) -> f64 {
    let arguments: Vec<T> = edge.arguments.iter().map(|a| T::from_f64(*a)).collect();
    evaluate(&edge.formula.0, &[edge.formula.1], &arguments)[0].to_f64()
}

#[test]
fn every_operation_has_edges() {
    let rows = Unary::ALL.iter().map(|op| op.row()).chain(Binary::ALL.iter().map(|op| op.row()));
    for row in rows {
        assert!(row.edges.len() >= 2, "{} says nothing of its edges", row.called());
    }
}

#[test]
fn the_cpu_gives_what_the_table_says() {
    let mut wrong = Mismatches::default();
    for edge in edges() {
        for got in [on_cpu::<f32>(&edge), on_cpu::<f64>(&edge)] {
            if !same(got, edge.expected) {
                wrong.note(|| told(&edge, got));
            }
        }
    }
    wrong.none("edges on the CPU");
}

/// The values of formulas at points, in f32 or f64.
fn on_gpu(gpu: &GpuEngine, formulas: &[Formula], points: &[Vec<f64>], wide: bool) -> Vec<Vec<f64>> {
    let bits = gpu.values(formulas, points, wide).expect("values");
    let number = |bits: u64| if wide { f64::from_bits(bits) } else { f64::from(f32::from_bits(bits as u32)) };
    bits.into_iter().map(|row| row.into_iter().map(number).collect()).collect()
}

/// What an adapter does differently at edges.
fn edges_on(gpu: &GpuEngine, wide: bool) -> Vec<String> {
    let exact = |edge: &&Edge| {
        let has = |called: &str, exact: bool| edge.called == called && !exact;
        let unary = Unary::ALL.iter().any(|op| has(op.row().called(), op.row().exact));
        !wide || !(unary || Binary::ALL.iter().any(|op| has(op.row().called(), op.row().exact)))
    };
    let all = edges();
    let all: Vec<&Edge> = all.iter().filter(exact).collect();
    let mut wrong = Vec::new();
    for some in all.chunks(60) {
        let formulas: Vec<Formula> = some.iter().map(|edge| edge.formula.clone()).collect();
        let points: Vec<Vec<f64>> = some.iter().map(|edge| edge.arguments.clone()).collect();
        let values = on_gpu(gpu, &formulas, &points, wide);
        let differ = some.iter().enumerate().filter(|(at, edge)| !same(values[*at][*at], edge.expected));
        wrong.extend(differ.map(|(at, edge)| told(edge, values[at][at])));
    }
    wrong
}

#[test]
fn shaders_give_what_the_table_says() {
    let Some(gpu) = gpu() else { return };
    let wrong = edges_on(&gpu, false);
    assert!(wrong.is_empty(), "{} of f32: {wrong:#?}", gpu.adapter().name);
    if gpu.adapter().f64 {
        let wrong = edges_on(&gpu, true);
        assert!(wrong.is_empty(), "{} of f64: {wrong:#?}", gpu.adapter().name);
    } else {
        skipped("f64 in shaders", &format!("{} has none", gpu.adapter().name));
    }
}

/// Shaders that leave edges to the driver are noticed.
#[test]
fn a_shader_without_guards_is_caught() {
    let Some(gpu) = gpu() else { return };
    let loose: fn(String) -> String = |shader| {
        let edited = shader.replace("magnitude(x) > INFINITY_BITS", "x != x");
        // A negative number has a root of 0, as a driver may have it.
        edited.replace("return select(root, not_a_number(), is_negative", "return select(root, real(0), is_negative")
    };
    let options = GpuOptions { edit_shader: Some(loose), ..GpuOptions::default() };
    let wrong = edges_on(&gpu.with_options(options), false);
    assert!(wrong.iter().any(|told| told.starts_with("sqrt")), "{wrong:?}");
}

/// A random formula of two inputs: up to a dozen operations on what is there so far.
fn draw(random: &mut Random) -> Formula {
    let mut graph = Graph::new();
    let mut values: Vec<NodeId> = ["a", "b"].map(|name| graph.input(name)).to_vec();
    let mut below = |most: usize| (random.uniform(0.0, most as f64) as usize).min(most - 1);
    for _ in 0..3 + below(9) {
        let recent = values.len().min(6);
        let pick = |below: &mut dyn FnMut(usize) -> usize| values[values.len() - 1 - below(recent)];
        let value = match below(10) {
            0 => graph.constant([0.5, -2.0, 3.0, 0.1, 1e3, -7.25, 1e-4][below(7)]),
            1..=4 => {
                let op = Unary::ALL[below(Unary::ALL.len())];
                let a = pick(&mut below);
                graph.unary(op, a)
            }
            5..=8 => {
                let op = Binary::ALL[below(Binary::ALL.len())];
                let (a, b) = (pick(&mut below), pick(&mut below));
                graph.binary(op, a, b)
            }
            _ => {
                let op = [Comparison::Less, Comparison::LessEqual, Comparison::Equal][below(3)];
                let [a, b, c, d] = [(); 4].map(|()| pick(&mut below));
                let condition = graph.compare(op, a, b);
                graph.select(condition, c, d)
            }
        };
        values.push(value);
    }
    let last = values[values.len() - 1];
    (graph, last)
}

/// How many random formulas are compared: `ALPHASWEEP_PROGRAMS`, 1000 unless set.
fn programs() -> usize {
    std::env::var("ALPHASWEEP_PROGRAMS").map_or(1000, |text| text.parse().expect("a whole number"))
}

/// Compares random formulas at random points; gives the values that differ, and how many were compared.
fn compared(gpu: &GpuEngine, count: usize) -> (Mismatches, usize) {
    let mut random = Random(0x5eed);
    let (mut wrong, mut values) = (Mismatches::default(), 0);
    let flushes = !gpu.probe().subnormals;
    for _ in 0..count.div_ceil(25) {
        let formulas: Vec<Formula> = (0..25).map(|_| draw(&mut random)).collect();
        let mut number = || {
            let any = random.uniform(0.0, 1.0);
            let special = POINTS[(random.uniform(0.0, POINTS.len() as f64) as usize).min(POINTS.len() - 1)];
            f64::from(if any < 0.4 { special } else { random.uniform(-6.0, 6.0) } as f32)
        };
        let points: Vec<Vec<f64>> = (0..32).map(|_| vec![number(), number()]).collect();
        let found = on_gpu(gpu, &formulas, &points, false);
        for ((graph, value), row) in formulas.iter().zip(found) {
            for (point, got) in points.iter().zip(row) {
                let inputs: Vec<f32> = point.iter().map(|number| *number as f32).collect();
                let roots: Vec<NodeId> = (0..graph.nodes().len()).map(|at| graph.id_at(at)).collect();
                let all = evaluate(graph, &roots, &inputs);
                // A driver that flushes numbers below the normal ones goes its own way from there.
                if flushes && all.iter().any(|x| x.is_subnormal()) {
                    continue;
                }
                values += 1;
                let expected = f64::from(all[value.index()]);
                if !same(got, expected) {
                    wrong.note(|| format!("{:?} at {point:?}: {got:?} and not {expected:?}", graph.nodes()));
                }
            }
        }
    }
    (wrong, values)
}

#[test]
fn random_formulas_have_the_bits_of_the_cpu() {
    let Some(gpu) = gpu() else { return };
    let probe = gpu.probe();
    if probe.contracts || probe.inexact_quotients + probe.inexact_roots > 0 {
        return skipped("the same bits", "this adapter does not round every operation by itself");
    }
    let (wrong, values) = compared(&gpu, programs());
    println!("{} formulas, {values} values", programs());
    assert!(values > programs() * 20, "only {values} values");
    wrong.none("random formulas");
}

/// The comparison above sees functions that are almost right.
#[test]
fn functions_of_the_driver_are_caught() {
    let Some(gpu) = gpu() else { return };
    let native = gpu.with_options(GpuOptions { native_functions: true, ..GpuOptions::default() });
    assert!(!compared(&native, 200).0.is_empty(), "the driver's functions have the bits of ours");
}

/// JavaScript computes in f64: its edges are those of the table.
#[test]
fn pages_give_what_the_table_says() {
    if Command::new("node").arg("--version").output().is_err() {
        return skipped("its JavaScript half", "there is no Node.js");
    }
    let number = |value: f64| match value {
        _ if value.is_nan() => "NaN".to_owned(),
        _ if value.is_infinite() => if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
        _ => format!("{value:?}"),
    };
    let mut lines = Vec::new();
    let mut line = |called: &str, arguments: &[f64], expected: f64, code: String| {
        let shown: Vec<String> = arguments.iter().map(|a| number(*a)).collect();
        lines.push(format!("[\"{called}({})\", {code}, {}]", shown.join(", "), number(expected)));
    };
    let bracketed = |a: &f64| format!("({})", number(*a));
    for op in Unary::ALL {
        for (a, expected) in op.row().edges {
            line(op.row().called(), a, *expected, op.javascript(&bracketed(&a[0])));
        }
    }
    for op in Binary::ALL {
        for (a, expected) in op.row().edges {
            line(op.row().called(), a, *expected, op.javascript(&bracketed(&a[0]), &bracketed(&a[1])));
        }
    }
    let functions = include_str!("../src/files/page/descent.js");
    let script = format!(
        "{functions}\nconst rows = [{}];\nconst wrong = rows.filter(([, got, expected]) => !Object.is(got, expected));\n\
         console.log(rows.length, JSON.stringify(wrong.map(([what, got]) => `${{what}} is ${{got}}`)));",
        lines.join(",\n")
    );
    let output = Command::new("node").args(["-e", &script]).output().expect("node");
    let told = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert_eq!(told, format!("{} []", lines.len()), "{}", String::from_utf8_lossy(&output.stderr));
}

/// No driver's function is left in a shader, so that a driver with wrong ones computes right.
#[test]
fn shaders_call_no_function_of_the_driver() {
    let calls = |text: &str| {
        let words = ["exp", "exp2", "log", "log2", "sin", "cos", "tan", "tanh", "pow", "fma", "inverseSqrt"];
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let names =
            text.match_indices('(').map(|(at, _)| text[..at].rsplit(|c| !is_part(c)).next().unwrap_or_default());
        names.filter(|name| words.contains(name)).count()
    };
    for row in alphasweep::problem::catalog::OBJECTIVES {
        for precision in common::EVERY_PRECISION {
            let spec = common::resolved(&common::asked(row.name).precision(precision));
            assert_eq!(calls(&alphasweep::engine::gpu::shader(&spec)), 0, "{} in {precision}", row.name);
        }
    }
    assert_eq!(calls("let a = exp(b); let c = exp_of(b);"), 1, "such calls are seen");
}

/// A driver that turns not-a-number into 0 is caught by `verify`, and so is one that overflows to the largest number.
#[test]
fn a_driver_that_loses_nan_or_infinity_is_caught() {
    let holds = |edit_shader: Option<fn(String) -> String>| {
        let gpu = common::gpu_with(GpuOptions { edit_shader, ..GpuOptions::default() })?;
        Some(alphasweep::verify::at_edges(&gpu).expect("a run").holds)
    };
    let Some(whole) = holds(None) else { return };
    assert!(whole, "edges are right before anything is broken");
    let no_nan = |shader: String| shader.replace("return bitcast<real>(NAN_BITS ^ bits(job.zero));", "return real(0);");
    let finite = |shader: String| shader.replace("0x7f800000u ^ job.zero", "0x7f7fffffu ^ job.zero");
    assert_eq!((holds(Some(no_nan)), holds(Some(finite))), (Some(false), Some(false)));
}
