//! What plotters draws on: whole numbers come in as parts of a pixel and go out as shapes, which a bitmap and an SVG each draw
//! in their own way.

use super::pixels::Pixels;
use crate::draw::palette::Rgb;
use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontTransform,
};
use std::io;

/// plotters counts in whole numbers; so many of them are a pixel, which is finer than any eye.
pub const UNIT: f64 = 64.0;

/// A point in pixels. A pixel runs from one whole number to the next.
pub type Point = (f64, f64);

/// How a text stands at its point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lettering {
    /// Height of a line in pixels.
    pub size: f64,
    /// The share of the text that lies before the point: 0, a half or 1.
    pub before: f64,
    /// Whether it reads upwards.
    pub upright: bool,
    pub colour: Rgb,
}

/// What a surface can draw, in pixels.
pub trait Shapes {
    /// A line from point to point with round ends and corners, smooth at its edges.
    fn path(&mut self, points: &[Point], wide: f64, colour: Rgb);

    /// A rectangle of whole pixels: left, top, width, height.
    fn rectangle(&mut self, sides: [f64; 4], colour: Rgb);

    /// A polygon, smooth at its edges.
    fn polygon(&mut self, points: &[Point], colour: Rgb);

    /// A disc, or its edge where that is `wide`; smooth.
    fn circle(&mut self, centre: Point, radius: f64, wide: Option<f64>, colour: Rgb);

    /// Text, the middle of its capitals at the point.
    fn text(&mut self, text: &str, at: Point, lettering: Lettering);

    /// An image whose every pixel is a block of so many pixels across and down, its upper left corner at the point.
    ///
    /// # Errors
    /// An encoding failure.
    fn image(&mut self, at: (i32, i32), block: (usize, usize), pixels: &Pixels) -> io::Result<()>;

    /// The file.
    ///
    /// # Errors
    /// An encoding failure.
    fn file(&self) -> io::Result<Vec<u8>>;

    /// Rows of three bytes a pixel; nothing where a surface has none.
    fn rgb(&self) -> Vec<u8>;

    /// The same once more.
    fn copy(&self) -> Box<dyn Shapes>;
}

/// A surface as plotters knows it.
pub struct Surface {
    pub shapes: Box<dyn Shapes>,
    /// Width and height in pixels.
    pub size: (u32, u32),
}

type Drawn = Result<(), DrawingErrorKind<io::Error>>;

fn point((x, y): BackendCoord) -> Point {
    (f64::from(x) / UNIT, f64::from(y) / UNIT)
}

fn rgb(colour: BackendColor) -> Rgb {
    let (red, green, blue) = colour.rgb;
    [red, green, blue]
}

fn width(style: &impl BackendStyle) -> f64 {
    f64::from(style.stroke_width()) / UNIT
}

impl DrawingBackend for Surface {
    type ErrorType = io::Error;

    fn get_size(&self) -> (u32, u32) {
        (self.size.0 * UNIT as u32, self.size.1 * UNIT as u32)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, at: BackendCoord, colour: BackendColor) -> Drawn {
        let (x, y) = point(at);
        self.shapes.rectangle([x, y, 1.0, 1.0], rgb(colour));
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let points: Vec<Point> = path.into_iter().map(point).collect();
        self.shapes.path(&points, width(style), rgb(style.color()));
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, fill: bool) -> Drawn {
        let ((left, top), (right, bottom)) = (point(from), point(to));
        if fill {
            self.shapes.rectangle([left, top, right - left, bottom - top], rgb(style.color()));
            return Ok(());
        }
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        self.shapes.path(&corners, width(style), rgb(style.color()));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, at: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        let wide = (!fill).then(|| width(style));
        self.shapes.circle(point(at), f64::from(radius) / UNIT, wide, rgb(style.color()));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, corners: I, style: &S) -> Drawn {
        let points: Vec<Point> = corners.into_iter().map(point).collect();
        self.shapes.polygon(&points, rgb(style.color()));
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, at: BackendCoord) -> Drawn {
        let before = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => 0.5,
            HPos::Right => 1.0,
        };
        let upright = matches!(style.transform(), FontTransform::Rotate270);
        let lettering = Lettering { size: style.size(), before, upright, colour: rgb(style.color()) };
        self.shapes.text(text, point(at), lettering);
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<io::Error>> {
        let across = f64::from(super::text::width(text, style.size()));
        Ok(((across * UNIT) as u32, (style.size() * UNIT) as u32))
    }

    fn blit_bitmap(&mut self, at: BackendCoord, (width, height): (u32, u32), bytes: &[u8]) -> Drawn {
        let ((x, y), pixels) = (point(at), Pixels { width, height, bytes: bytes.to_vec() });
        self.shapes.image((x as i32, y as i32), (1, 1), &pixels).map_err(DrawingErrorKind::DrawingError)
    }
}
