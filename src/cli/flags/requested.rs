//! What `sweep` was asked for: a formula, or a network.

use crate::cli::flags::descent::DescentFlags;
use crate::cli::flags::network::NetworkFlags;
use crate::cli::flags::problem::{HeldFile, ProblemFlags, ShortAxes};
use crate::cli::flags::{SweepArguments, request};
use crate::files;
use crate::problem::samples::{SampleSets, parse_table};
use crate::problem::{DataNote, Network, NetworkRow, Reading, network_row};
use crate::sweep::{Measure, NetworkRequest, Precision, RequestCommon, RequestError, SEED, SweepRequest};
use std::path::Path;

/// The request that was typed.
///
/// # Errors
/// A flag that does not go with what is swept; data that cannot be read.
pub fn requested(arguments: &SweepArguments, precision: Precision) -> Result<SweepRequest, RequestError> {
    let row = network_row(arguments.problem.objective.trim());
    if arguments.network.net.is_none() && row.is_none() {
        arguments.network.refuse_for_formulas()?;
        return Ok(SweepRequest::Formula(Box::new(arguments.request(precision)?)));
    }
    refuse_for_networks(arguments)?;
    if row.is_none() && arguments.asked.text("objective").is_some() {
        let message =
            format!("a network needs no formula, and `{}` is one; leave one of them out", arguments.problem.objective);
        return Err(RequestError::new("--net", arguments.network.net.as_deref().unwrap_or_default(), message));
    }
    let asked = NetworkAsked {
        problem: &arguments.problem,
        descent: &arguments.descent,
        flags: &arguments.network,
        measures: &arguments.measures.measure,
        common: arguments.common(precision)?,
    };
    Ok(SweepRequest::Network(Box::new(asked.request(row)?)))
}

/// What is asked of a network.
pub struct NetworkAsked<'a> {
    pub problem: &'a ProblemFlags<ShortAxes>,
    pub descent: &'a DescentFlags,
    pub flags: &'a NetworkFlags,
    pub measures: &'a [Measure],
    pub common: RequestCommon,
}

/// Refuses outputs and checks that are made of a formula.
fn refuse_for_networks(arguments: &SweepArguments) -> Result<(), RequestError> {
    files::refuse_for_networks(&arguments.outputs)?;
    arguments.check.map_or(Ok(()), |share| {
        Err(RequestError::new("--check", share, "is for formulas, and this sweep is of a network; leave it out"))
    })
}

impl NetworkAsked<'_> {
    /// The request.
    ///
    /// # Errors
    /// A flag that networks do not have; data that cannot be read.
    pub fn request(self, row: Option<&'static NetworkRow>) -> Result<NetworkRequest, RequestError> {
        let Self { problem, descent, flags, measures, common } = self;
        refuse_of_formulas(problem, descent)?;
        // As the data of the catalog's networks are drawn, whether they are named or not.
        let set = common.set.iter().find(|fixed| fixed.knob.is(SEED)).and_then(|fixed| fixed.value.number());
        let seed = problem.seed.or(set.map(|seed| seed as u64)).unwrap_or(0);
        let reading = request::reading(problem)?;
        let samples = match &problem.held {
            Some(held) => Some(taught(held, flags.target.as_deref(), reading)),
            None => problem.data.as_deref().map(|data| load(data, flags.target.as_deref(), seed, reading)),
        };
        if samples.is_none() && flags.target.is_some() {
            let target = flags.target.as_deref().unwrap_or_default();
            return Err(RequestError::new("--target", target, "names a column of --data FILE.csv; give that too"));
        }
        let sizes = |text| Network::sizes(text).map_err(|error| RequestError::new("--net", text, error.to_string()));
        let (samples, found) = samples.transpose()?.unzip();
        Ok(NetworkRequest {
            common,
            row,
            samples,
            found: found.unwrap_or_default(),
            sizes: flags.net.as_deref().map(sizes).transpose()?,
            activation: request::optional("--activation", flags.activation.as_deref())?,
            loss: request::optional("--loss", flags.loss.as_deref())?,
            init: request::optional("--init", flags.init.as_deref())?,
            scaling: request::optional("--scaling", flags.scaling.as_deref())?,
            no_bias: flags.no_bias,
            stop: request::optional("--stop", descent.stop.as_deref())?,
            standardize: request::optional("--standardize", problem.standardize.as_deref())?,
            history: flags.history,
            measures: measures.to_vec(),
        })
    }
}

/// What a formula has and a network has not.
fn refuse_of_formulas(problem: &ProblemFlags<ShortAxes>, descent: &DescentFlags) -> Result<(), RequestError> {
    if let Some(text) = problem.constants.first() {
        let (name, value) = request::constant(text)?;
        let message = "a network has no constants; leave it out";
        return Err(RequestError::new("--const", format!("{name}={value}"), message));
    }
    match descent.gradient.as_deref().filter(|text| *text != "auto") {
        Some(text) => {
            Err(RequestError::new("--gradient", text, "a network's gradient is always derived; leave it out"))
        }
        None => Ok(()),
    }
}

/// A table that is here already.
fn taught(
    held: &HeldFile,
    target: Option<&str>,
    reading: Reading,
) -> Result<(SampleSets, Vec<DataNote>), RequestError> {
    let target = target.ok_or_else(|| {
        RequestError::new("--data", &held.name, "is a table; name the column to be learnt with --target COLUMN")
    })?;
    let read = parse_table(&held.bytes, target, &held.name, reading);
    read.map_err(|error| RequestError::new("--data", &held.name, error.problem.to_string()))
}

fn load(
    data: &Path,
    target: Option<&str>,
    seed: u64,
    reading: Reading,
) -> Result<(SampleSets, Vec<DataNote>), RequestError> {
    let text = data.to_string_lossy();
    SampleSets::open_as(&text, target, seed as u32, reading).map_err(|error| {
        // Of a folder, the file in it.
        let file = Path::new(&error.data).file_name().filter(|_| error.data != text);
        let file = file.map_or(String::new(), |file| format!("{}: ", file.to_string_lossy()));
        RequestError::new("--data", &text, format!("{file}{}", error.problem))
    })
}
