//! Kernels in Node.js, by the scripts of a page, and the CPU engine beside them.

use crate::common::{cpu, skipped};
use alphasweep::engine::{collect, wasm};
use alphasweep::sweep::{FormulaSweep, InitialValue, LEVEL, Source, Tile};
use base64::Engine as _;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// What the script of a page is given of a sweep.
pub fn document(spec: &FormulaSweep, wasm::Kernels { descents, rest }: &wasm::Kernels) -> Value {
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
pub fn differences(spec: &FormulaSweep, document: &Value) -> Vec<(usize, Vec<f64>, Vec<f64>)> {
    let (found, expected) = (in_node(document), by_the_engine(spec));
    assert_eq!(found.len(), expected.len());
    let width = 4 + spec.program.parameters.len();
    let rows = found.chunks(width).zip(expected.chunks(width)).enumerate();
    let differs = |(a, b): (&[f64], &[f64])| a.iter().zip(b).any(|(a, b)| !same(*a, *b));
    rows.filter(|(_, row)| differs(*row)).map(|(cell, (a, b))| (cell, a.to_vec(), b.to_vec())).collect()
}

pub fn has_node() -> bool {
    let found = Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        skipped("the kernels of pages", "there is no Node.js");
    }
    found
}
