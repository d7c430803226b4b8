//! `--film`: one whole sweep per frame, on the engine of the sweep itself.

use crate::analysis::Tally;
use crate::analysis::theory::{Reached, theory_of};
use crate::cli::choose::Chosen;
use crate::cli::deferred_file::DeferredFile;
use crate::cli::extras::style;
use crate::cli::flags::SweepArguments;
use crate::cli::flags::request::named;
use crate::cli::progress;
use crate::draw::{Film, FilmFrame, MAX_FRAMES};
use crate::engine::{Output, Watch, run_into};
use crate::sweep::{Axis, FormulaSweep, Request, RequestError, SEED, Sweep, TABLE};
use anyhow::Context;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// What moves the steps rather than a knob.
const STEPS: &str = "steps";

/// A film that can be made: every frame is a sweep that can run, and there is a file for it.
pub struct FilmPlan {
    frames: Vec<(f64, Arc<FormulaSweep>)>,
    film: Film,
    file: DeferredFile,
}

/// The film that was asked for, with its file, before anything runs.
///
/// # Errors
/// What is wrong with it: the flag, the value, the way out.
pub fn plan(
    arguments: &SweepArguments,
    request: &Request,
    spec: &FormulaSweep,
) -> Result<Option<FilmPlan>, RequestError> {
    let (Some(path), Some(text)) = (&arguments.film, &arguments.film_over) else { return Ok(None) };
    let refuse = |message: String| RequestError::new("--film-over", text, message);
    let (name, axis) = named("--film-over", text, "NAME=AXIS, such as --film-over steps=log:1:1000:48")?;
    let axis = Axis::parse(axis).map_err(refuse)?;
    check(spec, name, &axis).map_err(refuse)?;
    let flag = "--film";
    let one_axis = "the sweep has one axis, and a film is of maps; vary two names".to_owned();
    let film =
        Film::new(spec, name, style(arguments)).ok_or_else(|| RequestError::new(flag, path.display(), one_axis))?;
    let values = values(name, &axis).map_err(refuse)?;
    let frame = |value: f64| {
        let spec = at(request, name, value).resolve();
        spec.map(|spec| (value, Arc::new(spec))).map_err(|error| refuse(format!("at {name} = {value}: {error}")))
    };
    let frames = values.into_iter().map(frame).collect::<Result<_, _>>()?;
    Ok(Some(FilmPlan { frames, film, file: DeferredFile::create(flag, path)? }))
}

/// Whether this can move over the map.
fn check(spec: &FormulaSweep, name: &str, axis: &Axis) -> Result<(), String> {
    if axis.len() > MAX_FRAMES {
        return Err(format!("{} frames, and a film has {MAX_FRAMES} at most; take fewer values", axis.len()));
    }
    if name == STEPS {
        return Ok(());
    }
    let known = || spec.program.knobs.iter().map(String::as_str).filter(|known| *known != TABLE);
    if !known().any(|known| known == name) {
        let known: Vec<&str> = [STEPS].into_iter().chain(known()).collect();
        return Err(format!("`{name}` is nothing that can move here; there are {}", known.join(", ")));
    }
    let axes = [Some(&spec.x), spec.y.as_ref()];
    if axes.into_iter().flatten().any(|axis| axis.name == name) {
        return Err(format!("`{name}` is an axis of the map; let another name move, or vary another with --vary"));
    }
    Ok(())
}

/// One value per frame: of steps only whole numbers, each once.
fn values(name: &str, axis: &Axis) -> Result<Vec<f64>, String> {
    let values: Vec<f64> = axis.values().collect();
    if name != STEPS {
        return Ok(values);
    }
    if let Some(wrong) = values.iter().find(|value| **value < 0.0) {
        return Err(format!("{wrong} steps cannot be made; begin at 0 or 1"));
    }
    let mut whole: Vec<f64> = values.into_iter().map(f64::round).collect();
    whole.dedup();
    Ok(whole)
}

/// The request of a frame.
fn at(request: &Request, name: &str, value: f64) -> Request {
    let mut request = request.clone();
    if name == STEPS {
        return request.steps(value as u64);
    }
    // The map itself may have a value of it; in the film it moves.
    request.common.set.retain(|fixed| !fixed.knob.is(name));
    if name == SEED {
        request.common.seed = None;
    }
    request.set(name, value)
}

/// Runs every frame and writes the film.
///
/// # Errors
/// A failed machine, an interruption, a full disk.
pub fn make(
    plan: FilmPlan,
    arguments: &SweepArguments,
    chosen: &Chosen,
    cancel: &AtomicBool,
) -> anyhow::Result<PathBuf> {
    let FilmPlan { frames, mut film, file } = plan;
    let work = |spec: &FormulaSweep| spec.cells() as u64 * (u64::from(spec.limits.steps) + 1);
    let bar = progress::film(frames.iter().map(|(_, spec)| work(spec)).sum(), arguments.quiet.voice());
    let progress = |done| bar.inc(done);
    let watch = Watch::new(&progress, cancel);
    for (value, spec) in &frames {
        let (mut frame, mut tally) = (FilmFrame::new(spec, style(arguments)), Tally::new(spec));
        let engine = chosen.engine.as_ref();
        let run =
            run_into(engine, &Sweep::from(spec), &watch, &mut |tile| frame.tile(tile).and_then(|()| tally.tile(tile)));
        run.context("making the film")??;
        let reached = tally.finish(Duration::ZERO).best;
        let reached = reached.as_ref();
        let reached = reached.map(|best| Reached { parameters: &best.finals, cell: best.cell, steps: best.steps });
        film.push(&frame, *value, &theory_of(spec, reached));
    }
    bar.finish_and_clear();
    file.fill(|file| film.write(file)).context("writing the film")
}
