//! `--film`: the map as one number moves, one frame per value, as a GIF.
//!
//! Shades compare the cells of all frames together, so that a colour means the same in every frame.

use super::axes::{Axes, Grid};
use super::bins::{Bins, OutcomeBins};
use super::canvas::{Anchor, Canvas, Format};
use super::frame::{heading, how, on_one_line, shortened};
use super::gif::Gif;
use super::palette::{Palette, Rgb};
use super::shades::{Shade, Shader};
use super::side::Side;
use super::style::Style;
use super::typeset::{figure, pretty};
use crate::analysis::theory::Theory;
use crate::engine::Output;
use crate::sweep::{OUTCOMES, Outcome, SweepCommon, TileOutcomes};
use std::io::{self, Write};

/// More frames than this are a file that nobody waits for.
pub const MAX_FRAMES: usize = 200;

/// The map is made this large, or a little less so that every cell has the same number of pixels.
const TARGET: (usize, usize) = (540, 340);
const LEFT: usize = 78;
const TOP: usize = 58;
const RIGHT: usize = 22;
const BOTTOM: usize = 84;
const TITLE_SIZE: u32 = 19;
const SMALL_SIZE: u32 = 13;
/// Hundredths of a second that a frame is seen, and the last one.
const DELAY: (u16, u16) = (12, 150);

/// The map at one value of what moves, as tiles come.
#[derive(Debug, Clone)]
pub struct FilmFrame {
    bins: OutcomeBins,
    shade: Shade,
}

impl FilmFrame {
    /// An empty map of a sweep.
    pub fn new(grid: &SweepCommon, style: Style) -> Self {
        Self { bins: OutcomeBins::new(bins(grid, style)), shade: style.shade }
    }
}

fn bins(grid: &SweepCommon, style: Style) -> Bins {
    Bins::new((grid.nx(), grid.ny()), TARGET, style.scale)
}

impl Output for FilmFrame {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.bins.add(tile, |cell| self.shade.key(tile, cell));
        Ok(())
    }
}

/// A row of frames, of which the file is made at the end: a shade compares all of them.
pub struct Film {
    /// What moves.
    name: String,
    frames: Vec<Shot>,
    style: Style,
    bins: Bins,
    x: Side,
    y: Side,
    alpha: Option<Across>,
    /// Cells of each outcome in all frames.
    total: [u64; OUTCOMES.len()],
    caption: String,
    /// Whether limits hold for all steps.
    holds: bool,
}

/// What is left of a frame: per bin the outcome of most of its cells, and what its shade goes by.
struct Shot {
    title: String,
    limits: Vec<f64>,
    bins: Vec<(Outcome, f32)>,
}

/// Which side α lies along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Across {
    X,
    Y,
}

impl Film {
    /// A film without frames, over the map of a sweep; none of a sweep with one axis.
    pub fn new(grid: &SweepCommon, name: &str, style: Style) -> Option<Self> {
        let y = grid.y.as_ref()?;
        let alpha = if grid.x.name == "alpha" { Some(Across::X) } else { (y.name == "alpha").then_some(Across::Y) };
        Some(Self {
            name: name.to_owned(),
            frames: Vec::new(),
            style,
            bins: bins(grid, style),
            x: Side::of_axis(&grid.x),
            y: Side::of_axis(y),
            alpha,
            total: [0; OUTCOMES.len()],
            caption: format!("{},  {}", heading(grid), how(grid)),
            holds: grid.last_step_is_largest(),
        })
    }

    /// Adds the map at a value of what moves.
    pub fn push(&mut self, frame: &FilmFrame, value: f64, theory: &Theory) {
        self.total.iter_mut().zip(frame.bins.totals()).for_each(|(all, cells)| *all += cells);
        self.frames.push(Shot {
            title: format!("{} = {}", pretty(&self.name), figure(value)),
            limits: theory
                .limits()
                .iter()
                .map(|limit| limit.alpha)
                .filter(|_| self.style.theory && self.holds)
                .collect(),
            bins: frame.bins.winners(),
        });
    }

    /// Width and height in pixels, at a scale of 1.
    fn size(&self) -> (u32, u32) {
        let (width, height) = self.bins.pixel_size();
        ((LEFT + width + RIGHT) as u32, (TOP + height + BOTTOM) as u32)
    }

    /// Draws every frame and writes the film.
    ///
    /// # Errors
    /// A drawing failure, a full disk.
    pub fn write(&self, file: impl Write) -> io::Result<()> {
        let cells = self.frames.iter().flat_map(|frame| frame.bins.iter().copied());
        let shaders = Shader::of_all(self.style.shade, cells);
        let size = self.size();
        let whole = (size.0 * self.style.scale, size.1 * self.style.scale);
        let mut gif = Gif::new(file, (whole.0 as u16, whole.1 as u16), colours(self.style.palette))?;
        for at in 0..self.frames.len() {
            let delay = if at + 1 == self.frames.len() { DELAY.1 } else { DELAY.0 };
            gif.add(&self.drawn(at, &shaders)?.frame(), delay)?;
        }
        gif.finish().map(|_| ())
    }

    /// A frame.
    fn drawn(&self, at: usize, shaders: &[Shader]) -> io::Result<Canvas> {
        let palette = self.style.palette;
        let canvas = Canvas::new(Format::Png, self.style, self.size())?;
        let map = self.bins.pixels(|bin| {
            let (outcome, key) = self.frames[at].bins[bin];
            shaded(palette, outcome, shaders[outcome as usize].of(key))
        });
        canvas.blocks((LEFT as i32, TOP as i32), self.bins.block, map)?;
        self.draw_sides(&canvas)?;
        self.draw_words(&canvas, at)?;
        self.draw_limits(&canvas, at)?;
        Ok(canvas)
    }

    fn map_size(&self) -> (i32, i32) {
        let (width, height) = self.bins.pixel_size();
        (width as i32, height as i32)
    }

    /// Frame, marks and labels.
    fn draw_sides(&self, canvas: &Canvas) -> io::Result<()> {
        let (width, height) = self.map_size();
        let (left, top, room) = (LEFT as i32, TOP as i32, LEFT as i32 - 4);
        let (tick, name) = (SMALL_SIZE, SMALL_SIZE + 2);
        Axes { left, top, width, height, room, tick, name, grid: Grid::Minor }.draw(canvas, &self.x, &self.y)
    }

    /// What moves and where it is, the formula, the legend, and how far the film is.
    fn draw_words(&self, canvas: &Canvas, at: usize) -> io::Result<()> {
        let Palette { ink, faint, .. } = *canvas.palette;
        let (width, height) = self.size();
        let (width, height) = (width as i32, height as i32);
        let (left, room) = (LEFT as i32, width - LEFT as i32 - 8);
        canvas.text(&self.frames[at].title, (left, 20), TITLE_SIZE, Anchor::Left, ink)?;
        canvas.text(
            &shortened(&on_one_line(&self.caption), SMALL_SIZE, room),
            (left, 43),
            SMALL_SIZE,
            Anchor::Left,
            faint,
        )?;
        let mut x = left;
        let line = height - 24;
        for outcome in OUTCOMES.into_iter().filter(|outcome| self.total[*outcome as usize] > 0) {
            let ramp =
                (0..12 * 24).flat_map(|pixel| shaded(canvas.palette, outcome, (pixel % 24) as f32 / 23.0)).collect();
            canvas.blit((x, line - 6), (24, 12), ramp)?;
            canvas.text(outcome.word(), (x + 29, line), SMALL_SIZE, Anchor::Left, ink)?;
            x += 29 + Canvas::text_width(outcome.word(), SMALL_SIZE) + 14;
        }
        let full = self.map_size().0 as usize * (at + 1) / self.frames.len();
        canvas.blit((left, height - 9), (full as u32, 3), faint.repeat(full * 3))
    }

    /// Dashes at the critical learning rates.
    fn draw_limits(&self, canvas: &Canvas, at: usize) -> io::Result<()> {
        let ink = canvas.palette.ink;
        let Some(across) = self.alpha else { return Ok(()) };
        let (width, height) = self.map_size();
        let (left, top) = (LEFT as i32, TOP as i32);
        let side = if across == Across::X { &self.x } else { &self.y };
        for place in self.frames[at].limits.iter().filter_map(|alpha| side.place(*alpha)) {
            if across == Across::X {
                let x = left + (place * f64::from(width)).round() as i32;
                canvas.dashes((x, top), (x, top + height), ink)?;
            } else {
                let y = top + height - (place * f64::from(height)).round() as i32;
                canvas.dashes((left, y), (left + width, y), ink)?;
            }
        }
        Ok(())
    }
}

/// Shades of an outcome that a film tells apart: its colours share one table.
const SHADES: usize = 24;

fn shaded(palette: &Palette, outcome: Outcome, shade: f32) -> Rgb {
    let step = (shade.clamp(0.0, 1.0) * (SHADES - 1) as f32).round();
    palette.colour(outcome, step / (SHADES - 1) as f32)
}

/// The outcomes' shades, and what text is made of: from ink to paper, and small print.
pub fn colours(palette: &Palette) -> Vec<Rgb> {
    const GREYS: i32 = 48;
    let shade = |at: usize| at as f32 / (SHADES - 1) as f32;
    let ramp = |outcome: Outcome| (0..SHADES).map(move |at| palette.colour(outcome, shade(at)));
    let part = |from: u8, to: u8, at: usize| {
        let (from, to) = (i32::from(from), i32::from(to));
        (from + (to - from) * at as i32 / (GREYS - 1)) as u8
    };
    let grey = |at: usize| std::array::from_fn(|rgb| part(palette.ink[rgb], palette.paper[rgb], at));
    OUTCOMES.into_iter().flat_map(ramp).chain((0..GREYS as usize).map(grey)).chain([palette.faint]).collect()
}
