//! The loss to descend: a formula over named parameters, constants and columns of data.

use super::aggregates::{OfData, Rows, Summed};
use super::catalog::{self, ObjectiveRow};
use super::data::Data;
use super::datasets::data_row;
use super::error::ProblemError;
use super::names::is_reserved;
use super::network::{NETWORKS, network_row};
use crate::expr::{Aggregates, Ast, Graph, NodeId, constant, mean, nearest, parse, parse_over_data};
use std::str::FromStr;

/// What an objective is made of: a row of the catalog, or a formula of the user's own.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    Row(&'static ObjectiveRow),
    Own(Ast),
}

impl Formula {
    /// The catalog row, if it is one.
    pub fn row(&self) -> Option<&'static ObjectiveRow> {
        match self {
            Self::Row(row) => Some(row),
            Self::Own(_) => None,
        }
    }

    /// Whether a name stands in it.
    pub fn mentions(&self, name: &str) -> bool {
        match self {
            Self::Row(row) => parse(row.formula).is_ok_and(|ast| ast.free_names().iter().any(|known| known == name)),
            Self::Own(ast) => ast.free_names().iter().any(|known| known == name),
        }
    }

    /// The name of the row, or the formula as it was written.
    pub fn text(&self) -> &str {
        match self {
            Self::Row(row) => row.name,
            Self::Own(ast) => ast.text(),
        }
    }
}

impl FromStr for Formula {
    type Err = ProblemError;

    /// A text that is a name of the catalog is that row; any other is a formula.
    fn from_str(text: &str) -> Result<Self, ProblemError> {
        if network_row(text).is_some() {
            let message = format!("`{text}` is a network and no formula; `alphasweep sweep {text}` trains it");
            return Err(ProblemError::Name(message));
        }
        match catalog::objective(text) {
            Some(row) => Ok(Self::Row(row)),
            None if looks_like_a_name(text) => Err(unknown_name(text)),
            None => Ok(Self::Own(parse_over_data(text)?.into_value())),
        }
    }
}

/// A loss f(p; data): a formula, the names that descent moves, the names that stay, the names of columns.
#[derive(Debug, Clone)]
pub struct Objective {
    ast: Ast,
    row: Option<&'static ObjectiveRow>,
    parameters: Vec<String>,
    constants: Vec<(String, f64)>,
    columns: Vec<String>,
    rows: Option<u32>,
    /// What sums without parameters are made of, where all cells have the same data.
    of_data: OfData,
}

/// What the names of a formula mean, as nodes of one graph.
pub struct Scope {
    names: Vec<(String, NodeId)>,
    /// None without data.
    summed: Option<Summed>,
}

impl Scope {
    /// What `mean` and `sum` run over; none without data.
    pub fn aggregates(&self) -> Option<&dyn Aggregates> {
        self.summed.as_ref().map(|summed| summed as &dyn Aggregates)
    }

    /// Rows of a step.
    pub fn rows(&self) -> Option<u32> {
        self.summed.as_ref().map(|summed| summed.of_step)
    }

    /// The node of a name.
    pub fn find(&self, name: &str) -> Option<NodeId> {
        self.names.iter().find(|(known, _)| known == name).map(|(_, node)| *node)
    }

    /// Gives a node a name.
    #[must_use]
    pub fn with(mut self, name: &str, node: NodeId) -> Self {
        self.names.push((name.to_owned(), node));
        self
    }
}

/// Most parameters of a formula. What is known of a minimum needs all second derivatives: with 256 a second, with 700
/// twelve, with 7000 hours.
pub const MAX_PARAMETERS: usize = 256;

impl Objective {
    /// An objective by catalog name or by formula. `constants` names what in the formula is no parameter, and
    /// its value; for a catalog row they override the row's own.
    ///
    /// # Errors
    /// A formula that cannot be read; a parameter name that is taken; no parameter at all; a constant that the
    /// formula does not mention.
    pub fn new(text: &str, constants: &[(String, f64)]) -> Result<Self, ProblemError> {
        Self::over(&text.parse()?, constants, None)
    }

    /// As [`Objective::new`], with data: names among its columns are data. A formula that differs from row to row is
    /// averaged over them.
    ///
    /// # Errors
    /// As [`Objective::new`]; data that the formula does not read, or reads in vain.
    pub fn over(formula: &Formula, constants: &[(String, f64)], data: Option<&Data>) -> Result<Self, ProblemError> {
        let row = formula.row();
        let ast = match formula {
            Formula::Row(row) => parse(row.formula)?,
            Formula::Own(ast) => ast.clone(),
        };
        check_constants(&ast, constants)?;
        let mut known: Vec<(String, f64)> =
            row.map(|row| row.constants).unwrap_or_default().iter().map(|(n, v)| ((*n).to_owned(), *v)).collect();
        let columns = data.map(|data| data.names.clone()).unwrap_or_default();
        // What the row takes for one number, data may have for each row.
        known.retain(|(name, _)| !constants.iter().any(|(given, _)| given == name) && !columns.contains(name));
        known.extend_from_slice(constants);
        let free = ast.free_names();
        if let Some((stranger, _)) = known.iter().find(|(name, _)| !free.contains(name)) {
            let message = format!("the constant `{stranger}` does not stand in the formula `{}`", ast.text());
            return Err(ProblemError::Name(message));
        }
        if let Some((name, _)) = known.iter().find(|(name, _)| columns.contains(name)) {
            let message = format!("`{name}` is both a constant and a column of the data; rename one of them");
            return Err(ProblemError::Name(message));
        }
        if let Some(name) = ast.name_of_value().filter(|name| columns.iter().any(|column| column == name)) {
            let text = ast.text();
            let message = format!(
                "`{name}` is a column of the data, and this would minimise {text}: did you mean `mean(({text} - {name})^2)`?"
            );
            return Err(ast.error_at_name_of_value(message).into());
        }
        ast.check_functions(&columns)?;
        let is_parameter = |name: &String| !known.iter().any(|(n, _)| n == name) && !columns.contains(name);
        let parameters: Vec<String> = free.into_iter().filter(is_parameter).collect();
        let rows = data.map(|data| data.rows() as u32);
        let mut objective = Self { ast, row, parameters, constants: known, columns, rows, of_data: OfData::default() };
        objective.check_names()?;
        objective.check_columns()?;
        let mut graph = Graph::new();
        objective.lower(&mut graph)?;
        if let Some(data) = data {
            objective.of_data = OfData::of(&graph, data);
            objective.lower(&mut Graph::new())?;
        }
        Ok(objective)
    }

    /// The same over other data with the same columns in every cell: no sum is a number that all share.
    #[must_use]
    pub fn over_many_tables(self) -> Self {
        Self { of_data: OfData::default(), ..self }
    }

    fn check_names(&self) -> Result<(), ProblemError> {
        if self.parameters.is_empty() {
            let message =
                format!("the formula `{}` has no parameter to descend on; name one, as in `(x-1)^2`", self.text());
            return Err(ProblemError::Name(message));
        }
        if self.parameters.len() > MAX_PARAMETERS {
            let (number, first) = (self.parameters.len(), &self.parameters[0]);
            let message = format!(
                "a formula may have at most {MAX_PARAMETERS} parameters, and this one has {number}; \
                 make some of them constants, as in --const {first}=1"
            );
            return Err(ProblemError::Name(message));
        }
        let mut names = self.parameters.iter().chain(self.constants.iter().map(|(name, _)| name));
        match names.find(|name| is_reserved(name)) {
            Some(name) => {
                let message = format!("`{name}` has a meaning of its own in sweeps; give it another name");
                Err(self.ast.error_at(name, message).into())
            }
            None => Ok(()),
        }
    }

    /// The formula.
    pub fn text(&self) -> &str {
        self.ast.text()
    }

    /// The catalog row this objective came from, if it did.
    pub fn row(&self) -> Option<&'static ObjectiveRow> {
        self.row
    }

    /// What descent moves, in the order of first mention.
    pub fn parameters(&self) -> &[String] {
        &self.parameters
    }

    /// Names that stay fixed along a descent, with their default values.
    pub fn constants(&self) -> &[(String, f64)] {
        &self.constants
    }

    /// Names of the data's columns; empty without data.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Rows of the data.
    pub fn rows(&self) -> Option<u32> {
        self.rows
    }

    /// Whether a name is a parameter, a constant or a column.
    pub fn has(&self, name: &str) -> bool {
        let constants = self.constants.iter().map(|(name, _)| name);
        self.parameters.iter().chain(constants).chain(&self.columns).any(|known| known == name)
    }

    /// Whether the formula reads data.
    pub fn reads_data(&self) -> bool {
        self.columns.iter().any(|name| self.mentions(name))
    }

    /// Whether a name stands in the formula.
    pub fn mentions(&self, name: &str) -> bool {
        self.ast.mentions(name)
    }

    /// Whether the formula is the loss of one row, which [`Objective::lower`] averages.
    pub fn is_by_row(&self) -> bool {
        let mut graph = Graph::new();
        let parameters = self.inputs(&mut graph);
        let loss = self.lower_as_written(&mut graph, &parameters, Rows::All);
        loss.is_ok_and(|loss| graph.is_by_row(loss))
    }

    /// Parameters as inputs of their names, before any other input: parameter i is input i.
    pub fn inputs(&self, graph: &mut Graph) -> Vec<NodeId> {
        self.parameters.iter().map(|name| graph.input(name)).collect()
    }

    /// Puts the loss over all rows into a graph. Parameters and then constants become inputs of the same names, columns
    /// become columns.
    ///
    /// # Errors
    /// A condition where a number belongs, or a constant part that is not finite.
    pub fn lower(&self, graph: &mut Graph) -> Result<NodeId, ProblemError> {
        let parameters = self.inputs(graph);
        self.lower_at(graph, &parameters, Rows::All)
    }

    /// Puts the loss at `parameters` into a graph.
    ///
    /// # Errors
    /// As [`Objective::lower`].
    pub fn lower_at(&self, graph: &mut Graph, parameters: &[NodeId], rows: Rows) -> Result<NodeId, ProblemError> {
        let loss = self.lower_as_written(graph, parameters, rows)?;
        Ok(match self.count(rows) {
            Some(rows) => mean(graph, rows, loss),
            None => loss,
        })
    }

    fn lower_as_written(&self, graph: &mut Graph, at: &[NodeId], rows: Rows) -> Result<NodeId, ProblemError> {
        let scope = self.scope(graph, at, rows, &self.ast);
        Ok(self.ast.lower_over(graph, &mut |name| scope.find(name), scope.aggregates())?)
    }

    /// What the names of a formula that goes with this objective mean, at `parameters`.
    pub fn scope(&self, graph: &mut Graph, parameters: &[NodeId], rows: Rows, formula: &Ast) -> Scope {
        let mut names: Vec<(String, NodeId)> =
            self.parameters.iter().cloned().zip(parameters.iter().copied()).collect();
        names.extend(self.constants.iter().map(|(name, _)| (name.clone(), graph.fixed_input(name))));
        let read = self.columns.iter().filter(|name| formula.mentions(name));
        names.extend(read.map(|name| (name.clone(), graph.column(&rows.column(name)))));
        let whole = self.rows.zip(self.count(rows));
        let summed = whole.map(|(whole, of_step)| Summed { rows, of_step, whole, data: self.of_data.clone() });
        Scope { names, summed }
    }

    fn count(&self, rows: Rows) -> Option<u32> {
        match rows {
            Rows::All => self.rows,
            Rows::Batch(size) => self.rows.map(|_| size),
        }
    }

    /// Refuses names in a formula that goes with this objective and are none of its own, nor among `also`.
    ///
    /// # Errors
    /// The first such name, with the nearest that is known.
    pub fn check_known(&self, formula: &Ast, also: &[&str]) -> Result<(), ProblemError> {
        formula.check_functions(&self.columns)?;
        let constants = self.constants.iter().map(|(name, _)| name);
        let own = self.parameters.iter().chain(constants).chain(&self.columns).map(String::as_str);
        let known: Vec<&str> = own.chain(also.iter().copied()).collect();
        match formula.free_names().iter().find(|name| !known.contains(&name.as_str())) {
            Some(name) => {
                let close = nearest(name, known.iter().copied());
                let hint = close.map_or(String::new(), |close| format!("did you mean `{close}`? "));
                let message = format!("`{name}` is nothing in this problem: {hint}It has {}", known.join(", "));
                Err(formula.error_at(name, message).into())
            }
            None => Ok(()),
        }
    }

    /// Data that is given must be read, and a row of the catalog must find its columns.
    fn check_columns(&self) -> Result<(), ProblemError> {
        let Some(data) = self.row.and_then(|row| data_row(row.data)) else {
            if self.rows.is_none() || self.reads_data() {
                return Ok(());
            }
            let message = format!(
                "the formula `{}` reads no column of the data; it has {}",
                self.text(),
                self.columns.join(", ")
            );
            return Err(ProblemError::Name(message));
        };
        let wanted = data.columns.iter().map(|(name, _)| (*name).to_owned());
        let free = self.ast.free_names();
        match wanted.filter(|name| free.contains(name)).find(|name| !self.columns.contains(name)) {
            Some(name) => Err(ProblemError::Name(format!(
                "`{}` needs a column `{name}`, and the data has {}",
                self.row.map_or("the objective", |row| row.name),
                self.columns.join(", ")
            ))),
            None => Ok(()),
        }
    }
}

/// Constants from outside: each once, and none that the language has already.
fn check_constants(ast: &Ast, constants: &[(String, f64)]) -> Result<(), ProblemError> {
    for (at, (name, _)) in constants.iter().enumerate() {
        if constant(name).is_some() {
            return Err(ast
                .error_at(name, format!("`{name}` is a constant of the language; give yours another name"))
                .into());
        }
        if constants[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(ProblemError::Name(format!("the constant `{name}` is given twice")));
        }
    }
    Ok(())
}

/// One word that is no parameter by itself: a mistyped catalog name rather than the formula `x`.
fn looks_like_a_name(text: &str) -> bool {
    let text = text.trim();
    text.len() > 2 && text.starts_with(|c: char| c.is_ascii_alphabetic()) && {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        text.split('-').all(|part| {
            !part.is_empty() && part.chars().all(word) && part.starts_with(|c: char| c.is_ascii_alphabetic())
        })
    }
}

fn unknown_name(text: &str) -> ProblemError {
    let networks = NETWORKS.iter().map(|row| row.name);
    let names = catalog::OBJECTIVES.iter().map(|row| row.name).chain(networks);
    let hint = match nearest(text.trim(), names) {
        Some(close) => format!("did you mean `{close}`?"),
        None => "`alphasweep list` shows the catalog.".to_owned(),
    };
    ProblemError::Name(format!("no objective is called `{text}`: {hint} A formula is written like \"(x-1)^2\""))
}
