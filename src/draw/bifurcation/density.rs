//! How often descents without a cycle visit what, by pixel.

use crate::analysis::bifurcation::Bifurcation;
use crate::draw::canvas::Pixels;
use crate::draw::palette::{Rgb, mix};
use crate::draw::side::Side;
use rayon::prelude::*;

/// For every start and pixel of the file, how often it was visited: 1 is the mean of a column.
pub struct Density {
    width: usize,
    height: usize,
    starts: Vec<Vec<f32>>,
}

impl Density {
    /// Of one parameter, upright on a side.
    pub fn of(found: &Bifurcation, of: usize, y: &Side, (width, height): (i32, i32), scale: u32) -> Self {
        let (width, height) = (width as usize * scale as usize, height as usize * scale as usize);
        let starts = (0..found.spec.ny()).into_par_iter();
        let starts = starts.map(|start| of_start(found, (start, of), y, (width, height))).collect();
        Self { width, height, starts }
    }

    /// The picture: the more often, the nearer to the start's colour.
    pub fn pixels(&self, paper: Rgb, colours: &[Rgb]) -> Pixels {
        const FAINTEST: f64 = 0.1;
        let shade = |density: f32| match density {
            0.0 => 0.0,
            some => FAINTEST + (1.0 - FAINTEST) * (1.0 - (-0.6 * f64::from(some)).exp()),
        };
        let mut bytes = vec![0; self.width * self.height * 3];
        bytes.par_chunks_exact_mut(3).enumerate().for_each(|(at, pixel)| {
            let both = self.starts.iter().zip(colours);
            let colour = both.fold(paper, |under, (start, colour)| mix([under, *colour], shade(start[at])));
            pixel.copy_from_slice(&colour);
        });
        Pixels { width: self.width as u32, height: self.height as u32, bytes }
    }
}

fn of_start(
    found: &Bifurcation,
    (start, of): (usize, usize),
    y: &Side,
    (width, height): (usize, usize),
) -> Vec<f32> {
    let (nx, parameters) = (found.spec.nx(), found.spec.program.parameters.len());
    let mut counts = vec![0.0_f32; width * height];
    for orbit in found.of_start(start).iter().filter(|orbit| orbit.period().is_none()) {
        let x = orbit.cell.0;
        // One column or more for each value, or several values for each column.
        let columns = x * width / nx..((x + 1) * width / nx).max(x * width / nx + 1);
        let share = height as f32 / f64::from(found.asked.visits) as f32 * (width as f32 / nx as f32).min(1.0);
        for value in orbit.visited.iter().skip(of).step_by(parameters) {
            let Some(up) = y.place(*value) else { continue };
            // Between two rows a visit counts for both, so that no pattern of rounding is seen.
            let row = (1.0 - up) * height as f64 - 0.5;
            let below = (row - row.floor()) as f32;
            for (row, part) in [(row.floor(), 1.0 - below), (row.floor() + 1.0, below)] {
                if (0.0..height as f64).contains(&row) {
                    columns.clone().for_each(|column| counts[row as usize * width + column] += part * share);
                }
            }
        }
    }
    counts
}
