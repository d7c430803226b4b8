//! Formulas beside the loss: what a trace shows of a descent, and models.

use super::aggregates::Rows;
use super::error::ProblemError;
use super::objective::Objective;
use crate::expr::{Ast, Graph, NodeId, parse_over_data};
use std::str::FromStr;

/// A formula over the parameters, constants and columns of an objective, such as `mean(abs(w*x+b-y))`.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    ast: Ast,
}

impl FromStr for Expression {
    type Err = ProblemError;

    fn from_str(text: &str) -> Result<Self, ProblemError> {
        Ok(Self { ast: parse_over_data(text)?.into_value() })
    }
}

impl Expression {
    /// The formula as text.
    pub fn text(&self) -> &str {
        self.ast.text()
    }

    /// The name that the value was given: `y` of `y = w*x+b`.
    pub fn name(&self) -> Option<&str> {
        self.ast.name_of_value()
    }

    /// The syntax tree.
    pub fn ast(&self) -> &Ast {
        &self.ast
    }

    /// Puts the formula into a graph, over all rows. It may differ from row to row.
    ///
    /// # Errors
    /// A name that the objective does not have, with the nearest that it has; a condition where a number belongs.
    pub fn lower(
        &self,
        objective: &Objective,
        graph: &mut Graph,
        parameters: &[NodeId],
    ) -> Result<NodeId, ProblemError> {
        objective.check_known(&self.ast, &[])?;
        let scope = objective.scope(graph, parameters, Rows::All, &self.ast);
        Ok(self.ast.lower_over(graph, &mut |name| scope.find(name), scope.aggregates())?)
    }

    /// As [`Expression::lower`], of a formula that is one number over all rows.
    ///
    /// # Errors
    /// As there; a formula that differs from row to row.
    pub fn lower_number(
        &self,
        objective: &Objective,
        graph: &mut Graph,
        parameters: &[NodeId],
    ) -> Result<NodeId, ProblemError> {
        let node = self.lower(objective, graph, parameters)?;
        if graph.is_by_row(node) {
            let text = self.text();
            let message = format!("`{text}` differs from row to row; write mean({text}), sum({text}) or max({text})");
            return Err(ProblemError::Name(message));
        }
        Ok(node)
    }
}
