//! The loss on a grid of the parameters themselves: the values, and the lowest of them.

use crate::engine::Output;
use crate::sweep::{FormulaSweep, SweepAxis, TileOutcomes};
use serde::Serialize;
use std::io;

/// Most points of a grid: all their losses are kept.
pub const MOST_POINTS: usize = 1 << 26;

/// Gathers the losses of a sweep of zero steps over starts.
#[derive(Debug, Clone)]
pub struct Landscape {
    pub(crate) spec: FormulaSweep,
    /// y-major; not-a-number where the loss is not finite.
    losses: Vec<f64>,
}

/// The lowest point of a grid.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lowest {
    /// Of all parameters, in their order.
    pub parameters: Vec<f64>,
    pub loss: f64,
    /// Points that have this loss; the first of them is told.
    pub points: usize,
}

impl Landscape {
    /// A grid without losses yet.
    pub fn new(spec: &FormulaSweep) -> Self {
        Self { spec: spec.clone(), losses: Vec::with_capacity(spec.cells().min(MOST_POINTS)) }
    }

    /// The sweep of zero steps that it is.
    pub fn spec(&self) -> &FormulaSweep {
        &self.spec
    }

    /// The losses, y-major; not-a-number where the loss is not finite.
    pub fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// Points with a finite loss.
    pub fn finite(&self) -> usize {
        self.losses.iter().filter(|loss| loss.is_finite()).count()
    }

    /// Index of the lowest loss; the first on a tie.
    pub fn lowest_at(&self) -> Option<usize> {
        let finite = self.losses.iter().enumerate().filter(|(_, loss)| loss.is_finite());
        finite.min_by(|(_, a), (_, b)| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal)).map(|(at, _)| at)
    }

    /// The lowest point; none where no loss is finite.
    pub fn lowest(&self) -> Option<Lowest> {
        let at = self.lowest_at()?;
        let loss = self.losses[at];
        let (x, y) = (at % self.spec.nx(), at / self.spec.nx());
        let starts = &self.spec.knobs[self.spec.knobs.len() - self.spec.objective.parameters().len()..];
        let parameters = starts.iter().map(|knob| self.spec.knob_value(knob, x, y)).collect();
        Some(Lowest { parameters, loss, points: self.losses.iter().filter(|other| **other == loss).count() })
    }

    /// Name of the parameter along an axis.
    pub fn parameter<'a>(&'a self, axis: &'a SweepAxis) -> &'a str {
        self.spec.parameter_along(axis).unwrap_or(&axis.name)
    }
}

impl Output for Landscape {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.losses.extend_from_slice(&tile.loss_start);
        Ok(())
    }
}
