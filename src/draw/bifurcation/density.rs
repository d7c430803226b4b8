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
        let starts = starts.map(|start| of_start(found, (start, of), y, (width, height), scale)).collect();
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
    scale: u32,
) -> Vec<f32> {
    const REACH: f64 = 2.5;
    let reach = REACH * f64::from(scale);
    let (nx, parameters) = (found.spec.nx(), found.spec.program.parameters.len());
    let mut counts = vec![0.0_f32; width * height];
    for orbit in found.of_start(start).iter().filter(|orbit| orbit.period().is_none()) {
        let x = orbit.cell.0;
        // One column or more for each value, or several values for each column.
        let columns = x * width / nx..((x + 1) * width / nx).max(x * width / nx + 1);
        let share = height as f32 / f64::from(found.asked.visits) as f32 * (width as f32 / nx as f32).min(1.0);
        for value in orbit.visited.iter().skip(of).step_by(parameters) {
            let Some(up) = y.place(*value) else { continue };
            let middle = (1.0 - up) * height as f64 - 0.5;
            // A visit counts for the rows around it, so that neither rounding nor chance makes a grain.
            let (first, last) = ((middle - reach).ceil().max(0.0), (middle + reach).floor().min(height as f64 - 1.0));
            for row in first as usize..=last as usize {
                let part = ((1.0 - (row as f64 - middle).abs() / reach) / reach) as f32;
                columns.clone().for_each(|column| counts[row * width + column] += part * share);
            }
        }
    }
    counts
}
