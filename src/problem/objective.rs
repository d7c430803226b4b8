//! The loss to descend: a formula over named parameters and constants.

use super::ProblemError;
use super::catalog::{self, ObjectiveRow};
use crate::expr::{Ast, CONSTANTS, Graph, NodeId, nearest, parse};

/// A loss f(p): a formula, the names that descent moves, the names that stay.
#[derive(Debug, Clone)]
pub struct Objective {
    ast: Ast,
    row: Option<&'static ObjectiveRow>,
    parameters: Vec<String>,
    constants: Vec<(String, f64)>,
}

/// Names with a meaning of their own in flags, files and rules.
const RESERVED: [&str; 9] = ["alpha", "loss", "steps", "outcome", "seed", "batch", "p", "g", "t"];

impl Objective {
    /// An objective by catalog name or by formula. `constants` names what in the formula is no parameter, and
    /// its value; for a catalog row they override the row's own.
    ///
    /// # Errors
    /// A formula that cannot be read; a parameter name that is taken; no parameter at all; a constant that the
    /// formula does not mention.
    pub fn new(text: &str, constants: &[(String, f64)]) -> Result<Self, ProblemError> {
        let row = catalog::objective(text);
        if row.is_none() && looks_like_a_name(text) {
            return Err(unknown_name(text));
        }
        let ast = parse(row.map_or(text, |row| row.formula))?;
        check_constants(&ast, constants)?;
        let mut known: Vec<(String, f64)> =
            row.map(|row| row.constants).unwrap_or_default().iter().map(|(n, v)| ((*n).to_owned(), *v)).collect();
        known.retain(|(name, _)| !constants.iter().any(|(given, _)| given == name));
        known.extend_from_slice(constants);
        let free = ast.free_names();
        if let Some((stranger, _)) = known.iter().find(|(name, _)| !free.contains(name)) {
            let message = format!("the constant `{stranger}` does not stand in the formula `{}`", ast.text());
            return Err(ProblemError::Name(message));
        }
        let parameters: Vec<String> = free.into_iter().filter(|name| !known.iter().any(|(n, _)| n == name)).collect();
        let objective = Self { ast, row, parameters, constants: known };
        objective.check_names()?;
        objective.lower(&mut Graph::new())?;
        Ok(objective)
    }

    fn check_names(&self) -> Result<(), ProblemError> {
        if self.parameters.is_empty() {
            let message =
                format!("the formula `{}` has no parameter to descend on; name one, as in `(x-1)^2`", self.text());
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

    /// Puts the loss into a graph; parameters and constants become inputs of the same names.
    ///
    /// # Errors
    /// A condition where a number belongs, or a constant part that is not finite.
    pub fn lower(&self, graph: &mut Graph) -> Result<NodeId, ProblemError> {
        // Inputs first and in order, so that parameter i is input i.
        let names = self.parameters.iter().chain(self.constants.iter().map(|(name, _)| name));
        let inputs: Vec<(&String, NodeId)> = names.map(|name| (name, graph.input(name))).collect();
        let mut resolve = |name: &str| inputs.iter().find(|(known, _)| *known == name).map(|(_, node)| *node);
        Ok(self.ast.lower_value(graph, &mut resolve)?)
    }
}

/// Constants from outside: each once, and none that the language has already.
fn check_constants(ast: &Ast, constants: &[(String, f64)]) -> Result<(), ProblemError> {
    for (at, (name, _)) in constants.iter().enumerate() {
        if CONSTANTS.iter().any(|(known, _)| known == name) {
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

/// Whether a name means something else in flags, files or rules.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || name.ends_with("_start") || name.ends_with("_final")
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
    let names = catalog::OBJECTIVES.iter().map(|row| row.name);
    let hint = match nearest(text.trim(), names) {
        Some(close) => format!("did you mean `{close}`?"),
        None => "`alphasweep list` shows the catalog.".to_owned(),
    };
    ProblemError::Name(format!("no objective is called `{text}`: {hint} A formula is written like \"(x-1)^2\""))
}
