//! Bytes that stay: the commands of `tests/corpus/commands.txt` write the same files as the version before.
//!
//! `tests/reference/corpus.csv` holds a hash of every file and of what went to stdout, not the files. A binary that is
//! trusted writes it: `ALPHASWEEP_CORPUS=write ALPHASWEEP_BIN=/path/to/alphasweep cargo test --release --test corpus`.
//! `ALPHASWEEP_BIN` alone compares that binary; without it, the one built with the tests. Where files differ, all that was
//! written is kept; `ALPHASWEEP_CORPUS=keep` and the binary before give what to lay beside it. Pictures, documents and
//! fingerprints hold the version's number, so a new number needs a new reference.

mod common;

use assert_cmd::Command;
use common::{Mismatches, on_lavapipe, skipped};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};
use xxhash_rust::xxh3::xxh3_64;

const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/corpus.csv");

/// Data that lie in the folder of every case.
const INPUTS: [(&str, &str); 2] = [
    ("points.csv", "u,v\n0.5,1.2\n1,1.9\n1.5,3.1\n2,3.8\n2.5,5.2\n3,6.1\n"),
    ("classes.csv", "p,q,class\n0,0.1,0\n0.2,1,1\n0.9,0,1\n1,1.1,0\n0.1,0,0\n0,0.9,1\n1.1,0.1,1\n0.9,1,0\n"),
];

/// A name, and commands that run one after another in one folder.
type Case = (&'static str, Vec<&'static str>);

/// The cases of `commands.txt`.
fn cases() -> Vec<Case> {
    let lines = include_str!("corpus/commands.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut cases: Vec<Case> = Vec::new();
    for (name, line) in lines.map(|line| line.split_once(": ").expect("NAME: COMMAND")) {
        match cases.last_mut().filter(|(last, _)| *last == name) {
            Some((_, lines)) => lines.push(line),
            None => cases.push((name, vec![line])),
        }
    }
    cases
}

/// One file of a case, or what one of its commands wrote to stdout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    case: String,
    file: String,
    /// Of the bytes that count, as is their number.
    xxh3: String,
    bytes: usize,
    /// The instructions of the processor that the bytes depend on; empty where they depend on none.
    arithmetic: String,
}

/// What a document says of the run rather than of its result, and the hash of data, whose function is free to change.
/// Pointers as of RFC 6901.
const OF_THE_RUN: [&str; 8] = [
    "/run",
    "/command",
    "/engine/device",
    "/engine/driver",
    "/engine/probe",
    "/spec/data/hash",
    "/spec/data/1",
    "/data/1",
];

/// Member or element of a JSON value, as it is written.
fn member<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let raw: &RawValue = match name.parse::<usize>() {
        Ok(index) => serde_json::from_str::<Vec<_>>(text).ok()?.get(index).copied()?,
        Err(_) => serde_json::from_str::<BTreeMap<String, _>>(text).ok()?.get(name).copied()?,
    };
    Some(raw.get())
}

fn at<'t>(text: &'t str, pointer: &str) -> Option<&'t str> {
    pointer.split('/').skip(1).try_fold(text, member)
}

/// The text with another value there, and every other byte as it was.
fn replaced(text: &str, pointer: &str, new: &str) -> String {
    let Some(value) = at(text, pointer) else { return text.to_owned() };
    let start = value.as_ptr().addr() - text.as_ptr().addr();
    [&text[..start], new, &text[start + value.len()..]].concat()
}

/// A document without its run; the absolute paths among its flags are told from the case's folder.
fn document(text: &str, folder: &Path) -> String {
    let lasting = OF_THE_RUN.iter().fold(text.to_owned(), |text, pointer| replaced(&text, pointer, "null"));
    let asked = at(&lasting, "/asked").unwrap_or("{}");
    let flags: BTreeMap<String, serde_json::Value> = serde_json::from_str(asked).expect("flags by name");
    flags.iter().fold(lasting.clone(), |text, (flag, value)| {
        match value.as_str().and_then(|path| Path::new(path).strip_prefix(folder).ok()) {
            Some(below) => replaced(&text, &format!("/asked/{flag}"), &serde_json::json!(below).to_string()),
            None => text,
        }
    })
}

/// A page's data, and the functions of its formula. Its style and program are sources of this repository and no results; how
/// it is told the summary is between the two.
fn page(text: &str) -> String {
    let between = |start: &str, end: &str| {
        let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("a page has {start}"));
        rest.split_once(end).unwrap_or_else(|| panic!("{end} follows {start}")).0
    };
    let data = between(r#"<script type="application/json" id="data">"#, "</script>");
    let functions = ["function judge(", "function advance("].map(|start| between(start, "\n}\n"));
    [&replaced(&replaced(data, "/report", "null"), "/command", "null"), functions[0], functions[1]].join("\n")
}

/// The bytes that count of a file of a case.
fn counted(path: &Path, folder: &Path) -> Vec<u8> {
    let bytes = fs::read(path).expect("a file");
    let text = || String::from_utf8(bytes.clone()).expect("text");
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => document(&text(), folder).into_bytes(),
        Some("stdout") if bytes.starts_with(b"{") => document(&text(), folder).into_bytes(),
        Some("html") => page(&text()).into_bytes(),
        // Of a lock only that it is there: it holds the number of a process.
        None if path.ends_with("lock") => Vec::new(),
        _ => bytes,
    }
}

/// All files below, in order of their paths.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    entries.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// What a case has left in its folder.
fn entries(case: &str, folder: &Path) -> Vec<Entry> {
    let paths = files(folder);
    let said = paths.iter().filter(|path| path.ends_with("sweep.json")).find_map(|path| {
        let text = fs::read_to_string(path).expect("a document");
        at(&text, "/engine/arithmetic").and_then(|word| serde_json::from_str::<String>(word).ok())
    });
    let arithmetic = said.unwrap_or_default();
    let entry = |path: &PathBuf| {
        let bytes = counted(path, folder);
        Entry {
            case: case.to_owned(),
            file: path.strip_prefix(folder).expect("below").to_string_lossy().replace('\\', "/"),
            xxh3: format!("{:016x}", xxh3_64(&bytes)),
            bytes: bytes.len(),
            arithmetic: arithmetic.clone(),
        }
    };
    let written = paths.iter().filter(|path| INPUTS.iter().all(|(input, _)| !path.ends_with(input)));
    written.map(entry).collect()
}

/// Words between spaces; quotes hold together.
fn words(line: &str) -> Vec<&str> {
    let parts = line.split('"').enumerate();
    parts.flat_map(|(n, part)| if n % 2 == 1 { vec![part] } else { part.split_whitespace().collect() }).collect()
}

/// The binary that is asked for.
fn alphasweep() -> Command {
    match env::var_os("ALPHASWEEP_BIN") {
        Some(path) => Command::new(path),
        None => Command::cargo_bin("alphasweep").expect("the binary is built with the tests"),
    }
}

/// Runs a case in a new folder.
///
/// # Errors
/// The command that failed, and what it said.
fn run((case, lines): &Case, folder: &Path) -> Result<Vec<Entry>, String> {
    fs::create_dir(folder).expect("a new folder");
    let folder = &folder.canonicalize().expect("where it is");
    for (name, text) in INPUTS {
        fs::write(folder.join(name), text).expect("an input");
    }
    for (n, line) in lines.iter().enumerate() {
        if let Some(file) = line.strip_prefix("rm ") {
            fs::remove_file(folder.join(file)).map_err(|error| format!("{case}: {line}: {error}"))?;
            continue;
        }
        let output = alphasweep().current_dir(folder).env("NODEVICE_SELECT", "1").args(words(line)).output();
        let output = output.expect("the binary starts");
        if !output.status.success() {
            return Err(format!("{case}: {line}: {}", String::from_utf8_lossy(&output.stderr)));
        }
        if !output.stdout.is_empty() {
            fs::write(folder.join(format!("{}.stdout", n + 1)), &output.stdout).expect("a file");
        }
    }
    Ok(entries(case, folder))
}

/// Runs cases, two at a time, each in a folder of its own.
fn run_all(cases: &[Case], folder: &Path) -> Vec<Result<Vec<Entry>, String>> {
    let two = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    two.install(|| cases.par_iter().map(|case| run(case, &folder.join(case.0))).collect())
}

/// Every file that is another, missing, or one too many.
fn differences(reference: &[Entry], found: &[Entry]) -> Vec<String> {
    let mut pairs: BTreeMap<(&str, &str), [Option<&Entry>; 2]> = BTreeMap::new();
    for (side, entries) in [reference, found].into_iter().enumerate() {
        for entry in entries {
            pairs.entry((&entry.case, &entry.file)).or_default()[side] = Some(entry);
        }
    }
    let told = pairs.into_iter().filter_map(|((case, file), pair)| match pair {
        [Some(old), Some(new)] if old.xxh3 == new.xxh3 && old.bytes == new.bytes => None,
        [Some(old), Some(new)] => {
            Some(format!("{case}/{file}: {} bytes before, {} now, and others", old.bytes, new.bytes))
        }
        [Some(old), None] => Some(format!("{case}/{file}: missing, {} bytes before", old.bytes)),
        [_, new] => Some(format!("{case}/{file}: one too many, {} bytes", new.map_or(0, |new| new.bytes))),
    });
    told.collect()
}

fn reference() -> Vec<Entry> {
    let mut reader = csv::Reader::from_path(REFERENCE).expect("the reference");
    reader.deserialize().collect::<Result<_, _>>().expect("a row per file")
}

fn write(entries: &[Entry]) {
    let mut writer = csv::Writer::from_path(REFERENCE).expect("the reference");
    for entry in entries {
        writer.serialize(entry).expect("a row");
    }
    writer.flush().expect("the reference");
}

/// Why a case's bytes would not be the reference's on this machine, if so.
fn elsewhere((_, lines): &Case, lavapipe: bool) -> Option<&'static str> {
    let any = |word: &str| lines.iter().any(|line| line.contains(word));
    if any("--engine gpu") && !lavapipe {
        Some("the reference is of Mesa's CPU driver, and the adapter here is none or another")
    } else if any("landscape") && env::consts::ARCH != "x86_64" {
        Some("the footer of its picture names the processor, x86_64 in the reference")
    } else {
        None
    }
}

/// The cases whose bytes depend on the processor's instructions, where those of the reference were others.
fn of_another_processor(reference: &[Entry], found: &[Entry]) -> BTreeSet<String> {
    let arithmetic = |entries: &[Entry]| -> BTreeMap<String, String> {
        entries.iter().map(|entry| (entry.case.clone(), entry.arithmetic.clone())).collect()
    };
    let ours = arithmetic(found);
    let another = arithmetic(reference).into_iter().filter(|(case, theirs)| {
        let ours = ours.get(case).filter(|ours| !ours.is_empty() && !theirs.is_empty() && *ours != theirs);
        ours.inspect(|ours| skipped(case, &format!("the reference is of `{theirs}`, this processor of `{ours}`")))
            .is_some()
    });
    another.map(|(case, _)| case).collect()
}

#[test]
fn every_file_has_the_bytes_of_the_version_before() {
    let lavapipe = on_lavapipe();
    let (left_out, cases): (Vec<Case>, Vec<Case>) =
        cases().into_iter().partition(|case| elsewhere(case, lavapipe).is_some());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut wrong = Mismatches::default();
    let mut found = Vec::new();
    for answer in run_all(&cases, folder.path()) {
        match answer {
            Ok(entries) => found.extend(entries),
            Err(why) => wrong.note(|| why),
        }
    }
    let mode = env::var("ALPHASWEEP_CORPUS").unwrap_or_default();
    if mode == "write" {
        wrong.none("the reference is written by a binary that can do all of it");
        assert!(left_out.is_empty(), "the reference is written on x86_64 with Mesa's CPU driver");
        return write(&found);
    }
    let reference = reference();
    let mut not_here = of_another_processor(&reference, &found);
    for case in &left_out {
        skipped(case.0, elsewhere(case, lavapipe).unwrap_or_default());
        not_here.insert(case.0.to_owned());
    }
    let here = |entries: Vec<Entry>| -> Vec<Entry> {
        entries.into_iter().filter(|entry| !not_here.contains(&entry.case)).collect()
    };
    for difference in differences(&here(reference), &here(found)) {
        wrong.note(|| difference);
    }
    if wrong.count > 0 || mode == "keep" {
        let story = format!("{} cases, whose files are kept in {}", cases.len(), folder.keep().display());
        println!("{story}");
        wrong.none(&story);
    }
}

/// A command that writes documents, a table, a picture, columns and a page.
const SAMPLE: &str = "sweep square --alpha 0.1,1,2 --start 0,1 --engine cpu --npy columns --html page.html --json";

/// The sample's folder after `change`, against what it was before.
fn found_after(change: impl FnOnce(&Path)) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path().join("sample");
    let before = run(&("sample", vec![SAMPLE]), &place).expect("the sample runs");
    let place = place.canonicalize().expect("where it is");
    assert!(before.len() > 8 && differences(&before, &entries("sample", &place)).is_empty());
    change(&place);
    differences(&before, &entries("sample", &place))
}

/// Replaces one part of a text that holds it.
fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("text");
    assert!(text.contains(from), "{} has {from}", path.display());
    fs::write(path, text.replacen(from, to, 1)).expect("a file");
}

#[test]
fn one_changed_byte_in_any_file_is_found() {
    let names = found_after(|folder| fs::write(folder.join("too-many"), "").expect("a file"));
    assert_eq!(names, ["sample/too-many: one too many, 0 bytes"]);
    for file in
        ["sweep-out/losses.csv", "sweep-out/heatmap.png", "columns/steps.npy", "sweep-out/sweep.json", "1.stdout"]
    {
        let found = found_after(|folder| {
            let mut bytes = fs::read(folder.join(file)).expect("a file");
            // In documents within the version's number, which stands in the second line.
            bytes[20] ^= 1;
            fs::write(folder.join(file), bytes).expect("a file");
        });
        assert!(found.len() == 1 && found[0].starts_with(&format!("sample/{file}: ")), "{file}: {found:?}");
        let found = found_after(|folder| fs::remove_file(folder.join(file)).expect("a file"));
        assert!(found.len() == 1 && found[0].contains("missing"), "{file}: {found:?}");
    }
}

#[test]
fn of_a_document_all_counts_but_the_run() {
    let sweep = |from: &'static str, to: &'static str| {
        found_after(|folder| edit(&folder.join("sweep-out/sweep.json"), from, to))
    };
    assert!(sweep("\"seconds\": ", "\"seconds\": 1").is_empty());
    assert!(sweep("\"device\": \"", "\"device\": \"another ").is_empty());
    assert_eq!(sweep("\"outcomes\": {", "\"outcomes\":  {").len(), 1, "a space");
    assert_eq!(sweep("\"diverge\": 100000000.0", "\"diverge\": 1e8").len(), 1, "a number in other words");
    assert_eq!(sweep("\"engine\": \"cpu\"", "\"engine\": \"gpu\"").len(), 1);
    let page = |from: &'static str, to: &'static str| found_after(|folder| edit(&folder.join("page.html"), from, to));
    assert!(page("<footer", "<footer class=\"x\"").is_empty());
    assert_eq!(page("\"nx\":3", "\"nx\":4").len(), 1);
    assert_eq!(page("function judge(k, c, d, number)", "function judge(k, c, d, n)").len(), 1);
}
