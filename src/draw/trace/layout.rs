//! Which panels a picture has, where they stand, and what they show.

use super::fit::Fit;
use super::followed::Trace;
use super::marks::{Key, Mark};
use super::panel::{Panel, Sizes};
use super::track::{Shows, Track};
use super::view::COARSE;
use crate::draw::canvas::Canvas;
use crate::draw::frame::on_one_line;
use crate::draw::side::Side;
use crate::draw::typeset::{figure, pretty};

/// Most panels of one descent each, and of one parameter each.
const MOST_WELLS: usize = 7;
const MOST_CURVES: usize = 8;

/// A panel that has no place yet.
pub(super) struct Draft {
    pub title: String,
    pub x: Side,
    pub y: Side,
    pub shows: Shows,
    /// Positions in [`Layout::shown`].
    pub of: Vec<usize>,
}

/// Where the list of descents stands.
#[derive(Debug, Clone, Copy)]
pub struct Legend {
    pub top: i32,
    pub columns: i32,
    /// Width of a column, and height of a line.
    pub cell: (i32, i32),
}

/// Everything that is drawn, and its place.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Width and height in pixels.
    pub size: (u32, u32),
    pub sizes: Sizes,
    /// The descents that are drawn.
    pub shown: Vec<usize>,
    pub panels: Vec<Panel>,
    pub tracks: Vec<Track>,
    /// What is taken off losses so that they have logarithms.
    pub below: f64,
    /// Parameters that have no panel.
    pub hidden: usize,
    /// Where not every descent has a panel of its own, that says what it is.
    pub legend: Option<Legend>,
    /// The panel of rows and model.
    pub fit: Option<Fit>,
    /// Columns in which numbers stand beside a panel over steps.
    pub number_columns: usize,
    /// What the marks mean.
    pub key: Key,
}

impl Layout {
    /// Of a picture `width` pixels wide.
    pub fn new(trace: &Trace, width: u32) -> Self {
        let parameters = trace.descents.specs[0].objective.parameters().len();
        let shown = trace.shown();
        let mut layout = Self {
            size: (width, 0),
            sizes: Sizes::of(width),
            below: trace.lowest_below_zero(&shown),
            shown,
            panels: Vec::new(),
            tracks: Vec::new(),
            hidden: parameters.saturating_sub(MOST_CURVES),
            legend: None,
            fit: None,
            number_columns: 1,
            key: Key::default(),
        };
        let drafts = layout.drafts(trace, parameters);
        let is_plane = drafts[0].shows == Shows::Plane;
        let places = if is_plane { layout.beside_a_plane(drafts.len() - 1) } else { layout.grid(drafts.len()) };
        drafts.into_iter().zip(places).for_each(|(draft, place)| layout.add(draft, place));
        layout.lay_out_beneath(trace);
        if layout.tracks.iter().filter(|track| track.shows == Shows::LossOverParameter).count() < layout.shown.len() {
            layout.add_legend(trace);
        }
        layout.settle(trace);
        let (key, bottom) = Key::new(&layout.marks(trace), layout.size.1 as i32 + 8, width as i32, layout.sizes.tick);
        layout.key = key;
        layout.size.1 = bottom as u32 + layout.sizes.tick + 16;
        layout
    }

    /// The marks that there are.
    fn marks(&self, trace: &Trace) -> Vec<Mark> {
        let of = |track: &Track| {
            let own = match (track.leaving, track.end) {
                (Some(_), _) => Some(Mark::Arrow),
                (None, end) => end.map(|_| Mark::of(trace.traced[self.shown[track.nth]].outcome)),
            };
            let start = (!track.shows.over_steps()).then_some(Mark::Start);
            let rests = self.rests(trace, track).into_iter().map(|(mark, _)| mark);
            own.into_iter().chain(start).chain(rests).collect::<Vec<_>>()
        };
        self.tracks.iter().flat_map(of).collect()
    }

    /// All panels, in the order in which they stand.
    fn drafts(&self, trace: &Trace, parameters: usize) -> Vec<Draft> {
        let mut drafts = match parameters {
            1 => self.wells(trace),
            2 => vec![self.plane(trace)],
            _ => Vec::new(),
        };
        drafts.push(self.losses(trace));
        drafts.extend((0..parameters.min(MOST_CURVES)).map(|at| self.parameter(trace, at)));
        drafts
    }

    pub(super) fn all(&self) -> Vec<usize> {
        (0..self.shown.len()).collect()
    }

    /// The same valley for every descent.
    fn wells(&self, trace: &Trace) -> Vec<Draft> {
        let own = trace.spread_over_losses(self.shown.clone(), MOST_WELLS);
        let x = trace.range.unwrap_or_else(|| trace.where_finite(own[0], trace.window(&self.shown, 0, true)));
        let (lo, hi) = trace.valley(&own, x);
        let name = pretty(&trace.descents.specs[0].objective.parameters()[0]);
        let well = |at: &usize| Draft {
            title: format!("{}   {}", at + 1, trace.label(*at)),
            x: Side::exact(&name, x.0, x.1),
            y: Side::range("loss", lo, hi, false),
            shows: Shows::LossOverParameter,
            of: self.shown.iter().position(|shown| shown == at).into_iter().collect(),
        };
        own.iter().map(well).collect()
    }

    fn plane(&self, trace: &Trace) -> Draft {
        let names = trace.descents.specs[0].objective.parameters();
        let side = |at: usize| {
            let range = trace.range.filter(|_| at == 0).unwrap_or_else(|| trace.window(&self.shown, at, false));
            Side::exact(&pretty(&names[at]), range.0, range.1)
        };
        let title = if trace.has_map() {
            "the loss, darker where it is lower"
        } else {
            "the paths; the loss is not drawn over so many rows"
        };
        Draft { title: title.to_owned(), x: side(0), y: side(1), shows: Shows::Plane, of: self.all() }
    }

    fn losses(&self, trace: &Trace) -> Draft {
        let label = if self.below == 0.0 { "loss".to_owned() } else { format!("loss − ({})", figure(self.below)) };
        let (lo, hi) = trace.loss_range(&self.shown, self.below);
        let title = if self.shown.len() == 1 { "loss by step" } else { "loss by step, all of them" };
        let title = if trace.descents.flow { "loss by step (dotted: flow)" } else { title };
        Draft {
            title: title.to_owned(),
            x: self.steps_side(trace),
            y: Side::range(&label, lo, hi, true),
            shows: Shows::LossOverSteps,
            of: self.all(),
        }
    }

    fn parameter(&self, trace: &Trace, at: usize) -> Draft {
        let name = pretty(&trace.descents.specs[0].objective.parameters()[at]);
        let (lo, hi) = trace.window(&self.shown, at, false);
        Draft {
            title: format!("{name} by step{}", if trace.only_minimum().is_some() { " (dashes: minimum)" } else { "" }),
            x: self.steps_side(trace),
            y: Side::exact(&name, lo, hi),
            shows: Shows::ParameterOverSteps(at),
            of: self.all(),
        }
    }

    pub(super) fn steps_side(&self, trace: &Trace) -> Side {
        let label = match trace.epoch() {
            None => "step".to_owned(),
            Some(1) => "step = epoch".to_owned(),
            Some(steps) => format!("step (1 epoch = {steps} steps)"),
        };
        Side::counts(&label, trace.last_step(&self.shown) as f64)
    }

    fn head(&self) -> i32 {
        (self.sizes.title + 2 * self.sizes.label) as i32 + 16
    }

    /// Room around a panel: left, above, right, below.
    fn room(&self) -> [i32; 4] {
        let (label, tick) = (self.sizes.label as i32, self.sizes.tick as i32);
        [4 * tick + 2 * label, 3 * label, label, tick + 2 * label + 6]
    }

    /// Places of `number` equal panels, row by row.
    fn grid(&mut self, number: usize) -> Vec<[i32; 4]> {
        self.size.1 = self.head() as u32;
        self.beneath(number)
    }

    /// The same, beneath all that stands already.
    pub(super) fn beneath(&mut self, number: usize) -> Vec<[i32; 4]> {
        /// Less is too narrow for labels.
        const LEAST: i32 = 130;
        let wanted = match number {
            0..=3 => number.max(1),
            4 => 2,
            _ => 3,
        };
        let [left, above, right, under] = self.room();
        let columns = wanted.min((self.size.0 as i32 / (left + right + LEAST)).max(1) as usize);
        let cell = self.size.0 as i32 / columns as i32;
        let width = cell - left - right;
        let height = if columns == 1 { width * 2 / 5 } else { width * 3 / 4 };
        let row = height + above + under;
        let head = self.size.1 as i32;
        self.size.1 += row as u32 * number.div_ceil(columns) as u32;
        let place = |at: usize| {
            let (x, y) = ((at % columns) as i32, (at / columns) as i32);
            [x * cell + left, head + y * row + above, width, height]
        };
        (0..number).map(place).collect()
    }

    /// A large panel, and `number` more in a column beside it.
    fn beside_a_plane(&mut self, number: usize) -> Vec<[i32; 4]> {
        let [left, above, right, under] = self.room();
        let (whole, number) = (self.size.0 as i32, number as i32);
        let second = whole * 60 / 100;
        // The map behind has blocks of pixels.
        let blocks = |pixels: i32| pixels - pixels % COARSE as i32;
        let width = blocks(second - left - right);
        let lowest = number * (above + under + width / 6) - above - under;
        let height = blocks(width.max(lowest));
        let top = self.head() + above;
        self.size.1 = (top + height + under) as u32;
        let row = (height + above + under) / number;
        let beside = |at: i32| [second + left, top + at * row, whole - second - left - right, row - above - under];
        std::iter::once([left, top, width, height]).chain((0..number).map(beside)).collect()
    }

    pub(super) fn add(&mut self, draft: Draft, [left, top, width, height]: [i32; 4]) {
        let Draft { title, x, y, shows, of } = draft;
        let numbers = if shows.over_steps() { self.beside(height) } else { 0 };
        let panel = self.panels.len();
        let room = self.label_room();
        self.panels.push(Panel { left, top, width: width - numbers, height, room, title, x, y });
        self.tracks.extend(of.into_iter().map(|nth| Track { panel, nth, shows, leaving: None, end: None }));
    }

    /// Room at the left of a panel for labels and name.
    pub(super) fn label_room(&self) -> i32 {
        self.room()[0] - 2
    }

    /// Height of a line of numbers, and width of a column of them.
    pub fn number_cell(&self) -> (f64, i32) {
        let most = self.shown.last().map_or(1, |at| at + 1).to_string();
        (f64::from(self.sizes.tick) * 1.25, Canvas::text_width(&most, self.sizes.tick) + self.sizes.tick as i32 / 2)
    }

    /// How far numbers may stand over a panel and under it.
    pub fn over_and_under(&self) -> [f64; 2] {
        let [_, above, _, under] = self.room().map(f64::from);
        [above * 0.7, under * 0.8]
    }

    /// Room that numbers take at the right of a panel.
    fn beside(&mut self, height: i32) -> i32 {
        let (line, column) = self.number_cell();
        let [above, under] = self.over_and_under();
        let lines = (((f64::from(height) + above + under) / line) as usize + 1).max(1);
        self.number_columns = self.number_columns.max(self.shown.len().div_ceil(lines));
        self.number_columns as i32 * column + self.sizes.tick as i32 / 2
    }

    fn add_legend(&mut self, trace: &Trace) {
        let size = self.sizes.label;
        let line = size as i32 * 3 / 2;
        let entries = self.shown.iter().map(|at| on_one_line(&legend_entry(trace, *at)));
        let widest = entries.map(|entry| Canvas::text_width(&entry, size)).max().unwrap_or(0) + SWATCH + 24;
        let room = self.size.0 as i32 - 24;
        let columns = (room / widest.max(1)).clamp(1, self.shown.len() as i32);
        self.legend = Some(Legend { top: self.size.1 as i32 + line, columns, cell: (room / columns, line) });
        let rows = self.shown.len().div_ceil(columns as usize) as i32;
        self.size.1 += ((rows + 1) * line) as u32;
    }
}

/// Width of a sample of a line in the legend, with the room after it.
pub const SWATCH: i32 = 32;

/// What the legend says of a descent, once it has ended.
fn legend_entry(trace: &Trace, at: usize) -> String {
    format!("{}   {}:  {}", at + 1, trace.label(at), trace.ending(at))
}
