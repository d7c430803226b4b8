//! `landscape.png`: a curve over one parameter, or a map over two with contour lines.

use super::canvas::{Anchor, Canvas, Format, Point, Spot};
use super::contours::{Contours, HALVINGS};
use super::frame::{Frame, LEFT, SMALL_SIZE, TOP, draw_frame, draw_words};
use super::palette::Palette;
use super::side::Side;
use super::style::Style;
use super::typeset::{figure, figures, pretty, typeset};
use crate::analysis::Landscape;
use crate::sweep::{FormulaSweep, Source, SweepAxis};
use std::io;

const CURVE: Frame = Frame { width: 1000, height: 600 };
/// A map is this large, or a little less so that every point has the same number of pixels.
const MAP: (usize, usize) = (810, 810);

/// The picture's words.
struct Words<'a> {
    footer: &'a str,
    /// Minima to mark, along the axes.
    minima: &'a [Vec<f64>],
}

impl Landscape {
    /// The picture; `minima` are marked, given by the parameters of the axes.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn png(&self, style: Style, minima: &[Vec<f64>], footer: &str) -> io::Result<Vec<u8>> {
        let words = Words { footer, minima };
        if self.spec.y.is_some() { self.map(style, &words) } else { self.curve(style, &words) }
    }

    /// The lowest point along the axes.
    fn lowest_place(&self) -> Option<Vec<f64>> {
        let at = self.lowest_at()?;
        let value = |axis: &SweepAxis, at: usize| self.spec.program.precision.round(axis.axis.value(at));
        let x = value(&self.spec.x, at % self.spec.nx());
        Some(std::iter::once(x).chain(self.spec.y.as_ref().map(|y| value(y, at / self.spec.nx()))).collect())
    }

    fn words(&self, canvas: &Canvas, frame: Frame, footer: &str) -> io::Result<()> {
        let spec = &self.spec;
        let name = spec.objective.row().map_or(String::new(), |row| format!("{}:  ", row.name));
        let title = format!("{name}{}", typeset(spec.objective.text()));
        let subtitle = format!("the loss at {} points{}", spec.cells(), fixed(spec));
        draw_words(canvas, frame, [&title, &subtitle, footer])
    }

    fn curve(&self, style: Style, words: &Words<'_>) -> io::Result<Vec<u8>> {
        let (x, y) = (self.side(&self.spec.x), self.loss_side());
        CURVE.draw(Format::Png, style, |canvas| {
            let Palette { ink, faint, .. } = *canvas.palette;
            draw_frame(canvas, CURVE, &x, &y)?;
            self.words(canvas, CURVE, words.footer)?;
            self.draw_curve(canvas, &y)?;
            let bottom = CURVE.pixel(0.0, 0.0).1;
            for minimum in words.minima {
                let Some(across) = x.place(minimum[0]) else { continue };
                let at = CURVE.pixel(across, 0.0).0;
                canvas.dashes((at, CURVE.pixel(0.0, 1.0).1), (at, bottom), faint)?;
            }
            if let Some((across, at)) = self.lowest_at().map(|at| (self.across(at), at)) {
                let up = y.place(self.losses()[at]).unwrap_or(0.0);
                canvas.ring(CURVE.point(across, up), 8.0, ink)?;
            }
            let left = LEFT + CURVE.width + 28;
            self.draw_marks(canvas, (left, TOP + 12), words)
        })
    }

    /// Place along x of a point of a curve.
    fn across(&self, at: usize) -> f64 {
        (at as f64 + 0.5) / self.spec.nx() as f64
    }

    fn draw_curve(&self, canvas: &Canvas, y: &Side) -> io::Result<()> {
        let [line, _] = canvas.palette.curves;
        let place = |at: usize| {
            let up = Some(self.losses()[at]).filter(|loss| loss.is_finite()).and_then(|loss| y.place(loss))?;
            Some(CURVE.point(self.across(at), up))
        };
        let places: Vec<Option<Point>> = (0..self.losses().len()).map(place).collect();
        for run in places.split(Option::is_none) {
            let run: Vec<Point> = run.iter().flatten().copied().collect();
            canvas.path(&run, 2.5, line)?;
            // Few points are marked; one by itself is seen by its mark.
            let radius = if self.spec.nx() > 300 { 1.25 } else { 3.5 };
            let marked = run.iter().filter(|_| run.len() == 1 || self.spec.nx() <= 300);
            marked.copied().try_for_each(|at| canvas.dot(at, radius, line))?;
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

    fn map(&self, style: Style, words: &Words<'_>) -> io::Result<Vec<u8>> {
        let contours = Contours::of(self.losses(), (self.spec.nx(), self.spec.ny()), MAP, style.scale);
        let frame = Frame::of(contours.bins.pixel_size());
        let x = self.side(&self.spec.x);
        let y = self.spec.y.as_ref().map_or_else(|| Side::range("", 0.0, 1.0, false), |axis| self.side(axis));
        frame.draw(Format::Png, style, |canvas| {
            canvas.blocks(frame.pixel(0.0, 1.0), (1, 1), contours.pixels(style.palette))?;
            draw_frame(canvas, frame, &x, &y)?;
            self.words(canvas, frame, words.footer)?;
            let place = |point: &[f64]| Some(frame.point(x.place(point[0])?, y.place(point[1])?));
            for at in words.minima.iter().filter_map(|minimum| place(minimum)) {
                cross(canvas, at)?;
            }
            if let Some(at) = self.lowest_place().and_then(|point| place(&point)) {
                bold_ring(canvas, at)?;
            }
            let left = LEFT + frame.width + 28;
            let top = draw_heights(canvas, &contours, left)?;
            self.draw_marks(canvas, (left, top), words)
        })
    }

    /// An axis of a parameter itself, not of its start.
    fn side(&self, axis: &SweepAxis) -> Side {
        let mut side = Side::of_axis(axis);
        side.label = pretty(self.parameter(axis));
        side
    }

    /// What the marks mean.
    fn draw_marks(&self, canvas: &Canvas, (left, top): (i32, i32), words: &Words<'_>) -> io::Result<()> {
        let Palette { ink, faint, .. } = *canvas.palette;
        let line = |at: i32, text: &str| canvas.text(text, (left + 26, at), SMALL_SIZE + 1, Anchor::Left, ink);
        let mut top = top;
        if let Some(at) = self.lowest_at() {
            match self.spec.y {
                Some(_) => bold_ring(canvas, (left + 7, top))?,
                None => canvas.ring((left + 7, top), 8.0, ink)?,
            }
            line(top, &format!("lowest on the grid: {}", figure(self.losses()[at])))?;
            for (axis, value) in self.axes().into_iter().zip(self.lowest_place().unwrap_or_default()) {
                top += 23;
                line(top, &format!("{} = {}", pretty(self.parameter(axis)), figure(value)))?;
            }
            top += 34;
        } else {
            line(top, "no loss here is finite")?;
        }
        if !words.minima.is_empty() {
            let text = if words.minima.len() == 1 { "minimum" } else { "minima" };
            if self.spec.y.is_some() {
                cross(canvas, (left + 7, top))?;
            } else {
                canvas.dashes((left + 7, top - 10), (left + 7, top + 10), faint)?;
            }
            line(top, text)?;
        }
        Ok(())
    }

    fn axes(&self) -> Vec<&SweepAxis> {
        std::iter::once(&self.spec.x).chain(&self.spec.y).collect()
    }
}

/// The ramp with the losses that stand at its contour lines; returns where the next thing goes.
fn draw_heights(canvas: &Canvas, contours: &Contours, left: i32) -> io::Result<i32> {
    const SIZE: (i32, i32) = (22, 280);
    let Palette { ink, faint, none, .. } = *canvas.palette;
    let top = TOP + 30;
    if contours.ranked.len() == 0 {
        return Ok(TOP + 10);
    }
    canvas.text("loss  (share of the map below)", (left, TOP + 6), SMALL_SIZE + 1, Anchor::Left, ink)?;
    let height = |y: i32| canvas.palette.height(1.0 - f64::from(y) / f64::from(SIZE.1));
    let ramp = (0..SIZE.1).flat_map(|y| height(y).repeat(SIZE.0 as usize));
    canvas.blit((left, top), (SIZE.0 as u32, SIZE.1 as u32), ramp.collect())?;
    let at = |halvings: i32| contours.ranked.at(0.5_f64.powi(halvings)).unwrap_or_default();
    let losses = figures(&(0..=HALVINGS).map(at).collect::<Vec<_>>());
    for halvings in 0..=HALVINGS {
        let at = top + SIZE.1 * halvings / HALVINGS;
        canvas.line((left + SIZE.0, at), (left + SIZE.0 + 5, at), ink)?;
        let loss = &losses[halvings as usize];
        let share = if halvings == 0 { "all".to_owned() } else { format!("1/{}", 1 << halvings) };
        canvas.text(&format!("{loss}  ({share})"), (left + SIZE.0 + 11, at), SMALL_SIZE, Anchor::Left, faint)?;
    }
    let mut next = top + SIZE.1 + 34;
    if contours.has_gaps() {
        canvas.blit((left, next - 7), (14, 14), none.repeat(14 * 14))?;
        canvas.text("not finite", (left + 26, next), SMALL_SIZE + 1, Anchor::Left, ink)?;
        next += 30;
    }
    Ok(next)
}

/// A ring that is seen on any colour.
fn bold_ring(canvas: &Canvas, at: impl Spot) -> io::Result<()> {
    canvas.ring(at, 10.0, canvas.palette.ink)?;
    canvas.ring(at, 8.0, canvas.palette.paper)
}

/// A cross that is seen on any colour.
fn cross(canvas: &Canvas, at: impl Spot) -> io::Result<()> {
    const ARM: f64 = 6.0;
    let Palette { ink, paper, .. } = *canvas.palette;
    let (x, y) = at.point();
    for (wide, colour) in [(4.0, ink), (1.75, paper)] {
        canvas.path(&[(x - ARM, y - ARM), (x + ARM, y + ARM)], wide, colour)?;
        canvas.path(&[(x - ARM, y + ARM), (x + ARM, y - ARM)], wide, colour)?;
    }
    Ok(())
}

/// `, with c = 1`: what the axes do not say. The rate of a descent that is not made says nothing.
fn fixed(spec: &FormulaSweep) -> String {
    let values = spec.knobs.iter().enumerate().filter(|(_, knob)| knob.name != "alpha");
    let values = values.filter_map(|(at, knob)| match knob.source {
        Source::Fixed(value) => {
            let parameter = spec.program.start_of(at).map(|parameter| &spec.objective.parameters()[parameter]);
            Some(format!("{} = {}", pretty(parameter.unwrap_or(&knob.name)), figure(value)))
        }
        _ => None,
    });
    let values: Vec<String> = values.collect();
    if values.is_empty() { String::new() } else { format!(", with {}", values.join(", ")) }
}
