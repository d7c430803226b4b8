//! `trace.png` and `trace.gif`: the scene at its end, and as a film.

use super::followed::Trace;
use super::scene::Scene;
use crate::draw::canvas::Canvas;
use crate::draw::gif::{Gif, MOST_COLOURS};
use crate::draw::palette::Rgb;
use crate::draw::style::Style;
use std::collections::HashMap;
use std::io;

const MOST_FRAMES: usize = 200;
/// Hundredths of a second that the last frame stands, at least.
const REST: u16 = 100;

/// How the film is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilmOptions {
    /// In pixels.
    pub width: u32,
    /// Frames per second; by default so many that the film lasts some eight seconds, and fewer at its start.
    pub fps: Option<u32>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilmInfo {
    pub frames: usize,
    pub width: u32,
    pub height: u32,
    /// Hundredths of a second that a frame stands, once the film is at its pace.
    pub delay: u16,
}

impl Trace {
    /// The picture, `width` pixels wide.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn png(&self, style: Style, width: u32, footer: &str) -> io::Result<Vec<u8>> {
        let scene = Scene::new(self, style, width, footer);
        let canvas = scene.base()?;
        scene.progress(&canvas, 0, scene.last_step())?;
        canvas.finish()
    }

    /// The film and its measures. It loops for ever and rests for a second at the end.
    ///
    /// # Errors
    /// A drawing or encoding failure.
    pub fn gif(&self, style: Style, options: FilmOptions, footer: &str) -> io::Result<(Vec<u8>, FilmInfo)> {
        let scene = Scene::new(self, style, options.width, footer);
        let (width, height) = (scene.size().0 * style.scale, scene.size().1 * style.scale);
        let steps = frames(&scene);
        let fps = options.fps.unwrap_or((steps.len() as u32 / 8).clamp(2, 25));
        let delay = (100 / fps.clamp(1, 50)) as u16;
        let trail = scene.base()?;
        let mut gif = Gif::new(Vec::new(), (width as u16, height as u16), colours(&scene, &trail)?)?;
        let mut drawn = 0;
        for (at, step) in steps.iter().enumerate() {
            scene.progress(&trail, drawn, *step)?;
            let picture = trail.copy();
            scene.now(&picture, *step, (*step - drawn).saturating_sub(1))?;
            drawn = *step;
            let slow = if options.fps.is_none() { slow(at) } else { 0 };
            let rest = if at + 1 == steps.len() { REST } else { 0 };
            gif.add(&picture.frame(), delay.max(slow).max(rest))?;
        }
        Ok((gif.finish()?, FilmInfo { frames: steps.len(), width, height, delay }))
    }
}

/// Hundredths of a second that one of the first frames stands at least: slow enough to follow, and then ever faster.
fn slow(at: usize) -> u16 {
    const FIRST: f64 = 80.0;
    const FASTER: f64 = 0.87;
    (FIRST * FASTER.powf(at as f64)) as u16
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

/// The colours of the scene at its beginning and at its end: the most frequent of each small cube of colours.
fn colours(scene: &Scene<'_>, base: &Canvas) -> io::Result<Vec<Rgb>> {
    let whole = base.copy();
    scene.progress(&whole, 0, scene.last_step())?;
    scene.now(&whole, 0, 1)?;
    let (base, whole) = (base.rgb(), whole.rgb());
    let mut counts: HashMap<Rgb, usize> = HashMap::new();
    for pixel in base.as_chunks::<3>().0.iter().chain(whole.as_chunks::<3>().0) {
        *counts.entry(*pixel).or_default() += 1;
    }
    let mut cubes: HashMap<Rgb, (Rgb, usize)> = HashMap::new();
    for (colour, count) in by_number(counts.into_iter().collect()) {
        cubes.entry(colour.map(|part| part >> 3)).or_insert((colour, 0)).1 += count;
    }
    let cubes = by_number(cubes.into_values().collect()).into_iter();
    Ok(cubes.map(|(colour, _)| colour).take(MOST_COLOURS).collect())
}

/// The most frequent first; then by colour, so that the same trace is always the same file.
fn by_number(mut counted: Vec<(Rgb, usize)>) -> Vec<(Rgb, usize)> {
    counted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    counted
}
