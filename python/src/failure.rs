//! Errors of the library as exceptions.

use alphasweep::cli::embedded::Failure;
use pyo3::PyErr;
use pyo3::create_exception;
use pyo3::exceptions::{
    PyFileNotFoundError, PyKeyboardInterrupt, PyMemoryError, PyNotADirectoryError, PyOSError, PyPermissionError,
    PyRuntimeError, PyValueError,
};
use std::io::ErrorKind;

create_exception!(alphasweep, DeviceError, PyRuntimeError, "An engine failed, cannot do it, or is not there.");

/// The exception of a failure.
pub fn exception(failure: Failure) -> PyErr {
    match failure {
        Failure::Request(text) => PyValueError::new_err(in_words_of_python(&text)),
        Failure::Device(text) => DeviceError::new_err(in_words_of_python(&text)),
        Failure::Files(kind, text) => {
            let text = in_words_of_python(&text);
            match kind {
                ErrorKind::NotFound => PyFileNotFoundError::new_err(text),
                ErrorKind::PermissionDenied => PyPermissionError::new_err(text),
                ErrorKind::OutOfMemory => PyMemoryError::new_err(text),
                ErrorKind::NotADirectory => PyNotADirectoryError::new_err(text),
                _ => PyOSError::new_err(text),
            }
        }
        Failure::Interrupted => PyKeyboardInterrupt::new_err(()),
        Failure::Check(text) | Failure::Other(text) => PyRuntimeError::new_err(in_words_of_python(&text)),
    }
}

/// Flags as arguments: `--no-header` is `no_header`. Dashes elsewhere stay.
pub fn in_words_of_python(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("--") {
        let (before, flag) = (&rest[..at], &rest[at + 2..]);
        let name: String = flag.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
        let name = name.trim_end_matches('-');
        let begins = before.is_empty() || before.ends_with([' ', '`', '(', '"', '\'', '\n']);
        told.push_str(before);
        if begins && !name.is_empty() && name.starts_with(|c: char| c.is_ascii_lowercase()) {
            told.push_str(&name.replace('-', "_"));
            rest = &flag[name.len()..];
        } else {
            told.push_str("--");
            rest = flag;
        }
    }
    told + rest
}

/// Notes, with flags as arguments.
pub fn told(notes: &[String]) -> Vec<String> {
    notes.iter().map(|note| in_words_of_python(note)).collect()
}
