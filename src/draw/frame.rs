//! The frame around the data of a picture: its axes, title and small print.

use super::canvas::{Anchor, Canvas, Format};
use super::palette::Palette;
use super::ticks::{TickScale, figure, pretty, ticks, typeset};
use crate::sweep::{SEED, Scale, Source, SweepAxis, SweepCommon, Title, is_hidden};
use std::io;

pub const LEFT: i32 = 112;
pub const TOP: i32 = 96;
pub const RIGHT: i32 = 290;
const BOTTOM: i32 = 92;
const TITLE_SIZE: u32 = 22;
const LABEL_SIZE: u32 = 19;
const TICK_SIZE: u32 = 15;
pub const SMALL_SIZE: u32 = 13;

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
        const LOWEST: i32 = 520;
        ((LEFT + self.width + RIGHT) as u32, (TOP + (self.height + BOTTOM).max(LOWEST)) as u32)
    }

    /// Draws a picture around the frame.
    ///
    /// # Errors
    /// A drawing or encoding failure.
    pub fn draw(
        self,
        format: Format,
        palette: &'static Palette,
        draw: impl FnOnce(&Canvas<'_>) -> io::Result<()>,
    ) -> io::Result<Vec<u8>> {
        Canvas::picture(format, palette, self.canvas(), draw)
    }

    /// As [`Frame::pixel`], between pixels too.
    pub fn point(self, across: f64, up: f64) -> (f64, f64) {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        (f64::from(LEFT) + across * width, f64::from(TOP) + height - up * height)
    }

    /// Pixel of a place: 0 is left, 1 is right; 0 is the bottom, 1 the top.
    pub fn pixel(self, across: f64, up: f64) -> (i32, i32) {
        let x = LEFT + (across * f64::from(self.width)).round() as i32;
        let y = TOP + self.height - (up * f64::from(self.height)).round() as i32;
        (x, y)
    }
}

/// How values lie along one side of the frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    pub label: String,
    kind: SideKind,
}

#[derive(Debug, Clone, PartialEq)]
enum SideKind {
    /// From `lo` to `hi`, with `margin` (a share of the side) left free at both ends; where values are `whole`, so are marks.
    Range { lo: f64, hi: f64, log: bool, margin: f64, whole: bool },
    /// Values without order: each has an equal share.
    Listed(Vec<f64>),
}

impl Side {
    /// The side of an axis of cells: a value stands in the middle of its cell.
    pub fn of_axis(axis: &SweepAxis) -> Self {
        let values = &axis.axis;
        let kind = match values.scale() {
            Scale::Listed => SideKind::Listed((0..values.len()).map(|at| values.value(at)).collect()),
            scale => {
                let (lo, hi) = values.bounds();
                let whole = [SEED, "batch"].contains(&axis.name.as_str());
                SideKind::Range { lo, hi, log: scale == Scale::Log, margin: 0.5 / values.len() as f64, whole }
            }
        };
        Self { label: pretty(&axis.name), kind }
    }

    /// The sides of a map; the upright one is empty where there is one axis.
    pub fn both(grid: &SweepCommon) -> (Self, Self) {
        let y = grid.y.as_ref().map_or_else(|| Self::range("", 0.0, 1.0, false), Self::of_axis);
        (Self::of_axis(&grid.x), y)
    }

    /// A side for plain numbers.
    pub fn range(label: &str, lo: f64, hi: f64, log: bool) -> Self {
        Self { label: label.to_owned(), kind: SideKind::Range { lo, hi, log, margin: 0.04, whole: false } }
    }

    /// Place of a value along the side, 0 to 1; `None` where it does not lie on it.
    pub fn place(&self, value: f64) -> Option<f64> {
        match &self.kind {
            SideKind::Listed(values) => {
                let share = |at: f64| (at + 0.5) / values.len() as f64;
                // Rounding to f32 does not make another value of it.
                let same = |known: &f64| (known - value).abs() <= 1e-6 * known.abs();
                if let Some(at) = values.iter().position(same) {
                    return Some(share(at as f64));
                }
                let at = values.windows(2).position(|pair| pair[0] < value && value < pair[1])?;
                values.is_sorted().then(|| share(at as f64 + (value - values[at]) / (values[at + 1] - values[at])))
            }
            SideKind::Range { lo, hi, log, margin, .. } => {
                let share = if *log { (value / lo).ln() / (hi / lo).ln() } else { (value - lo) / (hi - lo) };
                let place = margin + share * (1.0 - 2.0 * margin);
                (-1e-9..=1.0 + 1e-9).contains(&place).then_some(place)
            }
        }
    }

    /// Places and labels of the marks.
    pub fn marks(&self, most: usize) -> Vec<(f64, Option<String>)> {
        match &self.kind {
            SideKind::Listed(values) => {
                let every = values.len().div_ceil(most.max(1));
                let label = |at: usize| at.is_multiple_of(every).then(|| figure(values[at]));
                (0..values.len()).map(|at| ((at as f64 + 0.5) / values.len() as f64, label(at))).collect()
            }
            SideKind::Range { lo, hi, log, whole, .. } => {
                let scale = if *log { TickScale::Log } else { TickScale::Linear };
                let most = if *whole { most.min((hi - lo) as usize) } else { most };
                let marks = ticks(scale, *lo, *hi, most).into_iter();
                let marks = marks.filter(|tick| !whole || (tick.value - tick.value.round()).abs() < 1e-9);
                marks.filter_map(|tick| self.place(tick.value).map(|place| (place, tick.label))).collect()
            }
        }
    }
}

/// Frame, marks and labels.
pub fn draw_frame(canvas: &Canvas<'_>, frame: Frame, x: &Side, y: &Side) -> io::Result<()> {
    let (left, bottom) = frame.pixel(0.0, 0.0);
    let (right, top) = frame.pixel(1.0, 1.0);
    let corners = [(left - 1, bottom), (right, bottom), (right, top - 1), (left - 1, top - 1), (left - 1, bottom)];
    for pair in corners.windows(2) {
        canvas.line(pair[0], pair[1], canvas.palette.ink)?;
    }
    for (place, label) in x.marks((frame.width / 75) as usize) {
        let (at, _) = frame.pixel(place, 0.0);
        canvas.line((at, bottom), (at, bottom + if label.is_some() { 7 } else { 4 }), canvas.palette.ink)?;
        if let Some(label) = label {
            canvas.text(&minus(&label), (at, bottom + 20), TICK_SIZE, Anchor::Centre, canvas.palette.ink)?;
        }
    }
    for (place, label) in y.marks((frame.height / 55) as usize) {
        let (_, at) = frame.pixel(0.0, place);
        canvas.line((left - 1 - if label.is_some() { 7 } else { 4 }, at), (left - 1, at), canvas.palette.ink)?;
        if let Some(label) = label {
            canvas.text(&minus(&label), (left - 12, at), TICK_SIZE, Anchor::Right, canvas.palette.ink)?;
        }
    }
    canvas.text(&x.label, (left + frame.width / 2, bottom + 48), LABEL_SIZE, Anchor::Centre, canvas.palette.ink)?;
    canvas.upright(&y.label, (left - 90, top + frame.height / 2), LABEL_SIZE, canvas.palette.ink)
}

/// What is descended on, and how, on one line.
pub fn heading(grid: &SweepCommon) -> String {
    let name = grid.title.name.map_or(String::new(), |name| format!("{name}:  "));
    let Title { text, is_formula, .. } = &grid.title;
    format!("{name}{}   rule {}", if *is_formula { typeset(text) } else { text.clone() }, typeset(&grid.rule_shown()))
}

/// Title above, small print below.
pub fn draw_texts(canvas: &Canvas<'_>, frame: Frame, grid: &SweepCommon, footer: &str) -> io::Result<()> {
    draw_words(canvas, frame, [&heading(grid), &format!("{}{}", fixed_values(grid), steps_text(grid)), footer])
}

/// Title and subtitle above, footer below, each cut to one line.
pub fn draw_words(canvas: &Canvas<'_>, frame: Frame, [title, subtitle, footer]: [&str; 3]) -> io::Result<()> {
    let (width, height) = frame.canvas();
    let (title, subtitle) = (on_one_line(title), on_one_line(subtitle));
    let room = width as i32 - LEFT - 20;
    let size = fitting(&title, TITLE_SIZE, room);
    canvas.text(&shortened(&title, size, room), (LEFT, 28), size, Anchor::Left, canvas.palette.ink)?;
    canvas.text(&shortened(&subtitle, TICK_SIZE, room), (LEFT, 54), TICK_SIZE, Anchor::Left, canvas.palette.faint)?;
    canvas.text(
        &shortened(footer, SMALL_SIZE, room),
        (LEFT, height as i32 - 16),
        SMALL_SIZE,
        Anchor::Left,
        canvas.palette.faint,
    )
}

/// With a minus sign in place of the hyphen.
fn minus(number: &str) -> String {
    number.replace('-', "−")
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
        Source::Fixed(value) => Some(format!("{} = {}, ", pretty(&knob.name), minus(&figure(value)))),
        _ => None,
    });
    fixed.collect()
}

fn steps_text(grid: &SweepCommon) -> String {
    let steps = grid.limits.steps;
    format!("up to {steps} step{}", if steps == 1 { "" } else { "s" })
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
