//! What an engine is given to run.

use super::common::SweepCommon;
use super::network::NetworkSpec;
use super::spec::Spec;
use std::ops::Deref;

/// A sweep, whatever is descended on.
#[derive(Debug, Clone, Copy)]
pub enum Job<'a> {
    Formula(&'a Spec),
    Network(&'a NetworkSpec),
}

impl<'a> Job<'a> {
    /// What all sweeps have.
    pub fn grid(self) -> &'a SweepCommon {
        match self {
            Self::Formula(spec) => &spec.grid,
            Self::Network(spec) => &spec.grid,
        }
    }
}

/// A sweep that can be run, whatever is descended on.
#[derive(Debug, Clone)]
pub enum Resolved {
    Formula(Box<Spec>),
    Network(Box<NetworkSpec>),
}

impl Resolved {
    /// For an engine.
    pub fn job(&self) -> Job<'_> {
        match self {
            Self::Formula(spec) => Job::Formula(spec),
            Self::Network(spec) => Job::Network(spec),
        }
    }

    /// The sweep of a formula.
    pub fn formula(&self) -> Option<&Spec> {
        match self {
            Self::Formula(spec) => Some(spec),
            Self::Network(_) => None,
        }
    }
}

/// Whatever takes a grid takes it.
impl Deref for Resolved {
    type Target = SweepCommon;

    fn deref(&self) -> &SweepCommon {
        self.job().grid()
    }
}

impl<'a> From<&'a Resolved> for Job<'a> {
    fn from(sweep: &'a Resolved) -> Self {
        sweep.job()
    }
}

impl<'a> From<&'a Spec> for Job<'a> {
    fn from(spec: &'a Spec) -> Self {
        Self::Formula(spec)
    }
}

impl<'a> From<&'a NetworkSpec> for Job<'a> {
    fn from(spec: &'a NetworkSpec) -> Self {
        Self::Network(spec)
    }
}
