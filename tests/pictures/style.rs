//! One style for everything that is drawn: each picture, film and page in each palette, as a reader gets it.

use crate::common::pixels::Picture;
use alphasweep::draw::{PALETTES, Palette, Rgb};
use alphasweep::sweep::OUTCOMES;
use assert_cmd::Command;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What is asked of a picture.
trait Style {
    fn corners(&self) -> [Rgb; 4];
    fn things(&self, paper: Rgb) -> Vec<Thing>;
    fn words(&self, paper: Rgb) -> Vec<Thing>;
    fn check_words(&self, paper: Rgb, least: f64) -> Result<usize, String>;
}

impl Style for Picture {
    fn corners(&self) -> [Rgb; 4] {
        let last = self.pixels.len() - 1;
        [0, self.width - 1, last + 1 - self.width, last].map(|at| self.pixels[at])
    }

    /// What stands on the paper by itself, by its place: letters that all but touch belong to one word.
    fn things(&self, paper: Rgb) -> Vec<Thing> {
        const GAP: usize = 3;
        let height = self.pixels.len() / self.width;
        let mut seen: Vec<bool> = self.pixels.iter().map(|pixel| *pixel == paper).collect();
        let mut things = Vec::new();
        for first in 0..self.pixels.len() {
            if std::mem::replace(&mut seen[first], true) {
                continue;
            }
            let (mut thing, mut waiting) = (Thing::default(), vec![first]);
            while let Some(at) = waiting.pop() {
                let (x, y) = (at % self.width, at / self.width);
                thing.add((x, y), contrast(self.pixels[at], paper));
                let rows = y.saturating_sub(1)..=(y + 1).min(height - 1);
                for near in rows.flat_map(|y| {
                    let columns = x.saturating_sub(GAP)..=(x + GAP).min(self.width - 1);
                    columns.map(move |x| y * self.width + x)
                }) {
                    if !std::mem::replace(&mut seen[near], true) {
                        waiting.push(near);
                    }
                }
            }
            things.push(thing);
        }
        things
    }

    /// The words beside the frames, with their contrast to the paper.
    fn words(&self, paper: Rgb) -> Vec<Thing> {
        const FRAME: usize = 120;
        let things = self.things(paper);
        let frames: Vec<Thing> =
            things.iter().copied().filter(|thing| thing.size().0.min(thing.size().1) > FRAME).collect();
        let beside = |thing: &Thing| !frames.iter().any(|frame| frame.holds(thing));
        // Signs such as a minus are too thin to have a pixel of their full colour.
        let is_word = |thing: &Thing| thing.size().1 >= 6 && thing.pixels >= 14 && !thing.is_swatch();
        things.into_iter().filter(|thing| beside(thing) && is_word(thing)).collect()
    }

    fn check_words(&self, paper: Rgb, least: f64) -> Result<usize, String> {
        let words = self.words(paper);
        match words.iter().find(|word| word.contrast < least) {
            Some(word) => Err(format!("{word:?} is not read")),
            None => Ok(words.len()),
        }
    }
}

/// Pixels that hang together, and the best contrast among them.
#[derive(Debug, Clone, Copy, Default)]
struct Thing {
    /// Left, top, right, bottom.
    box_: Option<[usize; 4]>,
    pixels: usize,
    contrast: f64,
}

impl Thing {
    fn add(&mut self, (x, y): (usize, usize), contrast: f64) {
        let [left, top, right, bottom] = self.box_.unwrap_or([x, y, x, y]);
        self.box_ = Some([left.min(x), top.min(y), right.max(x), bottom.max(y)]);
        self.pixels += 1;
        self.contrast = self.contrast.max(contrast);
    }

    fn size(&self) -> (usize, usize) {
        self.box_.map_or((0, 0), |[left, top, right, bottom]| (right - left + 1, bottom - top + 1))
    }

    fn holds(&self, other: &Self) -> bool {
        let (Some(a), Some(b)) = (self.box_, other.box_) else { return false };
        a[0] <= b[0] && a[1] <= b[1] && b[2] <= a[2] && b[3] <= a[3]
    }

    /// A sample of a colour, as legends have: letters leave more paper.
    fn is_swatch(&self) -> bool {
        let (width, height) = self.size();
        self.pixels >= 60 && self.pixels * 4 >= width * height * 3
    }
}

/// Contrast as WCAG 2.2 defines it: from 1 (none) to 21.
fn contrast(a: Rgb, b: Rgb) -> f64 {
    let luminance = |colour: Rgb| {
        let linear = colour.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn run(folder: &Path, arguments: &[&str]) {
    let mut command = Command::cargo_bin("alphasweep").expect("the program");
    command.current_dir(folder).args(arguments).arg("--quiet").assert().success();
}

/// All files that an array of commands draws, by name; `more` is given to each.
fn drawn(commands: &[&[&str]], more: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = BTreeMap::new();
    for (at, command) in commands.iter().enumerate() {
        let out = at.to_string();
        run(folder.path(), &[*command, &["--out", &out], more].concat());
        for entry in fs::read_dir(folder.path().join(&out)).expect("a folder").map(|entry| entry.expect("a file")) {
            let name = entry.file_name().into_string().expect("a name");
            let is_drawn = [".png", ".gif", ".svg", ".html"].iter().any(|end| name.ends_with(end));
            if is_drawn {
                files.insert(format!("{at}/{name}"), fs::read(entry.path()).expect("a file"));
            }
        }
    }
    files
}

const SWEEP: [&str; 15] = [
    "sweep",
    "--engine",
    "cpu",
    "--no-csv",
    "--steps",
    "60",
    "--alpha",
    "log:0.01:20:60",
    "--start",
    "lin:-10:10:40",
    "--film-over",
    "steps=1,10,60",
    "--map",
    "loss_final",
    "--svg",
];

/// Every kind of picture.
fn commands() -> Vec<Vec<&'static str>> {
    let sweep =
        [&SWEEP[..], &["0/map.svg", "--html", "0/page.html", "--film", "0/film.gif", "--map", "steps"]].concat();
    let cpu = ["--engine", "cpu", "--no-csv"];
    let network = ["sweep", "trainability", "--vary", "alpha_1=log:1e-3:1e6:12", "--vary", "alpha_2=log:1e-3:1e6:9"];
    vec![
        sweep,
        [&["sweep", "lecture", "--set", "beta_start=-10", "--alpha", "log:0.01:20:90"][..], &cpu].concat(),
        [&network[..], &["--steps", "30", "--history", "3", "--map", "measure"], &cpu].concat(),
        vec!["trace", "lecture", "--start", "-10", "--steps", "30"],
        vec!["trace", "himmelblau", "--alpha", "0.01", "--rule", "gd,momentum,adam", "--steps", "30"],
        vec!["trace", "a^2+2*b^2+3*c^2", "--alpha", "0.1,0.4", "--steps", "20"],
        vec!["landscape", "x^3-x", "--vary", "x=lin:-2:2:81", "--no-csv"],
        vec!["landscape", "ln(x)+y^2", "--vary", "x=lin:-1:1:100", "--vary", "y=lin:-2:2:90", "--no-csv"],
    ]
}

fn all_drawn(more: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let commands = commands();
    drawn(&commands.iter().map(Vec::as_slice).collect::<Vec<_>>(), more)
}

fn picture(name: &str, bytes: &[u8]) -> Option<Picture> {
    let decode = match name.rsplit_once('.')?.1 {
        "png" => Picture::png,
        // The last frame.
        "gif" => |bytes: &[u8]| Picture::film(bytes).pop().expect("a frame").0,
        _ => return None,
    };
    Some(decode(bytes))
}

/// Keeps a picture, to be looked at.
fn keep(palette: &str, name: &str, bytes: &[u8]) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("style-{palette}-{}", name.replace('/', "-")));
    fs::write(path, bytes).expect("a file");
}

#[test]
fn every_picture_follows_every_palette() {
    let light = all_drawn(&[]);
    let kinds = ["heatmap.png", "map.svg", "page.html", "film.gif", "map-loss_final.png", "map-steps.png"]
        .map(|name| format!("0/{name}"));
    let others = ["1/curve.png", "2/heatmap.png", "2/history.png", "2/map-measure.png", "3/trace.png", "3/trace.gif"];
    let more = ["4/trace.png", "4/trace.gif", "5/trace.png", "5/trace.gif", "6/landscape.png", "7/landscape.png"];
    let expected = kinds.into_iter().chain(others.into_iter().chain(more).map(str::to_owned));
    assert!(light.keys().cloned().eq(expected.collect::<std::collections::BTreeSet<_>>()), "{:?}", light.keys());
    assert!(light == all_drawn(&["--palette", "light"]), "light is the default");
    for palette in &PALETTES {
        let files = if palette.name == "light" { light.clone() } else { all_drawn(&["--palette", palette.name]) };
        for (name, bytes) in &files {
            keep(palette.name, name, bytes);
            assert!(palette.name == "light" || *bytes != light[name], "{name} is the same in {}", palette.name);
            let Some(picture) = picture(name, bytes) else { continue };
            assert_eq!(picture.corners(), [palette.paper; 4], "{name} in {}", palette.name);
            let words = picture.check_words(palette.paper, 3.0);
            let words = words.unwrap_or_else(|wrong| panic!("{name} in {}: {wrong}", palette.name));
            assert!(words > 12, "{name} in {}: {words} words", palette.name);
        }
        check_svg(palette, &files["0/map.svg"]);
        check_page(palette, &files["0/page.html"]);
    }
}

/// Text in another palette's ink is found out.
#[test]
fn text_that_fades_into_the_paper_is_noticed() {
    let dark = Palette::named("dark").expect("a palette");
    let sweep = [&SWEEP[..], &["0/map.svg", "--no-png"]].concat();
    let files = drawn(&[&sweep], &["--film", "0/film.gif", "--palette", "dark"]);
    for name in ["0/map-loss_final.png", "0/film.gif"] {
        let good = picture(name, &files[name]).expect("a picture");
        assert!(good.check_words(dark.paper, 3.0).is_ok());
        let mut bad = good.clone();
        let fade = |pixel: &mut Rgb| {
            *pixel = std::array::from_fn(|at| dark.paper[at] + pixel[at].saturating_sub(dark.paper[at]) / 6);
        };
        bad.pixels.iter_mut().for_each(fade);
        assert!(bad.check_words(dark.paper, 3.0).is_err(), "{name}");
    }
}

fn check_svg(palette: &Palette, svg: &[u8]) {
    let text = String::from_utf8_lossy(svg);
    let document = roxmltree::Document::parse(&text).expect("well-formed XML");
    let fill = |node: roxmltree::Node<'_, '_>| colour(node.attribute("fill").expect("a colour"));
    let paper = document.descendants().find(|node| node.has_tag_name("rect")).expect("the paper");
    assert_eq!(fill(paper), palette.paper);
    let texts: Vec<Rgb> = document.descendants().filter(|node| node.has_tag_name("text")).map(fill).collect();
    assert!(texts.len() > 12);
    for ink in texts {
        assert!([palette.ink, palette.faint].contains(&ink), "{}: text in {ink:?}", palette.name);
    }
}

/// `#1e1e22`, in any case.
fn colour(text: &str) -> Rgb {
    let part = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("a part of a colour");
    [part(1), part(3), part(5)]
}

/// What the script of a page reads.
fn data(page: &[u8]) -> serde_json::Value {
    let page = String::from_utf8_lossy(page);
    let data = page.split_once("id=\"data\">").expect("the data").1;
    serde_json::from_str(data.split_once("</script>").expect("the data").0).expect("JSON")
}

/// Variables of a page's style sheet, as they are without a dark system.
fn variables(page: &[u8]) -> BTreeMap<String, Rgb> {
    let page = String::from_utf8_lossy(page);
    let root = page.split_once(":root {").expect("variables").1.split_once('}').expect("variables").0;
    let pairs = root.split(';').filter_map(|pair| pair.trim().strip_prefix("--")?.split_once(": "));
    pairs.map(|(name, value)| (name.to_owned(), colour(value))).collect()
}

fn check_page(palette: &Palette, page: &[u8]) {
    let colours = variables(page);
    assert_eq!((colours["back"], colours["ink"]), (palette.paper, palette.ink), "{}", palette.name);
    for (ink, ground, least) in [
        ("ink", "back", 4.5),
        ("ink", "panel", 4.5),
        ("faint", "back", 4.5),
        ("faint", "panel", 4.5),
        ("accent", "panel", 3.0),
        ("line", "panel", 3.0),
    ] {
        let apart = contrast(colours[ink], colours[ground]);
        assert!(apart >= least, "{}: {ink} on {ground} is {apart:.2}", palette.name);
    }
    let document = data(page);
    for outcome in OUTCOMES {
        let ramp = document["outcomes"][outcome as usize]["ramp"].as_array().expect("a ramp");
        let ends = [0, ramp.len() - 1].map(|at| colour(ramp[at].as_str().expect("a colour")));
        assert_eq!(ends, [0.0, 1.0].map(|shade| palette.colour(outcome, shade)), "{}: {outcome}", palette.name);
    }
    let text = String::from_utf8_lossy(page);
    let scheme =
        text.split_once("\"color-scheme\" content=\"").expect("a scheme").1.split_once('"').expect("a scheme").0;
    let follows = text.contains("prefers-color-scheme: dark) {");
    let expected = match palette.name {
        "light" => ("light dark", true),
        "dark" => ("dark", false),
        _ => ("light", false),
    };
    assert_eq!((scheme, follows), expected);
}

/// `--shade` and `--no-theory` change whatever has shades and theory, and nothing else.
#[test]
fn shades_and_theory_change_the_picture_the_film_and_the_page() {
    let sweep = [&SWEEP[..], &["0/map.svg", "--html", "0/page.html", "--film", "0/film.gif"]].concat();
    let curve = [&["sweep", "lecture", "--set", "beta_start=-10", "--engine", "cpu", "--no-csv"][..]].concat();
    let with = |more: &[&str]| drawn(&[&sweep, &curve], more);
    let plain = with(&[]);
    assert!(plain == with(&["--shade", "rank"]), "ranks are the default");
    let shaded = ["0/film.gif", "0/heatmap.png", "0/map.svg", "0/page.html"];
    let theory = ["0/film.gif", "0/heatmap.png", "0/map.svg", "0/page.html", "1/curve.png"];
    let cases: [(&[&str], &[&str]); 3] =
        [(&["--shade", "log"], &shaded), (&["--shade", "linear"], &shaded), (&["--no-theory"], &theory)];
    for (flags, changed) in cases {
        let other = with(flags);
        let differ: Vec<&String> = plain.keys().filter(|name| plain[*name] != other[*name]).collect();
        assert_eq!(differ, changed, "{flags:?}");
        let (before, after) = (data(&plain["0/page.html"]), data(&other["0/page.html"]));
        assert_eq!(before["shade"] != after["shade"], flags[0] == "--shade", "{flags:?}");
        let theory = |page: &serde_json::Value| page["theory"].as_array().expect("a list").len();
        assert_eq!((theory(&before), theory(&after)), (1, usize::from(flags[0] == "--shade")), "{flags:?}");
    }
}

/// What the dark paper would swallow: lines, maps, and paths on their ground.
#[test]
fn lines_stand_out_from_what_they_are_drawn_on() {
    for palette in &PALETTES {
        let name = palette.name;
        assert!(contrast(palette.ink, palette.paper) >= 4.5 && contrast(palette.faint, palette.paper) >= 3.0, "{name}");
        for outcome in OUTCOMES {
            let text = contrast(palette.text(palette.colour(outcome, 0.15)), palette.paper);
            assert!(text >= 4.5, "{name}: {outcome} as text is {text:.2}");
        }
        for (at, path) in palette.paths.iter().enumerate() {
            assert!(!palette.paths[..at].contains(path), "{name}: path {at} comes twice");
            let apart = contrast(*path, palette.paper);
            assert!(apart >= 3.0, "{name}: path {at} on the paper is {apart:.2}");
        }
    }
    let dark = Palette::named("dark").expect("a palette");
    let heights = || (0..=20).map(|at| f64::from(at) / 20.0);
    for height in heights() {
        assert!(contrast(dark.line(height), dark.paper) >= 3.0, "a line at {height}");
        assert!(contrast(dark.height(height), dark.paper) >= 2.0, "a map at {height}");
        let ground = dark.grounded(dark.height(height));
        for (at, path) in dark.paths.iter().enumerate() {
            assert!(contrast(*path, ground) >= 2.5, "path {at} at {height}: {:.2}", contrast(*path, ground));
        }
    }
    for outcome in OUTCOMES {
        assert!(contrast(dark.mark(outcome, 0.15), dark.paper) >= 3.0, "{outcome} as a dot");
        assert!(contrast(dark.mark(outcome, 1.0), dark.paper) >= 2.0, "{outcome} as a pale dot");
    }
    for [near, far] in dark.sides {
        assert!(contrast(near, far) >= 4.0, "a side of 0 runs from dark to light");
    }
}
