//! What an adapter's arithmetic does, found out by a small shader at start-up.
//!
//! WGSL lets a compiler contract products and sums, flush subnormals and divide to 2.5 ulp; some back ends also
//! reassociate. None of it can be asked for or forbidden, so it is measured.

use super::device::Device;
use crate::engine::{EngineError, Probe, Watch};
use wgpu::BufferUsages;

/// Operand pairs tried; one workgroup.
const SAMPLES: usize = Probe::SAMPLES;

const SHADER: &str = include_str!("../../../shaders/probe.wgsl");

/// Start, increment and number of steps of the compensated sum: 1e-10 per unit of slope, as in the sweep that plain
/// f32 gets wrong.
const SUM: (f32, f32, u32) = (-3.0, 6e-10, 100);

/// Runs the probe.
///
/// # Errors
/// The machine's [`EngineError`]s.
pub fn probe(device: &Device) -> Result<Probe, EngineError> {
    let pipeline = device.pipeline(SHADER, "probe", &Watch::silent())?;
    let operands = operands();
    let bytes: &[u8] = bytemuck::cast_slice(&operands);
    let storage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
    let input = device.buffer("operands", bytes.len() as u64, storage);
    device.queue.write_buffer(&input, 0, bytes);
    let results = device.buffer("results", (SAMPLES * 16) as u64, storage);
    let special = device.buffer("special", 16, storage);
    let total = (SAMPLES * 16 + 16) as u64;
    let readback = device.readback("readback", total);
    let group = device.bind(&pipeline, &[&input, &results, &special]);
    let bytes = device.submit_and_read(&readback, total, &Watch::silent(), |work| {
        work.dispatch(&pipeline, &group, (1, 1));
        work.copy(&results, &readback, 0, (SAMPLES * 16) as u64);
        work.copy(&special, &readback, (SAMPLES * 16) as u64, 16);
    })?;
    Ok(judge(&operands, &bytemuck::pod_collect_to_vec(&bytes)))
}

/// [`SAMPLES`] rows of (a, b, a·b rounded, 0), then the sum's and the subnormal's operands.
fn operands() -> Vec<[f32; 4]> {
    // Numbers without pattern in [1, 4): the fractional parts of multiples of the golden ratio.
    let sample = |n: usize| 1.0 + 3.0 * ((n as f32) * 0.618_034).fract();
    let mut rows: Vec<[f32; 4]> = (0..SAMPLES)
        .map(|at| {
            let (a, b) = (sample(2 * at + 1), sample(2 * at + 2));
            [a, b, a * b, 0.0]
        })
        .collect();
    rows.push([SUM.0, SUM.1, 0.0, 0.0]);
    rows.push([f32::MIN_POSITIVE, 0.25, 0.0, 0.0]);
    rows
}

fn judge(operands: &[[f32; 4]], results: &[f32]) -> Probe {
    let rows = || operands.iter().zip(results.chunks_exact(4)).take(SAMPLES);
    let differ = |exact: fn(f32, f32) -> f32, column: usize| {
        rows().filter(|([a, b, ..], row)| exact(*a, *b).to_bits() != row[column].to_bits()).count() as u32
    };
    let special = &results[SAMPLES * 4..];
    let sum = f64::from(special[0]) + f64::from(special[1]);
    let truth = f64::from(SUM.0) + f64::from(SUM.1) * f64::from(SUM.2);
    Probe {
        compensation: (sum - truth).abs() < 1e-12,
        subnormals: special[2] != 0.0,
        contracts: rows().any(|(_, row)| row[2] != 0.0),
        fma_is_fused: rows().any(|(_, row)| row[3] != 0.0),
        inexact_quotients: differ(|a, b| a / b, 0),
        inexact_roots: differ(|a, _| a.sqrt(), 1),
    }
}
