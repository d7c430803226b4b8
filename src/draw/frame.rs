//! A picture with one frame: where it stands, title and small print.

use super::axes::{Axes, Grid};
use super::canvas::{Anchor, Canvas, Format, Point};
use super::side::Side;
use super::style::Style;
use super::typeset::{figure, pretty, typeset};
use crate::sweep::{Source, SweepCommon, Title, is_hidden};
use std::io;

pub const LEFT: i32 = 112;
pub const TOP: i32 = 96;
pub const RIGHT: i32 = 340;
const BOTTOM: i32 = 104;
// Pictures are mostly seen at half their width.
const TITLE_SIZE: u32 = 26;
const LABEL_SIZE: u32 = 22;
const TICK_SIZE: u32 = 18;
pub const SMALL_SIZE: u32 = 16;

/// The rectangle of a picture in which data stands, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    pub width: i32,
    pub height: i32,
}

impl Frame {
    /// Around this many pixels.
    pub fn of((width, height): (usize, usize)) -> Self {
        Self { width: width as i32, height: height as i32 }
    }

    /// Size of the whole picture.
    pub fn canvas(self) -> (u32, u32) {
        // A short legend of eight outcomes and some curves has its room also beside a low frame.
        const LOWEST: i32 = 590;
        ((LEFT + self.width + RIGHT) as u32, (TOP + (self.height + BOTTOM).max(LOWEST)) as u32)
    }

    /// Draws a picture around the frame.
    ///
    /// # Errors
    /// A drawing or encoding failure.
    pub fn draw(
        self,
        format: Format,
        style: Style,
        draw: impl FnOnce(&Canvas) -> io::Result<()>,
    ) -> io::Result<Vec<u8>> {
        let canvas = Canvas::new(format, style, self.canvas())?;
        draw(&canvas)?;
        canvas.finish()
    }

    /// Where data stand: 0 is left, 1 is right; 0 is the bottom, 1 the top.
    pub fn point(self, across: f64, up: f64) -> Point {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        (f64::from(LEFT) + across * width, f64::from(TOP) + height - up * height)
    }

    /// The same on whole pixels.
    pub fn pixel(self, across: f64, up: f64) -> (i32, i32) {
        let x = LEFT + (across * f64::from(self.width)).round() as i32;
        let y = TOP + self.height - (up * f64::from(self.height)).round() as i32;
        (x, y)
    }
}

/// Frame, marks and labels.
pub fn draw_frame(canvas: &Canvas, frame: Frame, x: &Side, y: &Side) -> io::Result<()> {
    let Frame { width, height } = frame;
    let (tick, name, room) = (TICK_SIZE, LABEL_SIZE, LEFT - 6);
    Axes { left: LEFT, top: TOP, width, height, room, tick, name, grid: Grid::Minor }.draw(canvas, x, y)
}

/// What is descended on, and how, on one line.
pub fn heading(grid: &SweepCommon) -> String {
    let name = grid.title.name.map_or(String::new(), |name| format!("{name}:  "));
    let Title { text, is_formula, .. } = &grid.title;
    format!("{name}{}   rule {}", if *is_formula { typeset(text) } else { text.clone() }, typeset(&grid.rule_shown()))
}

/// Title above, small print below.
pub fn draw_texts(canvas: &Canvas, frame: Frame, grid: &SweepCommon, footer: &str) -> io::Result<()> {
    draw_words(canvas, frame, [&heading(grid), &format!("{}{}", fixed_values(grid), how(grid)), footer])
}

/// Title and subtitle above, footer below, each cut to one line.
pub fn draw_words(canvas: &Canvas, frame: Frame, [title, subtitle, footer]: [&str; 3]) -> io::Result<()> {
    let (width, height) = frame.canvas();
    let (title, subtitle) = (on_one_line(title), on_one_line(subtitle));
    let room = width as i32 - LEFT - 20;
    let size = fitting(&title, TITLE_SIZE, room);
    canvas.text(&shortened(&title, size, room), (LEFT, 30), size, Anchor::Left, canvas.palette.ink)?;
    canvas.text(&shortened(&subtitle, TICK_SIZE, room), (LEFT, 60), TICK_SIZE, Anchor::Left, canvas.palette.faint)?;
    canvas.text(
        &shortened(footer, SMALL_SIZE, room),
        (LEFT, height as i32 - 16),
        SMALL_SIZE,
        Anchor::Left,
        canvas.palette.faint,
    )
}

/// Text for one line: no line breaks, and no more of it than could ever be seen.
pub fn on_one_line(text: &str) -> String {
    const MOST: usize = 400;
    let words: Vec<&str> =
        text.split_inclusive(char::is_whitespace).map(|word| word.trim_end_matches(['\n', '\r', '\t'])).collect();
    words.concat().chars().take(MOST).collect()
}

/// What is neither on an axis nor in the formula.
fn fixed_values(grid: &SweepCommon) -> String {
    let fixed = grid.knobs.iter().filter(|knob| !is_hidden(&knob.name)).filter_map(|knob| match knob.source {
        Source::Fixed(value) => Some(format!("{} = {}, ", pretty(&knob.name), figure(value))),
        _ => None,
    });
    fixed.collect()
}

/// How a descent is made, besides its rule: the rows of a step, how many steps, and in which numbers.
pub fn how(grid: &SweepCommon) -> String {
    let steps = grid.limits.steps;
    let batch = grid.batch_shown().map_or(String::new(), |batch| format!("{batch}, "));
    format!("{batch}up to {steps} step{}, precision {}", if steps == 1 { "" } else { "s" }, grid.precision)
}

/// The largest size, from `size` down to two thirds of it, at which text is at most `width` wide.
fn fitting(text: &str, size: u32, width: i32) -> u32 {
    (size * 2 / 3..=size).rev().find(|size| Canvas::text_width(text, *size) <= width).unwrap_or(size * 2 / 3)
}

/// Text cut to `width` pixels.
pub fn shortened(text: &str, size: u32, width: i32) -> String {
    if Canvas::text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while !kept.is_empty() {
        kept.pop();
        let candidate: String = kept.iter().collect::<String>() + "…";
        if Canvas::text_width(&candidate, size) <= width {
            return candidate;
        }
    }
    String::new()
}
