//! Descents from points that lie anywhere in the window of a map, as one more sweep: along its only axis both numbers change.

use super::boxes::Labels;
use crate::analysis::window::Place;
use crate::analysis::{Classes, theory::Known};
use crate::problem::random::{Stream, uniform};
use crate::sweep::{
    Axis, Column, FormulaSweep, Line, Outcome, Request, RequestError, Source, Sweep, SweepCommon, TileOutcomes,
};

/// What tells cells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelOf {
    /// Whether the descent arrived.
    Arrived,
    /// Whether it diverged: the boundary of trainability.
    Diverged,
    /// Its outcome.
    Outcome,
    /// Which minimum it reached, of a sweep that measures that.
    Minimum,
}

impl LabelOf {
    /// As flags name them.
    pub const WORDS: [&'static str; 4] = ["arrived", "diverged", "outcome", "minimum"];

    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Arrived, Self::Diverged, Self::Outcome, Self::Minimum];
        Self::WORDS.iter().zip(all).find(|(known, _)| **known == word).map(|(_, of)| of)
    }

    /// The label of a cell. `minimum` is that column, where there is one.
    pub fn of(self, tile: &TileOutcomes, minimum: Option<&Column>, cell: usize) -> u16 {
        match self {
            Self::Arrived => u16::from(tile.outcome[cell].has_arrived()),
            Self::Diverged => u16::from(tile.outcome[cell] == Outcome::Diverged),
            Self::Outcome => tile.outcome[cell] as u16,
            Self::Minimum => minimum.map_or(0, |column| tile.values(column).number(cell) as u16),
        }
    }
}

/// The n-th of points that look drawn, and a direction of length 1. They lie next to some points of a grid, up to one and a
/// half of its steps away.
pub fn drawn(grid: &Labels, next_to: &[usize], number: u32) -> (Place, Place) {
    let draw = |which: u32| uniform(1, Stream::Start, which, number);
    let cell = next_to[((draw(3) * next_to.len() as f64) as usize).min(next_to.len() - 1)];
    let along = |at: usize, count: usize, draw: f64| {
        ((at as f64 + 3.0 * draw - 1.5) / (count.max(2) - 1) as f64).clamp(0.0, 1.0)
    };
    let point = [along(cell % grid.nx, grid.nx, draw(0)), along(cell / grid.nx, grid.ny, draw(1))];
    let angle = std::f64::consts::TAU * draw(2);
    let direction = if grid.is_line() { [angle.cos().signum(), 0.0] } else { [angle.cos(), angle.sin()] };
    (point, direction)
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
        let classes = minimum.as_ref().and_then(|_| Classes::of_places(sweep, known.rest_points.clone()));
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
