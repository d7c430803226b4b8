//! `alphasweep landscape`

use crate::analysis::descent_comparison::DescentComparison;
use crate::analysis::{Landscape, MOST_POINTS};
use crate::cli::call::Call;
use crate::cli::choose::{self, Wanted};
use crate::cli::flags::descent::PrecisionFlag;
use crate::cli::flags::files::FilesFlags;
use crate::cli::flags::machine::{EngineFlags, ThreadsFlag};
use crate::cli::flags::problem::ProblemFlags;
use crate::cli::flags::report::{JsonFlag, QuietFlag};
use crate::cli::flags::request::{self, named};
use crate::cli::flags::style::PictureFlags;
use crate::cli::interrupt::Patience;
use crate::cli::results::{self, Results, Written};
use crate::cli::{progress, report, say};
use crate::csv_text::MAX_UNASKED_ROWS;
use crate::draw::figure;
use crate::engine::{EngineInfo, Output, Watch, run_into};
use crate::expr::nearest;
use crate::files::{DeferredFile, LandscapeDocument, write_landscape_csv};
use crate::problem::{Gradient, Objective};
use crate::sweep::{
    Axis, Batch, Fixed, FormulaSweep, KnobRef, Recipe, Request, RequestCommon, RequestError, Sweep, Told,
};
use anyhow::Context;
use clap::Parser;
use std::io;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  alphasweep landscape                                            the lecture's grid search over -10 to 10
  alphasweep landscape --vary beta=lin:-10:10:21                  the same, coarser
  alphasweep landscape himmelblau                                 a map of the valley, with its four minima
  alphasweep landscape hours --vary w=lin:0:4:401                 over data
  alphasweep landscape \"mean((a*u+b-v)^2)\" --data points.csv --vary a=lin:-3:3:200 --vary b=lin:-3:3:200";

const VARY: &str = "\
    A parameter along an axis; once or twice [default: the first two, over the objective's own starts]";

/// Evaluate the loss on a grid of the parameters themselves: a map of the valley, and the naive rival of descent
#[derive(Debug, Parser)]
#[command(
    name = "landscape",
    after_help = EXAMPLES,
    mut_arg("vary", |vary| vary.help(VARY)),
    mut_arg("set", |set| set.help("Fix another parameter or a constant")),
    mut_arg("seed", |seed| seed.help("What drawn data are drawn from [default: 0]")),
    mut_arg("out", |out| out.default_value("landscape-out")),
    mut_arg("csv", |csv| csv.help("The CSV's path instead of DIR/landscape.csv; - is stdout")),
    mut_arg("png", |png| png.help("The picture's path instead of DIR/landscape.png")),
    mut_arg("json", |json| json.help("Print landscape.json on stdout"))
)]
pub struct LandscapeArguments {
    #[command(flatten, next_help_heading = "What to look at")]
    pub problem: ProblemFlags<()>,

    #[command(flatten, next_help_heading = "Where to run")]
    pub machine: EngineFlags,
    #[command(flatten)]
    pub arithmetic: PrecisionFlag,
    #[command(flatten)]
    pub cpu: ThreadsFlag,

    #[command(flatten, next_help_heading = "What to write")]
    pub files: FilesFlags,
    #[command(flatten, next_help_heading = "What to write")]
    pub picture: PictureFlags,
    #[command(flatten, next_help_heading = "What to write")]
    pub quiet: QuietFlag,
    #[command(flatten)]
    pub print: JsonFlag,
}

/// Points along each axis, unless axes are given: an odd number, so that the middle is one of them.
const POINTS: [usize; 2] = [2001, 401];

impl LandscapeArguments {
    /// The objective with what is fixed, and no axes yet.
    ///
    /// # Errors
    /// A request that cannot be.
    pub fn base(&self) -> Result<(Request, Objective), RequestError> {
        let request = request::objective(&self.problem)?;
        let request = request.batch(Batch::Full).gradient(Gradient::Auto).precision(self.arithmetic.precision.on(true));
        let mut request = Request { common: RequestCommon { seed: self.problem.seed, ..request.common }, ..request };
        // The first parameter's start and α are axes there; only the names are of interest.
        let objective = request.resolve()?.objective;
        for text in &self.problem.set {
            let (name, value) = named("--set", text, "NAME=VALUE, such as --set x1=4")?;
            let is_constant = objective.constants().iter().any(|(known, _)| *known == name);
            let knob = if is_constant { (&name).into() } else { start(&objective, "--set", text, &name)? };
            request.common.set.push(Fixed::parse(knob, value)?);
        }
        Ok((request, objective))
    }

    /// The grid: a sweep of zero steps over starts. Slopes are not asked for.
    ///
    /// # Errors
    /// A name that is no parameter; too many points.
    pub fn grid(&self, base: &Request, objective: &Objective) -> Result<FormulaSweep, RequestError> {
        let mut request = base.clone().set(KnobRef::alpha(), 1.0).steps(0).gtol(0.0).gradient(Gradient::Zero);
        for text in &self.problem.vary {
            let (name, axis) = named("--vary", text, "NAME=AXIS, such as --vary beta=lin:-10:10:2001")?;
            let axis = Axis::parse(axis).map_err(|message| RequestError::new("--vary", text, message))?;
            request = request.vary(start(objective, "--vary", text, &name)?, axis);
        }
        if self.problem.vary.is_empty() {
            request = default_axes(request, objective)?;
        }
        let spec = request
            .resolve()
            .map_err(|error| if self.problem.vary.len() < 3 { error } else { three_axes(&self.problem.vary) })?;
        if spec.cells() > MOST_POINTS {
            let shown = format!("{} × {}", spec.nx(), spec.ny());
            return Err(RequestError::new(
                "--vary",
                shown,
                format!("more than {MOST_POINTS} points; use fewer values"),
            ));
        }
        Ok(spec)
    }
}

/// The knob of a parameter.
fn start(objective: &Objective, flag: &str, shown: &str, name: &str) -> Result<KnobRef, RequestError> {
    let parameters = objective.parameters();
    if parameters.iter().any(|known| known == name) {
        return Ok(KnobRef::Start(name.to_owned()));
    }
    let constants = objective.constants().iter().map(|(name, _)| name);
    let known: Vec<&str> = parameters.iter().chain(constants).map(String::as_str).collect();
    let hint = nearest(name, known.iter().copied()).map_or(String::new(), |close| format!("did you mean `{close}`? "));
    let message = if objective.constants().iter().any(|(constant, _)| constant == name) {
        format!("`{name}` is a constant; a landscape is over parameters: {}", parameters.join(", "))
    } else {
        format!("`{name}` is nothing in this problem: {hint}It has {}", known.join(", "))
    };
    Err(RequestError::new(flag, shown, message))
}

fn three_axes(vary: &[String]) -> RequestError {
    RequestError::new("--vary", &vary[2], "a map has two axes at most, and this is the third; fix it with --set")
}

/// The first parameters that are not set, over the objective's own starts.
fn default_axes(request: Request, objective: &Objective) -> Result<Request, RequestError> {
    let starts = objective.parameters().iter().map(|name| KnobRef::Start(name.clone()));
    let is_set = |knob: &KnobRef| request.common.set.iter().any(|fixed| fixed.knob == *knob);
    let free: Vec<KnobRef> = starts.filter(|knob| !is_set(knob)).take(2).collect();
    let own = Recipe::of(objective.row()).start;
    let axis = own.with_len(POINTS[free.len().saturating_sub(1).min(1)]);
    let axis = axis.map_err(|message| RequestError::new("--vary", own.text(), message))?;
    Ok(free.into_iter().fold(request, |request, knob| request.vary(knob, axis.clone())))
}

/// The files, made before the run.
pub struct Files<'a> {
    csv: Option<DeferredFile>,
    picture: Option<DeferredFile>,
    results: Results<'a>,
}

impl<'a> Files<'a> {
    /// Makes them.
    ///
    /// # Errors
    /// A path that cannot be written.
    pub fn create(arguments: &'a LandscapeArguments, spec: &FormulaSweep) -> Result<Self, RequestError> {
        let results = Results::take(&arguments.files, arguments.problem.data.as_deref(), "landscape.json")?;
        let unasked = arguments.files.csv.is_none() && spec.cells() > MAX_UNASKED_ROWS;
        let csv = if unasked { None } else { results.csv("landscape.csv")? };
        Ok(Self { csv, picture: results.png("landscape.png")?, results })
    }
}

/// Runs the command.
///
/// # Errors
/// A wrong request, a failed machine, an interruption; see [`crate::cli::exit`].
pub fn run(arguments: &LandscapeArguments, call: &Call<'_>) -> anyhow::Result<()> {
    let to_stdout = arguments.files.to_stdout();
    arguments.print.has_stdout(to_stdout)?;
    let (base, objective) = arguments.base()?;
    let spec = Arc::new(arguments.grid(&base, &objective)?);
    let sweep = Sweep::from(&spec);
    let chosen = choose::wanted(Wanted::new(&arguments.machine, &arguments.cpu), &sweep)?;
    let files = Files::create(arguments, &spec)?;
    let info = chosen.engine.info();
    let (voice, cancel) = (arguments.quiet.voice(), call.interruption.cancel());
    let threads: String = arguments.cpu.note().iter().map(|text| say::note(text)).collect();
    voice.say(&(before(&spec, &info, &chosen.reason) + &threads));
    call.interruption.ready(Patience::None);
    let mut landscape = Landscape::new(&spec);
    let bar = progress::sweep(spec.cells() as u64, voice);
    let progress = |done| bar.inc(done);
    let evaluated =
        run_into(chosen.engine.as_ref(), &sweep, &Watch::new(&progress, cancel), &mut |tile| landscape.tile(tile));
    bar.finish_and_clear();
    evaluated??;
    let rival = DescentComparison::new(&base, &spec, landscape.lowest().as_ref(), cancel)?;
    let found = Found { spec: &spec, landscape: &landscape, rival: &rival };
    if to_stdout {
        write_landscape_csv(&landscape, &mut io::stdout().lock())?;
    }
    let written = files.finish(&found, info, &chosen.reason, call, arguments).context("writing the results")?;
    voice.say(&after(&landscape, &rival, &written));
    Ok(())
}

/// What came out.
pub struct Found<'a> {
    pub spec: &'a FormulaSweep,
    pub landscape: &'a Landscape,
    pub rival: &'a DescentComparison,
}

impl Found<'_> {
    /// The picture; `info` is what computed it.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn png(&self, arguments: &LandscapeArguments, info: &EngineInfo) -> io::Result<Vec<u8>> {
        let (precision, version) = (self.spec.program.precision, env!("CARGO_PKG_VERSION"));
        let footer = format!("{} ({}), {precision}  ·  alphasweep {version}", info.engine, info.device);
        let style = arguments.picture.style();
        self.landscape.png(style, &self.rival.on_axes(self.spec), &footer)
    }
}

impl Files<'_> {
    /// Writes all files and names them; the manifest also to stdout if asked.
    ///
    /// # Errors
    /// A full disk.
    pub fn finish(
        mut self,
        found: &Found<'_>,
        info: EngineInfo,
        reason: &str,
        call: &Call<'_>,
        arguments: &LandscapeArguments,
    ) -> anyhow::Result<Vec<Written>> {
        let Found { landscape, rival, .. } = found;
        if let Some(file) = self.csv {
            self.results.add(file.filled(|out| write_landscape_csv(landscape, out))?, String::new());
        }
        if let Some(file) = self.picture {
            self.results.add(file.written(&found.png(arguments, &info)?)?, String::new());
        }
        let command = call.words.clone();
        self.results.finish(arguments.print, |files| {
            let engine_reason = reason;
            LandscapeDocument { command, engine: info, engine_reason, landscape, rival, files }.json()
        })
    }
}

fn before(spec: &FormulaSweep, info: &EngineInfo, reason: &str) -> String {
    let notes = spec.notes.iter().map(|note| say::note(&note.text(Told::OfPlaces)));
    report::engine(info.engine, &info.device.to_string(), reason) + &notes.collect::<String>()
}

/// What was found, and what it cost.
fn after(landscape: &Landscape, rival: &DescentComparison, written: &[Written]) -> String {
    let points = landscape.losses().len();
    let names = rival.parameters();
    let mut lines = vec![("grid", format!("{points} evaluations of the loss, {} of them finite", landscape.finite()))];
    lines.push(match landscape.lowest() {
        None => ("lowest", "none: no loss on this grid is finite; try other --vary".to_owned()),
        Some(lowest) => {
            let others = lowest.points - 1;
            let tie = if others == 0 { String::new() } else { format!(" (and at {others} more)") };
            ("lowest", format!("{} at {}{tie}", figure(lowest.loss), place(names, &lowest.parameters)))
        }
    });
    lines.extend(comparison(rival));
    let found: String = lines.into_iter().map(|(label, text)| say::fact(label, &text)).collect();
    found + &results::told(written)
}

/// What descent needs for the same.
fn comparison(rival: &DescentComparison) -> Vec<(&'static str, String)> {
    let names = rival.parameters();
    let mut lines = Vec::new();
    if let Some(distance) = rival.distance {
        let each: Vec<String> = rival.minima.iter().map(|minimum| place(names, minimum)).collect();
        lines.push(("minimum", format!("{}; the grid's lowest point is {} away", each.join("; "), figure(distance))));
    }
    lines.push((
        "descent",
        match &rival.descent {
            Some(descent) => format!(
                "from {} with α = {}: {} of loss and gradient to a loss of {} at {}",
                place(names, &descent.start),
                figure(descent.alpha),
                match descent.evaluations {
                    1 => "1 evaluation".to_owned(),
                    more => format!("{more} evaluations"),
                },
                figure(descent.loss),
                place(names, &descent.parameters)
            ),
            None if rival.critical.is_none() && !rival.minima.is_empty() => {
                "the minimum has no curvature to choose a rate by".to_owned()
            }
            None if rival.minima.is_empty() => "no minimum is known next to the grid's lowest point".to_owned(),
            None => "at none of a few rates below 2/λmax does it converge in as many steps as the grid has points"
                .to_owned(),
        },
    ));
    lines
}

/// `x0 = 3, x1 = 2`
fn place(names: &[String], point: &[f64]) -> String {
    names.iter().zip(point).map(|(name, value)| format!("{name} = {}", figure(*value))).collect::<Vec<_>>().join(", ")
}
