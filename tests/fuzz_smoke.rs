//! The fuzz targets, without a fuzzer: every file of the corpus, then mutations of them for a bounded time, from a fixed
//! seed. `ALPHASWEEP_FUZZ_SECONDS` is the time for each target (2 by default); `fuzz/README.md` tells of the long runs.

mod common;
mod fuzz_targets;

use common::Random;
use fuzz_targets::{TARGETS, Target};
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// Bytes; a main thread has 1 MiB on Windows and 8 MiB elsewhere.
const SMALL_STACK: usize = 1 << 20;
/// No input may take longer, with room for a loaded machine.
const LONG: Duration = Duration::from_secs(20);
/// Mutations grow no longer (bytes).
const LONGEST: usize = 4096;

/// What formulas, axes, files and requests are made of.
const WORDS: [&str; 72] = [
    "(",
    ")",
    "+",
    "-",
    "*",
    "/",
    "^",
    "=",
    ";",
    ",",
    ":",
    "<",
    ">=",
    "==",
    "\n",
    " ",
    ".",
    "e",
    "pi",
    "x",
    "y",
    "w",
    "b",
    "p",
    "g",
    "t",
    "alpha",
    "delta",
    "exp(",
    "ln(",
    "sqrt(",
    "max(",
    "select(",
    "mean(",
    "sum(",
    "sigmoid(",
    "floor(",
    "x^",
    "-x",
    "0",
    "1",
    "2",
    "1e308",
    "1e-320",
    "-0",
    "NaN",
    "inf",
    "1e999",
    "log:",
    "lin:",
    "x3:",
    "0.1,1",
    "lin:-1:1:3",
    "uniform:-1:1",
    "normal:0:1",
    "seed",
    "\nvary ",
    "\nset ",
    "\nbatch each",
    "\ndata\nx,y\n1,2\n",
    "x_start",
    "\"",
    "\u{feff}",
    "β",
    "{\"asked\": {",
    "\": [\"",
    "null",
    "\\u0000",
    "1/3",
    "784-50-10",
    "train_accuracy > ",
    "\0\0\x08\x03\0\0\0\x01",
];

/// The files of a target's corpus, in the order of their names.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} has no corpus", folder.display());
    paths.iter().map(|path| fs::read(path).expect("readable")).collect()
}

/// A number below `end`.
fn below(random: &mut Random, end: usize) -> usize {
    (random.uniform(0.0, end as f64) as usize).min(end.saturating_sub(1))
}

/// Some part of the bytes.
fn part(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let from = below(random, bytes.len() + 1);
    let length = below(random, 16);
    bytes[from..(from + length).min(bytes.len())].to_vec()
}

/// One to six changes: bits, words, parts repeated, left out, or taken from another file.
fn mutated(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = corpus[below(random, corpus.len())].clone();
    for _ in 0..=below(random, 6) {
        let at = below(random, bytes.len() + 1);
        let removed = match below(random, 5) {
            0 if at < bytes.len() => {
                bytes[at] ^= 1 << below(random, 8);
                continue;
            }
            1 => below(random, 8),
            _ => 0,
        };
        let inserted = match below(random, 5) {
            0 => {
                let other = below(random, corpus.len());
                part(random, &corpus[other])
            }
            1 => part(random, &bytes.clone()),
            2 | 3 => WORDS[below(random, WORDS.len())].as_bytes().to_vec(),
            _ => Vec::new(),
        };
        bytes.splice(at..(at + removed).min(bytes.len()), inserted);
    }
    bytes.truncate(LONGEST);
    bytes
}

/// The first input that a target does not survive, of the corpus and of its mutations until the time is up, and how many
/// were tried. An overflow of the stack ends the whole program.
fn hunt(target: fn(&[u8]), corpus: &[Vec<u8>], time: Duration) -> (Option<Vec<u8>>, usize) {
    let search = || {
        let (begun, mut random, mut tried) = (Instant::now(), Random(1), 0);
        loop {
            let input = match corpus.get(tried) {
                Some(input) => input.clone(),
                None if begun.elapsed() >= time => return (None, tried),
                None => mutated(&mut random, corpus),
            };
            tried += 1;
            let before = Instant::now();
            if catch_unwind(|| target(&input)).is_err() || before.elapsed() > LONG {
                return (Some(input), tried);
            }
        }
    };
    thread::scope(|scope| {
        let spawned = thread::Builder::new().stack_size(SMALL_STACK).spawn_scoped(scope, search);
        spawned.expect("a thread").join().expect("the search itself does not panic")
    })
}

fn seconds() -> Duration {
    let asked = std::env::var("ALPHASWEEP_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(asked.unwrap_or(2))
}

fn survives((name, target): Target) {
    let (fatal, tried) = hunt(target, &corpus(name), seconds());
    println!("{name}: {tried} inputs");
    assert!(fatal.is_none(), "{name} does not survive b\"{}\"", fatal.unwrap_or_default().escape_ascii());
}

#[test]
fn expressions_survive() {
    survives(TARGETS[0]);
}

#[test]
fn axes_survive() {
    survives(TARGETS[1]);
}

#[test]
fn data_files_survive() {
    survives(TARGETS[2]);
}

#[test]
fn requests_survive() {
    survives(TARGETS[3]);
}

#[test]
fn tiles_survive() {
    survives(TARGETS[4]);
}

#[test]
fn plans_survive() {
    survives(TARGETS[5]);
}

#[test]
fn images_and_labels_survive() {
    survives(TARGETS[6]);
}

#[test]
fn tables_of_samples_survive() {
    survives(TARGETS[7]);
}

#[test]
fn networks_survive() {
    survives(TARGETS[8]);
}

/// The nine tests above are all there is, and none of them is empty.
#[test]
fn every_target_has_a_corpus() {
    let folders = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")).expect("the corpus");
    let mut names: Vec<String> = folders.map(|e| e.expect("a folder").file_name().into_string().unwrap()).collect();
    names.sort();
    let mut expected = TARGETS.map(|(name, _)| name).to_vec();
    expected.sort_unstable();
    assert_eq!(names, expected);
}

/// The hunt can fail: a fault that only two changes together reach is found.
#[test]
fn a_planted_fault_is_found() {
    let planted = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        assert!(!(text.contains("sqrt(") && text.contains("1e308")), "planted");
    };
    let seeds = vec![b"x + 1".to_vec(), b"y*2".to_vec()];
    let (fatal, tried) = hunt(planted, &seeds, Duration::from_secs(20));
    let fatal = String::from_utf8(fatal.expect("found")).expect("text");
    assert!(fatal.contains("sqrt(") && fatal.contains("1e308") && tried > 2, "{fatal} after {tried}");
    assert_eq!(hunt(|_| (), &seeds, Duration::from_millis(50)).0, None);
}

/// Dependencies of the manifest that the package does not have in the lock file.
fn missing_from(lock: &str, manifest: &str) -> Vec<String> {
    let package = lock.split("\n\n").find(|part| part.contains("name = \"alphasweep\"\n")).unwrap_or_default();
    let wanted = manifest.split("\n[").find_map(|part| part.strip_prefix("dependencies]\n")).unwrap_or_default();
    let names = wanted.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.to_owned());
    // With its version where the lock file has several.
    let has = |name: &str| [format!(" \"{name}\","), format!(" \"{name} ")].iter().any(|line| package.contains(line));
    names.filter(|name| !has(name)).collect()
}

#[test]
fn the_lock_file_of_the_fuzzer_has_all_dependencies() {
    let read = |file: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a file");
    let (lock, manifest) = (read("fuzz/Cargo.lock"), read("Cargo.toml"));
    assert_eq!(missing_from(&lock, &manifest), Vec::<String>::new(), "`cargo update --workspace` in fuzz/ adds them");
    assert_eq!(missing_from(&lock.replace(" \"csv\",\n", ""), &manifest), ["csv"]);
}
