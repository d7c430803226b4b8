//! `landscape.png`: a curve over one parameter, or a map over two whose contour lines each enclose half the area of the
//! next, so that a valley is seen however steep its walls are.

use super::canvas::{Anchor, Canvas};
use super::palette::Rgb;
use super::picture::{FAINT, Frame, INK, LEFT, SMALL_SIZE, Side, TOP, draw_frame, draw_words};
use super::ticks::{figure, pretty, typeset};
use crate::analysis::Landscape;
use crate::sweep::{Source, Spec, SweepAxis};
use std::io;

const CURVE: Frame = Frame { width: 1000, height: 600 };
/// A map is this large, or a little less so that every point has the same number of pixels.
const MAP: (usize, usize) = (810, 810);
/// From low to high: viridis (Smith and van der Walt 2015), which keeps its order for colour-blind readers and in grey.
const RAMP: [Rgb; 7] =
    [[68, 1, 84], [70, 50, 127], [54, 92, 141], [39, 127, 142], [31, 161, 135], [95, 201, 97], [253, 231, 37]];
pub const NO_LOSS: Rgb = [224, 224, 226];
const WHITE: Rgb = [255, 255, 255];
/// The innermost contour line encloses 2⁻⁷ of the grid.
const HALVINGS: f64 = 7.0;
const LINE: Rgb = [45, 96, 150];

/// The picture's words.
pub struct Words<'a> {
    pub footer: &'a str,
    /// Minima to mark, along the axes.
    pub minima: &'a [Vec<f64>],
}

impl Landscape {
    /// The picture; `minima` are marked, given by the parameters of the axes.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn png(&self, minima: &[Vec<f64>], footer: &str) -> io::Result<Vec<u8>> {
        let words = Words { footer, minima };
        if self.spec.y.is_some() { self.map(&words) } else { self.curve(&words) }
    }

    /// The lowest point along the axes.
    fn lowest_place(&self) -> Option<Vec<f64>> {
        let at = self.lowest_at()?;
        let value = |axis: &SweepAxis, at: usize| self.spec.program.precision.round(axis.axis.value(at));
        let x = value(&self.spec.x, at % self.spec.nx());
        Some(std::iter::once(x).chain(self.spec.y.as_ref().map(|y| value(y, at / self.spec.nx()))).collect())
    }

    fn words(&self, canvas: &Canvas<'_>, frame: Frame, footer: &str) -> io::Result<()> {
        let spec = &self.spec;
        let name = spec.objective.row().map_or(String::new(), |row| format!("{}:  ", row.name));
        let title = format!("{name}{}", typeset(spec.objective.text()));
        let subtitle = format!("the loss at {} points{}", spec.cells(), fixed(spec));
        draw_words(canvas, frame, [&title, &subtitle, footer])
    }

    fn curve(&self, words: &Words<'_>) -> io::Result<Vec<u8>> {
        let (x, y) = (side(&self.spec.x), self.loss_side());
        let (width, height) = CURVE.canvas();
        Canvas::png(width, height, |canvas| {
            draw_frame(canvas, CURVE, &x, &y)?;
            self.words(canvas, CURVE, words.footer)?;
            self.draw_curve(canvas, &y)?;
            let bottom = CURVE.pixel(0.0, 0.0).1;
            for minimum in words.minima {
                let Some(across) = x.place(minimum[0]) else { continue };
                let at = CURVE.pixel(across, 0.0).0;
                canvas.dashes((at, CURVE.pixel(0.0, 1.0).1), (at, bottom), FAINT)?;
            }
            if let Some((across, at)) = self.lowest_at().map(|at| (self.across(at), at)) {
                let up = y.place(self.losses()[at]).unwrap_or(0.0);
                canvas.ring(CURVE.pixel(across, up), 8, INK)?;
            }
            let left = LEFT + CURVE.width + 28;
            self.draw_marks(canvas, (left, TOP + 12), words)
        })
    }

    /// Place along x of a point of a curve.
    fn across(&self, at: usize) -> f64 {
        (at as f64 + 0.5) / self.spec.nx() as f64
    }

    fn draw_curve(&self, canvas: &Canvas<'_>, y: &Side) -> io::Result<()> {
        let mut before: Option<(i32, i32)> = None;
        let radius = if self.spec.nx() > 300 { 1 } else { 3 };
        for (at, loss) in self.losses().iter().enumerate() {
            let up = Some(*loss).filter(|loss| loss.is_finite()).and_then(|loss| y.place(loss));
            let here = up.map(|up| CURVE.pixel(self.across(at), up));
            if let (Some(from), Some(to)) = (before, here) {
                canvas.line(from, to, LINE)?;
            }
            if let Some(here) = here {
                canvas.dot(here, radius, LINE)?;
            }
            before = here;
        }
        Ok(())
    }

    /// The vertical side: linear, or logarithmic where half of a positive curve would lie on the floor.
    fn loss_side(&self) -> Side {
        const LARGEST: f64 = 1e300;
        let mut finite: Vec<f64> = self.losses().iter().copied().filter(|loss| loss.is_finite()).collect();
        finite.sort_by(f64::total_cmp);
        let (Some(lo), Some(hi)) = (finite.first(), finite.last()) else { return Side::range("loss", 0.0, 1.0, false) };
        let (lo, hi) = (lo.max(-LARGEST), hi.min(LARGEST));
        if lo >= hi {
            return Side::range("loss", lo - lo.abs().max(1.0), lo + lo.abs().max(1.0), false);
        }
        let log = lo > 0.0 && finite[finite.len() / 2] < hi / 50.0;
        Side::range("loss", lo, hi, log)
    }

    fn map(&self, words: &Words<'_>) -> io::Result<Vec<u8>> {
        let bins = self.bins();
        let frame = Frame { width: (bins.wide * bins.columns) as i32, height: (bins.high * bins.rows) as i32 };
        let x = side(&self.spec.x);
        let y = self.spec.y.as_ref().map_or_else(|| Side::range("", 0.0, 1.0, false), side);
        let (width, height) = frame.canvas();
        Canvas::png(width, height, |canvas| {
            canvas.blit(frame.pixel(0.0, 1.0), (frame.width as u32, frame.height as u32), bins.pixels())?;
            draw_frame(canvas, frame, &x, &y)?;
            self.words(canvas, frame, words.footer)?;
            let place = |point: &[f64]| Some(frame.pixel(x.place(point[0])?, y.place(point[1])?));
            for at in words.minima.iter().filter_map(|minimum| place(minimum)) {
                cross(canvas, at)?;
            }
            if let Some(at) = self.lowest_place().and_then(|point| place(&point)) {
                white_ring(canvas, at)?;
            }
            let left = LEFT + frame.width + 28;
            let top = bins.draw_legend(canvas, left)?;
            self.draw_marks(canvas, (left, top), words)
        })
    }

    /// What the marks mean.
    fn draw_marks(&self, canvas: &Canvas<'_>, (left, top): (i32, i32), words: &Words<'_>) -> io::Result<()> {
        let line = |at: i32, text: &str| canvas.text(text, (left + 26, at), SMALL_SIZE + 1, Anchor::Left, INK);
        let mut top = top;
        if let Some(at) = self.lowest_at() {
            match self.spec.y {
                Some(_) => white_ring(canvas, (left + 7, top))?,
                None => canvas.ring((left + 7, top), 8, INK)?,
            }
            line(top, &format!("lowest on the grid: {}", figure(self.losses()[at])))?;
            for (axis, value) in self.axes().into_iter().zip(self.lowest_place().unwrap_or_default()) {
                top += 20;
                line(top, &format!("{} = {}", pretty(Self::parameter(axis)), figure(value)))?;
            }
            top += 30;
        } else {
            line(top, "no loss here is finite")?;
        }
        if !words.minima.is_empty() {
            let text = if words.minima.len() == 1 { "minimum" } else { "minima" };
            if self.spec.y.is_some() {
                cross(canvas, (left + 7, top))?;
            } else {
                canvas.dashes((left + 7, top - 10), (left + 7, top + 10), FAINT)?;
            }
            line(top, text)?;
        }
        Ok(())
    }

    fn axes(&self) -> Vec<&SweepAxis> {
        std::iter::once(&self.spec.x).chain(&self.spec.y).collect()
    }

    /// The lowest loss in every bin of the picture, so that a narrow valley does not fall between pixels.
    fn bins(&self) -> Bins {
        let (nx, ny) = (self.spec.nx(), self.spec.ny());
        let (columns, rows) = (nx.min(MAP.0), ny.min(MAP.1));
        let mut lowest = vec![f64::NAN; columns * rows];
        for (cell, loss) in self.losses().iter().enumerate() {
            let bin = &mut lowest[cell / nx * rows / ny * columns + cell % nx * columns / nx];
            *bin = bin.min(*loss);
        }
        let mut sorted: Vec<f64> = lowest.iter().copied().filter(|loss| loss.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        Bins { columns, rows, wide: (MAP.0 / columns).max(1), high: (MAP.1 / rows).max(1), lowest, sorted }
    }
}

/// The map, by bins of whole pixels.
struct Bins {
    columns: usize,
    rows: usize,
    /// Pixels of a bin.
    wide: usize,
    high: usize,
    lowest: Vec<f64>,
    /// All finite values, ascending.
    sorted: Vec<f64>,
}

impl Bins {
    /// Height of a loss from 0 (the lowest) to 1, by the share of the map that lies below it: halving the share goes
    /// down by a seventh.
    fn height(&self, loss: f64) -> f64 {
        let below = self.sorted.partition_point(|other| *other < loss) as f64 / self.sorted.len().max(1) as f64;
        (1.0 + below.max(f64::MIN_POSITIVE).log2() / HALVINGS).max(0.0)
    }

    /// Pixels, top row first, with contour lines where the height passes a seventh.
    fn pixels(&self) -> Vec<u8> {
        let heights: Vec<Option<f64>> =
            self.lowest.iter().map(|loss| loss.is_finite().then(|| self.height(*loss))).collect();
        let (width, height) = (self.columns * self.wide, self.rows * self.high);
        let at = |x: usize, y: usize| heights[(self.rows - 1 - y / self.high) * self.columns + x / self.wide];
        let level = |height: Option<f64>| height.map(|height| (height * HALVINGS) as i32);
        let mut pixels = Vec::with_capacity(width * height * 3);
        for y in 0..height {
            for x in 0..width {
                let here = at(x, y);
                let right = at((x + 1).min(width - 1), y);
                let below = at(x, (y + 1).min(height - 1));
                let differs = |other: Option<f64>| other.is_some() && level(other) != level(here);
                let contour = here.is_some() && (differs(right) || differs(below));
                let colour = here.map_or(NO_LOSS, shade);
                pixels.extend(if contour { colour.map(|part| part / 2 + 120) } else { colour });
            }
        }
        pixels
    }

    /// The ramp with the losses that stand at its contour lines; returns where the next thing goes.
    fn draw_legend(&self, canvas: &Canvas<'_>, left: i32) -> io::Result<i32> {
        const SIZE: (i32, i32) = (22, 280);
        let top = TOP + 30;
        if self.sorted.is_empty() {
            return Ok(TOP + 10);
        }
        canvas.text("loss  (share of the map below)", (left, TOP + 6), SMALL_SIZE + 1, Anchor::Left, INK)?;
        let ramp = (0..SIZE.1).flat_map(|y| shade(1.0 - f64::from(y) / f64::from(SIZE.1)).repeat(SIZE.0 as usize));
        canvas.blit((left, top), (SIZE.0 as u32, SIZE.1 as u32), ramp.collect())?;
        for halvings in 0..=HALVINGS as i32 {
            let at = top + SIZE.1 * halvings / HALVINGS as i32;
            canvas.line((left + SIZE.0, at), (left + SIZE.0 + 5, at), INK)?;
            let share = 0.5_f64.powi(halvings);
            let place = (self.sorted.len() as f64 * share) as usize;
            let loss = self.sorted[place.min(self.sorted.len() - 1)];
            let text = match halvings {
                0 => format!("{}  (all)", figure(loss)),
                _ => format!("{}  (1/{})", figure(loss), 1 << halvings),
            };
            canvas.text(&text, (left + SIZE.0 + 11, at), SMALL_SIZE, Anchor::Left, FAINT)?;
        }
        let mut next = top + SIZE.1 + 34;
        if self.sorted.len() < self.lowest.len() {
            canvas.blit((left, next - 7), (14, 14), NO_LOSS.repeat(14 * 14))?;
            canvas.text("not finite", (left + 26, next), SMALL_SIZE + 1, Anchor::Left, INK)?;
            next += 30;
        }
        Ok(next)
    }
}

/// A pale map of losses (rows of `columns`, lowest row first) with its contour lines, each value `block` pixels wide and
/// high: a ground to draw on. Pixels come top row first.
pub fn ground(losses: Vec<f64>, columns: usize, block: usize) -> Vec<u8> {
    let mut sorted: Vec<f64> = losses.iter().copied().filter(|loss| loss.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let bins = Bins { columns, rows: losses.len() / columns, wide: block, high: block, lowest: losses, sorted };
    bins.pixels().into_iter().map(|part| part / 2 + 127).collect()
}

/// The colour of a height.
pub fn shade(height: f64) -> Rgb {
    let place = height.clamp(0.0, 1.0) * (RAMP.len() - 1) as f64;
    let at = (place as usize).min(RAMP.len() - 2);
    let mix = |part: usize| {
        let (from, to) = (f64::from(RAMP[at][part]), f64::from(RAMP[at + 1][part]));
        (from + (to - from) * (place - at as f64)).round() as u8
    };
    [mix(0), mix(1), mix(2)]
}

/// A ring that is seen on any colour.
fn white_ring(canvas: &Canvas<'_>, at: (i32, i32)) -> io::Result<()> {
    canvas.ring(at, 10, INK)?;
    canvas.ring(at, 8, WHITE)
}

/// A cross that is seen on any colour.
fn cross(canvas: &Canvas<'_>, (x, y): (i32, i32)) -> io::Result<()> {
    const ARM: i32 = 6;
    for (shift, colour) in [(-1, INK), (1, INK), (0, WHITE)] {
        canvas.line((x - ARM + shift, y - ARM), (x + ARM + shift, y + ARM), colour)?;
        canvas.line((x - ARM + shift, y + ARM), (x + ARM + shift, y - ARM), colour)?;
    }
    Ok(())
}

/// An axis of a parameter itself, not of its start.
fn side(axis: &SweepAxis) -> Side {
    let mut side = Side::of_axis(axis);
    side.label = pretty(Landscape::parameter(axis));
    side
}

/// `, with c = 1`: what the axes do not say. The rate of a descent that is not made says nothing.
fn fixed(spec: &Spec) -> String {
    let values = spec.knobs.iter().filter(|knob| knob.name != "alpha").filter_map(|knob| match knob.source {
        Source::Fixed(value) => {
            Some(format!("{} = {}", pretty(knob.name.strip_suffix("_start").unwrap_or(&knob.name)), figure(value)))
        }
        _ => None,
    });
    let values: Vec<String> = values.collect();
    if values.is_empty() { String::new() } else { format!(", with {}", values.join(", ")) }
}
