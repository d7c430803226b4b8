//! Films of a sweep, by their decoded frames.

use crate::common::pixels::Picture;
use alphasweep::draw::PALETTES;
use alphasweep::sweep::{OUTCOMES, Outcome};
use assert_cmd::Command;
use std::path::{Path, PathBuf};

/// Where the map stands in a frame whose cells are blocks of a whole number of pixels.
const LEFT: usize = 78;
const TOP: usize = 58;
const TARGET: (usize, usize) = (540, 340);

/// A film as it is seen: every frame whole.
struct Seen {
    width: usize,
    height: usize,
    frames: Vec<Vec<[u8; 3]>>,
    tables: usize,
}

impl Seen {
    fn open(path: &Path) -> Self {
        let bytes = std::fs::read(path).expect("a film");
        let mut decoder = gif::DecodeOptions::new().read_info(&bytes[..]).expect("a GIF");
        let mut tables = 0;
        while let Some(frame) = decoder.read_next_frame().expect("a frame") {
            tables += usize::from(frame.palette.is_some());
        }
        let film = Picture::film(&bytes);
        let (width, height) = (film[0].0.width, film[0].0.height());
        let frames = film.into_iter().map(|(picture, _)| picture.pixels).collect();
        Self { width, height, frames, tables }
    }

    /// The outcome on whose ramp the pixel in a corner of a cell lies.
    fn outcome(&self, frame: usize, (x, y): (usize, usize), (nx, ny): (usize, usize)) -> Option<Outcome> {
        let (wide, high) = (TARGET.0 / nx, TARGET.1 / ny);
        let pixel = self.frames[frame][(TOP + (ny - 1 - y) * high + 1) * self.width + LEFT + x * wide + 1];
        let near = |outcome: &Outcome| {
            (0..=200).any(|shade| {
                let ramp = PALETTES[0].colour(*outcome, shade as f32 / 200.0);
                ramp.iter().zip(pixel).all(|(a, b)| a.abs_diff(b) <= 2)
            })
        };
        OUTCOMES.into_iter().find(near)
    }

    /// The pixels of the title.
    fn title(&self, frame: usize) -> Vec<[u8; 3]> {
        let rows = (8..32).map(|y| &self.frames[frame][y * self.width + LEFT..(y + 1) * self.width]);
        rows.flatten().copied().collect()
    }

    /// Keeps a frame as a picture, to be looked at.
    fn keep(&self, frame: usize, name: &str) {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let file = std::fs::File::create(path).expect("a picture");
        let mut encoder = png::Encoder::new(file, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().expect("a picture");
        writer.write_image_data(self.frames[frame].as_flattened()).expect("a picture");
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn sweep(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alphasweep").expect("the program");
    command.current_dir(folder).args(["sweep", "--engine", "cpu", "--quiet", "--no-csv", "--no-png"]).args(more);
    command
}

/// The lecture on a small map, as a film over something.
fn film(folder: &Path, over: &str, more: &[&str]) -> (PathBuf, Seen) {
    let map = ["--alpha", "lin:0.1:5:54", "--start", "lin:-10:10:34", "--film", "film.gif", "--film-over", over];
    sweep(folder, &map).args(more).assert().success();
    let path = folder.join("film.gif");
    let seen = Seen::open(&path);
    (path, seen)
}

#[test]
fn a_cell_goes_from_descending_to_converged() {
    let folder = folder();
    let (path, seen) = film(folder.path(), "steps=log:1:1000:24", &[]);
    // 1, 1.35, 1.82, 2.46, 3.32, … are rounded to whole numbers; 1 and 2 come twice, and are one frame each.
    assert_eq!(seen.frames.len(), 22);
    assert_eq!(seen.tables, 0, "one palette for all frames");
    assert_eq!((seen.width, seen.height), (LEFT + 540 + 22, TOP + 340 + 84));
    assert!(std::fs::metadata(path).expect("a file").len() < 1 << 20);
    // α = 0.47: 36·(1 − α/4)^2k falls below the tolerance after about a hundred steps; α = 4.9 diverges.
    let grid = (54, 34);
    let last = seen.frames.len() - 1;
    assert_eq!(seen.outcome(0, (4, 2), grid), Some(Outcome::Descending));
    assert_eq!(seen.outcome(last, (4, 2), grid), Some(Outcome::Converged));
    assert_eq!(seen.outcome(0, (53, 2), grid), Some(Outcome::Rising));
    assert_eq!(seen.outcome(last, (53, 2), grid), Some(Outcome::Diverged));
    // Held fixed: once converged, a cell's colour is that of its own steps in every frame that follows.
    let at = |frame: usize| seen.frames[frame][(TOP + 31 * 10 + 1) * seen.width + LEFT + 41];
    assert_eq!(at(last), at(last - 1));
    for frame in [0, last / 2, last] {
        seen.keep(frame, &format!("film-{frame}.png"));
    }
}

#[test]
fn the_title_says_the_value() {
    let folder = folder();
    let (_, first) = film(folder.path(), "momentum=0,0.25,0.5", &["--rule", "momentum", "--steps", "50"]);
    let (_, second) = film(folder.path(), "momentum=0.5,0.75", &["--rule", "momentum", "--steps", "90"]);
    assert_eq!(first.title(2), second.title(0), "both say 0.5");
    let titles = [first.title(0), first.title(1), first.title(2), second.title(1)];
    for (at, title) in titles.iter().enumerate() {
        assert!(title.iter().any(|pixel| pixel[0] < 90), "ink");
        assert!(!titles[..at].contains(title), "title {at}");
    }
}

#[test]
fn data_constants_and_seeds_move_too() {
    let folder = folder();
    let map = ["lambda*x^2/2", "--const", "lambda=1", "--alpha", "lin:0.1:5:20", "--start", "lin:-1:1:10"];
    let film = ["--film", "c.gif", "--film-over", "lambda=0.5,1,2"];
    sweep(folder.path(), &map).args(film).assert().success();
    assert_eq!(Seen::open(&folder.path().join("c.gif")).frames.len(), 3);
    let map = ["line", "--batch", "5", "--alpha", "log:1e-3:1:20", "--start", "lin:-1:1:10", "--steps", "50"];
    let film = ["--seed", "3", "--film", "s.gif", "--film-over", "seed=lin:1:4:4"];
    sweep(folder.path(), &map).args(film).assert().success();
    let seen = Seen::open(&folder.path().join("s.gif"));
    assert_eq!(seen.frames.len(), 4);
}

#[test]
fn a_film_that_cannot_be_is_refused_before_anything_is_written() {
    let refused = [
        ("alpha=lin:1:2:3", "`alpha` is an axis of the map"),
        ("momentun=lin:0:1:3", "`momentun` is nothing that can move here"),
        ("steps=lin:0:1000:300", "a film has 200 at most"),
        ("steps=lin:-5:5:3", "cannot be made"),
        ("steps", "NAME=AXIS"),
        ("steps=log:0:1:3", "LO = 0 must be above 0"),
    ];
    for (over, why) in refused {
        let folder = folder();
        let output = sweep(folder.path(), &["--film", "film.gif", "--film-over", over]).assert().code(2);
        let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(said.starts_with("error: --film-over ") && said.contains(why), "{over}: {said}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "{over}");
    }
    let folder = folder();
    let line = ["--set", "beta_start=1", "--film", "film.gif", "--film-over", "steps=1,2"];
    sweep(folder.path(), &line).assert().code(2);
    sweep(folder.path(), &["--film", "film.gif"]).assert().code(2);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
}
