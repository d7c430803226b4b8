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

/// A file above the limit of the system (`ulimit -f`) is an error of the write then, as a full disk is, and no signal that
/// ends the process.
fn write_errors_are_errors() {
    #[cfg(unix)]
    // SAFETY: no handler runs; the signal is ignored.
    #[allow(unsafe_code, reason = "no safe call ignores a signal")]
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

fn main() -> ExitCode {
    quieten_mesa();
    write_errors_are_errors();
    ExitCode::from(run(std::env::args_os(), &Interruption::by_signals()))
}
