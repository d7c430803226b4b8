//! What a picture of a trace shows, and where. The still and the film are the same scene at different steps.

use super::fit::{Fit, dotted};
use super::followed::Trace;
use super::layout::Layout;
use super::marks::{self, Mark};
use super::notes::{Note, Number, notes, numbers};
use super::panel::{Panel, Sizes};
use super::track::{Shows, Track};
use crate::draw::axes::Grid;
use crate::draw::canvas::{Anchor, Canvas, Format, Point};
use crate::draw::frame::shortened;
use crate::draw::palette::{PATHS, Palette, Rgb};
use crate::draw::style::Style;
use std::io;

/// Longer paths are drawn with fewer points.
const MOST_SEGMENTS: usize = 20_000;
/// Points of a path are marked one by one up to so many steps.
const MOST_DOTS: usize = 300;

/// Everything that is drawn.
pub struct Scene<'a> {
    pub(super) trace: &'a Trace,
    style: Style,
    pub(super) palette: &'static Palette,
    pub(super) layout: Layout,
    notes: Vec<Note>,
    numbers: Vec<Number>,
    pub(super) footer: &'a str,
}

impl<'a> Scene<'a> {
    /// A picture `width` pixels wide.
    pub fn new(trace: &'a Trace, style: Style, width: u32, footer: &'a str) -> Self {
        let layout = Layout::new(trace, width);
        let (notes, numbers) = (notes(&layout, trace), numbers(&layout));
        Self { trace, style, palette: style.palette, layout, notes, numbers, footer }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.layout.size
    }

    /// The last step that any shown descent made.
    pub fn last_step(&self) -> usize {
        self.trace.last_step(&self.layout.shown)
    }

    fn steps_of(&self, track: &Track) -> usize {
        self.layout.path(self.trace, track).steps()
    }

    fn place(&self, track: &Track, step: usize) -> Option<Point> {
        self.layout.place(self.trace, track, step)
    }

    /// The colour of a descent, the same on every panel.
    pub(super) fn colour(&self, nth: usize) -> Rgb {
        self.palette.paths[nth % PATHS]
    }

    /// A line of a descent. Those for whom no colour is left are hollow.
    pub(super) fn stroke(&self, canvas: &Canvas, points: &[Point], nth: usize, wide: f64) -> io::Result<()> {
        if nth < PATHS {
            return canvas.path(points, wide, self.colour(nth));
        }
        canvas.path(points, wide + 2.0, self.colour(nth))?;
        canvas.path(points, wide * 0.75, self.palette.paper)
    }

    /// The fit, where there is one, and its panel.
    fn fit(&self) -> Option<(&Fit, &Panel)> {
        self.layout.fit.as_ref().map(|fit| (fit, &self.layout.panels[fit.panel]))
    }

    /// How far the points move on the picture in the step to `step`, in pixels: the farthest of them, but no more than
    /// an eye can follow.
    pub fn movement(&self, step: usize) -> f64 {
        const FOLLOWED: f64 = 30.0;
        let moved = self.layout.tracks.iter().filter(|track| step <= self.steps_of(track)).filter_map(|track| {
            let (from, to) = (self.place(track, step - 1)?, self.place(track, step)?);
            Some((to.0 - from.0).hypot(to.1 - from.1).min(FOLLOWED))
        });
        moved.fold(0.0, f64::max)
    }

    /// The picture before the first step.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn base(&self) -> io::Result<Canvas> {
        let canvas = Canvas::new(Format::Png, self.style, self.layout.size)?;
        self.draw_ground(&canvas)?;
        for (at, panel) in self.layout.panels.iter().enumerate() {
            let plane = self.layout.tracks.iter().any(|track| track.shows == Shows::Plane && track.panel == at);
            let on_ground = plane && self.trace.has_map();
            panel.draw(&canvas, self.layout.sizes, if on_ground { Grid::Bare } else { Grid::Lines })?;
        }
        self.draw_curves(&canvas)?;
        self.fit().map_or(Ok(()), |(fit, panel)| fit.draw_rows(&canvas, panel))?;
        self.draw_beside(&canvas, |_| true)?;
        self.draw_rests(&canvas)?;
        self.draw_words(&canvas)?;
        self.draw_legend(&canvas)?;
        Ok(canvas)
    }

    fn draw_ground(&self, canvas: &Canvas) -> io::Result<()> {
        let planes = self.layout.tracks.iter().filter(|track| track.shows == Shows::Plane && self.trace.has_map());
        for track in planes.take(1) {
            let panel = &self.layout.panels[track.panel];
            let (width, height) = (panel.width as usize, panel.height as usize);
            let block = self.trace.map_block(width * height);
            let ranges = [panel.x.ends(), panel.y.ends()];
            let values = (width / block, height / block);
            let map = self.trace.map(self.layout.shown[0], ranges, values, (block, self.style.scale));
            canvas.blocks((panel.left, panel.top), (1, 1), map.ground(self.palette))?;
        }
        Ok(())
    }

    fn draw_curves(&self, canvas: &Canvas) -> io::Result<()> {
        let [_, behind] = self.palette.curves;
        for track in self.layout.tracks.iter().filter(|track| track.shows == Shows::LossOverParameter) {
            let panel = &self.layout.panels[track.panel];
            let curve = self.trace.curve(self.layout.shown[track.nth], panel.x.ends(), panel.width as usize / 2);
            let places: Vec<Option<Point>> = curve.iter().map(|(x, loss)| panel.place(*x, *loss)).collect();
            panel.runs(&places).into_iter().try_for_each(|run| canvas.path(&run, 2.0, behind))?;
        }
        Ok(())
    }

    /// Dotted: the gradient flow, and the edge of stability.
    fn draw_beside(&self, canvas: &Canvas, which: impl Fn(Shows) -> bool) -> io::Result<()> {
        const MOST_POINTS: usize = 2000;
        for track in self.layout.tracks.iter().filter(|track| which(track.shows)) {
            let (panel, steps) = (self.layout.panel(track), self.steps_of(track));
            let stride = steps.div_ceil(MOST_POINTS).max(1);
            let chosen = (0..=steps).filter(|step| step.is_multiple_of(stride) || *step == steps);
            let places: Vec<Option<Point>> = chosen.map(|step| self.layout.dotted(self.trace, track, step)).collect();
            panel.runs(&places).iter().try_for_each(|run| dotted(canvas, run, (self.colour(track.nth), true)))?;
        }
        Ok(())
    }

    /// Where the loss rests: marks on the loss itself; on panels over steps dashes, where there is one minimum.
    fn draw_rests(&self, canvas: &Canvas) -> io::Result<()> {
        for panel in 0..self.layout.panels.len() {
            let Some(track) = self.layout.tracks.iter().find(|track| track.panel == panel) else { continue };
            for (mark, at) in self.layout.rests(self.trace, track) {
                mark.draw(canvas, at, self.palette.ink)?;
            }
            if let Some(height) = self.layout.dashed(self.trace, track) {
                let Self { layout, palette, .. } = self;
                let (left, right) = (layout.panels[panel].left, layout.panels[panel].left + layout.panels[panel].width);
                canvas.dashes((left, height), (right, height), palette.faint)?;
            }
        }
        Ok(())
    }

    /// Draws the steps after `from` up to `to`, and what of them comes to an end.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn progress(&self, canvas: &Canvas, from: usize, to: usize) -> io::Result<()> {
        for track in &self.layout.tracks {
            // Beyond the panel it would come and go through it without ever being there.
            let last = track.leaving.map_or(self.steps_of(track), |leaving| leaving.step);
            self.draw_steps(canvas, track, from, to.min(last))?;
            if from == 0 && !track.shows.over_steps() {
                let start = self.layout.inside(self.trace, track, 0);
                start.map_or(Ok(()), |at| Mark::Start.draw(canvas, at, self.colour(track.nth)))?;
            }
        }
        let now = |step: usize| step <= to && (step > from || step == 0 && from == 0);
        for track in &self.layout.tracks {
            if now(self.steps_of(track)) {
                self.draw_end(canvas, track)?;
            }
            if let Some(leaving) = track.leaving.filter(|leaving| now(leaving.step)) {
                marks::arrow(canvas, leaving.from, leaving.edge, self.colour(track.nth))?;
            }
        }
        // A sharpness that goes to and fro over its edge would hide it.
        self.draw_beside(canvas, |shows| shows == Shows::Sharpness)?;
        let colour = |nth| self.colour(nth);
        self.fit().map_or(Ok(()), |(fit, panel)| fit.progress((canvas, panel), self.trace, (from, to), colour))?;
        self.notes.iter().filter(|note| now(note.step)).try_for_each(|note| self.draw_note(canvas, note))?;
        let numbers = self.numbers.iter().filter(|number| now(self.steps_of(&self.layout.tracks[number.track])));
        numbers.into_iter().try_for_each(|number| self.draw_number(canvas, number))
    }

    fn draw_steps(&self, canvas: &Canvas, track: &Track, from: usize, to: usize) -> io::Result<()> {
        let panel = self.layout.panel(track);
        let stride = self.steps_of(track).div_ceil(MOST_SEGMENTS).max(1);
        let dotted = self.steps_of(track) <= MOST_DOTS && !track.shows.over_steps();
        let wide = if track.shows == Shows::LossOverParameter { 1.0 } else { 2.0 };
        // A film goes on from a line that is there: drawn a little over it, they are one.
        let first = from.saturating_sub(1).min(to);
        let mut places = vec![self.place(track, first)];
        for step in (first + 1..=to).filter(|step| step.is_multiple_of(stride) || *step == to || *step == from) {
            let here = self.place(track, step);
            // Steps of less than a pixel are drawn together.
            let near = |a: Point, b: Point| (a.0 - b.0).hypot(a.1 - b.1) < 0.8 && step < to;
            let before = places.last().copied().flatten();
            if !before.zip(here).is_some_and(|(a, b)| near(a, b)) {
                places.push(here);
            }
        }
        let new = places.len().min(if from > first { 2 } else { 1 });
        if from >= to && from > 0 {
            return Ok(());
        }
        if track.shows == Shows::Plane {
            // An edge, by which it is seen on every colour of the map.
            let edged = |run: Vec<Point>| canvas.path(&run, wide + 2.0, self.palette.paper);
            panel.runs(&places[new - 1..]).into_iter().try_for_each(edged)?;
        }
        panel.runs(&places).into_iter().try_for_each(|run| self.stroke(canvas, &run, track.nth, wide))?;
        let shown = places.into_iter().skip(new).flatten().filter_map(|place| panel.inside(place));
        shown.filter(|_| dotted).try_for_each(|at| canvas.dot(at, 2.5, self.colour(track.nth)))
    }

    /// Where a descent ended, and its outcome in words.
    fn draw_end(&self, canvas: &Canvas, track: &Track) -> io::Result<()> {
        let (panel, at) = (self.layout.panel(track), self.layout.shown[track.nth]);
        let mark = Mark::of(self.trace.traced[at].outcome);
        track.end.map_or(Ok(()), |end| mark.draw(canvas, end, self.colour(track.nth)))?;
        match track.shows {
            Shows::LossOverParameter => {
                let Sizes { label, tick, .. } = self.layout.sizes;
                let ending = self.trace.ending(at);
                let size = if Canvas::text_width(&ending, label) > panel.width { tick } else { label };
                let words = shortened(&ending, size, panel.width);
                let ink = self.palette.text(self.colour(track.nth));
                canvas.text(&words, (panel.left, panel.top - label as i32 * 3 / 4), size, Anchor::Left, ink)
            }
            Shows::LossOverSteps => self.draw_ending(canvas, track.nth),
            _ => Ok(()),
        }
    }

    fn draw_note(&self, canvas: &Canvas, note: &Note) -> io::Result<()> {
        let [left, top, right, bottom] = note.sides;
        let nth = self.layout.tracks[note.track].nth;
        canvas.bar([left, top, right - left, bottom - top], self.palette.paper)?;
        let at = (left + 2.0, f64::midpoint(top, bottom));
        canvas.text(&note.text, at, self.layout.sizes.tick, Anchor::Left, self.palette.text(self.colour(nth)))
    }

    fn draw_number(&self, canvas: &Canvas, number: &Number) -> io::Result<()> {
        let track = &self.layout.tracks[number.track];
        let (panel, colour) = (self.layout.panel(track), self.colour(track.nth));
        let edge = (f64::from(panel.left + panel.width), number.end.1);
        if track.leaving.is_none() {
            let whole = |at: Point| (at.0.round() as i32, at.1.round() as i32);
            canvas.dashes(whole(number.end), whole(edge), colour)?;
            canvas.path(&[edge, (number.at.0 - 2.0, number.at.1)], 0.75, colour)?;
        }
        let text = (self.layout.shown[track.nth] + 1).to_string();
        canvas.text(&text, number.at, self.layout.sizes.tick, Anchor::Left, self.palette.text(colour))
    }

    /// Draws where every point is at a step, and how many steps there were since the frame before that have none.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn now(&self, canvas: &Canvas, step: usize, skipped: usize) -> io::Result<()> {
        for track in &self.layout.tracks {
            let at = self.layout.inside(self.trace, track, step.min(self.steps_of(track)));
            at.map_or(Ok(()), |at| marks::moving(canvas, at, self.colour(track.nth)))?;
        }
        let colour = |nth| self.colour(nth);
        self.fit().map_or(Ok(()), |(fit, panel)| fit.now((canvas, panel), self.trace, step, colour))?;
        self.count(canvas, step, skipped)
    }
}
