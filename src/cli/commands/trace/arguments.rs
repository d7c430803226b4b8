//! What `trace` is asked.

use crate::cli::around;
use crate::cli::flags::beside::BesideFlags;
use crate::cli::flags::descent::{DescentFlags, PrecisionFlag};
use crate::cli::flags::files::FilesFlags;
use crate::cli::flags::network::NetworkFlags;
use crate::cli::flags::problem::{ProblemFlags, ShortAxes};
use crate::cli::flags::report::{JsonFlag, QuietFlag};
use crate::cli::flags::request;
use crate::cli::flags::style::PictureFlags;
use crate::cli::flags::values::{range, within};
use crate::draw::{FilmInfo, FilmOptions, Style, Trace, figure};
use crate::problem::{Expression, NetworkRow, Rule, network_row};
use crate::sweep::{Axis, Beside, Descents, Fit, KnobRef, Request, RequestError, Varied};
use clap::Parser;
use std::io;

const EXAMPLES: &str = "\
Examples:
  alphasweep trace lecture --alpha 0.1,1,3.9,4.05 --start -10 --steps 100
  alphasweep trace himmelblau --alpha 0.01 --rule gd,momentum --set momentum=0.7
  alphasweep trace rosenbrock --alpha 0.001 --vary x0_start=-1.2,1.5 --steps 1000
  alphasweep trace hours --alpha 0.01 --batch each --steps 300 --gtol 0
  alphasweep trace four-factors --alpha 0.05 --set x_start=3 --set y_start=0.1 --sharpness --flow
  alphasweep trace two-layer --alpha 0.1,0.5 --batch full --steps 200 --sharpness
  alphasweep trace \"(b/2-1)^2\" --alpha 1 --rule gd --rule \"v = m*v + g; delta = -alpha*v\" --set m=0.5";

/// Follow chosen descents, or trainings of a network, step by step: every point as CSV, a picture, a film
#[derive(Debug, Parser)]
#[command(
    name = "trace",
    after_help = EXAMPLES,
    mut_arg("vary", |vary| vary.help("Values of a name; every combination of all values is a descent")),
    mut_arg("alpha", |alpha| {
        alpha.help("Learning rates; short for --vary alpha=AXIS [default: four around the theoretical limit]")
    }),
    mut_arg("start", |start| {
        start.help("Starts of the first parameter; short for --vary <param>_start=AXIS [default: the objective's]")
    }),
    mut_arg("steps", |steps| steps.default_value("100")),
    mut_arg("scale", |scale| scale.help("Pixels of the picture and film for each one, across and down: 2 for high-density screens")),
    mut_arg("history", |history| history.help("Steps between records [default: so many that there are at most 500]")),
    mut_arg("objective", |objective| objective.help("A formula, or a name of the catalog; with --net, nothing")),
    mut_arg("out", |out| out.default_value("trace-out")),
    mut_arg("csv", |csv| csv.help("The CSV's path instead of DIR/trace.csv; - is stdout")),
    mut_arg("png", |png| png.help("The picture's path instead of DIR/trace.png")),
    mut_arg("json", |json| json.help("Print trace.json on stdout"))
)]
pub struct TraceArguments {
    #[command(flatten, next_help_heading = "What to follow")]
    pub problem: ProblemFlags<ShortAxes>,

    /// Rules by name, with commas between them, or one as a text such as "delta = -alpha*g"; may be given again
    #[arg(
        long,
        visible_alias = "optimizer",
        value_name = "NAME,NAME|TEXT",
        default_value = "gd",
        help_heading = "How to descend"
    )]
    pub rule: Vec<String>,
    #[command(flatten, next_help_heading = "How to descend")]
    pub descent: DescentFlags,
    #[command(flatten)]
    pub arithmetic: PrecisionFlag,
    #[command(flatten, next_help_heading = "Networks")]
    pub network: NetworkFlags,
    #[command(flatten, next_help_heading = "What to show besides")]
    pub beside: BesideFlags,

    #[command(flatten, next_help_heading = "What to write")]
    pub files: FilesFlags,
    /// Make no film
    #[arg(long, help_heading = "What to write")]
    pub no_gif: bool,
    /// What the picture and the film show of the first parameter [default: both sides of the valley, and where paths stay]
    #[arg(long, value_name = "LO:HI", value_parser = range, allow_negative_numbers = true, allow_hyphen_values = true, help_heading = "What to write")]
    pub range: Option<(f64, f64)>,
    #[command(flatten, next_help_heading = "What to write")]
    pub picture: PictureFlags,
    /// Frames of the film per second, from its start on [default: slow at first, then so many that it lasts some eight seconds]
    #[arg(long, value_name = "N", value_parser = |text: &str| within::<u32>(text, 1..=50), allow_negative_numbers = true, help_heading = "What to write")]
    pub fps: Option<u32>,
    /// Width of the film in pixels, at a scale of 1
    #[arg(long, value_name = "N", default_value = "800", value_parser = |text: &str| within::<u32>(text, 480..=1920), allow_negative_numbers = true, help_heading = "What to write")]
    pub width: u32,
    #[command(flatten, next_help_heading = "What to write")]
    pub quiet: QuietFlag,
    #[command(flatten)]
    pub print: JsonFlag,
}

/// Most descents that are followed at once.
pub const MOST_DESCENTS: usize = 64;
/// Most points of all paths together; all are kept in memory.
pub const MOST_POINTS: u64 = 4 << 20;
const PNG_WIDTH: u32 = 1280;

impl TraceArguments {
    fn request(&self, rule: &Rule, beside: &Beside) -> Result<Request, RequestError> {
        let formulas = beside.shown.iter().map(|shown| &shown.expression).chain(&beside.model);
        let formulas: Vec<Expression> = formulas.cloned().collect();
        let mut request = request::formula(&self.problem, &self.descent, &formulas)?;
        let example = "NAME=AXIS, such as --vary alpha=0.1,1,3.9";
        let precision = self.arithmetic.precision.on(true);
        request.common = request::common(rule.clone(), &self.problem, &self.descent, precision, example)?;
        Ok(request)
    }

    /// The descents, and what was assumed about them.
    ///
    /// # Errors
    /// A request that cannot be; too many descents, or points of them.
    pub fn descents(&self) -> Result<(Descents, Vec<String>), RequestError> {
        if self.is_of_network() {
            let message = "is a network, and its weights have no path to be drawn: sweep it with a history, and the measure \
                           sharpness if that is wanted";
            return Err(RequestError::new("OBJECTIVE", &self.problem.objective, message));
        }
        self.network.refuse_for_formulas()?;
        let rules = request::rules(&self.rule)?;
        let beside = self.beside.read()?;
        let mut request = self.request(&rules[0], &beside)?;
        let mut notes = Vec::new();
        let alpha = KnobRef::alpha();
        let common = &request.common;
        let mut given = common.axes.iter().map(|varied| &varied.knob).chain(common.set.iter().map(|fixed| &fixed.knob));
        if !given.any(|knob| *knob == alpha) {
            let (axis, note) = default_alphas(&request)?;
            request.common.axes.insert(0, Varied { knob: alpha, axis, flag: "--alpha" });
            notes.push(note);
        }
        let descents = request.descents(&rules, MOST_DESCENTS)?.showing(beside)?;
        self.check_range(&descents)?;
        let steps = descents.specs.iter().map(|spec| u64::from(spec.limits.steps)).max().unwrap_or(0);
        let points = descents.list.len() as u64 * (steps + 1);
        if points > MOST_POINTS {
            let message = format!(
                "{points} points of {} descents, and at most {MOST_POINTS} are kept: take fewer",
                descents.list.len()
            );
            return Err(RequestError::new("--steps", steps, message));
        }
        for note in descents.specs.iter().flat_map(|spec| &spec.notes) {
            let note = note.to_string();
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        notes.extend(about_model(&descents));
        Ok((descents, notes))
    }
}

impl TraceArguments {
    /// The pictures show the loss over one parameter or two.
    fn check_range(&self, descents: &Descents) -> Result<(), RequestError> {
        let parameters = descents.specs[0].objective.parameters().len();
        let Some((lo, hi)) = self.range.filter(|_| parameters > 2) else { return Ok(()) };
        let message = format!(
            "the picture shows {parameters} parameters against the steps, and no axis of the first one; leave it out"
        );
        Err(RequestError::new("--range", format!("{lo}:{hi}"), message))
    }
}

impl TraceArguments {
    /// The network of the catalog that is asked for.
    pub fn network_row(&self) -> Option<&'static NetworkRow> {
        network_row(self.problem.objective.trim())
    }

    /// Whether trainings are to be followed rather than descents.
    pub fn is_of_network(&self) -> bool {
        self.network.net.is_some() || self.network_row().is_some()
    }

    /// How pictures look.
    pub fn style(&self) -> Style {
        self.picture.style()
    }

    /// The picture.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn drawn(&self, trace: &Trace) -> io::Result<Vec<u8>> {
        trace.png(self.style(), PNG_WIDTH, &footer(trace))
    }

    /// The film.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn filmed(&self, trace: &Trace) -> io::Result<(Vec<u8>, FilmInfo)> {
        trace.gif(self.style(), FilmOptions { width: self.width, fps: self.fps }, &footer(trace))
    }
}

fn footer(trace: &Trace) -> String {
    let precision = trace.descents().specs[0].program.precision;
    format!("cpu, {precision}  ·  alphasweep {}", env!("CARGO_PKG_VERSION"))
}

/// Which model was found, or that none was, where there are data that it could be held against.
fn about_model(descents: &Descents) -> Option<String> {
    descents.specs[0].data.as_ref()?;
    let Some(Fit { model, .. }) = &descents.fit else {
        let text = descents.specs[0].objective.text();
        return Some(format!(
            "no model can be told from `{text}`, and no fit is drawn; give it, such as --model \"w*x+b\""
        ));
    };
    let formula = model.expression.text();
    Some(match &model.target {
        Some(target) if model.is_probability => format!("the model is {formula}, the probability that {target} is 1"),
        Some(target) => format!("the model is {formula}, which predicts {target}"),
        None => format!("no fit is drawn: what does {formula} predict? Name it, as in --model \"y = {formula}\""),
    })
}

/// Learning rates that show what there is to see, and why these.
fn default_alphas(request: &Request) -> Result<(Axis, String), RequestError> {
    const SHARES: [f64; 4] = [0.1, 0.5, 0.97, 1.02];
    let limit = around::limit(request);
    let alphas = limit.and_then(|limit| Axis::list(SHARES.map(|share| around::rounded(share * limit))).ok());
    let Some((limit, alphas)) = limit.zip(alphas) else {
        let message = "a learning rate is needed here, where theory knows no limit; give --alpha 0.01,0.1";
        // What is wrong with the request itself is told first.
        return Err(request.resolve().err().unwrap_or_else(|| RequestError::new("--alpha", "", message)));
    };
    let shown: Vec<String> = alphas.values().map(figure).collect();
    let note = format!(
        "alpha is not given: {} are around the limit {} of theory; choose with --alpha",
        shown.join(", "),
        figure(limit)
    );
    Ok((alphas, note))
}
