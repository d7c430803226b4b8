//! Which of the minima that a map knows a descent has reached.

use super::explained::explained;
use super::loss_classes::{LossClasses, LossTally};
use super::summary::Tally;
use super::theory::{RestClass, RestPoint, Rests, is_near, knobs};
use crate::engine::Output;
use crate::problem::MAX_PARAMETERS;
use crate::sweep::{
    FormulaSweep, GradientDerivative, Measure, Outcome, Place, SameClass, Sweep, SweepCommon, TileOutcomes,
};
use std::io;
use std::time::Duration;

/// Sees a whole map, to tell then which minimum each of its cells has reached: [`Measure::Minimum`].
pub enum Classing {
    /// By the place.
    Descents(Box<Tally>),
    /// By the loss.
    Trainings(LossTally),
}

/// The minima of a map, numbered from 1, lowest loss first.
pub struct Classes<'a> {
    minima: Minima<'a>,
    /// Where in a tile the numbers go.
    at: usize,
}

enum Minima<'a> {
    Places(Box<Places<'a>>),
    Losses(LossClasses),
}

/// In the order of `rest_points` in `sweep.json`.
struct Places<'a> {
    spec: &'a FormulaSweep,
    derivative: Option<GradientDerivative<'a>>,
    minima: Vec<Numbered>,
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
        position(sweep).map(|_| {
            if sweep.title.is_formula {
                Self::Descents(Box::new(Tally::new(sweep)))
            } else {
                Self::Trainings(LossTally::default())
            }
        })
    }

    /// What was seen.
    pub fn classes<'a>(&self, sweep: &'a Sweep) -> Option<Classes<'a>> {
        match self {
            Self::Descents(tally) => {
                let mut summary = tally.clone().finish(Duration::ZERO);
                Classes::of_places(sweep, explained(sweep, &mut summary).rest_points)
            }
            Self::Trainings(losses) => Some(Classes { minima: Minima::Losses(losses.classes()), at: position(sweep)? }),
        }
    }
}

impl Output for Classing {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        match self {
            Self::Descents(tally) => tally.tile(tile),
            Self::Trainings(losses) => {
                losses.tile(tile);
                Ok(())
            }
        }
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
    pub fn of_places(sweep: &'a Sweep, points: Vec<RestPoint>) -> Option<Self> {
        let minima = Minima::Places(Box::new(Places::new(sweep.formula()?, points)));
        Some(Self { minima, at: position(sweep)? })
    }

    /// Writes the number of each cell's minimum into a tile: 0 where it reached none of them, unknown where none is known.
    pub fn tell(&self, tile: &mut TileOutcomes) {
        tile.measures[self.at] = match &self.minima {
            Minima::Places(places) => places.numbers(tile),
            Minima::Losses(classes) => numbers_by_loss(classes, tile),
        };
    }
}

fn numbers_by_loss(classes: &LossClasses, tile: &TileOutcomes) -> Vec<f64> {
    let number = |(outcome, loss): (&Outcome, &f64)| match outcome {
        _ if classes.is_empty() => Measure::UNKNOWN,
        outcome if outcome.has_arrived() => classes.of(*loss).map_or(0.0, |number| number as f64),
        _ => 0.0,
    };
    tile.outcome.iter().zip(&tile.loss_final).map(number).collect()
}

impl<'a> Places<'a> {
    fn new(spec: &'a FormulaSweep, points: Vec<RestPoint>) -> Self {
        let minima = numbered(points, spec.same_class);
        Self { spec, derivative: GradientDerivative::new(spec, MAX_PARAMETERS), minima }
    }

    /// The number of each cell's minimum.
    fn numbers(&self, tile: &TileOutcomes) -> Vec<f64> {
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
        (0..tile.outcome.len()).map(number).collect()
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
