//! A bitmap to draw on: plotters for lines, text and blits, one vendored font, PNG at the end.

use super::palette::Rgb;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};
use std::io;
use std::sync::Once;

/// DejaVu Sans has Greek letters, super- and subscripts. Vendored, so that no system font library is needed.
const FONT: &[u8] = include_bytes!("../../assets/fonts/DejaVuSans.ttf");
const FAMILY: &str = "DejaVu Sans";

/// What a failed drawing is to the rest of the program.
pub fn failed<E: std::fmt::Display>(error: E) -> io::Error {
    io::Error::other(format!("drawing failed: {error}"))
}

/// Where text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Left,
    Centre,
    Right,
}

/// A drawing of `width` × `height` pixels.
pub struct Canvas<'a> {
    area: DrawingArea<BitMapBackend<'a>, Shift>,
}

impl Canvas<'_> {
    /// Draws and encodes a picture.
    ///
    /// # Errors
    /// A drawing or encoding failure.
    pub fn png(width: u32, height: u32, draw: impl FnOnce(&Canvas<'_>) -> io::Result<()>) -> io::Result<Vec<u8>> {
        let mut pixels = vec![255_u8; (width * height * 3) as usize];
        Self::paint(&mut pixels, (width, height), draw)?;
        Self::encode(&pixels, (width, height))
    }

    /// Draws on top of pixels, rows of three bytes each.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn paint(
        pixels: &mut [u8],
        size: (u32, u32),
        draw: impl FnOnce(&Canvas<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        static FONT_READY: Once = Once::new();
        FONT_READY.call_once(|| {
            register_font(FAMILY, FontStyle::Normal, FONT)
                .unwrap_or_else(|_| unreachable!("the vendored font is a font"));
        });
        let canvas = Canvas { area: BitMapBackend::with_buffer(pixels, size).into_drawing_area() };
        draw(&canvas)?;
        canvas.area.present().map_err(failed)
    }

    /// Pixels as a PNG.
    ///
    /// # Errors
    /// An encoding failure.
    pub fn encode(pixels: &[u8], (width, height): (u32, u32)) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header().map_err(failed)?.write_image_data(pixels).map_err(failed)?;
        Ok(bytes)
    }

    /// A line from point to point, `wide` pixels thick.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn path(&self, points: Vec<(i32, i32)>, wide: u32, colour: Rgb) -> io::Result<()> {
        self.area.draw(&PathElement::new(points, rgb(colour).stroke_width(wide))).map_err(failed)
    }

    /// A straight line.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn line(&self, from: (i32, i32), to: (i32, i32), colour: Rgb) -> io::Result<()> {
        self.area.draw(&PathElement::new(vec![from, to], rgb(colour))).map_err(failed)
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

    /// A filled dot.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn dot(&self, at: (i32, i32), radius: i32, colour: Rgb) -> io::Result<()> {
        self.area.draw(&Circle::new(at, radius, rgb(colour).filled())).map_err(failed)
    }

    /// An outlined circle.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn ring(&self, at: (i32, i32), radius: i32, colour: Rgb) -> io::Result<()> {
        self.area.draw(&Circle::new(at, radius, rgb(colour).stroke_width(2))).map_err(failed)
    }

    /// Text with its vertical middle at the point.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn text(&self, text: &str, at: (i32, i32), size: u32, anchor: Anchor, colour: Rgb) -> io::Result<()> {
        let across = match anchor {
            Anchor::Left => HPos::Left,
            Anchor::Centre => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        let style = (FAMILY, size).into_font().color(&rgb(colour)).pos(Pos::new(across, VPos::Center));
        self.area.draw(&Text::new(text.to_owned(), at, style)).map_err(failed)
    }

    /// Text that reads upwards, centred on the point.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn upright(&self, text: &str, at: (i32, i32), size: u32, colour: Rgb) -> io::Result<()> {
        let font = (FAMILY, size).into_font().transform(FontTransform::Rotate270);
        let style = font.color(&rgb(colour)).pos(Pos::new(HPos::Center, VPos::Center));
        self.area.draw(&Text::new(text.to_owned(), at, style)).map_err(failed)
    }

    /// Width of text in pixels.
    pub fn text_width(text: &str, size: u32) -> i32 {
        let width = (FAMILY, size).into_font().box_size(text).map(|(width, _)| width);
        width.map_or(0, |width| width as i32)
    }

    /// Copies `pixels` (rows of `width`, three bytes each) to the place whose upper left corner is `at`.
    ///
    /// # Errors
    /// A drawing failure, or pixels that are no whole rectangle.
    pub fn blit(&self, at: (i32, i32), (width, height): (u32, u32), pixels: Vec<u8>) -> io::Result<()> {
        let element = BitMapElement::with_owned_buffer(at, (width, height), pixels);
        self.area.draw(&element.ok_or_else(|| failed("the picture's rows do not fit"))?).map_err(failed)
    }
}

fn rgb([red, green, blue]: Rgb) -> RGBColor {
    RGBColor(red, green, blue)
}
