//! `alphasweep zoom`

use crate::analysis::Window;
use crate::cli::call::Call;
use crate::cli::earlier::taken;
use crate::cli::flags::descent::{DescentFlags, RuleFlag};
use crate::cli::flags::machine::ThreadsFlag;
use crate::cli::flags::network::NetworkFlags;
use crate::cli::flags::problem::{ProblemFlags, ShortAxes};
use crate::cli::flags::recorded;
use crate::cli::flags::report::{JsonFlag, QuietFlag};
use crate::cli::flags::requested::requested;
use crate::cli::flags::style::PaletteFlag;
use crate::cli::flags::values::within;
use crate::cli::interrupt::Patience;
use crate::cli::say::{self, fact};
use crate::cli::zooming::{Course, Keyframe, Way, at_window};
use crate::draw::{ZoomFilm, ZoomFormat, ZoomPace};
use crate::engine::cpu::CpuEngine;
use crate::files::{Claims, DeferredFile, name_all};
use crate::store::{Bounds, Company, Keyframes, RecordedFlags, WholeFile, WorkFolder};
use crate::sweep::{Precision, RequestError, Setting, Shard, Sweep};
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
    /// Compute only every Nth keyframe, from the Kth on, and no film; the same command without --shard makes it of what is there.
    /// Needs --at
    #[arg(long, requires = "at", value_name = "K/N", value_parser = Shard::parse, help_heading = "Where to run")]
    pub shard: Option<Shard>,
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
    #[command(flatten, next_help_heading = "What to write")]
    pub colours: PaletteFlag,
    #[command(flatten, next_help_heading = "What to write")]
    pub quiet: QuietFlag,
    #[command(flatten)]
    pub print: JsonFlag,
}

/// Flags that `sweep` does not have, or that mean something else here.
const OWN: [&str; 15] = [
    "shard",
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
    let company = if arguments.shard.is_some() { Company::Parts } else { Company::Alone };
    let _folder = WorkFolder::take(&arguments.out, company).map_err(|error| taken(&arguments.out, error))?;
    let kept = Keyframes::below(&arguments.out).context("making the folder of keyframes")?;
    let files = if arguments.shard.is_none() { Some(Files::create(arguments)?) } else { None };
    let voice = arguments.quiet.voice();
    whole.notes.iter().for_each(|note| voice.say(&say::note(&note.to_string())));
    call.interruption.ready(Patience::None);
    let first = at_window(&request, &whole, &window, arguments.size)?.resolve()?;
    let ZoomArguments { size, factor, keyframes, shard, .. } = *arguments;
    let course = Course { size, factor, keyframes, at, shard };
    let mut way = Way { course, request, first, cpu, kept, voice, maps: Vec::new(), keyframes: Vec::new() };
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
    let written =
        files.map_or(Ok(Vec::new()), |files| files.finish(arguments, &way, &json)).context("writing the film")?;
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
    let numbers: Option<Vec<f64>> = text.split(',').map(|part| Setting::parse(part)?.number()).collect();
    let form = || wrong("expected the values of both axes, such as --at 0.025,2.1".to_owned());
    let values: [f64; 2] = numbers.and_then(|numbers| numbers.try_into().ok()).ok_or_else(form)?;
    let place = [window.x.place(values[0]), window.y.map_or(0.0, |y| y.place(values[1]))];
    if !place.iter().all(|at| (0.0..=1.0).contains(at)) {
        return Err(wrong("is not on the map; take a place within its axes, or wider axes".to_owned()));
    }
    Ok(values)
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

    fn finish(self, arguments: &ZoomArguments, way: &Way, json: &str) -> anyhow::Result<Vec<PathBuf>> {
        let pace = ZoomPace { factor: arguments.factor, frames: arguments.between };
        let film = ZoomFilm::new(&way.maps, pace, &way.first, arguments.colours.style());
        let (mut whole, mut written): (Vec<WholeFile>, Vec<PathBuf>) = (Vec::new(), Vec::new());
        if let Some(frames) = &self.frames {
            for number in 0..film.count() {
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
