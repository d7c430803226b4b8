//! Exit codes, and which of them an error has.

use crate::engine::EngineError;
use crate::sweep::RequestError;
use std::io;

pub const DONE: u8 = 0;
pub const CHECK_FAILED: u8 = 1;
pub const WRONG_REQUEST: u8 = 2;
pub const MACHINE_FAILED: u8 = 3;
pub const INTERRUPTED: u8 = 130;

/// A check that was made and did not hold: [`CHECK_FAILED`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CheckFailed(pub String);

/// The code of what went wrong. What nothing here knows, such as a full disk, is the machine's.
pub fn code(error: &anyhow::Error) -> u8 {
    if is_broken_pipe(error) {
        return DONE;
    }
    error.chain().find_map(of_cause).unwrap_or(MACHINE_FAILED)
}

fn of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<u8> {
    if cause.is::<CheckFailed>() {
        return Some(CHECK_FAILED);
    }
    if cause.is::<RequestError>() || cause.is::<clap::Error>() {
        return Some(WRONG_REQUEST);
    }
    cause.downcast_ref::<EngineError>().map(|error| match error {
        EngineError::Unsupported(_) => WRONG_REQUEST,
        EngineError::Interrupted => INTERRUPTED,
        _ => MACHINE_FAILED,
    })
}

/// The reader of stdout went away, as `head` does: nothing is wrong.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(broken)
}
