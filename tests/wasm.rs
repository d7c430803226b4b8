//! The WebAssembly kernels of pages against the CPU engine: the same bits, cell by cell. They run in Node.js; without it the
//! tests say SKIPPED.

mod common;

use alphasweep::engine::{collect, wasm};
use alphasweep::problem::Data;
use alphasweep::problem::catalog::{OBJECTIVES, RULES};
use alphasweep::sweep::{
    Axis, Batch, FormulaSweep, InitialValue, LEVEL, Outcome, Precision, Request, Setting, Source, Tile,
};
use base64::Engine as _;
use common::{EVERY_PRECISION, asked, coarse, cpu, read, resolved, skipped};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// What the script of a page is given of a sweep.
fn document(spec: &FormulaSweep, wasm::Kernels { descents, rest }: &wasm::Kernels) -> Value {
    let text = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let rest = rest.as_ref().map(|rest| {
        let wasm::RestKernel { kernel, constant, parameters } = rest;
        json!({ "wasm": text(&kernel.bytes), "layout": kernel.layout, "constant": constant, "parameters": parameters })
    });
    let whole = Tile { x0: 0, y0: 0, nx: spec.nx(), ny: spec.ny() };
    let knobs = spec.knobs.iter().map(|knob| match knob.source {
        Source::Fixed(value) => json!({ "fixed": spec.program.precision.round(value) }),
        Source::X(line) => json!({ "x": line }),
        Source::Y(line) => json!({ "y": line }),
    });
    let initial = spec.program.carried.iter().map(|carried| match carried.initial {
        InitialValue::Zero => Value::Null,
        InitialValue::Knob(knob) => json!(knob),
    });
    let parameters = spec.program.parameters.iter().map(|p| json!({ "hi": p.hi, "lo": p.lo }));
    let tables = spec.data.iter().flat_map(|data| &data.tables).map(|table| table.columns.clone());
    let bar = spec.bar();
    json!({
        "wasm": text(&descents.bytes),
        "layout": descents.layout,
        "rest": rest,
        "nx": spec.nx(),
        "ny": spec.ny(),
        "knobs": knobs.collect::<Vec<_>>(),
        "x_lines": spec.x_line_values(whole),
        "y_lines": spec.y_line_values(whole),
        "initial": initial.collect::<Vec<_>>(),
        "parameters": parameters.collect::<Vec<_>>(),
        "tables": tables.collect::<Vec<_>>(),
        "limits": {
            "steps": spec.limits.steps,
            "tolerances": spec.tolerances,
            "factor": bar.factor,
            "reach": bar.reach,
            "largest": bar.largest,
            "level": LEVEL,
            "period": spec.program.period(),
            "batched": spec.program.is_noisy(),
        },
    })
}

/// Of every cell outcome, steps, losses and parameters.
fn in_node(document: &Value) -> Vec<f64> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sweep.json");
    std::fs::write(&file, document.to_string()).expect("written");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = |name: &str| root.join("src/files/page").join(name);
    let output = Command::new("node")
        .arg(root.join("tests/wasm/run.mjs"))
        .args([&file, &script("descent.js"), &script("kernel.js"), &script("rest.js")])
        .output()
        .expect("node runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout.chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().expect("eight"))).collect()
}

/// The same of the CPU engine.
fn by_the_engine(spec: &FormulaSweep) -> Vec<f64> {
    let cells = collect(&cpu(), &spec.clone().into()).expect("the sweep runs");
    let row = |cell: usize| {
        let outcome = cells.outcome[cell] as u8;
        let numbers =
            [f64::from(outcome), f64::from(cells.steps[cell]), cells.loss_start[cell], cells.loss_final[cell]];
        numbers.into_iter().chain(cells.parameters.iter().map(move |values| values[cell])).collect::<Vec<_>>()
    };
    (0..cells.outcome.len()).flat_map(row).collect()
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// The cells of which something differs: what is found here, and what the engine says.
fn differences(spec: &FormulaSweep, document: &Value) -> Vec<(usize, Vec<f64>, Vec<f64>)> {
    let (found, expected) = (in_node(document), by_the_engine(spec));
    assert_eq!(found.len(), expected.len());
    let width = 4 + spec.program.parameters.len();
    let rows = found.chunks(width).zip(expected.chunks(width)).enumerate();
    let differs = |(a, b): (&[f64], &[f64])| a.iter().zip(b).any(|(a, b)| !same(*a, *b));
    rows.filter(|(_, row)| differs(*row)).map(|(cell, (a, b))| (cell, a.to_vec(), b.to_vec())).collect()
}

fn assert_same(request: &Request) {
    let spec = resolved(request);
    let kernels = wasm::kernels(&spec).unwrap_or_else(|| panic!("{} has a kernel", spec.objective.text()));
    let off = differences(&spec, &document(&spec, &kernels));
    let Some((cell, a, b)) = off.first() else { return };
    let what = (spec.objective.text(), spec.rule_shown(), spec.program.precision);
    panic!(
        "{what:?}: {} of {} cells differ, such as cell {cell}: {a:?} here, {b:?} by the engine",
        off.len(),
        spec.cells()
    );
}

fn has_node() -> bool {
    let found = Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        skipped("the kernels of pages", "there is no Node.js");
    }
    found
}

/// A map of a formula over α and the start of its first parameter.
fn map(formula: &str, alpha: &str, start: &str) -> Request {
    asked(formula).without_axes().vary("alpha", read::<Axis>(alpha)).vary_start(read(start))
}

#[test]
fn maps_in_every_precision_are_those_of_the_engine() {
    if !has_node() {
        return;
    }
    for precision in EVERY_PRECISION {
        for (formula, alpha, start, steps) in [
            ("(beta/2-1)^2", "log:1e-10:10:67", "lin:-10:10:41", 1000),
            ("(x^2-1)^2/4", "lin:0.05:3:53", "lin:-3:3:47", 300),
            ("x^4-x^2", "log:1e-3:30:61", "lin:-40:40:23", 77),
            ("(1-x)^2+100*(y-x^2)^2", "log:1e-5:1:37", "lin:-2:2:29", 200),
            ("abs(x)+max(y, -y/3)+sqrt(x^2+1)+sign(y)*floor(x)", "log:1e-3:10:37", "lin:-2:2:29", 100),
        ] {
            assert_same(&map(formula, alpha, start).precision(precision).steps(steps));
        }
    }
}

/// Pages are to stay small: with the script, and these bytes as text, no more than 250 KB.
const MOST_BYTES: usize = 125_000;

#[test]
fn the_catalog_is_that_of_the_engine() {
    if !has_node() {
        return;
    }
    for row in OBJECTIVES {
        for precision in EVERY_PRECISION {
            let request = coarse(row, 23).steps(120).precision(precision);
            assert_same(&request);
            let wasm::Kernels { descents, rest } = wasm::kernels(&resolved(&request)).expect("kernels");
            let bytes = descents.bytes.len() + rest.map_or(0, |rest| rest.kernel.bytes.len());
            assert!(bytes < MOST_BYTES, "{}: {bytes} bytes", row.name);
        }
    }
}

#[test]
fn every_rule_and_schedule_is_that_of_the_engine() {
    if !has_node() {
        return;
    }
    for precision in EVERY_PRECISION {
        let request = map("rosenbrock", "log:1e-5:10:31", "lin:-3:3:29").steps(150).precision(precision);
        for rule in RULES {
            assert_same(&request.clone().rule(read(rule.name)).seed(5));
        }
        for schedule in ["cosine", "warmup:20*linear", "0.5 + cos(3*t)/3", "t^-0.3"] {
            assert_same(&request.clone().schedule(read(schedule)));
        }
    }
}

/// With operands that meet special cases: zeros, ties, infinities and what is no number.
#[test]
fn every_function_is_that_of_the_engine() {
    if !has_node() {
        return;
    }
    let formulas = [
        "min(x, y) + max(x, 2*y) + sign(x)*x + floor(x)*y",
        "select(x < y, x^2, y^2) + select(x <= y, x, -y)*select(x == y, 1, 2)",
        "1/(x*y) + x^-3 + sqrt(x)",
        "exp(x) + ln(y) + log2(x)",
        "tanh(x) + sigmoid(y) + softplus(x*y)",
        "atan(x) + sinh(y) + cosh(x) + atan2(x, y)",
        "log1p(x) + expm1(y) + cbrt(x)",
        "erf(x) + erfc(y) + gelu(x)",
        "hypot(x, y) + logsumexp(x, y)",
        "sin(x) + cos(y)*x",
        "tan(x) + sin(x*y)",
        "abs(x)^1.7 + (1+y^2)^x",
    ];
    for formula in formulas {
        for precision in EVERY_PRECISION {
            let alpha = "-1,0,1e-30,1e-3,0.1,0.5,1,2,3.5,1e3,1e5,1e9,1e30";
            let request = map(formula, alpha, "-1e30,-3,-1,-0.5,0,1e-30,0.5,1,2,3,1e15").set("y_start", 1.0).steps(60);
            assert_same(&request.clone().precision(precision));
            assert_same(&request.stop(read("loss < 0.5")).precision(precision));
        }
    }
}

/// A sum over rows, and the largest of them.
#[test]
fn rows_are_those_of_the_engine() {
    if !has_node() {
        return;
    }
    for precision in EVERY_PRECISION {
        for formula in ["mean((w*x+b-y)^2)", "max(abs(w*x+b-y))", "mean(softplus(w*x+b) - y*(w*x+b)) + max(w*x)^2"] {
            let data = Data {
                names: vec!["x".into(), "y".into()],
                columns: vec![vec![0.5, -1.0, 2.0, 0.25, -3.0, 1e-3, 7.0], vec![1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0]],
                source: "rows".into(),
                seeded: false,
            };
            let request = map(formula, "log:1e-3:3:23", "lin:-5:5:21").data(data).set("b_start", 0.5);
            assert_same(&request.precision(precision).steps(60));
        }
    }
}

/// Batches in order, drawn and shuffled, with passes that end in the middle of a batch, and with as many steps as end a pass or
/// do not.
#[test]
fn batches_are_those_of_the_engine() {
    if !has_node() {
        return;
    }
    let rows = 23;
    let column =
        |shift: u32| (0..rows).map(|row| f64::from((row * 7919 + shift) % 97) / 20.0 - 2.0).collect::<Vec<_>>();
    let data = Data {
        names: vec!["x".into(), "y".into()],
        columns: vec![column(3), column(41)],
        source: "rows".into(),
        seeded: false,
    };
    let formulas = ["mean((w*x+b-y)^2)", "mean(softplus(w*x+b) - y*(w*x+b)) + exp(w)/99", "max(abs(w*x+b-y)) + w^2"];
    for (precision, formula) in EVERY_PRECISION.into_iter().zip(formulas) {
        let request = map(formula, "log:1e-3:30:19", "lin:-5:5:13").data(data.clone()).precision(precision).seed(7);
        for batch in [Batch::Each, Batch::Shuffled(1), Batch::Random(5), Batch::Shuffled(5), Batch::Shuffled(23)] {
            let request = request.clone().batch(batch);
            for steps in [0, 3, 92, 400] {
                assert_same(&request.clone().steps(steps));
            }
            assert_same(&request.rule(read("adam")).steps(60).gtol(0.5));
        }
    }
}

/// Noise of each cell's own, in every word that a descent can end with; and with batches.
#[test]
fn noise_is_that_of_the_engine() {
    if !has_node() {
        return;
    }
    for precision in EVERY_PRECISION {
        for (formula, steps) in [("(x^2-1)^2/4", 300), ("rosenbrock", 90), ("line", 70)] {
            let request = map(formula, "log:1e-3:10:17", "lin:-3:3:19").rule(read("langevin")).set("temperature", 0.1);
            let request = request.seed(11).precision(precision).steps(steps);
            assert_same(&request);
            if formula == "line" {
                assert_same(&request.batch(Batch::Shuffled(4)));
            }
        }
    }
}

/// Seeds along an axis: data, starts, rows and noise are each one's own.
#[test]
fn seeds_along_an_axis_are_those_of_the_engine() {
    if !has_node() {
        return;
    }
    for precision in EVERY_PRECISION {
        let seeds = |formula: &str| {
            let request = asked(formula).without_axes().vary("alpha", read::<Axis>("log:1e-3:1:21"));
            request.vary("seed", read::<Axis>("lin:0:8:9")).precision(precision).steps(150)
        };
        assert_same(&seeds("line"));
        assert_same(&seeds("line").batch(Batch::Random(5)));
        assert_same(&seeds("(x^2-1)^2/4").rule(read("langevin")).set("temperature", 0.1));
        assert_same(&seeds("himmelblau").set("x0_start", Setting::Normal { mean: 0.0, std: 2.0 }));
    }
}

/// Descents that rest on a saddle or a maximum, by a Hessian and by a given gradient that is none's.
#[test]
fn unstable_is_told_as_by_the_engine() {
    if !has_node() {
        return;
    }
    let mut told = 0;
    for precision in EVERY_PRECISION {
        for (formula, start) in [
            ("x^2-y^2", "lin:-3:3:13"),
            ("(x^2-1)^2/4", "-1,0,1e-9,1"),
            ("(x^2+y^2-1)^2", "lin:-1:1:13"),
            ("x^2*y^2 + (x+y)^2/2 - z^2*x", "lin:-1:1:13"),
        ] {
            let request = map(formula, "log:1e-2:0.4:17", start).precision(precision).steps(3000);
            let request = if formula.contains('y') { request.set("y_start", 0.0) } else { request };
            let request = if formula.contains('z') { request.set("z_start", 0.0) } else { request };
            assert_same(&request);
            let outcome = collect(&cpu(), &resolved(&request).into()).expect("a map").outcome;
            told += outcome.into_iter().filter(|outcome| *outcome == Outcome::Unstable).count();
        }
    }
    assert!(told > 300, "{told} unstable");
}

#[test]
fn few_steps_have_windows_too() {
    if !has_node() {
        return;
    }
    for steps in 0..12 {
        assert_same(&map("x^4-x^2", "log:1e-3:30:13", "lin:-4:4:11").precision(Precision::F64).steps(steps));
    }
}

/// The places of an instruction, as it is encoded.
fn places(bytes: &[u8], instruction: [u8; 3]) -> Vec<usize> {
    (0..bytes.len() - 2).filter(|at| bytes[*at..at + 3] == instruction).collect()
}

/// One instruction that is another one, and one tolerance.
#[test]
fn a_kernel_that_is_wrong_is_noticed() {
    if !has_node() {
        return;
    }
    let spec = resolved(&map("(x^2-1)^2/4", "lin:0.05:3:23", "lin:-3:3:17").precision(Precision::F64).steps(60));
    let kernels = wasm::kernels(&spec).expect("a kernel");
    assert!(differences(&spec, &document(&spec, &kernels)).is_empty());
    // f64x2.mul and f64x2.div.
    let (times, over) = ([0xfd, 0xf2, 0x01], [0xfd, 0xf3, 0x01]);
    let places = places(&kernels.descents.bytes, times);
    assert!(places.len() > 8, "{} products", places.len());
    for at in places.iter().step_by(places.len() / 8) {
        let mut broken = kernels.clone();
        broken.descents.bytes[*at..*at + 3].copy_from_slice(&over);
        assert!(!differences(&spec, &document(&spec, &broken)).is_empty(), "the product at byte {at}");
    }
    let mut other = document(&spec, &kernels);
    other["limits"]["tolerances"][0] = json!(spec.tolerances[0] * 10.0);
    assert!(!differences(&spec, &other).is_empty());
}

/// Sums of words that are differences: other noise.
#[test]
fn a_kernel_of_other_noise_is_noticed() {
    if !has_node() {
        return;
    }
    let request = map("(x^2-1)^2/4", "log:1e-2:1:9", "lin:-3:3:7").rule(read("langevin")).set("temperature", 0.1);
    let spec = resolved(&request.seed(11).precision(Precision::F64).steps(20));
    let kernels = wasm::kernels(&spec).expect("a kernel");
    assert!(differences(&spec, &document(&spec, &kernels)).is_empty());
    // i32x4.add and i32x4.sub. Some add what is 0, so that they are changed by the dozen.
    let (plus, minus) = ([0xfd, 0xae, 0x01], [0xfd, 0xb1, 0x01]);
    let places = places(&kernels.descents.bytes, plus);
    assert!(places.len() > 48, "{} sums", places.len());
    for some in places.chunks(places.len() / 4) {
        let mut broken = kernels.clone();
        for at in some {
            broken.descents.bytes[*at..*at + 3].copy_from_slice(&minus);
        }
        assert!(!differences(&spec, &document(&spec, &broken)).is_empty(), "the sums from byte {} on", some[0]);
    }
}

/// Another seed, and other data, of which each row goes into some batch.
#[test]
fn other_rows_of_a_batch_are_noticed() {
    if !has_node() {
        return;
    }
    let data = Data {
        names: vec!["x".into(), "y".into()],
        columns: vec![vec![0.5, -1.0, 2.0, 0.25, -3.0, 1.5, 0.75], vec![1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0]],
        source: "rows".into(),
        seeded: false,
    };
    let request = map("mean((w*x+b-y)^2)", "log:1e-3:0.1:9", "lin:-5:5:7").data(data).precision(Precision::F64);
    for batch in [Batch::Random(3), Batch::Shuffled(3)] {
        let spec = resolved(&request.clone().batch(batch).seed(7).steps(40));
        let kernels = wasm::kernels(&spec).expect("a kernel");
        let right = document(&spec, &kernels);
        assert!(differences(&spec, &right).is_empty());
        let seed = spec.program.knob("seed").expect("a seed");
        let mut other = right.clone();
        other["knobs"][seed]["fixed"] = json!(8);
        assert!(!differences(&spec, &other).is_empty(), "{batch}: the seed");
        for row in 0..7 {
            let mut other = right.clone();
            other["tables"][0][0][row] = json!(9.0);
            assert!(!differences(&spec, &other).is_empty(), "{batch}: row {row}");
        }
    }
}

/// A second derivative with another sign: what is unstable is no longer told so.
#[test]
fn a_wrong_look_at_where_descents_rest_is_noticed() {
    if !has_node() {
        return;
    }
    let spec = resolved(&map("(x^2-1)^2/4", "log:1e-2:0.4:9", "-1,0,1").precision(Precision::F64).steps(300));
    let kernels = wasm::kernels(&spec).expect("kernels");
    assert!(differences(&spec, &document(&spec, &kernels)).is_empty());
    // f64x2.add and f64x2.sub.
    let (plus, minus) = ([0xfd, 0xf0, 0x01], [0xfd, 0xf1, 0x01]);
    let rest = kernels.rest.as_ref().expect("a kernel that looks");
    let noticed = [(plus, minus), (minus, plus)].into_iter().any(|(from, to)| {
        let mut broken = kernels.clone();
        let bytes = &mut broken.rest.as_mut().expect("it").kernel.bytes;
        for at in places(&rest.kernel.bytes, from) {
            bytes[at..at + 3].copy_from_slice(&to);
        }
        !differences(&spec, &document(&spec, &broken)).is_empty()
    });
    assert!(noticed);
}
