//! The few descents that a trace follows: every value of every axis, for every rule.

use super::axis::Axis;
use super::knobs::Draws;
use super::request::{FIRST_START, Request};
use super::spec::{Spec, SpecError};
use crate::problem::catalog::{self, DEFAULT_START};
use crate::problem::{Objective, Rule};

/// Some descents, chosen by axes and rules.
#[derive(Debug, Clone)]
pub struct Descents {
    /// One or more per rule; their cells are the descents.
    pub specs: Vec<Spec>,
    /// In the order of the specs, y-major within one.
    pub list: Vec<Descent>,
    /// Knobs that say which descent is which: α, the first start, and every other name with an axis.
    pub names: Vec<String>,
    /// Those of [`Descents::names`] that have more than one value.
    pub varied: Vec<usize>,
    /// Whether there is more than one rule.
    pub several_rules: bool,
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

type AxisText = (String, String, String);

impl Request {
    /// The descents of this request under each of `rules` (names or texts), at most `most`. What is set or varied for a
    /// hyperparameter that only some of the rules have is left to these. The first parameter starts where the catalog
    /// says, unless its start is given.
    ///
    /// # Errors
    /// As [`Request::resolve`]; more than `most` descents.
    pub fn descents(&self, rules: &[String], most: usize) -> Result<Descents, SpecError> {
        self.check_number(rules.len(), most)?;
        let known: Vec<Vec<String>> = rules.iter().map(|rule| hyperparameters(rule)).collect();
        let mut specs = Vec::new();
        for (rule, own) in rules.iter().zip(&known) {
            let foreign = |name: &String| !own.contains(name) && known.iter().any(|others| others.contains(name));
            let mut request = self.clone().rule(rule);
            request.axes.retain(|(_, name, _)| !foreign(name));
            request.set.retain(|(name, _)| !foreign(name));
            specs.extend(request.with_start().specs()?);
        }
        let descents = Descents::new(specs, self, rules.len() > 1);
        if descents.list.len() > most {
            return Err(too_many(&("--alpha".to_owned(), String::new(), String::new()), descents.list.len(), most));
        }
        Ok(descents)
    }

    /// Refuses too many descents before anything is built for them.
    fn check_number(&self, rules: usize, most: usize) -> Result<(), SpecError> {
        let mut lengths = Vec::new();
        for axis in &self.axes {
            lengths.push(values_of(axis)?.len());
        }
        let number = lengths.iter().fold(rules, |number, length| number.saturating_mul(*length));
        let longest = (0..lengths.len()).max_by_key(|at| lengths[*at]);
        match longest {
            Some(longest) if number > most => Err(too_many(&self.axes[longest], number, most)),
            _ => Ok(()),
        }
    }

    /// The request with a start for the first parameter.
    fn with_start(self) -> Self {
        // What cannot be read is told of when it is resolved.
        let Some(parameter) = self.first_parameter() else { return self };
        let start = format!("{parameter}_start");
        let mut given = self.axes.iter().map(|(_, name, _)| name).chain(self.set.iter().map(|(name, _)| name));
        if given.any(|name| *name == start || name == FIRST_START) {
            return self;
        }
        let of_row = catalog::objective(&self.objective).and_then(|row| row.starts.first().copied());
        let lowest = DEFAULT_START.split(':').nth(1).unwrap_or("0");
        self.set(&start, of_row.unwrap_or(lowest))
    }

    fn first_parameter(&self) -> Option<String> {
        let data = Draws::of(self).ok()?.tables(self, catalog::objective(&self.objective)).ok()?;
        let data = data.as_ref().map(|data| &data.tables[0]);
        Objective::over(&self.objective, &self.constants, data).ok()?.parameters().first().cloned()
    }

    /// Specs whose cells are all the values of all axes: two axes are those of the spec, others become a spec per value.
    fn specs(&self) -> Result<Vec<Spec>, SpecError> {
        let mut axes = self.axes.clone();
        // It is named by an axis only.
        axes.sort_by_key(|(_, name, _)| name != FIRST_START);
        let extra = axes.split_off(axes.len().min(2));
        let mut requests = vec![Self { axes, ..self.clone() }];
        for axis in &extra {
            let values = values_of(axis)?;
            let with = |request: &Self| -> Vec<Self> {
                (0..values.len()).map(|at| request.clone().set(&axis.1, &values.value(at).to_string())).collect()
            };
            requests = requests.iter().flat_map(with).collect();
        }
        requests.iter().map(Self::resolve).collect()
    }
}

impl Descents {
    fn new(specs: Vec<Spec>, request: &Request, several_rules: bool) -> Self {
        let first_start = format!("{}_start", specs[0].objective.parameters()[0]);
        let mut names = vec!["alpha".to_owned(), first_start.clone()];
        let mut varied = Vec::new();
        for (_, name, text) in &request.axes {
            let name = if name == FIRST_START { &first_start } else { name };
            let at = names.iter().position(|known| known == name).unwrap_or(names.len());
            if at == names.len() {
                names.push(name.clone());
            }
            if Axis::parse(text).is_ok_and(|axis| axis.len() > 1) {
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
        Self { specs, list, names, varied, several_rules }
    }

    /// The spec of a descent.
    pub fn spec(&self, descent: usize) -> &Spec {
        &self.specs[self.list[descent].spec]
    }

    /// The name of a descent's rule, or its text.
    pub fn rule(&self, descent: usize) -> &str {
        let rule = &self.spec(descent).rule;
        rule.name().unwrap_or_else(|| rule.text())
    }
}

fn values_of((flag, name, text): &AxisText) -> Result<Axis, SpecError> {
    let shown = if flag == "--vary" { format!("{name}={text}") } else { text.clone() };
    Axis::parse(text).map_err(|message| SpecError::new(flag, shown, message))
}

fn too_many((flag, name, text): &AxisText, number: usize, most: usize) -> SpecError {
    let shown = if flag == "--vary" { format!("{name}={text}") } else { text.clone() };
    let message = format!(
        "{number} descents, and at most {most} are followed one by one: give shorter lists, such as 0.1,1,3.9; `alphasweep sweep` maps millions"
    );
    SpecError::new(flag, shown, message)
}

/// None for a rule that cannot be read: that is told when it is resolved.
fn hyperparameters(rule: &str) -> Vec<String> {
    let rule = Rule::new(rule);
    rule.map(|rule| rule.hyperparameters().iter().map(|(name, _)| name.clone()).collect()).unwrap_or_default()
}
