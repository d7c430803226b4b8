//! The picture of a 1-D sweep: final loss against the axis, coloured by outcome.

use super::canvas::{Canvas, Format};
use super::frame::{Frame, draw_frame, draw_texts};
use super::legend::Legend;
use super::overlay::Overlay;
use super::palette::Rgb;
use super::side::Side;
use super::style::Style;
use super::typeset::figure;
use crate::analysis::Summary;
use crate::analysis::theory::Known;
use crate::engine::Output;
use crate::sweep::{OUTCOMES, Outcome, SweepCommon, TileOutcomes};
use std::io;

/// Vivid enough for dots.
const SHADE: f32 = 0.15;
const FRAME: Frame = Frame { width: 1000, height: 600 };

/// Gathers the curve: per pixel column and outcome the lowest and highest final loss.
pub struct LinePlot {
    grid: SweepCommon,
    style: Style,
    columns: usize,
    /// [`OUTCOMES`] ranges per column.
    ranges: Vec<[Option<(f64, f64)>; OUTCOMES.len()]>,
}

impl LinePlot {
    /// An empty plot.
    pub fn new(grid: &SweepCommon, style: Style) -> Self {
        let columns = grid.nx().min(FRAME.width as usize);
        Self { grid: grid.clone(), style, columns, ranges: vec![[None; OUTCOMES.len()]; columns] }
    }

    /// The picture.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn png(&self, summary: &Summary, known: &Known, footer: &str) -> io::Result<Vec<u8>> {
        self.picture(Format::Png, summary, known, footer)
    }

    /// The picture as SVG.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn svg(&self, summary: &Summary, known: &Known, footer: &str) -> io::Result<Vec<u8>> {
        self.picture(Format::Svg, summary, known, footer)
    }

    fn picture(&self, format: Format, summary: &Summary, known: &Known, footer: &str) -> io::Result<Vec<u8>> {
        let x = Side::of_axis(&self.grid.x);
        let y = self.loss_side();
        FRAME.draw(format, self.style, |canvas| {
            draw_frame(canvas, FRAME, &x, &y.side)?;
            draw_texts(canvas, FRAME, &self.grid, footer)?;
            let mut legend = Legend::new(canvas, FRAME);
            legend.dots(summary, SHADE)?;
            if self.style.theory {
                Overlay { canvas, frame: FRAME, grid: &self.grid, x: &x, y: None }.theory(known, &mut legend)?;
            }
            self.draw_curve(canvas, &y)?;
            self.mark_fastest(canvas, summary, &y, &mut legend)
        })
    }

    /// The vertical side: logarithmic where all losses are positive or zero, else linear over what did not diverge.
    fn loss_side(&self) -> LossSide {
        let all = || {
            self.ranges
                .iter()
                .flat_map(|column| column.iter().enumerate())
                .filter_map(|(at, range)| range.map(|r| (at, r)))
        };
        let lowest = all().map(|(_, (lo, _))| lo).fold(f64::INFINITY, f64::min);
        if lowest >= 0.0 {
            let smallest = all()
                .map(|(_, (lo, hi))| if lo > 0.0 { lo } else { hi })
                .filter(|v| *v > 0.0)
                .fold(f64::INFINITY, f64::min);
            let largest = all().map(|(_, (_, hi))| hi).fold(0.0, f64::max);
            if largest > 0.0 {
                let lo = smallest.min(largest / 10.0);
                return LossSide { side: Side::range("final loss", lo, largest, true), lo, hi: largest };
            }
        }
        let kept = || all().filter(|(at, _)| *at != Outcome::Diverged as usize);
        let lo = kept().map(|(_, (lo, _))| lo).fold(f64::INFINITY, f64::min);
        let hi = kept().map(|(_, (_, hi))| hi).fold(f64::NEG_INFINITY, f64::max);
        let (lo, hi) = if lo < hi { (lo, hi) } else { (lowest.min(0.0), lowest.max(0.0) + 1.0) };
        LossSide { side: Side::range("final loss", lo, hi, false), lo, hi }
    }

    fn draw_curve(&self, canvas: &Canvas, y: &LossSide) -> io::Result<()> {
        let radius = if self.columns > 300 { 1.5 } else { 3.5 };
        for (column, ranges) in self.ranges.iter().enumerate() {
            let across = (column as f64 + 0.5) / self.columns as f64;
            for outcome in OUTCOMES {
                let Some((lo, hi)) = ranges[outcome as usize] else { continue };
                let ink: Rgb = canvas.palette.mark(outcome, SHADE);
                let (from, to) = (FRAME.point(across, y.place(lo)), FRAME.point(across, y.place(hi)));
                canvas.path(&[from, to], 1.0, ink)?;
                canvas.dot(from, radius, ink)?;
                canvas.dot(to, radius, ink)?;
            }
        }
        Ok(())
    }

    /// A ring around the α that converges in the fewest steps.
    fn mark_fastest(
        &self,
        canvas: &Canvas,
        summary: &Summary,
        y: &LossSide,
        legend: &mut Legend<'_>,
    ) -> io::Result<()> {
        let picked = summary.advice.as_ref().and_then(|advice| advice.fastest.as_ref());
        let Some(fastest) = picked else { return Ok(()) };
        let across = (fastest.index as f64 + 0.5) / self.grid.nx() as f64;
        let column = fastest.index * self.columns / self.grid.nx();
        let Some((lo, _)) = self.ranges[column][Outcome::Converged as usize] else { return Ok(()) };
        canvas.ring(FRAME.point(across, y.place(lo)), 8.0, canvas.palette.ink)?;
        let steps = fastest.median_steps.map_or(String::new(), |steps| format!(" ({steps} steps)"));
        legend.ring(&[&format!("fastest: α = {}{steps}", figure(fastest.alpha))])
    }
}

struct LossSide {
    side: Side,
    lo: f64,
    hi: f64,
}

impl LossSide {
    /// Place of a loss; what lies beyond the side stands on the frame, outside of everything that is on it.
    fn place(&self, loss: f64) -> f64 {
        if loss < self.lo {
            return 0.0;
        }
        if loss > self.hi {
            return 1.0;
        }
        self.side.place(loss).unwrap_or(0.0)
    }
}

impl Output for LinePlot {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        for cell in 0..tile.tile.cells() {
            let loss = tile.loss_final[cell];
            if !loss.is_finite() {
                continue;
            }
            let column = (tile.tile.x0 + cell) * self.columns / self.grid.nx();
            let range = self.ranges[column][tile.outcome[cell] as usize].get_or_insert((loss, loss));
            *range = (range.0.min(loss), range.1.max(loss));
        }
        Ok(())
    }
}
