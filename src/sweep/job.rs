//! What an engine is given to run.

use super::grid::Grid;
use super::network::NetworkSpec;
use super::spec::Spec;

/// A sweep, whatever is descended on.
#[derive(Debug, Clone, Copy)]
pub enum Job<'a> {
    Formula(&'a Spec),
    Network(&'a NetworkSpec),
}

impl<'a> Job<'a> {
    /// What all sweeps have.
    pub fn grid(self) -> &'a Grid {
        match self {
            Self::Formula(spec) => &spec.grid,
            Self::Network(spec) => &spec.grid,
        }
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
