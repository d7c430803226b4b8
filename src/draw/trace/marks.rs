//! The marks on a path.

use crate::draw::canvas::{Anchor, Canvas};
use crate::draw::palette::Rgb;
use crate::draw::picture::{FAINT, INK};
use std::io;

const WHITE: Rgb = [255, 255, 255];

/// Where a descent begins: a ring.
pub fn start(canvas: &Canvas<'_>, at: (i32, i32), colour: Rgb) -> io::Result<()> {
    canvas.dot(at, 5, colour)?;
    canvas.dot(at, 3, WHITE)
}

/// Where it ends: a dot with an edge.
pub fn end(canvas: &Canvas<'_>, at: (i32, i32), colour: Rgb) -> io::Result<()> {
    canvas.dot(at, 6, WHITE)?;
    canvas.dot(at, 5, INK)?;
    canvas.dot(at, 4, colour)
}

/// Where it left the panel for good: a cross.
pub fn gone(canvas: &Canvas<'_>, (x, y): (i32, i32), colour: Rgb) -> io::Result<()> {
    const ARM: i32 = 5;
    canvas.path(vec![(x - ARM, y - ARM), (x + ARM, y + ARM)], 2, colour)?;
    canvas.path(vec![(x - ARM, y + ARM), (x + ARM, y - ARM)], 2, colour)
}

/// Where it is now.
pub fn moving(canvas: &Canvas<'_>, at: (i32, i32), colour: Rgb) -> io::Result<()> {
    canvas.dot(at, 7, WHITE)?;
    canvas.dot(at, 6, INK)?;
    canvas.dot(at, 5, colour)
}

/// What the marks mean, in one line that ends at `right`.
pub fn explain(canvas: &Canvas<'_>, (right, at): (i32, i32), size: u32) -> io::Result<()> {
    let mut right = right;
    for (mark, word) in [("gone", "left the panel"), ("end", "end"), ("start", "start")] {
        canvas.text(word, (right, at), size, Anchor::Right, FAINT)?;
        let place = (right - Canvas::text_width(word, size) - 12, at);
        match mark {
            "gone" => gone(canvas, place, FAINT)?,
            "end" => end(canvas, place, FAINT)?,
            _ => start(canvas, place, FAINT)?,
        }
        right = place.0 - 18;
    }
    Ok(())
}
