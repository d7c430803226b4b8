//! What happens when the system gives no more memory, and what is asked of it for large pieces.
//!
//! By default Rust says so and aborts, which leaves a signal and, on many systems, a core file. A hook for it is not in the
//! stable language. Rejected: asking for every large list whether there is room (most memory goes to small ones and to
//! libraries, which do not ask); a panic, which may not leave an allocator.

use crate::cli::exit::MACHINE_FAILED;
use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{Write, stderr};
use std::process::{abort, exit};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

/// The system's allocator; where it has no memory the process ends as a failed machine does: a line, and exit code 3. Half
/// files that it leaves are removed by the next run, and finished tiles are kept. For the owner of a process to install.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allocator;

/// What is kept, as it is said when the process has to end at once.
static LAST_WORDS: Mutex<String> = Mutex::new(String::new());

/// Sets what is said before the reason.
pub(super) fn set_last_words(words: &str) {
    if let Ok(mut last) = LAST_WORDS.lock() {
        words.clone_into(&mut last);
    }
}

#[allow(unsafe_code, reason = "the only way to see that memory is out")]
// SAFETY: every call goes to the system's allocator as it is, and what that gives comes back as it is.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        in_large_pages(checked(unsafe { System.alloc(layout) }, layout.size()), layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        in_large_pages(checked(unsafe { System.alloc_zeroed(layout) }, layout.size()), layout.size())
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        checked(unsafe { System.realloc(memory, layout, size) }, size)
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[inline]
fn checked(memory: *mut u8, size: usize) -> *mut u8 {
    if memory.is_null() {
        out_of_memory(size);
    }
    memory
}

/// Asks for large pages for a large piece: the system then clears it in few goes instead of one for every 4 KiB, which is an eighth
/// of a small sweep's time, most of it for the pixels of its picture. A system that has none takes no notice.
#[inline]
fn in_large_pages(memory: *mut u8, size: usize) -> *mut u8 {
    /// Two large pages, as most processors have them.
    const LARGE: usize = 4 << 20;
    if size >= LARGE {
        advise(memory, size);
    }
    memory
}

#[cfg(target_os = "linux")]
#[cold]
#[allow(unsafe_code, reason = "advice is a call of the system")]
fn advise(memory: *mut u8, size: usize) {
    /// Where pages are larger than this, the advice is refused.
    const PAGE: usize = 4096;
    let before = memory.addr() % PAGE;
    // SAFETY: each of these pages has a part of a piece that was just given out, and what they hold stays as it is.
    unsafe { libc::madvise(memory.wrapping_sub(before).cast(), before + size, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn advise(_: *mut u8, _: usize) {}

/// Ends the process. Nothing here may ask for memory.
#[cold]
fn out_of_memory(size: usize) -> ! {
    static ENDING: AtomicBool = AtomicBool::new(false);
    if ENDING.swap(true, Ordering::Relaxed) {
        // Another thread is ending the process; or this one is, and what it has to clear up needs memory.
        sleep(Duration::from_secs(2));
        abort();
    }
    let told = |words: &str| {
        let mut line = [0; 4096];
        let mut rest = line.as_mut_slice();
        let written = writeln!(rest, "error: {words}the system has no memory left ({size} bytes more were needed)");
        let left = rest.len();
        written.is_ok() && stderr().write_all(&line[..line.len() - left]).is_ok()
    };
    let with_last_words = LAST_WORDS.try_lock().is_ok_and(|words| told(&words));
    if !with_last_words {
        told("");
    }
    exit(i32::from(MACHINE_FAILED));
}
