//! What other programs get of a sweep: the cells that the engine computes, the facts and files of the command, and an end when they
//! say so.

use alphasweep::cli::Interruption;
use alphasweep::cli::embedded::{
    Array, Asked, Failure, HeldFile, Map, NamedArray, Numbers, Paths, Valley, Watched, commands,
};
use alphasweep::engine::{collect, cpu::CpuEngine};
use alphasweep::store::RecordedFlags;
use alphasweep::sweep::{Axis, Precision, Request, Sweep};
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

fn asked(json: &str) -> Asked {
    Asked::read(json, None).expect("it is read")
}

const LECTURE: &str = r#"{"asked": {"objective": "(beta/2-1)^2", "alpha": "log:0.01:10:40", "start": "lin:-10:10:30", "steps": 60, "engine": "cpu"}}"#;

/// Runs it without anybody who watches.
fn run(asked: Asked) -> Result<(Map, Vec<NamedArray>), Failure> {
    Map::run(asked, &Watched { interruption: &Interruption::new(), progress: &|_, _| () })
}

fn column<'a>(arrays: &'a [NamedArray], name: &str) -> &'a NamedArray {
    arrays.iter().find(|array| array.name == name).expect(name)
}

fn numbers<'a>(arrays: &'a [NamedArray]) -> impl Fn(&str) -> Option<Numbers<'a>> + Sync + 'a {
    |name| arrays.iter().find(|array| array.name == name).map(|array| array.array.numbers())
}

#[test]
fn arrays_hold_what_the_engine_computes() {
    let (_, arrays) = run(asked(LECTURE)).expect("it runs");
    let request = Request::parse("(beta/2-1)^2").expect("a formula");
    let request = request.vary("alpha", Axis::log(0.01, 10.0, 40).expect("an axis"));
    let request = request.vary("beta_start", Axis::lin(-10.0, 10.0, 30).expect("an axis")).steps(60);
    let request = request.precision(Precision::F64);
    let sweep = Sweep::from(&request.resolve().expect("a sweep"));
    let all = collect(&CpuEngine::new(None).expect("an engine"), &sweep).expect("it runs");
    let codes = all.outcome.iter().map(|outcome| *outcome as u8).collect();
    let wanted = [
        ("loss_final", Array::F64(all.loss_final)),
        ("beta_final", Array::F64(all.parameters[0].clone())),
        ("steps", Array::U32(all.steps)),
        ("outcome", Array::U8(codes)),
    ];
    for (name, wanted) in wanted {
        assert!(column(&arrays, name).array == wanted, "{name}");
    }
    assert!(arrays.iter().all(|array| array.shape == [30, 40]));
}

#[test]
fn files_are_those_of_the_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let [command, call] = ["command", "call"].map(|name| folder.path().join(name));
    let words = [
        "alphasweep",
        "sweep",
        "(beta/2-1)^2",
        "--alpha=log:0.01:10:40",
        "--start=lin:-10:10:30",
        "--steps=60",
        "--engine=cpu",
    ];
    let words =
        words.iter().map(Into::into).chain(["--quiet".into(), "--out".into(), command.clone().into_os_string()]);
    assert_eq!(alphasweep::cli::run(words, &Interruption::new()), 0);
    let (map, arrays) = run(asked(LECTURE)).expect("it runs");
    let watched = Watched { interruption: &Interruption::new(), progress: &|_, _| () };
    let saved = map.save(&call, &RecordedFlags::default(), &numbers(&arrays), &watched).expect("it is saved");
    assert_eq!(saved.files.len(), 3);
    for file in ["losses.csv", "heatmap.png"] {
        assert!(fs::read(command.join(file)).expect(file) == fs::read(call.join(file)).expect(file), "{file}");
    }
    let png = map.png(&RecordedFlags::default(), &numbers(&arrays)).expect("a picture");
    assert!(png == fs::read(command.join("heatmap.png")).expect("a picture"));
}

#[test]
fn a_map_is_made_again_from_its_columns() {
    let (map, arrays) = run(asked(LECTURE)).expect("it runs");
    let watched = Watched { interruption: &Interruption::new(), progress: &|_, _| () };
    let (again, same) = Map::again(asked(LECTURE), &map.json(), &numbers(&arrays), &watched).expect("it is made");
    assert!(same == arrays);
    let facts = |map: &Map| serde_json::from_str::<serde_json::Value>(&map.json()).expect("JSON");
    let (mut one, mut other) = (facts(&map), facts(&again));
    for facts in [&mut one, &mut other] {
        facts["run"] = serde_json::Value::Null;
    }
    assert_eq!(one, other);
    let short = |name: &str| numbers(&arrays)(name).map(|_| Numbers::F64(&[1.0]));
    assert!(
        matches!(Map::again(asked(LECTURE), &map.json(), &short, &watched), Err(Failure::Request(text)) if text.contains("has 1 values"))
    );
    assert!(matches!(Map::again(asked(LECTURE), "{}", &numbers(&arrays), &watched), Err(Failure::Request(_))));
}

#[test]
fn what_is_asked_for_is_checked() {
    let wrong = |flags: &str, told: &str| match run(asked(&format!(r#"{{"asked": {flags}}}"#))) {
        Err(Failure::Request(text)) => assert!(text.contains(told), "{text}"),
        other => panic!("{flags}: {:?}", other.map(|_| ()).err()),
    };
    wrong(r#"{"objective": "(x-"}"#, "^");
    wrong(r#"{"steps": "many"}"#, "expected a whole number");
    wrong(r#"{"stepz": 3}"#, "--stepz");
    wrong(r#"{"film": "a.gif"}"#, "--film-over");
    for flag in ["out", "csv", "spec", "shard", "keep-tiles", "keep-after", "json", "quiet"] {
        wrong(&format!(r#"{{"{flag}": "x"}}"#), "is for the command line");
    }
    assert!(matches!(
        run(asked(r#"{"asked": {"engine": "gpu", "adapter": "no such thing"}}"#)),
        Err(Failure::Device(_))
    ));
}

#[test]
fn data_may_be_held() {
    let held = |text: &'static str| Some(HeldFile { name: "data.csv".to_owned(), bytes: text.as_bytes().into() });
    let json = r#"{"asked": {"objective": "mean((w*x-y)^2)", "alpha": "0.1", "start": "1", "steps": 0}}"#;
    let (_, arrays) = run(Asked::read(json, held("x,y\n1,2\n2,4\n")).expect("it is read")).expect("it runs");
    assert_eq!(column(&arrays, "loss_start").array, Array::F64(vec![2.5]));
    assert!(matches!(run(Asked::read(json, held("x,y\n1\n")).expect("it is read")), Err(Failure::Request(_))));
}

#[test]
fn it_is_told_how_far_it_is_and_ends_when_it_is_stopped() {
    let (interruption, told) = (Interruption::new(), AtomicU64::new(0));
    let progress = |done: u64, of: u64| {
        told.store(done, Ordering::Relaxed);
        assert_eq!(of, 40 * 30 * 61);
    };
    Map::run(asked(LECTURE), &Watched { interruption: &interruption, progress: &progress }).expect("it runs");
    assert_eq!(told.load(Ordering::Relaxed), 40 * 30 * 61);
    let long = asked(r#"{"asked": {"objective": "rosenbrock", "steps": 1e8, "engine": "cpu"}}"#);
    let stop = |_, _| interruption.stop();
    let stopped = Map::run(long, &Watched { interruption: &interruption, progress: &stop });
    assert!(matches!(stopped, Err(Failure::Interrupted)));
}

#[test]
fn paths_and_valleys_are_those_of_the_commands() {
    let watched = Watched { interruption: &Interruption::new(), progress: &|_, _| () };
    let json = r#"{"asked": {"objective": "hours", "alpha": "0.1", "set": ["w_start=1"], "steps": 5, "gtol": 0}}"#;
    let paths = Paths::run(asked(json), &watched).expect("it runs").paths();
    let losses = paths[0].columns.iter().find(|(name, _)| name == "loss").map(|(_, values)| values.len());
    assert_eq!((paths.len(), losses), (1, Some(6)));
    let json = r#"{"asked": {"objective": "lecture", "vary": ["beta=lin:-10:10:21"]}}"#;
    let valley = Valley::run(asked(json), &watched).expect("it runs");
    assert_eq!(valley.losses()[12], 0.0);
    assert_eq!(valley.axes()[0].0, "beta");
}

#[test]
fn every_command_says_its_flags() {
    let all: serde_json::Value = serde_json::from_str(&commands()).expect("JSON");
    let sweep = all.as_array().and_then(|all| all.iter().find(|row| row["name"] == "sweep")).expect("sweep");
    let flag = |name: &str| {
        let flags = sweep["flags"].as_array().and_then(|flags| flags.iter().find(|flag| flag["name"] == name));
        flags.expect(name).clone()
    };
    assert_eq!((&flag("npy")["path"], &flag("palette")["path"]), (&true.into(), &false.into()));
    assert_eq!((&flag("vary")["repeats"], &flag("shuffle")["value"]), (&true.into(), &serde_json::Value::Null));
    assert_eq!((&flag("out")["process"], &flag("threads")["beside"]), (&true.into(), &true.into()));
}
