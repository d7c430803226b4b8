//! The maps of a film into a boundary, one after the other.

use crate::analysis::zoom::{closer, most_contested};
use crate::analysis::{Place, Window};
use crate::cli::call::Call;
use crate::cli::say::{Voice, fact};
use crate::draw::{Shade, ZoomMap, figure, share};
use crate::engine::cpu::CpuEngine;
use crate::engine::{EngineError, Refined, Seen, Watch, run_listed};
use crate::store::{Keyframes, fingerprint};
use crate::sweep::{
    Axis, Column, ColumnKind, KnobRef, Outcome, RequestError, Shard, Sweep, SweepRequest, TileOutcomes,
};
use anyhow::Context;
use serde::Serialize;

/// A map of the way, as `zoom.json` has it.
#[derive(Debug, Serialize)]
pub struct Keyframe {
    /// From 1.
    number: usize,
    x: [f64; 2],
    y: [f64; 2],
    cells: usize,
    computed: usize,
    /// Cells that were filled in and then looked at, and those that were another outcome.
    checked: usize,
    wrong: usize,
}

/// Neighbouring cells must be so many units in the last place apart.
const GRAIN: f64 = 64.0;

/// Where the maps lie, and which of them are computed.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    /// Cells of a map.
    pub size: (usize, usize),
    /// How many times smaller each window is than the one before.
    pub factor: f64,
    /// Maps at most.
    pub keyframes: usize,
    /// Values of the axes to go to; without them it is found.
    pub at: Option<[f64; 2]>,
    pub shard: Option<Shard>,
}

/// The maps on the way.
pub struct Way {
    pub course: Course,
    pub request: SweepRequest,
    /// The first map; all others stop where it does.
    pub first: Sweep,
    pub cpu: CpuEngine,
    pub kept: Keyframes,
    pub voice: Voice,
    pub maps: Vec<ZoomMap>,
    pub keyframes: Vec<Keyframe>,
}

/// The sweep of a window.
pub fn at_window(
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

impl Way {
    /// Computes map after map, as far as they are not kept; gives why there are no more.
    ///
    /// # Errors
    /// A full disk, an interruption.
    pub fn go(&mut self, mut window: Window, call: &Call<'_>) -> anyhow::Result<String> {
        let Course { size, factor, keyframes, .. } = self.course;
        for number in 0..keyframes {
            let outcomes = if self.course.shard.is_none_or(|shard| shard.takes(number)) {
                self.look(number, &window, call)?
            } else {
                Vec::new()
            };
            if number + 1 == keyframes {
                break;
            }
            let at: Place = match self.course.at {
                Some(values) => [window.x.place(values[0]), window.y.map_or(0.0, |y| y.place(values[1]))],
                None => match most_contested(&outcomes, size, factor) {
                    Some((x, y)) => [(x as f64 + 0.5) / size.0 as f64, (y as f64 + 0.5) / size.1 as f64],
                    None => {
                        return Ok("no boundary is left on the map; begin with wider axes, or say --at X,Y".to_owned());
                    }
                },
            };
            let (next, from) = closer(&window, at, factor);
            let step = 1.0 / (size.0.max(size.1) - 1) as f64;
            if step < GRAIN * next.grain(f64::EPSILON) {
                return Ok(format!(
                    "the grain of f64 begins here: neighbouring cells of the next map would be less than {GRAIN} units in the last \
                     place apart; {} keyframes of {keyframes}",
                    number + 1
                ));
            }
            let last = self.maps.pop().map(|map| map.leads_to(from));
            self.maps.extend(last);
            window = next;
        }
        Ok(format!("{keyframes} keyframes, as asked"))
    }

    /// The outcomes of a map, which is computed where it is not kept.
    fn look(&mut self, number: usize, window: &Window, call: &Call<'_>) -> anyhow::Result<Vec<Outcome>> {
        let mut sweep = at_window(&self.request, &self.first, window, self.course.size)?.resolve()?;
        if let (Sweep::Formula(spec), Sweep::Formula(first)) = (&sweep, &self.first) {
            sweep = Sweep::from((**spec).clone().held_to(first));
        }
        // Where it stops is not in its own fingerprint.
        let key = fingerprint(&sweep) ^ fingerprint(&self.first).rotate_left(1);
        let found = self.kept.load(key, self.course.size);
        let again = found.is_some();
        let map = match found {
            Some(map) => map,
            None => self.computed(&sweep, call).with_context(|| self.told(number))?,
        };
        if !again {
            self.kept.save(key, &map).context("keeping a keyframe")?;
        }
        self.note(&map, window, (number, again));
        let outcomes = map.cells.iter().map(|seen| seen.0).collect();
        self.maps.push(ZoomMap::new(map, &sweep, window, (number, self.course.factor)));
        Ok(outcomes)
    }

    fn computed(&self, sweep: &Sweep, call: &Call<'_>) -> Result<Refined, EngineError> {
        let trains = sweep.column(ColumnKind::Trainability).cloned();
        let watch = Watch::new(&|_| (), call.interruption.cancel());
        let mut run = |cells: &[(u32, u32)]| -> Result<Vec<Seen>, EngineError> {
            let tile = run_listed(&self.cpu, sweep, cells, &watch)?;
            Ok((0..cells.len()).map(|cell| seen(&tile, trains.as_ref(), cell)).collect())
        };
        Refined::new(self.course.size, &mut run)
    }

    /// What is there when it ends too soon.
    fn told(&self, number: usize) -> String {
        let folder = self.kept.folder().display();
        format!("{number} keyframes are kept in {folder}; the same command goes on from there")
    }

    fn note(&mut self, map: &Refined, window: &Window, (number, again): (usize, bool)) {
        let Refined { computed, checked, wrong, .. } = *map;
        let cells = map.cells.len();
        let y = window.y.unwrap_or(window.x);
        let (x, y) = ([window.x.lo, window.x.hi], [y.lo, y.hi]);
        self.keyframes.push(Keyframe { number: number + 1, x, y, cells, computed, checked, wrong });
        let times = figure(self.course.factor.powi(number as i32));
        let looked = match checked {
            0 => String::new(),
            _ => format!("; {wrong} of {checked} others that were looked at differ"),
        };
        let kept = if again { "; it was kept" } else { "" };
        let text = format!("×{times}: {} of the cells computed{looked}{kept}", share(computed as u64, cells as u64));
        self.voice.say(&fact(&format!("keyframe {}", number + 1), &text));
    }
}

/// A cell as the film shows it: where the published measure of trainability is taken, whether it trains, and how well.
fn seen(tile: &TileOutcomes, trains: Option<&Column>, cell: usize) -> Seen {
    let Some(column) = trains else { return (tile.outcome[cell], Shade::Rank.key(tile, cell)) };
    let measure = tile.values(column).number(cell);
    let outcome = if measure < 0.0 { Outcome::Converged } else { Outcome::Diverged };
    (outcome, measure.abs() as f32)
}
