//! How many operations per second an adapter can make at most: what sweeps are measured against.

use super::engine::GpuEngine;
use crate::engine::{EngineError, Watch};
use std::time::{Duration, Instant};
use wgpu::BufferUsages;

const SHADER: &str = include_str!("../../../shaders/roof.wgsl");
/// Floating-point operations of one turn of one invocation: 8 vectors × 4 × (multiply, add).
const PER_TURN: f64 = 64.0;
const WORKGROUP: u32 = 64;

impl GpuEngine {
    /// Multiply-adds in f32, counted as two operations each, per second: the best of several dispatches that are each
    /// about as long as a dispatch of a sweep.
    ///
    /// # Errors
    /// The machine's [`EngineError`]s.
    pub fn roof(&self) -> Result<f64, EngineError> {
        const LEAST: Duration = Duration::from_millis(30);
        const MOST_TURNS: u32 = 1 << 15;
        const MOST_GROUPS: u32 = 1 << 15;
        let (mut groups, mut turns) = (64, 64);
        // Longer and larger, until the cost of a submission no longer counts.
        while self.time(groups, turns)? < LEAST && (turns < MOST_TURNS || groups < MOST_GROUPS) {
            if turns < MOST_TURNS {
                turns *= 2;
            } else {
                groups *= 2;
            }
        }
        let mut best: f64 = 0.0;
        for _ in 0..5 {
            let operations = f64::from(groups * WORKGROUP) * f64::from(turns) * PER_TURN;
            best = best.max(operations / self.time(groups, turns)?.as_secs_f64());
        }
        Ok(best)
    }

    fn time(&self, groups: u32, turns: u32) -> Result<Duration, EngineError> {
        let pipeline = self.device().pipeline(SHADER, "roof", &Watch::silent())?;
        let storage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
        let factors = self.device().buffer("factors", 16, storage);
        self.device().queue.write_buffer(&factors, 0, bytemuck::cast_slice(&[0.999_f32, 0.001, turns as f32, 0.0]));
        let sums = self.device().buffer("sums", u64::from(groups * WORKGROUP) * 4, storage);
        let readback = self.device().readback("readback", 16);
        let bind = self.device().bind(&pipeline, &[&factors, &sums]);
        let mut took = Duration::MAX;
        // The first submission pays for what is made on first use.
        for _ in 0..2 {
            let begun = Instant::now();
            self.device().submit_and_read(&readback, 16, &Watch::silent(), |work| {
                work.dispatch(&pipeline, &bind, (groups, 1));
                work.copy(&sums, &readback, 0, 16);
            })?;
            took = begun.elapsed();
        }
        Ok(took)
    }
}
