//! `alphasweep zoom`

use crate::analysis::zoom::{closer, most_contested};
use crate::analysis::{Place, Window};
use crate::cli::call::Call;
use crate::cli::earlier::taken;
use crate::cli::flags::descent::{DescentFlags, RuleFlag};
use crate::cli::flags::machine::ThreadsFlag;
use crate::cli::flags::network::NetworkFlags;
use crate::cli::flags::palettes;
use crate::cli::flags::problem::{ProblemFlags, ShortAxes};
use crate::cli::flags::recorded;
use crate::cli::flags::report::{JsonFlag, QuietFlag};
use crate::cli::flags::requested::requested;
use crate::cli::flags::values::within;
use crate::cli::interrupt::Patience;
use crate::cli::say::{self, fact};
use crate::draw::{Shade, Style, ZoomFilm, ZoomFormat, ZoomMap, ZoomPace, figure, share};
use crate::engine::cpu::CpuEngine;
use crate::engine::{EngineError, Refined, Seen, Watch, run_listed};
use crate::files::{Claims, DeferredFile, name_all};
use crate::store::{Bounds, Company, RecordedFlags, WholeFile, WorkFolder};
use crate::sweep::{
    Axis, Column, ColumnKind, KnobRef, Outcome, Precision, RequestError, Sweep, SweepRequest, TileOutcomes,
};
use anyhow::Context;
use clap::Parser;
use serde::Serialize;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  alphasweep zoom \"(x^2-1)^2/4\" --alpha lin:0.1:2:480 --start lin:-3:3:360       where the film goes is found
  alphasweep zoom himmelblau --alpha log:1e-3:0.1:480 --at 0.025,2.1 --keyframes 30
  alphasweep zoom trainability --size 128x128 --keyframes 8 --steps 200
  alphasweep zoom logistic-map --frames film --no-film                             numbered pictures, for ffmpeg";

/// Make a film into the boundary of a map: every keyframe a map of its own in f64, computed only where it changes
#[derive(Debug, Parser)]
#[command(
    name = "zoom",
    after_help = EXAMPLES,
    mut_arg("json", |json| json.help("Print zoom.json on stdout"))
)]
pub struct ZoomArguments {
    #[command(flatten, next_help_heading = "What to zoom into")]
    pub problem: ProblemFlags<ShortAxes>,
    #[command(flatten, next_help_heading = "Networks")]
    pub network: NetworkFlags,
    #[command(flatten, next_help_heading = "How to descend")]
    pub rule: RuleFlag,
    #[command(flatten, next_help_heading = "How to descend")]
    pub descent: DescentFlags,

    /// Values of the two axes to zoom into [default: before each keyframe the cell that is most contested, as --auto]
    #[arg(long, value_name = "X,Y", allow_hyphen_values = true, help_heading = "Where to go")]
    pub at: Option<String>,
    /// Go where outcomes are most mixed and not dust
    #[arg(long, conflicts_with = "at", help_heading = "Where to go")]
    pub auto: bool,
    /// Each window is so many times smaller than the one before
    #[arg(long, value_name = "F", default_value_t = 2.0, value_parser = factor, help_heading = "Where to go")]
    pub factor: f64,
    /// Maps that are computed; it ends earlier where the numbers end
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = |text: &str| within::<usize>(text, 1..=1000), help_heading = "Where to go")]
    pub keyframes: usize,

    #[command(flatten, next_help_heading = "Where to run")]
    pub cpu: ThreadsFlag,

    /// Folder for the files
    #[arg(long, value_name = "DIR", default_value = "zoom-out", help_heading = "What to write")]
    pub out: PathBuf,
    /// The film's path instead of DIR/zoom.gif; a name that ends in .png or .apng makes a PNG with frames
    #[arg(long, value_name = "FILE", help_heading = "What to write")]
    pub film: Option<PathBuf>,
    /// Make no film
    #[arg(long, conflicts_with = "film", help_heading = "What to write")]
    pub no_film: bool,
    /// Every frame as a picture of its own in DIR, frame-00000.png and on
    #[arg(long, value_name = "DIR", help_heading = "What to write")]
    pub frames: Option<PathBuf>,
    /// Cells of a map, and pixels of a frame
    #[arg(long, value_name = "WxH", default_value = "480x360", value_parser = size, help_heading = "What to write")]
    pub size: (usize, usize),
    /// Frames from one keyframe to the next
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = |text: &str| within::<usize>(text, 1..=500), help_heading = "What to write")]
    pub between: usize,
    /// Colours; all are safe for red-green blindness
    #[arg(long, value_parser = palettes(), ignore_case = true, default_value = "light", help_heading = "What to write")]
    pub palette: String,
    #[command(flatten, next_help_heading = "What to write")]
    pub quiet: QuietFlag,
    #[command(flatten)]
    pub print: JsonFlag,
}

/// Flags that `sweep` does not have, or that mean something else here.
const OWN: [&str; 14] = [
    "at",
    "auto",
    "factor",
    "keyframes",
    "out",
    "film",
    "no-film",
    "frames",
    "size",
    "between",
    "palette",
    "quiet",
    "json",
    "threads",
];

fn factor(text: &str) -> Result<f64, String> {
    let factor = text.trim().parse::<f64>().ok().filter(|factor| (1.1..=1000.0).contains(factor));
    factor.ok_or_else(|| "expected a number from 1.1 to 1000, such as 2".to_owned())
}

fn size(text: &str) -> Result<(usize, usize), String> {
    let both = text.trim().to_lowercase();
    let sides = both.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    let fits = |side: &usize| (16..=4096).contains(side);
    let sides = sides.filter(|(width, height)| fits(width) && fits(height));
    sides.ok_or_else(|| "expected WIDTHxHEIGHT, each from 16 to 4096, such as 480x360".to_owned())
}

/// A map of the way, as `zoom.json` has it.
#[derive(Debug, Serialize)]
struct Keyframe {
    x: [f64; 2],
    y: [f64; 2],
    cells: usize,
    computed: usize,
    /// Cells that were filled in and then looked at, and those that were another outcome.
    checked: usize,
    wrong: usize,
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    alphasweep: &'static str,
    command: &'a [String],
    asked: &'a RecordedFlags,
    axes: [&'a str; 2],
    factor: f64,
    keyframes: &'a [Keyframe],
    /// Why there are no more.
    ends: &'a str,
}

/// Neighbouring cells must be so many units in the last place apart.
const GRAIN: f64 = 64.0;

/// The maps on the way.
struct Way<'a> {
    arguments: &'a ZoomArguments,
    request: SweepRequest,
    /// The first map; all others stop where it does.
    first: Sweep,
    cpu: CpuEngine,
    at: Option<[f64; 2]>,
    maps: Vec<ZoomMap>,
    keyframes: Vec<Keyframe>,
}

/// Runs the command.
///
/// # Errors
/// A wrong request, a full disk, an interruption; see [`crate::cli::exit`].
pub fn run(arguments: &ZoomArguments, call: &Call<'_>) -> anyhow::Result<()> {
    let own: Vec<String> = OWN.iter().map(|name| (*name).to_owned()).collect();
    let asked = recorded::arguments(&call.flags.clone().without(&own), Path::new("the command line"))?;
    let request = requested(&asked, Precision::F64)?;
    let whole = request.resolve()?;
    let window = two_axes(&whole)?;
    let at = arguments.at.as_deref().map(|text| place_of(text, &window)).transpose()?;
    let cpu = CpuEngine::new(arguments.cpu.count())?;
    let _folder = WorkFolder::take(&arguments.out, Company::Alone).map_err(|error| taken(&arguments.out, error))?;
    let files = Files::create(arguments)?;
    let voice = arguments.quiet.voice();
    whole.notes.iter().for_each(|note| voice.say(&say::note(&note.to_string())));
    call.interruption.ready(Patience::None);
    let first = at_window(&request, &whole, &window, arguments.size)?.resolve()?;
    let mut way = Way { arguments, request, first, cpu, at, maps: Vec::new(), keyframes: Vec::new() };
    let ends = way.go(window, call)?;
    voice.say(&fact("ends", &ends));
    let axes = [way.first.x.name.as_str(), way.first.y.as_ref().map_or("", |y| y.name.as_str())];
    let document = Document {
        alphasweep: env!("CARGO_PKG_VERSION"),
        command: &call.words,
        asked: &call.flags,
        axes,
        factor: arguments.factor,
        keyframes: &way.keyframes,
        ends: &ends,
    };
    let json = serde_json::to_string_pretty(&document)?;
    let written = files.finish(&way, &json).context("writing the film")?;
    for (number, path) in written.iter().enumerate() {
        voice.say(&fact(if number == 0 { "wrote" } else { "" }, &path.display().to_string()));
    }
    if arguments.print.json {
        say::json(&json)?;
    }
    Ok(())
}

/// The window of a map with two axes.
fn two_axes(sweep: &Sweep) -> Result<Window, RequestError> {
    let shown = sweep.x.name.clone();
    let window = Window::of(sweep).map_err(|why| RequestError::new("--vary", &shown, why))?;
    if window.y.is_none() {
        let message = "the sweep has one axis, and a film is of maps; vary two names";
        return Err(RequestError::new("--vary", shown, message));
    }
    Ok(window)
}

fn place_of(text: &str, window: &Window) -> Result<[f64; 2], RequestError> {
    let wrong = |message: String| RequestError::new("--at", text, message);
    let numbers: Option<Vec<f64>> = text.split(',').map(|part| crate::sweep::Setting::parse(part)?.number()).collect();
    let form = || wrong("expected the values of both axes, such as --at 0.025,2.1".to_owned());
    let values: [f64; 2] = numbers.and_then(|numbers| numbers.try_into().ok()).ok_or_else(form)?;
    let place = [window.x.place(values[0]), window.y.map_or(0.0, |y| y.place(values[1]))];
    if !place.iter().all(|at| (0.0..=1.0).contains(at)) {
        return Err(wrong("is not on the map; take a place within its axes, or wider axes".to_owned()));
    }
    Ok(values)
}

/// The sweep of a window.
fn at_window(
    request: &SweepRequest,
    whole: &Sweep,
    window: &Window,
    (nx, ny): (usize, usize),
) -> Result<SweepRequest, RequestError> {
    let wrong = |message: String| RequestError::new("--vary", "", message);
    let x: (KnobRef, Axis) = (whole.x.name.as_str().into(), window.x.axis(nx).map_err(wrong)?);
    let y = whole.y.as_ref().zip(window.y);
    let y =
        y.map(|(axis, span)| Ok::<_, RequestError>((KnobRef::from(axis.name.as_str()), span.axis(ny).map_err(wrong)?)));
    let y = y.transpose()?;
    Ok(match request {
        SweepRequest::Formula(request) => {
            let request = (**request).clone().without_axes();
            SweepRequest::Formula(Box::new(
                [Some(x), y].into_iter().flatten().fold(request, |request, (knob, axis)| request.vary(knob, axis)),
            ))
        }
        SweepRequest::Network(request) => {
            let request = (**request).clone().without_axes();
            SweepRequest::Network(Box::new(
                [Some(x), y].into_iter().flatten().fold(request, |request, (knob, axis)| request.vary(knob, axis)),
            ))
        }
    })
}

impl Way<'_> {
    /// Computes map after map; gives why there are no more.
    fn go(&mut self, mut window: Window, call: &Call<'_>) -> anyhow::Result<String> {
        let (size, pace) = (self.arguments.size, self.arguments.factor);
        loop {
            let (map, sweep) = self.map(&window, call)?;
            let outcomes: Vec<Outcome> = map.cells.iter().map(|seen| seen.0).collect();
            self.note(&map, &window);
            self.maps.push(ZoomMap::new(map, &sweep, &window, (self.maps.len(), pace)));
            if self.maps.len() == self.arguments.keyframes {
                return Ok(format!("{} keyframes, as asked", self.maps.len()));
            }
            let at: Place = match self.at {
                Some(values) => [window.x.place(values[0]), window.y.map_or(0.0, |y| y.place(values[1]))],
                None => match most_contested(&outcomes, size, pace) {
                    Some((x, y)) => [(x as f64 + 0.5) / size.0 as f64, (y as f64 + 0.5) / size.1 as f64],
                    None => {
                        return Ok("no boundary is left on the map; begin with wider axes, or say --at X,Y".to_owned());
                    }
                },
            };
            let (next, from) = closer(&window, at, pace);
            let step = 1.0 / (size.0.max(size.1) - 1) as f64;
            if step < GRAIN * next.grain(f64::EPSILON) {
                return Ok(format!(
                    "the grain of f64 begins here: neighbouring cells of the next map would be less than {GRAIN} units in the last \
                     place apart; {} keyframes of {}",
                    self.maps.len(),
                    self.arguments.keyframes
                ));
            }
            let last = self.maps.pop().map(|map| map.leads_to(from));
            self.maps.extend(last);
            window = next;
        }
    }

    fn map(&self, window: &Window, call: &Call<'_>) -> anyhow::Result<(Refined, Sweep)> {
        let mut sweep = at_window(&self.request, &self.first, window, self.arguments.size)?.resolve()?;
        if let (Sweep::Formula(spec), Sweep::Formula(first)) = (&sweep, &self.first) {
            sweep = Sweep::from((**spec).clone().held_to(first));
        }
        let trains = sweep.column(ColumnKind::Trainability).cloned();
        let watch = Watch::new(&|_| (), call.interruption.cancel());
        let mut run = |cells: &[(u32, u32)]| -> Result<Vec<Seen>, EngineError> {
            let tile = run_listed(&self.cpu, &sweep, cells, &watch)?;
            Ok((0..cells.len()).map(|cell| seen(&tile, trains.as_ref(), cell)).collect())
        };
        let refined = Refined::new(self.arguments.size, &mut run)?;
        Ok((refined, sweep))
    }

    fn note(&mut self, map: &Refined, window: &Window) {
        let Refined { computed, checked, wrong, .. } = *map;
        let cells = map.cells.len();
        let y = window.y.unwrap_or(window.x);
        self.keyframes.push(Keyframe {
            x: [window.x.lo, window.x.hi],
            y: [y.lo, y.hi],
            cells,
            computed,
            checked,
            wrong,
        });
        let times = figure(self.arguments.factor.powi(self.keyframes.len() as i32 - 1));
        let looked = if checked > 0 {
            format!("; {wrong} of {checked} others that were looked at differ")
        } else {
            String::new()
        };
        let text = format!("×{times}: {} of the cells computed{looked}", share(computed as u64, cells as u64));
        self.arguments.quiet.voice().say(&fact(&format!("keyframe {}", self.keyframes.len()), &text));
    }
}

/// A cell as the film shows it: where the published measure of trainability is taken, whether it trains, and how well.
fn seen(tile: &TileOutcomes, trains: Option<&Column>, cell: usize) -> Seen {
    let Some(column) = trains else { return (tile.outcome[cell], Shade::Rank.key(tile, cell)) };
    let measure = tile.values(column).number(cell);
    let outcome = if measure < 0.0 { Outcome::Converged } else { Outcome::Diverged };
    (outcome, measure.abs() as f32)
}

/// The files, made before the run.
struct Files {
    film: Option<(DeferredFile, ZoomFormat)>,
    frames: Option<PathBuf>,
    document: DeferredFile,
}

impl Files {
    fn create(arguments: &ZoomArguments) -> Result<Self, RequestError> {
        let claims = Claims::default().with_input("--data", arguments.problem.data.as_deref());
        let file = |flag: &str, path: &Path| DeferredFile::create(&claims, Bounds::Anywhere, flag, path);
        let document = file("--out", &arguments.out.join("zoom.json"))?;
        let path = arguments.film.clone().unwrap_or_else(|| arguments.out.join("zoom.gif"));
        let is_png =
            path.extension().is_some_and(|end| end.eq_ignore_ascii_case("png") || end.eq_ignore_ascii_case("apng"));
        let format = if is_png { ZoomFormat::Apng } else { ZoomFormat::Gif };
        let film = (!arguments.no_film).then(|| file("--film", &path)).transpose()?;
        if let Some(frames) = &arguments.frames {
            let wrong = |error: std::io::Error| {
                RequestError::new(
                    "--frames",
                    frames.display(),
                    format!("cannot be made ({error}); choose another folder"),
                )
            };
            std::fs::create_dir_all(frames).map_err(wrong)?;
        }
        Ok(Self { film: film.map(|file| (file, format)), frames: arguments.frames.clone(), document })
    }

    fn finish(self, way: &Way<'_>, json: &str) -> anyhow::Result<Vec<PathBuf>> {
        let arguments = way.arguments;
        let pace = ZoomPace { factor: arguments.factor, frames: arguments.between };
        let film = ZoomFilm::new(&way.maps, pace, &way.first, Style::in_palette(&arguments.palette));
        let (mut whole, mut written): (Vec<WholeFile>, Vec<PathBuf>) = (Vec::new(), Vec::new());
        if let Some(frames) = &self.frames {
            for number in 0..film.len() {
                std::fs::write(frames.join(format!("frame-{number:05}.png")), film.picture(number)?)?;
            }
            written.push(frames.join("frame-00000.png"));
        }
        if let Some((file, format)) = self.film {
            whole.push(file.filled(|out| film.write(format, out))?);
        }
        whole.push(self.document.written(json.as_bytes())?);
        written.extend(name_all(whole)?);
        Ok(written)
    }
}
