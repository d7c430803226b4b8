//! What a trace shows besides the paths: the model of an objective, its predictions, its fit among the rows, shown formulas.

#![allow(clippy::unreadable_literal, reason = "published numbers stand as they were printed")]

use crate::common::pixels::Picture;
use crate::common::{along, asked, read};
use alphasweep::draw::{PALETTES, Style, Trace, written_by};
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::{Watch, trace};
use alphasweep::expr::{Graph, evaluate_over};
use alphasweep::problem::catalog::OBJECTIVES;
use alphasweep::problem::{Data, Model, Objective, data_row, draw, parse_csv};
use alphasweep::sweep::{Beside, Precision, Request, Shown};
use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn alphasweep(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    command.current_dir(folder).arg("trace").args(arguments);
    command
}

/// Runs it; what it told, and its trace.json.
fn traced(folder: &TempDir, arguments: &[&str]) -> (String, Value) {
    let output = alphasweep(folder, arguments).assert().success().get_output().clone();
    let json = fs::read(folder.path().join("trace-out/trace.json")).expect("trace.json");
    (String::from_utf8_lossy(&output.stderr).into_owned(), serde_json::from_slice(&json).expect("JSON"))
}

const NO_PICTURES: [&str; 2] = ["--no-png", "--no-gif"];
/// The published descent on hours of study, over all rows: w goes from 1 to 2.
const HOURS: [&str; 7] = ["hours", "--alpha", "0.01", "--steps", "100", "--gtol", "0"];

#[test]
fn predictions_are_the_published_numbers() {
    let folder = folder();
    let full = [&HOURS[..], &["--predict", "x=4"], &NO_PICTURES].concat();
    let (told, json) = traced(&folder, &full);
    assert_eq!(json["descents"][0]["predictions"][0]["value"], 7.999777758621207);
    assert_eq!(json["descents"][0]["predictions"][0]["at"]["x"], 4.0);
    assert!(told.contains("predicts 7.999777758621207 for x = 4"), "{told}");
    let w = json["descents"][0]["parameters"][0].as_f64().expect("w");
    assert!(told.contains(&format!("w = {w}")), "the final parameters are told in all digits: {told}");
    let each = ["hours", "--alpha", "0.01", "--batch", "each", "--steps", "300", "--gtol", "0", "--predict", "x = 4"];
    let (_, json) = traced(&folder, &[&each[..], &["--predict", "x=-2/4"], &NO_PICTURES].concat());
    let predictions = &json["descents"][0]["predictions"];
    assert_eq!(predictions[0]["value"], 7.9999999999996945);
    assert_eq!(predictions[1]["value"], -0.5 * 7.9999999999996945 / 4.0);
    assert_eq!(json["spec"]["model"], serde_json::json!({"formula": "w*x", "target": "y", "is_probability": false}));
}

/// Two inputs and a target between 0 and 1.
const TABLE: &str = "x,z,y\n-2,1,0\n-1,0.5,0\n0.5,3,1\n1,-1,0\n2,0,1\n3,2,1\n";

fn table() -> Data {
    parse_csv(TABLE.as_bytes(), "t.csv").expect("a table")
}

fn model_of(text: &str, data: &Data) -> Option<Model> {
    let formula = text.parse().expect("a formula");
    Model::find(&Objective::over(&formula, &[], Some(data)).unwrap_or_else(|error| panic!("{text}: {error}")))
}

#[test]
fn the_model_is_found_in_objectives_as_people_write_them() {
    let cases = [
        ("mean((w*x+b-y)^2)", "w*x + b"),
        ("mean((y-(w*x+b))^2)", "w*x + b"),
        ("mean((y-w*x-b)^2)", "w*x + b"),
        ("mean((b+w*x-y)^2)", "w*x + b"),
        ("mean((w*x-y+b)^2)", "w*x + b"),
        ("(w*x+b-y)^2", "w*x + b"),
        ("sum((w*x-y)^2)/2", "w*x"),
        ("mean(abs(w*x+b-y))", "w*x + b"),
        ("sqrt(mean((w*x+b-y)^2))", "w*x + b"),
        ("mean(huber(w*x+b-y, 1))", "w*x + b"),
        ("mean(ln(cosh(w*x+b-y)))", "w*x + b"),
        ("mean((w*x+b-y)^2) + 0.1*w^2", "w*x + b"),
        ("r = w*x+b-y; mean(r*r)", "w*x + b"),
        ("mean((a*x+c*z+b-y)^2)", "a*x + c*z + b"),
        ("mean((w*x+z-y)^2)", "w*x + z"),
        ("mean((y-z-w*x)^2)", "w*x + z"),
        ("mean((a*exp(-(x-c)^2)-y)^2)", "a*exp(-((x - c)*(x - c)))"),
        ("mean((v*tanh(w*x+b)-y)^2)", "v*tanh(w*x + b)"),
    ];
    for (text, expected) in cases {
        let model = model_of(text, &table()).unwrap_or_else(|| panic!("no model in {text}"));
        assert_eq!((model.expression.text(), model.target.as_deref()), (expected, Some("y")), "{text}");
        assert!(!model.is_probability, "{text}");
    }
    let probabilities = [
        ("(y-sigmoid(w*x+b))^2/2", "sigmoid(w*x + b)"),
        ("mean((1/(1+exp(-(w*x+b)))-y)^2)", "1/(exp(-(w*x + b)) + 1)"),
        ("softplus(w*x+b) - y*(w*x+b)", "sigmoid(w*x + b)"),
        ("mean(ln(1+exp(w*x+b)) - y*(w*x+b))", "sigmoid(w*x + b)"),
        ("mean(log1p(exp(w*x)) - w*x*y)", "sigmoid(w*x)"),
        ("mean(softplus(-(w*x+b)) + (1-y)*(w*x+b))", "sigmoid(w*x + b)"),
        ("mean(max(w*x+b,0) - y*(w*x+b) + ln(1+exp(-abs(w*x+b))))", "sigmoid(w*x + b)"),
        ("-mean(y*ln(sigmoid(w*x+b)) + (1-y)*ln(1-sigmoid(w*x+b)))", "sigmoid(w*x + b)"),
        ("p = sigmoid(w*x+b); mean(-y*log(p) - (1-y)*log(1-p)) + w^2", "sigmoid(w*x + b)"),
        ("mean(y*softplus(-(w*x+b)) + (1-y)*softplus(w*x+b))", "sigmoid(w*x + b)"),
    ];
    for (text, expected) in probabilities {
        let model = model_of(text, &table()).unwrap_or_else(|| panic!("no model in {text}"));
        assert_eq!((model.expression.text(), model.target.as_deref()), (expected, Some("y")), "{text}");
        assert!(model.is_probability, "{text}");
    }
}

#[test]
fn no_model_is_told_from_other_objectives() {
    let others = [
        "mean(exp(w*x+b) - y*(w*x+b))",
        "mean(max(0, 1-y*(w*x+b)))",
        "mean(softplus(-y*(w*x+b)))",
        "mean((w*x-y)^2) + mean((v*z-y)^2)",
        "mean((sqrt((x-a)^2+(y-b)^2)-r)^2)",
        "mean((w*x+b-2*y)^2)",
        "mean((w*x-x)^2)",
        "mean((y/(w*x+b)-1)^2)",
        "w^2*mean(x) + b^2",
        // The signs are wrong: no log loss.
        "mean(softplus(w*x+b) + y*(w*x+b))",
        "mean(softplus(w*x+b) - y*(w*x-b))",
    ];
    for text in others {
        let model = model_of(text, &table());
        assert!(model.is_none(), "{text} has no model, and {model:?} was found");
    }
    let catalog = ["lecture", "rosenbrock", "rastrigin", "himmelblau", "double-well"];
    for name in catalog {
        let objective = Objective::new(name, &[]).expect("a row");
        assert!(Model::find(&objective).is_none_or(|model| model.inputs.is_empty()), "{name}");
    }
}

/// What a graph is written as reads back to the same numbers, bit for bit: for every objective of the catalog.
#[test]
fn a_written_graph_reads_back_to_the_same_numbers() {
    for row in OBJECTIVES {
        let data = data_row(row.data).map(|row| draw(row, 0));
        let constants: Vec<(String, f64)> = row.constants.iter().map(|(name, v)| ((*name).to_owned(), *v)).collect();
        let value = |text: &str, constants: &[(String, f64)]| {
            let objective = Objective::over(&text.parse().expect("a formula"), constants, data.as_ref());
            let objective = objective.unwrap_or_else(|error| panic!("{}: {text}: {error}", row.name));
            let mut graph = Graph::new();
            let loss = objective.lower(&mut graph).expect("a loss");
            let known = |name: &String| {
                let constant = objective.constants().iter().find(|(known, _)| known == name);
                // Any numbers that differ, by name, because names may come in another order.
                constant.map_or(0.37 + name.bytes().map(f64::from).sum::<f64>() / 301.0, |(_, value)| *value)
            };
            let inputs: Vec<f64> = graph.inputs().iter().map(known).collect();
            let columns: Vec<&[f64]> = graph
                .columns()
                .iter()
                .map(|name| data.as_ref().and_then(|data| data.column(name)).expect("a column"))
                .collect();
            let written = graph.written(loss).expect("a text");
            (evaluate_over(&graph, &[loss], &inputs, &columns)[0], written)
        };
        let (first, text) = value(row.name, &[]);
        let (again, _) = value(&text, &constants);
        assert_eq!(first.to_bits(), again.to_bits(), "{}: {text}", row.name);
    }
}

/// The rows of trace.csv as numbers, with its header.
fn csv(folder: &TempDir) -> (Vec<String>, Vec<Vec<f64>>) {
    let text = fs::read_to_string(folder.path().join("trace-out/trace.csv")).expect("trace.csv");
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<String>>());
    let header = lines.next().expect("a header");
    (header, lines.map(|line| line.iter().map(|field| field.parse().expect("a number")).collect()).collect())
}

#[test]
fn shown_columns_are_what_the_csv_s_own_parameters_give() {
    let folder = folder();
    let shown = ["--show", "mae=mean(abs(a*x+b-y))", "--show", "r2=1-mean((a*x+b-y)^2)/mean((y-mean(y))^2)"];
    let arguments = ["line", "--alpha", "0.01,0.1", "--steps", "40", "--show", "far=hypot(a-2,b-1)"];
    let (told, json) = traced(&folder, &[&arguments[..], &shown, &NO_PICTURES].concat());
    let (header, rows) = csv(&folder);
    let at = |name: &str| header.iter().position(|known| known == name).unwrap_or_else(|| panic!("no {name}"));
    assert_eq!(header[header.len() - 3..], ["far", "mae", "r2"]);
    let data = draw(data_row("line").expect("a row"), 0);
    let (x, y) = (data.column("x").expect("x"), data.column("y").expect("y"));
    let count = y.len() as f64;
    let mean_y = y.iter().sum::<f64>() / count;
    let expected = |row: &[f64]| {
        let (a, b) = (row[at("a")], row[at("b")]);
        let residuals: Vec<f64> = x.iter().zip(y).map(|(x, y)| a * x + b - y).collect();
        let squares: f64 = residuals.iter().map(|r| r * r).sum();
        let total: f64 = y.iter().map(|y| (y - mean_y).powi(2)).sum();
        let mae = residuals.iter().map(|r| r.abs()).sum::<f64>() / count;
        [((a - 2.0).powi(2) + (b - 1.0).powi(2)).sqrt(), mae, 1.0 - squares / total]
    };
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * (1.0 + a.abs());
    let columns = ["far", "mae", "r2"].map(at);
    assert_eq!(rows.len(), 2 * 41);
    for row in &rows {
        let wanted = expected(row);
        assert!(columns.iter().zip(wanted).all(|(column, wanted)| close(row[*column], wanted)), "{row:?}: {wanted:?}");
    }
    // The check sees a column that is one step late.
    let late = rows.windows(2).filter(|pair| !close(pair[0][columns[1]], expected(&pair[1])[1])).count();
    assert!(late > 70, "only {late} rows differ from their next");
    let last = expected(rows.last().expect("rows"));
    assert!(close(json["descents"][1]["shown"]["mae"].as_f64().expect("a number"), last[1]));
    assert!(told.contains(&format!("mae = {}", rows.last().expect("rows")[columns[1]])), "{told}");
}

#[test]
fn standardised_columns_are_asked_in_the_scale_of_the_data() {
    let folder = folder();
    let row = |at: u32| {
        let (size, age) = (80.0 + f64::from(at * 7 % 40), f64::from(at * at % 23));
        format!("{size},{age},{}\n", 3.0 * size - 2.0 * age + 50.0 + f64::from(at % 3))
    };
    let text = format!("size,age,price\n{}", (0..40).map(row).collect::<Vec<_>>().concat());
    fs::write(folder.path().join("d.csv"), &text).expect("a file");
    let data = parse_csv(text.as_bytes(), "d.csv").expect("a table");
    let moments = |name: &str| {
        let values = data.column(name).expect("a column");
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt())
    };
    let scaled = |name: &str, value: f64| (value - moments(name).0) / moments(name).1;
    for standardize in ["--standardize", "--standardize=all"] {
        let objective = ["mean((a*size+c*age+b-price)^2)", "--data", "d.csv", "--alpha", "0.1", "--start", "0"];
        let asked = ["--predict", "size=100, age=20", standardize, "--steps", "30"];
        let (_, json) = traced(&folder, &[&objective[..], &asked, &NO_PICTURES].concat());
        let names: Vec<&str> =
            json["spec"]["parameters"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
        let of = |name: &str| {
            let at = names.iter().position(|known| *known == name).expect("a parameter");
            json["descents"][0]["parameters"][at].as_f64().expect("a number")
        };
        let value = of("a") * scaled("size", 100.0) + of("c") * scaled("age", 20.0) + of("b");
        let (mean, deviation) = moments("price");
        let all = standardize.ends_with("all");
        let expected = if all { value * deviation + mean } else { value };
        let found = json["descents"][0]["predictions"][0]["value"].as_f64().expect("a prediction");
        assert!((found - expected).abs() < 1e-9 * expected.abs(), "{standardize}: {found}, expected {expected}");
        // Without the scale it is another number by far.
        let plain = of("a") * 100.0 + of("c") * 20.0 + of("b");
        assert!((found - plain).abs() > 1.0, "{standardize}: {plain}");
    }
}

/// What is looked for in the pixels of a fit.
trait Lines {
    fn is_line(&self, x: usize, y: usize) -> bool;
    fn line_near(&self, x: f64, y: f64) -> Option<f64>;
}

impl Lines for Picture {
    /// Whether a line of a model is there: dark or of a colour. Frames are avoided by the place, grids and rows are grey.
    fn is_line(&self, x: usize, y: usize) -> bool {
        let pixel = self.at(x, y).map(u32::from);
        let (least, most) = (pixel.into_iter().min().unwrap_or(0), pixel.into_iter().max().unwrap_or(0));
        pixel.iter().sum::<u32>() < 3 * 135 || most - least > 50
    }

    /// The middle of the line in a column of pixels that is next to `y`, at most three pixels away.
    fn line_near(&self, x: f64, y: f64) -> Option<f64> {
        let x = x.round() as usize;
        let dark = |y: &usize| *y < self.height() && self.is_line(x, *y);
        let near = (0..4).flat_map(|away| [y.round() as usize + away, (y.round() as usize).saturating_sub(away)]);
        let hit = near.into_iter().find(dark)?;
        let top = (0..=hit).rev().take_while(dark).last()?;
        let bottom = (hit..self.height()).take_while(dark).last()?;
        Some((top + bottom) as f64 / 2.0 + 0.5)
    }
}

/// Where values stand, found from where the rows stand.
struct Places {
    x: (f64, f64),
    y: (f64, f64),
}

impl Places {
    /// By the dots of the rows in the panel below the others: the leftmost is at `first`, the rightmost at `last`. They are ink with
    /// an edge of paper, over every line.
    fn of(pixels: &Picture, first: (f64, f64), last: (f64, f64)) -> Self {
        let is_ink = |x: usize, y: usize| pixels.at(x, y) == PALETTES[0].ink;
        let is_solid = |x: usize, y: usize| (x - 1..=x + 1).all(|x| (y - 1..=y + 1).all(|y| is_ink(x, y)));
        let below = pixels.height() * 2 / 5..pixels.height() - 1;
        let mut dots: Vec<(usize, usize)> = Vec::new();
        for (x, y) in (1..pixels.width - 1).flat_map(|x| below.clone().map(move |y| (x, y))) {
            if is_solid(x, y) && !dots.iter().any(|dot| dot.0.abs_diff(x) < 6 && dot.1.abs_diff(y) < 6) {
                dots.push((x, y));
            }
        }
        // The middle of what is dark there.
        let middle = |(x, y): &(usize, usize)| {
            let around = (x - 4..=x + 4).flat_map(|x| (y - 4..=y + 4).map(move |y| (x, y)));
            let grey = around.filter(|(x, y)| {
                let pixel = pixels.at(*x, *y);
                pixel.iter().max().unwrap_or(&0) - pixel.iter().min().unwrap_or(&0) < 30
            });
            let (mut all, mut sum) = (0.0, (0.0, 0.0));
            for (x, y) in grey {
                let dark = f64::from(u8::MAX) - f64::from(pixels.at(x, y)[0]);
                (all, sum) = (all + dark, (sum.0 + dark * (x as f64 + 0.5), sum.1 + dark * (y as f64 + 0.5)));
            }
            (sum.0 / all, sum.1 / all)
        };
        let (left, right) = (middle(dots.first().expect("a row")), middle(dots.last().expect("a row")));
        let line = |a: (f64, f64), b: (f64, f64)| {
            let slope = (b.1 - a.1) / (b.0 - a.0);
            (a.1 - slope * a.0, slope)
        };
        Self { x: line((first.0, left.0), (last.0, right.0)), y: line((first.1, left.1), (last.1, right.1)) }
    }

    fn place(&self, x: f64, y: f64) -> (f64, f64) {
        (self.x.0 + self.x.1 * x, self.y.0 + self.y.1 * y)
    }

    /// The share of places along `y = w·x` at which there is a line.
    fn share(&self, pixels: &Picture, w: f64) -> f64 {
        let hit = |at: &i32| {
            let (x, y) = self.place(1.2 + 1.6 * f64::from(*at) / 200.0, w * (1.2 + 1.6 * f64::from(*at) / 200.0));
            (0..3).any(|away| pixels.is_line(x as usize, y as usize + away - 1))
        };
        (0..200).filter(hit).count() as f64 / 200.0
    }
}

#[test]
fn the_lines_of_the_fit_stand_where_the_model_predicts() {
    let folder = folder();
    let (_, json) = traced(&folder, &[&HOURS[..], &["--no-gif"]].concat());
    let pixels = Picture::of_file(&folder.path().join("trace-out/trace.png"));
    let places = Places::of(&pixels, (1.0, 2.0), (3.0, 6.0));
    let w = json["descents"][0]["parameters"][0].as_f64().expect("w");
    for x in [1.25, 1.5, 1.75, 2.25, 2.5, 2.75] {
        let (at, expected) = places.place(x, w * x);
        let found = pixels.line_near(at, expected).unwrap_or_else(|| panic!("no line at x = {x}"));
        assert!((found - expected).abs() < 1.5, "x = {x}: {found}, expected {expected}");
    }
    // A step takes away 28/300 of the distance to 2.
    let after = |steps: i32| 2.0 - (1.0 - 28.0_f64 / 300.0).powi(steps);
    let (end, ten, start) = (places.share(&pixels, w), places.share(&pixels, after(10)), places.share(&pixels, 1.0));
    assert!(end > 0.95 && ten > 0.95, "bold at the end ({end}), thin after ten steps ({ten})");
    assert!((0.3..0.95).contains(&start), "dotted at the start: {start}");
    for elsewhere in [0.8, 1.3, 1.8] {
        let share = places.share(&pixels, elsewhere);
        assert!(share < 0.05, "there is no model of slope {elsewhere}: {share}");
    }
}

#[test]
fn the_film_shows_the_model_move() {
    let folder = folder();
    let arguments = ["hours", "--alpha", "0.01", "--steps", "30", "--gtol", "0", "--no-png"];
    traced(&folder, &arguments);
    let film = fs::read(folder.path().join("trace-out/trace.gif")).expect("the film");
    let films: Vec<Picture> = Picture::film(&film).into_iter().map(|(picture, _)| picture).collect();
    assert_eq!(films.len(), 31);
    let places = Places::of(&films[0], (1.0, 2.0), (3.0, 6.0));
    let (header, rows) = csv(&folder);
    let w = header.iter().position(|name| name == "w").expect("w");
    let mut seen = Vec::new();
    for (step, pixels) in films.iter().enumerate() {
        let (at, expected) = places.place(2.5, 2.5 * rows[step][w]);
        let found = pixels.line_near(at, expected).unwrap_or_else(|| panic!("step {step}: no line"));
        assert!((found - expected).abs() < 2.0, "step {step}: {found}, expected {expected}");
        seen.push(found);
    }
    assert!(seen[0] - seen[30] > 20.0, "it moves: {seen:?}");
    // Where it will be at the end, nothing is yet: at five steps of six, with the last ones left out.
    let (at, end) = places.place(2.5, 2.5 * rows[30][w]);
    assert!(films[..15].iter().all(|pixels| pixels.line_near(at, end).is_none()), "the end is shown before its time");
}

const CLASSES: &str = "x,y\n-2,0\n-1,0\n-0.5,1\n0.5,0\n1,1\n2,1\n3,1\n";

#[test]
fn a_classification_shows_a_probability() {
    let folder = folder();
    fs::write(folder.path().join("c.csv"), CLASSES).expect("a file");
    let objectives = ["cross-entropy", "sigmoid-mse", "mean(ln(1+exp(w*x+b))-y*(w*x+b))"];
    for objective in objectives {
        let arguments = [objective, "--data", "c.csv", "--alpha", "1", "--start", "-1", "--set", "b_start=0"];
        let asked = ["--predict", "x=-0.25", "--predict", "x=2.5", "--no-gif"];
        let (told, json) = traced(&folder, &[&arguments[..], &asked].concat());
        assert!(told.contains("the model is sigmoid(w*x + b), the probability that y is 1"), "{objective}: {told}");
        assert_eq!(json["spec"]["model"]["is_probability"], true);
        let of = |at: usize| json["descents"][0]["parameters"][at].as_f64().expect("a parameter");
        let sigmoid = |x: f64| 1.0 / (1.0 + (-(of(0) * x + of(1))).exp());
        for (at, x) in [-0.25, 2.5].into_iter().enumerate() {
            let found = json["descents"][0]["predictions"][at]["value"].as_f64().expect("a prediction");
            assert!((found - sigmoid(x)).abs() < 1e-14, "{objective}: {found}, expected {}", sigmoid(x));
        }
        let pixels = Picture::of_file(&folder.path().join("trace-out/trace.png"));
        let places = Places::of(&pixels, (-2.0, 0.0), (3.0, 1.0));
        for x in [-1.5, -0.75, 0.1, 0.75, 1.5] {
            let (at, expected) = places.place(x, sigmoid(x));
            let found = pixels.line_near(at, expected).unwrap_or_else(|| panic!("{objective}: no curve at {x}"));
            assert!((found - expected).abs() < 2.0, "{objective}, x = {x}: {found}, expected {expected}");
            let (bottom, top) = (places.place(x, -0.02).1 as usize, places.place(x, 1.02).1 as usize);
            assert!((top - 8..top).chain(bottom + 1..bottom + 8).all(|y| !pixels.is_line(at as usize, y)));
        }
    }
    // Without data the constants of the catalog are its one row.
    let (_, json) = traced(&folder, &["cross-entropy", "--alpha", "1", "--no-gif", "--predict", "x=0"]);
    assert_eq!(json["spec"]["model"]["formula"], "sigmoid(w*x + b)");
}

fn shown(request: &Request, beside: Beside) -> Trace {
    let descents = request.clone().precision(Precision::F64).descents(&[read("gd")], 64).expect("descents");
    let descents = descents.showing(beside).expect("what is shown");
    let paths = trace(&CpuEngine::new(Some(1)).expect("an engine"), &descents, &Watch::silent()).expect("paths");
    Trace::new(descents, paths)
}

/// What is written on the picture.
fn words(trace: &Trace) -> Vec<String> {
    let (picture, written) = written_by(|| trace.png(Style::default(), 1280, ""));
    picture.expect("a picture");
    written.iter().flat_map(|written| &written.texts).map(|text| text.text.clone()).collect()
}

#[test]
fn the_fit_is_over_the_column_with_most_influence_or_the_one_that_is_asked_for() {
    let row = |at: i32| format!("{},{},{}\n", at % 17, at % 5, 3 * (at % 17) + at % 5);
    let many = (0..5000).map(row).collect::<Vec<_>>().concat();
    let data = parse_csv(format!("wide,small,y\n{many}").as_bytes(), "d.csv").expect("a table");
    let request = asked("mean((a*wide+a*small-y)^2)").data(data).vary("alpha", along("0.001")).steps(5);
    let has = |words: &[String], word: &str| words.iter().any(|text| text == word);
    let usual = words(&shown(&request, Beside::default()));
    assert!(has(&usual, "wide") && !has(&usual, "small"), "{usual:?}");
    assert!(usual.iter().any(|text| text.contains("2000 of 5000 rows")), "{usual:?}");
    let asked = words(&shown(&request, Beside { fit_x: Some("small".to_owned()), ..Beside::default() }));
    assert!(has(&asked, "small") && !has(&asked, "wide"), "{asked:?}");
    let formula = Shown { name: "size".to_owned(), expression: "abs(a)".parse().expect("a formula") };
    let curve = words(&shown(&request, Beside { shown: vec![formula], ..Beside::default() }));
    assert!(has(&curve, "size") && has(&curve, "size = abs(a)"), "{curve:?}");
    let without = words(&shown(&asked_without_model(), Beside::default()));
    assert!(!without.iter().any(|text| text.contains("the fit")), "{without:?}");
}

fn asked_without_model() -> Request {
    asked("mean(exp(w*x)-y*(w*x))").data(table()).vary("alpha", along("0.001")).set("w_start", 0.1).steps(3)
}

#[test]
fn a_model_can_be_given_and_none_is_said() {
    let folder = folder();
    fs::write(folder.path().join("t.csv"), TABLE).expect("a file");
    let poisson = ["mean(exp(w*x+b)-y*(w*x+b))", "--data", "t.csv", "--alpha", "0.01", "--start", "0"];
    let (told, json) = traced(&folder, &[&poisson[..], &NO_PICTURES].concat());
    assert!(told.contains("no model can be told from `mean(exp(w*x+b)-y*(w*x+b))`"), "{told}");
    assert!(told.contains("--model \"w*x+b\""), "{told}");
    assert!(json["spec"].get("model").is_none());
    let given = ["--model", "exp(w*x+b)", "--predict", "x=1"];
    let (told, json) = traced(&folder, &[&poisson[..], &given, &NO_PICTURES].concat());
    assert!(told.contains("the model is exp(w*x+b), which predicts y"), "{told}");
    let of = |at: usize| json["descents"][0]["parameters"][at].as_f64().expect("a parameter");
    let found = json["descents"][0]["predictions"][0]["value"].as_f64().expect("a prediction");
    assert!((found - (of(0) + of(1)).exp()).abs() < 1e-14, "{found}");
    let named = ["mean((w*x+v*z-y)^2)", "--data", "t.csv", "--alpha", "0.01", "--model", "z = w*x"];
    let (told, _) = traced(&folder, &[&named[..], &NO_PICTURES].concat());
    assert!(told.contains("the model is w*x, which predicts z"), "{told}");
}

#[test]
fn wrong_questions_are_refused_with_the_way_out() {
    let two = "mean((a*x+c*z+b-y)^2)";
    let cases: [(&[&str], &[&str]); 14] = [
        (&["hours", "--predict", "z=4"], &["--predict z=4", "reads no column `z`", "it reads x"]),
        (&["hours", "--predict", "4"], &["--predict 4", "expected COLUMN=VALUE", "x=4"]),
        (&["hours", "--predict", "x=inf"], &["--predict x=inf", "finite"]),
        (&["hours", "--predict", "x=1,x=2"], &["--predict x=1,x=2", "given twice"]),
        (&[two, "--data", "t.csv", "--predict", "x=1"], &["--predict x=1", "also reads z", "\"x=1,z=1\""]),
        (&["lecture", "--predict", "x=4"], &["--predict x=4", "no model can be told", "--model"]),
        (&["hours", "--fit-x", "y"], &["--fit-x y", "reads no column `y`", "it reads x"]),
        (&["lecture", "--fit-x", "x"], &["--fit-x x", "no model can be told", "--model"]),
        (&["hours", "--show", "mean(abs(w*x-y))"], &["--show mean(abs(w*x-y))", "NAME=FORMULA", "mae="]),
        (&["hours", "--show", "mae=mean(abs(v*x-y))"], &["--show mae=", "`v` is nothing in this problem", "w, x, y"]),
        (&["hours", "--show", "mae=abs(w*x-y)"], &["--show mae=", "row to row", "mean(abs(w*x-y))"]),
        (&["hours", "--show", "loss=w"], &["--show loss=w", "already", "another name"]),
        (&["hours", "--model", "v*x"], &["--model v*x", "`v` is nothing in this problem"]),
        (&["hours", "--model", "k = w*x"], &["--model", "`k` is no column", "x, y"]),
    ];
    for (arguments, expected) in cases {
        let folder = folder();
        fs::write(folder.path().join("t.csv"), TABLE).expect("a file");
        let output = alphasweep(&folder, arguments).args(["--alpha", "0.01"]).assert().code(2).get_output().clone();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.starts_with("error: "), "{arguments:?} says:\n{told}");
        for part in expected {
            assert!(told.contains(part), "{arguments:?}: `{part}` is missing in:\n{told}");
        }
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1, "{arguments:?} left something");
    }
}

/// A map of the loss over very many rows would take minutes.
#[test]
fn over_very_many_rows_the_loss_is_not_drawn_and_that_is_said() {
    let drawn = |rows: usize| {
        let lines = (0..rows).map(|row| format!("{row},{}", 2 * row + 1));
        let text = std::iter::once("x,y".to_owned()).chain(lines).collect::<Vec<_>>().join("\n");
        let data = parse_csv(text.as_bytes(), "rows.csv").expect("a table");
        let request = asked("mean((w*(x/10000)+b-y/10000)^2)").data(data).vary("alpha", along("0.3")).steps(20);
        let words = words(&shown(&request, Beside::default()));
        let says = |part: &str| words.iter().any(|text| text.contains(part));
        (says("darker where it is lower"), says("not drawn over so many rows"))
    };
    assert_eq!(drawn(100), (true, false));
    assert_eq!(drawn(20_000), (false, true));
}
