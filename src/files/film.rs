//! `--film`: one whole sweep per frame, on the engine of the sweep itself.

use super::deferred::DeferredFile;
use super::flags::{Flag, FlagKind, Scope};
use super::output::{Created, FileOutput, Finished, OutputContext, OutputError, OutputRow};
use crate::analysis::Tally;
use crate::analysis::theory::Known;
use crate::draw::{Film, FilmFrame, MAX_FRAMES, Style};
use crate::engine::Output;
use crate::store::WholeFile;
use crate::sweep::{Axis, FormulaSweep, Request, RequestError, SEED, TileOutcomes, is_hidden};
use std::io;
use std::time::Duration;

/// `--film`
pub const FILM: Flag = Flag {
    requires: Some("film-over"),
    scope: Scope::Formulas,
    ..Flag::new(
        "film",
        FlagKind::File,
        "FILE",
        "A film (GIF) of the map as one number moves; needs --film-over (formulas only)",
    )
};
/// `--film-over`
pub const FILM_OVER: Flag = Flag {
    requires: Some("film"),
    scope: Scope::Formulas,
    ..Flag::new(
        "film-over",
        FlagKind::Text,
        "NAME=AXIS",
        "What moves in the film: steps, a hyperparameter, a constant, a start or the seed; one frame per value",
    )
};

pub const ROW: OutputRow =
    OutputRow { name: "film", flags: &[&FILM, &FILM_OVER], own_run: true, note: None, check: None, create };

/// What moves the steps rather than a knob.
const STEPS: &str = "steps";

/// A film that can be made: every frame is a sweep that can run, and there is a file for it.
struct FilmPlan {
    style: Style,
    frames: Vec<(f64, FormulaSweep)>,
    film: Film,
    file: DeferredFile,
}

/// Every frame is checked before anything runs.
fn create(context: &OutputContext<'_>) -> Created {
    let given = context.flags.path(&FILM).zip(context.flags.text(&FILM_OVER));
    let sweep = context.request.zip(context.sweep.formula());
    let Some(((path, text), (request, spec))) = given.zip(sweep) else { return Ok(None) };
    let refuse = |message: String| RequestError::new(&FILM_OVER.typed(), text, message);
    let form = "expected NAME=AXIS, such as --film-over steps=log:1:1000:48";
    let sides = text.split_once('=').map(|(name, axis)| (name.trim(), axis.trim()));
    let sides = sides.filter(|(name, axis)| !name.is_empty() && !axis.is_empty());
    let (name, axis) = sides.ok_or_else(|| refuse(form.to_owned()))?;
    let axis = Axis::parse(axis).map_err(refuse)?;
    check(spec, name, &axis).map_err(refuse)?;
    let one_axis = "the sweep has one axis, and a film is of maps; vary two names";
    let film = Film::new(spec, name, context.style)
        .ok_or_else(|| RequestError::new(&FILM.typed(), path.display(), one_axis))?;
    let frame = |value: f64| {
        let spec = at(request, name, value).resolve();
        spec.map(|spec| (value, spec)).map_err(|error| refuse(format!("at {name} = {value}: {error}")))
    };
    let values = values(name, &axis).map_err(refuse)?;
    let frames = values.into_iter().map(frame).collect::<Result<_, _>>()?;
    Ok(Some(Box::new(FilmPlan { style: context.style, frames, film, file: context.file(&FILM.typed(), path)? })))
}

/// Whether this can move over the map.
fn check(spec: &FormulaSweep, name: &str, axis: &Axis) -> Result<(), String> {
    if axis.len() > MAX_FRAMES {
        return Err(format!("{} frames, and a film has {MAX_FRAMES} at most; take fewer values", axis.len()));
    }
    if name == STEPS {
        return Ok(());
    }
    let known = || spec.program.knobs.iter().map(String::as_str).filter(|known| !is_hidden(known));
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

impl Output for FilmPlan {
    /// The map of the sweep itself is no frame.
    fn tile(&mut self, _: &TileOutcomes) -> io::Result<()> {
        Ok(())
    }
}

impl FileOutput for FilmPlan {
    fn finish(self: Box<Self>, finished: &Finished<'_>) -> Result<Vec<WholeFile>, OutputError> {
        let Self { style, frames, mut film, file } = *self;
        let Some(run_sweeps) = finished.run_sweeps else { return Ok(Vec::new()) };
        let specs: Vec<&FormulaSweep> = frames.iter().map(|(_, spec)| spec).collect();
        let begin = |at: usize| frames.get(at).map(|(_, spec)| (FilmFrame::new(spec, style), Tally::new(spec)));
        let mut under_way = begin(0);
        run_sweeps(&specs, &mut |at, tile| {
            let (value, spec) = &frames[at];
            let Some((frame, tally)) = &mut under_way else { return Ok(()) };
            frame.tile(tile)?;
            tally.tile(tile)?;
            if tile.tile.range(spec.nx()).end == spec.cells() {
                let summary = tally.finish(Duration::ZERO);
                let reached = summary.best.as_ref().map(|best| best.parameters.as_slice());
                film.push(frame, *value, &Known::of_map(spec, reached, &summary.ends).theory);
                under_way = begin(at + 1);
            }
            Ok(())
        })?;
        Ok(vec![file.filled(|file| film.write(file))?])
    }
}
