//! A small plot among others: a place, two axes, and lines that end at its edge.

use crate::draw::axes::{Axes, Grid};
use crate::draw::canvas::{Anchor, Canvas, Point};
use crate::draw::frame::shortened;
use crate::draw::side::Side;
use std::io;

/// Sizes of text, which follow the size of the picture.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    pub title: u32,
    pub label: u32,
    pub tick: u32,
}

impl Sizes {
    /// For a picture of this width.
    pub fn of(width: u32) -> Self {
        let part = |share: u32, least: u32, most: u32| (width / share).clamp(least, most);
        Self { title: part(46, 13, 26), label: part(60, 12, 20), tick: part(68, 11, 17) }
    }
}

/// Axes and where they stand, in pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    pub left: i32,
    pub top: i32,
    pub width: i32,
    pub height: i32,
    /// Room at the left for labels and name.
    pub room: i32,
    pub title: String,
    pub x: Side,
    pub y: Side,
}

impl Panel {
    /// Where a point stands: far outside, where a number is too large for the axis, and nowhere where it is none.
    pub fn place(&self, x: f64, y: f64) -> Option<Point> {
        const FAR: f64 = 1e4;
        let along = |side: &Side, value: f64| {
            let beyond = (!value.is_nan()).then_some(FAR.copysign(value));
            side.reach(value).map(|place| place.clamp(-FAR, FAR)).or(beyond)
        };
        let (across, up) = (along(&self.x, x)?, along(&self.y, y)?);
        let from = (f64::from(self.left), f64::from(self.top + self.height));
        Some((from.0 + across * f64::from(self.width), from.1 - up * f64::from(self.height)))
    }

    /// The nearest place on the panel.
    pub fn nearest(&self, (x, y): Point) -> Point {
        let (left, top) = (f64::from(self.left), f64::from(self.top));
        (x.clamp(left, left + f64::from(self.width)), y.clamp(top, top + f64::from(self.height)))
    }

    /// A point, if it is on the panel.
    pub fn inside(&self, (x, y): Point) -> Option<Point> {
        const ROUNDING: f64 = 0.01;
        let along = |at: f64, from: i32, long: i32| {
            (at - f64::from(from) - f64::from(long) / 2.0).abs() <= f64::from(long) / 2.0 + ROUNDING
        };
        (along(x, self.left, self.width) && along(y, self.top, self.height)).then_some((x, y))
    }

    /// The part of a line that is on the panel.
    pub fn clip(&self, from: Point, to: Point) -> Option<[Point; 2]> {
        let (left, top) = (f64::from(self.left) + 1.0, f64::from(self.top) + 1.0);
        clip([left, top, left + f64::from(self.width) - 3.0, top + f64::from(self.height) - 3.0], from, to)
    }

    /// The parts of a line through some places that are on the panel; a place that is none parts the line.
    pub fn runs(&self, places: &[Option<Point>]) -> Vec<Vec<Point>> {
        let mut runs: Vec<Vec<Point>> = Vec::new();
        for pair in places.windows(2) {
            let [Some(from), Some(to)] = *pair else { continue };
            let Some([enter, leave]) = self.clip(from, to) else { continue };
            match runs.last_mut() {
                Some(run) if run.last() == Some(&enter) => run.push(leave),
                _ => runs.push(vec![enter, leave]),
            }
        }
        runs
    }

    /// Frame, marks, labels and title.
    pub fn draw(&self, canvas: &Canvas, sizes: Sizes, grid: Grid) -> io::Result<()> {
        let Self { left, top, width, height, .. } = *self;
        let (room, tick, name) = (self.room, sizes.tick, sizes.label);
        Axes { left, top, width, height, room, tick, name, grid }.draw(canvas, &self.x, &self.y)?;
        let title = shortened(&self.title, sizes.label, self.width);
        let above = self.top - 2 * sizes.label as i32;
        canvas.text(&title, (self.left, above), sizes.label, Anchor::Left, canvas.palette.ink)
    }
}

/// The part of a line that is in a rectangle (Liang and Barsky 1984): left, top, right, bottom.
pub fn clip([left, top, right, bottom]: [f64; 4], from: Point, to: Point) -> Option<[Point; 2]> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (step, room) in [(-dx, from.0 - left), (dx, right - from.0), (-dy, from.1 - top), (dy, bottom - from.1)] {
        if step == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            enter = enter.max(room / step);
        } else {
            leave = leave.min(room / step);
        }
    }
    let at = |share: f64| if share < 1.0 { (from.0 + share * dx, from.1 + share * dy) } else { to };
    (enter <= leave).then(|| [at(enter), at(leave)])
}
