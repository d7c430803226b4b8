//! `--map COLUMN`: the map of one column of results, such as the final loss or an accuracy, in place of the outcomes.

use super::bins::Bins;
use super::canvas::{Anchor, Canvas, Format};
use super::frame::{Frame, LEFT, RIGHT, SMALL_SIZE, TOP, draw_frame, draw_texts, shortened};
use super::number_map::NumberMap;
use super::palette::{Palette, Rgb, mix};
use super::shades::Ranked;
use super::side::{Side, linear_middle};
use super::style::Style;
use super::ticks::{TickScale, Ticks, ticks, with_base};
use super::typeset::{figure, figures, with_minus};
use crate::engine::Output;
use crate::sweep::{Column, ColumnKind, ColumnScale, LossAt, Outcome, SweepCommon, TileOutcomes};
use std::io;

/// Gathers the map as tiles come.
pub struct ColumnMap {
    grid: SweepCommon,
    style: Style,
    column: Column,
    bins: Bins,
    /// Of each bin, lowest row first.
    sums: Vec<Sum>,
}

/// What is added up of a bin.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    /// Of the finite values that have a shade.
    values: f64,
    count: u32,
    /// Cells that diverged, in a column whose numbers say nothing then.
    diverged: u32,
}

/// What a bin shows.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shown {
    Value(f64),
    Diverged,
    Nothing,
}

impl Sum {
    fn shown(self) -> Shown {
        match self {
            Self { diverged, count, .. } if diverged > count => Shown::Diverged,
            Self { count: 0, .. } => Shown::Nothing,
            Self { values, count, .. } => Shown::Value(values / f64::from(count)),
        }
    }
}

/// Whether a column is as large as the bar where a descent diverged, so that it would flatten all the rest.
fn explodes(column: &Column) -> bool {
    match column.kind {
        ColumnKind::Loss(at) => matches!(at, LossAt::Final),
        kind => kind == ColumnKind::Parameter,
    }
}

impl ColumnMap {
    /// An empty map of a column of numbers.
    pub fn new(grid: &SweepCommon, column: &Column, style: Style) -> Self {
        let bins = Bins::new((grid.nx(), grid.ny()), style.size, style.scale);
        let sums = vec![Sum::default(); bins.count()];
        Self { grid: grid.clone(), style, column: column.clone(), bins, sums }
    }

    /// The picture.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn png(&self, footer: &str) -> io::Result<Vec<u8>> {
        let frame = Frame::of(self.bins.pixel_size());
        let (x, y) = Side::both(&self.grid);
        let shown: Vec<Shown> = self.sums.iter().map(|sum| sum.shown()).collect();
        let values = shown.iter().filter_map(|shown| if let Shown::Value(value) = shown { Some(*value) } else { None });
        let paint = Paint::new(self.style.palette, values, self.column.style.scale);
        frame.draw(Format::Png, self.style, |canvas| {
            let pixels = self.bins.pixels(|bin| paint.colour(shown[bin]));
            canvas.blocks(frame.pixel(0.0, 1.0), self.bins.block, pixels)?;
            self.legend(canvas, frame, &paint, &shown)?;
            draw_frame(canvas, frame, &x, &y)?;
            draw_texts(canvas, frame, &self.grid, footer)
        })
    }

    fn legend(&self, canvas: &Canvas, frame: Frame, paint: &Paint, shown: &[Shown]) -> io::Result<()> {
        const SIZE: (i32, i32) = (22, 300);
        let Palette { ink, faint, .. } = *canvas.palette;
        let (left, top) = (LEFT + frame.width + 28, TOP + 34);
        let (marks, base) = paint.marks();
        let name = with_base(&self.column.label(), base.as_deref());
        canvas.text(
            &shortened(&name, SMALL_SIZE + 4, RIGHT - 36),
            (left, TOP + 6),
            SMALL_SIZE + 4,
            Anchor::Left,
            ink,
        )?;
        if paint.ranked.len() == 0 {
            return canvas.text("nowhere finite", (left, top), SMALL_SIZE, Anchor::Left, faint);
        }
        let up = |y: i32| 1.0 - (f64::from(y) + 0.5) / f64::from(SIZE.1);
        let ramp = (0..SIZE.1).flat_map(|y| paint.ramp(up(y)).repeat(SIZE.0 as usize)).collect();
        canvas.blit((left, top), (SIZE.0 as u32, SIZE.1 as u32), ramp)?;
        for (place, label) in &marks {
            let at = top + ((1.0 - place) * f64::from(SIZE.1)).round() as i32;
            canvas.line((left + SIZE.0, at), (left + SIZE.0 + 5, at), ink)?;
            canvas.text(label, (left + SIZE.0 + 11, at), SMALL_SIZE, Anchor::Left, faint)?;
        }
        canvas.note_axis(&marks.into_iter().map(|(_, label)| label).collect::<Vec<_>>());
        let mut next = top + SIZE.1 + 30;
        if paint.kind == Kind::Rank {
            canvas.text(
                &format!("below 0: {:.1} %", 100.0 * paint.negative()),
                (left, next),
                SMALL_SIZE + 1,
                Anchor::Left,
                ink,
            )?;
            canvas.text("shades by rank on either side", (left, next + 24), SMALL_SIZE, Anchor::Left, faint)?;
            next += 58;
        }
        if paint.kind == Kind::Symmetric {
            canvas.text("symmetric log scale", (left, next), SMALL_SIZE, Anchor::Left, faint)?;
            next += 34;
        }
        for line in self.column.style.lines {
            canvas.text(line, (left, next), SMALL_SIZE, Anchor::Left, faint)?;
            next += 23;
        }
        if shown.contains(&Shown::Diverged) {
            let range = [paint.bounds().0, paint.bounds().1].map(figure).join(" … ");
            canvas.text(&with_minus(&range), (left, next), SMALL_SIZE + 1, Anchor::Left, ink)?;
            canvas.text("where descents did not diverge", (left, next + 23), SMALL_SIZE, Anchor::Left, faint)?;
            next += 58;
        }
        for (what, name) in [(Shown::Diverged, "diverged"), (Shown::Nothing, "none")] {
            if shown.contains(&what) {
                canvas.blit((left, next - 7), (14, 14), paint.colour(what).repeat(14 * 14))?;
                canvas.text(name, (left + 26, next), SMALL_SIZE + 1, Anchor::Left, ink)?;
                next += 26;
            }
        }
        Ok(())
    }
}

impl NumberMap for ColumnMap {
    fn png(&self, footer: &str) -> io::Result<Vec<u8>> {
        self.png(footer)
    }
}

impl Output for ColumnMap {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        let values = tile.values(&self.column);
        let apart = explodes(&self.column);
        self.bins.each(tile.tile, |bin, cell| {
            let (value, sum) = (values.number(cell), &mut self.sums[bin]);
            if apart && tile.outcome[cell] == Outcome::Diverged {
                sum.diverged += 1;
            } else if value.is_finite() {
                (sum.values, sum.count) = (sum.values + value, sum.count + 1);
            }
        });
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Linear,
    Log,
    /// Values on both sides of 0: each side has a ramp of its own, by rank, so that both use all of it.
    Rank,
    /// The same by size: linear around 0, logarithmic beyond, and alike on both sides.
    Symmetric,
}

/// Whether the largest of some numbers is so many times the size of the middle one.
fn far_from(values: &[f64], times: f64) -> bool {
    let sizes = Ranked::of(values.iter().map(|value| value.abs()).collect());
    sizes.at(0.5).zip(sizes.values().last()).is_some_and(|(middle, largest)| middle < largest / times)
}

/// From numbers to colours.
struct Paint {
    palette: &'static Palette,
    kind: Kind,
    /// All finite values.
    ranked: Ranked<f64>,
    /// How a symmetric ramp has its values.
    side: Side,
}

impl Paint {
    fn new(palette: &'static Palette, values: impl Iterator<Item = f64>, scale: ColumnScale) -> Self {
        /// A column whose median size is so far below the largest has a logarithmic ramp, or a symmetric one where it is below 0.
        const FAR: f64 = 50.0;
        let ranked = Ranked::of(values.filter(|value| value.is_finite()).collect());
        let lo = ranked.values().first().copied().unwrap_or(0.0);
        let hi = ranked.values().last().copied().unwrap_or(0.0);
        let has_positive = hi > 0.0;
        let kind = match scale {
            ColumnScale::Fitted if lo < 0.0 && far_from(ranked.values(), FAR) => Kind::Symmetric,
            ColumnScale::Fitted if lo >= 0.0 && has_positive && ranked.at(0.5) < Some(hi / FAR) => Kind::Log,
            ColumnScale::Log if has_positive => Kind::Log,
            ColumnScale::AroundZero if lo < 0.0 && has_positive => Kind::Symmetric,
            ColumnScale::RankAroundZero => Kind::Rank,
            ColumnScale::Fitted
            | ColumnScale::Log
            | ColumnScale::Linear
            | ColumnScale::AroundZero
            | ColumnScale::Classes => Kind::Linear,
        };
        let side = Side::symmetric("", (lo, hi), linear_middle(ranked.values().iter().map(|value| value.abs())), 0.0);
        Self { palette, kind, ranked, side }
    }

    /// Of a logarithmic ramp the lowest is the smallest value above 0, which zeros share.
    fn bounds(&self) -> (f64, f64) {
        let values = self.ranked.values();
        let from = if self.kind == Kind::Log { self.ranked.upto(0.0) } else { 0 };
        (values.get(from).copied().unwrap_or(0.0), values.last().copied().unwrap_or(1.0))
    }

    /// The share of the values that are below 0.
    fn negative(&self) -> f64 {
        self.ranked.below(0.0) as f64 / self.ranked.len() as f64
    }

    fn colour(&self, shown: Shown) -> Rgb {
        let value = match shown {
            Shown::Value(value) if value.is_finite() => value,
            Shown::Diverged => return self.palette.colour(Outcome::Diverged, 0.0),
            _ => return self.palette.none,
        };
        let (lo, hi) = self.bounds();
        match self.kind {
            Kind::Linear => self.ramp(if hi > lo { (value - lo) / (hi - lo) } else { 0.5 }),
            Kind::Log if lo == hi || value <= 0.0 => self.ramp(0.0),
            Kind::Log => self.ramp((value.ln() - lo.ln()) / (hi.ln() - lo.ln())),
            Kind::Rank => self.ramp((self.ranked.below(value) as f64 + 0.5) / self.ranked.len() as f64),
            Kind::Symmetric => self.ramp(self.height(value)),
        }
    }

    /// Where a value stands on a symmetric ramp.
    fn height(&self, value: f64) -> f64 {
        self.side.reach(value).unwrap_or(0.5)
    }

    /// The colour at a height from 0 (the lowest value) to 1.
    fn ramp(&self, height: f64) -> Rgb {
        let [below, above] = self.palette.sides;
        // What is as far from 0 as can be, below it and above.
        let (zero, ends) = match self.kind {
            Kind::Linear | Kind::Log => return self.palette.height(height),
            Kind::Rank => (self.negative(), [self.negative(), 1.0 - self.negative()]),
            Kind::Symmetric => (self.height(0.0), [self.height(0.0).max(1.0 - self.height(0.0)); 2]),
        };
        if height < zero {
            mix(below, (zero - height) / ends[0])
        } else {
            mix(above, (height - zero) / ends[1].max(f64::MIN_POSITIVE))
        }
    }

    /// Heights and labels of the legend's marks, and what the labels count from.
    fn marks(&self) -> (Vec<(f64, String)>, Option<String>) {
        const COUNT: usize = 6;
        let (lo, hi) = self.bounds();
        let height = |value: f64| match self.kind {
            Kind::Log => (value.ln() - lo.ln()) / (hi.ln() - lo.ln()),
            _ => (value - lo) / (hi - lo),
        };
        let labelled = |scale| {
            let Ticks { marks, base } = ticks(scale, lo, hi, COUNT);
            (marks.into_iter().filter_map(|tick| Some((height(tick.value), tick.label?))).collect(), base)
        };
        match self.kind {
            Kind::Linear if lo == hi => (vec![(0.5, figure(lo))], None),
            Kind::Linear => labelled(TickScale::Linear),
            Kind::Log => labelled(TickScale::Log),
            Kind::Symmetric => {
                let marks = self.side.marks(2 * COUNT).places;
                (marks.into_iter().filter_map(|(place, label)| Some((place, label?))).collect(), None)
            }
            Kind::Rank => {
                let values = self.ranked.values();
                let value = |share: f64| values[((values.len() - 1) as f64 * share) as usize];
                let share = |at: usize| at as f64 / (COUNT - 1) as f64;
                let mut each: Vec<(f64, f64)> = (0..COUNT).map(|at| (share(at), value(share(at)))).collect();
                // Of ranks that share a value the lowest has its mark.
                each.dedup_by(|next, first| next.1 == first.1);
                let texts = figures(&each.iter().map(|(_, value)| *value).collect::<Vec<_>>());
                (each.iter().map(|(share, _)| *share).zip(texts).collect(), None)
            }
        }
    }
}
