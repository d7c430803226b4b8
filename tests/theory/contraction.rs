//! A driver that fuses a·b + c: `verify` must say so. None of the drivers here does it to functions, whose products compilers
//! do not see; so the shader does it itself, in f64, as fused multiply-add would round.

use crate::common::adapter::on_lavapipe;
use crate::common::{gpu_with, skipped};
use alphasweep::engine::gpu::GpuOptions;
use alphasweep::verify;
use std::collections::{HashMap, HashSet};

/// What a line of a function's text computes.
struct Line<'a> {
    name: &'a str,
    value: &'a str,
    is_hidden: bool,
}

/// Reads `    let v7 = opaque(v3 * v5);`.
fn read(line: &str) -> Option<Line<'_>> {
    let (name, value) = line.strip_prefix("    let ")?.strip_suffix(';')?.split_once(" = ")?;
    let hidden = value.strip_prefix("opaque(").and_then(|value| value.strip_suffix(')'));
    Some(Line { name, value: hidden.unwrap_or(value), is_hidden: hidden.is_some() })
}

/// Both sides of an operation on two values.
fn sides<'a>(value: &'a str, symbol: &str) -> Option<(&'a str, &'a str)> {
    let is_value = |side: &str| side.strip_prefix('v').is_some_and(|number| number.parse::<u32>().is_ok());
    value.split_once(symbol).filter(|(a, b)| is_value(a) && is_value(b))
}

/// The sum with one of its terms, a product, as it was before it was rounded.
fn fused(value: &str, products: &HashMap<&str, (&str, &str)>) -> Option<String> {
    for symbol in [" + ", " - "] {
        let Some((a, b)) = sides(value, symbol) else { continue };
        let wide = |(x, y): &(&str, &str)| format!("f64({x}) * f64({y})");
        let terms = match (products.get(a), products.get(b)) {
            (Some(product), _) => [wide(product), format!("f64({b})")],
            (None, Some(product)) => [format!("f64({a})"), wide(product)],
            (None, None) => return None,
        };
        return Some(format!("f32({})", terms.join(symbol)));
    }
    None
}

/// Whether a value is bits rather than a number; `words` are those before it that are.
fn is_word(value: &str, words: &HashSet<&str>) -> bool {
    let on_bits = [" & ", " | ", " ^ ", " << ", " >> "].iter().any(|symbol| value.contains(symbol));
    let of = value.strip_prefix("select(").unwrap_or(value).split([' ', ',']).next();
    value.starts_with("bitcast<u32>")
        || (!value.starts_with("bitcast") && (value.starts_with("0x") || on_bits))
        || of.is_some_and(|of| words.contains(of))
}

/// The shader with every product that feeds a sum of a function taken into it.
fn fuse(shader: String) -> String {
    let (mut products, mut words) = (HashMap::new(), HashSet::new());
    let mut lines = Vec::new();
    for line in shader.lines() {
        if line.starts_with("fn ") {
            products.clear();
            words.clear();
        }
        let Some(Line { name, value, is_hidden }) = read(line) else {
            lines.push(line.to_owned());
            continue;
        };
        if is_word(value, &words) {
            words.insert(name);
            lines.push(line.to_owned());
            continue;
        }
        products.extend(sides(value, " * ").map(|of| (name, of)));
        lines.push(match fused(value, &products) {
            Some(value) if is_hidden => format!("    let {name} = opaque({value});"),
            Some(value) => format!("    let {name} = {value};"),
            None => line.to_owned(),
        });
    }
    lines.join("\n")
}

#[test]
fn the_text_of_a_function_is_fused_where_a_product_feeds_a_sum() {
    let text = "fn f(a: real) -> real {\n    let v1 = opaque(v0 * v0);\n    let v2 = opaque(v1 + v0);\n    let v3 = v0 - v1;\n}\n\
                fn g(a: real) -> real {\n    let v4 = v1 + v0;\n}";
    let expected = "fn f(a: real) -> real {\n    let v1 = opaque(v0 * v0);\n    \
                    let v2 = opaque(f32(f64(v0) * f64(v0) + f64(v0)));\n    let v3 = f32(f64(v0) - f64(v0) * f64(v0));\n}\n\
                    fn g(a: real) -> real {\n    let v4 = v1 + v0;\n}";
    assert_eq!(fuse(text.to_owned()), expected);
}

/// The same engine, with and without the fault.
#[test]
fn functions_with_fused_products_are_caught() {
    if !on_lavapipe() {
        return skipped("a driver that fuses", "the fault is made in f64, which only lavapipe has here");
    }
    let of = |edit_shader| {
        let gpu = gpu_with(GpuOptions { edit_shader, ..GpuOptions::default() })?;
        let errors = gpu.function_errors().expect("it runs");
        Some((verify::elementary(&gpu).expect("it runs"), errors))
    };
    let Some((right, _)) = of(None) else { return };
    assert!(right.holds, "{right:?}");
    let (wrong, errors) = of(Some(fuse as fn(String) -> String)).expect("it opened before");
    assert!(!wrong.holds && wrong.note.contains("other bits than on the CPU"), "{wrong:?}");
    for error in errors {
        // No function is far off: only a comparison of bits can tell.
        assert!(error.differ > 0 && error.ours < 16.0, "{error:?}");
    }
}
