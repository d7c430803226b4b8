//! The part of the plane that a map shows, without its steps.

use crate::sweep::{Axis, Line, Scale, SweepAxis, SweepCommon};

/// An axis from end to end. Places along it are numbers from 0 to 1: by the logarithm where it has equal ratios.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    pub lo: f64,
    pub hi: f64,
    pub log: bool,
}

/// A point of a window; the second number is of no meaning where there is one axis.
pub type Place = [f64; 2];

#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    pub x: Span,
    pub y: Option<Span>,
}

impl Span {
    fn of(axis: &SweepAxis) -> Option<Self> {
        let (lo, hi) = axis.axis.bounds();
        let log = match axis.axis.scale() {
            Scale::Linear => false,
            Scale::Log => true,
            Scale::Listed => return None,
        };
        (lo < hi).then_some(Self { lo, hi, log })
    }

    /// The value at a place.
    pub fn value(&self, at: f64) -> f64 {
        if self.log {
            (self.lo.ln() + at * (self.hi.ln() - self.lo.ln())).exp()
        } else {
            self.lo + at * (self.hi - self.lo)
        }
    }

    /// The place of a value.
    pub fn place(&self, value: f64) -> f64 {
        if self.log {
            (value.ln() - self.lo.ln()) / (self.hi.ln() - self.lo.ln())
        } else {
            (value - self.lo) / (self.hi - self.lo)
        }
    }

    /// A part of it, from a place to another.
    #[must_use]
    pub fn part(&self, from: f64, to: f64) -> Self {
        Self { lo: self.value(from), hi: self.value(to), log: self.log }
    }

    /// It with so many values.
    ///
    /// # Errors
    /// As [`Axis::parse`].
    pub fn axis(&self, count: usize) -> Result<Axis, String> {
        if self.log { Axis::log(self.lo, self.hi, count) } else { Axis::lin(self.lo, self.hi, count) }
    }

    /// The smallest distance of places that numbers with this unit in the last place tell apart everywhere.
    pub fn grain(&self, unit: f64) -> f64 {
        let largest = self.lo.abs().max(self.hi.abs());
        if self.log { unit / (self.hi / self.lo).ln() } else { unit * largest / (self.hi - self.lo) }
    }
}

impl Window {
    /// Of a map whose axes have values in between.
    ///
    /// # Errors
    /// Why there is none: an axis that is a list, or draws what else belongs to its values.
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

    /// The values at a place.
    pub fn values(&self, place: Place) -> [f64; 2] {
        [self.x.value(place[0]), self.y.as_ref().map_or(0.0, |y| y.value(place[1]))]
    }

    /// As [`Span::grain`], of the coarser axis.
    pub fn grain(&self, unit: f64) -> f64 {
        self.y.iter().chain([&self.x]).map(|span| span.grain(unit)).fold(0.0, f64::max)
    }
}
