//! The files of a sweep, to be compared with those of another run of it.

use serde_json::Value;
use std::fs;
use std::path::Path;

/// All files, of `sweep.json` without `run`.
pub fn files(of: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |entry: fs::DirEntry| {
        let mut bytes = fs::read(entry.path()).expect("a file");
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == "sweep.json" {
            let mut document: Value = serde_json::from_slice(&bytes).expect("JSON");
            document.as_object_mut().expect("an object").remove("run");
            bytes = document.to_string().into_bytes();
        }
        (name, bytes)
    };
    let mut found: Vec<_> = fs::read_dir(of).expect("a folder").flatten().map(read).collect();
    found.sort();
    found
}
