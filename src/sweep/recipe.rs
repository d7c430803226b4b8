//! What a row of the catalog asks for, typed: here, and nowhere else, are its texts read.

use super::axis::Axis;
use super::batch::Batch;
use super::knob_ref::SEED;
use super::setting::Setting;
use crate::problem::catalog::{DEFAULT_ALPHA, DEFAULT_START, ObjectiveRow};
use crate::problem::{Activation, Gradient, Network, NetworkLoss, NetworkRow, Scaling, Stop};
use std::fmt::Display;
use std::str::FromStr;

/// What the sweep of an objective is unless it is asked for otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// Learning rates.
    pub alpha: Axis,
    /// Starts of the first parameter.
    pub start: Axis,
    /// Starts of the parameters while they are no axis, in parameter order.
    pub starts: Vec<Setting>,
    pub gradient: Gradient,
    pub batch: Batch,
    pub stop: Option<Stop>,
}

impl Recipe {
    /// The recipe of a row; without one, that of any formula.
    ///
    /// # Panics
    /// A row that cannot be read. A test reads all.
    pub fn of(row: Option<&ObjectiveRow>) -> Self {
        let Some(row) = row else { return Self::default() };
        Self {
            alpha: read(row.name, row.alpha),
            start: read(row.name, row.start),
            starts: row.starts.iter().map(|text| setting(row.name, text)).collect(),
            gradient: read(row.name, row.gradient),
            batch: read(row.name, row.batch),
            stop: (!row.stop.is_empty()).then(|| read(row.name, row.stop)),
        }
    }
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            alpha: read("a formula", DEFAULT_ALPHA),
            start: read("a formula", DEFAULT_START),
            starts: Vec::new(),
            gradient: Gradient::Auto,
            batch: Batch::Full,
            stop: None,
        }
    }
}

/// What the sweep of a network of the catalog is unless it is asked for otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkRecipe {
    pub sizes: Vec<usize>,
    pub activation: Activation,
    pub loss: NetworkLoss,
    pub scaling: Scaling,
    /// How the weights begin.
    pub init: Init,
    pub batch: Batch,
    /// Name and values of x and y.
    pub axes: [(&'static str, Axis); 2],
    /// Learning rate while it is no axis; none where the layers have their own.
    pub alpha: Option<f64>,
}

impl NetworkRecipe {
    /// The recipe of a row.
    ///
    /// # Panics
    /// A row that cannot be read. A test reads all.
    pub fn of(row: &NetworkRow) -> Self {
        let axis = |(name, text): (&'static str, &str)| (name, read(row.name, text));
        Self {
            sizes: Network::sizes(row.net).unwrap_or_else(|error| unreadable(row.name, row.net, &error)),
            activation: read(row.name, row.activation),
            loss: read(row.name, row.loss),
            scaling: read(row.name, row.scale),
            init: read(row.name, row.init),
            batch: read(row.name, row.batch),
            axes: row.axes.map(axis),
            alpha: (!row.alpha.is_empty()).then(|| read(row.name, row.alpha)),
        }
    }
}

/// Deviation of the weights at the start of a network that is no row of the catalog.
pub(super) const DEFAULT_INIT_STD: f64 = 0.01;

/// The axes of a network that is no row of the catalog.
pub(super) fn network_axes() -> [(&'static str, Axis); 2] {
    [("alpha", "log:1e-4:100:64"), (SEED, "lin:1:4:4")].map(|(name, text)| (name, read("networks", text)))
}

/// How the weights of a network begin: what is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Init {
    /// Deviation of a normal distribution of mean 0; at least 0.
    pub std: Option<f64>,
    /// What is added to every weight, once.
    pub offset: Option<f64>,
}

impl Init {
    /// Weights of a normal distribution of mean 0.
    pub fn normal(std: f64) -> Self {
        Self { std: Some(std), offset: None }
    }
}

impl FromStr for Init {
    type Err = String;

    /// `normal:STD`, `offset:X`, or both with a comma between them
    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str = "expected normal:STD, such as normal:0.01, offset:X, or both: normal:1,offset:0.5";
        let mut init = Self::default();
        for part in text.split(',') {
            let (kind, value) = part.split_once(':').ok_or(FORM)?;
            let value = Setting::parse(value).and_then(Setting::number).ok_or(FORM)?;
            let place = match kind.trim() {
                "normal" if value >= 0.0 => &mut init.std,
                "offset" => &mut init.offset,
                _ => return Err(FORM.to_owned()),
            };
            if place.replace(value).is_some() {
                return Err(FORM.to_owned());
            }
        }
        Ok(init)
    }
}

impl std::fmt::Display for Init {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [("normal", self.std), ("offset", self.offset)];
        let parts = parts.iter().filter_map(|(kind, value)| value.map(|value| format!("{kind}:{value}")));
        f.write_str(&parts.collect::<Vec<_>>().join(","))
    }
}

fn read<T: FromStr<Err: Display>>(row: &str, text: &str) -> T {
    text.parse().unwrap_or_else(|error| unreadable(row, text, &error))
}

fn setting(row: &str, text: &str) -> Setting {
    Setting::parse(text).unwrap_or_else(|| unreadable(row, text, &"no start is written so"))
}

fn unreadable(row: &str, text: &str, error: &dyn Display) -> ! {
    unreachable!("the catalog's {row} says `{text}`: {error}")
}
