//! The legend beside a picture.

use super::canvas::{Anchor, Canvas};
use super::frame::{Frame, LEFT, SMALL_SIZE, TOP, shortened};
use super::shades::{Spreads, by_steps, is_flat};
use super::typeset::{figure, with_minus};
use crate::analysis::Summary;
use crate::sweep::{OUTCOMES, Outcome};
use std::io;

const HEADING_SIZE: u32 = 20;
/// Room for text to the right of the legend's left edge.
const ROOM: i32 = 306;
const SAMPLE: i32 = 30;

/// Entries from the top down.
pub struct Legend<'a> {
    canvas: &'a Canvas,
    left: i32,
    top: i32,
    /// Of the picture beside it.
    height: i32,
}

impl<'a> Legend<'a> {
    pub fn new(canvas: &'a Canvas, frame: Frame) -> Self {
        Self { canvas, left: LEFT + frame.width + 28, top: TOP + 4, height: frame.height }
    }

    /// One ramp per outcome that occurs, with its share and what its shade means; `best` is the lowest loss that is known.
    pub fn ramps(&mut self, summary: &Summary, spreads: &Spreads, best: f64) -> io::Result<()> {
        const RAMP: (i32, i32) = (150, 14);
        const SWATCH: (i32, i32) = (24, 12);
        /// Of an entry, and of what follows all of them.
        const ENTRY: i32 = 102;
        const REST: i32 = 160;
        let outcomes: Vec<Outcome> = OUTCOMES.into_iter().filter(|outcome| summary.cells_of(*outcome) > 0).collect();
        let is_short = outcomes.len() as i32 * ENTRY + REST > self.height;
        for outcome in outcomes {
            if is_short {
                self.ramp(outcome, (self.left, self.top), SWATCH)?;
                self.left += SWATCH.0 + 8;
                self.heading(outcome, summary)?;
                self.small(outcome.meaning(), (self.left, self.top + 29))?;
                self.left -= SWATCH.0 + 8;
                self.top += 50;
                continue;
            }
            self.heading(outcome, summary)?;
            self.ramp(outcome, (self.left, self.top + 24), RAMP)?;
            let shades = words(outcome, spreads, summary, best);
            self.small(outcome.meaning(), (self.left, self.top + 54))?;
            self.small(&shades, (self.left, self.top + 76))?;
            self.top += if shades.is_empty() { 80 } else { 102 };
        }
        Ok(())
    }

    /// The shades of an outcome from vivid to pale, or its only one.
    fn ramp(&self, outcome: Outcome, at: (i32, i32), (width, height): (i32, i32)) -> io::Result<()> {
        let shade = |pixel: i32| if is_flat(outcome) { 0.5 } else { (pixel % width) as f32 / (width - 1) as f32 };
        let colour = |pixel: i32| self.canvas.palette.colour(outcome, shade(pixel));
        let ramp: Vec<u8> = (0..height * width).flat_map(colour).collect();
        self.canvas.blit(at, (width as u32, height as u32), ramp)
    }

    /// One dot per outcome that occurs, with its share.
    pub fn dots(&mut self, summary: &Summary, shade: f32) -> io::Result<()> {
        for outcome in OUTCOMES.into_iter().filter(|outcome| summary.cells_of(*outcome) > 0) {
            let colour = self.canvas.palette.mark(outcome, shade);
            self.canvas.dot((self.left + 7, self.top + 6), 6.5, colour)?;
            self.left += 24;
            self.heading(outcome, summary)?;
            self.small(outcome.meaning(), (self.left, self.top + 29))?;
            self.left -= 24;
            self.top += 56;
        }
        Ok(())
    }

    fn heading(&self, outcome: Outcome, summary: &Summary) -> io::Result<()> {
        let heading = format!("{outcome}   {}", share(summary.cells_of(outcome), summary.cells));
        self.canvas.text(&heading, (self.left, self.top + 6), HEADING_SIZE, Anchor::Left, self.canvas.palette.ink)
    }

    fn small(&self, text: &str, at: (i32, i32)) -> io::Result<()> {
        let text = shortened(text, SMALL_SIZE, ROOM - (at.0 - self.left));
        self.canvas.text(&text, at, SMALL_SIZE, Anchor::Left, self.canvas.palette.faint)
    }

    /// A dashed line and what it is; long words go to a second line.
    pub fn dashed(&mut self, lines: &[&str]) -> io::Result<()> {
        let (left, middle) = (f64::from(self.left), f64::from(self.top + 8));
        self.canvas.dashed_path(&[(left, middle), (left + f64::from(SAMPLE), middle)])?;
        self.words(lines)
    }

    /// A thin line as it stands beside what diverges, and what it is.
    pub fn solid(&mut self, lines: &[&str]) -> io::Result<()> {
        const HEIGHT: i32 = 11;
        let dark = self.canvas.palette.colour(Outcome::Diverged, 0.5);
        let at = (self.left, self.top + 8 - HEIGHT / 2);
        self.canvas.blit(at, (SAMPLE as u32, HEIGHT as u32), dark.repeat((SAMPLE * HEIGHT) as usize))?;
        let ends = [self.left, self.left + SAMPLE - 1].map(|x| (x, self.top + 8));
        self.canvas.line(ends[0], ends[1], self.canvas.palette.measured)?;
        self.words(lines)
    }

    /// What stands on the edge of the frame.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        self.small(text, (self.left, self.top + 8))?;
        self.top += 27;
        Ok(())
    }

    /// A line in the colour of a path and what it is.
    pub fn path(&mut self, path: usize, words: &str) -> io::Result<()> {
        let (left, middle) = (f64::from(self.left), f64::from(self.top + 8));
        self.canvas.path(
            &[(left, middle), (left + f64::from(SAMPLE), middle)],
            3.0,
            self.canvas.palette.paths[path],
        )?;
        self.words(&[words])
    }

    /// A ring and what it is.
    pub fn ring(&mut self, lines: &[&str]) -> io::Result<()> {
        self.canvas.ring((self.left + 8, self.top + 8), 8.0, self.canvas.palette.ink)?;
        self.words(lines)
    }

    /// A dot and what it is.
    pub fn dot(&mut self, lines: &[&str]) -> io::Result<()> {
        self.canvas.dot((self.left + 8, self.top + 8), 6.0, self.canvas.palette.ink)?;
        self.words(lines)
    }

    fn words(&mut self, lines: &[&str]) -> io::Result<()> {
        for line in lines {
            self.small(line, (self.left + SAMPLE + 8, self.top + 8))?;
            self.top += 21;
        }
        self.top += 6;
        Ok(())
    }
}

/// Per cent, so that a share that is not zero never reads as zero.
pub fn share(part: u64, whole: u64) -> String {
    let percent = 100.0 * part as f64 / whole.max(1) as f64;
    match percent {
        p if p > 0.0 && p < 0.1 => "< 0.1 %".to_owned(),
        p if p < 100.0 && p > 99.9 => "> 99.9 %".to_owned(),
        p => format!("{p:.1} %"),
    }
}

/// What the ramp of an outcome runs over.
fn words(outcome: Outcome, spreads: &Spreads, summary: &Summary, best: f64) -> String {
    let spread = spreads.of(outcome);
    if by_steps(outcome) {
        let Some((least, most)) = summary.steps_of(outcome) else { return String::new() };
        let median = (spread.median().exp_m1().round() as u32).clamp(least, most);
        return match (least, most) {
            (1, 1) => "1 step".to_owned(),
            _ if least == most => format!("{most} steps"),
            _ => format!("{least} … {median} … {most} steps"),
        };
    }
    let Some((least, most)) = spread.ends.filter(|_| !is_flat(outcome)) else { return String::new() };
    if outcome == Outcome::Descending {
        let missing = [least, most].map(|loss| short((f64::from(loss) - best).max(0.0)));
        let sign = if best < 0.0 { "+" } else { "−" };
        let zero = if best == 0.0 { String::new() } else { format!(" {sign} {}", figure(best.abs())) };
        return with_minus(&format!("loss{zero}: {}", missing.join(" … ")));
    }
    match (outcome, spread.signed) {
        (Outcome::Rising, true) => "far … little above the start".to_owned(),
        (_, true) => "far … little below the start".to_owned(),
        (_, false) => {
            let sign = if outcome == Outcome::Rising { 1.0 } else { -1.0 };
            let ratio = |key: f64| short((sign * 10_f64.powf(key)).exp());
            let keys = [f64::from(most), spread.median(), f64::from(least)];
            let mut texts: Vec<String> = keys.into_iter().map(ratio).collect();
            texts.dedup();
            format!("loss × {}", texts.join(" … "))
        }
    }
}

/// Two significant digits are enough for a legend.
fn short(ratio: f64) -> String {
    if ratio == 0.0 || !ratio.is_finite() {
        return if ratio == 0.0 { "0" } else { "∞" }.to_owned();
    }
    let digits = 1 - ratio.abs().log10().floor() as i32;
    let power = 10_f64.powi(digits.clamp(-300, 300));
    let rounded = (ratio * power).round() / power;
    figure(if rounded.is_finite() && rounded > 0.0 { rounded } else { ratio })
}
