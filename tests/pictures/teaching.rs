//! What a picture says: shades by what is missing, ranges of what did not diverge, lone cells, titles, and theory only where it
//! holds. By decoded pixels and parsed SVG.

use crate::common::pixels::Picture;
use crate::common::{along, asked, read};
use alphasweep::analysis::theory::Known;
use alphasweep::analysis::{Summary, Tally};
use alphasweep::draw::{
    ColumnMap, Heatmap, LinePlot, PALETTES, Palette, Rgb, Shade, Style, figure, with_minus, written_by,
};
use alphasweep::engine::Output;
use alphasweep::engine::{collect, cpu::CpuEngine};
use alphasweep::sweep::{FormulaSweep, OUTCOMES, Outcome, Precision, Request, Sweep, TileOutcomes};
use std::time::Duration;

const LEFT: usize = 112;
const TOP: usize = 96;
const LIGHT: &Palette = &PALETTES[0];

/// Pixels of a colour in a rectangle of the frame: across, and down.
fn count(picture: &Picture, colour: Rgb, (wide, high): (usize, usize)) -> usize {
    picture.within([LEFT, TOP, LEFT + wide, TOP + high]).filter(|pixel| *pixel == colour).count()
}

struct Found {
    spec: FormulaSweep,
    map: TileOutcomes,
}

impl Found {
    fn of(request: &Request) -> Self {
        let spec = request.resolve().expect("a sweep");
        let map = collect(&CpuEngine::new(Some(2)).expect("an engine"), &Sweep::from(&spec)).expect("a map");
        Self { spec, map }
    }

    fn summary(&self) -> Summary {
        let mut tally = Tally::new(&self.spec);
        tally.tile(&self.map).expect("a tally");
        tally.finish(Duration::ZERO)
    }

    fn known(&self) -> Known {
        Known::of(&self.spec, None)
    }

    fn heatmap(&self, style: Style) -> Picture {
        let mut heatmap = Heatmap::new(&self.spec, style);
        heatmap.tile(&self.map).expect("a map");
        Picture::png(&heatmap.png(&self.summary(), &self.known(), "").expect("a picture"))
    }

    fn curve(&self) -> LinePlot {
        let mut plot = LinePlot::new(&self.spec, Style::default());
        plot.tile(&self.map).expect("a curve");
        plot
    }

    /// The texts of the sweep's picture, from its SVG.
    fn texts(&self) -> Vec<String> {
        let (summary, known) = (self.summary(), self.known());
        let svg = if self.spec.y.is_none() {
            self.curve().svg(&summary, &known, "")
        } else {
            let mut heatmap = Heatmap::new(&self.spec, Style::default());
            heatmap.tile(&self.map).expect("a map");
            heatmap.svg(&summary, &known, "")
        };
        let svg = String::from_utf8(svg.expect("a picture")).expect("text");
        let document = roxmltree::Document::parse(&svg).expect("well-formed XML");
        let nodes = document.descendants().filter(|node| node.has_tag_name("text"));
        nodes.map(|node| node.text().unwrap_or_default().trim().to_owned()).collect()
    }

    /// The map of a column, with what is written on it.
    fn column(&self, name: &str) -> (Picture, Vec<String>) {
        let column = self.spec.numbers().find(|known| known.name == name).expect("a column");
        let mut map = ColumnMap::new(&self.spec, column, Style::default());
        map.tile(&self.map).expect("a map");
        let (bytes, written) = written_by(|| map.png(""));
        let texts = written.into_iter().flat_map(|written| written.texts).map(|text| text.text);
        (Picture::png(&bytes.expect("a picture")), texts.collect())
    }

    /// Final losses of cells that diverged, or of the others.
    fn losses(&self, diverged: bool) -> Vec<f64> {
        let cells = self.map.loss_final.iter().zip(&self.map.outcome);
        cells.filter(|(_, outcome)| (**outcome == Outcome::Diverged) == diverged).map(|(loss, _)| *loss).collect()
    }
}

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

fn lecture(alpha: &str) -> Request {
    asked("lecture").vary("alpha", along(alpha)).vary_start(along("lin:-10:10:10")).precision(Precision::F64)
}

/// The share of the cells that lie below a cell, its equals by half.
fn ranks(values: &[f64]) -> Vec<f32> {
    let below = |value: f64| values.iter().filter(|other| **other < value).count();
    let upto = |value: f64| values.iter().filter(|other| **other <= value).count();
    values.iter().map(|value| (below(*value) + upto(*value)) as f32 / (2 * values.len()) as f32).collect()
}

/// How many cells of a map of descending ones have the shades that are given.
fn shaded(found: &Found, picture: &Picture, shades: &[f32]) -> usize {
    let (wide, high) = (1100 / found.spec.nx(), 680 / found.spec.ny());
    let cells = shades.iter().enumerate().filter(|(cell, shade)| {
        let (column, row) = (cell % found.spec.nx(), cell / found.spec.nx());
        let here = picture.at(LEFT + column * wide + 1, TOP + (found.spec.ny() - 1 - row) * high + 1);
        let expected = LIGHT.colour(Outcome::Descending, **shade);
        here.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2)
    });
    cells.count()
}

#[test]
fn descending_is_shaded_by_what_is_missing() {
    let found = Found::of(&lecture("log:1e-6:1e-3:100"));
    assert!(found.map.outcome.iter().all(|outcome| *outcome == Outcome::Descending));
    let picture = found.heatmap(Style { theory: false, ..Style::default() });
    // The minimum is 0.
    assert_eq!(shaded(&found, &picture, &ranks(&found.map.loss_final)), 1000);
    // Shades by how far the loss moved from its start are others.
    let moved: Vec<f64> =
        found.map.loss_final.iter().zip(&found.map.loss_start).map(|(end, start)| end / start).collect();
    let same = shaded(&found, &picture, &ranks(&moved));
    assert!(same < 300, "{same} of 1000 cells");
    // A loss that is larger everywhere has the same shades.
    let raised = lecture("log:1e-6:1e-3:100");
    let raised = Request { formula: read("(beta/2-1)^2 + 5"), ..raised };
    let raised = Found::of(&raised);
    assert_eq!(
        shaded(&raised, &raised.heatmap(Style { theory: false, ..Style::default() }), &ranks(&raised.map.loss_final)),
        1000
    );
    // On a linear scale a shade is the share of the largest that is missing.
    let linear = found.heatmap(Style { theory: false, shade: Shade::Linear, ..Style::default() });
    let (lo, hi) =
        (-largest(&found.map.loss_final.iter().map(|loss| -loss).collect::<Vec<_>>()), largest(&found.map.loss_final));
    let shares: Vec<f32> = found.map.loss_final.iter().map(|loss| ((loss - lo) / (hi - lo)) as f32).collect();
    assert_eq!(shaded(&found, &linear, &shares), 1000);
}

#[test]
fn the_legend_says_what_is_missing() {
    let says = |request: &Request| {
        let texts = Found::of(request).texts();
        texts.iter().find(|text| text.starts_with("loss")).cloned().unwrap_or_else(|| panic!("{texts:?}"))
    };
    let map = |formula: &str| asked(formula).vary("alpha", along("log:1e-6:1e-3:50")).vary_start(along("lin:-1:1:20"));
    // The descending of x² and x² + 3 miss the same; the lowest loss is named where it is not 0.
    let [plain, raised] = ["x^2", "x^2 + 3"].map(|formula| says(&map(formula)));
    assert!(plain.starts_with("loss: ") && raised.starts_with("loss − 3: "), "{plain}, {raised}");
    assert!(plain.ends_with(" … 1") && raised.ends_with(" … 1"), "{plain}, {raised}");
}

#[test]
fn a_map_of_losses_is_scaled_to_what_did_not_diverge() {
    const RANGE: &str = "where descents did not diverge";
    let found = Found::of(&lecture("log:0.1:10:100"));
    let (kept, diverged) = (found.losses(false), found.losses(true));
    assert!(kept.len() > 700 && diverged.len() > 100 && largest(&diverged) > 1e6 * largest(&kept));
    let (picture, texts) = found.column("loss_final");
    let least = kept.iter().copied().filter(|loss| *loss > 0.0).fold(f64::INFINITY, f64::min);
    let range = format!("{} … {}", figure(least), figure(largest(&kept)));
    for text in [&range, RANGE, "diverged"] {
        assert!(texts.iter().any(|known| known == text), "no {text:?} among {texts:?}");
    }
    let pixel = |cell: usize| picture.at(LEFT + cell % 100 * 11 + 5, TOP + (9 - cell / 100) * 68 + 30);
    for (cell, outcome) in found.map.outcome.iter().enumerate() {
        let dark = pixel(cell) == LIGHT.colour(Outcome::Diverged, 0.0);
        assert_eq!(dark, *outcome == Outcome::Diverged, "cell {cell}");
    }
    let top = found.map.loss_final.iter().position(|loss| *loss == largest(&kept)).expect("a cell");
    assert_eq!(pixel(top), LIGHT.height(1.0));
    // Numbers that do not explode keep their range, and a map without divergence says nothing of it.
    for (found, column) in [(&found, "steps"), (&Found::of(&lecture("log:0.1:3:100")), "loss_final")] {
        let (_, texts) = found.column(column);
        assert!(!texts.iter().any(|text| text == RANGE || text == "diverged"), "{column}: {texts:?}");
    }
}

#[test]
fn a_curve_is_scaled_to_what_did_not_diverge() {
    let curve = |alpha: &str| {
        Found::of(&asked("lecture").vary("alpha", along(alpha)).set("beta_start", -10.0).precision(Precision::F64))
    };
    let found = curve("log:0.01:10:200");
    let texts = found.texts();
    let edge = format!("on the upper edge: up to {}", figure(largest(&found.losses(true))));
    assert!(texts.contains(&edge), "no {edge:?} among {texts:?}");
    for far in ["10³", "10⁶", "10⁹"] {
        assert!(!texts.iter().any(|text| text == far), "{far} is beyond all losses that are kept: {texts:?}");
    }
    let texts = curve("log:0.01:3.8:200").texts();
    assert!(!texts.iter().any(|text| text.contains("edge")), "{texts:?}");
}

#[test]
fn losses_below_zero_that_differ_by_powers_of_ten_have_a_symmetric_logarithmic_side() {
    let curve = |formula: &str, alpha: &str, start: f64| {
        let request =
            asked(formula).vary("alpha", along(alpha)).set("x_start", start).steps(20).precision(Precision::F64);
        Found::of(&request)
    };
    let far = curve("-x^2", "log:1e-3:0.9:300", 1.0);
    assert!(far.losses(false).iter().all(|loss| *loss < 0.0));
    let texts = far.texts();
    let powers = texts.iter().filter(|text| text.starts_with("−10")).count();
    assert!(powers >= 3 && texts.iter().any(|text| text == "0"), "{texts:?}");
    let near = curve("x^3-x", "lin:0.01:0.5:300", 0.3).texts();
    assert!(!near.iter().any(|text| text.starts_with("−10")), "{near:?}");
    let edge = curve("x^3-x", "log:0.01:2:300", 0.3);
    let beyond = -largest(&edge.losses(true).iter().map(|loss| -loss).collect::<Vec<_>>());
    let edge = (edge.texts(), with_minus(&format!("on the lower edge: down to {}", figure(beyond))));
    assert!(edge.0.contains(&edge.1), "no {:?} among {:?}", edge.1, edge.0);
}

/// A map of numbers on both sides of 0 that differ by powers of ten: linear around 0, logarithmic beyond, alike on both sides.
#[test]
fn a_map_of_losses_on_both_sides_of_0_has_a_symmetric_logarithm() {
    // Before the first step the loss is the start itself.
    let map = |starts: &str| {
        let request = asked("x").vary("x_start", along(starts)).vary("alpha", along("1,2")).steps(0);
        Found::of(&request.precision(Precision::F64)).column("loss_final")
    };
    let starts = [-1e6, -1e3, -1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 1e3];
    let (picture, texts) = map("-1e6,-1e3,-1,-0.5,0,0.25,0.5,1,1e3");
    assert!(texts.iter().any(|text| text == "symmetric log scale"), "{texts:?}");
    let wide = 1100 / starts.len();
    let seen = |cell: usize| picture.at(LEFT + cell * wide + wide / 2, TOP + 8);
    // Half of the sizes are 1 or more, so that 1 is where the linear part ends; −10⁶ is what is farthest from 0.
    let place = |value: f64| f64::asinh(value) / f64::asinh(1e6);
    for (cell, value) in starts.into_iter().enumerate() {
        let [from, to] = LIGHT.sides[usize::from(value >= 0.0)];
        let expected: Rgb = std::array::from_fn(|part| {
            let (from, to) = (f64::from(from[part]), f64::from(to[part]));
            (from + (to - from) * place(value).abs()).round() as u8
        });
        let off = seen(cell).iter().zip(expected).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0);
        assert!(off <= 1, "{value}: {:?} instead of {expected:?}", seen(cell));
    }
    assert_ne!(seen(2), seen(3), "the middle is linear, and no one colour");
    // By rank 10³ would be as vivid as −10⁶.
    assert!(place(1e3) < 0.6 && seen(8) != LIGHT.sides[1][1]);
    // Where sizes are alike, colours go by the numbers themselves.
    let (_, plain) = map("-3,-2,-1,0,1,2,3");
    assert!(!plain.iter().any(|text| text == "symmetric log scale"), "{plain:?}");
    // So it is below 0 alone.
    let (_, below) = map("-1e6,-1e3,-3,-2,-1");
    assert!(below.iter().any(|text| text == "symmetric log scale"), "{below:?}");
}

/// A single cell of another outcome has a mark of some size in a curve.
#[test]
fn a_lone_cell_is_seen_in_a_curve() {
    let request = asked("lecture").vary("alpha", along("lin:0.1:3.9:900")).set("beta_start", -10.0);
    let mut found = Found::of(&request.precision(Precision::F64));
    let drawn = |found: &Found| {
        let picture = found.curve().png(&found.summary(), &found.known(), "").expect("a picture");
        count(&Picture::png(&picture), LIGHT.mark(Outcome::Unstable, 0.15), (1000, 600))
    };
    assert_eq!(drawn(&found), 0);
    found.map.outcome[400] = Outcome::Unstable;
    let lone = drawn(&found);
    assert!(lone >= 60, "{lone} pixels");
    // Among its like a cell has a dot of the usual size.
    found.map.outcome[300..500].fill(Outcome::Unstable);
    let many = drawn(&found);
    assert!(many < 200 * lone / 4, "{many} pixels for 200 cells");
}

/// And in a map whose cells are a few pixels.
#[test]
fn a_lone_cell_is_seen_in_a_map() {
    let request = asked("lecture").vary("alpha", along("lin:0.1:3.9:550")).vary_start(along("lin:-10:10:340"));
    let mut found = Found::of(&request.precision(Precision::F64));
    let drawn = |found: &Found| {
        let picture = found.heatmap(Style { theory: false, ..Style::default() });
        count(&picture, LIGHT.colour(Outcome::Unstable, 0.0), (1100, 680))
    };
    assert_eq!(drawn(&found), 0);
    found.map.outcome[100 * 550 + 300] = Outcome::Unstable;
    let lone = drawn(&found);
    assert!((36..=64).contains(&lone), "{lone} pixels");
    // Many of them are seen as they are: 2 × 2 pixels each.
    found.map.outcome[100 * 550 + 300..100 * 550 + 350].fill(Outcome::Unstable);
    found.map.steps[100 * 550 + 300..100 * 550 + 350].fill(1);
    let many = drawn(&found);
    assert!(many <= 200, "{many} pixels for 50 cells");
}

#[test]
fn titles_name_batch_schedule_and_precision() {
    let map = || {
        asked("line")
            .batch(read("full"))
            .vary("alpha", along("log:1e-3:1:20"))
            .vary_start(along("lin:-2:2:10"))
            .steps(50)
    };
    let with = |change: &dyn Fn(&mut Request)| {
        let mut request = map();
        change(&mut request);
        Found::of(&request).texts().join(" | ")
    };
    let plain = with(&|_| ());
    for word in ["schedule", "per step"] {
        assert!(!plain.contains(word), "{plain}");
    }
    let scheduled = with(&|request| request.common.schedule = Some(read("cosine")));
    assert!(scheduled.contains("rule gd, schedule cosine"), "{scheduled}");
    let batches: [(&str, bool, &str); 4] = [
        ("each", false, "1 row per step in order"),
        ("10", false, "10 drawn rows per step"),
        ("10", true, "10 shuffled rows per step"),
        ("1", false, "1 drawn row per step"),
    ];
    for (batch, shuffle, expected) in batches {
        let said = with(&|request| (request.common.batch, request.common.shuffle) = (Some(read(batch)), shuffle));
        assert!(said.contains(expected), "{said} has no {expected:?}");
    }
    for precision in [Precision::F32, Precision::Compensated, Precision::F64] {
        let said = with(&|request| request.common.precision = precision);
        assert!(said.contains(&format!("precision {precision}")), "{said}");
    }
}

#[test]
fn theory_is_drawn_where_it_holds_and_by_its_name() {
    let map = |alpha: &str| {
        asked("line").batch(read("full")).vary("alpha", along(alpha)).vary_start(along("lin:-2:2:10")).steps(50)
    };
    let said = |request: Request| {
        let found = Found::of(&request);
        let texts = found.texts();
        let theory = texts.into_iter().filter(|text| text.contains("theory")).collect::<Vec<_>>();
        (theory.join(" | "), found.known().theory.limits().len())
    };
    let with = |alpha: &str, change: &dyn Fn(&mut Request)| {
        let mut request = map(alpha);
        change(&mut request);
        said(request)
    };
    let wide = "log:1e-3:1e6:60";
    assert!(with(wide, &|_| ()).0.contains("(theory)"));
    // Outside of the axis there is no line, and nothing is said of one.
    assert_eq!(with("log:1e-6:1e-4:20", &|_| ()), (String::new(), 1));
    // The limit of the last step is none of all steps where those before it were larger.
    let schedule = |text: &'static str| move |request: &mut Request| request.common.schedule = Some(read(text));
    assert_eq!(with(wide, &schedule("cosine")), (String::new(), 1));
    assert!(with(wide, &schedule("warmup:10")).0.contains("theory at the last step of warmup:10"));
    // A rule that adapts has no limit.
    assert_eq!(with(wide, &|request| request.common.rule = read("adam")), (String::new(), 0));
    for (batch, name) in [("each", "theory of a pass"), ("10", "theory of the mean square")] {
        let (said, _) = with(wide, &|request| request.common.batch = Some(read(batch)));
        assert!(said.contains(&format!("({name})")), "{said}");
    }
    let full = with(wide, &|request| {
        request.common.batch = Some(read("10"));
        request.common.shuffle = true;
    });
    assert!(full.0.contains("(full-batch theory)"), "{}", full.0);
}

/// Every outcome has a word of its own: what the tests above look for is not there by chance.
#[test]
fn pictures_without_an_outcome_do_not_name_it() {
    let found = Found::of(&lecture("log:1e-6:1e-3:20"));
    let texts = found.texts();
    for outcome in OUTCOMES {
        let named = texts.iter().any(|text| text.starts_with(outcome.word()));
        assert_eq!(named, outcome == Outcome::Descending, "{outcome}: {texts:?}");
    }
}
