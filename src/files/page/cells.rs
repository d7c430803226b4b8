//! What a page holds of a sweep, and what is said of it there.

use crate::draw::{Shade, Shader};
use crate::files::fact::Fact;
use crate::sweep::Outcome;

/// What is said on a page besides the map.
#[derive(Debug, Clone, Copy)]
pub struct PageTexts<'a> {
    /// The summary.
    pub report: &'a [Fact],
    pub footer: &'a str,
}

/// One entry per cell in every list.
#[derive(Debug, Default)]
pub struct Cells {
    pub outcomes: Vec<Outcome>,
    /// What shades go by.
    pub keys: Vec<f32>,
    pub steps: Vec<u32>,
    pub losses: Vec<f64>,
    /// One list per derived column.
    pub derived: Vec<Vec<f64>>,
}

impl Cells {
    /// Shades from 0 (vivid) to 255.
    pub fn shades(&self, shade: Shade) -> Vec<u8> {
        let cells = || self.outcomes.iter().copied().zip(self.keys.iter().copied());
        let shaders = Shader::of_all(shade, cells());
        cells().map(|(outcome, key)| (shaders[outcome as usize].of(key) * 255.0).round() as u8).collect()
    }
}
