//! Programs as machine code, where the processor is an x86-64 with AVX2 or AVX-512 and every operation has an
//! instruction. Elsewhere, and for the rest, the interpreter (`super::lanes`) does the same work; it also is what the
//! tests compare this with, bit by bit.

mod allocate;
mod bundle;
mod compile;
mod encode;
mod operations;
mod roof;

pub use bundle::Bundle;
pub use compile::Layout;

use crate::expr::Real;
use crate::sweep::{InitialValue, Program};
use encode::Isa;
use memmap2::{Mmap, MmapMut};

/// Machine code that steps a frame of lanes.
pub struct Kernel {
    code: Mmap,
    setup: usize,
    pub layout: Layout,
    pub starts: Vec<InitialValue>,
}

impl Kernel {
    /// The machine code of a program; `None` where this processor or program has none.
    pub fn new(program: &Program) -> Option<Self> {
        let isa = Isa::detect()?;
        if program.batch.is_some() || !compile::is_supported(program) {
            return None;
        }
        let compiled = compile::compile(program, isa);
        let starts = program.carried.iter().map(|carried| carried.initial).collect();
        Self::load(compiled, starts)
    }

    /// Makes code callable. Where the system forbids code made at run time, the interpreter goes on.
    fn load(compiled: compile::Code, starts: Vec<InitialValue>) -> Option<Self> {
        let mut memory = MmapMut::map_anon(compiled.bytes.len()).ok()?;
        memory.copy_from_slice(&compiled.bytes);
        let code = memory.make_exec().ok()?;
        Some(Self { code, setup: compiled.setup, layout: compiled.layout, starts })
    }

    /// Makes up to `steps` steps of all lanes, as long as none has ended; returns how many of them are left.
    ///
    /// # Panics
    /// If the frame is not the kernel's.
    pub fn run<T: Real>(&self, frame: &mut [T], steps: u64) -> u64 {
        self.call(0, frame, steps)
    }

    /// Computes what depends on knobs alone.
    pub fn prepare<T: Real>(&self, frame: &mut [T]) {
        self.call(self.setup, frame, 0);
    }

    #[allow(unsafe_code, reason = "there is no other way to call code that was made at run time")]
    fn call<T: Real>(&self, entry: usize, frame: &mut [T], steps: u64) -> u64 {
        assert!(size_of_val(frame) >= self.layout.bytes, "the frame holds every slot");
        assert!(frame.as_ptr().addr().is_multiple_of(64), "vectors are aligned");
        #[cfg(target_arch = "x86_64")]
        {
            type Function = unsafe extern "sysv64" fn(*mut u8, u64) -> u64;
            // Sound: `code` is a whole function of this type at `entry`, written by `compile` for instructions that
            // `Isa::detect` found; it reads and writes only the first `layout.bytes` bytes behind its first argument.
            unsafe {
                let function: Function = std::mem::transmute(self.code.as_ptr().add(entry));
                function(frame.as_mut_ptr().cast(), steps)
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            unreachable!("no kernel is ever made here")
        }
    }
}
