//! Descents that were followed.

use crate::draw::typeset::{figure, pretty};
use crate::engine::Traced;
use crate::sweep::{Descents, Outcome};

/// Followed descents, ready to be written and drawn.
#[derive(Debug, Clone)]
pub struct Trace {
    pub(super) descents: Descents,
    pub(super) traced: Vec<Traced>,
}

impl Trace {
    /// # Panics
    /// If there is not one path per descent.
    pub fn new(descents: Descents, traced: Vec<Traced>) -> Self {
        assert_eq!(descents.list.len(), traced.len(), "one path per descent");
        Self { descents, traced }
    }

    /// Which descents these are.
    pub fn descents(&self) -> &Descents {
        &self.descents
    }

    /// What came of them, in the same order.
    pub fn traced(&self) -> &[Traced] {
        &self.traced
    }

    /// What tells a descent from the others: `adam, α = 0.1`.
    pub fn label(&self, descent: usize) -> String {
        let Descents { names, varied, list, several_rules, .. } = &self.descents;
        let rule = several_rules.then(|| self.descents.rule(descent).to_owned());
        let told = if varied.is_empty() && !several_rules { &[0][..] } else { varied };
        let value = |at: &usize| list[descent].values[*at].map(|v| format!("{} = {}", pretty(&names[*at]), figure(v)));
        rule.into_iter().chain(told.iter().filter_map(value)).collect::<Vec<_>>().join(", ")
    }

    /// What came of a descent, in words: `converged at step 43`.
    pub fn ending(&self, descent: usize) -> String {
        let Traced { outcome, steps, .. } = &self.traced[descent];
        match outcome {
            Outcome::Converged | Outcome::Diverged => format!("{outcome} at step {steps}"),
            _ => format!("{outcome} after {steps} step{}", if *steps == 1 { "" } else { "s" }),
        }
    }
}

/// What the model gives at the end of a descent.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction<'a> {
    /// The values that it was asked for, by column.
    pub at: Vec<(&'a str, f64)>,
    pub value: f64,
}

impl Trace {
    /// What was asked of the model, with its answers at a descent's [parameters](Traced::parameters).
    pub fn predictions(&self, descent: usize) -> impl Iterator<Item = Prediction<'_>> {
        let values = self.traced[descent].predictions.iter();
        let asked = self.descents.fit.iter().flat_map(|fit| fit.asked.iter().map(|row| (&fit.model.inputs, row)));
        asked.zip(values).map(|((names, row), value)| Prediction {
            at: names.iter().map(String::as_str).zip(row.iter().copied()).collect(),
            value: *value,
        })
    }

    /// What is shown of a descent besides its path, at the last step where it is known to be well.
    pub fn shown_at_end(&self, descent: usize) -> impl Iterator<Item = (&str, f64)> {
        let Traced { path, shown, .. } = &self.traced[descent];
        self.descents.shown.iter().zip(shown).map(|(of, values)| (of.name.as_str(), values[path.shown]))
    }
}
