//! `history.png`: what trainings did on their way, as curves.

use super::canvas::{Anchor, Canvas, Format, Point};
use super::frame::{Frame, LEFT, SMALL_SIZE, TOP, draw_frame, draw_texts};
use super::palette::Rgb;
use super::side::Side;
use super::style::Style;
use super::typeset::{figure, figures, pretty};
use crate::engine::Output;
use crate::sweep::{Column, ColumnKind, SEED, Split, SweepCommon, TileOutcomes};
use std::io;

/// Most curves in one picture.
const MOST_CURVES: usize = 12;
/// Most points of a curve.
const MOST_POINTS: usize = 800;
const FRAME: Frame = Frame { width: 1000, height: 600 };

/// Gathers the curves: for some values of x, means over seeds, or one value of another y.
pub struct Curves {
    grid: SweepCommon,
    style: Style,
    /// Columns of the map that have a curve.
    shown: Vec<usize>,
    /// The only row that is drawn, where y is no seed.
    row: Option<usize>,
    /// Every so many records make a point.
    every: usize,
    /// By column of the history, curve and point: sum and count.
    sums: Vec<Vec<Vec<(f64, u32)>>>,
}

impl Curves {
    /// Nothing seen yet; nothing at all for a sweep without a history.
    pub fn new(grid: &SweepCommon, style: Style) -> Option<Self> {
        let history = grid.history.as_ref()?;
        let count = grid.nx().min(MOST_CURVES);
        let last = grid.nx() - 1;
        let shown: Vec<usize> = (0..count).map(|at| if count == 1 { 0 } else { at * last / (count - 1) }).collect();
        let every = grid.records().div_ceil(MOST_POINTS);
        let points = grid.records().div_ceil(every);
        let sums = vec![vec![vec![(0.0, 0); points]; count]; history.columns.len()];
        // A mean over learning rates would be one of nothing.
        let row = grid.y.as_ref().filter(|y| y.name != SEED).map(|_| grid.ny() / 2);
        Some(Self { grid: grid.clone(), style, shown, row, every, sums })
    }

    /// The picture: test accuracy in full and training accuracy dotted where there are classes, else the loss.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn png(&self, footer: &str) -> io::Result<Vec<u8>> {
        let Some(history) = &self.grid.history else { return Ok(Vec::new()) };
        let accuracy = |split| history.columns.iter().position(|column| column.kind == ColumnKind::Accuracy(split));
        let (drawn, dotted) = match (accuracy(Split::Test), accuracy(Split::Train)) {
            (Some(test), train) => (test, train),
            (None, Some(train)) => (train, None),
            (None, None) => (0, None),
        };
        let x = Side::counts("step", f64::from(self.grid.limits.steps));
        let y = self.side(&history.columns[drawn], drawn, dotted);
        FRAME.draw(Format::Png, self.style, |canvas| {
            draw_frame(canvas, FRAME, &x, &y)?;
            draw_texts(canvas, FRAME, &self.grid, footer)?;
            for curve in 0..self.shown.len() {
                if let Some(dotted) = dotted {
                    self.dots(canvas, (&x, &y), dotted, curve)?;
                }
                self.line(canvas, (&x, &y), drawn, curve)?;
            }
            self.legend(canvas, dotted.is_some())
        })
    }

    fn side(&self, column: &Column, drawn: usize, dotted: Option<usize>) -> Side {
        let lists = std::iter::once(drawn).chain(dotted).flat_map(|column| self.sums[column].iter().flatten());
        let values: Vec<f64> =
            lists.filter(|(_, count)| *count == self.trainings()).map(|(sum, count)| sum / f64::from(*count)).collect();
        let lo = values.iter().copied().fold(f64::INFINITY, f64::min);
        let hi = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let label = column.label();
        if lo >= hi || !lo.is_finite() || !hi.is_finite() {
            return Side::range(&label, 0.0, 1.0, false);
        }
        Side::range(&label, lo, hi, matches!(column.kind, ColumnKind::Loss(_)) && lo > 0.0 && hi > 20.0 * lo)
    }

    fn points(&self, (x, y): (&Side, &Side), column: usize, curve: usize) -> Vec<Point> {
        let every = self.grid.history.as_ref().map_or(1, |history| history.every);
        let point = |(at, (sum, count)): (usize, &(f64, u32))| {
            let across = x.place((at * self.every) as f64 * f64::from(every))?;
            // From the end of one training on a mean would be one of others.
            (*count == self.trainings())
                .then(|| y.place(sum / f64::from(*count)))
                .flatten()
                .map(|up| FRAME.point(across, up))
        };
        self.sums[column][curve].iter().enumerate().filter_map(point).collect()
    }

    /// Trainings of a curve.
    fn trainings(&self) -> u32 {
        if self.row.is_some() { 1 } else { self.grid.ny() as u32 }
    }

    fn line(&self, canvas: &Canvas, sides: (&Side, &Side), column: usize, curve: usize) -> io::Result<()> {
        let points = self.points(sides, column, curve);
        if let [only] = points[..] {
            return canvas.dot(only, 3.5, self.colour(curve));
        }
        canvas.path(&points, 2.0, self.colour(curve))
    }

    fn dots(&self, canvas: &Canvas, sides: (&Side, &Side), column: usize, curve: usize) -> io::Result<()> {
        const APART: f64 = 7.0;
        let mut before = f64::NEG_INFINITY;
        for at in self.points(sides, column, curve) {
            if at.0 - before >= APART {
                canvas.dot(at, 2.5, self.colour(curve))?;
                before = at.0;
            }
        }
        Ok(())
    }

    fn colour(&self, curve: usize) -> Rgb {
        self.style.palette.line(curve as f64 / (self.shown.len() - 1).max(1) as f64)
    }

    fn legend(&self, canvas: &Canvas, dotted: bool) -> io::Result<()> {
        let left = LEFT + FRAME.width + 28;
        let axis = &self.grid.x;
        let values: Vec<f64> = self.shown.iter().map(|at| self.grid.precision.round(axis.axis.value(*at))).collect();
        let mut top = TOP + 10;
        canvas.text(&pretty(&axis.name), (left, top), SMALL_SIZE + 4, Anchor::Left, canvas.palette.ink)?;
        for (curve, value) in figures(&values).iter().enumerate().rev() {
            top += 26;
            canvas.bar([f64::from(left), f64::from(top - 2), 28.0, 3.0], self.colour(curve))?;
            canvas.text(value, (left + 38, top), SMALL_SIZE + 1, Anchor::Left, canvas.palette.ink)?;
        }
        let notes = [
            self.grid.y.as_ref().map(|y| match self.row {
                Some(row) => {
                    format!("at {} = {}", pretty(&y.name), figure(self.grid.precision.round(y.axis.value(row))))
                }
                None => format!("means over {} seeds", self.grid.ny()),
            }),
            (self.trainings() > 1).then(|| "up to the first that ends".to_owned()),
            (self.grid.nx() > self.shown.len()).then(|| format!("{} of {} values", self.shown.len(), self.grid.nx())),
            dotted.then(|| "line: test rows".to_owned()),
            dotted.then(|| "dots: training rows".to_owned()),
        ];
        top += 16;
        for note in notes.into_iter().flatten() {
            top += 23;
            canvas.text(&note, (left, top), SMALL_SIZE, Anchor::Left, canvas.palette.faint)?;
        }
        Ok(())
    }
}

impl Output for Curves {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        let records = self.grid.records();
        for cell in 0..tile.tile.cells() {
            let y = tile.tile.y0 + cell / tile.tile.nx;
            if self.row.is_some_and(|row| row != y) {
                continue;
            }
            let Ok(curve) = self.shown.binary_search(&(tile.tile.x0 + cell % tile.tile.nx)) else { continue };
            for (values, sums) in tile.history.iter().zip(&mut self.sums) {
                let own = &values[cell * records..(cell + 1) * records];
                for (value, sum) in own.iter().step_by(self.every).zip(&mut sums[curve]) {
                    if value.is_finite() {
                        *sum = (sum.0 + value, sum.1 + 1);
                    }
                }
            }
        }
        Ok(())
    }
}
