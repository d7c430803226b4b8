//! Colours: hue by outcome, shade by how fast.

use crate::sweep::{Outcome, TileOutcomes};

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// From vivid to pale. Blue, straw, grey, orange and dark red stay apart for readers with deuteranopia and
/// protanopia: they differ in blue-yellow or in lightness, never in red-green alone.
const RAMPS: [(Outcome, Rgb, Rgb); 5] = [
    (Outcome::Converged, [8, 64, 160], [168, 208, 240]),
    (Outcome::Descending, [226, 190, 70], [250, 243, 214]),
    (Outcome::Level, [168, 168, 168], [168, 168, 168]),
    (Outcome::Rising, [236, 120, 20], [250, 178, 110]),
    (Outcome::Diverged, [60, 6, 22], [190, 58, 62]),
];

/// The colour of an outcome; `shade` runs from 0 (vivid) to 1 (pale).
pub fn colour(outcome: Outcome, shade: f32) -> Rgb {
    let (_, vivid, pale) = RAMPS[outcome as usize];
    let mix = |at: usize| {
        let (from, to) = (f32::from(vivid[at]), f32::from(pale[at]));
        (from + (to - from) * shade.clamp(0.0, 1.0)).round() as u8
    };
    [mix(0), mix(1), mix(2)]
}

/// Position of a cell on its outcome's ramp: converged and diverged by steps on a logarithmic scale (fast = vivid),
/// descending and rising by how far the loss moved (far = vivid), level in the middle.
pub fn shade(tile: &TileOutcomes, cell: usize, steps: u32) -> f32 {
    match tile.outcome[cell] {
        Outcome::Converged | Outcome::Diverged => {
            let scale = (f64::from(steps) + 1.0).ln().max(f64::MIN_POSITIVE);
            ((f64::from(tile.steps[cell]) + 1.0).ln() / scale) as f32
        }
        Outcome::Descending | Outcome::Rising => {
            // From a millionth of the loss (the edge of `level`) to a hundred times it.
            let (start, end) = (tile.loss_start[cell], tile.loss_final[cell]);
            let moved = ((end - start) / start.abs().max(f64::MIN_POSITIVE)).abs().clamp(1e-6, 1e2);
            (1.0 - (moved.log10() + 6.0) / if end < start { 6.0 } else { 8.0 }) as f32
        }
        Outcome::Level => 0.5,
    }
}
