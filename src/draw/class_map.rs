//! `--map COLUMN` of whole numbers that tell cells apart, such as which minimum was reached: each has a colour of its own.

use super::bins::Bins;
use super::canvas::{Anchor, Canvas, Format};
use super::frame::{Frame, LEFT, RIGHT, SMALL_SIZE, TOP, draw_frame, draw_texts, shortened};
use super::number_map::NumberMap;
use super::palette::{PATHS, Palette, Rgb, mix};
use super::side::Side;
use super::style::Style;
use crate::engine::Output;
use crate::sweep::{Column, SweepCommon, TileOutcomes};
use std::collections::BTreeMap;
use std::io;

/// Gathers the map as tiles come.
pub struct ClassMap {
    grid: SweepCommon,
    style: Style,
    column: Column,
    bins: Bins,
    /// Of each bin, lowest row first.
    votes: Vec<Vote>,
    /// Cells of each class.
    counts: BTreeMap<u32, u64>,
    unknown: u64,
}

/// The class of most cells of a bin, where one has more than half (Boyer and Moore 1981); else one of them.
#[derive(Debug, Clone, Copy, Default)]
struct Vote {
    class: Option<u32>,
    ahead: u32,
}

impl Vote {
    fn add(&mut self, class: u32) {
        if self.class == Some(class) {
            self.ahead += 1;
        } else if self.ahead == 0 {
            *self = Self { class: Some(class), ahead: 1 };
        } else {
            self.ahead -= 1;
        }
    }
}

impl ClassMap {
    /// An empty map of a column of classes.
    pub fn new(grid: &SweepCommon, column: &Column, style: Style) -> Self {
        let bins = Bins::new((grid.nx(), grid.ny()), style.size, style.scale);
        let votes = vec![Vote::default(); bins.count()];
        Self { grid: grid.clone(), style, column: column.clone(), bins, votes, counts: BTreeMap::new(), unknown: 0 }
    }

    fn legend(&self, canvas: &Canvas, frame: Frame) -> io::Result<()> {
        const ENTRY: i32 = 26;
        let Palette { ink, faint, none, .. } = *canvas.palette;
        let left = LEFT + frame.width + 28;
        let name = shortened(&self.column.label(), SMALL_SIZE + 4, RIGHT - 36);
        canvas.text(&name, (left, TOP + 6), SMALL_SIZE + 4, Anchor::Left, ink)?;
        let mut next = TOP + 34;
        for line in self.column.style.lines {
            canvas.text(line, (left, next), SMALL_SIZE, Anchor::Left, faint)?;
            next += 23;
        }
        next += 10;
        let cells = (self.counts.values().sum::<u64>() + self.unknown).max(1) as f64;
        let mut entry = |colour: Rgb, text: &str| -> io::Result<()> {
            canvas.blit((left, next - 7), (14, 14), colour.repeat(14 * 14))?;
            canvas.text(text, (left + 26, next), SMALL_SIZE + 1, Anchor::Left, ink)?;
            next += ENTRY;
            Ok(())
        };
        let room = ((TOP + frame.height - 120) / ENTRY).max(4) as usize;
        for (class, count) in self.counts.iter().take(room) {
            let share = 100.0 * *count as f64 / cells;
            entry(colour(canvas.palette, *class), &format!("{class}   {share:.1} %"))?;
        }
        let more = self.counts.len().saturating_sub(room);
        if more > 0 {
            entry(none, &format!("and {more} more"))?;
        }
        if self.unknown > 0 {
            entry(none, "unknown")?;
        }
        Ok(())
    }
}

/// The first ones are apart for colour-blind readers; the ones behind have the same hues, paler. 0 is none of them.
fn colour(palette: &Palette, class: u32) -> Rgb {
    let Some(number) = class.checked_sub(1) else { return palette.none };
    let (hue, round) = (number as usize % PATHS, f64::from(number / PATHS as u32));
    mix([palette.paths[hue], palette.paper], 0.7 * round / (round + 1.0))
}

impl NumberMap for ClassMap {
    fn png(&self, footer: &str) -> io::Result<Vec<u8>> {
        let frame = Frame::of(self.bins.pixel_size());
        let (x, y) = Side::both(&self.grid);
        frame.draw(Format::Png, self.style, |canvas| {
            let shown =
                |bin: usize| self.votes[bin].class.map_or(canvas.palette.none, |class| colour(canvas.palette, class));
            canvas.blocks(frame.pixel(0.0, 1.0), self.bins.block, self.bins.pixels(shown))?;
            self.legend(canvas, frame)?;
            draw_frame(canvas, frame, &x, &y)?;
            draw_texts(canvas, frame, &self.grid, footer)
        })
    }
}

impl Output for ClassMap {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        let values = tile.values(&self.column);
        self.bins.each(tile.tile, |bin, cell| {
            let value = values.number(cell);
            if value.is_finite() {
                self.votes[bin].add(value as u32);
                *self.counts.entry(value as u32).or_default() += 1;
            } else {
                self.unknown += 1;
            }
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_shows_the_class_of_most_of_its_cells() {
        let vote = |classes: &[u32]| {
            let mut vote = Vote::default();
            for class in classes {
                vote.add(*class);
            }
            vote.class
        };
        assert_eq!(vote(&[]), None);
        assert_eq!(vote(&[2, 1, 2]), Some(2));
        assert_eq!(vote(&[3, 3, 1, 2, 3, 1, 3]), Some(3));
    }
}
