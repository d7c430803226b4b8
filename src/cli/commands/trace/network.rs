//! Trainings step by step: a network has no path that could be drawn. What is followed is its loss, its accuracies and its
//! sharpness.

use super::arguments::{MOST_DESCENTS, MOST_POINTS, TraceArguments};
use crate::cli::call::Call;
use crate::cli::flags::request;
use crate::cli::flags::requested::NetworkAsked;
use crate::cli::interrupt::Patience;
use crate::cli::results::{self, Results, Written};
use crate::cli::{progress, say, threads};
use crate::draw::{Curves, figure};
use crate::engine::cpu::CpuEngine;
use crate::engine::{Engine, Output, Watch, collect_watched};
use crate::files::{DeferredFile, FOLDER, HistoryCsv, TrainingDocument, trainings, trainings_json};
use crate::sweep::{
    Axis, Fixed, KnobRef, Measure, NetworkSweep, RequestCommon, RequestError, SEED, Setting, Sweep, SweepAxis,
    TileOutcomes, Varied,
};
use anyhow::Context;
use std::io::{self, Write};
use std::sync::Arc;

/// Records of a training, unless --history says how many steps lie between them.
const RECORDS: u32 = 500;

/// The trainings that are to be followed.
///
/// # Errors
/// A request that cannot be; too many trainings.
fn sweep(arguments: &TraceArguments) -> Result<NetworkSweep, RequestError> {
    refuse_of_paths(arguments)?;
    let measures: &[Measure] = if arguments.beside.sharpness { &[Measure::Sharpness] } else { &[] };
    let (problem, descent, flags) = (&arguments.problem, &arguments.descent, &arguments.network);
    let common = common(arguments)?;
    let mut request = NetworkAsked { problem, descent, flags, measures, common }.request(arguments.network_row())?;
    if request.history.is_none() {
        let steps = request.resolve()?.limits.steps;
        request.history = Some(u64::from(steps.div_ceil(RECORDS).max(1)));
    }
    let spec = request.resolve()?;
    check_axes(&request.common, &spec)?;
    let points = spec.cells().saturating_mul(spec.records()) as u64;
    if spec.cells() > MOST_DESCENTS || points > MOST_POINTS {
        let message = format!(
            "{} trainings with {} records each; at most {MOST_DESCENTS} are followed, and {MOST_POINTS} records are kept: \
             take fewer",
            spec.cells(),
            spec.records()
        );
        return Err(RequestError::new("--alpha", spec.cells(), message));
    }
    Ok(spec)
}

/// Refuses an axis that only the catalog has: its many trainings were not asked for.
fn check_axes(asked: &RequestCommon, spec: &NetworkSweep) -> Result<(), RequestError> {
    let own = |name: &str| asked.axes.iter().any(|varied| varied.knob.is(name));
    match std::iter::once(&spec.x).chain(&spec.y).find(|axis| !own(&axis.name)) {
        Some(SweepAxis { name, .. }) => {
            let message = format!("this network has it as an axis; give some values, or one, as in --vary {name}=1,10");
            Err(RequestError::new("--vary", name, message))
        }
        None => Ok(()),
    }
}

/// One rule, the learning rates that were given, and one seed where none was.
fn common(arguments: &TraceArguments) -> Result<RequestCommon, RequestError> {
    let rules = request::rules(&arguments.rule)?;
    if let [_, second, ..] = &rules[..] {
        let name = second.name().unwrap_or_else(|| second.text());
        return Err(RequestError::new("--rule", name, "the trainings of a network are followed under one rule"));
    }
    let precision = arguments.arithmetic.precision.on(true);
    let example = "NAME=AXIS, such as --vary alpha=0.1,0.5";
    let mut common = request::common(rules[0].clone(), &arguments.problem, &arguments.descent, precision, example)?;
    let [alpha, seed] = [KnobRef::alpha(), KnobRef::Named(SEED.to_owned())];
    let axes = common.axes.iter().map(|varied| &varied.knob);
    let given: Vec<KnobRef> = axes.chain(common.set.iter().map(|fixed| &fixed.knob)).cloned().collect();
    let is_rate = |knob: &KnobRef| knob.to_string().starts_with("alpha");
    if !given.iter().any(is_rate) {
        let message = "a learning rate is needed here, where theory knows no limit; give --alpha 0.01,0.1";
        return Err(RequestError::new("--alpha", "", message));
    }
    // A rate that is set is an axis of one value: else the catalog's axis would stand there.
    if let Some(at) = common.set.iter().position(|fixed| fixed.knob == alpha && common.axes.is_empty()) {
        let value = common.set.remove(at).value.number();
        common.axes.extend(value.map(|value| Varied { knob: alpha, axis: Axis::one(value), flag: "--set" }));
    }
    if common.axes.len() < 2 && !given.contains(&seed) {
        common.set.push(Fixed { knob: seed, value: Setting::Number(1.0), text: "1".to_owned() });
    }
    Ok(common)
}

/// Refuses what is made of paths, which trainings do not have.
fn refuse_of_paths(arguments: &TraceArguments) -> Result<(), RequestError> {
    let TraceArguments { beside, range, fps, problem, .. } = arguments;
    let given = [
        ("--show", beside.show.first().cloned()),
        ("--predict", beside.predict.first().cloned()),
        ("--model", beside.model.clone()),
        ("--fit-x", beside.fit_x.clone()),
        ("--flow", beside.flow.then(String::new)),
        ("--range", range.map(|(lo, hi)| format!("{lo}:{hi}"))),
        ("--fps", fps.map(|fps| fps.to_string())),
        ("--start", problem.short.start.clone()),
    ];
    match given.into_iter().find_map(|(flag, text)| text.map(|text| (flag, text))) {
        Some((flag, text)) => {
            Err(RequestError::new(flag, text, "is for formulas, and this is a network; leave it out"))
        }
        None => Ok(()),
    }
}

/// The files, made before the run.
struct Files<'a> {
    csv: Option<DeferredFile>,
    png: Option<DeferredFile>,
    sharpness: Option<DeferredFile>,
    results: Results<'a>,
}

impl<'a> Files<'a> {
    fn create(arguments: &'a TraceArguments) -> Result<Self, RequestError> {
        let results = Results::take(&arguments.files, arguments.problem.data.as_deref(), "trace.json")?;
        let is_wanted = !arguments.files.no_png && arguments.beside.sharpness;
        let sharpness = is_wanted.then(|| results.file("trace-sharpness.png", FOLDER, None)).transpose()?;
        Ok(Self { csv: results.csv("trace.csv")?, png: results.png("trace.png")?, sharpness, results })
    }

    /// Writes all files and names them.
    fn finish(
        mut self,
        arguments: &TraceArguments,
        call: &Call<'_>,
        followed: &Followed,
    ) -> anyhow::Result<Vec<Written>> {
        let mut add = |file| self.results.add(file, String::new());
        if let Some(file) = self.csv {
            add(file.filled(|out| followed.csv(out))?);
        }
        if let Some(file) = self.png {
            add(file.written(&followed.curves.png(&followed.footer())?)?);
        }
        if let Some(file) = self.sharpness {
            add(file.written(&followed.curves.sharpness_png(&followed.footer())?)?);
        }
        let Followed { spec, engine, trainings, .. } = followed;
        self.results
            .finish(arguments.print, |paths| trainings_json(spec, (&call.words, &engine.info()), trainings, paths))
    }
}

/// Trainings that were followed.
struct Followed {
    spec: Arc<NetworkSweep>,
    engine: CpuEngine,
    tile: TileOutcomes,
    curves: Curves,
    trainings: Vec<TrainingDocument>,
}

impl Followed {
    fn csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = HistoryCsv::new(out, &self.spec)?;
        csv.tile(&self.tile)?;
        csv.finish().map(|_| ())
    }

    fn footer(&self) -> String {
        format!("cpu, {}  ·  alphasweep {}", self.spec.precision, env!("CARGO_PKG_VERSION"))
    }
}

/// Runs the command for a network.
///
/// # Errors
/// As that for a formula.
pub fn run(arguments: &TraceArguments, call: &Call<'_>) -> anyhow::Result<()> {
    let to_stdout = arguments.files.to_stdout();
    arguments.print.has_stdout(to_stdout)?;
    let spec = Arc::new(sweep(arguments)?);
    threads::start(None)?;
    let engine = CpuEngine::new(None)?;
    let map = Sweep::Network(spec.clone());
    engine.check(&map)?;
    let files = Files::create(arguments)?;
    let voice = arguments.quiet.voice();
    voice.say(&spec.notes.iter().map(|note| say::note(&note.to_string())).collect::<String>());
    call.interruption.ready(Patience::None);
    let bar = progress::sweep(spec.cells() as u64 * (u64::from(spec.limits.steps) + 1), voice);
    let told = |steps| bar.inc(steps);
    let tile = collect_watched(&engine, &map, &Watch::new(&told, call.interruption.cancel()))?;
    bar.finish_and_clear();
    let mut curves = Curves::new(&spec, arguments.style()).context("a history")?;
    curves.tile(&tile)?;
    let followed = Followed { trainings: trainings(&spec, &tile), spec, engine, tile, curves };
    if to_stdout {
        followed.csv(&mut io::stdout().lock())?;
    }
    let written = files.finish(arguments, call, &followed).context("writing the results")?;
    voice.say(&(report(&followed) + &results::told(&written)));
    Ok(())
}

/// What came of each training.
fn report(followed: &Followed) -> String {
    let spec = &followed.spec;
    let training = |(at, training): (usize, &TrainingDocument)| {
        let axes = std::iter::once(&spec.x).chain(&spec.y);
        let names: Vec<String> = axes
            .filter_map(|axis| Some(format!("{} = {}", axis.name, figure(*training.knobs.get(&axis.name)?))))
            .collect();
        let loss = training.loss_final.map_or("none".to_owned(), figure);
        let ended = format!("{}: {} after {} steps, loss {loss}", names.join(", "), training.outcome, training.steps);
        let sharpness = training.sharpness.as_ref().and_then(|sharpness| {
            let edge = match (sharpness.edge, sharpness.no_edge) {
                (Some(edge), _) => format!("stable below {}", figure(edge)),
                (None, why) => why.unwrap_or_default().to_owned(),
            };
            Some(format!("sharpness {} ({edge})", figure(sharpness.end?)))
        });
        let sharpness = sharpness.into_iter().map(|text| (String::new(), text));
        std::iter::once((format!("training {}", at + 1), ended)).chain(sharpness).collect::<Vec<_>>()
    };
    let trainings = followed.trainings.iter().enumerate().flat_map(training);
    trainings.map(|(label, text)| say::fact(&label, &text)).collect()
}
