//! The map: palettes, shades, theory as curves, SVG, and small golden pictures.
//!
//! `UPDATE_GOLDEN=1 cargo test --release --test map` draws the golden pictures anew.

use crate::common::pixels::Picture;
use crate::common::{along, asked, read};
use alphasweep::analysis::theory::Known;
use alphasweep::analysis::{Summary, Tally};
use alphasweep::draw::{Heatmap, LinePlot, PALETTES, Palette, Rgb, Shade, Style, share, typeset};
use alphasweep::engine::Output;
use alphasweep::engine::{collect, cpu::CpuEngine};
use alphasweep::sweep::{FormulaSweep, OUTCOMES, Outcome, Precision, Request, Sweep, TileOutcomes};
use std::path::Path;
use std::time::Duration;

const LEFT: usize = 112;
const TOP: usize = 96;

fn computed(request: &Request) -> (FormulaSweep, TileOutcomes, Summary) {
    let spec = request.resolve().expect("a sweep");
    let map = collect(&CpuEngine::new(Some(2)).expect("an engine"), &Sweep::from(&spec)).expect("a map");
    let mut tally = Tally::new(&spec);
    tally.tile(&map).expect("a tally");
    let summary = tally.finish(Duration::ZERO);
    (spec, map, summary)
}

fn drawn(request: &Request, style: Style) -> (FormulaSweep, TileOutcomes, Picture) {
    drawn_with(request, style, |_| ())
}

/// The same with a change to what was found.
fn drawn_with(request: &Request, style: Style, change: impl Fn(&mut Summary)) -> (FormulaSweep, TileOutcomes, Picture) {
    let (spec, map, mut summary) = computed(request);
    change(&mut summary);
    let mut heatmap = Heatmap::new(&spec, style);
    heatmap.tile(&map).expect("a map");
    let bytes = heatmap.png(&summary, &Known::of(&spec, None), "footer").expect("a picture");
    (spec, map, Picture::png(&bytes))
}

/// What readers with deuteranopia and protanopia see, over linear RGB: Machado, Oliveira and Fernandes 2009, severity 1.
const EYES: [(&str, [[f64; 3]; 3]); 3] = [
    ("normal", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "deuteranopia",
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    ),
    (
        "protanopia",
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    ),
];

fn product(matrix: &[[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|row| matrix[row].iter().zip(vector).map(|(a, b)| a * b).sum())
}

/// CIE L*a*b* (D65) of a colour as an eye sees it.
fn lab(colour: Rgb, eye: &[[f64; 3]; 3]) -> [f64; 3] {
    const XYZ: [[f64; 3]; 3] = [
        [0.412_456_4, 0.357_576_1, 0.180_437_5],
        [0.212_672_9, 0.715_152_2, 0.072_175_0],
        [0.019_333_9, 0.119_192_0, 0.950_304_1],
    ];
    let linear = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    let seen = product(eye, linear).map(|part| part.clamp(0.0, 1.0));
    let [x, y, z] = product(&XYZ, seen);
    let f = |t: f64| if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 };
    let (x, y, z) = (f(x / 0.950_47), f(y), f(z / 1.088_83));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// CIE76: 2.3 is what an eye just tells apart.
fn distance(a: Rgb, b: Rgb, eye: &[[f64; 3]; 3]) -> f64 {
    let (a, b) = (lab(a, eye), lab(b, eye));
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// In every palette, for every eye, the eight hues are at least ΔE 22 apart where they are vivid, 16 where they are pale.
#[test]
fn the_hues_stay_apart_for_every_eye() {
    for palette in &PALETTES {
        for (eye, matrix) in &EYES {
            for (at, one) in OUTCOMES.into_iter().enumerate() {
                for other in OUTCOMES.into_iter().skip(at + 1) {
                    for (shade, least) in [(0.0, 22.0), (1.0, 16.0)] {
                        let apart = distance(palette.colour(one, shade), palette.colour(other, shade), matrix);
                        let name = palette.name;
                        assert!(apart >= least, "{name}, {eye}: {one} and {other} at {shade} are {apart:.1} apart");
                    }
                }
            }
        }
    }
}

/// And so do the colours of paths: ΔE 26 for most eyes, 13 for the others.
#[test]
fn paths_stay_apart_for_every_eye() {
    assert!(PALETTES[0].paths.len() >= 8);
    for palette in &PALETTES {
        for (eye, matrix) in &EYES {
            for (at, one) in palette.paths.iter().enumerate() {
                for other in &palette.paths[..at] {
                    let (apart, least) = (distance(*one, *other, matrix), if *eye == "normal" { 26.0 } else { 13.0 });
                    assert!(apart >= least, "{}, {eye}: {one:?} and {other:?} are {apart:.1} apart", palette.name);
                }
            }
        }
    }
    // Green and red of the same lightness would not do.
    assert!(distance([160, 60, 30], [95, 95, 30], &EYES[1].1) < 13.0);
}

#[test]
fn text_is_read_on_every_paper() {
    for palette in &PALETTES {
        for (what, ink, least) in [("ink", palette.ink, 70.0), ("small print", palette.faint, 40.0)] {
            let apart = distance(palette.paper, ink, &EYES[0].1);
            assert!(apart > least, "{}: {what} is {apart:.0} from the paper", palette.name);
        }
    }
    let dark = Palette::named("dark").expect("a dark palette");
    assert!(lab(dark.paper, &EYES[0].1)[0] < 20.0, "the paper of the dark palette is dark");
    assert!(Palette::named("no such").is_none());
}

/// Fast cells are vivid, and a shade says how many cells of the outcome were faster.
#[test]
fn shades_are_ranks_within_the_outcome() {
    let request = asked("lecture").vary("alpha", along("log:0.05:3.9:100")).vary_start(along("lin:-10:1:10"));
    let request = request.precision(Precision::F64);
    let (spec, map, picture) = drawn(&request, Style { theory: false, ..Style::default() });
    let (wide, high) = (1100 / spec.nx(), 680 / spec.ny());
    let mut steps: Vec<u32> = Vec::new();
    for (steps_of, outcome) in map.steps.iter().zip(&map.outcome) {
        assert_eq!(*outcome, Outcome::Converged);
        steps.push(*steps_of);
    }
    steps.sort_unstable();
    for cell in 0..spec.cells() {
        let (column, row) = (cell % spec.nx(), cell / spec.nx());
        let here = picture.at(LEFT + column * wide + 1, TOP + (spec.ny() - 1 - row) * high + 1);
        let below = steps.partition_point(|other| *other < map.steps[cell]);
        let same = steps.partition_point(|other| *other <= map.steps[cell]) - below;
        let rank = (below as f32 + same as f32 / 2.0) / steps.len() as f32;
        let expected = PALETTES[0].colour(Outcome::Converged, rank);
        let near = here.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2);
        assert!(near, "cell {cell} of {} steps, rank {rank}: {here:?} for {expected:?}", map.steps[cell]);
    }
}

#[test]
fn other_shades_run_from_the_fastest_to_the_slowest() {
    let request = asked("lecture").vary("alpha", along("log:0.05:1.9:100")).vary_start(along("-10,-9"));
    let mut middles = Vec::new();
    for shade in [Shade::Log, Shade::Linear] {
        let (spec, _, picture) = drawn(&request, Style { shade, theory: false, ..Style::default() });
        let blue = |column: usize| picture.at(LEFT + column * (1100 / spec.nx()) + 2, TOP + 10)[0];
        // The smallest α is the slowest, so it is pale.
        assert!(blue(0) > 150 && blue(99) < 30, "{shade:?}: {} … {}", blue(0), blue(99));
        middles.push(blue(50));
    }
    assert!(middles[1] < middles[0], "on a linear scale the slowest flatten the rest: {middles:?}");
}

/// Pixels on a curve alternate between ink and paper, all but for what its smooth edges leave of the ground; everything off it
/// keeps its outcome's hue.
fn on_curve(picture: &Picture, palette: &Palette, x: usize, y: usize) -> bool {
    const EDGE: u8 = 24;
    let is = |colour: Rgb, pixel: Rgb| colour.iter().zip(pixel).all(|(a, b)| a.abs_diff(b) <= EDGE);
    let near = |x: usize, y: usize| [palette.ink, palette.paper].into_iter().any(|colour| is(colour, picture.at(x, y)));
    (x - 1..=x + 1).any(|x| (y - 1..=y + 1).any(|y| near(x, y)))
}

/// Shares of the curve `points` that are drawn.
fn share_drawn(picture: &Picture, points: &[(f64, f64)]) -> f64 {
    let palette = &PALETTES[0];
    let seen = points.iter().filter(|(x, y)| on_curve(picture, palette, *x as usize, *y as usize));
    seen.count() as f64 / points.len() as f64
}

/// The critical start of an α.
type Start = fn(f64) -> f64;

#[test]
fn curves_run_where_their_formulas_say() {
    // 220 × 170 cells of 5 × 4 pixels: x is α, linear from 0.1 to 1.9; y the start.
    let axis = "lin:0.1:1.9:220";
    let place = |alpha: f64, start: f64, most: f64| {
        let across = ((alpha - 0.1) / 1.8 * 219.0 + 0.5) / 220.0;
        let up = ((start + most) / (2.0 * most) * 169.0 + 0.5) / 170.0;
        (LEFT as f64 + across * 1100.0, TOP as f64 + 680.0 - up * 680.0)
    };
    let most = 4.0;
    let cases: [(&str, Start); 3] = [
        ("quartic", |alpha| (2.0 / alpha).sqrt()),
        ("double-well", |alpha| -(1.0 + 2.0 / alpha).sqrt()),
        ("logistic-map", |alpha| -1.0 / alpha),
    ];
    for (name, start) in cases {
        let request =
            asked(name).vary("alpha", along(axis)).vary_start(along(&format!("lin:-{most}:{most}:170"))).steps(60);
        // Without the measured boundary, which lies over the curve.
        let (_, _, picture) = drawn_with(&request, Style::default(), |summary| summary.critical = None);
        let alphas = (0..300).map(|at| 0.2 + 1.6 * f64::from(at) / 300.0);
        let inside = alphas.filter(|alpha| start(*alpha).abs() < most * 0.98);
        let points: Vec<(f64, f64)> = inside.map(|alpha| place(alpha, start(alpha), most)).collect();
        assert!(
            points.len() > 100 && share_drawn(&picture, &points) > 0.97,
            "{name}: {}",
            share_drawn(&picture, &points)
        );
        // A tenth of the frame beside it there is no such line.
        let beside: Vec<(f64, f64)> = points.iter().map(|(x, y)| (*x, y + 30.0)).collect();
        assert!(share_drawn(&picture, &beside) < 0.2, "{name}: {}", share_drawn(&picture, &beside));
        let (_, _, bare) = drawn(&request, Style { theory: false, ..Style::default() });
        assert!(share_drawn(&bare, &points) < 0.05, "{name}, without theory: {}", share_drawn(&bare, &points));
    }
}

#[test]
fn the_limit_of_momentum_is_a_curve() {
    let request = asked("lecture").rule(read("momentum")).set("beta_start", -10.0).vary("alpha", along("lin:1:9:220"));
    let (spec, _, picture) = drawn(&request.vary("momentum", along("lin:0:0.99:170")).steps(200), Style::default());
    let place = |alpha: f64, m: f64| {
        let across = ((alpha - 1.0) / 8.0 * 219.0 + 0.5) / 220.0;
        (LEFT as f64 + across * 1100.0, TOP as f64 + 680.0 - (m / 0.99 * 169.0 + 0.5) / 170.0 * 680.0)
    };
    let points: Vec<(f64, f64)> =
        (2..98).map(|m| f64::from(m) / 100.0).map(|m| place((2.0 + 2.0 * m) / 0.5, m)).collect();
    assert!(share_drawn(&picture, &points) > 0.97, "{}", share_drawn(&picture, &points));
    let known = Known::of(&spec, None);
    let line: Vec<(f64, f64)> = known.curves[0].lines.concat();
    assert!(line.iter().all(|(alpha, m)| (alpha - 4.0 - 4.0 * m).abs() < 1e-5), "{:?}", line[0]);
}

/// The thin line runs along the lower edge of the first α that rises or diverges.
#[test]
fn the_measured_boundary_is_the_edge_of_the_first_bad_cells() {
    let request = asked("quartic").vary("alpha", along("lin:0.1:4:110")).vary_start(along("lin:0.5:3:68")).steps(100);
    let (spec, map, summary) = computed(&request);
    let mut heatmap = Heatmap::new(&spec, Style::default());
    heatmap.tile(&map).expect("a map");
    let known = Known { curves: Vec::new(), ..Known::of(&spec, None) };
    let picture = Picture::png(&heatmap.png(&summary, &known, "").expect("a picture"));
    let each = summary.critical.and_then(|critical| critical.each).expect("one per line");
    let mut found = 0;
    for (row, alpha) in each.iter().enumerate() {
        let Some(alpha) = alpha else { continue };
        let column = ((alpha - 0.1) / 3.9 * 109.0).round() as usize;
        let y = TOP + (67 - row) * 10 + 5;
        if column > 0 {
            let line =
                (LEFT + column * 10 - 1..=LEFT + column * 10 + 1).any(|x| picture.at(x, y) == PALETTES[0].measured);
            assert!(line, "row {row}, α = {alpha}: no line at column {column}");
            found += 1;
        }
    }
    assert!(found > 40, "{found} lines have a boundary");
}

fn texts(svg: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).expect("well-formed XML");
    let nodes = document.descendants().filter(|node| node.has_tag_name("text"));
    nodes.map(|node| node.text().unwrap_or_default().trim().to_owned()).collect()
}

#[test]
fn the_svg_is_well_formed_and_has_its_labels_as_text() {
    let request = asked("lecture").vary("alpha", along("log:1e-10:10:110")).vary_start(along("lin:-10:10:68"));
    let (spec, map, summary) = computed(&request);
    let mut heatmap = Heatmap::new(&spec, Style::default());
    heatmap.tile(&map).expect("a map");
    let footer = "a < b & \"c\"";
    let svg = heatmap.svg(&summary, &Known::of(&spec, None), footer).expect("a picture");
    let svg = String::from_utf8(svg).expect("text");
    let texts = texts(&svg);
    let mut expected =
        vec!["α", "β₀", "10⁻¹⁰", "10⁻¹", "1", "10", "−10", "lecture:  (β/2−1)²   rule gd", "α = 4 (theory)", footer]
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>();
    for outcome in OUTCOMES.into_iter().filter(|outcome| summary.cells_of(*outcome) > 0) {
        expected.push(format!("{outcome}   {}", share(summary.cells_of(outcome), summary.cells)));
    }
    for label in expected {
        assert!(texts.contains(&label), "no {label:?} among {texts:?}");
    }
    let document = roxmltree::Document::parse(&svg).expect("well-formed XML");
    let map = document.descendants().find(|node| node.has_tag_name("image")).expect("the cells");
    let size = ["x", "y", "width", "height"].map(|name| map.attribute(name).unwrap_or_default().to_owned());
    assert_eq!(size, ["112", "96", "1100", "680"]);
    assert!(map.attribute("href").is_some_and(|data| data.starts_with("data:image/png;base64,iVBOR")));
}

#[test]
fn a_curve_is_drawn_as_svg_too() {
    let (spec, map, summary) =
        computed(&asked("lecture").vary("alpha", along("log:0.01:10:50")).set("beta_start", -10.0));
    let mut plot = LinePlot::new(&spec, Style::default());
    plot.tile(&map).expect("a curve");
    let svg = plot.svg(&summary, &Known::of(&spec, None), "footer").expect("a picture");
    let texts = texts(&String::from_utf8(svg).expect("text"));
    for label in ["α", "final loss", "10⁻¹", "α = 4 (theory)", "footer"] {
        assert!(texts.iter().any(|text| text == label), "no {label:?} among {texts:?}");
    }
    assert!(texts.iter().any(|text| text.starts_with("fastest: α = ")), "{texts:?}");
}

/// The flags reach the picture, and the legend has the shares of `sweep.json`.
#[test]
fn the_command_draws_what_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |flags: &[&str]| {
        let svg = folder.path().join("map.svg");
        let sweep = ["sweep", "--alpha", "log:0.01:10:40", "--start=lin:-10:10:20", "--engine", "cpu", "--quiet"];
        let mut command = assert_cmd::Command::cargo_bin("alphasweep").expect("the program");
        let command = command.args(sweep).args(["--json", "--no-csv", "--no-png", "--out"]).arg(folder.path());
        let output = command.arg("--svg").arg(&svg).args(flags).assert().success().get_output().stdout.clone();
        let json: serde_json::Value = serde_json::from_slice(&output).expect("JSON");
        (json, std::fs::read_to_string(svg).expect("a picture"))
    };
    let (json, plain) = run(&[]);
    let texts = texts(&plain);
    for outcome in OUTCOMES {
        let cells = json["summary"]["outcomes"][outcome.word()].as_u64().expect("a count");
        let label = format!("{outcome}   {}", share(cells, 800));
        assert_eq!(texts.contains(&label), cells > 0, "{label} among {texts:?}");
    }
    assert!(plain.contains("theory") && !run(&["--no-theory"]).1.contains("theory"));
    assert!(plain.contains("#FFFFFF") && run(&["--palette", "dark"]).1.contains("fill=\"#14151A\""));
    let shaded = ["rank", "log", "linear"].map(|shade| run(&["--shade", shade]).1);
    assert!(shaded[0] != shaded[1] && shaded[1] != shaded[2]);
}

#[test]
fn formulas_are_set_as_people_write_them() {
    let cases = [
        ("(beta/2-1)^2", "(β/2−1)²"),
        ("v = m*v + g; delta = -alpha*v", "v = m·v + g; δ = −α·v"),
        ("100*(x1-x0^2)^2", "100·(x₁−x₀²)²"),
        ("x^2.5 + x^-1 + 1e-3*exp(x1)", "x^2.5 + x^−1 + 1e-3·exp(x₁)"),
        // ε is read as `epsilon`, which is another name.
        ("gamma(x) + eps", "gamma(x) + eps"),
    ];
    for (formula, expected) in cases {
        assert_eq!(typeset(formula), expected);
    }
}

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");

/// Small pictures, nearly pixel by pixel: outcomes at boundaries may differ by a cell between machines.
#[test]
fn pictures_are_as_they_were_looked_at() {
    let lecture = || asked("lecture").vary("alpha", along("log:1e-10:10:320")).vary_start(along("lin:-10:10:120"));
    let well = || asked("double-well").vary("alpha", along("lin:0.01:1:160")).vary_start(along("lin:-4:4:60"));
    let small = || asked("lecture").vary("alpha", along("0.1,1,4.05")).vary_start(along("-10,3"));
    for (name, request, palette) in
        [("lecture", lecture(), "light"), ("double-well", well(), "dark"), ("small", small(), "warm")]
    {
        let palette = Palette::named(palette).expect("a palette");
        let (spec, map, summary) = computed(&request.steps(300));
        let mut heatmap = Heatmap::new(&spec, Style { palette, size: (320, 120), ..Style::default() });
        heatmap.tile(&map).expect("a map");
        let bytes = heatmap.png(&summary, &Known::of(&spec, None), "footer").expect("a picture");
        let path = Path::new(GOLDEN).join(format!("{name}.png"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all(GOLDEN).expect("a folder");
            std::fs::write(&path, &bytes).expect("a file");
        }
        let golden = std::fs::read(&path).expect("a golden picture; UPDATE_GOLDEN=1 draws it");
        let (golden, drawn) = (Picture::png(&golden), Picture::png(&bytes));
        assert_eq!((golden.width, golden.height()), (drawn.width, drawn.height()), "{name}");
        let differs = |(a, b): &(&u8, &u8)| a.abs_diff(**b) > 24;
        let different = golden.pixels.as_flattened().iter().zip(drawn.pixels.as_flattened()).filter(differs).count();
        let all = golden.pixels.as_flattened().len();
        assert!(different * 100 < all, "{name}: {different} of {all} differ");
    }
}
