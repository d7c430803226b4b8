//! Pictures as rows of pixels.

use alphasweep::draw::Rgb;
use std::path::Path;

/// Rows of pixels, the uppermost first.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    pub width: usize,
    pub pixels: Vec<Rgb>,
}

impl Picture {
    /// Of a PNG.
    pub fn png(bytes: &[u8]) -> Self {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut pixels).expect("a frame");
        assert_eq!(info.color_type, png::ColorType::Rgb, "three bytes a pixel");
        Self { width: info.width as usize, pixels: pixels.as_chunks::<3>().0.to_vec() }
    }

    /// Of a PNG in a file.
    pub fn of_file(path: &Path) -> Self {
        Self::png(&std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// The frames of a GIF, as they are seen, with the hundredths of a second that each stands.
    pub fn film(bytes: &[u8]) -> Vec<(Self, u16)> {
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(bytes).expect("a GIF");
        let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
        let mut screen = Self { width, pixels: vec![[0; 3]; width * height] };
        let mut frames = Vec::new();
        while let Some(frame) = decoder.read_next_frame().expect("a frame") {
            let (left, top, wide) = (usize::from(frame.left), usize::from(frame.top), usize::from(frame.width));
            for (at, pixel) in frame.buffer.as_chunks::<4>().0.iter().enumerate().filter(|(_, pixel)| pixel[3] > 0) {
                screen.pixels[(top + at / wide) * width + left + at % wide] = [pixel[0], pixel[1], pixel[2]];
            }
            frames.push((screen.clone(), frame.delay));
        }
        frames
    }

    pub fn height(&self) -> usize {
        self.pixels.len() / self.width
    }

    pub fn at(&self, x: usize, y: usize) -> Rgb {
        self.pixels[y * self.width + x]
    }

    /// The pixels from left to right and from top to bottom, without the last ones.
    pub fn within(&self, [left, top, right, bottom]: [usize; 4]) -> impl Iterator<Item = Rgb> {
        (top..bottom).flat_map(move |y| (left..right).map(move |x| self.at(x, y)))
    }
}
