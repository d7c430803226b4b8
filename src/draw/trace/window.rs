//! Which part of a problem the panels show: the same for all of them, and as large as the paths that stay.

use super::followed::Trace;
use crate::engine::Traced;

/// A range of values.
pub type Range = (f64, f64);

/// So many widths of what is near are shown at most.
const REACH: f64 = 25.0;
/// Left free at each end, as a share of the whole.
const MARGIN: f64 = 0.085;

impl Trace {
    /// The last step that any of these descents made.
    pub fn last_step(&self, descents: &[usize]) -> usize {
        descents.iter().map(|at| self.traced[*at].path.steps()).max().unwrap_or(0)
    }

    /// The range of a parameter that shows these descents: their starts, the minimum that they are nearest to, and where
    /// those go that stay. Who leaves is seen leaving. If it is to have `both_sides`, and where all leave, the minimum stands
    /// in the middle, or the minima that are near do.
    pub fn window(&self, descents: &[usize], parameter: usize, both_sides: bool) -> Range {
        let values = |at: &usize| self.traced[*at].path.parameters[parameter].iter().copied();
        let starts = || descents.iter().filter_map(|at| values(at).next()).filter(|value| value.is_finite());
        let staying: Vec<usize> = descents.iter().copied().filter(|at| stays(&self.traced[*at])).collect();
        let ends = || staying.iter().filter_map(|at| values(at).last());
        let home = self.home(if staying.is_empty() { descents } else { &staying }, parameter);
        let near = match home {
            Some(home) => spread(starts().chain([home]).chain(ends()).filter(|value| value.is_finite())),
            None => spread(descents.iter().flat_map(|at| values(at).take(2)).filter(|value| value.is_finite())),
        };
        let width = (near.1 - near.0).min(f64::MAX / 100.0);
        let inside = |value: &f64| *value >= near.0 - REACH * width && *value <= near.1 + REACH * width;
        // Where nothing is known to go to, the paths themselves are all there is.
        let followed = if staying.is_empty() && home.is_none() { descents } else { &staying };
        let (lo, hi) = spread(followed.iter().flat_map(values).filter(inside).chain([near.0, near.1]));
        let (lo, hi) = match home.filter(|_| both_sides || staying.is_empty()) {
            Some(home) => {
                let middle = self.middle(parameter, (near.0 - width, near.1 + width)).unwrap_or(home);
                let half = (middle - lo).max(hi - middle);
                (middle - half, middle + half)
            }
            None => (lo, hi),
        };
        if hi - lo > 1e-12 * lo.abs().max(hi.abs()) { with_margin((lo, hi)) } else { widened(lo) }
    }

    /// Where along a parameter the minimum stands that is nearest to where these descents end, or else begin.
    fn home(&self, descents: &[usize], parameter: usize) -> Option<f64> {
        let last = |at: &usize| {
            let list = &self.traced[*at].path.parameters[parameter];
            if stays(&self.traced[*at]) { list.last().copied() } else { list.first().copied() }
        };
        let (lo, hi) = spread(descents.iter().filter_map(last).filter(|value| value.is_finite()));
        let middle = f64::midpoint(lo, hi);
        let minima = self.rests().iter().filter(|rest| rest.class.is_minimum()).map(|rest| rest.point[parameter]);
        minima.min_by(|a, b| (a - middle).abs().total_cmp(&(b - middle).abs()))
    }

    /// The middle of the minima in a range.
    fn middle(&self, parameter: usize, (lo, hi): Range) -> Option<f64> {
        let minima = self.rests().iter().filter(|rest| rest.class.is_minimum()).map(|rest| rest.point[parameter]);
        let (first, last) = spread(minima.filter(|value| (lo..=hi).contains(value)));
        (first <= last).then(|| f64::midpoint(first, last))
    }

    /// What is taken off losses so that their logarithms exist: 0 where all are positive, else the lowest of all.
    pub fn lowest_below_zero(&self, descents: &[usize]) -> f64 {
        self.losses(descents).filter(|loss| loss.is_finite()).fold(0.0, f64::min)
    }

    /// Smallest and largest positive loss, once `below` is taken off: of the descents that stay and of all starts, and of
    /// those that leave only so much that the others are still seen.
    pub fn loss_range(&self, descents: &[usize], below: f64) -> Range {
        let positive = |losses: &mut dyn Iterator<Item = f64>| {
            spread(losses.map(|loss| loss - below).filter(|loss| loss.is_finite() && *loss > 0.0))
        };
        let (lo, mut hi) = positive(&mut self.losses(descents));
        if !hi.is_finite() || hi <= 0.0 {
            return (0.1, 1.0);
        }
        let staying: Vec<usize> = descents.iter().copied().filter(|at| stays(&self.traced[*at])).collect();
        let starts = descents.iter().map(|at| self.traced[*at].path.losses[0]);
        let near = positive(&mut self.losses(&staying).chain(starts)).1;
        if !staying.is_empty() && near.is_finite() && near > 0.0 {
            const LEAST: f64 = 1e3;
            hi = hi.min(near * (near.ln() / 2.0 - lo.ln() / 2.0).exp().max(LEAST));
        }
        if lo < hi / 10.0 { (lo, hi) } else { (lo / 3.2, (hi * 3.2).min(f64::MAX)) }
    }

    fn losses<'a>(&'a self, descents: &'a [usize]) -> impl Iterator<Item = f64> + 'a {
        descents.iter().flat_map(|at| self.traced[*at].path.losses.iter().copied())
    }

    /// From the lowest loss to the highest that was visited, for all panels of the loss over the only parameter.
    pub fn valley(&self, descents: &[usize], x: Range) -> Range {
        const CURVE_POINTS: usize = 128;
        let visited = descents.iter().flat_map(|at| {
            let path = &self.traced[*at].path;
            path.parameters[0].iter().copied().zip(path.losses.iter().copied())
        });
        let seen = visited.filter(|(value, loss)| (x.0..=x.1).contains(value) && loss.is_finite());
        let (least, most) = spread(seen.map(|(_, loss)| loss));
        let curves = descents.iter().flat_map(|at| self.curve(*at, x, CURVE_POINTS)).map(|(_, loss)| loss);
        let curve = spread(curves.filter(|loss| loss.is_finite()));
        let lowest = least.min(curve.0);
        let highest = if most > lowest { most } else { curve.1 };
        let top = (highest + (highest - lowest) * 0.1).min(highest.max(curve.1));
        let range = if top > lowest { (lowest, top) } else { (lowest.min(0.0), lowest.max(0.0) + 1.0) };
        if range.0.is_finite() && range.1.is_finite() { range } else { (0.0, 1.0) }
    }

    /// Without the ends at which the loss is none: a logarithm has no other side.
    pub fn where_finite(&self, descent: usize, x: Range) -> Range {
        const POINTS: usize = 257;
        let curve = self.curve(descent, x, POINTS);
        let is_number = |(_, loss): &(f64, f64)| loss.is_finite();
        let ends = curve.iter().position(is_number).zip(curve.iter().rposition(is_number));
        let beside = |at: usize, by: isize| curve[at.saturating_add_signed(by).min(POINTS - 1)].0;
        ends.filter(|(first, last)| last > first).map_or(x, |(first, last)| (beside(first, -1), beside(last, 1)))
    }
}

/// Whether all of a path is to be seen.
fn stays(traced: &Traced) -> bool {
    !traced.outcome.gets_worse()
}

pub(super) fn spread(values: impl Iterator<Item = f64>) -> Range {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), value| (lo.min(value), hi.max(value)))
}

fn with_margin((lo, hi): Range) -> Range {
    // The whole range may be beyond all numbers.
    let room = hi * MARGIN - lo * MARGIN;
    ((lo - room).max(f64::MIN), (hi + room).min(f64::MAX))
}

/// A range around a value that never moved.
fn widened(value: f64) -> Range {
    let value = if value.is_finite() { value } else { 0.0 };
    let half = value.abs().max(1.0) / 2.0;
    ((value - half).max(f64::MIN), (value + half).min(f64::MAX))
}
