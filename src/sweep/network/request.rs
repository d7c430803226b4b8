//! The sweep of a network as it is asked for, typed and not yet checked as a whole.

use crate::problem::samples::SampleSets;
use crate::problem::{Activation, DataNote, NetworkLoss, NetworkRow, NetworkStop, Scaling, Standardize, network_row};
use crate::sweep::measure::Measure;
use crate::sweep::recipe::Init;
use crate::sweep::request::{RequestCommon, choices};

/// A sweep of a network as it is asked for. What is not given is the catalog row's, or the default.
#[derive(Debug, Clone, Default)]
pub struct NetworkRequest {
    pub common: RequestCommon,
    /// The row of the catalog, if it is one.
    pub row: Option<&'static NetworkRow>,
    /// Inputs, then the outputs of each layer.
    pub sizes: Option<Vec<usize>>,
    pub activation: Option<Activation>,
    pub loss: Option<NetworkLoss>,
    pub init: Option<Init>,
    pub scaling: Option<Scaling>,
    pub no_bias: bool,
    /// Converged once this condition holds; without one `gtol` decides, 0 by default.
    pub stop: Option<NetworkStop>,
    pub samples: Option<SampleSets>,
    /// What was found out about their file.
    pub found: Vec<DataNote>,
    pub standardize: Option<Standardize>,
    /// Steps between records.
    pub history: Option<u64>,
    /// What is measured besides, in any order: [`Measure::Minimum`], by the loss, and [`Measure::Sharpness`].
    pub measures: Vec<Measure>,
}

impl NetworkRequest {
    /// The default sweep of a network of the catalog; none where there is no such row.
    pub fn named(name: &str) -> Option<Self> {
        network_row(name).map(|row| Self { row: Some(row), ..Self::default() })
    }

    /// A network of layers of these sizes.
    pub fn of_sizes(sizes: Vec<usize>) -> Self {
        Self { sizes: Some(sizes), ..Self::default() }
    }

    /// Sets the data.
    #[must_use]
    pub fn samples(mut self, samples: SampleSets) -> Self {
        self.samples = Some(samples);
        self
    }

    /// Adds something that is measured of every training.
    #[must_use]
    pub fn measure(mut self, measure: Measure) -> Self {
        self.measures.push(measure);
        self
    }

    /// Sets the stop rule.
    #[must_use]
    pub fn stop(mut self, condition: NetworkStop) -> Self {
        self.stop = Some(condition);
        self
    }
}

choices!(NetworkRequest);
