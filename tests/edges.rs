//! Every operation at and beyond the edges of its domain, on the CPU, in shaders and in JavaScript; and random formulas of
//! all of them, whose bits are the same on the CPU and in shaders.

mod common;

use alphasweep::engine::gpu::{Formula, GpuEngine, GpuOptions};
use alphasweep::expr::{Binary, Comparison, Graph, NodeId, Real, Unary, evaluate};
use alphasweep::verify::{Edge, at_edges, edges};
use common::{Mismatches, Random, gpu, skipped};
use std::process::Command;

/// Numbers that operations are tried with, beside the edges that their rows name.
const POINTS: [f64; 22] = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 1.5, 7.25, 0.1, -0.3, 88.0, -104.0, 4095.9, 1e6, -3e9, 1e30, -1e38,
    3e38, 1e-30, -2e-37,
];

/// One value, also of what is no number: that has many patterns of bits.
fn same(got: f64, expected: f64) -> bool {
    got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan()
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
        for (got, wide) in [(on_cpu::<f32>(&edge), false), (on_cpu::<f64>(&edge), true)] {
            if !edge.is_right(got, wide) {
                wrong.note(|| edge.told(got));
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

#[test]
fn shaders_give_what_the_table_says() {
    let Some(gpu) = gpu() else { return };
    let found = at_edges(&gpu, false).expect("a run");
    assert!(found.holds, "{} in f32: {found:?}", gpu.adapter().name);
    if gpu.adapter().f64 {
        let found = at_edges(&gpu, true).expect("a run");
        assert!(found.holds, "{} in f64: {found:?}", gpu.adapter().name);
    } else {
        skipped("f64 in shaders", &format!("{} has none", gpu.adapter().name));
    }
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
    assert!(!compared(&native, 50).0.is_empty(), "the driver's functions have the bits of ours");
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

/// A driver that turns not-a-number into 0 is caught by `verify`, and so is one that overflows to the largest number, and one
/// whose root of a negative number is 0.
#[test]
fn a_driver_that_is_wrong_at_edges_is_caught() {
    let holds = |edit_shader: Option<fn(String) -> String>| {
        let gpu = common::gpu_with(GpuOptions { edit_shader, ..GpuOptions::default() })?;
        Some(at_edges(&gpu, false).expect("a run").holds)
    };
    let Some(whole) = holds(None) else { return };
    assert!(whole, "edges are right before anything is broken");
    let faults: [fn(String) -> String; 3] = [
        |shader| shader.replace("return bitcast<real>(NAN_BITS ^ bits(job.zero));", "return real(0);"),
        |shader| shader.replace("0x7f800000u ^ job.zero", "0x7f7fffffu ^ job.zero"),
        |shader| {
            shader
                .replace("return select(root, not_a_number(), is_negative", "return select(root, real(0), is_negative")
        },
    ];
    assert_eq!(faults.map(|fault| holds(Some(fault))), [Some(false); 3]);
}
