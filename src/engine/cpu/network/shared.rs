//! What all trainings of a run share.

use super::pass::Rows;
use super::product::Product;
use crate::sweep::NetworkSweep;

/// A sweep, and its rows in the working precision.
pub struct Shared<'a, T: Product> {
    pub spec: &'a NetworkSweep,
    pub train: Rows<'a, T>,
    pub test: Option<Rows<'a, T>>,
}

impl<'a, T: Product> Shared<'a, T> {
    /// Those of a sweep.
    pub fn new(spec: &'a NetworkSweep) -> Self {
        Self {
            spec,
            train: Rows::new(&spec.samples.train, &spec.network),
            test: spec.samples.test.as_ref().map(|test| Rows::new(test, &spec.network)),
        }
    }
}
