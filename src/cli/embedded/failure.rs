//! What went wrong, by kind: other programs have errors of their own for each.

use crate::cli::exit::{self, CheckFailed};
use crate::engine::EngineError;
use crate::sweep::RequestError;
use std::io;

/// An error with its text, which names the flag, the value and the way out; a formula with a caret under the place.
#[derive(Debug)]
pub enum Failure {
    /// The request was wrong, and nothing was run.
    Request(String),
    /// An engine failed, cannot do it, or is not there.
    Device(String),
    /// A file or folder.
    Files(io::ErrorKind, String),
    /// A check that was made and did not hold.
    Check(String),
    /// [`Interruption::stop`](crate::cli::Interruption::stop) was called.
    Interrupted,
    Other(String),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let text = format!("{error:#}");
        if exit::code(&error) == exit::INTERRUPTED {
            return Self::Interrupted;
        }
        let known = error.chain().find_map(|cause| {
            if cause.is::<RequestError>() {
                return Some(Self::Request(text.clone()));
            }
            if cause.is::<EngineError>() {
                return Some(Self::Device(text.clone()));
            }
            if cause.is::<CheckFailed>() {
                return Some(Self::Check(text.clone()));
            }
            cause.downcast_ref::<io::Error>().map(|error| Self::Files(error.kind(), text.clone()))
        });
        known.unwrap_or(Self::Other(text))
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        Self::Request(error.to_string())
    }
}
