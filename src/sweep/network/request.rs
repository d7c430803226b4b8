//! A network as it was asked for, and how it becomes something that can be run.

use super::NetworkSpec;
use super::knobs::Knobs;
use crate::problem::samples::{SampleSets, Targets};
use crate::problem::{
    Activation, Network, NetworkLoss, NetworkRow, NetworkStop, ProblemError, Rule, Scaling, network_row,
};
use crate::sweep::batch::Batch;
use crate::sweep::common::{Final, History, Limits, Line, SweepCommon, Title};
use crate::sweep::knobs::Draws;
use crate::sweep::request::Request;
use crate::sweep::resolution;
use crate::sweep::spec::SpecError;
use crate::sweep::update::Update;

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
        for axis in std::iter::once(&found.x).chain(&found.y) {
            notes.extend(resolution::check(axis, self.common.precision)?);
        }
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
        let grid = SweepCommon {
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
        SampleSets::open(row.data, None, draws.of_data())
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
                    "the data ({}) needs {inputs} to go in and {outputs} to come out; write {inputs}-…-{outputs}{}",
                    samples.source,
                    if outputs == 1 { ", or add --loss cross-entropy where its whole numbers are classes" } else { "" }
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
            let least = self.common.steps.div_ceil(MOST - 1).max(1);
            let message =
                format!("expected a number of steps from {least} to --steps: at most {MOST} records are kept");
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
