//! How values lie along one side of a frame or a panel.

use super::shades::Ranked;
use super::ticks::{TickScale, ticks};
use super::typeset::{figures, power_of_ten, pretty};
use crate::sweep::{SEED, Scale, SweepAxis, SweepCommon};

/// What a side shows, and from where to where.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    pub label: String,
    kind: SideKind,
}

#[derive(Debug, Clone, PartialEq)]
enum SideKind {
    Range(Range),
    /// Values without order: each has an equal share.
    Listed(Vec<f64>),
}

/// How values follow each other.
#[derive(Debug, Clone, Copy, PartialEq)]
enum RangeScale {
    Linear,
    Log,
    /// Nearly linear below this number on either side of 0, logarithmic beyond.
    Symmetric(f64),
}

impl RangeScale {
    fn of(log: bool) -> Self {
        if log { Self::Log } else { Self::Linear }
    }
}

/// From `lo` to `hi`, with `margin` (a share of the side) left free at both ends.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Range {
    lo: f64,
    hi: f64,
    scale: RangeScale,
    margin: f64,
    /// Whether values are whole, and so marks.
    whole: bool,
    /// Whether a mark may stand in the margin: there is something there, and no edge of a cell.
    open: bool,
}

/// Marks by their places along a side, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Marks {
    pub places: Vec<(f64, Option<String>)>,
    /// What labels count from.
    pub base: Option<String>,
}

impl Side {
    /// The side of an axis of cells: a value stands in the middle of its cell.
    pub fn of_axis(axis: &SweepAxis) -> Self {
        let values = &axis.axis;
        let kind = match values.scale() {
            Scale::Listed => SideKind::Listed((0..values.len()).map(|at| values.value(at)).collect()),
            scale => {
                let (lo, hi) = values.bounds();
                let whole = [SEED, "batch"].contains(&axis.name.as_str());
                let margin = 0.5 / values.len() as f64;
                SideKind::Range(Range {
                    lo,
                    hi,
                    scale: RangeScale::of(scale == Scale::Log),
                    margin,
                    whole,
                    open: false,
                })
            }
        };
        Self { label: pretty(&axis.name), kind }
    }

    /// The sides of a map; the upright one is empty where there is one axis.
    pub fn both(grid: &SweepCommon) -> (Self, Self) {
        let y = grid.y.as_ref().map_or_else(|| Self::range("", 0.0, 1.0, false), Self::of_axis);
        (Self::of_axis(&grid.x), y)
    }

    /// A side for plain numbers.
    pub fn range(label: &str, lo: f64, hi: f64, log: bool) -> Self {
        let range = Range { lo, hi, scale: RangeScale::of(log), margin: 0.04, whole: false, open: !log };
        Self { label: label.to_owned(), kind: SideKind::Range(range) }
    }

    /// A side for plain numbers on both sides of 0 that differ by powers of ten: linear below `linear`, logarithmic beyond; with
    /// this share of it free at both ends.
    pub fn symmetric(label: &str, (lo, hi): (f64, f64), linear: f64, margin: f64) -> Self {
        let scale = RangeScale::Symmetric(linear);
        let range = Range { lo, hi, scale, margin, whole: false, open: false };
        Self { label: label.to_owned(), kind: SideKind::Range(range) }
    }

    /// A side from `lo` to `hi` without margins.
    pub fn exact(label: &str, lo: f64, hi: f64) -> Self {
        let range = Range { lo, hi, scale: RangeScale::Linear, margin: 0.0, whole: false, open: true };
        Self { label: label.to_owned(), kind: SideKind::Range(range) }
    }

    /// A side for counts from 0 on, such as steps.
    pub fn counts(label: &str, most: f64) -> Self {
        let (scale, hi) = (RangeScale::Linear, most.max(1.0));
        let range = Range { lo: 0.0, hi, scale, margin: 0.04, whole: true, open: false };
        Self { label: label.to_owned(), kind: SideKind::Range(range) }
    }

    /// Place of a value along the side, 0 to 1; `None` where it does not lie on it.
    pub fn place(&self, value: f64) -> Option<f64> {
        match &self.kind {
            SideKind::Listed(values) => listed(values, value),
            SideKind::Range(range) => Some(range.place(value)).filter(|place| (-1e-9..=1.0 + 1e-9).contains(place)),
        }
    }

    /// As [`Side::place`], and beyond 0 and 1 for what lies outside. On a logarithmic side what is 0 or less stands at the
    /// bottom.
    pub fn reach(&self, value: f64) -> Option<f64> {
        match &self.kind {
            SideKind::Listed(values) => listed(values, value),
            SideKind::Range(range) if range.scale == RangeScale::Log && value <= 0.0 => Some(0.0),
            SideKind::Range(range) => Some(range.place(value)).filter(|place| place.is_finite()),
        }
    }

    /// The values at both ends, with their margins; of a range that is not logarithmic.
    pub fn ends(&self) -> (f64, f64) {
        match &self.kind {
            SideKind::Listed(values) => (values[0], values[values.len() - 1]),
            SideKind::Range(range) => range.ends(),
        }
    }

    /// Places and labels of the marks, with about so many labels at most. No two labels are the same.
    pub fn marks(&self, most: usize) -> Marks {
        match &self.kind {
            SideKind::Listed(values) => {
                let every = values.len().div_ceil(most.max(1));
                let labelled: Vec<f64> = values.iter().step_by(every).copied().collect();
                let texts = figures(&labelled);
                let label = |at: usize| at.is_multiple_of(every).then(|| texts[at / every].clone());
                let place = |at: usize| (at as f64 + 0.5) / values.len() as f64;
                Marks { places: (0..values.len()).map(|at| (place(at), label(at))).collect(), base: None }
            }
            SideKind::Range(range) => range.marks(most),
        }
    }
}

/// Below which number a symmetric side of numbers of these sizes is linear: half of them are larger, and to powers of ten that
/// are far below the largest it gives no room.
pub fn linear_middle(sizes: impl Iterator<Item = f64>) -> f64 {
    const POWERS: i32 = 8;
    let sizes = Ranked::of(sizes.filter(|size| *size > 0.0).collect());
    let power = |share: f64| sizes.at(share).map_or(0, |size| size.log10().floor() as i32);
    10_f64.powi(power(0.5).max(power(1.0) - POWERS))
}

/// Place of a value among those that are listed; between two of a rising list also of others.
fn listed(values: &[f64], value: f64) -> Option<f64> {
    let share = |at: f64| (at + 0.5) / values.len() as f64;
    // Rounding to f32 does not make another value of it.
    let same = |known: &f64| (known - value).abs() <= 1e-6 * known.abs();
    if let Some(at) = values.iter().position(same) {
        return Some(share(at as f64));
    }
    let at = values.windows(2).position(|pair| pair[0] < value && value < pair[1])?;
    values.is_sorted().then(|| share(at as f64 + (value - values[at]) / (values[at + 1] - values[at])))
}

impl Range {
    fn place(&self, value: f64) -> f64 {
        let Self { lo, hi, scale, margin, .. } = *self;
        let between = |of: &dyn Fn(f64) -> f64| (of(value) - of(lo)) / (of(hi) - of(lo));
        let share = match scale {
            RangeScale::Linear => between(&|value| value),
            // A ratio of the largest numbers to the smallest is beyond all numbers.
            RangeScale::Log => between(&f64::ln),
            RangeScale::Symmetric(linear) => between(&|value| (value / linear).asinh()),
        };
        margin + share * (1.0 - 2.0 * margin)
    }

    fn ends(&self) -> (f64, f64) {
        // The whole range may be beyond all numbers.
        let share = self.margin / (1.0 - 2.0 * self.margin);
        let room = self.hi * share - self.lo * share;
        (self.lo - room, self.hi + room)
    }

    fn marks(&self, most: usize) -> Marks {
        let Self { lo, hi, scale, whole, open, .. } = *self;
        if let RangeScale::Symmetric(linear) = scale {
            return self.powers(linear, most);
        }
        let most = if whole { most.min((hi - lo) as usize) } else { most };
        let scale = if scale == RangeScale::Log { TickScale::Log } else { TickScale::Linear };
        let (from, to) = if open { self.ends() } else { (lo, hi) };
        let all = ticks(scale, from, to, most);
        let inside = |value: f64| (lo..=hi).contains(&value);
        let is_mark = |value: f64| !whole || (value - value.round()).abs() < 1e-9;
        // In the margin a minor mark would be of no use.
        let kept = all
            .marks
            .into_iter()
            .filter(|tick| is_mark(tick.value) && (tick.label.is_some() || !open || inside(tick.value)));
        Marks { places: kept.map(|tick| (self.place(tick.value), tick.label)).collect(), base: all.base }
    }

    /// 0, and powers of ten on its sides.
    fn powers(&self, linear: f64, most: usize) -> Marks {
        let (first, last) = (linear.log10().round() as i32, self.lo.abs().max(self.hi.abs()).log10().floor() as i32);
        let every = (2 * (last - first + 1)).max(1).div_euclid(most.max(2) as i32).max(1);
        let of_side = |sign: f64| {
            let powers = (first..=last).rev().step_by(every as usize);
            powers.map(move |power| (sign * 10_f64.powi(power), sign < 0.0, power_of_ten(power)))
        };
        let signed = of_side(-1.0).chain(of_side(1.0)).chain([(0.0, false, "0".to_owned())]);
        // Beside 0 there is room for the label of 0 alone.
        let far = |value: f64| value == 0.0 || (self.place(value) - self.place(0.0)).abs() >= 1.0 / most.max(1) as f64;
        let inside = signed.filter(|(value, ..)| (self.lo..=self.hi).contains(value) && far(*value));
        let label = |below: bool, power: String| Some(if below { format!("−{power}") } else { power });
        let places = inside.map(|(value, below, power)| (self.place(value), label(below, power))).collect();
        Marks { places, base: None }
    }
}
