//! What a page holds of a sweep, and what is said of it there.

use crate::analysis::theory::RestPoint;
use crate::draw::{Shade, Shader};
use crate::files::fact::Fact;
use crate::store::RecordedFlags;
use crate::sweep::Outcome;

/// What is said on a page besides the map.
#[derive(Debug, Clone, Copy)]
pub struct PageTexts<'a> {
    /// The summary.
    pub report: &'a [Fact],
    pub footer: &'a str,
    /// What was typed.
    pub asked: &'a RecordedFlags,
}

/// One entry per cell in every list.
#[derive(Debug, Default)]
pub struct Cells {
    pub outcomes: Vec<Outcome>,
    /// What shades go by.
    pub keys: Vec<f32>,
    pub steps: Vec<u32>,
    pub losses: Vec<f64>,
    /// Where each parameter got to: one list per parameter; none where they would be too many.
    pub ends: Vec<Vec<f32>>,
    /// One list per derived column.
    pub derived: Vec<Vec<f64>>,
    /// Likewise of what was measured, and per column of histories, with one number for each recorded step.
    pub measures: Vec<Vec<f64>>,
    pub history: Vec<Vec<f64>>,
}

/// No place of rest.
const NOWHERE: u8 = u8::MAX;

impl Cells {
    /// Of every cell that came to rest the nearest of the known places, if it is near.
    pub fn rests(&self, points: &[RestPoint]) -> Vec<u8> {
        /// Of a coordinate, and of 1 more.
        const NEAR: f64 = 0.05;
        let apart = |cell: usize, point: &RestPoint| {
            let each = self.ends.iter().zip(&point.point);
            each.map(|(values, at)| (f64::from(values[cell]) - at).abs() / (1.0 + at.abs())).fold(0.0, f64::max)
        };
        let nearest = |cell: usize| {
            let all = points.iter().take(usize::from(NOWHERE)).enumerate().map(|(at, point)| (at, apart(cell, point)));
            all.min_by(|a, b| a.1.total_cmp(&b.1))
                .filter(|(_, apart)| *apart < NEAR)
                .map_or(NOWHERE, |(at, _)| at as u8)
        };
        let is_at_rest = |outcome: Outcome| outcome.has_arrived() || outcome == Outcome::Unstable;
        let known = !self.ends.is_empty();
        let cells = self.outcomes.iter().enumerate();
        cells.map(|(cell, outcome)| if known && is_at_rest(*outcome) { nearest(cell) } else { NOWHERE }).collect()
    }

    /// Shades from 0 (vivid) to 255.
    pub fn shades(&self, shade: Shade) -> Vec<u8> {
        let cells = || self.outcomes.iter().copied().zip(self.keys.iter().copied());
        let shaders = Shader::of_all(shade, cells());
        cells().map(|(outcome, key)| (shaders[outcome as usize].of(key) * 255.0).round() as u8).collect()
    }
}
