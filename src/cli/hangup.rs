//! SIGHUP that the process was started to ignore, as `nohup` does.

/// Runs what sets handlers of signals, and leaves SIGHUP ignored where it was.
pub fn ignored_as_before<T>(set: impl FnOnce() -> T) -> T {
    let was_ignored = is_ignored();
    let done = set();
    if was_ignored {
        ignore();
    }
    done
}

#[cfg(unix)]
#[allow(unsafe_code, reason = "no safe call tells what a signal does now")]
fn is_ignored() -> bool {
    // SAFETY: with no new action, sigaction only writes what the signal does into `now`, which is plain data.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGHUP, std::ptr::null(), &raw mut now) == 0 && now.sa_sigaction == libc::SIG_IGN
    }
}

#[cfg(unix)]
#[allow(unsafe_code, reason = "no safe call ignores a signal")]
fn ignore() {
    // SAFETY: no handler of ours is named, and what handled the signal before is not wanted any more.
    unsafe {
        libc::signal(libc::SIGHUP, libc::SIG_IGN);
    }
}

#[cfg(not(unix))]
fn is_ignored() -> bool {
    false
}

#[cfg(not(unix))]
fn ignore() {}
