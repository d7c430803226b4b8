//! What requests may cost: time to compile, memory, threads; and what the built binary says where the system gives less.

mod common;

use alphasweep::analysis::theory::Known;
use alphasweep::engine::gpu::shader;
use alphasweep::engine::{EngineError, Watch, collect, collect_watched};
use alphasweep::problem::{Rule, parse_csv};
use alphasweep::sweep::{Axis, FormulaSweep, Request, Sweep};
use assert_cmd::Command;
use common::{cpu, resolved};
use std::process::Output;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// As many pieces as fit, and what stands around them.
fn formula(bytes: usize, (head, tail): (&str, &str), piece: impl Fn(usize) -> String) -> String {
    let mut text = head.to_owned();
    for piece in (0..).map(piece) {
        if text.len() + piece.len() + tail.len() > bytes {
            break;
        }
        text.push_str(&piece);
    }
    text + tail
}

type Family = (&'static str, fn(usize) -> String);

/// Long formulas, each of which would find another place where time grows with the square.
const FAMILIES: [Family; 8] = [
    ("one value read often", |bytes| formula(bytes, ("x", ""), |_| "+1".to_owned())),
    ("many constants", |bytes| formula(bytes, ("x^2", ""), |at| format!("+(x-{at})^2"))),
    ("a chain of names", |bytes| formula(bytes, ("a=x;", "a"), |_| "a=a*x+1;".to_owned())),
    ("many names", |bytes| formula(bytes, ("a=x;", "a"), |at| format!("a{at}=x+{at};"))),
    ("selects", |bytes| formula(bytes, ("x", ""), |at| format!("+select(x<{at},x*{at},3)"))),
    ("sums over rows", |bytes| formula(bytes, ("mean(u*x)", ""), |at| format!("+mean(u*x+{at})^2"))),
    ("sums within sums", |bytes| formula(bytes, ("a=x;", "a"), |_| "a=mean(a*u+x);".to_owned())),
    ("many parameters", |bytes| formula(bytes, ("x^2", ""), |at| format!("+(x{}-{at})^2", at % 200))),
];

fn request(text: &str) -> Request {
    let request = Request::parse(text).expect("the formula is read").steps(2).diverge(1e300);
    let request = request.vary("alpha", Axis::list([0.1, 0.2]).unwrap()).set("x_start", 0.5);
    let data = || parse_csv(b"u,y\n1,2\n2,3\n", "d.csv").expect("a table");
    if text.contains("mean") { request.data(data()) } else { request }
}

/// Everything that is ever made of a formula: the program, machine code, the interpreter's tape, the shader, theory.
fn compile(text: &str) -> FormulaSweep {
    let spec = resolved(&request(text));
    let sweep = Sweep::from(&spec);
    collect(&cpu(), &sweep).expect("machine code runs");
    collect(&cpu().interpreted(), &sweep).expect("the interpreter runs");
    assert!(!shader(&spec).is_empty());
    assert!(Known::of(&spec, None).curves.is_empty());
    spec
}

/// The least of some tries: other processes only ever add to it.
fn least(tries: usize, work: impl Fn()) -> Duration {
    let time = || {
        let begun = Instant::now();
        work();
        begun.elapsed()
    };
    (0..tries).map(|_| time()).min().unwrap_or_default()
}

/// How much longer 64 KiB take than 4. In proportion it is 16 times, with the square 256 times.
fn growth(work: impl Fn(usize)) -> f64 {
    let [short, long] = [4 << 10, 64 << 10].map(|bytes| least(3, || work(bytes)));
    long.as_secs_f64() / short.as_secs_f64().max(2e-3)
}

/// Between the two by a factor of 5 and 3: other processes disturb.
const MOST_GROWTH: f64 = 80.0;

#[test]
fn compiling_takes_time_in_proportion_to_the_formula() {
    for (name, text) in FAMILIES {
        let grew = growth(|bytes| drop(compile(&text(bytes))));
        assert!(grew < MOST_GROWTH, "{name}: 16 times the formula takes {grew:.1} times as long");
    }
}

#[test]
fn what_grows_with_the_square_is_seen() {
    // Four numbers each: with one a fast machine is through with the short list in less than can be told.
    let insert_in_front = |bytes: usize| {
        let mut list = Vec::new();
        (0..bytes).for_each(|at| list.insert(0, [at; 4]));
        assert_eq!(list.len(), bytes);
    };
    let grew = growth(insert_in_front);
    assert!(grew > MOST_GROWTH, "{grew:.1}");
}

#[test]
fn deep_formulas_leave_the_stack_alone() {
    let deep = format!("{}x{}", "sin(".repeat(190), ")".repeat(190));
    let powers = format!("{}x{}", "(".repeat(190), ")^1.5".repeat(190));
    // Nested as deep as names allow: 7000 levels.
    let chain = formula(64 << 10, ("a=x;", "a"), |_| "a=sin(a);".to_owned());
    for text in [deep, powers, chain] {
        compile(&text);
    }
}

#[test]
fn compiling_stops_when_it_is_told_to() {
    let spec = resolved(&request(&FAMILIES[0].1(64 << 10)));
    let sweep = Sweep::from(&spec);
    let stopped = AtomicBool::new(true);
    let watch = Watch::new(&|_| (), &stopped);
    let whole = least(3, || assert!(collect(&cpu(), &sweep).is_ok()));
    let cut = least(3, || {
        assert_eq!(collect_watched(&cpu(), &sweep, &watch).err(), Some(EngineError::Interrupted));
    });
    assert!(cut < whole / 3, "{cut:?} where all of it takes {whole:?}");
}

/// So many squares.
fn bowl(parameters: usize) -> String {
    (0..parameters).map(|at| format!("x{at}^2")).collect::<Vec<_>>().join("+")
}

fn each(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect::<Vec<_>>().concat()
}

fn states(count: usize) -> String {
    each(count, |at| format!("s{at}=s{at}+g;")) + "delta=-alpha*s0"
}

#[test]
fn what_a_step_carries_and_computes_is_limited() {
    let many = bowl(256);
    let long = formula(64 << 10, ("x0", ""), |at| format!("*(x{}-{at})", at % 256));
    let shared = format!("mean(a){}", each(2000, |at| format!("+mean(a+{at})")));
    let shared = format!("a=x0*u;{}{shared}", "a=a*u+x0;".repeat(3000));
    let rule = states(2000);
    let cases = [
        (&["sweep", &many, "--rule", &rule][..], "--rule s0=s0+g;", "512000 in all, and at most 16384 can be kept"),
        (&["sweep", &long, "--gradient", "central:1e-3"], "OBJECTIVE x0*(x0-0)", "more than 1048576 operations"),
        (&["sweep", &shared, "--data", "d.csv"], "OBJECTIVE a=x0*u", "more than 1048576 operations"),
    ];
    for (arguments, flag, told) in cases {
        let (output, took) = run(&[], arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(flag) && said.contains(told), "{said}");
        assert!(took < Duration::from_secs(20), "{flag}: {took:?}");
    }
    // Less than that goes through.
    let request = request("x^2").rule(states(2000).parse::<Rule>().expect("a rule"));
    assert!(collect(&cpu(), &resolved(&request).into()).is_ok());
}

#[test]
fn theory_gives_up_on_second_derivatives_that_are_too_many() {
    let text = formula(64 << 10, ("x", ""), |at| format!("*(x{}-{at})", at % 250));
    let begun = Instant::now();
    let known = Known::of(&resolved(&request(&text)), None);
    let told = serde_json::to_string(&known.theory).expect("theory is written");
    assert!(told.contains("more than 2097152 operations"), "{told}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

/// The built binary in a folder of its own, behind these settings of a shell.
fn run(settings: &[&str], arguments: &[&str]) -> (Output, Duration) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("d.csv"), "u,y\n1,2\n2,3\n").expect("a file");
    let binary = assert_cmd::cargo::cargo_bin("alphasweep");
    let mut command = Command::new("sh");
    let script = [settings, &["exec \"$0\" \"$@\""]].concat().join("\n");
    command.current_dir(&folder).env("NODEVICE_SELECT", "1").arg("-c").arg(script).arg(binary).args(arguments);
    let begun = Instant::now();
    (command.output().expect("the shell runs"), begun.elapsed())
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

const SWEEP: &[&str] = &[
    "sweep",
    "lecture",
    "--steps",
    "10",
    "--alpha",
    "log:1e-3:10:200",
    "--start",
    "lin:-10:10:200",
    "--engine",
    "cpu",
    "--quiet",
];

/// What a shell says so that no further thread can be started. The limit counts all processes of a user, and does not hold
/// for the superuser, who therefore becomes somebody else.
#[cfg(target_os = "linux")]
fn no_threads() -> &'static str {
    "ulimit -u 1 2>/dev/null || ulimit -p 1; if [ \"$(id -u)\" = 0 ]; then exec setpriv --reuid=54321 --clear-groups \"$0\" \"$@\"; fi"
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_system_does_not_give_ends_in_a_line() {
    let trace = &["trace", "x^2", "--alpha", "0.1", "--start", "1", "--quiet"][..];
    let landscape = &["landscape", "x^2", "--engine", "cpu", "--quiet"][..];
    // Settings, and what is said of them; nothing where there may be enough after all.
    let mut cases = vec![(no_threads(), "starts no more threads"), ("ulimit -f 0", "File too large")];
    // The program itself has 23 MB: with less it is not even begun, and the system says so.
    cases.extend(["30000", "35000", "40000", "60000"].map(|most| (settings_of_memory(most), "")));
    for arguments in [SWEEP, trace, landscape] {
        for (settings, told) in &cases {
            let (output, _) = run(&[settings], arguments);
            let (code, said) = (output.status.code(), stderr(&output));
            let context = format!("{settings}: {arguments:?} gave {code:?}\n{said}");
            assert!(code == Some(3) || (told.is_empty() && code == Some(0)), "{context}");
            if code == Some(3) {
                assert!(said.starts_with("error: ") && said.lines().count() == 1 && said.contains(told), "{context}");
            }
        }
        let (output, _) = run(&["ulimit -c 0"], arguments);
        assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
fn settings_of_memory(most: &str) -> &'static str {
    match most {
        "30000" => "ulimit -v 30000",
        "35000" => "ulimit -v 35000",
        "40000" => "ulimit -v 40000",
        _ => "ulimit -v 60000",
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_above_the_limit_leaves_what_is_finished() {
    let large = ["log:1e-3:10:2000", "lin:-10:10:600"];
    let mut arguments = SWEEP.to_vec();
    (arguments[5], arguments[7]) = (large[0], large[1]);
    arguments.extend(["--keep-after", "0"]);
    // 14 MB: a tile has less, the CSV more.
    let (output, _) = run(&["ulimit -f 28000"], &arguments);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("of 1200000 cells are kept in sweep-out/tiles-") && said.contains("resume"), "{said}");
}

#[test]
fn no_more_threads_are_started_than_help() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let small = ["sweep", "lecture", "--alpha", "0.1,0.2", "--start", "1,2", "--engine", "cpu", "--threads"];
    let told = format!("note        --threads 65535: {} are started, 4 for each of {cores} cores\n", 4 * cores);
    for (threads, notes) in [("65535", vec![told]), ("1", Vec::new())] {
        let (output, took) = run(&[], &[&small[..], &[threads]].concat());
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(0), "{said}");
        let found: Vec<String> =
            said.lines().filter(|line| line.contains("--threads")).map(|line| format!("{line}\n")).collect();
        assert_eq!(found, notes);
        let started = if threads == "1" { 1 } else { 4 * cores };
        assert!(said.starts_with(&format!("engine      cpu, {started} thread")), "{said}");
        assert!(took < Duration::from_secs(20), "{took:?}");
    }
}

#[test]
fn a_part_is_refused_that_could_not_be_merged() {
    let page = ["--html", "page.html"];
    let map = ["--map", "nonsense"];
    let wide = ["sweep", "lecture", "--alpha", "lin:0.1:1:2000", "--start", "lin:0:1:2000", "--engine", "cpu"];
    for shard in [&["--shard", "1/2"][..], &[]] {
        for (flags, told) in [(page, "a page holds 1048576"), (map, "no column of numbers is called so")] {
            let (output, took) = run(&[], &[&wide[..], shard, &flags].concat());
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert!(said.contains(told) && said.contains(flags[0]), "{said}");
            assert!(took < Duration::from_secs(5), "{took:?}");
        }
    }
}

/// A thousand million cells in a row, with a picture: what is held does not grow with them. An interruption ends it soon;
/// what would be held for every cell would be asked for at the beginning.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_cells() {
    let mut arguments = SWEEP.to_vec();
    (arguments[5], arguments[7]) = ("lin:0.001:3:1e9", "1");
    arguments.extend(["--precision", "f64", "--no-csv", "--map", "loss_final", "--keep-after", "0"]);
    let soon =
        "timeout --preserve-status -s TERM 2 sh -c 'ulimit -d 400000; exec \"$0\" \"$@\"' \"$0\" \"$@\"; exit $?";
    let (output, _) = run(&[soon], &arguments);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("are kept in") && said.contains("interrupted"), "{said}");
}
