//! `history.png` and `history-sharpness.png`: what trainings did on their way, as curves.

use super::canvas::{Anchor, Canvas, Format, Point};
use super::frame::{Frame, LEFT, SMALL_SIZE, TOP, draw_frame, draw_texts};
use super::palette::Rgb;
use super::side::Side;
use super::style::Style;
use super::typeset::{figure, figures, pretty};
use crate::analysis::edge_of_stability;
use crate::engine::Output;
use crate::sweep::{Batch, Column, ColumnKind, SEED, Split, SweepCommon, TileOutcomes};
use std::io;

/// Most curves in one picture.
const MOST_CURVES: usize = 12;
/// Most points of a curve.
const MOST_POINTS: usize = 800;
const FRAME: Frame = Frame { width: 1000, height: 600 };

/// Columns of a history in one picture.
struct Shown {
    drawn: usize,
    dotted: Option<usize>,
    /// By curve.
    edges: Vec<Option<f64>>,
}

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
        let [test, train] = [Split::Test, Split::Train].map(|split| self.position(ColumnKind::Accuracy(split)));
        let (drawn, dotted) = match (test, train) {
            (Some(test), train) => (test, train),
            (None, Some(train)) => (train, None),
            (None, None) => (0, None),
        };
        self.drawn(&Shown { drawn, dotted, edges: Vec::new() }, footer)
    }

    /// Whether the sharpness was followed.
    pub fn has_sharpness(&self) -> bool {
        self.position(ColumnKind::Measured).is_some()
    }

    /// The picture of the sharpness, and for each curve the edge of stability where there is one.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn sharpness_png(&self, footer: &str) -> io::Result<Vec<u8>> {
        let drawn = self.position(ColumnKind::Measured).unwrap_or(0);
        // Steps of a few rows have noise, which keeps below that of all rows.
        let of_all_rows = self.grid.batch == Batch::Full;
        let edge = |x: &usize| edge_of_stability(&self.grid, (*x, self.row.unwrap_or(0))).ok().filter(|_| of_all_rows);
        let edges = self.shown.iter().map(edge).collect();
        self.drawn(&Shown { drawn, dotted: None, edges }, footer)
    }

    /// Where a history has what is of this kind.
    fn position(&self, kind: ColumnKind) -> Option<usize> {
        self.grid.history.as_ref()?.columns.iter().position(|column| column.kind == kind)
    }

    fn drawn(&self, shown: &Shown, footer: &str) -> io::Result<Vec<u8>> {
        let Some(history) = &self.grid.history else { return Ok(Vec::new()) };
        let x = Side::counts("step", f64::from(self.grid.limits.steps));
        let y = self.side(&history.columns[shown.drawn], shown);
        FRAME.draw(Format::Png, self.style, |canvas| {
            draw_frame(canvas, FRAME, &x, &y)?;
            draw_texts(canvas, FRAME, &self.grid, footer)?;
            for curve in 0..self.shown.len() {
                if let Some(edge) = shown.edges.get(curve).copied().flatten().and_then(|edge| y.place(edge)) {
                    canvas.dashes(FRAME.pixel(0.0, edge), FRAME.pixel(1.0, edge), self.colour(curve))?;
                }
                if let Some(dotted) = shown.dotted {
                    self.dots(canvas, (&x, &y), dotted, curve)?;
                }
                self.line(canvas, (&x, &y), shown.drawn, curve)?;
            }
            self.legend(canvas, shown)
        })
    }

    fn side(&self, column: &Column, shown: &Shown) -> Side {
        let columns = std::iter::once(shown.drawn).chain(shown.dotted);
        let lists = columns.flat_map(|column| self.sums[column].iter().flatten());
        let means = lists.filter(|(_, count)| *count == self.trainings()).map(|(sum, count)| sum / f64::from(*count));
        let mut values: Vec<f64> = means.collect();
        let most = values.iter().copied().fold(0.0, f64::max);
        // An edge far above all curves would press them together.
        values.extend(shown.edges.iter().flatten().filter(|edge| **edge <= 3.0 * most));
        let lo = values.iter().copied().fold(f64::INFINITY, f64::min);
        let hi = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let label = column.label();
        if lo >= hi || !lo.is_finite() || !hi.is_finite() {
            return Side::range(&label, 0.0, 1.0, false);
        }
        let may_be_log = matches!(column.kind, ColumnKind::Loss(_) | ColumnKind::Measured);
        Side::range(&label, lo, hi, may_be_log && lo > 0.0 && hi > 20.0 * lo)
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

    fn legend(&self, canvas: &Canvas, shown: &Shown) -> io::Result<()> {
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
            shown.dotted.map(|_| "line: test rows".to_owned()),
            shown.dotted.map(|_| "dots: training rows".to_owned()),
            shown.edges.iter().any(Option::is_some).then(|| "dashed: the edge of".to_owned()),
            shown.edges.iter().any(Option::is_some).then(|| "stability of that rate".to_owned()),
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
