//! A film into a boundary: between two maps, of which the second is a part of the first, the view moves on as fast at every
//! depth, and shades go over from the ranks of the one to those of the other.

use super::canvas::{Anchor, Canvas, Format};
use super::frame::{heading, on_one_line, shortened};
use super::gif::Gif;
use super::palette::{Palette, Rgb};
use super::shades::{Shade, Shader};
use super::style::Style;
use super::typeset::{figure, pretty};
use crate::analysis::Window;
use crate::engine::{Refined, Seen};
use crate::sweep::{OUTCOMES, SweepCommon};
use png::{BitDepth, ColorType, Encoder};
use rayon::prelude::*;
use std::io::{self, Write};

/// A map of the film.
pub struct ZoomMap {
    map: Refined,
    shaders: [Shader; OUTCOMES.len()],
    /// Where the next map begins in this one, as shares of it.
    next: [f64; 2],
    caption: String,
}

/// How a film moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZoomPace {
    /// How many times smaller each window is than the one before.
    pub factor: f64,
    /// Frames from one map to the next.
    pub frames: usize,
}

/// Formats of films.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoomFormat {
    Gif,
    /// PNG with frames, as browsers show it: all colours, and larger.
    Apng,
}

/// Hundredths of a second that a frame is seen, and the last one.
const DELAY: (u16, u16) = (5, 200);
const TITLE_SIZE: u32 = 15;
const SMALL_SIZE: u32 = 13;
/// Below the map.
const STRIP: usize = 70;
/// Samples across a pixel: the next map has more cells than pixels until it fills the picture.
const SAMPLES: usize = 2;

impl ZoomMap {
    /// A map of a window.
    pub fn new(map: Refined, grid: &SweepCommon, window: &Window, (number, factor): (usize, f64)) -> Self {
        let shaders = Shader::of_all(Shade::Rank, map.cells.iter().copied());
        let width = |name: &str, lo: f64, hi: f64| {
            format!("{} {} ± {}", pretty(name), figure(f64::midpoint(lo, hi)), figure((hi - lo) / 2.0))
        };
        let x = width(&grid.x.name, window.x.lo, window.x.hi);
        let y = grid.y.as_ref().zip(window.y).map(|(y, span)| width(&y.name, span.lo, span.hi));
        let times = figure(factor.powi(number as i32));
        let caption = format!("×{times}    {x}{}", y.map_or(String::new(), |y| format!(",  {y}")));
        Self { map, shaders, next: [0.0; 2], caption }
    }

    /// Where the next map begins in it, as shares of its sides.
    #[must_use]
    pub fn leads_to(mut self, next: [f64; 2]) -> Self {
        self.next = next;
        self
    }

    /// The cell at a place from 0 to 1.
    fn at(&self, [u, v]: [f64; 2]) -> Seen {
        let along = |at: f64, count: usize| ((at * count as f64) as usize).min(count - 1);
        self.map.cells[along(v, self.map.ny) * self.map.nx + along(u, self.map.nx)]
    }

    fn shade(&self, (outcome, key): Seen) -> f32 {
        self.shaders[outcome as usize].of(key)
    }
}

/// A film of maps, each a part of the one before.
pub struct ZoomFilm<'a> {
    maps: &'a [ZoomMap],
    pace: ZoomPace,
    grid: &'a SweepCommon,
    style: Style,
    size: (usize, usize),
    shown: [bool; OUTCOMES.len()],
}

impl<'a> ZoomFilm<'a> {
    /// `maps` has one at least; all have the same size.
    pub fn new(maps: &'a [ZoomMap], pace: ZoomPace, grid: &'a SweepCommon, style: Style) -> Self {
        let size = (maps[0].map.nx, maps[0].map.ny);
        let shown = OUTCOMES.map(|outcome| maps.iter().any(|map| map.map.cells.iter().any(|seen| seen.0 == outcome)));
        Self { maps, pace, grid, style, size, shown }
    }

    /// Frames in all.
    pub fn count(&self) -> usize {
        (self.maps.len() - 1) * self.pace.frames + 1
    }

    /// A frame as a picture.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn picture(&self, frame: usize) -> io::Result<Vec<u8>> {
        self.drawn(frame)?.finish()
    }

    /// Writes the film.
    ///
    /// # Errors
    /// A drawing failure, a full disk.
    pub fn write(&self, format: ZoomFormat, file: &mut dyn Write) -> io::Result<()> {
        match format {
            ZoomFormat::Gif => self.write_gif(file),
            ZoomFormat::Apng => self.write_apng(file),
        }
    }

    fn delay(&self, frame: usize) -> u16 {
        if frame + 1 == self.count() { DELAY.1 } else { DELAY.0 }
    }

    fn write_gif(&self, file: &mut dyn Write) -> io::Result<()> {
        let (width, height) = self.file_size();
        let mut gif = Gif::new(file, (width as u16, height as u16), super::film::colours(self.style.palette))?;
        for frame in 0..self.count() {
            gif.add(&self.drawn(frame)?.frame(), self.delay(frame))?;
        }
        gif.finish().map(|_| ())
    }

    fn write_apng(&self, file: &mut dyn Write) -> io::Result<()> {
        let (width, height) = self.file_size();
        let mut encoder = Encoder::new(file, width, height);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_animated(self.count() as u32, 0).map_err(io::Error::other)?;
        let mut writer = encoder.write_header().map_err(io::Error::other)?;
        for frame in 0..self.count() {
            writer.set_frame_delay(self.delay(frame), 100).map_err(io::Error::other)?;
            writer.write_image_data(&self.drawn(frame)?.frame()).map_err(io::Error::other)?;
        }
        writer.finish().map_err(io::Error::other)
    }

    fn canvas_size(&self) -> (u32, u32) {
        (self.size.0 as u32, (self.size.1 + STRIP) as u32)
    }

    fn file_size(&self) -> (u32, u32) {
        let (width, height) = self.canvas_size();
        (width * self.style.scale, height * self.style.scale)
    }

    fn drawn(&self, frame: usize) -> io::Result<Canvas> {
        let (at, part) = (frame / self.pace.frames, (frame % self.pace.frames) as f64 / self.pace.frames as f64);
        let canvas = Canvas::new(Format::Png, self.style, self.canvas_size())?;
        let scale = self.style.scale as usize;
        let size = (self.size.0 * scale, self.size.1 * scale);
        let pixels = self.pixels(at, part, size);
        canvas.blocks(
            (0, 0),
            (1, 1),
            super::canvas::Pixels { width: size.0 as u32, height: size.1 as u32, bytes: pixels },
        )?;
        let Palette { ink, faint, .. } = *canvas.palette;
        let (room, line) = (self.size.0 as i32 - 16, self.size.1 as i32);
        let caption = shortened(&self.maps[at].caption, TITLE_SIZE, room);
        canvas.text(&caption, (8, line + 15), TITLE_SIZE, Anchor::Left, ink)?;
        let title = shortened(&on_one_line(&heading(self.grid)), SMALL_SIZE, room);
        canvas.text(&title, (8, line + 36), SMALL_SIZE, Anchor::Left, faint)?;
        self.legend(&canvas, line + 57)?;
        Ok(canvas)
    }

    /// The outcomes that occur anywhere in the film.
    fn legend(&self, canvas: &Canvas, line: i32) -> io::Result<()> {
        const SWATCH: i32 = 12;
        let mut x = 8;
        for outcome in OUTCOMES.into_iter().filter(|outcome| self.shown[*outcome as usize]) {
            let colour = canvas.palette.colour(outcome, 0.4);
            canvas.blit(
                (x, line - SWATCH / 2),
                (SWATCH as u32, SWATCH as u32),
                colour.repeat((SWATCH * SWATCH) as usize),
            )?;
            canvas.text(outcome.word(), (x + SWATCH + 5, line), SMALL_SIZE, Anchor::Left, canvas.palette.ink)?;
            x += SWATCH + 5 + Canvas::text_width(outcome.word(), SMALL_SIZE) + 14;
        }
        Ok(())
    }

    /// The view a `part` of the way from a map to the next, top row first.
    fn pixels(&self, at: usize, part: f64, (width, height): (usize, usize)) -> Vec<u8> {
        let here = &self.maps[at];
        let there = self.maps.get(at + 1);
        let inner = 1.0 / self.pace.factor;
        let wide = inner.powf(part);
        // The point that stays where it is, on the way from one window to the other.
        let from = here.next.map(|next| next / (1.0 - inner) * (1.0 - wide));
        let seen = |u: f64, v: f64| -> Rgb {
            let place = [from[0] + u * wide, from[1] + v * wide];
            let within = [(place[0] - here.next[0]) / inner, (place[1] - here.next[1]) / inner];
            let is_within = within.iter().all(|at| (0.0..1.0).contains(at));
            let cell = there.filter(|_| is_within).map_or_else(|| here.at(place), |there| there.at(within));
            let last = there.map_or_else(|| here.shade(cell), |there| there.shade(cell));
            let shade = here.shade(cell) + (last - here.shade(cell)) * part as f32;
            self.style.palette.colour(cell.0, shade)
        };
        let mut bytes = vec![0; width * height * 3];
        bytes.par_chunks_exact_mut(width * 3).enumerate().for_each(|(row, line)| {
            for (column, pixel) in line.chunks_exact_mut(3).enumerate() {
                let mut sums = [0_u32; 3];
                for sample in 0..SAMPLES * SAMPLES {
                    let part = |number: usize| (number as f64 + 0.5) / SAMPLES as f64;
                    let u = (column as f64 + part(sample % SAMPLES)) / width as f64;
                    let v = 1.0 - (row as f64 + part(sample / SAMPLES)) / height as f64;
                    sums.iter_mut().zip(seen(u, v)).for_each(|(sum, colour)| *sum += u32::from(colour));
                }
                pixel.iter_mut().zip(sums).for_each(|(to, sum)| *to = (sum / (SAMPLES * SAMPLES) as u32) as u8);
            }
        });
        bytes
    }
}
