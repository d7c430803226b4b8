//! What is drawn over a map: theory, dashed, and the measured boundary, a thin line.

use super::canvas::{Anchor, Canvas, Point};
use super::frame::{Frame, LEFT, RIGHT, SMALL_SIZE};
use super::legend::Legend;
use super::side::Side;
use super::typeset::{figure, typeset};
use crate::analysis::Summary;
use crate::analysis::theory::{Curve, Known, Limit};
use crate::sweep::{SweepAxis, SweepCommon};
use std::io;

/// A picture and its axes.
pub struct Overlay<'a> {
    pub canvas: &'a Canvas,
    pub frame: Frame,
    pub grid: &'a SweepCommon,
    pub x: &'a Side,
    /// The other axis of a map; none in a 1-D sweep.
    pub y: Option<&'a Side>,
}

impl Overlay<'_> {
    /// Dashed lines at the critical learning rates, and dashed curves where both axes matter.
    pub fn theory(&self, known: &Known, legend: &mut Legend<'_>) -> io::Result<()> {
        let name = known.theory_name(self.grid);
        // Descents that begin with larger steps leave before the limit of the last.
        let holds = self.grid.last_step_is_largest();
        let limits = self.limits(if holds { known.theory.limits() } else { &[] }, &name)?;
        if !limits.is_empty() {
            let formula = known.formula(self.grid).map_or(String::new(), |formula| format!("{} = ", typeset(&formula)));
            let texts: Vec<String> = limits.iter().map(|alpha| figure(*alpha)).collect();
            let values = match texts.len() {
                1..=3 => texts.join(", "),
                count => format!("{} … {} ({count} minima)", texts[0], texts[count - 1]),
            };
            legend.dashed(&halves(&format!("{name}: α = {formula}{values}")))?;
        }
        for curve in &known.curves {
            if self.curve(curve)? {
                legend.dashed(&halves(&format!("theory: {}", typeset(&curve.label))))?;
            }
        }
        Ok(())
    }

    /// A curve; `false` where none of it lies on the picture.
    fn curve(&self, curve: &Curve) -> io::Result<bool> {
        let mut any = false;
        let place = |(x, y): &(f64, f64)| {
            let up = self.y.map_or(Some(0.0), |side| side.place(*y))?;
            Some(self.frame.point(self.x.place(*x)?, up))
        };
        // Where a line leaves the picture and comes back it is two.
        let placed = curve.lines.iter().map(|line| line.iter().map(place).collect::<Vec<_>>());
        let runs = placed.flat_map(|line| line.split(Option::is_none).map(<[_]>::to_vec).collect::<Vec<_>>());
        for points in runs.map(|run| run.into_iter().flatten().collect::<Vec<Point>>()) {
            match points[..] {
                [(at, bottom)] if self.y.is_none() => {
                    self.canvas.dashed_path(&[(at, bottom - f64::from(self.frame.height)), (at, bottom)])?;
                    any = true;
                }
                [_, _, ..] => {
                    self.canvas.dashed_path(&points)?;
                    any = true;
                }
                _ => {}
            }
        }
        Ok(any)
    }

    /// Lines across the frame, with their values; returns the α that are on it.
    fn limits(&self, limits: &[Limit], name: &str) -> io::Result<Vec<f64>> {
        let mut alphas: Vec<f64> = limits.iter().map(|limit| limit.alpha).collect();
        alphas.dedup_by(|a, b| (*a / *b - 1.0).abs() < 1e-9);
        let placed = |side: &Side| -> Vec<(f64, f64)> {
            alphas.iter().filter_map(|alpha| side.place(*alpha).map(|at| (at, *alpha))).collect()
        };
        if self.grid.x.name == "alpha" {
            let marks = placed(self.x);
            self.upright_lines(&marks, name)?;
            return Ok(marks.into_iter().map(|(_, alpha)| alpha).collect());
        }
        let Some(side) = self.y.filter(|_| self.grid.y.as_ref().is_some_and(|y| y.name == "alpha")) else {
            return Ok(Vec::new());
        };
        let marks = placed(side);
        for (at, _) in &marks {
            self.canvas.dashed_path(&[self.frame.point(0.0, *at), self.frame.point(1.0, *at)])?;
        }
        Ok(marks.into_iter().map(|(_, alpha)| alpha).collect())
    }

    fn upright_lines(&self, marks: &[(f64, f64)], name: &str) -> io::Result<()> {
        for (at, _) in marks {
            self.canvas.dashed_path(&[self.frame.point(*at, 1.0), self.frame.point(*at, 0.0)])?;
        }
        let top = self.frame.pixel(0.0, 1.0).1;
        let marks: Vec<(i32, f64)> = marks.iter().map(|(at, alpha)| (self.frame.pixel(*at, 1.0).0, *alpha)).collect();
        for (at, label) in limit_labels(&marks, name) {
            // Within the picture, also where the line is near its edge.
            let half = Canvas::text_width(&label, SMALL_SIZE) / 2;
            let at = at.clamp(LEFT + half.min(self.frame.width / 2), LEFT + self.frame.width + RIGHT - half);
            self.canvas.text(&label, (at, top - 12), SMALL_SIZE, Anchor::Centre, self.canvas.palette.ink)?;
        }
        Ok(())
    }

    /// Along every line of the map the lower edge of the first α that rises or diverges.
    pub fn measured(&self, summary: &Summary, legend: &mut Legend<'_>) -> io::Result<()> {
        let each = summary.critical.as_ref().and_then(|critical| critical.each.as_ref());
        let (Some(each), Some(y)) = (each, self.y) else { return Ok(()) };
        let on_x = self.grid.x.name == "alpha";
        let axis = if on_x { Some(&self.grid.x) } else { self.grid.y.as_ref() };
        let (Some(axis), side) = (axis, if on_x { self.x } else { y }) else { return Ok(()) };
        let place = edge(axis, side);
        let mut run: Vec<Point> = Vec::new();
        for (line, alpha) in each.iter().enumerate() {
            let Some(at) = alpha.and_then(&place) else {
                self.path(std::mem::take(&mut run))?;
                continue;
            };
            for share in [line, line + 1].map(|line| line as f64 / each.len() as f64) {
                run.push(if on_x { self.frame.point(at, share) } else { self.frame.point(share, at) });
            }
        }
        self.path(run)?;
        legend.solid(&["measured: the first α whose", "descent rises or diverges"])
    }

    /// On the edge along α: a dot where convergence ends, and a ring at the fastest α.
    pub fn picks(&self, summary: &Summary, legend: &mut Legend<'_>) -> io::Result<()> {
        let Some(advice) = &summary.advice else { return Ok(()) };
        let on_x = self.grid.x.name == "alpha";
        // Over values of another knob the two have no one place.
        if self.grid.beside_alpha().is_some_and(|other| !self.grid.is_of_starts(other)) {
            return Ok(());
        }
        let Some(side) = (if on_x { Some(self.x) } else { self.y }) else { return Ok(()) };
        let at = |alpha: f64| {
            let place = side.place(alpha)?;
            Some(if on_x { self.frame.point(place, 0.0) } else { self.frame.point(0.0, place) })
        };
        if let Some((safe, at)) = advice.safe.as_ref().and_then(|safe| Some((safe, at(safe.alpha)?))) {
            self.canvas.dot(at, 6.0, self.canvas.palette.ink)?;
            let what =
                if self.grid.is_largest_alpha(safe.alpha) { "convergence holds to" } else { "convergence ends:" };
            legend.dot(&[&format!("{what} α = {}", figure(safe.alpha))])?;
        }
        if let Some((fastest, at)) = advice.fastest.as_ref().and_then(|pick| Some((pick, at(pick.alpha)?))) {
            self.canvas.ring(at, 8.0, self.canvas.palette.ink)?;
            legend.ring(&[&format!("fastest: α = {}", figure(fastest.alpha))])?;
        }
        Ok(())
    }

    /// Along the edges of cells: steps, each on whole pixels.
    fn path(&self, points: Vec<Point>) -> io::Result<()> {
        let colour = self.canvas.palette.measured;
        points.windows(2).try_for_each(|pair| self.canvas.line(crisp(pair[0]), crisp(pair[1]), colour))
    }
}

/// The pixel whose middle is nearest to an edge.
fn crisp((x, y): Point) -> Point {
    (x.round(), y.round())
}

/// The edge of the cell of an α towards smaller ones.
fn edge<'a>(axis: &SweepAxis, side: &'a Side) -> impl Fn(f64) -> Option<f64> + use<'a> {
    let last = axis.axis.len() - 1;
    let rising = axis.axis.value(0) <= axis.axis.value(last);
    let half = if rising { -0.5 } else { 0.5 } / axis.axis.len() as f64;
    move |alpha| side.place(alpha).map(|middle| (middle + half).clamp(0.0, 1.0))
}

/// Long words on two lines, parted at a sign.
fn halves(text: &str) -> Vec<&str> {
    const MOST: i32 = 262;
    if Canvas::text_width(text, SMALL_SIZE) <= MOST {
        return vec![text];
    }
    let middle = text.len() / 2;
    let signs = text.match_indices([' ', '+']).map(|(at, _)| at);
    match signs.min_by_key(|at| at.abs_diff(middle)) {
        Some(at) => vec![&text[..at], text[at..].trim_start()],
        None => vec![text],
    }
}

/// One label per mark (ascending), or one for all of them where single ones would run into each other.
fn limit_labels(marks: &[(i32, f64)], name: &str) -> Vec<(i32, String)> {
    let single: Vec<(i32, String)> =
        marks.iter().map(|(at, alpha)| (*at, format!("α = {} ({name})", figure(*alpha)))).collect();
    let width = |text: &str| Canvas::text_width(text, SMALL_SIZE);
    let apart =
        |pair: &[(i32, String)]| pair[1].0 - pair[0].0 > i32::midpoint(width(&pair[0].1), width(&pair[1].1)) + 12;
    match (marks.first(), marks.last()) {
        (Some(first), Some(last)) if !single.windows(2).all(apart) => {
            let label = format!("α = {} … {} ({name}, {} minima)", figure(first.1), figure(last.1), marks.len());
            vec![(i32::midpoint(first.0, last.0), label)]
        }
        _ => single,
    }
}
