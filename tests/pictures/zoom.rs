//! `alphasweep zoom`: its maps are those of whole sweeps, and its film is what it says.

use crate::common::pixels::Picture;
use crate::common::{along, asked, cpu, resolved};
use alphasweep::engine::{Refined, Seen, Watch, collect, run_listed};
use alphasweep::sweep::{Outcome, Precision, Request, Sweep};
use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

fn alphasweep(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    command.current_dir(folder).args(arguments);
    command
}

/// A map by refinement and by a whole sweep: cells that differ, and the refined one.
fn both(request: &Request) -> (usize, Refined) {
    let spec = resolved(&request.clone().precision(Precision::F64));
    let (engine, sweep) = (cpu(), Sweep::from(&spec));
    let mut run = |cells: &[(u32, u32)]| {
        let tile = run_listed(&engine, &sweep, cells, &Watch::silent())?;
        Ok::<Vec<Seen>, alphasweep::engine::EngineError>(
            (0..cells.len()).map(|cell| (tile.outcome[cell], 0.0)).collect(),
        )
    };
    let refined = Refined::new((spec.nx(), spec.ny()), &mut run).expect("it runs");
    let whole: Vec<Outcome> = collect(&engine, &sweep).expect("it runs").outcome;
    let differ = refined.cells.iter().zip(&whole).filter(|(seen, outcome)| seen.0 != **outcome).count();
    (differ, refined)
}

#[test]
fn a_keyframe_is_the_map_of_a_direct_sweep_cell_by_cell() {
    let request = asked("(x^2-1)^2/4").vary("alpha", along("lin:0.25:0.3:240")).vary("x_start", along("lin:2.6:3:180"));
    let (differ, refined) = both(&request.steps(300));
    assert_eq!(differ, 0, "of {} cells, {} computed", refined.cells.len(), refined.computed);
    assert!(refined.computed < refined.cells.len() / 2, "{} computed", refined.computed);
    assert_eq!(refined.wrong, 0);
}

/// The sibling: where a boundary is dust the map is not that of a whole sweep, and the film says so.
#[test]
fn where_it_is_not_the_cells_that_were_looked_at_tell() {
    let request = asked("x^2*(1+eps*cos(2*pi*x/lam))").constant("eps", 0.2).constant("lam", 0.1);
    let request = request.vary("alpha", along("lin:0.5:0.85:200")).vary("x_start", along("lin:0.5:4:160")).steps(300);
    let (differ, refined) = both(&request);
    assert!(differ > 0, "a map of dust");
    assert!(refined.wrong > 0, "{differ} differ, and of {} none was noticed", refined.checked);
}

#[test]
fn a_network_s_listed_cells_are_those_of_its_map() {
    let request = common_network();
    let sweep = Sweep::from(request.resolve().expect("a network"));
    let engine = cpu();
    let whole = collect(&engine, &sweep).expect("it trains");
    let cells = [(0, 0), (1, 0), (3, 1), (4, 1), (2, 3)];
    let some = run_listed(&engine, &sweep, &cells, &Watch::silent()).expect("it trains");
    for (at, (x, y)) in cells.into_iter().enumerate() {
        assert_eq!(some.loss_final[at], whole.loss_final[y as usize * sweep.nx() + x as usize], "({x}, {y})");
    }
}

fn common_network() -> alphasweep::sweep::NetworkRequest {
    let request = alphasweep::sweep::NetworkRequest::named("trainability").expect("a row");
    request.steps(20).vary("alpha_1", along("log:1e-2:10:5")).vary("alpha_2", along("log:1e-2:10:4"))
}

const SMALL: &[&str] = &[
    "zoom",
    "(x^2-1)^2/4",
    "--alpha",
    "lin:0.1:2:64",
    "--start",
    "lin:-3:3:48",
    "--size",
    "64x48",
    "--steps",
    "200",
    "--between",
    "3",
    "--quiet",
];

fn document(folder: &TempDir) -> Value {
    serde_json::from_slice(&std::fs::read(folder.path().join("zoom-out/zoom.json")).expect("a document")).expect("JSON")
}

#[test]
fn a_film_has_a_frame_for_every_part_of_the_way_and_windows_lie_in_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    alphasweep(&folder, SMALL).args(["--keyframes", "4", "--frames", "frames"]).assert().success();
    let film = Picture::film(&std::fs::read(folder.path().join("zoom-out/zoom.gif")).expect("a film"));
    assert_eq!(film.len(), 3 * 3 + 1);
    assert_eq!(std::fs::read_dir(folder.path().join("frames")).expect("frames").count(), 10);
    let document = document(&folder);
    let windows = document["keyframes"].as_array().expect("a list");
    assert_eq!(windows.len(), 4);
    for pair in windows.windows(2) {
        for axis in ["x", "y"] {
            let ends = |window: &Value| [0, 1].map(|end| window[axis][end].as_f64().expect("a number"));
            let ([a, b], [c, d]) = (ends(&pair[0]), ends(&pair[1]));
            assert!(a <= c && d <= b, "{axis}: {c} to {d} in {a} to {b}");
            assert!(((b - a) / (d - c) - 2.0).abs() < 1e-6, "half as wide");
        }
    }
}

#[test]
fn it_goes_where_it_is_told_and_ends_with_words_where_the_numbers_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let deep = ["--at", "1,0.5", "--factor", "1000", "--keyframes", "9", "--film", "deep.png"];
    alphasweep(&folder, SMALL).args(deep).assert().success();
    let document = document(&folder);
    let ends = document["ends"].as_str().expect("words");
    assert!(ends.contains("the grain of f64 begins here"), "{ends}");
    let last = document["keyframes"].as_array().and_then(|all| all.last()).expect("a window");
    let [lo, hi] = [0, 1].map(|end| last["x"][end].as_f64().expect("a number"));
    assert!(lo <= 1.0 && 1.0 <= hi && hi - lo < 1e-8, "{lo} to {hi}");
    let png = std::fs::read(folder.path().join("deep.png")).expect("a film");
    assert!(png.windows(4).any(|chunk| chunk == b"acTL"), "a PNG with frames");
}

#[test]
fn a_wrong_place_or_size_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = |arguments: &[&str]| {
        let output = alphasweep(&folder, SMALL).args(arguments).assert().code(2).get_output().clone();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(said(&["--at", "7,0"]).contains("is not on the map"));
    assert!(said(&["--at", "seven"]).contains("such as --at"));
    assert!(said(&["--factor", "1"]).contains("from 1.1 to 1000"));
    assert!(!folder.path().join("zoom-out").exists());
    alphasweep(&folder, &["zoom", "lecture", "--set", "beta_start=1", "--alpha", "lin:0.1:2:64"]).assert().code(2);
}

#[test]
fn keyframes_are_kept_and_parts_of_a_film_are_those_of_the_whole() {
    let [whole, parts] = [0, 1].map(|_| tempfile::tempdir().expect("a folder"));
    let asked = ["--at", "1,0.5", "--keyframes", "3"];
    alphasweep(&whole, SMALL).args(asked).assert().success();
    for part in ["1/2", "2/2"] {
        alphasweep(&parts, SMALL).args(asked).args(["--shard", part]).assert().success();
    }
    assert!(!parts.path().join("zoom-out/zoom.gif").exists(), "parts make no film");
    let kept = || std::fs::read_dir(parts.path().join("zoom-out/keyframes")).expect("a folder").flatten();
    assert_eq!(kept().count(), 3);
    // One is damaged on the way, and computed again.
    let damaged = kept().next().expect("a keyframe").path();
    std::fs::write(&damaged, b"asw-key1").expect("it is written");
    let loud: Vec<&str> = SMALL.iter().copied().filter(|word| *word != "--quiet").collect();
    let output = alphasweep(&parts, &loud).args(asked).assert().success().get_output().clone();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(told.matches("it was kept").count(), 2, "{told}");
    let film = |folder: &TempDir| std::fs::read(folder.path().join("zoom-out/zoom.gif")).expect("a film");
    assert!(film(&whole) == film(&parts), "the same film");
}

/// The sibling: keyframes of another film are none of this one.
#[test]
fn keyframes_of_another_film_are_not_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let asked = ["--at", "1,0.5", "--keyframes", "2"];
    alphasweep(&folder, SMALL).args(asked).assert().success();
    let other: Vec<&str> = SMALL.iter().copied().filter(|word| *word != "--quiet").collect();
    let output =
        alphasweep(&folder, &other).args(asked).args(["--diverge", "10"]).assert().success().get_output().clone();
    assert!(!String::from_utf8_lossy(&output.stderr).contains("it was kept"));
}
