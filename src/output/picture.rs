//! What the map and the line plot share: the frame, its axes, the title and the legend.

use super::canvas::{Anchor, Canvas};
use super::palette::{Rgb, colour};
use super::summary::Summary;
use super::ticks::{TickScale, figure, pretty, ticks};
use crate::sweep::{OUTCOMES, Outcome, Scale, Source, Spec, SweepAxis};
use crate::theory::Limit;
use std::io;

pub const INK: Rgb = [30, 30, 34];
pub const FAINT: Rgb = [110, 110, 118];

pub const LEFT: i32 = 112;
pub const TOP: i32 = 96;
const RIGHT: i32 = 290;
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
    /// Size of the whole picture.
    pub fn canvas(self) -> (u32, u32) {
        ((LEFT + self.width + RIGHT) as u32, (TOP + self.height + BOTTOM) as u32)
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
    /// From `lo` to `hi`, with `margin` (a share of the side) left free at both ends.
    Range { lo: f64, hi: f64, log: bool, margin: f64 },
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
                SideKind::Range { lo, hi, log: scale == Scale::Log, margin: 0.5 / values.len() as f64 }
            }
        };
        Self { label: pretty(&axis.name), kind }
    }

    /// A side for plain numbers.
    pub fn range(label: &str, lo: f64, hi: f64, log: bool) -> Self {
        Self { label: label.to_owned(), kind: SideKind::Range { lo, hi, log, margin: 0.04 } }
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
            SideKind::Range { lo, hi, log, margin } => {
                let share = if *log { (value / lo).ln() / (hi / lo).ln() } else { (value - lo) / (hi - lo) };
                let place = margin + share * (1.0 - 2.0 * margin);
                (-1e-9..=1.0 + 1e-9).contains(&place).then_some(place)
            }
        }
    }

    /// Places and labels of the marks.
    fn marks(&self, most: usize) -> Vec<(f64, Option<String>)> {
        match &self.kind {
            SideKind::Listed(values) => {
                let every = values.len().div_ceil(most.max(1));
                let label = |at: usize| at.is_multiple_of(every).then(|| figure(values[at]));
                (0..values.len()).map(|at| ((at as f64 + 0.5) / values.len() as f64, label(at))).collect()
            }
            SideKind::Range { lo, hi, log, .. } => {
                let scale = if *log { TickScale::Log } else { TickScale::Linear };
                let marks = ticks(scale, *lo, *hi, most).into_iter();
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
        canvas.line(pair[0], pair[1], INK)?;
    }
    for (place, label) in x.marks((frame.width / 75) as usize) {
        let (at, _) = frame.pixel(place, 0.0);
        canvas.line((at, bottom), (at, bottom + if label.is_some() { 7 } else { 4 }), INK)?;
        if let Some(label) = label {
            canvas.text(&label, (at, bottom + 20), TICK_SIZE, Anchor::Centre, INK)?;
        }
    }
    for (place, label) in y.marks((frame.height / 55) as usize) {
        let (_, at) = frame.pixel(0.0, place);
        canvas.line((left - 1 - if label.is_some() { 7 } else { 4 }, at), (left - 1, at), INK)?;
        if let Some(label) = label {
            canvas.text(&label, (left - 12, at), TICK_SIZE, Anchor::Right, INK)?;
        }
    }
    canvas.text(&x.label, (left + frame.width / 2, bottom + 48), LABEL_SIZE, Anchor::Centre, INK)?;
    canvas.upright(&y.label, (left - 90, top + frame.height / 2), LABEL_SIZE, INK)
}

/// Title above, small print below.
pub fn draw_texts(canvas: &Canvas<'_>, frame: Frame, spec: &Spec, footer: &str) -> io::Result<()> {
    let rule = spec.rule.name().map_or_else(|| spec.rule.text().to_owned(), str::to_owned);
    let name = spec.objective.row().map_or(String::new(), |row| format!("{}:  ", row.name));
    let title = format!("{name}{}   rule {rule}", spec.objective.text());
    draw_words(canvas, frame, [&title, &format!("{}{}", fixed_values(spec), steps_text(spec)), footer])
}

/// Title and subtitle above, footer below, each cut to one line.
pub fn draw_words(canvas: &Canvas<'_>, frame: Frame, [title, subtitle, footer]: [&str; 3]) -> io::Result<()> {
    let (width, height) = frame.canvas();
    let (title, subtitle) = (on_one_line(title), on_one_line(subtitle));
    let room = width as i32 - LEFT - 20;
    let size = fitting(&title, TITLE_SIZE, room);
    canvas.text(&shortened(&title, size, room), (LEFT, 28), size, Anchor::Left, INK)?;
    canvas.text(&shortened(&subtitle, TICK_SIZE, room), (LEFT, 54), TICK_SIZE, Anchor::Left, FAINT)?;
    canvas.text(&shortened(footer, SMALL_SIZE, room), (LEFT, height as i32 - 16), SMALL_SIZE, Anchor::Left, FAINT)
}

/// Text for one line: no line breaks, and no more of it than could ever be seen.
pub fn on_one_line(text: &str) -> String {
    const MOST: usize = 400;
    let words: Vec<&str> =
        text.split_inclusive(char::is_whitespace).map(|word| word.trim_end_matches(['\n', '\r', '\t'])).collect();
    words.concat().chars().take(MOST).collect()
}

/// What is neither on an axis nor in the formula.
fn fixed_values(spec: &Spec) -> String {
    let fixed = spec.knobs.iter().filter_map(|knob| match knob.source {
        Source::Fixed(value) => Some(format!("{} = {}, ", pretty(&knob.name), figure(value))),
        _ => None,
    });
    fixed.collect()
}

fn steps_text(spec: &Spec) -> String {
    let steps = spec.limits.steps;
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

/// One ramp per outcome that occurs, with its share and what its shade means.
pub fn draw_legend(canvas: &Canvas<'_>, frame: Frame, summary: &Summary) -> io::Result<()> {
    const RAMP: (i32, i32) = (150, 14);
    let left = LEFT + frame.width + 28;
    let mut top = TOP + 4;
    for outcome in OUTCOMES.into_iter().filter(|outcome| summary.cells_of(*outcome) > 0) {
        let heading = format!("{outcome}   {}", share(summary.cells_of(outcome), summary.cells));
        canvas.text(&heading, (left, top + 6), LABEL_SIZE - 2, Anchor::Left, INK)?;
        let ramp: Vec<u8> = (0..RAMP.1 * RAMP.0)
            .flat_map(|pixel| colour(outcome, (pixel % RAMP.0) as f32 / (RAMP.0 - 1) as f32))
            .collect();
        canvas.blit((left, top + 20), (RAMP.0 as u32, RAMP.1 as u32), ramp)?;
        let note = match (outcome, summary.steps_of(outcome)) {
            (Outcome::Converged | Outcome::Diverged, Some((least, most))) if least == most => format!("{most} steps"),
            (Outcome::Converged | Outcome::Diverged, Some((least, most))) => format!("{least} … {most} steps"),
            (Outcome::Descending, _) => "much … little of the way".to_owned(),
            (Outcome::Rising, _) => "far … little above the start".to_owned(),
            _ => "the loss did not move".to_owned(),
        };
        canvas.text(&note, (left, top + 46), SMALL_SIZE, Anchor::Left, FAINT)?;
        top += 72;
    }
    Ok(())
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

/// Dashed lines across the frame at the critical learning rates, with their values.
pub fn draw_limits(
    canvas: &Canvas<'_>,
    frame: Frame,
    limits: &[Limit],
    x: Option<&Side>,
    y: Option<&Side>,
) -> io::Result<()> {
    let mut alphas: Vec<f64> = limits.iter().map(|limit| limit.alpha).collect();
    alphas.dedup_by(|a, b| (*a / *b - 1.0).abs() < 1e-9);
    let placed =
        |side: &Side| alphas.iter().filter_map(|alpha| side.place(*alpha).map(|at| (at, *alpha))).collect::<Vec<_>>();
    if let Some(side) = x {
        let marks: Vec<(i32, f64)> = placed(side).iter().map(|(at, alpha)| (frame.pixel(*at, 1.0).0, *alpha)).collect();
        let (top, bottom) = (frame.pixel(0.0, 1.0).1, frame.pixel(0.0, 0.0).1);
        for (at, _) in &marks {
            canvas.dashes((*at, top), (*at, bottom), INK)?;
        }
        for (at, label) in limit_labels(&marks) {
            // Within the picture, also where the line is near its edge.
            let half = Canvas::text_width(&label, SMALL_SIZE) / 2;
            let at = at.clamp(LEFT + half.min(frame.width / 2), LEFT + frame.width + RIGHT - half);
            canvas.text(&label, (at, top - 12), SMALL_SIZE, Anchor::Centre, INK)?;
        }
    } else if let Some(side) = y {
        let (left, right) = (frame.pixel(0.0, 0.0).0, frame.pixel(1.0, 0.0).0);
        for (at, alpha) in placed(side) {
            let (_, at) = frame.pixel(0.0, at);
            canvas.dashes((left, at), (right, at), INK)?;
            canvas.text(&figure(alpha), (right + 4, at), SMALL_SIZE, Anchor::Left, INK)?;
        }
    }
    Ok(())
}

/// One label per mark (ascending), or one for all of them where single ones would run into each other.
fn limit_labels(marks: &[(i32, f64)]) -> Vec<(i32, String)> {
    let single: Vec<(i32, String)> =
        marks.iter().map(|(at, alpha)| (*at, format!("α = {} (theory)", figure(*alpha)))).collect();
    let width = |text: &str| Canvas::text_width(text, SMALL_SIZE);
    let apart =
        |pair: &[(i32, String)]| pair[1].0 - pair[0].0 > i32::midpoint(width(&pair[0].1), width(&pair[1].1)) + 12;
    match (marks.first(), marks.last()) {
        (Some(first), Some(last)) if !single.windows(2).all(apart) => {
            let label = format!("α = {} … {} (theory, {} minima)", figure(first.1), figure(last.1), marks.len());
            vec![(i32::midpoint(first.0, last.0), label)]
        }
        _ => single,
    }
}
