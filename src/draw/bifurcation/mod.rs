//! `bifurcation.png`: what descents visit, as a density, with cycles as lines; beneath it how fast neighbours part.

mod branches;
mod density;

use super::axes::{Axes, Grid};
use super::canvas::{Anchor, Canvas, Format, Point};
use super::frame::{Frame, LEFT, SMALL_SIZE, TOP, draw_frame, draw_words, heading, shortened};
use super::legend::Legend;
use super::overlay::Overlay;
use super::palette::{PATHS, Palette, Rgb};
use super::side::Side;
use super::style::Style;
use super::typeset::{figure, pretty, with_minus};
use crate::analysis::bifurcation::{Bifurcation, ChangeKind, Orbit};
use crate::sweep::{Source, is_hidden};
use branches::branches;
use density::Density;
use std::io;

/// The picture of visits; beneath it the strip, as wide.
const VISITS: Frame = Frame { width: 1000, height: 560 };
const STRIP_TOP: i32 = TOP + VISITS.height + 92;
const STRIP_HEIGHT: i32 = 150;
/// All of it, with its words.
const WHOLE: Frame = Frame { width: VISITS.width, height: STRIP_TOP + STRIP_HEIGHT - TOP };
/// Most changes that are marked.
const MOST_MARKED: usize = 14;

/// What is drawn, and how.
#[derive(Debug, Clone, Copy)]
pub struct BifurcationPicture<'a> {
    pub found: &'a Bifurcation,
    /// Which parameter stands upright.
    pub of: usize,
    /// What is shown of it; by default all that was visited.
    pub range: Option<(f64, f64)>,
    pub footer: &'a str,
}

impl BifurcationPicture<'_> {
    /// The picture.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn png(&self, style: Style) -> io::Result<Vec<u8>> {
        let (x, y) = (Side::of_axis(&self.found.spec.x), self.upright());
        let canvas = Canvas::new(Format::Png, style, WHOLE.canvas())?;
        let density = Density::of(self.found, self.of, &y, (VISITS.width, VISITS.height), style.scale);
        let colours = self.colours(canvas.palette);
        canvas.blocks(VISITS.pixel(0.0, 1.0), (1, 1), density.pixels(canvas.palette.paper, &colours))?;
        self.draw_branches(&canvas, (&x, &y), &colours)?;
        draw_frame(&canvas, VISITS, &x, &y)?;
        self.draw_words(&canvas)?;
        let mut legend = Legend::new(&canvas, WHOLE);
        if style.theory {
            let grid = &self.found.spec.common;
            Overlay { canvas: &canvas, frame: VISITS, grid, x: &x, y: None }.theory(&self.found.known, &mut legend)?;
        }
        self.mark_changes(&canvas, &x, &mut legend)?;
        self.name_starts(&mut legend)?;
        self.draw_strip(&canvas, &x, &colours)?;
        canvas.finish()
    }

    /// One for each start.
    fn colours(&self, palette: &Palette) -> Vec<Rgb> {
        match self.found.spec.ny() {
            1 => vec![palette.ink],
            starts => (0..starts).map(|start| palette.paths[start % PATHS]).collect(),
        }
    }

    fn upright(&self) -> Side {
        let name = pretty(&self.found.spec.objective.parameters()[self.of]);
        if let Some((lo, hi)) = self.range {
            return Side::exact(&name, lo, hi);
        }
        let parameters = self.found.spec.program.parameters.len();
        let values = self.found.orbits.iter().flat_map(|orbit| orbit.visited.iter().skip(self.of).step_by(parameters));
        let (lo, hi) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
        match hi - lo > 1e-12 * lo.abs().max(hi.abs()) {
            true => Side::range(&name, lo, hi, false),
            false if lo.is_finite() => Side::range(&name, lo - 0.5, lo + 0.5, false),
            false => Side::range(&name, 0.0, 1.0, false),
        }
    }

    fn draw_words(&self, canvas: &Canvas) -> io::Result<()> {
        let Bifurcation { spec, asked, .. } = self.found;
        let fixed = spec.knobs.iter().filter(|knob| !is_hidden(&knob.name)).filter_map(|knob| match knob.source {
            Source::Fixed(value) => Some(format!("{} = {}, ", pretty(&knob.name), figure(value))),
            Source::X(_) | Source::Y(_) => None,
        });
        let under = format!("{}what the {} steps after {} visit", fixed.collect::<String>(), asked.visits, asked.steps);
        draw_words(canvas, WHOLE, [&heading(&spec.common), &under, self.footer])
    }

    /// Cycles as smooth lines.
    fn draw_branches(&self, canvas: &Canvas, (x, y): (&Side, &Side), colours: &[Rgb]) -> io::Result<()> {
        const WIDE: f64 = 1.6;
        for (start, colour) in colours.iter().enumerate() {
            for branch in branches(self.found, start, self.of) {
                let place = |(at, value): &(f64, f64)| {
                    let up = y.place(*value)?;
                    Some(VISITS.point(x.reach(*at)?.clamp(0.0, 1.0), up))
                };
                let places: Vec<Option<Point>> = branch.iter().map(place).collect();
                for run in places.split(Option::is_none) {
                    let run: Vec<Point> = run.iter().flatten().copied().collect();
                    canvas.path(&run, WIDE, *colour)?;
                }
            }
        }
        Ok(())
    }

    /// A fine line at each, with its number, and what it is beside the picture.
    fn mark_changes(&self, canvas: &Canvas, x: &Side, legend: &mut Legend<'_>) -> io::Result<()> {
        let Palette { faint, paper, ink, .. } = *canvas.palette;
        let name = pretty(&self.found.spec.x.name);
        let mut free = i32::MIN;
        for (number, change) in self.found.of_shortest(MOST_MARKED).into_iter().enumerate() {
            let number = (number + 1).to_string();
            let after = match change.kind {
                ChangeKind::Doubling => format!("period {} → {} at", change.period, 2 * change.period),
                kind => format!("period {}: {} at", change.period, kind.words()),
            };
            legend.note(&with_minus(&format!("{number}   {after} {name} = {}", exact(change.at))))?;
            let Some(place) = x.place(change.at) else { continue };
            let (at, top) = VISITS.pixel(place, 1.0);
            let (half, size) = (Canvas::text_width(&number, SMALL_SIZE) / 2, SMALL_SIZE as i32);
            canvas.dashes((at, top), (at, VISITS.pixel(place, 0.0).1), faint)?;
            if at - half > free + 3 {
                let sides = [at - half - 2, top + 5, 2 * half + 4, size + 2].map(f64::from);
                canvas.bar(sides, paper)?;
                canvas.text(&number, (at, top + 6 + size / 2), SMALL_SIZE, Anchor::Centre, ink)?;
                free = at + half;
            }
        }
        let more = self.found.changes.len().saturating_sub(MOST_MARKED);
        if more > 0 { legend.note(&format!("and {more} more in doublings.csv")) } else { Ok(()) }
    }

    /// Which colour is which start.
    fn name_starts(&self, legend: &mut Legend<'_>) -> io::Result<()> {
        let Some(starts) = &self.found.spec.y else { return Ok(()) };
        let name = pretty(&starts.name);
        for start in 0..starts.axis.len().min(PATHS) {
            legend.path(start, &format!("{name} = {}", figure(starts.axis.value(start))))?;
        }
        Ok(())
    }

    /// The exponents: above 0 neighbours part.
    fn draw_strip(&self, canvas: &Canvas, x: &Side, colours: &[Rgb]) -> io::Result<()> {
        const SIZES: (u32, u32) = (15, 18);
        let y = self.exponents();
        let (lo, hi) = y.ends();
        let room = LEFT - 6;
        let (tick, name) = SIZES;
        let axes = Axes {
            left: LEFT,
            top: STRIP_TOP,
            width: VISITS.width,
            height: STRIP_HEIGHT,
            room,
            tick,
            name,
            grid: Grid::Minor,
        };
        let place = |across: f64, up: f64| {
            let height = f64::from(STRIP_TOP + STRIP_HEIGHT) - up * f64::from(STRIP_HEIGHT);
            (f64::from(LEFT) + across * f64::from(VISITS.width), height)
        };
        if let Some(zero) = y.place(0.0) {
            let height = place(0.0, zero).1.round() as i32;
            canvas.dashes((LEFT, height), (LEFT + VISITS.width, height), canvas.palette.faint)?;
        }
        for (start, colour) in colours.iter().enumerate() {
            let orbits = self.found.of_start(start);
            let is_below = |orbit: &Orbit| orbit.lyapunov.is_none_or(|lyapunov| lyapunov.value < lo);
            let point = |(at, orbit): (usize, &Orbit)| {
                let value = orbit.lyapunov?.value;
                // Where it is far below, the line leaves the strip and comes back.
                let beside = [at.saturating_sub(1), (at + 1).min(orbits.len() - 1)];
                let is_away = is_below(orbit) && beside.iter().all(|at| is_below(&orbits[*at]));
                let up = y.place(value.clamp(lo, hi)).filter(|_| !is_away)?;
                Some(place(x.place(self.found.value(orbit))?, up))
            };
            let places: Vec<Option<Point>> = orbits.iter().enumerate().map(point).collect();
            for run in places.split(Option::is_none) {
                let run: Vec<Point> = run.iter().flatten().copied().collect();
                canvas.path(&run, 1.2, *colour)?;
            }
        }
        let words = "Lyapunov exponent per step: above 0 neighbours part, below it they meet";
        let words = shortened(words, SMALL_SIZE, VISITS.width);
        canvas.text(&words, (LEFT, STRIP_TOP - 14), SMALL_SIZE, Anchor::Left, canvas.palette.faint)?;
        axes.draw(canvas, x, &y)
    }

    /// From the largest exponent, or 0, to twice as far below: where a cycle forgets all at once it is −∞.
    fn exponents(&self) -> Side {
        let values = self.found.orbits.iter().filter_map(|orbit| orbit.lyapunov).map(|lyapunov| lyapunov.value);
        let finite: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        let most = finite.iter().copied().fold(0.0, f64::max);
        let least = finite.iter().copied().fold(0.0, f64::min);
        let lowest = least.max(-2.0 * most.max(0.5));
        let room = 0.06 * (most - lowest).max(0.1);
        Side::exact("exponent", lowest - room, most + room)
    }
}

/// A place of a change in seven digits, as tables print it.
fn exact(at: f64) -> String {
    let digits = (6 - (at.abs().max(1e-300).log10() + 1e-9).floor() as i32).clamp(0, 12) as usize;
    if (1e-4..1e7).contains(&at.abs()) { format!("{at:.digits$}") } else { figure(at) }
}
