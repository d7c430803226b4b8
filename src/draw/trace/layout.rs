//! Where the panels of a scene stand, and what they show.

use super::panel::{Along, Panel};
use super::scene::{MOST_PANELS, Scene, Shows, Track};
use crate::draw::ticks::{figure, pretty};

impl Scene<'_> {
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
        let columns = match number {
            0..=3 => number.max(1),
            4 => 2,
            5 | 6 | 9 => 3,
            _ => 4,
        };
        let [left, above, right, under] = self.room();
        let cell = self.size.0 as i32 / columns as i32;
        let width = cell - left - right;
        let height = if columns == 1 { width / 2 } else { width * 3 / 4 };
        let row = height + above + under;
        let head = self.head();
        self.size.1 = (head + row * number.div_ceil(columns) as i32 + self.foot()) as u32;
        let place = |at: usize| {
            let (x, y) = ((at % columns) as i32, (at / columns) as i32);
            [x * cell + left, head + y * row + above, width, height]
        };
        (0..number).map(place).collect()
    }

    pub(super) fn lay_out_curves(&mut self) {
        const CURVE_POINTS: usize = 100;
        let places = self.grid(self.shown.len() + 1);
        let name = pretty(&self.trace.descents.specs[0].objective.parameters()[0]);
        for (nth, at) in self.shown.clone().into_iter().enumerate() {
            let x = along(&name, self.trace.range(&[at], 0), false);
            let curve = self.trace.curve(at, x.whole(), CURVE_POINTS);
            let path = &self.trace.traced[at].path;
            let visited = path.parameters[0].iter().zip(&path.losses).filter(|(p, _)| (x.lo..=x.hi).contains(*p));
            let highest =
                visited.map(|(_, loss)| *loss).filter(|loss| loss.is_finite()).fold(f64::NEG_INFINITY, f64::max);
            let lowest = curve.iter().map(|(_, loss)| *loss).filter(|loss| loss.is_finite()).fold(highest, f64::min);
            let range = if highest > lowest { (lowest, highest) } else { (lowest.min(0.0), lowest.max(0.0) + 1.0) };
            let range = if range.0.is_finite() && range.1.is_finite() { range } else { (0.0, 1.0) };
            let title = format!("{}   {}", at + 1, self.trace.label(at));
            self.add_panel(places[nth], title, x, along("loss", range, false));
            self.tracks.push(Track { panel: nth, nth, shows: Shows::LossOverParameter });
        }
        self.add_loss_panel(places[self.shown.len()]);
    }

    pub(super) fn lay_out_plane(&mut self) {
        let [left, above, right, under] = self.room();
        let whole = self.size.0 as i32;
        let width = whole * 60 / 100 - left - right;
        let height = width * 88 / 100;
        let top = self.head() + above;
        self.size.1 = (top + height + under + self.foot()) as u32;
        let names = self.trace.descents.specs[0].objective.parameters();
        let sides: Vec<Along> =
            (0..2).map(|at| along(&pretty(&names[at]), self.trace.range(&self.shown, at), false)).collect();
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
        self.add_loss_panel([second + left, top, width, small]);
        self.legend = Some((second + left / 2, top + small + under + 4, whole - 8));
    }

    pub(super) fn lay_out_parameters(&mut self, parameters: usize) {
        let panels = parameters.min(MOST_PANELS - 2);
        let places = self.grid(panels + 2);
        self.add_loss_panel(places[0]);
        let names = self.trace.descents.specs[0].objective.parameters();
        for (at, name) in names.iter().take(panels).enumerate() {
            let range = self.trace.range(&self.shown, at);
            let steps = self.steps_axis();
            self.add_panel(places[at + 1], pretty(name), steps, along(&pretty(name), range, false));
            let tracks =
                (0..self.shown.len()).map(|nth| Track { panel: at + 1, nth, shows: Shows::ParameterOverSteps(at) });
            self.tracks.extend(tracks);
        }
        let [left, top, width, _] = places[panels + 1];
        self.legend = Some((left, top, left + width));
    }

    fn add_panel(&mut self, [left, top, width, height]: [i32; 4], title: String, x: Along, y: Along) {
        self.panels.push(Panel { left, top, width, height, title, x, y });
    }

    fn add_loss_panel(&mut self, place: [i32; 4]) {
        let label = if self.below == 0.0 { "loss".to_owned() } else { format!("loss − ({})", figure(self.below)) };
        let y = along(&label, self.trace.loss_range(&self.shown, self.below), true);
        let panel = self.panels.len();
        let title = if self.shown.len() == 1 { "loss by step" } else { "loss by step, all of them" };
        self.add_panel(place, title.to_owned(), self.steps_axis(), y);
        self.tracks.extend((0..self.shown.len()).map(|nth| Track { panel, nth, shows: Shows::LossOverSteps }));
    }

    fn steps_axis(&self) -> Along {
        along("step", (0.0, self.last_step().max(1) as f64), false)
    }
}

fn along(label: &str, (lo, hi): (f64, f64), log: bool) -> Along {
    Along { label: label.to_owned(), lo, hi, log }
}
