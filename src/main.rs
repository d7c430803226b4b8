//! The command line: arguments → command → exit code.

use alphasweep::cli::{Allocator, Interruption, run};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Without a runtime directory (containers, cron) a layer of Mesa prints "error: XDG_RUNTIME_DIR is invalid" at every
/// look for adapters; this switches that layer off. It only sorts adapters, which is done here anyway.
fn quieten_mesa() {
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: first thing in main; no other thread runs that could read the environment.
        #[allow(unsafe_code, reason = "the only way to set a variable that a driver reads")]
        unsafe {
            std::env::set_var("NODEVICE_SELECT", "1");
        }
    }
}

fn main() -> ExitCode {
    quieten_mesa();
    ExitCode::from(run(std::env::args_os(), &Interruption::by_signals()))
}
