//! Axes and knobs of a network.

use super::request::NetworkRequest;
use crate::problem::{Network, Rule};
use crate::sweep::batch::Batch;
use crate::sweep::common::{Knob, Line, Source, SweepAxis};
use crate::sweep::draws::Draws;
use crate::sweep::error::RequestError;
use crate::sweep::knob_ref::SEED;
use crate::sweep::names::Names;
use crate::sweep::note::Note;
use crate::sweep::recipe::{DEFAULT_INIT_STD, NetworkRecipe, network_axes};
use crate::sweep::request::{NO_NUMBER, SET};

/// Names of knobs.
const ALPHA: &str = "alpha";
const INIT_STD: &str = "init_std";
const INIT_OFFSET: &str = "init_offset";
pub const BATCH: &str = "batch";

/// What the knobs are found from.
pub struct Knobs<'a> {
    pub request: &'a NetworkRequest,
    pub recipe: Option<&'a NetworkRecipe>,
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
    pub init_offset: Option<usize>,
    pub batch_rows: Option<usize>,
    pub seed: usize,
    pub batch: Batch,
}

impl Knobs<'_> {
    pub fn find(&self, draws: &Draws, notes: &mut Vec<Note>) -> Result<Found, RequestError> {
        let common = &self.request.common;
        let usual = self.recipe.map_or(Batch::Full, |recipe| recipe.batch);
        // The knob says how many.
        let named = common.names(BATCH) && !usual.is_drawn();
        let batch = common.batch_or(if named { Batch::Random(1) } else { usual })?;
        self.check_twice()?;
        let layers = self.network.sizes.len() - 1;
        let of_layer: Vec<String> = (1..=layers).map(|layer| format!("{ALPHA}_{layer}")).collect();
        let rule = self.rule().hyperparameters().iter().map(|(name, _)| name.clone());
        let offset = self.offset().is_some() || common.names(INIT_OFFSET);
        let ends = [Some(INIT_STD), offset.then_some(INIT_OFFSET), batch.is_drawn().then_some(BATCH), Some(SEED)];
        let known: Vec<String> =
            rule.chain(of_layer.clone()).chain(ends.into_iter().flatten().map(str::to_owned)).collect();
        check_clashes(&known)?;
        let names = Names { request: common, known: &known, first_start: None, nothing_drawn: "" };
        let default = network_axes();
        let [x, y] = self.recipe.map_or(&default, |recipe| &recipe.axes);
        let (x, y) = names.axes(&[(x.0, &x.1), (y.0, &y.1)])?;
        names.check_set(&x, y.as_ref())?;
        let is_axis = |name: &str| x.name == name || y.as_ref().is_some_and(|y| y.name == name);
        let given = |name: &str| is_axis(name) || common.fixed(name).is_some();
        if given(ALPHA) && of_layer.iter().all(|name| given(name)) {
            let message =
                format!("every layer has its own learning rate, and `{ALPHA}` moves nothing; leave one of them out");
            return Err(RequestError::new("--vary", ALPHA, message));
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
            hyperparameters: self.rule().hyperparameters().iter().map(|(name, _)| at(name)).collect(),
            alphas: of_layer.iter().map(|name| at(name).unwrap_or_else(|| position(ALPHA))).collect(),
            init_std: position(INIT_STD),
            init_offset: at(INIT_OFFSET),
            batch_rows: at(BATCH),
            seed: position(SEED),
            y_lines: if y.is_some() { vec![Line::Axis] } else { Vec::new() },
            batch,
            knobs,
            x,
            y,
        })
    }

    /// What two flags would decide.
    fn check_twice(&self) -> Result<(), RequestError> {
        let common = &self.request.common;
        let batch = common.batch.map(|batch| ("--batch", batch.to_string(), BATCH));
        let init = self.request.init.filter(|init| init.std.is_some());
        let init = init.map(|init| ("--init", init.to_string(), INIT_STD));
        let offset = self.request.init.filter(|init| init.offset.is_some());
        let offset = offset.map(|init| ("--init", init.to_string(), INIT_OFFSET));
        match batch.into_iter().chain(init).chain(offset).find(|(_, _, name)| common.names(name)) {
            Some((flag, value, name)) => {
                Err(RequestError::new(flag, value, format!("`{name}` is given too; leave one of them out")))
            }
            None => Ok(()),
        }
    }

    fn rule(&self) -> &Rule {
        &self.request.common.rule
    }

    /// The value of a knob that is no axis.
    fn value(&self, name: &str, batch: Batch, draws: &Draws, notes: &mut Vec<Note>) -> Result<f64, RequestError> {
        if name == SEED {
            return Ok(f64::from(draws.first()));
        }
        if let Some(fixed) = self.request.common.fixed(name) {
            let value = fixed.value.number();
            return value.ok_or_else(|| RequestError::new(SET, fixed.shown(), NO_NUMBER));
        }
        match (name, batch) {
            (INIT_STD, _) => Ok(self.init_std()),
            (INIT_OFFSET, _) => Ok(self.offset().unwrap_or(0.0)),
            (BATCH, Batch::Random(rows) | Batch::Shuffled(rows)) => Ok(f64::from(rows)),
            _ => self.hyperparameter(name, notes),
        }
    }

    fn hyperparameter(&self, name: &str, notes: &mut Vec<Note>) -> Result<f64, RequestError> {
        let plain = name == ALPHA && self.rule().is_plain();
        if let Some(alpha) = self.recipe.and_then(|recipe| recipe.alpha).filter(|_| plain) {
            notes.push(Note::DefaultAlpha(alpha));
            return Ok(alpha);
        }
        let (_, default) = self.rule().hyperparameters().iter().find(|(known, _)| known == name).ok_or_else(|| {
            RequestError::new(SET, name, format!("it has no value; give --set {name}=VALUE or --vary {name}=AXIS"))
        })?;
        default.ok_or_else(|| {
            let message = format!(
                "the rule `{}` needs a value for it; give --set {name}=VALUE or --vary {name}=AXIS",
                self.rule().text()
            );
            RequestError::new(SET, name, message)
        })
    }

    fn init_std(&self) -> f64 {
        let of_row = self.recipe.and_then(|recipe| recipe.init.std);
        self.request.init.and_then(|init| init.std).or(of_row).unwrap_or(DEFAULT_INIT_STD)
    }

    /// What is added to every weight at the start, where something is.
    fn offset(&self) -> Option<f64> {
        let of_row = self.recipe.and_then(|recipe| recipe.init.offset);
        self.request.init.and_then(|init| init.offset).or(of_row)
    }

    /// Whether every value of a knob is one that it can have.
    fn check_values(
        &self,
        name: &str,
        source: Source,
        x: &SweepAxis,
        y: Option<&SweepAxis>,
    ) -> Result<(), RequestError> {
        let along = |axis: &SweepAxis| axis.axis.values().collect::<Vec<f64>>();
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
                return Err(RequestError::new(flag, shown, message));
            }
            if name == INIT_STD && value < 0.0 {
                let message = format!("{value} is no deviation; expected 0 or more");
                return Err(RequestError::new(flag, INIT_STD, message));
            }
            let precision = self.request.common.precision;
            if !precision.holds(value) {
                let message =
                    format!("{name} = {value:e} does not fit {precision}; use --precision f64, or larger values");
                return Err(RequestError::new(flag, name, message));
            }
        }
        Ok(())
    }
}

/// The names of a network's own knobs must not be those of the rule's.
fn check_clashes(known: &[String]) -> Result<(), RequestError> {
    let twice = known.iter().enumerate().find(|(at, name)| known[..*at].contains(name));
    twice.map_or(Ok(()), |(_, name)| {
        let message = "the rule has a hyperparameter of this name, which has a meaning of its own; rename it";
        Err(RequestError::new("--rule", name, message))
    })
}
