//! Something to draw on: plotters' elements, on a bitmap or an SVG of ours; PNG or SVG at the end.
//!
//! Places are in pixels of a picture at a scale of 1, and a pixel runs from one whole number to the next. At a scale of 2 each
//! of them is two by two pixels of the file.

mod pixels;
mod raster;
mod surface;
mod text;
mod vector;
mod written;

use super::palette::{Palette, Rgb};
use super::style::Style;
use super::typeset::with_minus;
pub use pixels::{Pixels, failed};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use raster::Raster;
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
pub use surface::Point;
use surface::{Shapes, Surface, UNIT};
use vector::Vector;
pub use written::{TextBox, Written, written_by};

/// A place on a picture: whole pixels, or between them.
pub trait Spot: Copy {
    fn point(self) -> Point;
}

impl Spot for (i32, i32) {
    fn point(self) -> Point {
        (f64::from(self.0), f64::from(self.1))
    }
}

impl Spot for Point {
    fn point(self) -> Point {
        self
    }
}

/// Where text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Left,
    Centre,
    Right,
}

/// What becomes of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Png,
    Svg,
}

/// A drawing.
pub struct Canvas {
    area: DrawingArea<Surface, Shift>,
    surface: Rc<RefCell<Surface>>,
    scale: u32,
    written: RefCell<Written>,
    pub palette: &'static Palette,
}

impl Canvas {
    /// Blank paper of `size` pixels at a scale of 1.
    ///
    /// # Errors
    /// A picture beyond all memory.
    pub fn new(format: Format, style: Style, size: (u32, u32)) -> io::Result<Self> {
        let (scale, paper) = (style.scale, style.palette.paper);
        let whole = (size.0 * scale, size.1 * scale);
        let shapes: Box<dyn Shapes> = match format {
            Format::Png => Box::new(Raster::new(whole, paper).ok_or_else(|| failed("no such size"))?),
            Format::Svg => Box::new(Vector::new(whole, scale, paper)),
        };
        let written = Written { size, ..Written::default() };
        Ok(Self::on(Surface { shapes, size: whole }, scale, written, style.palette))
    }

    fn on(surface: Surface, scale: u32, written: Written, palette: &'static Palette) -> Self {
        let surface = Rc::new(RefCell::new(surface));
        Self { area: (&surface).into(), surface, scale, written: RefCell::new(written), palette }
    }

    /// The same drawing, to go on from here in another way.
    pub fn copy(&self) -> Self {
        let surface = self.surface.borrow();
        let same = Surface { shapes: surface.shapes.copy(), size: surface.size };
        Self::on(same, self.scale, self.written.borrow().clone(), self.palette)
    }

    /// The file.
    ///
    /// # Errors
    /// An encoding failure.
    pub fn finish(&self) -> io::Result<Vec<u8>> {
        written::keep(&self.written.borrow());
        self.surface.borrow().shapes.file()
    }

    /// The rows of a finished frame, three bytes a pixel; an SVG has none.
    pub fn frame(&self) -> Vec<u8> {
        written::keep(&self.written.borrow());
        self.rgb()
    }

    /// Rows of three bytes a pixel as they are now; an SVG has none.
    pub fn rgb(&self) -> Vec<u8> {
        self.surface.borrow().shapes.rgb()
    }

    /// Pixels of the file for each of the picture.
    pub fn scale(&self) -> usize {
        self.scale as usize
    }

    fn unit(&self) -> f64 {
        UNIT * f64::from(self.scale)
    }

    /// In plotters' whole numbers.
    fn place(&self, at: impl Spot) -> (i32, i32) {
        const FAR: f64 = 1e5;
        let (x, y) = at.point();
        let whole = |value: f64| (value.clamp(-FAR, FAR) * self.unit()).round() as i32;
        (whole(x), whole(y))
    }

    fn stroke(&self, wide: f64, colour: Rgb) -> ShapeStyle {
        rgb(colour).stroke_width((wide * self.unit()).round() as u32)
    }

    /// A smooth line from point to point, `wide` pixels thick, with round ends.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn path(&self, points: &[impl Spot], wide: f64, colour: Rgb) -> io::Result<()> {
        let points: Vec<(i32, i32)> = points.iter().map(|at| self.place(*at)).collect();
        if points.len() < 2 {
            return Ok(());
        }
        self.area.draw(&PathElement::new(points, self.stroke(wide, colour))).map_err(failed)
    }

    /// A line straight down or straight across: whole pixels from that of the one place to that of the other. Any other
    /// line is a smooth one.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn line(&self, from: impl Spot, to: impl Spot, colour: Rgb) -> io::Result<()> {
        let ((x0, y0), (x1, y1)) = (from.point(), to.point());
        if x0 != x1 && y0 != y1 {
            return self.path(&[(x0 + 0.5, y0 + 0.5), (x1 + 0.5, y1 + 0.5)], 1.0, colour);
        }
        self.bar([x0.min(x1), y0.min(y1), (x1 - x0).abs() + 1.0, (y1 - y0).abs() + 1.0], colour)
    }

    /// A rectangle (left, top, width, height), on whole pixels of the file.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn bar(&self, [left, top, width, height]: [f64; 4], colour: Rgb) -> io::Result<()> {
        let scale = f64::from(self.scale);
        let whole = |value: f64| (value * scale).round() / scale;
        let (left, top) = (whole(left), whole(top));
        let (right, bottom) = (left + whole(width), top + whole(height));
        let corners = [self.place((left, top)), self.place((right, bottom))];
        self.area.draw(&Rectangle::new(corners, rgb(colour).filled())).map_err(failed)
    }

    /// A line of dashes, straight down or straight across.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn dashes(&self, from: (i32, i32), to: (i32, i32), colour: Rgb) -> io::Result<()> {
        const DASH: i32 = 7;
        let length = (to.0 - from.0).abs().max((to.1 - from.1).abs());
        let (dx, dy) = ((to.0 - from.0).signum(), (to.1 - from.1).signum());
        for at in (0..length).step_by(2 * DASH as usize) {
            let end = (at + DASH).min(length);
            self.line((from.0 + dx * at, from.1 + dy * at), (from.0 + dx * end, from.1 + dy * end), colour)?;
        }
        Ok(())
    }

    /// Dashes along a line, ink on paper, so that they are seen on every colour.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn dashed_path(&self, points: &[Point]) -> io::Result<()> {
        const DASH: f64 = 7.0;
        let (mut dash, mut left, mut is_ink) = (Vec::new(), DASH, true);
        for pair in points.windows(2) {
            let (mut from, to) = (pair[0], pair[1]);
            dash.push(from);
            loop {
                let length = (to.0 - from.0).hypot(to.1 - from.1);
                if length <= left {
                    left -= length;
                    break;
                }
                let share = left / length;
                from = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
                dash.push(from);
                self.dash(&std::mem::replace(&mut dash, vec![from]), is_ink)?;
                (left, is_ink) = (DASH, !is_ink);
            }
        }
        dash.extend(points.last());
        self.dash(&dash, is_ink)
    }

    fn dash(&self, points: &[Point], is_ink: bool) -> io::Result<()> {
        const WIDE: f64 = 2.0;
        let colour = if is_ink { self.palette.ink } else { self.palette.paper };
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return Ok(()) };
        if points.iter().all(|at| at.0 == first.0) {
            let (top, bottom) = (first.1.min(last.1), first.1.max(last.1));
            return self.bar([first.0 - WIDE / 2.0, top, WIDE, bottom - top], colour);
        }
        if points.iter().all(|at| at.1 == first.1) {
            let (left, right) = (first.0.min(last.0), first.0.max(last.0));
            return self.bar([left, first.1 - WIDE / 2.0, right - left, WIDE], colour);
        }
        self.path(points, WIDE, colour)
    }

    /// A filled dot.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn dot(&self, at: impl Spot, radius: f64, colour: Rgb) -> io::Result<()> {
        self.circle(at, radius, rgb(colour).filled())
    }

    /// An outlined circle.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn ring(&self, at: impl Spot, radius: f64, colour: Rgb) -> io::Result<()> {
        self.circle(at, radius, self.stroke(2.0, colour))
    }

    fn circle(&self, at: impl Spot, radius: f64, style: ShapeStyle) -> io::Result<()> {
        let radius = (radius * self.unit()).round() as i32;
        self.area.draw(&Circle::new(self.place(at), radius, style)).map_err(failed)
    }

    /// Text with the middle of its capitals at the point. A hyphen before a number becomes a minus sign.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn text(&self, text: &str, at: impl Spot, size: u32, anchor: Anchor, colour: Rgb) -> io::Result<()> {
        self.letters(text, at.point(), size, anchor, (colour, FontTransform::None))
    }

    /// Text that reads upwards, centred on the point.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn upright(&self, text: &str, at: impl Spot, size: u32, colour: Rgb) -> io::Result<()> {
        self.letters(text, at.point(), size, Anchor::Centre, (colour, FontTransform::Rotate270))
    }

    fn letters(
        &self,
        text: &str,
        at: Point,
        size: u32,
        anchor: Anchor,
        (colour, turn): (Rgb, FontTransform),
    ) -> io::Result<()> {
        let text = with_minus(text);
        if text.is_empty() {
            return Ok(());
        }
        let (before, across) = match anchor {
            Anchor::Left => (0.0, HPos::Left),
            Anchor::Centre => (0.5, HPos::Center),
            Anchor::Right => (1.0, HPos::Right),
        };
        let upright = matches!(turn, FontTransform::Rotate270);
        if written::is_asked() {
            let sides = sides(&text, at, f64::from(size), before, upright);
            self.written.borrow_mut().texts.push(TextBox { text: text.clone(), size, sides });
        }
        let font = (text::FAMILY, f64::from(size * self.scale)).into_font().transform(turn);
        let style = font.color(&rgb(colour)).pos(Pos::new(across, VPos::Center));
        self.area.draw(&Text::new(text, self.place(at), style)).map_err(failed)
    }

    /// Notes the labels at the marks of an axis.
    pub fn note_axis(&self, labels: &[String]) {
        let labels = labels.iter().map(|label| with_minus(label)).collect();
        self.written.borrow_mut().axes.push(labels);
    }

    /// Width of text in pixels.
    pub fn text_width(text: &str, size: u32) -> i32 {
        text::width(&with_minus(text), f64::from(size)).ceil() as i32
    }

    /// Copies `bytes` (rows of `width`, three bytes a pixel) to the place whose upper left corner is `at`.
    ///
    /// # Errors
    /// An encoding failure.
    pub fn blit(&self, at: (i32, i32), (width, height): (u32, u32), bytes: Vec<u8>) -> io::Result<()> {
        self.blocks(at, (self.scale(), self.scale()), Pixels { width, height, bytes })
    }

    /// As [`Canvas::blit`], with each pixel a block of so many pixels of the file, across and down.
    ///
    /// # Errors
    /// An encoding failure.
    pub fn blocks(&self, at: (i32, i32), block: (usize, usize), pixels: Pixels) -> io::Result<()> {
        let scale = self.scale as i32;
        self.surface.borrow_mut().shapes.image((at.0 * scale, at.1 * scale), block, &pixels)
    }
}

/// Left, top, right and bottom of what a text inks.
fn sides(text: &str, (x, y): Point, size: f64, before: f64, upright: bool) -> [f64; 4] {
    let along = f64::from(text::width(text, size));
    let (above, below) = text::reach(text, size);
    let line = f64::from(text::half_capital(size));
    let (over, under) = (line - f64::from(above), line + f64::from(below));
    if upright {
        [x + over, y - (1.0 - before) * along, x + under, y + before * along]
    } else {
        [x - before * along, y + over, x + (1.0 - before) * along, y + under]
    }
}

fn rgb([red, green, blue]: Rgb) -> RGBColor {
    RGBColor(red, green, blue)
}
