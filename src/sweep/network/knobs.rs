//! Axes and knobs of a network.

use super::request::NetworkRequest;
use crate::problem::{Network, NetworkRow, Rule};
use crate::sweep::batch::Batch;
use crate::sweep::common::{Knob, Line, Source, SweepAxis};
use crate::sweep::knobs::Draws;
use crate::sweep::names::Names;
use crate::sweep::program::SEED;
use crate::sweep::spec::SpecError;
use std::str::FromStr;

/// Names of knobs.
const ALPHA: &str = "alpha";
const INIT_STD: &str = "init_std";
const BATCH: &str = "batch";
/// Of a network that is no row of the catalog.
const AXES: [(&str, &str); 2] = [(ALPHA, "log:1e-4:100:64"), (SEED, "lin:1:4:4")];

/// What the knobs are found from.
pub struct Knobs<'a> {
    pub request: &'a NetworkRequest,
    pub row: Option<&'a NetworkRow>,
    pub rule: &'a Rule,
    pub network: &'a Network,
    pub rows: usize,
}

/// Axes and knobs, and which knob is what.
pub struct Found {
    pub x: SweepAxis,
    pub y: Option<SweepAxis>,
    pub y_lines: Vec<Line>,
    pub knobs: Vec<Knob>,
    pub hyperparameters: Vec<Option<usize>>,
    pub alphas: Vec<usize>,
    pub init_std: usize,
    pub batch_rows: Option<usize>,
    pub seed: usize,
    pub batch: Batch,
}

impl Knobs<'_> {
    pub fn find(&self, draws: &Draws, notes: &mut Vec<String>) -> Result<Found, SpecError> {
        let batch = self.batch()?;
        let common = &self.request.common;
        let named = |name: &str| {
            common.axes.iter().any(|(_, known, _)| known == name) || common.set.iter().any(|(known, _)| known == name)
        };
        self.check_twice(&named)?;
        let random = matches!(batch, Batch::Random(_)) || named(BATCH);
        let layers = self.network.sizes.len() - 1;
        let of_layer: Vec<String> = (1..=layers).map(|layer| format!("{ALPHA}_{layer}")).collect();
        let rule = self.rule.hyperparameters().iter().map(|(name, _)| name.clone());
        let ends = [Some(INIT_STD), random.then_some(BATCH), Some(SEED)];
        let known: Vec<String> =
            rule.chain(of_layer.clone()).chain(ends.into_iter().flatten().map(str::to_owned)).collect();
        check_clashes(&known)?;
        let names = Names { request: common, known: &known, first_start: None, nothing_drawn: "" };
        let (x, y) = names.axes(&self.row.map_or(AXES, |row| row.axes))?;
        names.check_set(&x, y.as_ref())?;
        let is_axis = |name: &str| x.name == name || y.as_ref().is_some_and(|y| y.name == name);
        let given = |name: &str| is_axis(name) || common.set.iter().any(|(known, _)| known == name);
        if given(ALPHA) && of_layer.iter().all(|name| given(name)) {
            let message =
                format!("every layer has its own learning rate, and `{ALPHA}` moves nothing; leave one of them out");
            return Err(SpecError::new("--vary", ALPHA, message));
        }
        // A layer without a learning rate of its own has the common one, which is no knob where nobody reads it.
        let own: Vec<bool> = of_layer.iter().map(|name| given(name)).collect();
        let read = |name: &String| match of_layer.iter().position(|known| known == name) {
            Some(layer) => own[layer],
            None => name != ALPHA || given(ALPHA) || own.contains(&false),
        };
        let kept: Vec<String> = known.iter().filter(|name| read(name)).cloned().collect();
        let at = |name: &str| kept.iter().position(|known| known == name);
        let moved = |axis: SweepAxis| SweepAxis { knob: at(&axis.name).unwrap_or(0), ..axis };
        let (x, y) = (moved(x), y.map(moved));
        let mut knobs = Vec::new();
        for (position, name) in kept.iter().enumerate() {
            let source = if position == x.knob {
                Source::X(0)
            } else if y.as_ref().is_some_and(|y| y.knob == position) {
                Source::Y(0)
            } else {
                Source::Fixed(self.value(name, batch, draws, notes)?)
            };
            self.check_values(name, source, &x, y.as_ref())?;
            knobs.push(Knob { name: name.clone(), source });
        }
        let position = |name: &str| at(name).unwrap_or_else(|| unreachable!("`{name}` is always kept"));
        Ok(Found {
            hyperparameters: self.rule.hyperparameters().iter().map(|(name, _)| at(name)).collect(),
            alphas: of_layer.iter().map(|name| at(name).unwrap_or_else(|| position(ALPHA))).collect(),
            init_std: position(INIT_STD),
            batch_rows: at(BATCH),
            seed: position(SEED),
            y_lines: if y.is_some() { vec![Line::Axis] } else { Vec::new() },
            batch: if random && !matches!(batch, Batch::Random(_)) { Batch::Random(1) } else { batch },
            knobs,
            x,
            y,
        })
    }

    /// What two flags would decide.
    fn check_twice(&self, named: &dyn Fn(&str) -> bool) -> Result<(), SpecError> {
        let flags = [("--batch", &self.request.common.batch, BATCH), ("--init", &self.request.init, INIT_STD)];
        let twice = flags
            .into_iter()
            .find_map(|(flag, value, name)| value.as_ref().filter(|_| named(name)).map(|value| (flag, value, name)));
        twice.map_or(Ok(()), |(flag, value, name)| {
            Err(SpecError::new(flag, value, format!("`{name}` is given too; leave one of them out")))
        })
    }

    fn batch(&self) -> Result<Batch, SpecError> {
        let text = self.request.common.batch.as_deref().unwrap_or(self.row.map_or("full", |row| row.batch));
        let batch = Batch::parse(text);
        batch.ok_or_else(|| SpecError::new("--batch", text, "expected full, each, or a number of rows from 1"))
    }

    /// The value of a knob that is no axis.
    fn value(&self, name: &str, batch: Batch, draws: &Draws, notes: &mut Vec<String>) -> Result<f64, SpecError> {
        let set = self.request.common.set.iter().find(|(known, _)| known == name);
        if name == SEED {
            return Ok(f64::from(draws.first()));
        }
        if let Some((name, text)) = set {
            return number(text).ok_or_else(|| {
                let message = "expected NAME=VALUE with a finite number, such as --set alpha=0.1";
                SpecError::new("--set", format!("{name}={text}"), message)
            });
        }
        match (name, batch) {
            (INIT_STD, _) => self.init_std(),
            (BATCH, Batch::Random(rows)) => Ok(f64::from(rows)),
            _ => self.hyperparameter(name, notes),
        }
    }

    fn hyperparameter(&self, name: &str, notes: &mut Vec<String>) -> Result<f64, SpecError> {
        let of_row = self.row.map(|row| row.alpha).filter(|_| name == ALPHA && self.rule.name() == Some("gd"));
        if let Some(alpha) = of_row.and_then(number) {
            notes.push(format!("{ALPHA} is {alpha} unless given"));
            return Ok(alpha);
        }
        let (_, default) = self.rule.hyperparameters().iter().find(|(known, _)| known == name).ok_or_else(|| {
            SpecError::new("--set", name, format!("it has no value; give --set {name}=VALUE or --vary {name}=AXIS"))
        })?;
        default.ok_or_else(|| {
            let message = format!(
                "the rule `{}` needs a value for it; give --set {name}=VALUE or --vary {name}=AXIS",
                self.rule.text()
            );
            SpecError::new("--set", name, message)
        })
    }

    /// `--init`.
    fn init_std(&self) -> Result<f64, SpecError> {
        let text = self.request.init.as_deref().unwrap_or(self.row.map_or("normal:0.01", |row| row.init));
        let std = text.trim().strip_prefix("normal:").and_then(number).filter(|std| *std >= 0.0);
        std.ok_or_else(|| SpecError::new("--init", text, "expected normal:STD, such as normal:0.01"))
    }

    /// Whether every value of a knob is one that it can have.
    fn check_values(&self, name: &str, source: Source, x: &SweepAxis, y: Option<&SweepAxis>) -> Result<(), SpecError> {
        let along = |axis: &SweepAxis| (0..axis.axis.len()).map(|at| axis.axis.value(at)).collect::<Vec<f64>>();
        let (values, flag) = match source {
            Source::Fixed(value) => (vec![value], "--set"),
            Source::X(_) => (along(x), "--vary"),
            Source::Y(_) => (y.map(along).unwrap_or_default(), "--vary"),
        };
        let rows = self.rows;
        for value in values {
            let whole = value.fract() == 0.0 && value >= 1.0 && value <= rows as f64;
            if name == BATCH && !whole {
                let message = format!("{value} rows per step: expected a whole number from 1 to the data's {rows}");
                let flag = if matches!(source, Source::Fixed(_)) { "--batch" } else { flag };
                let shown = if flag == "--batch" { value.to_string() } else { BATCH.to_owned() };
                return Err(SpecError::new(flag, shown, message));
            }
            if name == INIT_STD && value < 0.0 {
                let message = format!("{value} is no deviation; expected 0 or more");
                return Err(SpecError::new(flag, INIT_STD, message));
            }
            let precision = self.request.common.precision;
            if !precision.holds(value) {
                let message =
                    format!("{name} = {value:e} does not fit {precision}; use --precision f64, or larger values");
                return Err(SpecError::new(flag, name, message));
            }
        }
        Ok(())
    }
}

/// The names of a network's own knobs must not be those of the rule's.
fn check_clashes(known: &[String]) -> Result<(), SpecError> {
    let twice = known.iter().enumerate().find(|(at, name)| known[..*at].contains(name));
    twice.map_or(Ok(()), |(_, name)| {
        let message = "the rule has a hyperparameter of this name, which has a meaning of its own; rename it";
        Err(SpecError::new("--rule", name, message))
    })
}

fn number(text: &str) -> Option<f64> {
    f64::from_str(text.trim()).ok().filter(|value| value.is_finite())
}
