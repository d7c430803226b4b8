//! The values one name takes across the grid.

use super::axis_text::{formless, listed};
use crate::expr;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

/// Values that a name takes, in order. A value comes from its index, never by repeated addition; end points are
/// exact to the bit.
#[derive(Debug, Clone)]
pub struct Axis {
    text: String,
    kind: Kind,
    len: usize,
    /// All values, once they were asked for together: every tile of a map asks again.
    known: Arc<OnceLock<Vec<f64>>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Linear {
        lo: f64,
        hi: f64,
    },
    Log {
        lo: f64,
        hi: f64,
    },
    /// `lo`, 3·`lo`, 9·`lo`, …, and `hi` at the end.
    Tripled {
        lo: f64,
        hi: f64,
    },
    List(Vec<f64>),
}

/// How the values lie along the axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps from value to value.
    Linear,
    /// Equal ratios from value to value.
    Log,
    /// No rule between the values.
    Listed,
}

/// More values than this on one axis are refused (the limit on cells is the same).
const MAX_LEN: usize = 1_000_000_000;

/// Axes longer than this are computed again for every tile, which then has few rows of them: memory must not grow.
const MAX_KNOWN: usize = 1 << 20;

const FORMS: &str = "write log:LO:HI:N, lin:LO:HI:N, x3:LO:HI or a list such as 0.1,1,3.9";

impl Axis {
    fn new(text: String, kind: Kind, len: usize) -> Self {
        Self { text, kind, len, known: Arc::default() }
    }

    /// Reads `log:LO:HI:N`, `lin:LO:HI:N`, `x3:LO:HI` or `V,V,...`.
    ///
    /// # Errors
    /// What is wrong with the text, and what to write instead, in one sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').map(str::trim).collect();
        let (kind, len) = match parts[..] {
            ["lin", lo, hi, n] => range(number(lo)?, number(hi)?, count(n)?, false)?,
            ["log", lo, hi, n] => range(number(lo)?, number(hi)?, count(n)?, true)?,
            ["x3", lo, hi] => tripled(number(lo)?, number(hi)?)?,
            [list] => {
                let values = listed(list)?.into_iter().map(number).collect::<Result<Vec<_>, _>>()?;
                let len = values.len();
                (Kind::List(values), len)
            }
            [form @ ("lin" | "log"), ..] => return Err(format!("`{form}` takes LO:HI:N; {FORMS}")),
            ["x3", ..] => return Err(format!("`x3` takes LO:HI; {FORMS}")),
            _ => {
                return Err(format!("no axis is written so; {}", formless(&parts).unwrap_or_else(|| FORMS.to_owned())));
            }
        };
        Ok(Self::new(text.to_owned(), kind, len))
    }

    /// `n` values with equal steps from `lo` to `hi`.
    ///
    /// # Errors
    /// As [`Axis::parse`].
    pub fn lin(lo: f64, hi: f64, n: usize) -> Result<Self, String> {
        finite([lo, hi])?;
        let (kind, len) = range(lo, hi, whole(n as f64, &n)?, false)?;
        Ok(Self::new(format!("lin:{}:{}:{n}", typed(lo), typed(hi)), kind, len))
    }

    /// `n` values with equal ratios from `lo` to `hi`, both above 0.
    ///
    /// # Errors
    /// As [`Axis::parse`].
    pub fn log(lo: f64, hi: f64, n: usize) -> Result<Self, String> {
        finite([lo, hi])?;
        let (kind, len) = range(lo, hi, whole(n as f64, &n)?, true)?;
        Ok(Self::new(format!("log:{}:{}:{n}", typed(lo), typed(hi)), kind, len))
    }

    /// `lo`, 3·`lo`, 9·`lo`, … and `hi`.
    ///
    /// # Errors
    /// As [`Axis::parse`].
    pub fn tripled(lo: f64, hi: f64) -> Result<Self, String> {
        finite([lo, hi])?;
        let (kind, len) = tripled(lo, hi)?;
        Ok(Self::new(format!("x3:{}:{}", typed(lo), typed(hi)), kind, len))
    }

    /// These values, to the bit.
    ///
    /// # Errors
    /// No value, or one that is not finite.
    pub fn list(values: impl IntoIterator<Item = f64>) -> Result<Self, String> {
        let values: Vec<f64> = values.into_iter().collect();
        finite(values.iter().copied())?;
        if values.is_empty() {
            return Err("an axis has at least one value".to_owned());
        }
        let text = values.iter().map(|value| typed(*value)).collect::<Vec<_>>().join(",");
        let len = values.len();
        Ok(Self::new(text, Kind::List(values), len))
    }

    /// One value. One that is not finite is refused when the request is resolved.
    pub fn one(value: f64) -> Self {
        Self::new(typed(value), Kind::List(vec![value]), 1)
    }

    /// The same ends with another number of values between them; a list stays as it is.
    ///
    /// # Errors
    /// As [`Axis::parse`].
    pub fn with_len(&self, n: usize) -> Result<Self, String> {
        match self.kind {
            Kind::Linear { lo, hi } => Self::lin(lo, hi, n),
            Kind::Log { lo, hi } => Self::log(lo, hi, n),
            Kind::Tripled { .. } | Kind::List(_) => Ok(self.clone()),
        }
    }

    /// The values, in order.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.values_in(0..self.len)
    }

    /// Some of the values, in order.
    ///
    /// # Panics
    /// If the range goes beyond [`Axis::len`].
    pub fn values_in(&self, range: Range<usize>) -> impl Iterator<Item = f64> {
        if self.len <= MAX_KNOWN {
            self.known.get_or_init(|| (0..self.len).map(|at| self.compute(at)).collect());
        }
        range.map(|at| self.value(at))
    }

    /// The axis as it was written, or as it would be.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Number of values; at least 1.
    #[allow(clippy::len_without_is_empty, reason = "an axis always has a value")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The value at index `at`, in f64.
    ///
    /// # Panics
    /// If `at` is not below [`Axis::len`].
    pub fn value(&self, at: usize) -> f64 {
        assert!(at < self.len, "index {at} of an axis of {}", self.len);
        self.known.get().map_or_else(|| self.compute(at), |known| known[at])
    }

    fn compute(&self, at: usize) -> f64 {
        let last = self.len - 1;
        match &self.kind {
            Kind::List(values) => values[at],
            Kind::Linear { lo, .. } | Kind::Log { lo, .. } | Kind::Tripled { lo, .. } if at == 0 => *lo,
            Kind::Linear { hi, .. } | Kind::Log { hi, .. } | Kind::Tripled { hi, .. } if at == last => *hi,
            Kind::Linear { lo, hi } => between(*lo, *hi, at, last),
            Kind::Log { lo, hi } => power_of_ten(between(libm::log10(*lo), libm::log10(*hi), at, last)),
            Kind::Tripled { lo, .. } => times_power_of_3(*lo, at as i32),
        }
    }

    /// How the values lie.
    pub fn scale(&self) -> Scale {
        match self.kind {
            Kind::Linear { .. } if self.len > 1 => Scale::Linear,
            Kind::Log { .. } if self.len > 1 => Scale::Log,
            _ => Scale::Listed,
        }
    }

    /// Smallest and largest value.
    pub fn bounds(&self) -> (f64, f64) {
        match &self.kind {
            Kind::List(values) => {
                values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(*v), hi.max(*v)))
            }
            Kind::Linear { lo, hi } | Kind::Log { lo, hi } | Kind::Tripled { lo, hi } => (*lo, *hi),
        }
    }

    /// The value nearest to zero that is not zero, if there is one: what a narrower precision loses first.
    pub fn nearest_to_zero(&self) -> Option<f64> {
        let candidates: Vec<f64> = match &self.kind {
            Kind::List(values) => values.clone(),
            Kind::Log { lo, .. } | Kind::Tripled { lo, .. } => vec![*lo],
            Kind::Linear { lo, hi } => {
                // The values next to the zero crossing, and the ends.
                let crossing =
                    ((-lo / (hi - lo)) * (self.len.max(2) - 1) as f64).clamp(0.0, (self.len - 1) as f64) as usize;
                let near = crossing.saturating_sub(1)..=(crossing + 2).min(self.len - 1);
                near.chain([0, self.len - 1]).map(|at| self.value(at)).collect()
            }
        };
        candidates.into_iter().filter(|v| *v != 0.0).min_by(|a, b| a.abs().total_cmp(&b.abs()))
    }
}

/// What is known already makes no difference.
impl PartialEq for Axis {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, &self.kind, self.len) == (&other.text, &other.kind, other.len)
    }
}

impl FromStr for Axis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

/// The point `at`/`last` of the way from `lo` to `hi`; symmetric, so that the middle of −a…a is exactly 0.
fn between(lo: f64, hi: f64, at: usize, last: usize) -> f64 {
    let (at, last) = (at as f64, last as f64);
    let weighted = (lo * (last - at) + hi * at) / last;
    if weighted.is_finite() { weighted } else { lo * ((last - at) / last) + hi * (at / last) }
}

/// 10^`exponent`; decades come out as their decimal text reads (`1e-7`, not `9.999999999999999e-8`).
fn power_of_ten(exponent: f64) -> f64 {
    let whole = libm::round(exponent);
    if (exponent - whole).abs() < 1e-12 * whole.abs().max(1.0)
        && let Ok(decade) = format!("1e{whole}").parse()
    {
        return decade;
    }
    libm::exp10(exponent)
}

fn number(text: &str) -> Result<f64, String> {
    let value = expr::number(text).ok_or_else(|| format!("`{text}` is not a number; {FORMS}"))?;
    if value.is_finite() { Ok(value) } else { Err(format!("`{text}` is not a finite number")) }
}

fn count(text: &str) -> Result<usize, String> {
    let value = match text.parse::<usize>() {
        Ok(value) => value as f64,
        Err(_) => number(text)?,
    };
    whole(value, &text)
}

/// A number of values; `shown` is how it was written.
fn whole(value: f64, shown: &dyn fmt::Display) -> Result<usize, String> {
    if value.fract() != 0.0 || value < 1.0 {
        return Err(format!("N = `{shown}` must be a whole number of values, at least 1"));
    }
    if value > MAX_LEN as f64 {
        return Err(format!("N = {shown} is above the limit of {MAX_LEN:e} cells"));
    }
    Ok(value as usize)
}

fn finite(values: impl IntoIterator<Item = f64>) -> Result<(), String> {
    let wrong = values.into_iter().find(|value| !value.is_finite());
    wrong.map_or(Ok(()), |value| Err(format!("`{value}` is not a finite number")))
}

/// A number in the shortest text that reads back to it, as one would type it.
fn typed(value: f64) -> String {
    let plain = value == 0.0 || (1e-4..1e7).contains(&value.abs());
    if plain { value.to_string() } else { format!("{value:e}") }
}

fn range(lo: f64, hi: f64, n: usize, log: bool) -> Result<(Kind, usize), String> {
    if log && lo <= 0.0 {
        return Err(format!("LO = {lo} must be above 0 on a log axis; use a positive LO or lin:{lo}:{hi}:{n}"));
    }
    if lo > hi {
        return Err(format!("LO = {lo} is above HI = {hi}; swap them"));
    }
    if n == 1 && lo != hi {
        return Err(format!("one value (N = 1) cannot be both {lo} and {hi}; write the value itself, or N ≥ 2"));
    }
    if n > 1 && lo == hi {
        return Err(format!("LO and HI are both {lo}; write `{lo}` for one value, or move them apart"));
    }
    Ok((if log { Kind::Log { lo, hi } } else { Kind::Linear { lo, hi } }, n))
}

/// lo·3ᵏ, in two factors: 3ᵏ alone may be above the largest f64 where the product is not.
fn times_power_of_3(lo: f64, k: i32) -> f64 {
    lo * 3_f64.powi(k / 2) * 3_f64.powi(k - k / 2)
}

/// More powers of 3 than lie between the smallest and the largest f64.
const MAX_POWERS_OF_3: i32 = 1400;

fn tripled(lo: f64, hi: f64) -> Result<(Kind, usize), String> {
    if lo <= 0.0 || lo > hi {
        return Err(format!("x3 goes up from LO = {lo} to HI = {hi}, so it needs 0 < LO ≤ HI"));
    }
    // A power of 3 that rounding left a hair below HI is HI itself.
    let below = (0..MAX_POWERS_OF_3).take_while(|k| times_power_of_3(lo, *k) < hi * (1.0 - 1e-9)).count();
    Ok((Kind::Tripled { lo, hi }, below + 1))
}
