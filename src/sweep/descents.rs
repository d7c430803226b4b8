//! The few descents that a trace follows: every value of every axis, for every rule.

use super::beside::Shown;
use super::error::RequestError;
use super::fit::Fit;
use super::formula::FormulaSweep;
use super::knob_ref::{KnobRef, of_one_parameter, start_name};
use super::recipe::Recipe;
use super::request::{Request, Varied};
use super::setting::Setting;
use crate::problem::Rule;
use std::sync::Arc;

/// Some descents, chosen by axes and rules.
#[derive(Debug, Clone)]
pub struct Descents {
    /// One or more per rule; their cells are the descents.
    pub specs: Vec<Arc<FormulaSweep>>,
    /// In the order of the specs, y-major within one.
    pub list: Vec<Descent>,
    /// Knobs that say which descent is which: α, the first start, and every other name with an axis.
    pub names: Vec<String>,
    /// Those of [`Descents::names`] that have more than one value.
    pub varied: Vec<usize>,
    /// Whether there is more than one rule.
    pub several_rules: bool,
    /// Formulas that are shown of each, and the model whose fit is; see [`Descents::showing`].
    pub shown: Vec<Shown>,
    pub fit: Option<Fit>,
    /// Whether the largest curvature is followed along each path, and the gradient flow beside it.
    pub sharpness: bool,
    pub flow: bool,
}

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Descent {
    /// Position in [`Descents::specs`].
    pub spec: usize,
    pub cell: (usize, usize),
    /// By [`Descents::names`], rounded to the working precision; `None` where the rule has no such knob.
    pub values: Vec<Option<f64>>,
}

impl Request {
    /// The descents of this request under each of `rules`, at most `most`. What is set or varied for a hyperparameter that
    /// only some of the rules have is left to these. The first parameter starts where the catalog says, unless its start is
    /// given.
    ///
    /// # Errors
    /// As [`Request::resolve`]; more than `most` descents.
    pub fn descents(&self, rules: &[Rule], most: usize) -> Result<Descents, RequestError> {
        self.check_number(rules.len(), most)?;
        let has = |rule: &Rule, knob: &KnobRef| {
            let knob = knob.to_string();
            let general = of_one_parameter(&knob).map_or(knob.as_str(), |(hyperparameter, _)| hyperparameter);
            rule.hyperparameters().iter().any(|(name, _)| name == general)
        };
        let mut specs = Vec::new();
        for rule in rules {
            let foreign = |knob: &KnobRef| !has(rule, knob) && rules.iter().any(|other| has(other, knob));
            let mut request = self.clone().rule(rule.clone());
            request.common.axes.retain(|varied| !foreign(&varied.knob));
            request.common.set.retain(|fixed| !foreign(&fixed.knob));
            specs.extend(request.with_start().specs()?);
        }
        let descents = Descents::new(specs, self, rules.len() > 1);
        if descents.list.len() > most {
            return Err(RequestError::new("--alpha", "", too_many(descents.list.len(), most)));
        }
        Ok(descents)
    }

    /// Refuses too many descents before anything is built for them.
    fn check_number(&self, rules: usize, most: usize) -> Result<(), RequestError> {
        let axes = &self.common.axes;
        let number = axes.iter().fold(rules, |number, varied| number.saturating_mul(varied.axis.len()));
        match axes.iter().max_by_key(|varied| varied.axis.len()) {
            Some(longest) if number > most => {
                let shown = longest.shown(&longest.knob.to_string());
                Err(RequestError::new(longest.flag, shown, too_many(number, most)))
            }
            _ => Ok(()),
        }
    }

    /// The request with a start for the first parameter, unless it has one or an axis of them: the catalog's, else the lowest
    /// of the usual axis.
    #[must_use]
    pub fn with_start(self) -> Self {
        // What cannot be resolved is told of when it is.
        let Some(parameter) = self.first_parameter() else { return self };
        let start = KnobRef::Start(parameter);
        let axes = self.common.axes.iter().map(|varied| &varied.knob);
        let mut given = axes.chain(self.common.set.iter().map(|fixed| &fixed.knob));
        if given.any(|knob| *knob == start || *knob == KnobRef::FirstStart) {
            return self;
        }
        let of_row = Recipe::of(self.formula.row()).starts.first().copied();
        let lowest = || Setting::Number(Recipe::default().start.bounds().0);
        self.set(start, of_row.unwrap_or_else(lowest))
    }

    /// Sweeps whose cells are all the values of all axes: two axes are those of the sweep, others become a sweep per
    /// value.
    fn specs(&self) -> Result<Vec<Arc<FormulaSweep>>, RequestError> {
        let mut first = self.clone();
        // It is named by an axis only.
        first.common.axes.sort_by_key(|varied| varied.knob != KnobRef::FirstStart);
        let extra = first.common.axes.split_off(first.common.axes.len().min(2));
        let mut requests = vec![first];
        for Varied { knob, axis, .. } in &extra {
            let with = |request: &Self| -> Vec<Self> {
                axis.values().map(|value| request.clone().set(knob.clone(), value)).collect()
            };
            requests = requests.iter().flat_map(with).collect();
        }
        requests.iter().map(|request| request.resolve().map(Arc::new)).collect()
    }
}

impl Descents {
    fn new(specs: Vec<Arc<FormulaSweep>>, request: &Request, several_rules: bool) -> Self {
        let first_start = start_name(&specs[0].objective.parameters()[0]);
        let mut names = vec!["alpha".to_owned(), first_start.clone()];
        let mut varied = Vec::new();
        for Varied { knob, axis, .. } in &request.common.axes {
            let Some(name) = knob.name(Some(&first_start)) else { continue };
            let at = names.iter().position(|known| *known == name).unwrap_or(names.len());
            if at == names.len() {
                names.push(name);
            }
            if axis.len() > 1 {
                varied.push(at);
            }
        }
        varied.sort_unstable();
        let mut list = Vec::new();
        for (at, spec) in specs.iter().enumerate() {
            for cell in (0..spec.ny()).flat_map(|y| (0..spec.nx()).map(move |x| (x, y))) {
                let value = |name: &String| {
                    let knob = spec.knobs.iter().find(|knob| knob.name == *name)?;
                    Some(spec.knob_value(knob, cell.0, cell.1))
                };
                list.push(Descent { spec: at, cell, values: names.iter().map(value).collect() });
            }
        }
        Self { specs, list, names, varied, several_rules, shown: Vec::new(), fit: None, sharpness: false, flow: false }
    }

    /// The spec of a descent.
    pub fn spec(&self, descent: usize) -> &FormulaSweep {
        &self.specs[self.list[descent].spec]
    }

    /// The name of a descent's rule, or its text.
    pub fn rule(&self, descent: usize) -> &str {
        let rule = &self.spec(descent).rule;
        rule.name().unwrap_or_else(|| rule.text())
    }
}

fn too_many(number: usize, most: usize) -> String {
    format!(
        "{number} descents, and at most {most} are followed one by one: give shorter lists, such as 0.1,1,3.9; `alphasweep sweep` maps millions"
    )
}
