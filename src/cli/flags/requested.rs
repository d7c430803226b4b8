//! Flags of networks, and what `sweep` was asked for: a formula, or a network.

use crate::cli::flags::{SweepArguments, whole_number};
use crate::problem::network_row;
use crate::problem::samples::SampleSets;
use crate::sweep::{NetworkRequest, Request, Resolved, SpecError};
use clap::Args;
use std::path::Path;

/// Flags of networks alone.
#[derive(Debug, Args)]
pub struct NetworkArguments {
    /// A network of dense layers in place of a formula: the sizes, inputs first, such as 784-50-10
    #[arg(long, value_name = "SIZES", help_heading = "Networks")]
    pub net: Option<String>,
    /// What goes between layers [default: the network's, else sigmoid]
    #[arg(long, value_name = "sigmoid|tanh|relu|identity", help_heading = "Networks")]
    pub activation: Option<String>,
    /// What is minimised [default: the network's, else cross-entropy for classes, mse for values]
    #[arg(long, value_name = "cross-entropy|mse", help_heading = "Networks")]
    pub loss: Option<String>,
    /// How weights begin; biases begin at 0 [default: the network's, else normal:0.01]
    #[arg(long, value_name = "normal:STD", help_heading = "Networks")]
    pub init: Option<String>,
    /// Mean-field: products are multiplied by √(2/n) between layers, by 1/n in the last [default: the network's, else none]
    #[arg(long, value_name = "none|mean-field", help_heading = "Networks")]
    pub scale: Option<String>,
    /// Layers without biases
    #[arg(long, help_heading = "Networks")]
    pub no_bias: bool,
    /// The column of --data FILE.csv to be learnt; all others are inputs
    #[arg(long, value_name = "COLUMN", help_heading = "Networks")]
    pub target: Option<String>,
    /// Every input with mean 0 and standard deviation 1 over the rows that are learnt from
    #[arg(long, help_heading = "Networks")]
    pub standardize: bool,
    /// Also write loss and accuracies of every training at every N-th step: DIR/history.csv and DIR/history.png
    #[arg(long, value_name = "N", value_parser = whole_number, allow_negative_numbers = true, help_heading = "Networks")]
    pub history: Option<u64>,
}

impl NetworkArguments {
    /// Refuses them where a formula is swept.
    ///
    /// # Errors
    /// The first that was given.
    pub fn refuse_for_formulas(&self) -> Result<(), SpecError> {
        let switch = |given: bool| given.then(String::new);
        let flags = [
            ("--activation", self.activation.clone()),
            ("--loss", self.loss.clone()),
            ("--init", self.init.clone()),
            ("--scale", self.scale.clone()),
            ("--no-bias", switch(self.no_bias)),
            ("--target", self.target.clone()),
            ("--standardize", switch(self.standardize)),
            ("--history", self.history.map(|every| every.to_string())),
        ];
        match flags.into_iter().find_map(|(flag, value)| value.map(|value| (flag, value))) {
            Some((flag, value)) => {
                let message = "is for networks; add --net SIZES, or name a network of the catalog, such as two-layer";
                Err(SpecError::new(flag, value, message))
            }
            None => Ok(()),
        }
    }
}

/// The request of a sweep.
pub enum Requested {
    Formula(Box<Request>),
    Network(Box<NetworkRequest>),
}

impl Requested {
    /// What was typed.
    ///
    /// # Errors
    /// A flag that does not go with what is swept; data that cannot be read.
    pub fn of(arguments: &SweepArguments) -> Result<Self, SpecError> {
        let is_row = network_row(arguments.objective.trim()).is_some();
        if arguments.network.net.is_none() && !is_row {
            arguments.network.refuse_for_formulas()?;
            return Ok(Self::Formula(Box::new(arguments.request()?)));
        }
        refuse_for_networks(arguments)?;
        if !is_row && arguments.asked.text("objective").is_some() {
            let message =
                format!("a network needs no formula, and `{}` is one; leave one of them out", arguments.objective);
            return Err(SpecError::new("--net", arguments.network.net.as_deref().unwrap_or_default(), message));
        }
        Ok(Self::Network(Box::new(network(arguments)?)))
    }

    /// Checks everything.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn resolve(&self) -> Result<Resolved, SpecError> {
        match self {
            Self::Formula(request) => Ok(Resolved::Formula(Box::new(request.resolve()?))),
            Self::Network(request) => Ok(Resolved::Network(Box::new(request.resolve()?))),
        }
    }

    /// The request of a formula.
    pub fn formula(&self) -> Option<&Request> {
        match self {
            Self::Formula(request) => Some(request),
            Self::Network(_) => None,
        }
    }
}

/// Outputs and checks that are made of a formula.
fn refuse_for_networks(arguments: &SweepArguments) -> Result<(), SpecError> {
    let shown = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let flags = [
        ("--html", shown(&arguments.html)),
        ("--film", shown(&arguments.film)),
        ("--check", arguments.check.map(|share| share.to_string())),
    ];
    match flags.into_iter().find_map(|(flag, value)| value.map(|value| (flag, value))) {
        Some((flag, value)) => {
            Err(SpecError::new(flag, value, "is for formulas, and this sweep is of a network; leave it out"))
        }
        None => Ok(()),
    }
}

fn network(arguments: &SweepArguments) -> Result<NetworkRequest, SpecError> {
    let flags = &arguments.network;
    let common = arguments.common()?;
    // As the data of the catalog's networks are drawn, whether they are named or not.
    let set = common.set.iter().find(|(name, _)| name == "seed").and_then(|(_, value)| value.parse().ok());
    let seed = arguments.seed.or(set).unwrap_or(0);
    let samples = arguments.data.as_deref().map(|data| load(data, flags.target.as_deref(), seed));
    if samples.is_none() && flags.target.is_some() {
        let target = flags.target.as_deref().unwrap_or_default();
        return Err(SpecError::new("--target", target, "names a column of --data FILE.csv; give that too"));
    }
    Ok(NetworkRequest {
        common,
        net: flags.net.clone(),
        activation: flags.activation.clone(),
        loss: flags.loss.clone(),
        init: flags.init.clone(),
        scale: flags.scale.clone(),
        no_bias: flags.no_bias,
        samples: samples.transpose()?,
        standardize: flags.standardize,
        history: flags.history,
    })
}

fn load(data: &Path, target: Option<&str>, seed: u64) -> Result<SampleSets, SpecError> {
    let text = data.to_string_lossy();
    SampleSets::open(&text, target, seed as u32).map_err(|error| {
        // Of a folder, the file in it.
        let file = Path::new(&error.data).file_name().filter(|_| error.data != text);
        let file = file.map_or(String::new(), |file| format!("{}: ", file.to_string_lossy()));
        SpecError::new("--data", &text, format!("{file}{}", error.problem))
    })
}
