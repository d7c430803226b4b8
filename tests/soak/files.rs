//! What lies in a folder: the files of a sweep, which are compared, and tiles, which are damaged.

use crate::case::{below, pick};
use crate::common::Random;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Files by their names below a folder.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

/// All files of a sweep that have their final names, without tiles and without what a killed process left under a
/// passing name; of `sweep.json` without the member `run`.
pub fn finished(out: &Path) -> Files {
    let mut found = Files::new();
    let mut open = vec![out.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() {
                if !name.starts_with("tiles-") {
                    open.push(path);
                }
                continue;
            }
            if name.contains(".unfinished") || name.contains(".partial") {
                continue;
            }
            let mut bytes = fs::read(&path).expect("a file");
            if name == "sweep.json" {
                bytes = without_run(&bytes);
            }
            found.insert(path.strip_prefix(out).expect("below").to_owned(), bytes);
        }
    }
    found
}

/// The document without what tells one run from another; what is no document stays as it is.
fn without_run(bytes: &[u8]) -> Vec<u8> {
    let Ok(Value::Object(mut document)) = serde_json::from_slice(bytes) else { return bytes.to_vec() };
    document.remove("run");
    Value::Object(document).to_string().into_bytes()
}

/// Every file that is there is as it should be.
pub fn none_differs(whole: &Files, there: &Files) -> Result<(), String> {
    for (name, bytes) in there {
        match whole.get(name) {
            Some(expected) if expected == bytes => {}
            Some(_) => return Err(format!("{} differs", name.display())),
            None => return Err(format!("{} should not be there", name.display())),
        }
    }
    Ok(())
}

/// Every file is there, as it should be.
pub fn all_same(whole: &Files, there: &Files) -> Result<(), String> {
    none_differs(whole, there)?;
    let missing = whole.keys().find(|name| !there.contains_key(*name));
    missing.map_or(Ok(()), |name| Err(format!("{} is missing", name.display())))
}

/// Nothing is left of the work: no tiles, no passing names.
pub fn nothing_left(out: &Path) -> Result<(), String> {
    let names = fs::read_dir(out).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let left = names.map(|name| name.to_string_lossy().into_owned());
    let mut left = left.filter(|name| name.starts_with("tiles-") || name.contains(".unfinished"));
    left.next().map_or(Ok(()), |name| Err(format!("{name} is left in {}", out.display())))
}

/// The finished tiles below a folder.
pub fn tiles(out: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(out).into_iter().flatten().flatten();
    let folders = folders.filter(|entry| entry.file_name().to_string_lossy().starts_with("tiles-"));
    let files = folders.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten());
    let mut tiles: Vec<PathBuf> = files.map(|file| file.path()).collect();
    tiles.retain(|path| path.extension().is_some_and(|ending| ending == "tile"));
    tiles.sort();
    tiles
}

/// What can happen to a file.
const DAMAGES: [&str; 7] = ["cut", "emptied", "bit", "lengthened", "exchanged", "removed", "foreign"];

/// Damages one tile, and says how.
pub fn damage(random: &mut Random, tiles: &[PathBuf]) -> String {
    let tile = pick(random, tiles);
    let mut bytes = fs::read(&tile).expect("a tile");
    let at = below(random, bytes.len());
    let kind = pick(random, &DAMAGES);
    match kind {
        "cut" => bytes.truncate(at),
        "emptied" => bytes.clear(),
        "bit" => bytes[at] ^= 1 << below(random, 8),
        "lengthened" => bytes.push(7),
        "exchanged" => bytes = fs::read(pick(random, tiles)).expect("a tile"),
        "foreign" => bytes = b"PNG\r\n".to_vec(),
        _ => {}
    }
    if kind == "removed" {
        fs::remove_file(&tile).expect("a removal");
    } else {
        fs::write(&tile, bytes).expect("a write");
    }
    format!("{}: {kind} at byte {at}", tile.display())
}
