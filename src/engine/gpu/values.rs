//! Values of formulas at points: what tests and the probe of functions ask an adapter for.

use super::context::GpuOptions;
use super::engine::GpuEngine;
use super::functions;
use super::step::Writer;
use super::wgsl::types;
use crate::engine::{EngineError, Watch};
use crate::expr::{Graph, Node, NodeId};
use std::fmt::Write;
use wgpu::BufferUsages;

const WORKGROUP: u32 = 64;

/// A formula: a graph, and which of its nodes is the value.
pub type Formula = (Graph, NodeId);

/// A formula of the inputs a and b.
#[doc(hidden)]
pub fn formula_of_two(make: impl FnOnce(&mut Graph, [NodeId; 2]) -> NodeId) -> Formula {
    let mut graph = Graph::new();
    let inputs = ["a", "b"].map(|name| graph.input(name));
    let value = make(&mut graph, inputs);
    (graph, value)
}

/// The bits of values, by formula and point, whatever they mean.
pub type ValueBits = Vec<Vec<u64>>;

impl GpuEngine {
    /// The values of formulas at points, in f32 or, with `wide`, in f64. A point has a number for each input of the formulas.
    ///
    /// # Errors
    /// The machine's [`EngineError`]s.
    ///
    /// # Panics
    /// If a point has fewer numbers than a formula has inputs.
    #[doc(hidden)]
    pub fn values(&self, formulas: &[Formula], points: &[Vec<f64>], wide: bool) -> Result<ValueBits, EngineError> {
        self.values_with(self.options(), formulas, points, wide)
    }

    /// As [`GpuEngine::values`], with other options.
    pub(super) fn values_with(
        &self,
        options: GpuOptions,
        formulas: &[Formula],
        points: &[Vec<f64>],
        wide: bool,
    ) -> Result<ValueBits, EngineError> {
        let inputs = points.first().map_or(0, Vec::len);
        let source = options.edited(shader(formulas, (inputs, points.len()), wide));
        let device = self.device();
        let pipeline = device.pipeline(&source, "values", &Watch::silent())?;
        let storage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
        let width = if wide { 8 } else { 4 };
        let numbers = (0..inputs).flat_map(|input| points.iter().map(move |point| point[input]));
        let numbers: Vec<u8> = if wide {
            numbers.flat_map(f64::to_le_bytes).collect()
        } else {
            numbers.flat_map(|number| (number as f32).to_le_bytes()).collect()
        };
        let given = device.buffer("points", numbers.len() as u64, storage);
        device.write(&given, &numbers)?;
        let job = device.buffer("job", 16, BufferUsages::UNIFORM | BufferUsages::COPY_DST);
        device.write(&job, &[0; 16])?;
        let total = formulas.len() * points.len() * width;
        let found = device.buffer("found", total as u64, storage);
        let readback = device.readback("readback", total as u64);
        let group = device.bind(&pipeline, &[&job, &given, &found]);
        let groups = (points.len() as u32).div_ceil(WORKGROUP);
        let bytes = device.submit_and_read(&readback, total as u64, &Watch::silent(), |work| {
            work.dispatch(&pipeline, &group, (groups, 1));
            work.copy(&found, &readback, 0, total as u64);
        })?;
        let bits = |bytes: &[u8]| bytes.iter().rev().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        let rows = bytes.chunks_exact(points.len() * width);
        Ok(rows.map(|row| row.chunks_exact(width).map(bits).collect()).collect())
    }
}

/// A shader in which each invocation takes a point and writes the value of every formula.
fn shader(formulas: &[Formula], (inputs, points): (usize, usize), wide: bool) -> String {
    let names: Vec<String> = (0..inputs).map(|input| format!("x{input}")).collect();
    let declared: Vec<String> = names.iter().map(|name| format!("{name}: real")).collect();
    let mut text = types(wide, f64::from(f32::MAX))
        + "struct Uniforms {\n    zero: u32,\n}\n\
           @group(0) @binding(0) var<uniform> job: Uniforms;\n\
           @group(0) @binding(1) var<storage, read> points: array<real>;\n\
           @group(0) @binding(2) var<storage, read_write> found: array<real>;\n\n"
        + &functions::text(wide);
    for (at, (graph, value)) in formulas.iter().enumerate() {
        let leaf = |id: NodeId| match graph.node(id) {
            Node::Input(number) => format!("x{number}"),
            _ if wide => format!(
                "bitcast<real>({:#x}lu ^ bits(job.zero))",
                graph.constant_value(id).unwrap_or_default().to_bits()
            ),
            _ => format!(
                "bitcast<real>({:#x}u ^ job.zero)",
                (graph.constant_value(id).unwrap_or_default() as f32).to_bits()
            ),
        };
        let needed = graph.needed_by(&[*value]);
        let nodes: Vec<NodeId> = (0..graph.nodes().len()).filter(|at| needed[*at]).map(|at| graph.id_at(at)).collect();
        let writer = Writer { graph, leaf: &leaf };
        let (lines, result) = (writer.lines(&nodes, "    "), writer.place(*value));
        let _ = writeln!(text, "fn formula{at}({}) -> real {{\n{lines}    return {result};\n}}\n", declared.join(", "));
    }
    let _ = writeln!(
        text,
        "@compute @workgroup_size({WORKGROUP})\nfn values(@builtin(global_invocation_id) id: vec3<u32>) {{\n    \
         let at = id.x;\n    if at >= {points}u || job.zero != 0u {{\n        return;\n    }}"
    );
    for (input, name) in names.iter().enumerate() {
        let _ = writeln!(text, "    let {name} = points[{}u + at];", input * points);
    }
    if inputs == 0 {
        text.push_str("    found[0] = points[0];\n");
    }
    for at in 0..formulas.len() {
        let _ = writeln!(text, "    found[{}u + at] = formula{at}({});", at * points, names.join(", "));
    }
    text + "}\n"
}
