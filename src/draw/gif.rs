//! Films as GIF: one table of colours for all frames; a frame holds only the rectangle that changed, and in it only the
//! pixels that did.

use super::canvas::failed;
use super::palette::Rgb;
use gif::{DisposalMethod, Encoder, Frame, Repeat};
use std::collections::HashMap;
use std::io::{self, Write};

/// Most colours of a film.
pub const MOST_COLOURS: usize = 255;
/// The entry of the table that leaves a pixel as it was.
const UNCHANGED: u8 = 255;

/// A film as it grows. It loops for ever.
pub struct Gif<W: Write> {
    encoder: Encoder<W>,
    colours: Vec<Rgb>,
    /// The nearest colour of each that was seen.
    nearest: HashMap<Rgb, u8>,
    width: usize,
    /// The frame before.
    before: Option<Vec<u8>>,
}

impl<W: Write> Gif<W> {
    /// A film without frames.
    ///
    /// # Errors
    /// A full disk.
    ///
    /// # Panics
    /// With more than [`MOST_COLOURS`].
    pub fn new(file: W, (width, height): (u16, u16), colours: Vec<Rgb>) -> io::Result<Self> {
        assert!(colours.len() <= MOST_COLOURS, "{} colours", colours.len());
        let mut table = colours.concat();
        table.resize((MOST_COLOURS + 1) * 3, 0);
        let mut encoder = Encoder::new(file, width, height, &table).map_err(failed)?;
        encoder.set_repeat(Repeat::Infinite).map_err(failed)?;
        Ok(Self { encoder, colours, nearest: HashMap::new(), width: usize::from(width), before: None })
    }

    /// Adds a frame (rows of three bytes a pixel) that stands for `delay` hundredths of a second.
    ///
    /// # Errors
    /// A full disk.
    pub fn add(&mut self, pixels: &[u8], delay: u16) -> io::Result<()> {
        let (pixels, _) = pixels.as_chunks::<3>();
        let mut before = None;
        let index = |pixel: &Rgb| {
            // Most pixels have the colour of the one before.
            let known = before.filter(|(colour, _)| colour == pixel).map(|(_, index)| index);
            let index = known.unwrap_or_else(|| self.index(*pixel));
            before = Some((*pixel, index));
            index
        };
        let now: Vec<u8> = pixels.iter().map(index).collect();
        let frame = Frame { delay, ..changed(self.before.as_deref(), &now, self.width) };
        self.encoder.write_frame(&frame).map_err(failed)?;
        self.before = Some(now);
        Ok(())
    }

    /// Ends the film.
    ///
    /// # Errors
    /// A full disk.
    pub fn finish(self) -> io::Result<W> {
        self.encoder.into_inner().map_err(failed)
    }

    fn index(&mut self, colour: Rgb) -> u8 {
        let colours = &self.colours;
        *self.nearest.entry(colour).or_insert_with(|| {
            let distance =
                |other: &Rgb| -> u32 { other.iter().zip(colour).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum() };
            (0..colours.len()).min_by_key(|at| distance(&colours[*at])).unwrap_or(0) as u8
        })
    }
}

/// What is new against the frame before: the smallest rectangle that holds it.
fn changed(before: Option<&[u8]>, now: &[u8], width: usize) -> Frame<'static> {
    let differs = |at: usize| before.is_none_or(|before| before[at] != now[at]);
    let mut corners: Option<[usize; 4]> = None;
    for at in (0..now.len()).filter(|at| differs(*at)) {
        let (x, y) = (at % width, at / width);
        let [left, top, right, bottom] = corners.unwrap_or([x, y, x, y]);
        corners = Some([left.min(x), top.min(y), right.max(x), bottom.max(y)]);
    }
    // Nothing moved: one pixel, so that the frame has its time.
    let [left, top, right, bottom] = corners.unwrap_or([0; 4]);
    let pixel = |at: usize| if differs(at) { now[at] } else { UNCHANGED };
    let places = (top..=bottom).flat_map(|y| (left..=right).map(move |x| y * width + x));
    Frame {
        left: left as u16,
        top: top as u16,
        width: (right - left + 1) as u16,
        height: (bottom - top + 1) as u16,
        buffer: places.map(pixel).collect::<Vec<u8>>().into(),
        transparent: Some(UNCHANGED),
        dispose: DisposalMethod::Keep,
        ..Frame::default()
    }
}
