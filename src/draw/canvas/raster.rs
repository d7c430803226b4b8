//! A bitmap: shapes by tiny-skia, smooth at their edges; letters by ab_glyph; images pixel by pixel.

use super::pixels::{Pixels, encoded};
use super::surface::{Lettering, Point, Shapes};
use super::text;
use crate::draw::palette::{Rgb, mix};
use std::io;
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, PathBuilder, Pixmap, PremultipliedColorU8, Rect, Stroke, Transform,
};

/// Rows of pixels, none of them transparent.
#[derive(Clone)]
pub struct Raster {
    pixmap: Pixmap,
}

impl Raster {
    /// Blank paper; nothing of no size, or one beyond all memory.
    pub fn new((width, height): (u32, u32), paper: Rgb) -> Option<Self> {
        let mut pixmap = Pixmap::new(width, height)?;
        pixmap.fill(Color::from_rgba8(paper[0], paper[1], paper[2], u8::MAX));
        Some(Self { pixmap })
    }

    fn outline(points: &[Point]) -> Option<tiny_skia::Path> {
        let mut path = PathBuilder::new();
        for (at, (x, y)) in points.iter().enumerate() {
            let (x, y) = (*x as f32, *y as f32);
            if at == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
        }
        path.finish()
    }

    fn stroke(&mut self, path: &tiny_skia::Path, wide: f64, colour: Rgb) {
        let ends = (LineCap::Round, LineJoin::Round);
        let stroke = Stroke { width: wide as f32, line_cap: ends.0, line_join: ends.1, ..Stroke::default() };
        self.pixmap.stroke_path(path, &paint(colour, true), &stroke, Transform::identity(), None);
    }

    fn fill(&mut self, path: &tiny_skia::Path, colour: Rgb) {
        self.pixmap.fill_path(path, &paint(colour, true), FillRule::Winding, Transform::identity(), None);
    }

    /// The pixel at a place, if there is one.
    fn at(&mut self, x: i32, y: i32) -> Option<&mut PremultipliedColorU8> {
        let (width, height) = (self.pixmap.width() as i32, self.pixmap.height() as i32);
        let inside = (0..width).contains(&x) && (0..height).contains(&y);
        inside.then(|| &mut self.pixmap.pixels_mut()[(y * width + x) as usize])
    }
}

fn paint(colour: Rgb, smooth: bool) -> Paint<'static> {
    let mut paint = Paint { anti_alias: smooth, ..Paint::default() };
    paint.set_color_rgba8(colour[0], colour[1], colour[2], u8::MAX);
    paint
}

fn opaque([red, green, blue]: Rgb) -> PremultipliedColorU8 {
    // Every colour is one where nothing is transparent.
    PremultipliedColorU8::from_rgba(red, green, blue, u8::MAX).unwrap_or(PremultipliedColorU8::TRANSPARENT)
}

impl Shapes for Raster {
    fn path(&mut self, points: &[Point], wide: f64, colour: Rgb) {
        /// Longer lines are drawn in parts: the time of one grows with the square of its length.
        const PART: usize = 64;
        let mut from = 0;
        while from + 1 < points.len() {
            let to = (from + PART).min(points.len() - 1);
            if let Some(path) = Self::outline(&points[from..=to]) {
                self.stroke(&path, wide, colour);
            }
            from = to;
        }
    }

    fn rectangle(&mut self, [left, top, width, height]: [f64; 4], colour: Rgb) {
        if let Some(rect) = Rect::from_xywh(left as f32, top as f32, width as f32, height as f32) {
            self.pixmap.fill_rect(rect, &paint(colour, false), Transform::identity(), None);
        }
    }

    fn polygon(&mut self, points: &[Point], colour: Rgb) {
        if let Some(path) = Self::outline(points) {
            self.fill(&path, colour);
        }
    }

    fn circle(&mut self, (x, y): Point, radius: f64, wide: Option<f64>, colour: Rgb) {
        let Some(path) = PathBuilder::from_circle(x as f32, y as f32, radius as f32) else { return };
        match wide {
            Some(wide) => self.stroke(&path, wide, colour),
            None => self.fill(&path, colour),
        }
    }

    fn text(&mut self, text: &str, at: Point, Lettering { size, before, upright, colour }: Lettering) {
        // Letters stand on a whole pixel, so that all of a line are alike.
        let whole = |value: f64| value.round() as i32;
        let begin = whole(-before * f64::from(text::width(text, size)));
        let line = text::half_capital(size);
        let (begin, line, (x, y)) = if upright {
            (begin as f32, line.round(), (whole(at.0), whole(at.1)))
        } else {
            ((f64::from(begin) + at.0).round() as f32, (at.1 as f32 + line).round(), (0, 0))
        };
        text::draw(text, size, (begin, line), |across, down, part| {
            if part == 0.0 {
                return;
            }
            let place = if upright { (x + down, y - across) } else { (across, down) };
            if let Some(pixel) = self.at(place.0, place.1) {
                let under = [pixel.red(), pixel.green(), pixel.blue()];
                *pixel = opaque(mix([under, colour], f64::from(part)));
            }
        });
    }

    fn image(&mut self, (left, top): (i32, i32), (wide, high): (usize, usize), pixels: &Pixels) -> io::Result<()> {
        let (columns, rows) = (pixels.width as usize * wide, pixels.height as usize * high);
        let size = (self.pixmap.width() as usize, self.pixmap.height() as usize);
        let (left, top) = (left.max(0) as usize, top.max(0) as usize);
        let (shown, lines) = (columns.min(size.0.saturating_sub(left)), rows.min(size.1.saturating_sub(top)));
        let (colours, _) = pixels.bytes.as_chunks::<3>();
        let onto = self.pixmap.pixels_mut();
        for row in 0..lines {
            let first = (top + row) * size.0 + left;
            if row % high > 0 {
                onto.copy_within(first - size.0..first - size.0 + shown, first);
                continue;
            }
            let own = &colours[row / high * pixels.width as usize..][..pixels.width as usize];
            for (block, colour) in onto[first..first + shown].chunks_mut(wide).zip(own) {
                block.fill(opaque(*colour));
            }
        }
        Ok(())
    }

    fn file(&self) -> io::Result<Vec<u8>> {
        encoded(self.pixmap.data().as_chunks::<4>().0, (self.pixmap.width(), self.pixmap.height()))
    }

    fn rgb(&self) -> Vec<u8> {
        let (pixels, _) = self.pixmap.data().as_chunks::<4>();
        let mut bytes = vec![0; pixels.len() * 3];
        for (to, from) in bytes.as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
            to.copy_from_slice(&from[..3]);
        }
        bytes
    }

    fn copy(&self) -> Box<dyn Shapes> {
        Box::new(self.clone())
    }
}
