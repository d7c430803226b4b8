//! Pictures that can be read: every kind of them in every palette and at two scales, by what is written on them and where; and
//! lines that are smooth where they slant and crisp where they do not, by their pixels.

mod common;

use alphasweep::analysis::bifurcation::{Asked, Bifurcation};
use alphasweep::analysis::theory::Known;
use alphasweep::analysis::{Landscape, Tally};
use alphasweep::draw::{
    BifurcationPicture, ColumnMap, Curves, Film, FilmFrame, FilmOptions, Heatmap, LinePlot, PALETTES, Rgb, Style,
    TextBox, TickScale, Trace, Written, figures, ticks, with_minus, written_by,
};
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::{Output, Watch, collect, trace};
use alphasweep::problem::Rule;
use alphasweep::sweep::{
    Beside, FormulaSweep, Measure, NetworkRequest, Precision, Request, Shown, Sweep, TileOutcomes,
};
use common::pixels::Picture;
use common::{Random, along, asked, read};
use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// A drawn file, and what is written on it or on its frames.
struct Drawn {
    name: String,
    bytes: Vec<u8>,
    written: Vec<Written>,
}

fn engine() -> CpuEngine {
    CpuEngine::new(Some(2)).expect("an engine")
}

fn computed(request: &Request) -> (FormulaSweep, TileOutcomes) {
    let spec = request.clone().precision(Precision::F64).resolve().expect("a sweep");
    let tile = collect(&engine(), &Sweep::from(&spec)).expect("a map");
    (spec, tile)
}

fn drawn(name: &str, draw: impl FnOnce() -> std::io::Result<Vec<u8>>) -> Drawn {
    let (bytes, written) = written_by(draw);
    Drawn { name: name.to_owned(), bytes: bytes.expect("a picture"), written }
}

const FOOTER: &str = "cpu (2 threads (x86_64)), f64  ·  alphasweep 0.1.0";

/// Maps and curves of a sweep.
fn of_sweep(name: &str, request: &Request, style: Style) -> Vec<Drawn> {
    let (spec, tile) = computed(request);
    let mut tally = Tally::new(&spec);
    tally.tile(&tile).expect("a tally");
    let (summary, known) = (tally.finish(Duration::ZERO), Known::of(&spec, None));
    if spec.y.is_none() {
        let mut plot = LinePlot::new(&spec, style);
        plot.tile(&tile).expect("a curve");
        return vec![
            drawn(&format!("{name}-curve.png"), || plot.png(&summary, &known, FOOTER)),
            drawn(&format!("{name}-curve.svg"), || plot.svg(&summary, &known, FOOTER)),
        ];
    }
    let mut heatmap = Heatmap::new(&spec, style);
    heatmap.tile(&tile).expect("a map");
    let mut all = vec![
        drawn(&format!("{name}-map.png"), || heatmap.png(&summary, &known, FOOTER)),
        drawn(&format!("{name}-map.svg"), || heatmap.svg(&summary, &known, FOOTER)),
    ];
    for column in ["loss_final", "steps"] {
        let column = spec.numbers().find(|known| known.name == column).expect("a column");
        let mut map = ColumnMap::new(&spec, column, style);
        map.tile(&tile).expect("a map");
        all.push(drawn(&format!("{name}-{}.png", column.name), || map.png(FOOTER)));
    }
    all
}

fn network(style: Style) -> Vec<Drawn> {
    let row = NetworkRequest::named("trainability").expect("a row");
    let request = NetworkRequest { history: Some(3), ..row }.measure(Measure::Sharpness);
    let axes = request.vary("alpha_1", along("log:1e-3:1e6:14")).vary("alpha_2", along("log:1e-3:1e6:5")).steps(24);
    let spec = axes.resolve().expect("a sweep");
    let tile = collect(&engine(), &Sweep::from(&spec)).expect("a map");
    let mut curves = Curves::new(&spec, style).expect("a history");
    curves.tile(&tile).expect("curves");
    let column = spec.numbers().find(|known| known.name == "measure").expect("a column");
    let mut map = ColumnMap::new(&spec, column, style);
    map.tile(&tile).expect("a map");
    vec![
        drawn("history.png", || curves.png(FOOTER)),
        drawn("history-sharpness.png", || curves.sharpness_png(FOOTER)),
        drawn("measure.png", || map.png(FOOTER)),
    ]
}

fn film(style: Style) -> Drawn {
    let base = asked("lecture").rule(read("momentum")).vary("alpha", along("lin:0.02:12:60"));
    let base = base.vary_start(along("lin:-10:10:34")).steps(40);
    let (spec, _) = computed(&base.clone().set("momentum", 0.5));
    let mut film = Film::new(&spec, "momentum", style).expect("two axes");
    for momentum in [0.0, 0.5, 0.93] {
        let (spec, tile) = computed(&base.clone().set("momentum", momentum));
        let mut frame = FilmFrame::new(&spec, style);
        frame.tile(&tile).expect("a frame");
        film.push(&frame, momentum, &Known::of(&spec, None).theory);
    }
    drawn("film.gif", || {
        let mut bytes = Vec::new();
        film.write(&mut bytes).map(|()| bytes)
    })
}

fn landscape(name: &str, request: Request, style: Style) -> Drawn {
    let (spec, tile) = computed(&request.set("alpha", 1.0).steps(0).gtol(0.0));
    let mut landscape = Landscape::new(&spec);
    landscape.tile(&tile).expect("losses");
    let minima: Vec<Vec<f64>> = landscape.lowest().into_iter().map(|lowest| lowest.parameters).collect();
    drawn(name, || landscape.png(style, &minima, FOOTER))
}

fn followed(request: &Request, rules: &[&str]) -> Trace {
    let rules: Vec<Rule> = rules.iter().map(|rule| read(rule)).collect();
    let descents = request.clone().precision(Precision::F64).descents(&rules, 64).expect("descents");
    let traced = trace(&engine(), &descents, &Watch::silent()).expect("paths");
    Trace::new(descents, traced)
}

fn of_trace(name: &str, request: Request, rules: &[&str], style: Style, film: Option<u32>) -> Vec<Drawn> {
    let trace = followed(&request, rules);
    let mut all = vec![drawn(&format!("{name}.png"), || trace.png(style, 1280, FOOTER))];
    if let Some(width) = film {
        let options = FilmOptions { width, fps: None };
        all.push(drawn(&format!("{name}-{width}.gif"), || trace.gif(style, options, FOOTER).map(|(bytes, _)| bytes)));
    }
    all
}

/// Every kind of picture.
fn pictures(style: Style) -> Vec<Drawn> {
    let lecture = |alpha: &str| asked("lecture").vary("alpha", along(alpha)).set("beta_start", -10.0);
    let map = |name: &str, alpha: &str, start: &str| asked(name).vary("alpha", along(alpha)).vary_start(along(start));
    let mut all = of_sweep("lecture", &map("lecture", "log:1e-10:10:300", "lin:-10:10:100").steps(300), style);
    all.extend(of_sweep("close", &map("lecture", "lin:1:1.0000001:50", "lin:-10:-9.99999999:40").steps(30), style));
    all.extend(of_sweep(
        "listed",
        &map("lecture", "0.1,1.00001,1.00002,4.05", "-123456.7,3,123456.78").steps(50),
        style,
    ));
    all.extend(of_sweep("double-well", &map("double-well", "lin:0.01:2:200", "lin:-4:4:80").steps(60), style));
    all.extend(of_sweep("himmelblau", &map("himmelblau", "log:1e-4:1:120", "lin:-5:5:80").steps(100), style));
    all.extend(of_sweep("logistic", &map("logistic-map", "lin:0.1:3:200", "lin:-2:2:100").steps(100), style));
    all.extend(of_sweep("both-signs", &map("x^3-3*x", "log:1e-3:1:120", "lin:-3:3:80").steps(30), style));
    all.extend(of_sweep("line", &lecture("lin:0.01:6:300").steps(200), style));
    all.extend(of_sweep("few", &lecture("0.1,1,3.9,4.05").steps(100), style));
    all.extend(network(style));
    all.push(film(style));
    let x = |text: &str| asked("(x-1)^2 + 1e-9").vary("x_start", along(text));
    all.push(landscape("landscape-curve.png", x("lin:-3:3:401"), style));
    all.push(landscape("landscape-close.png", x("lin:5:5.0000001:41"), style));
    let plane = asked("himmelblau").vary("x0_start", along("lin:-5:5:301")).vary("x1_start", along("lin:-5:5:301"));
    all.push(landscape("landscape-map.png", plane, style));
    let alphas = lecture("0.1,1,3.9,4.05");
    all.extend(of_trace("trace-one", alphas.steps(100), &["gd"], style, None));
    all.extend(of_trace("trace-away", lecture("4.05").steps(2000), &["gd"], style, Some(800)));
    all.extend(of_trace("trace-still", lecture("1e-10").steps(20), &["gd"], style, Some(480)));
    let plane = asked("himmelblau").vary("alpha", along("0.01")).steps(30);
    all.extend(of_trace("trace-two", plane, &["gd", "adam"], style, Some(800)));
    let three = asked("a^2+2*b^2+3*c^2").vary("alpha", along("0.1,0.4")).set("a_start", -10.0).steps(20);
    all.extend(of_trace("trace-three", three, &["gd"], style, Some(800)));
    all.extend(of_trace("trace-many", lecture("log:0.01:8:64").steps(100), &["gd"], style, None));
    let away = asked("himmelblau").vary("alpha", along("0.01,0.05")).steps(60);
    all.extend(of_trace("trace-leaving", away, &["gd", "momentum", "adam"], style, None));
    let data = asked("hours").vary("alpha", along("0.01,0.3")).batch(read("each")).steps(40);
    all.extend(of_trace("trace-data", data, &["gd"], style, Some(640)));
    all.extend(of_fits(style));
    all.push(edge_of_stability(style));
    let logistic = asked("logistic-map").set("x_start", 0.5);
    all.push(bifurcation("bifurcation.png", logistic.vary("alpha", along("lin:1.5:3:400")), style));
    let wells = asked("double-well").vary("alpha", along("lin:0.8:2:200")).vary_start(along("-0.5,0.5"));
    all.push(bifurcation("bifurcation-starts.png", wells, style));
    let parabola = asked("lecture").vary("alpha", along("lin:3:5:30")).set("beta_start", -10.0);
    all.push(bifurcation("bifurcation-none.png", parabola, style));
    all
}

fn edge_of_stability(style: Style) -> Drawn {
    let request = asked("four-factors").vary("alpha", along("0.02,0.055")).set("x_start", 3.0).set("y_start", 0.1);
    let descents = request.steps(120).precision(Precision::F64).descents(&[read("gd")], 64).expect("descents");
    let beside = Beside { sharpness: true, flow: true, ..Beside::default() };
    let descents = descents.showing(beside).expect("what is followed");
    let traced = trace(&engine(), &descents, &Watch::silent()).expect("paths");
    drawn("edge-of-stability.png", || Trace::new(descents, traced).png(style, 1280, FOOTER))
}

fn bifurcation(name: &str, request: Request, style: Style) -> Drawn {
    let spec = request.precision(Precision::F64).gtol(0.0).resolve().expect("a sweep");
    let asked = Asked { steps: 500, visits: 300 };
    let found = Bifurcation::new(spec, asked, &AtomicBool::new(false)).expect("a bifurcation");
    drawn(name, || BifurcationPicture { found: &found, of: 0, range: None, footer: FOOTER }.png(style))
}

/// Rows, models and shown numbers beneath the paths.
fn of_fits(style: Style) -> Vec<Drawn> {
    let shown = |formula: &str| Shown { name: "mae".to_owned(), expression: formula.parse().expect("a formula") };
    let cases = [
        ("line", "0.01,0.05", "mean(abs(a*x+b-y))"),
        ("hours", "0.01,0.1,0.3", "mean(abs(w*x-y))"),
        ("cross-entropy", "1", "abs(w*x+b)"),
    ];
    let mut all = Vec::new();
    for (name, alphas, formula) in cases {
        let request = asked(name).vary("alpha", along(alphas)).steps(30).precision(Precision::F64);
        let descents = request.descents(&[read("gd")], 64).expect("descents");
        let beside = Beside { shown: vec![shown(formula)], ..Beside::default() };
        let descents = descents.showing(beside).expect("what is shown");
        let traced = trace(&engine(), &descents, &Watch::silent()).expect("paths");
        let trace = Trace::new(descents, traced);
        let options = FilmOptions { width: 800, fps: None };
        all.push(drawn(&format!("fit-{name}.png"), || trace.png(style, 1280, FOOTER)));
        all.push(drawn(&format!("fit-{name}.gif"), || trace.gif(style, options, FOOTER).map(|(bytes, _)| bytes)));
    }
    all
}

fn overlap(a: &TextBox, b: &TextBox) -> bool {
    const TOUCH: f64 = 0.5;
    (0..2).all(|at| a.sides[at].max(b.sides[at]) + TOUCH < a.sides[at + 2].min(b.sides[at + 2]))
}

/// What is wrong with what is written on a picture.
fn faults(written: &Written) -> Vec<String> {
    let (width, height) = (f64::from(written.size.0), f64::from(written.size.1));
    let mut faults = Vec::new();
    for labels in &written.axes {
        // Where all descents take as many steps, a ramp of steps has one value.
        let one_value = written.texts.iter().any(|text| text.text == "steps");
        if labels.len() < 2 && !one_value {
            faults.push(format!("one label alone: {labels:?}"));
        }
        if labels.iter().collect::<HashSet<_>>().len() < labels.len() {
            faults.push(format!("the same label twice: {labels:?}"));
        }
    }
    for (at, text) in written.texts.iter().enumerate() {
        let [left, top, right, bottom] = text.sides;
        if left < 0.0 || top < 0.0 || right > width || bottom > height {
            faults.push(format!("outside the picture: {text:?} of {:?}", written.size));
        }
        if with_minus(&text.text) != text.text {
            faults.push(format!("a hyphen for a minus sign: {}", text.text));
        }
        // Seen 800 pixels wide, an em has at least seven.
        let em = f64::from(text.size) / 1.164 * 800.0 / width;
        if em < 7.0 {
            faults.push(format!("too small: {} has an em of {em:.1} pixels", text.text));
        }
        let others = written.texts[..at].iter().filter(|other| overlap(text, other));
        faults.extend(others.map(|other| format!("one over the other: {text:?} and {other:?}")));
    }
    faults
}

fn size_of(name: &str, bytes: &[u8]) -> Option<(u32, u32)> {
    let part = |from: usize, long: usize| bytes[from..from + long].iter().map(|byte| u32::from(*byte));
    match name.rsplit_once('.')?.1 {
        "png" => {
            Some((part(16, 4).fold(0, |all, byte| all << 8 | byte), part(20, 4).fold(0, |all, byte| all << 8 | byte)))
        }
        "gif" => Some((
            part(6, 2).rev().fold(0, |all, byte| all << 8 | byte),
            part(8, 2).rev().fold(0, |all, byte| all << 8 | byte),
        )),
        _ => None,
    }
}

/// Keeps a picture, to be looked at.
fn keep(name: &str, bytes: &[u8]) {
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), bytes).expect("a file");
}

#[test]
fn every_picture_can_be_read_in_every_palette_and_at_every_scale() {
    let mut wrong = Vec::new();
    for palette in &PALETTES {
        let mut sizes = Vec::new();
        for scale in [1, 2] {
            let all = pictures(Style { palette, scale, ..Style::default() });
            assert!(all.len() > 35, "{} pictures", all.len());
            for Drawn { name, bytes, written } in &all {
                keep(&format!("legibility-{}-{scale}-{name}", palette.name), bytes);
                assert!(!written.is_empty() && written.iter().all(|page| page.texts.len() > 5), "{name}");
                assert!(written.iter().all(|page| page.axes.len() > 1), "{name} has two axes");
                let faults: HashSet<String> = written.iter().flat_map(faults).collect();
                wrong.extend(faults.into_iter().map(|fault| format!("{} {scale} {name}: {fault}", palette.name)));
                let size = written[0].size;
                if let Some(file) = size_of(name, bytes) {
                    assert_eq!(file, (size.0 * scale, size.1 * scale), "{name}");
                }
            }
            sizes.push(all.iter().map(|drawn| drawn.written[0].size).collect::<Vec<_>>());
        }
        assert_eq!(sizes[0], sizes[1], "a scale changes no layout");
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is wrong is noticed.
#[test]
fn texts_that_cannot_be_read_are_noticed() {
    let style = Style::default();
    let request = asked("lecture").vary("alpha", along("log:0.01:10:40")).set("beta_start", -10.0);
    let good = of_sweep("good", &request, style).remove(0).written.remove(0);
    assert_eq!(faults(&good), Vec::<String>::new());
    let with = |change: &dyn Fn(&mut Written)| {
        let mut bad = good.clone();
        change(&mut bad);
        faults(&bad).concat()
    };
    assert!(with(&|bad| bad.texts[3].sides = bad.texts[2].sides).contains("one over the other"));
    assert!(with(&|bad| bad.texts[2].sides[2] = 5000.0).contains("outside"));
    assert!(with(&|bad| bad.texts[2].text = "α = -3".to_owned()).contains("a hyphen"));
    assert!(with(&|bad| bad.texts[2].size = 9).contains("too small"));
    assert!(with(&|bad| bad.axes[0].extend_from_within(..1)).contains("the same label twice"));
}

/// The number that a label stands for.
fn number(label: &str) -> f64 {
    const SMALL: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    let plain = with_minus(label).replace(['−', '⁻'], "-");
    let split = plain.rsplit_once("10").filter(|(_, power)| power.chars().any(|c| SMALL.contains(c)));
    let Some((leading, power)) = split else {
        return plain.parse().unwrap_or_else(|_| panic!("{label} is a number"));
    };
    let digit = |c: char| SMALL.chars().position(|small| small == c).map_or(c, |at| (b'0' + at as u8) as char);
    let leading = match leading {
        "" => "1".to_owned(),
        "-" => "-1".to_owned(),
        other => other.trim_end_matches('·').to_owned(),
    };
    let text = format!("{leading}e{}", power.chars().map(digit).collect::<String>());
    text.parse().unwrap_or_else(|_| panic!("{label} is a number: {text}"))
}

#[test]
fn labels_differ_and_are_the_numbers_where_they_stand() {
    let mut random = Random(5);
    let mut with_base = 0;
    for _ in 0..4000 {
        let (middle, width) = (random.either_sign(1e-12, 1e12), random.log_uniform(1e-13, 1e13));
        let (lo, hi) = (middle - width, middle + width);
        if hi - lo < 1e-13 * middle.abs() {
            continue;
        }
        let most = random.uniform(2.0, 15.0) as usize;
        let marks = ticks(TickScale::Linear, lo, hi, most);
        let labelled: Vec<(f64, &String)> =
            marks.marks.iter().filter_map(|tick| Some((tick.value, tick.label.as_ref()?))).collect();
        let told = format!("{lo:e} to {hi:e}: {:?} + {labelled:?}", marks.base);
        let labels: HashSet<&String> = labelled.iter().map(|(_, label)| *label).collect();
        assert_eq!(labels.len(), labelled.len(), "{told}");
        assert!(!labels.is_empty() && labels.len() <= most + 1, "{told}");
        assert!(labels.iter().all(|label| label.chars().count() <= 13), "{told}");
        let base = marks.base.as_ref().map_or(0.0, |base| number(base));
        for (value, label) in labelled {
            // Where numbers are so close, each is rounded.
            let near = 1e-6 * (hi - lo) + 1e-15 * middle.abs();
            assert!((base + number(label) - value).abs() <= near, "{label} at {value:e}: {told}");
        }
        with_base += usize::from(marks.base.is_some());
    }
    assert!(with_base > 300, "{with_base} with a base");
    let still = ticks(TickScale::Linear, -10.0, -9.999_999_94, 8);
    assert_eq!(still.base.as_deref(), Some("-10"));
    let labels: Vec<String> = still.marks.into_iter().filter_map(|tick| tick.label).collect();
    assert_eq!(labels[..3], ["0", "10⁻⁸", "2·10⁻⁸"]);
    assert_eq!(figures(&[1.00001, 1.00002, 3.0]), ["1.00001", "1.00002", "3"]);
}

#[test]
fn a_minus_sign_stands_before_numbers_and_a_hyphen_in_words() {
    let cases = [
        ("β₀ = -10, α = 1e-3", "β₀ = −10, α = 1e−3"),
        ("double-well, 784-50-10, rtx-4090", "double-well, 784-50-10, rtx-4090"),
        ("loss − (-3.2)", "loss − (−3.2)"),
        ("-∞ … -10¹⁵, --alpha -1", "−∞ … −10¹⁵, --alpha −1"),
    ];
    for (text, expected) in cases {
        assert_eq!(with_minus(text), expected);
    }
}

/// How far pixels in a box are from the paper to a line's colour, 0 to 1; none where a colour is on no such way.
fn shares(picture: &Picture, [x0, y0, x1, y1]: [usize; 4], paper: Rgb, line: Rgb) -> Vec<f64> {
    let share = |pixel: Rgb| (0..3).map(|at| f64::from(paper[at]) - f64::from(pixel[at])).sum::<f64>();
    let places = (y0..y1).flat_map(|y| (x0..x1).map(move |x| (x, y)));
    places.map(|(x, y)| share(picture.at(x, y)) / share(line)).collect()
}

fn greys(shares: &[f64]) -> usize {
    shares.iter().filter(|share| (0.1..0.9).contains(*share)).count()
}

#[test]
fn slanting_lines_are_smooth_and_straight_ones_crisp() {
    let (paper, line, ink) = (PALETTES[0].paper, PALETTES[0].curves[0], PALETTES[0].ink);
    for scale in [1, 2] {
        let style = Style { scale: scale as u32, ..Style::default() };
        let slope = asked("x/3").vary("x_start", along("lin:-3:3:601"));
        let picture = Picture::png(&landscape("slope.png", slope, style).bytes);
        let inside = [150, 130, 500, 600].map(|side| side * scale);
        let smooth = shares(&picture, inside, paper, line);
        let (grey, full) = (greys(&smooth), smooth.iter().filter(|share| **share > 0.95).count());
        assert!(grey > 200 && full > 200, "{grey} grey and {full} full pixels");
        // Without grey levels the line would be stairs, and that is noticed.
        let stairs: Vec<f64> = smooth.iter().map(|share| share.round()).collect();
        assert_eq!(greys(&stairs), 0);
        // The frame's left edge and its marks, away from the labels.
        let edge = shares(&picture, [105, 120, 112, 640].map(|side| side * scale), paper, ink);
        let drawn = edge.iter().filter(|share| **share > 0.95).count();
        assert!(greys(&edge) == 0 && drawn >= 520 * scale * scale, "{} grey, {drawn} inked", greys(&edge));
    }
}

/// A map at a scale of 2 is that at 1 with every pixel two by two; where there are more cells than pixels it shows more.
#[test]
fn cells_keep_their_colours_at_every_scale() {
    let map = |cells: &str, scale: u32| {
        let alpha = format!("log:1e-3:10:{cells}");
        let request = asked("lecture").vary("alpha", along(&alpha)).vary_start(along("lin:-10:10:40")).steps(60);
        let style = Style { scale, theory: false, ..Style::default() };
        Picture::png(&of_sweep("cells", &request, style).remove(0).bytes)
    };
    let (one, two) = (map("50", 1), map("50", 2));
    let mut colours = HashSet::new();
    for (x, y) in (96..96 + 680).flat_map(|y| (112..112 + 1100).map(move |x| (x, y))) {
        let pixel = one.at(x, y);
        colours.insert(pixel);
        for (right, down) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            assert_eq!(two.at(2 * x + right, 2 * y + down), pixel, "at ({x}, {y})");
        }
    }
    assert!(colours.len() <= 2000, "{} colours of 2000 cells", colours.len());
    // Of 2200 columns each has a pixel of its own at a scale of 2, and at 1 none has.
    let many = map("2200", 2);
    let own = (0..1100).map(|x| 2 * (112 + x)).filter(|x| many.at(*x, 200) != many.at(x + 1, 200)).count();
    assert!(own > 100, "{own} neighbours differ");
}

/// An axis of logarithms goes down to the lowest value there is, however high another goes.
#[test]
fn a_log_axis_has_a_true_floor() {
    let request = asked("x^2").vary("alpha", along("1.5")).set("x_start", 4.0).steps(200).gtol(0.0);
    let trace = followed(&request.diverge(f64::INFINITY), &["gd"]);
    let losses = &trace.traced()[0].path.losses;
    assert!(losses[0] == 16.0 && losses[200] > 1e100, "{losses:?}");
    let picture = drawn("floor.png", || trace.png(Style::default(), 1280, ""));
    let steps = picture.written[0].axes.iter().find(|labels| labels.iter().any(|label| label.starts_with("10¹")));
    let labels: Vec<f64> = steps.expect("the axis of losses").iter().map(|label| number(label).log10()).collect();
    let apart = labels[1] - labels[0];
    assert!(labels[0] - apart < 16_f64.log10() && labels[labels.len() - 1] > 90.0, "{labels:?}");
}

/// An SVG keeps runs of blanks, and its straight lines are whole pixels.
#[test]
fn an_svg_keeps_blanks_and_crisp_lines() {
    let request = asked("lecture").vary("alpha", along("log:1e-3:10:50")).vary_start(along("lin:-10:10:40"));
    for scale in [1, 2] {
        let svg = of_sweep("svg", &request, Style { scale, ..Style::default() }).remove(1).bytes;
        let text = String::from_utf8(svg).expect("text");
        let document = roxmltree::Document::parse(&text).expect("well-formed XML");
        let root = document.root_element();
        let space = ("http://www.w3.org/XML/1998/namespace", "space");
        let texts = document.descendants().filter(|node| node.has_tag_name("text"));
        // A browser does not inherit it.
        assert!(texts.into_iter().all(|text| text.attribute(space) == Some("preserve")));
        let title = "lecture:  (β/2−1)²   rule gd";
        assert!(document.descendants().any(|node| node.has_tag_name("text") && node.text() == Some(title)));
        let bars: Vec<_> = document.descendants().filter(|node| node.has_tag_name("rect")).skip(1).collect();
        assert!(bars.len() > 40, "{} straight lines", bars.len());
        for bar in bars {
            assert_eq!(bar.attribute("shape-rendering"), Some("crispEdges"));
            for side in ["x", "y", "width", "height"] {
                let value: f64 = bar.attribute(side).expect("a side").parse().expect("a number");
                assert_eq!(value, value.round(), "{side}");
            }
        }
        let wide: u32 = root.attribute("width").expect("a width").parse().expect("a number");
        let view = root.attribute("viewBox").expect("a box").split(' ').nth(2).expect("a width");
        assert_eq!(view.parse::<u32>().expect("a number"), wide * scale);
    }
}
