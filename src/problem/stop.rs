//! When a descent has arrived, as a condition of the user's own.

use super::aggregates::Rows;
use super::error::ProblemError;
use super::objective::Objective;
use crate::expr::{Ast, Graph, NodeId, parse_over_data};
use std::str::FromStr;

/// A condition over parameters, constants, columns and `loss`, such as `mean(abs(w*x+b-y)) < 0.001`. It is always taken
/// over all rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    ast: Ast,
}

/// The loss at the point, as a stop rule names it.
const LOSS: &str = "loss";

impl FromStr for Stop {
    type Err = ProblemError;

    fn from_str(text: &str) -> Result<Self, ProblemError> {
        Ok(Self { ast: parse_over_data(text)? })
    }
}

impl Stop {
    /// Whether it can be the stop rule of an objective.
    ///
    /// # Errors
    /// What is no condition, differs from row to row or reads an unknown name.
    pub fn check(&self, objective: &Objective) -> Result<(), ProblemError> {
        objective.check_known(&self.ast, &[LOSS])?;
        let mut graph = Graph::new();
        let parameters = objective.inputs(&mut graph);
        let loss = objective.lower_at(&mut graph, &parameters, Rows::All)?;
        self.lower(objective, &mut graph, &parameters, loss).map(|_| ())
    }

    /// The condition as text.
    pub fn text(&self) -> &str {
        self.ast.text()
    }

    /// The formula of the condition.
    pub fn ast(&self) -> &Ast {
        &self.ast
    }

    /// Puts the condition into a graph.
    ///
    /// # Errors
    /// As [`Stop::check`].
    pub fn lower(
        &self,
        objective: &Objective,
        graph: &mut Graph,
        parameters: &[NodeId],
        loss: NodeId,
    ) -> Result<NodeId, ProblemError> {
        let scope = objective.scope(graph, parameters, Rows::All, &self.ast).with(LOSS, loss);
        Ok(self.ast.lower_condition(graph, &mut |name| scope.find(name), scope.aggregates())?)
    }
}
