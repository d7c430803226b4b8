//! Descents with what is shown of them besides their paths.

use super::beside::Predictor;
use super::descents::Descents;
use super::error::RequestError;
use super::fit::{Beside, Fit};

impl Descents {
    /// The same descents, of which this is shown besides.
    ///
    /// # Errors
    /// A formula that is none of this objective, a name that is taken, a question about a model where there is none, values that
    /// the model does not read or that are missing.
    pub fn showing(mut self, beside: Beside) -> Result<Self, RequestError> {
        (self.sharpness, self.flow) = (beside.sharpness, beside.flow);
        let objective = &self.specs[0].objective;
        let taken = [self.csv_names(), self.followed_names()].concat();
        for (at, shown) in beside.shown.iter().enumerate() {
            let name = &shown.name;
            if taken.contains(name) || beside.shown[..at].iter().any(|earlier| earlier.name == *name) {
                let message = format!("`{name}` is a column of trace.csv already; choose another name");
                return Err(RequestError::new("--show", format!("{name}={}", shown.expression.text()), message));
            }
            shown.check(objective)?;
        }
        self.fit = Fit::of(&beside, objective)?;
        self.shown = beside.shown;
        Ok(self)
    }

    /// Names of the columns of a trace's CSV, but for what is shown besides.
    pub fn csv_names(&self) -> Vec<String> {
        let rule = self.several_rules.then_some("rule");
        let parameters = self.specs[0].objective.parameters();
        let gradients = parameters.iter().map(|name| format!("{name}_gradient"));
        let first = ["descent"].into_iter().chain(rule).map(str::to_owned).chain(self.names.iter().cloned());
        let fixed = ["step", "loss"].map(str::to_owned);
        first.chain(fixed).chain(parameters.iter().cloned()).chain(gradients).collect()
    }

    /// Names of the columns after these and what is shown: sharpness and the curvature at which the rule is no longer stable; the
    /// gradient flow, its time, and the distance to it.
    pub fn followed_names(&self) -> Vec<String> {
        let sharpness = ["sharpness", "edge"].into_iter().filter(|_| self.sharpness).map(str::to_owned);
        let parameters = self.specs[0].objective.parameters().iter().map(|name| format!("{name}_flow"));
        let flow = std::iter::once("time".to_owned()).chain(parameters);
        let flow = flow.chain(["loss_flow", "flow_distance"].map(str::to_owned));
        sharpness.chain(flow.filter(|_| self.flow)).collect()
    }

    /// What the model predicts in a descent's problem; `None` where there is no model.
    pub fn predictor(&self, descent: usize) -> Option<Predictor> {
        let fit = self.fit.as_ref()?;
        // The model was lowered over the same objective when it was found.
        Predictor::new(self.spec(descent), self.list[descent].cell, &fit.model).ok()
    }
}
