//! The generated shaders, without a GPU: what the host believes of them is read from the WGSL itself.
//!
//! naga, the WGSL compiler that wgpu uses, parses and validates every shader that the catalog can make and lays out its
//! structures. What it finds is compared with the host's own `offset_of!` and constants, so that kernel and host cannot
//! drift apart. Beside them: the pure functions that plan dispatches and tiles.

mod common;

use alphasweep::engine::gpu::dispatch::{self, Pace};
use alphasweep::engine::gpu::workgroup::SIZES;
use alphasweep::engine::gpu::{Portable, Uniforms, shader};
use alphasweep::problem::catalog;
use alphasweep::sweep::{FormulaSweep, MAX_TILE_CELLS, NEVER_WRITTEN, Outcome, Precision, Source, cut};
use common::{EVERY_PRECISION, asked, read, resolved, skipped};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{Expression, Literal, Module, TypeInner};
use proptest::prelude::*;
use serde_json::json;
use std::mem::offset_of;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Parsed and validated.
fn module(source: &str) -> Module {
    let module =
        naga::front::wgsl::parse_str(source).unwrap_or_else(|e| panic!("{}\n{source}", e.emit_to_string(source)));
    let capabilities = Capabilities::FLOAT64 | Capabilities::SHADER_INT64;
    let valid = Validator::new(ValidationFlags::all(), capabilities).validate(&module);
    valid.unwrap_or_else(|e| panic!("{}\n{source}", e.emit_to_string(source)));
    module
}

fn lecture_shader() -> String {
    shader(&resolved(&asked("lecture")))
}

/// Name and offset (bytes) of each member of a structure, then its size.
fn layout(module: &Module, name: &str) -> (Vec<(String, usize)>, usize) {
    let found = module.types.iter().find(|(_, of)| of.name.as_deref() == Some(name));
    let Some(TypeInner::Struct { members, span }) = found.map(|(_, of)| &of.inner) else { panic!("no struct {name}") };
    let member = |m: &naga::StructMember| (m.name.clone().unwrap_or_default(), m.offset as usize);
    (members.iter().map(member).collect(), *span as usize)
}

/// The value of `const NAME: u32`.
fn constant(module: &Module, name: &str) -> u32 {
    let found = module.constants.iter().find(|(_, of)| of.name.as_deref() == Some(name));
    let init = found.unwrap_or_else(|| panic!("no const {name}")).1.init;
    match module.global_expressions[init] {
        Expression::Literal(Literal::U32(value)) => value,
        ref other => panic!("const {name} is {other:?}"),
    }
}

fn host_layout() -> (Vec<(String, usize)>, usize) {
    let members = [
        ("cells", offset_of!(Uniforms, cells)),
        ("width", offset_of!(Uniforms, width)),
        ("groups_x", offset_of!(Uniforms, groups_x)),
        ("first_step", offset_of!(Uniforms, first_step)),
        ("end_step", offset_of!(Uniforms, end_step)),
        ("steps", offset_of!(Uniforms, steps)),
        ("zero", offset_of!(Uniforms, zero)),
        ("rows", offset_of!(Uniforms, rows)),
        ("batch", offset_of!(Uniforms, batch)),
        ("window_first", offset_of!(Uniforms, window_first)),
        ("window_middle", offset_of!(Uniforms, window_middle)),
        ("window_second", offset_of!(Uniforms, window_second)),
        ("window_last", offset_of!(Uniforms, window_last)),
        ("dispatched", offset_of!(Uniforms, dispatched)),
        ("listed", offset_of!(Uniforms, listed)),
        ("lists", offset_of!(Uniforms, lists)),
    ];
    (members.map(|(name, offset)| (name.to_owned(), offset)).to_vec(), size_of::<Uniforms>())
}

#[test]
fn every_catalog_shader_is_valid_wgsl() {
    for row in catalog::OBJECTIVES {
        let transcendental = ["sin(", "cos(", "sigmoid(", "softplus("].iter().any(|name| row.formula.contains(name));
        for precision in EVERY_PRECISION.into_iter().filter(|p| !(p.is_wide() && transcendental)) {
            module(&shader(&resolved(&asked(row.name).precision(precision))));
        }
    }
}

#[test]
fn shaders_of_every_function_and_of_rules_with_state_are_valid_wgsl() {
    let functions = "exp(x) + ln(x) + log2(x) + sqrt(x) + abs(x) + sign(x) + min(x, y) + max(x, y) + sin(x) + cos(y) + tan(x) \
                     + tanh(x) + sigmoid(x) + softplus(y) + relu(x) + floor(x) + select(x <= y, x, y) + x^1.5 + x^y + x^-3";
    let exact = "select(x < 1, x^2, abs(y)) + min(x, y) + max(x, 2) + relu(x)/3 + floor(x) + sign(y)*sqrt(x)";
    let rule = "v = 0.9*v + g; s = max(s, abs(g)); delta = -alpha*v/(1 + s) - 0.001*t*p";
    let request = |objective: &str| asked(objective).rule(read(rule)).set("alpha", 0.1);
    for precision in [Precision::F32, Precision::Compensated] {
        module(&shader(&resolved(&request(functions).precision(precision))));
    }
    module(&shader(&resolved(&request(exact).precision(Precision::F64))));
}

#[test]
fn the_job_is_laid_out_as_the_host_writes_it() {
    assert_eq!(layout(&module(&lecture_shader()), "Uniforms"), host_layout());
}

/// The comparison above can fail: a renamed, a reordered and a widened member are all seen.
#[test]
fn a_job_that_drifted_apart_is_caught() {
    let renamed = |source: &str| source.replacen("width: u32, ", "breadth: u32, ", 1);
    let reordered =
        |source: &str| source.replacen("cells: u32, ", "@: u32, ", 1).replacen("width: u32, ", "cells: u32, ", 1);
    let reordered = |source: &str| reordered(source).replacen("@: u32, ", "width: u32, ", 1);
    let widened = |source: &str| source.replacen("zero: u32, ", "zero: vec2<u32>, ", 1);
    let edits: [&dyn Fn(&str) -> String; 3] = [&renamed, &reordered, &widened];
    for edit in edits {
        let source = lecture_shader();
        let drifted = edit(&source);
        assert_ne!(drifted, source, "the kernel's words changed; this test must follow");
        // Only the layout is of interest; the body may no longer fit it.
        let structure = drifted.split("struct Uniforms {").nth(1).and_then(|rest| rest.split('}').next()).unwrap();
        let alone = format!("struct Uniforms {{{structure}}}\n@group(0) @binding(0) var<uniform> job: Uniforms;");
        assert_ne!(layout(&module(&alone), "Uniforms"), host_layout(), "{structure}");
    }
}

#[test]
fn codes_and_sizes_have_one_home() {
    for precision in EVERY_PRECISION {
        let module = module(&shader(&resolved(&asked("lecture").precision(precision))));
        assert_eq!(module.entry_points.len(), 1);
        assert_eq!(module.entry_points[0].name, "descend");
        assert_eq!(module.entry_points[0].workgroup_size, [dispatch::WORKGROUP, 1, 1]);
        assert_eq!(constant(&module, "WORKGROUP"), dispatch::WORKGROUP);
        assert_eq!(constant(&module, "CONVERGED"), Outcome::Converged as u32);
        assert_eq!(constant(&module, "DIVERGED"), Outcome::Diverged as u32);
        assert_eq!(constant(&module, "NEVER_WRITTEN"), u32::from(NEVER_WRITTEN));
        // What only lives between shader and host is none of the eight outcomes.
        for name in ["OUT_OF_STEPS", "NO_LOSS", "RUNNING"] {
            let code = u8::try_from(constant(&module, name)).expect("codes fit a byte");
            assert!(Outcome::from_code(code).is_none() && code != NEVER_WRITTEN, "{name} = {code}");
        }
    }
}

#[test]
fn dispatches_cover_all_cells_and_little_more() {
    const LARGEST_ROW: u32 = 65_535;
    let table = [
        (0, (0, 1)),
        (1, (1, 1)),
        (63, (1, 1)),
        (64, (1, 1)),
        (65, (2, 1)),
        (LARGEST_ROW * 64, (LARGEST_ROW, 1)),
        (LARGEST_ROW * 64 + 1, (32_768, 2)),
        ((LARGEST_ROW + 2) * 64, (32_769, 2)),
        (MAX_TILE_CELLS as u32, (32_768, 2)),
    ];
    for (cells, expected) in table {
        assert_eq!(dispatch::groups(cells, dispatch::WORKGROUP), expected, "for {cells} cells");
    }
    assert_eq!([32, 128, 256].map(|size| dispatch::groups(1025, size)), [(33, 1), (9, 1), (5, 1)]);
}

#[test]
fn the_first_dispatch_is_short_and_the_next_follow_the_clock() {
    let first = |cells: usize, rows: u64| Pace::new(None, rows, cells).chunk();
    for (cells, rows, steps) in
        [(1, 0, 1024), (1 << 16, 0, 1024), (1 << 20, 0, 64), (MAX_TILE_CELLS, 0, 16), (1 << 20, 7, 8), (1 << 20, 99, 1)]
    {
        assert_eq!(first(cells, rows), steps, "{cells} cells, {rows} rows per step");
    }
    // A submission should take 50 ms; the number changes at most fourfold, to whole blocks of four.
    for (milliseconds, steps) in [(50, 64), (30, 104), (1, 256), (5000, 16)] {
        let mut pace = Pace::new(None, 0, 1 << 20);
        pace.learn(64, Duration::from_millis(milliseconds));
        assert_eq!(pace.chunk(), steps, "after {milliseconds} ms");
    }
    let (mut fixed, mut cut) = (Pace::new(Some(7), 0, 1), Pace::new(None, 0, 1 << 20));
    fixed.learn(7, Duration::from_millis(1));
    cut.learn(63, Duration::from_millis(1));
    assert_eq!((fixed.chunk(), cut.chunk()), (7, 64), "a fixed number stays; a shorter dispatch teaches nothing");
}

#[test]
fn a_binding_holds_as_many_cells_as_fit() {
    assert_eq!(dispatch::cells_per_binding(128 << 20, 7, 4), (128 << 20) / 28);
    assert_eq!(dispatch::cells_per_binding(27, 7, 4), 0);
    assert_eq!(dispatch::cells_per_binding(28, 7, 4), 1);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..ProptestConfig::default()
    })]

    #[test]
    fn any_number_of_cells_fits_a_dispatch(cells in 1_u32..=u32::MAX / 2, size in 0..SIZES.len()) {
        let (x, y) = dispatch::groups(cells, SIZES[size]);
        let needed = cells.div_ceil(SIZES[size]);
        prop_assert!(x <= 65_535 && y <= 65_535, "{cells} cells: {x} × {y} groups");
        prop_assert!(u64::from(x) * u64::from(y) >= u64::from(needed), "{cells} cells: {x} × {y} groups");
        // Every row is needed, and the rows are as equal as whole groups allow.
        prop_assert!(x * y - needed < y, "{cells} cells: {x} × {y} groups where {needed} are needed");
    }

    #[test]
    fn tiles_are_the_grid_in_order(nx in 1_usize..200, ny in 1_usize..60, limit in 0_usize..15_000) {
        let mut seen = Vec::with_capacity(nx * ny);
        let mut before = None;
        for tile in cut(nx, ny, limit) {
            prop_assert!((1..=limit.max(1)).contains(&tile.cells()), "{tile:?} above {limit}");
            let first = *before.get_or_insert(tile);
            prop_assert!(tile.nx <= first.nx && tile.ny <= first.ny, "{tile:?} is larger than the first, {first:?}");
            for row in tile.y0..tile.y0 + tile.ny {
                seen.extend((tile.x0..tile.x0 + tile.nx).map(|column| row * nx + column));
            }
        }
        prop_assert!(seen.iter().copied().eq(0..nx * ny), "{nx} × {ny} by {limit}: cells out of order, lost or twice");
    }
}

#[test]
fn no_tile_is_larger_than_any_engine_takes() {
    let tiles: Vec<_> = cut(3_000_000, 3, usize::MAX).collect();
    assert!(tiles.iter().all(|tile| tile.cells() <= MAX_TILE_CELLS), "{tiles:?}");
    assert_eq!(tiles.iter().map(|tile| tile.cells()).sum::<usize>(), 9_000_000);
    let rows: Vec<_> = cut(MAX_TILE_CELLS + 1, 2, usize::MAX).map(|tile| (tile.x0, tile.y0, tile.nx)).collect();
    assert_eq!(rows, [(0, 0, MAX_TILE_CELLS), (MAX_TILE_CELLS, 0, 1), (0, 1, MAX_TILE_CELLS), (MAX_TILE_CELLS, 1, 1)]);
}

/// The shader that the script of a page makes of what it is given, for the axes of the sweep.
fn in_a_page(spec: &FormulaSweep) -> String {
    let portable = Portable::of(spec).expect("a shader for pages");
    let knobs = spec.knobs.iter().map(|knob| match knob.source {
        Source::Fixed(value) => json!({ "fixed": value }),
        Source::X(line) => json!({ "x": line }),
        Source::Y(line) => json!({ "y": line }),
    });
    let given = json!([portable.wgsl, portable, knobs.collect::<Vec<_>>(), spec.tolerances.len(), spec.x_lines.len()]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/files/page/gpu.js");
    let script = std::fs::read_to_string(script).expect("the script");
    let call = format!("{script}\nprocess.stdout.write(shaderOf(...{given}));");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("shader.js");
    std::fs::write(&file, call).expect("written");
    let output = Command::new("node").arg(&file).output().expect("node runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// A page makes its views by the shader of the command, to the letter; a sweep in f64 by that of the same in f32.
#[test]
fn the_shader_of_a_page_is_that_of_the_engine() {
    if !Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return skipped("the shaders of pages", "there is no Node.js");
    }
    for name in ["lecture", "himmelblau", "line"] {
        for precision in EVERY_PRECISION {
            let request = asked(name).precision(precision);
            let narrow = resolved(&request).narrow().expect("f32 holds its numbers");
            let own = if precision == Precision::F64 { request.precision(Precision::F32) } else { request };
            assert_eq!(in_a_page(&narrow), shader(&resolved(&own)), "{name} in {precision}");
        }
    }
    // With a line along y in place of one along x it is another one.
    let spec = resolved(&asked("lecture").precision(Precision::F32));
    let mut turned = spec.clone();
    for knob in &mut turned.common.knobs {
        knob.source = match knob.source {
            Source::X(line) => Source::Y(line),
            other => other,
        };
    }
    assert_ne!(in_a_page(&turned), shader(&spec));
}

/// Numbers that f32 cannot hold: nothing of a page's could compute with them on a GPU.
#[test]
fn what_f32_cannot_hold_has_no_shader_for_pages() {
    let far = asked("(x-1e-60)^2").precision(Precision::F64);
    assert!(resolved(&far).narrow().is_none());
    assert!(resolved(&asked("(x-1e-30)^2").precision(Precision::F64)).narrow().is_some());
}
