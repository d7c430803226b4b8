//! Descents from points that lie anywhere in the window of a map, as one more sweep: along its only axis both numbers change.

use crate::analysis::{Classes, theory::Known};
use crate::problem::random::{Stream, uniform};
use crate::sweep::{
    Axis, Column, FormulaSweep, Line, Request, RequestError, Scale, Source, Sweep, SweepAxis, SweepCommon, TileOutcomes,
};

/// What tells cells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelOf {
    /// Whether the descent arrived.
    Arrived,
    /// Its outcome.
    Outcome,
    /// Which minimum it reached, of a sweep that measures that.
    Minimum,
}

impl LabelOf {
    /// As flags name them.
    pub const WORDS: [&'static str; 3] = ["arrived", "outcome", "minimum"];

    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Arrived, Self::Outcome, Self::Minimum];
        Self::WORDS.iter().zip(all).find(|(known, _)| **known == word).map(|(_, of)| of)
    }

    /// The label of a cell. `minimum` is that column, where there is one.
    pub fn of(self, tile: &TileOutcomes, minimum: Option<&Column>, cell: usize) -> u16 {
        match self {
            Self::Arrived => u16::from(tile.outcome[cell].has_arrived()),
            Self::Outcome => tile.outcome[cell] as u16,
            Self::Minimum => minimum.map_or(0, |column| tile.values(column).number(cell) as u16),
        }
    }
}

/// The part of the plane that a map shows. Points in it are numbers from 0 to 1 along each axis.
#[derive(Debug, Clone)]
pub struct Window {
    pub x: Span,
    pub y: Option<Span>,
}

/// An axis without its steps.
#[derive(Debug, Clone)]
pub struct Span {
    lo: f64,
    hi: f64,
    log: bool,
}

/// A point of a window; the second number is of no meaning where there is one axis.
pub type Point = [f64; 2];

impl Span {
    fn of(axis: &SweepAxis) -> Option<Self> {
        let (lo, hi) = axis.axis.bounds();
        let log = match axis.axis.scale() {
            Scale::Linear => false,
            Scale::Log => true,
            Scale::Listed => return None,
        };
        (lo < hi).then(|| Self { lo, hi, log })
    }

    fn value(&self, at: f64) -> f64 {
        if self.log {
            (self.lo.ln() + at * (self.hi.ln() - self.lo.ln())).exp()
        } else {
            self.lo + at * (self.hi - self.lo)
        }
    }

    fn grain(&self, unit: f64) -> f64 {
        let largest = self.lo.abs().max(self.hi.abs());
        if self.log { unit / (self.hi / self.lo).ln() } else { unit * largest / (self.hi - self.lo) }
    }
}

impl Window {
    /// Of a map whose axes have values in between; else why there is none.
    ///
    /// # Errors
    /// An axis that is a list, or draws what else belongs to its values.
    pub fn of(grid: &SweepCommon) -> Result<Self, String> {
        let plain = |lines: &[Line]| lines.len() <= 1 && lines.iter().all(|line| *line == Line::Axis);
        if !plain(&grid.x_lines) || !plain(&grid.y_lines) {
            return Err("an axis draws what belongs to its values, and there is nothing between two draws".to_owned());
        }
        let span = |axis: &SweepAxis| {
            let listed = || format!("`{}` is a list; there is nothing between its values", axis.name);
            Span::of(axis).ok_or_else(listed)
        };
        Ok(Self { x: span(&grid.x)?, y: grid.y.as_ref().map(span).transpose()? })
    }

    /// Axes.
    pub fn dimension(&self) -> usize {
        if self.y.is_some() { 2 } else { 1 }
    }

    /// The n-th of points that look drawn, and a direction of length 1.
    pub fn drawn(&self, seed: u32, number: u32) -> (Point, Point) {
        let draw = |which: u32| uniform(seed, Stream::Start, which, number);
        let point = [draw(0), draw(1)];
        let angle = std::f64::consts::TAU * draw(2);
        let direction = if self.y.is_some() { [angle.cos(), angle.sin()] } else { [angle.cos().signum(), 0.0] };
        (point, direction)
    }

    /// The smallest distance that numbers with this unit in the last place tell apart everywhere.
    pub fn grain(&self, unit: f64) -> f64 {
        self.y.iter().chain([&self.x]).map(|span| span.grain(unit)).fold(0.0, f64::max)
    }

    /// The values of a point.
    pub fn values(&self, point: Point) -> [f64; 2] {
        [self.x.value(point[0]), self.y.as_ref().map_or(0.0, |y| y.value(point[1]))]
    }
}

/// A sweep of the descents from some places of a map, by the values of its axes.
///
/// # Errors
/// A value that the request refuses.
pub fn listed(request: &Request, spec: &FormulaSweep, values: &[[f64; 2]]) -> Result<FormulaSweep, RequestError> {
    let wrong = |message: String| RequestError::new("--dimension", "", message);
    let along_x = Axis::list(values.iter().map(|value| value[0])).map_err(wrong)?;
    let mut request = request.clone().without_axes().vary(spec.x.name.as_str(), along_x);
    if let Some(y) = &spec.y {
        request = request.set(y.name.as_str(), values[0][1]);
    }
    let mut sweep = request.resolve()?.held_to(spec);
    if let Some(y) = &spec.y {
        let common = &mut sweep.common;
        common.x_lines.push(Line::Values(values.iter().map(|value| value[1]).collect()));
        let line = common.x_lines.len() - 1;
        common.knobs.iter_mut().filter(|knob| knob.name == y.name).for_each(|knob| knob.source = Source::X(line));
    }
    Ok(sweep)
}

/// Reads the labels of tiles of sweeps that look like another.
pub struct Labeller<'a> {
    of: LabelOf,
    minimum: Option<Column>,
    classes: Option<Classes<'a>>,
}

impl<'a> Labeller<'a> {
    /// For sweeps like this one, of which this is known.
    pub fn new(of: LabelOf, sweep: &'a Sweep, known: &Known) -> Self {
        let minimum = (of == LabelOf::Minimum).then(|| minimum_of(sweep).cloned()).flatten();
        let classes = minimum.as_ref().and_then(|_| Classes::new(sweep, known.rest_points.clone()));
        Self { of, minimum, classes }
    }

    /// The labels of a tile that was not seen a second time.
    pub fn labels(&self, tile: &TileOutcomes) -> Vec<u16> {
        let mut tile = std::borrow::Cow::Borrowed(tile);
        if let Some(classes) = &self.classes {
            classes.tell(tile.to_mut());
        }
        (0..tile.outcome.len()).map(|cell| self.of.of(&tile, self.minimum.as_ref(), cell)).collect()
    }
}

/// The column that says which minimum was reached.
pub fn minimum_of(grid: &SweepCommon) -> Option<&Column> {
    grid.measures().find(|column| column.name == crate::sweep::Measure::Minimum.name())
}
