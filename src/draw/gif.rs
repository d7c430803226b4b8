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
    /// The frame before: its pixels, and their places in the table.
    before: Option<(Vec<u8>, Vec<u8>)>,
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
        let before = self.before.as_ref().map(|(_, indices)| indices.clone());
        let now = self.indices(pixels);
        let frame = Frame { delay, ..changed(before.as_deref(), &now, self.width) };
        self.encoder.write_frame(&frame).map_err(failed)?;
        self.before = Some((pixels.to_vec(), now));
        Ok(())
    }

    /// Places of a frame's pixels in the table.
    fn indices(&mut self, pixels: &[u8]) -> Vec<u8> {
        let (colours, _) = pixels.as_chunks::<3>();
        let Some((before, mut indices)) = self.before.take() else {
            return self.looked_up(colours);
        };
        // Most rows of a frame are those of the frame before, and so are most pixels of the others.
        let wide = 3 * self.width;
        let rows = before.chunks(wide).zip(pixels.chunks(wide)).zip(indices.chunks_mut(self.width));
        for ((old, new), indices) in rows.filter(|((old, new), _)| old != new) {
            let (old, new) = (old.as_chunks::<3>().0, new.as_chunks::<3>().0);
            for ((_, colour), index) in old.iter().zip(new).zip(indices).filter(|((old, new), _)| old != new) {
                *index = self.index(*colour);
            }
        }
        indices
    }

    fn looked_up(&mut self, colours: &[Rgb]) -> Vec<u8> {
        let mut beside: Option<(Rgb, u8)> = None;
        let mut index = |colour: &Rgb| {
            let known = beside.filter(|(known, _)| known == colour).map(|(_, index)| index);
            let index = known.unwrap_or_else(|| self.index(*colour));
            beside = Some((*colour, index));
            index
        };
        colours.iter().map(&mut index).collect()
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
    for y in 0..now.len() / width {
        let row = y * width..(y + 1) * width;
        if before.is_some_and(|before| before[row.clone()] == now[row.clone()]) {
            continue;
        }
        let (Some(first), Some(last)) = (row.clone().find(|at| differs(*at)), row.rev().find(|at| differs(*at))) else {
            continue;
        };
        let [left, top, right, _] = corners.unwrap_or([first % width, y, last % width, y]);
        corners = Some([left.min(first % width), top, right.max(last % width), y]);
    }
    // Nothing moved: one pixel, so that the frame has its time.
    let [left, top, right, bottom] = corners.unwrap_or([0; 4]);
    let mut buffer = Vec::with_capacity((right - left + 1) * (bottom - top + 1));
    for y in top..=bottom {
        let places = y * width + left..=y * width + right;
        match before {
            None => buffer.extend_from_slice(&now[places]),
            Some(before) => {
                let pairs = before[places.clone()].iter().zip(&now[places]);
                buffer.extend(pairs.map(|(old, new)| if old == new { UNCHANGED } else { *new }));
            }
        }
    }
    Frame {
        left: left as u16,
        top: top as u16,
        width: (right - left + 1) as u16,
        height: (bottom - top + 1) as u16,
        buffer: buffer.into(),
        transparent: Some(UNCHANGED),
        dispose: DisposalMethod::Keep,
        ..Frame::default()
    }
}
