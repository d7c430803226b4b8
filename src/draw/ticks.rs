//! Where an axis has marks, and what they say.

use super::typeset::{figure, figure_to, power_of_ten, scientific};

/// How an axis runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TickScale {
    Linear,
    Log,
}

/// A mark on an axis; those without a label are minor.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    pub value: f64,
    pub label: Option<String>,
}

/// The marks of an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticks {
    pub marks: Vec<Tick>,
    /// What labels count from, where values differ by less than a label can show.
    pub base: Option<String>,
}

impl Ticks {
    fn plain(marks: Vec<Tick>) -> Self {
        Self { marks, base: None }
    }

    /// One value.
    fn one(value: f64) -> Self {
        Self::plain(vec![Tick { value, label: Some(figure(value)) }])
    }
}

/// The name of an axis with what its labels count from: `β = −10 + …`.
pub fn with_base(name: &str, base: Option<&str>) -> String {
    base.map_or_else(|| name.to_owned(), |base| format!("{name} = {base} + …"))
}

/// Marks between `lo` and `hi`, with at most about `most` labels, and a bounded number of them for any two numbers. No two
/// labels are the same.
pub fn ticks(scale: TickScale, lo: f64, hi: f64, most: usize) -> Ticks {
    let (lo, hi) = (lo.clamp(f64::MIN, f64::MAX), hi.clamp(f64::MIN, f64::MAX));
    let decades = if lo > 0.0 { hi.log10() - lo.log10() } else { 0.0 };
    let is_log = scale == TickScale::Log && decades >= 1.5;
    if is_log { Ticks::plain(log_ticks(lo, hi, most)) } else { linear_ticks(lo, hi, most) }
}

fn linear_ticks(lo: f64, hi: f64, most: usize) -> Ticks {
    if hi <= lo || !(hi - lo).is_finite() {
        return Ticks::one(lo);
    }
    let step = round_step((hi - lo) / most.max(2) as f64);
    // Below the normal numbers a step may round to nothing.
    if hi.is_nan() || step < f64::MIN_POSITIVE {
        return Ticks::one(lo);
    }
    let largest = lo.abs().max(hi.abs());
    let base = if readable(largest, step) { 0.0 } else { roundest(lo, hi) };
    // Minor marks divide a step of 1 or 5 in five, one of 2 in four.
    let leading = step / power(exponent(step));
    let parts = if (leading - 2.0).abs() < 0.5 { 4 } else { 5 };
    let minor = step / f64::from(parts);
    let first = ((lo - base) / minor - 1e-9).ceil() as i64;
    let last = ((hi - base) / minor + 1e-9).floor() as i64;
    let largest = (lo - base).abs().max((hi - base).abs());
    let mark = |n: i64| {
        let value = n as f64 * minor;
        let label = (n % i64::from(parts) == 0).then(|| label(value, step, largest));
        Tick { value: base + value, label }
    };
    let marks = (first..=last).map(mark).collect();
    Ticks { marks, base: (base != 0.0).then(|| base_label(base, lo, hi)) }
}

fn power(exponent: i32) -> f64 {
    10_f64.powi(exponent)
}

fn exponent(value: f64) -> i32 {
    // A step such as 10⁻⁷ is a hair below its power of ten.
    (value.log10() + 1e-9).floor() as i32
}

/// Whether labels that tell steps apart have few enough figures.
fn readable(largest: f64, step: f64) -> bool {
    const MOST_FIGURES: i32 = 5;
    let figures = exponent(largest) - exponent(step) + 1;
    figures <= MOST_FIGURES || exponent(step) >= 0 && largest < LARGEST
}

/// Larger whole numbers are told as powers of ten.
const LARGEST: f64 = 1e6;

/// The number between two others that has the fewest figures.
fn roundest(lo: f64, hi: f64) -> f64 {
    let from = exponent(lo.abs().max(hi.abs())) + 1;
    let multiple = |unit: i32| {
        // Powers of ten above 1 are exact, and those below are not.
        let up = |value: f64| {
            if unit < 0 {
                (value * power(-unit)).ceil() / power(-unit)
            } else {
                (value / power(unit)).ceil() * power(unit)
            }
        };
        Some(up(lo)).filter(|value| *value <= hi && value.is_finite())
    };
    (from - 17..=from).rev().find_map(multiple).unwrap_or(lo)
}

/// A base in as many figures as part it from its neighbours.
fn base_label(base: f64, lo: f64, hi: f64) -> String {
    let figures = (exponent(base.abs()) - exponent(hi - lo) + 2).clamp(1, 17) as usize;
    figure_to(base, figures)
}

/// The smallest 1, 2 or 5 times a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    let decade = power(step.log10().floor() as i32);
    let choices = [1.0, 2.0, 5.0, 10.0].map(|leading| leading * decade);
    choices.into_iter().find(|choice| *choice >= step * (1.0 - 1e-9)).unwrap_or(10.0 * decade)
}

/// A decimal number, or a power of ten where it would have too many figures; as long as it must be to differ from the
/// labels a step away.
fn label(value: f64, step: f64, largest: f64) -> String {
    const MOST_DECIMALS: i32 = 4;
    let decimals = -exponent(step);
    if value == 0.0 {
        return "0".to_owned();
    }
    if decimals > MOST_DECIMALS || largest >= LARGEST {
        let figures = exponent(value.abs()) - exponent(step) + 1;
        return scientific(value, figures.max(1) as usize);
    }
    let decimals = decimals.max(0) as usize;
    format!("{value:.decimals$}")
}

fn log_ticks(lo: f64, hi: f64, most: usize) -> Vec<Tick> {
    let first = (lo.log10() + 1e-9).floor() as i32;
    // The largest number is 1.8·10³⁰⁸.
    let last = ((hi.log10() - 1e-9).ceil() as i32).min(308);
    let every = ((last - first) as usize).div_ceil(most.max(2)).max(1) as i32;
    let inside = |value: f64| value >= lo * (1.0 - 1e-9) && value <= hi * (1.0 + 1e-9);
    // One power of ten alone would not say how the axis runs.
    let few = (first..=last).filter(|decade| inside(power(*decade))).count() < 2;
    let mut marks = Vec::new();
    for decade in first..=last {
        for leading in 1..10 {
            let value = f64::from(leading) * power(decade);
            let labelled = leading == 1 && decade.rem_euclid(every) == 0 || few && [2, 5].contains(&leading);
            let label = || if leading == 1 { power_of_ten(decade) } else { figure(value) };
            // Minor marks only where every decade has a label; between fewer they would mean nothing.
            if inside(value) && (leading == 1 || every == 1) {
                marks.push(Tick { value, label: labelled.then(label) });
            }
        }
    }
    marks
}
