//! The marks on a path, and what they mean.

use crate::draw::canvas::{Anchor, Canvas, Point, Spot};
use crate::draw::palette::{Palette, Rgb};
use crate::sweep::Outcome;
use std::io;

/// Something that is drawn at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Start,
    /// Where a descent ended, by what came of it.
    Disc,
    Down,
    Up,
    Square,
    Gone,
    /// Where it left the panel.
    Arrow,
    Minimum,
    Saddle,
}

/// All of them, in the order in which they are explained.
pub const MARKS: [(Mark, &str); 9] = [
    (Mark::Start, "start"),
    (Mark::Disc, "converged"),
    (Mark::Down, "descending at the end"),
    (Mark::Up, "rising at the end"),
    (Mark::Square, "standing or circling"),
    (Mark::Gone, "diverged"),
    (Mark::Arrow, "leaves the panel"),
    (Mark::Minimum, "minimum"),
    (Mark::Saddle, "saddle"),
];

impl Mark {
    /// The mark of an outcome.
    pub fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Converged => Self::Disc,
            Outcome::Descending => Self::Down,
            Outcome::Rising => Self::Up,
            Outcome::Diverged => Self::Gone,
            Outcome::Settled | Outcome::Level | Outcome::Oscillating | Outcome::Unstable => Self::Square,
        }
    }

    /// Draws it.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn draw(self, canvas: &Canvas, at: impl Spot, colour: Rgb) -> io::Result<()> {
        let at = at.point();
        match self {
            Self::Start => {
                canvas.dot(at, 5.5, colour)?;
                canvas.dot(at, 3.5, canvas.palette.paper)
            }
            Self::Disc => {
                canvas.dot(at, 6.5, canvas.palette.paper)?;
                canvas.dot(at, 5.5, canvas.palette.ink)?;
                canvas.dot(at, 4.5, colour)
            }
            Self::Down => filled(canvas, at, &[(-3.5, -2.5), (3.5, -2.5), (0.0, 3.5)], colour),
            Self::Up => filled(canvas, at, &[(-3.5, 2.5), (3.5, 2.5), (0.0, -3.5)], colour),
            Self::Square => filled(canvas, at, &[(-3.0, -3.0), (3.0, -3.0), (3.0, 3.0), (-3.0, 3.0)], colour),
            Self::Gone => cross(canvas, at, [(1.0, 1.0), (1.0, -1.0)], (canvas.palette.paper, colour)),
            Self::Arrow => arrow(canvas, (at.0 - 10.0, at.1), (at.0 + 4.0, at.1), colour),
            Self::Minimum => cross(canvas, at, [(1.5, 1.5), (1.5, -1.5)], (canvas.palette.ink, canvas.palette.paper)),
            Self::Saddle => cross(canvas, at, [(2.0, 0.0), (0.0, 2.0)], (canvas.palette.ink, canvas.palette.paper)),
        }
    }
}

/// A small shape with an edge.
fn filled(canvas: &Canvas, at: Point, corners: &[Point], colour: Rgb) -> io::Result<()> {
    let Palette { ink, paper, .. } = *canvas.palette;
    let around = corners.iter().chain(&corners[..1]).map(|corner| (at.0 + corner.0, at.1 + corner.1));
    let around: Vec<Point> = around.collect();
    for (wide, colour) in [(7.0, paper), (5.0, ink), (3.0, colour)] {
        canvas.path(&around, wide, colour)?;
    }
    canvas.dot(at, 2.5, colour)
}

/// Two strokes through a point, with an edge.
fn cross(canvas: &Canvas, (x, y): Point, strokes: [Point; 2], (edge, colour): (Rgb, Rgb)) -> io::Result<()> {
    const ARM: f64 = 5.0;
    for (wide, colour) in [(4.5, edge), (2.0, colour)] {
        for (dx, dy) in strokes {
            canvas.path(&[(x - ARM * dx, y - ARM * dy), (x + ARM * dx, y + ARM * dy)], wide, colour)?;
        }
    }
    Ok(())
}

/// An arrow whose head is at `to`.
///
/// # Errors
/// A drawing failure.
pub fn arrow(canvas: &Canvas, from: Point, to: Point, colour: Rgb) -> io::Result<()> {
    const LONG: f64 = 11.0;
    const HALF: f64 = 5.0;
    let length = (to.0 - from.0).hypot(to.1 - from.1).max(f64::MIN_POSITIVE);
    let (dx, dy) = ((to.0 - from.0) / length, (to.1 - from.1) / length);
    let barb = |side: f64| (to.0 - LONG * dx - side * HALF * dy, to.1 - LONG * dy + side * HALF * dx);
    for (wide, colour) in [(5.5, canvas.palette.paper), (2.5, colour)] {
        canvas.path(&[(to.0 - LONG.min(length) * dx, to.1 - LONG.min(length) * dy), to], wide, colour)?;
        canvas.path(&[barb(1.0), to, barb(-1.0)], wide, colour)?;
    }
    Ok(())
}

/// Where it is now.
pub fn moving(canvas: &Canvas, at: impl Spot, colour: Rgb) -> io::Result<()> {
    canvas.dot(at, 7.5, canvas.palette.paper)?;
    canvas.dot(at, 6.5, canvas.palette.ink)?;
    canvas.dot(at, 5.5, colour)
}

/// Marks with their words, in as many lines as they need.
#[derive(Debug, Clone, Default)]
pub struct Key {
    /// With the place of the mark.
    entries: Vec<(Mark, &'static str, (i32, i32))>,
}

impl Key {
    /// Of some marks, from `top` down; and where it ends.
    pub fn new(marks: &[Mark], top: i32, width: i32, size: u32) -> (Self, i32) {
        let line = size as i32 * 3 / 2;
        let (mut x, mut y) = (12, top + line / 2);
        let mut entries = Vec::new();
        for (mark, word) in MARKS.iter().filter(|(mark, _)| marks.contains(mark)) {
            let wide = 24 + Canvas::text_width(word, size);
            if x + wide > width - 12 && x > 12 {
                (x, y) = (12, y + line);
            }
            entries.push((*mark, *word, (x + 8, y)));
            x += wide + size as i32 * 3 / 2;
        }
        (Self { entries }, y + line / 2)
    }

    /// Draws it.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn draw(&self, canvas: &Canvas, size: u32) -> io::Result<()> {
        for (mark, word, at) in &self.entries {
            mark.draw(canvas, *at, canvas.palette.faint)?;
            canvas.text(word, (at.0 + 16, at.1), size, Anchor::Left, canvas.palette.faint)?;
        }
        Ok(())
    }
}
