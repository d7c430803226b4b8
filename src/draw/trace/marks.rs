//! The marks on a path.

use crate::draw::canvas::{Anchor, Canvas, Spot};
use crate::draw::palette::Rgb;
use std::io;

/// Where a descent begins: a ring.
pub fn start(canvas: &Canvas, at: impl Spot, colour: Rgb) -> io::Result<()> {
    canvas.dot(at, 5.5, colour)?;
    canvas.dot(at, 3.5, canvas.palette.paper)
}

/// Where it ends: a dot with an edge.
pub fn end(canvas: &Canvas, at: impl Spot, colour: Rgb) -> io::Result<()> {
    canvas.dot(at, 6.5, canvas.palette.paper)?;
    canvas.dot(at, 5.5, canvas.palette.ink)?;
    canvas.dot(at, 4.5, colour)
}

/// Where it left the panel for good: a cross.
pub fn gone(canvas: &Canvas, at: impl Spot, colour: Rgb) -> io::Result<()> {
    const ARM: f64 = 4.5;
    let (x, y) = at.point();
    canvas.path(&[(x - ARM, y - ARM), (x + ARM, y + ARM)], 2.5, colour)?;
    canvas.path(&[(x - ARM, y + ARM), (x + ARM, y - ARM)], 2.5, colour)
}

/// Where it is now.
pub fn moving(canvas: &Canvas, at: impl Spot, colour: Rgb) -> io::Result<()> {
    canvas.dot(at, 7.5, canvas.palette.paper)?;
    canvas.dot(at, 6.5, canvas.palette.ink)?;
    canvas.dot(at, 5.5, colour)
}

/// What the marks mean, in one line that ends at `right`.
pub fn explain(canvas: &Canvas, (right, at): (i32, i32), size: u32) -> io::Result<()> {
    let mut right = right;
    for (mark, word) in [("gone", "left the panel"), ("end", "end"), ("start", "start")] {
        canvas.text(word, (right, at), size, Anchor::Right, canvas.palette.faint)?;
        let place = (right - Canvas::text_width(word, size) - 12, at);
        match mark {
            "gone" => gone(canvas, place, canvas.palette.faint)?,
            "end" => end(canvas, place, canvas.palette.faint)?,
            _ => start(canvas, place, canvas.palette.faint)?,
        }
        right = place.0 - 18;
    }
    Ok(())
}
