//! How the request of a network becomes a [`NetworkSweep`].

use super::knobs::{BATCH, Knobs};
use super::request::NetworkRequest;
use super::sweep::NetworkSweep;
use crate::problem::samples::{SampleSets, Samples, Targets};
use crate::problem::{Activation, ColumnMoments, Moments, Network, NetworkLoss, NetworkStop, Scaling, Standardize};
use crate::sweep::batch::Batch;
use crate::sweep::columns::{self, ColumnKind, ColumnRow, MEASURES, RECORDS, Split};
use crate::sweep::common::{History, Limits, Line, SweepCommon, Title};
use crate::sweep::draws::Draws;
use crate::sweep::error::RequestError;
use crate::sweep::knob_ref::KnobRef;
use crate::sweep::measure::Measure;
use crate::sweep::note::{Note, TargetsNote, dashed};
use crate::sweep::recipe::NetworkRecipe;
use crate::sweep::remarks::common_notes;
use crate::sweep::resolution;
use crate::sweep::resolve::about;
use crate::sweep::tolerance::Tolerance;
use crate::sweep::update::Update;
use std::collections::BTreeSet;

/// Unless asked for, a network has no tolerance on its gradient: it is hardly ever met, and between passes over the data
/// finding it would cost as much as the training itself.
const GTOL: Tolerance = Tolerance::Absolute(0.0);

impl NetworkRequest {
    /// Checks everything and fills in the defaults.
    ///
    /// # Errors
    /// The first thing that is wrong: the flag, the value, and the way out.
    pub fn resolve(&self) -> Result<NetworkSweep, RequestError> {
        let recipe = self.row.map(NetworkRecipe::of);
        let recipe = recipe.as_ref();
        let draws = Draws::of(&self.common)?;
        let mut notes = Vec::new();
        let mut samples = self.learned_from(&draws)?;
        let loss = self.loss_of(recipe, &samples);
        if loss == NetworkLoss::CrossEntropy {
            let signs = samples.has_signs();
            samples = samples.into_labels().map_err(|error| RequestError::new("--loss", loss, error.to_string()))?;
            notes.extend(signs.then_some(Note::SignsAreClasses));
        }
        notes.extend(self.standardized(&mut samples)?);
        let network = self.network(recipe, loss, &samples, &mut notes)?;
        let rule = &self.common.rule;
        let name = rule.name().unwrap_or_else(|| rule.text());
        let measure = self.row.is_some_and(|row| row.measure);
        let knobs = Knobs { request: self, recipe, network: &network, rows: samples.train.rows() };
        let found = knobs.find(&draws, &mut notes)?;
        for axis in std::iter::once(&found.x).chain(&found.y) {
            let knob = KnobRef::Named(axis.name.clone());
            notes.extend(resolution::check(axis, knob, self.common.precision)?);
        }
        let classes = matches!(samples.train.targets, Targets::Labels { .. });
        let tested = classes && samples.test.is_some();
        if measure && found.batch != Batch::Full {
            let message = "the measure of trainability needs the loss of every step; use full";
            return Err(RequestError::new("--batch", found.batch, message));
        }
        if let Some(stop) = &self.stop {
            check_stop(stop, classes, tested)?;
        }
        notes.insert(0, data_note(&samples));
        notes.extend(Note::found(&samples.source, &self.found));
        let has = |row: &&ColumnRow| match row.kind {
            ColumnKind::Accuracy(Split::Train) => classes,
            ColumnKind::Accuracy(Split::Test) => tested,
            ColumnKind::Trainability => measure,
            _ => true,
        };
        let asked = self.measures_asked()?;
        let rows: Vec<ColumnRow> = MEASURES.iter().filter(has).copied().chain(asked.iter().copied()).collect();
        let limits = self.limits(found.batch, samples.train.rows())?;
        let (schedule, precision) = (&self.common.schedule, self.common.precision);
        let update = Update::new(rule, schedule.as_ref(), limits.steps, precision).map_err(about("--rule", name))?;
        let followed = asked.iter().filter(|row| row.kind == ColumnKind::Measured);
        let recorded: Vec<ColumnRow> = RECORDS.iter().filter(has).chain(followed).copied().collect();
        let history = self.history_of(u64::from(limits.steps), recorded)?;
        notes.extend(common_notes(&found.x, found.y.as_ref(), &found.knobs, &limits));
        let common = SweepCommon {
            title: Title { name: self.row.map(|row| row.name), text: network.to_string(), is_formula: false },
            rule: rule.clone(),
            schedule: schedule.clone(),
            x: found.x,
            y: found.y,
            knobs: found.knobs,
            x_lines: vec![Line::Axis],
            y_lines: found.y_lines,
            limits,
            batch: found.batch,
            batched: found.batch != Batch::Full,
            precision: self.common.precision,
            columns: columns::columns(Vec::new(), &rows, self.common.precision.is_wide()),
            derived: Vec::new(),
            history,
            notes,
        }
        .with_all_derived();
        common.check_size()?;
        Ok(NetworkSweep {
            common,
            network,
            samples,
            update,
            hyperparameters: found.hyperparameters,
            alphas: found.alphas,
            init_std: found.init_std,
            init_offset: found.init_offset,
            batch_rows: found.batch_rows,
            seed: found.seed,
            stop: self.stop.clone(),
            measure,
        })
    }

    /// Brings inputs, and targets where they are meant too, to mean 0 and standard deviation 1.
    fn standardized(&self, samples: &mut SampleSets) -> Result<Option<Note>, RequestError> {
        let Some(which) = &self.standardize else { return Ok(None) };
        let wrong = |message: &str| RequestError::new("--standardize", which, message);
        samples.standardize();
        match which {
            Standardize::Inputs => Ok(None),
            Standardize::All => {
                let moments = samples.standardize_targets();
                let moments = moments.ok_or_else(|| wrong("the target has classes, which stay; leave `all` out"))?;
                let named = |moments: Moments| ColumnMoments { column: "the target".to_owned(), moments };
                Ok(Some(Note::Standardized(moments.into_iter().map(named).collect())))
            }
            Standardize::Columns(_) => {
                Err(wrong("a network's inputs are standardised together; write --standardize alone, or with all"))
            }
        }
    }

    fn limits(&self, batch: Batch, rows: usize) -> Result<Limits, RequestError> {
        if let Some(epochs) = self.common.epochs.filter(|_| self.common.names(BATCH)) {
            let message =
                "`batch` is a name of this sweep, and the steps of a pass follow from it; give --steps N, or --batch N";
            return Err(RequestError::new("--epochs", epochs, message));
        }
        let limits = self.common.limits(GTOL, Some(batch.pass(rows)))?;
        if let Tolerance::Each(_) = limits.gtol {
            let message = "a network's slopes are held to one number; give one slope, or use --stop";
            return Err(RequestError::new("--gtol", limits.gtol, message));
        }
        if let Tolerance::Relative(_) = limits.gtol {
            let message = "the slopes of a network at its starts are no measure of its slopes at the end; give a slope, or use --stop";
            return Err(RequestError::new("--gtol", limits.gtol, message));
        }
        Ok(limits)
    }

    fn learned_from(&self, draws: &Draws) -> Result<SampleSets, RequestError> {
        if let Some(samples) = &self.samples {
            return Ok(samples.clone());
        }
        let Some(row) = self.row else {
            let message = "a network needs something to learn from: a folder of IDX files, FILE.csv with --target, \
                           gaussian:ROWS:INPUTS or digits";
            return Err(RequestError::new("--data", "", message));
        };
        SampleSets::open(row.data, None, draws.of_data())
            .map_err(|error| RequestError::new("--data", row.data, error.to_string()))
    }

    /// The loss; of data with classes the cross-entropy, unless said otherwise.
    fn loss_of(&self, recipe: Option<&NetworkRecipe>, samples: &SampleSets) -> NetworkLoss {
        let labels = matches!(samples.train.targets, Targets::Labels { .. });
        let usual = if labels { NetworkLoss::CrossEntropy } else { NetworkLoss::Mse };
        self.loss.unwrap_or(recipe.map_or(usual, |recipe| recipe.loss))
    }

    fn network(
        &self,
        recipe: Option<&NetworkRecipe>,
        loss: NetworkLoss,
        samples: &SampleSets,
        notes: &mut Vec<Note>,
    ) -> Result<Network, RequestError> {
        let (inputs, outputs) = (samples.train.inputs, samples.train.outputs());
        let own = self.sizes.clone();
        let Some(mut sizes) = own.or_else(|| recipe.map(|recipe| recipe.sizes.clone())) else {
            return Err(RequestError::new("--net", "", Network::NO_SIZES));
        };
        Network::check_sizes(&sizes).map_err(about("--net", &dashed(&sizes)))?;
        let last = sizes.len() - 1;
        // One output is enough to tell two classes apart.
        let is_binary = loss == NetworkLoss::CrossEntropy && (outputs, sizes[last]) == (2, 1);
        if (sizes[0], sizes[last]) != (inputs, outputs) && !(is_binary && sizes[0] == inputs) {
            if self.sizes.is_some() {
                let message = format!(
                    "the data ({}) needs {inputs} to go in and {outputs} to come out; write {inputs}-…-{outputs}{}",
                    samples.source,
                    match outputs {
                        1 => ", or add --loss cross-entropy where its whole numbers are classes",
                        2 if loss == NetworkLoss::CrossEntropy => ", or 1 to come out, the evidence for class 1",
                        _ => "",
                    }
                );
                return Err(RequestError::new("--net", dashed(&sizes), message));
            }
            (sizes[0], sizes[last]) = (inputs, outputs);
            notes.push(Note::Fitted { sizes: sizes.clone() });
        }
        Ok(Network {
            sizes,
            activation: self.activation.unwrap_or(recipe.map_or(Activation::Sigmoid, |recipe| recipe.activation)),
            loss,
            bias: !self.no_bias && self.row.is_none_or(|row| row.bias),
            scaling: self.scaling.unwrap_or(recipe.map_or(Scaling::None, |recipe| recipe.scaling)),
        })
    }

    /// What is measured because it was asked for, each once and in the order of files.
    fn measures_asked(&self) -> Result<Vec<ColumnRow>, RequestError> {
        let asked = |measure: &Measure| match measure {
            Measure::Minimum | Measure::Sharpness => Ok(Some(*measure)),
            // It is measured in any case.
            Measure::LossBest => Ok(None),
            Measure::Period | Measure::Lyapunov | Measure::PathLength => {
                let message =
                    "is of formulas, leave it out; of networks there are minimum and sharpness, and loss_best unasked";
                Err(RequestError::new("--measure", measure, message))
            }
        };
        let asked: Result<Vec<Option<Measure>>, _> = self.measures.iter().map(asked).collect();
        let asked: BTreeSet<Measure> = asked?.into_iter().flatten().collect();
        Ok(asked.into_iter().map(|measure| measure.row().column).collect())
    }

    fn history_of(&self, steps: u64, recorded: Vec<ColumnRow>) -> Result<Option<History>, RequestError> {
        /// Most records of a training.
        const MOST: u64 = 100_000;
        let Some(every) = self.history else { return Ok(None) };
        let records = steps / every.max(1) + 1;
        if every == 0 || every > steps.max(1) || records > MOST {
            let least = steps.div_ceil(MOST - 1).max(1);
            let message =
                format!("expected a number of steps from {least} to --steps: at most {MOST} records are kept");
            return Err(RequestError::new("--history", every, message));
        }
        let columns = columns::records(recorded.into_iter(), self.common.precision.is_wide());
        Ok(Some(History { every: every as u32, columns }))
    }
}

fn check_stop(stop: &NetworkStop, classes: bool, tested: bool) -> Result<(), RequestError> {
    let [_, train, test, _] = stop.reads;
    let missing = match () {
        () if (train || test) && !classes => "accuracies are of classes, and these data have none; use loss",
        () if test && !tested => "these data have no test rows; use train_accuracy",
        () => return Ok(()),
    };
    Err(RequestError::new("--stop", stop.text(), missing))
}

fn data_note(samples: &SampleSets) -> Note {
    Note::Samples {
        source: samples.source.clone(),
        rows: samples.train.rows(),
        test_rows: samples.test.as_ref().map(Samples::rows),
        inputs: samples.train.inputs,
        targets: match samples.train.targets {
            Targets::Labels { classes, .. } => TargetsNote::Classes(classes),
            Targets::Values { outputs, .. } => TargetsNote::Values(outputs),
        },
    }
}
