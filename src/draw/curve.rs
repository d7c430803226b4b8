//! The picture of a 1-D sweep: final loss against the axis, coloured by outcome.

use super::canvas::{Canvas, Format};
use super::frame::{Frame, draw_frame, draw_texts};
use super::legend::Legend;
use super::overlay::Overlay;
use super::palette::Rgb;
use super::shades::Ranked;
use super::side::{Side, linear_middle};
use super::style::Style;
use super::typeset::{figure, with_minus};
use crate::analysis::Summary;
use crate::analysis::theory::Known;
use crate::engine::Output;
use crate::sweep::{OUTCOMES, Outcome, SweepCommon, TileOutcomes};
use std::io;

/// Vivid enough for dots.
const SHADE: f32 = 0.15;
/// Up to so many columns there is room for large dots.
const FEW: usize = 50;
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
            self.mark_fastest(canvas, summary, &y, &mut legend)?;
            self.note_edge(&y, &mut legend)
        })
    }

    /// The ranges that are drawn, with their outcomes.
    fn drawn(&self) -> impl Iterator<Item = (Outcome, (f64, f64))> {
        let each = self.ranges.iter().flat_map(|column| OUTCOMES.into_iter().zip(column));
        each.filter_map(|(outcome, range)| Some((outcome, (*range)?)))
    }

    /// The vertical side, over what did not diverge: logarithmic where all losses are positive or zero, else linear, or
    /// logarithmic on both sides of 0 where they differ by powers of ten.
    fn loss_side(&self) -> LossSide {
        /// The largest loss is so many times the median of their sizes.
        const FAR: f64 = 1e3;
        let ends = |of: &dyn Fn(Outcome) -> bool| {
            let kept = self.drawn().filter(|(outcome, _)| of(*outcome));
            kept.flat_map(|(_, (lo, hi))| [lo, hi]).collect::<Vec<f64>>()
        };
        let kept = ends(&|outcome| outcome != Outcome::Diverged);
        let kept = Ranked::of(if kept.is_empty() { ends(&|_| true) } else { kept });
        let name = "final loss";
        let (Some(&lo), Some(&hi)) = (kept.values().first(), kept.values().last()) else {
            return LossSide { side: Side::range(name, 0.0, 1.0, false), lo: 0.0, hi: 1.0 };
        };
        if lo >= 0.0 && hi > 0.0 {
            let lo = kept.values()[kept.upto(0.0)].min(hi / 10.0);
            return LossSide { side: Side::range(name, lo, hi, true), lo, hi };
        }
        let (lo, hi) = if lo < hi { (lo, hi) } else { (lo.min(0.0), lo.max(0.0) + 1.0) };
        let sizes = || kept.values().iter().map(|loss| loss.abs()).filter(|size| *size > 0.0);
        let median = Ranked::of(sizes().collect()).at(0.5).unwrap_or(1.0);
        let side = if hi.max(-lo) > FAR * median {
            let linear = linear_middle(sizes());
            // 0 itself is shown where it is near. A side with no loss below 0 is another one.
            let hi = if hi > -10.0 * linear { hi.max(0.0) } else { hi };
            Side::symmetric(name, (lo, hi), linear, 0.04)
        } else {
            Side::range(name, lo, hi, false)
        };
        LossSide { side, lo, hi }
    }

    /// Says what stands on the edge, if something does.
    fn note_edge(&self, y: &LossSide, legend: &mut Legend<'_>) -> io::Result<()> {
        let losses = || self.drawn().flat_map(|(_, (lo, hi))| [lo, hi]);
        let beyond = [losses().fold(y.hi, f64::max), losses().fold(y.lo, f64::min)];
        if beyond[0] > y.hi {
            legend.note(&format!("on the upper edge: up to {}", figure(beyond[0])))?;
        }
        // Of a logarithmic side 0 is below its smallest loss.
        if beyond[1] < y.lo {
            legend.note(&with_minus(&format!("on the lower edge: down to {}", figure(beyond[1]))))?;
        }
        Ok(())
    }

    /// The curve, and over it what few would see: an outcome that is alone among others.
    fn draw_curve(&self, canvas: &Canvas, y: &LossSide) -> io::Result<()> {
        const LONE: f64 = 5.5;
        let radius = match self.columns {
            0..FEW => LONE,
            FEW..=300 => 3.5,
            _ => 2.2,
        };
        let all = || (0..self.columns).flat_map(|column| OUTCOMES.map(|outcome| (column, outcome)));
        for (column, outcome) in all().filter(|at| !self.is_lone(*at)) {
            self.draw_range(canvas, y, (column, outcome), radius)?;
        }
        for (column, outcome) in all().filter(|at| self.is_lone(*at)) {
            let Some((lo, hi)) = self.ranges[column][outcome as usize] else { continue };
            for at in [lo, hi].map(|loss| FRAME.point(self.across(column), y.place(loss))) {
                canvas.dot(at, LONE + 1.5, canvas.palette.paper)?;
            }
            self.draw_range(canvas, y, (column, outcome), LONE)?;
        }
        Ok(())
    }

    fn across(&self, column: usize) -> f64 {
        (column as f64 + 0.5) / self.columns as f64
    }

    /// Whether no more than one other column near this one has the outcome.
    fn is_lone(&self, (column, outcome): (usize, Outcome)) -> bool {
        const NEAR: usize = 8;
        let has = |column: &usize| self.ranges[*column][outcome as usize].is_some();
        // Dots of few columns are all large.
        let near = column.saturating_sub(NEAR)..(column + NEAR + 1).min(self.columns);
        self.columns >= FEW && has(&column) && near.filter(has).count() <= 2
    }

    fn draw_range(
        &self,
        canvas: &Canvas,
        y: &LossSide,
        (column, outcome): (usize, Outcome),
        radius: f64,
    ) -> io::Result<()> {
        let Some((lo, hi)) = self.ranges[column][outcome as usize] else { return Ok(()) };
        let ink: Rgb = canvas.palette.mark(outcome, SHADE);
        let across = self.across(column);
        let (from, to) = (FRAME.point(across, y.place(lo)), FRAME.point(across, y.place(hi)));
        canvas.path(&[from, to], 1.0, ink)?;
        canvas.dot(from, radius, ink)?;
        canvas.dot(to, radius, ink)
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
