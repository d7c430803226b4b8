//! Numbers brought to mean 0 and standard deviation 1: columns of formulas, inputs and targets of networks.

use super::data::Data;
use super::error::ProblemError;
use super::objective::Objective;
use crate::expr::{Binary, Graph, Node, NodeId, Unary, identifier_of};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// `--standardize`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standardize {
    /// What the model reads, and not what it is held against: columns that parameters multiply, inputs of a network.
    Inputs,
    /// The target too.
    All,
    /// These columns.
    Columns(Vec<String>),
}

const ALL: &str = "all";

impl FromStr for Standardize {
    type Err = String;

    /// Nothing, `all`, or names of columns with commas between them.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" => return Ok(Self::Inputs),
            ALL => return Ok(Self::All),
            _ => {}
        }
        let names: Vec<String> = text.split(',').map(|name| identifier_of(name.trim().trim_matches('`'))).collect();
        if names.iter().any(String::is_empty) {
            return Err("expected nothing, all, or names of columns, such as x1,x2".to_owned());
        }
        Ok(Self::Columns(names))
    }
}

impl fmt::Display for Standardize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inputs => Ok(()),
            Self::All => f.write_str(ALL),
            Self::Columns(names) => f.write_str(&names.join(",")),
        }
    }
}

impl Standardize {
    /// The columns of an objective's data that are meant, in the order of the data.
    ///
    /// # Errors
    /// A name that is no column; no column at all.
    pub fn columns(&self, objective: &Objective) -> Result<Vec<String>, ProblemError> {
        let known = objective.columns();
        let listed = known.join(", ");
        let chosen = match self {
            Self::Inputs => inputs(objective)?,
            Self::All => known.iter().filter(|name| objective.mentions(name)).cloned().collect(),
            Self::Columns(names) => names.clone(),
        };
        if let Some(name) = chosen.iter().find(|name| !known.contains(name)) {
            return Err(ProblemError::Name(format!("`{name}` is no column that the formula reads; it reads {listed}")));
        }
        if chosen.is_empty() {
            let message =
                format!("no column is multiplied by a parameter here; name those that are meant, of {listed}");
            return Err(ProblemError::Name(message));
        }
        Ok(known.iter().filter(|name| chosen.contains(name)).cloned().collect())
    }
}

/// The columns that a parameter multiplies or divides, themselves or in a polynomial: there a change of scale is taken up by
/// the parameter. A target is subtracted, compared, or multiplies the model, and is none of them; nor is a column within a
/// function, whose values would change.
fn inputs(objective: &Objective) -> Result<Vec<String>, ProblemError> {
    let mut graph = Graph::new();
    let loss = objective.lower(&mut graph)?;
    let needed = graph.needed_by(&[loss]);
    let nodes = graph.nodes();
    let mut reads = vec![false; nodes.len()];
    let mut found = BTreeSet::new();
    for (at, node) in nodes.iter().enumerate() {
        reads[at] = matches!(node, Node::Column(_)) || node.children().any(|child| reads[child.index()]);
        let Node::Binary(op @ (Binary::Mul | Binary::Div), a, b) = *node else { continue };
        let is_scale = |id: NodeId| !graph.is_fixed(id) && !reads[id.index()];
        let is_data = |id: NodeId| graph.is_fixed(id) && reads[id.index()];
        if needed[at] && is_scale(b) && is_data(a) {
            add_polynomial(&graph, a, &mut found);
        }
        if needed[at] && op == Binary::Mul && is_scale(a) && is_data(b) {
            add_polynomial(&graph, b, &mut found);
        }
    }
    Ok(found.into_iter().map(|number| graph.columns()[number as usize].clone()).collect())
}

/// The columns that a node is a polynomial of.
fn add_polynomial(graph: &Graph, id: NodeId, found: &mut BTreeSet<u32>) {
    match graph.node(id) {
        Node::Column(number) => {
            found.insert(number);
        }
        Node::Unary(Unary::Neg, a) | Node::Binary(Binary::Div, a, _) => add_polynomial(graph, a, found),
        Node::Binary(Binary::Add | Binary::Sub | Binary::Mul, a, b) => {
            add_polynomial(graph, a, found);
            add_polynomial(graph, b, found);
        }
        _ => {}
    }
}

/// Mean and standard deviation of some numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Moments {
    pub mean: f64,
    /// Of the population: the root of the mean square of what is left without the mean.
    pub deviation: f64,
}

impl Moments {
    /// A number less the mean, by the deviation; 0 where there is none.
    pub fn standardized(self, value: f64) -> f64 {
        if self.deviation > 0.0 { (value - self.mean) / self.deviation } else { 0.0 }
    }

    /// The number that [`Moments::standardized`] makes this of.
    pub fn restored(self, value: f64) -> f64 {
        value * self.deviation + self.mean
    }
}

/// The moments of each of `width` numbers of every row, in one table row after row.
pub(super) fn moments<T: Copy + Into<f64>>(table: &[T], width: usize) -> Vec<Moments> {
    let rows = (table.len() / width) as f64;
    // Means over all rows of what `part` makes of a number's place and value.
    let mean = |part: &dyn Fn(usize, f64) -> f64| {
        let mut sums = vec![0.0; width];
        for row in table.chunks_exact(width) {
            for (at, (sum, value)) in sums.iter_mut().zip(row).enumerate() {
                *sum += part(at, (*value).into());
            }
        }
        sums.iter().map(|sum| sum / rows).collect::<Vec<f64>>()
    };
    // From the first row's values, so that the variance of what never varies is 0 to the bit.
    let first = |at: usize| -> f64 { table[at].into() };
    let means = mean(&|at, value| value - first(at));
    let variances = mean(&|at, value| (value - first(at) - means[at]).powi(2));
    let each = variances.into_iter().zip(&means).enumerate();
    each.map(|(at, (variance, mean))| Moments { mean: first(at) + mean, deviation: variance.sqrt() }).collect()
}

/// The size of a column of data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnMoments {
    pub column: String,
    #[serde(flatten)]
    pub moments: Moments,
}

impl ColumnMoments {
    /// Those of a column; `None` where there are no rows.
    pub fn of(column: &str, values: &[f64]) -> Option<Self> {
        let moments = *moments(values, 1).first().filter(|_| !values.is_empty())?;
        Some(Self { column: column.to_owned(), moments })
    }
}

impl Data {
    /// Brings these columns to mean 0 and standard deviation 1 over the rows, and says what they had before. A column that is
    /// the same in all rows becomes 0.
    #[must_use]
    pub fn standardized(mut self, columns: &[String]) -> (Self, Vec<ColumnMoments>) {
        let mut before = Vec::new();
        for (name, values) in self.names.iter().zip(&mut self.columns).filter(|(name, _)| columns.contains(name)) {
            let Some(column) = ColumnMoments::of(name, values) else { continue };
            for value in values.iter_mut() {
                *value = column.moments.standardized(*value);
            }
            before.push(column);
        }
        (self, before)
    }
}
