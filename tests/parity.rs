//! The GPU against the CPU, and proof that the comparison can fail.
//!
//! The CPU engine is a mirror: it shares the graph with the GPU and with it any wrong derivative (closed forms, published
//! numbers and central differences look at those). What it does not share is the shader, its compiler, the driver and
//! the kernel's own step loop: those are what is tested here.
//!
//! lavapipe computes + − × ÷ exactly as the CPU does, so there equality is of bits. Elsewhere a compiler may contract
//! a·b+c, and sin and cos are the driver's own; then short runs agree by value, and full runs by outcome except on a
//! boundary of the map.

mod common;

use alphasweep::engine::gpu::{GpuEngine, GpuOptions};
use alphasweep::engine::{EngineError, MachineError, collect};
use alphasweep::expr::{Node, Unary};
use alphasweep::problem::catalog::{self, ObjectiveRow};
use alphasweep::sweep::{FormulaSweep, Precision, Request};
use alphasweep::verify::{compare, unexplained};
use common::{
    EVERY_PRECISION, Map, Mismatches, Tolerance, along, asked, coarse, cpu, gpu, gpu_with, is_lavapipe, resolved,
    skipped,
};

/// Cells per side of the catalog's maps here.
const SIDE: usize = 64;

/// Whether a step uses + − × ÷ and comparisons alone.
fn is_arithmetic(spec: &FormulaSweep) -> bool {
    let exact = |node: &Node| match node {
        Node::Unary(op, _) => op.row().exact && *op != Unary::Sqrt,
        Node::Binary(op, ..) => op.row().exact,
        _ => true,
    };
    spec.program.graph.nodes().iter().zip(spec.program.needed()).all(|(node, needed)| !needed || exact(node))
}

fn rows(arithmetic: bool) -> Vec<&'static ObjectiveRow> {
    let rows = catalog::OBJECTIVES.iter();
    rows.filter(|row| is_arithmetic(&resolved(&asked(row.name))) == arithmetic).collect()
}

/// How far two engines may be apart after ten short steps (α ≤ 0.4/λmax, so that an error grows less than 30-fold).
///
/// lavapipe: its sin and cos are good to a few ulp; the gradient multiplies that by up to 63 and ten steps of α ≤ 1e-3
/// add it up (measured: 4e-7). Elsewhere WGSL allows 2⁻¹¹ absolute for sin and cos, a thousand times more.
fn short_run_tolerance(engine: &GpuEngine) -> Tolerance {
    if is_lavapipe(engine) {
        Tolerance { absolute: 4e-6, relative: 4e-6 }
    } else {
        Tolerance { absolute: 2e-2, relative: 2e-2 }
    }
}

/// Ten steps with learning rates of at most `alpha`, from everywhere.
fn short_run(name: &str, alpha: &str) -> Request {
    let row = catalog::objective(name).expect("a catalog row");
    let mut request = coarse(row, SIDE).steps(10).gtol(0.0);
    request.common.axes[0].axis = along(&format!("log:1e-5:{alpha}:{SIDE}"));
    request
}

/// Values of two maps that are further apart than the tolerance.
fn value_differences(here: &Map, there: &Map, tolerance: Tolerance) -> Mismatches {
    let mut wrong = Mismatches::default();
    for cell in 0..here.len() {
        let parameters = here.cells.parameters.iter().zip(&there.cells.parameters).map(|(a, b)| (b[cell], a[cell]));
        let mut numbers = parameters.chain([(there.loss(cell), here.loss(cell))]);
        if !numbers.all(|(value, reference)| tolerance.holds(value, reference)) {
            wrong.note(|| format!("{}\n      {}\n      {tolerance:?}", here.evidence(cell), there.evidence(cell)));
        }
    }
    wrong
}

/// Cells whose outcomes differ although the map does not change around them, and rounding does not decide them either:
/// Rastrigin with large α is chaotic, its last iterate a toss of a coin even where all neighbours happen to agree.
fn inexplicable(request: &Request, here: &Map, there: &Map) -> Mismatches {
    let mut wrong = Mismatches::default();
    let off_boundary = compare(here.spec.nx(), &here.cells.outcome, &there.cells.outcome).off_boundary;
    for cell in unexplained(&cpu(), request, &here.spec, &off_boundary).expect("the CPU runs it") {
        wrong.note(|| format!("{}\n      {}", here.evidence(cell), there.evidence(cell)));
    }
    wrong
}

/// The strictest comparison that this adapter can pass.
fn differences(gpu: &GpuEngine, request: &Request, here: &Map, there: &Map) -> Mismatches {
    if is_lavapipe(gpu) { here.bit_differences(there) } else { inexplicable(request, here, there) }
}

#[test]
fn the_catalog_has_rows_of_both_kinds() {
    assert!(rows(true).len() >= 15, "{} rows of plain arithmetic", rows(true).len());
    assert!(rows(false).len() >= 2, "{} rows with functions", rows(false).len());
}

#[test]
fn arithmetic_is_the_same_to_the_bit() {
    let Some(gpu) = gpu() else { return };
    for row in rows(true) {
        for request in EVERY_PRECISION.map(|precision| coarse(row, SIDE).precision(precision)) {
            if let Err(why) = gpu.check(&resolved(&request).into()) {
                skipped(row.name, &why.to_string());
                continue;
            }
            let (here, there) = (Map::of(&cpu(), &request), Map::of(&gpu, &request));
            differences(&gpu, &request, &here, &there).none(row.name);
        }
    }
}

#[test]
fn short_runs_agree_by_value() {
    let Some(gpu) = gpu() else { return };
    for (name, alpha) in [("rastrigin", "1e-3"), ("mccormick", "0.1"), ("rosenbrock", "4e-4"), ("booth", "0.02")] {
        for precision in [Precision::F32, Precision::Compensated] {
            let request = short_run(name, alpha).precision(precision);
            let (here, there) = (Map::of(&cpu(), &request), Map::of(&gpu, &request));
            value_differences(&here, &there, short_run_tolerance(&gpu)).none(name);
        }
    }
}

/// Those of plain arithmetic are compared above, in the same runs and at least as strictly.
#[test]
fn full_runs_agree_by_outcome() {
    let Some(gpu) = gpu() else { return };
    for row in rows(false) {
        for precision in [Precision::F32, Precision::Compensated] {
            let request = coarse(row, SIDE).precision(precision);
            let (here, there) = (Map::of(&cpu(), &request), Map::of(&gpu, &request));
            inexplicable(&request, &here, &there).none(row.name);
        }
    }
}

/// A sweep that a shader cannot compute is refused with the way out, not computed wrong.
#[test]
fn transcendental_functions_in_f64_are_refused_on_the_gpu() {
    let Some(gpu) = gpu() else { return };
    for row in rows(false) {
        let refused = collect(&gpu, &resolved(&coarse(row, 4).precision(Precision::F64)).into()).map(|_| ());
        let Err(EngineError::Unsupported(why)) = refused else { panic!("{}: {refused:?}", row.name) };
        assert!(why.contains("--engine cpu"), "{}: {why}", row.name);
    }
}

/// The functions of the language, on the GPU and on the CPU at the same points: |relative error| of the last step's loss.
#[test]
fn every_function_means_the_same_on_both_engines() {
    let Some(gpu) = gpu() else { return };
    let formulas = [
        ("exp(x)", "lin:-20:20:401", 1e-5),
        ("ln(x)", "lin:0.01:50:401", 1e-4),
        ("log2(x)", "lin:0.01:50:401", 1e-4),
        ("sqrt(x)", "lin:0:50:401", 1e-6),
        ("abs(x)", "lin:-5:5:401", 0.0),
        ("sign(x)", "lin:-5:5:401", 0.0),
        ("floor(x)", "lin:-5:5:401", 0.0),
        ("min(x, 1.5)", "lin:-5:5:401", 0.0),
        ("max(x, 1.5)", "lin:-5:5:401", 0.0),
        ("relu(x)", "lin:-5:5:401", 0.0),
        ("select(x <= 1, x, -x)", "lin:-5:5:401", 0.0),
        ("sin(x)", "lin:-3:3:401", 1e-3),
        ("cos(x)", "lin:-3:3:401", 1e-3),
        ("tan(x)", "lin:-1.4:1.4:401", 1e-2),
        ("tanh(x)", "lin:-30:30:401", 1e-3),
        ("sigmoid(x)", "lin:-80:80:401", 1e-4),
        ("softplus(x)", "lin:-30:30:401", 1e-3),
        ("x^1.5", "lin:0.01:50:401", 1e-4),
    ];
    for (formula, axis, relative) in formulas {
        let request = asked(formula).vary_start(along(axis)).set("alpha", 1.0).steps(0).precision(Precision::F32);
        let (here, there) = (Map::of(&cpu(), &request), Map::of(&gpu, &request));
        let absolute = if relative == 0.0 { 0.0 } else { 1e-6 };
        value_differences(&here, &there, Tolerance { absolute, relative }).none(formula);
    }
}

// From here on: the comparisons above can fail.

/// The GPU with a broken kernel. Fails if the text to break is no longer there.
fn broken(edit: fn(String) -> String) -> GpuEngine {
    let options = GpuOptions { edit_shader: Some(edit), ..GpuOptions::default() };
    gpu_with(options).expect("it opened before")
}

fn replaced(source: String, from: &str, to: &str) -> String {
    assert!(source.contains(from), "the kernel no longer says `{from}`; this test must follow");
    source.replace(from, to)
}

/// α a thousandth too large, wherever knobs are loaded (α is the first knob).
fn hasty(source: String) -> String {
    replaced(source, "let knobs = load_knobs(cell);", "var knobs = load_knobs(cell);\n    knobs.k0 *= 1.001;")
}

/// Steps that are made one by one land on the wrong side of 0, and so do blocks of steps.
fn backwards(source: String) -> String {
    let last = "    d.k += u32(mark == RUNNING);";
    let source = replaced(source, last, &format!("{last}\n    d.carried.c0 = -d.carried.c0;"));
    // Long steps are not made in blocks.
    if !source.contains("var ended") {
        return source;
    }
    replaced(source, "d.carried = c;", "d.carried = c;\n        d.carried.c0 = -d.carried.c0;")
}

#[test]
fn a_learning_rate_a_thousandth_too_large_is_caught() {
    let Some(gpu) = gpu() else { return };
    let wrong = broken(hasty);
    let request = short_run("rastrigin", "1e-3").precision(Precision::F32);
    let tolerance = short_run_tolerance(&gpu);
    if is_lavapipe(&gpu) {
        let caught = value_differences(&Map::of(&cpu(), &request), &Map::of(&wrong, &request), tolerance);
        assert!(caught.count > 100, "short runs by value caught {} cells", caught.count);
        let lecture = coarse(catalog::objective("lecture").unwrap(), SIDE);
        let caught = Map::of(&cpu(), &lecture).bit_differences(&Map::of(&wrong, &lecture));
        assert!(caught.count > 100, "bits caught {} cells", caught.count);
    }
}

#[test]
fn a_step_to_the_wrong_side_is_caught() {
    let Some(gpu) = gpu() else { return };
    let wrong = broken(backwards);
    let full = coarse(catalog::objective("mccormick").unwrap(), SIDE);
    let caught = inexplicable(&full, &Map::of(&cpu(), &full), &Map::of(&wrong, &full));
    assert!(caught.count > 100, "full runs by outcome caught {} cells", caught.count);
    let short = short_run("mccormick", "0.1");
    let caught = value_differences(&Map::of(&cpu(), &short), &Map::of(&wrong, &short), short_run_tolerance(&gpu));
    assert!(caught.count > 100, "short runs by value caught {} cells", caught.count);
    let booth = coarse(catalog::objective("booth").unwrap(), SIDE);
    let caught = differences(&gpu, &booth, &Map::of(&cpu(), &booth), &Map::of(&wrong, &booth));
    assert!(caught.count > 100, "arithmetic rows: caught {} cells", caught.count);
}

/// Every fifth cell is never touched, and the dispatch reports success.
#[test]
fn cells_that_were_never_written_are_an_error() {
    if gpu().is_none() {
        return;
    }
    let lazy =
        |source| replaced(source, "if place >= job.dispatched {", "if place >= job.dispatched || place % 5u == 3u {");
    let refused =
        collect(&broken(lazy), &resolved(&coarse(catalog::objective("lecture").unwrap(), 10)).into()).map(|_| ());
    let Err(EngineError::Machine(MachineError::NeverWritten { cells, of })) = refused else { panic!("{refused:?}") };
    assert_eq!((cells, of), (20, 100));
}

/// A chunk in the middle is dropped for some cells: they stay behind, and the host sees it.
#[test]
fn cells_that_missed_a_chunk_are_an_error() {
    if gpu().is_none() {
        return;
    }
    let forgetful = |source| {
        let skip = "if place >= job.dispatched || (job.first_step == 7u && place % 5u == 3u) {";
        replaced(source, "if place >= job.dispatched {", skip)
    };
    let options = GpuOptions { edit_shader: Some(forgetful), chunk_steps: Some(7), ..GpuOptions::default() };
    let engine = gpu_with(options).expect("it opened before");
    let request = coarse(catalog::objective("lecture").unwrap(), 10).gtol(0.0).steps(50);
    let refused = collect(&engine, &resolved(&request).into()).map(|_| ());
    assert!(
        matches!(refused, Err(EngineError::Machine(MachineError::NeverWritten { cells: 20, of: 100 }))),
        "{refused:?}"
    );
}

/// Without the zero that the compiler cannot know, Mesa takes sums apart, and the bits show it.
#[test]
fn without_opaque_sums_the_bits_differ() {
    let Some(gpu) = gpu() else { return };
    if !is_lavapipe(&gpu) {
        return;
    }
    let bare =
        broken(|source| replaced(source, "return bitcast<real>(bitcast<bits>(x) ^ bits(job.zero));", "return x;"));
    for row in rows(true) {
        let request = coarse(row, SIDE).precision(Precision::Compensated);
        let differing = Map::of(&cpu(), &request).bit_differences(&Map::of(&bare, &request)).count;
        assert!(differing > 100, "{}: {differing} cells differ; does Mesa still take sums apart?", row.name);
    }
}
