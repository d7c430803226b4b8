//! `alphasweep bifurcation`

use crate::analysis::bifurcation::{Asked, Bifurcation, Change, ChangeKind, ComesTo, MOST_PERIOD, Orbit};
use crate::cli::call::Call;
use crate::cli::flags::descent::{DescentFlags, RuleFlag};
use crate::cli::flags::files::FilesFlags;
use crate::cli::flags::problem::{ProblemFlags, ShortAxes};
use crate::cli::flags::report::{JsonFlag, QuietFlag};
use crate::cli::flags::request;
use crate::cli::flags::style::PictureFlags;
use crate::cli::flags::values::{range, within};
use crate::cli::interrupt::Patience;
use crate::cli::results::{self, Results, Written};
use crate::cli::{around, say, threads};
use crate::csv_text::MAX_UNASKED_ROWS;
use crate::draw::{BifurcationPicture, figure};
use crate::expr::nearest;
use crate::files::{DeferredFile, bifurcation_json, points_rows, write_doublings_csv, write_points_csv};
use crate::sweep::{
    Axis, Batch, FormulaSweep, Input, KnobRef, Precision, Request, RequestError, SEED, Scale, Tolerance, Varied,
};
use anyhow::Context;
use clap::Parser;
use std::io;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  alphasweep bifurcation logistic-map --alpha lin:1.5:3:1200      periods 1, 2, 4, 8, … and chaos
  alphasweep bifurcation logistic-map --alpha lin:2.4:2.6:1200 --visits 5000
  alphasweep bifurcation double-well --alpha lin:0.8:2:1200 --start=-0.5,0.5
  alphasweep bifurcation logistic-map --rule momentum --set alpha=2.3 --vary momentum=lin:0:0.9:800
  alphasweep bifurcation \"x^2 + 0.2*cos(2*pi*x)\" --alpha lin:0.1:1:1200 --set x_start=1";

/// Follow what descents visit in the end as one number moves: cycles, period doublings, chaos
#[derive(Debug, Parser)]
#[command(
    name = "bifurcation",
    after_help = EXAMPLES,
    mut_arg("vary", |vary| vary.help("What moves: any name, over lin:LO:HI:N or log:LO:HI:N")),
    mut_arg("alpha", |alpha| {
        alpha.help("Learning rates; short for --vary alpha=AXIS [default: around the theoretical limit]")
    }),
    mut_arg("start", |start| {
        start.help("Starts of the first parameter, drawn over each other [default: the objective's]")
    }),
    mut_arg("out", |out| out.default_value("bifurcation-out")),
    mut_arg("csv", |csv| csv.help("What is visited, instead of in DIR/points.csv; - is stdout")),
    mut_arg("no_csv", |no_csv| no_csv.help("Do not write what is visited")),
    mut_arg("png", |png| png.help("The picture's path instead of DIR/bifurcation.png")),
    mut_arg("json", |json| json.help("Print bifurcation.json on stdout"))
)]
pub struct BifurcationArguments {
    #[command(flatten, next_help_heading = "What to follow")]
    pub problem: ProblemFlags<ShortAxes>,

    #[command(flatten, next_help_heading = "How to descend")]
    pub rule: RuleFlag,
    /// Where slopes come from: derived, central differences of half-width H, or "w = 2*x*(w*x-y)" [default: the objective's, else auto]
    #[arg(long, value_name = "auto|central:H|TEXT", help_heading = "How to descend")]
    pub gradient: Option<String>,
    /// Steps before anything is written down
    #[arg(long, visible_alias = "iterations", value_name = "N", default_value = "2000", value_parser = |text: &str| within::<u32>(text, 0..=100_000_000), allow_negative_numbers = true, help_heading = "How to descend")]
    pub steps: u32,
    /// Steps after these, all of which are written down; cycles of up to 64 steps need 130
    #[arg(long, value_name = "N", default_value = "2000", value_parser = |text: &str| within::<u32>(text, 8..=1_000_000), allow_negative_numbers = true, help_heading = "How to descend")]
    pub visits: u32,

    #[command(flatten, next_help_heading = "What to write")]
    pub files: FilesFlags,
    /// Where cycles lose their stability, instead of in DIR/doublings.csv
    #[arg(long, value_name = "FILE", help_heading = "What to write")]
    pub doublings: Option<PathBuf>,
    /// The parameter that is drawn [default: the first]
    #[arg(long, value_name = "NAME", help_heading = "What to write")]
    pub of: Option<String>,
    /// What the picture shows of it [default: all that was visited]
    #[arg(long, value_name = "LO:HI", value_parser = range, allow_negative_numbers = true, allow_hyphen_values = true, help_heading = "What to write")]
    pub range: Option<(f64, f64)>,
    #[command(flatten, next_help_heading = "What to write")]
    pub picture: PictureFlags,
    #[command(flatten, next_help_heading = "What to write")]
    pub quiet: QuietFlag,
    #[command(flatten)]
    pub print: JsonFlag,
}

/// Most starts that are drawn over each other.
const MOST_STARTS: usize = 8;
/// Most numbers that are kept of all orbits.
const MOST_VISITED: u64 = 1 << 25;
/// Values along the axis, unless it is given.
const VALUES: usize = 1200;

impl BifurcationArguments {
    fn request(&self) -> Result<Request, RequestError> {
        let descent = DescentFlags {
            gradient: self.gradient.clone(),
            batch: None,
            shuffle: false,
            schedule: None,
            steps: u64::from(self.steps),
            epochs: None,
            gtol: Some(Tolerance::Absolute(0.0)),
            stop: None,
            diverge: f64::INFINITY,
        };
        let mut request = request::formula(&self.problem, &descent, &[])?;
        let rule = request::value("--rule", &self.rule.rule)?;
        let example = "NAME=AXIS, such as --vary alpha=lin:1.5:3:1200";
        request.common = request::common(rule, &self.problem, &descent, Precision::F64, example)?;
        Ok(request.batch(Batch::Full))
    }

    /// The sweep whose x is what moves and whose y, if any, are the starts; and what was assumed.
    fn spec(&self) -> Result<(FormulaSweep, Vec<String>), RequestError> {
        let mut request = self.request()?;
        let mut notes = Vec::new();
        let moves = |varied: &Varied| !varied.knob.is_start();
        request.common.axes.sort_by_key(|varied| !moves(varied));
        let moving = request.common.axes.iter().filter(|varied| moves(varied)).count();
        if moving == 0 {
            notes.push(default_axis(&mut request)?);
        }
        let axes = &request.common.axes;
        let shown = |varied: &Varied| format!("{}={}", varied.knob, varied.axis.text());
        if let Some(second) = axes.get(1).filter(|_| moving > 1) {
            let message = "one number moves at a time, and this is the second; fix it with --set";
            return Err(RequestError::new(second.flag, shown(second), message));
        }
        let first = &axes[0];
        if first.knob.is(SEED) || first.axis.scale() == Scale::Listed {
            let message = "what moves is a number over a range: lin:LO:HI:N or log:LO:HI:N with N of 2 or more";
            return Err(RequestError::new(first.flag, shown(first), message));
        }
        if let Some(starts) = axes.get(1).filter(|starts| starts.axis.len() > MOST_STARTS) {
            let message = format!("at most {MOST_STARTS} starts are drawn over each other; give fewer");
            return Err(RequestError::new(starts.flag, starts.axis.text(), message));
        }
        let spec = request.with_start().resolve()?;
        self.check(&spec)?;
        notes.extend(spec.notes.iter().map(ToString::to_string));
        Ok((spec, notes))
    }

    fn check(&self, spec: &FormulaSweep) -> Result<(), RequestError> {
        if spec.program.noise.is_some() {
            let message = "this rule draws noise in every step, and a bifurcation is of one map; choose another rule";
            return Err(RequestError::new("--rule", &self.rule.rule, message));
        }
        let kept = spec.cells() as u64 * u64::from(self.visits) * spec.program.carried.len() as u64;
        if kept > MOST_VISITED {
            let message =
                format!("{kept} numbers to be kept, and at most {MOST_VISITED} are: take fewer visits or values");
            return Err(RequestError::new("--visits", self.visits, message));
        }
        self.parameter(spec).map(|_| ())
    }

    /// The parameter that is drawn.
    fn parameter(&self, spec: &FormulaSweep) -> Result<usize, RequestError> {
        let names = spec.objective.parameters();
        let Some(asked) = &self.of else { return Ok(0) };
        names.iter().position(|name| name == asked).ok_or_else(|| {
            let close = nearest(asked, names.iter().map(String::as_str));
            let hint = close.map_or(String::new(), |close| format!("did you mean `{close}`? "));
            RequestError::new("--of", asked, format!("is no parameter: {hint}There are {}", names.join(", ")))
        })
    }
}

/// Learning rates from half the limit to well beyond it, and why these.
fn default_axis(request: &mut Request) -> Result<String, RequestError> {
    const ENDS: (f64, f64) = (0.5, 1.6);
    let message = "learning rates are needed here, where theory knows no limit; give --alpha lin:LO:HI:N";
    let limit = around::limit(request).ok_or_else(|| RequestError::new("--alpha", "", message))?;
    let ends = (around::rounded(ENDS.0 * limit), around::rounded(ENDS.1 * limit));
    let axis = Axis::lin(ends.0, ends.1, VALUES).map_err(|message| RequestError::new("--alpha", "", message))?;
    let note = format!("alpha is not given: {} is around the limit {} of theory", axis.text(), figure(limit));
    request.common.axes.insert(0, Varied { knob: KnobRef::alpha(), axis, flag: "--alpha" });
    Ok(note)
}

/// The files, made before the run.
struct Files<'a> {
    points: Option<DeferredFile>,
    doublings: DeferredFile,
    picture: Option<DeferredFile>,
    results: Results<'a>,
}

impl<'a> Files<'a> {
    fn create(arguments: &'a BifurcationArguments) -> Result<Self, RequestError> {
        let results = Results::take(&arguments.files, arguments.problem.data.as_deref(), "bifurcation.json")?;
        Ok(Self {
            points: results.csv("points.csv")?,
            doublings: results.file("doublings.csv", "--doublings", arguments.doublings.as_deref())?,
            picture: results.png("bifurcation.png")?,
            results,
        })
    }

    /// Writes all files, and says what is said of those that there are not.
    fn finish(
        mut self,
        arguments: &BifurcationArguments,
        call: &Call<'_>,
        found: &Bifurcation,
    ) -> anyhow::Result<(Vec<Written>, Option<String>)> {
        let rows = points_rows(found);
        let mut add = |file| self.results.add(file, String::new());
        let too_many = self.points.is_some() && arguments.files.csv.is_none() && rows > MAX_UNASKED_ROWS;
        if let Some(file) = self.points.filter(|_| !too_many) {
            add(file.filled(|out| write_points_csv(found, out))?);
        }
        add(self.doublings.filled(|out| write_doublings_csv(found, out))?);
        if let Some(file) = self.picture {
            let style = arguments.picture.style();
            let footer = format!("cpu, f64  ·  alphasweep {}", env!("CARGO_PKG_VERSION"));
            let of = arguments.parameter(&found.spec)?;
            let picture = BifurcationPicture { found, of, range: arguments.range, footer: &footer };
            add(file.written(&picture.png(style)?)?);
        }
        let unasked = || format!("no points.csv: {rows} rows are more than are written unasked; give --csv FILE");
        let written = self.results.finish(arguments.print, |paths| bifurcation_json(found, &call.words, paths))?;
        Ok((written, too_many.then(unasked)))
    }
}

/// Runs the command.
///
/// # Errors
/// A wrong request, a failed machine, an interruption; see [`crate::cli::exit`].
pub fn run(arguments: &BifurcationArguments, call: &Call<'_>) -> anyhow::Result<()> {
    let to_stdout = arguments.files.to_stdout();
    arguments.print.has_stdout(to_stdout)?;
    let (spec, mut notes) = arguments.spec()?;
    threads::start(None)?;
    let files = Files::create(arguments)?;
    if spec.program.reads(Input::StepNumber) {
        notes.push(format!("the rule reads the number of the step; cycles are those of step {}", arguments.steps));
    }
    let voice = arguments.quiet.voice();
    voice.say(&notes.iter().map(|text| say::note(text)).collect::<String>());
    call.interruption.ready(Patience::None);
    let asked = Asked { steps: arguments.steps, visits: arguments.visits };
    let found = Bifurcation::new(spec, asked, call.interruption.cancel())?;
    if to_stdout {
        write_points_csv(&found, &mut io::stdout().lock())?;
    }
    let (written, unasked) = files.finish(arguments, call, &found).context("writing the results")?;
    let unasked = unasked.map_or(String::new(), |text| say::note(&text));
    voice.say(&(report(&found) + &unasked + &results::told(&written)));
    Ok(())
}

/// What was found.
fn report(found: &Bifurcation) -> String {
    const MOST: usize = 12;
    let mut lines = vec![("orbits", counts(found))];
    for change in found.of_shortest(MOST) {
        lines.push((if change.kind == ChangeKind::Doubling { "doubling" } else { "lost" }, told(found, change)));
    }
    if let Some(more) = found.changes.len().checked_sub(MOST + 1) {
        lines.push(("", format!("and {} more in doublings.csv", more + 1)));
    }
    if found.orbits.iter().all(|orbit| orbit.comes_to == ComesTo::Diverged) {
        lines.push(("note", "every descent diverged; begin elsewhere: --start X, --set <param>_start=X".to_owned()));
    } else if found.changes.is_empty() {
        lines.push(("doublings", "none: no cycle that was met loses its stability on this axis".to_owned()));
    }
    let lyapunov = found.orbits.iter().filter_map(|orbit| Some((found.value(orbit), orbit.lyapunov?)));
    if let Some((at, most)) = lyapunov.max_by(|a, b| a.1.value.total_cmp(&b.1.value)) {
        let name = &found.spec.x.name;
        lines.push(("exponent", format!("at most {:.4} ± {:.4} per step, at {name} = {at}", most.value, most.error)));
    }
    lines.extend(found.unknown.iter().take(MOST).map(|why| ("unknown", why.clone())));
    lines.into_iter().map(|(label, text)| say::fact(label, &text)).collect()
}

fn told(found: &Bifurcation, change: &Change) -> String {
    let after = match change.kind {
        ChangeKind::Doubling => format!("period {} → {}", change.period, 2 * change.period),
        kind => format!("period {}, {}", change.period, kind.words()),
    };
    let multiplier = match change.multiplier.im {
        0.0 => format!("{:.6}", change.multiplier.re),
        im => format!("{:.6} ± {:.6}i", change.multiplier.re, im.abs()),
    };
    let within = format!("{:.0e}", change.error.max(1e-12));
    format!("{after} at {} = {:.9} (± {within}; multiplier {multiplier})", found.spec.x.name, change.at)
}

/// How many orbits came to what.
fn counts(found: &Bifurcation) -> String {
    let count = |is: &dyn Fn(&Orbit) -> bool| found.orbits.iter().filter(|orbit| is(orbit)).count();
    let aperiodic = |orbit: &crate::analysis::bifurcation::Orbit| orbit.comes_to == ComesTo::Aperiodic;
    let each = [
        (count(&|orbit| orbit.period() == Some(1)), "at rest".to_owned()),
        (count(&|orbit| orbit.period().is_some_and(|period| period > 1)), format!("on cycles of up to {MOST_PERIOD}")),
        (count(&|orbit| orbit.is_chaotic()), "in chaos".to_owned()),
        (count(&|orbit| orbit.comes_to == ComesTo::Diverged), "diverged".to_owned()),
        (
            count(&|orbit| aperiodic(orbit) && !orbit.is_chaotic()),
            "unknown, because they neither repeat nor part beyond doubt (more --steps, more --visits)".to_owned(),
        ),
    ];
    let told: Vec<String> =
        each.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    format!("{} of {}", told.join(", "), found.orbits.len())
}
