//! `trace.gif`: the scene as a film. One palette for all frames; a frame holds only the pixels that changed.

use super::Trace;
use super::scene::Scene;
use crate::draw::canvas::failed;
use crate::draw::palette::Rgb;
use gif::{DisposalMethod, Encoder, Frame, Repeat};
use std::borrow::Cow;
use std::collections::HashMap;
use std::io;

const MOST_FRAMES: usize = 200;
/// The entry of the palette that leaves a pixel as it was.
const UNCHANGED: u8 = 255;

/// How the film is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilmOptions {
    /// In pixels.
    pub width: u32,
    /// Frames per second; by default so many that the film lasts some eight seconds.
    pub fps: Option<u32>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilmInfo {
    pub frames: usize,
    pub width: u32,
    pub height: u32,
    /// Hundredths of a second that a frame stands.
    pub delay: u16,
}

impl Trace {
    /// The film and its measures. It loops for ever and rests for a second at the end.
    ///
    /// # Errors
    /// A drawing or encoding failure.
    pub fn gif(&self, options: FilmOptions, footer: &str) -> io::Result<(Vec<u8>, FilmInfo)> {
        let scene = Scene::new(self, options.width, footer);
        let steps = frames(&scene);
        let fps = options.fps.unwrap_or((steps.len() as u32 / 8).clamp(2, 25));
        let delay = (100 / fps.clamp(1, 50)) as u16;
        let mut trail = scene.base()?;
        let palette = Palette::of(&scene, &trail)?;
        let mut film = Film::new(scene.size, palette)?;
        let mut drawn = 0;
        for (at, step) in steps.iter().enumerate() {
            scene.progress(&mut trail, drawn, *step)?;
            drawn = *step;
            let mut picture = trail.clone();
            scene.now(&mut picture, *step)?;
            film.add(&picture, if at + 1 == steps.len() { delay.max(100) } else { delay })?;
        }
        let info = FilmInfo { frames: steps.len(), width: scene.size.0, height: scene.size.1, delay };
        Ok((film.finish()?, info))
    }
}

/// The steps that are shown: all, or those between which equally much happens. Early steps count for more than late
/// ones, so that a descent that is over soon, as diverging ones are, is not one frame of a long film.
fn frames(scene: &Scene<'_>) -> Vec<usize> {
    let last = scene.last_step();
    if last < MOST_FRAMES {
        return (0..=last).collect();
    }
    let moved: Vec<f64> = (1..=last).map(|step| scene.movement(step)).collect();
    let (all, ages) = (moved.iter().sum::<f64>().max(f64::MIN_POSITIVE), (last as f64 + 1.0).ln());
    let weight = |step: usize| {
        let age = ((step as f64 + 1.0) / step as f64).ln() / ages;
        moved[step - 1] / all + 1.5 * age + 0.5 / last as f64
    };
    let total: f64 = (1..=last).map(weight).sum();
    let (mut steps, mut sum) = (vec![0], 0.0);
    for step in 1..=last {
        sum += weight(step);
        if sum >= total * steps.len() as f64 / (MOST_FRAMES - 1) as f64 && steps.len() < MOST_FRAMES - 1 {
            steps.push(step);
        }
    }
    if steps.last() != Some(&last) {
        steps.push(last);
    }
    steps
}

/// At most 255 colours, and the nearest of them for every other.
struct Palette {
    colours: Vec<Rgb>,
    nearest: HashMap<Rgb, u8>,
}

impl Palette {
    /// The colours of the scene at its beginning and at its end: the most frequent of each small cube of colours.
    fn of(scene: &Scene<'_>, base: &[u8]) -> io::Result<Self> {
        let mut whole = base.to_vec();
        scene.progress(&mut whole, 0, scene.last_step())?;
        scene.now(&mut whole, 0)?;
        let mut counts: HashMap<Rgb, usize> = HashMap::new();
        for pixel in base.chunks_exact(3).chain(whole.chunks_exact(3)) {
            *counts.entry([pixel[0], pixel[1], pixel[2]]).or_default() += 1;
        }
        let mut counted: Vec<(Rgb, usize)> = counts.into_iter().collect();
        // By number and then by colour, so that the same trace is always the same file.
        counted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut cubes: HashMap<Rgb, (Rgb, usize)> = HashMap::new();
        for (colour, count) in counted {
            cubes.entry(colour.map(|part| part >> 3)).or_insert((colour, 0)).1 += count;
        }
        let mut cubes: Vec<(Rgb, usize)> = cubes.into_values().collect();
        cubes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        cubes.truncate(usize::from(UNCHANGED));
        Ok(Self { colours: cubes.into_iter().map(|(colour, _)| colour).collect(), nearest: HashMap::new() })
    }

    fn index(&mut self, colour: Rgb) -> u8 {
        let colours = &self.colours;
        *self.nearest.entry(colour).or_insert_with(|| {
            let distance =
                |other: &Rgb| -> u32 { other.iter().zip(colour).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum() };
            (0..colours.len()).min_by_key(|at| distance(&colours[*at])).unwrap_or(0) as u8
        })
    }
}

/// The file as it grows.
struct Film {
    encoder: Encoder<Vec<u8>>,
    palette: Palette,
    size: (u32, u32),
    before: Vec<u8>,
}

impl Film {
    fn new(size: (u32, u32), palette: Palette) -> io::Result<Self> {
        let mut colours = palette.colours.concat();
        colours.resize(256 * 3, 0);
        let mut encoder = Encoder::new(Vec::new(), size.0 as u16, size.1 as u16, &colours).map_err(failed)?;
        encoder.set_repeat(Repeat::Infinite).map_err(failed)?;
        Ok(Self { encoder, palette, size, before: Vec::new() })
    }

    fn add(&mut self, picture: &[u8], delay: u16) -> io::Result<()> {
        let pixels = picture.chunks_exact(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]);
        let mut shown: Vec<u8> = Vec::with_capacity(picture.len() / 3);
        for pixel in pixels {
            shown.push(self.palette.index(pixel));
        }
        let (left, top, width, height) = self.changed(&shown);
        let line = self.size.0 as usize;
        let row = |y: usize| (0..width).map(move |x| (top + y) * line + left + x);
        let pixel = |at: usize| if self.before.get(at) == Some(&shown[at]) { UNCHANGED } else { shown[at] };
        let buffer: Vec<u8> = (0..height).flat_map(row).map(pixel).collect();
        let frame = Frame {
            delay,
            dispose: DisposalMethod::Keep,
            transparent: Some(UNCHANGED),
            left: left as u16,
            top: top as u16,
            width: width as u16,
            height: height as u16,
            buffer: Cow::Owned(buffer),
            ..Frame::default()
        };
        self.encoder.write_frame(&frame).map_err(failed)?;
        self.before = shown;
        Ok(())
    }

    /// The smallest rectangle (left, top, width, height) with all that changed; at least a pixel.
    fn changed(&self, shown: &[u8]) -> (usize, usize, usize, usize) {
        let width = self.size.0 as usize;
        let differs = |at: &usize| self.before.get(*at) != Some(&shown[*at]);
        let mut corners: Option<(usize, usize, usize, usize)> = None;
        for at in (0..shown.len()).filter(differs) {
            let (x, y) = (at % width, at / width);
            let (left, top, right, bottom) = corners.unwrap_or((x, y, x, y));
            corners = Some((left.min(x), top.min(y), right.max(x), bottom.max(y)));
        }
        corners.map_or((0, 0, 1, 1), |(left, top, right, bottom)| (left, top, right - left + 1, bottom - top + 1))
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        self.encoder.into_inner().map_err(failed)
    }
}
