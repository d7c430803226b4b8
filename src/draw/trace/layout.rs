//! Where the panels of a picture stand, and what they show.

use super::fit::Fit;
use super::followed::Trace;
use super::panel::{Panel, Sizes};
use crate::draw::palette::PATHS;
use crate::draw::side::Side;
use crate::draw::typeset::{figure, pretty};

/// Most panels of a picture.
const MOST_PANELS: usize = 12;

/// What a line shows of a descent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// The loss over the only parameter.
    LossOverParameter,
    LossOverSteps,
    /// The second parameter over the first.
    Plane,
    ParameterOverSteps(usize),
    /// A formula that is shown besides.
    Shown(usize),
}

impl Shows {
    /// Whether it is a line without marks along it.
    pub fn is_plain(self) -> bool {
        matches!(self, Self::LossOverSteps | Self::Shown(_))
    }
}

/// One descent in one panel.
#[derive(Debug, Clone, Copy)]
pub struct Track {
    pub panel: usize,
    /// Position in [`Layout::shown`].
    pub nth: usize,
    pub shows: Shows,
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
    /// Where the legend stands (left, top, right), where there is one; else the outcome stands above each panel.
    pub legend: Option<(i32, i32, i32)>,
    /// The panel of rows and model.
    pub fit: Option<Fit>,
}

impl Layout {
    /// Of a picture `width` pixels wide.
    pub fn new(trace: &Trace, width: u32) -> Self {
        let parameters = trace.descents.specs[0].objective.parameters().len();
        let most = if parameters == 1 { MOST_PANELS - 1 } else { PATHS };
        let shown: Vec<usize> = (0..trace.traced.len().min(most)).collect();
        let mut layout = Self {
            size: (width, 0),
            sizes: Sizes::of(width),
            below: trace.lowest_below_zero(&shown),
            shown,
            panels: Vec::new(),
            tracks: Vec::new(),
            hidden: 0,
            legend: None,
            fit: None,
        };
        match parameters {
            1 => layout.lay_out_curves(trace),
            2 => layout.lay_out_plane(trace),
            _ => layout.lay_out_parameters(trace, parameters),
        }
        layout.lay_out_beneath(trace);
        layout
    }

    fn head(&self) -> i32 {
        (self.sizes.title + 2 * self.sizes.label) as i32 + 16
    }

    fn foot(&self) -> i32 {
        self.sizes.tick as i32 + 16
    }

    /// Room around a panel: left, above, right, below.
    fn room(&self) -> [i32; 4] {
        let (label, tick) = (self.sizes.label as i32, self.sizes.tick as i32);
        [4 * tick + 2 * label, 3 * label, label, tick + 2 * label + 6]
    }

    /// Places of `number` equal panels, row by row, and the height that they take.
    fn grid(&mut self, number: usize) -> Vec<[i32; 4]> {
        self.size.1 = (self.head() + self.foot()) as u32;
        self.beneath(number)
    }

    /// The same, beneath all that stands already.
    pub(super) fn beneath(&mut self, number: usize) -> Vec<[i32; 4]> {
        let columns = match number {
            0..=3 => number.max(1),
            4 => 2,
            5 | 6 | 9 => 3,
            _ => 4,
        };
        let [left, above, right, under] = self.room();
        let cell = self.size.0 as i32 / columns as i32;
        let width = cell - left - right;
        let height = if columns == 1 { width * 2 / 5 } else { width * 3 / 4 };
        let row = height + above + under;
        let head = self.size.1 as i32 - self.foot();
        self.size.1 += row as u32 * number.div_ceil(columns) as u32;
        let place = |at: usize| {
            let (x, y) = ((at % columns) as i32, (at / columns) as i32);
            [x * cell + left, head + y * row + above, width, height]
        };
        (0..number).map(place).collect()
    }

    fn lay_out_curves(&mut self, trace: &Trace) {
        const CURVE_POINTS: usize = 100;
        let places = self.grid(self.shown.len() + 1);
        let name = pretty(&trace.descents.specs[0].objective.parameters()[0]);
        for (nth, at) in self.shown.clone().into_iter().enumerate() {
            let x = along(&name, trace.range(&[at], 0), false);
            let curve = trace.curve(at, x.ends(), CURVE_POINTS);
            let path = &trace.traced[at].path;
            let visited = path.parameters[0].iter().zip(&path.losses).filter(|(p, _)| x.place(**p).is_some());
            let highest =
                visited.map(|(_, loss)| *loss).filter(|loss| loss.is_finite()).fold(f64::NEG_INFINITY, f64::max);
            let lowest = curve.iter().map(|(_, loss)| *loss).filter(|loss| loss.is_finite()).fold(highest, f64::min);
            let range = if highest > lowest { (lowest, highest) } else { (lowest.min(0.0), lowest.max(0.0) + 1.0) };
            let range = if range.0.is_finite() && range.1.is_finite() { range } else { (0.0, 1.0) };
            let title = format!("{}   {}", at + 1, trace.label(at));
            self.add_panel(places[nth], title, x, along("loss", range, false));
            self.tracks.push(Track { panel: nth, nth, shows: Shows::LossOverParameter });
        }
        self.add_loss_panel(trace, places[self.shown.len()]);
    }

    fn lay_out_plane(&mut self, trace: &Trace) {
        let [left, above, right, under] = self.room();
        let whole = self.size.0 as i32;
        // The map behind has values of two by two pixels.
        let width = (whole * 60 / 100 - left - right) & !1;
        let height = (width * 88 / 100) & !1;
        let top = self.head() + above;
        self.size.1 = (top + height + under + self.foot()) as u32;
        let names = trace.descents.specs[0].objective.parameters();
        let sides: Vec<Side> =
            (0..2).map(|at| along(&pretty(&names[at]), trace.range(&self.shown, at), false)).collect();
        self.add_panel(
            [left, top, width, height],
            "the loss, darker where it is lower".to_owned(),
            sides[0].clone(),
            sides[1].clone(),
        );
        self.tracks.extend((0..self.shown.len()).map(|nth| Track { panel: 0, nth, shows: Shows::Plane }));
        let second = whole * 60 / 100;
        let width = whole - second - left - right;
        let small = height * 48 / 100;
        self.add_loss_panel(trace, [second + left, top, width, small]);
        self.legend = Some((second + left / 2, top + small + under + 4, whole - 8));
    }

    fn lay_out_parameters(&mut self, trace: &Trace, parameters: usize) {
        let panels = parameters.min(MOST_PANELS - 2);
        self.hidden = parameters - panels;
        let places = self.grid(panels + 2);
        self.add_loss_panel(trace, places[0]);
        let names = trace.descents.specs[0].objective.parameters();
        for (at, name) in names.iter().take(panels).enumerate() {
            let range = trace.range(&self.shown, at);
            let steps = self.steps_axis(trace);
            self.add_panel(places[at + 1], pretty(name), steps, along(&pretty(name), range, false));
            let tracks =
                (0..self.shown.len()).map(|nth| Track { panel: at + 1, nth, shows: Shows::ParameterOverSteps(at) });
            self.tracks.extend(tracks);
        }
        let [left, top, width, _] = places[panels + 1];
        self.legend = Some((left, top, left + width));
    }

    /// Room at the left of a panel for labels and name.
    pub(super) fn label_room(&self) -> i32 {
        self.room()[0] - 2
    }

    pub(super) fn add_panel(&mut self, [left, top, width, height]: [i32; 4], title: String, x: Side, y: Side) {
        let room = self.label_room();
        self.panels.push(Panel { left, top, width, height, room, title, x, y });
    }

    fn add_loss_panel(&mut self, trace: &Trace, place: [i32; 4]) {
        let label = if self.below == 0.0 { "loss".to_owned() } else { format!("loss − ({})", figure(self.below)) };
        let y = along(&label, trace.loss_range(&self.shown, self.below), true);
        let panel = self.panels.len();
        let title = if self.shown.len() == 1 { "loss by step" } else { "loss by step, all of them" };
        self.add_panel(place, title.to_owned(), self.steps_axis(trace), y);
        self.tracks.extend((0..self.shown.len()).map(|nth| Track { panel, nth, shows: Shows::LossOverSteps }));
    }

    pub(super) fn steps_axis(&self, trace: &Trace) -> Side {
        Side::counts("step", trace.last_step(&self.shown) as f64)
    }
}

fn along(label: &str, (lo, hi): (f64, f64), log: bool) -> Side {
    Side::range(label, lo, hi, log)
}
