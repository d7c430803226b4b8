//! The rows of the data, and how the model of a descent comes to lie among them.

use super::followed::Trace;
use super::panel::Panel;
use super::window::{Range, spread};
use crate::draw::canvas::{Canvas, Point};
use crate::draw::palette::Rgb;
use crate::draw::side::Side;
use crate::draw::typeset::pretty;
use crate::sweep::Predictor;
use std::io;

/// Rows that are drawn; of more, as many at equal distances.
const MOST_ROWS: usize = 2000;
/// Up to so many rows have large dots.
const FEW_ROWS: usize = 300;

/// Rows and predictions over one of the model's inputs.
#[derive(Debug, Clone)]
pub struct Fit {
    /// Position in [`Layout::panels`](super::layout::Layout::panels).
    pub panel: usize,
    /// The input along the panel, by its place, and a row with every input at its mean.
    input: usize,
    means: Vec<f64>,
    /// All rows: input and target.
    rows: Vec<Point>,
    /// By descent, in the order in which they are shown.
    predictors: Vec<Predictor>,
    /// The descents that are shown.
    shown: Vec<usize>,
}

/// Steps besides the first and the last at which a model is drawn for good: powers of ten.
fn is_chosen(step: usize) -> bool {
    step > 0 && step == 10_usize.pow(step.ilog10())
}

impl Fit {
    /// That of the descents that are shown; `None` where no model is known, or not what it predicts, or where it reads no column.
    pub fn new(trace: &Trace, shown: &[usize], panel: usize) -> Option<Self> {
        let asked = trace.descents.fit.as_ref()?;
        let (model, first) = (&asked.model, *shown.first()?);
        let (spec, cell) = (trace.descents.spec(first), trace.descents.list[first].cell);
        let target = spec.rows_in(cell, model.target.as_ref()?);
        let columns: Vec<Vec<f64>> = model.inputs.iter().map(|name| spec.rows_in(cell, name)).collect();
        let means = columns.iter().map(|values| values.iter().sum::<f64>() / values.len() as f64).collect();
        let predictors = shown.iter().map(|at| trace.descents.predictor(*at)).collect::<Option<Vec<_>>>()?;
        let mut fit = Self { panel, input: 0, means, rows: Vec::new(), predictors, shown: shown.to_vec() };
        let nth = fit.steady(trace).next().unwrap_or(0);
        let end = &trace.traced[shown[nth]].parameters;
        let of_input = |input: usize| fit.influence(nth, end, (input, &columns[input]));
        let influences: Vec<f64> = (0..columns.len()).map(of_input).collect();
        let most = (0..columns.len()).rev().max_by(|a, b| influences[*a].total_cmp(&influences[*b]))?;
        fit.input = asked.x.unwrap_or(most);
        fit.rows = columns[fit.input].iter().copied().zip(target).collect();
        (!fit.rows.is_empty()).then_some(fit)
    }

    /// The shown descents, by their places, that do not get worse.
    fn steady(&self, trace: &Trace) -> impl Iterator<Item = usize> {
        let is_steady = |nth: &usize| !trace.traced[self.shown[*nth]].outcome.gets_worse();
        (0..self.shown.len()).filter(is_steady)
    }

    /// The variance of the predictions over the rows of one column, where all others are at their means.
    fn influence(&self, nth: usize, point: &[f64], (input, values): (usize, &[f64])) -> f64 {
        let values = thinned(values.len()).map(|row| self.at(nth, point, (input, values[row])));
        let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / values.len().max(1) as f64
    }

    /// A prediction where one input has this value and all others are at their means.
    fn at(&self, nth: usize, point: &[f64], (input, value): (usize, f64)) -> f64 {
        let mut row = self.means.clone();
        row[input] = value;
        self.predictors[nth].predict(point, &row)
    }

    /// What the model of a descent predicts at a value along the panel, after a step.
    pub fn prediction(&self, trace: &Trace, (nth, step): (usize, usize), x: f64) -> f64 {
        self.at(nth, &trace.traced[self.shown[nth]].path.point(step), (self.input, x))
    }

    /// The panel at this place; `room` is for labels at its left.
    pub fn panel(&self, trace: &Trace, [left, top, width, height]: [i32; 4], room: i32) -> Panel {
        let (x, y) = self.sides(trace);
        Panel { left, top, width, height, room, title: self.title(trace), x, y }
    }

    fn sides(&self, trace: &Trace) -> (Side, Side) {
        let Some(asked) = &trace.descents.fit else { unreachable!("a fit is made of a model") };
        let model = &asked.model;
        let questions = asked.asked.iter().filter(|_| model.inputs.len() == 1).map(|row| row[self.input]);
        let across = around(spread(self.rows.iter().map(|row| row.0).chain(questions)), 2.0);
        let x = Side::range(&pretty(&model.inputs[self.input]), across.0, across.1, false);
        let probability = if model.is_probability { &[0.0, 1.0][..] } else { &[] };
        let of_rows = spread(self.rows.iter().map(|row| row.1).chain(probability.iter().copied()));
        let up = around(self.with_predictions(trace, of_rows, x.ends()), 0.5);
        let target = model.target.as_deref().map_or(String::new(), pretty);
        let label = if model.is_probability { format!("probability that {target} = 1") } else { target };
        (x, Side::range(&label, up.0, up.1, false))
    }

    /// The range of the rows, and of what models predict at first and at last, as far as the rows are apart.
    fn with_predictions(&self, trace: &Trace, rows: Range, ends: Range) -> Range {
        const PLACES: usize = 20;
        let apart = if rows.1 > rows.0 { rows.1 - rows.0 } else { rows.1.abs().max(1.0) };
        let x = |at: usize| ends.0 + (ends.1 - ends.0) * at as f64 / PLACES as f64;
        let of = |nth: usize| [0, trace.traced[self.shown[nth]].path.shown].map(|step| (nth, step));
        let all = self.steady(trace).flat_map(of);
        let values = all.flat_map(|place| (0..=PLACES).map(move |at| self.prediction(trace, place, x(at))));
        let near = values.filter(|value| value.is_finite()).map(|value| value.clamp(rows.0 - apart, rows.1 + apart));
        spread(near.chain([rows.0, rows.1]))
    }

    fn title(&self, trace: &Trace) -> String {
        let last = self.shown.iter().map(|at| trace.traced[*at].path.steps()).max().unwrap_or(0);
        let chosen: Vec<String> = (1..last).filter(|step| is_chosen(*step)).map(|step| step.to_string()).collect();
        let thin = if chosen.is_empty() { String::new() } else { format!(", thin after steps {}", chosen.join(", ")) };
        let others = if self.means.len() > 1 { "; other columns at their means" } else { "" };
        let (rows, drawn) = (self.rows.len(), thinned(self.rows.len()).len());
        let left_out = if drawn < rows { format!("; {drawn} of {rows} rows") } else { String::new() };
        format!("the rows, and the fit: dotted at the start{thin}, bold at the end{others}{left_out}")
    }

    /// Draws the rows. Few of them stand out from every line, with an edge; of many the lines are to be seen.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn draw_rows(&self, canvas: &Canvas, panel: &Panel) -> io::Result<()> {
        let rows = thinned(self.rows.len()).map(|row| self.rows[row]);
        let mut places = rows.filter_map(|(x, y)| panel.inside(panel.place(x, y)?));
        places.try_for_each(|at| {
            if !self.has_few_rows() {
                return canvas.dot(at, 2.0, canvas.palette.curves[1]);
            }
            canvas.dot(at, 4.5, canvas.palette.paper)?;
            canvas.dot(at, 3.0, canvas.palette.ink)
        })
    }

    fn has_few_rows(&self) -> bool {
        self.rows.len() <= FEW_ROWS
    }

    /// Draws the rows over what has been drawn, where they are few.
    fn bring_rows_up(&self, canvas: &Canvas, panel: &Panel) -> io::Result<()> {
        if self.has_few_rows() { self.draw_rows(canvas, panel) } else { Ok(()) }
    }

    /// Draws the models of the steps after `from` up to `to` that stay: the first, chosen ones, the last.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn progress(
        &self,
        (canvas, panel): (&Canvas, &Panel),
        trace: &Trace,
        (from, to): (usize, usize),
        colour: impl Fn(usize) -> Rgb,
    ) -> io::Result<()> {
        for nth in 0..self.shown.len() {
            let last = trace.traced[self.shown[nth]].path.steps();
            let line = |step: usize| panel.runs(&self.places(trace, panel, (nth, step)));
            if from == 0 {
                line(0).iter().try_for_each(|run| dotted(canvas, run, (colour(nth), false)))?;
            }
            for step in (from + 1..=to.min(last)).filter(|step| is_chosen(*step) && *step < last) {
                line(step).iter().try_for_each(|run| canvas.path(run, 1.0, colour(nth)))?;
            }
            if last <= to && (last > from || last == 0 && from == 0) {
                line(last).iter().try_for_each(|run| canvas.path(run, 2.5, colour(nth)))?;
                self.draw_answers((canvas, panel), trace, (nth, last), colour(nth))?;
            }
        }
        self.bring_rows_up(canvas, panel)
    }

    /// Rings where the model of one input was asked.
    fn draw_answers(
        &self,
        (canvas, panel): (&Canvas, &Panel),
        trace: &Trace,
        place: (usize, usize),
        colour: Rgb,
    ) -> io::Result<()> {
        let asked = trace.descents.fit.iter().flat_map(|fit| &fit.asked).filter(|row| row.len() == 1);
        let at = |row: &Vec<f64>| panel.inside(panel.place(row[0], self.prediction(trace, place, row[0]))?);
        asked.filter_map(at).try_for_each(|at| canvas.ring(at, 7.0, colour))
    }

    /// Draws where the models are at a step.
    ///
    /// # Errors
    /// A drawing failure.
    pub fn now(
        &self,
        (canvas, panel): (&Canvas, &Panel),
        trace: &Trace,
        step: usize,
        colour: impl Fn(usize) -> Rgb,
    ) -> io::Result<()> {
        for nth in 0..self.shown.len() {
            let step = step.min(trace.traced[self.shown[nth]].path.steps());
            let runs = panel.runs(&self.places(trace, panel, (nth, step)));
            runs.iter().try_for_each(|run| canvas.path(run, 3.5, colour(nth)))?;
        }
        self.bring_rows_up(canvas, panel)
    }

    fn places(&self, trace: &Trace, panel: &Panel, (nth, step): (usize, usize)) -> Vec<Option<Point>> {
        let points = (panel.width / 4).max(2);
        let (lo, hi) = panel.x.ends();
        let point = trace.traced[self.shown[nth]].path.point(step);
        let share = |at: i32| f64::from(at) / f64::from(points);
        let x = |at: i32| lo * (1.0 - share(at)) + hi * share(at);
        (0..=points).map(|at| panel.place(x(at), self.at(nth, &point, (self.input, x(at))))).collect()
    }
}

/// The rows that are drawn, of so many.
fn thinned(rows: usize) -> impl ExactSizeIterator<Item = usize> {
    let drawn = rows.min(MOST_ROWS);
    (0..drawn).map(move |at| at * rows / drawn)
}

/// A range that is one value, with room on both sides of it.
fn around((lo, hi): Range, room: f64) -> Range {
    let room = lo.abs().max(1.0) * room;
    if hi - lo > 1e-12 * lo.abs().max(hi.abs()) { (lo, hi) } else { (lo - room, hi + room) }
}

/// Dots along a line; with an edge they are seen on a line of their own colour.
pub(super) fn dotted(canvas: &Canvas, points: &[Point], (colour, is_edged): (Rgb, bool)) -> io::Result<()> {
    const APART: f64 = 6.0;
    let mut left = 0.0;
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        while left <= length {
            let share = if length > 0.0 { left / length } else { 0.0 };
            let at = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            if is_edged {
                canvas.dot(at, 2.5, canvas.palette.paper)?;
            }
            canvas.dot(at, 1.5, colour)?;
            left += APART;
        }
        left -= length;
    }
    Ok(())
}
