//! Parts of a sweep, put together, are the sweep; and a sweep that is run again is the same.

use crate::sweep_files::files;
use alphasweep::sweep::Shard;
use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use tempfile::TempDir;

fn alphasweep(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    command.current_dir(folder).env("NODEVICE_SELECT", "1").args(arguments);
    command
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// What a command that is refused says.
fn refused(command: &mut Command) -> String {
    let output = command.assert().code(2).get_output().clone();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const MAP: &[&str] = &["sweep", "--alpha", "log:0.01:9:50", "--start", "lin:-10:10:41", "--engine", "cpu", "--quiet"];
const CURVE: &[&str] =
    &["sweep", "rosenbrock", "--alpha", "log:1e-5:0.1:301", "--set", "x0_start=-1", "--engine", "cpu", "--quiet"];
const ROWS: &[&str] =
    &["sweep", "line", "--vary", "seed=lin:1:40:40", "--alpha", "0.1,0.5", "--engine", "cpu", "--quiet"];

/// Noise by the cell's place on the whole grid, a schedule, and a learning rate of one parameter's own.
const NOISE: &[&str] = &[
    "sweep",
    "rosenbrock",
    "--rule",
    "langevin",
    "--schedule",
    "warmup:20*cosine",
    "--set",
    "temperature=0.01",
    "--alpha",
    "log:1e-5:1e-2:37",
    "--vary",
    "alpha@x1=log:1e-5:1e-2:23",
    "--steps",
    "100",
    "--engine",
    "cpu",
    "--quiet",
];

fn run_parts(folder: &TempDir, arguments: &[&str], of: u32) {
    for number in 1..=of {
        let (shard, out) = (format!("{number}/{of}"), format!("part{number}"));
        alphasweep(folder, arguments).args(["--shard", &shard, "--out", &out]).assert().success();
    }
}

#[test]
fn merged_parts_are_the_whole_byte_for_byte() {
    for arguments in [MAP, CURVE, ROWS, NOISE] {
        let folder = folder();
        alphasweep(&folder, arguments).args(["--out", "whole"]).assert().success();
        run_parts(&folder, arguments, 3);
        // In any order.
        alphasweep(&folder, &["merge", "part3", "part1", "part2", "--out", "merged", "--quiet"]).assert().success();
        let (whole, merged) = (files(&folder.path().join("whole")), files(&folder.path().join("merged")));
        assert_eq!(
            whole.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            ["heatmap.png", "losses.csv", "sweep.json"]
                .map(|name| if arguments == CURVE { name.replace("heatmap", "curve") } else { name.to_owned() })
                .iter()
                .collect::<Vec<_>>()
        );
        assert!(whole == merged, "{arguments:?}: the files differ");
    }
}

#[test]
fn parts_in_one_folder_and_through_a_spec_are_the_whole_too() {
    let folder = folder();
    alphasweep(&folder, MAP).args(["--out", "whole", "--svg", "whole/map.svg"]).assert().success();
    for shard in ["1/2", "2/2"] {
        let arguments = ["sweep", "--spec", "whole/sweep.json", "--shard", shard, "--out", "parts"];
        alphasweep(&folder, &arguments).assert().success();
    }
    alphasweep(&folder, &["merge", "parts", "--out", "merged"]).assert().success();
    assert!(files(&folder.path().join("whole")) == files(&folder.path().join("merged")), "the files differ");
}

#[test]
fn parts_that_are_missing_twice_there_or_foreign_are_refused_by_name() {
    let folder = folder();
    run_parts(&folder, MAP, 3);
    let merge = |parts: &[&str]| {
        let told = refused(alphasweep(&folder, &["merge"]).args(parts).args(["--out", "merged"]));
        assert!(!folder.path().join("merged").exists(), "nothing is written");
        told
    };
    let told = merge(&["part1", "part3"]);
    assert!(told.contains("part 2/3 of the sweep missing"), "{told}");
    let told = merge(&["part3"]);
    assert!(told.contains("parts 1/3, 2/3 of the sweep missing"), "{told}");
    alphasweep(&folder, MAP).args(["--shard", "2/3", "--out", "again"]).assert().success();
    let told = merge(&["part1", "part2", "again", "part3"]);
    assert!(told.contains("part 2/3 has cells that part 2/3 in part2/tiles-"), "{told}");
    alphasweep(&folder, MAP).args(["--shard", "1/2", "--out", "half"]).assert().success();
    let told = merge(&["part1", "part2", "half", "part3"]);
    assert!(told.contains("has cells that part"), "{told}");
    alphasweep(&folder, MAP).args(["--steps", "900", "--shard", "2/3", "--out", "other"]).assert().success();
    let told = merge(&["part1", "other", "part3"]);
    assert!(told.contains("other/tiles-") && told.contains("steps (1000 and 900) differ"), "{told}");
    fs::create_dir(folder.path().join("empty")).expect("a folder");
    assert!(merge(&["part1", "empty"]).contains("DIR empty: has no part of a sweep"));
    let part = fs::read_dir(folder.path().join("part2")).expect("a folder").flatten().next().expect("tiles").path();
    let tile = fs::read_dir(part).expect("a folder").flatten().map(|entry| entry.path());
    let tile = tile.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "tile")).expect("a tile");
    let mut bytes = fs::read(&tile).expect("bytes");
    bytes[500] ^= 1;
    fs::write(&tile, &bytes).expect("a write");
    let told = merge(&["part1", "part2", "part3"]);
    assert!(told.contains(".tile: is damaged") && told.contains("`alphasweep resume part2/tiles-"), "{told}");
    fs::remove_file(&tile).expect("a removal");
    let told = merge(&["part1", "part2", "part3"]);
    assert!(told.contains("part 2/3 is not finished, 0 of 700 cells"), "{told}");
    alphasweep(&folder, &["resume", "part2"]).assert().success();
    alphasweep(&folder, &["merge", "part1", "part2", "part3", "--out", "merged"]).assert().success();
}

/// The digests that the parts were told, and those that `merge` tells: the last word of their lines.
fn digests(told: &str, begins: &str) -> Vec<String> {
    let lines = told.lines().filter(|line| line.starts_with(begins));
    let digest = |line: &str| line.split_once("digest ").expect("a digest").1[..16].to_owned();
    lines.map(digest).collect()
}

fn told(command: &mut Command) -> String {
    String::from_utf8_lossy(&command.assert().success().get_output().stderr).into_owned()
}

const PARTS: [&str; 3] = ["1/3", "2/3", "3/3"];

/// What the parts say of themselves when they are computed, in part1 to part3.
fn told_by_parts(folder: &TempDir, more: &[&str]) -> Vec<String> {
    let loud = &MAP[..MAP.len() - 1];
    let run = |(at, shard): (usize, &str)| {
        let out = format!("part{}", at + 1);
        let told = told(alphasweep(folder, loud).args(["--shard", shard, "--out", &out]).args(more));
        let digests = digests(&told, &format!("part {shard} "));
        assert_eq!(digests.len(), 1, "{told}");
        digests[0].clone()
    };
    PARTS.into_iter().enumerate().map(run).collect()
}

#[test]
fn merge_tells_engine_version_and_digest_of_every_part() {
    let folder = folder();
    let computed = told_by_parts(&folder, &["--threads", "1"]);
    assert_eq!(computed, told_by_parts(&folder, &["--threads", "2"]), "from tiles that were kept");
    let merge = ["merge", "part3", "part1", "part2", "--out", "merged"];
    let said = told(&mut alphasweep(&folder, &merge));
    assert_eq!(computed, digests(&said, "note        part "), "{said}");
    let version = env!("CARGO_PKG_VERSION");
    for part in PARTS {
        let begins = format!("note        part {part} in part{}/tiles-", &part[..1]);
        let line = said.lines().find(|line| line.starts_with(&begins)).expect("a note");
        assert!(line.contains(&format!(": alphasweep {version} on cpu, ")), "{line}");
    }
    let document = fs::read(folder.path().join("merged/sweep.json")).expect("a file");
    let document: Value = serde_json::from_slice(&document).expect("JSON");
    let parts = document["run"]["parts"].as_array().expect("parts");
    let members = |name: &str| parts.iter().map(|part| part[name].as_str().expect("a text")).collect::<Vec<_>>();
    assert_eq!(members("xxh3"), computed);
    assert_eq!(members("part"), PARTS);
    assert_eq!((members("version"), members("engine")), (vec![version; 3], vec!["cpu"; 3]));
    assert!(members("folder").iter().zip(1..).all(|(path, at)| path.starts_with(&format!("part{at}/tiles-"))));
    assert_eq!(parts.iter().map(|part| part["cells"].as_u64()).collect::<Vec<_>>(), [650, 700, 700].map(Some));
    assert_eq!(told(alphasweep(&folder, &merge).arg("--quiet")), "", "quiet");
    alphasweep(&folder, MAP).args(["--out", "whole"]).assert().success();
    let whole = fs::read(folder.path().join("whole/sweep.json")).expect("a file");
    let whole: Value = serde_json::from_slice(&whole).expect("JSON");
    assert!(whole["run"].get("parts").is_none(), "no parts where there are none");
}

/// The checksum of a tile finds damage. Whoever edits a tile writes another checksum; then only the digest tells.
#[test]
fn an_edited_tile_with_a_right_checksum_merges_with_another_digest() {
    let folder = folder();
    let computed = told_by_parts(&folder, &[]);
    let part = fs::read_dir(folder.path().join("part2")).expect("a folder").flatten().next().expect("tiles").path();
    let tiles = fs::read_dir(part).expect("a folder").flatten().map(|entry| entry.path());
    let tile = tiles.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "tile")).expect("a tile");
    let mut bytes = fs::read(&tile).expect("bytes");
    bytes[500] ^= 1;
    let body = bytes.len() - 8;
    let checksum = xxhash_rust::xxh3::xxh3_64(&bytes[..body]).to_le_bytes();
    bytes[body..].copy_from_slice(&checksum);
    fs::write(&tile, &bytes).expect("a write");
    let said = told(&mut alphasweep(&folder, &["merge", "part1", "part2", "part3", "--out", "merged"]));
    let merged = digests(&said, "note        part ");
    let same: Vec<bool> = computed.iter().zip(&merged).map(|(one, other)| one == other).collect();
    assert_eq!(same, [true, false, true], "{said}");
}

#[test]
fn shards_cover_every_cell_once_and_evenly() {
    for (nx, ny) in [(7, 1), (1, 7), (5, 6), (100, 3), (3, 100)] {
        for of in 1..=7 {
            let range =
                |number: u32| Shard::parse(&format!("{number}/{of}")).expect("a part").range(nx, ny).expect("cells");
            let ranges: Vec<_> = (1..=of).map(range).collect();
            assert_eq!((ranges[0].start, ranges[ranges.len() - 1].end), (0, nx * ny));
            assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start), "{ranges:?}");
            let unit = if ny >= of as usize { nx } else { 1 };
            let sizes = || ranges.iter().map(|range| range.len() / unit);
            assert!(sizes().max().unwrap_or(0) - sizes().min().unwrap_or(0) <= 1, "{ranges:?}");
        }
    }
    for wrong in ["0/3", "4/3", "3", "1/0", "a/b", "1/2/3", "-1/3", "1/4000000000"] {
        assert!(Shard::parse(wrong).is_err(), "{wrong}");
    }
    assert!(Shard::parse("1/8").expect("a part").range(7, 1).is_err(), "more parts than cells");
}

/// A quick reader of JSON takes each of these numbers for its neighbour.
#[test]
fn a_sweep_of_long_numbers_is_run_again_to_the_bit() {
    let folder = folder();
    let numbers = ["--set", "beta_start=8.0531512960061e-10", "--gtol", "3.886893866769998e-10", "--diverge"];
    let arguments = ["sweep", "--alpha", "4.820827236402178e-10,0.0077492962416116805,1", "--engine", "cpu"];
    alphasweep(&folder, &arguments).args(numbers).arg("512767040.54234284").assert().success();
    alphasweep(&folder, &["rerun", "sweep-out/sweep.json"]).assert().success();
}

/// `rerun` finds the same; and a file that says anything else is found out.
#[test]
fn a_sweep_that_is_run_again_is_the_same_and_a_forged_one_is_not() {
    let folder = folder();
    alphasweep(&folder, MAP).assert().success();
    let manifest = folder.path().join("sweep-out/sweep.json");
    let output = alphasweep(&folder, &["rerun", "sweep-out/sweep.json"]).assert().success().get_output().clone();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.starts_with("same        2050 cells, all 5 columns bit by bit"), "{told}");
    let good: Value = serde_json::from_slice(&fs::read(&manifest).expect("a file")).expect("JSON");
    let forged = |change: &dyn Fn(&mut Value)| {
        let mut document = good.clone();
        change(&mut document);
        fs::write(&manifest, document.to_string()).expect("a write");
        let output = alphasweep(&folder, &["rerun", "sweep-out/sweep.json"]).assert().failure().get_output().clone();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, told) = forged(&|document| document["summary"]["outcomes"]["diverged"] = 1.into());
    assert!(code == Some(1) && told.contains("1 diverged there"), "{told}");
    let (code, told) = forged(&|document| document["results"]["xxh3"]["loss_final"] = "0123456789abcdef".into());
    assert!(code == Some(1) && told.contains("other bits in loss_final; nothing else differs"), "{told}");
    let (code, told) = forged(&|document| document["asked"]["start"] = "lin:-10:11:41".into());
    assert!(code == Some(2) && told.contains("another sweep than it tells of: y ("), "{told}");
    let (code, told) = forged(&|document| drop(document.as_object_mut().expect("an object").remove("results")));
    assert!(code == Some(2) && told.contains("is not the sweep.json of a finished sweep"), "{told}");
}
