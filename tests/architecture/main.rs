//! The shape of the library: rooms on floors, arrows one way, no circles, files that can be read.
//!
//! The rules are read from the sources themselves: every `use`, every path in the code and every name that a macro is
//! given is followed, through re-exports, to the file that defines it. What a test or a doc comment says does not count.

mod arrows;
mod rules;
mod tree;

use rules::{LONG, Offence, offences};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tree::Sources;

/// Offences that are still there. One that is gone must go from here, too.
const STILL: &[&str] = &[];

/// All sources below a folder.
fn read(folder: &Path, sources: &mut Sources) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("a path of this package");
            sources.insert(name.to_string_lossy().replace('\\', "/"), text);
        }
    }
}

fn own_sources() -> Sources {
    let mut sources = Sources::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
    sources
}

/// Those that are not known, and those that are known and no longer there.
fn news(found: &[Offence], still: &[&str]) -> Vec<String> {
    let is_known = |offence: &&Offence| still.contains(&offence.what.as_str());
    let new = found.iter().filter(|offence| !is_known(offence));
    let new = new.map(|Offence { what, why }| format!("{what}\n{why}"));
    let there: BTreeSet<&str> = found.iter().map(|offence| offence.what.as_str()).collect();
    let gone = still.iter().filter(|what| !there.contains(**what)).map(|what| format!("no longer there: {what}"));
    new.chain(gone).collect()
}

#[test]
fn the_library_has_the_shape_that_is_said_of_it() {
    let news = news(&offences(&own_sources(), &LONG), STILL);
    assert!(news.is_empty(), "\n\n{}\n", news.join("\n\n"));
}

#[test]
fn main_only_begins() {
    assert!(own_sources()["src/main.rs"].lines().count() <= 30, "src/main.rs is for the process alone");
}

/// What is wrong with made-up sources; `src/lib.rs` is written here.
fn wrong(files: &[(&str, &str)]) -> Vec<String> {
    let mut sources: Sources = files.iter().map(|(file, text)| (format!("src/{file}"), (*text).to_owned())).collect();
    let rooms: BTreeSet<&str> =
        files.iter().map(|(file, _)| file.split('/').next().unwrap_or(file).trim_end_matches(".rs")).collect();
    let front: String = rooms.iter().flat_map(|room| ["pub mod ", room, ";\n"]).collect();
    sources.insert("src/lib.rs".to_owned(), front);
    offences(&sources, &[]).into_iter().map(|offence| offence.what).collect()
}

const NOTHING: [String; 0] = [];

#[test]
fn sound_sources_pass() {
    let sources = [
        ("sweep/mod.rs", "mod axis;\nmod job;\npub use axis::Axis;\npub use job::Sweep;"),
        ("sweep/axis.rs", "pub struct Axis;"),
        ("sweep/job.rs", "use super::Axis;\npub struct Sweep(pub Axis);"),
        ("engine/mod.rs", "pub mod cpu;\nuse crate::sweep::Sweep;\npub trait Engine { fn run(&self, job: Sweep); }"),
        ("engine/cpu.rs", "use super::Engine;\nuse crate::sweep;\npub struct Cpu;\nfn f(_: sweep::Axis) {}"),
        ("analysis.rs", "pub struct Summary;"),
        ("draw.rs", "use crate::analysis::Summary;\npub fn draw(_: Summary) {}"),
        ("cli/mod.rs", "use clap::Parser;\npub fn f() { println!(\"{}\", 1); std::process::exit(1) }"),
    ];
    assert_eq!(wrong(&sources), NOTHING);
}

#[test]
fn a_circle_of_two_files_is_found() {
    let sources = [
        ("sweep/mod.rs", "mod axis;\nmod job;"),
        ("sweep/axis.rs", "use super::job::Sweep;\npub struct Axis(Sweep);"),
        ("sweep/job.rs", "use crate::sweep::axis::Axis;\npub struct Sweep(Axis);"),
    ];
    assert_eq!(wrong(&sources), ["circle: src/sweep/axis.rs, src/sweep/job.rs"]);
}

#[test]
fn a_circle_by_way_of_re_exports_paths_and_macros_is_found() {
    let sources = [
        ("sweep/mod.rs", "mod a;\nmod b;\nmod c;\npub use a::A;\npub use b::*;\npub use c::C as See;"),
        ("sweep/a.rs", "pub struct A;\nfn f() { crate::sweep::make() }"),
        ("sweep/b.rs", "pub fn make() { vec![super::See::new()]; }"),
        ("sweep/c.rs", "use super::A;\npub struct C(A);"),
    ];
    assert_eq!(wrong(&sources), ["circle: src/sweep/a.rs, src/sweep/b.rs, src/sweep/c.rs"]);
}

#[test]
fn a_folder_that_needs_what_it_passes_on_is_in_the_circle() {
    let passes_on = ("sweep/job.rs", "pub struct Sweep;\nfn f(_: super::Limit) {}");
    let needs = ("sweep/mod.rs", "mod job;\npub use job::Sweep;\npub struct Limit;\nfn f(_: Sweep) {}");
    let passes = ("sweep/mod.rs", "mod job;\npub use job::Sweep;\npub struct Limit;");
    assert_eq!(wrong(&[needs, passes_on]), ["circle: src/sweep/job.rs, src/sweep/mod.rs"]);
    assert_eq!(wrong(&[passes, passes_on]), NOTHING);
}

#[test]
fn an_arrow_that_goes_up_or_sideways_is_found() {
    let lower = ("engine.rs", "pub fn f() { crate::store::keep() }");
    let same = ("analysis.rs", "use crate::store::keep;\npub struct Summary;");
    let store = ("store.rs", "pub fn keep() {}");
    assert_eq!(wrong(&[lower, store]), ["upward: src/engine.rs → src/store.rs"]);
    assert_eq!(wrong(&[same, store]), ["upward: src/analysis.rs → src/store.rs"]);
}

#[test]
fn engines_that_know_each_other_are_found() {
    let sources = [
        ("engine/mod.rs", "pub mod cpu;\npub mod gpu;"),
        ("engine/cpu/mod.rs", "use crate::engine::gpu::Kernel;\npub struct Tape;"),
        ("engine/gpu/mod.rs", "pub struct Kernel;"),
    ];
    assert_eq!(wrong(&sources), ["strangers: src/engine/cpu/mod.rs → src/engine/gpu/mod.rs"]);
}

#[test]
fn words_of_another_room_are_found() {
    let says = |text: &str| wrong(&[("store.rs", text)]);
    assert_eq!(says("fn f(_: wgpu::Buffer) {}"), ["reserved: wgpu in src/store.rs"]);
    assert_eq!(says("#[derive(clap::Args)]\nstruct S;"), ["reserved: clap in src/store.rs"]);
    assert_eq!(says("use std::process;\nfn f() { process::exit(1) }"), ["reserved: process::exit in src/store.rs"]);
    assert_eq!(says("fn f() { if true { eprintln!(\"x\") } }"), ["reserved: eprintln! in src/store.rs"]);
    assert_eq!(says("// println! and wgpu\nfn f() { g(\"clap::Args\") }\nfn g(_: &str) {}"), NOTHING);
    assert_eq!(wrong(&[("engine/mod.rs", "mod gpu;"), ("engine/gpu/mod.rs", "use wgpu::Buffer;")]), NOTHING);
}

#[test]
fn a_file_that_is_too_long_is_found_and_so_is_an_idle_exception() {
    let long = "fn f() {}\n".repeat(401);
    let sources = [("store.rs", long.as_str())];
    assert_eq!(wrong(&sources), ["long: src/store.rs"]);
    let sources = Sources::from([("src/lib.rs".to_owned(), String::new())]);
    assert_eq!(offences(&sources, &[("src/lib.rs", "a table")])[0].what, "exception: src/lib.rs");
}

#[test]
fn what_is_known_passes_until_it_is_gone() {
    let offence = Offence { what: "long: src/a.rs".to_owned(), why: String::new() };
    assert!(news(std::slice::from_ref(&offence), &["long: src/a.rs"]).is_empty());
    assert_eq!(news(&[offence], &[]).len(), 1);
    assert_eq!(news(&[], &["long: src/a.rs"]), ["no longer there: long: src/a.rs"]);
}
