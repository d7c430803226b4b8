//! The sieve: hostile environments that every command passes. Closed and full streams, no descriptors, signals that are
//! ignored, two at once, folders that vanish, extreme numbers, texts that want to be commands. Planted links are in
//! `tests/outputs.rs`, damaged tiles and full disks in `tests/resume.rs`.
#![cfg(unix)]

use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const MAP: &str = "sweep lecture --alpha log:1e-3:10:20 --start lin:-10:10:10 --steps 10 --engine cpu";
/// Cells of f32 that a check in f64 does not agree with.
const WRONG: &str = "sweep --alpha lin:1e-8:2e-8:9 --start -10,-9 --engine cpu --precision f32 --check 1";
/// Hours of work, in tiles of some tenths of a second.
const LONG: &str =
    "sweep rosenbrock --rule adam --alpha log:1e-3:1e-2:2000 --start lin:-2:2:2000 --steps 1e6 --engine cpu";

/// Every command, with the code that it ends with in a folder that [`scene`] made.
const COMMANDS: [(&str, i32); 13] = [
    (MAP, 0),
    ("sweep lecture --alpha 1 --start 1 --engine cpu --shard 1/1 --out part", 0),
    (WRONG, 1),
    ("sweep lecture --alpha nonsense", 2),
    ("sweep \"x + \"", 2),
    ("trace lecture --alpha 0.1 --start 1 --steps 3 --no-gif", 0),
    ("landscape lecture --vary beta=lin:-1:1:11 --engine cpu", 0),
    ("resume kept", 0),
    ("merge parts --out merged", 0),
    ("rerun whole/sweep.json", 0),
    ("verify --engine cpu", 0),
    ("list", 0),
    ("devices", 0),
];

/// Streams as a shell may hand them over. In each of them the reader of stderr is gone, or cannot take any more.
const STREAMS: [&str; 6] =
    ["2>&-", ">&- 2>&-", "2>/dev/full", "> /dev/null 2>/dev/full", "2>&1 | true", "2>&1 | head -1"];

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn binary() -> PathBuf {
    assert_cmd::cargo::cargo_bin("alphasweep")
}

/// What bash makes of a line, in which `alphasweep` is the binary.
fn bash(folder: &Path, line: &str) -> Output {
    let line = line.replace("alphasweep", &format!("'{}'", binary().display()));
    let mut command = Command::new("timeout");
    command.args(["60", "bash", "-c", &line]).current_dir(folder).env("NODEVICE_SELECT", "1");
    command.output().expect("a run")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder with a finished sweep, one to go on with, and the part of one.
fn scene() -> TempDir {
    let folder = folder();
    let line = format!(
        "alphasweep {MAP} --quiet --out whole && alphasweep {MAP} --quiet --keep-tiles --out kept && \
         alphasweep {MAP} --quiet --shard 1/1 --out parts"
    );
    let output = bash(folder.path(), &line);
    assert!(output.status.success(), "{}", told(&output));
    folder
}

#[test]
fn the_code_does_not_depend_on_who_reads_stderr() {
    let scene = scene();
    for (command, code) in COMMANDS {
        for streams in STREAMS {
            let folder = folder();
            bash(folder.path(), &format!("cp -r '{}'/. .", scene.path().display()));
            let output = bash(folder.path(), &format!("alphasweep {command} {streams}; exit ${{PIPESTATUS[0]}}"));
            assert_eq!(output.status.code(), Some(code), "{command} {streams}: {}", told(&output));
        }
    }
}

/// The same commands with open streams: the codes above are theirs, and not those of streams.
#[test]
fn every_command_ends_with_its_code() {
    let scene = scene();
    for (command, code) in COMMANDS {
        let output = bash(scene.path(), &format!("alphasweep {command}"));
        assert_eq!(output.status.code(), Some(code), "{command}: {}", told(&output));
    }
}

/// A reader of the data who has seen enough.
#[test]
fn a_closed_stdout_that_carries_data_is_quiet() {
    for command in [&format!("{MAP} --csv - --quiet"), "list", &format!("{MAP} --csv /dev/stdout --quiet")] {
        let folder = folder();
        let output = bash(folder.path(), &format!("alphasweep {command} | head -c 1; exit ${{PIPESTATUS[0]}}"));
        assert_eq!((output.status.code(), told(&output).as_str()), (Some(0), ""), "{command}");
    }
}

/// Files that a shell hands over are written as they are.
#[test]
fn what_a_shell_opened_is_written() {
    let folder = folder();
    let rows = |line: &str| {
        let output = bash(folder.path(), &line.replace("MAP", &format!("alphasweep {MAP} --quiet")));
        assert!(output.status.success(), "{line}: {}", told(&output));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    assert_eq!(rows("MAP --csv /dev/stdout | wc -l"), "201");
    assert_eq!(rows("MAP --csv /dev/fd/3 3>&1 | wc -l"), "201");
    // The shell does not wait for such a reader, so that its file is waited for.
    assert_eq!(rows("MAP --csv >(wc -l > n.tmp; mv n.tmp n); until [ -e n ]; do sleep 0.01; done; cat n"), "201");
    assert_eq!(rows("echo first > a.csv; MAP --csv /dev/stdout >> a.csv; wc -l < a.csv"), "202");
    assert_eq!(rows("MAP --csv /dev/null --parquet /dev/null; ls sweep-out | wc -l"), "2");
}

#[test]
fn many_tiles_need_few_descriptors() {
    // Some hundred tiles: 64 threads make them small for their number of steps.
    let folder = folder();
    let sweep =
        "sweep lecture --steps 1e6 --alpha log:0.1:3:1024 --start lin:-10:10:512 --no-csv --engine cpu --threads 1";
    let output = bash(folder.path(), &format!("ulimit -n 64; alphasweep {sweep} --keep-tiles --quiet"));
    assert!(output.status.success(), "{}", told(&output));
    let tiles = bash(folder.path(), "ls sweep-out/tiles-*/*.tile | wc -l");
    let count: usize = String::from_utf8_lossy(&tiles.stdout).trim().parse().expect("a number");
    assert!(count > 100, "{count} tiles are no trial");
}

fn start(folder: &Path, line: &str) -> Child {
    let mut command = std::process::Command::new("bash");
    let line = line.replace("alphasweep", &format!("exec '{}'", binary().display()));
    command.args(["-c", &line]).current_dir(folder).env("NODEVICE_SELECT", "1");
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("bash")
}

fn signal(child: &Child, name: &str) {
    let sent = std::process::Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
}

/// Waits for something, for at most this long.
fn within(time: Duration, mut is_done: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < time {
        if is_done() {
            return true;
        }
        sleep(Duration::from_millis(10));
    }
    false
}

/// Whether a folder of tiles is there: the sweep has begun, and listens to signals soon after.
fn has_begun(folder: &Path) -> bool {
    let names = fs::read_dir(folder).into_iter().flatten().flatten();
    let begun = names.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().starts_with("tiles-"));
    begun && {
        sleep(Duration::from_millis(300));
        true
    }
}

/// `nohup` ignores SIGHUP. Its sibling, without, ends with 130.
#[test]
fn a_signal_that_was_ignored_stays_ignored() {
    for (before, stays) in [("trap '' HUP; ", true), ("", false)] {
        let folder = folder();
        let mut child = start(folder.path(), &format!("{before}alphasweep {LONG} --out out"));
        assert!(within(Duration::from_secs(20), || has_begun(&folder.path().join("out"))), "it does not begin");
        signal(&child, "-HUP");
        let ended = within(Duration::from_secs(4), || child.try_wait().expect("a state").is_some());
        assert_eq!(ended, !stays, "{before}");
        if stays {
            // Others still end it.
            signal(&child, "-TERM");
        }
        assert_eq!(child.wait().expect("an end").code(), Some(130), "{before}");
        let left = fs::read_dir(folder.path().join("out")).into_iter().flatten().flatten();
        let left: Vec<_> =
            left.map(|entry| entry.file_name()).filter(|name| !name.to_string_lossy().starts_with("tiles-")).collect();
        assert!(left.is_empty(), "files without a name are left: {left:?}");
    }
}

/// Pictures too are left when somebody wants that.
#[test]
fn every_long_command_ends_two_seconds_after_sigterm() {
    let film = "trace rosenbrock --rule adam --alpha 1e-4,1e-3,2e-3,3e-3 --steps 9e5 --gtol 0 --width 1920 --out out";
    let slow =
        "landscape \"sin(x)*sin(y)+mean(exp(sin(x*u)))\" --data waves --vary x=lin:0:9:4000 --vary y=lin:0:9:4000";
    for command in [LONG, film, slow] {
        let folder = folder();
        let mut child = start(folder.path(), &format!("alphasweep {command}"));
        sleep(Duration::from_millis(1200));
        signal(&child, "-TERM");
        let begun = Instant::now();
        let ended = within(Duration::from_secs(8), || child.try_wait().expect("a state").is_some());
        // Two seconds, with room for a busy machine.
        assert!(ended && begun.elapsed() < Duration::from_secs(5), "{command}: {:?}", begun.elapsed());
        let _ = child.wait();
    }
}

/// Marks of axes are few, whatever the numbers are.
#[test]
fn extreme_numbers_make_pictures_like_others() {
    for command in [
        "trace x --alpha 1 --set x_start=1e308 --steps 3 --no-gif",
        "trace \"exp(x)\" --start 709 --alpha 1 --steps 3 --no-gif",
        "trace \"x+y\" --alpha 1e300 --set x_start=-1.7e308 --set y_start=1.7e308 --steps 5",
        "trace \"x^2\" --alpha 1e-300 --start 1e-160 --precision f64 --steps 3",
        "trace \"x^2\" --alpha 0.1 --start 2.3e-308 --precision f64 --steps 3",
        "sweep \"x\" --precision f64 --alpha log:3e-308:1e308:9 --start lin:-1.7e308:1.7e308:9 --engine cpu --html a.html",
        "sweep \"x^2\" --precision f64 --alpha lin:1:1.0000000000000002:2 --start lin:0:1e-300:5 --engine cpu --svg a.svg",
        "landscape \"exp(x)\" --precision f64 --vary x=lin:-700:709:99 --engine cpu",
        "landscape \"x*y\" --precision f64 --vary x=lin:-1e154:1e154:99 --vary y=lin:-1e154:1e154:99 --engine cpu",
    ] {
        let folder = folder();
        // Two GB of addresses: what asks for more has lost its bounds.
        let output = bash(folder.path(), &format!("ulimit -v 4000000; alphasweep {command}"));
        assert!(output.status.success(), "{command}: {}", told(&output));
    }
}

/// The first has the folder; the others say who is there. Its files are those of one sweep.
#[test]
fn two_at_once_do_not_mix() {
    let folder = folder();
    let mut child = start(folder.path(), &format!("alphasweep {LONG} --out out"));
    assert!(within(Duration::from_secs(20), || has_begun(&folder.path().join("out"))), "it does not begin");
    let busy = format!("another alphasweep (process {}) is working there", child.id());
    bash(folder.path(), &format!("alphasweep {MAP} --quiet --shard 1/1 --out part"));
    let into_it = [
        &format!("{MAP} --out out"),
        "sweep rosenbrock --alpha 1e-3 --start 1 --engine cpu --out ./out/",
        &format!("{MAP} --shard 1/2 --out out"),
        "trace lecture --alpha 1 --start 1 --out out",
        "landscape lecture --vary beta=lin:-1:1:11 --engine cpu --out out",
        "merge part --out out",
        "resume out",
    ];
    for command in into_it {
        let output = bash(folder.path(), &format!("alphasweep {command}"));
        assert_eq!(output.status.code(), Some(2), "{command}: {}", told(&output));
        assert!(told(&output).contains(&busy), "{command}: {}", told(&output));
    }
    signal(&child, "-KILL");
    child.wait().expect("an end");
    // A lock goes with its process.
    let output = bash(folder.path(), &format!("alphasweep {MAP} --quiet --out out"));
    assert!(output.status.success(), "{}", told(&output));
}

/// Parts only keep tiles, each in a folder of its own.
#[test]
fn parts_share_a_folder() {
    let folder = folder();
    let map = MAP.replace("--steps 10 ", "--steps 1e6 --gtol 0 ");
    let part = |number| format!("alphasweep {map} --quiet --shard {number}/2 --out parts");
    let output = bash(folder.path(), &format!("{} & {}; a=$?; wait $! && exit $a", part(1), part(2)));
    assert!(output.status.success(), "{}", told(&output));
    let output = bash(folder.path(), "alphasweep merge parts --out whole --quiet");
    assert!(output.status.success(), "{}", told(&output));
}

/// Many that begin at one moment: some come first, some are refused, and what is there is of one of them.
#[test]
fn many_at_once_leave_the_files_of_one() {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(4) {
        let folder = folder();
        let sweep = |to: usize| format!("alphasweep {MAP} --start lin:-10:{to}:10 --out out --quiet 2>/dev/null");
        let sweep = |to: usize| sweep(to).replace("--start lin:-10:10:10 ", "");
        let all: Vec<String> = (1..=3).map(|to| format!("({}; echo $? >> codes) &", sweep(to))).collect();
        bash(folder.path(), &format!("{} wait", all.join(" ")));
        let codes = fs::read_to_string(folder.path().join("codes")).expect("codes");
        assert!(codes.lines().all(|code| code == "0" || code == "2") && codes.contains('0'), "{codes:?}");
        let manifest = fs::read_to_string(folder.path().join("out/sweep.json")).expect("sweep.json");
        let rerun = bash(folder.path(), "alphasweep rerun out/sweep.json --quiet");
        assert!(rerun.status.success(), "{}", told(&rerun));
        let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
        let to = manifest["asked"]["start"].as_str().expect("a start").split(':').nth(2).expect("an end").to_owned();
        let csv = fs::read_to_string(folder.path().join("out/losses.csv")).expect("a CSV");
        let last = csv.lines().last().expect("rows").split(',').nth(1).expect("a start").to_owned();
        assert_eq!(last, to, "the CSV is of another sweep than sweep.json");
        let names: Vec<_> = fs::read_dir(folder.path().join("out")).expect("a folder").flatten().collect();
        assert_eq!(names.len(), 3, "{names:?}");
    }
}

/// A folder that somebody takes away: nothing is kept, and nothing else is said.
#[test]
fn a_folder_that_vanishes_is_told_of() {
    let folder = folder();
    let line = format!(
        "alphasweep {LONG} --out out 2>err & pid=$!; until ls out/tiles-*/*.tile; do sleep 0.05; done; rm -rf out; wait $pid"
    );
    let output = bash(folder.path(), &format!("{line}; exit $?"));
    let told = fs::read_to_string(folder.path().join("err")).expect("a file");
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("was taken away while it ran, and nothing is kept"), "{told}");
}

/// Two names of one file are one file.
#[test]
fn no_file_is_written_twice_or_over_what_is_read() {
    for (before, flags) in [
        ("", "--png out/losses.csv"),
        ("", "--csv out/heatmap.png"),
        ("", "--html out/losses.csv"),
        ("", "--map loss_final --png out/map-loss_final.png"),
        ("", "--csv out/../out/sweep.json"),
        ("", "--npy out --parquet out/alpha.npy"),
        ("mkdir out; touch out/losses.csv; ln -s losses.csv out/alias; ", "--parquet out/alias"),
        ("mkdir out; ln -s out other; ", "--svg other/losses.csv"),
        ("printf 'x,y\\n1,2\\n2,3\\n' > d.csv; ", "--csv d.csv --data d.csv"),
        ("printf 'x,y\\n1,2\\n2,3\\n' > d.csv; ln -s d.csv e.csv; ", "--csv e.csv --data d.csv"),
        ("echo '{\"asked\": {}}' > s.json; ", "--spec s.json --csv s.json"),
    ] {
        let folder = folder();
        let objective = if flags.contains("--data") { "\"mean((w*x-y)^2)\"" } else { "lecture" };
        let sweep = format!("alphasweep sweep {objective} --alpha 0.1,1 --start 1,2 --engine cpu --out out {flags}");
        let output = bash(
            folder.path(),
            &format!(
                "{before}find . | sort > /tmp/$$; {sweep}; code=$?; find . | sort | cmp - /tmp/$$ || code=99; rm /tmp/$$; exit $code"
            ),
        );
        assert_eq!(output.status.code(), Some(2), "{flags}: {}", told(&output));
        assert!(told(&output).contains("choose another path"), "{flags}: {}", told(&output));
    }
}

/// Values are recorded as they were given.
#[test]
fn names_with_blanks_and_dashes_are_kept() {
    let folder = folder();
    let data = "printf 'x,y\\n1,2\\n2,4\\n' > 'd.csv '";
    let sweep = "alphasweep sweep 'mean((w*x-y)^2)' --data 'd.csv ' --alpha 0.1 --start 1 --engine cpu --keep-tiles --out -x --csv -y";
    let line = format!(
        "{data}; {sweep} && alphasweep rerun ./-x/sweep.json && alphasweep resume -x --outside && ls -- -x/sweep.json -y"
    );
    let output = bash(folder.path(), &line);
    assert!(output.status.success(), "{}", told(&output));
}

#[test]
fn arguments_that_are_no_text_are_refused() {
    for command in ["sweep --out $'a\\xff'", "sweep $'x\\xff'", "list $'\\xff'", "resume $'\\xff'"] {
        let folder = folder();
        let output = bash(folder.path(), &format!("alphasweep {command}"));
        assert_eq!(output.status.code(), Some(2), "{command}: {}", told(&output));
        assert!(told(&output).starts_with("error: ") && told(&output).lines().count() == 1, "{}", told(&output));
    }
}

/// No text from outside begins a line of its own, changes the order of letters or moves the cursor.
#[test]
fn no_text_from_outside_is_a_command() {
    let bad = "$'a\\nerror: forged\\n\\x1b[2J\\u202eb\\u009bc\\r'";
    let file = "$'a\\nerror: forged\\n\\x1b[2J\\u202eb.csv'";
    for command in [
        format!("sweep {bad}"),
        format!("sweep lecture --out {bad} --alpha 1 --start 1 --engine cpu"),
        format!("sweep lecture --csv {bad}/ --alpha 1 --start 1 --engine cpu"),
        format!("sweep lecture --alpha {bad}"),
        format!("sweep lecture --rule {bad}"),
        format!("sweep lecture --set {bad}=1"),
        format!("sweep lecture --{bad}"),
        format!("sweep lecture --spec {bad}"),
        format!("sweep lecture --adapter {bad}"),
        format!("sweep x --data {bad}"),
        format!("sweep 'mean((w*x-y)^2)' --data {file} --alpha 0.1 --start 1 --engine cpu"),
        format!("trace 'mean((w*x-y)^2)' --data {file} --alpha 0.1 --start 1"),
        format!("landscape 'mean((w*x-y)^2)' --data {file} --vary w=0,1 --engine cpu"),
        format!("resume {bad}"),
        format!("merge {bad} --out b"),
        format!("rerun {bad}"),
        format!("list {bad}"),
        bad.to_owned(),
        "resume forged".to_owned(),
    ] {
        let folder = folder();
        bash(folder.path(), &format!("printf 'x,y\\n1,2\\n2,4\\n' > {file}"));
        forge(folder.path());
        let output = bash(folder.path(), &format!("alphasweep {command} 2>&1"));
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let is_bad = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!told.chars().any(is_bad), "{command}: {told:?}");
        assert!(!told.lines().any(|line| line.starts_with("error: forged")), "{command}: {told:?}");
        assert!(!told.is_empty(), "{command} is silent");
    }
}

/// A sweep to go on with whose tiles say that another engine made them, whose name is a command to the terminal.
fn forge(folder: &Path) {
    let output = bash(folder, &format!("alphasweep {MAP} --quiet --keep-tiles --out forged"));
    assert!(output.status.success(), "{}", told(&output));
    let tiles = fs::read_dir(folder.join("forged")).expect("a folder").flatten().map(|entry| entry.path());
    let tiles = tiles.filter(|path| path.is_dir()).flat_map(|path| fs::read_dir(path).expect("a folder").flatten());
    for tile in tiles.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|ending| ending == "tile")) {
        let mut bytes = fs::read(&tile).expect("a tile");
        // The name of the engine has its length in the two bytes before it.
        let at = bytes.windows(3).position(|name| name == b"cpu").expect("the engine's name");
        bytes.splice(at - 2..at + 3, b"\x13\0\nerror: forged\x1b[2J".iter().copied());
        let end = bytes.len() - 8;
        let checksum = xxhash_rust::xxh3::xxh3_64(&bytes[..end]);
        bytes[end..].copy_from_slice(&checksum.to_le_bytes());
        fs::write(&tile, bytes).expect("a tile");
    }
}
