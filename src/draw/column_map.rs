//! `--map COLUMN`: the map of one column of results, such as the final loss or an accuracy, in place of the outcomes.

use super::canvas::{Anchor, Canvas, Format, Pixels};
use super::look::Look;
use super::palette::Rgb;
use super::picture::{FAINT, Frame, INK, LEFT, SMALL_SIZE, Side, TOP, draw_frame, draw_texts};
use super::terrain::{NO_LOSS, shade};
use super::ticks::{TickScale, figure, ticks};
use crate::engine::Output;
use crate::sweep::{SweepCommon, TileOutcomes};
use std::io;

/// Which numbers of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    LossStart,
    LossFinal,
    Final(usize),
    Steps,
}

/// Gathers the map as tiles come.
pub struct ColumnMap {
    grid: SweepCommon,
    look: Look,
    name: String,
    column: Column,
    bins: (usize, usize),
    /// Sum and count of the finite values of each bin, lowest row first.
    sums: Vec<(f64, u32)>,
}

impl ColumnMap {
    /// An empty map of a column of `losses.csv`; none where it has no such column of numbers.
    pub fn new(grid: &SweepCommon, name: &str, look: Look) -> Option<Self> {
        let at = || grid.finals.iter().position(|column| column.name == name);
        let column = match name {
            "loss_start" => Column::LossStart,
            "loss_final" => Column::LossFinal,
            "steps" => Column::Steps,
            _ => Column::Final(at()?),
        };
        let bins = (grid.nx().min(look.target.0), grid.ny().min(look.target.1));
        let sums = vec![(0.0, 0); bins.0 * bins.1];
        Some(Self { grid: grid.clone(), look, name: name.to_owned(), column, bins, sums })
    }

    /// The names that [`ColumnMap::new`] knows.
    pub fn names(grid: &SweepCommon) -> Vec<&str> {
        let finals = grid.finals.iter().map(|column| column.name.as_str());
        ["loss_start", "loss_final"].into_iter().chain(finals).chain(["steps"]).collect()
    }

    /// The picture.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn png(&self, footer: &str) -> io::Result<Vec<u8>> {
        let block = |bins: usize, target: usize| (target / bins).max(1);
        let (wide, high) = (block(self.bins.0, self.look.target.0), block(self.bins.1, self.look.target.1));
        let frame = Frame { width: (self.bins.0 * wide) as i32, height: (self.bins.1 * high) as i32 };
        let x = Side::of_axis(&self.grid.x);
        let y = self.grid.y.as_ref().map_or_else(|| Side::range("", 0.0, 1.0, false), Side::of_axis);
        let values: Vec<f64> = self.sums.iter().map(|(sum, count)| sum / f64::from(*count)).collect();
        let paint = Paint::new(&values);
        self.look.draw(Format::Png, frame, |canvas| {
            let rows = values.chunks_exact(self.bins.0).rev();
            let bytes = rows.flatten().flat_map(|value| paint.colour(*value)).collect();
            let pixels = Pixels { width: self.bins.0 as u32, height: self.bins.1 as u32, bytes };
            canvas.blocks(frame.pixel(0.0, 1.0), (wide as u32, high as u32), pixels)?;
            self.legend(canvas, frame, &paint)?;
            draw_frame(canvas, frame, &x, &y)?;
            draw_texts(canvas, frame, &self.grid, footer)
        })
    }

    fn legend(&self, canvas: &Canvas<'_>, frame: Frame, paint: &Paint) -> io::Result<()> {
        const SIZE: (i32, i32) = (22, 300);
        let (left, top) = (LEFT + frame.width + 28, TOP + 34);
        canvas.text(&self.name.replace('_', " "), (left, TOP + 6), SMALL_SIZE + 4, Anchor::Left, INK)?;
        if paint.sorted.is_empty() {
            return canvas.text("nowhere finite", (left, top), SMALL_SIZE, Anchor::Left, FAINT);
        }
        let up = |y: i32| 1.0 - (f64::from(y) + 0.5) / f64::from(SIZE.1);
        let ramp = (0..SIZE.1).flat_map(|y| paint.ramp(up(y)).repeat(SIZE.0 as usize)).collect();
        canvas.blit((left, top), (SIZE.0 as u32, SIZE.1 as u32), ramp)?;
        for (place, label) in paint.marks() {
            let at = top + ((1.0 - place) * f64::from(SIZE.1)).round() as i32;
            canvas.line((left + SIZE.0, at), (left + SIZE.0 + 5, at), INK)?;
            canvas.text(&label.replace('-', "−"), (left + SIZE.0 + 11, at), SMALL_SIZE, Anchor::Left, FAINT)?;
        }
        let mut next = top + SIZE.1 + 30;
        if paint.kind == Kind::Rank {
            let (below, all) = (paint.negative(), paint.sorted.len());
            let share = 100.0 * below as f64 / all as f64;
            canvas.text(&format!("below 0: {share:.1} %"), (left, next), SMALL_SIZE + 1, Anchor::Left, INK)?;
            canvas.text("shades by rank on either side", (left, next + 20), SMALL_SIZE, Anchor::Left, FAINT)?;
            next += 50;
        }
        for line in MEANINGS.iter().filter(|(name, _)| *name == self.name).flat_map(|(_, lines)| *lines) {
            canvas.text(line, (left, next), SMALL_SIZE, Anchor::Left, FAINT)?;
            next += 20;
        }
        if self.sums.iter().any(|(_, count)| *count == 0) {
            canvas.blit((left, next - 7), (14, 14), NO_LOSS.repeat(14 * 14))?;
            canvas.text("none", (left + 26, next), SMALL_SIZE + 1, Anchor::Left, INK)?;
        }
        Ok(())
    }
}

impl Output for ColumnMap {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        let (nx, ny) = (self.grid.nx(), self.grid.ny());
        for cell in 0..tile.tile.cells() {
            let value = match self.column {
                Column::LossStart => tile.loss_start[cell],
                Column::LossFinal => tile.loss_final[cell],
                Column::Final(at) => tile.finals[at][cell],
                Column::Steps => f64::from(tile.steps[cell]),
            };
            if value.is_finite() {
                let (x, y) = (tile.tile.x0 + cell % tile.tile.nx, tile.tile.y0 + cell / tile.tile.nx);
                let sum = &mut self.sums[y * self.bins.1 / ny * self.bins.0 + x * self.bins.0 / nx];
                *sum = (sum.0 + value, sum.1 + 1);
            }
        }
        Ok(())
    }
}

/// What a column says that does not say so itself.
const MEANINGS: [(&str, &[&str]); 1] = [(
    "measure",
    &["below 0: trains, −Σ of its losses", "above 0: does not, Σ of their", "inverses; losses over the first"],
)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Linear,
    Log,
    /// Values on both sides of 0: each side has a ramp of its own, by rank, so that both use all of it.
    Rank,
}

/// From numbers to colours.
struct Paint {
    kind: Kind,
    /// All finite values, ascending.
    sorted: Vec<f64>,
}

/// Ramps from the values nearest to 0 outwards: below it, and above.
const BELOW: [Rgb; 2] = [[222, 235, 247], [8, 48, 107]];
const ABOVE: [Rgb; 2] = [[254, 230, 206], [127, 39, 4]];

impl Paint {
    fn new(values: &[f64]) -> Self {
        /// A positive column whose median is so far below the largest value has a logarithmic ramp.
        const FAR: f64 = 50.0;
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let kind = match (sorted.first(), sorted.last()) {
            (Some(lo), Some(hi)) if *lo < 0.0 && *hi > 0.0 => Kind::Rank,
            (Some(lo), Some(hi)) if *lo >= 0.0 && *hi > 0.0 && sorted[sorted.len() / 2] < hi / FAR => Kind::Log,
            _ => Kind::Linear,
        };
        Self { kind, sorted }
    }

    /// Of a logarithmic ramp the lowest is the smallest value above 0, which zeros share.
    fn bounds(&self) -> (f64, f64) {
        if self.kind == Kind::Log {
            let positive = &self.sorted[self.sorted.partition_point(|value| *value <= 0.0)..];
            return (positive[0], positive[positive.len() - 1]);
        }
        (self.sorted.first().copied().unwrap_or(0.0), self.sorted.last().copied().unwrap_or(1.0))
    }

    /// How many values are below 0.
    fn negative(&self) -> usize {
        self.sorted.partition_point(|value| *value < 0.0)
    }

    fn colour(&self, value: f64) -> Rgb {
        if !value.is_finite() {
            return NO_LOSS;
        }
        let (lo, hi) = self.bounds();
        match self.kind {
            Kind::Linear => self.ramp(if hi > lo { (value - lo) / (hi - lo) } else { 0.5 }),
            Kind::Log if lo == hi || value <= 0.0 => self.ramp(0.0),
            Kind::Log => self.ramp((value / lo).ln() / (hi / lo).ln()),
            Kind::Rank => {
                let at = self.sorted.partition_point(|other| *other < value);
                self.ramp((at as f64 + 0.5) / self.sorted.len() as f64)
            }
        }
    }

    /// The colour at a height from 0 (the lowest value) to 1.
    fn ramp(&self, height: f64) -> Rgb {
        if self.kind != Kind::Rank {
            return shade(height);
        }
        let zero = self.negative() as f64 / self.sorted.len() as f64;
        if height < zero {
            mix(BELOW, (zero - height) / zero)
        } else {
            mix(ABOVE, (height - zero) / (1.0 - zero).max(f64::MIN_POSITIVE))
        }
    }

    /// Heights and labels of the legend's marks.
    fn marks(&self) -> Vec<(f64, String)> {
        const COUNT: usize = 6;
        let (lo, hi) = self.bounds();
        let height = |value: f64| match self.kind {
            Kind::Log => (value / lo).ln() / (hi / lo).ln(),
            _ => (value - lo) / (hi - lo),
        };
        let marks = |scale| ticks(scale, lo, hi, COUNT).into_iter();
        match self.kind {
            Kind::Linear if lo == hi => vec![(0.5, figure(lo))],
            Kind::Linear => marks(TickScale::Linear).filter_map(|t| Some((height(t.value), t.label?))).collect(),
            Kind::Log => marks(TickScale::Log).filter_map(|t| Some((height(t.value), t.label?))).collect(),
            Kind::Rank => {
                let value = |share: f64| self.sorted[((self.sorted.len() - 1) as f64 * share) as usize];
                let share = |at: usize| at as f64 / (COUNT - 1) as f64;
                (0..COUNT).map(|at| (share(at), figure(value(share(at))))).collect()
            }
        }
    }
}

fn mix([from, to]: [Rgb; 2], share: f64) -> Rgb {
    let part = |at: usize| {
        let (from, to) = (f64::from(from[at]), f64::from(to[at]));
        (from + (to - from) * share.clamp(0.0, 1.0)).round() as u8
    };
    [part(0), part(1), part(2)]
}
