//! A small plot among others: a place, two axes, and lines that end at its edge.

use crate::draw::canvas::{Anchor, Canvas};
use crate::draw::frame::shortened;
use crate::draw::palette::Palette;
use crate::draw::ticks::{TickScale, ticks};
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
        Self { title: part(62, 13, 21), label: part(82, 11, 15), tick: part(95, 10, 13) }
    }
}

/// One axis of a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Along {
    pub label: String,
    pub lo: f64,
    pub hi: f64,
    pub log: bool,
}

impl Along {
    /// Where a value stands, 0 to 1 within the axis, beyond it outside. Nothing for what has no place.
    fn place(&self, value: f64) -> Option<f64> {
        const MARGIN: f64 = 0.05;
        let share = if self.log {
            // What is 0, or as good as that, lies at the bottom.
            (value.max(self.lo) / self.lo).ln() / (self.hi / self.lo).ln()
        } else {
            (value - self.lo) / (self.hi - self.lo)
        };
        Some(MARGIN + share * (1.0 - 2.0 * MARGIN)).filter(|place| place.is_finite())
    }

    /// The range with its margins.
    pub fn whole(&self) -> (f64, f64) {
        let margin = (self.hi - self.lo) / 18.0;
        (self.lo - margin, self.hi + margin)
    }

    fn marks(&self, most: usize) -> Vec<(f64, Option<String>)> {
        let scale = if self.log { TickScale::Log } else { TickScale::Linear };
        let (lo, hi) = if self.log { (self.lo, self.hi) } else { self.whole() };
        let marks = ticks(scale, lo, hi, most.max(2)).into_iter();
        let placed = marks.filter_map(|tick| self.place(tick.value).map(|place| (place, tick.label)));
        placed.filter(|(place, _)| (0.0..=1.0).contains(place)).collect()
    }
}

/// Axes and where they stand, in pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    pub left: i32,
    pub top: i32,
    pub width: i32,
    pub height: i32,
    pub title: String,
    pub x: Along,
    pub y: Along,
}

/// A point in pixels, wherever it is.
pub type Place = (f64, f64);

impl Panel {
    /// Where a point stands.
    pub fn place(&self, x: f64, y: f64) -> Option<Place> {
        const FAR: f64 = 1e6;
        let (across, up) = (self.x.place(x)?.clamp(-FAR, FAR), self.y.place(y)?.clamp(-FAR, FAR));
        let from = (f64::from(self.left), f64::from(self.top + self.height));
        Some((from.0 + across * f64::from(self.width), from.1 - up * f64::from(self.height)))
    }

    /// The pixel of a point that is on the panel.
    pub fn pixel(&self, place: Place) -> Option<(i32, i32)> {
        let (x, y) = (place.0.round() as i32, place.1.round() as i32);
        let inside = x >= self.left && x < self.left + self.width && y >= self.top && y < self.top + self.height;
        inside.then_some((x, y))
    }

    /// The part of a line that is on the panel (Liang and Barsky 1984).
    pub fn clip(&self, from: Place, to: Place) -> Option<[(i32, i32); 2]> {
        let (left, top) = (f64::from(self.left) + 1.0, f64::from(self.top) + 1.0);
        let (right, bottom) = (left + f64::from(self.width) - 3.0, top + f64::from(self.height) - 3.0);
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
        let at = |share: f64| ((from.0 + share * dx).round() as i32, (from.1 + share * dy).round() as i32);
        (enter <= leave).then(|| [at(enter), at(leave)])
    }

    /// Frame, marks, labels and title.
    pub fn draw(&self, canvas: &Canvas<'_>, sizes: Sizes, grid: bool) -> io::Result<()> {
        let Palette { ink, faint, grid: line, .. } = *canvas.palette;
        let (left, top) = (self.left, self.top);
        let (right, bottom) = (left + self.width, top + self.height);
        let label_width = 5 * sizes.tick as i32;
        for (place, label) in self.x.marks((self.width / label_width) as usize) {
            let at = left + (place * f64::from(self.width)).round() as i32;
            let Some(label) = label else { continue };
            if grid {
                canvas.line((at, top), (at, bottom), line)?;
            }
            canvas.line((at, bottom), (at, bottom + 4), ink)?;
            canvas.text(&label, (at, bottom + 5 + sizes.tick as i32 / 2), sizes.tick, Anchor::Centre, ink)?;
        }
        for (place, label) in self.y.marks((self.height / (3 * sizes.tick as i32)) as usize) {
            let at = bottom - (place * f64::from(self.height)).round() as i32;
            let Some(label) = label else { continue };
            if grid {
                canvas.line((left, at), (right, at), line)?;
            }
            canvas.line((left - 4, at), (left, at), ink)?;
            canvas.text(&label, (left - 7, at), sizes.tick, Anchor::Right, ink)?;
        }
        let corners = vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        canvas.path(corners, 1, ink)?;
        let below = bottom + 8 + (sizes.tick + sizes.label / 2) as i32;
        canvas.text(&self.x.label, (left + self.width / 2, below), sizes.label, Anchor::Centre, faint)?;
        canvas.upright(&self.y.label, (left - 4 * sizes.tick as i32 - 4, top + self.height / 2), sizes.label, faint)?;
        let title = shortened(&self.title, sizes.label, self.width);
        canvas.text(&title, (left, top - 2 * sizes.label as i32), sizes.label, Anchor::Left, ink)
    }
}
