//! Machine code that does nothing but multiply-adds.

use super::assembler::Assembler;
use super::compile::Code;
use super::kernel::Kernel;
use super::layout::Layout;
use super::machine::{Address, Base, Isa, Operand, When};
use crate::engine::classes::Classes;

/// Vectors of sums: enough to hide the latency of each.
const SUMS: u8 = 12;

impl Kernel<f32> {
    /// A kernel whose step is [`SUMS`] vector multiply-adds in f32, and how many operations that is: a multiply-add is two.
    /// `None` where this processor has no such vectors.
    pub fn multiply_adds() -> Option<(Self, f64)> {
        let isa = Isa::detect()?;
        #[cfg(target_arch = "x86_64")]
        if !is_x86_feature_detected!("fma") {
            return None;
        }
        let mut out = Assembler::new(isa, false);
        out.enter();
        // Slots 0 and 1 hold factor and summand; the sums begin with the factor.
        for register in 0..SUMS + 2 {
            let slot = i32::from(u8::from(register == 1));
            let at = Address { base: Base::Lanes, offset: slot * isa.bytes() as i32 };
            out.load(register, Operand::Memory(at));
        }
        let begin = out.here();
        out.test_count();
        let leave = out.jump(When::Zero);
        for sum in 2..SUMS + 2 {
            out.multiply_add(sum, 0, 1);
        }
        out.count_down();
        let again = out.jump(When::Always);
        out.land(again, begin);
        let end = out.here();
        out.land(leave, end);
        out.return_count();
        let layout = Layout::plain(isa, 2);
        let operations = f64::from(SUMS) * (isa.bytes() / 4) as f64 * 2.0;
        let kernel = Self::load(
            Code { bytes: out.finish(), setup: None, watched_blocks: None, watching: None, layout },
            Classes::default(),
        )?;
        Some((kernel, operations))
    }
}
