//! What is said of an adapter's arithmetic.

use serde::Serialize;
use std::fmt;

/// What a small shader found of an adapter's arithmetic at start-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Probe {
    /// A compensated sum keeps what single additions lose. Without it `--precision compensated` is refused.
    pub compensation: bool,
    /// Numbers below 1.2e-38 exist.
    pub subnormals: bool,
    /// `a*b + c` is rounded once, not twice.
    pub contracts: bool,
    /// `(a + b) - a` is `b`, or `a*b/a`, whatever was rounded: sums and products are taken apart.
    pub reassociates: bool,
    /// `fma(a, b, c)` is rounded once.
    pub fma_is_fused: bool,
    /// Quotients that differ from the correctly rounded ones, of [`Probe::SAMPLES`].
    pub inexact_quotients: u32,
    /// Square roots that differ, likewise.
    pub inexact_roots: u32,
}

impl Probe {
    /// Operand pairs tried.
    pub const SAMPLES: usize = 64;

    /// Whether every operation of normal numbers is rounded by itself, as the CPU does it. What is taken apart does no harm:
    /// shaders hide from the compiler what could be.
    pub fn rounds_each(&self) -> bool {
        !self.contracts && self.inexact_quotients == 0 && self.inexact_roots == 0
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let yes = |is: bool, yes: &'static str, no: &'static str| if is { yes } else { no };
        write!(
            f,
            "compensation {}, subnormals {}, a*b+c {}, a*b/a {}, fma() {}, inexact quotients {}/{of}, inexact roots {}/{of}",
            yes(self.compensation, "survives", "is lost"),
            yes(self.subnormals, "kept", "flushed"),
            yes(self.contracts, "fused", "not fused"),
            yes(self.reassociates, "cancelled", "computed"),
            yes(self.fma_is_fused, "fused", "not fused"),
            self.inexact_quotients,
            self.inexact_roots,
            of = Self::SAMPLES,
        )
    }
}
