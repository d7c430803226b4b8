//! Descents followed one by one: the published numbers, the engine's own path, and the files as a user gets them.

#![allow(clippy::unreadable_literal, reason = "published numbers stand as they were printed")]

use crate::common::pixels::Picture as Pixels;
use crate::common::{along, asked, read};
use alphasweep::draw::{FilmOptions, PALETTES, Rgb, Style, TextBox, Trace, Written, written_by};
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::{Traced, Watch, collect, trace};
use alphasweep::problem::Rule;
use alphasweep::sweep::{Axis, Descents, Path, Precision, Request, Sweep};
use assert_cmd::Command;
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

#[test]
fn the_film_shows_the_point_move_and_rests_at_the_end() {
    let folder = folder();
    let arguments = ["(x-1)^2", "--alpha", "0.25", "--start", "9", "--steps", "5", "--gtol", "0", "--fps", "10"];
    alphasweep(&folder, &arguments).args(["--width", "640", "--quiet"]).assert().success().stderr("");
    let bytes = fs::read(folder.path().join("trace-out/trace.gif")).expect("the film");
    let looped = gif::DecodeOptions::new().read_info(&bytes[..]).expect("a GIF");
    assert_eq!(looped.repeat(), gif::Repeat::Infinite);
    let frames = Pixels::film(&bytes);
    assert_eq!((frames[0].0.width, frames.len()), (640, 6));
    assert_eq!(frames.iter().map(|(_, delay)| *delay).collect::<Vec<_>>(), [10, 10, 10, 10, 10, 100]);
    // The first of three panels; all show the same range.
    let blue = |pixel: Rgb| pixel[0] < 90 && (70..160).contains(&pixel[1]) && pixel[2] > 140;
    let point = |pixels: &Pixels| {
        // The moving point is the one with an outline: the largest patch of its colour in the row that has most of it.
        let rows = pixels.pixels.chunks_exact(pixels.width).map(|row| {
            let run = |x: usize| (0..9).all(|next| blue(row[x + next]));
            (0..213 - 9).find(|x| run(*x)).map(|x| x as f64 + 4.5)
        });
        rows.flatten().next().expect("a point")
    };
    let seen: Vec<f64> = frames.iter().map(|(pixels, _)| point(pixels)).collect();
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
    let frames = Pixels::film(&bytes);
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
        assert_eq!(Pixels::of_file(&folder.path().join("trace-out/trace.png")).width, 1280, "{arguments:?}");
    }
}

#[test]
fn files_go_where_their_flags_say_or_nowhere() {
    let folder = folder();
    let arguments = ["lecture", "--alpha", "1", "--steps", "3", "--png", "other.png", "--no-csv", "--no-gif"];
    alphasweep(&folder, &arguments).assert().success();
    assert_eq!(Pixels::of_file(&folder.path().join("other.png")).width, 1280);
    let names: Vec<_> = fs::read_dir(folder.path().join("trace-out")).expect("a folder").flatten().collect();
    assert_eq!(names.iter().map(fs::DirEntry::file_name).collect::<Vec<_>>(), ["trace.json"]);
}

#[test]
fn wrong_requests_are_refused_with_the_way_out() {
    let cases: [(&[&str], &[&str]); 12] = [
        (&["--range", "3:1"], &["--range", "LO below HI", "-12:16"]),
        (&["a^2+b^2+c^2", "--alpha", "0.1", "--range", "-1:1"], &["--range -1:1", "3 parameters", "leave it out"]),
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

/// What is seen of some descents: the words on the picture, and its pixels.
struct Picture {
    written: Written,
    pixels: Pixels,
}

impl Picture {
    fn of(trace: &Trace) -> Self {
        let (bytes, mut written) = written_by(|| trace.png(Style::default(), 1280, "footer"));
        Self { written: written.remove(0), pixels: Pixels::png(&bytes.expect("a picture")) }
    }

    fn text(&self, part: &str) -> Option<&TextBox> {
        self.written.texts.iter().find(|text| text.text.contains(part))
    }

    /// Left, top, right and bottom of the panel with this title, by its frame.
    fn panel(&self, title: &str) -> [usize; 4] {
        let sides = self.text(title).unwrap_or_else(|| panic!("{title} is not there")).sides;
        let is_ink = |x: usize, y: usize| self.pixels.at(x, y) == PALETTES[0].ink;
        // Paths cross a frame here and there.
        let run = |x: usize, y: usize| (0..80).filter(|next| is_ink(x + next, y)).count() > 50 && is_ink(x, y);
        let end = |from: usize, is_ink: &dyn Fn(usize) -> bool| {
            let last = |last: usize, at: usize| if is_ink(at) && at - last < 45 { at } else { last };
            (from..from + 700).fold(from, last)
        };
        // The frame is a pixel outside of the panel, and titles begin where panels do.
        let left = sides[0].round() as usize;
        let left = (left - 4..left + 4).find(|x| (0..200).any(|y| run(*x, sides[1] as usize + y))).expect("a frame");
        let top = (sides[1] as usize..self.pixels.height()).find(|y| run(left, *y)).expect("a frame");
        let right = end(left, &|x| x < self.pixels.width && is_ink(x, top));
        let bottom = end(top, &|y| y < self.pixels.height() && is_ink(left, y));
        [left, top, right, bottom]
    }

    /// Pixels in a rectangle that have a colour, but for rounding.
    fn count(&self, [left, top, right, bottom]: [usize; 4], colour: Rgb) -> usize {
        let near = |pixel: Rgb| pixel.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 12);
        self.pixels.within([left, top, right + 1, bottom + 1]).filter(|pixel| near(*pixel)).count()
    }

    /// Where numbers of an axis stand, by two of its labels; of the axis along a panel or up it.
    fn place(&self, panel: [usize; 4], up: bool, value: f64) -> f64 {
        let [left, top, right, bottom] = panel.map(|side| side as f64);
        let belongs = |[x0, y0, x1, y1]: [f64; 4]| {
            let (x, y) = (f64::midpoint(x0, x1), f64::midpoint(y0, y1));
            if up {
                x1 < left && x0 > left - 70.0 && y > top && y < bottom
            } else {
                y0 > bottom && y1 < bottom + 35.0 && x > left && x < right
            }
        };
        let labels = self.written.texts.iter().filter(|text| belongs(text.sides)).filter_map(|text| {
            let at = if up {
                f64::midpoint(text.sides[1], text.sides[3])
            } else {
                f64::midpoint(text.sides[0], text.sides[2])
            };
            // A minus sign moves the middle of the digits, and not that of the label.
            Some((text.text.replace('−', "-").parse::<f64>().ok()?, at))
        });
        let labels: Vec<(f64, f64)> = labels.collect();
        let (first, last) = (labels[0], labels[labels.len() - 1]);
        first.1 + (value - first.0) / (last.0 - first.0) * (last.1 - first.1)
    }

    /// Pixels of a colour around a point of a panel.
    fn dots(&self, panel: [usize; 4], (x, y): (f64, f64), colour: Rgb) -> usize {
        const AROUND: f64 = 4.0;
        let (x, y) = (self.place(panel, false, x), self.place(panel, true, y));
        self.count([x - AROUND, y - AROUND, x + AROUND, y + AROUND].map(|side| side as usize), colour)
    }
}

fn trace_of(request: &Request) -> Trace {
    let (descents, traced) = followed(request);
    Trace::new(descents, traced)
}

fn lecture(alpha: &str) -> Request {
    asked("lecture").vary("alpha", along(alpha)).set("beta_start", -10.0).steps(100)
}

#[test]
fn all_panels_show_the_same_valley_and_the_first_bounces() {
    let trace = trace_of(&lecture("0.1,1,3.9,4.05"));
    let picture = Picture::of(&trace);
    let axes = &picture.written.axes;
    for panel in 1..4 {
        assert_eq!([&axes[0], &axes[1]], [&axes[2 * panel], &axes[2 * panel + 1]], "panel {}", panel + 1);
    }
    assert_ne!(axes[0], axes[8], "steps are another axis");
    assert_eq!(axes[0], ["−10", "−5", "0", "5", "10", "15"]);
    let (panel, other) = (picture.panel("4   α = 4.05"), picture.panel("2   α = 1"));
    let (colour, ends) =
        (PALETTES[0].paths[3], [picture.place(panel, false, -12.0), picture.place(panel, false, 16.0)]);
    assert!((ends[0] - panel[0] as f64).abs() < 6.0 && (ends[1] - panel[2] as f64).abs() < 6.0, "{ends:?}, {panel:?}");
    let path = &trace.traced()[3].path;
    let mut heights = Vec::new();
    for step in 0..5 {
        let at = (path.parameters[0][step], path.losses[step]);
        assert!(
            picture.dots(panel, at, colour) >= 8,
            "step {step}: {} pixels at {at:?}",
            picture.dots(panel, at, colour)
        );
        assert_eq!(picture.dots(other, at, colour), 0, "step {step} of another descent");
        heights.push(picture.place(panel, true, at.1));
    }
    // Upwards, and each by itself.
    assert!(heights.windows(2).all(|pair| pair[0] - pair[1] > 6.0), "{heights:?}");
}

#[test]
fn what_leaves_is_seen_leaving_and_says_where_it_goes() {
    let away = Picture::of(&trace_of(&lecture("0.1,1,3.9,4.05")));
    let [left, top, right, bottom] = away.panel("4   α = 4.05");
    let note = away.written.texts.iter().filter(|text| text.text == "to −139.8");
    let inside = |sides: &[f64; 4]| {
        sides[0] > left as f64 && sides[2] < right as f64 && sides[1] > top as f64 && sides[3] < bottom as f64
    };
    assert_eq!(note.filter(|text| inside(&text.sides)).count(), 1);
    assert!(away.text("leaves the panel").is_some());
    // The head of the arrow, at the edge.
    let corner = [right - 16, top, right, top + 16];
    assert!(away.count(corner, PALETTES[0].paths[3]) > 20);
    let stays = Picture::of(&trace_of(&lecture("0.1,1,3.9")));
    assert!(stays.text("leaves the panel").is_none() && stays.text("to −").is_none());
    let [_, top, right, _] = stays.panel("3   α = 3.9");
    assert_eq!(stays.count([right - 16, top, right, top + 16], PALETTES[0].paths[2]), 0);
    // A start that is no number is nowhere.
    let nowhere = Picture::of(&trace_of(&asked("ln(x)").vary("alpha", along("0.1")).set("x_start", -1.0).steps(5)));
    assert!(nowhere.text("leaves the panel").is_none() && nowhere.text("diverged at step 0").is_some());
}

#[test]
fn a_descent_has_one_colour_on_all_panels() {
    let picture = Picture::of(&trace_of(&lecture("0.1,1,3.9,4.05")));
    let [losses, parameter] = ["loss by step", "β by step"].map(|title| picture.panel(title));
    let titles = ["1   α = 0.1", "2   α = 1", "3   α = 3.9", "4   α = 4.05"];
    for (nth, title) in titles.iter().enumerate() {
        let own = picture.panel(title);
        let inside = [own[0] + 1, own[1] + 1, own[2] - 1, own[3] - 1];
        for (other, colour) in PALETTES[0].paths.iter().enumerate().filter(|(other, _)| *other != 4) {
            let seen = picture.count(inside, *colour);
            assert!(if nth == other { seen > 20 } else { seen < 4 }, "{title}: {seen} pixels of colour {other}");
        }
        // 1 and 3 have the same losses: the later one is on top.
        let colour = PALETTES[0].paths[nth];
        assert!(nth == 0 || picture.count(losses, colour) > 20, "{title} by its loss");
        assert!(picture.count(parameter, colour) > 20, "{title} by its parameter");
    }
}

/// The numbers of descents beside the panel of losses.
fn numbers(picture: &Picture) -> Vec<usize> {
    let [_, top, right, bottom] = picture.panel("loss by step").map(|side| side as f64);
    let beside = |text: &&TextBox| {
        let [x0, y0, x1, y1] = text.sides;
        x0 > right && x1 < right + 60.0 && y1 > top - 60.0 && y0 < bottom + 60.0
    };
    let mut numbers: Vec<usize> =
        picture.written.texts.iter().filter(beside).filter_map(|text| text.text.parse().ok()).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn up_to_sixteen_descents_are_all_shown_and_of_more_sixteen() {
    let some = Picture::of(&trace_of(&lecture("lin:0.1:4.3:16")));
    assert_eq!(numbers(&some), (1..=16).collect::<Vec<_>>());
    assert!(some.text("of 16 descents").is_none() && some.text("7 of them by themselves").is_some());
    let trace = trace_of(&lecture("log:0.01:8:64"));
    let many = Picture::of(&trace);
    assert!(many.text("16 of 64 descents").is_some(), "the number is said");
    let shown = numbers(&many);
    assert_eq!(shown.len(), 16);
    // The lowest and the highest are among them, and every fifth or so between.
    let mut ranked: Vec<f64> = trace.traced().iter().map(|traced| traced.loss_final).collect();
    ranked.sort_by(f64::total_cmp);
    let rank = |number: &usize| ranked.iter().position(|loss| *loss == trace.traced()[number - 1].loss_final);
    let mut ranks: Vec<usize> = shown.iter().map(|number| rank(number).expect("a rank")).collect();
    ranks.sort_unstable();
    assert!(ranks[0] == 0 && ranks[15] == 63, "{ranks:?}");
    assert!(ranks.windows(2).all(|pair| pair[1] - pair[0] <= 5), "{ranks:?}");
}

#[test]
fn parameters_are_drawn_against_the_steps_whatever_their_number() {
    let plane = Picture::of(&trace_of(&asked("himmelblau").vary("alpha", along("0.01")).steps(30)));
    let one = Picture::of(&trace_of(&lecture("1")));
    let three = Picture::of(&trace_of(&asked("a^2+b^2+c^2").vary("alpha", along("0.1")).steps(30)));
    for (picture, titles) in [
        (&one, &["β by step"][..]),
        (&plane, &["x₀ by step", "x₁ by step"]),
        (&three, &["a by step", "b by step", "c by step"]),
    ] {
        for title in titles {
            let panel = picture.panel(title);
            assert!(picture.count(panel, PALETTES[0].paths[0]) > 60, "{title}");
        }
    }
    assert!(plane.text("x₂ by step").is_none());
}

/// One path that leaves hides no other: the panels are as they are without it.
#[test]
fn a_diverging_path_does_not_set_the_scale() {
    let request = |alpha: &str| asked("himmelblau").vary("alpha", along(alpha)).steps(60);
    let axes = |alpha: &str| Picture::of(&trace_of(&request(alpha))).written.axes;
    let (alone, with_one, with_another) = (axes("0.01"), axes("0.01,0.05"), axes("0.01,0.02"));
    assert_eq!(alone[..2], with_one[..2]);
    assert_ne!(alone[..2], with_another[..2], "a path that stays does");
    let picture = Picture::of(&trace_of(&request("0.01,0.05")));
    let plane = picture.panel("the loss, darker").map(|side| side as f64);
    let note = picture.text("to (").expect("where it goes");
    assert!(note.sides[0] > plane[0] && note.sides[2] < plane[2]);
    assert!(picture.text("minimum").is_some());
}

#[test]
fn a_descent_that_hardly_moves_says_how_far() {
    let trace = trace_of(&lecture("1e-10"));
    let path = &trace.traced()[0].path.parameters[0];
    assert!((path[100] - path[0] - 6e-8).abs() < 1e-12);
    assert!(Picture::of(&trace).text("moved 6·10⁻⁸").is_some());
    assert!(Picture::of(&trace_of(&lecture("0.1"))).text("moved").is_none());
}

#[test]
fn a_range_may_be_chosen() {
    let trace = trace_of(&lecture("0.1,4.05")).over((-50.0, 60.0));
    let axes = Picture::of(&trace).written.axes;
    let ends = |labels: &[String]| [labels[0].clone(), labels[labels.len() - 1].clone()];
    assert_eq!((ends(&axes[0]), &axes[0]), (["−50", "60"].map(str::to_owned), &axes[2]));
    assert_eq!(ends(&Picture::of(&trace_of(&lecture("0.1,4.05"))).written.axes[0]), ["−10", "15"]);
}

#[test]
fn steps_are_told_as_epochs_where_there_are_data() {
    let hours = asked("hours").vary("alpha", Axis::one(0.01)).gtol(0.0).steps(9);
    assert!(Picture::of(&trace_of(&hours.clone().batch(read("each")))).text("1 epoch = 3 steps").is_some());
    assert!(Picture::of(&trace_of(&hours.batch(read("full")))).text("step = epoch").is_some());
    assert!(Picture::of(&trace_of(&lecture("1"))).text("epoch").is_none());
}

/// A film over data counts the passes through them.
#[test]
fn a_film_counts_epochs() {
    let counted = |request: &Request| {
        let trace = trace_of(request);
        let options = FilmOptions { width: 640, fps: None };
        let (film, pages) = written_by(|| trace.gif(Style::default(), options, ""));
        assert_eq!(film.expect("a film").1.frames, pages.len());
        let said = |page: &Written, word: &str| {
            let told = page.texts.iter().find_map(|text| text.text.strip_prefix(word)?.parse::<usize>().ok());
            told.filter(|_| !page.texts.is_empty())
        };
        pages.iter().map(|page| (said(page, "step "), said(page, "epoch "))).collect::<Vec<_>>()
    };
    // Three rows, one by one.
    let hours = asked("hours").vary("alpha", Axis::one(0.01)).gtol(0.0).steps(9);
    let expected: Vec<_> = (0..=9).map(|step| (Some(step), Some(step / 3))).collect();
    assert_eq!(counted(&hours.clone().batch(read("each"))), expected);
    // Where a step is an epoch, and where there are no data, one count is enough.
    assert!(counted(&hours.batch(read("full"))).iter().all(|(step, epoch)| step.is_some() && epoch.is_none()));
    assert!(counted(&lecture("1").steps(9)).iter().all(|(step, epoch)| step.is_some() && epoch.is_none()));
}

/// A saddle at which a descent came to rest has a mark of its own: an upright cross, where minima have a slanting one.
#[test]
fn saddles_are_marked() {
    let of = |starts: &str| {
        let wells = asked("(x^2-1)^2/4 + y^2").vary("x_start", along(starts)).set("alpha", 0.2).set("y_start", 1.0);
        Picture::of(&trace_of(&wells.steps(400)))
    };
    let (with, without) = (of("0,0.5"), of("-0.5,0.5"));
    assert!(with.text("saddle").is_some() && without.text("saddle").is_none());
    let paper = PALETTES[0].paper;
    // Paper within the ends of a cross's arms, beyond the mark of a path's end.
    let arms = |picture: &Picture, at: (f64, f64), slanting: bool| {
        let panel = picture.panel("the loss, darker");
        let (x, y) = (picture.place(panel, false, at.0), picture.place(panel, true, at.1));
        let far = |sides: [f64; 2]| {
            let (x, y) = (x + sides[0], y + sides[1]);
            picture.count([x - 1.5, y - 1.5, x + 1.5, y + 1.5].map(|side| side.round() as usize), paper) > 0
        };
        if slanting { far([-6.5, 6.5]) && far([6.5, -6.5]) } else { far([-8.5, 0.0]) && far([8.5, 0.0]) }
    };
    assert!(arms(&with, (0.0, 0.0), false) && !arms(&with, (0.0, 0.0), true), "a saddle");
    assert!(arms(&with, (1.0, 0.0), true) && !arms(&with, (1.0, 0.0), false), "a minimum");
    assert!(!arms(&without, (0.0, 0.0), false), "no saddle is known");
}

/// Slow at first; and what it leaves out is said.
#[test]
fn a_film_begins_slowly_and_says_what_it_skips() {
    let made = |steps: u64, fps: Option<u32>| {
        let trace = trace_of(&lecture("0.001,6").steps(steps).gtol(0.0));
        let (bytes, written) = written_by(|| trace.gif(Style::default(), FilmOptions { width: 800, fps }, ""));
        let delays: Vec<u16> = Pixels::film(&bytes.expect("a film").0).into_iter().map(|(_, delay)| delay).collect();
        let skips = written.iter().map(|page| page.texts.iter().any(|text| text.text.contains("skipped")));
        (delays, skips.collect::<Vec<bool>>())
    };
    let (delays, skips) = made(5000, None);
    assert!(delays[0] >= 60 && delays[1] >= 50 && delays[..20].is_sorted_by(|a, b| a >= b), "{delays:?}");
    assert!(delays[30] < 10 && delays[30] == delays[100], "{delays:?}");
    assert!(skips[..10].iter().all(|skips| !skips), "the first steps are all there");
    assert!(skips[skips.len() - 50..].iter().all(|skips| *skips), "later ones are not");
    let (delays, skips) = made(30, Some(10));
    assert!(delays[..30].iter().all(|delay| *delay == 10), "{delays:?}");
    assert!(skips.iter().all(|skips| !skips));
}
