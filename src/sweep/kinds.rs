//! A sweep, whatever is descended on: a formula, or a network.

use super::common::SweepCommon;
use super::error::RequestError;
use super::formula::FormulaSweep;
use super::network::{NetworkRequest, NetworkSweep};
use super::request::Request;
use std::ops::Deref;
use std::sync::Arc;

/// A sweep that can be run: what engines, files and the command line are given. Both kinds are shared, so that whoever
/// needs one of them by itself keeps it beside the sweep.
#[derive(Debug, Clone)]
pub enum Sweep {
    Formula(Arc<FormulaSweep>),
    Network(Arc<NetworkSweep>),
}

impl Sweep {
    /// What all sweeps have.
    pub fn common(&self) -> &SweepCommon {
        match self {
            Self::Formula(sweep) => &sweep.common,
            Self::Network(sweep) => &sweep.common,
        }
    }

    /// The sweep of a formula.
    pub fn formula(&self) -> Option<&Arc<FormulaSweep>> {
        match self {
            Self::Formula(sweep) => Some(sweep),
            Self::Network(_) => None,
        }
    }
}

/// Whatever takes what all sweeps have takes it.
impl Deref for Sweep {
    type Target = SweepCommon;

    fn deref(&self) -> &SweepCommon {
        self.common()
    }
}

impl From<FormulaSweep> for Sweep {
    fn from(sweep: FormulaSweep) -> Self {
        Self::Formula(Arc::new(sweep))
    }
}

impl From<NetworkSweep> for Sweep {
    fn from(sweep: NetworkSweep) -> Self {
        Self::Network(Arc::new(sweep))
    }
}

/// Shares it.
impl From<&Arc<FormulaSweep>> for Sweep {
    fn from(sweep: &Arc<FormulaSweep>) -> Self {
        Self::Formula(Arc::clone(sweep))
    }
}

/// A copy, for who keeps the original.
impl From<&FormulaSweep> for Sweep {
    fn from(sweep: &FormulaSweep) -> Self {
        sweep.clone().into()
    }
}

/// A copy, for who keeps the original.
impl From<&NetworkSweep> for Sweep {
    fn from(sweep: &NetworkSweep) -> Self {
        sweep.clone().into()
    }
}

/// A sweep as it is asked for.
#[derive(Debug, Clone)]
pub enum SweepRequest {
    Formula(Box<Request>),
    Network(Box<NetworkRequest>),
}

impl SweepRequest {
    /// Checks everything and fills in the defaults.
    ///
    /// # Errors
    /// The first thing that is wrong: the flag, the value, and the way out.
    pub fn resolve(&self) -> Result<Sweep, RequestError> {
        match self {
            Self::Formula(request) => Ok(request.resolve()?.into()),
            Self::Network(request) => Ok(request.resolve()?.into()),
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
