//! The table "What to touch" of CONTRIBUTING.md is true: its paths are there, and what each row promises to be in a few
//! files is nowhere else.
//!
//! Something of each kind that is there already stands for the next one. Where the sources say its name, the next one
//! would have to be said, too, and the table must list that file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What stands for a row of the table, by a few words of that row: the name of one that is there.
const STANDS_FOR: [(&str, &str); 12] = [
    ("an objective", "six-hump-camel"),
    ("a rule", "adagrad"),
    ("a data set", "sine-noisy"),
    ("a network", "two-layer"),
    ("a measure of a descent", "path_length"),
    ("a measure of a training", "loss_best"),
    ("an output", "npy"),
    ("a command", "rerun"),
    ("a schedule", "inverse-sqrt"),
    ("a function of the language that is made of others", "acos"),
    ("another function", "cbrt"),
    ("a palette", "warm"),
];

/// Rows whose promise does not hold yet. One that holds must go from here.
const STILL: &[&str] = &[];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What is added, and the paths that the table names for it.
type Rows = BTreeMap<String, Vec<String>>;

/// The rows of the first table of a document whose heads begin with one of these words.
fn rows(document: &str) -> Rows {
    let cells =
        |line: &str| -> Vec<String> { line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect() };
    let is_head = |line: &&str| ["| what |", "| to add |"].iter().any(|head| line.starts_with(head));
    let table = document.lines().skip_while(|line| !is_head(line)).take_while(|line| line.starts_with('|')).skip(2);
    table.map(cells).map(|cells| (cells[0].clone(), backticked(&cells[1]))).collect()
}

/// Paths in backticks; other words in backticks have no slash.
fn backticked(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).filter(|text| text.contains('/')).map(str::to_owned).collect()
}

fn own_rows() -> Rows {
    let document =
        ["CONTRIBUTING.md", "docs/design.md"].iter().find_map(|file| fs::read_to_string(root().join(file)).ok());
    rows(&document.expect("CONTRIBUTING.md"))
}

/// Every file that programs read: sources, shaders, scripts of the page.
fn sources(folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let name = path.strip_prefix(root()).expect("a path of this package").to_string_lossy().replace('\\', "/");
            found.insert(name, text);
        }
    }
}

fn own_sources() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for folder in ["src", "shaders"] {
        sources(&root().join(folder), &mut found);
    }
    found
}

/// Whether a source says a name: quoted, or as a module or a field.
fn says(text: &str, name: &str) -> bool {
    let word = name.replace('-', "_");
    let forms = [format!("\"{name}\""), format!("mod {word};"), format!("{word}::"), format!(".{word}")];
    let ends = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
    let begins = |before: &str| !before.ends_with(|last: char| last.is_alphanumeric() || last == '_');
    let said = |form: &String| {
        text.match_indices(form.as_str()).any(|(at, _)| {
            let starts_with_mark = form.starts_with(['"', '.']);
            (starts_with_mark || begins(&text[..at])) && (!form.starts_with('.') || ends(&text[at + form.len()..]))
        })
    };
    forms.iter().any(said)
}

/// Files that say the name, though the table does not list them. A folder stands for one new file in it.
fn unlisted(sources: &BTreeMap<String, String>, name: &str, listed: &[String]) -> BTreeSet<String> {
    let mut rest: BTreeSet<String> =
        sources.iter().filter(|(_, text)| says(text, name)).map(|(file, _)| file.clone()).collect();
    rest.retain(|file| !listed.contains(file));
    for folder in listed.iter().filter(|path| path.ends_with('/')) {
        if let Some(file) = rest.iter().find(|file| file.starts_with(folder.as_str())).cloned() {
            rest.remove(&file);
        }
    }
    rest
}

#[test]
fn every_path_of_the_table_is_there() {
    let rows = own_rows();
    assert!(!rows.is_empty());
    for (what, paths) in rows {
        assert!(!paths.is_empty(), "{what}: no path");
        for path in paths {
            assert!(root().join(&path).exists(), "{what}: no {path}");
        }
    }
}

#[test]
fn the_table_lists_every_file_that_says_what_is_added() {
    let (rows, sources) = (own_rows(), own_sources());
    for (what, name) in STANDS_FOR {
        // What an earlier table has in one row.
        let Some((_, listed)) = rows.iter().find(|(row, _)| row.starts_with(what)) else { continue };
        let unlisted = unlisted(&sources, name, listed);
        assert!(
            sources.values().any(|text| says(text, name)),
            "nothing says {name} any more; let another stand for {what}"
        );
        let holds = unlisted.is_empty();
        assert!(holds || STILL.contains(&what), "{what}: {name} is said in {unlisted:?}, too");
        assert!(!(holds && STILL.contains(&what)), "{what}: holds now; take it off the list");
    }
}

#[test]
fn a_name_that_is_said_elsewhere_is_found() {
    let source = |file: &str, text: &str| (file.to_owned(), text.to_owned());
    let sources = BTreeMap::from([
        source("src/table.rs", "row(\"adagrad\")"),
        source("src/other.rs", "match name { \"adagrad\" => 1, _ => 0 }"),
        source("src/cli/adagrad.rs", "name = \"adagrad\""),
        source("src/comment.rs", "// adagrad, \"adagrads\", self.adagrads, readagrad::x"),
    ]);
    let listed = |paths: &[&str]| {
        unlisted(&sources, "adagrad", &paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(listed(&["src/table.rs", "src/other.rs", "src/cli/"]), BTreeSet::new());
    assert_eq!(listed(&["src/table.rs", "src/cli/"]), BTreeSet::from(["src/other.rs".to_owned()]));
    assert!(says("mod adagrad;", "adagrad") && says("flags.adagrad,", "adagrad") && says("adagrad::run", "adagrad"));
}

#[test]
fn the_table_is_read() {
    let document = "# x\n\n| a | b |\n|---|---|\n| c | `no/t` |\n\n| what | files to touch |\n|---|---|\n| a rule | one row of `src/a.rs`, `ROWS` |\n\n| d | e |";
    assert_eq!(rows(document), Rows::from([("a rule".to_owned(), vec!["src/a.rs".to_owned()])]));
}
