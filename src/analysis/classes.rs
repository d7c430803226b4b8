//! Which of the minima that a map knows a descent has reached.

use super::explained::explained;
use super::summary::Tally;
use super::theory::{RestClass, RestPoint, Rests, is_near, knobs};
use crate::engine::Output;
use crate::problem::MAX_PARAMETERS;
use crate::sweep::{FormulaSweep, GradientDerivative, Measure, Place, SameClass, Sweep, SweepCommon, TileOutcomes};
use std::io;
use std::time::Duration;

/// Sees a whole map, to tell then which minimum each of its cells has reached: [`Measure::Minimum`].
pub struct Classing {
    tally: Tally,
}

/// The minima of a map, numbered from 1: lowest loss first, in the order of `rest_points` in `sweep.json`.
pub struct Classes<'a> {
    spec: &'a FormulaSweep,
    derivative: Option<GradientDerivative<'a>>,
    minima: Vec<Numbered>,
    /// Where in a tile the numbers go.
    at: usize,
}

struct Numbered {
    number: f64,
    place: RestPoint,
}

/// Two places are one where they are this near, as a share of 1 more than the size of the point.
const NEAR: f64 = 1e-3;
/// Two losses are one, relative to their size.
const SAME_LOSS: f64 = 1e-6;

impl Classing {
    /// For a sweep that measures minima; none where it does not.
    pub fn of(sweep: &SweepCommon) -> Option<Self> {
        position(sweep).map(|_| Self { tally: Tally::new(sweep) })
    }

    /// What was seen.
    pub fn classes<'a>(&self, sweep: &'a Sweep) -> Option<Classes<'a>> {
        let mut summary = self.tally.clone().finish(Duration::ZERO);
        Classes::new(sweep, explained(sweep, &mut summary).rest_points)
    }
}

impl Output for Classing {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.tally.tile(tile)
    }
}

fn position(sweep: &SweepCommon) -> Option<usize> {
    let column = sweep.measures().find(|column| column.name == Measure::Minimum.name())?;
    if let Place::Measure(at) = column.place { Some(at) } else { None }
}

fn numbered(points: Vec<RestPoint>, same: SameClass) -> Vec<Numbered> {
    let mut minima: Vec<Numbered> = Vec::new();
    for place in points.into_iter().filter(|point| point.class.is_minimum()) {
        let last = minima.last();
        let merged = last.filter(|last| same == SameClass::Loss && is_same_loss(last.place.loss, place.loss));
        let number = merged.map_or_else(|| last.map_or(1.0, |last| last.number + 1.0), |last| last.number);
        minima.push(Numbered { number, place });
    }
    minima
}

fn is_same_loss(a: f64, b: f64) -> bool {
    (a - b).abs() <= SAME_LOSS * (a.abs() + b.abs()) + 1e-12
}

impl<'a> Classes<'a> {
    /// Of the places of rest that are known, lowest loss first; none where minima are not measured.
    pub fn new(sweep: &'a Sweep, points: Vec<RestPoint>) -> Option<Self> {
        let spec: &'a FormulaSweep = sweep.formula()?;
        let minima = numbered(points, spec.same_class);
        let derivative = GradientDerivative::new(spec, MAX_PARAMETERS);
        Some(Self { spec, derivative, minima, at: position(sweep)? })
    }

    /// Writes the number of each cell's minimum into a tile: 0 where it reached none of them, unknown where none is known.
    pub fn tell(&self, tile: &mut TileOutcomes) {
        let knobs = knobs(self.spec);
        let rests = self.derivative.as_ref().map(|derivative| Rests::new(derivative, self.spec, &knobs));
        let mut point = vec![0.0; tile.parameters.len()];
        let number = |cell: usize| {
            if self.minima.is_empty() {
                return Measure::UNKNOWN;
            }
            if !tile.outcome[cell].has_arrived() {
                return 0.0;
            }
            point.iter_mut().zip(&tile.parameters).for_each(|(to, values)| *to = values[cell]);
            self.reached(&point, rests.as_ref()).unwrap_or(0.0)
        };
        let numbers = (0..tile.outcome.len()).map(number).collect();
        tile.measures[self.at] = numbers;
    }

    /// The minimum next to a point, or that Newton's steps lead to from there.
    fn reached(&self, point: &[f64], rests: Option<&Rests<'_, '_>>) -> Option<f64> {
        let single = |minimum: &&Numbered| minimum.place.class == RestClass::Minimum;
        let near = |minimum: &&Numbered, point: &[f64]| is_near(&minimum.place.point, point, NEAR);
        let minima = || self.minima.iter().filter(single);
        if let Some(found) = minima().find(|minimum| near(minimum, point)) {
            return Some(found.number);
        }
        let found = rests?.found(point).filter(|found| found.class.is_minimum())?;
        let same_valley = |minimum: &&Numbered| {
            minimum.place.class == RestClass::Valley && is_same_loss(minimum.place.loss, found.loss)
        };
        let valleys = self.minima.iter().find(same_valley);
        minima().find(|minimum| near(minimum, &found.point)).or(valleys).map(|minimum| minimum.number)
    }
}
