//! What `sweep` was asked for: a formula, or a network.

use crate::cli::flags::SweepArguments;
use crate::problem::network_row;
use crate::problem::samples::SampleSets;
use crate::sweep::{NetworkRequest, Request, Resolved, SpecError};
use std::path::Path;

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
        let is_row = network_row(arguments.problem.objective.trim()).is_some();
        if arguments.network.net.is_none() && !is_row {
            arguments.network.refuse_for_formulas()?;
            return Ok(Self::Formula(Box::new(arguments.request()?)));
        }
        refuse_for_networks(arguments)?;
        if !is_row && arguments.asked.text("objective").is_some() {
            let message = format!(
                "a network needs no formula, and `{}` is one; leave one of them out",
                arguments.problem.objective
            );
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
    let seed = arguments.problem.seed.or(set).unwrap_or(0);
    let samples = arguments.problem.data.as_deref().map(|data| load(data, flags.target.as_deref(), seed));
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
