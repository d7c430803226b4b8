//! A sweep survives its process: killed, interrupted, with damaged tiles, on a full disk; what it leaves in the end is
//! what an uninterrupted run leaves, byte for byte.
#![cfg(unix)]

mod common;

use assert_cmd::Command;
use common::Random;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Eleven tiles of a tenth of a second or more each, and one file of every kind.
const SWEEP: &str = "sweep --alpha log:0.001:9:640 --start lin:-10:10:450 --steps 60000 --gtol 0 --engine cpu --threads 2 \
                     --keep-after 0 --out out --svg out/map.svg --html out/map.html --npy out/columns";

fn alphasweep(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    command.current_dir(folder).env("NODEVICE_SELECT", "1").args(arguments);
    command
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The sweep, with its files in `out`.
fn sweep(more: &[&'static str]) -> Vec<&'static str> {
    SWEEP.split_whitespace().chain(more.iter().copied()).collect()
}

/// The sweep, whose tiles are kept only after so many seconds.
fn sweep_keeping_after(seconds: &str) -> Vec<&str> {
    let at = SWEEP.split_whitespace().position(|word| word == "--keep-after").expect("it says when");
    let mut words = sweep(&[]);
    words[at + 1] = seconds;
    words
}

fn start(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("alphasweep"));
    command.args(arguments).current_dir(folder).env("NODEVICE_SELECT", "1");
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary runs")
}

fn signal(child: &Child, name: &str) {
    let sent = std::process::Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// All files below a folder, by name; of `sweep.json` without `run`.
fn files(of: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![of.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let mut bytes = fs::read(&path).expect("a file");
            if path.ends_with("sweep.json") {
                let mut document: Value = serde_json::from_slice(&bytes).expect("JSON");
                assert!(document.as_object_mut().expect("an object").remove("run").is_some());
                bytes = document.to_string().into_bytes();
            }
            found.push((path.strip_prefix(of).expect("below").to_owned(), bytes));
        }
    }
    found.sort();
    found
}

fn same_files(one: &Path, other: &Path) {
    let names = |of: &[(PathBuf, Vec<u8>)]| of.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let (one, other) = (files(one), files(other));
    assert_eq!(names(&one), names(&other));
    for ((name, one), (_, other)) in one.iter().zip(&other) {
        assert!(one == other, "{} differs", name.display());
    }
}

/// The only folder of tiles in `out`.
fn tiles_folder(out: &Path) -> PathBuf {
    let entries = fs::read_dir(out).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found = entries.filter(|path| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("tiles-")));
    found.next().unwrap_or_else(|| panic!("no tiles in {}", out.display()))
}

fn tiles(out: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(tiles_folder(out)).expect("a folder").flatten().map(|e| e.path()).collect();
    found.retain(|path| path.extension().is_some_and(|ending| ending == "tile"));
    found.sort();
    found
}

/// The uninterrupted sweep, as everything here is compared with.
fn whole() -> &'static Path {
    static WHOLE: std::sync::OnceLock<TempDir> = std::sync::OnceLock::new();
    let folder = WHOLE.get_or_init(|| {
        let folder = folder();
        alphasweep(folder.path(), &sweep(&["--quiet"])).assert().success();
        folder
    });
    Box::leak(folder.path().join("out").into_boxed_path())
}

#[test]
fn a_sweep_that_is_killed_at_random_moments_ends_with_the_same_files() {
    let whole = whole();
    let folder = folder();
    let mut random = Random(7);
    let mut child = start(folder.path(), &sweep(&[]));
    let mut kills = 0;
    for _ in 0..6 {
        std::thread::sleep(Duration::from_millis(random.uniform(60.0, 700.0) as u64));
        if child.try_wait().expect("a state").is_some() {
            break;
        }
        signal(&child, "-KILL");
        child.wait().expect("an end");
        kills += 1;
        child = start(folder.path(), &["resume", "out"]);
    }
    let output = child.wait_with_output().expect("an end");
    assert!(kills > 0, "the sweep was over before the first kill");
    let finished = output.status.success() || told(&output).contains("has no unfinished sweep");
    assert!(finished, "{}", told(&output));
    same_files(whole, &folder.path().join("out"));
}

/// The first signal lets tiles in flight come to an end, says what is kept and how to go on, and is obeyed in two seconds.
#[test]
fn an_interrupted_sweep_says_what_is_kept_and_goes_on_from_there() {
    let whole = whole();
    for name in ["-INT", "-TERM"] {
        let folder = folder();
        let out = folder.path().join("out");
        let child = start(folder.path(), &sweep(&[]));
        wait_for_a_tile(&out);
        let begun = Instant::now();
        signal(&child, name);
        let output = child.wait_with_output().expect("an end");
        let told = told(&output);
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        assert_eq!(output.status.code(), Some(130), "{told}");
        assert!(told.contains("of 288000 cells are kept in out/tiles-"), "{told}");
        assert!(told.contains("`alphasweep resume out` goes on from there: interrupted"), "{told}");
        let left: Vec<PathBuf> = files(&out).into_iter().map(|(name, _)| name).collect();
        assert!(left.iter().all(|name| name.starts_with(tiles_folder(&out).file_name().expect("a name"))), "{left:?}");
        let kept = tiles(&out).len();
        assert!(kept > 0);
        let resumed = alphasweep(folder.path(), &["resume", "out"]).assert().success().get_output().clone();
        assert!(String::from_utf8_lossy(&resumed.stderr).contains("note        goes on from "));
        same_files(whole, &out);
    }
}

/// Most sweeps are over before their tiles would be worth the disk. What ends early then is said to be lost.
#[test]
fn a_sweep_that_ends_before_tiles_are_kept_leaves_none_and_says_so() {
    let folder = folder();
    let child = start(folder.path(), &sweep_keeping_after("3600"));
    std::thread::sleep(Duration::from_millis(400));
    signal(&child, "-INT");
    let output = child.wait_with_output().expect("an end");
    let told = told(&output);
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.contains("nothing is kept yet (tiles are, from --keep-after on): interrupted"), "{told}");
    let left = if folder.path().join("out").exists() { files(&folder.path().join("out")) } else { Vec::new() };
    assert!(left.iter().all(|(name, _)| !name.to_string_lossy().ends_with(".tile")), "{left:?}");
}

/// From then on they are kept, and those before are computed again.
#[test]
fn tiles_that_were_not_kept_are_computed_again() {
    let whole = whole();
    let folder = folder();
    let child = start(folder.path(), &sweep_keeping_after("0.4"));
    wait_for_a_tile(&folder.path().join("out"));
    signal(&child, "-KILL");
    child.wait_with_output().expect("an end");
    let first = tiles(&folder.path().join("out")).remove(0);
    assert!(!first.ends_with("0000000000-0000026240.tile"), "{}", first.display());
    assert!(resumed(folder.path()).contains("goes on from "));
    same_files(whole, &folder.path().join("out"));
}

fn wait_for_a_tile(out: &Path) {
    let begun = Instant::now();
    let any = || {
        let folders = fs::read_dir(out).into_iter().flatten().flatten();
        folders
            .flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten())
            .any(|entry| entry.file_name().to_string_lossy().ends_with(".tile"))
    };
    while !any() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no tile after a minute");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A sweep whose every step goes through a million rows: no engine can look up from that soon.
fn heavy(folder: &Path) -> Child {
    let rows: Vec<String> = (0..1_000_000).map(|row| (f64::from(row) * 1e-6).to_string()).collect();
    fs::write(folder.join("rows.csv"), format!("x\n{}\n", rows.join("\n"))).expect("a file");
    let arguments =
        ["sweep", "mean((w*x-1)^2)", "--data", "rows.csv", "--gtol", "0", "--engine", "cpu", "--out", "out"];
    let child = start(folder, &arguments);
    while !folder.join("out").is_dir() {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(300));
    child
}

#[test]
fn an_engine_that_does_not_look_up_is_left_after_two_seconds() {
    let folder = folder();
    let child = heavy(folder.path());
    let begun = Instant::now();
    signal(&child, "-INT");
    let output = child.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(130), "{}", told(&output));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert!(told(&output).ends_with("interrupted\n"), "{}", told(&output));
}

#[test]
fn a_second_signal_stops_at_once() {
    let folder = folder();
    let child = heavy(folder.path());
    signal(&child, "-INT");
    std::thread::sleep(Duration::from_millis(100));
    let begun = Instant::now();
    signal(&child, "-INT");
    let output = child.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(130), "{}", told(&output));
    assert!(begun.elapsed() < Duration::from_millis(400), "{:?}", begun.elapsed());
}

/// A finished sweep whose tiles were left on purpose; small enough to be quick, of several tiles.
fn kept(folder: &Path) -> PathBuf {
    alphasweep(folder, &sweep(&["--keep-tiles", "--quiet"])).assert().success();
    let out = folder.join("out");
    assert!(tiles(&out).len() > 5, "{} tiles", tiles(&out).len());
    out
}

fn resumed(folder: &Path) -> String {
    let output = alphasweep(folder, &["resume", "out"]).assert().success().get_output().clone();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Cut off, changed by a bit, of another sweep, under another name: each is named, and it alone is computed again.
#[test]
fn a_tile_that_cannot_be_trusted_is_named_and_computed_again() {
    let (folder, other) = (folder(), folder());
    let out = kept(folder.path());
    let more = ["--keep-tiles", "--quiet", "--diverge", "1e9"];
    alphasweep(other.path(), &sweep(&more)).assert().success();
    let foreign = tiles(&other.path().join("out"));
    let tiles = tiles(&out);
    let bytes = fs::read(&tiles[1]).expect("a tile");
    fs::write(&tiles[1], &bytes[..bytes.len() / 2]).expect("a write");
    let mut bytes = fs::read(&tiles[2]).expect("a tile");
    bytes[1000] ^= 4;
    fs::write(&tiles[2], &bytes).expect("a write");
    fs::copy(&foreign[3], &tiles[3]).expect("a copy");
    fs::copy(&tiles[0], &tiles[4]).expect("a copy");
    fs::write(&tiles[5], "").expect("a write");
    let told = resumed(folder.path());
    let notes: Vec<&str> = told.lines().filter(|line| line.contains("computed again")).collect();
    assert_eq!(notes.len(), 5, "{told}");
    let expected = ["is cut off", "its checksum does not agree", "another sweep", "holds other cells", "is no tile"];
    for (at, why) in expected.into_iter().enumerate() {
        let name = tiles[at + 1].file_name().expect("a name").to_string_lossy().into_owned();
        assert!(notes[at].contains(&name) && notes[at].contains(why), "{why}: {}", notes[at]);
    }
    assert_eq!(resumed(folder.path()).matches("computed again").count(), 0, "they are whole again");
    // `--keep-tiles` is part of what was asked.
    let document = |out: &Path| {
        let bytes = fs::read(out.join("sweep.json")).expect("sweep.json");
        serde_json::from_slice::<Value>(&bytes).expect("JSON")
    };
    assert_eq!(document(&out)["results"], document(whole())["results"]);
    assert_eq!(fs::read(out.join("losses.csv")).ok(), fs::read(whole().join("losses.csv")).ok());
    assert_eq!(fs::read(out.join("map.html")).ok(), fs::read(whole().join("map.html")).ok());
}

#[test]
fn a_sweep_whose_data_or_plan_changed_is_not_gone_on_with() {
    let folder = folder();
    fs::write(folder.path().join("points.csv"), "x,y\n1,2\n2,3\n3,5\n").expect("a file");
    let arguments = ["sweep", "mean((w*x-y)^2)", "--data", "points.csv", "--alpha", "log:1e-3:1:30", "--start"];
    let more = ["lin:-5:5:20", "--engine", "cpu", "--keep-tiles", "--out", "out"];
    alphasweep(folder.path(), &arguments).args(more).assert().success();
    resumed(folder.path());
    fs::write(folder.path().join("points.csv"), "x,y\n1,2\n2,3\n3,6\n").expect("a file");
    let refused = |what: &str| {
        let output = alphasweep(folder.path(), &["resume", "out"]).assert().code(2).get_output().clone();
        let told = told(&output);
        assert!(told.starts_with("error: DIR out: was begun as another sweep: ") && told.contains(what), "{told}");
    };
    refused("the data ");
    fs::write(folder.path().join("points.csv"), "x,y\n1,2\n2,3\n3,5\n").expect("a file");
    resumed(folder.path());
    let plan = tiles_folder(&folder.path().join("out")).join("plan.json");
    let text = fs::read_to_string(&plan).expect("a plan");
    fs::write(
        &plan,
        text.replace("log:1e-3:1:30", "log:1e-3:2:30")
            .replace("\"axis\": \"log:1e-3:2:30\"", "\"axis\": \"log:1e-3:1:30\""),
    )
    .expect("a write");
    refused("x (");
}

/// A plan that came from elsewhere writes nothing outside the folder, and sets nothing that only a command line can.
#[test]
fn a_plan_leads_nowhere_else() {
    let folder = folder();
    let arguments =
        ["sweep", "--alpha", "0.1,1,3", "--start", "1,2", "--engine", "cpu", "--keep-tiles", "--out", "out"];
    alphasweep(folder.path(), &arguments).args(["--svg", "out/a.svg"]).assert().success();
    let plan = tiles_folder(&folder.path().join("out")).join("plan.json");
    let good = fs::read_to_string(&plan).expect("a plan");
    let cases = [
        ("\"svg\": \"a.svg\"", "\"svg\": \"../a.svg\"", "--outside allows it"),
        ("\"svg\": \"a.svg\"", "\"svg\": \"/dev/null/a.svg\"", "--outside allows it"),
        ("\"svg\": \"a.svg\"", "\"out\": \"elsewhere\"", "only a command line can set"),
        ("\"svg\": \"a.svg\"", "\"sgv\": \"a.svg\"", "unexpected argument '--sgv'"),
        ("\"svg\": \"a.svg\"", "\"svg\": [\"a\", \"b\"]", "has no path for `svg`"),
        ("{", "{,", "is no document with a sweep"),
    ];
    for (from, to, why) in cases {
        fs::write(&plan, good.replacen(from, to, 1)).expect("a write");
        let output = alphasweep(folder.path(), &["resume", "out"]).assert().code(2).get_output().clone();
        assert!(told(&output).contains(why), "{to}: {}", told(&output));
    }
    let names: Vec<String> = fs::read_dir(folder.path())
        .expect("a folder")
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into())
        .collect();
    assert_eq!(names, ["out"]);
    fs::write(&plan, good.replace("\"a.svg\"", "\"../a.svg\"")).expect("a write");
    alphasweep(folder.path(), &["resume", "out", "--outside"]).assert().success();
    assert!(folder.path().join("a.svg").is_file());
}

#[test]
fn two_processes_do_not_work_on_one_sweep() {
    let folder = folder();
    let mut child = start(folder.path(), &sweep(&[]));
    wait_for_a_tile(&folder.path().join("out"));
    let output = alphasweep(folder.path(), &sweep(&[])).assert().code(2).get_output().clone();
    let who = format!("another alphasweep (process {}) is working there", child.id());
    assert!(told(&output).contains(&who), "{}", told(&output));
    signal(&child, "-KILL");
    child.wait().expect("an end");
}

/// A disk that fills up: exit 3, and the finished tiles stay and are named. The disk is played by a limit on the size of
/// files, which the shell makes an ordinary error: tiles are below it, and the CSV is not.
#[test]
fn a_full_disk_keeps_the_finished_tiles() {
    let whole = whole();
    let folder = folder();
    let binary = assert_cmd::cargo::cargo_bin("alphasweep");
    let arguments: Vec<String> = sweep(&[]).iter().map(|argument| format!("'{argument}'")).collect();
    let script = format!("trap '' XFSZ; ulimit -f 2048; exec '{}' {}", binary.display(), arguments.join(" "));
    let output = std::process::Command::new("bash").args(["-c", &script]).current_dir(&folder).output().expect("bash");
    let told = told(&output);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("cells are kept in out/tiles-") && told.contains("`alphasweep resume out`"), "{told}");
    let out = folder.path().join("out");
    let left: Vec<PathBuf> = files(&out).into_iter().map(|(name, _)| name).collect();
    assert!(left.iter().all(|name| name.starts_with(tiles_folder(&out).file_name().expect("a name"))), "{left:?}");
    resumed(folder.path());
    same_files(whole, &out);
}

/// What is said to be typed is enough, also where a file lies elsewhere.
#[test]
fn the_way_to_go_on_allows_what_the_sweep_writes_outside() {
    let folder = folder();
    let arguments = ["sweep", "--alpha", "0.1,1", "--start", "1,2", "--engine", "cpu", "--keep-after", "0", "--csv"];
    let output = alphasweep(folder.path(), &arguments).arg("/dev/full").assert().code(3).get_output().clone();
    let told = told(&output);
    assert!(told.contains("; `alphasweep resume sweep-out --outside` goes on from there"), "{told}");
    let refused = alphasweep(folder.path(), &["resume", "sweep-out"]).assert().code(2).get_output().clone();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--outside allows it"));
    // The same sweep with a better place for its CSV takes the tiles up.
    let output = alphasweep(folder.path(), &arguments).args(["better.csv"]).assert().success().get_output().clone();
    assert!(String::from_utf8_lossy(&output.stderr).contains("goes on from 4 cells"));
}

/// A folder without a sweep, or with two, is not guessed about.
#[test]
fn resume_says_what_it_needs() {
    let folder = folder();
    let refused = |why: &str| {
        let output = alphasweep(folder.path(), &["resume", "out"]).assert().code(2).get_output().clone();
        assert!(told(&output).starts_with("error: DIR out: ") && told(&output).contains(why), "{}", told(&output));
    };
    refused("cannot be read");
    fs::create_dir(folder.path().join("out")).expect("a folder");
    refused("has no unfinished sweep");
    for steps in ["10", "20"] {
        let arguments = ["sweep", "--alpha", "0.1,1", "--start", "1,2", "--engine", "cpu", "--keep-tiles", "--steps"];
        alphasweep(folder.path(), &arguments).args([steps, "--out", "out"]).assert().success();
    }
    refused("has several unfinished sweeps; name one: out/tiles-");
}

/// Whoever reads a sweep that goes on, and goes away, takes nothing with him that was there before.
#[test]
fn a_closed_pipe_leaves_what_was_kept() {
    let folder = folder();
    let sweep = ["sweep", "--alpha", "log:0.01:1:120", "--start", "lin:1:5:120", "--steps", "50", "--engine", "cpu"];
    let sweep = [&sweep[..], &["--csv", "-", "--keep-tiles", "--no-png", "--quiet"]].concat();
    alphasweep(folder.path(), &sweep).assert().success();
    let kept = || {
        files(&folder.path().join("sweep-out"))
            .iter()
            .filter(|(name, _)| name.to_string_lossy().ends_with(".tile"))
            .count()
    };
    let before = kept();
    assert!(before > 0, "tiles are kept");
    let binary = assert_cmd::cargo::cargo_bin("alphasweep");
    let script = format!("'{}' resume sweep-out --quiet | head -1", binary.display());
    let output = std::process::Command::new("bash").args(["-c", &script]).current_dir(&folder).output().expect("bash");
    assert!(output.status.success());
    assert_eq!(kept(), before);
}
