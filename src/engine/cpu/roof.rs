//! How many operations per second the processor can make at most: what sweeps are measured against.

use super::engine::CpuEngine;
use super::instruction::Lanes;
use super::native::{Frame, Kernel};
use rayon::prelude::*;
use std::time::Instant;

impl CpuEngine {
    /// Multiply-adds in f32, counted as two operations each, per second on all threads: the best of several tries. `None`
    /// where the processor is not one for which there is machine code.
    pub fn roof(&self) -> Option<f64> {
        const TRIES: usize = 9;
        const TURNS: u64 = 1 << 20;
        let (kernel, operations) = Kernel::multiply_adds()?;
        let threads = self.pool().current_num_threads();
        let run = |_| {
            let mut lanes = Lanes::<f32>::from_iter(0, std::iter::repeat_n(0.5, kernel.numbers()));
            let (mut common, rows) = (Lanes::new(0), Lanes::new(0));
            kernel.run(&mut Frame { lanes: &mut lanes, common: &mut common, rows: &rows, data: &[] }, TURNS);
        };
        let once = || {
            let begun = Instant::now();
            self.pool().install(|| (0..threads).into_par_iter().for_each(run));
            threads as f64 * TURNS as f64 * operations / begun.elapsed().as_secs_f64()
        };
        Some((0..TRIES).map(|_| once()).fold(0.0, f64::max))
    }
}
