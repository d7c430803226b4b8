//! Something to draw on: plotters for lines and text, one vendored font; PNG or SVG at the end.

use super::palette::{Palette, Rgb};
use super::text::{self, FONT};
use base64::Engine;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};
use std::cell::RefCell;
use std::fmt::Write;
use std::io;
use std::sync::Once;

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

/// Rows of pixels, three bytes each.
pub struct Pixels {
    pub width: u32,
    pub height: u32,
    pub bytes: Vec<u8>,
}

/// What becomes of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Png,
    Svg,
}

enum Surface<'a> {
    Bitmap(DrawingArea<BitMapBackend<'a>, Shift>),
    Vector {
        area: DrawingArea<SVGBackend<'a>, Shift>,
        /// Images, as elements of their own.
        images: RefCell<String>,
    },
}

/// A drawing.
pub struct Canvas<'a> {
    surface: Surface<'a>,
    pub palette: &'static Palette,
}

/// The vendored font, once for all pictures.
fn ready_font() {
    static FONT_READY: Once = Once::new();
    FONT_READY.call_once(|| {
        register_font(FAMILY, FontStyle::Normal, FONT).unwrap_or_else(|_| unreachable!("the vendored font is a font"));
    });
}

/// Draws on either surface.
macro_rules! draw {
    ($canvas:expr, $element:expr) => {
        match &$canvas.surface {
            Surface::Bitmap(area) => area.draw($element).map_err(failed),
            Surface::Vector { area, .. } => area.draw($element).map_err(failed),
        }
    };
}

impl Canvas<'_> {
    /// Draws and encodes a picture of `size` pixels.
    ///
    /// # Errors
    /// A drawing or encoding failure.
    pub fn picture(
        format: Format,
        palette: &'static Palette,
        size: (u32, u32),
        draw: impl FnOnce(&Canvas<'_>) -> io::Result<()>,
    ) -> io::Result<Vec<u8>> {
        match format {
            Format::Png => Self::encode(&Self::pixels(palette, size, draw)?, size),
            Format::Svg => Self::vector(palette, size, draw),
        }
    }

    /// Draws on the palette's paper: rows of three bytes per pixel.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn pixels(
        palette: &'static Palette,
        size: (u32, u32),
        draw: impl FnOnce(&Canvas<'_>) -> io::Result<()>,
    ) -> io::Result<Vec<u8>> {
        let mut pixels = palette.paper.repeat((size.0 * size.1) as usize);
        Self::paint(palette, &mut pixels, size, draw)?;
        Ok(pixels)
    }

    /// Draws on top of pixels, rows of three bytes each.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn paint(
        palette: &'static Palette,
        pixels: &mut [u8],
        size: (u32, u32),
        draw: impl FnOnce(&Canvas<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        ready_font();
        let area = BitMapBackend::with_buffer(pixels, size).into_drawing_area();
        let canvas = Canvas { surface: Surface::Bitmap(area), palette };
        draw(&canvas)?;
        match &canvas.surface {
            Surface::Bitmap(area) => area.present().map_err(failed),
            Surface::Vector { .. } => Ok(()),
        }
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
        // Ten to twenty times as fast as the default, for files a third larger.
        encoder.set_compression(png::Compression::Fast);
        encoder.write_header().map_err(failed)?.write_image_data(pixels).map_err(failed)?;
        Ok(bytes)
    }

    fn vector(
        palette: &'static Palette,
        size: (u32, u32),
        draw: impl FnOnce(&Canvas<'_>) -> io::Result<()>,
    ) -> io::Result<Vec<u8>> {
        ready_font();
        let mut text = String::new();
        let mut pictures = String::new();
        {
            let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
            area.fill(&rgb(palette.paper)).map_err(failed)?;
            let canvas = Canvas { surface: Surface::Vector { area, images: RefCell::default() }, palette };
            draw(&canvas)?;
            if let Surface::Vector { area, images } = &canvas.surface {
                area.present().map_err(failed)?;
                pictures = images.take();
            }
        }
        // Images lie on the paper, which is the first element, and under everything else.
        let paper = text.find("/>").map_or(0, |at| at + 2);
        text.insert_str(paper, &pictures);
        let families = format!("font-family=\"{FAMILY}, Verdana, sans-serif\"");
        Ok(text.replace(&format!("font-family=\"{FAMILY}\""), &families).into_bytes())
    }

    /// A line from point to point, `wide` pixels thick.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn path(&self, points: Vec<(i32, i32)>, wide: u32, colour: Rgb) -> io::Result<()> {
        draw!(self, &PathElement::new(points, rgb(colour).stroke_width(wide)))
    }

    /// A straight line.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn line(&self, from: (i32, i32), to: (i32, i32), colour: Rgb) -> io::Result<()> {
        self.path(vec![from, to], 1, colour)
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
    pub fn dashed_path(&self, points: &[(f64, f64)]) -> io::Result<()> {
        const DASH: f64 = 7.0;
        let (mut dash, mut left, mut is_ink) = (Vec::new(), DASH, true);
        let whole = |(x, y): (f64, f64)| (x.round() as i32, y.round() as i32);
        for pair in points.windows(2) {
            let (mut from, to) = (pair[0], pair[1]);
            dash.push(whole(from));
            loop {
                let length = (to.0 - from.0).hypot(to.1 - from.1);
                if length <= left {
                    left -= length;
                    break;
                }
                let share = left / length;
                from = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
                dash.push(whole(from));
                self.dash(std::mem::replace(&mut dash, vec![whole(from)]), is_ink)?;
                (left, is_ink) = (DASH, !is_ink);
            }
        }
        dash.extend(points.last().map(|last| whole(*last)));
        self.dash(dash, is_ink)
    }

    fn dash(&self, mut points: Vec<(i32, i32)>, is_ink: bool) -> io::Result<()> {
        points.dedup();
        let colour = if is_ink { self.palette.ink } else { self.palette.paper };
        if points.len() < 2 {
            return Ok(());
        }
        draw!(self, &PathElement::new(points, rgb(colour).stroke_width(2)))
    }

    /// A filled dot.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn dot(&self, at: (i32, i32), radius: i32, colour: Rgb) -> io::Result<()> {
        draw!(self, &Circle::new(at, radius, rgb(colour).filled()))
    }

    /// An outlined circle.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn ring(&self, at: (i32, i32), radius: i32, colour: Rgb) -> io::Result<()> {
        draw!(self, &Circle::new(at, radius, rgb(colour).stroke_width(2)))
    }

    /// Text with the middle of its capitals at the point.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn text(&self, text: &str, at: (i32, i32), size: u32, anchor: Anchor, colour: Rgb) -> io::Result<()> {
        let (share, across) = match anchor {
            Anchor::Left => (0.0, HPos::Left),
            Anchor::Centre => (0.5, HPos::Center),
            Anchor::Right => (1.0, HPos::Right),
        };
        match &self.surface {
            Surface::Bitmap(area) => {
                let begin = (at.0 as f32 - share * text::width(text, size)).round();
                let line = (at.1 as f32 + text::half_capital(size)).round();
                let ink = rgb(colour);
                text::draw(text, size, (begin, line), |x, y, part| area.draw_pixel((x, y), &ink.mix(f64::from(part))))
                    .map_err(failed)
            }
            Surface::Vector { area, .. } => {
                let style = vector_font(size).color(&rgb(colour)).pos(Pos::new(across, VPos::Center));
                area.draw(&Text::new(text.to_owned(), at, style)).map_err(failed)
            }
        }
    }

    /// Text that reads upwards, centred on the point.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn upright(&self, text: &str, at: (i32, i32), size: u32, colour: Rgb) -> io::Result<()> {
        match &self.surface {
            Surface::Bitmap(area) => {
                let begin = (-text::width(text, size) / 2.0).round();
                let line = text::half_capital(size).round();
                let ink = rgb(colour);
                let turned = |x: i32, y: i32| (at.0 + y, at.1 - x);
                text::draw(text, size, (begin, line), |x, y, part| {
                    area.draw_pixel(turned(x, y), &ink.mix(f64::from(part)))
                })
                .map_err(failed)
            }
            Surface::Vector { area, .. } => {
                let font = vector_font(size).transform(FontTransform::Rotate270);
                let style = font.color(&rgb(colour)).pos(Pos::new(HPos::Center, VPos::Center));
                area.draw(&Text::new(text.to_owned(), at, style)).map_err(failed)
            }
        }
    }

    /// Width of text in pixels.
    pub fn text_width(text: &str, size: u32) -> i32 {
        text::width(text, size).ceil() as i32
    }

    /// Copies `pixels` (rows of `width`, three bytes each) to the place whose upper left corner is `at`.
    ///
    /// # Errors
    /// A drawing failure, or pixels that are no whole rectangle.
    pub fn blit(&self, at: (i32, i32), (width, height): (u32, u32), bytes: Vec<u8>) -> io::Result<()> {
        self.blocks(at, (1, 1), Pixels { width, height, bytes })
    }

    /// As [`Canvas::blit`], with each pixel a block of `wide` × `high`.
    ///
    /// # Errors
    /// As [`Canvas::blit`].
    pub fn blocks(&self, at: (i32, i32), (wide, high): (usize, usize), pixels: Pixels) -> io::Result<()> {
        let (wide, high) = (wide as u32, high as u32);
        let (width, height) = (pixels.width * wide, pixels.height * high);
        match &self.surface {
            Surface::Bitmap(area) => {
                let bytes = if (wide, high) == (1, 1) { pixels.bytes } else { enlarged(&pixels, wide, high) };
                let element = BitMapElement::with_owned_buffer(at, (width, height), bytes);
                area.draw(&element.ok_or_else(|| failed("the picture's rows do not fit"))?).map_err(failed)
            }
            Surface::Vector { images, .. } => {
                let png = Self::encode(&pixels.bytes, (pixels.width, pixels.height))?;
                let data = base64::engine::general_purpose::STANDARD.encode(png);
                let written = write!(
                    images.borrow_mut(),
                    "\n<image x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
                     style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{data}\"/>",
                    at.0,
                    at.1
                );
                written.map_err(failed)
            }
        }
    }
}

/// The font at the size at which it is as large as on a bitmap: plotters divides sizes by 1.24 to get ems.
fn vector_font(size: u32) -> FontDesc<'static> {
    const PER_EM: f64 = 1.24;
    (FAMILY, f64::from(text::em(size)) * PER_EM).into_font()
}

/// Each pixel as a block.
fn enlarged(pixels: &Pixels, wide: u32, high: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(pixels.bytes.len() * (wide * high) as usize);
    for row in pixels.bytes.chunks_exact(pixels.width as usize * 3) {
        let line: Vec<u8> = row.chunks_exact(3).flat_map(|pixel| pixel.repeat(wide as usize)).collect();
        (0..high).for_each(|_| bytes.extend_from_slice(&line));
    }
    bytes
}

fn rgb([red, green, blue]: Rgb) -> RGBColor {
    RGBColor(red, green, blue)
}
