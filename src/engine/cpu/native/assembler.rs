//! Machine code on its way, in one of the sets of instructions.

use super::machine::{Instructions, Isa};
use super::neon::Neon;
use super::x86::X86;
use std::ops::{Deref, DerefMut};

/// What writes the code of a program.
pub struct Assembler(Box<dyn Instructions>);

impl Assembler {
    /// For packed f32, or f64 where `is_wide`.
    pub fn new(isa: Isa, is_wide: bool) -> Self {
        Self(match isa {
            Isa::Avx2 | Isa::Avx512 => Box::new(X86::new(isa, is_wide)),
            Isa::Neon => Box::new(Neon::new(is_wide)),
        })
    }

    /// The code.
    pub fn finish(self) -> Vec<u8> {
        self.0.finish()
    }
}

impl Deref for Assembler {
    type Target = dyn Instructions;

    fn deref(&self) -> &Self::Target {
        self.0.as_ref()
    }
}

impl DerefMut for Assembler {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.0.as_mut()
    }
}
