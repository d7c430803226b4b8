//! Axes: a frame, marks, labels that keep clear of each other, names. One mechanism for pictures, films and panels.

use super::canvas::{Anchor, Canvas};
use super::palette::Palette;
use super::side::{Marks, Side};
use super::ticks::with_base;
use std::io;

/// Room between labels, and between a label and what is beside it, in heights of a label.
const APART: f64 = 0.5;

/// A rectangle in which data stand, in pixels, and how its axes look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axes {
    pub left: i32,
    pub top: i32,
    pub width: i32,
    pub height: i32,
    /// Room at the left for labels and name.
    pub room: i32,
    /// Sizes of text at the marks, and of the names.
    pub tick: u32,
    pub name: u32,
    pub grid: Grid,
}

/// What is drawn at marks besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grid {
    /// Minor marks outside, between those with labels.
    Minor,
    /// A line across the panel at every label.
    Lines,
    Bare,
}

impl Axes {
    /// Draws frame, marks, labels and names.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn draw(&self, canvas: &Canvas, x: &Side, y: &Side) -> io::Result<()> {
        let name = if self.grid == Grid::Minor { canvas.palette.ink } else { canvas.palette.faint };
        let along = self.along(x);
        let (up, size) = self.up(y);
        self.draw_along(canvas, &along)?;
        self.draw_up(canvas, &up, size)?;
        self.draw_frame(canvas)?;
        let below =
            self.top + self.height + self.mark() + (f64::from(self.tick) * 1.5) as i32 + self.name as i32 * 3 / 4;
        let middle = (self.left + self.width / 2, self.top + self.height / 2);
        canvas.text(&with_base(&x.label, along.base.as_deref()), (middle.0, below), self.name, Anchor::Centre, name)?;
        let beside = self.left - self.mark() - 5 - widest(&up, size) - self.name as i32 * 3 / 4;
        let beside = beside.max(self.left - self.room + self.name as i32 / 2);
        canvas.upright(&with_base(&y.label, up.base.as_deref()), (beside, middle.1), self.name, name)
    }

    /// Length of a mark that has a label.
    fn mark(&self) -> i32 {
        (self.tick as i32 * 2 / 5).max(4)
    }

    /// The frame's four lines, around the data.
    fn draw_frame(&self, canvas: &Canvas) -> io::Result<()> {
        let (left, top, right, bottom) = (self.left - 1, self.top - 1, self.left + self.width, self.top + self.height);
        let corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)];
        corners.windows(2).try_for_each(|pair| canvas.line(pair[0], pair[1], canvas.palette.ink))
    }

    /// As many marks as have labels that keep clear of each other.
    fn along(&self, side: &Side) -> Marks {
        let clear = |marks: &Marks| {
            let label = |(place, label): &(f64, Option<String>)| {
                let width = f64::from(Canvas::text_width(label.as_ref()?, self.tick));
                let middle = place * f64::from(self.width);
                Some((middle - width / 2.0, middle + width / 2.0))
            };
            let labels: Vec<(f64, f64)> = marks.places.iter().filter_map(label).collect();
            labels.windows(2).all(|pair| pair[1].0 - pair[0].1 >= f64::from(self.tick) * APART * 1.5)
        };
        fitting(side, clear)
    }

    /// The same up the side, and the size at which the labels fit beside it.
    fn up(&self, side: &Side) -> (Marks, u32) {
        let clear = |marks: &Marks| {
            let labelled = marks.places.iter().filter(|(_, label)| label.is_some());
            let places: Vec<f64> = labelled.map(|(place, _)| place * f64::from(self.height)).collect();
            places.windows(2).all(|pair| (pair[1] - pair[0]).abs() >= f64::from(self.tick) * (1.2 + APART))
        };
        let marks = fitting(side, clear);
        let room = self.room - self.mark() - 5 - self.name as i32 * 9 / 8;
        let size = (self.tick * 8 / 9..=self.tick).rev().find(|size| widest(&marks, *size) <= room);
        (marks, size.unwrap_or(self.tick * 8 / 9))
    }

    fn draw_along(&self, canvas: &Canvas, marks: &Marks) -> io::Result<()> {
        let Palette { ink, grid, .. } = *canvas.palette;
        let (bottom, mark) = (f64::from(self.top + self.height), f64::from(self.mark()));
        for (place, label) in &marks.places {
            // The middle of a mark stands at the place.
            let at = f64::from(self.left) + place * f64::from(self.width) - 0.5;
            if label.is_some() && self.grid == Grid::Lines {
                canvas.line((at, f64::from(self.top)), (at, bottom - 1.0), grid)?;
            }
            if label.is_some() || self.grid == Grid::Minor {
                let long = if label.is_some() { mark } else { mark * 0.6 };
                canvas.line((at, bottom), (at, bottom + long.round()), ink)?;
            }
            if let Some(label) = label {
                let under = bottom + mark + f64::from(self.tick) * 0.8;
                canvas.text(label, (at + 0.5, under), self.tick, Anchor::Centre, ink)?;
            }
        }
        canvas.note_axis(&labels(marks));
        Ok(())
    }

    fn draw_up(&self, canvas: &Canvas, marks: &Marks, size: u32) -> io::Result<()> {
        let Palette { ink, grid, .. } = *canvas.palette;
        let (left, mark) = (f64::from(self.left), f64::from(self.mark()));
        for (place, label) in &marks.places {
            let at = f64::from(self.top + self.height) - place * f64::from(self.height) - 0.5;
            if label.is_some() && self.grid == Grid::Lines {
                canvas.line((left, at), (left + f64::from(self.width - 1), at), grid)?;
            }
            if label.is_some() || self.grid == Grid::Minor {
                let long = if label.is_some() { mark } else { mark * 0.6 };
                canvas.line((left - 1.0 - long.round(), at), (left - 1.0, at), ink)?;
            }
            if let Some(label) = label {
                canvas.text(label, (left - mark - 5.0, at + 0.5), size, Anchor::Right, ink)?;
            }
        }
        canvas.note_axis(&labels(marks));
        Ok(())
    }
}

fn labels(marks: &Marks) -> Vec<String> {
    marks.places.iter().filter_map(|(_, label)| label.clone()).collect()
}

fn widest(marks: &Marks, size: u32) -> i32 {
    labels(marks).iter().map(|label| Canvas::text_width(label, size)).max().unwrap_or(0)
}

/// Of the marks whose labels are clear of each other those with the most labels.
fn fitting(side: &Side, clear: impl Fn(&Marks) -> bool) -> Marks {
    const MOST: usize = 14;
    let all = (1..=MOST).map(|most| side.marks(most)).filter(clear);
    all.max_by_key(|marks| labels(marks).len()).unwrap_or_else(|| side.marks(1))
}
