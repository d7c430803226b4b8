//! Descents followed one by one: the published numbers, the engine's own path, and the files as a user gets them.

#![allow(clippy::unreadable_literal, reason = "published numbers stand as they were printed")]

mod common;

use alphasweep::draw::Trace;
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::{Traced, Watch, collect, trace};
use alphasweep::problem::Rule;
use alphasweep::sweep::{Axis, Descents, Path, Precision, Request, Sweep};
use assert_cmd::Command;
use common::{along, asked, read};
use std::fs;
use tempfile::TempDir;

fn gd() -> Vec<Rule> {
    vec![read("gd")]
}

fn followed(request: &Request) -> (Descents, Vec<Traced>) {
    let descents = request.clone().precision(Precision::F64).descents(&gd(), 64).expect("a request");
    let traced = trace(&CpuEngine::new(Some(1)).expect("an engine"), &descents, &Watch::silent()).expect("paths");
    (descents, traced)
}

fn last(traced: &Traced) -> Vec<f64> {
    traced.path.point(traced.path.steps())
}

#[test]
fn published_numbers_are_where_the_paths_end() {
    let lecture = asked("lecture").vary("alpha", along("0.1,1,3.9,4,4.05")).set("beta_start", -10.0);
    let (_, traced) = followed(&lecture.steps(100).gtol(0.0));
    let ends: Vec<f64> = traced.iter().map(|traced| last(traced)[0]).collect();
    assert_eq!(ends, [1.9289536493559916, 2.0, 1.9289536493559918, -10.0, -139.7645962127452]);
    let sign = asked("lecture").vary("alpha", Axis::one(0.01)).set("beta_start", -5.0).steps(700).gtol(0.0);
    let descents = sign.precision(Precision::F64).descents(&[read("sign")], 64).expect("a request");
    let path = Path::follow(&descents.specs[0], (0, 0), 1);
    assert_eq!((path.losses[0], path.parameters[0][1]), (12.25, -4.99));
    let (_, bowl) = followed(&asked("bowl").vary("alpha", Axis::one(0.1)).set("x0_start", -3.0).steps(20).gtol(0.0));
    let end = last(&bowl[0]);
    assert!((end[0] + 0.03458765).abs() < 1e-8 && (end[1] - 0.04611686).abs() < 1e-8, "{end:?}");
    let hours = asked("hours").vary("alpha", Axis::one(0.01)).set("w_start", 1.0).gtol(0.0);
    let (_, each) = followed(&hours.clone().batch(read("each")).steps(300));
    let (_, full) = followed(&hours.batch(read("full")).steps(100));
    assert_eq!((last(&each[0])[0] * 4.0, last(&full[0])[0] * 4.0), (7.9999999999996945, 7.999777758621207));
}

/// Every kind of objective and rule, with and without batches, in all precisions: the engine's point to the last bit.
#[test]
fn a_path_goes_through_every_point_of_the_engine() {
    let engine = CpuEngine::new(Some(1)).expect("an engine");
    let cases = [
        ("lecture", "momentum", "full"),
        ("rosenbrock", "adam", "full"),
        ("rastrigin", "gd", "full"),
        ("line", "nesterov", "each"),
        ("line", "gd", "7"),
        ("sine-as-posted", "adam", "3"),
    ];
    for (objective, rule, batch) in cases {
        for precision in [Precision::F32, Precision::Compensated, Precision::F64] {
            for steps in [0, 1, 2, 57, 300] {
                let request = asked(objective).vary("alpha", along("0.0001,0.01,5")).rule(read(rule)).steps(steps);
                let request = if batch == "full" { request } else { request.batch(read(batch)).seed(4) };
                let request = request.vary_start(along("-1,2")).precision(precision);
                let spec = request.resolve().expect("a request");
                let map = collect(&engine, &Sweep::from(&spec)).expect("a run");
                for cell in 0..spec.cells() {
                    let path = Path::follow(&spec, (cell % spec.nx(), cell / spec.nx()), map.steps[cell]);
                    let point: Vec<u64> = path.point(path.shown).iter().map(|value| value.to_bits()).collect();
                    let engine: Vec<u64> = map.parameters.iter().map(|values| values[cell].to_bits()).collect();
                    let told = format!("{objective} {rule} {batch} {precision} {steps} steps, cell {cell}");
                    assert_eq!(point, engine, "{told}");
                    assert_eq!(path.losses[path.shown].to_bits(), map.loss_final[cell].to_bits(), "{told}");
                }
            }
        }
    }
}

#[test]
fn axes_and_rules_multiply_and_hyperparameters_stay_with_their_rules() {
    let rules = ["gd", "momentum"].map(read);
    let request = asked("bowl")
        .vary("alpha", along("0.1,0.2"))
        .vary("momentum", along("0.5,0.9"))
        .vary("x1_start", along("1,2,3"));
    let descents = request.descents(&rules, 64).expect("a request");
    assert_eq!(descents.list.len(), 2 * 3 + 2 * 2 * 3);
    assert_eq!(descents.names, ["alpha", "x0_start", "momentum", "x1_start"]);
    assert_eq!(descents.list[0].values[2..], [None, Some(1.0)]);
    assert_eq!(descents.list[17].values, [Some(f64::from(0.2_f32)), Some(-3.0), Some(f64::from(0.9_f32)), Some(3.0)]);
    assert!(request.descents(&rules, 17).is_err());
}

/// The binary, in a folder of its own.
fn alphasweep(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    command.current_dir(folder).arg("trace").args(arguments);
    command
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn the_csv_has_a_row_per_step_and_json_the_outcomes() {
    let folder = folder();
    let arguments =
        ["lecture", "--alpha", "1,8.5", "--start", "-10", "--steps", "3", "--csv", "-", "--no-png", "--no-gif"];
    let output = alphasweep(&folder, &arguments).assert().success().get_output().clone();
    let text = String::from_utf8(output.stdout).expect("text");
    let expected = "descent,alpha,beta_start,step,loss,beta,beta_gradient\n\
        1,1,-10,0,36,-10,-6\n1,1,-10,1,9,-4,-3\n1,1,-10,2,2.25,-1,-1.5\n1,1,-10,3,0.5625,0.5,-0.75\n\
        2,8.5,-10,0,36,-10,-6\n2,8.5,-10,1,380.25,41,19.5\n2,8.5,-10,2,4016.390625,-124.75,-63.375\n\
        2,8.5,-10,3,42423.1259765625,413.9375,205.96875\n";
    assert_eq!(text, expected);
    let json = fs::read(folder.path().join("trace-out/trace.json")).expect("the file");
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    let outcomes: Vec<&str> = (0..2).map(|at| json["descents"][at]["outcome"].as_str().expect("a word")).collect();
    assert_eq!(outcomes, ["descending", "rising"]);
    assert_eq!(json["descents"][1]["knobs"]["alpha"], 8.5);
    assert_eq!(fs::read_dir(folder.path().join("trace-out")).expect("the folder").count(), 1);
}

/// All frames as they are seen, three bytes a pixel, with their delays.
fn film(bytes: &[u8]) -> (usize, Vec<(u16, Vec<u8>)>) {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes).expect("a GIF");
    assert_eq!(decoder.repeat(), gif::Repeat::Infinite);
    let width = usize::from(decoder.width());
    let mut screen = vec![0; width * usize::from(decoder.height()) * 3];
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().expect("a frame") {
        for (at, pixel) in frame.buffer.chunks_exact(4).enumerate().filter(|(_, pixel)| pixel[3] > 0) {
            let (x, y) = (at % usize::from(frame.width), at / usize::from(frame.width));
            let place = ((y + usize::from(frame.top)) * width + x + usize::from(frame.left)) * 3;
            screen[place..place + 3].copy_from_slice(&pixel[..3]);
        }
        frames.push((frame.delay, screen.clone()));
    }
    (width, frames)
}

#[test]
fn the_film_shows_the_point_move_and_rests_at_the_end() {
    let folder = folder();
    let arguments = ["(x-1)^2", "--alpha", "0.25", "--start", "9", "--steps", "5", "--gtol", "0", "--fps", "10"];
    alphasweep(&folder, &arguments).args(["--width", "640", "--quiet"]).assert().success().stderr("");
    let bytes = fs::read(folder.path().join("trace-out/trace.gif")).expect("the film");
    let (width, frames) = film(&bytes);
    assert_eq!((width, frames.len()), (640, 6));
    assert_eq!(frames.iter().map(|(delay, _)| *delay).collect::<Vec<_>>(), [10, 10, 10, 10, 10, 100]);
    // The first panel is 259 pixels wide from 62 on and shows 1.25 to 9 between margins of a twentieth.
    let straw = |pixel: &[u8]| pixel[0] > 200 && pixel[2] < 110 && pixel[1] > 150;
    let point = |pixels: &[u8]| {
        // The moving point is the one with an outline: the largest patch of its colour in the row that has most of it.
        let rows = pixels.chunks_exact(width * 3).map(|row| {
            let row = &row[..320 * 3];
            let run = |x: usize| (0..9).all(|next| straw(&row[(x + next) * 3..][..3]));
            (0..320 - 9).find(|x| run(*x)).map(|x| x as f64 + 4.5)
        });
        rows.flatten().next().expect("a point")
    };
    let seen: Vec<f64> = frames.iter().map(|(_, pixels)| point(pixels)).collect();
    assert!(seen.windows(2).all(|pair| pair[1] < pair[0]), "it goes left: {seen:?}");
    let expected = |x: f64| (x - 1.25) / (9.0 - 1.25);
    for (at, x) in [(1, 5.0), (2, 3.0), (3, 2.0)] {
        let share = (seen[at] - seen[5]) / (seen[0] - seen[5]);
        assert!((share - expected(x)).abs() < 0.02, "frame {at}: {share}, expected {}", expected(x));
    }
}

#[test]
fn a_long_film_has_two_hundred_frames_and_a_soon_diverging_descent_many_of_them() {
    let folder = folder();
    let arguments = ["lecture", "--alpha", "0.001,6", "--start", "-10", "--steps", "5000", "--quiet"];
    alphasweep(&folder, &arguments).assert().success();
    let bytes = fs::read(folder.path().join("trace-out/trace.gif")).expect("the film");
    let (_, frames) = film(&bytes);
    assert!(frames.len() > 100 && frames.len() <= 200, "{}", frames.len());
    assert!(bytes.len() < 5_000_000, "{} bytes", bytes.len());
}

#[test]
fn the_picture_is_drawn_for_any_number_of_parameters() {
    let cases: [&[&str]; 5] = [
        &["himmelblau", "--alpha", "0.01", "--rule", "gd,momentum,adam"],
        &["a^2+2*b^2+3*c^2", "--alpha", "0.1,0.4"],
        &["x^2", "--alpha", "1e30", "--start", "1e30", "--precision", "f64", "--diverge", "inf"],
        &["ln(x)", "--alpha", "0.1", "--start", "-1,1"],
        &["x^2", "--alpha", "lin:0.1:1:30", "--steps", "0"],
    ];
    for arguments in cases {
        let folder = folder();
        alphasweep(&folder, arguments).arg("--no-gif").assert().success();
        let bytes = fs::read(folder.path().join("trace-out/trace.png")).expect("the picture");
        let reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
        assert_eq!(reader.info().width, 1280, "{arguments:?}");
    }
}

#[test]
fn wrong_requests_are_refused_with_the_way_out() {
    let cases: [(&[&str], &[&str]); 10] = [
        (&["--alpha", "log:0.1:1:65"], &["--alpha log:0.1:1:65", "65 descents", "at most 64", "shorter lists"]),
        (&["--alpha", "1", "--steps", "1e7"], &["--steps", "take fewer"]),
        (&["--alpha", "1", "--rule", "gd,adm"], &["--rule adm", "did you mean `adam`"]),
        (&["--vary", "bta_start=1,2"], &["bta_start", "did you mean `beta_start`"]),
        (&["--alpha", "1:2"], &["--alpha 1:2", "log:1:2:200 or lin:1:2:200"]),
        (&["abs(x)", "--rule", "sign"], &["--alpha", "give --alpha"]),
        (&["rosenbrok"], &["did you mean `rosenbrock`"]),
        (&["--csv", "-", "--json"], &["--json", "--csv -"]),
        (&["--csv", "trace-out/trace.png"], &["--csv", "another path"]),
        (&["--width", "12"], &["--width", "480"]),
    ];
    for (arguments, expected) in cases {
        let folder = folder();
        let output = alphasweep(&folder, arguments).assert().code(2).get_output().clone();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.starts_with("error: "), "{arguments:?} says:\n{told}");
        for part in expected {
            assert!(told.contains(part), "{arguments:?}: `{part}` is missing in:\n{told}");
        }
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0, "{arguments:?} left something");
    }
}

/// Between −1.7e308 and 1.7e308 lie more than all numbers hold, and still every point has a place and a loss.
#[test]
fn the_loss_curve_of_an_extreme_range_has_every_point() {
    let request = asked("x/2").vary("alpha", Axis::one(1.0)).set("x_start", 1e308).steps(1).precision(Precision::F64);
    let (descents, traced) = followed(&request);
    let curve = Trace::new(descents, traced).curve(0, (-1.7e308, 1.7e308), 101);
    for (at, (x, loss)) in curve.iter().enumerate() {
        let expected = 1.7e308 * (at as f64 / 50.0 - 1.0);
        assert!(
            (x - expected).abs() <= 1e-12 * 1.7e308 && *loss == x / 2.0,
            "point {at}: {x} instead of {expected}, {loss}"
        );
    }
}
