//! A sweep of a network: what was asked for, and how it becomes something that can be run.

use super::batch::Batch;
use super::grid::{Final, Grid, History, Knob, Limits, Line, Source, SweepAxis, Title};
use super::knobs::Draws;
use super::names::Names;
use super::program::SEED;
use super::request::Request;
use super::spec::SpecError;
use super::update::Update;
use crate::problem::samples::{SampleSets, Targets};
use crate::problem::{
    Activation, Network, NetworkLoss, NetworkRow, NetworkStop, ProblemError, Rule, Scaling, network_row,
};
use std::ops::Deref;
use std::str::FromStr;

/// A sweep of a network as it is asked for: texts and numbers, nothing checked. What is not given is the row's.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkRequest {
    /// What all sweeps have in common; `objective` names a row of [`crate::problem::NETWORKS`], or nothing.
    pub common: Request,
    pub net: Option<String>,
    pub activation: Option<String>,
    pub loss: Option<String>,
    /// `normal:STD`.
    pub init: Option<String>,
    pub scale: Option<String>,
    pub no_bias: bool,
    pub samples: Option<SampleSets>,
    pub standardize: bool,
    /// Steps between records.
    pub history: Option<u64>,
}

/// A sweep of a network that can be run.
#[derive(Debug, Clone)]
pub struct NetworkSpec {
    pub grid: Grid,
    pub network: Network,
    pub samples: SampleSets,
    pub batch: Batch,
    pub update: Update,
    /// For each hyperparameter of the rule, its knob; `alpha`'s, the first, is that of no layer where all have their own.
    pub hyperparameters: Vec<Option<usize>>,
    /// For each layer, the knob of its learning rate.
    pub alphas: Vec<usize>,
    /// Knob of the deviation of the weights at the start.
    pub init_std: usize,
    /// Knob of the rows per step, where they are drawn.
    pub batch_rows: Option<usize>,
    /// Knob of the seed.
    pub seed: usize,
    /// Replaces the tolerance on the gradient.
    pub stop: Option<NetworkStop>,
    /// Whether the published measure of trainability is a column.
    pub measure: bool,
}

impl Deref for NetworkSpec {
    type Target = Grid;

    fn deref(&self) -> &Grid {
        &self.grid
    }
}

/// Names of knobs.
const ALPHA: &str = "alpha";
const INIT_STD: &str = "init_std";
const BATCH: &str = "batch";
/// Of a network that is no row of the catalog.
const AXES: [(&str, &str); 2] = [(ALPHA, "log:1e-4:100:64"), (SEED, "lin:1:4:4")];

impl NetworkRequest {
    /// The default sweep of a network of the catalog.
    pub fn new(name: &str) -> Self {
        Self {
            common: Request::new(name),
            net: None,
            activation: None,
            loss: None,
            init: None,
            scale: None,
            no_bias: false,
            samples: None,
            standardize: false,
            history: None,
        }
    }

    /// The same with other choices in common with all sweeps.
    #[must_use]
    pub fn with(mut self, choose: impl FnOnce(Request) -> Request) -> Self {
        self.common = choose(self.common);
        self
    }

    /// Sets the data.
    #[must_use]
    pub fn samples(mut self, samples: SampleSets) -> Self {
        self.samples = Some(samples);
        self
    }

    /// Checks everything and fills in the defaults.
    ///
    /// # Errors
    /// The first thing that is wrong: the flag, the value, and the way out.
    pub fn resolve(&self) -> Result<NetworkSpec, SpecError> {
        let row = network_row(&self.common.objective);
        self.check_unknown()?;
        let draws = Draws::of(&self.common)?;
        let mut notes = Vec::new();
        let mut samples = self.learned_from(row, &draws)?;
        if self.standardize {
            samples.standardize();
        }
        let loss = self.loss(row, &samples)?;
        if loss == NetworkLoss::CrossEntropy {
            samples = samples.into_labels().map_err(|error| SpecError::new("--loss", loss, error.to_string()))?;
        }
        let network = self.network(row, loss, &samples, &mut notes)?;
        let rule = Rule::new(&self.common.rule).map_err(about("--rule", &self.common.rule))?;
        let update = Update::new(&rule, self.common.precision).map_err(about("--rule", &self.common.rule))?;
        let stop = self.common.stop.as_deref().map(|text| NetworkStop::new(text).map_err(about("--stop", text)));
        let stop = stop.transpose()?;
        let measure = row.is_some_and(|row| row.measure);
        let knobs = Knobs { request: self, row, rule: &rule, network: &network, rows: samples.train.rows() };
        let found = knobs.find(&draws, &mut notes)?;
        let classes = matches!(samples.train.targets, Targets::Labels { .. });
        let tested = classes && samples.test.is_some();
        if measure && found.batch != Batch::Full {
            let message = "the measure of trainability needs the loss of every step; use full";
            return Err(SpecError::new("--batch", found.batch, message));
        }
        if let Some(stop) = &stop {
            check_stop(stop, classes, tested)?;
        }
        notes.insert(0, data_note(&samples));
        let grid = Grid {
            title: Title { name: row.map(|row| row.name), text: network.to_string(), is_formula: false },
            rule,
            x: found.x,
            y: found.y,
            knobs: found.knobs,
            x_lines: vec![Line::Axis],
            y_lines: found.y_lines,
            limits: self.limits()?,
            precision: self.common.precision,
            finals: finals([true, classes, tested, measure], self.common.precision.is_wide()),
            history: self.history(classes, tested)?,
            notes,
        };
        grid.check_size()?;
        Ok(NetworkSpec {
            grid,
            network,
            samples,
            batch: found.batch,
            update,
            hyperparameters: found.hyperparameters,
            alphas: found.alphas,
            init_std: found.init_std,
            batch_rows: found.batch_rows,
            seed: found.seed,
            stop,
            measure,
        })
    }

    /// What a formula has and a network has not.
    fn check_unknown(&self) -> Result<(), SpecError> {
        let Request { constants, gradient, data, .. } = &self.common;
        if let Some((name, value)) = constants.first() {
            return Err(SpecError::new(
                "--const",
                format!("{name}={value}"),
                "a network has no constants; leave it out",
            ));
        }
        if let Some(gradient) = gradient.as_deref().filter(|text| *text != "auto") {
            return Err(SpecError::new("--gradient", gradient, "a network's gradient is always derived; leave it out"));
        }
        debug_assert!(data.is_none(), "the data of a network are samples");
        Ok(())
    }

    fn learned_from(&self, row: Option<&NetworkRow>, draws: &Draws) -> Result<SampleSets, SpecError> {
        if let Some(samples) = &self.samples {
            return Ok(samples.clone());
        }
        let Some(row) = row else {
            let message = "a network needs something to learn from: a folder of IDX files, FILE.csv with --target, \
                           gaussian:ROWS:INPUTS or digits";
            return Err(SpecError::new("--data", "", message));
        };
        SampleSets::open(row.data, None, draws.first())
            .map_err(|error| SpecError::new("--data", row.data, error.to_string()))
    }

    /// The loss; of data with classes the cross-entropy, unless said otherwise.
    fn loss(&self, row: Option<&NetworkRow>, samples: &SampleSets) -> Result<NetworkLoss, SpecError> {
        let usual = if matches!(samples.train.targets, Targets::Labels { .. }) { "cross-entropy" } else { "mse" };
        let text = self.loss.as_deref().unwrap_or(row.map_or(usual, |row| row.loss));
        NetworkLoss::parse(text).map_err(about("--loss", text))
    }

    fn network(
        &self,
        row: Option<&NetworkRow>,
        loss: NetworkLoss,
        samples: &SampleSets,
        notes: &mut Vec<String>,
    ) -> Result<Network, SpecError> {
        let given = |typed: &Option<String>, of_row: fn(&NetworkRow) -> &'static str, usual: &str| {
            typed.clone().unwrap_or_else(|| row.map_or(usual.to_owned(), |row| of_row(row).to_owned()))
        };
        let activation = given(&self.activation, |row| row.activation, "sigmoid");
        let scale = given(&self.scale, |row| row.scale, "none");
        let (inputs, outputs) = (samples.train.inputs, samples.train.outputs());
        let text = given(&self.net, |row| row.net, "");
        let mut sizes = Network::sizes(&text).map_err(about("--net", &text))?;
        let last = sizes.len() - 1;
        if (sizes[0], sizes[last]) != (inputs, outputs) {
            if self.net.is_some() {
                let message = format!(
                    "the data ({}) needs {inputs} to go in and {outputs} to come out; write {inputs}-…-{outputs}",
                    samples.source
                );
                return Err(SpecError::new("--net", text, message));
            }
            (sizes[0], sizes[last]) = (inputs, outputs);
            let fitted: Vec<String> = sizes.iter().map(usize::to_string).collect();
            notes.push(format!("the network is {} here, for these data", fitted.join("-")));
        }
        Ok(Network {
            sizes,
            activation: Activation::parse(&activation).map_err(about("--activation", &activation))?,
            loss,
            bias: !self.no_bias && row.is_none_or(|row| row.bias),
            scaling: Scaling::parse(&scale).map_err(about("--scale", &scale))?,
        })
    }

    /// Unless asked for, a network has no tolerance on its gradient: it is hardly ever met, and between passes over the
    /// data finding it would cost as much as the training itself.
    fn limits(&self) -> Result<Limits, SpecError> {
        Request { gtol: Some(self.common.gtol.unwrap_or(0.0)), ..self.common.clone() }.limits()
    }

    fn history(&self, classes: bool, tested: bool) -> Result<Option<History>, SpecError> {
        /// Most records of a training.
        const MOST: u64 = 100_000;
        let Some(every) = self.history else { return Ok(None) };
        let records = self.common.steps / every.max(1) + 1;
        if every == 0 || every > self.common.steps.max(1) || records > MOST {
            let message = format!("expected a number of steps from 1 to --steps, and at most {MOST} records");
            return Err(SpecError::new("--history", every, message));
        }
        let names = [("loss", true), ("train_accuracy", classes), ("test_accuracy", tested)];
        let columns = names.iter().filter(|(_, there)| *there).map(|(name, _)| (*name).to_owned()).collect();
        Ok(Some(History { every: every as u32, columns }))
    }
}

/// The columns of results.
fn finals(there: [bool; 4], wide: bool) -> Vec<Final> {
    let names = ["loss_best", "train_accuracy", "test_accuracy", "measure"];
    let columns = names.iter().zip(there).filter(|(_, there)| *there);
    columns.map(|(name, _)| Final { name: (*name).to_owned(), wide }).collect()
}

fn check_stop(stop: &NetworkStop, classes: bool, tested: bool) -> Result<(), SpecError> {
    let [_, train, test, _] = stop.reads;
    let missing = match () {
        () if (train || test) && !classes => "accuracies are of classes, and these data have none; use loss",
        () if test && !tested => "these data have no test rows; use train_accuracy",
        () => return Ok(()),
    };
    Err(SpecError::new("--stop", stop.text(), missing))
}

fn data_note(samples: &SampleSets) -> String {
    let test =
        samples.test.as_ref().map_or(String::new(), |test| format!(" to learn from, {} to test on", test.rows()));
    let kind = match samples.train.targets {
        Targets::Labels { classes, .. } => format!("{classes} classes"),
        Targets::Values { outputs: 1, .. } => "1 value".to_owned(),
        Targets::Values { outputs, .. } => format!("{outputs} values"),
    };
    let (rows, inputs) = (samples.train.rows(), samples.train.inputs);
    format!("data {}: {rows} rows{test}; {inputs} inputs, {kind}", samples.source)
}

fn about<'a>(flag: &'static str, value: &'a str) -> impl Fn(ProblemError) -> SpecError + 'a {
    move |error| SpecError::new(flag, value, error.to_string())
}

/// What the knobs are found from.
struct Knobs<'a> {
    request: &'a NetworkRequest,
    row: Option<&'a NetworkRow>,
    rule: &'a Rule,
    network: &'a Network,
    rows: usize,
}

/// Axes and knobs, and which knob is what.
struct Found {
    x: SweepAxis,
    y: Option<SweepAxis>,
    y_lines: Vec<Line>,
    knobs: Vec<Knob>,
    hyperparameters: Vec<Option<usize>>,
    alphas: Vec<usize>,
    init_std: usize,
    batch_rows: Option<usize>,
    seed: usize,
    batch: Batch,
}

impl Knobs<'_> {
    fn find(&self, draws: &Draws, notes: &mut Vec<String>) -> Result<Found, SpecError> {
        let batch = self.batch()?;
        let common = &self.request.common;
        let random = matches!(batch, Batch::Random(_)) || common.axes.iter().any(|(_, name, _)| name == BATCH);
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
                return Err(SpecError::new(flag, BATCH, message));
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

impl NetworkSpec {
    /// Most numbers that one training carries from step to step, its weights among them.
    pub fn carried(&self) -> usize {
        self.network.parameters() * self.update.next.len()
    }

    /// The values of all knobs in a cell, rounded to the working precision.
    pub fn values_at(&self, x: usize, y: usize) -> Vec<f64> {
        self.knobs.iter().map(|knob| self.knob_value(knob, x, y)).collect()
    }

    /// Most rows that a step takes in any cell.
    pub fn largest_batch(&self) -> usize {
        self.batches().max().unwrap_or(1)
    }

    /// Fewest steps of a full pass over the data in any cell.
    pub fn shortest_period(&self) -> u64 {
        if self.batch == Batch::Full { 1 } else { (self.samples.train.rows().div_ceil(self.largest_batch())) as u64 }
    }

    fn batches(&self) -> impl Iterator<Item = usize> {
        let fixed = match self.batch {
            Batch::Full => self.samples.train.rows(),
            Batch::Each => 1,
            Batch::Random(rows) => rows as usize,
        };
        let along = |axis: &SweepAxis| (0..axis.axis.len()).map(|at| axis.axis.value(at) as usize).collect();
        let knob = self.batch_rows.map(|knob| self.knobs[knob].source);
        let values: Vec<usize> = match (knob, &self.y) {
            (Some(Source::X(_)), _) => along(&self.x),
            (Some(Source::Y(_)), Some(y)) => along(y),
            (Some(Source::Fixed(rows)), _) => vec![rows as usize],
            _ => vec![fixed],
        };
        values.into_iter()
    }

    /// Whether the stop rule reads the gradient over all rows.
    pub fn reads_gradient(&self) -> bool {
        self.stop.as_ref().map_or(self.limits.gtol > 0.0, |stop| stop.reads[3])
    }

    /// Largest |weight| of a training that goes on. Where the loss is not looked at in every step this keeps its square
    /// finite.
    pub fn absurd(&self) -> f64 {
        match (self.batch, self.precision.is_wide()) {
            (Batch::Full, true) => f64::MAX,
            (Batch::Full, false) => f64::from(f32::MAX),
            (_, true) => 1e150,
            (_, false) => 1e18,
        }
    }
}
