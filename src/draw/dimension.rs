//! `dimension.png`: boxes that hold a piece of the boundary against their side, beside boundaries of known dimension.

use super::canvas::{Anchor, Canvas, Format, Point};
use super::frame::{Frame, LEFT, SMALL_SIZE, TOP, draw_frame, draw_texts};
use super::palette::Rgb;
use super::side::Side;
use super::style::Style;
use super::typeset::figure;
use crate::analysis::dimension::{Boundary, BoxDimension};
use crate::sweep::SweepCommon;
use std::io;

const FRAME: Frame = Frame { width: 900, height: 600 };
const HEADING_SIZE: u32 = 20;
const LINE: i32 = 23;

/// The picture.
///
/// # Errors
/// A drawing failure.
pub fn dimension_picture(grid: &SweepCommon, found: &Boundary, style: Style, footer: &str) -> io::Result<Vec<u8>> {
    let all = [&found.boxes, &found.smooth.boxes, &found.rough.boxes];
    let most = all.iter().flat_map(|boxes| &boxes.counts).map(|count| count.boxes).max().unwrap_or(1);
    let last = found.boxes.counts.last().map_or(1, |count| count.side);
    let x = Side::range("side of a box, in steps of the map", 1.0, last.max(2) as f64, true);
    let y = Side::range("boxes with a piece of the boundary", 1.0, most.max(10) as f64, true);
    FRAME.draw(Format::Png, style, |canvas| {
        draw_frame(canvas, FRAME, &x, &y)?;
        draw_texts(canvas, FRAME, grid, footer)?;
        let colours = [canvas.palette.paths[1], canvas.palette.paths[0], canvas.palette.paths[2]];
        for (boxes, colour) in all.into_iter().zip(colours).rev() {
            curve(canvas, (&x, &y), boxes, colour)?;
        }
        legend(canvas, found, colours)
    })
}

fn curve(canvas: &Canvas, (x, y): (&Side, &Side), boxes: &BoxDimension, colour: Rgb) -> io::Result<()> {
    let known = boxes.counts.iter().filter(|count| count.boxes > 0);
    let points: Vec<Point> = known
        .filter_map(|count| Some(FRAME.point(x.place(count.side as f64)?, y.place(count.boxes as f64)?)))
        .collect();
    canvas.path(&points, 2.0, colour)?;
    points.iter().try_for_each(|point| canvas.dot(*point, 4.5, colour))
}

fn legend(canvas: &Canvas, found: &Boundary, [own, smooth, rough]: [Rgb; 3]) -> io::Result<()> {
    let (left, mut top) = (LEFT + FRAME.width + 28, TOP + 10);
    let mut line = |text: &str, size: u32, colour: Rgb| -> io::Result<()> {
        canvas.text(text, (left, top), size, Anchor::Left, colour)?;
        top += if size == HEADING_SIZE { LINE + 5 } else { LINE };
        Ok(())
    };
    let (ink, faint) = (canvas.palette.ink, canvas.palette.faint);
    let fitted = |boxes: &BoxDimension| {
        let words = |fit: crate::analysis::dimension::LogFit| {
            format!("dimension {:.3}  ({:.2} to {:.2})", fit.slope, fit.from, fit.to)
        };
        boxes.fitted.map_or_else(|| "too few boxes for a slope".to_owned(), words)
    };
    line("this boundary", HEADING_SIZE, own)?;
    line(&fitted(&found.boxes), SMALL_SIZE, ink)?;
    if let Some(by_pairs) = found.by_pairs() {
        line(&format!("{by_pairs:.3} by pairs of descents"), SMALL_SIZE, ink)?;
    }
    for (control, colour) in [(&found.smooth, smooth), (&found.rough, rough)] {
        line("", SMALL_SIZE, faint)?;
        line(control.what, HEADING_SIZE, colour)?;
        line(&format!("dimension {:.3} is known", control.known), SMALL_SIZE, faint)?;
        line(&fitted(&control.boxes), SMALL_SIZE, ink)?;
    }
    line("", SMALL_SIZE, faint)?;
    line("in parentheses: the least and the", SMALL_SIZE, faint)?;
    line("largest slope between two sides", SMALL_SIZE, faint)?;
    line("", SMALL_SIZE, faint)?;
    if let Some(boundary) = found.entropy.boundary {
        let above = if boundary > 2.0_f64.ln() { "above ln 2: fractal" } else { "at most ln 2" };
        line(&format!("boundary basin entropy {boundary:.3}"), SMALL_SIZE, ink)?;
        line(above, SMALL_SIZE, faint)?;
    }
    if let Some(last) = found.last_place.filter(|last| last.cells > 0) {
        let share = 100.0 * last.flipped as f64 / last.cells as f64;
        line(&format!("{} % of the boundary changes", figure(share)), SMALL_SIZE, ink)?;
        line("with the last digit of x", SMALL_SIZE, faint)?;
    }
    Ok(())
}
