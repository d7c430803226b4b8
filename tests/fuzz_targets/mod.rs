//! What each fuzz target does with its bytes. One home for two drivers: the coverage-guided one in `fuzz/`, which needs
//! a nightly compiler, and the bounded one in `tests/fuzz_smoke.rs`, which does not.
//!
//! A target must not panic, overflow its stack, or take long, whatever the bytes; and what it accepts must be sound.

use alphasweep::engine::collect;
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::gpu::shader;
use alphasweep::expr::{Graph, NodeId, evaluate, evaluate_over, gradient, parse};
use alphasweep::problem::{Objective, Rule, Schedule, parse_csv, write_csv};
use alphasweep::sweep::{Axis, Fixed, FormulaSweep, KnobRef, Precision, Request, Sweep, TileOutcomes, Varied};
use std::fmt::Display;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

pub mod files;
pub mod networks;

/// A target and what it is called.
pub type Target = (&'static str, fn(&[u8]));

/// Every target. The folder of its corpus, `fuzz/corpus/NAME`, has the same name.
pub const TARGETS: [Target; 9] = [
    ("expression", expression),
    ("axis", axis),
    ("data", data),
    ("request", request),
    ("tile", files::tile),
    ("plan", files::plan),
    ("idx", networks::idx),
    ("samples", networks::samples),
    ("network", networks::network),
];

/// A formula: parse, lower, derive twice, evaluate in both precisions.
pub fn expression(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // A schedule may be what no formula is (`warmup:10`).
    if let Err(refused) = text.parse::<Schedule>() {
        assert_words(&refused.to_string());
    }
    let ast = match parse(&text) {
        Ok(ast) => ast,
        Err(error) => return assert_words(&error.to_string()),
    };
    let of_rule = Rule::new(&text).err().map(|error| error.to_string());
    let of_objective = Objective::new(&text, &[]).err().map(|error| error.to_string());
    for refused in of_rule.iter().chain(&of_objective) {
        assert_words(refused);
    }
    let mut graph = Graph::new();
    let names = ast.free_names();
    let inputs: Vec<NodeId> = names.iter().map(|name| graph.input(name)).collect();
    let mut resolve = |name: &str| names.iter().position(|known| known == name).map(|at| inputs[at]);
    let value = match ast.lower_value(&mut graph, &mut resolve) {
        Ok(value) => value,
        Err(error) => return assert_words(&error.to_string()),
    };
    let some: Vec<NodeId> = inputs.iter().copied().take(4).collect();
    let slopes = gradient(&mut graph, value, &some);
    let curvature = slopes.first().map(|slope| gradient(&mut graph, *slope, &some)).unwrap_or_default();
    let roots = [vec![value], slopes, curvature].concat();
    for scale in [0.0, 0.5, -3.0, 1e30, f64::MIN_POSITIVE] {
        let point: Vec<f64> = (0..graph.inputs().len()).map(|at| scale * (1.0 + at as f64)).collect();
        let narrow: Vec<f32> = point.iter().map(|value| *value as f32).collect();
        let columns: [&[f64]; 0] = [];
        let once = evaluate(&graph, &roots, &point);
        let again = evaluate_over(&graph, &roots, &point, &columns);
        assert!(once.iter().zip(&again).all(|(a, b)| a.to_bits() == b.to_bits()), "one point, one value");
        assert_eq!(evaluate(&graph, &roots, &narrow).len(), roots.len());
    }
}

/// An axis: what can be read has only numbers, between its bounds, and reads back to itself.
pub fn axis(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let axis = match Axis::parse(&text) {
        Ok(axis) => axis,
        Err(error) => return assert_words(&error),
    };
    let (lo, hi) = axis.bounds();
    for at in [0, 1, axis.len() / 3, axis.len() / 2, axis.len() - 1] {
        let value = axis.value(at.min(axis.len() - 1));
        assert!(value.is_finite(), "value {at} is {value}");
        assert!((lo..=hi).contains(&value), "value {at} is {value}, outside {lo} … {hi}");
    }
    assert!(axis.nearest_to_zero().is_none_or(|value| value.is_finite() && value != 0.0));
    assert_eq!(Axis::parse(axis.text()).as_ref(), Ok(&axis));
}

/// A file of data: what can be read is a full table of numbers, and reads back to the same bits.
pub fn data(bytes: &[u8]) {
    let data = match parse_csv(bytes, "fuzz.csv") {
        Ok(data) => data,
        Err(error) => return assert_words(&error.to_string()),
    };
    assert!(data.rows() > 0);
    assert!(data.columns.iter().all(|column| column.len() == data.rows()));
    assert!(data.columns.iter().flatten().all(|value| value.is_finite()));
    let mut written = Vec::new();
    write_csv(&data, &mut written).expect("memory takes it");
    let again = parse_csv(&written, "fuzz.csv").expect("what was written can be read");
    assert_eq!(again.hash(), data.hash());
}

/// A whole request, a line each: `objective`, `rule`, `vary`, … as on the command line, and after a line `data` a file.
/// What resolves has a shader, and where it is small the CPU runs it, compiled and interpreted, to the same bits.
pub fn request(bytes: &[u8]) {
    let Some(request) = read_request(bytes) else { return };
    let spec = match request.resolve() {
        Ok(spec) => Arc::new(spec),
        Err(error) => return assert_words(&error.to_string()),
    };
    assert!(!shader(&spec).is_empty());
    assert!(spec.cells() > 0);
    let rows = spec.data.as_ref().map_or(1, |data| data.tables[0].rows());
    let work = spec.cells() * (spec.limits.steps as usize + 1) * spec.program.graph.nodes().len() * rows;
    if work > 1 << 20 {
        return;
    }
    let (compiled, interpreted) = engines();
    let bits = |engine: &CpuEngine, spec: &Arc<FormulaSweep>| {
        let outcomes = collect(engine, &Sweep::from(spec)).expect("the CPU runs whatever resolves");
        bits(&outcomes)
    };
    assert_eq!(bits(compiled, &spec), bits(interpreted, &spec));
}

fn assert_words(complaint: &str) {
    assert!(!complaint.trim().is_empty(), "an error without words");
}

fn engines() -> &'static (CpuEngine, CpuEngine) {
    static ENGINES: OnceLock<(CpuEngine, CpuEngine)> = OnceLock::new();
    let engine = || CpuEngine::new(Some(1)).expect("a thread");
    ENGINES.get_or_init(|| (engine(), engine().interpreted()))
}

/// A loss that is no number counts as one value.
fn bits(outcomes: &TileOutcomes) -> Vec<u64> {
    let number = |value: &f64| if value.is_nan() { u64::MAX } else { value.to_bits() };
    let losses = outcomes.loss_start.iter().chain(&outcomes.loss_final);
    let parameters = outcomes.parameters.iter().flatten();
    let verdicts = outcomes.steps.iter().zip(&outcomes.outcome);
    let verdicts = verdicts.map(|(steps, outcome)| u64::from(*steps) << 8 | *outcome as u64);
    losses.chain(parameters).map(number).chain(verdicts).collect()
}

/// What a text says; what cannot be read is refused in words.
fn worded<T: FromStr<Err: Display>>(text: &str) -> Option<T> {
    text.parse().map_err(|error: T::Err| assert_words(&error.to_string())).ok()
}

/// `None` for what the command line's own reader would refuse.
fn read_request(bytes: &[u8]) -> Option<Request> {
    let (lines, file) = match bytes.windows(6).position(|window| window == b"\ndata\n") {
        Some(at) => (&bytes[..at], Some(&bytes[at + 6..])),
        None => (bytes, None),
    };
    let lines = String::from_utf8_lossy(lines);
    let mut request = Request::parse("lecture").ok()?;
    for line in lines.lines() {
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        let pair = || value.split_once('=');
        let common = &mut request.common;
        match key {
            "objective" => request.formula = worded(value)?,
            "rule" => common.rule = worded(value)?,
            "gradient" => request.gradient = Some(worded(value)?),
            "stop" => request.stop = Some(worded(value)?),
            "batch" => common.batch = Some(worded(value)?),
            "seed" => common.seed = Some(value.parse().ok()?),
            "steps" => common.steps = value.parse().ok()?,
            "gtol" => common.gtol = Some(value.parse().ok()?),
            "diverge" => common.diverge = value.parse().ok()?,
            "vary" => {
                let (name, axis) = pair()?;
                common.axes.push(Varied { knob: name.into(), axis: worded(axis)?, flag: "--vary" });
            }
            "start" => common.axes.push(Varied { knob: KnobRef::FirstStart, axis: worded(value)?, flag: "--start" }),
            "set" => {
                let (name, number) = pair()?;
                let fixed = Fixed::parse(name.into(), number);
                common.set.push(fixed.map_err(|error| assert_words(&error.to_string())).ok()?);
            }
            "const" => {
                let (name, number) = pair()?;
                let number = number.parse().ok().filter(|number: &f64| number.is_finite())?;
                request.constants.push((name.to_owned(), number));
            }
            "precision" => {
                common.precision = match value {
                    "f32" => Precision::F32,
                    "f64" => Precision::F64,
                    _ => Precision::Compensated,
                }
            }
            _ => return None,
        }
    }
    request.data = file.map(|file| parse_csv(file, "fuzz.csv")).transpose().ok()?;
    Some(request)
}
