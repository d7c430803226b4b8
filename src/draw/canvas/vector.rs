//! An SVG: shapes as elements, images as PNG in them. Straight lines are rectangles of whole pixels, so that they stay crisp.

use super::pixels::{Pixels, encoded};
use super::surface::{Lettering, Point, Shapes};
use super::text;
use crate::draw::palette::Rgb;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;
use std::io;

/// Elements in the order in which they were drawn.
#[derive(Clone)]
pub struct Vector {
    elements: String,
}

impl Vector {
    /// Blank paper of `size` pixels, which is seen at a `scale`th of that.
    pub fn new((width, height): (u32, u32), scale: u32, paper: Rgb) -> Self {
        let (wide, high) = (width / scale, height / scale);
        let elements = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" \
             viewBox=\"0 0 {width} {height}\">\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n",
            hex(paper)
        );
        Self { elements }
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.elements.write_fmt(element);
        self.elements.push('\n');
    }
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

/// A hundredth of a pixel is enough.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn places(points: &[Point]) -> String {
    points.iter().map(|(x, y)| format!("{},{}", short(*x), short(*y))).collect::<Vec<_>>().join(" ")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Shapes for Vector {
    fn path(&mut self, points: &[Point], wide: f64, colour: Rgb) {
        self.add(format_args!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linecap=\"round\" \
             stroke-linejoin=\"round\"/>",
            places(points),
            hex(colour),
            short(wide)
        ));
    }

    fn rectangle(&mut self, sides: [f64; 4], colour: Rgb) {
        let [x, y, width, height] = sides.map(short);
        self.add(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{}\" shape-rendering=\"crispEdges\"/>",
            hex(colour)
        ));
    }

    fn polygon(&mut self, points: &[Point], colour: Rgb) {
        self.add(format_args!("<polygon points=\"{}\" fill=\"{}\"/>", places(points), hex(colour)));
    }

    fn circle(&mut self, (x, y): Point, radius: f64, wide: Option<f64>, colour: Rgb) {
        let colour = hex(colour);
        let look = wide.map_or(format!("fill=\"{colour}\""), |wide| {
            format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"{}\"", short(wide))
        });
        self.add(format_args!("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" {look}/>", short(x), short(y), short(radius)));
    }

    fn text(&mut self, text: &str, (x, y): Point, Lettering { size, before, upright, colour }: Lettering) {
        let anchor = if before == 0.0 {
            "start"
        } else if before == 1.0 {
            "end"
        } else {
            "middle"
        };
        let down = f64::from(text::half_capital(size));
        let (x, y, turn) = if upright {
            let (x, y) = (short(x + down), short(y));
            (x.clone(), y.clone(), format!(" transform=\"rotate(-90 {x} {y})\""))
        } else {
            (short(x), short(y + down), String::new())
        };
        // Of several blanks readers keep one unless each text says otherwise; browsers do not inherit it.
        self.add(format_args!(
            "<text xml:space=\"preserve\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" font-family=\"{}, Verdana, sans-serif\" \
             font-size=\"{}\" fill=\"{}\"{turn}>{}</text>",
            text::FAMILY,
            short(f64::from(text::em(size))),
            hex(colour),
            escaped(text)
        ));
    }

    fn image(&mut self, (x, y): (i32, i32), (wide, high): (usize, usize), pixels: &Pixels) -> io::Result<()> {
        let data = STANDARD.encode(encoded(pixels.bytes.as_chunks::<3>().0, (pixels.width, pixels.height))?);
        let (width, height) = (pixels.width as usize * wide, pixels.height as usize * high);
        self.add(format_args!(
            "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
             style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{data}\"/>"
        ));
        Ok(())
    }

    fn file(&self) -> io::Result<Vec<u8>> {
        Ok(format!("{}</svg>\n", self.elements).into_bytes())
    }

    fn rgb(&self) -> Vec<u8> {
        Vec::new()
    }

    fn copy(&self) -> Box<dyn Shapes> {
        Box::new(self.clone())
    }
}
