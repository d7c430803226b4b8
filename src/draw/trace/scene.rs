//! What a picture of a trace shows, and where. The still and the film are the same scene at different steps.

use super::fit::Fit;
use super::followed::Trace;
use super::layout::{Layout, Shows, Track};
use super::marks;
use super::panel::{Panel, Sizes};
use crate::draw::axes::Grid;
use crate::draw::canvas::{Anchor, Canvas, Format, Point};
use crate::draw::frame::{on_one_line, shortened};
use crate::draw::palette::{Palette, Rgb};
use crate::draw::style::Style;
use crate::draw::typeset::{figure, pretty, typeset};
use std::io;

/// Longer paths are drawn with fewer points.
const MOST_SEGMENTS: usize = 20_000;
/// Points of a path are marked one by one up to so many steps.
const MOST_DOTS: usize = 300;
/// Everything that is drawn.
pub struct Scene<'a> {
    trace: &'a Trace,
    style: Style,
    palette: &'static Palette,
    layout: Layout,
    footer: &'a str,
}

impl<'a> Scene<'a> {
    /// A picture `width` pixels wide.
    pub fn new(trace: &'a Trace, style: Style, width: u32, footer: &'a str) -> Self {
        Self { trace, style, palette: style.palette, layout: Layout::new(trace, width), footer }
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
        self.trace.traced[self.layout.shown[track.nth]].path.steps()
    }

    fn place(&self, track: &Track, step: usize) -> Option<Point> {
        let path = &self.trace.traced[self.layout.shown[track.nth]].path;
        let (loss, parameter) = (path.losses[step], |at: usize| path.parameters[at][step]);
        let (x, y) = match track.shows {
            Shows::LossOverParameter => (parameter(0), loss),
            Shows::LossOverSteps => (step as f64, loss - self.layout.below),
            Shows::Plane => (parameter(0), parameter(1)),
            Shows::ParameterOverSteps(at) => (step as f64, parameter(at)),
            Shows::Shown(at) => (step as f64, self.trace.traced[self.layout.shown[track.nth]].shown[at][step]),
        };
        self.layout.panels[track.panel].place(x, y)
    }

    fn colour(&self, track: &Track) -> Rgb {
        self.colour_of(track.nth)
    }

    fn colour_of(&self, nth: usize) -> Rgb {
        match self.layout.legend {
            Some(_) => self.palette.paths[nth],
            None => self.palette.mark(self.trace.traced[self.layout.shown[nth]].outcome, 0.15),
        }
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
            let on_ground = self.layout.tracks.iter().any(|track| track.shows == Shows::Plane && track.panel == at);
            panel.draw(&canvas, self.layout.sizes, if on_ground { Grid::Bare } else { Grid::Lines })?;
        }
        self.draw_curves(&canvas)?;
        self.fit().map_or(Ok(()), |(fit, panel)| fit.draw_rows(&canvas, panel))?;
        self.draw_words(&canvas)?;
        self.draw_legend(&canvas)?;
        Ok(canvas)
    }

    fn draw_ground(&self, canvas: &Canvas) -> io::Result<()> {
        const BLOCK: i32 = 2;
        for track in self.layout.tracks.iter().filter(|track| track.shows == Shows::Plane).take(1) {
            let panel = &self.layout.panels[track.panel];
            let values = ((panel.width / BLOCK) as usize, (panel.height / BLOCK) as usize);
            let ranges = [panel.x.ends(), panel.y.ends()];
            let block = (BLOCK as usize, self.style.scale);
            let map = self.trace.map(self.layout.shown[0], ranges, values, block);
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

    fn draw_words(&self, canvas: &Canvas) -> io::Result<()> {
        let (width, height) = (self.layout.size.0 as i32, self.layout.size.1 as i32);
        let Sizes { title, label, tick } = self.layout.sizes;
        let spec = &self.trace.descents.specs[0];
        let name = spec.objective.row().map_or(String::new(), |row| format!("{}:  ", row.name));
        let rule =
            if self.trace.descents.several_rules { String::new() } else { format!("   rule {}", spec.rule_shown()) };
        let heading = on_one_line(&format!("{name}{}{rule}", typeset(spec.objective.text())));
        // The number of the step stands at the right.
        let room = width - 24 - 6 * title as i32;
        canvas.text(
            &shortened(&heading, title, room),
            (12, 8 + title as i32 / 2),
            title,
            Anchor::Left,
            self.palette.ink,
        )?;
        let under = shortened(&on_one_line(&self.fixed()), label, width - 24);
        canvas.text(&under, (12, 14 + (title + label / 2) as i32), label, Anchor::Left, self.palette.faint)?;
        let low = height - 6 - tick as i32 / 2;
        canvas.text(self.footer, (12, low), tick, Anchor::Left, self.palette.faint)?;
        marks::explain(canvas, (width - 12, low), tick)
    }

    /// What all descents share, and how many are left out.
    fn fixed(&self) -> String {
        let descents = &self.trace.descents;
        let spec = &descents.specs[0];
        let shared = spec.knobs.iter().filter(|knob| !knob.name.starts_with('#')).filter_map(|knob| {
            let of = |at: &usize| {
                let (x, y) = descents.list[*at].cell;
                let knob = descents.spec(*at).knobs.iter().find(|other| other.name == knob.name)?;
                Some(descents.spec(*at).knob_value(knob, x, y))
            };
            let first = of(&0)?;
            let same = (0..descents.list.len()).all(|at| of(&at) == Some(first));
            same.then(|| format!("{} = {}, ", pretty(&knob.name), figure(first)))
        });
        let shared: String = shared.collect();
        let (shown, all) = (self.layout.shown.len(), self.trace.traced.len());
        let left_out = if shown < all { format!(";  the first {shown} of {all} descents") } else { String::new() };
        let hidden = self.layout.hidden;
        let hidden = if hidden > 0 { format!(";  {hidden} more parameters") } else { String::new() };
        let steps = spec.limits.steps;
        format!("{shared}up to {steps} step{}{left_out}{hidden}", if steps == 1 { "" } else { "s" })
    }

    fn legend_row(&self, nth: usize) -> Option<(i32, i32)> {
        let (left, top, _) = self.layout.legend?;
        Some((left, top + nth as i32 * (2 * self.layout.sizes.label as i32 + 8)))
    }

    fn draw_legend(&self, canvas: &Canvas) -> io::Result<()> {
        let Some((left, _, right)) = self.layout.legend else { return Ok(()) };
        for (nth, at) in self.layout.shown.iter().enumerate() {
            let Some((_, top)) = self.legend_row(nth) else { continue };
            canvas.bar([f64::from(left), f64::from(top - 2), 22.0, 4.0], self.palette.paths[nth])?;
            let text = shortened(&on_one_line(&self.trace.label(*at)), self.layout.sizes.label, right - left - 30);
            canvas.text(&text, (left + 30, top), self.layout.sizes.label, Anchor::Left, self.palette.ink)?;
        }
        Ok(())
    }

    /// Draws the steps after `from` up to `to`, and what of them comes to an end.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn progress(&self, canvas: &Canvas, from: usize, to: usize) -> io::Result<()> {
        for track in &self.layout.tracks {
            self.draw_steps(canvas, track, from, to.min(self.steps_of(track)))?;
            if from == 0 && !track.shows.is_plain() {
                let start = self.place(track, 0).and_then(|place| self.layout.panels[track.panel].inside(place));
                start.map_or(Ok(()), |at| marks::start(canvas, at, self.colour(track)))?;
            }
        }
        let ends = |steps: usize| steps <= to && (steps > from || steps == 0 && from == 0);
        for track in self.layout.tracks.iter().filter(|track| ends(self.steps_of(track))) {
            self.draw_end(canvas, track)?;
        }
        let colour = |nth| self.colour_of(nth);
        self.fit().map_or(Ok(()), |(fit, panel)| fit.progress((canvas, panel), self.trace, (from, to), colour))
    }

    fn draw_steps(&self, canvas: &Canvas, track: &Track, from: usize, to: usize) -> io::Result<()> {
        let panel = &self.layout.panels[track.panel];
        let stride = self.steps_of(track).div_ceil(MOST_SEGMENTS).max(1);
        let dotted = self.steps_of(track) <= MOST_DOTS && !track.shows.is_plain();
        let colour = self.colour(track);
        let wide = if matches!(track.shows, Shows::LossOverParameter) { 1.0 } else { 2.0 };
        let mut places = vec![self.place(track, from.min(to))];
        for step in (from + 1..=to).filter(|step| step.is_multiple_of(stride) || *step == to) {
            let here = self.place(track, step);
            // Steps of less than a pixel are drawn together.
            let near = |a: Point, b: Point| (a.0 - b.0).hypot(a.1 - b.1) < 0.8 && step < to;
            let before = places.last().copied().flatten();
            if !before.zip(here).is_some_and(|(a, b)| near(a, b)) {
                places.push(here);
            }
        }
        panel.runs(&places).into_iter().try_for_each(|run| canvas.path(&run, wide, colour))?;
        let shown = places.into_iter().skip(1).flatten().filter_map(|place| panel.inside(place));
        shown.filter(|_| dotted).try_for_each(|at| canvas.dot(at, 2.5, colour))
    }

    /// Where a descent ended, and its outcome in words.
    fn draw_end(&self, canvas: &Canvas, track: &Track) -> io::Result<()> {
        let (panel, at) = (&self.layout.panels[track.panel], self.layout.shown[track.nth]);
        let (size, steps) = (self.layout.sizes.label, self.steps_of(track));
        let end = self.place(track, steps).and_then(|place| panel.inside(place));
        if let Some(end) = end {
            marks::end(canvas, end, self.colour(track))?;
        } else {
            let out =
                (1..=steps).rev().find_map(|step| panel.clip(self.place(track, step - 1)?, self.place(track, step)?));
            out.map_or(Ok(()), |[_, edge]| marks::gone(canvas, edge, self.colour(track)))?;
        }
        let words = self.trace.ending(at);
        if let Some((left, top)) = self.legend_row(track.nth).filter(|_| track.shows == Shows::LossOverSteps) {
            return canvas.text(&words, (left + 30, top + size as i32 + 3), size - 1, Anchor::Left, self.palette.faint);
        }
        if self.layout.legend.is_none() && track.shows == Shows::LossOverSteps {
            return end.map_or(Ok(()), |end| self.draw_number(canvas, track, end));
        }
        if track.shows == Shows::LossOverParameter {
            let gone = if end.is_none() { ", beyond the panel" } else { "" };
            let words = shortened(&format!("{words}{gone}"), size, panel.width);
            let ink = self.palette.text(self.colour(track));
            return canvas.text(&words, (panel.left, panel.top - size as i32 * 3 / 4), size, Anchor::Left, ink);
        }
        Ok(())
    }

    /// The number of a descent at the end of its loss, beside the numbers of those that end there too.
    fn draw_number(&self, canvas: &Canvas, track: &Track, end: Point) -> io::Result<()> {
        let size = self.layout.sizes.tick;
        let near = |other: &&Track| {
            let place =
                self.place(other, self.steps_of(other)).and_then(|place| self.layout.panels[other.panel].inside(place));
            place.is_some_and(|at| (at.0 - end.0).abs() < 16.0 && (at.1 - end.1).abs() < 16.0)
        };
        let before = self.layout.tracks.iter().filter(|other| other.panel == track.panel && other.nth < track.nth);
        let shift = before.filter(near).count() as f64 * 2.0 * f64::from(size);
        let panel = &self.layout.panels[track.panel];
        if end.0 + 8.0 * f64::from(size) <= f64::from(panel.left + panel.width) {
            let number = (self.layout.shown[track.nth] + 1).to_string();
            return canvas.text(&number, (end.0 + 10.0 + shift, end.1), size, Anchor::Left, self.palette.ink);
        }
        let at = (end.0 - 2.0 - shift, end.1 - 7.0 - f64::from(size) / 2.0);
        canvas.text(&(self.layout.shown[track.nth] + 1).to_string(), at, size, Anchor::Right, self.palette.ink)
    }

    /// Draws where every point is at a step.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn now(&self, canvas: &Canvas, step: usize) -> io::Result<()> {
        for track in &self.layout.tracks {
            let place = self.place(track, step.min(self.steps_of(track)));
            let at = place.and_then(|place| self.layout.panels[track.panel].inside(place));
            at.map_or(Ok(()), |at| marks::moving(canvas, at, self.colour(track)))?;
        }
        let colour = |nth| self.colour_of(nth);
        self.fit().map_or(Ok(()), |(fit, panel)| fit.now((canvas, panel), self.trace, step, colour))?;
        let title = self.layout.sizes.title;
        let at = (self.layout.size.0 as i32 - 12, 8 + title as i32 / 2);
        canvas.text(&format!("step {step}"), at, title, Anchor::Right, self.palette.ink)
    }
}
