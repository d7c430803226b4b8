//! `--film`: the map as one number moves, one frame per value, as a GIF.
//!
//! Shades are ranks among the cells of all frames together, so that a colour means the same in every frame.

use super::canvas::{Anchor, Canvas, failed};
use super::palette::{Rgb, colour};
use super::picture::{FAINT, INK, Side, heading};
use super::rank::{Ranks, measure};
use super::ticks::{figure, pretty};
use crate::analysis::theory::Theory;
use crate::engine::Output;
use crate::sweep::{OUTCOMES, Outcome, SweepCommon, TileOutcomes};
use gif::{DisposalMethod, Encoder, Frame, Repeat};
use std::collections::HashMap;
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
/// Stands for "as in the frame before".
const UNCHANGED: u8 = 255;

/// The map at one value of what moves, as tiles come.
#[derive(Debug, Clone)]
pub struct FilmFrame {
    nx: usize,
    ny: usize,
    wide: usize,
    high: usize,
    counts: Vec<[u32; 5]>,
    sums: Vec<[f32; 5]>,
    total: [u64; 5],
}

impl FilmFrame {
    /// An empty map of a sweep.
    pub fn new(grid: &SweepCommon) -> Self {
        let (wide, high) = bins(grid);
        let (counts, sums) = (vec![[0; 5]; wide * high], vec![[0.0; 5]; wide * high]);
        Self { nx: grid.nx(), ny: grid.ny(), wide, high, counts, sums, total: [0; 5] }
    }

    /// Outcome and measure of every bin. On a tie the outcome that is rarer in the frame, so that thin structures
    /// survive.
    fn bins(&self) -> Vec<(Outcome, f32)> {
        let bin = |(counts, sums): (&[u32; 5], &[f32; 5])| {
            let rank =
                |outcome: &Outcome| (counts[*outcome as usize], std::cmp::Reverse(self.total[*outcome as usize]));
            let winner = OUTCOMES.into_iter().max_by_key(rank).unwrap_or(Outcome::Level);
            (winner, sums[winner as usize] / counts[winner as usize].max(1) as f32)
        };
        self.counts.iter().zip(&self.sums).map(bin).collect()
    }
}

/// Columns and rows of bins of a film.
fn bins(grid: &SweepCommon) -> (usize, usize) {
    (grid.nx().min(TARGET.0), grid.ny().min(TARGET.1))
}

impl Output for FilmFrame {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        for cell in 0..tile.tile.cells() {
            let x = (tile.tile.x0 + cell % tile.tile.nx) * self.wide / self.nx;
            let y = (tile.tile.y0 + cell / tile.tile.nx) * self.high / self.ny;
            let (bin, outcome) = (y * self.wide + x, tile.outcome[cell] as usize);
            self.counts[bin][outcome] += 1;
            self.sums[bin][outcome] += measure(tile, cell);
            self.total[outcome] += 1;
        }
        Ok(())
    }
}

/// A row of frames, of which the file is made at the end: a shade is a rank among all of them.
pub struct Film {
    /// What moves.
    name: String,
    frames: Vec<Shot>,
    bins: (usize, usize),
    /// Pixels per bin.
    block: (usize, usize),
    x: Side,
    y: Side,
    alpha: Option<Across>,
    /// Cells of each outcome in all frames.
    total: [u64; 5],
    caption: String,
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
    pub fn new(grid: &SweepCommon, name: &str) -> Option<Self> {
        let y = grid.y.as_ref()?;
        let bins = bins(grid);
        let alpha = if grid.x.name == "alpha" { Some(Across::X) } else { (y.name == "alpha").then_some(Across::Y) };
        Some(Self {
            name: name.to_owned(),
            frames: Vec::new(),
            bins,
            block: ((TARGET.0 / bins.0).max(1), (TARGET.1 / bins.1).max(1)),
            x: Side::of_axis(&grid.x),
            y: Side::of_axis(y),
            alpha,
            total: [0; 5],
            caption: heading(grid),
        })
    }

    /// Adds the map at a value of what moves.
    pub fn push(&mut self, frame: &FilmFrame, value: f64, theory: &Theory) {
        self.total.iter_mut().zip(frame.total).for_each(|(all, cells)| *all += cells);
        self.frames.push(Shot {
            title: format!("{} = {}", pretty(&self.name), figure(value)),
            limits: theory.limits().iter().map(|limit| limit.alpha).collect(),
            bins: frame.bins(),
        });
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u16, u16) {
        let (width, height) = self.map_size();
        ((LEFT + width + RIGHT) as u16, (TOP + height + BOTTOM) as u16)
    }

    fn map_size(&self) -> (usize, usize) {
        (self.bins.0 * self.block.0, self.bins.1 * self.block.1)
    }

    /// Draws every frame and writes the film.
    ///
    /// # Errors
    /// A drawing failure, a full disk.
    pub fn write(&self, file: impl Write) -> io::Result<()> {
        let (width, height) = self.size();
        let ranks = Ranks::of(self.frames.iter().flat_map(|frame| frame.bins.iter().copied()));
        let mut palette = Palette::new();
        let mut encoder = Encoder::new(file, width, height, &palette.bytes()).map_err(failed)?;
        encoder.set_repeat(Repeat::Infinite).map_err(failed)?;
        let mut before: Option<Vec<u8>> = None;
        for at in 0..self.frames.len() {
            let now = palette.indices(&self.pixels(at, &ranks)?);
            let delay = if at + 1 == self.frames.len() { DELAY.1 } else { DELAY.0 };
            let mut frame = changed(before.as_deref(), &now, usize::from(width));
            frame.delay = delay;
            encoder.write_frame(&frame).map_err(failed)?;
            before = Some(now);
        }
        Ok(())
    }

    /// The pixels of a frame.
    fn pixels(&self, at: usize, ranks: &Ranks) -> io::Result<Vec<u8>> {
        let (width, height) = self.size();
        let map = self.map_size();
        Canvas::pixels(u32::from(width), u32::from(height), |canvas| {
            canvas.blit((LEFT as i32, TOP as i32), (map.0 as u32, map.1 as u32), self.map(at, ranks))?;
            self.draw_sides(canvas)?;
            self.draw_words(canvas, at)?;
            self.draw_limits(canvas, at)
        })
    }

    /// The map's pixels, top row first.
    fn map(&self, at: usize, ranks: &Ranks) -> Vec<u8> {
        let mut pixels = Vec::with_capacity(self.map_size().0 * self.map_size().1 * 3);
        for row in self.frames[at].bins.chunks(self.bins.0).rev() {
            let colours = row.iter().map(|(outcome, measure)| shaded(*outcome, ranks.shade(*outcome, *measure)));
            let line: Vec<u8> = colours.flat_map(|colour| colour.repeat(self.block.0)).collect();
            (0..self.block.1).for_each(|_| pixels.extend_from_slice(&line));
        }
        pixels
    }

    /// Frame, marks and labels.
    fn draw_sides(&self, canvas: &Canvas<'_>) -> io::Result<()> {
        let (width, height) = (self.map_size().0 as i32, self.map_size().1 as i32);
        let (left, top) = (LEFT as i32, TOP as i32);
        let (right, bottom) = (left + width, top + height);
        let corners = [(left - 1, bottom), (right, bottom), (right, top - 1), (left - 1, top - 1), (left - 1, bottom)];
        corners.windows(2).try_for_each(|pair| canvas.line(pair[0], pair[1], INK))?;
        for (place, label) in self.x.marks((width / 75) as usize) {
            let at = left + (place * f64::from(width)).round() as i32;
            canvas.line((at, bottom), (at, bottom + if label.is_some() { 6 } else { 3 }), INK)?;
            if let Some(label) = label {
                canvas.text(&label, (at, bottom + 16), SMALL_SIZE, Anchor::Centre, INK)?;
            }
        }
        for (place, label) in self.y.marks((height / 45) as usize) {
            let at = bottom - (place * f64::from(height)).round() as i32;
            canvas.line((left - 1 - if label.is_some() { 6 } else { 3 }, at), (left - 1, at), INK)?;
            if let Some(label) = label {
                canvas.text(&label, (left - 10, at), SMALL_SIZE, Anchor::Right, INK)?;
            }
        }
        canvas.text(&self.x.label, (left + width / 2, bottom + 36), SMALL_SIZE + 2, Anchor::Centre, INK)?;
        canvas.upright(&self.y.label, (16, top + height / 2), SMALL_SIZE + 2, INK)
    }

    /// What moves and where it is, the formula, the legend, and how far the film is.
    fn draw_words(&self, canvas: &Canvas<'_>, at: usize) -> io::Result<()> {
        let (width, height) = self.size();
        let (left, room) = (LEFT as i32, i32::from(width) - LEFT as i32 - 8);
        canvas.text(&self.frames[at].title, (left, 20), TITLE_SIZE, Anchor::Left, INK)?;
        canvas.text(&cut(&self.caption, room), (left, 43), SMALL_SIZE, Anchor::Left, FAINT)?;
        let mut x = left;
        let line = i32::from(height) - 24;
        for outcome in OUTCOMES.into_iter().filter(|outcome| self.total[*outcome as usize] > 0) {
            let ramp = (0..12 * 24).flat_map(|pixel| shaded(outcome, (pixel % 24) as f32 / 23.0)).collect();
            canvas.blit((x, line - 6), (24, 12), ramp)?;
            canvas.text(outcome.word(), (x + 29, line), SMALL_SIZE, Anchor::Left, INK)?;
            x += 29 + Canvas::text_width(outcome.word(), SMALL_SIZE) + 14;
        }
        let full = self.map_size().0 * (at + 1) / self.frames.len();
        canvas.blit((left, i32::from(height) - 9), (full as u32, 3), FAINT.repeat(full * 3))
    }

    /// Dashes at the critical learning rates.
    fn draw_limits(&self, canvas: &Canvas<'_>, at: usize) -> io::Result<()> {
        let Some(across) = self.alpha else { return Ok(()) };
        let (width, height) = (self.map_size().0 as i32, self.map_size().1 as i32);
        let (left, top) = (LEFT as i32, TOP as i32);
        let side = if across == Across::X { &self.x } else { &self.y };
        for place in self.frames[at].limits.iter().filter_map(|alpha| side.place(*alpha)) {
            if across == Across::X {
                let x = left + (place * f64::from(width)).round() as i32;
                canvas.dashes((x, top), (x, top + height), INK)?;
            } else {
                let y = top + height - (place * f64::from(height)).round() as i32;
                canvas.dashes((left, y), (left + width, y), INK)?;
            }
        }
        Ok(())
    }
}

/// Text cut to `room` pixels and one line.
fn cut(text: &str, room: i32) -> String {
    let mut kept: Vec<char> = text.chars().filter(|c| !c.is_control()).take(400).collect();
    let whole: String = kept.iter().collect();
    if Canvas::text_width(&whole, SMALL_SIZE) <= room {
        return whole;
    }
    loop {
        kept.pop();
        let text: String = kept.iter().chain(&['…']).collect();
        if kept.is_empty() || Canvas::text_width(&text, SMALL_SIZE) <= room {
            return text;
        }
    }
}

/// Shades of an outcome that a film tells apart: its colours share one palette.
const SHADES: usize = 32;

fn shaded(outcome: Outcome, shade: f32) -> Rgb {
    let step = (shade.clamp(0.0, 1.0) * (SHADES - 1) as f32).round();
    colour(outcome, step / (SHADES - 1) as f32)
}

/// The one palette of a film: the outcomes' shades and the greys of text.
struct Palette {
    colours: Vec<Rgb>,
    known: HashMap<Rgb, u8>,
}

impl Palette {
    fn new() -> Self {
        const GREYS: usize = 64;
        let shade = |at: usize| at as f32 / (SHADES - 1) as f32;
        let ramps = OUTCOMES.into_iter().flat_map(|outcome| (0..SHADES).map(move |at| colour(outcome, shade(at))));
        let grey = |at: usize| INK.map(|ink| ink + (usize::from(255 - ink) * at / (GREYS - 1)) as u8);
        let mut colours: Vec<Rgb> = ramps.chain((0..GREYS).map(grey)).chain([FAINT]).collect();
        let known = colours.iter().enumerate().rev().map(|(at, colour)| (*colour, at as u8)).collect();
        colours.resize(usize::from(UNCHANGED) + 1, [0; 3]);
        Self { colours, known }
    }

    fn bytes(&self) -> Vec<u8> {
        self.colours.concat()
    }

    /// The nearest colour of each pixel.
    fn indices(&mut self, pixels: &[u8]) -> Vec<u8> {
        let colours = &self.colours;
        let nearest = |pixel: Rgb| {
            let distance =
                |known: &Rgb| pixel.iter().zip(known).map(|(a, b)| i32::from(a.abs_diff(*b)).pow(2)).sum::<i32>();
            let all = (0..usize::from(UNCHANGED)).min_by_key(|at| distance(&colours[*at]));
            all.unwrap_or_default() as u8
        };
        let (pixels, _) = pixels.as_chunks::<3>();
        pixels.iter().map(|pixel| *self.known.entry(*pixel).or_insert_with(|| nearest(*pixel))).collect()
    }
}

/// What is new against the frame before: the smallest rectangle that holds it.
fn changed(before: Option<&[u8]>, now: &[u8], width: usize) -> Frame<'static> {
    let height = now.len() / width;
    let differs = |at: usize| before.is_none_or(|before| before[at] != now[at]);
    let (mut lo, mut hi) = ((width, height), (0, 0));
    for at in (0..now.len()).filter(|at| differs(*at)) {
        let (x, y) = (at % width, at / width);
        lo = (lo.0.min(x), lo.1.min(y));
        hi = (hi.0.max(x), hi.1.max(y));
    }
    if lo.0 > hi.0 {
        // Nothing moved: one pixel, so that the frame has its time.
        (lo, hi) = ((0, 0), (0, 0));
    }
    let cell = |at: usize| if differs(at) { now[at] } else { UNCHANGED };
    let rows = (lo.1..=hi.1).flat_map(|y| (lo.0..=hi.0).map(move |x| y * width + x));
    Frame {
        left: lo.0 as u16,
        top: lo.1 as u16,
        width: (hi.0 - lo.0 + 1) as u16,
        height: (hi.1 - lo.1 + 1) as u16,
        buffer: rows.map(cell).collect::<Vec<u8>>().into(),
        transparent: Some(UNCHANGED),
        dispose: DisposalMethod::Keep,
        ..Frame::default()
    }
}
